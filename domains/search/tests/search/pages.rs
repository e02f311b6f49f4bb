//! Pages, shapes and limits.

use crate::{SEARCH, titles, trip};
use std::collections::BTreeSet;
use testkit::{World, json};

#[tokio::test]
async fn pages_neither_repeat_nor_lose() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for n in 0..23 {
        asha.publishes(trip(&format!("Kyoto trip {n}"), "Kyoto", "")).await;
    }
    let page = async |query: &str| world.get(&format!("{SEARCH}?q=kyoto{query}")).await.is(200);
    let first = page("").await;
    assert_eq!(first.message(), "Search completed");
    assert_eq!(first.data()["itineraries"], first.data()["projects"]);
    assert_eq!(
        first.data()["pagination"],
        json!({
            "page": 1, "per_page": 20, "itineraries_total": 23, "users_total": 0, "total": 23,
            "total_pages": 2, "pages": 2, "has_next": true,
        })
    );
    let mut all = BTreeSet::new();
    for n in 1..=3 {
        let part = titles(&page(&format!("&page={n}&per_page=9")).await);
        assert_eq!(part.len(), if n < 3 { 9 } else { 5 });
        all.extend(part);
    }
    assert_eq!(all.len(), 23);
    assert_eq!(titles(&page("&page=4&per_page=9").await), [""; 0]);
    assert_eq!(page("&per_page=1000").await.data()["pagination"]["per_page"], 50);
    assert_eq!(page("&limit=5").await.data()["itineraries"].as_array().unwrap().len(), 5);
    for odd in ["&page=0", "&page=-1", "&page=x", "&per_page=-5"] {
        assert_eq!(titles(&page(odd).await), titles(&first), "{odd}");
    }
    assert_eq!(titles(&page("&page=99999999999999999999").await), [""; 0]);
}

#[tokio::test]
async fn whoever_searches_without_a_break_is_stopped() {
    // Without Redis, whose clock does not stand still.
    let world = World::with(&[("RATELIMIT_ENABLED", "true"), ("REDIS_URL", "")]).await;
    let asha = world.person("asha").await;
    let path = format!("{SEARCH}?q=kyoto");
    for _ in 0..20 {
        asha.get(&path).await.is(200);
        world.get(&path).await.is(200);
    }
    asha.get(&path).await.fails(429, "rate_limited");
    world.get(&path).await.fails(429, "rate_limited");
}
