//! How often calls wait for the database.

use crate::{Answer, Person};
use axum::{body::Body, http::Method, http::Request};
use serde_json::Value;
use std::time::{Duration, Instant};

/// No request waits more often.
const MOST: u64 = 4;
/// A session is asked for again after half a second.
const SESSION: Duration = Duration::from_millis(400);

/// Counts calls that wait too often; what they were stands in it at the end.
#[derive(Debug, Default)]
pub struct Waits {
    /// The calls, and how often each waited.
    pub too_many: Vec<String>,
}

impl Waits {
    /// A call that goes well, of a POST with an `Idempotency-Key` of its own, by somebody whose session is known.
    pub async fn of(&mut self, who: &Person<'_>, method: Method, path: &str, body: Value) -> Answer {
        let key = who.world.app.new_uuid().to_string();
        self.with_key(&key, who, method, path, body).await
    }

    /// The same with this key.
    pub async fn with_key(&mut self, key: &str, who: &Person<'_>, method: Method, path: &str, body: Value) -> Answer {
        let what = format!("{method} {path} {body}");
        let mut request = Request::builder().method(&method).uri(path);
        request = request.header("authorization", format!("Bearer {}", who.token));
        if method == Method::POST {
            request = request.header("idempotency-key", key);
        }
        let body = if method == Method::GET || method == Method::DELETE {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        who.get("/api/auth/me").await.is(200);
        let (before, begun) = (who.world.app.db.round_trips(), Instant::now());
        let answer = who.world.send(request.body(body).unwrap()).await;
        let waits = who.world.app.db.round_trips() - before;
        assert!(answer.status < 300, "{what}: {}", answer.text);
        assert!(waits > 0, "{what} was answered from memory");
        // On a machine that is too busy the session is one of them.
        if waits > MOST + u64::from(begun.elapsed() > SESSION) {
            self.too_many.push(format!("{what}: {waits}"));
        }
        answer
    }
}
