//! How often each request waits for the database.

use crate::{LIST, MINE, at, of, rates, trip};
use axum::{body::Body, http::Request};
use testkit::{Answer, Person, World, json};

/// How often a request that goes well waits for the database.
async fn rounds(world: &World, request: impl Future<Output = Answer>) -> u64 {
    let before = world.app.db.round_trips();
    let answer = request.await;
    let rounds = world.app.db.round_trips() - before;
    assert!((200..300).contains(&answer.status), "{}", answer.text);
    assert!(rounds > 0, "nothing was counted");
    rounds
}

async fn rate_with_key(world: &World, person: &Person<'_>, trip: &str) -> Answer {
    let request = Request::post(of(trip, "rating"))
        .header("authorization", format!("Bearer {}", person.token))
        .header("idempotency-key", "once")
        .header("content-type", "application/json");
    world.send(request.body(Body::from(r#"{"rating": 4}"#)).unwrap()).await
}

#[tokio::test]
async fn no_request_waits_for_the_database_more_than_four_times() {
    let world = World::with(&[("CACHE_ENABLED", "false")]).await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let (kyoto, osaka) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    let hers = rates(&root, &osaka, 2).await;
    let path = of(&kyoto, "rating");
    bela.get(MINE).await.is(200);
    // The session is asked for once in half a second: of each pair the second says what the route itself takes.
    assert!(rounds(&world, bela.post(&path, json!({ "rating": 4 }))).await <= 4);
    assert!(rounds(&world, bela.post(&path, json!({ "rating": 5 }))).await <= 4);
    assert!(rounds(&world, rate_with_key(&world, &bela, &osaka)).await <= 5, "the session included");
    bela.get(MINE).await.is(200);
    assert!(rounds(&world, rate_with_key(&world, &bela, &osaka)).await <= 4);
    let mine = bela.get(MINE).await.is(200).data()[0]["id"].as_str().unwrap().to_owned();
    assert!(rounds(&world, bela.put(&at(&mine), json!({ "rating": 3 }))).await <= 4);
    assert!(rounds(&world, bela.patch(&at(&mine), json!({ "rating": 2 }))).await <= 4);
    assert!(rounds(&world, bela.post(&format!("{}/helpful", at(&hers)), json!({}))).await <= 4);
    for list in
        [LIST.to_owned(), format!("{LIST}?location=kyoto&per_page=1"), of(&kyoto, "ratings"), at(&kyoto), at(&mine)]
    {
        assert!(rounds(&world, bela.get(&list)).await <= 4, "{list}");
        assert!(rounds(&world, world.get(&list)).await <= 4, "{list}");
    }
    assert!(rounds(&world, bela.get(&of(&kyoto, "safety-rating"))).await <= 4);
    assert!(rounds(&world, bela.delete(&at(&mine))).await <= 4);
}
