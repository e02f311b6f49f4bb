//! Itineraries as a client meets them.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "a test ends with a panic"
)]

mod badges;
mod caching;
mod certificates;
mod changing;
mod cursors;
mod dates;
mod door;
mod fields;
mod filters;
mod forms;
mod hostile;
mod idempotency;
mod listing;
mod lists;
mod plan;
mod query_plans;
mod round_trips;
mod rules;
mod saves;
mod scores;
mod spellings;
mod states;
mod tracks;
mod views;
mod visibility;
mod vote_status;
mod votes;

use axum::{body::Body, http::Request};
use kernel::db::Arg;
use serde_json::Value;
use std::time::Duration;
use testkit::{Answer, Person, World, json};
use uuid::Uuid;

const LIST: &str = "/api/itineraries";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// An id that was never given out.
const NOBODYS: &str = "/api/itineraries/01a3b1c2-7a00-7000-8000-0000000000ff";

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

fn bearer(person: &Person<'_>) -> String {
    format!("Bearer {}", person.token)
}

/// The same person with tokens that are good now.
async fn again<'w>(world: &'w World, username: &str) -> Person<'w> {
    let body = json!({ "email": format!("{username}@example.org"), "password": "Test123!" });
    Person::signed_in(world, &world.post("/api/auth/login", body).await.is(200))
}

/// An id as the database takes it.
fn key(id: &str) -> Arg {
    Arg::Uuid(id.parse::<Uuid>().unwrap())
}

/// Gives a trip what other parts of the service would give it.
async fn set_proof_score(world: &World, id: &str, score: f64) {
    let set = kernel::sql!("update itineraries set proof_score = $2 where id = $1");
    world.sql(set.bind(key(id)).bind(score)).await;
}

async fn set_safety(world: &World, id: &str, score: f64, count: i64) {
    // An interval of a whole point to either side, so that nothing takes one figure for another.
    let set = kernel::sql!(
        "insert into itinerary_safety (itinerary_id, score, ratings_count, low, high) values ($1, $2, $3, $4, $5)"
    );
    world.sql(set.bind(key(id)).bind(score).bind(count).bind(score - 1.0).bind(score + 1.0)).await;
}

async fn disable(world: &World, person: &Person<'_>) {
    let ban = kernel::sql!("update travelers set is_active = FALSE where id = $1");
    world.sql(ban.bind(key(&person.id))).await;
}

/// The titles that a list has for the anonymous, and the same for somebody who is signed in, in their order.
async fn found(world: &World, reader: &Person<'_>, query: &str) -> Vec<String> {
    let path = if query.is_empty() { LIST.to_owned() } else { format!("{LIST}?{query}") };
    let (anonymous, signed_in) = (world.get(&path).await.is(200), reader.get(&path).await.is(200));
    assert_eq!(anonymous.titles(), signed_in.titles(), "{query}");
    assert_eq!(anonymous.body["pagination"], signed_in.body["pagination"], "{query}");
    anonymous.titles().into_iter().map(str::to_owned).collect()
}

/// Fails unless it is a 400 for this field, named in message and details.
#[track_caller]
fn blames(answer: Answer, field: &str) {
    let answer = answer.fails(400, "validation_failed");
    assert!(answer.message().contains(field), "{field}: {}", answer.text);
    let details = answer.body["details"].as_object().unwrap();
    assert!(details.keys().all(|k| k.split(['.', '[']).next() == Some(field)), "{field}: {}", answer.text);
}

/// A track of these points.
fn gpx(points: &[(f64, f64)]) -> String {
    let points: Vec<String> = points.iter().map(|(lat, lon)| format!("<trkpt lat=\"{lat}\" lon=\"{lon}\"/>")).collect();
    format!("<gpx version=\"1.1\" creator=\"x\"><trk><trkseg>{}</trkseg></trk></gpx>", points.concat())
}
