//! Travellers as a client meets them.

#![expect(clippy::unwrap_used, reason = "a test ends with a panic")]

mod filling;
mod finding;
mod limits;
mod plan;
mod profile;

use testkit::{Answer, Person, World, json};

const SEARCH: &str = "/api/users/search";

/// Somebody with a display name.
async fn named<'w>(world: &'w World, username: &str, display_name: &str) -> Person<'w> {
    let body = json!({
        "email": format!("{username}@example.org"), "username": username, "display_name": display_name,
        "password": "Test123!",
    });
    Person::signed_in(world, &world.post("/api/auth/register", body).await.is(201))
}

/// The usernames of an answer, in their order.
fn usernames(answer: &Answer) -> Vec<&str> {
    answer.data().as_array().unwrap().iter().map(|p| p["username"].as_str().unwrap()).collect()
}

/// Whom a search finds, in its order.
async fn finds(reader: &Person<'_>, q: &str) -> Vec<String> {
    let answer = reader.get(&format!("{SEARCH}?q={q}")).await.is(200);
    usernames(&answer).into_iter().map(str::to_owned).collect()
}
