//! Pages for people: their headers, and their errors.

use crate::{post, request};
use axum::http::Method;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use testkit::{Answer, World};

const PAGES: [&str; 4] = ["/emergency-contact", "/emergency-alert", "/verify-email", "/reset-password"];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// What stands between the two.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

#[track_caller]
fn is_secured(answer: &Answer) {
    // The one style that the policy lets through is the one that stands in the page.
    let hash = BASE64_STANDARD.encode(Sha256::digest(between(&answer.text, "<style>", "</style>").as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    for (name, value) in [
        ("content-security-policy", policy.as_str()),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("set-cookie", ""),
        ("etag", ""),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
        assert!(answer.headers.get_all(name).iter().count() <= 1, "{name}");
    }
    assert!(answer.text.contains("<html lang=\"en\">"), "{}", answer.text);
    assert!(answer.text.contains("<meta name=\"robots\" content=\"noindex\">"), "{}", answer.text);
    for forbidden in ["<script", " style=", " src=", "<link", "http://", "https://", "onclick"] {
        assert!(!answer.text.contains(forbidden), "{forbidden}: {}", answer.text);
    }
    // Every field that is seen has a label.
    for input in answer.text.split("<input id=\"").skip(1) {
        let name = input.split('"').next().unwrap();
        assert!(answer.text.contains(&format!("<label for=\"{name}\">")), "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn pages_and_their_errors_run_nothing_and_are_kept_nowhere() {
    let world = World::new().await;
    for path in ["/verify-email", "/reset-password"] {
        is_secured(&world.get(&format!("{path}?token=x")).await.is_page(200));
    }
    for path in PAGES {
        for (status, answer) in [
            (400, world.get(path).await),
            (400, world.submit(path, &[("token", "x"), ("agree", "true"), ("password", "Another-Pass-1")]).await),
            (400, world.send(request(Method::POST, path, &[FORM], "token=x&token=y")).await),
            (400, world.send(request(Method::POST, path, &[FORM], "token=x%00&agree=true&password=Another-1")).await),
            (400, world.send(request(Method::GET, &format!("{path}?token=x%00"), &[], "")).await),
            (405, world.send(request(Method::PUT, path, &[FORM], "token=x")).await),
            (413, world.send(request(Method::POST, path, &[FORM, ("content-length", "999999")], "token=x")).await),
            (415, world.send(post(path, "{\"token\":\"x\"}")).await),
        ] {
            is_secured(&answer.is_page(status));
        }
    }
    // The rest of the server answers programs.
    world.get("/verify-emails").await.fails(404, "not_found");
    world
        .send(request(Method::POST, "/api/auth/verify-email", &[FORM], "token=x"))
        .await
        .fails(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_page_takes_from_the_bucket_of_the_operation_that_it_stands_for() {
    for (operation, page, body) in [
        ("/api/auth/verify-email", "/verify-email", "{\"token\":\"x\"}"),
        ("/api/auth/reset-password", "/reset-password", "{\"token\":\"x\",\"password\":\"Another-Pass-1\"}"),
        ("/api/women-safety/contacts/confirm", "/emergency-contact", "{\"token\":\"x\",\"agree\":true}"),
        ("/api/women-safety/emergency-alert/acknowledge", "/emergency-alert", "{\"token\":\"x\"}"),
    ] {
        let world = World::with(&[("RATELIMIT_ENABLED", "true")]).await;
        let mut status = 400;
        for _ in 0..40 {
            status = world.send(post(operation, body)).await.status;
            if status == 429 {
                break;
            }
        }
        assert_eq!(status, 429, "{operation}");
        let answer = world.submit(page, &[("token", "x")]).await.is_page(429);
        assert!(answer.text.contains("Too many requests: wait"), "{}", answer.text);
        assert!(!answer.header("retry-after").is_empty());
        is_secured(&answer);
    }
}
