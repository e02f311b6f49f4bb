//! How often each request waits for the database: four times at most.

use crate::{ALERT, SETTINGS, asked, contact, has_agreed};
use axum::http::Method;
use testkit::{Answer, Waits, World, json};

fn id(answer: &Answer) -> String {
    answer.data()["id"].as_str().unwrap().to_owned()
}

/// The token of the mail of a call.
fn told(world: &World) -> String {
    world.mails().iter().rev().find_map(|mail| mail.token("/emergency-alert")).unwrap()
}

#[tokio::test]
async fn no_call_for_help_waits_for_the_database_more_than_four_times() {
    let (world, mut waits) = (World::new().await, Waits::default());
    let asha = world.person("asha").await;
    let body = |text: &str| json!({ "location": "Gate 3", "message": text });
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    let first = waits.with_key("k-1", &asha, Method::POST, ALERT, body("help")).await.is(201);
    // While it goes on: the same request again, and another one.
    assert_eq!(id(&waits.with_key("k-1", &asha, Method::POST, ALERT, body("help")).await.is(201)), id(&first));
    world.run_jobs().await;
    waits.of(&asha, Method::POST, ALERT, body("now at gate 4")).await.is(200);
    world.advance(std::time::Duration::from_mins(2));
    world.run_jobs().await;
    // Somebody who agrees later is told of it as well.
    let list = json!({ "emergency_contacts": [contact("mira"), contact("noor"), contact("ola")] });
    waits.of(&asha, Method::PUT, SETTINGS, list).await;
    world.run_jobs().await;
    let agree = json!({ "token": asked(&world, "ola"), "agree": true });
    waits.of(&asha, Method::POST, crate::CONFIRM, agree).await;
    waits.of(&asha, Method::POST, ALERT, body("now at gate 5")).await.is(200);
    world.run_jobs().await;
    let seen = format!("{ALERT}/acknowledge");
    waits.of(&asha, Method::POST, &seen, json!({ "token": told(&world) })).await;
    waits.of(&asha, Method::GET, &format!("{seen}?token={}", told(&world)), json!({})).await;
    waits.of(&asha, Method::GET, ALERT, json!({})).await;
    waits.of(&asha, Method::GET, &format!("{ALERT}/{}", id(&first)), json!({})).await;
    waits.of(&asha, Method::POST, &format!("{ALERT}/{}/close", id(&first)), json!({})).await;
    // The key of a call that is over does not count.
    let second = waits.with_key("k-1", &asha, Method::POST, ALERT, body("help")).await.is(201);
    assert_ne!(id(&second), id(&first));
    waits.of(&asha, Method::POST, &format!("{ALERT}/{}/cancel", id(&second)), json!({})).await;
    assert!(waits.too_many.is_empty(), "{:#?}", waits.too_many);
}

#[tokio::test]
async fn no_change_of_settings_waits_for_the_database_more_than_four_times() {
    let (world, mut waits) = (World::new().await, Waits::default());
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let all = |names: [&str; 2]| {
        json!({
            "emergency_contacts": names.map(contact), "medical_conditions": "asthma", "insurance_provider": "Acme",
            "women_only_group_preference": true, "location_sharing_enabled": true, "medical_shared_with_guides": true,
        })
    };
    waits.of(&asha, Method::PUT, SETTINGS, all(["mira", "noor"])).await;
    waits.of(&asha, Method::PUT, SETTINGS, all(["mira", "ola"])).await;
    waits.of(&asha, Method::GET, SETTINGS, json!({})).await;
    let proof = json!({ "current_password": "Test123!" });
    waits.of(&asha, Method::POST, &format!("{SETTINGS}/medical"), proof).await;
    world.run_jobs().await;
    let confirm = format!("{}?token={}", crate::CONFIRM, asked(&world, "mira"));
    waits.of(&asha, Method::GET, &confirm, json!({})).await;

    let (resources, admin) = ("/api/women-safety/resources", "/api/admin/resources");
    let helpline = json!({
        "title": "Helpline", "content": "Call them.", "category": "emergency", "source": "The police",
        "checked_on": "2026-11-01", "target_countries": ["India", "IN"],
    });
    let made = waits.of(&root, Method::POST, admin, helpline.clone()).await.is(201);
    let at = |list: &str| format!("{list}/{}", id(&made));
    waits.of(&root, Method::PUT, &at(admin), helpline).await;
    waits.of(&asha, Method::GET, resources, json!({})).await;
    waits.of(&asha, Method::GET, &at(resources), json!({})).await;
    waits.of(&asha, Method::POST, &format!("{}/helpful", at(resources)), json!({})).await;
    waits.of(&root, Method::DELETE, &at(admin), json!({})).await;
    assert!(waits.too_many.is_empty(), "{:#?}", waits.too_many);
}
