//! Views: counted once a viewer and day, in memory first.

use crate::{DAY, HOUR, LIST, NOBODYS, SECOND, and, at, disable, request, trip};
use futures_util::future::join_all;
use kernel::{db::open, jobs::tick_schedules};
use serde_json::Value;
use testkit::{World, json, within};

fn path(id: &str) -> String {
    format!("{}/view", at(id))
}

async fn stored(world: &World) -> (i64, i64) {
    let counted = "select cast(coalesce(sum(view_count), 0) as bigint) from itineraries";
    (world.scalar(counted).await, world.scalar("select cast(count(*) as bigint) from itinerary_views").await)
}

#[tokio::test]
async fn a_view_counts_once_a_traveller_and_day() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let other = asha.publishes(trip("Osaka by night")).await;
    let first = bela.post(&path(&id), json!({ "session_id": "a" })).await.is(200);
    assert_eq!((first.message(), first.data()), ("View tracked", &json!({ "view_count": 1, "is_new_view": true })));
    let again = bela.post(&path(&id), json!({ "session_id": "b" })).await.is(200);
    assert_eq!((again.message(), again.data()), ("Already viewed", &json!({ "view_count": 1, "is_new_view": false })));
    assert_eq!(chitra.post(&path(&id), json!({})).await.data()["view_count"], 2);
    bela.post(&path(&other), json!({})).await.is(200);
    assert_eq!(stored(&world).await, (0, 0), "nothing is written by the request");
    world.flush().await;
    assert_eq!(stored(&world).await, (3, 3));
    // Nor is anything that was written counted again.
    assert_eq!(bela.post(&path(&id), json!({})).await.data(), &json!({ "view_count": 2, "is_new_view": false }));
    world.flush().await;
    assert_eq!(stored(&world).await, (3, 3));
    assert_eq!(world.get(&at(&id)).await.data()["view_count"], 2);
    assert_eq!(world.get(&at(&other)).await.data()["view_count"], 1);

    world.advance(DAY);
    let bela = crate::again(&world, "bela").await;
    assert_eq!(bela.post(&path(&id), json!({})).await.data(), &json!({ "view_count": 3, "is_new_view": true }));
}

#[tokio::test]
async fn reading_writes_nothing_and_counts_nothing() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    for _ in 0..3 {
        world.get(&at(&id)).await.is(200);
        bela.get(&at(&id)).await.is(200);
        world.get(LIST).await.is(200);
    }
    world.flush().await;
    assert_eq!(stored(&world).await, (0, 0));
    assert_eq!(world.get(&at(&id)).await.data()["view_count"], 0);
}

#[tokio::test]
async fn the_author_and_administrators_are_not_counted() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    for person in [&asha, &root] {
        let answer = person.post(&path(&id), json!({})).await.is(200);
        assert_eq!(answer.data(), &json!({ "view_count": 0, "is_new_view": false }));
    }
    let draft = asha.publishes(and(trip("Secret Kyoto"), json!({ "is_published": false }))).await;
    asha.post(&path(&draft), json!({})).await.is(200);
    world.flush().await;
    assert_eq!(stored(&world).await, (0, 0));
}

#[tokio::test]
async fn the_anonymous_are_told_apart_by_session_or_else_by_network_and_program() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let look = async |address: [u8; 4], agent: &str, body: Value| {
        let mut request = request("POST", &path(&id), &[("user-agent", agent)], body);
        let peer = std::net::SocketAddr::from((address, 4000));
        request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        world.send(request).await.is(200).data()["is_new_view"] == true
    };
    let session = |s: &str| json!({ "session_id": s });
    assert!(look([192, 0, 2, 1], "x", session("one")).await);
    assert!(!look([203, 0, 113, 1], "y", session("one")).await);
    assert!(look([192, 0, 2, 1], "x", session("two")).await);
    for body in [json!({}), json!({ "session_id": "" }), Value::Null] {
        assert_eq!(look([192, 0, 2, 1], "x", body.clone()).await, body == json!({}));
    }
    assert!(!look([192, 0, 2, 77], "x", json!({})).await, "the same network");
    assert!(look([192, 0, 2, 77], "y", json!({})).await);
    assert!(look([203, 0, 113, 1], "x", json!({})).await);
    crate::blames(world.post(&path(&id), session(&"x".repeat(129))).await, "session_id");
    world.flush().await;
    assert_eq!(stored(&world).await, (5, 5));
    // Nothing that was sent is kept.
    let kept: Vec<Vec<u8>> =
        world.app.db.read().await.unwrap().all(open("select viewer_key from itinerary_views")).await.unwrap();
    assert!(kept.iter().all(|key| key.len() == 16));
}

#[tokio::test]
async fn nobody_looks_at_what_they_cannot_see() {
    let world = World::new().await;
    let (asha, bela, dora) = (world.person("asha").await, world.person("bela").await, world.person("dora").await);
    let draft = asha.publishes(and(trip("Secret Kyoto"), json!({ "is_published": false }))).await;
    let deleted = asha.publishes(trip("Osaka by night")).await;
    asha.delete(&at(&deleted)).await.is(200);
    let hidden = dora.publishes(trip("Kobe by boat")).await;
    disable(&world, &dora).await;
    for id in [draft.as_str(), &deleted, &hidden, NOBODYS.rsplit('/').next().unwrap()] {
        bela.post(&path(id), json!({})).await.fails(404, "not_found");
        world.post(&path(id), json!({})).await.fails(404, "not_found");
    }
    let bad = [("authorization", "Bearer nonsense")];
    world.send(request("POST", &path(&draft), &bad, Value::Null)).await.fails(401, "invalid_token");
    world.flush().await;
    assert_eq!(stored(&world).await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn views_in_two_processes_at_once_are_counted_exactly() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
    }
    let beside = world.beside().await;
    let look = async |world: &World, n: usize| {
        let body = json!({ "session_id": format!("session {}", n % 40) });
        world.post(&path(&ids[n % 5]), body).await.is(200);
        if n.is_multiple_of(16) {
            world.flush().await;
        }
    };
    // Both see the same forty sessions, each with its own trip, several times.
    tokio::join!(join_all((0..160).map(|n| look(&world, n))), join_all((0..160).rev().map(|n| look(&beside, n))));
    tokio::join!(world.flush(), beside.flush());
    assert_eq!(stored(&world).await, (40, 40));
    // What the other process wrote is heard of within a second.
    for id in &ids {
        within(SECOND, async || world.get(&at(id)).await.data()["view_count"] == 8).await;
    }
}

#[tokio::test]
async fn what_could_not_be_written_waits() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    bela.post(&path(&id), json!({})).await.is(200);
    world.sql(open("alter table itinerary_views rename to elsewhere")).await;
    world.flush().await;
    world.sql(open("alter table elsewhere rename to itinerary_views")).await;
    assert_eq!(stored(&world).await, (0, 0));
    world.flush().await;
    assert_eq!(stored(&world).await, (1, 1));
}

#[tokio::test]
async fn who_looked_is_forgotten_after_the_next_day() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    for session in ["one", "two"] {
        world.post(&path(&id), json!({ "session_id": session })).await.is(200);
    }
    world.flush().await;
    tick_schedules(&world.app).await.unwrap();
    for (wait, left) in [(DAY, 2), (HOUR, 2), (DAY, 0)] {
        world.advance(wait);
        tick_schedules(&world.app).await.unwrap();
        world.run_jobs().await;
        assert_eq!(stored(&world).await, (2, left));
    }
}
