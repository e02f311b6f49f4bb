//! When somebody travels is nobody else's business until they are back.

use crate::{DAY, LIST, again, and, at, trip};
use serde_json::Value;
use testkit::{Answer, World, json};

/// `[start_date, end_date, travel_month]` of the detail and of the list.
fn days(detail: &Answer, list: &Answer, id: &str) -> (Value, Value) {
    let of = |view: &Value| json!([view["start_date"], view["end_date"], view["travel_month"]]);
    let listed = list.data().as_array().unwrap().iter().find(|view| view["id"] == id).unwrap();
    (of(detail.data()), of(listed))
}

/// The days that the anonymous, a stranger and the author get, twice: loaded and kept.
async fn seen(world: &World, id: &str) -> [Value; 3] {
    let (asha, bela) = (again(world, "asha").await, again(world, "bela").await);
    let mut rounds = Vec::new();
    for _ in 0..2 {
        let mut views = Vec::new();
        for (detail, list) in [
            (world.get(&at(id)).await, world.get(LIST).await),
            (asha.get(&at(id)).await, asha.get(LIST).await),
            (bela.get(&at(id)).await, bela.get(LIST).await),
        ] {
            let (in_detail, in_list) = days(&detail.is(200), &list.is(200), id);
            assert_eq!(in_detail, in_list);
            views.push(in_detail);
        }
        rounds.push(views);
    }
    assert_eq!(rounds[0], rounds[1]);
    let [anonymous, author, stranger] = [0, 1, 2].map(|n| rounds[0][n].clone());
    [anonymous, stranger, author]
}

/// From 1 to 5 December; today is 23 November.
fn december() -> Value {
    json!({ "start_date": "2026-12-01", "end_date": "2026-12-05" })
}

const OPEN: [&str; 3] = ["2026-12-01", "2026-12-05", "2026-12"];

fn hidden() -> Value {
    json!([null, null, "2026-12"])
}

#[tokio::test]
async fn the_days_stay_hidden_until_the_trip_is_over() {
    let world = World::new().await;
    let (asha, _) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(and(trip("Kyoto on foot"), december())).await;
    asha.publishes(and(trip("Long ago in Osaka"), json!({ "start_date": "2020-01-01", "end_date": "2020-01-02" })))
        .await;
    assert_eq!(seen(&world, &id).await, [hidden(), hidden(), json!(OPEN)]);
    // On the last day it is not over yet.
    world.advance(12 * DAY);
    world.sql(kernel::sql!("update travelers set bio = null")).await; // entries live a minute of the real clock
    assert_eq!(world.app.clock.today().to_string(), "2026-12-05");
    assert_eq!(seen(&world, &id).await, [hidden(), hidden(), json!(OPEN)]);
    // Nor is it on the morning after, when there are places where the last day goes on.
    world.advance(DAY);
    world.sql(kernel::sql!("update travelers set bio = null")).await;
    assert_eq!(seen(&world, &id).await, [hidden(), hidden(), json!(OPEN)]);
    world.advance(DAY / 2);
    world.sql(kernel::sql!("update travelers set bio = null")).await;
    assert_eq!(seen(&world, &id).await, [json!(OPEN), json!(OPEN), json!(OPEN)]);
}

#[tokio::test]
async fn a_trip_that_was_made_longer_is_over_later() {
    let world = World::new().await;
    let (asha, _) = (world.person("asha").await, world.person("bela").await);
    let id = asha
        .publishes(and(trip("Kyoto on foot"), json!({ "start_date": "2026-11-19", "end_date": "2026-11-20" })))
        .await;
    let over = json!(["2026-11-19", "2026-11-20", "2026-11"]);
    assert_eq!(seen(&world, &id).await, [over.clone(), over.clone(), over.clone()]);
    asha.patch(&at(&id), json!({ "duration_days": 14 })).await.is(200);
    let closed = json!([null, null, "2026-11"]);
    assert_eq!(seen(&world, &id).await, [closed.clone(), closed, over]);
}

#[tokio::test]
async fn the_signed_in_see_the_days_as_soon_as_the_trip_is_over() {
    let world = World::new().await;
    let (asha, _) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(and(trip("Kyoto on foot"), december())).await;
    assert_eq!(seen(&world, &id).await, [hidden(), hidden(), json!(OPEN)]);
    world.advance(14 * DAY);
    let bela = again(&world, "bela").await;
    let (detail, list) = days(&bela.get(&at(&id)).await, &bela.get(LIST).await, &id);
    assert_eq!(
        (detail, list),
        (json!(OPEN), json!(OPEN)),
        "what is kept holds the days and hides them for each reader"
    );
}

#[tokio::test]
async fn an_author_may_share_the_days_and_take_them_back() {
    let world = World::new().await;
    let (asha, _) = (world.person("asha").await, world.person("bela").await);
    let other = asha.publishes(and(trip("Osaka by night"), december())).await;
    let id = asha.publishes(and(and(trip("Kyoto on foot"), december()), json!({ "share_dates": true }))).await;
    assert_eq!(seen(&world, &id).await, [json!(OPEN), json!(OPEN), json!(OPEN)]);
    assert_eq!(seen(&world, &other).await, [hidden(), hidden(), json!(OPEN)]);
    asha.patch(&at(&id), json!({ "share_dates": false })).await.is(200);
    assert_eq!(seen(&world, &id).await, [hidden(), hidden(), json!(OPEN)]);
    asha.patch(&at(&id), json!({ "share_dates": true })).await.is(200);
    assert_eq!(seen(&world, &id).await, [json!(OPEN), json!(OPEN), json!(OPEN)]);
}

#[tokio::test]
async fn a_trip_without_an_end_keeps_its_start() {
    let world = World::new().await;
    let (asha, _) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(and(trip("Kyoto on foot"), json!({ "start_date": "2020-03-01" }))).await;
    assert_eq!(
        seen(&world, &id).await,
        [json!([null, null, "2020-03"]), json!([null, null, "2020-03"]), json!(["2020-03-01", null, "2020-03"])]
    );
    // With a length it is known when it was over.
    let id =
        asha.publishes(and(trip("Osaka by night"), json!({ "start_date": "2020-03-01", "duration_days": 2 }))).await;
    let over = json!(["2020-03-01", null, "2020-03"]);
    assert_eq!(seen(&world, &id).await, [over.clone(), over.clone(), over]);
}

#[tokio::test]
async fn no_answer_to_others_has_the_days_anywhere() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let id = asha.publishes(and(trip("Kyoto on foot"), december())).await;
    asha.get(&at(&id)).await.is(200);
    let featured = root.post(&format!("{}/feature", at(&id)), json!({})).await.is(200);
    let refused = root.put(&at(&id), json!({ "start_date": "2026-12-09" })).await.fails(403, "not_author");
    let answers = [
        featured,
        refused,
        root.get(&at(&id)).await,
        root.get(LIST).await,
        world.get(&at(&id)).await,
        world.get("/api/itineraries?search=kyoto").await,
    ];
    for answer in answers {
        assert!(!answer.text.contains("2026-12-0"), "{}", answer.text);
    }
    assert!(asha.get(LIST).await.text.contains("2026-12-01"));
    let found = world.get("/api/itineraries?search=2026-12-01").await.is(200);
    assert_eq!(found.titles().len(), 0, "a search does not find what it may not show");
}
