//! Signing out, here or everywhere.

use crate::{SECOND, another_device, get_as, refresh};
use serde_json::Value;
use testkit::{Person, World, within};

#[track_caller]
fn assert_statuses(found: &[u16], expected: &[u16]) {
    assert_eq!(found, expected, "me, list, refresh");
}

/// What the tokens of this device still open.
async fn opens(world: &World, device: &Person<'_>) -> Vec<u16> {
    let bearer = format!("Bearer {}", device.token);
    vec![
        get_as(world, "/api/auth/me", &[&bearer]).await.status,
        get_as(world, "/api/itineraries", &[&bearer]).await.status,
        refresh(world, &device.refresh).await.status,
    ]
}

#[tokio::test]
async fn signing_out_ends_this_device_at_once() {
    let world = World::new().await;
    let (phone, bela) = (world.person("asha").await, world.person("bela").await);
    let tablet = another_device(&world, "asha").await;
    phone.get("/api/auth/me").await.is(200);
    let answer = phone.post("/api/auth/logout", Value::Null).await.is(200);
    assert_eq!((&answer.body["status"], answer.message()), (&"success".into(), "Logged out successfully"));
    assert_statuses(&opens(&world, &phone).await, &[401, 401, 401]);
    phone.post("/api/auth/logout", Value::Null).await.fails(401, "invalid_token");
    assert_statuses(&opens(&world, &tablet).await, &[200, 200, 200]);
    assert_statuses(&opens(&world, &bela).await, &[200, 200, 200]);
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_devices_of_one_person() {
    let world = World::new().await;
    let (phone, bela) = (world.person("asha").await, world.person("bela").await);
    let tablet = another_device(&world, "asha").await;
    tablet.get("/api/auth/me").await.is(200);
    phone.post("/api/auth/logout?all=true", Value::Null).await.is(200);
    for device in [&phone, &tablet] {
        assert_statuses(&opens(&world, device).await, &[401, 401, 401]);
        device.post("/api/auth/logout?all=true", Value::Null).await.fails(401, "invalid_token");
    }
    assert_statuses(&opens(&world, &bela).await, &[200, 200, 200]);
    let again = another_device(&world, "asha").await;
    assert_statuses(&opens(&world, &again).await, &[200, 200, 200]);
}

#[tokio::test]
async fn signing_out_without_all_leaves_the_others() {
    let world = World::new().await;
    let phone = world.person("asha").await;
    let tablet = another_device(&world, "asha").await;
    let answer = phone.post("/api/auth/logout?all=maybe", Value::Null).await.fails(400, "validation_failed");
    assert!(answer.message().contains("all"), "{}", answer.text);
    phone.get("/api/auth/me").await.is(200);
    phone.post("/api/auth/logout?all=false", Value::Null).await.is(200);
    phone.get("/api/auth/me").await.fails(401, "invalid_token");
    tablet.get("/api/auth/me").await.is(200);
}

#[tokio::test]
async fn signing_out_reaches_other_processes_within_a_second() {
    let world = World::new().await;
    let phone = world.person("asha").await;
    let tablet = another_device(&world, "asha").await;
    let laptop = another_device(&world, "asha").await;
    let beside = world.beside().await;
    let (phone_there, tablet_there) = (&phone.at(&beside), &tablet.at(&beside));
    phone_there.get("/api/auth/me").await.is(200);
    tablet_there.get("/api/auth/me").await.is(200);
    phone.post("/api/auth/logout", Value::Null).await.is(200);
    within(SECOND, || async { phone_there.get("/api/auth/me").await.status == 401 }).await;
    tablet_there.get("/api/auth/me").await.is(200);
    laptop.post("/api/auth/logout?all=true", Value::Null).await.is(200);
    within(SECOND, || async { tablet_there.get("/api/auth/me").await.status == 401 }).await;
}
