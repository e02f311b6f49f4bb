//! What is found out first decides the answer: it says how much a stranger learns and what a mistake costs.

use crate::{from, post, request, trip};
use axum::http::Method;
use testkit::{World, json};

const NOBODY: &str = "/api/itineraries/01a3b1c2-7a00-7000-8000-00000000002a";

#[tokio::test]
async fn an_unknown_address_and_method_come_before_the_token() {
    let world = World::new().await;
    for token in [None, Some("nonsense")] {
        world.call(Method::GET, "/api/nowhere", token, None).await.fails(404, "not_found");
        world.call(Method::POST, "/api/auth/nowhere", token, Some(json!({}))).await.fails(404, "not_found");
        world.call(Method::PUT, "/api/auth/me", token, None).await.fails(405, "method_not_allowed");
        world.call(Method::DELETE, "/api/itineraries", token, None).await.fails(405, "method_not_allowed");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_comes_before_the_token() {
    let world = World::new().await;
    for headers in
        [&[("content-length", "13000000")][..], &[("content-length", "13000000"), ("authorization", "Bearer x")]]
    {
        let large = request(Method::POST, "/api/itineraries", headers, "");
        world.send(large).await.fails(413, "body_too_large");
    }
    world.call(Method::POST, "/api/itineraries", None, None).await.fails(401, "missing_token");
}

#[tokio::test]
async fn a_missing_token_comes_before_the_limit_and_costs_nothing() {
    let world = World::with(&[("RATELIMIT_ENABLED", "true")]).await;
    for n in 0..150 {
        let token = if n % 2 == 0 { None } else { Some("nonsense") };
        let answer = world.call(Method::POST, "/api/itineraries", token, Some(json!({}))).await;
        assert_eq!(answer.status, 401, "{n}: {}", answer.text);
    }
    world.call(Method::GET, "/api/itineraries", Some("nonsense"), None).await.fails(401, "invalid_token");
    world.get("/api/itineraries").await.is(200);
}

#[tokio::test]
async fn the_limit_comes_before_the_body_is_read() {
    let world = World::with(&[("RATELIMIT_ENABLED", "true")]).await;
    for _ in 0..10 {
        world.send(post("/api/auth/login", "{")).await.fails(400, "malformed_json");
    }
    world.send(post("/api/auth/login", "{")).await.fails(429, "rate_limited");
    world.send(request(Method::POST, "/api/auth/login", &[], "text")).await.fails(429, "rate_limited");
    // What is found out before it still comes first.
    world.send(request(Method::POST, "/api/auth/login", &[("content-length", "300000")], "")).await.is(413);
    world.send(from("192.0.2.2", post("/api/auth/login", "{"))).await.fails(400, "malformed_json");
}

#[tokio::test]
async fn the_shape_of_a_request_comes_before_what_it_is_about() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let published = format!("/api/itineraries/{}", asha.publishes(trip("Three days in Tokyo")).await);
    let mut draft = trip("A draft of Tokyo");
    draft["is_published"] = json!(false);
    let draft = format!("/api/itineraries/{}", asha.publishes(draft).await);
    for path in [NOBODY, &published, &draft] {
        for bad in [json!({"title": "x"}), json!({"difficulty": "impossible"}), json!({"duration_days": 0})] {
            for method in [Method::PUT, Method::PATCH] {
                let answer = world.call(method, path, Some(&bela.token), Some(bad.clone())).await;
                assert_eq!(answer.status, 400, "{path} {bad}: {}", answer.text);
            }
        }
    }
    let good = json!({"title": "Another good title"});
    bela.put(NOBODY, good.clone()).await.fails(404, "not_found");
    bela.patch(&draft, good.clone()).await.fails(404, "not_found");
    bela.patch(&published, good).await.fails(403, "not_author");
    // Who may not at all learns nothing of what is there.
    for path in [NOBODY, &published, &draft] {
        bela.post(&format!("{path}/feature"), json!({})).await.fails(403, "admin_required");
    }
}
