//! The keys of what is encrypted in the database.

use super::Place;
use axum::http::Method;
use std::time::Duration;
use testkit::{json, within};

const ONE: &str = "one:7sPpAkxLqkJc2VYf0mCVhQFQm8sFJ3mM5T3y7a1x0Zs=";
const TWO: &str = "two:mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9A=";
const SETTINGS: &str = "/api/women-safety/settings";
const NAME: &str = "DATA_ENCRYPTION_KEYS";

impl Place {
    /// The same place with other keys.
    fn keyed(mut self, keys: &str) -> Self {
        self.settings.retain(|(name, _)| *name != NAME);
        self.with(NAME, keys)
    }

    async fn is_refused(&self, because: &str) {
        for command in ["serve", "worker", "rotate-keys", "seed"] {
            let ran = self.run(&[command]).await;
            assert_eq!((ran.code, ran.err.lines().count(), ran.out.as_str()), (Some(78), 1, ""), "{command}: {ran:?}");
            assert!(ran.err.starts_with("tripit: DATA_ENCRYPTION_KEYS ") && ran.err.contains(because), "{ran:?}");
            assert!(!ran.err.contains("sPpAkx") && !ran.err.contains("mX0c"), "{ran:?}");
        }
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_a_new_one_takes_the_place_of_the_old() {
    let place = Place::new().await.with("LOG_LEVEL", "debug").keyed(ONE);
    let server = place.serve().await;
    let token = server.registers("asha").await;
    let text = json!({ "insurance_provider": "CanaryGuard", "medical_conditions": "CanaryPenicillin" });
    assert_eq!(server.call(Method::PUT, SETTINGS, Some(&token), Some(text)).await.0, 200);
    let guard = async |server: &super::Serving| {
        let (status, body) = server.call(Method::GET, SETTINGS, Some(&token), None).await;
        assert_eq!((status, &body["data"]["insurance_provider"]), (200, &json!("CanaryGuard")), "{body}");
    };
    guard(&server).await;
    // The log is written by a thread of its own.
    let said = || server.process.out.text() + &server.process.err.text();
    within(Duration::from_secs(5), || async { said().matches(SETTINGS).count() >= 2 }).await;
    // Nor what a driver says of its statements.
    assert!(!said().contains("Canary") && !said().contains("asha@"), "{}", said());
    drop(server);

    let place = place.with("LOG_LEVEL", "warn").keyed(&ONE.replace("7sPp", "8sPp"));
    place.is_refused("another key").await;
    let place = place.keyed(TWO);
    place.is_refused("lacks a key").await;
    // First every process knows the new key, then the new one is the first.
    let place = place.keyed(&format!("{ONE},{TWO}"));
    guard(&place.serve().await).await;
    let place = place.keyed(&format!("{TWO},{ONE}"));
    let server = place.serve().await;
    guard(&server).await;
    let rotated = place.run(&["rotate-keys"]).await;
    assert_eq!((rotated.code, rotated.err.as_str()), (Some(0), ""), "{rotated:?}");
    assert!(rotated.out.contains("women_safety_settings: 2 values") && rotated.out.contains("`two`"), "{rotated:?}");
    guard(&server).await;
    drop(server);
    let place = place.keyed(TWO);
    guard(&place.serve().await).await;
    let place = place.keyed(ONE);
    place.is_refused("lacks a key").await;
}
