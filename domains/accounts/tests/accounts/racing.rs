//! What is under way when somebody is put out of an account must not outlive it.

use crate::{SECOND, another_device, me, text};
use kernel::{db::Tx, sql};
use testkit::{Answer, World, json};

async fn login(world: &World, email: &str, password: &str) -> Answer {
    world.post("/api/auth/login", json!({ "email": email, "password": password })).await
}

/// What `asked` is answered when, after it has looked at the password, this transaction ends with what it did.
async fn overtaken(tx: Tx, asked: impl Future<Output = Answer>) -> Answer {
    let overtake = async {
        tokio::time::sleep(2 * SECOND).await;
        tx.commit().await.unwrap();
    };
    tokio::join!(asked, overtake).0
}

/// As when its owner chose another password on a page that nobody else sees; all sessions end.
async fn reset(tx: &mut Tx, username: &str) {
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    tx.run(sql!("update travelers set password_hash = $2 where username = $1").bind(username).bind(hash))
        .await
        .unwrap();
    end_sessions(tx, username).await;
}

async fn end_sessions(tx: &mut Tx, username: &str) {
    let end = sql!(
        "update sessions set ended_at = created_at
         where ended_at is null and traveler_id = (select id from travelers where username = $1)"
    );
    tx.run(end.bind(username)).await.unwrap();
}

async fn alive(world: &World) -> i64 {
    world.scalar("select cast(count(*) as bigint) from sessions where ended_at is null").await
}

/// Without the counting of attempts, which would wait for SQLite's one writer before the password is looked at.
async fn quiet_world() -> World {
    World::with(&[("RATELIMIT_ENABLED", "false")]).await
}

#[tokio::test]
async fn a_change_of_password_under_way_does_not_undo_a_new_password() {
    let world = quiet_world().await;
    let thief = world.person("asha").await;
    let mut tx = world.app.db.write().await.unwrap();
    reset(&mut tx, "asha").await;
    let body = json!({ "current_password": "Test123!", "new_password": "Another-Pass-1" });
    overtaken(tx, thief.post("/api/auth/change-password", body)).await.fails(403, "wrong_password");
    login(&world, "asha@example.org", "Another-Pass-1").await.is(401);
    assert_eq!(alive(&world).await, 0);
}

#[tokio::test]
async fn what_a_password_was_shown_for_does_not_outlive_its_session() {
    let world = quiet_world().await;
    world.person("bela").await;
    for (path, body) in [
        ("change-password", json!({ "current_password": "Test123!", "new_password": "Another-Pass-1" })),
        ("change-email", json!({ "current_password": "Test123!", "email": "thief@example.org" })),
    ] {
        let username = path.replace('-', "_");
        let thief = world.person(&username).await;
        let mut tx = world.app.db.write().await.unwrap();
        end_sessions(&mut tx, &username).await;
        overtaken(tx, thief.post(&format!("/api/auth/{path}"), body)).await.fails(401, "invalid_token");
        login(&world, &format!("{username}@example.org"), "Test123!").await.is(200);
    }
    world.run_jobs().await;
    assert!(world.mails().iter().all(|m| m.to() != "thief@example.org"));
}

#[tokio::test]
async fn a_change_of_address_or_a_deletion_under_way_does_not_follow_a_new_password() {
    let world = quiet_world().await;
    for (n, username) in ["asha", "bela"].into_iter().enumerate() {
        let thief = world.person(username).await;
        let mut tx = world.app.db.write().await.unwrap();
        reset(&mut tx, username).await;
        let answer = if n == 0 {
            let body = json!({ "current_password": "Test123!", "email": "thief@example.org" });
            overtaken(tx, thief.post("/api/auth/change-email", body)).await
        } else {
            let asked = world.call(
                "DELETE".parse().unwrap(),
                "/api/auth/me",
                Some(&thief.token),
                Some(json!({ "current_password": "Test123!" })),
            );
            overtaken(tx, asked).await
        };
        answer.fails(403, "wrong_password");
    }
    world.run_jobs().await;
    assert!(world.mails().iter().all(|m| m.to() != "thief@example.org"));
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travelers where deleted_at is null").await, 2);
}

#[tokio::test]
async fn a_sign_in_under_way_does_not_outlive_a_new_password_or_a_ban() {
    let world = quiet_world().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let mut tx = world.app.db.write().await.unwrap();
    reset(&mut tx, "asha").await;
    overtaken(tx, login(&world, "asha@example.org", "Test123!")).await.fails(401, "invalid_credentials");

    let mut tx = world.app.db.write().await.unwrap();
    tx.run(sql!("update travelers set is_active = FALSE where username = 'bela'")).await.unwrap();
    end_sessions(&mut tx, "bela").await;
    overtaken(tx, login(&world, "bela@example.org", "Test123!")).await.fails(403, "account_disabled");
    assert_eq!(alive(&world).await, 0);
    for gone in [&asha, &bela] {
        me(&world, &gone.token).await.is(401);
    }
}

#[tokio::test]
async fn of_two_first_sign_ins_with_an_old_hash_both_succeed() {
    let world = quiet_world().await;
    world.person("asha").await;
    // Of `Legacy-pass-1`, by the predecessor.
    let old = "scrypt:32768:8:1$a1b2c3d4e5f6g7h8$47e21c2e025b078d9e3abe3a7994263d9e440706eb781cfccabc87b950b9635a\
               7be3bcc44bc57dd5c6a84ce731bd4dd9030109ec839800ae06c4a554e0ce2d60";
    world.sql(sql!("update travelers set password_hash = $1").bind(old)).await;
    let (one, two) = tokio::join!(
        login(&world, "asha@example.org", "Legacy-pass-1"),
        login(&world, "asha@example.org", "Legacy-pass-1")
    );
    assert_ne!(text(&one.is(200), "access_token"), text(&two.is(200), "access_token"));
}

#[tokio::test]
async fn a_change_of_address_that_waits_to_be_mailed_ends_with_the_password() {
    let world = World::new().await;
    let thief = world.person("asha").await;
    world.run_jobs().await;
    let body = json!({ "current_password": "Test123!", "email": "thief@example.org" });
    thief.post("/api/auth/change-email", body.clone()).await.is(200);
    let change = json!({ "current_password": "Test123!", "new_password": "Another-Pass-1" });
    let owner = another_device(&world, "asha").await;
    owner.post("/api/auth/change-password", change).await.is(200);
    world.run_jobs().await;
    assert!(world.mails().iter().all(|m| m.to() != "thief@example.org"));
    assert_eq!(
        world.scalar("select cast(count(*) as bigint) from mail_tokens where purpose = 'change_email'").await,
        0
    );
}
