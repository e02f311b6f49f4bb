//! The welcome mail.

use kernel::{db::Json, record, sql};
use serde_json::Value;
use testkit::{World, json};
use uuid::Uuid;

/// The parts of a mail after their headers, with the encoding undone as far as these mails use it.
fn parts(mail: &str) -> (String, String, String) {
    let plain = mail.replace("=\r\n", "").replace("=3D", "=").replace("\r\n", "\n");
    let (head, rest) = plain.split_once("Content-Type: text/plain").unwrap();
    let (text, html) = rest.split_once("Content-Type: text/html").unwrap();
    (head.to_owned(), text.to_owned(), html.to_owned())
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
    assert_eq!(world.run_jobs().await, 1);
    let outbox = world.outbox();
    assert_eq!(outbox.len(), 1);
    let (head, text, html) = parts(&outbox[0]);
    assert!(head.contains("\nTo: eve@example.org\n"), "{head}");
    assert!(head.contains("multipart/alternative"), "{head}");
    assert!(text.contains("Hello <b>Eve</b>,") && text.contains("\nhttps://tripit.example\n"), "{text}");
    assert!(html.contains("Hello &lt;b&gt;Eve&lt;") && !html.contains("<b>Eve"), "{html}");
    assert!(html.replace("&#x2f;", "/").contains("<a href=\"https://tripit.example\">"), "{html}");
    assert!(html.contains("eve_x") && text.contains("eve_x"));
    for part in [&head, &text, &html] {
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
        world.outbox().iter().map(|m| (m.contains("To: asha@example.org"), m.contains("Hello Asha"))).collect();
    seen.sort_unstable();
    assert_eq!(seen, [(false, false), (true, true)]);
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
    assert_eq!(world.run_jobs().await, 1);
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
    assert_eq!(world.outbox().len(), 1);
}

#[tokio::test]
async fn who_was_banned_meanwhile_gets_no_mail() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("bela").await;
    world.sql(sql!("update travelers set is_active = FALSE where username = 'asha'")).await;
    assert_eq!(world.run_jobs().await, 2);
    let outbox = world.outbox();
    assert_eq!(outbox.len(), 1);
    assert!(outbox[0].contains("To: bela@example.org"));
}

#[tokio::test]
async fn every_address_that_may_register_can_be_written_to() {
    let world = World::new().await;
    let addresses = ["o'neil+trips@example.org", "josé@example.org", "anna@münchen.example", "x_y-z@sub.example.org"];
    for (n, address) in addresses.into_iter().enumerate() {
        register(&world, address, &format!("person{n}"), "{{ username }} & \"co\", {% if %}").await;
    }
    assert_eq!(world.run_jobs().await, 4);
    let outbox = world.outbox();
    assert_eq!(outbox.len(), 4);
    for mail in outbox {
        assert!(parts(&mail).1.contains("Hello {{ username }} & \"co\", {% if %},"), "{mail}");
    }
}
