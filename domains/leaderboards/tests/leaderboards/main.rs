//! Leaderboards as a client meets them.

#![expect(clippy::unwrap_used, reason = "a test ends with a panic")]

mod boards;
mod mine;
mod plan;
mod standings;
mod trending;

use kernel::{db::Arg, sql};
use serde_json::Value;
use testkit::{Person, World, json};

/// An id as the database takes it.
fn key(id: &str) -> Arg {
    Arg::Uuid(id.parse().unwrap())
}

fn at(id: &str) -> String {
    format!("/api/itineraries/{id}")
}

/// A published trip with a proof score, as scoring would give it.
async fn scored(world: &World, author: &Person<'_>, title: &str, score: f64) -> String {
    let id = author.publishes(json!({ "title": title, "destination": "Kyoto", "activity_tags": ["food"] })).await;
    set_score(world, &id, score).await;
    id
}

async fn set_score(world: &World, id: &str, score: f64) {
    world.sql(sql!("update itineraries set proof_score = $2 where id = $1").bind(key(id)).bind(score)).await;
}

/// One field of each thing in a list.
fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a Value> {
    list.as_array().unwrap().iter().map(|thing| &thing[field]).collect()
}
