//! The mails of a new account.

use kernel::{db::Json, record, sql};
use serde_json::Value;
use testkit::{Mail, World, json};
use uuid::Uuid;

/// The welcomes among the mails that were sent.
fn welcomes(world: &World) -> Vec<Mail> {
    world.mails().into_iter().filter(|mail| mail.subject().starts_with("Welcome to TripIt")).collect()
}

async fn register(world: &World, email: &str, username: &str, display_name: &str) {
    let body = json!({
        "email": email, "username": username, "password": "Test123!", "display_name": display_name,
    });
    world.post("/api/auth/register", body).await.is(201);
}

#[tokio::test]
async fn a_new_traveller_is_welcomed_with_one_mail() {
    let world = World::new().await;
    register(&world, "eve@example.org", "eve_x", "<b>Eve</b>").await;
    assert_eq!(world.outbox(), Vec::<String>::new(), "mail is a job, not a part of the request");
    assert_eq!(world.run_jobs().await, 2, "the welcome, and the confirmation of the address");
    assert_eq!(world.outbox().len(), 2);
    let welcomes = welcomes(&world);
    assert_eq!(welcomes.len(), 1);
    let Mail { head, text, html } = &welcomes[0];
    assert_eq!(welcomes[0].to(), "eve@example.org");
    assert!(text.contains("Hello <b>Eve</b>,") && text.contains("\nhttps://tripit.example\n"), "{text}");
    assert!(html.contains("Hello &lt;b&gt;Eve&lt;") && !html.contains("<b>Eve"), "{html}");
    assert!(html.replace("&#x2f;", "/").contains("<a href=\"https://tripit.example\">"), "{html}");
    assert!(html.contains("eve_x") && text.contains("eve_x"));
    for part in [head, text, html] {
        assert!(!part.contains("Test123!"), "{part}");
    }
}

#[tokio::test]
async fn everybody_gets_their_own_welcome() {
    let world = World::new().await;
    register(&world, "asha@example.org", "asha", "Asha").await;
    register(&world, "bela@example.org", "bela", "Bela").await;
    world.run_jobs().await;
    let mut seen: Vec<(bool, bool)> =
        world.mails().iter().map(|m| (m.to() == "asha@example.org", m.text.contains("Hello Asha"))).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(false, false), (false, false), (true, true), (true, true)]);
    assert_eq!(welcomes(&world).len(), 2);
}

record! {
    struct Job { id: Uuid, payload: Json<Value> }
}

#[tokio::test]
async fn a_welcome_that_is_done_twice_is_one_mail() {
    let world = World::new().await;
    world.person("asha").await;
    let job: Job = {
        let mut db = world.app.db.read().await.unwrap();
        db.one(sql!("select id, payload from jobs where kind = 'send_welcome'")).await.unwrap()
    };
    assert!(!job.payload.0.to_string().contains('@'), "no address lies in the queue");
    assert_eq!(world.run_jobs().await, 2);
    // Its process died after the mail was sent and before that was written down.
    world
        .sql(
            sql!(
                "insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
                 values ($1, 'send_welcome', $2, 'ready', $3, 1, 5, $3)"
            )
            .bind(job.id)
            .bind(job.payload)
            .bind(world.app.clock.now()),
        )
        .await;
    assert_eq!(world.run_jobs().await, 1);
    assert_eq!((welcomes(&world).len(), world.outbox().len()), (1, 2));
}

#[tokio::test]
async fn who_was_banned_meanwhile_gets_no_mail() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("bela").await;
    world.sql(sql!("update travelers set is_active = FALSE where username = 'asha'")).await;
    assert_eq!(world.run_jobs().await, 4);
    let mails = world.mails();
    assert_eq!(mails.iter().map(Mail::to).collect::<Vec<_>>(), ["bela@example.org"; 2]);
}

#[tokio::test]
async fn every_address_that_may_register_can_be_written_to() {
    let world = World::new().await;
    let addresses = ["o'neil+trips@example.org", "josé@example.org", "anna@münchen.example", "x_y-z@sub.example.org"];
    for (n, address) in addresses.into_iter().enumerate() {
        register(&world, address, &format!("person{n}"), "{{ username }} & \"co\", {% if %}").await;
    }
    assert_eq!(world.run_jobs().await, 8);
    let mails = world.mails();
    assert_eq!(mails.len(), 8);
    for mail in mails {
        assert!(mail.text.contains("Hello {{ username }} & \"co\", {% if %},"), "{mail:?}");
    }
}
