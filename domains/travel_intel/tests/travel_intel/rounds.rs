//! How often each request waits for the database: four times at most.

use crate::{INTEL, about, and, at, replies, says, trip};
use axum::http::Method;
use testkit::{Waits, World, json};

#[tokio::test]
async fn no_request_waits_for_the_database_more_than_four_times() {
    let (world, mut waits) = (World::new().await, Waits::default());
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let top = says(&asha, &kyoto, "top", json!({ "intel_type": "question" })).await;
    let own = says(&bela, &kyoto, "own", json!({})).await;
    let reply = replies(&bela, &top, "yes").await;
    let (list, thread, respond) = (about(&kyoto), at(&top), format!("{}/respond", at(&top)));
    let new = json!({ "itinerary_id": kyoto, "content": "x" });
    let below = and(new.clone(), json!({ "parent_intel_id": top }));
    let both = json!({ "content": "x", "status": "in_progress" });
    let nothing = || json!({});
    for (who, method, path, body) in [
        (&bela, Method::POST, INTEL.to_owned(), new),
        (&bela, Method::POST, INTEL.to_owned(), below),
        (&bela, Method::POST, respond.clone(), json!({ "content": "x" })),
        (&asha, Method::POST, respond.clone(), both),
        (&asha, Method::POST, respond, json!({ "status": "resolved" })),
        (&asha, Method::POST, format!("{}/respond", at(&reply)), json!({ "response_status": "verified" })),
        (&bela, Method::POST, format!("{}/helpful", at(&top)), nothing()),
        (&bela, Method::PATCH, at(&own), json!({ "content": "y" })),
        (&asha, Method::POST, format!("{}/hide", at(&own)), nothing()),
        (&asha, Method::DELETE, format!("{}/hide", at(&own)), nothing()),
        (&bela, Method::GET, format!("{list}&per_page=1&cursor="), nothing()),
        (&bela, Method::GET, list, nothing()),
        (&bela, Method::GET, format!("{INTEL}?type=update&per_page=1"), nothing()),
        (&bela, Method::GET, thread, nothing()),
        (&bela, Method::GET, format!("{INTEL}/user/intel?per_page=1"), nothing()),
        (&bela, Method::GET, format!("{INTEL}/stats/{kyoto}"), nothing()),
        (&bela, Method::DELETE, at(&reply), nothing()),
    ] {
        waits.of(who, method, &path, body).await;
    }
    assert!(waits.too_many.is_empty(), "{:#?}", waits.too_many);
}
