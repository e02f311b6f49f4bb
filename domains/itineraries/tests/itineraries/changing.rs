//! Changing and deleting trips.

use crate::{LIST, MINUTE, NOBODYS, and, at, blames, gpx, key, less, trip};
use futures_util::future::join_all;
use kernel::sql;
use serde_json::Value;
use testkit::{World, json};

/// Values for every field that may be emptied.
fn nullable() -> Value {
    json!({
        "tagline": "Cedars", "description": "Prose", "country": "Japan", "regions": ["Kansai"],
        "start_date": "2027-04-02", "end_date": "2027-04-04", "duration_days": 3, "travel_type": "hike",
        "travel_style": "solo", "budget_amount": 10.5, "travel_companions": [{ "name": "Bela" }],
        "activity_tags": ["hiking"], "categories": ["city"], "screenshots": ["https://example.org/1.jpg"],
        "route_gpx": gpx(&[(35.0, 135.0), (35.1, 135.1)]), "route_map_url": "https://example.org/m",
        "demo_url": "https://example.org/d", "route_waypoints": [{ "lat": 1, "lon": 2 }],
        "starting_point_gps": "1,2", "ending_point_gps": "3,4", "best_season": "May", "trip_highlights": "a",
        "trip_journey": "b", "day_by_day_plan": "c", "safety_intelligence": "d", "hidden_gems": "e",
        "unique_highlights": "f", "safety_tips": "g",
    })
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_name() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let other = asha.publishes(trip("Osaka by night")).await;
    let path = at(&asha.publishes(and(trip("Kyoto on foot"), nullable())).await);
    let untouched = asha.get(&at(&other)).await.is(200);
    let mut now = asha.get(&path).await.is(200).data().clone();
    let changes = [
        json!({ "title": "Kyoto by bicycle" }),
        json!({ "tagline": "Wheels" }),
        json!({ "activity_tags": ["cycling"] }),
        json!({ "budget_currency": "EUR" }),
        json!({ "share_dates": true }),
        json!({ "difficulty_level": "expert" }),
        json!({ "start_date": "2027-04-03", "duration_days": 2 }),
        json!({}),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        world.advance(MINUTE);
        let answer =
            if n % 2 == 0 { asha.patch(&path, change.clone()).await } else { asha.put(&path, change.clone()).await };
        let answer = answer.is(200);
        assert_eq!(answer.message(), "Itinerary updated");
        assert_ne!(answer.data()["updated_at"], now["updated_at"]);
        let expected = and(now.clone(), change);
        assert_eq!(less(answer.data(), &["updated_at"]), less(&expected, &["updated_at"]));
        assert_eq!(asha.get(&path).await.data(), answer.data());
        now = answer.data().clone();
    }
    assert_eq!(asha.get(&at(&other)).await.data(), untouched.data());
}

#[tokio::test]
async fn null_empties_what_may_be_empty() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let path = at(&asha.publishes(and(trip("Kyoto on foot"), nullable())).await);
    let plain = asha.post(LIST, trip("Kyoto on foot")).await.is(201);
    for field in nullable().as_object().unwrap().keys() {
        let answer = asha.patch(&path, json!({ field: null })).await.is(200);
        // A start and a length say when it ends; the end is emptied again below.
        if !["end_date", "duration_days"].contains(&field.as_str()) {
            assert_eq!(answer.data()[field], plain.data()[field], "{field}");
        }
    }
    let nulls: Value = nullable()
        .as_object()
        .unwrap()
        .keys()
        .map(|k| (k.clone(), Value::Null))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let answer = asha.put(&path, nulls).await.is(200);
    assert_eq!(less(answer.data(), &["id", "uuid"]), less(plain.data(), &["id", "uuid"]));
    assert_eq!(world.get("/api/itineraries?activity=hiking").await.titles().len(), 0);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_tracks").await, 0);
}

#[tokio::test]
async fn null_is_refused_where_there_must_be_something() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let path = at(&asha.publishes(trip("Kyoto on foot")).await);
    for field in ["title", "destination", "difficulty_level", "share_dates", "budget_currency"] {
        blames(asha.patch(&path, json!({ field: null })).await, field);
        blames(asha.put(&path, json!({ field: null, "tagline": "x" })).await, field);
    }
    for (field, bad) in [("title", " "), ("destination", ""), ("title", "Four"), ("difficulty_level", "hard")] {
        blames(asha.patch(&path, json!({ field: bad })).await, field);
    }
    assert_eq!(asha.get(&path).await.data()["tagline"], Value::Null);
}

#[tokio::test]
async fn what_belongs_to_the_server_is_not_taken_from_an_author() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let greedy = json!({
        "id": "01a3b1c2-7a00-7000-8000-00000000002a", "uuid": "01a3b1c2-7a00-7000-8000-00000000002a",
        "created_by_traveler_id": bela.id, "traveler_id": bela.id, "user_id": bela.id, "creator": { "id": bela.id },
        "proof_score": 99, "identity_score": 20, "travel_history_score": 20, "community_score": 20,
        "safety_score_component": 20, "quality_score": 20, "score_explanations": { "x": 1 }, "scoring_status": "none",
        "safety_score": 5, "safety_ratings_avg": 5, "safety_ratings_count": 99, "safety_rating_count": 99,
        "women_safe_certified": true, "women_safe_verified": true, "is_featured": true,
        "featured_at": "2026-01-01T00:00:00Z", "view_count": 99, "helpful_votes": 99, "share_count": 99,
        "upvotes": 99, "downvotes": 99, "voteCount": 99, "comment_count": 99, "remix_count": 99, "has_gps": true,
        "has_gpx": true, "route": { "points": 1 }, "badges": ["x"], "travel_month": "2001-01", "user_vote": "up",
        "user_has_saved": true, "created_at": "2001-01-01T00:00:00Z", "updated_at": "2001-01-01T00:00:00Z",
        "deleted_at": "2001-01-01T00:00:00Z", "search_text": "needle",
    });
    let plain = asha.post(LIST, trip("Kyoto on foot")).await.is(201);
    let made = asha.post(LIST, and(greedy.clone(), trip("Kyoto on foot"))).await.is(201);
    assert_ne!(made.data()["id"], greedy["id"]);
    assert_eq!(less(made.data(), &["id", "uuid"]), less(plain.data(), &["id", "uuid"]));

    let id = made.data()["id"].as_str().unwrap();
    let earned = sql!(
        "update itineraries set proof_score = 12.5, upvotes = 3, downvotes = 1, view_count = 7, helpful_votes = 2,
                women_safe_certified = TRUE, quality_score = 9.5 where id = $1"
    );
    world.sql(earned.bind(key(id))).await;
    let before = asha.get(&at(id)).await.is(200);
    assert_eq!((&before.data()["voteCount"], &before.data()["women_safe_certified"]), (&json!(2), &json!(true)));
    asha.patch(&at(id), and(greedy.clone(), json!({ "women_safe_certified": false }))).await.is(200);
    asha.put(&at(id), greedy).await.is(200);
    assert_eq!(asha.get(&at(id)).await.is(200).data(), before.data());
    assert_eq!(world.get("/api/itineraries?search=needle").await.titles().len(), 0);
}

#[tokio::test]
async fn changes_of_different_fields_at_once_all_stay() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let path = at(&asha.publishes(trip("Kyoto on foot")).await);
    let fields = [
        "tagline",
        "country",
        "travel_type",
        "travel_style",
        "best_season",
        "trip_highlights",
        "hidden_gems",
        "safety_tips",
    ];
    for answer in join_all(fields.map(|f| asha.patch(&path, json!({ f: f })))).await {
        answer.is(200);
    }
    let now = asha.get(&path).await.is(200);
    for field in fields {
        assert_eq!(now.data()[field], field);
    }
}

#[tokio::test]
async fn a_deleted_trip_is_gone_for_everybody() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let path = at(&asha.publishes(trip("Kyoto on foot")).await);
    let stays = at(&asha.publishes(trip("Osaka by night")).await);
    world.get(&path).await.is(200);
    asha.get(LIST).await.is(200);
    let answer = asha.delete(&path).await.is(200);
    assert_eq!((answer.message(), answer.body.get("data")), ("Itinerary deleted", None));

    asha.delete(&path).await.fails(404, "not_found");
    for person in [&asha, &bela, &root] {
        person.get(&path).await.fails(404, "not_found");
        person.put(&path, json!({ "title": "Back again" })).await.fails(404, "not_found");
        person.delete(&path).await.fails(404, "not_found");
        for query in ["", "?search=kyoto", "?destination=kyoto", "?sort=newest"] {
            assert_eq!(person.get(&format!("{LIST}{query}")).await.is(200).titles(), ["Osaka by night"], "{query}");
            assert_eq!(world.get(&format!("{LIST}{query}")).await.is(200).titles(), ["Osaka by night"], "{query}");
        }
    }
    world.get(&path).await.fails(404, "not_found");
    root.post(&format!("{path}/feature"), json!({})).await.fails(404, "not_found");
    world.get(&stays).await.is(200);
    asha.delete(NOBODYS).await.fails(404, "not_found");
}
