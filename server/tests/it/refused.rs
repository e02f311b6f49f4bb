//! Calls for help whose mails a mail server refuses.

use crate::mail::{Mood, Sink, listening};
use kernel::jobs::run_ready;
use serde_json::Value;
use std::time::Duration;
use testkit::{Mail, Person, World, json};

const ALERT: &str = "/api/women-safety/emergency-alert";
const JOBS: &str = "select cast(count(*) as bigint) from jobs where kind = 'send_emergency_alert'";

/// Somebody whose contact agreed, and the mail server.
async fn with_contact(settings: &[(&'static str, &str)]) -> (World, Sink) {
    let (listener, url) = listening("smtp").await;
    let world = World::with(&[settings, &[("SMTP_URL", &url)]].concat()).await;
    let sink = Sink::new(&world, listener, Mood::Accepts);
    (world, sink)
}

async fn calls(world: &World, sink: &Sink, asha: &Person<'_>) -> String {
    let contact = json!({ "name": "Mira", "phone": "112", "email": "mira@contact.example" });
    asha.put("/api/women-safety/settings", json!({ "emergency_contacts": [contact] })).await.is(200);
    world.run_jobs().await;
    let token = sink.mails().iter().find_map(|m| Mail::parse(&m.data).token("/emergency-contact")).unwrap();
    world.post("/api/women-safety/contacts/confirm", json!({ "token": token, "agree": true })).await.is(200);
    asha.post(ALERT, json!({})).await.is(201).data()["id"].as_str().unwrap().to_owned()
}

async fn status(asha: &Person<'_>, id: &str) -> Value {
    asha.get(&format!("{ALERT}/{id}")).await.is(200).data()["contacts"][0]["status"].clone()
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_ends_the_tries_and_she_sees_it() {
    let (world, sink) = with_contact(&[]).await;
    let asha = world.person("asha").await;
    let id = calls(&world, &sink, &asha).await;
    sink.becomes(Mood::Refuses(550));
    world.run_jobs().await;
    assert_eq!((status(&asha, &id).await, world.scalar(JOBS).await), (json!("failed"), 0));
    // She calls again, and it may be there by now.
    world.advance(Duration::from_mins(1));
    sink.becomes(Mood::Accepts);
    asha.post(ALERT, json!({})).await.is(200);
    assert_eq!(status(&asha, &id).await, "queued");
    world.run_jobs().await;
    assert_eq!(status(&asha, &id).await, "sent");
    // So does the end of it: nobody tries for hours to reach nobody.
    sink.becomes(Mood::Refuses(550));
    asha.post(&format!("{ALERT}/{id}/close"), json!({})).await.is(200);
    world.run_jobs().await;
    assert_eq!(world.scalar("select cast(count(*) as bigint) from jobs where kind = 'send_all_clear'").await, 0);
}

#[tokio::test]
async fn whatever_is_about_us_or_passes_is_tried_again() {
    let (world, sink) = with_contact(&[("JWT_ACCESS_TOKEN_EXPIRES", "864000")]).await;
    let asha = world.person("asha").await;
    let id = calls(&world, &sink, &asha).await;
    for code in [451, 452, 503, 535, 552, 554] {
        sink.becomes(Mood::Refuses(code));
        run_ready(&world.app).await.unwrap();
        assert_eq!((status(&asha, &id).await, world.scalar(JOBS).await), (json!("queued"), 1), "{code}");
        world.advance(Duration::from_mins(2));
    }
    sink.becomes(Mood::Accepts);
    run_ready(&world.app).await.unwrap();
    assert_eq!((status(&asha, &id).await, world.scalar(JOBS).await), (json!("sent"), 0));
    let to: Vec<_> = sink.mails().into_iter().flat_map(|m| m.to).filter(|to| to.starts_with("mira")).collect();
    assert_eq!(to.len(), 2, "the one that asks, and the call");
}
