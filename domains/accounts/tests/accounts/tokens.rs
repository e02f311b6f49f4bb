//! Access tokens: what they open, when they end, and what is not one.

use crate::{MINUTE, SECOND, get_as, me, refresh};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::{Sha256, Sha384, Sha512};
use testkit::{World, json};

#[tokio::test]
async fn me_is_who_the_token_says() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (a, b) = (asha.get("/api/auth/me").await.is(200), bela.get("/api/auth/me").await.is(200));
    assert_eq!((&a.data()["id"], &a.data()["email"]), (&json!(asha.id), &json!("asha@example.org")));
    assert_eq!((&b.data()["id"], &b.data()["email"]), (&json!(bela.id), &json!("bela@example.org")));
    assert_eq!(a.header("cache-control"), "no-store");
    for (field, always) in [
        ("karma", json!(0)),
        ("safety_score", json!(0.0)),
        ("sbt_status", json!("not_issued")),
        ("phone", Value::Null),
        ("travel_interests", json!([])),
    ] {
        assert_eq!(a.data()[field], always, "{field}");
    }
}

#[tokio::test]
async fn without_a_good_token_nobody_is_me() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let missing = world.get("/api/auth/me").await.fails(401, "missing_token");
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    me(&world, "garbage").await.fails(401, "invalid_token");
    me(&world, &asha.refresh).await.fails(401, "invalid_token");
    refresh(&world, &asha.token).await.fails(401, "invalid_refresh_token");
    me(&world, &asha.token).await.is(200);
}

#[tokio::test]
async fn an_access_token_ends_after_fifteen_minutes() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.advance(15 * MINUTE - SECOND);
    asha.get("/api/auth/me").await.is(200);
    world.advance(SECOND);
    asha.get("/api/auth/me").await.fails(401, "invalid_token");
    asha.get("/api/itineraries").await.fails(401, "invalid_token");
}

#[tokio::test]
async fn authorization_is_one_bearer_token_or_none() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let good = format!("Bearer {}", asha.token);
    for path in ["/api/auth/me", "/api/itineraries", "/api/itineraries/nonexistent-id"] {
        for bad in [
            &["Basic YXNoYTpUZXN0MTIzIQ=="][..],
            &["Token x"],
            &[&asha.token],
            &["Bearer"],
            &["Bearer "],
            &[""],
            &[&good, &good],
            &[&good, "Basic x"],
            &["Basic x", &good],
        ] {
            get_as(&world, path, bad).await.fails(401, "invalid_token");
        }
    }
    for path in ["/api/auth/me", "/api/itineraries"] {
        get_as(&world, path, &[&good]).await.is(200);
        get_as(&world, path, &[&good.replace("Bearer", "bearer")]).await.is(200);
    }
}

const KEY: &str = "the key of this test, long enough to be one";

fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

/// A token signed with the `HS...` that its header names, or with HS256.
fn signed(header: &Value, claims: &Value, key: &str) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    macro_rules! mac {
        ($hash:ty) => {{
            let mut mac = Hmac::<$hash>::new_from_slice(key.as_bytes()).unwrap();
            mac.update(message.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }};
    }
    let signature = match header["alg"].as_str() {
        Some("HS384") => mac!(Sha384),
        Some("HS512") => mac!(Sha512),
        _ => mac!(Sha256),
    };
    format!("{message}.{}", BASE64.encode(signature))
}

fn with(value: &Value, field: &str, to: Value) -> Value {
    let mut value = value.clone();
    value[field] = to;
    value
}

fn without(value: &Value, field: &str) -> Value {
    let mut value = value.clone();
    value.as_object_mut().unwrap().remove(field).unwrap();
    value
}

#[tokio::test]
async fn forged_tokens_open_nothing() {
    let world = World::with(&[("JWT_SECRET_KEY", KEY)]).await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let decode = |text: &str| serde_json::from_slice::<Value>(&BASE64.decode(text).unwrap()).unwrap();
    let parts: Vec<&str> = asha.token.split('.').collect();
    let [head, body, signature] = parts[..] else { panic!("{}", asha.token) };
    let (header, claims) = (decode(head), decode(body));
    let bela_claims = decode(bela.token.split('.').nth(1).unwrap());
    let now = claims["iat"].as_i64().unwrap();
    let header_with = |field: &str, to: Value| signed(&with(&header, field, to), &claims, KEY);
    let claims_with = |field: &str, to: Value| signed(&header, &with(&claims, field, to), KEY);
    let swapped = |header: &Value| format!("{}.{body}.{signature}", part(header));

    me(&world, &signed(&header, &claims, KEY)).await.is(200); // this is how a good one is made

    let mut forged = vec![
        ("no algorithm, unsigned", format!("{}.{body}.", part(&with(&header, "alg", json!("none"))))),
        ("no algorithm, old signature", swapped(&with(&header, "alg", json!("none")))),
        ("no algorithm, capitals", format!("{}.{body}.", part(&with(&header, "alg", json!("NONE"))))),
        ("no algorithm, signed", header_with("alg", json!("none"))),
        ("HS512", header_with("alg", json!("HS512"))),
        ("HS384", header_with("alg", json!("HS384"))),
        ("RS256", header_with("alg", json!("RS256"))),
        ("ES256", header_with("alg", json!("ES256"))),
        ("alg missing", signed(&without(&header, "alg"), &claims, KEY)),
        ("another key", signed(&header, &claims, "another key, which is just as long as the real")),
        ("an empty key", signed(&header, &claims, "")),
        ("payload of another, signature kept", format!("{head}.{}.{signature}", part(&bela_claims))),
        ("role added, signature kept", format!("{head}.{}.{signature}", part(&with(&claims, "is_admin", json!(true))))),
        ("typ JWT", header_with("typ", json!("JWT"))),
        ("typ rt+jwt", header_with("typ", json!("rt+jwt"))),
        ("typ missing", signed(&without(&header, "typ"), &claims, KEY)),
        ("kid", header_with("kid", json!("../../dev/null"))),
        ("jku", header_with("jku", json!("https://evil.example/keys"))),
        ("x5u", header_with("x5u", json!("https://evil.example/keys"))),
        ("another issuer", claims_with("iss", json!("evil"))),
        ("another audience", claims_with("aud", json!("another-api"))),
        ("other audiences", claims_with("aud", json!(["a", "b"]))),
        ("expired", claims_with("exp", json!(now))),
        ("expired long ago", claims_with("exp", json!(-1))),
        ("exp is no number", claims_with("exp", json!("9999999999"))),
        ("exp is null", claims_with("exp", Value::Null)),
        ("issued tomorrow", claims_with("iat", json!(now + 86_400))),
        ("of a session of another", claims_with("sid", bela_claims["sid"].clone())),
        ("for another's account", claims_with("sub", bela_claims["sub"].clone())),
        ("of no session", claims_with("sid", json!("01a3b1c2-7a00-7000-8000-00000000002a"))),
        ("sub is no id", claims_with("sub", json!("asha"))),
        ("padded to 64 KB", claims_with("pad", json!("x".repeat(64 * 1024)))),
        ("64 KB of nothing", "x".repeat(64 * 1024)),
        ("64 KB of dots", ".".repeat(64 * 1024)),
        ("two parts", format!("{head}.{body}")),
        ("no signature", format!("{head}.{body}.")),
        ("four parts", format!("{}.{signature}", asha.token)),
        ("cut by one", asha.token[..asha.token.len() - 1].to_owned()),
        ("cut in half", asha.token[..asha.token.len() / 2].to_owned()),
        ("padding", format!("{}=", asha.token)),
        ("a blank within", asha.token.replacen('.', ". ", 1)),
        ("quoted", format!("\"{}\"", asha.token)),
        ("empty parts", "..".to_owned()),
        ("no JSON", format!("{}.{}.{signature}", BASE64.encode("{"), BASE64.encode("{"))),
    ];
    for missing in ["exp", "iss", "aud", "sub", "sid", "iat"] {
        forged.push(("a claim is missing", signed(&header, &without(&claims, missing), KEY)));
    }
    for (what, token) in &forged {
        for path in ["/api/auth/me", "/api/itineraries"] {
            let answer = get_as(&world, path, &[&format!("Bearer {token}")]).await;
            assert_eq!(answer.status, 401, "{what} at {path}: {}", answer.text);
            answer.fails(401, "invalid_token");
        }
        refresh(&world, token).await.fails(401, "invalid_refresh_token");
    }
    me(&world, &asha.token).await.is(200);
}
