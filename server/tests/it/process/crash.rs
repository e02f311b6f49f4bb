//! A process that is gone from one moment to the next.

use super::{Place, Serving};
use futures_util::future::join_all;
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let place = Place::new().await.with("RATELIMIT_ENABLED", "false");
    let mut server = place.serve().await;
    let token = server.registers("asha").await;
    let acknowledged = Mutex::new(Vec::new());
    for round in 0..5_u64 {
        let writer = async |serving: &Serving, n: usize| {
            for i in 0..10_000 {
                let body = crate::trip(&format!("Round {round}, writer {n}, trip {i}"));
                let sent = serving.sent(axum::http::Method::POST, "/api/itineraries", Some(&token), Some(&body)).await;
                // The reply counts when all of it came.
                let Ok(response) = sent else { return };
                assert_eq!(response.status(), 201);
                let Ok(reply) = response.json::<serde_json::Value>().await else { return };
                acknowledged.lock().unwrap().push(reply["data"]["id"].as_str().unwrap().to_owned());
            }
        };
        let before = acknowledged.lock().unwrap().len();
        {
            let writers = join_all((0..4).map(|n| writer(&server, n)));
            let cut = tokio::time::timeout(Duration::from_millis(250 + round * 83), writers).await;
            assert!(cut.is_err(), "the writers ended before the kill");
        }
        let killed = Instant::now();
        server.process.kill();
        assert!(acknowledged.lock().unwrap().len() > before, "nothing was written in round {round}");
        server = place.serve().await;
        assert!(killed.elapsed() < Duration::from_secs(20), "{:?}", killed.elapsed());
        let ids = acknowledged.lock().unwrap().clone();
        let found = join_all(ids.iter().map(|id| {
            let (server, path) = (&server, format!("/api/itineraries/{id}"));
            async move { server.get(&path).await.0 == 200 }
        }));
        let lost = found.await.iter().filter(|found| !**found).count();
        assert_eq!(lost, 0, "of {} trips that were acknowledged", ids.len());
    }
    // The session is still good, and the whole thing still writes.
    server.publishes(&token, "After all of it").await;
}
