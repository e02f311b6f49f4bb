//! What monitors ask.

use testkit::{World, json, setting};

#[tokio::test]
async fn health_says_how_it_is() {
    let world = World::new().await;
    assert_eq!(world.get("/health").await.is(200).body, json!({"status": "ok"}));
    assert_eq!(world.get("/health/ready").await.is(200).body, json!({"status": "ok"}));
    let details = world.get("/health/detailed").await.is(200).body;
    let redis = if setting("TEST_REDIS_URL").is_some() { "ok" } else { "disabled" };
    assert_eq!(
        details,
        json!({
            "status": "ok", "timestamp": "2026-11-23T09:30:00.000000Z", "version": env!("CARGO_PKG_VERSION"),
            "checks": {"database": "ok", "redis": redis}
        })
    );
    let welcome = world.get("/").await.is(200).body;
    for link in ["docs", "openapi"] {
        let answer = world.get(welcome[link].as_str().unwrap()).await;
        assert!(answer.status < 400, "{link}: {}", answer.status);
    }
}

#[tokio::test]
async fn metrics_are_open_in_development_and_for_the_token_holder_in_production() {
    let bearer = |token: &str| {
        let value = format!("Bearer {token}");
        crate::request(axum::http::Method::GET, "/metrics", &[("authorization", &value)], "")
    };
    let production = ("TRIPIT_ENV", "production");
    let keys = ("DATA_ENCRYPTION_KEYS", "2026a:7sPpAkxLqkJc2VYf0mCVhQFQm8sFJ3mM5T3y7a1x0Zs=");
    let development = World::new().await;
    development.get("/api/itineraries").await.is(200);
    let metrics = development.get("/metrics").await.is(200);
    assert!(metrics.text.contains("tripit_"), "{}", metrics.text);
    assert!(metrics.header("content-type").starts_with("text/plain"));

    let closed = World::with(&[production, keys]).await;
    closed.get("/metrics").await.fails(404, "not_found");
    closed.send(bearer("anything")).await.fails(404, "not_found");
    for environment in ["production", "development"] {
        let open = World::with(&[("TRIPIT_ENV", environment), ("METRICS_TOKEN", "a-token-for-scrapers"), keys]).await;
        open.get("/metrics").await.fails(404, "not_found");
        for wrong in ["a-token-for-scraper", "a-token-for-scrapersx", "A-TOKEN-FOR-SCRAPERS", "x"] {
            open.send(bearer(wrong)).await.fails(404, "not_found");
        }
        let scraped = open.send(bearer("a-token-for-scrapers")).await.is(200);
        assert!(scraped.text.contains("tripit_cache_entries"), "{}", scraped.text);
        assert_eq!(scraped.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn until_the_schema_is_there_only_health_answers() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.app.set_ready(false);
    assert_eq!(world.get("/health").await.is(200).body, json!({"status": "ok"}));
    let ready = world.get("/health/ready").await;
    assert_eq!((ready.status, &ready.body), (503, &json!({"status": "unavailable"})));
    let details = world.get("/health/detailed").await;
    assert_eq!((details.status, &details.body["status"]), (503, &json!("degraded")));
    for path in ["/api/itineraries", "/api/auth/me", "/nowhere", "/metrics"] {
        for answer in [world.get(path).await, asha.get(path).await] {
            assert_eq!(answer.fails(503, "unavailable").header("retry-after"), "1", "{path}");
        }
    }
    world.app.set_ready(true);
    asha.get("/api/auth/me").await.is(200);
    // Whoever was told to stop should get no new requests, but answers those that come.
    world.app.stop.cancel();
    assert_eq!(world.get("/health/ready").await.status, 503);
    world.get("/health").await.is(200);
    asha.get("/api/auth/me").await.is(200);
}
