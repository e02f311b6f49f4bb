//! The same request sent twice, because its reply was lost, does its work once.

use crate::{DAY, HOUR, LIST, MINUTE, NOBODYS, again, and, at, bearer, request, trip};
use futures_util::future::join_all;
use serde_json::Value;
use testkit::{Answer, Person, World, json};

const TRIPS: &str = "select cast(count(*) as bigint) from itineraries";
const KEYS: &str = "select cast(count(*) as bigint) from idempotency_keys";

async fn post(world: &World, person: &Person<'_>, path: &str, key: &str, body: Value) -> Answer {
    let headers = [("authorization", bearer(person)), ("idempotency-key", key.to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    world.send(request("POST", path, &headers, body)).await
}

fn replayed(answer: &Answer) -> bool {
    match answer.header("idempotency-replayed") {
        "" => false,
        "true" => true,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_same_key_and_body_get_the_same_reply() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let body = and(trip("Kyoto on foot"), json!({ "start_date": "2027-04-02", "activity_tags": ["food"] }));
    let first = post(&world, &asha, LIST, "k-1", body.clone()).await.is(201);
    assert!(!replayed(&first));
    let id = first.data()["id"].as_str().unwrap();
    asha.patch(&at(id), json!({ "title": "Changed meanwhile" })).await.is(200);
    for _ in 0..2 {
        let again = post(&world, &asha, LIST, "k-1", body.clone()).await.is(201);
        assert!(replayed(&again));
        assert_eq!(again.text, first.text);
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert_eq!(again.header("cache-control"), "no-store");
    }
    assert_eq!(world.scalar(TRIPS).await, 1);
    let other = post(&world, &asha, LIST, "k-2", body.clone()).await.is(201);
    assert!(!replayed(&other));
    assert_ne!(other.data()["id"], first.data()["id"]);
    asha.post(LIST, body).await.is(201);
    assert_eq!(world.scalar(TRIPS).await, 3);
}

#[tokio::test]
async fn twenty_at_once_with_one_key_make_one_trip() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let answers = join_all((0..20).map(|_| post(&world, &asha, LIST, "k-1", trip("Kyoto on foot")))).await;
    let fresh = answers.iter().filter(|a| !replayed(a)).count();
    let mut texts: Vec<String> = answers.into_iter().map(|a| a.is(201).text).collect();
    texts.dedup();
    assert_eq!((fresh, texts.len()), (1, 1));
    assert_eq!(world.scalar(TRIPS).await, 1);
}

#[tokio::test]
async fn twenty_at_once_with_one_key_and_different_bodies_make_one_trip() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let answers = join_all((0..20).map(|n| post(&world, &asha, LIST, "k-1", trip(&format!("Kyoto, day {n}"))))).await;
    let (made, refused): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|a| a.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 19));
    for answer in refused {
        answer.fails(409, "idempotency_key_reused");
    }
    assert_eq!(world.scalar(TRIPS).await, 1);
}

#[tokio::test]
async fn a_key_is_good_for_one_request_only() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let id = post(&world, &asha, LIST, "k-1", trip("Kyoto on foot")).await.is(201).data()["id"].clone();
    post(&world, &asha, LIST, "k-1", trip("Osaka by night")).await.fails(409, "idempotency_key_reused");
    assert_eq!(world.scalar(TRIPS).await, 1);
    // Which trip it was about belongs to the request.
    let other = asha.publishes(trip("Osaka by night")).await;
    let feature = |id: &str| format!("{}/feature", at(id));
    post(&world, &root, &feature(id.as_str().unwrap()), "k-1", Value::Null).await.is(200);
    post(&world, &root, &feature(&other), "k-1", Value::Null).await.fails(409, "idempotency_key_reused");
    assert_eq!(world.get(&at(&other)).await.data()["is_featured"], false);
}

#[tokio::test]
async fn a_key_belongs_to_one_person_and_one_route() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let hers = post(&world, &asha, LIST, "k-1", trip("Kyoto on foot")).await.is(201);
    let his = post(&world, &root, LIST, "k-1", trip("Kyoto on foot")).await.is(201);
    assert!(!replayed(&his));
    assert_ne!(his.data()["id"], hers.data()["id"]);
    assert_eq!(his.data()["user_id"], root.id);
    post(&world, &root, LIST, "k-1", trip("Osaka by night")).await.fails(409, "idempotency_key_reused");
    let feature = format!("{}/feature", at(his.data()["id"].as_str().unwrap()));
    assert!(!replayed(&post(&world, &root, &feature, "k-1", json!({})).await.is(200)));
    let again = post(&world, &root, &feature, "k-1", json!({})).await.is(200);
    assert!(replayed(&again));
    assert_eq!(again.data()["is_featured"], true);
    assert_eq!((world.scalar(TRIPS).await, world.scalar(KEYS).await), (2, 3));
    post(&world, &asha, &feature, "k-1", json!({})).await.fails(403, "admin_required");
}

#[tokio::test]
async fn a_request_that_failed_does_not_use_its_key_up() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    post(&world, &asha, LIST, "k-1", json!({ "title": "Kyoto on foot" })).await.fails(400, "validation_failed");
    let made = post(&world, &asha, LIST, "k-1", trip("Kyoto on foot")).await.is(201);
    assert!(!replayed(&made));
    // This one fails after its key was taken.
    post(&world, &root, &format!("{NOBODYS}/feature"), "k-2", Value::Null).await.fails(404, "not_found");
    let feature = format!("{}/feature", at(made.data()["id"].as_str().unwrap()));
    assert!(!replayed(&post(&world, &root, &feature, "k-2", Value::Null).await.is(200)));
    assert_eq!((world.scalar(TRIPS).await, world.scalar(KEYS).await), (1, 2));
}

#[tokio::test]
async fn a_key_must_be_one_short_text() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for bad in ["", "   ", &"k".repeat(256), "ключ"] {
        post(&world, &asha, LIST, bad, trip("Kyoto on foot")).await.fails(400, "invalid_idempotency_key");
    }
    let bearer = bearer(&asha);
    let twice = [("authorization", bearer.as_str()), ("idempotency-key", "a"), ("idempotency-key", "b")];
    world.send(request("POST", LIST, &twice, trip("Kyoto on foot"))).await.fails(400, "invalid_idempotency_key");
    assert_eq!(world.scalar(TRIPS).await, 0);
    post(&world, &asha, LIST, &"k".repeat(255), trip("Kyoto on foot")).await.is(201);
}

#[tokio::test]
async fn a_key_is_remembered_for_a_day() {
    let world = World::new().await;
    world.person("asha").await;
    let send = async || {
        kernel::jobs::tick_schedules(&world.app).await.unwrap();
        world.run_jobs().await;
        let asha = again(&world, "asha").await;
        post(&world, &asha, LIST, "k-1", trip("Kyoto on foot")).await.is(201)
    };
    let first = send().await;
    world.advance(DAY - HOUR);
    assert!(replayed(&send().await));
    world.advance(HOUR);
    let day_later = send().await;
    assert!(replayed(&day_later), "a day is not over before it is over");
    assert_eq!(day_later.text, first.text);
    world.advance(15 * MINUTE);
    let anew = send().await;
    assert!(!replayed(&anew));
    assert_ne!(anew.data()["id"], first.data()["id"]);
    assert_eq!((world.scalar(TRIPS).await, world.scalar(KEYS).await), (2, 1));
}
