//! What whoever has not confirmed the address may do where `REQUIRE_VERIFIED_EMAIL` demands it. Every operation is asked in
//! `server/tests/access`.

use testkit::{Person, World, json};

const STRICT: (&str, &str) = ("REQUIRE_VERIFIED_EMAIL", "true");
const VERIFY: &str = "http://127.0.0.1:5000/verify-email";

fn trip() -> serde_json::Value {
    json!({ "title": "Kyoto on foot", "destination": "Kyoto" })
}

async fn confirms(world: &World) {
    world.run_jobs().await;
    let token = world.mails().iter().rev().find_map(|mail| mail.token(VERIFY)).unwrap();
    world.post("/api/auth/verify-email", json!({ "token": token })).await.is(200);
}

#[tokio::test]
async fn who_confirms_the_address_reaches_others_at_once_in_every_process() {
    let world = World::with(&[STRICT]).await;
    let beside = world.beside().await;
    let asha = world.person("asha").await;
    for process in [&world, &beside] {
        let refused = asha.at(process).post("/api/itineraries", trip()).await.fails(403, "email_unverified");
        assert!(refused.message().contains("/api/auth/resend-verification"), "{}", refused.text);
    }
    confirms(&world).await;
    // No waiting until a session is looked up again: that is forgotten within the transaction.
    asha.post("/api/itineraries", trip()).await.is(201);
    let is_there = async || asha.at(&beside).post("/api/itineraries", trip()).await.status == 201;
    testkit::within(crate::SECOND, is_there).await;
}

#[tokio::test]
async fn a_new_password_by_a_mailed_link_confirms_the_address_too() {
    let world = World::with(&[STRICT]).await;
    let asha = world.person("asha").await;
    asha.post("/api/itineraries", trip()).await.fails(403, "email_unverified");
    world.post("/api/auth/forgot-password", json!({ "email": "asha@example.org" })).await.is(200);
    world.run_jobs().await;
    let token = world.mails().iter().find_map(|mail| mail.token("http://127.0.0.1:5000/reset-password")).unwrap();
    world.post("/api/auth/reset-password", json!({ "token": token, "password": "Another-Pass-1" })).await.is(200);
    let body = json!({ "email": "asha@example.org", "password": "Another-Pass-1" });
    let again = Person::signed_in(&world, &world.post("/api/auth/login", body).await.is(200));
    again.post("/api/itineraries", trip()).await.is(201);
}

#[tokio::test]
async fn drafts_and_what_is_ones_own_need_no_confirmed_address() {
    let world = World::with(&[STRICT]).await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let mut draft = trip();
    draft["is_published"] = json!(false);
    let id = asha.publishes(draft).await;
    let path = format!("/api/itineraries/{id}");
    asha.patch(&path, json!({ "title": "Kyoto by bus" })).await.is(200);
    asha.patch(&path, json!({ "is_published": true })).await.fails(403, "email_unverified");
    asha.put(&path, json!({ "is_published": true })).await.fails(403, "email_unverified");
    asha.post(&format!("{path}/publish"), json!({})).await.fails(403, "email_unverified");
    world.get(&path).await.fails(404, "not_found");
    // From before the operator demanded it: it can be taken back, and not be changed in front of others.
    world.sql(kernel::sql!("update itineraries set is_published = TRUE")).await;
    asha.patch(&path, json!({ "title": "Kyoto by car" })).await.fails(403, "email_unverified");
    bela.patch(&path, json!({ "title": "Kyoto by car" })).await.fails(403, "not_author");
    let taken_back = asha.patch(&path, json!({ "title": "Kyoto by car", "is_published": false })).await.is(200);
    assert_eq!(taken_back.data()["is_published"], false);
    asha.post(&format!("/api/users/{}/block", bela.id), json!({})).await.is(200);
    asha.put("/api/women-safety/settings", json!({ "medical_conditions": "penicillin" })).await.is(200);
    asha.post("/api/women-safety/emergency-alert", json!({})).await.fails(409, "no_contacts");
}

#[tokio::test]
async fn the_order_is_token_limit_address_and_then_all_the_rest() {
    let world = World::with(&[STRICT, ("RATELIMIT_ENABLED", "true")]).await;
    let asha = world.person("asha").await;
    world.post("/api/votes", json!({})).await.fails(401, "missing_token");
    for n in 0..30 {
        let body = if n % 2 == 0 { json!({}) } else { json!({ "project_id": "nothing", "vote_type": "up" }) };
        asha.post("/api/votes", body).await.fails(403, "email_unverified");
    }
    asha.post("/api/votes", json!({})).await.fails(429, "rate_limited");
}

#[tokio::test]
async fn an_operator_vouches_for_whom_he_grants_the_role() {
    let world = World::with(&[STRICT]).await;
    let (root, asha) = (world.admin("root_1").await, world.person("asha").await);
    accounts::admin::verify_woman(&world.app, "asha@example.org").await.unwrap();
    root.post(&format!("/api/admin/users/{}/toggle-active", asha.id), json!({ "is_active": false })).await.is(200);
    root.post("/api/itineraries", trip()).await.fails(403, "email_unverified");
}
