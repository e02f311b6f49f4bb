//! Registering where nobody may learn which addresses have an account.

use crate::DAY;
use std::collections::HashSet;
use testkit::{Answer, Mail, World, json};

const PRIVATE: (&str, &str) = ("REGISTRATION", "private");
const VERIFY: &str = "https://tripit.example/verify-email";

async fn register(world: &World, email: &str, username: &str) -> Answer {
    world.post("/api/auth/register", json!({ "email": email, "username": username, "password": "Test123!" })).await
}

async fn login(world: &World, email: &str) -> Answer {
    world.post("/api/auth/login", json!({ "email": email, "password": "Test123!" })).await
}

async fn confirm(world: &World, token: &str) -> Answer {
    world.post("/api/auth/verify-email", json!({ "token": token })).await
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
    }
    world.run_jobs().await;
    assert_eq!(world.outbox().len(), 3);
}
