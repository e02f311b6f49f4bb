//! Calls for help whose mails a mail server, or ZeptoMail, refuses.

use crate::mail::{Api, Mood, Sink, listening};
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
    let token = || sink.mails().iter().find_map(|m| Mail::parse(&m.data).token("/emergency-contact"));
    calls_with(world, token, asha).await
}

async fn calls_with(world: &World, token: impl Fn() -> Option<String>, asha: &Person<'_>) -> String {
    let contact = json!({ "name": "Mira", "phone": "112", "email": "mira@contact.example" });
    asha.put("/api/women-safety/settings", json!({ "emergency_contacts": [contact] })).await.is(200);
    world.run_jobs().await;
    let agree = json!({ "token": token().unwrap(), "agree": true });
    world.post("/api/women-safety/contacts/confirm", agree).await.is(200);
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

/// Somebody who called, and ZeptoMail.
async fn called_by_api(world: &World, listener: tokio::net::TcpListener) -> (Person<'_>, Api, String) {
    let api = Api::new(world, listener, Mood::Accepts);
    let asha = world.person("asha").await;
    let token = || {
        let mails = api.posted();
        let behind = |text: &str| {
            let (_, rest) = text.split_once("/emergency-contact?token=")?;
            Some(rest.split_whitespace().next()?.to_owned())
        };
        mails.iter().find_map(|mail| behind(mail.body["textbody"].as_str()?))
    };
    let id = calls_with(world, token, &asha).await;
    (asha, api, id)
}

async fn with_api() -> (World, tokio::net::TcpListener) {
    let (listener, url) = listening("http").await;
    let endpoint = format!("{url}/v1.1/email");
    let settings = [
        ("ZEPTO_ENDPOINT", endpoint.as_str()),
        ("ZEPTO_SEND_MAIL_TOKEN", "a-token-of-zeptomail"),
        ("JWT_ACCESS_TOKEN_EXPIRES", "864000"),
    ];
    (World::with(&settings).await, listener)
}

#[tokio::test]
async fn an_address_that_zeptomail_takes_for_none_ends_the_tries_and_she_sees_it() {
    let (world, listener) = with_api().await;
    let (asha, api, id) = called_by_api(&world, listener).await;
    api.becomes(Mood::Faults(400, "SM_113", "to"));
    world.run_jobs().await;
    assert_eq!((status(&asha, &id).await, world.scalar(JOBS).await), (json!("failed"), 0));
    // She calls again, and it may be taken by now.
    world.advance(Duration::from_mins(1));
    api.becomes(Mood::Accepts);
    asha.post(ALERT, json!({})).await.is(200);
    world.run_jobs().await;
    assert_eq!(status(&asha, &id).await, "sent");
}

/// A token that is wrong, credits that are used up or a sender that is not verified hold a call back, and do not end it.
#[tokio::test]
async fn whatever_zeptomail_says_about_us_or_passes_is_tried_again() {
    let (world, listener) = with_api().await;
    let (asha, api, id) = called_by_api(&world, listener).await;
    for mood in [
        Mood::Faults(401, "SERR_157", "to"),
        Mood::Faults(401, "SM_113", "to"),
        Mood::Faults(403, "SM_113", "to"),
        Mood::Faults(408, "SM_113", "to"),
        Mood::Faults(429, "SM_113", "to"),
        Mood::Faults(503, "SM_113", "to"),
        Mood::Faults(400, "SM_113", "from"),
        Mood::Faults(400, "SM_113", "bounce_address"),
        Mood::Faults(400, "SM_111", "from"),
        Mood::Faults(400, "LE_101", ""),
        Mood::Faults(422, "SMI_115", "to"),
        Mood::Refuses(400),
        Mood::Refuses(404),
    ] {
        api.becomes(mood);
        run_ready(&world.app).await.unwrap();
        assert_eq!((status(&asha, &id).await, world.scalar(JOBS).await), (json!("queued"), 1), "{mood:?}");
        world.advance(Duration::from_mins(2));
    }
    api.becomes(Mood::Accepts);
    run_ready(&world.app).await.unwrap();
    assert_eq!((status(&asha, &id).await, world.scalar(JOBS).await), (json!("sent"), 0));
}
