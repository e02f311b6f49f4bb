//! Tags and trips that are trending.

use crate::{each, key};
use kernel::clock::Timestamp;
use kernel::sql;
use serde_json::Value;
use std::time::Duration;
use testkit::{Person, World, json};

const TAGS: &str = "/api/trending/tags";
const REFRESH: &str = "/api/trending/refresh";

async fn tagged(person: &Person<'_>, title: &str, tags: &[&str]) -> String {
    person.publishes(json!({ "title": title, "destination": "Kyoto", "activity_tags": tags })).await
}

async fn tags(world: &World) -> Value {
    world.get(TAGS).await.is(200).data().clone()
}

#[tokio::test]
async fn tags_are_counted_with_the_attention_that_their_trips_get() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    assert_eq!(tags(&world).await, json!([]));
    let leading = world.get("/api/trending/leading-tag").await.is(200);
    assert_eq!(*leading.data(), json!({ "tag": "Photography", "count": 0, "percentage": 0.0 }));
    let bela = world.person("bela").await;
    tagged(&asha, "First trip", &["Food", "hiking"]).await;
    tagged(&bela, "Second trip", &["food"]).await;
    let seen = tagged(&asha, "Third trip", &["sailing"]).await;
    let counted = json!([
        { "tag": "food", "count": 2, "percentage": 50.0 },
        { "tag": "hiking", "count": 1, "percentage": 25.0 },
        { "tag": "sailing", "count": 1, "percentage": 25.0 },
    ]);
    assert_eq!(tags(&world).await, counted);
    // 1,000 viewers are a hundred points, 40 helpful votes 80 and 40 pieces of intel by others 120: three more, and no rest.
    world
        .sql(
            sql!("update itineraries set view_count = 9000, viewers_count = 1000, helpful_votes = 40 where id = $1")
                .bind(key(&seen)),
        )
        .await;
    world
        .sql(
            sql!("insert into itinerary_intel (itinerary_id, intel_count, others_count) values ($1, 900, 40)")
                .bind(key(&seen)),
        )
        .await;
    assert_eq!(tags(&world).await[0], json!({ "tag": "sailing", "count": 4, "percentage": 57.1 }));
    let leading = world.get("/api/trending/leading-tag").await.is(200);
    assert_eq!(leading.data()["tag"], "sailing");
}

#[tokio::test]
async fn one_author_makes_no_tag_trend_alone() {
    let world = World::new().await;
    let (asha, bela, cyra) = (world.person("asha").await, world.person("bela").await, world.person("cyra").await);
    tagged(&bela, "By one", &["food"]).await;
    tagged(&cyra, "By another", &["food"]).await;
    for n in 0..25 {
        tagged(&asha, &format!("Sailing {n}"), &["sailing"]).await;
    }
    let found = tags(&world).await;
    assert_eq!((&found[0]["tag"], &found[0]["count"]), (&json!("food"), &json!(2)));
    assert_eq!((&found[1]["tag"], &found[1]["count"]), (&json!("sailing"), &json!(1)));
    let trending = world.get("/api/trending/itineraries").await.is(200);
    assert_eq!(trending.titles(), ["Sailing 24", "Sailing 23", "Sailing 22", "By another", "By one"]);
    assert_eq!((&trending.body["success"], &trending.body["count"]), (&json!(true), &json!(5)));
}

#[tokio::test]
async fn a_hundred_trips_of_one_author_are_not_the_latest_hundred() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    tagged(&bela, "A quiet trip", &["food"]).await;
    world.advance(Duration::from_secs(1));
    for n in 0..101 {
        tagged(&asha, &format!("Sailing {n}"), &["sailing"]).await;
    }
    assert_eq!(each(&tags(&world).await, "tag"), ["food", "sailing"]);
}

#[tokio::test]
async fn a_day_with_enough_trips_speaks_for_itself() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    tagged(&asha, "An old trip", &["history"]).await;
    world.advance(Duration::from_hours(25));
    let mut people = Vec::new();
    for n in 0..7 {
        people.push(world.person(&format!("person{n}")).await);
    }
    // Of one author three make a day, however many there are.
    for n in 0..25 {
        tagged(&people[0], &format!("Trip number {n}"), &["food"]).await;
    }
    for person in &people[1..6] {
        for n in 0..3 {
            tagged(person, &format!("Trip {n}"), &["food"]).await;
        }
    }
    tagged(&people[6], "The nineteenth", &["food"]).await;
    let published = world.get(TAGS).await.is(200);
    assert_eq!(each(published.data(), "tag"), ["food", "history"]);
    assert_eq!(published.body["success"], true);
    let minute = world.app.clock.now().micros() / 60_000_000 * 60_000_000;
    assert_eq!(published.body["last_updated"], json!(Timestamp::from_micros(minute)));
    tagged(&people[6], "The twentieth", &["food"]).await;
    let found = tags(&world).await;
    assert_eq!((each(&found, "tag").len(), &found[0]["tag"], &found[0]["count"]), (1, &json!("food"), &json!(7)));
}

#[tokio::test]
async fn hidden_trips_make_no_tag_trend() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    tagged(&asha, "Shown trip", &["food"]).await;
    let draft =
        json!({ "title": "Draft trip", "destination": "x", "activity_tags": ["secret"], "is_published": false });
    asha.publishes(draft).await;
    let gone = tagged(&asha, "Gone trip", &["gone"]).await;
    tagged(&bela, "Banned trip", &["banned"]).await;
    assert_eq!(tags(&world).await.as_array().unwrap().len(), 3);
    asha.delete(&crate::at(&gone)).await.is(200);
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(each(&tags(&world).await, "tag"), ["food"]);
}

#[tokio::test]
async fn trips_with_leading_tags_trend() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let cyra = world.person("cyra").await;
    for (person, title, tags) in [
        (&asha, "Both of them", vec!["food", "hiking"]),
        (&asha, "One of them", vec!["food"]),
        (&asha, "None of them", vec!["rare"]),
        (&bela, "Without a tag", vec![]),
    ] {
        tagged(person, title, &tags).await;
    }
    for (n, person) in [&bela, &cyra].into_iter().enumerate() {
        tagged(person, &format!("Filling {n}"), &["food", "hiking", "wine", "desert", "train"]).await;
    }
    let trending = world.get("/api/trending/itineraries").await.is(200);
    assert_eq!(trending.titles(), ["Filling 1", "Filling 0", "Both of them", "One of them"]);
}

#[tokio::test]
async fn only_administrators_make_it_anew() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    world.post(REFRESH, json!({})).await.fails(401, "missing_token");
    asha.post(REFRESH, json!({})).await.fails(403, "admin_required");
    assert_eq!(root.post(REFRESH, json!({})).await.is(200).message(), "Trending refreshed");
}
