//! Badges: awarded by administrators, shown to everybody.

use crate::{LIST, NOBODYS, and, at, disable, trip};
use axum::http::Method;
use futures_util::future::join_all;
use testkit::{World, json};

const AWARD: [&str; 2] = ["/api/badges/award", "/api/admin/badges/award"];

#[tokio::test]
async fn administrators_award_badges_and_nobody_else_does() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let body = json!({ "project_id": id, "badge_type": "gold" });
    for path in AWARD {
        world.post(path, body.clone()).await.fails(401, "missing_token");
        asha.post(path, body.clone()).await.fails(403, "admin_required");
    }
    let badge = root.post(AWARD[0], body.clone()).await.is(201);
    let remove = format!("/api/admin/badges/{}", badge.data()["id"].as_str().unwrap());
    asha.delete(&remove).await.fails(403, "admin_required");
    world.call(Method::DELETE, &remove, None, None).await.fails(401, "missing_token");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_badges").await, 1);
}

#[tokio::test]
async fn a_badge_stands_in_every_view_of_its_trip() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let (id, other) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    world.get(LIST).await.is(200);
    world.get(&at(&id)).await.is(200);
    let body =
        json!({ "project_id": id, "badge_type": "gold", "rationale": " Every step can be followed ", "points": 99 });
    let awarded = root.post(AWARD[1], body).await.is(201);
    let badge = awarded.data().clone();
    assert_eq!(awarded.message(), "Badge awarded");
    for (field, value) in [
        ("project_id", json!(id)),
        ("validator_id", json!(root.id)),
        ("badge_type", json!("gold")),
        ("points", json!(15)),
        ("rationale", json!("Every step can be followed")),
        ("custom_badge_name", json!(null)),
        ("awarded_at", json!("2026-11-23T09:30:00.000000Z")),
    ] {
        assert_eq!(badge[field], value, "{field}");
    }
    root.post(&format!("/api/saved/save/{id}"), json!({})).await.is(201);
    for reader in [&asha, &root] {
        assert_eq!(reader.get(&at(&id)).await.data()["badges"], json!([badge]));
    }
    assert_eq!(root.get("/api/saved/my-saved").await.data()[0]["badges"], json!([badge]));
    assert_eq!(world.get(&at(&id)).await.data()["badges"], json!([badge]));
    assert_eq!(world.get(&at(&other)).await.data()["badges"], json!([]));
    for one in world.get(LIST).await.data().as_array().unwrap() {
        assert_eq!(one["badges"], if one["id"] == id { json!([badge]) } else { json!([]) });
    }
    let of = async |id: &str| world.get(&format!("/api/badges/{id}")).await.is(200).data().clone();
    assert_eq!(of(&id).await, json!([badge]));
    assert_eq!(of(&other).await, json!([]));

    let remove = format!("/api/admin/badges/{}", badge["id"].as_str().unwrap());
    root.delete(&remove).await.is(200);
    root.delete(&remove).await.fails(404, "not_found");
    assert_eq!(world.get(&at(&id)).await.data()["badges"], json!([]));
    assert_eq!(of(&id).await, json!([]));
}

#[tokio::test]
async fn a_trip_has_one_badge_however_many_award_at_once() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let body = json!({ "project_id": id, "badge_type": "silver" });
    let answers = join_all((0..8).map(|n| root.post(AWARD[n % 2], body.clone()))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 1);
    for refused in answers.into_iter().filter(|a| a.status != 201) {
        refused.fails(409, "already_awarded");
    }
}

#[tokio::test]
async fn a_badge_is_for_what_is_there_and_of_a_known_kind() {
    let world = World::new().await;
    let (asha, dora, root) = (world.person("asha").await, world.person("dora").await, world.admin("captain").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let draft = asha.publishes(and(trip("Secret Kyoto"), json!({ "is_published": false }))).await;
    let hidden = dora.publishes(trip("Kobe by boat")).await;
    let award = async |body| root.post(AWARD[0], body).await;
    award(json!({ "project_id": hidden, "badge_type": "gold" })).await.is(201);
    disable(&world, &dora).await;
    for id in [draft.as_str(), &hidden, NOBODYS.rsplit('/').next().unwrap(), "nonsense"] {
        award(json!({ "project_id": id, "badge_type": "gold" })).await.fails(404, "not_found");
    }
    assert_eq!(world.get(&format!("/api/badges/{hidden}")).await.is(200).data(), &json!([]));
    for (wrong, field) in [
        (json!({ "badge_type": "gold" }), "project_id"),
        (json!({ "project_id": id }), "badge_type"),
        (json!({ "project_id": id, "badge_type": "tin" }), "badge_type"),
        (json!({ "project_id": id, "badge_type": "custom" }), "custom_name"),
        (json!({ "project_id": id, "badge_type": "custom", "custom_name": "x", "points": 1000 }), "points"),
        (
            json!({ "project_id": id, "badge_type": "custom", "custom_name": "x", "custom_image": "javascript:alert(1)" }),
            "custom_image",
        ),
    ] {
        crate::blames(award(wrong).await, field);
    }
    let custom = json!({
        "project_id": id, "badge_type": "custom", "custom_name": "Pathfinder", "points": 42,
        "custom_image": "https://images.example.org/pathfinder.png",
    });
    let badge = award(custom).await.is(201);
    assert_eq!((&badge.data()["custom_badge_name"], &badge.data()["points"]), (&json!("Pathfinder"), &json!(42)));
}
