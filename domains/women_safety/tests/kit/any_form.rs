//! No form of the request keeps a call back.

use crate::{ALERT, closes, has_agreed, mailed, post_with_key};
use axum::{body::Body, http::Request};
use serde_json::Value;
use testkit::{Answer, Person, World, json};

async fn sends(world: &World, person: &Person<'_>, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let request = Request::post(format!("{ALERT}?x=%00")).header("authorization", format!("Bearer {}", person.token));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    world.send(request.body(body.into()).unwrap()).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn whatever_cannot_be_read_is_left_out_and_said() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let long = format!(r#"{{"message":"help","location":"Gate 3","more":"{}"#, "x".repeat(300_000));
    let whole = r#"{"message":"help","location":"Gate 3"}"#;
    for (headers, body, message, location, is_whole) in [
        (&[JSON][..], whole, json!("help"), json!("Gate 3"), true),
        (&[("content-type", "text/plain")], whole, json!("help"), json!("Gate 3"), true),
        (&[], whole, json!("help"), json!("Gate 3"), true),
        (&[JSON, JSON, ("content-encoding", "gzip")], whole, json!("help"), json!("Gate 3"), true),
        (&[JSON], r#"{"location":"Gate 3","message":"help \ud83d"}"#, json!("help \u{fffd}"), json!("Gate 3"), false),
        (&[JSON], "{\"message\":\"he\\u0000lp\"}", json!("he\u{fffd}lp"), Value::Null, false),
        (&[JSON], "{\"message\":\"he\0lp\"}", json!("he\u{fffd}lp"), Value::Null, false),
        (&[JSON], r#"{"message":"a","location":"Gate 3","message":"b"}"#, json!("b"), json!("Gate 3"), false),
        (&[JSON], r#"{"location":{"lat":1,"lat":2,"lng":3},"message":"help"}"#, json!("help"), json!("2, 3"), true),
        (&[JSON], r#"{"message":"help","location":"Gat"#, json!("help"), json!("Gat"), false),
        (&[JSON], "message=help", Value::Null, Value::Null, false),
        (&[JSON], "[]", Value::Null, Value::Null, false),
        (&[JSON], "null", Value::Null, Value::Null, false),
        (&[JSON], "", Value::Null, Value::Null, true),
        (&[], "", Value::Null, Value::Null, true),
        (&[JSON], long.as_str(), json!("help"), json!("Gate 3"), false),
        (&[JSON, ("idempotency-key", "")], whole, json!("help"), json!("Gate 3"), true),
        (&[JSON, ("idempotency-key", "a"), ("idempotency-key", "b")], whole, json!("help"), json!("Gate 3"), true),
    ] {
        let made = sends(&world, &asha, headers, body.to_owned()).await.is(201);
        let text: String = body.chars().take(80).collect();
        assert_eq!((&made.data()["message"], &made.data()["location"]), (&message, &location), "{text}");
        assert_eq!(made.message().contains("could be read"), !is_whole, "{text}: {}", made.text);
        closes(&asha, &made).await;
    }
    let declared = [JSON, ("content-length", "5000000")];
    let made = sends(&world, &asha, &declared, long.clone()).await.is(201);
    assert_eq!(made.data()["message"], "help");
    closes(&asha, &made).await;
    let broken = futures_util::stream::iter([Ok(r#"{"message":"help"#.as_bytes()), Err(std::io::Error::other("gone"))]);
    let made = sends(&world, &asha, &[JSON], Body::from_stream(broken)).await.is(201);
    assert_eq!(made.data()["message"], "help");
    world.run_jobs().await;
}

#[tokio::test]
async fn a_key_that_was_used_is_not_in_the_way() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let made = post_with_key(&world, &asha, ALERT, json!({ "message": "one" })).await.is(201);
    let again = post_with_key(&world, &asha, ALERT, json!({ "message": "one" })).await.is(201);
    assert_eq!(made.body, again.body, "the reply was lost");
    let other = post_with_key(&world, &asha, ALERT, json!({ "message": "two" })).await.is(200);
    assert_eq!((&other.data()["id"], &other.data()["message"]), (&made.data()["id"], &json!("two")));
    world.run_jobs().await;
    closes(&asha, &made).await;
    world.run_jobs().await;
    // Programs that always send the same key call anew.
    let next = post_with_key(&world, &asha, ALERT, json!({ "message": "one" })).await.is(201);
    assert_ne!(next.data()["id"], made.data()["id"]);
    world.run_jobs().await;
    assert_eq!(mailed(&world, "needs help").len(), 2);
}
