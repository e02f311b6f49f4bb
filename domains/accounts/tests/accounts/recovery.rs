//! Confirmed addresses, forgotten and changed passwords, changed addresses, and the devices one is signed in on.

use crate::{DAY, HOUR, MINUTE, SECOND, another_device, me, next, refresh, request, text};
use futures_util::future::join_all;
use kernel::sql;
use serde_json::Value;
use testkit::{Answer, Mail, Person, World, json};
use uuid::Uuid;

const VERIFY: &str = "http://127.0.0.1:5000/verify-email";
const RESET: &str = "http://127.0.0.1:5000/reset-password";

/// Does what waits and gives the mails that came of it, in the order in which they were asked for.
async fn arrived(world: &World) -> Vec<Mail> {
    let before = world.outbox().len();
    world.run_jobs().await;
    world.mails().split_off(before)
}

/// The mail to this address among them that has such a link; its token.
fn link(mails: &[Mail], to: &str, link: &str) -> Option<String> {
    let mut tokens = mails.iter().filter(|m| m.to() == to).filter_map(|m| m.token(link));
    let token = tokens.next();
    assert_eq!(tokens.next(), None, "one link to {to}");
    token
}

async fn verify(world: &World, token: &str) -> Answer {
    world.post("/api/auth/verify-email", json!({ "token": token })).await
}

async fn forgot(world: &World, email: &str) -> Answer {
    world.post("/api/auth/forgot-password", json!({ "email": email })).await
}

async fn reset(world: &World, token: &str, password: &str) -> Answer {
    world.post("/api/auth/reset-password", json!({ "token": token, "password": password })).await
}

async fn login(world: &World, email: &str, password: &str) -> Answer {
    world.post("/api/auth/login", json!({ "email": email, "password": password })).await
}

/// The token of a mailed link for a new password.
async fn reset_link(world: &World, email: &str) -> String {
    forgot(world, email).await.is(200);
    link(&arrived(world).await, email, RESET).unwrap()
}

/// The token of a mailed link for another address.
async fn change_link(world: &World, person: &Person<'_>, to: &str) -> Option<String> {
    person.post("/api/auth/change-email", json!({ "current_password": "Test123!", "email": to })).await.is(200);
    link(&arrived(world).await, to, VERIFY)
}

/// Fails unless it is the answer to every bad link; what it says without the request's own id.
#[track_caller]
fn refused(answer: Answer) -> Value {
    let mut body = answer.fails(400, "invalid_token").body;
    body.as_object_mut().unwrap().remove("request_id").unwrap();
    body
}

async fn is_verified(person: &Person<'_>) -> Value {
    person.get("/api/auth/me").await.is(200).data()["email_verified"].clone()
}

#[track_caller]
fn is_notice(mail: &Mail, to: &str, what: &str) {
    assert_eq!((mail.to(), mail.subject()), (to, "Something changed in your TripIt account"));
    assert!(mail.text.contains(what) && mail.html.contains(what), "{mail:?}");
}

// Confirming an address.

#[tokio::test]
async fn a_new_traveller_confirms_the_address_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    assert_eq!(is_verified(&asha).await, false);
    let mails = arrived(&world).await;
    assert_eq!(mails.len(), 2, "{mails:?}");
    let token = link(&mails, "asha@example.org", VERIFY).unwrap();
    assert_eq!(token.len(), 43, "256 bits: {token}");
    assert_eq!(mails.iter().filter(|m| m.subject() == "Confirm your e-mail address").count(), 1);
    verify(&world, &token).await.is(200);
    assert_eq!(is_verified(&asha).await, true);
    let again = refused(verify(&world, &token).await);
    assert_eq!(refused(verify(&world, &"a".repeat(43)).await), again, "a used one looks like an unknown one");
    assert_eq!(refused(verify(&world, "").await), again);
    assert_eq!(refused(verify(&world, &format!("{token}=")).await), again);
    assert_eq!(is_verified(&asha).await, true);
    assert_eq!(me(&world, &asha.token).await.is(200).data()["email"], "asha@example.org");
}

#[tokio::test]
async fn a_confirmation_is_good_for_a_day_and_for_nothing_else() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("bela").await;
    let mails = arrived(&world).await;
    let token = |who: &str| link(&mails, who, VERIFY).unwrap();
    let (first, second) = (token("asha@example.org"), token("bela@example.org"));
    let unknown = refused(verify(&world, "unknown").await);
    let other = reset_link(&world, "asha@example.org").await;
    assert_eq!(refused(verify(&world, &other).await), unknown, "a link of another purpose");
    assert_eq!(refused(reset(&world, &first, "Another-Pass-1").await), unknown);
    login(&world, "asha@example.org", "Another-Pass-1").await.is(401);
    reset(&world, &other, "Another-Pass-1").await.is(200); // was not used up in the wrong place

    world.advance(DAY - SECOND);
    verify(&world, &second).await.is(200);
    assert_eq!(refused(verify(&world, &first).await), unknown, "no link outlives a new password");
    let cora = world.person("cora").await;
    let third = link(&arrived(&world).await, "cora@example.org", VERIFY).unwrap();
    world.advance(DAY);
    assert_eq!(refused(verify(&world, &third).await), unknown, "an expired one");
    let access = text(&refresh(&world, &cora.refresh).await.is(200), "access");
    assert_eq!(me(&world, &access).await.is(200).data()["email_verified"], false);
}

#[tokio::test]
async fn what_is_no_token_is_named() {
    let world = World::new().await;
    for path in ["verify-email", "reset-password"] {
        for body in [json!({}), json!({ "token": null }), json!({ "token": 5 }), json!({ "token": ["x"] })] {
            let answer = world.post(&format!("/api/auth/{path}"), body).await.fails(400, "validation_failed");
            assert!(answer.message().contains("token"), "{path}: {}", answer.text);
        }
    }
    let answer = world.post("/api/auth/forgot-password", json!({ "email": "nobody" })).await.is(400);
    assert!(answer.message().contains("email"), "{}", answer.text);
    for path in ["resend-verification", "change-password", "change-email"] {
        world.post(&format!("/api/auth/{path}"), json!({})).await.is(401);
    }
}

#[tokio::test]
async fn of_twenty_who_use_one_link_at_once_one_succeeds() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let token = link(&arrived(&world).await, "asha@example.org", VERIFY).unwrap();
    let answers = join_all((0..20).map(|_| verify(&world, &token))).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 200);
    assert_eq!(good.len(), 1);
    for answer in bad {
        refused(answer);
    }
    assert_eq!(is_verified(&asha).await, true);
}

#[tokio::test]
async fn of_many_who_reset_with_one_link_at_once_one_succeeds() {
    let world = World::new().await;
    world.person("asha").await;
    let token = reset_link(&world, "asha@example.org").await;
    let passwords: Vec<String> = (0..6).map(|n| format!("Another-Pass-{n}")).collect();
    let answers = join_all(passwords.iter().map(|password| reset(&world, &token, password))).await;
    let good: Vec<usize> = (0..6).filter(|n| answers[*n].status == 200).collect();
    assert_eq!(good.len(), 1, "{answers:?}");
    for (n, password) in passwords.iter().enumerate() {
        let expected = if n == good[0] { 200 } else { 401 };
        login(&world, "asha@example.org", password).await.is(expected);
    }
}

#[tokio::test]
async fn a_confirmation_is_sent_again_three_times_an_hour_and_ten_times_a_day_at_most() {
    let world = World::new().await;
    world.person("asha").await;
    let mut tokens = vec![link(&arrived(&world).await, "asha@example.org", VERIFY).unwrap()];
    let again = async || {
        let asha = another_device(&world, "asha").await;
        asha.post("/api/auth/resend-verification", json!({})).await.is(200);
        arrived(&world).await
    };
    for _ in 0..2 {
        tokens.push(link(&again().await, "asha@example.org", VERIFY).unwrap());
    }
    for _ in 0..3 {
        assert_eq!(again().await.len(), 0, "that was the third one in this hour");
    }
    world.advance(HOUR - SECOND);
    assert_eq!(again().await.len(), 0);
    world.advance(SECOND);
    for expected in [3, 3, 1] {
        let mut sent = 0;
        for _ in 0..4 {
            let mails = again().await;
            sent += mails.len();
            tokens.extend(link(&mails, "asha@example.org", VERIFY));
        }
        assert_eq!(sent, expected);
        world.advance(HOUR);
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), 10, "each mail has a link of its own");
    // Each of them is good, and none is sent to whom has used one.
    verify(&world, &tokens[4]).await.is(200);
    world.advance(DAY);
    assert_eq!(again().await.len(), 0);
}

// A forgotten password.

#[tokio::test]
async fn whether_there_is_an_account_is_not_told() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("banned").await;
    world.sql(sql!("update travelers set is_active = FALSE where username = 'banned'")).await;
    arrived(&world).await;
    let mut answers = Vec::new();
    for email in ["asha@example.org", "nobody@example.org", "banned@example.org", " ASHA@Example.org "] {
        let answer = forgot(&world, email).await.is(200);
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        answers.push((answer.body.clone(), names));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from jobs where kind = 'send_reset'").await, 4);
    let mails = arrived(&world).await;
    let to: Vec<&str> = mails.iter().map(Mail::to).collect();
    assert_eq!(to, ["asha@example.org", "asha@example.org"], "at the address as the owner wrote it");
    assert!(mails.iter().all(|m| m.token(RESET).is_some() && m.token(VERIFY).is_none()));
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_everything_from_before_ends() {
    let world = World::new().await;
    let (phone, bela) = (world.person("asha").await, world.person("bela").await);
    let tablet = another_device(&world, "asha").await;
    let confirmation = link(&arrived(&world).await, "asha@example.org", VERIFY).unwrap();
    let (token, other) = (reset_link(&world, "asha@example.org").await, reset_link(&world, "asha@example.org").await);
    assert_ne!(token, other);
    for device in [&phone, &tablet] {
        me(&world, &device.token).await.is(200);
    }
    for weak in ["short", "password1", ""] {
        let answer = reset(&world, &token, weak).await.fails(400, "validation_failed");
        assert!(answer.message().contains("password"), "{}", answer.text);
    }
    login(&world, "asha@example.org", "Test123!").await.is(200);
    reset(&world, &token, "Another-Pass-1").await.is(200); // weak ones did not use it up

    for device in [&phone, &tablet] {
        me(&world, &device.token).await.fails(401, "invalid_token");
        refresh(&world, &device.refresh).await.fails(401, "invalid_refresh_token");
    }
    login(&world, "asha@example.org", "Test123!").await.is(401);
    let asha = Person::signed_in(&world, &login(&world, "asha@example.org", "Another-Pass-1").await.is(200));
    assert_eq!(is_verified(&asha).await, true, "whoever read the mail owns the address");
    for dead in [&token, &other] {
        refused(reset(&world, dead, "Another-Pass-2").await);
    }
    refused(verify(&world, &confirmation).await);
    login(&world, "asha@example.org", "Another-Pass-1").await.is(200);
    let mails = arrived(&world).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    is_notice(&mails[0], "asha@example.org", "the password of your account was changed");
    assert!(!mails[0].text.contains("Another-Pass-1"));

    me(&world, &bela.token).await.is(200);
    next(&world, &bela.refresh).await;
    login(&world, "bela@example.org", "Test123!").await.is(200);
}

#[tokio::test]
async fn a_link_for_a_new_password_is_good_for_half_an_hour() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("bela").await;
    arrived(&world).await;
    let (first, second) = (reset_link(&world, "asha@example.org").await, reset_link(&world, "bela@example.org").await);
    world.advance(30 * MINUTE - SECOND);
    reset(&world, &first, "Another-Pass-1").await.is(200);
    world.advance(SECOND);
    refused(reset(&world, &second, "Another-Pass-1").await);
    login(&world, "bela@example.org", "Test123!").await.is(200);
}

#[tokio::test]
async fn a_receiver_gets_three_links_for_a_new_password_an_hour() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("bela").await;
    arrived(&world).await;
    let ask = async |email: &str| {
        let answer = forgot(&world, email).await.is(200);
        (answer.body, arrived(&world).await.len())
    };
    let (body, _) = ask("nobody@example.org").await;
    for expected in [1, 1, 1, 0, 0] {
        assert_eq!(ask("asha@example.org").await, (body.clone(), expected));
    }
    assert_eq!(ask("bela@example.org").await, (body.clone(), 1), "another receiver");
    world.advance(HOUR);
    assert_eq!(ask("asha@example.org").await, (body, 1));
}

#[tokio::test]
async fn who_was_banned_or_has_another_address_by_now_cannot_use_an_old_link() {
    let world = World::new().await;
    world.person("asha").await;
    let bela = world.person("bela").await;
    let confirmation = link(&arrived(&world).await, "asha@example.org", VERIFY).unwrap();
    let token = reset_link(&world, "asha@example.org").await;
    world.sql(sql!("update travelers set is_active = FALSE where username = 'asha'")).await;
    refused(reset(&world, &token, "Another-Pass-1").await);
    refused(verify(&world, &confirmation).await);
    world.sql(sql!("update travelers set is_active = TRUE where username = 'asha'")).await;
    login(&world, "asha@example.org", "Test123!").await.is(200);

    let old = reset_link(&world, "bela@example.org").await;
    let change = change_link(&world, &bela, "bela.rao@example.org").await.unwrap();
    verify(&world, &change).await.is(200);
    refused(reset(&world, &old, "Another-Pass-1").await);
    login(&world, "bela.rao@example.org", "Test123!").await.is(200);
}

// Changing the password.

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_all_other_devices_end() {
    let world = World::new().await;
    let phone = world.person("asha").await;
    let tablet = another_device(&world, "asha").await;
    arrived(&world).await;
    let outstanding = reset_link(&world, "asha@example.org").await;
    me(&world, &tablet.token).await.is(200);
    let change = async |current: &str, new: &str| {
        phone.post("/api/auth/change-password", json!({ "current_password": current, "new_password": new })).await
    };
    change("test123!", "Another-Pass-1").await.fails(403, "wrong_password");
    change("", "Another-Pass-1").await.fails(403, "wrong_password");
    let weak = change("Test123!", "password1").await.fails(400, "validation_failed");
    assert!(weak.message().contains("new_password"), "{}", weak.text);
    let missing = phone.post("/api/auth/change-password", json!({})).await.fails(400, "validation_failed");
    assert!(missing.message().contains("current_password"), "{}", missing.text);
    for device in [&phone, &tablet] {
        me(&world, &device.token).await.is(200);
    }
    assert_eq!(arrived(&world).await.len(), 0);

    let answer = change("Test123!", "Another-Pass-1").await.is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let fresh = Person::signed_in(&world, &answer);
    for device in [&phone, &tablet] {
        me(&world, &device.token).await.fails(401, "invalid_token");
        refresh(&world, &device.refresh).await.fails(401, "invalid_refresh_token");
    }
    assert_eq!(me(&world, &fresh.token).await.is(200).data()["id"], phone.id);
    next(&world, &fresh.refresh).await;
    assert_eq!(fresh.get("/api/auth/sessions").await.is(200).data().as_array().unwrap().len(), 1);
    login(&world, "asha@example.org", "Test123!").await.is(401);
    login(&world, "asha@example.org", "Another-Pass-1").await.is(200);
    refused(reset(&world, &outstanding, "Another-Pass-2").await);
    let mails = arrived(&world).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    is_notice(&mails[0], "asha@example.org", "the password of your account was changed");
}

// Changing the address.

#[tokio::test]
async fn an_address_is_changed_when_the_new_one_is_confirmed() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    arrived(&world).await;
    let body = |password: &str, email: &str| json!({ "current_password": password, "email": email });
    let change = "/api/auth/change-email";
    asha.post(change, body("wrong", "asha.rao@example.org")).await.fails(403, "wrong_password");
    asha.post(change, body("Test123!", "nonsense")).await.fails(400, "validation_failed");
    assert_eq!(arrived(&world).await.len(), 0);

    asha.post(change, body("Test123!", "Asha.Rao@example.org")).await.is(200);
    let mails = arrived(&world).await;
    assert_eq!(mails.len(), 2, "{mails:?}");
    let token = link(&mails, "Asha.Rao@example.org", VERIFY).unwrap();
    let old = mails.iter().find(|m| m.to() == "asha@example.org").unwrap();
    is_notice(old, "asha@example.org", "asked to change the e-mail address");
    assert!(!old.text.contains(&token) && !old.html.contains(&token));
    assert_eq!(me(&world, &asha.token).await.data()["email"], "asha@example.org", "not before it is confirmed");
    login(&world, "asha.rao@example.org", "Test123!").await.is(401);
    refused(reset(&world, &token, "Another-Pass-1").await);

    verify(&world, &token).await.is(200);
    let now = me(&world, &asha.token).await.is(200);
    assert_eq!((&now.data()["email"], &now.data()["email_verified"]), (&json!("Asha.Rao@example.org"), &json!(true)));
    login(&world, "asha.rao@example.org", "Test123!").await.is(200);
    login(&world, "asha@example.org", "Test123!").await.is(401);
    let mails = arrived(&world).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    is_notice(&mails[0], "asha@example.org", "was changed to another one");
    refused(verify(&world, &token).await);
    world.person("asha2").await; // the old address is free again
    let again = json!({ "email": "asha@example.org", "username": "asha3", "password": "Test123!" });
    world.post("/api/auth/register", again).await.is(201);
}

#[tokio::test]
async fn the_confirmation_of_the_old_address_does_not_confirm_the_new_one() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let old = link(&arrived(&world).await, "asha@example.org", VERIFY).unwrap();
    let token = change_link(&world, &asha, "asha.rao@example.org").await.unwrap();
    verify(&world, &token).await.is(200);
    refused(verify(&world, &old).await);
    assert_eq!(me(&world, &asha.token).await.data()["email"], "asha.rao@example.org");
}

#[tokio::test]
async fn an_address_of_another_account_gets_no_mail_and_the_answer_is_the_same() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.person("bela").await;
    arrived(&world).await;
    let ask = async |email: &str| {
        let body = json!({ "current_password": "Test123!", "email": email });
        let answer = asha.post("/api/auth/change-email", body).await.is(200).body;
        let to: Vec<String> = arrived(&world).await.iter().map(|m| m.to().to_owned()).collect();
        (answer, to)
    };
    let (free, to) = ask("free@example.org").await;
    assert_eq!(to, ["free@example.org", "asha@example.org"]);
    for taken in ["bela@example.org", "BELA@example.org", "asha@example.org"] {
        let (answer, to) = ask(taken).await;
        assert_eq!(answer, free, "{taken}");
        assert_eq!(to, ["asha@example.org"], "{taken}: only the notice");
    }
}

#[tokio::test]
async fn of_two_accounts_that_confirm_one_address_the_second_is_refused() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    arrived(&world).await;
    let first = change_link(&world, &asha, "shared@example.org").await.unwrap();
    let second = change_link(&world, &bela, "Shared@example.org").await;
    let second = second.unwrap();
    verify(&world, &first).await.is(200);
    for _ in 0..2 {
        verify(&world, &second).await.fails(409, "email_taken");
    }
    assert_eq!(me(&world, &bela.token).await.data()["email"], "bela@example.org");
    assert_eq!(me(&world, &asha.token).await.data()["email"], "shared@example.org");

    // The same at once.
    let (cora, dora) = (world.person("cora").await, world.person("dora").await);
    arrived(&world).await;
    let one = change_link(&world, &cora, "both@example.org").await.unwrap();
    let two = change_link(&world, &dora, "both@example.org").await.unwrap();
    let (one, two) = tokio::join!(verify(&world, &one), verify(&world, &two));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, two.text);
}

// Devices.

#[tokio::test]
async fn devices_are_listed_with_what_is_kept_of_them() {
    let world = World::new().await;
    world.person("bela").await;
    let phone = world.person("asha").await;
    world.advance(MINUTE);
    let body = json!({ "email": "asha@example.org", "password": "Test123!" });
    let agent = [("user-agent", "Firefox on a tablet")];
    let tablet = Person::signed_in(&world, &world.send(request("POST", "/api/auth/login", &agent, body)).await.is(200));
    let list = tablet.get("/api/auth/sessions").await.is(200);
    assert_eq!(list.header("cache-control"), "no-store");
    let [new, old] = &list.data().as_array().unwrap()[..] else { panic!("{}", list.text) };
    assert_eq!((&new["device"], &new["network"]), (&json!("Firefox on a tablet"), &json!("192.0.2.0/24")));
    assert_eq!((&old["device"], &old["network"]), (&json!("unknown"), &json!("192.0.2.0/24")));
    assert_eq!((&new["current"], &old["current"]), (&json!(true), &json!(false)));
    assert!(!list.text.contains("192.0.2.1"), "{}", list.text);
    for device in [new, old] {
        let mut keys: Vec<&str> = device.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["created_at", "current", "device", "id", "last_used_at", "network"]);
    }
    // The one that was used last comes first.
    world.advance(MINUTE);
    next(&world, &phone.refresh).await;
    let list = phone.get("/api/auth/sessions").await.is(200);
    assert_eq!((&list.data()[0]["id"], &list.data()[0]["current"]), (&old["id"], &json!(true)));
    assert_ne!(list.data()[0]["last_used_at"], list.data()[0]["created_at"]);
    world.get("/api/auth/sessions").await.is(401);
}

/// The id of the session that this device has.
async fn session(device: &Person<'_>) -> String {
    let list = device.get("/api/auth/sessions").await.is(200);
    let mut current = list.data().as_array().unwrap().iter().filter(|s| s["current"] == true);
    let id = current.next().unwrap()["id"].as_str().unwrap().to_owned();
    assert!(current.next().is_none(), "{}", list.text);
    id
}

#[tokio::test]
async fn a_device_is_signed_out_from_another_one_at_once() {
    let world = World::new().await;
    let (phone, bela) = (world.person("asha").await, world.person("bela").await);
    let tablet = another_device(&world, "asha").await;
    let lost = format!("/api/auth/sessions/{}", session(&tablet).await);
    let foreign = bela.delete(&lost).await.is(404);
    let random = bela.delete(&format!("/api/auth/sessions/{}", Uuid::from_u128(7))).await.is(404);
    for key in ["code", "message"] {
        assert_eq!(foreign.body[key], random.body[key]);
    }
    world.call("DELETE".parse().unwrap(), &lost, None, None).await.is(401);
    me(&world, &tablet.token).await.is(200);

    phone.delete(&lost).await.is(200);
    me(&world, &tablet.token).await.fails(401, "invalid_token");
    refresh(&world, &tablet.refresh).await.fails(401, "invalid_refresh_token");
    phone.delete(&lost).await.is(404);
    let list = phone.get("/api/auth/sessions").await.is(200);
    assert_eq!(list.data().as_array().unwrap().len(), 1);
    me(&world, &bela.token).await.is(200);
    phone.delete(&format!("/api/auth/sessions/{}", session(&phone).await)).await.is(200);
    me(&world, &phone.token).await.fails(401, "invalid_token");
}

#[tokio::test]
async fn all_devices_are_signed_out_together() {
    let world = World::new().await;
    let (phone, bela) = (world.person("asha").await, world.person("bela").await);
    let tablet = another_device(&world, "asha").await;
    me(&world, &tablet.token).await.is(200);
    phone.delete("/api/auth/sessions").await.is(200);
    for device in [&phone, &tablet] {
        me(&world, &device.token).await.fails(401, "invalid_token");
        refresh(&world, &device.refresh).await.fails(401, "invalid_refresh_token");
    }
    me(&world, &bela.token).await.is(200);
    assert_eq!(another_device(&world, "asha").await.id, phone.id);
}

#[tokio::test]
async fn a_session_that_expired_is_not_listed() {
    let world = World::new().await;
    world.person("asha").await;
    world.advance(90 * DAY);
    let asha = another_device(&world, "asha").await;
    let list = asha.get("/api/auth/sessions").await.is(200);
    assert_eq!(list.data().as_array().unwrap().len(), 1, "{}", list.text);
}

// What a stolen token leads to.

#[tokio::test]
async fn the_owner_of_a_token_that_came_back_is_told_once() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    arrived(&world).await;
    for person in [&asha, &bela] {
        next(&world, &person.refresh).await;
    }
    assert_eq!(arrived(&world).await.len(), 0);
    world.advance(MINUTE);
    // However many of them there are at once, and afterwards.
    for answer in join_all((0..10).map(|_| refresh(&world, &asha.refresh))).await {
        answer.fails(401, "invalid_refresh_token");
    }
    refresh(&world, &asha.refresh).await.fails(401, "invalid_refresh_token");
    let mails = arrived(&world).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    is_notice(&mails[0], "asha@example.org", "was used from two places");
}

// The jobs behind it.

#[tokio::test]
async fn a_mail_that_is_tried_again_has_the_same_link() {
    let world = World::new().await;
    world.person("asha").await;
    arrived(&world).await;
    // The outbox cannot be written.
    let (outbox, aside) = (world.store().folder().join("outbox"), world.store().folder().join("aside"));
    std::fs::rename(&outbox, &aside).unwrap();
    std::fs::write(&outbox, "no folder").unwrap();
    forgot(&world, "asha@example.org").await.is(200);
    let granted = "select cast(count(*) as bigint) from mail_tokens where purpose = 'reset_password'";
    let failed = "select cast(count(*) as bigint) from jobs where kind = 'send_reset' and last_error is not null";
    for _ in 0..4 {
        kernel::jobs::run_ready(&world.app).await.unwrap();
        assert_eq!((world.scalar(granted).await, world.scalar(failed).await), (1, 1));
        world.advance(10 * MINUTE);
    }
    std::fs::remove_file(&outbox).unwrap();
    std::fs::rename(&aside, &outbox).unwrap();
    kernel::jobs::run_ready(&world.app).await.unwrap();
    assert_eq!((world.scalar(granted).await, world.scalar(failed).await), (1, 0));
    let token = link(&world.mails(), "asha@example.org", RESET).unwrap();
    // Half an hour from when the mail was sent at last, and not from when it was asked for.
    world.advance(30 * MINUTE - SECOND);
    reset(&world, &token, "Another-Pass-1").await.is(200);
}

#[tokio::test]
async fn a_mail_whose_process_died_after_it_was_sent_is_sent_with_the_same_link() {
    let world = World::new().await;
    world.person("asha").await;
    arrived(&world).await;
    forgot(&world, "asha@example.org").await.is(200);
    world.sql(sql!("update jobs set id = $1").bind(Uuid::from_u128(u128::MAX))).await;
    let copy = "create table copies as select * from jobs";
    world.sql(kernel::db::open(copy)).await;
    let first = link(&arrived(&world).await, "asha@example.org", RESET).unwrap();
    world.sql(kernel::db::open("insert into jobs select * from copies")).await;
    world.run_jobs().await;
    assert_eq!(link(&world.mails(), "asha@example.org", RESET).unwrap(), first);
    // A link that was used is not made good again by that.
    reset(&world, &first, "Another-Pass-1").await.is(200);
    world.sql(kernel::db::open("insert into jobs select * from copies")).await;
    world.run_jobs().await;
    refused(reset(&world, &first, "Another-Pass-2").await);
}

#[tokio::test]
async fn no_token_and_no_password_lies_in_the_database() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let token = link(&arrived(&world).await, "asha@example.org", VERIFY).unwrap();
    asha.post("/api/auth/resend-verification", json!({})).await.is(200);
    let mut db = world.app.db.read().await.unwrap();
    let payloads: Vec<kernel::db::Json<Value>> = db.all(sql!("select payload from jobs")).await.unwrap();
    drop(db);
    assert!(payloads.iter().all(|p| !p.0.to_string().contains(&token)));
    let mut tx = world.app.db.write().await.unwrap();
    let plain = sql!("select cast(count(*) as bigint) from mail_tokens where hash = $1").bind(token.into_bytes());
    assert_eq!(tx.one::<i64>(plain).await.unwrap(), 0);
}

#[tokio::test]
async fn links_are_forgotten_after_two_days() {
    let world = World::new().await;
    world.person("asha").await;
    arrived(&world).await;
    let kept = "select cast(count(*) as bigint) from mail_tokens";
    let clean_up = async || {
        let mut tx = world.app.db.write().await.unwrap();
        tx.run(
            sql!(
                "insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
                 values ($1, 'clean_up_sessions', $2, 'ready', $3, 0, 5, $3)"
            )
            .bind(world.app.new_uuid())
            .bind(kernel::db::Json(Value::Null))
            .bind(world.app.clock.now()),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        world.run_jobs().await;
    };
    world.advance(2 * DAY);
    clean_up().await;
    assert_eq!(world.scalar(kept).await, 1);
    world.advance(SECOND);
    clean_up().await;
    assert_eq!(world.scalar(kept).await, 0);
}
