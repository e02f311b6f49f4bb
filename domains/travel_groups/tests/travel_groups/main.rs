//! Groups as a client meets them.

#![expect(
    clippy::indexing_slicing,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "a test ends with a panic"
)]

mod basics;
mod blocks;
mod erasing;
mod inviting;
mod leading;
mod managing;
mod matching;
mod offers;
mod plans;
mod privacy;
mod races;
mod reference;
mod rounds;
mod rules;
mod trips;
mod waiting;
mod women;

use axum::{body::Body, http::Request};
use serde_json::Value;
use std::time::Duration;
use testkit::{Answer, Person, World, json};

const LIST: &str = "/api/travel-groups";
const DAY: Duration = Duration::from_hours(24);
/// An id that was never given out.
const NOBODY: &str = "01a3b1c2-7a00-7000-8000-0000000000ff";

/// What a group needs, with canaries that nobody but members may get.
fn group(name: &str) -> Value {
    json!({
        "name": name, "destination": "Lisbon, Canary Street 7", "description": "Small waves.",
        "start_date": "2027-04-17", "end_date": "2027-04-23", "max_members": 4
    })
}

/// One value with the fields of another added.
fn and(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

/// Makes a group; its address.
async fn made(by: &Person<'_>, body: Value) -> String {
    let answer = by.post(LIST, body).await.is(201);
    format!("{LIST}/{}", answer.data()["id"].as_str().unwrap())
}

async fn join(who: &Person<'_>, group: &str) -> Answer {
    who.post(&format!("{group}/join"), json!({})).await
}

async fn leave(who: &Person<'_>, group: &str) -> Answer {
    who.post(&format!("{group}/leave"), json!({})).await
}

async fn wait(who: &Person<'_>, group: &str) -> Answer {
    who.post(&format!("{group}/waitlist"), json!({})).await
}

/// POST with an `Idempotency-Key`, always the same.
async fn post_with_key(world: &World, who: &Person<'_>, path: &str, body: Value) -> Answer {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {}", who.token))
        .header("idempotency-key", "k-1")
        .header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn block(who: &Person<'_>, whom: &Person<'_>) {
    who.post(&format!("/api/users/{}/block", whom.id), json!({})).await.is(200);
}

async fn appoint(by: &Person<'_>, group: &str, whom: &Person<'_>, role: &str) {
    by.put(&format!("{group}/members/{}/role", whom.id), json!({ "role": role })).await.is(200);
}

async fn verify(world: &World, name: &str) {
    accounts::admin::verify_woman(&world.app, &format!("{name}@example.org")).await.unwrap();
}

/// A world whose people stay signed in while days pass.
async fn patient() -> World {
    World::with(&[("JWT_ACCESS_TOKEN_EXPIRES", "2592000")]).await
}

/// An answer without what differs in every one.
fn bare(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("request_id");
    (answer.status, body)
}

/// On every verb a group looks to `who` like an id that never was, also when `whom` is named.
async fn is_nothing_to(who: &Person<'_>, id: &str, whom: &Person<'_>) {
    let nothing = format!("{LIST}/{NOBODY}");
    for (verb, rest, body) in [
        ("get", "", json!({})),
        ("put", "", json!({ "is_women_only": false })),
        ("patch", "", json!({ "name": "Mine" })),
        ("delete", "", json!({})),
        ("post", "/join", json!({})),
        ("post", "/leave", json!({})),
        ("post", "/waitlist", json!({})),
        ("delete", "/waitlist", json!({})),
        ("get", "/members", json!({})),
        ("get", "/invites", json!({})),
        ("get", "/requests", json!({})),
        ("get", "/bans", json!({})),
        ("get", "/itineraries", json!({})),
        ("post", "/itineraries", json!({ "itinerary_id": NOBODY })),
        ("delete", "/itineraries/01a3b1c2-7a00-7000-8000-0000000000ff", json!({})),
        ("post", "/invite", json!({ "traveler_id": whom.id })),
        ("post", "/transfer", json!({ "traveler_id": whom.id })),
        ("post", "/transfer/accept", json!({})),
        ("post", "/bans", json!({ "traveler_id": whom.id })),
        ("delete", "/bans/01a3b1c2-7a00-7000-8000-0000000000ff", json!({})),
        ("delete", "/members/01a3b1c2-7a00-7000-8000-0000000000ff", json!({})),
        ("put", "/members/01a3b1c2-7a00-7000-8000-0000000000ff/role", json!({ "role": "member" })),
        ("put", "/members/01a3b1c2-7a00-7000-8000-0000000000ff/role", json!({ "role": "accepted" })),
        ("post", "/invites/01a3b1c2-7a00-7000-8000-0000000000ff/accept", json!({})),
        ("post", "/invites/01a3b1c2-7a00-7000-8000-0000000000ff/decline", json!({})),
        ("delete", "/invites/01a3b1c2-7a00-7000-8000-0000000000ff", json!({})),
        ("post", "/requests/01a3b1c2-7a00-7000-8000-0000000000ff/approve", json!({})),
        ("post", "/requests/01a3b1c2-7a00-7000-8000-0000000000ff/reject", json!({})),
    ] {
        let call = async |path: String| match verb {
            "get" => who.get(&path).await,
            "put" => who.put(&path, body.clone()).await,
            "patch" => who.patch(&path, body.clone()).await,
            "delete" => who.delete(&path).await,
            _ => who.post(&path, body.clone()).await,
        };
        let (hidden, random) = (call(format!("{id}{rest}")).await, call(format!("{nothing}{rest}")).await);
        assert_eq!(hidden.status, 404, "{verb} {rest}: {}", hidden.text);
        assert_eq!(bare(&hidden), bare(&random), "{verb} {rest}");
    }
}

/// The names of the groups of a list, in their order.
fn names(answer: &Answer) -> Vec<String> {
    let groups = answer.data()["groups"].as_array().unwrap();
    groups.iter().map(|g| g["name"].as_str().unwrap().to_owned()).collect()
}

/// Lets schedules come due, and does what is to do.
async fn pass(world: &World, time: Duration) {
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.advance(time);
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    // An event is a job that queues those of its listeners.
    while world.run_jobs().await > 0 {}
}

/// In no group does the number of seats differ from that of the members, or exceed what there is, and no seat is offered
/// that is none.
async fn seats_are_exact(world: &World) {
    let wrong = world
        .scalar(
            "select cast(count(*) as bigint) from travel_groups g where g.current_members_count
                + (select count(*) from travel_group_waitlist w where w.group_id = g.id and w.offered_until is not null)
                > g.max_members
             or g.current_members_count <> (select count(*) from travel_group_members m
                where m.group_id = g.id and m.state = 'accepted')",
        )
        .await;
    assert_eq!(wrong, 0, "groups whose seats are not exact");
}

/// A line of a figure.
#[expect(clippy::print_stdout, reason = "what a figure is for")]
fn report(line: &str) {
    println!("{line}");
}
