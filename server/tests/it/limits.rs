//! How often somebody may call.

use crate::{from, get, post, request};
use axum::http::Method;
use std::time::Duration;
use testkit::{Answer, World, json, setting};

const ON: (&str, &str) = ("RATELIMIT_ENABLED", "true");

/// A sign-in that fails, and costs as much as one that does not.
async fn login(world: &World, address: &str, forwarded: Option<&str>) -> Answer {
    let mut request = post("/api/auth/login", "{}");
    if let Some(forwarded) = forwarded {
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
    }
    world.send(from(address, request)).await
}

/// How many of `n` sign-ins pass.
async fn logins(world: &World, address: &str, n: u32) -> u32 {
    let mut passed = 0;
    for _ in 0..n {
        passed += u32::from(login(world, address, None).await.status == 400);
    }
    passed
}

#[tokio::test]
async fn an_address_may_sign_in_ten_times_and_then_waits() {
    let world = World::with(&[ON]).await;
    assert_eq!(logins(&world, "192.0.2.1", 10).await, 10);
    let answer = login(&world, "192.0.2.1", None).await.fails(429, "rate_limited");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert!(answer.message().contains(&format!("{wait} seconds")), "{}", answer.text);
    assert_eq!(logins(&world, "192.0.2.2", 3).await, 3, "another address");
    world.send(from("192.0.2.1", get("/api/itineraries"))).await.is(200); // another class
    if setting("TEST_REDIS_URL").is_none() {
        world.advance(Duration::from_secs(wait));
        assert_eq!(logins(&world, "192.0.2.1", 3).await, 1);
    }
}

#[tokio::test]
async fn an_address_may_register_three_times_an_hour() {
    let world = World::with(&[ON]).await;
    let mut passed = 0;
    for n in 0..6 {
        let body =
            json!({"email": format!("p{n}@example.org"), "username": format!("person{n}"), "password": "Test123!"});
        passed += i32::from(world.post("/api/auth/register", body).await.status == 201);
    }
    assert_eq!(passed, 3);
    assert_eq!(logins(&world, "192.0.2.1", 2).await, 2, "signing in has a bucket of its own");
}

#[tokio::test]
async fn reading_is_limited_by_address_and_health_is_not() {
    let world = World::with(&[ON]).await;
    let begun = std::time::Instant::now();
    let mut passed = 0;
    for _ in 0..400 {
        passed += u128::from(world.get("/api/itineraries").await.status == 200);
    }
    // With Redis time does not stand still: a token comes back every 50 ms.
    let refilled = if setting("TEST_REDIS_URL").is_some() { begun.elapsed().as_millis() / 50 + 1 } else { 0 };
    assert!((60..=60 + refilled).contains(&passed), "{passed}, {refilled}");
    for _ in 0..100 {
        world.get("/health").await.is(200);
        assert_eq!(world.send(request(Method::OPTIONS, "/api/itineraries", &[], "")).await.status, 200);
    }
}

#[tokio::test]
async fn the_signed_in_have_a_bucket_each_wherever_they_are() {
    let world = World::with(&[ON]).await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let write = async |token: &str, address: &str| {
        let headers = [("authorization", format!("Bearer {token}"))];
        let headers = [("content-type", "application/json"), (headers[0].0, headers[0].1.as_str())];
        let path = "/api/itineraries/01a3b1c2-7a00-7000-8000-00000000002a";
        world.send(from(address, request(Method::PATCH, path, &headers, "{}"))).await.status
    };
    let mut passed = 0;
    for n in 0..40 {
        passed += i32::from(write(&asha.token, &format!("192.0.2.{n}")).await == 404);
    }
    assert!((20..=22).contains(&passed), "{passed}");
    assert_eq!(write(&bela.token, "192.0.2.1").await, 404, "another person at the same address");
    // A second session is the same person.
    let body = json!({"email": "asha@example.org", "password": "Test123!"});
    let again = world.post("/api/auth/login", body).await.is(200);
    assert_eq!(write(again.data()["access_token"].as_str().unwrap(), "192.0.2.1").await, 429);
}

#[tokio::test]
async fn who_has_used_up_everything_else_can_still_keep_safe() {
    let world = World::with(&[ON]).await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let nothing = "01a3b1c2-7a00-7000-8000-00000000002a";
    let trip = format!("/api/itineraries/{nothing}");
    for (method, path) in [
        (Method::GET, trip.clone()),
        (Method::PATCH, trip.clone()),
        (Method::POST, format!("{trip}/upvote")),
        (Method::GET, "/api/search?q=kyoto".to_owned()),
    ] {
        let mut tries = 0;
        while world.call(method.clone(), &path, Some(&asha.token), Some(json!({}))).await.status != 429 {
            tries += 1;
            assert!(tries < 400, "{method} {path} is not limited");
        }
    }
    asha.post(&format!("/api/users/{}/block", bela.id), json!({})).await.is(200);
    asha.delete(&trip).await.is(404);
    asha.put("/api/women-safety/settings", json!({})).await.is(200);
    asha.post(&format!("/api/travel-groups/{nothing}/leave"), json!({})).await.is(404);
    asha.get("/api/auth/me").await.is(200);
    asha.post("/api/auth/logout", json!({})).await.is(200);
}

#[tokio::test]
async fn a_page_with_a_hundred_cards_is_served() {
    let world = World::with(&[ON]).await;
    let card = "/api/saved/check/01a3b1c2-7a00-7000-8000-00000000002a";
    for _ in 0..150 {
        world.get(card).await.is(200);
    }
    for _ in 0..16 {
        world.get("/api/itineraries").await.is(200);
    }
    // Opening trips takes nothing from what one writes.
    let asha = world.person("asha").await;
    let view = "/api/itineraries/01a3b1c2-7a00-7000-8000-00000000002a/view";
    for _ in 0..25 {
        asha.post(view, json!({})).await.is(404);
    }
    asha.post("/api/votes", json!({})).await.is(400);
    asha.patch("/api/itineraries/01a3b1c2-7a00-7000-8000-00000000002a", json!({})).await.is(404);
}

#[tokio::test]
async fn nobody_is_believed_who_is_not_a_trusted_proxy() {
    let world = World::with(&[ON]).await;
    assert_eq!(logins(&world, "192.0.2.1", 10).await, 10);
    for n in 0..20 {
        let forwarded = format!("198.51.100.{n}");
        login(&world, "192.0.2.1", Some(&forwarded)).await.fails(429, "rate_limited");
    }
    for (name, value) in
        [("forwarded", "for=198.51.100.1"), ("x-real-ip", "198.51.100.1"), ("cf-connecting-ip", "198.51.100.1")]
    {
        let headers = [("content-type", "application/json"), (name, value)];
        let request = from("192.0.2.1", request(Method::POST, "/api/auth/login", &headers, "{}"));
        world.send(request).await.fails(429, "rate_limited");
    }
}

#[tokio::test]
async fn a_trusted_proxy_says_who_calls_and_what_a_client_adds_is_not_heard() {
    let world = World::with(&[ON, ("TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8:ffff::1")]).await;
    let mut passed = 0;
    for n in 0..25 {
        // The client wrote the first part itself.
        let forwarded = format!("198.51.100.{n}, 203.0.113.5");
        passed += i32::from(login(&world, "10.0.0.1", Some(&forwarded)).await.status == 400);
    }
    assert_eq!(passed, 10);
    for proxy in ["10.9.9.9", "2001:db8:ffff::1", "::ffff:10.0.0.1"] {
        login(&world, proxy, Some("203.0.113.5")).await.fails(429, "rate_limited");
        login(&world, proxy, Some("203.0.113.5, 10.1.1.1")).await.fails(429, "rate_limited");
        login(&world, proxy, Some("203.0.113.6")).await.fails(400, "validation_failed");
    }
    login(&world, "203.0.113.5", None).await.fails(429, "rate_limited"); // the same, without the proxy
    login(&world, "10.0.0.1", Some("nonsense")).await.fails(400, "validation_failed");
}

#[tokio::test]
async fn a_network_of_64_bits_is_one_address() {
    let world = World::with(&[ON]).await;
    let mut passed = 0;
    for n in 0..20 {
        passed += i32::from(login(&world, &format!("2001:db8:1:2:{n:x}::{n:x}"), None).await.status == 400);
    }
    assert_eq!(passed, 10);
    login(&world, "2001:db8:1:3::1", None).await.fails(400, "validation_failed");
    assert_eq!(logins(&world, "::ffff:192.0.2.1", 10).await, 10);
    login(&world, "192.0.2.1", None).await.fails(429, "rate_limited"); // the same address in its other form
}

#[tokio::test]
async fn processes_share_their_limits_through_redis() {
    let world = World::with(&[ON]).await;
    let other = world.beside().await;
    let mut passed = 0;
    for n in 0..30 {
        let world = if n % 2 == 0 { &world } else { &other };
        passed += i32::from(login(world, "192.0.2.1", None).await.status == 400);
    }
    let expected = if setting("TEST_REDIS_URL").is_some() { 10 } else { 20 };
    assert_eq!(passed, expected, "without Redis each counts for itself");
}
