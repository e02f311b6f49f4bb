//! How often each route waits for the database: four times at most.

use crate::{LIST, and, at, gpx, request, trip};
use axum::http::Method;
use serde_json::Value;
use testkit::{Person, World, json};

const MOST: u64 = 4;

/// Waits of one call, when nothing but the caller's session is remembered; of a POST, with an `Idempotency-Key`.
async fn waits(world: &World, who: &Person<'_>, method: &Method, path: &str, body: &Value) -> u64 {
    let mut least = u64::MAX;
    let token = format!("Bearer {}", who.token);
    // A machine so busy that this process hears of changes too late makes it ask for the session anew; but not thrice.
    for _ in 0..3 {
        world.sql(kernel::sql!("delete from itinerary_tags where tag = 'nobody has this one'")).await;
        who.get("/api/auth/me").await.is(200);
        let before = world.app.db.round_trips();
        let body = if *method == Method::GET { Value::Null } else { body.clone() };
        let key = world.app.new_uuid().to_string();
        let mut headers = vec![("authorization", token.as_str())];
        headers.extend((*method == Method::POST).then_some(("idempotency-key", key.as_str())));
        let answer = world.send(request(method.as_str(), path, &headers, body)).await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.text);
        least = least.min(world.app.db.round_trips() - before);
        if least <= MOST {
            break;
        }
    }
    least
}

#[tokio::test]
async fn no_route_waits_for_the_database_more_than_four_times() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let id = asha.publishes(and(trip("Kyoto on foot"), json!({ "activity_tags": ["hiking"] }))).await;
    for n in 0..3 {
        asha.publishes(and(trip(&format!("Kyoto {n}")), json!({ "activity_tags": ["hiking"] }))).await;
    }
    let by = |who: &Person<'_>, door: &str| format!("/api/users/{}/{door}", who.id);
    let nothing = || json!({});
    let vote = json!({ "project_id": id, "vote_type": "up" });
    let large = json!({ "title": "Kyoto anew", "description": "Slowly", "destination": "Kobe, Japan",
        "activity_tags": ["food", "walks"], "route_gpx": gpx(&[(1.0, 2.0), (1.1, 2.0)]),
        "travel_companions": [{ "name": "Bela", "traveler_id": bela.id }] });
    let calls = [
        (&bela, Method::GET, format!("{LIST}?search=kyoto&activity=hiking&min_score=0&per_page=1"), nothing()),
        (&bela, Method::GET, format!("{LIST}?per_page=1&destination=kyoto"), nothing()),
        (&bela, Method::GET, format!("{LIST}?cursor="), nothing()),
        (&bela, Method::GET, format!("{LIST}/featured"), nothing()),
        (&bela, Method::GET, format!("{LIST}/rising-stars"), nothing()),
        (&bela, Method::GET, format!("{LIST}/by-destination/kyoto"), nothing()),
        (&bela, Method::GET, by(&asha, "itineraries?per_page=1"), nothing()),
        (&bela, Method::GET, by(&bela, "tagged-itineraries"), nothing()),
        (&bela, Method::GET, at(&id), nothing()),
        (&asha, Method::POST, LIST.to_owned(), large.clone()),
        (&asha, Method::PATCH, at(&id), large.clone()),
        (&asha, Method::PUT, at(&id), large),
        (&asha, Method::POST, format!("{}/unpublish", at(&id)), nothing()),
        (&asha, Method::POST, format!("{}/publish", at(&id)), nothing()),
        (&bela, Method::POST, format!("{}/view", at(&id)), nothing()),
        (&bela, Method::POST, format!("{}/upvote", at(&id)), nothing()),
        (&bela, Method::POST, format!("{}/downvote", at(&id)), nothing()),
        (&bela, Method::POST, "/api/votes".to_owned(), vote),
        (&bela, Method::GET, "/api/votes/user".to_owned(), nothing()),
        (&bela, Method::GET, "/api/votes/status/01a3b1c27a0070008000000000000001".to_owned(), nothing()),
        (&bela, Method::POST, format!("/api/saved/save/{id}"), nothing()),
        (&bela, Method::GET, "/api/saved/my-saved".to_owned(), nothing()),
        (&bela, Method::GET, format!("/api/saved/check/{id}"), nothing()),
        (&root, Method::POST, format!("{}/feature", at(&id)), nothing()),
        (&root, Method::DELETE, format!("{}/feature", at(&id)), nothing()),
        (&root, Method::POST, format!("/api/admin/itineraries/{id}/feature"), nothing()),
        (&root, Method::POST, format!("/api/admin/itineraries/{id}/women-safe"), nothing()),
        (&root, Method::DELETE, format!("/api/admin/itineraries/{id}/women-safe"), nothing()),
        (&bela, Method::GET, "/api/search?q=kyoto".to_owned(), nothing()),
        (&bela, Method::GET, format!("{LIST}/leaderboard"), nothing()),
        (&bela, Method::GET, "/api/leaderboard/trending".to_owned(), nothing()),
        (&bela, Method::GET, "/api/leaderboard/projects".to_owned(), nothing()),
        (&bela, Method::GET, "/api/trending/itineraries".to_owned(), nothing()),
        (&bela, Method::GET, "/api/trending/tags".to_owned(), nothing()),
    ];
    let mut too_many = Vec::new();
    for (who, method, path, body) in &calls {
        let waits = waits(&world, who, method, path, body).await;
        assert!(waits > 0, "{method} {path} was answered from memory");
        if waits > MOST {
            too_many.push(format!("{method} {path}: {waits}"));
        }
    }
    assert!(too_many.is_empty(), "{too_many:#?}");
    assert!(waits(&world, &asha, &Method::DELETE, &at(&id), &nothing()).await <= MOST);
}
