//! Accounts as a client meets them.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "a test ends with a panic"
)]

mod address;
mod administrators;
mod blocks;
mod guessing;
mod leaving;
mod login;
mod mail;
mod oauth;
mod otp;
mod pages;
mod private;
mod racing;
mod recovery;
mod refreshing;
mod registering;
mod signing_out;
mod standing;
mod tokens;

use axum::{body::Body, http::Request};
use serde_json::Value;
use std::time::Duration;
use testkit::{Answer, Person, World, json};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A request with these headers; a null body is none.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match body {
        Value::Null => request.body(Body::empty()).unwrap(),
        body => request.header("content-type", "application/json").body(Body::from(body.to_string())).unwrap(),
    }
}

/// GET with these `Authorization` headers.
async fn get_as(world: &World, path: &str, authorization: &[&str]) -> Answer {
    let headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("authorization", *value)).collect();
    world.send(request("GET", path, &headers, Value::Null)).await
}

/// GET /api/auth/me with this access token.
async fn me(world: &World, token: &str) -> Answer {
    get_as(world, "/api/auth/me", &[&format!("Bearer {token}")]).await
}

/// Exchanges a refresh token that is sent in the header.
async fn refresh(world: &World, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    world.send(request("POST", "/api/auth/refresh", &[("authorization", &bearer)], Value::Null)).await
}

/// The text at this key of `data`.
fn text(answer: &Answer, key: &str) -> String {
    answer.data().get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no {key}: {}", answer.text)).to_owned()
}

/// Exchanges a refresh token and gives the next one.
async fn next(world: &World, token: &str) -> String {
    text(&refresh(world, token).await.is(200), "refresh_token")
}

/// Signs somebody in once more, as on another device.
async fn another_device<'w>(world: &'w World, username: &str) -> Person<'w> {
    let body = json!({ "email": format!("{username}@example.org"), "password": "Test123!" });
    Person::signed_in(world, &world.post("/api/auth/login", body).await.is(200))
}
