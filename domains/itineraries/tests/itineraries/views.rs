//! Views: counted once a viewer and day, in memory first.

use crate::{DAY, HOUR, LIST, NOBODYS, SECOND, and, at, disable, key, request, trip};
use futures_util::future::join_all;
use kernel::{
    db::{Arg, open},
    jobs::tick_schedules,
    sql,
};
use serde_json::Value;
use testkit::{World, json, within};

fn path(id: &str) -> String {
    format!("{}/view", at(id))
}

async fn stored(world: &World) -> (i64, i64) {
    let counted = "select cast(coalesce(sum(view_count), 0) as bigint) from itineraries";
    let rows = "select cast(count(*) as bigint) from itinerary_views";
    (world.scalar(counted).await, world.scalar(rows).await)
}

/// Looks at a trip from an address, without an account.
async fn look_from(world: &World, id: &str, address: [u8; 4], session: &str) {
    let mut request = request("POST", &path(id), &[], json!({ "session_id": session }));
    request.extensions_mut().insert(axum::extract::ConnectInfo(std::net::SocketAddr::from((address, 4000))));
    world.send(request).await.is(200);
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

async fn viewers(world: &World, id: &str) -> i64 {
    let viewers = sql!("select viewers_count from itineraries where id = $1").bind(key(id));
    world.app.db.read().await.unwrap().one::<i64>(viewers).await.unwrap()
}

#[tokio::test]
async fn an_author_who_signs_out_pushes_no_trip() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let honest = bela.publishes(trip("Looked at by one traveller")).await;
    let pushed = asha.publishes(trip("Looked at by its author")).await;
    chitra.post(&path(&honest), json!({})).await.is(200);
    asha.post(&path(&pushed), json!({})).await.is(200);
    // From everywhere, under any name, and with none.
    for n in 0..9 {
        look_from(&world, &pushed, [203, n, 113, 10 * n], &format!("session {n}")).await;
        look_from(&world, &pushed, [192, n, 2, 1], "").await;
    }
    world.flush().await;
    for list in ["rising-stars", "most-requested"] {
        let answer = world.get(&format!("{LIST}/{list}")).await.is(200);
        assert_eq!(answer.titles(), ["Looked at by one traveller", "Looked at by its author"], "{list}");
    }
    // What is shown counts sessions, as it always did.
    assert_eq!(world.get(&at(&pushed)).await.data()["view_count"], 18);
    assert_eq!((viewers(&world, &honest).await, viewers(&world, &pushed).await), (1, 0));
    world.run_jobs().await;
    assert_eq!(world.scalar("select viewers from score_maxima").await, 1);
    assert_eq!(world.get(&at(&pushed)).await.data()["community_score"], 0.0);
}

#[tokio::test]
async fn a_traveller_is_one_viewer_of_a_trip_however_many_days_they_come() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    world.person("chitra").await;
    let pushed = asha.publishes(trip("Looked at by one, often")).await;
    let honest = asha.publishes(trip("Looked at by two, once")).await;
    bela.post(&path(&honest), json!({})).await.is(200);
    for day in 1..=5 {
        let friend = crate::again(&world, "bela").await;
        let seen = friend.post(&path(&pushed), json!({})).await.is(200);
        assert_eq!(seen.data(), &json!({ "view_count": day, "is_new_view": true }));
        world.flush().await;
        world.advance(DAY);
        tick_schedules(&world.app).await.unwrap();
        world.run_jobs().await;
    }
    crate::again(&world, "chitra").await.post(&path(&honest), json!({})).await.is(200);
    world.flush().await;
    assert_eq!((viewers(&world, &pushed).await, viewers(&world, &honest).await), (1, 2));
    for list in ["rising-stars", "most-requested"] {
        let answer = world.get(&format!("{LIST}/{list}")).await.is(200);
        assert_eq!(answer.titles(), ["Looked at by two, once", "Looked at by one, often"], "{list}");
    }
    // What is kept says nothing: one traveller is another key for every trip.
    let keys = "select cast(count(distinct viewer_key) as bigint) from itinerary_viewers";
    assert_eq!(world.scalar(keys).await, 3);
}

#[tokio::test]
async fn viewers_are_forgotten_after_ninety_days_and_then_count_once_again() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (id, other) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    tick_schedules(&world.app).await.unwrap();
    bela.post(&path(&id), json!({})).await.is(200);
    world.flush().await;
    let rows = "select cast(count(*) as bigint) from itinerary_viewers";
    for (wait, left) in [(DAY * 90, 1), (DAY, 0)] {
        world.advance(wait);
        let bela = crate::again(&world, "bela").await;
        bela.post(&path(&other), json!({})).await.is(200);
        tick_schedules(&world.app).await.unwrap();
        world.run_jobs().await;
        assert_eq!((world.scalar(rows).await, viewers(&world, &id).await), (left, left));
    }
    let score = async || world.get(&at(&id)).await.data()["community_score"].clone();
    assert_eq!(score().await, 0.0);
    let bela = crate::again(&world, "bela").await;
    bela.post(&path(&id), json!({})).await.is(200);
    world.flush().await;
    assert_eq!((world.scalar(rows).await, viewers(&world, &id).await, viewers(&world, &other).await), (2, 1, 1));
}

#[tokio::test]
async fn viewers_of_accounts_that_are_banned_or_gone_are_forgotten() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (id, other) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    for person in [&bela, &chitra] {
        person.post(&path(&id), json!({})).await.is(200);
    }
    bela.post(&path(&other), json!({})).await.is(200);
    world.flush().await;
    let keys = async || -> Vec<Vec<u8>> {
        let keys = open("select viewer_key from itinerary_viewers order by viewer_key");
        world.app.db.read().await.unwrap().all(keys).await.unwrap()
    };
    let before = keys().await;
    // A figure that fell with the account would say what it had looked at.
    let leave = json!({ "password": "Test123!" });
    world.call(axum::http::Method::DELETE, "/api/auth/me", Some(&chitra.token), Some(leave)).await.is(200);
    world.run_jobs().await;
    let after = keys().await;
    assert_eq!((after.len(), after.iter().filter(|key| before.contains(key)).count()), (3, 2));
    assert_eq!((viewers(&world, &id).await, viewers(&world, &other).await), (2, 1));

    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    world.run_jobs().await;
    assert_eq!((viewers(&world, &id).await, viewers(&world, &other).await), (1, 0));
    assert_eq!(keys().await.len(), 1);
    assert_eq!(world.get(&at(&id)).await.data()["view_count"], 2, "what is shown stays");
}

#[tokio::test]
async fn a_trip_is_scored_again_when_travellers_look_at_it_and_many_in_one_transaction() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
    }
    world.run_jobs().await;
    look_from(&world, &ids[0], [192, 0, 2, 1], "nobody").await;
    world.flush().await;
    assert_eq!(world.run_jobs().await, 0, "who is signed out changes no score");
    for id in &ids[1..] {
        bela.post(&path(id), json!({})).await.is(200);
    }
    world.flush().await;
    assert_eq!(world.run_jobs().await, 1);
    for (n, id) in ids.iter().enumerate() {
        let trip = world.get(&at(id)).await.is(200);
        let says = &trip.data()["score_explanations"]["community_score"]["details"][1];
        let (points, line) = if n == 0 { (0.0, "+0 of 6: 0 travellers") } else { (6.0, "+6 of 6: 1 travellers") };
        assert_eq!(trip.data()["community_score"], points);
        assert!(says.as_str().unwrap().starts_with(line), "{says}");
    }
}

#[tokio::test]
async fn a_batch_that_fails_in_its_middle_keeps_what_was_committed() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (first, last) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    for n in 0..500 {
        look_from(&world, &first, [192, 0, 2, 1], &format!("session {n}")).await;
    }
    look_from(&world, &last, [192, 0, 2, 1], "the last").await;
    let set = async |views: i64| {
        world.sql(sql!("update itineraries set view_count = $2 where id = $1").bind(key(&last)).bind(views)).await;
    };
    // One more than this cannot be counted.
    set(i64::MAX).await;
    world.flush().await;
    let views = "select max(view_count) from itineraries where title = 'Kyoto on foot'";
    assert_eq!(world.scalar(views).await, 500, "no transaction holds all that waits");
    let again = json!({ "session_id": "session 7" });
    let answer = world.post(&path(&first), again).await.is(200);
    assert_eq!(answer.data(), &json!({ "view_count": 500, "is_new_view": false }), "what was committed waits no more");
    set(0).await;
    world.flush().await;
    assert_eq!(stored(&world).await, (501, 501));
}

#[tokio::test]
async fn thousands_are_forgotten_some_at_a_time() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    world.post(&path(&id), json!({ "session_id": "today" })).await.is(200);
    world.flush().await;
    world.run_jobs().await;
    let old = world.app.clock.now().minus(DAY * 3).day();
    for thousand in 0..5_u64 {
        let mut insert = open("insert into itinerary_views (day, itinerary_id, viewer_key)");
        insert.push_rows((0..1_000_u64).map(|n| {
            let id = uuid::Uuid::from_u64_pair(thousand, n);
            vec![old.into(), Arg::Uuid(id), id.as_bytes().as_slice().into()]
        }));
        world.sql(insert).await;
    }
    let queue = sql!(
        "insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
         values ($1, 'forget_views', $2, 'ready', $3, 0, 5, $3)"
    );
    let queue = queue.bind(uuid::Uuid::nil()).bind(Arg::Json("{}".to_owned())).bind(world.app.clock.now());
    world.sql(queue).await;
    assert_eq!(world.run_jobs().await, 3, "each forgets two thousand at most");
    assert_eq!(stored(&world).await, (1, 1));
}

#[tokio::test]
async fn a_count_in_lists_is_as_new_for_whoever_blocks_somebody_as_for_everybody() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    bela.post(&format!("/api/users/{}/block", cleo.id), json!({})).await.is(200);
    for views in 0..3 {
        for list in [LIST.to_owned(), format!("{LIST}/most-requested"), "/api/leaderboard/projects".to_owned()] {
            let (kept, alone) = (world.get(&list).await.is(200), bela.get(&list).await.is(200));
            assert_eq!(alone.data(), kept.data(), "{list}");
            assert!(kept.text.contains(&format!("\"view_count\":{views},")), "{list}: {}", kept.text);
        }
        look_from(&world, &id, [192, 0, 2, 1], &format!("session {views}")).await;
        world.flush().await;
    }
}
