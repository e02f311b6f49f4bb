//! What administrators do to accounts, and how they show who they are.

use crate::{MINUTE, SECOND, me, refresh, request};
use kernel::sql;
use serde_json::Value;
use testkit::{Answer, Person, World, json, within};

const STRICT: (&str, &str) = ("ADMIN_STEP_UP", "required");
const ORIGIN: &str = "http://localhost:8080";

fn active(id: &str) -> String {
    format!("/api/admin/users/{id}/toggle-active")
}

fn admin(id: &str) -> String {
    format!("/api/admin/users/{id}/toggle-admin")
}

#[tokio::test]
async fn a_ban_takes_effect_at_once_and_is_lifted_again() {
    let world = World::new().await;
    let (root, bela) = (world.admin("root_1").await, world.person("bela").await);
    world.person("chitra").await;
    let trip = bela.publishes(json!({ "title": "Kyoto on foot", "destination": "Kyoto" })).await;
    let banned = root.post(&active(&bela.id), json!({})).await.is(200);
    assert_eq!(banned.message(), "User banned successfully");
    assert_eq!((&banned.data()["id"], &banned.data()["is_active"]), (&json!(bela.id), &json!(false)));
    bela.get("/api/auth/me").await.fails(401, "invalid_token");
    refresh(&world, &bela.refresh).await.fails(401, "invalid_refresh_token");
    world.get(&format!("/api/itineraries/{trip}")).await.fails(404, "not_found");
    assert_eq!(world.get("/api/itineraries").await.is(200).titles(), [""; 0]);
    let lifted = root.post(&active(&bela.id), json!({})).await.is(200);
    assert_eq!((lifted.message(), &lifted.data()["is_active"]), ("User activated successfully", &json!(true)));
    bela.get("/api/auth/me").await.fails(401, "invalid_token"); // the session stays ended
    crate::another_device(&world, "bela").await.get("/api/auth/me").await.is(200);
    world.get(&format!("/api/itineraries/{trip}")).await.is(200);
    world.run_jobs().await;
    let told: Vec<_> = world.mails().into_iter().filter(|m| m.text.contains("an administrator")).collect();
    assert_eq!(told.iter().map(testkit::Mail::to).collect::<Vec<_>>(), ["bela@example.org"; 2]);
}

#[tokio::test]
async fn what_it_should_be_can_be_said() {
    let world = World::new().await;
    let (root, bela) = (world.admin("root_1").await, world.person("bela").await);
    for _ in 0..2 {
        let answer = root.post(&active(&bela.id), json!({ "is_active": false })).await.is(200);
        assert_eq!(answer.data()["is_active"], false);
    }
    world.run_jobs().await;
    assert_eq!(world.mails().iter().filter(|m| m.text.contains("disabled your account")).count(), 1, "told once");
    root.post(&active(&bela.id), json!({ "is_active": "no" })).await.is(400);
}

#[tokio::test]
async fn a_role_takes_effect_at_once() {
    let world = World::new().await;
    let (root, bela, chitra) = (world.admin("root_1").await, world.person("bela").await, world.person("chitra").await);
    bela.post(&active(&chitra.id), json!({})).await.fails(403, "admin_required");
    root.post(&admin(&bela.id), json!({})).await.fails(409, "email_unverified");
    world.sql(sql!("update travelers set email_verified = TRUE where username = 'bela'")).await;
    let granted = root.post(&admin(&bela.id), json!({})).await.is(200);
    assert_eq!((granted.message(), &granted.data()["is_admin"]), ("Admin access granted", &json!(true)));
    bela.post(&active(&chitra.id), json!({ "is_active": true })).await.is(200);
    let removed = root.post(&admin(&bela.id), json!({})).await.is(200);
    assert_eq!((removed.message(), &removed.data()["is_admin"]), ("Admin access removed", &json!(false)));
    bela.post(&active(&chitra.id), json!({})).await.fails(403, "admin_required");
    bela.get("/api/auth/me").await.is(200);
}

#[tokio::test]
async fn nobody_acts_on_themselves_or_on_nobody_and_only_administrators_act() {
    let world = World::new().await;
    let (root, bela) = (world.admin("root_1").await, world.person("bela").await);
    for path in [active, admin] {
        root.post(&path(&root.id), json!({})).await.fails(400, "own_account");
        root.post(&path("01a3b1c2-7a00-7000-8000-00000000002a"), json!({})).await.fails(404, "not_found");
        root.post(&path("nonsense"), json!({})).await.fails(404, "not_found");
        bela.post(&path(&root.id), json!({})).await.fails(403, "admin_required");
        bela.post(&path("nonsense"), json!({})).await.fails(403, "admin_required");
        world.post(&path(&root.id), json!({})).await.fails(401, "missing_token");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_administrators_who_put_each_other_out_one_stays() {
    for round in 0..10 {
        let world = World::new().await;
        let admins = [world.admin("root_1").await, world.admin("root_2").await, world.admin("root_3").await];
        let (path, off): (fn(&str) -> String, _) = if round % 2 == 0 {
            (admin, json!({ "is_admin": false }))
        } else {
            (active, json!({ "is_active": false }))
        };
        // Each puts out the next one.
        let puts_out = (0..3).map(|n| (&admins[n], path(&admins[(n + 1) % 3].id), off.clone()));
        let calls = puts_out.map(|(who, path, off)| async move { who.post(&path, off).await });
        for answer in futures_util::future::join_all(calls).await {
            assert!(matches!(answer.status, 200 | 401 | 403 | 409), "{}", answer.text);
        }
        let left = "select cast(count(*) as bigint) from travelers where is_admin = TRUE and is_active = TRUE";
        assert!(world.scalar(left).await >= 1, "round {round}");
    }
}

async fn code(world: &World, email: &str) -> String {
    world.post("/api/admin/request-otp", json!({ "email": email })).await.is(200);
    world.run_jobs().await;
    crate::otp::codes(world).into_iter().rfind(|(to, _)| to == email).map_or_else(|| "000000".to_owned(), |(_, c)| c)
}

async fn verify(world: &World, email: &str, code: &str, token: Option<&str>) -> Answer {
    let bearer = token.map(|t| format!("Bearer {t}"));
    let headers: Vec<_> = bearer.iter().map(|b| ("authorization", b.as_str())).collect();
    let body = json!({ "email": email, "otp_code": code });
    world.send(request("POST", "/api/admin/verify-otp", &headers, body)).await
}

/// The `name=value` of the cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn toggle(world: &World, id: &str, headers: &[(&str, &str)]) -> Answer {
    world.send(request("POST", &active(id), headers, json!({ "is_active": true }))).await
}

#[tokio::test]
async fn a_code_begins_an_administrators_session_in_a_cookie() {
    let world = World::new().await;
    let (_root, bela) = (world.admin("root_1").await, world.person("bela").await);
    let digits = code(&world, "root_1@example.org").await;
    let begun = verify(&world, "root_1@example.org", &digits, None).await.is(200);
    assert_eq!((&begun.data()["email"], &begun.data()["is_root"]), (&json!("root_1@example.org"), &json!(false)));
    let attributes = begun.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=1800"] {
        assert!(attributes.contains(part), "{attributes}");
    }
    let (cookie, csrf) = (cookie(&begun), begun.data()["csrf_token"].as_str().unwrap().to_owned());
    let check = |c: String| {
        let world = &world;
        async move { world.send(request("GET", "/api/admin/check", &[("cookie", &c)], Value::Null)).await.is(200) }
    };
    let checked = check(format!("other=1; {cookie}")).await;
    assert_eq!((&checked.body["authenticated"], &checked.body["email"]), (&json!(true), &json!("root_1@example.org")));
    assert_eq!(checked.body["csrf_token"], csrf.as_str());
    let good = [("cookie", cookie.as_str()), ("origin", ORIGIN), ("x-csrf-token", csrf.as_str())];
    toggle(&world, &bela.id, &good).await.is(200);
    // A page of somebody else can make the browser send the cookie, and nothing more.
    for bad in [
        &[good[0]][..],
        &[good[0], good[1]],
        &[good[0], good[2]],
        &[good[0], ("origin", "https://evil.example"), good[2]],
        &[good[0], ("origin", "null"), good[2]],
        &[good[0], good[1], ("x-csrf-token", "x")],
    ] {
        toggle(&world, &bela.id, bad).await.fails(403, "csrf");
    }
    // It is no token, and a token is no cookie.
    let value = cookie.split_once('=').unwrap().1;
    me(&world, value).await.fails(401, "invalid_token");
    let token = format!("admin={}", bela.token);
    toggle(&world, &bela.id, &[("cookie", &token), good[1], good[2]]).await.fails(401, "missing_token");
    // It stands in where a route says so, and nowhere else.
    world.send(request("GET", "/api/auth/me", &good, Value::Null)).await.fails(401, "missing_token");

    let out = world.send(request("POST", "/api/admin/logout", &[good[0]], Value::Null)).await.is(200);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{:?}", out.headers);
    assert_eq!(check(cookie.clone()).await.body["authenticated"], false);
    toggle(&world, &bela.id, &good).await.fails(401, "missing_token");
}

#[tokio::test]
async fn an_administrators_session_ends_after_half_an_hour_and_with_the_role() {
    let world = World::new().await;
    let (root, bela) = (world.admin("root_1").await, world.admin("bela").await);
    let begin = async |email: &str| {
        let digits = code(&world, email).await;
        let begun = verify(&world, email, &digits, None).await.is(200);
        (cookie(&begun), begun.data()["csrf_token"].as_str().unwrap().to_owned())
    };
    let (cookie, csrf) = begin("root_1@example.org").await;
    let good = [("cookie", cookie.as_str()), ("origin", ORIGIN), ("x-csrf-token", csrf.as_str())];
    world.advance(30 * MINUTE - SECOND);
    toggle(&world, &bela.id, &good).await.is(200);
    world.advance(SECOND);
    toggle(&world, &bela.id, &good).await.fails(401, "missing_token");

    let (cookie, csrf) = begin("bela@example.org").await;
    let good = [("cookie", cookie.as_str()), ("origin", ORIGIN), ("x-csrf-token", csrf.as_str())];
    toggle(&world, &bela.id, &good).await.fails(400, "own_account");
    accounts::admin::revoke(&world.app, "bela@example.org").await.unwrap();
    toggle(&world, &root.id, &good).await.fails(401, "missing_token");
}

#[tokio::test]
async fn an_administrators_code_puts_out_whoever_registered_the_address_before() {
    let world = World::new().await;
    let squatter = world.admin("ops").await;
    let digits = code(&world, "ops@example.org").await;
    verify(&world, "ops@example.org", &digits, None).await.is(200);
    me(&world, &squatter.token).await.fails(401, "invalid_token");
    let body = json!({ "email": "ops@example.org", "password": "Test123!" });
    world.post("/api/auth/login", body).await.fails(401, "invalid_credentials");
}

#[tokio::test]
async fn a_reply_to_the_cookie_is_kept_by_nobody() {
    let world = World::new().await;
    world.admin("root_1").await;
    let digits = code(&world, "root_1@example.org").await;
    let begun = verify(&world, "root_1@example.org", &digits, None).await.is(200);
    let cookie = cookie(&begun);
    let check = world.send(request("GET", "/api/admin/check", &[("cookie", &cookie)], Value::Null)).await.is(200);
    assert_eq!(check.header("cache-control"), "no-store");
}

#[tokio::test]
async fn who_does_not_administrate_gets_the_same_answer_and_no_code() {
    let world = World::new().await;
    world.admin("root_1").await;
    world.person("bela").await;
    world.run_jobs().await;
    let mut answers = Vec::new();
    for email in ["root_1@example.org", "bela@example.org", "nobody@example.org"] {
        let mut answer = world.post("/api/admin/request-otp", json!({ "email": email })).await.is(200);
        answer.headers.remove("x-request-id");
        answers.push((answer.text, format!("{:?}", answer.headers)));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    world.run_jobs().await;
    assert_eq!(crate::otp::codes(&world).len(), 1);
    verify(&world, "bela@example.org", "000000", None).await.fails(401, "invalid_otp");
    // A code to sign in is nothing here, and the other way round.
    world.post("/api/auth/otp/request", json!({ "email": "root_1@example.org" })).await.is(200);
    world.run_jobs().await;
    let codes: Vec<String> = crate::otp::codes(&world).into_iter().map(|(_, c)| c).collect();
    let [administrate, sign_in] = &codes[..] else { panic!("{codes:?}") };
    verify(&world, "root_1@example.org", sign_in, None).await.fails(401, "invalid_otp");
    let body = json!({ "email": "root_1@example.org", "otp": administrate });
    world.post("/api/auth/otp/verify", body).await.fails(401, "invalid_otp");
    verify(&world, "root_1@example.org", administrate, None).await.is(200);
}

#[tokio::test]
async fn where_step_up_is_required_a_token_needs_its_session_confirmed() {
    let world = World::with(&[STRICT]).await;
    let (root, bela) = (world.admin("root_1").await, world.person("bela").await);
    world.sql(sql!("update travelers set email_verified = TRUE")).await;
    let denied = root.post(&active(&bela.id), json!({})).await.fails(403, "step_up_required");
    assert!(denied.message().contains("/api/admin/request-otp"), "{}", denied.text);
    let digits = code(&world, "root_1@example.org").await;
    let confirmed = verify(&world, "root_1@example.org", &digits, Some(&root.token)).await.is(200);
    root.post(&active(&bela.id), json!({ "is_active": true })).await.is(200);
    let check = root.get("/api/admin/check").await.is(200);
    assert_eq!((&check.body["authenticated"], &check.body["email"]), (&json!(true), &json!("root_1@example.org")));
    // Another session of the same person is not confirmed by it, and neither is somebody else's.
    let other = crate::another_device(&world, "root_1").await;
    other.post(&active(&bela.id), json!({})).await.fails(403, "step_up_required");
    assert_eq!(other.get("/api/admin/check").await.is(200).body["authenticated"], false);
    assert!(!cookie(&confirmed).is_empty());
    world.advance(30 * MINUTE);
    let root = Person::signed_in(&world, &refreshed(&world, &root).await);
    root.post(&active(&bela.id), json!({})).await.fails(403, "step_up_required");
    // A code to sign in is for that alone.
    world.post("/api/auth/otp/request", json!({ "email": "root_1@example.org" })).await.is(200);
    world.sql(sql!("update travelers set email_verified = TRUE")).await;
    world.run_jobs().await;
    let digits = crate::otp::codes(&world).pop().unwrap().1;
    let body = json!({ "email": "root_1@example.org", "otp": digits });
    let fresh = Person::signed_in(&world, &world.post("/api/auth/otp/verify", body).await.is(200));
    fresh.post(&active(&bela.id), json!({})).await.fails(403, "step_up_required");
}

/// The answer of a refresh, in the shape of a sign-in.
async fn refreshed(world: &World, person: &Person<'_>) -> Answer {
    let mut answer = refresh(world, &person.refresh).await.is(200);
    answer.body["data"]["user"] = json!({ "id": person.id });
    answer
}

#[tokio::test]
async fn a_ban_reaches_another_process_within_a_second() {
    let world = World::new().await;
    let (root, bela) = (world.admin("root_1").await, world.person("bela").await);
    let there = world.beside().await;
    let bela_there = bela.at(&there);
    bela_there.get("/api/auth/me").await.is(200);
    root.post(&active(&bela.id), json!({ "is_active": false })).await.is(200);
    within(SECOND, || async { bela_there.get("/api/auth/me").await.status == 401 }).await;
}

#[tokio::test]
async fn an_account_is_signed_in_on_fifty_devices_at_most() {
    let world = World::new().await;
    let first = world.person("asha").await;
    world.advance(SECOND);
    let second = crate::another_device(&world, "asha").await;
    for _ in 0..48 {
        world.advance(SECOND);
        crate::another_device(&world, "asha").await;
    }
    me(&world, &first.token).await.is(200);
    world.advance(SECOND);
    let last = crate::another_device(&world, "asha").await;
    within(SECOND, || async { me(&world, &first.token).await.status == 401 }).await;
    me(&world, &second.token).await.is(200);
    me(&world, &last.token).await.is(200);
    let alive = "select cast(count(*) as bigint) from sessions where ended_at is null";
    assert_eq!(world.scalar(alive).await, 50);
}
