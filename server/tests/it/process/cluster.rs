//! Several processes over one database.

use super::{Place, Redis, Serving};
use axum::http::Method;
use std::time::Duration;
use testkit::{json, within};

const SECOND: Duration = Duration::from_secs(1);
const NOBODY: &str = "/api/itineraries/01a3b1c2-7a00-7000-8000-00000000002a/feature";

#[tokio::test]
async fn a_role_that_an_operator_gives_or_takes_holds_within_a_second() {
    let place = Place::new().await.with("RATELIMIT_ENABLED", "false");
    let server = place.serve().await;
    let token = server.registers("asha").await;
    let features = async || server.post(NOBODY, Some(&token), json!({})).await.0;
    assert_eq!(features().await, 403);
    for (command, status) in [("grant", 404), ("revoke", 403), ("grant", 404)] {
        let ran = place.run(&["admin", command, "Asha@Example.org"]).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        within(SECOND, || async { features().await == status }).await;
    }
    let list = place.run(&["admin", "list"]).await;
    assert!(list.out.contains("asha@example.org  asha  since "), "{}", list.out);
}

#[tokio::test]
async fn who_is_banned_is_out_within_a_second_and_in_again_when_let() {
    let place = Place::new().await.with("RATELIMIT_ENABLED", "false");
    let server = place.serve().await;
    let token = server.registers("asha").await;
    let path = format!("/api/itineraries/{}", server.publishes(&token, "Three days in Tokyo").await);
    let me = async || server.call(Method::GET, "/api/auth/me", Some(&token), None).await.0;
    let login = async || {
        let credentials = json!({"email": "asha@example.org", "password": "Test123!"});
        server.post("/api/auth/login", None, credentials).await.0
    };
    assert_eq!((me().await, server.get(&path).await.0, login().await), (200, 200, 200));
    assert_eq!(place.run(&["admin", "ban", "asha@example.org"]).await.code, Some(0));
    within(SECOND, || async { me().await == 401 && server.get(&path).await.0 == 404 }).await;
    assert_eq!(login().await, 403);
    assert_eq!(place.run(&["admin", "unban", "asha@example.org"]).await.code, Some(0));
    within(SECOND, || async { server.get(&path).await.0 == 200 }).await;
    assert_eq!((login().await, me().await), (200, 401), "signed in anew, and not by the old token");
}

/// Two servers over one database, with a Redis of their own if there is one.
async fn two(limits: &str) -> (Place, Serving, Serving, Option<Redis>) {
    let redis = Redis::start().await;
    let place = Place::new().await.with("RATELIMIT_ENABLED", limits);
    let place = if let Some(redis) = &redis { place.with("REDIS_URL", &redis.url()) } else { place };
    let one = place.serve().await;
    let other = place.serve().await;
    (place, one, other, redis)
}

#[tokio::test]
async fn what_one_process_does_the_other_shows_within_a_second() {
    let (_place, one, other, _redis) = two("false").await;
    let token = one.registers("asha").await;
    let path = format!("/api/itineraries/{}", one.publishes(&token, "Before the change").await);
    within(SECOND, || async { other.get(&path).await.0 == 200 }).await;
    for n in 0..5 {
        let title = format!("After change {n}");
        for server in [&one, &other] {
            server.get(&path).await;
            server.get("/api/itineraries").await;
        }
        let change = json!({"title": title});
        assert_eq!(one.call(Method::PATCH, &path, Some(&token), Some(change)).await.0, 200);
        assert_eq!(one.get(&path).await.1["data"]["title"], title, "here at once");
        within(SECOND, || async { other.get(&path).await.1["data"]["title"] == title }).await;
        within(SECOND, || async { other.get("/api/itineraries").await.1["data"][0]["title"] == title }).await;
    }
    let me = async |server: &Serving| server.call(Method::GET, "/api/auth/me", Some(&token), None).await.0;
    assert_eq!((me(&one).await, me(&other).await), (200, 200));
    assert_eq!(other.call(Method::POST, "/api/auth/logout", Some(&token), None).await.0, 200);
    assert_eq!(me(&other).await, 401, "here at once");
    within(SECOND, || async { me(&one).await == 401 }).await;
}

#[tokio::test]
async fn processes_with_redis_count_together() {
    let (_place, one, other, redis) = two("true").await;
    let mut passed = 0;
    for n in 0..30 {
        let server = if n % 2 == 0 { &one } else { &other };
        passed += i32::from(server.post("/api/auth/login", None, json!({})).await.0 == 400);
    }
    let expected = if redis.is_some() { 10 } else { 20 };
    assert!((expected..=expected + 1).contains(&passed), "{passed}");
}

#[tokio::test]
async fn no_request_fails_when_redis_goes() {
    let (_place, one, other, redis) = two("true").await;
    let Some(mut redis) = redis else { return };
    let token = one.registers("asha").await;
    let path = format!("/api/itineraries/{}", one.publishes(&token, "Before Redis went").await);
    let round = async |n: usize| {
        let server = if n.is_multiple_of(2) { &one } else { &other };
        let (address, method) = match n % 4 {
            0 | 1 => (path.as_str(), Method::GET),
            2 => ("/api/itineraries", Method::GET),
            _ => ("/api/auth/me", Method::GET),
        };
        let status = server.call(method.clone(), address, Some(&token), None).await.0;
        assert!(matches!(status, 200 | 429), "{method} {address}: {status}");
        status
    };
    for n in 0..40 {
        round(n).await;
    }
    redis.process.kill();
    let mut answered = 0;
    for n in 0..200 {
        answered += usize::from(round(n).await == 200);
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    assert!(answered > 100, "{answered} of 200");
    one.publishes(&token, "While Redis was away").await;
    let listed = || async { other.get("/api/itineraries").await.1["pagination"]["total"] == 2 };
    within(SECOND, listed).await;
    assert_eq!(one.get("/health/ready").await.0, 200, "it serves without Redis");
    let (status, details) = one.get("/health/detailed").await;
    assert_eq!((status, &details["checks"]["redis"]), (503, &json!("error")));

    let _back = Redis::at(redis.port).await;
    within(Duration::from_secs(5), || async { one.get("/health/detailed").await.0 == 200 }).await;
    for n in 0..40 {
        round(n).await;
    }
    let change = json!({"title": "After Redis came back"});
    assert_eq!(one.call(Method::PATCH, &path, Some(&token), Some(change)).await.0, 200);
    let seen = || async { other.get(&path).await.1["data"]["title"] == "After Redis came back" };
    within(SECOND, seen).await;
}
