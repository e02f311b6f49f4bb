//! Travel intel as a client meets it.

#![expect(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, reason = "a test ends with a panic")]

mod cursors;
mod deleting;
mod expiry;
mod figures;
mod hiding;
mod listing;
mod plans;
mod posting;
mod races;
mod responding;
mod rounds;
mod visibility;
mod voting;

use axum::{body::Body, http::Request};
use kernel::db::Arg;
use serde_json::Value;
use std::time::Duration;
use testkit::{Answer, Person, World, json};
use uuid::Uuid;

const INTEL: &str = "/api/travel-intel";
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// An id that was never given out.
const NOBODYS: &str = "01a3b1c2-7a00-7000-8000-0000000000ff";

fn at(id: &str) -> String {
    format!("{INTEL}/{id}")
}

fn about(trip: &str) -> String {
    format!("{INTEL}?itinerary_id={trip}")
}

/// One value with the fields of another added.
fn and(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

/// One value without some of its fields, which it has.
fn less(value: &Value, fields: &[&str]) -> Value {
    let mut value = value.clone();
    for field in fields {
        assert!(value.as_object_mut().unwrap().remove(*field).is_some(), "no {field} in {value}");
    }
    value
}

/// An id as the database takes it.
fn key(id: &str) -> Arg {
    Arg::Uuid(id.parse::<Uuid>().unwrap())
}

async fn trip(author: &Person<'_>, title: &str) -> String {
    author.publishes(json!({ "title": title, "destination": "Kyoto, Japan" })).await
}

/// The id of what was just made.
fn id(answer: Answer) -> String {
    answer.is(201).data()["id"].as_str().unwrap().to_owned()
}

/// Says something about a trip; its id.
async fn says(person: &Person<'_>, trip: &str, content: &str, more: Value) -> String {
    id(person.post(INTEL, and(json!({ "itinerary_id": trip, "content": content }), more)).await)
}

/// Answers something; the reply's id.
async fn replies(person: &Person<'_>, to: &str, content: &str) -> String {
    id(person.post(&format!("{}/respond", at(to)), json!({ "content": content })).await)
}

/// What a list says, in its order.
fn contents(answer: &Answer) -> Vec<&str> {
    answer.data().as_array().unwrap().iter().map(|i| i["content"].as_str().unwrap()).collect()
}

async fn disable(world: &World, person: &Person<'_>) {
    world.sql(kernel::sql!("update travelers set is_active = FALSE where id = $1").bind(key(&person.id))).await;
}

async fn enable(world: &World) {
    world.sql(kernel::sql!("update travelers set is_active = TRUE")).await;
}

/// The same person with tokens that are good now.
async fn again<'w>(world: &'w World, username: &str) -> Person<'w> {
    let body = json!({ "email": format!("{username}@example.org"), "password": "Test123!" });
    Person::signed_in(world, &world.post("/api/auth/login", body).await.is(200))
}

/// The figure that lists of trips join.
async fn counted(world: &World, trip: &str) -> i64 {
    let counted = kernel::sql!(
        "select cast(coalesce(sum(intel_count), 0) as bigint) from itinerary_intel where itinerary_id = $1"
    );
    world.app.db.read().await.unwrap().one(counted.bind(key(trip))).await.unwrap()
}

/// POST with an `Idempotency-Key`, always the same.
async fn post_with_key(world: &World, person: &Person<'_>, path: &str, body: Value) -> Answer {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {}", person.token))
        .header("idempotency-key", "k-1")
        .header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// Fails unless it is a 400 that names this field.
#[track_caller]
fn blames(answer: Answer, field: &str) {
    let answer = answer.fails(400, "validation_failed");
    assert!(answer.message().contains(field), "{field}: {}", answer.text);
    assert!(answer.body["details"].as_object().unwrap().contains_key(field), "{field}: {}", answer.text);
}
