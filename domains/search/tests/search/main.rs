//! Search as a client meets it.

#![expect(clippy::unwrap_used, reason = "a test ends with a panic")]

mod filling;
mod floods;
mod freshness;
mod golden;
mod hiding;
mod mine;
mod pages;
mod people;
mod plan;

use kernel::db::Arg;
use serde_json::Value;
use testkit::{Answer, Person, World, json};

const SEARCH: &str = "/api/search";

/// Text as it stands in an address.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// The titles of the trips in an answer, in their order.
fn titles(answer: &Answer) -> Vec<String> {
    let title = |trip: &Value| trip["title"].as_str().unwrap().to_owned();
    answer.data()["itineraries"].as_array().unwrap().iter().map(title).collect()
}

/// The usernames in an answer, in their order.
fn usernames(answer: &Answer) -> Vec<String> {
    let name = |person: &Value| person["username"].as_str().unwrap().to_owned();
    answer.data()["users"].as_array().unwrap().iter().map(name).collect()
}

/// What a search finds for the anonymous, and the same for somebody who is signed in.
async fn finds(world: &World, reader: &Person<'_>, q: &str) -> Vec<String> {
    let path = format!("{SEARCH}?q={}", encoded(q));
    let (anonymous, signed_in) = (world.get(&path).await.is(200), reader.get(&path).await.is(200));
    assert_eq!(titles(&anonymous), titles(&signed_in), "{q}");
    titles(&anonymous)
}

/// A trip.
fn trip(title: &str, destination: &str, description: &str) -> Value {
    json!({ "title": title, "destination": destination, "description": description })
}

/// One value with the fields of another added.
fn and(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

/// An id as the database takes it.
fn key(id: &str) -> Arg {
    Arg::Uuid(id.parse().unwrap())
}

fn at(id: &str) -> String {
    format!("/api/itineraries/{id}")
}
