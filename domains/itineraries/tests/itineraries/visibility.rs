//! Drafts, and the trips of people who were banned: for others they are not there.

use crate::{LIST, NOBODYS, and, at, disable, found, less, trip};
use axum::http::Method;
use serde_json::Value;
use testkit::{Answer, Person, World, json};

/// Fails unless everything that somebody could do with the trip gets the answer of an id that was never given out.
async fn assert_hidden(world: &World, path: &str, others: &[&Person<'_>]) {
    let body = |answer: Answer| less(&answer.fails(404, "not_found").body, &["request_id"]);
    assert_eq!(body(world.get(path).await), body(world.get(NOBODYS).await));
    for other in others {
        let change = json!({ "title": "Not yours" });
        assert_eq!(body(other.get(path).await), body(other.get(NOBODYS).await));
        assert_eq!(body(other.put(path, change.clone()).await), body(other.put(NOBODYS, change.clone()).await));
        assert_eq!(body(other.patch(path, change.clone()).await), body(other.patch(NOBODYS, change).await));
        assert_eq!(body(other.delete(path).await), body(other.delete(NOBODYS).await));
        let feature = async |path: &str| {
            let answer = other.post(&format!("{path}/feature"), json!({})).await;
            assert!([403, 404].contains(&answer.status), "{}", answer.text);
            less(&answer.body, &["request_id"])
        };
        assert_eq!(feature(path).await, feature(NOBODYS).await);
    }
}

#[tokio::test]
async fn a_draft_is_there_for_its_author_only() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    asha.publishes(trip("Osaka by night")).await;
    let drafts = [
        json!({ "is_public": false }),
        json!({ "is_published": false }),
        json!({ "is_public": false, "is_published": true }),
        json!({ "is_public": true, "is_published": false }),
    ];
    for draft in drafts {
        let made = asha.post(LIST, and(trip("Secret Kyoto"), draft.clone())).await.is(201);
        assert_eq!(made.data()["is_published"], false, "{draft}");
        let path = at(made.data()["id"].as_str().unwrap());
        assert_hidden(&world, &path, &[&bela, &root]).await;
        let read = asha.get(&path).await.is(200);
        assert_eq!(read.data(), made.data());
        assert_hidden(&world, &path, &[&bela, &root]).await;
        asha.patch(&path, json!({ "tagline": "still mine" })).await.is(200);
    }
    for query in ["", "search=secret", "search=kyoto", "destination=kyoto", "sort=newest", "has_gps=false"] {
        for person in [&asha, &bela, &root] {
            let titles = found(&world, person, query).await;
            assert!(!titles.contains(&"Secret Kyoto".to_owned()), "{query}: {titles:?}");
        }
    }
    assert_eq!(world.get(LIST).await.body["pagination"]["total"], 1);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itineraries where is_featured = TRUE").await, 0);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itineraries where is_published = FALSE").await, 4);
}

#[tokio::test]
async fn a_published_trip_is_made_unless_a_draft_was_asked_for() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for body in [json!({ "is_public": true }), json!({ "is_published": true }), json!({ "is_public": null })] {
        let id = asha.publishes(and(trip("Kyoto on foot"), body)).await;
        assert_eq!(world.get(&at(&id)).await.is(200).data()["is_published"], true);
    }
}

#[tokio::test]
async fn the_trips_of_a_banned_author_vanish() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let (hers, his) =
        (at(&asha.publishes(trip("Kyoto on foot")).await), at(&bela.publishes(trip("Osaka by night")).await));
    assert_eq!(found(&world, &bela, "sort=newest").await, ["Osaka by night", "Kyoto on foot"]);
    world.get(&hers).await.is(200);
    bela.put(&hers, json!({ "title": "Not yours" })).await.fails(403, "not_author");

    disable(&world, &asha).await;
    assert_hidden(&world, &hers, &[&bela, &root]).await;
    for query in ["sort=newest", "", "search=kyoto", "destination=kyoto"] {
        assert_eq!(found(&world, &bela, query).await, ["Osaka by night"], "{query}");
    }
    assert_eq!(world.get(LIST).await.body["pagination"]["total"], 1);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itineraries where is_featured = TRUE").await, 0);
    world.get(&his).await.is(200);

    let back = kernel::sql!("update travelers set is_active = TRUE");
    world.sql(back).await;
    world.get(&hers).await.is(200);
    assert_eq!(found(&world, &bela, "sort=newest").await, ["Osaka by night", "Kyoto on foot"]);
}

#[tokio::test]
async fn a_creator_is_shown_as_others_see_them() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.admin("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let osaka = bela.publishes(trip("Osaka by night")).await;
    let public = json!({
        "id": asha.id, "username": "asha", "display_name": "asha", "avatar_url": null, "bio": null,
        "travel_style": null, "travel_interests": [], "total_trips_count": 0, "total_km_traveled": 0.0,
        "safety_score": 0.0, "traveler_reputation_score": 0.0, "women_guide_certified": false, "sbt_id": null,
        "sbt_status": "not_issued", "trip_token_balance": 0.0, "is_active": true, "is_admin": false,
        "is_validator": false, "is_investor": false, "created_at": "2026-11-23T09:30:00.000000Z",
    });
    let list = world.get("/api/itineraries?sort=newest").await.is(200);
    assert_eq!(list.titles(), ["Osaka by night", "Kyoto on foot"]);
    let (first, second) = (&list.data()[0], &list.data()[1]);
    for view in [second, world.get(&at(&kyoto)).await.data(), bela.get(&at(&kyoto)).await.data()] {
        assert_eq!(view["creator"], public);
        assert_eq!((&view["created_by_traveler_id"], &view["user_id"]), (&json!(asha.id), &json!(asha.id)));
    }
    for view in [first, world.get(&at(&osaka)).await.data()] {
        assert_eq!((&view["creator"]["id"], &view["creator"]["username"]), (&json!(bela.id), &json!("bela")));
        assert_eq!((&view["creator"]["is_admin"], &view["user_id"]), (&json!(true), &json!(bela.id)));
    }
    assert!(!list.text.contains("@example.org") && !list.text.contains("email"), "{}", list.text);
}

#[tokio::test]
async fn a_published_trip_can_be_hidden_and_shown_again() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(trip("Here I will be")).await;
    bela.publishes(trip("Another one")).await;
    world.get(&at(&id)).await.is(200);
    for (hide, show) in [("is_public", "is_published"), ("is_published", "is_public")] {
        let hidden = asha.patch(&at(&id), json!({ hide: false })).await.is(200);
        assert_eq!(hidden.data()["is_published"], false);
        world.get(&at(&id)).await.fails(404, "not_found");
        bela.get(&at(&id)).await.fails(404, "not_found");
        asha.get(&at(&id)).await.is(200);
        assert_eq!(world.get("/api/itineraries").await.titles(), ["Another one"]);
        asha.patch(&at(&id), json!({ "title": "Still not to be seen" })).await.is(200);
        world.get(&at(&id)).await.fails(404, "not_found");
        asha.patch(&at(&id), json!({ show: true })).await.is(200);
        world.get(&at(&id)).await.is(200);
    }
}

#[tokio::test]
async fn waypoints_lose_the_times_of_a_recorder() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let waypoints =
        json!([{ "name": "Bench", "lat": 1.0, "lon": 2.0, "time": "2027-04-02T08:00:00Z", "Timestamp": 1 }]);
    let mut body = trip("A recorded walk");
    body["route_waypoints"] = waypoints;
    let id = asha.publishes(body).await;
    let shown = world.get(&at(&id)).await.is(200);
    assert_eq!(shown.data()["route_waypoints"], json!([{ "name": "Bench", "lat": 1.0, "lon": 2.0 }]));
}

#[tokio::test]
async fn who_is_gone_neither_came_along_nor_awarded_a_badge() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (cleo, dora) = (world.person("cleo").await, world.person("dora").await);
    // Eve's only block is with somebody who has nothing to do with it.
    let (eve, finn) = (world.person("eve").await, world.person("finn").await);
    eve.post(&format!("/api/users/{}/block", finn.id), json!({})).await.is(200);
    let (captain, _) = (world.admin("captain").await, world.admin("mate").await);
    let made_up = "01a3b1c2-7a00-7000-8000-0000000000fe";
    let with = [("Bela", bela.id.as_str()), ("Cleo", &cleo.id), ("Dora", &dora.id), ("Nobody", made_up)];
    let with = with.map(|(name, id)| json!({ "name": name, "traveler_id": id }));
    let id = asha.publishes(and(trip("Kyoto on foot"), json!({ "travel_companions": with }))).await;
    captain.post("/api/badges/award", json!({ "project_id": id, "badge_type": "gold" })).await.is(201);
    let names = |trip: &Value| -> Vec<String> {
        let companions = trip["travel_companions"].as_array().unwrap();
        companions.iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["Bela", "Cleo", "Dora", "Nobody"];
    let page = world.get(&at(&id)).await.is(200);
    assert_eq!(names(page.data()), all);
    assert!(page.text.contains(&captain.id), "the test can fail");

    accounts::admin::ban(&world.app, "cleo@example.org").await.unwrap();
    let password = json!({ "current_password": "Test123!" });
    world.call(Method::DELETE, "/api/auth/me", Some(&dora.token), Some(password)).await.is(200);
    accounts::admin::revoke(&world.app, "captain@example.org").await.unwrap();
    accounts::admin::ban(&world.app, "captain@example.org").await.unwrap();
    let badges = format!("/api/badges/{id}");
    for path in [&at(&id), LIST, "/api/search?q=kyoto", "/api/leaderboard/projects", &badges] {
        let seen = world.get(path).await.is(200);
        for gone in [&cleo.id, &dora.id, &captain.id] {
            assert!(!seen.text.contains(gone), "{path}: {}", seen.text);
        }
        assert_eq!(bela.get(path).await.is(200).data(), seen.data(), "{path}");
        assert_eq!(eve.get(path).await.is(200).data(), seen.data(), "{path}");
    }
    assert_eq!(names(world.get(&at(&id)).await.data()), ["Bela", "Nobody"]);
    // She typed them. Of who hides from her, who is gone and who never was she could otherwise tell one from the other.
    assert_eq!(names(asha.get(&at(&id)).await.data()), all);
    let changed = asha.patch(&at(&id), json!({ "tagline": "Slowly" })).await.is(200);
    assert_eq!(names(changed.data()), all);
    accounts::admin::unban(&world.app, "cleo@example.org").await.unwrap();
    assert_eq!(names(world.get(&at(&id)).await.data()), ["Bela", "Cleo", "Nobody"]);
}
