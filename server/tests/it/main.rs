//! The program as a whole, as a client and an operator meet it. The house rules are in `house.rs`, what a domain
//! promises in its own tests.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends with a panic")]

mod compression;
mod config;
mod db;
mod envelope;
mod headers;
mod health;
mod jobs;
mod limits;
mod load;
mod mail;
mod order;
mod pages;
mod process;
mod refused;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request},
};
use std::net::{IpAddr, SocketAddr};
use testkit::json;

/// A request with these headers.
fn request(method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(body.into()).unwrap()
}

/// The same, coming from this address.
fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
    let address: IpAddr = address.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 4000)));
    request
}

/// A POST of JSON.
fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    request(Method::POST, path, &[("content-type", "application/json")], body)
}

fn get(path: &str) -> Request<Body> {
    request(Method::GET, path, &[], Body::empty())
}

/// The smallest trip.
fn trip(title: &str) -> serde_json::Value {
    json!({ "title": title, "destination": "Tokyo, Japan", "description": "Experience authentic Tokyo" })
}
