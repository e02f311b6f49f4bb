//! Guides, their bookings and reviews as a client meets them.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test ends with a panic")]

mod blocks;
mod booking;
mod directory;
mod emergency;
mod ending;
mod forgetting;
mod jobs;
mod moving;
mod plans;
mod profile;
mod races;
mod recounting;
mod reviews;
mod rounds;

use axum::{body::Body, http::Request};
use kernel::db::Arg;
use serde_json::Value;
use std::time::Duration;
use testkit::{Answer, Person, World, json};
use uuid::Uuid;

const GUIDES: &str = "/api/women-safety/guides";
const PROFILE: &str = "/api/women-safety/guides/profile";
const BOOKINGS: &str = "/api/women-safety/bookings";
const REVIEWS: &str = "/api/women-safety/reviews";
const DAY: Duration = Duration::from_hours(24);

/// An id that was never given out.
const NOBODYS: &str = "01a3b1c2-7a00-7000-8000-0000000000ff";

fn guide(id: &str) -> String {
    format!("{GUIDES}/{id}")
}

fn booking(id: &str) -> String {
    format!("{BOOKINGS}/{id}")
}

fn review(id: &str) -> String {
    format!("{REVIEWS}/{id}")
}

/// One value with the fields of another added.
fn and(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

/// The id of what was just made.
#[track_caller]
fn id(answer: Answer) -> String {
    answer.is(201).data()["id"].as_str().unwrap().to_owned()
}

/// An id as the database takes it.
fn key(id: &str) -> Arg {
    Arg::Uuid(id.parse::<Uuid>().unwrap())
}

/// Becomes a guide; the guide's id.
async fn guides(person: &Person<'_>, more: Value) -> String {
    let about = json!({ "service_locations": ["Kyoto, Japan"], "hourly_rate_usd": 25.5 });
    id(person.post(PROFILE, and(about, more)).await)
}

/// These days, a whole number from today.
fn days(world: &World, first: u64, last: u64) -> Value {
    let day = |n: u64| world.app.clock.today().plus_days(n).unwrap().to_string();
    json!({ "destination": "Kyoto", "start_date": day(first), "end_date": day(last) })
}

/// Asks a guide for these days; the booking's id.
async fn books(world: &World, person: &Person<'_>, guide_id: &str, first: u64, last: u64) -> String {
    id(person.post(&format!("{}/book", guide(guide_id)), days(world, first, last)).await)
}

/// Makes a move.
async fn moves(person: &Person<'_>, id: &str, step: &str) -> Answer {
    person.post(&format!("{}/{step}", booking(id)), json!({})).await
}

/// A completed booking of `traveler` with `guide`, over two days from tomorrow; the clock is four days later then.
async fn completed(world: &World, traveler: &Person<'_>, guide: &Person<'_>, guide_id: &str) -> String {
    let id = books(world, traveler, guide_id, 1, 2).await;
    moves(guide, &id, "confirm").await.is(200);
    world.advance(4 * DAY);
    // Tokens are for a quarter of an hour; whoever comes back signs in anew, in tests without a word.
    moves(&again(world, guide).await, &id, "complete").await.is(200);
    id
}

/// The same person with a token that is good now.
async fn again<'w>(world: &'w World, person: &Person<'w>) -> Person<'w> {
    let email: String = {
        let sql = kernel::sql!("select email from travelers where id = $1").bind(key(&person.id));
        world.app.db.read().await.unwrap().one(sql).await.unwrap()
    };
    let answer = world.post("/api/auth/login", json!({ "email": email, "password": "Test123!" })).await.is(200);
    Person::signed_in(world, &answer)
}

async fn block(who: &Person<'_>, whom: &Person<'_>) {
    who.post(&format!("/api/users/{}/block", whom.id), json!({})).await.is(200);
}

/// Fails unless it is a 400 that names this field.
#[track_caller]
fn blames(answer: Answer, field: &str) {
    let answer = answer.fails(400, "validation_failed");
    assert!(answer.body["details"].as_object().unwrap().contains_key(field), "{field}: {}", answer.text);
}

/// Fails unless two answers are the same but for the request's id.
#[track_caller]
fn alike(one: &Answer, other: &Answer) {
    let bare = |answer: &Answer| {
        let mut body = answer.body.clone();
        body.as_object_mut().unwrap().remove("request_id");
        (answer.status, body)
    };
    assert_eq!(bare(one), bare(other));
}

/// The ids of the guides on a page.
#[track_caller]
fn ids(answer: &Answer) -> Vec<String> {
    let list = answer.data()["guides"].as_array().unwrap();
    list.iter().map(|g| g["id"].as_str().unwrap().to_owned()).collect()
}

/// POST with an `Idempotency-Key`, always the same.
async fn post_with_key(world: &World, person: &Person<'_>, path: &str, body: Value) -> Answer {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {}", person.token))
        .header("idempotency-key", "k-1")
        .header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn verify(admin: &Person<'_>, id: &str, body: Value) -> Answer {
    admin.post(&format!("/api/admin/guides/{id}/verify"), body).await
}
