//! Contacts are asked, and decide.

use crate::{ALERT, CONFIRM, DAY, SECOND, SETTINGS, answers, asked, consents, has_agreed, mailed, names};
use serde_json::Value;
use testkit::{Person, World, json};

const ASKS: &str = "asks to name you";

#[tokio::test]
async fn a_contact_is_asked_by_mail_and_may_change_their_mind() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    names(&asha, &["mira", "noor"]).await;
    names(&bela, &["mira"]).await;
    assert_eq!(consents(&asha).await, ["pending", "pending"]);
    world.run_jobs().await;
    assert_eq!(mailed(&world, ASKS), ["mira@contact.example", "mira@contact.example", "noor@contact.example"]);
    let noor = asked(&world, "noor");
    let link = format!("{CONFIRM}?token={noor}");
    for _ in 0..2 {
        let shown = world.get(&link).await.is(200);
        assert_eq!(*shown.data(), json!({ "traveler_name": "asha", "state": "pending" }));
    }
    assert_eq!(consents(&asha).await, ["pending", "pending"], "a program that opens links agrees to nothing");
    for (agree, state) in [(true, "agreed"), (true, "agreed"), (false, "declined"), (true, "agreed")] {
        assert_eq!(*answers(&world, &noor, agree).await.is(200).data(), json!({ "state": state }));
        assert_eq!(consents(&asha).await, ["pending", state]);
    }
    assert_eq!(consents(&bela).await, ["pending"]);
    world.get(&format!("{CONFIRM}?token=x")).await.fails(400, "invalid_token");
    world.get(CONFIRM).await.fails(400, "validation_failed");
    answers(&world, "x", true).await.fails(400, "invalid_token");
    world.post(CONFIRM, json!({ "token": noor })).await.fails(400, "validation_failed");
    world.post(CONFIRM, json!({ "agree": true })).await.fails(400, "validation_failed");
}

#[tokio::test]
async fn a_new_list_keeps_the_answers_of_those_who_stay() {
    let world = World::with(&[("JWT_ACCESS_TOKEN_EXPIRES", "864000")]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    let (mira, noor) = (asked(&world, "mira"), asked(&world, "noor"));
    names(&asha, &["noor", "oona"]).await;
    assert_eq!(consents(&asha).await, ["agreed", "pending"]);
    world.get(&format!("{CONFIRM}?token={mira}")).await.fails(400, "invalid_token");
    answers(&world, &mira, true).await.fails(400, "invalid_token");
    let upper = json!({ "emergency_contacts": [{"phone": "112", "email": "NOOR@contact.example"}] });
    asha.put(SETTINGS, upper).await.is(200);
    assert_eq!(consents(&asha).await, ["agreed"]);
    // Whoever was taken off the list has to agree anew, and is asked at most once a day.
    names(&asha, &["mira", "noor"]).await;
    world.run_jobs().await;
    assert_eq!(consents(&asha).await, ["pending", "agreed"]);
    let count = |name: &str| mailed(&world, ASKS).iter().filter(|to| to.starts_with(name)).count();
    assert_eq!((count("mira"), count("noor")), (1, 1));
    world.advance(DAY);
    names(&asha, &["mira", "noor"]).await;
    world.run_jobs().await;
    assert_eq!((count("mira"), count("noor")), (2, 1));
    assert_eq!(asked(&world, "mira"), mira, "the link of the first mail serves for good");
    // Who declined is not asked again.
    answers(&world, &noor, false).await.is(200);
    names(&asha, &[]).await;
    world.advance(DAY);
    names(&asha, &["noor"]).await;
    world.run_jobs().await;
    assert_eq!((count("noor"), consents(&asha).await), (1, vec!["declined".to_owned()]));
}

#[tokio::test]
async fn nobodys_mailbox_is_filled_by_strangers() {
    let world = World::with(&[("JWT_ACCESS_TOKEN_EXPIRES", "864000")]).await;
    for n in 0..5 {
        names(&world.person(&format!("person{n}")).await, &["mira"]).await;
    }
    world.run_jobs().await;
    assert_eq!(mailed(&world, ASKS).len(), 3, "to one address a day");
    let asha = world.person("asha").await;
    for n in 0..4 {
        let list: Vec<String> = (0..5).map(|m| format!("c{n}x{m}")).collect();
        names(&asha, &list.iter().map(String::as_str).collect::<Vec<_>>()).await;
        world.run_jobs().await;
    }
    assert_eq!(mailed(&world, ASKS).len(), 3 + 10, "for one person a day");
    world.advance(DAY);
    names(&asha, &["c9"]).await;
    world.run_jobs().await;
    let to_mira = || mailed(&world, ASKS).iter().filter(|to| to.starts_with("mira")).count();
    assert_eq!(to_mira(), 5, "those for whom there was no room are put off to the next day");
    assert_eq!(mailed(&world, ASKS).len(), 5 + 10 + 1, "but whoever is on no list any more is not asked");
    world.advance(DAY);
    world.run_jobs().await;
    assert_eq!(to_mira(), 5, "and each asks once");
}

#[tokio::test]
async fn a_mail_that_does_not_leave_is_tried_again_and_counted_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.run_jobs().await;
    let outbox = world.store().folder().join("outbox");
    std::fs::rename(&outbox, outbox.with_extension("away")).unwrap();
    std::fs::write(&outbox, "no folder").unwrap();
    names(&asha, &["mira"]).await;
    kernel::jobs::run_ready(&world.app).await.unwrap();
    std::fs::remove_file(&outbox).unwrap();
    world.advance(60 * SECOND);
    kernel::jobs::run_ready(&world.app).await.unwrap();
    assert_eq!(mailed(&world, ASKS), ["mira@contact.example"]);
    let most = "select cast(max(sent) as bigint) from women_safety_mail_counts";
    assert_eq!(world.scalar(most).await, 1);
}

async fn block(who: &Person<'_>, whom: &Person<'_>) {
    who.post(&format!("/api/users/{}/block", whom.id), json!({})).await.is(200);
}

async fn proves_the_address(world: &World, username: &str) {
    let email = format!("{username}@example.org");
    world.sql(kernel::sql!("update travelers set email_verified = TRUE where email_key = $1").bind(email)).await;
}

fn list(emails: &[&str]) -> Value {
    let list: Vec<Value> = emails.iter().map(|email| json!({ "phone": "112", "email": email })).collect();
    json!({ "emergency_contacts": list })
}

#[tokio::test]
async fn who_blocks_is_not_asked_and_who_is_blocked_cannot_tell() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    proves_the_address(&world, "bela").await;
    block(&bela, &asha).await;
    asha.put(SETTINGS, list(&["bela@example.org", "mira@contact.example"])).await.is(200);
    world.run_jobs().await;
    assert_eq!(mailed(&world, ASKS), ["mira@contact.example"]);
    let settings = asha.get(SETTINGS).await.is(200);
    let contacts = &settings.data()["emergency_contacts"];
    for field in ["consent", "asked_at"] {
        assert_eq!(contacts[0][field], contacts[1][field], "one who does not answer looks like the other");
    }
    assert_eq!((&contacts[0]["consent"], contacts[0]["asked_at"].is_string()), (&json!("pending"), true));
}

#[tokio::test]
async fn a_block_takes_the_consent_back_whoever_of_the_two_it_is() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (bela, cara) = (world.person("bela").await, world.person("cara").await);
    asha.put(SETTINGS, list(&["bela@example.org", "cara@example.org"])).await.is(200);
    world.run_jobs().await;
    for token in world.mails().iter().filter_map(|m| m.token("/emergency-contact")) {
        answers(&world, &token, true).await.is(200);
    }
    // Somebody who has not proved to read the mail of an address could be anybody.
    block(&bela, &asha).await;
    assert_eq!(consents(&asha).await, ["agreed", "agreed"]);
    proves_the_address(&world, "bela").await;
    assert_eq!(consents(&asha).await, ["declined", "agreed"]);
    asha.post(ALERT, json!({})).await.is(201);
    block(&asha, &cara).await;
    assert_eq!(consents(&asha).await, ["declined", "declined"]);
    world.run_jobs().await;
    assert_eq!(mailed(&world, "needs help"), [""; 0], "she blocked the last one before the mail left");
    asha.post(ALERT, json!({})).await.fails(409, "no_contacts");
    asha.delete(&format!("/api/users/{}/block", cara.id)).await.is(200);
    asha.post(ALERT, json!({})).await.is(200);
    world.advance(60 * SECOND);
    world.run_jobs().await;
    assert_eq!(mailed(&world, "needs help"), ["cara@example.org"]);
}

#[tokio::test]
async fn whoever_leaves_takes_all_of_it_along() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    has_agreed(&world, &asha, &["mira"]).await;
    has_agreed(&world, &bela, &["noor"]).await;
    for person in [&asha, &bela] {
        person.post(ALERT, json!({ "message": "help" })).await.is(201);
    }
    world.run_jobs().await;
    let body = json!({ "current_password": "Test123!" });
    world.call(axum::http::Method::DELETE, "/api/auth/me", Some(&asha.token), Some(body)).await.is(200);
    world.run_jobs().await;
    world.advance(60 * SECOND);
    world.run_jobs().await;
    for table in [
        "select cast(count(*) as bigint) from women_safety_settings",
        "select cast(count(*) as bigint) from women_safety_consents",
        "select cast(count(*) as bigint) from emergency_alerts",
        "select cast(count(*) as bigint) from emergency_alert_recipients",
    ] {
        assert_eq!(world.scalar(table).await, 1, "{table}");
    }
    assert_eq!(consents(&bela).await, ["agreed"]);
}
