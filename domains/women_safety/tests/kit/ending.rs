//! Calls that are taken back, or are over.

use crate::{ALERT, SECOND, SETTINGS, answers, asked, has_agreed, mailed};
use testkit::{Answer, Person, World, json};

const HELP: &str = "needs help";
const OVER: &str = "is over";

async fn calls(person: &Person<'_>) -> String {
    person.post(ALERT, json!({})).await.is(201).data()["id"].as_str().unwrap().to_owned()
}

async fn ends(person: &Person<'_>, id: &str, how: &str) -> Answer {
    person.post(&format!("{ALERT}/{id}/{how}"), json!({})).await
}

#[tokio::test]
async fn taken_back_before_a_mail_left_nobody_hears_of_it() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    let id = calls(&asha).await;
    let over = ends(&asha, &id, "cancel").await.is(200);
    assert_eq!(
        (&over.data()["state"], &over.data()["contacts"][0]["status"]),
        (&json!("cancelled"), &json!("not_sent"))
    );
    world.run_jobs().await;
    assert_eq!((mailed(&world, HELP), mailed(&world, OVER)), (Vec::<String>::new(), Vec::<String>::new()));
}

#[tokio::test]
async fn whoever_got_the_mail_gets_the_all_clear() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    let id = calls(&asha).await;
    world.run_jobs().await;
    world.advance(29 * SECOND);
    ends(&asha, &id, "cancel").await.is(200);
    world.run_jobs().await;
    assert_eq!(mailed(&world, OVER), ["mira@contact.example", "noor@contact.example"]);
    let mails = world.mails();
    assert!(mails.iter().any(|m| m.text.contains("asha took it back as a mistake")));
    for how in ["cancel", "close"] {
        ends(&asha, &id, how).await.fails(409, "alert_ended");
    }
    world.run_jobs().await;
    assert_eq!(mailed(&world, OVER).len(), 2);
}

#[tokio::test]
async fn after_thirty_seconds_a_call_is_closed_and_not_cancelled() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let id = calls(&asha).await;
    world.run_jobs().await;
    world.advance(30 * SECOND);
    ends(&asha, &id, "cancel").await.fails(409, "too_late");
    assert_eq!(asha.get(&format!("{ALERT}/{id}")).await.data()["state"], "active");
    let over = ends(&asha, &id, "close").await.is(200);
    assert_eq!(
        (&over.data()["state"], &over.data()["ended_at"]),
        (&json!("closed"), &json!("2026-11-23T09:30:30.000000Z"))
    );
    world.run_jobs().await;
    assert_eq!(mailed(&world, OVER), ["mira@contact.example"]);
    assert!(world.mails().iter().any(|m| m.text.contains("asha is safe and closed it")));
}

#[tokio::test]
async fn of_many_ends_at_once_one_counts() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let id = calls(&asha).await;
    world.run_jobs().await;
    let ended = tokio::join!(
        ends(&asha, &id, "cancel"),
        ends(&asha, &id, "close"),
        ends(&asha, &id, "cancel"),
        ends(&asha, &id, "close")
    );
    let statuses = [ended.0.status, ended.1.status, ended.2.status, ended.3.status];
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == 409).count(), 3, "{statuses:?}");
    world.run_jobs().await;
    assert_eq!(mailed(&world, OVER).len(), 1);
}

#[tokio::test]
async fn whichever_is_first_the_mail_or_its_end_who_was_told_is_told_both() {
    let world = World::with(&[("JWT_ACCESS_TOKEN_EXPIRES", "864000")]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    for _ in 0..10 {
        world.advance(3_600 * SECOND);
        let id = calls(&asha).await;
        let (jobs, over) = tokio::join!(kernel::jobs::run_ready(&world.app), ends(&asha, &id, "cancel"));
        jobs.unwrap();
        over.is(200);
        world.run_jobs().await;
        let (told, cleared) = (mailed(&world, HELP), mailed(&world, OVER));
        for name in ["mira", "noor"] {
            let count = |mails: &[String]| mails.iter().filter(|to| to.starts_with(name)).count();
            assert!(count(&cleared) >= count(&told), "{name}: {told:?} {cleared:?}");
        }
    }
}

#[tokio::test]
async fn calls_are_forgotten_after_ninety_days() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let early = calls(&asha).await;
    ends(&asha, &early, "close").await.is(200);
    world.run_jobs().await;
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.advance(91 * crate::DAY);
    let asha = Person::signed_in(
        &world,
        &world.post("/api/auth/login", json!({ "email": "asha@example.org", "password": "Test123!" })).await.is(200),
    );
    let late = calls(&asha).await;
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.run_jobs().await;
    let list = asha.get(ALERT).await.is(200);
    assert_eq!((list.data().as_array().unwrap().len(), &list.data()[0]["id"]), (1, &json!(late)));
    let left = "select cast(count(*) as bigint) from emergency_alert_recipients";
    assert_eq!(world.scalar(left).await, 1);
}

#[tokio::test]
async fn whoever_took_their_word_back_or_is_blocked_hears_no_more_of_it() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let mails = ["mira@contact.example", "noor@contact.example", "bela@example.org"];
    let list: Vec<_> = mails.iter().map(|email| json!({ "phone": "112", "email": email })).collect();
    asha.put(SETTINGS, json!({ "emergency_contacts": list })).await.is(200);
    world.run_jobs().await;
    for token in world.mails().iter().filter_map(|m| m.token("/emergency-contact")) {
        answers(&world, &token, true).await.is(200);
    }
    let id = calls(&asha).await;
    world.run_jobs().await;
    assert_eq!(mailed(&world, HELP).len(), 3);
    answers(&world, &asked(&world, "mira"), false).await.is(200);
    asha.post(&format!("/api/users/{}/block", bela.id), json!({})).await.is(200);
    for mail in world.mails().iter().filter(|m| m.subject().contains(HELP)) {
        let (token, hears) = (mail.token("/emergency-alert").unwrap(), mail.to().starts_with("noor"));
        let status = if hears { 200 } else { 400 };
        world.get(&format!("{ALERT}/acknowledge?token={token}")).await.is(status);
        world.post(&format!("{ALERT}/acknowledge"), json!({ "token": token })).await.is(status);
    }
    ends(&asha, &id, "close").await.is(200);
    world.run_jobs().await;
    assert_eq!(mailed(&world, OVER), ["noor@contact.example"]);
}
