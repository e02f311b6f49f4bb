//! What belongs to the reader in what is found.

use crate::{SEARCH, trip};
use serde_json::Value;
use testkit::{Person, World, json};

/// Vote and save of the trip that is found, by each of its names.
async fn mine(world: &World, reader: Option<&Person<'_>>) -> (Value, Value) {
    let path = format!("{SEARCH}?q=kyoto");
    let answer = match reader {
        Some(reader) => reader.get(&path).await,
        None => world.get(&path).await,
    };
    let data = answer.is(200).data().clone();
    let one = |list: &str| {
        let trips = data.get(list).and_then(Value::as_array).unwrap();
        let trip = trips.iter().find(|trip| trip["title"] == "Kyoto on foot").unwrap();
        (trip["user_vote"].clone(), trip["user_has_saved"].clone())
    };
    assert_eq!(one("itineraries"), one("projects"));
    one("itineraries")
}

#[tokio::test]
async fn each_reader_finds_their_own_vote_and_what_they_saved() {
    let world = World::new().await;
    let (asha, bela, cyra) = (world.person("asha").await, world.person("bela").await, world.person("cyra").await);
    let id = asha.publishes(trip("Kyoto on foot", "Kyoto", "Temples")).await;
    let other = asha.publishes(trip("Kyoto by night", "Kyoto", "Bars")).await;
    bela.post("/api/votes", json!({ "project_id": id, "vote_type": "up" })).await.is(200);
    bela.post(&format!("/api/saved/save/{id}"), json!({})).await.is(201);
    cyra.post("/api/votes", json!({ "project_id": id, "vote_type": "down" })).await.is(200);
    cyra.post(&format!("/api/saved/save/{other}"), json!({})).await.is(201);
    // The ranking is kept for all; whoever comes first leaves nothing of theirs in it.
    for _ in 0..2 {
        assert_eq!(mine(&world, Some(&bela)).await, (json!("up"), json!(true)));
        assert_eq!(mine(&world, Some(&cyra)).await, (json!("down"), json!(false)));
        assert_eq!(mine(&world, None).await, (json!(null), json!(false)));
        assert_eq!(mine(&world, Some(&asha)).await, (json!(null), json!(false)));
    }
}
