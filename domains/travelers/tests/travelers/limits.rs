//! How often one may search.

use crate::SEARCH;
use std::time::Duration;
use testkit::World;

#[tokio::test]
async fn whoever_searches_without_a_break_is_stopped() {
    // Without Redis, whose clock does not stand still.
    let world = World::with(&[("RATELIMIT_ENABLED", "true"), ("REDIS_URL", "")]).await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let path = format!("{SEARCH}?q=bela");
    for _ in 0..20 {
        asha.get(&path).await.is(200);
    }
    let refused = asha.get(&path).await.fails(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), "1");
    bela.get(&path).await.is(200);
    asha.get("/api/itineraries").await.is(200);
    world.advance(Duration::from_secs(1));
    asha.get(&path).await.is(200);
    asha.get(&path).await.fails(429, "rate_limited");
}
