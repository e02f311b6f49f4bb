//! The examples of the plan, section 7.3.

use crate::{LIST, MINUTE, NOBODYS, SECOND, at, bearer, request, trip};
use axum::{
    body::Body,
    http::{Method, Request},
};
use futures_util::future::join_all;
use testkit::{World, json, within};

#[tokio::test]
async fn the_trip_of_the_plan_is_published() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let body = json!({
        "title": "3-Day Tokyo Adventure", "destination": "Tokyo, Japan", "duration_days": 3, "budget_range": "medium",
        "activity_tags": ["cultural", "food"], "description": "Experience authentic Tokyo",
    });
    let made = asha.post(LIST, body.clone()).await.is(201);
    assert_eq!((&made.body["status"], made.message()), (&json!("success"), "Itinerary created"));
    for field in ["title", "destination", "duration_days", "activity_tags", "description"] {
        assert_eq!(made.data()[field], body[field], "{field}");
    }
    assert_eq!(made.data()["is_published"], true);
    assert_eq!(made.data()["created_by_traveler_id"], asha.id);
    assert_eq!(made.data()["creator"]["username"], "asha");
    assert_eq!(made.data()["created_at"], "2026-11-23T09:30:00.000000Z");
    let id = made.data()["id"].as_str().unwrap();
    let read = world.get(&at(id)).await.is(200);
    assert_eq!((read.message(), read.data()), ("Itinerary retrieved", made.data()));
}

#[tokio::test]
async fn a_trip_without_a_destination_is_refused() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let answer = asha.post(LIST, json!({ "title": "Test" })).await.fails(400, "validation_failed");
    assert!(answer.message().contains("destination"), "{}", answer.text);
    assert_eq!(answer.body["details"]["destination"], json!(["is required"]));
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itineraries").await, 0);
}

#[tokio::test]
async fn nobody_changes_the_trip_of_another() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let path = at(&asha.publishes(trip("Kyoto on foot")).await);
    let before = world.get(&path).await.is(200);
    let hacked = json!({ "title": "Hacked" });
    bela.put(&path, hacked.clone()).await.fails(403, "not_author");
    bela.patch(&path, hacked.clone()).await.fails(403, "not_author");
    bela.delete(&path).await.fails(403, "not_author");
    for method in ["PUT", "PATCH", "DELETE"] {
        world.send(request(method, &path, &[], hacked.clone())).await.fails(401, "missing_token");
    }
    world.post(LIST, trip("Nobody's trip")).await.fails(401, "missing_token");
    assert_eq!(world.get(&path).await.is(200).data(), before.data());
    assert_eq!(asha.put(&path, hacked).await.is(200).data()["title"], "Hacked");
}

#[tokio::test]
async fn administrators_put_a_trip_on_show_and_nobody_else_does() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let other = asha.publishes(trip("Osaka by night")).await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let feature = format!("{}/feature", at(&id));
    for path in [feature.as_str(), &format!("{NOBODYS}/feature"), "/api/itineraries/nonexistent-id/feature"] {
        world.call(Method::POST, path, Some(&asha.token), None).await.fails(403, "admin_required");
        bela.post(path, json!({})).await.fails(403, "admin_required");
        world.post(path, json!({})).await.fails(401, "missing_token");
    }
    assert_eq!(world.get(&at(&id)).await.data()["is_featured"], false);
    world.get(LIST).await.is(200);

    let answer = world.call(Method::POST, &feature, Some(&root.token), None).await.is(200);
    assert_eq!((answer.message(), &answer.data()["is_featured"]), ("Itinerary featured", &json!(true)));
    assert_eq!(answer.data()["featured_at"], "2026-11-23T09:30:00.000000Z");
    assert_eq!(world.get(&at(&id)).await.data()["is_featured"], true);
    assert_eq!(world.get(&at(&other)).await.data()["is_featured"], false);
    assert_eq!(world.get("/api/itineraries?featured=true").await.titles(), ["Kyoto on foot"]);
    world.advance(MINUTE);
    let twice = root.post(&feature, json!({})).await.is(200);
    assert_eq!(twice.data()["featured_at"], answer.data()["featured_at"]);
    root.post(&format!("{NOBODYS}/feature"), json!({})).await.fails(404, "not_found");
}

#[tokio::test]
async fn a_trip_that_does_not_exist_is_not_found() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("Kyoto on foot")).await;
    let mut bodies = Vec::new();
    for path in ["/api/itineraries/nonexistent-id", NOBODYS, "/api/itineraries/0", "/api/itineraries/%F0%9F"] {
        for answer in [world.get(path).await, asha.get(path).await, asha.delete(path).await] {
            bodies.push(crate::less(&answer.fails(404, "not_found").body, &["request_id"]));
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!((&bodies[0]["status"], &bodies[0]["message"]), (&json!("error"), &json!("Itinerary not found")));
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let send = async |content_type: &str, body: &str| {
        let request = Request::post(LIST).header("authorization", bearer(&asha)).header("content-type", content_type);
        world.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    let good = r#"{"title":"Kyoto on foot","destination":"Kyoto"}"#;
    for bad in [
        "invalid json{",
        "{",
        &format!("{good}x"),
        r#"{"title":"Kyoto on foot","title":"Kyoto on foot","destination":"Kyoto"}"#,
        r#"{"title":"Kyoto on foot","destination":"Ky\u0000to"}"#,
    ] {
        send("application/json", bad).await.fails(400, "malformed_json");
    }
    send("application/json", "[]").await.fails(400, "invalid_body");
    send("application/json", "").await.fails(400, "validation_failed");
    send("text/plain", good).await.fails(415, "unsupported_media_type");
    send("application/json; charset=utf-8", good).await.is(201);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itineraries").await, 1);
}

#[tokio::test]
async fn a_change_is_seen_at_once_in_the_detail_and_in_lists() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    asha.publishes(trip("Osaka by night")).await;
    let see = async |title: &str| {
        for _ in 0..2 {
            assert_eq!(world.get(&at(&id)).await.is(200).data()["title"], title);
            assert_eq!(bela.get(&at(&id)).await.is(200).data()["title"], title);
            for path in [LIST, "/api/itineraries?sort=newest&destination=kyoto"] {
                assert!(world.get(path).await.is(200).titles().contains(&title), "{title}");
                assert!(bela.get(path).await.is(200).titles().contains(&title), "{title}");
            }
        }
    };
    see("Kyoto on foot").await;
    asha.put(&at(&id), json!({ "title": "Updated Title" })).await.is(200);
    see("Updated Title").await;
    asha.patch(&at(&id), json!({ "title": "Once more" })).await.is(200);
    see("Once more").await;
}

#[tokio::test]
async fn a_change_is_seen_in_other_processes_within_a_second() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    asha.publishes(trip("Osaka by night")).await;
    let beside = world.beside().await;
    let bela_there = bela.at(&beside);
    let there = async || {
        let detail = beside.get(&at(&id)).await;
        let title = detail.data()["title"].as_str().unwrap_or("gone").to_owned();
        let (list, hers) = (beside.get(LIST).await.is(200), bela_there.get(LIST).await.is(200));
        let listed = list.titles().contains(&title.as_str()) && hers.titles().contains(&title.as_str());
        (title, listed)
    };
    assert_eq!(there().await, ("Kyoto on foot".to_owned(), true));
    asha.put(&at(&id), json!({ "title": "Updated Title" })).await.is(200);
    within(SECOND, async || there().await == ("Updated Title".to_owned(), true)).await;
    asha.delete(&at(&id)).await.is(200);
    within(SECOND, async || there().await == ("gone".to_owned(), false)).await;
    assert_eq!(beside.get(LIST).await.titles(), ["Osaka by night"]);
}

#[tokio::test]
async fn a_hundred_rapid_reads_are_too_many() {
    // Without Redis, whose clock does not stand still.
    let world = World::with(&[("RATELIMIT_ENABLED", "true"), ("REDIS_URL", "")]).await;
    let asha = world.person("asha").await;
    let mut statuses = Vec::new();
    for _ in 0..100 {
        let answer = asha.get(LIST).await;
        if answer.status == 429 {
            assert_eq!(answer.header("retry-after"), "1");
            answer.clone().fails(429, "rate_limited");
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [[200; 60].as_slice(), &[429; 40]].concat());
    world.get(LIST).await.is(200);
    asha.publishes(trip("Kyoto on foot")).await;
    world.advance(SECOND);
    let after = join_all((0..30).map(|_| asha.get(LIST))).await;
    assert_eq!(after.iter().filter(|a| a.status == 200).count(), 20);
}

#[tokio::test]
async fn the_configured_limiter_stops_a_storm_and_lets_go_again() {
    let world = World::with(&[("RATELIMIT_ENABLED", "true")]).await;
    let asha = world.person("asha").await;
    // Redis lets 20 a second through besides the first 60: so many that even a slow machine is quicker than that.
    let storm = join_all((0..400).map(|_| asha.get(LIST))).await;
    let refused = storm.iter().filter(|a| a.status == 429).collect::<Vec<_>>();
    assert!(storm.iter().filter(|a| a.status == 200).count() >= 60, "the first sixty pass");
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(answer.header("retry-after"), "1");
    }
    world.advance(SECOND);
    within(2 * SECOND, async || asha.get(LIST).await.status == 200).await;
}
