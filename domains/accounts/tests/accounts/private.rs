//! Registering where nobody may learn which addresses have an account.

use crate::{DAY, SECOND};
use futures_util::future::join_all;
use kernel::db::Engine;
use std::collections::HashSet;
use testkit::{Answer, Mail, World, json};

const PRIVATE: (&str, &str) = ("REGISTRATION", "private");
const VERIFY: &str = "http://127.0.0.1:5000/verify-email";

async fn register(world: &World, email: &str, username: &str) -> Answer {
    world.post("/api/auth/register", json!({ "email": email, "username": username, "password": "Test123!" })).await
}

async fn login(world: &World, email: &str) -> Answer {
    world.post("/api/auth/login", json!({ "email": email, "password": "Test123!" })).await
}

async fn confirm(world: &World, token: &str) -> Answer {
    confirm_with(world, token, "Test123!").await
}

async fn confirm_with(world: &World, token: &str, password: &str) -> Answer {
    world.post("/api/auth/verify-email", json!({ "token": token, "password": password })).await
}

/// The token of the one mail with a link that `email` got.
async fn mailed_token(world: &World, email: &str) -> String {
    world.run_jobs().await;
    let mails = world.mails();
    let mut tokens: Vec<String> = mails.iter().filter(|m| m.to() == email).filter_map(|m| m.token(VERIFY)).collect();
    tokens.pop().unwrap()
}

async fn account(world: &World, username: &str) {
    let email = format!("{username}@example.org");
    register(world, &email, username).await.is(202);
    let token = mailed_token(world, &email).await;
    confirm(world, &token).await.is(200);
}

#[tokio::test]
async fn an_account_begins_when_its_address_is_confirmed() {
    let world = World::with(&[PRIVATE]).await;
    let answer = register(&world, "Asha@example.org", "asha").await.is(202);
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
    login(&world, "asha@example.org").await.fails(401, "invalid_credentials");
    let token = mailed_token(&world, "Asha@example.org").await;
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travelers").await, 0);
    confirm(&world, &token).await.is(200);
    confirm(&world, &token).await.fails(400, "invalid_token");
    let answer = login(&world, "asha@example.org").await.is(200);
    assert_eq!(answer.data()["user"]["email_verified"], true);
    assert_eq!(answer.data()["user"]["username"], "asha");
    world.run_jobs().await;
    assert_eq!(world.mails().iter().filter(|m| m.subject().starts_with("Welcome")).count(), 1);
}

#[tokio::test]
async fn a_used_address_gets_the_same_answer_and_its_owner_a_mail() {
    let world = World::with(&[PRIVATE]).await;
    account(&world, "asha").await;
    world.run_jobs().await;
    let before = world.outbox().len();
    let mut shapes = HashSet::new();
    for (email, username) in [("ASHA@example.org", "asha2"), ("new@example.org", "newcomer")] {
        let mut answer = register(&world, email, username).await.is(202);
        answer.headers.remove("x-request-id");
        shapes.insert((answer.text, format!("{:?}", answer.headers)));
    }
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    world.run_jobs().await;
    let mails: Vec<Mail> = world.mails().into_iter().skip(before).collect();
    assert_eq!(mails.len(), 2);
    let to_owner = mails.iter().find(|m| m.to() == "asha@example.org").unwrap();
    assert!(to_owner.token(VERIFY).is_none() && to_owner.text.contains("have an account already"), "{to_owner:?}");
}

#[tokio::test]
async fn a_registration_waits_for_a_day() {
    let world = World::with(&[PRIVATE]).await;
    register(&world, "asha@example.org", "asha").await.is(202);
    let token = mailed_token(&world, "asha@example.org").await;
    world.advance(DAY);
    confirm(&world, &token).await.fails(400, "invalid_token");
    login(&world, "asha@example.org").await.is(401);
}

#[tokio::test]
async fn whoever_confirms_first_gets_the_name() {
    let world = World::with(&[PRIVATE]).await;
    register(&world, "asha@example.org", "traveller").await.is(202);
    register(&world, "bela@example.org", "Traveller").await.is(202);
    let (asha, bela) = (mailed_token(&world, "asha@example.org").await, mailed_token(&world, "bela@example.org").await);
    confirm(&world, &bela).await.is(200);
    confirm(&world, &asha).await.fails(409, "username_taken");
    register(&world, "chitra@example.org", "TRAVELLER").await.fails(409, "username_taken");
    register(&world, "asha@example.org", "asha").await.is(202);
    let token = mailed_token(&world, "asha@example.org").await;
    confirm(&world, &token).await.is(200);
}

#[tokio::test]
async fn an_address_gets_three_of_these_mails_an_hour() {
    let world = World::with(&[PRIVATE]).await;
    for n in 0..6 {
        register(&world, "victim@example.org", &format!("name{n}")).await.is(202);
        world.run_jobs().await;
    }
    assert_eq!(world.outbox().len(), 3);
}

#[tokio::test]
async fn many_registrations_of_an_address_at_once_get_no_more_mails() {
    let world = World::with(&[PRIVATE, ("RATELIMIT_ENABLED", "false")]).await;
    // Until it is let go, all of them have counted and none has written.
    let mut tx = world.app.db.write().await.unwrap();
    if world.app.db.engine() == Engine::Postgres {
        tx.run(kernel::db::open("lock table registrations in share row exclusive mode")).await.unwrap();
    }
    let (world, names) = (&world, ["name0", "name1", "name2", "name3", "name4"]);
    let registered = join_all(names.map(|name| register(world, "victim@example.org", name)));
    let let_go = async {
        tokio::time::sleep(2 * SECOND).await;
        tx.commit().await.unwrap();
    };
    for answer in tokio::join!(registered, let_go).0 {
        answer.is(202);
    }
    let asked = world.scalar("select cast(count(*) as bigint) from registrations").await;
    assert!((1..=3).contains(&asked), "{asked}");
    world.run_jobs().await;
    assert_eq!(world.outbox().len(), 1, "the latest");
}

#[tokio::test]
async fn whoever_confirms_knows_the_password_that_was_chosen() {
    let world = World::with(&[PRIVATE]).await;
    // By somebody who does not read this mail.
    register(&world, "asha@example.org", "squatter").await.is(202);
    let token = mailed_token(&world, "asha@example.org").await;
    let answer = world.post("/api/auth/verify-email", json!({ "token": token })).await.fails(400, "validation_failed");
    assert_eq!(answer.body["details"], json!({ "password": ["is required to begin the account"] }));
    for wrong in ["Ashas-pass-1", "", "test123!"] {
        confirm_with(&world, &token, wrong).await.fails(403, "wrong_password");
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travelers").await, 0);
    confirm(&world, &token).await.is(200); // was not used up
    let mail = world.mails().into_iter().find(|m| m.token(VERIFY).is_some()).unwrap();
    assert!(mail.text.contains("the password that you chose") && mail.html.contains("the password that you chose"));
}

#[tokio::test]
async fn a_registration_takes_ten_passwords() {
    let world = World::with(&[PRIVATE, ("RATELIMIT_ENABLED", "false")]).await;
    for email in ["asha@example.org", "bela@example.org"] {
        register(&world, email, &email[..4]).await.is(202);
    }
    let (asha, bela) = (mailed_token(&world, "asha@example.org").await, mailed_token(&world, "bela@example.org").await);
    for answer in join_all((0..12).map(|_| confirm_with(&world, &asha, "Wrong-pass-1"))).await {
        assert!([400, 403].contains(&answer.status), "{}", answer.text);
    }
    assert_eq!(world.scalar("select min(tries_left) from registrations").await, 0);
    confirm(&world, &asha).await.fails(400, "invalid_token");
    for _ in 0..9 {
        confirm_with(&world, &bela, "Wrong-pass-1").await.fails(403, "wrong_password");
    }
    confirm(&world, &bela).await.is(200);
}

#[tokio::test]
async fn the_latest_registration_of_an_address_is_the_one_that_counts() {
    let world = World::with(&[PRIVATE]).await;
    register(&world, "asha@example.org", "squatter").await.is(202);
    let squatted = mailed_token(&world, "asha@example.org").await;
    register(&world, "bela@example.org", "bela").await.is(202);
    let bela = mailed_token(&world, "bela@example.org").await;
    let body = json!({ "email": "Asha@example.org", "username": "asha", "password": "Ashas-pass-1" });
    world.post("/api/auth/register", body).await.is(202);
    let own = mailed_token(&world, "Asha@example.org").await;
    confirm(&world, &squatted).await.fails(400, "invalid_token");
    confirm(&world, &own).await.fails(403, "wrong_password");
    confirm_with(&world, &own, "Ashas-pass-1").await.is(200);
    confirm(&world, &bela).await.is(200);
    login(&world, "asha@example.org").await.is(401);
}

#[tokio::test]
async fn a_mail_that_was_held_up_for_a_day_is_not_sent() {
    let world = World::with(&[PRIVATE]).await;
    register(&world, "asha@example.org", "asha").await.is(202);
    world.advance(DAY);
    register(&world, "bela@example.org", "bela").await.is(202);
    world.run_jobs().await;
    let mails = world.mails();
    assert_eq!(mails.iter().map(Mail::to).collect::<Vec<_>>(), ["bela@example.org"]);
}
