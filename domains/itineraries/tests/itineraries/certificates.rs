//! Certificates as safe for women: who gave them, and when they end.

use crate::{LIST, MINUTE, and, at, gpx, less, trip};
use serde_json::Value;
use testkit::{Person, World, json};

fn women_safe(id: &str) -> String {
    format!("/api/admin/itineraries/{id}/women-safe")
}

async fn is_certified(world: &World, id: &str) -> bool {
    world.get(&at(id)).await.is(200).data()["women_safe_certified"] == true
}

/// A trip with everything that a certificate is about.
async fn whole(asha: &Person<'_>) -> (String, Value) {
    let track = gpx(&[(35.0, 135.7), (35.1, 135.8)]);
    let body = and(
        trip("Kyoto on foot"),
        json!({ "description": "Temples", "country": "Japan", "regions": ["Kansai"], "start_date": "2027-04-02",
            "end_date": "2027-04-04", "route_gpx": track, "day_by_day_plan": "Day 1", "safety_tips": "Stay in the light",
            "route_waypoints": [{ "lat": 35.0, "lon": 135.7 }], "activity_tags": ["hiking"] }),
    );
    (asha.publishes(body.clone()).await, body)
}

#[tokio::test]
async fn a_certificate_ends_with_what_it_was_about() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let (id, body) = whole(&asha).await;
    let other = asha.publishes(trip("Another one")).await;
    root.post(&women_safe(&other), json!({})).await.is(200);
    for change in [
        json!({ "destination": "Nara, Japan" }),
        json!({ "country": null }),
        json!({ "regions": [] }),
        json!({ "start_date": "2027-04-01" }),
        json!({ "duration_days": 9 }),
        json!({ "description": "Bars by night" }),
        json!({ "day_by_day_plan": "Day 1: elsewhere" }),
        json!({ "safety_tips": null }),
        json!({ "title": "Kyoto by night" }),
        json!({ "tagline": "Bar after bar" }),
        json!({ "trip_highlights": "The clubs" }),
        json!({ "unique_highlights": "Open until dawn" }),
        json!({ "demo_url": "https://films.example.org/another" }),
        json!({ "route_waypoints": [] }),
        json!({ "ending_point_gps": "1,2" }),
        json!({ "route_gpx": gpx(&[(35.0, 135.7), (35.1, 135.9)]) }),
        json!({ "route_gpx": null }),
    ] {
        root.post(&women_safe(&id), json!({})).await.is(200);
        assert!(is_certified(&world, &id).await);
        let reply = asha.patch(&at(&id), change.clone()).await.is(200);
        assert_eq!(reply.data()["women_safe_certified"], false, "{change}");
        assert!(!is_certified(&world, &id).await, "{change}");
    }
    assert!(is_certified(&world, &other).await);
    assert_eq!(world.get(&format!("{LIST}?women_safe=true")).await.titles(), ["Another one"]);
    // By PUT too.
    asha.put(&at(&id), body.clone()).await.is(200);
    root.post(&women_safe(&id), json!({})).await.is(200);
    asha.put(&at(&id), and(body, json!({ "description": "Other temples" }))).await.is(200);
    assert!(!is_certified(&world, &id).await);
}

#[tokio::test]
async fn a_certificate_outlives_what_it_was_not_about() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let (id, body) = whole(&asha).await;
    root.post(&women_safe(&id), json!({})).await.is(200);
    for change in [
        json!({ "activity_tags": ["food"], "categories": ["city"] }),
        json!({ "best_season": "May", "screenshots": [], "budget_amount": 12 }),
        json!({ "women_safe_certified": false, "women_safe_by": null, "women_safe_certified_by": null }),
        // The same once more changes nothing.
        less(&body, &["activity_tags"]),
        json!({ "is_published": false }),
        json!({ "is_published": true }),
    ] {
        let reply = asha.patch(&at(&id), change.clone()).await.is(200);
        assert_eq!(reply.data()["women_safe_certified"], true, "{change}");
    }
    for door in ["unpublish", "publish"] {
        let reply = asha.post(&format!("{}/{door}", at(&id)), json!({})).await.is(200);
        assert_eq!(reply.data()["women_safe_certified"], true, "{door}");
    }
    assert!(is_certified(&world, &id).await);
}

#[tokio::test]
async fn only_administrators_see_who_certified_a_trip_and_when() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (root, second) = (world.admin("captain").await, world.admin("second_mate").await);
    let (id, _) = whole(&asha).await;
    let given = root.post(&women_safe(&id), json!({})).await.is(200);
    assert_eq!(given.data()["women_safe_certified_by"], root.id);
    let at_once = given.data()["women_safe_certified_at"].clone();
    world.advance(MINUTE);
    second.post(&women_safe(&id), json!({})).await.is(200);
    for admin in [&root, &second] {
        let seen = admin.get(&at(&id)).await.is(200);
        assert_eq!(seen.data()["women_safe_certified_by"], root.id, "who did it first stays");
        assert_eq!(seen.data()["women_safe_certified_at"], at_once);
    }
    let hides = |answer: testkit::Answer| {
        let answer = answer.is(200);
        assert!(!answer.text.contains("certified_by") && !answer.text.contains(&root.id), "{}", answer.text);
    };
    // Kept for an administrator first, and then for others.
    for path in [at(&id), LIST.to_owned(), "/api/search?q=kyoto".to_owned(), "/api/leaderboard/projects".to_owned()] {
        root.get(&path).await.is(200);
        hides(world.get(&path).await);
        hides(asha.get(&path).await);
        hides(bela.get(&path).await);
    }
    hides(asha.patch(&at(&id), json!({ "best_season": "May" })).await);
    asha.patch(&at(&id), json!({ "description": "Other temples" })).await.is(200);
    let ended = root.get(&at(&id)).await.is(200);
    assert_eq!(ended.data().get("women_safe_certified_by"), None);
    assert_eq!(second.post(&women_safe(&id), json!({})).await.is(200).data()["women_safe_certified_by"], second.id);
}
