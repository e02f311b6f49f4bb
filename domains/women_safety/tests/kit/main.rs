//! Settings, contacts, calls for help and resources as a client meets them.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test ends with a panic")]

mod alerts;
mod any_form;
mod at_rest;
mod contacts;
mod ending;
mod known;
mod leaving;
mod one_call;
mod pages;
mod resources;
mod rotation;
mod rounds;
mod settings;
mod under_load;

use axum::{body::Body, http::Request};
use serde_json::Value;
use std::time::Duration;
use testkit::{Answer, Person, World, json};

const SETTINGS: &str = "/api/women-safety/settings";
const CONFIRM: &str = "/api/women-safety/contacts/confirm";
const ALERT: &str = "/api/women-safety/emergency-alert";
const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

/// An id that was never given out.
const NOBODYS: &str = "01a3b1c2-7a00-7000-8000-0000000000ff";

/// A contact with an address.
fn contact(name: &str) -> Value {
    json!({ "name": name, "phone": "+91 98765 43210", "email": format!("{name}@contact.example") })
}

async fn names(person: &Person<'_>, contacts: &[&str]) -> Answer {
    let list: Vec<Value> = contacts.iter().map(|name| contact(name)).collect();
    person.put(SETTINGS, json!({ "emergency_contacts": list })).await.is(200)
}

/// The token of the latest mail that asks this contact.
fn asked(world: &World, name: &str) -> String {
    let to = format!("{name}@contact.example");
    let mails = world.mails();
    let mail = mails.iter().rev().find(|m| m.to() == to && m.token("/emergency-contact").is_some());
    mail.unwrap_or_else(|| panic!("{name} was not asked")).token("/emergency-contact").unwrap()
}

async fn answers(world: &World, token: &str, agree: bool) -> Answer {
    world.post(CONFIRM, json!({ "token": token, "agree": agree })).await
}

/// Names these contacts, all of whom agree.
async fn has_agreed(world: &World, person: &Person<'_>, contacts: &[&str]) {
    names(person, contacts).await;
    world.run_jobs().await;
    for name in contacts {
        answers(world, &asked(world, name), true).await.is(200);
    }
}

/// What the owner sees of her contacts' answers.
async fn consents(person: &Person<'_>) -> Vec<String> {
    let settings = person.get(SETTINGS).await.is(200);
    let contacts = settings.data()["emergency_contacts"].as_array().unwrap();
    contacts.iter().map(|c| c["consent"].as_str().unwrap().to_owned()).collect()
}

/// Ends a call.
async fn closes(person: &Person<'_>, call: &Answer) {
    person.post(&format!("{ALERT}/{}/close", call.data()["id"].as_str().unwrap()), json!({})).await.is(200);
}

/// To whom mails with this in their subject went.
fn mailed(world: &World, subject: &str) -> Vec<String> {
    let mails = world.mails();
    let mut to: Vec<String> =
        mails.iter().filter(|m| m.subject().contains(subject)).map(|m| m.to().to_owned()).collect();
    to.sort();
    to
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
    assert!(answer.body["details"].as_object().unwrap().contains_key(field), "{field}: {}", answer.text);
}
