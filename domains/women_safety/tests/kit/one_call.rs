//! A person has one call at a time, and no person's calls keep those of others back.

use crate::{ALERT, SECOND, answers, asked, closes, has_agreed, mailed, names};
use kernel::jobs::run_ready;
use testkit::{Answer, World, json};

const HELP: &str = "needs help";
const MINUTE: std::time::Duration = std::time::Duration::from_mins(1);

fn status<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let contacts = answer.data()["contacts"].as_array().unwrap();
    contacts.iter().find(|c| c["name"] == name).unwrap()["status"].as_str().unwrap()
}

#[tokio::test]
async fn what_is_said_while_a_call_goes_on_is_told_in_it() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let made = asha.post(ALERT, json!({ "location": "Gate 3", "message": "Somebody follows me" })).await.is(201);
    world.run_jobs().await;
    let mails = world.mails();
    let first = mails.iter().find(|m| m.subject().contains(HELP)).unwrap();
    assert!(!first.text.contains("the latest of it"), "{first:?}");
    let seen = json!({ "token": first.token("/emergency-alert").unwrap() });
    world.post(&format!("{ALERT}/acknowledge"), seen.clone()).await.is(200);
    // The same once more says nothing new.
    for same in [json!({}), json!({ "location": "Gate 3" })] {
        let again = asha.post(ALERT, same).await.is(200);
        assert_eq!((&again.data()["id"], status(&again, "mira")), (&made.data()["id"], "acknowledged"));
    }
    world.advance(MINUTE);
    world.run_jobs().await;
    assert_eq!(mailed(&world, HELP).len(), 1);

    let news = asha.post(ALERT, json!({ "location": "Gate 4" })).await.is(200);
    for (field, value) in [
        ("id", made.data()["id"].clone()),
        ("state", json!("active")),
        ("location", json!("Gate 4")),
        ("message", json!("Somebody follows me")),
        ("created_at", json!("2026-11-23T09:30:00.000000Z")),
        ("renewed_at", json!("2026-11-23T09:31:00.000000Z")),
    ] {
        assert_eq!(news.data()[field], value, "{field}");
    }
    assert_eq!(status(&news, "mira"), "queued", "she has not seen this");
    world.run_jobs().await;
    assert_eq!(mailed(&world, HELP).len(), 2);
    let mails = world.mails();
    let mail = mails.iter().rev().find(|m| m.text.contains("the latest of it")).unwrap();
    for told in ["Where: Gate 4", "asha wrote: Somebody follows me", "2026-11-23 09:31"] {
        assert!(mail.text.contains(told), "{told}: {mail:?}");
    }
    let at = format!("{ALERT}/{}", made.data()["id"].as_str().unwrap());
    assert_eq!(status(&asha.get(&at).await, "mira"), "sent");
    world.post(&format!("{ALERT}/acknowledge"), seen).await.is(200);
    let after = asha.get(&at).await;
    assert_eq!(status(&after, "mira"), "acknowledged");
    assert_eq!(after.data()["contacts"][0]["acknowledged_at"], "2026-11-23T09:31:00.000000Z");
}

#[tokio::test]
async fn what_is_said_before_or_while_a_mail_leaves_is_told_as_well() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    asha.post(ALERT, json!({ "location": "Gate 1" })).await.is(201);
    asha.post(ALERT, json!({ "location": "Gate 2" })).await.is(200);
    run_ready(&world.app).await.unwrap();
    assert_eq!(mailed(&world, HELP).len(), 1, "at once, with the latest");
    assert!(world.mails().iter().any(|m| m.text.contains("Where: Gate 2")));
    for n in 3..9 {
        let (jobs, news) =
            tokio::join!(run_ready(&world.app), asha.post(ALERT, json!({ "location": format!("Gate {n}") })));
        jobs.unwrap();
        news.is(200);
        for _ in 0..3 {
            world.advance(MINUTE / 2);
            run_ready(&world.app).await.unwrap();
        }
    }
    for _ in 0..20 {
        world.advance(MINUTE);
        run_ready(&world.app).await.unwrap();
    }
    assert!(world.mails().iter().any(|m| m.text.contains("Where: Gate 8")));
}

#[tokio::test]
async fn the_same_is_told_again_after_a_quarter_of_an_hour() {
    let world = World::with(&[("JWT_ACCESS_TOKEN_EXPIRES", "864000")]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    asha.post(ALERT, json!({})).await.is(201);
    world.run_jobs().await;
    for (minutes, mails) in [(14, 1), (1, 2), (14, 2), (1, 3)] {
        world.advance(minutes * MINUTE);
        asha.post(ALERT, json!({})).await.is(200);
        run_ready(&world.app).await.unwrap();
        assert_eq!(mailed(&world, HELP).len(), mails);
    }
}

#[tokio::test]
async fn whoever_agreed_since_is_told_at_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    names(&asha, &["mira", "noor"]).await;
    let made = asha.post(ALERT, json!({ "message": "help" })).await.is(201);
    world.run_jobs().await;
    answers(&world, &asked(&world, "noor"), true).await.is(200);
    let again = asha.post(ALERT, json!({})).await.is(200);
    assert_eq!((status(&again, "mira"), status(&again, "noor")), ("sent", "queued"));
    run_ready(&world.app).await.unwrap();
    assert_eq!(mailed(&world, HELP), ["mira@contact.example", "noor@contact.example"]);
    // Nobody is left who hears of it.
    for name in ["mira", "noor"] {
        answers(&world, &asked(&world, name), false).await.is(200);
    }
    asha.post(ALERT, json!({})).await.fails(409, "no_contacts");
    closes(&asha, &made).await;
    asha.post(ALERT, json!({})).await.fails(409, "no_contacts");
}

#[tokio::test]
async fn of_many_calls_at_once_there_is_one() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let calls = (0..12).map(|n| asha.post(ALERT, json!({ "message": n.to_string() })));
    let mut statuses: Vec<u16> = futures_util::future::join_all(calls).await.iter().map(|a| a.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[10], statuses[11]), (200, 200, 201), "{statuses:?}");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from emergency_alerts").await, 1);
    world.run_jobs().await;
    world.advance(MINUTE);
    run_ready(&world.app).await.unwrap();
    assert!(mailed(&world, HELP).len() <= 2, "{:?}", mailed(&world, HELP));
}

#[tokio::test]
async fn news_without_end_fills_no_mailbox() {
    let world = World::with(&[("JWT_ACCESS_TOKEN_EXPIRES", "864000")]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    asha.post(ALERT, json!({})).await.is(201);
    for n in 0..240 {
        asha.post(ALERT, json!({ "location": format!("Gate {n}") })).await.is(200);
        run_ready(&world.app).await.unwrap();
        world.advance(15 * SECOND);
    }
    // An hour of it: after one minute, two, three, ...
    let count = mailed(&world, HELP).len();
    assert!((16..=22).contains(&count), "{count}");
    // The last word is not lost.
    for _ in 0..16 {
        world.advance(MINUTE);
        run_ready(&world.app).await.unwrap();
    }
    assert!(world.mails().iter().any(|m| m.text.contains("Where: Gate 239")));
}

#[tokio::test]
async fn calls_that_are_made_and_taken_back_without_end_wait() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let mut last = None;
    for n in 1..=8 {
        let made = asha.post(ALERT, json!({})).await.is(201);
        assert_eq!(made.data()["mails_due_at"] == made.data()["created_at"], n <= 3, "{}", made.text);
        run_ready(&world.app).await.unwrap();
        if n < 8 {
            closes(&asha, &made).await;
        }
        last = Some(made);
    }
    assert_eq!(mailed(&world, HELP).len(), 3);
    assert!(last.unwrap().message().contains("in some minutes"));
    world.advance(5 * MINUTE);
    run_ready(&world.app).await.unwrap();
    assert_eq!(mailed(&world, HELP).len(), 4, "the one that goes on");
}
