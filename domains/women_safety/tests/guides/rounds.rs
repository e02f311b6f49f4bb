//! How often each request waits for the database: four times at most.

use super::*;
use axum::http::Method;
use testkit::Waits;

#[tokio::test]
async fn no_request_waits_for_the_database_more_than_four_times() {
    let (world, mut waits) = (World::with(&[("JWT_ACCESS_TOKEN_EXPIRES", "2592000")]).await, Waits::default());
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (chitra, root) = (world.person("chitra").await, world.admin("captain").await);
    let about = json!({ "service_locations": ["Kyoto, Japan"], "hourly_rate_usd": 25.5, "languages_spoken": ["en"] });
    let hers = id(waits.of(&asha, Method::POST, PROFILE, about.clone()).await);
    waits.of(&asha, Method::PUT, PROFILE, about).await;
    let here = json!({ "availability_status": "available" });
    waits.of(&asha, Method::PUT, &format!("{GUIDES}/availability"), here).await;
    waits.of(&root, Method::POST, &format!("/api/admin/guides/{hers}/verify"), json!({ "is_verified": true })).await;
    for list in [PROFILE, GUIDES, &guide(&hers)] {
        waits.of(&asha, Method::GET, list, json!({})).await;
    }
    let contacts =
        json!({ "emergency_contacts": [{ "name": "mira", "phone": "+91 11111", "email": "m@example.org" }] });
    bela.put("/api/women-safety/settings", contacts).await.is(200);

    let book = format!("{}/book", guide(&hers));
    let mut ids = Vec::new();
    for day in [1, 5, 7, 9, 11] {
        ids.push(id(waits.of(&bela, Method::POST, &book, days(&world, day, day + 1)).await));
    }
    let [tour, declined, dropped, missed, wanted] = &ids[..] else { panic!() };
    let other = and(days(&world, 13, 13), json!({ "guide_id": hers }));
    let deleted = id(waits.of(&bela, Method::POST, BOOKINGS, other).await);
    let step = |id: &str, step: &str| format!("{}/{step}", booking(id));
    for id in [tour, dropped, missed] {
        waits.of(&asha, Method::POST, &step(id, "confirm"), json!({})).await;
    }
    waits.of(&asha, Method::POST, &step(declined, "decline"), json!({ "reason": "My day off." })).await;
    waits.of(&bela, Method::POST, &step(dropped, "cancel"), json!({})).await;
    waits.of(&bela, Method::DELETE, &booking(&deleted), json!({})).await;
    waits.of(&bela, Method::PUT, &booking(wanted), json!({ "notes": "By train." })).await;
    let shares = json!({ "emergency_contacts_shared": true });
    waits.of(&bela, Method::PUT, &step(tour, "sharing"), shares).await;
    let guests = format!("{BOOKINGS}/guests");
    for who in [&asha, &bela] {
        waits.of(who, Method::GET, &booking(tour), json!({})).await;
        waits.of(who, Method::GET, BOOKINGS, json!({})).await;
    }
    waits.of(&asha, Method::GET, &guests, json!({})).await;
    world.advance(4 * DAY);
    waits.of(&asha, Method::POST, &step(tour, "complete"), json!({})).await;

    let of = format!("{}/reviews", guide(&hers));
    let said = id(waits.of(&bela, Method::POST, &of, json!({ "rating": 4, "safety_rating": 5 })).await);
    waits.of(&bela, Method::PUT, &review(&said), json!({ "rating": 5 })).await;
    waits.of(&asha, Method::POST, &format!("{}/answer", review(&said)), json!({ "answer": "Thanks." })).await;
    waits.of(&chitra, Method::POST, &format!("{}/helpful", review(&said)), json!({})).await;
    waits.of(&chitra, Method::DELETE, &format!("{}/helpful", review(&said)), json!({})).await;
    waits.of(&chitra, Method::GET, &of, json!({})).await;
    waits.of(&bela, Method::DELETE, &review(&said), json!({})).await;
    world.advance(9 * DAY);
    waits.of(&asha, Method::POST, &step(missed, "no-show"), json!({})).await;
    waits.of(&asha, Method::DELETE, &booking(wanted), json!({})).await;
    waits.of(&asha, Method::DELETE, PROFILE, json!({})).await;
    assert!(waits.too_many.is_empty(), "{:#?}", waits.too_many);
}
