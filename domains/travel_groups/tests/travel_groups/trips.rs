//! The trips of a group, and who was on them.

use super::*;

async fn trip(by: &Person<'_>, title: &str) -> String {
    let body = json!({ "title": title, "destination": "Lisbon, Portugal" });
    by.post("/api/itineraries", body).await.is(201).data()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn members_add_trips_and_see_them() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let id = made(&asha, group("Surf")).await;
    join(&bela, &id).await.is(201);
    let (by_asha, by_chen) = (trip(&asha, "Along the coast").await, trip(&chen, "Over the hills").await);
    let path = format!("{id}/itineraries");
    chen.post(&path, json!({ "itinerary_id": by_chen })).await.fails(403, "not_member");
    asha.post(&path, json!({ "itinerary_id": NOBODY })).await.fails(404, "not_found");
    asha.post(&path, json!({})).await.fails(400, "validation_failed");
    bela.post(&path, json!({ "itinerary_id": by_chen })).await.is(201);
    bela.post(&path, json!({ "itinerary_id": by_chen })).await.fails(409, "already_added");
    world.advance(Duration::from_secs(1));
    asha.post(&path, json!({ "itinerary_id": by_asha })).await.is(201);
    let titles = |answer: &Answer| {
        let trips = answer.data()["itineraries"].as_array().unwrap();
        trips.iter().map(|t| t["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&bela.get(&path).await.is(200)), ["Along the coast", "Over the hills"]);
    assert_eq!(titles(&bela.get(&id).await.is(200)), ["Along the coast", "Over the hills"]);
    assert_eq!(titles(&chen.get(&path).await.is(200)), [""; 0]);
    assert_eq!(titles(&world.get(&id).await.is(200)), [""; 0]);
    // A draft is for its author, and a trip of somebody in a block for nobody.
    let draft = json!({ "title": "Not yet shown", "destination": "Lisbon", "is_published": false });
    let draft = bela.post("/api/itineraries", draft).await.is(201).data()["id"].clone();
    bela.post(&path, json!({ "itinerary_id": draft })).await.fails(404, "not_found");
    block(&chen, &asha).await;
    assert_eq!(titles(&asha.get(&path).await.is(200)), ["Along the coast"]);
    asha.delete(&format!("{path}/{by_chen}")).await.fails(404, "not_found");
    bela.delete(&format!("{path}/{by_asha}")).await.fails(403, "not_organizer");
    bela.delete(&format!("{path}/{by_chen}")).await.is(200);
    asha.delete(&format!("{path}/{by_asha}")).await.is(200);
    assert_eq!(titles(&bela.get(&path).await.is(200)), [""; 0]);
}

/// Whoever belonged to a group with the trip when it ended is a verified traveler of it, and nobody else.
#[tokio::test]
async fn who_was_on_a_trip_is_known_when_it_is_over() {
    let world = patient().await;
    let author = world.person("author").await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let (dora, emil) = (world.person("dora").await, world.person("emil").await);
    let (there, other) = (trip(&author, "Along the coast").await, trip(&author, "Over the hills").await);
    let days = json!({ "start_date": "2026-11-23", "end_date": "2026-11-25", "max_members": 9 });
    let id = made(&asha, and(group("Surf"), days.clone())).await;
    for who in [&bela, &chen] {
        join(who, &id).await.is(201);
    }
    let path = format!("{id}/itineraries");
    asha.post(&path, json!({ "itinerary_id": there })).await.is(201);
    // Nobody witnesses by traveling alone.
    let alone = made(&dora, and(group("Alone"), days)).await;
    dora.post(&format!("{alone}/itineraries"), json!({ "itinerary_id": there })).await.is(201);

    let rate = async |who: &Person<'_>, trip: &str| {
        let answer = who.post(&format!("/api/itineraries/{trip}/rating"), json!({ "rating": 2 })).await;
        answer.data()["verified_traveler"] == true
    };
    assert!(!rate(&bela, &there).await, "it is not over");
    assert!(!rate(&chen, &there).await);
    leave(&chen, &id).await.is(200);
    world.advance(DAY * 3 + Duration::from_hours(3)); // 2026-11-26 12:30: over everywhere
    join(&emil, &id).await.is(201); // too late
    asha.post(&path, json!({ "itinerary_id": other })).await.fails(409, "group_over");
    asha.delete(&format!("{path}/{there}")).await.fails(409, "group_over");
    // Others than members get the month: until it is over, nothing that they see tells the day.
    assert!(!rate(&asha, &there).await, "the month is not over");
    pass(&world, Duration::from_hours(1)).await;
    let early = world.get(&format!("/api/safety-ratings/{there}")).await.is(200);
    let ratings = early.body["data"].as_array().unwrap();
    assert!(ratings.iter().all(|r| r["verified_traveler"] == false), "{}", early.text);
    world.advance(DAY * 5); // 2026-12-01 13:30
    assert!(rate(&asha, &there).await);
    assert!(!rate(&dora, &there).await, "alone");
    assert!(!rate(&emil, &there).await, "came after the end");
    assert!(!rate(&asha, &other).await, "another trip");
    let verified = async || {
        let list = world.get(&format!("/api/safety-ratings/{there}")).await.is(200);
        let ratings = list.body["data"].as_array().unwrap().clone();
        let of = ratings.iter().filter(|r| r["verified_traveler"] == true);
        let mut names: Vec<String> = of.map(|r| r["author"]["username"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(verified().await, ["asha"]);
    // Those who rated before are found by the job; whoever left before the end was not there.
    pass(&world, Duration::from_hours(1)).await;
    assert_eq!(verified().await, ["asha", "bela"]);
    let safety = world.get(&format!("/api/itineraries/{there}/safety-rating")).await.is(200);
    assert_eq!(safety.data()["safety_ratings_count"], 2);
    // Leaving afterwards changes nothing.
    leave(&bela, &id).await.is(200);
    assert!(rate(&bela, &there).await);
}
