//! What belongs to the reader in leaderboards.

use crate::scored;
use serde_json::Value;
use testkit::{Person, World, json};

/// Every board of trips, with the lists of trips that it has.
const BOARDS: [(&str, &[&str]); 4] = [
    ("/api/itineraries/leaderboard", &["/data/top_itineraries", "/data/featured"]),
    ("/api/leaderboard/projects", &["/data/itineraries", "/data/projects"]),
    ("/api/leaderboard/trending", &["/data/itineraries", "/data/projects"]),
    ("/api/trending/itineraries", &["/data"]),
];

/// Votes and saves that a reader gets of the two trips, in every list of every board.
async fn mine(world: &World, reader: Option<&Person<'_>>) -> Vec<[(Value, Value); 2]> {
    let mut seen = Vec::new();
    for (path, lists) in BOARDS {
        let answer = match reader {
            Some(reader) => reader.get(path).await,
            None => world.get(path).await,
        };
        let body = answer.is(200).body;
        for list in lists {
            let trips = body.pointer(list).and_then(Value::as_array).unwrap();
            let of = |title: &str| {
                let trip = trips.iter().find(|trip| trip["title"] == title).unwrap();
                (trip["user_vote"].clone(), trip["user_has_saved"].clone())
            };
            seen.push([of("Kyoto on foot"), of("Osaka by night")]);
        }
    }
    seen
}

#[tokio::test]
async fn each_reader_gets_their_own_vote_and_what_they_saved() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let (bela, cyra) = (world.person("bela").await, world.person("cyra").await);
    let (foot, night) =
        (scored(&world, &asha, "Kyoto on foot", 50.0).await, scored(&world, &asha, "Osaka by night", 40.0).await);
    for id in [&foot, &night] {
        root.post(&format!("/api/itineraries/{id}/feature"), json!({})).await.is(200);
    }
    bela.post("/api/votes", json!({ "project_id": foot, "vote_type": "up" })).await.is(200);
    bela.post(&format!("/api/saved/save/{night}"), json!({})).await.is(201);
    cyra.post("/api/votes", json!({ "project_id": night, "vote_type": "down" })).await.is(200);
    cyra.post(&format!("/api/saved/save/{foot}"), json!({})).await.is(201);
    let (none, up, down) = (json!(null), json!("up"), json!("down"));
    let (yes, no) = (json!(true), json!(false));
    // Boards are kept for all; whoever comes first leaves nothing of theirs in them.
    for _ in 0..2 {
        for (reader, expected) in [
            (Some(&bela), [(&up, &no), (&none, &yes)]),
            (Some(&cyra), [(&none, &yes), (&down, &no)]),
            (None, [(&none, &no), (&none, &no)]),
            (Some(&asha), [(&none, &no), (&none, &no)]),
        ] {
            for seen in mine(&world, reader).await {
                assert_eq!(seen.each_ref().map(|(vote, saved)| (vote, saved)), expected);
            }
        }
    }
}
