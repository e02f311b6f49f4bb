//! Linking an account at GitHub to one's own, and unlinking it.

use super::{ASHA, BELA, Browser, Landing, Someone, back, provider::Provider, query, signs_in, stage, told};
use crate::me;
use axum::http::Method;
use kernel::sql;
use testkit::{Person, World, json};

/// Begins to link; the page of GitHub.
async fn begins(browser: &mut Browser<'_>, person: &Person<'_>) -> String {
    let answer = browser.get("/api/auth/github/connect", Some(&person.token)).await.is(200);
    assert!(answer.header("set-cookie").starts_with("oauth="), "{:?}", answer.headers);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.data()["auth_url"].as_str().unwrap().to_owned()
}

async fn links(world: &World, provider: &Provider, person: &Person<'_>, who: &Someone) -> Landing {
    let mut browser = Browser::new(world);
    let page = begins(&mut browser, person).await;
    let code = provider.agrees(&page, who);
    browser.comes_back("github", &back(&page, &code)).await
}

#[track_caller]
fn ends(landing: &Landing, name: &str, value: &str) {
    assert_eq!((landing.path.as_str(), landing.parameters.len()), ("/profile", 1), "{landing:?}");
    assert_eq!(landing.parameters.get(name).map(String::as_str), Some(value), "{landing:?}");
}

#[tokio::test]
async fn a_linked_account_signs_in_whatever_its_address() {
    let (world, provider) = stage().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    world.run_jobs().await;
    // Not even an address of hers is needed, and one that is bela's changes nothing.
    let who = Someone { email: Some("bela@example.org"), is_verified: false, ..ASHA };
    ends(&links(&world, &provider, &asha, &who).await, "github", "connected");
    let mails = told(&world, "asha@example.org").await;
    assert!(mails.len() == 1 && mails[0].contains("was linked to yours"), "{mails:?}");
    let own = asha.get("/api/auth/me").await;
    assert_eq!((&own.data()["github_connected"], &own.data()["github_username"]), (&json!(true), &json!("asharao")));
    let landing = signs_in(&world, &provider, "github", &who).await;
    assert_eq!(me(&world, landing.access()).await.data()["id"], asha.id);
    assert_eq!(bela.get("/api/auth/me").await.data()["github_connected"], json!(false));
    // Once more is fine, and no news.
    ends(&links(&world, &provider, &asha, &who).await, "github", "connected");
    assert_eq!(told(&world, "asha@example.org").await.len(), 0);
}

#[tokio::test]
async fn an_account_is_linked_to_one_other_at_most() {
    let (world, provider) = stage().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    ends(&links(&world, &provider, &asha, &ASHA).await, "github", "connected");
    ends(&links(&world, &provider, &bela, &ASHA).await, "github_error", "already_linked");
    ends(&links(&world, &provider, &asha, &BELA).await, "github_error", "already_connected");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from identities").await, 1);
}

#[tokio::test]
async fn only_the_session_and_the_browser_that_began_it_can_link() {
    let (world, provider) = stage().await;
    let asha = world.person("asha").await;
    world.get("/api/auth/github/connect").await.fails(401, "missing_token");
    // What an attacker began ends in nobody's browser but their own: a victim who is sent to its end links nothing.
    let mut attacker = Browser::new(&world);
    let page = begins(&mut attacker, &asha).await;
    let code = provider.agrees(&page, &BELA);
    let mut victim = Browser::new(&world);
    begins(&mut victim, &asha).await;
    ends(&victim.comes_back("github", &back(&page, &code)).await, "github_error", "invalid_state");

    // The session has ended meanwhile.
    let mut browser = Browser::new(&world);
    let page = begins(&mut browser, &asha).await;
    let code = provider.agrees(&page, &ASHA);
    asha.post("/api/auth/logout", json!({})).await.is(200);
    ends(&browser.comes_back("github", &back(&page, &code)).await, "github_error", "session_ended");
    // Her account is disabled meanwhile.
    let asha = crate::another_device(&world, "asha").await;
    let page = begins(&mut browser, &asha).await;
    let code = provider.agrees(&page, &ASHA);
    world.sql(sql!("update travelers set is_active = FALSE")).await;
    ends(&browser.comes_back("github", &back(&page, &code)).await, "github_error", "session_ended");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from identities").await, 0);
    // What the provider says ends there too.
    world.sql(sql!("update travelers set is_active = TRUE")).await;
    let page = begins(&mut browser, &asha).await;
    let denied = format!("error=access_denied&state={}", query(&page)["state"]);
    ends(&browser.comes_back("github", &denied).await, "github_error", "access_denied");
}

#[tokio::test]
async fn linking_is_no_sign_in() {
    let (world, provider) = stage().await;
    let asha = world.person("asha").await;
    let sessions = || world.scalar("select cast(count(*) as bigint) from sessions");
    let before = sessions().await;
    links(&world, &provider, &asha, &ASHA).await;
    assert_eq!(sessions().await, before);
}

#[tokio::test]
async fn an_unlinked_account_signs_in_no_more() {
    let (world, provider) = stage().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    world.call(Method::POST, "/api/auth/github/disconnect", None, None).await.fails(401, "missing_token");
    asha.post("/api/auth/github/disconnect", json!({})).await.fails(409, "not_connected");
    let who = Someone { email: None, ..ASHA };
    links(&world, &provider, &asha, &who).await;
    links(&world, &provider, &bela, &BELA).await;
    world.run_jobs().await;
    let answer = asha.post("/api/auth/github/disconnect", json!({})).await.is(200);
    assert_eq!(answer.data()["id"], asha.id);
    assert_eq!((&answer.data()["github_connected"], &answer.data()["github_username"]), (&json!(false), &json!(null)));
    let mails = told(&world, "asha@example.org").await;
    assert!(mails.len() == 1 && mails[0].contains("was unlinked"), "{mails:?}");
    signs_in(&world, &provider, "github", &who).await.refuses("github", "no_email");
    signs_in(&world, &provider, "github", &BELA).await.access();
    asha.post("/api/auth/github/disconnect", json!({})).await.fails(409, "not_connected");
}

#[tokio::test]
async fn the_last_way_in_stays_open() {
    let (world, provider) = stage().await;
    let landing = signs_in(&world, &provider, "github", &ASHA).await;
    let token = landing.access().to_owned();
    let disconnect = || world.call(Method::POST, "/api/auth/github/disconnect", Some(&token), None);
    disconnect().await.fails(409, "last_way_in");
    assert_eq!(me(&world, &token).await.data()["github_connected"], json!(true));
    // Another way in: Google.
    signs_in(&world, &provider, "google", &ASHA).await.access();
    disconnect().await.is(200);
    // Or a password: with it, GitHub is not the last one.
    signs_in(&world, &provider, "github", &BELA).await.access();
    world.sql(sql!("update travelers set password_hash = 'x' where username = 'bela'")).await;
    let bela = signs_in(&world, &provider, "github", &BELA).await.access().to_owned();
    world.call(Method::POST, "/api/auth/github/disconnect", Some(&bela), None).await.is(200);
}
