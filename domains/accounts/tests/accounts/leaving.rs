//! Deleting one's account.

use crate::{SECOND, me, refresh};
use axum::http::Method;
use testkit::{Answer, Person, World, json, within};

async fn leave(world: &World, who: &Person<'_>, body: serde_json::Value) -> Answer {
    world.call(Method::DELETE, "/api/auth/me", Some(&who.token), Some(body)).await
}

fn password() -> serde_json::Value {
    json!({ "current_password": "Test123!" })
}

#[tokio::test]
async fn whoever_leaves_is_gone_everywhere_within_a_second() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let tablet = crate::another_device(&world, "asha").await;
    let trip = asha.publishes(json!({ "title": "Kyoto on foot", "destination": "Kyoto" })).await;
    bela.publishes(json!({ "title": "Lisbon on foot", "destination": "Lisbon" })).await;
    let there = world.beside().await;
    asha.at(&there).get("/api/auth/me").await.is(200);
    there.get(&format!("/api/itineraries/{trip}")).await.is(200);

    leave(&world, &asha, json!({})).await.fails(400, "validation_failed");
    leave(&world, &asha, json!({ "current_password": "Wrong-pass-1" })).await.fails(403, "wrong_password");
    leave(&world, &asha, password()).await.is(200);
    for device in [&asha, &tablet] {
        me(&world, &device.token).await.fails(401, "invalid_token");
        refresh(&world, &device.refresh).await.fails(401, "invalid_refresh_token");
    }
    let asha_there = asha.at(&there);
    within(SECOND, || async { asha_there.get("/api/auth/me").await.status == 401 }).await;
    within(SECOND, || async { there.get(&format!("/api/itineraries/{trip}")).await.status == 404 }).await;
    assert_eq!(world.get("/api/itineraries").await.is(200).titles(), ["Lisbon on foot"]);
    world.post("/api/auth/login", json!({ "email": "asha@example.org", "password": "Test123!" })).await.is(401);
    me(&world, &bela.token).await.is(200);

    world.run_jobs().await;
    let told = world.mails().into_iter().filter(|m| m.text.contains("was deleted")).collect::<Vec<_>>();
    assert_eq!(told.iter().map(testkit::Mail::to).collect::<Vec<_>>(), ["asha@example.org"]);
}

#[tokio::test]
async fn nothing_of_the_owner_stays_and_the_names_are_free() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    leave(&world, &asha, password()).await.is(200);
    world.run_jobs().await;
    world.advance(std::time::Duration::from_mins(3));
    world.run_jobs().await;
    let left = "select cast(count(*) as bigint) from travelers where email like '%asha%' or email_key like '%asha%'
                or username like '%asha%' or username_key like '%asha%' or display_name like '%asha%'";
    assert_eq!(world.scalar(left).await, 0);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from traveler_names").await, 0, "no word finds them");
    let words = "select cast(count(*) as bigint) from jobs where cast(payload as text) like '%asha%'";
    assert_eq!(world.scalar(words).await, 0, "and none in the queue");
    // What is told once more when requests on their way are through.
    world.advance(std::time::Duration::from_mins(3));
    world.run_jobs().await;
    assert_eq!(world.scalar("select cast(count(*) as bigint) from jobs").await, 0, "which is empty then");
    let again = world.person("asha").await;
    assert_ne!(again.id, asha.id);
    let root = world.admin("root_1").await;
    let path = format!("/api/admin/users/{}/toggle-active", asha.id);
    root.post(&path, json!({ "is_active": true })).await.fails(404, "not_found");
    // Two may leave.
    leave(&world, &again, password()).await.is(200);
}

#[tokio::test]
async fn no_address_stays_with_the_links_that_were_mailed() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let addresses = "select cast(count(*) as bigint) from mail_tokens where email like '%@example.org'";
    for person in [&asha, &bela] {
        person.post("/api/auth/resend-verification", json!({})).await.is(200);
    }
    // One mail of hers has left when she leaves, another one not yet.
    world.run_jobs().await;
    let before = world.scalar(addresses).await;
    world.post("/api/auth/forgot-password", json!({ "email": "asha@example.org" })).await.is(200);
    leave(&world, &asha, password()).await.is(200);
    world.run_jobs().await;
    world.advance(std::time::Duration::from_mins(3));
    world.run_jobs().await;
    let bela_s =
        world.scalar("select cast(count(*) as bigint) from mail_tokens where email = 'bela@example.org'").await;
    assert!(bela_s >= 1 && before > bela_s, "{before} {bela_s}");
    assert_eq!(world.scalar(addresses).await, bela_s);
}

#[tokio::test]
async fn a_mailed_code_is_as_good_as_the_password() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    for email in ["asha@example.org", "bela@example.org"] {
        world.post("/api/auth/otp/request", json!({ "email": email })).await.is(200);
    }
    world.run_jobs().await;
    let code = |email: &str| crate::otp::codes(&world).into_iter().rfind(|(to, _)| to == email).unwrap().1;
    let (hers, his) = (code("asha@example.org"), code("bela@example.org"));
    leave(&world, &asha, json!({ "otp": his })).await.fails(403, "wrong_password");
    leave(&world, &asha, json!({ "otp": hers })).await.is(200);
    me(&world, &bela.token).await.is(200);
}

#[tokio::test]
async fn the_last_administrator_cannot_leave() {
    let world = World::new().await;
    let root = world.admin("root_1").await;
    leave(&world, &root, password()).await.fails(409, "last_admin");
    world.admin("root_2").await;
    leave(&world, &root, password()).await.is(200);
}
