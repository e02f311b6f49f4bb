//! The links of mails, followed in a browser that knows nothing but this server.

use crate::{DAY, MINUTE};
use testkit::{Answer, World, form_encoded, json};

/// Where this server says that it is, when nothing else is set.
const ROOT: &str = "http://127.0.0.1:5000";
const VERIFY: &str = "/verify-email";
const RESET: &str = "/reset-password";
const MADE_UP: &str = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D";

/// The token of the latest mail to this address with a link to this page of ours.
async fn mailed_token(world: &World, to: &str, page: &str) -> String {
    world.run_jobs().await;
    let link = format!("{ROOT}{page}");
    world.mails().iter().rev().filter(|m| m.to() == to).find_map(|m| m.token(&link)).unwrap()
}

async fn show(world: &World, page: &str, token: &str) -> Answer {
    world.get(&format!("{page}?token={}", form_encoded(token))).await
}

async fn login(world: &World, email: &str, password: &str) -> u16 {
    world.post("/api/auth/login", json!({ "email": email, "password": password })).await.status
}

/// Fails unless it is the page of every bad link; what it says without the request's own id.
#[track_caller]
fn refused(answer: Answer) -> String {
    let answer = answer.is_page(400);
    assert!(answer.text.contains("This link is not valid or no longer valid: ask for a new one"), "{}", answer.text);
    answer.text.replace(answer.header("x-request-id"), "")
}

#[tokio::test]
async fn an_address_is_confirmed_by_the_page_of_the_mailed_link_once() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let token = mailed_token(&world, "asha@example.org", VERIFY).await;
    for _ in 0..2 {
        let page = show(&world, VERIFY, &token).await.is_page(200);
        assert!(page.text.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", page.text);
        assert!(!page.text.contains("type=\"password\""), "{}", page.text);
    }
    let is_verified = || async { asha.get("/api/auth/me").await.is(200).data()["email_verified"].clone() };
    assert_eq!(is_verified().await, false, "a program that opens links confirms nothing");
    let done = world.submit(VERIFY, &[("token", &token)]).await.is_page(200);
    assert!(done.text.contains("Email verified"), "{}", done.text);
    assert_eq!(is_verified().await, true);
    let again = refused(world.submit(VERIFY, &[("token", &token)]).await);
    assert_eq!(
        refused(world.submit(VERIFY, &[("token", MADE_UP)]).await),
        again,
        "a used one looks like an unknown one"
    );
    let late = mailed_token(&world, "bela@example.org", VERIFY).await;
    world.advance(DAY);
    assert_eq!(refused(world.submit(VERIFY, &[("token", &late)]).await), again, "and like an expired one");
    // The page looks at nothing, so it does not tell one from the other.
    let form = |page: Answer, token: &str| page.is_page(200).text.replace(token, "");
    assert_eq!(form(show(&world, VERIFY, &late).await, &late), form(show(&world, VERIFY, MADE_UP).await, MADE_UP));
    drop(bela);
}

#[tokio::test]
async fn a_new_password_is_set_by_the_page_of_the_mailed_link_once() {
    let world = World::new().await;
    world.person("asha").await;
    world.person("bela").await;
    world.post("/api/auth/forgot-password", json!({ "email": "asha@example.org" })).await.is(200);
    let token = mailed_token(&world, "asha@example.org", RESET).await;
    for _ in 0..2 {
        let page = show(&world, RESET, &token).await.is_page(200);
        assert!(page.text.contains("<label for=\"password\">New password</label>"), "{}", page.text);
        assert!(page.text.contains("autocomplete=\"new-password\""), "{}", page.text);
    }
    // What is mistyped does not use the link up, and does not come back.
    for (password, fault) in
        [("short-1", "The password must have at least 8 characters"), ("", "The password is required")]
    {
        let again = world.submit(RESET, &[("token", &token), ("password", password)]).await.is_page(400);
        assert!(again.text.contains(fault), "{}", again.text);
        assert!(again.text.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", again.text);
        assert!(password.is_empty() || !again.text.contains(password), "{}", again.text);
    }
    let done = world.submit(RESET, &[("token", &token), ("password", "Añother pass & <1>")]).await.is_page(200);
    assert!(done.text.contains("Password changed: sign in with the new one"), "{}", done.text);
    assert_eq!(login(&world, "asha@example.org", "Test123!").await, 401);
    assert_eq!(login(&world, "asha@example.org", "Añother pass & <1>").await, 200);
    let again = refused(world.submit(RESET, &[("token", &token), ("password", "Third-Pass-1")]).await);
    assert_eq!(refused(world.submit(RESET, &[("token", MADE_UP), ("password", "Third-Pass-1")]).await), again);
    world.post("/api/auth/forgot-password", json!({ "email": "bela@example.org" })).await.is(200);
    let late = mailed_token(&world, "bela@example.org", RESET).await;
    world.advance(30 * MINUTE);
    assert_eq!(refused(world.submit(RESET, &[("token", &late), ("password", "Third-Pass-1")]).await), again);
    assert_eq!(login(&world, "bela@example.org", "Test123!").await, 200);
}

#[tokio::test]
async fn a_private_registration_asks_for_its_password_on_the_page() {
    let world = World::with(&[("REGISTRATION", "private")]).await;
    let body = json!({ "email": "asha@example.org", "username": "asha", "password": "Test123!" });
    world.post("/api/auth/register", body).await.is(202);
    let token = mailed_token(&world, "asha@example.org", VERIFY).await;
    show(&world, VERIFY, &token).await.is_page(200);
    let asks = world.submit(VERIFY, &[("token", &token)]).await.is_page(400);
    assert!(asks.text.contains("The password is required to begin the account"), "{}", asks.text);
    assert!(asks.text.contains("<label for=\"password\">Your password</label>"), "{}", asks.text);
    let wrong = world.submit(VERIFY, &[("token", &token), ("password", "Another-Pass-1")]).await.is_page(403);
    assert!(wrong.text.contains("That is not the password that you registered with"), "{}", wrong.text);
    assert!(wrong.text.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", wrong.text);
    assert_eq!(login(&world, "asha@example.org", "Test123!").await, 401);
    world.submit(VERIFY, &[("token", &token), ("password", "Test123!")]).await.is_page(200);
    assert_eq!(login(&world, "asha@example.org", "Test123!").await, 200);
    refused(world.submit(VERIFY, &[("token", &token), ("password", "Test123!")]).await);
}

#[tokio::test]
async fn another_address_that_somebody_took_meanwhile_is_said_on_the_page() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let change = json!({ "current_password": "Test123!", "email": "bela@example.org" });
    asha.post("/api/auth/change-email", change).await.is(200);
    let token = mailed_token(&world, "bela@example.org", VERIFY).await;
    world.person("bela").await;
    let taken = world.submit(VERIFY, &[("token", &token)]).await.is_page(409);
    assert!(taken.text.contains("An account with this e-mail already exists"), "{}", taken.text);
    assert_eq!(asha.get("/api/auth/me").await.is(200).data()["email"], "asha@example.org");
}

#[tokio::test]
async fn what_stands_in_a_link_is_text_on_the_page() {
    let world = World::new().await;
    for page in [VERIFY, RESET] {
        let shown = show(&world, page, "\"><b>x</b><script>").await.is_page(200);
        assert!(shown.text.contains("value=\"&quot;&gt;&lt;b&gt;x&lt;&#x2f;b&gt;&lt;script&gt;\""), "{}", shown.text);
        assert!(!shown.text.contains("<b>") && !shown.text.contains("<script"), "{}", shown.text);
        for incomplete in [world.get(page).await, world.submit(page, &[]).await] {
            let text = incomplete.is_page(400).text;
            assert!(text.contains("open the link of the mail again"), "{text}");
        }
    }
}
