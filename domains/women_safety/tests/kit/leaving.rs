//! Calls of somebody who is banned, or whose account is gone.

use crate::{ALERT, SECOND, answers, asked, has_agreed, mailed};
use kernel::jobs::run_ready;
use testkit::{Person, World, json};

const OVER: &str = "is over";
const LEFT: &str = "select cast(count(*) as bigint) from emergency_alert_recipients";

async fn leaves(world: &World, person: &Person<'_>) {
    let body = json!({ "current_password": "Test123!" });
    world.call(axum::http::Method::DELETE, "/api/auth/me", Some(&person.token), Some(body)).await.is(200);
}

#[tokio::test]
async fn whoever_was_told_hears_that_it_is_over_and_is_forgotten() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    has_agreed(&world, &bela, &["pia"]).await;
    for person in [&asha, &bela] {
        person.post(ALERT, json!({ "location": "Gate 3", "message": "help" })).await.is(201);
    }
    world.run_jobs().await;
    answers(&world, &asked(&world, "noor"), false).await.is(200);
    leaves(&world, &asha).await;
    run_ready(&world.app).await.unwrap();
    assert_eq!(mailed(&world, OVER), ["mira@contact.example"]);
    let mails = world.mails();
    let mail = mails.iter().find(|m| m.subject().contains(OVER)).unwrap();
    assert_eq!(mail.subject(), "asha: the call for help is over");
    assert!(mail.text.contains("asha deleted the account"), "{mail:?}");
    world.advance(60 * SECOND);
    world.run_jobs().await;
    assert_eq!(world.scalar(LEFT).await, 1, "bela's");
    world.advance(600 * SECOND);
    world.run_jobs().await;
    assert_eq!(mailed(&world, OVER).len(), 1);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from emergency_alerts where state = 'active'").await, 1);
}

#[tokio::test]
async fn an_all_clear_that_cannot_leave_is_waited_for_but_not_for_good() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    asha.post(ALERT, json!({ "location": "Gate 3", "message": "help" })).await.is(201);
    world.run_jobs().await;
    let outbox = world.store().folder().join("outbox");
    std::fs::rename(&outbox, outbox.with_extension("away")).unwrap();
    std::fs::write(&outbox, "no folder").unwrap();
    leaves(&world, &asha).await;
    for _ in 0..5 {
        run_ready(&world.app).await.unwrap();
        world.advance(60 * SECOND);
    }
    assert_eq!(world.scalar(LEFT).await, 1);
    let said =
        "select cast(count(*) as bigint) from emergency_alerts where location is not null or message is not null";
    assert_eq!(world.scalar(said).await, 0, "what she said is gone at once");
    world.advance(14 * 3_600 * SECOND);
    run_ready(&world.app).await.unwrap();
    assert_eq!(world.scalar(LEFT).await, 0);
}

#[tokio::test]
async fn the_call_of_somebody_who_is_banned_can_be_acknowledged() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let admin = world.admin("root_1").await;
    has_agreed(&world, &asha, &["mira"]).await;
    asha.post(ALERT, json!({})).await.is(201);
    world.run_jobs().await;
    let token = world.mails().iter().find_map(|m| m.token("/emergency-alert")).unwrap();
    admin.post(&format!("/api/admin/users/{}/toggle-active", asha.id), json!({ "is_active": false })).await.is(200);
    world.run_jobs().await;
    world.get(&format!("{ALERT}/acknowledge?token={token}")).await.is(200);
    world.post(&format!("{ALERT}/acknowledge"), json!({ "token": token })).await.is(200);
    let seen = "select cast(count(*) as bigint) from emergency_alert_recipients where acknowledged_at is not null";
    assert_eq!(world.scalar(seen).await, 1);
}
