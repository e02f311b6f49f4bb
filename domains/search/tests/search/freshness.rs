//! What was written is found by the next search, and what is gone is not.

use crate::{SEARCH, at, finds, titles, trip};
use std::time::Duration;
use testkit::{World, json, within};

#[tokio::test]
async fn a_search_follows_what_is_written() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    assert_eq!(finds(&world, &bela, "kobe").await, [""; 0]);
    let id = asha.publishes(trip("Kyoto on foot", "Kyoto", "Walking.")).await;
    asha.publishes(trip("Kobe harbour", "Kobe", "Ships.")).await;
    assert_eq!(finds(&world, &bela, "kobe").await, ["Kobe harbour"]);
    let change = json!({ "title": "Kobe by train", "destination": "Osaka", "activity_tags": ["railways"] });
    asha.patch(&at(&id), change).await.is(200);
    assert_eq!(finds(&world, &bela, "kobe train").await, ["Kobe by train"]);
    assert_eq!(finds(&world, &bela, "railways").await, ["Kobe by train"]);
    for gone in ["kyoto", "foot", "kyotto"] {
        assert_eq!(finds(&world, &bela, gone).await, [""; 0], "{gone}");
    }
    assert_eq!(finds(&world, &bela, "oska").await, ["Kobe by train"], "a new place may be misspelt at once");
    asha.delete(&at(&id)).await.is(200);
    assert_eq!(finds(&world, &bela, "kobe").await, ["Kobe harbour"]);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_search").await, 1);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_index").await, 1);
}

#[tokio::test]
async fn other_processes_find_it_within_a_second() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let beside = world.beside().await;
    let path = format!("{SEARCH}?q=kyoto");
    let there = async || titles(&beside.get(&path).await.is(200));
    assert_eq!(there().await, [""; 0]);
    let id = asha.publishes(trip("Kyoto on foot", "Kyoto", "")).await;
    within(Duration::from_secs(1), async || there().await == ["Kyoto on foot"]).await;
    asha.delete(&at(&id)).await.is(200);
    within(Duration::from_secs(1), async || there().await.is_empty()).await;
}
