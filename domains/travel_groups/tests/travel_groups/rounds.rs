//! How often each request waits for the database: four times at most.

use super::*;
use axum::http::Method;
use testkit::Waits;

fn id_of(answer: &Answer) -> String {
    answer.data()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_request_waits_for_the_database_more_than_four_times() {
    let (world, mut waits) = (World::new().await, Waits::default());
    let [asha, bela, chen, dora, emil] = [
        world.person("asha").await,
        world.person("bela").await,
        world.person("chen").await,
        world.person("dora").await,
        world.person("emil").await,
    ];
    let by_asha = asha.publishes(json!({ "title": "Along the coast", "destination": "Lisbon, Portugal" })).await;
    let made = waits.of(&asha, Method::POST, LIST, and(group("Surf"), json!({ "max_members": 2 }))).await;
    let id = format!("{LIST}/{}", id_of(&made));
    let at = |rest: &str| format!("{id}{rest}");
    let nothing = || json!({});

    waits.of(&bela, Method::POST, &at("/join"), nothing()).await;
    for who in [&chen, &dora, &emil] {
        waits.of(who, Method::POST, &at("/waitlist"), nothing()).await;
    }
    waits.of(&emil, Method::DELETE, &at("/waitlist"), nothing()).await;
    // A seat that becomes free is offered, one that is given up is offered to the next.
    waits.of(&bela, Method::POST, &at("/leave"), nothing()).await;
    waits.of(&chen, Method::DELETE, &at("/waitlist"), nothing()).await;
    waits.of(&dora, Method::POST, &at("/join"), nothing()).await;
    waits.of(&chen, Method::POST, &at("/waitlist"), nothing()).await;
    waits.of(&asha, Method::PATCH, &at(""), json!({ "name": "Surf anew", "max_members": 4 })).await;
    let more = and(group("Surf"), json!({ "max_members": 6, "requires_approval": true }));
    waits.of(&asha, Method::PUT, &at(""), more).await;
    waits.of(&chen, Method::POST, &at("/join"), nothing()).await;
    let asked = asha.get(&at("/requests")).await.is(200).body["data"][0]["id"].as_str().unwrap().to_owned();
    waits.of(&asha, Method::POST, &at(&format!("/requests/{asked}/approve")), nothing()).await;
    waits.of(&bela, Method::POST, &at("/join"), nothing()).await;
    let asked = asha.get(&at("/requests")).await.is(200).body["data"][0]["id"].as_str().unwrap().to_owned();
    waits.of(&asha, Method::POST, &at(&format!("/requests/{asked}/reject")), nothing()).await;

    let invite = |whom: &Person<'_>| json!({ "traveler_id": whom.id });
    for step in ["accept", "decline"] {
        let whom = if step == "accept" { &emil } else { &bela };
        let invited = id_of(&waits.of(&asha, Method::POST, &at("/invite"), invite(whom)).await);
        waits.of(whom, Method::POST, &at(&format!("/invites/{invited}/{step}")), nothing()).await;
    }
    let fay = world.person("fay").await;
    let invited = id_of(&waits.of(&asha, Method::POST, &at("/invite"), invite(&fay)).await);
    waits.of(&asha, Method::DELETE, &at(&format!("/invites/{invited}")), nothing()).await;

    let trips = at("/itineraries");
    waits.of(&asha, Method::POST, &trips, json!({ "itinerary_id": by_asha })).await;
    for list in ["", "/members", "/invites", "/requests", "/bans", "/itineraries"] {
        waits.of(&asha, Method::GET, &at(list), nothing()).await;
    }
    for list in ["", "?search=surf&per_page=1", "/invites", "/matching?destination=Lisbon"] {
        waits.of(&bela, Method::GET, &format!("{LIST}{list}"), nothing()).await;
    }
    waits.of(&asha, Method::DELETE, &format!("{trips}/{by_asha}"), nothing()).await;

    let member = |whom: &Person<'_>, rest: &str| at(&format!("/members/{}{rest}", whom.id));
    waits.of(&asha, Method::PUT, &member(&chen, "/role"), json!({ "role": "moderator" })).await;
    waits.of(&asha, Method::DELETE, &member(&emil, ""), nothing()).await;
    waits.of(&asha, Method::POST, &at("/bans"), invite(&dora)).await;
    waits.of(&asha, Method::DELETE, &at(&format!("/bans/{}", dora.id)), nothing()).await;
    waits.of(&asha, Method::POST, &at("/transfer"), invite(&chen)).await;
    waits.of(&chen, Method::POST, &at("/transfer/accept"), nothing()).await;
    waits.of(&asha, Method::POST, &at("/leave"), nothing()).await;
    waits.of(&chen, Method::DELETE, &at(""), nothing()).await;
    assert!(waits.too_many.is_empty(), "{:#?}", waits.too_many);
}
