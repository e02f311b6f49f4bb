//! Codes that are mailed.

use crate::{HOUR, MINUTE, SECOND, another_device, me, request};
use kernel::sql;
use serde_json::Value;
use std::collections::HashSet;
use testkit::{Answer, Mail, Person, World, json};

async fn ask(world: &World, email: &str) -> Answer {
    world.post("/api/auth/otp/request", json!({ "email": email })).await
}

async fn verify(world: &World, email: &str, otp: &str) -> Answer {
    world.post("/api/auth/otp/verify", json!({ "email": email, "otp": otp })).await
}

/// The codes that were mailed so far: to whom, and the digits on a line of their own.
pub(crate) fn codes(world: &World) -> Vec<(String, String)> {
    let of = |mail: &Mail| mail.subject().contains("code").then(|| (mail.to().to_owned(), code(mail)));
    world.mails().iter().filter_map(of).collect()
}

fn code(mail: &Mail) -> String {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit());
    let lines: Vec<&str> = mail.text.lines().filter(is_code).collect();
    assert_eq!(lines.len(), 1, "{mail:?}");
    assert!(mail.html.contains(lines[0]) && !mail.subject().contains(lines[0]), "{mail:?}");
    lines[0].to_owned()
}

/// Another code than this one.
fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn mailed_code(world: &World, email: &str) -> String {
    ask(world, email).await.is(200);
    world.run_jobs().await;
    codes(world).into_iter().rfind(|(to, _)| to == email).unwrap().1
}

#[tokio::test]
async fn a_mailed_code_signs_in_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.person("bela").await;
    let code = mailed_code(&world, "asha@example.org").await;
    verify(&world, "asha@example.org", &wrong(&code)).await.fails(401, "invalid_otp");
    verify(&world, "bela@example.org", &code).await.fails(401, "invalid_otp");
    let answer = verify(&world, " ASHA@example.org ", &format!(" {code} ")).await.is(200);
    assert_eq!(answer.message(), "Login successful");
    let again = Person::signed_in(&world, &answer);
    assert_eq!(again.id, asha.id);
    assert_eq!(me(&world, &again.token).await.is(200).data()["email_verified"], true, "the mail was read");
    verify(&world, "asha@example.org", &code).await.fails(401, "invalid_otp");
}

#[tokio::test]
async fn a_code_lasts_ten_minutes() {
    let world = World::new().await;
    world.person("asha").await;
    let code = mailed_code(&world, "asha@example.org").await;
    world.advance(10 * MINUTE - SECOND);
    verify(&world, "asha@example.org", &wrong(&code)).await.is(401);
    verify(&world, "asha@example.org", &code).await.is(200);
    let code = mailed_code(&world, "asha@example.org").await;
    world.advance(10 * MINUTE);
    verify(&world, "asha@example.org", &code).await.fails(401, "invalid_otp");
}

#[tokio::test]
async fn five_wrong_codes_kill_the_right_one() {
    let world = World::new().await;
    world.person("asha").await;
    let code = mailed_code(&world, "asha@example.org").await;
    for _ in 0..4 {
        verify(&world, "asha@example.org", &wrong(&code)).await.fails(401, "invalid_otp");
    }
    verify(&world, "asha@example.org", &code).await.is(200);
    let code = mailed_code(&world, "asha@example.org").await;
    for _ in 0..5 {
        verify(&world, "asha@example.org", &wrong(&code)).await.fails(401, "invalid_otp");
    }
    verify(&world, "asha@example.org", &code).await.fails(401, "invalid_otp");
}

#[tokio::test]
async fn only_the_latest_code_lives_and_a_challenge_takes_only_its_own() {
    let world = World::new().await;
    world.person("asha").await;
    let first = ask(&world, "asha@example.org").await.is(200);
    world.run_jobs().await;
    let second = ask(&world, "asha@example.org").await.is(200);
    world.run_jobs().await;
    let codes = codes(&world);
    let [(_, old), (_, new)] = &codes[..] else { panic!("{codes:?}") };
    assert_ne!(old, new);
    let with =
        |challenge: &Value, otp: &str| json!({ "email": "asha@example.org", "otp": otp, "challenge_id": challenge });
    let (first, second) = (&first.data()["challenge_id"], &second.data()["challenge_id"]);
    verify(&world, "asha@example.org", old).await.fails(401, "invalid_otp");
    world.post("/api/auth/otp/verify", with(first, old)).await.fails(401, "invalid_otp");
    world.post("/api/auth/otp/verify", with(first, new)).await.fails(401, "invalid_otp");
    world.post("/api/auth/otp/verify", with(second, new)).await.is(200);
}

#[tokio::test]
async fn an_unknown_address_gets_the_same_answer_and_no_mail() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("gone").await;
    world.sql(sql!("update travelers set is_active = FALSE where username = 'gone'")).await;
    world.run_jobs().await;
    let before = world.outbox().len();
    let mut shapes = HashSet::new();
    for email in ["asha@example.org", "nobody@example.org", "gone@example.org"] {
        let answer = ask(&world, email).await.is(200);
        let mut body = answer.body.clone();
        body["data"]["challenge_id"].take();
        assert_eq!(body["data"]["email"].take(), email);
        let headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(n, _)| *n != "x-request-id" && *n != "content-length")
            .map(|(n, v)| format!("{n}: {v:?}"))
            .collect();
        shapes.insert((body.to_string(), headers));
    }
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    let queued = world.scalar("select cast(count(*) as bigint) from jobs where kind = 'send_otp'").await;
    let waiting = world.scalar("select cast(count(*) as bigint) from otp_challenges").await;
    assert_eq!((queued, waiting), (3, 3), "the work is the same");
    world.run_jobs().await;
    assert_eq!(world.outbox().len(), before + 1);
    for email in ["nobody@example.org", "gone@example.org"] {
        verify(&world, email, "000000").await.fails(401, "invalid_otp");
    }
    ask(&world, "no address").await.fails(400, "validation_failed");
    let answer = world.post("/api/auth/otp/verify", json!({})).await.fails(400, "validation_failed");
    assert_eq!(answer.body["details"], json!({ "email": ["is required"], "otp": ["is required"] }));
}

#[tokio::test]
async fn an_address_gets_three_codes_an_hour_and_five_a_day() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("bela").await;
    world.run_jobs().await;
    let mut arrived = Vec::new();
    for _ in 0..26 {
        for _ in 0..4 {
            ask(&world, "asha@example.org").await.is(200);
            world.run_jobs().await;
        }
        arrived.push(codes(&world).len());
        world.advance(HOUR);
    }
    assert_eq!(&arrived[..3], [3, 5, 5]);
    assert_eq!(arrived[23], 5, "a day is not over");
    assert!(arrived[25] > 5, "the next day");
    let code = mailed_code(&world, "bela@example.org").await;
    verify(&world, "bela@example.org", &code).await.is(200);
}

#[tokio::test]
async fn a_code_that_is_too_many_leaves_the_live_one_alone() {
    let world = World::new().await;
    world.person("asha").await;
    mailed_code(&world, "asha@example.org").await;
    mailed_code(&world, "asha@example.org").await;
    let code = mailed_code(&world, "asha@example.org").await;
    ask(&world, "asha@example.org").await.is(200);
    verify(&world, "asha@example.org", &code).await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_right_codes_at_once_one_signs_in() {
    let world = World::new().await;
    world.person("asha").await;
    let code = mailed_code(&world, "asha@example.org").await;
    let tries = (0..100).map(|_| verify(&world, "asha@example.org", &code));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|a| a.status == 401).count(), 99);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_requests_at_once_at_most_three_are_mailed() {
    let world = World::new().await;
    world.person("asha").await;
    world.run_jobs().await;
    futures_util::future::join_all((0..40).map(|_| ask(&world, "asha@example.org"))).await;
    world.run_jobs().await;
    let sent = codes(&world).len();
    assert!((1..=3).contains(&sent), "{sent}");
    let live = "select cast(count(*) as bigint) from otp_challenges where expires_at > created_at";
    assert_eq!(world.scalar(live).await, 1, "one live code");
}

#[tokio::test]
async fn the_code_is_in_the_mail_and_nowhere_else() {
    let world = World::new().await;
    world.person("asha").await;
    let asked = ask(&world, "asha@example.org").await.is(200);
    let payload: Vec<String> = {
        let rows = "select cast(payload as text) from jobs";
        world.app.db.read().await.unwrap().all(kernel::db::open(rows)).await.unwrap()
    };
    world.run_jobs().await;
    let code = codes(&world).pop().unwrap().1;
    assert!(!asked.text.contains(&code), "{}", asked.text);
    assert!(payload.iter().all(|p| !p.contains(&code)), "{payload:?}");
    let answer = verify(&world, "asha@example.org", &code).await.is(200);
    assert!(!answer.text.contains(&format!("\"{code}\"")), "{}", answer.text);
}

#[tokio::test]
async fn a_mail_that_was_held_up_until_the_code_is_dead_is_not_sent() {
    let world = World::new().await;
    world.person("asha").await;
    world.run_jobs().await;
    ask(&world, "asha@example.org").await.is(200);
    world.advance(10 * MINUTE);
    world.run_jobs().await;
    assert_eq!(codes(&world), []);
}

#[tokio::test]
async fn the_owner_of_an_address_puts_out_whoever_registered_it_before() {
    let world = World::new().await;
    let squatter = world.person("victim").await;
    let tablet = another_device(&world, "victim").await;
    let code = mailed_code(&world, "victim@example.org").await;
    let owner = Person::signed_in(&world, &verify(&world, "victim@example.org", &code).await.is(200));
    for device in [&squatter, &tablet] {
        me(&world, &device.token).await.fails(401, "invalid_token");
    }
    let body = json!({ "email": "victim@example.org", "password": "Test123!" });
    world.post("/api/auth/login", body.clone()).await.fails(401, "invalid_credentials");
    me(&world, &owner.token).await.is(200);

    // An account whose address was confirmed keeps its password and devices.
    let bela = world.person("bela").await;
    world.sql(sql!("update travelers set email_verified = TRUE where username = 'bela'")).await;
    let code = mailed_code(&world, "bela@example.org").await;
    verify(&world, "bela@example.org", &code).await.is(200);
    me(&world, &bela.token).await.is(200);
    another_device(&world, "bela").await;
}

#[tokio::test]
async fn codes_of_one_purpose_do_not_use_up_those_of_another() {
    let world = World::new().await;
    world.admin("root_1").await;
    world.run_jobs().await;
    for _ in 0..6 {
        world.post("/api/admin/request-otp", json!({ "email": "root_1@example.org" })).await.is(200);
        world.run_jobs().await;
    }
    assert_eq!(codes(&world).len(), 3);
    let code = mailed_code(&world, "root_1@example.org").await;
    assert_eq!(codes(&world).len(), 4, "one to sign in");
    verify(&world, "root_1@example.org", &code).await.is(200);
}

#[tokio::test]
async fn a_mail_that_may_have_no_receiver_waits_for_a_moment_nobody_can_guess() {
    let world = World::with(&[("MAIL_DELAY_MILLIS", "60000")]).await;
    world.person("asha").await;
    world.run_jobs().await;
    for email in ["asha@example.org", "nobody@example.org"] {
        ask(&world, email).await.is(200);
        world.post("/api/auth/forgot-password", json!({ "email": email })).await.is(200);
    }
    let at_once = "select cast(count(*) as bigint) from jobs where run_at = created_at";
    let apart = "select cast(count(distinct run_at) as bigint) from jobs";
    assert_eq!((world.scalar(at_once).await, world.scalar(apart).await), (0, 4));
    world.advance(MINUTE);
    assert_eq!(world.run_jobs().await, 4);
    assert_eq!(codes(&world).len(), 1);
}

#[tokio::test]
async fn a_token_that_is_no_good_does_not_keep_from_signing_in() {
    let world = World::new().await;
    world.person("asha").await;
    let code = mailed_code(&world, "asha@example.org").await;
    let body = json!({ "email": "asha@example.org", "otp": code });
    world.send(request("POST", "/api/auth/otp/verify", &[("authorization", "Bearer x")], body)).await.is(200);
}
