//! Nothing keeps a call for help back: not other requests, not other mail, not a mail server that is away.

use crate::{ALERT, SECOND, SETTINGS, has_agreed, mailed};
use kernel::{App, jobs::Job};
use serde::{Deserialize, Serialize};
use testkit::{World, json};
use uuid::Uuid;

const HELP: &str = "needs help";

#[tokio::test]
async fn other_requests_do_not_use_up_its_limit() {
    let world = World::with(&[("RATELIMIT_ENABLED", "true")]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let mut limited = (0, 0);
    for _ in 0..100 {
        limited.0 += i32::from(asha.put(SETTINGS, json!({})).await.status == 429);
        limited.1 += i32::from(asha.get(SETTINGS).await.status == 429);
    }
    assert!(limited.0 > 50 && limited.1 > 0, "writing and reading are limited: {limited:?}");
    let made = asha.post(ALERT, json!({})).await.is(201);
    let at = format!("{ALERT}/{}", made.data()["id"].as_str().unwrap());
    asha.post(&format!("{at}/cancel"), json!({})).await.is(200);
}

#[tokio::test]
async fn looking_at_a_call_does_not_use_up_its_limit() {
    let world = World::with(&[("RATELIMIT_ENABLED", "true")]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let at = format!("{ALERT}/{}", asha.post(ALERT, json!({})).await.is(201).data()["id"].as_str().unwrap());
    for _ in 0..70 {
        asha.get(&at).await;
        world.get(&format!("{ALERT}/acknowledge?token=x")).await;
    }
    asha.post(ALERT, json!({})).await.is(200);
    asha.post(&format!("{at}/cancel"), json!({})).await.is(200);
    world.post(&format!("{ALERT}/acknowledge"), json!({ "token": "x" })).await.is(400);
}

#[tokio::test]
async fn it_has_a_place_when_the_process_is_full() {
    let world = World::with(&[("MAX_IN_FLIGHT", "1"), ("REQUEST_TIMEOUT", "2")]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let at = format!("{ALERT}/{}", asha.post(ALERT, json!({})).await.is(201).data()["id"].as_str().unwrap());
    // A body that does not come keeps the one place.
    let body = axum::body::Body::from_stream(futures_util::stream::pending::<Result<&'static [u8], std::io::Error>>());
    let slow = axum::http::Request::put(SETTINGS)
        .header("authorization", format!("Bearer {}", asha.token))
        .header("content-type", "application/json")
        .body(body)
        .unwrap();
    let slow = world.send(slow);
    let others = async {
        tokio::time::sleep(SECOND / 2).await;
        asha.get(SETTINGS).await.fails(503, "unavailable");
        asha.post(&format!("{at}/cancel"), json!({})).await.is(200);
        let another = asha.post(ALERT, json!({})).await.is(201).data()["id"].as_str().unwrap().to_owned();
        asha.post(&format!("{ALERT}/{another}/close"), json!({})).await.is(200);
        asha.get(&at).await.fails(503, "unavailable");
        world.post(&format!("{ALERT}/acknowledge"), json!({ "token": "x" })).await.fails(503, "unavailable");
    };
    let (slow, ()) = tokio::join!(slow, others);
    assert_eq!(slow.status, 503);
}

/// Work of somebody else.
#[derive(Debug, Serialize, Deserialize)]
struct Other {
    mails: usize,
}

impl Job for Other {
    const KIND: &'static str = "test_other";
    async fn run(self, app: App, _: Uuid) -> kernel::Result<()> {
        let mails = std::fs::read_dir(app.config.data_dir.join("outbox")).unwrap().count();
        if mails == self.mails {
            Ok(())
        } else {
            Err(kernel::Error::internal(format!("{mails} mails were sent before")))
        }
    }
}

#[tokio::test]
async fn its_mail_goes_before_everything_that_waits() {
    let world = World::with_jobs(kernel::jobs::Jobs::default().on::<Other>()).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let mut tx = world.app.db.write().await.unwrap();
    let mails = world.outbox().len() + 1;
    for _ in 0..50 {
        tx.enqueue(&Other { mails }).unwrap();
    }
    tx.commit().await.unwrap();
    world.advance(SECOND);
    asha.post(ALERT, json!({})).await.is(201);
    world.run_jobs().await;
    assert_eq!(mailed(&world, HELP), ["mira@contact.example"]);
}

#[tokio::test]
async fn a_mail_that_does_not_leave_is_tried_for_hours() {
    let world = World::with(&[("JWT_ACCESS_TOKEN_EXPIRES", "864000")]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    world.run_jobs().await;
    let outbox = world.store().folder().join("outbox");
    std::fs::rename(&outbox, outbox.with_extension("away")).unwrap();
    std::fs::write(&outbox, "no folder").unwrap();
    let made = asha.post(ALERT, json!({})).await.is(201);
    let at = format!("{ALERT}/{}", made.data()["id"].as_str().unwrap());
    for _ in 0..10 {
        kernel::jobs::run_ready(&world.app).await.unwrap();
        assert_eq!(asha.get(&at).await.data()["contacts"][0]["status"], "queued");
        world.advance(3_600 * SECOND);
    }
    std::fs::remove_file(&outbox).unwrap();
    world.advance(3_600 * SECOND);
    kernel::jobs::run_ready(&world.app).await.unwrap();
    assert_eq!(mailed(&world, HELP), ["mira@contact.example"]);
    assert_eq!(asha.get(&at).await.data()["contacts"][0]["status"], "sent");
}
