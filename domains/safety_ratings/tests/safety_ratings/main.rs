//! Safety ratings as a client meets them.

#![expect(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, reason = "a test ends with a panic")]

mod aggregates;
mod cursors;
mod listing;
mod plans;
mod races;
mod rating;
mod rounds;
mod rules;
mod visibility;
mod voting;

use kernel::db::Arg;
use serde_json::Value;
use testkit::{Answer, Person, World, json};
use uuid::Uuid;

const LIST: &str = "/api/safety-ratings";
const MINE: &str = "/api/safety-ratings/user/ratings";

/// An id that was never given out.
const NOBODYS: &str = "01a3b1c2-7a00-7000-8000-0000000000ff";

/// The least that a trip needs.
fn trip(title: &str) -> Value {
    json!({ "title": title, "destination": "Kyoto, Japan" })
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

fn at(id: &str) -> String {
    format!("{LIST}/{id}")
}

/// An address below a trip.
fn of(trip: &str, what: &str) -> String {
    format!("/api/itineraries/{trip}/{what}")
}

/// An id as the database takes it.
fn key(id: &str) -> Arg {
    Arg::Uuid(id.parse::<Uuid>().unwrap())
}

/// Rates a trip for the first time; the rating's id.
async fn rates(person: &Person<'_>, trip: &str, score: i64) -> String {
    let answer = person.post(&of(trip, "rating"), json!({ "rating": score })).await.is(201);
    answer.data()["id"].as_str().unwrap().to_owned()
}

/// What the trip says of its safety: score, count, and both ends of the interval.
async fn safety(world: &World, trip: &str) -> Value {
    let answer = world.get(&of(trip, "safety-rating")).await.is(200);
    let safety = &answer.data()["safety"];
    json!([safety["score"], safety["count"], safety["low"], safety["high"]])
}

/// The ids in a list, wherever it has them.
fn ids(answer: &Answer) -> Vec<String> {
    let list = answer.data().as_array().or_else(|| answer.data()["ratings"].as_array()).unwrap();
    list.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Bans somebody, or lets them in again, as an operator does.
async fn ban(world: &World, username: &str) {
    accounts::admin::ban(&world.app, &format!("{username}@example.org")).await.unwrap();
    world.run_jobs().await;
}

/// The same person with tokens that are good now.
async fn again<'w>(world: &'w World, username: &str) -> Person<'w> {
    let body = json!({ "email": format!("{username}@example.org"), "password": "Test123!" });
    Person::signed_in(world, &world.post("/api/auth/login", body).await.is(200))
}

/// Fails unless it is a 400 for this field, named in message and details.
#[track_caller]
fn blames(answer: Answer, field: &str) {
    let answer = answer.fails(400, "validation_failed");
    assert!(answer.message().contains(field), "{field}: {}", answer.text);
    let details = answer.body["details"].as_object().unwrap();
    assert!(details.keys().all(|k| k.split(['.', '[']).next() == Some(field)), "{field}: {}", answer.text);
}
