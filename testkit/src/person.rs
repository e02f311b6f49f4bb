//! Somebody who is signed in.

use crate::{Answer, World};
use axum::http::Method;
use serde_json::Value;

/// A signed-in person of a [`World`].
#[derive(Clone)]
pub struct Person<'w> {
    pub(crate) world: &'w World,
    /// Their id.
    pub id: String,
    /// Their access token.
    pub token: String,
    /// Their refresh token.
    pub refresh: String,
}

impl<'w> Person<'w> {
    /// From the answer of register or login.
    pub fn signed_in(world: &'w World, answer: &Answer) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let data = answer.data();
        Self {
            world,
            id: text(&data["user"]["id"]),
            token: text(&data["access_token"]),
            refresh: text(&data["refresh_token"]),
        }
    }

    /// The same person calling another process.
    pub fn at<'o>(&self, world: &'o World) -> Person<'o> {
        Person { world, id: self.id.clone(), token: self.token.clone(), refresh: self.refresh.clone() }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }
    /// POST with a body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }
    /// PUT with a body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }
    /// PATCH with a body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }
    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.world.call(method, path, Some(&self.token), body).await
    }

    /// Publishes a trip; its id.
    pub async fn publishes(&self, body: Value) -> String {
        let answer = self.post("/api/itineraries", body).await.is(201);
        answer.data()["id"].as_str().unwrap().to_owned()
    }
}
