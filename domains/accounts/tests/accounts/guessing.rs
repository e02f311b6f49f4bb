//! How often a password may be tried.

use crate::{HOUR, MINUTE, SECOND, request};
use kernel::sql;
use std::net::SocketAddr;
use testkit::{Answer, World, json};

const ON: (&str, &str) = ("RATELIMIT_ENABLED", "true");

/// A sign-in from an address of its own, so that only the account is counted.
async fn login(world: &World, n: u32, email: &str, password: &str) -> Answer {
    let headers = [("user-agent", "a stranger")];
    let mut call = request("POST", "/api/auth/login", &headers, json!({ "email": email, "password": password }));
    let [_, a, b, c] = n.to_be_bytes();
    call.extensions_mut().insert(axum::extract::ConnectInfo(SocketAddr::from(([10, a, b, c], 4000))));
    world.send(call).await
}

/// How many of `tries` wrong passwords were looked at.
async fn guesses(world: &World, from: u32, email: &str, tries: u32) -> u32 {
    let mut looked_at = 0;
    for n in 0..tries {
        let answer = login(world, from + n, email, "Wrong-pass-1").await;
        match answer.status {
            401 => looked_at += 1,
            _ => drop(answer.fails(429, "rate_limited")),
        }
    }
    looked_at
}

#[tokio::test]
async fn ten_wrong_passwords_close_an_account_and_the_pauses_grow() {
    let world = World::with(&[ON]).await;
    world.person("asha").await;
    world.person("bela").await;
    assert_eq!(guesses(&world, 0, "asha@example.org", 12).await, 10);
    let answer = login(&world, 100, "asha@example.org", "Test123!").await.fails(429, "rate_limited");
    assert_eq!(answer.header("retry-after"), "900", "also for the right password");
    login(&world, 101, "bela@example.org", "Test123!").await.is(200);
    for (n, pause) in [(1_u32, 15), (2, 30), (3, 60), (4, 60)] {
        world.advance(pause * MINUTE - SECOND);
        assert_eq!(guesses(&world, 1000 * n, "asha@example.org", 1).await, 0, "{pause}");
        world.advance(SECOND);
        assert_eq!(guesses(&world, 1000 * n + 500, "asha@example.org", 12).await, 10, "{pause}");
    }
}

#[tokio::test]
async fn from_a_thousand_addresses_an_account_takes_thirty_guesses_an_hour_and_a_hundred_in_all() {
    let world = World::with(&[ON]).await;
    world.person("asha").await;
    let mut looked_at = Vec::new();
    for quarter in 0..80_u32 {
        looked_at.push(guesses(&world, 100 * quarter, "asha@example.org", 12).await);
        world.advance(15 * MINUTE);
    }
    for hour in looked_at.windows(4) {
        assert!(hour.iter().sum::<u32>() <= 30, "{looked_at:?}");
    }
    assert_eq!(looked_at.iter().sum::<u32>(), 100, "{looked_at:?}");
    login(&world, 9_000, "asha@example.org", "Test123!").await.fails(429, "rate_limited");
}

#[tokio::test]
async fn an_address_without_an_account_is_closed_alike() {
    let world = World::with(&[ON]).await;
    world.person("asha").await;
    let mut seen = Vec::new();
    for email in ["asha@example.org", "nobody@example.org"] {
        let mut answers = Vec::new();
        for n in 0..12 {
            let mut answer = login(&world, n, email, "Wrong-pass-1").await;
            answer.body["request_id"].take();
            answers.push((answer.status, answer.body.to_string(), answer.header("retry-after").to_owned()));
        }
        seen.push(answers);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn the_owner_gets_in_on_a_device_that_they_used_before() {
    let world = World::with(&[ON]).await;
    world.person("asha").await; // from 192.0.2.0/24, with no agent
    assert_eq!(guesses(&world, 0, "asha@example.org", 20).await, 10);
    let known = async |n: u8, password: &str| {
        let body = json!({ "email": "asha@example.org", "password": password });
        let mut call = request("POST", "/api/auth/login", &[], body);
        call.extensions_mut().insert(axum::extract::ConnectInfo(SocketAddr::from(([192, 0, 2, n], 4000))));
        world.send(call).await
    };
    known(1, "Test123!").await.is(200);
    login(&world, 100, "asha@example.org", "Test123!").await.is(429);
    // The device has a count of its own, which is not endless either.
    for n in 0..10 {
        known(n, "Wrong-pass-1").await.fails(401, "invalid_credentials");
    }
    known(11, "Test123!").await.fails(429, "rate_limited");
}

#[tokio::test]
async fn a_right_password_begins_the_count_anew() {
    let world = World::with(&[ON]).await;
    world.person("asha").await;
    for round in 0..5 {
        assert_eq!(guesses(&world, 100 * round, "asha@example.org", 9).await, 9);
        login(&world, 100 * round + 50, "asha@example.org", "Test123!").await.is(200);
        world.sql(sql!("delete from sessions where user_agent = 'a stranger'")).await;
    }
}

#[tokio::test]
async fn proving_the_address_opens_a_closed_account() {
    let world = World::with(&[ON]).await;
    world.person("asha").await;
    assert_eq!(guesses(&world, 0, "asha@example.org", 12).await, 10);
    world.post("/api/auth/otp/request", json!({ "email": "asha@example.org" })).await.is(200);
    world.run_jobs().await;
    let code = crate::otp::codes(&world).pop().unwrap().1;
    world.sql(sql!("update travelers set email_verified = TRUE")).await;
    world.post("/api/auth/otp/verify", json!({ "email": "asha@example.org", "otp": code })).await.is(200);
    login(&world, 100, "asha@example.org", "Test123!").await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_guesses_at_once_are_no_more_than_one_after_the_other() {
    let world = World::with(&[ON]).await;
    world.person("asha").await;
    let tries = (0..60).map(|n| login(&world, n, "asha@example.org", "Wrong-pass-1"));
    let answers = futures_util::future::join_all(tries).await;
    let looked_at = answers.iter().filter(|a| a.status == 401).count();
    assert_eq!(looked_at, 10);
    assert!(answers.iter().all(|a| matches!(a.status, 401 | 429)));
}

#[tokio::test]
async fn in_a_stolen_session_the_password_cannot_be_guessed() {
    let world = World::with(&[ON]).await;
    let asha = world.person("asha").await;
    let mut looked_at = 0;
    for n in 0..20 {
        let body = json!({ "current_password": "Wrong-pass-1", "new_password": "Another-Pass-1" });
        let headers = [("authorization", format!("Bearer {}", asha.token))];
        let headers = [(headers[0].0, headers[0].1.as_str())];
        let mut call = request("POST", "/api/auth/change-password", &headers, body);
        call.extensions_mut().insert(axum::extract::ConnectInfo(SocketAddr::from(([10, 0, 0, n], 4000))));
        let answer = world.send(call).await;
        looked_at += u32::from(answer.status == 403);
        assert!(matches!(answer.status, 403 | 429), "{}", answer.text);
    }
    assert_eq!(looked_at, 10);
}

#[tokio::test]
async fn everybody_together_has_a_limit_that_known_devices_are_not_under() {
    let world = World::with(&[ON]).await;
    world.person("asha").await;
    let mut passed = 0;
    for n in 0..320 {
        let answer = login(&world, n, &format!("nobody{n}@example.org"), "Wrong-pass-1").await;
        passed += u32::from(answer.status == 401);
    }
    if testkit::setting("TEST_REDIS_URL").is_none() {
        assert_eq!(passed, 300);
        login(&world, 1_000, "asha@example.org", "Test123!").await.is(429);
    }
    world.post("/api/auth/login", json!({ "email": "asha@example.org", "password": "Test123!" })).await.is(200);
}

#[tokio::test]
async fn what_nobody_tried_for_a_month_is_forgotten() {
    let world = World::with(&[ON]).await;
    guesses(&world, 0, "asha@example.org", 3).await;
    let rows = "select cast(count(*) as bigint) from sign_in_attempts";
    assert_eq!(world.scalar(rows).await, 1);
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.advance(31 * 24 * HOUR);
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.run_jobs().await;
    assert_eq!(world.scalar(rows).await, 0);
}

#[tokio::test]
async fn a_device_that_was_not_seen_before_is_told_to_the_owner() {
    let world = World::new().await;
    world.person("asha").await;
    world.run_jobs().await;
    let before = world.outbox().len();
    world.post("/api/auth/login", json!({ "email": "asha@example.org", "password": "Test123!" })).await.is(200);
    world.run_jobs().await;
    assert_eq!(world.outbox().len(), before, "the same device");
    login(&world, 7, "asha@example.org", "Test123!").await.is(200);
    world.run_jobs().await;
    let mails = world.mails();
    assert_eq!(mails.len(), before + 1);
    assert!(mails.iter().any(|m| m.to() == "asha@example.org" && m.text.contains("had not seen before")), "{mails:?}");
    login(&world, 7, "asha@example.org", "Test123!").await.is(200);
    world.run_jobs().await;
    assert_eq!(world.outbox().len(), before + 1, "now it is known");
}
