//! What every reply looks like, whatever was sent.

use crate::{get, post, request, trip};
use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Method},
    routing,
};
use bytes::Bytes;
use kernel::http::layers;
use std::convert::Infallible;
use testkit::{Answer, World, json};
use tower::ServiceExt;

const LOGIN: &str = "/api/auth/login";

/// An error with everything that an error has.
#[track_caller]
fn fails(answer: Answer, status: u16, code: &str) -> Answer {
    let answer = answer.fails(status, code);
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    let keys: Vec<&str> = answer.body.as_object().unwrap().keys().map(String::as_str).collect();
    for key in ["status", "error", "message", "code", "request_id"] {
        assert!(keys.contains(&key), "{key}: {}", answer.text);
    }
    assert!(keys.len() == 5 || (keys.len() == 6 && answer.body["details"].is_object()), "{}", answer.text);
    assert!(answer.header("x-request-id").len() >= 8);
    answer
}

#[tokio::test]
async fn an_unknown_address_is_404_in_the_envelope() {
    let world = World::new().await;
    for path in [
        "/nowhere",
        "/api",
        "/api/",
        "/api/itineraries/",
        "/api//itineraries",
        "/%00",
        "/%FF%FE",
        "/..%2f..%2fetc/passwd",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::HEAD] {
            let answer = world.send(request(method.clone(), path, &[], Body::empty())).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            if method == Method::HEAD {
                assert_eq!(answer.text, "");
            } else {
                fails(answer, 404, "not_found");
            }
        }
    }
    for id in ["1", "x", "%00", "%FF", "01a3b1c2-7a00-7000-8000-00000000002", "null", "{id}"] {
        let path = format!("/api/itineraries/{}", id.replace('{', "%7B").replace('}', "%7D"));
        let answer = fails(world.send(get(&path)).await, 404, "not_found");
        assert_eq!(answer.message(), "Itinerary not found", "{path}");
    }
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_405_with_allow() {
    let world = World::new().await;
    for (method, path, allowed) in [
        (Method::PUT, "/api/itineraries", ["GET", "POST"].as_slice()),
        (Method::PUT, "/api/auth/me", &["GET", "DELETE"]),
        (Method::GET, "/api/auth/login", &["POST"]),
        (Method::POST, "/health", &["GET"]),
        (Method::TRACE, "/api/itineraries/01a3b1c2-7a00-7000-8000-00000000002a", &["GET", "PUT", "PATCH", "DELETE"]),
        ("PROPFIND".parse().unwrap(), "/api/itineraries", &["GET", "POST"]),
    ] {
        let answer =
            fails(world.send(request(method.clone(), path, &[], Body::empty())).await, 405, "method_not_allowed");
        let allow: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        assert!(allowed.iter().all(|m| allow.contains(m)), "{method} {path}: Allow: {allow:?}");
        assert!(!allow.contains(&method.as_str()), "{method} {path}: Allow: {allow:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413_whether_declared_or_not() {
    let world = World::new().await;
    let json = ("content-type", "application/json");
    for length in ["262145", "300000", "99999999999"] {
        let declared = request(Method::POST, LOGIN, &[json, ("content-length", length)], "{}");
        fails(world.send(declared).await, 413, "body_too_large");
    }
    // Without a length, as chunked bodies come.
    let piece = Bytes::from(vec![b' '; 64 * 1024]);
    let chunks = |n: usize| {
        let pieces = vec![Ok::<_, Infallible>(piece.clone()); n];
        Body::from_stream(futures_util::stream::iter(pieces))
    };
    fails(world.send(request(Method::POST, LOGIN, &[json], chunks(5))).await, 413, "body_too_large");
    // The limit itself is not too large.
    fails(world.send(request(Method::POST, LOGIN, &[json], chunks(4))).await, 400, "malformed_json");

    let asha = world.person("asha").await;
    let token = format!("Bearer {}", asha.token);
    let large = request(Method::POST, "/api/itineraries", &[json, ("authorization", &token)], chunks(193));
    fails(world.send(large).await, 413, "body_too_large");
}

#[tokio::test]
async fn an_address_of_more_than_8192_bytes_is_414() {
    let world = World::new().await;
    let path = |length: usize| format!("/api/itineraries?search={}", "a".repeat(length - 24));
    fails(world.send(get(&path(8193))).await, 414, "uri_too_long");
    fails(world.send(get(&format!("/{}", "a".repeat(9000)))).await, 414, "uri_too_long");
    assert_ne!(world.send(get(&path(8192))).await.status, 414);
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_415() {
    let world = World::new().await;
    let body = r#"{"email":"asha@example.org","password":"Test123!"}"#;
    let good = |kind| [("content-type", kind)];
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonp",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "",
        "application/xml",
    ] {
        let answer = world.send(request(Method::POST, LOGIN, &good(kind), body)).await;
        assert_eq!(answer.status, 415, "{kind}: {}", answer.text);
        fails(answer, 415, "unsupported_media_type");
    }
    for headers in [
        [].as_slice(),
        &[("content-type", "application/json"), ("content-type", "text/plain")],
        &[("content-type", "application/json"), ("content-encoding", "gzip")],
        &[("content-type", "application/json"), ("content-encoding", "br")],
    ] {
        fails(world.send(request(Method::POST, LOGIN, headers, body)).await, 415, "unsupported_media_type");
    }
    for kind in [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/ld+json",
    ] {
        fails(world.send(request(Method::POST, LOGIN, &good(kind), body)).await, 401, "invalid_credentials");
    }
}

#[tokio::test]
async fn hostile_json_is_400() {
    let world = World::new().await;
    let deep = (
        "[".repeat(100_000),
        r#"{"a":"#.repeat(40_000),
        format!(r#"{{"email":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000)),
    );
    for (what, body) in [
        ("cut", r#"{"email":"#.as_bytes()),
        ("not JSON", b"email=asha"),
        ("spaces only", b"   "),
        ("a key twice", br#"{"email":"a","email":"b"}"#),
        ("a key twice, deep", br#"{"email":"a","x":[{"y":{"z":1,"\u007a":2}}]}"#),
        ("deep arrays", deep.0.as_bytes()),
        ("deep objects", deep.1.as_bytes()),
        ("deep and whole", deep.2.as_bytes()),
        ("U+0000", br#"{"email":"a\u0000b"}"#),
        ("U+0000 in a key", br#"{"em\u0000ail":"a"}"#),
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("1e400", br#"{"email":1e400}"#),
        ("a lone surrogate", br#"{"email":"\ud800"}"#),
        ("surrogates the wrong way round", br#"{"email":"\udc00\ud800"}"#),
        ("trailing garbage", br#"{"email":"a"} x"#),
        ("two documents", b"{}{}"),
        ("NaN", br#"{"email":NaN}"#),
        ("a comment", b"{/* */}"),
        ("a trailing comma", br#"{"email":"a",}"#),
        ("single quotes", b"{'email':'a'}"),
        ("a raw control character", b"{\"email\":\"a\nb\"}"),
        ("not UTF-8", b"{\"email\":\"\xff\xfe\"}"),
        ("overlong UTF-8", b"{\"email\":\"\xc0\xaf\"}"),
        ("UTF-16", b"{\0}\0"),
    ] {
        let answer = world.send(post(LOGIN, body.to_vec())).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text);
        let answer = fails(answer, 400, "malformed_json");
        assert!(answer.text.len() < 1000, "{what}: {}", answer.text);
    }
    for body in ["[]", "[{}]", "1", "null", "true", r#""text""#] {
        let answer = fails(world.send(post(LOGIN, body)).await, 400, "invalid_body");
        assert_eq!(answer.message(), "The body must be a JSON object");
    }
}

#[tokio::test]
async fn an_absent_body_is_an_empty_object() {
    let world = World::new().await;
    let empty = fails(world.send(post(LOGIN, "{}")).await, 400, "validation_failed");
    assert_eq!(empty.body["details"], json!({"email": ["is required"], "password": ["is required"]}));
    for absent in [
        post(LOGIN, ""),
        request(Method::POST, LOGIN, &[], ""),
        request(Method::POST, LOGIN, &[("content-type", "text/plain")], ""),
    ] {
        let answer = fails(world.send(absent).await, 400, "validation_failed");
        assert_eq!(answer.body["details"], empty.body["details"]);
    }
}

#[tokio::test]
async fn a_wrong_type_names_its_field() {
    let world = World::new().await;
    for (field, body) in [
        ("email", json!({"email": 5, "password": "x"})),
        ("email", json!({"email": ["a"], "password": "x"})),
        ("password", json!({"email": "a", "password": {}})),
        ("password", json!({"email": "a", "password": true})),
    ] {
        let answer = fails(world.post(LOGIN, body.clone()).await, 400, "validation_failed");
        let fields: Vec<&String> = answer.body["details"].as_object().unwrap().keys().collect();
        assert_eq!(fields, [field], "{body}");
        assert!(answer.message().starts_with(&format!("{field}: ")), "{}", answer.text);
    }
    let asha = world.person("asha").await;
    let answer =
        asha.post("/api/itineraries", json!({"title": "A good title", "travel_companions": [{"name": 5}]})).await;
    let answer = fails(answer, 400, "validation_failed");
    assert!(answer.message().starts_with("travel_companions[0].name: "), "{}", answer.text);
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_400() {
    let world = World::new().await;
    let many = format!("/api/itineraries?{}", "activity=a&".repeat(101));
    for path in [many.as_str(), "/api/itineraries?search=a%00b"] {
        fails(world.send(get(path)).await, 400, "invalid_query");
    }
    fails(world.send(get("/api/itineraries?search=a&search=b")).await, 400, "validation_failed");
    for path in
        ["/api/itineraries?search=%FF%FE", "/api/itineraries?%=%&&&==", "/api/itineraries?page=-1&per_page=x&nothing=1"]
    {
        world.send(get(path)).await.is(200);
    }
}

#[tokio::test]
async fn a_harmless_request_id_is_echoed_and_another_replaced() {
    let world = World::new().await;
    let with = |id: HeaderValue| {
        let mut request = get("/nowhere");
        request.headers_mut().insert("x-request-id", id);
        request
    };
    for id in ["abcdefgh", "7f2c1e0a-5d0e-4a53-9a55-9d7a1c2b3d4e", &"a".repeat(64)] {
        let answer = fails(world.send(with(id.parse().unwrap())).await, 404, "not_found");
        assert_eq!(answer.header("x-request-id"), id);
    }
    for id in [
        b"short".as_slice(),
        b"two words here",
        &[b'a'; 100],
        &[b'a'; 65],
        b"a%0d%0aSet-Cookie: x=y",
        b"<script>alert(1)</script>",
        b"caf\xc3\xa9-caf\xc3\xa9",
        b"abcdefg\xff",
        b"tab\there-it-is",
        b"{\"json\":true}",
        b"",
    ] {
        let answer = fails(world.send(with(HeaderValue::from_bytes(id).unwrap())).await, 404, "not_found");
        let given = answer.header("x-request-id");
        assert!(given.len() == 32 && given.bytes().all(|b| b.is_ascii_hexdigit()), "{given}");
    }
    assert!(HeaderValue::from_bytes(b"abcdefgh\r\nset-cookie: x=y").is_err(), "a line break cannot get this far");
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Three days in Tokyo")).await;
    for path in [
        "/api/itineraries",
        &format!("/api/itineraries/{id}"),
        "/health",
        "/api/auth/me",
        "/nowhere",
        "/api/itineraries?search=%00",
    ] {
        let (got, head) = (world.send(get(path)).await, world.send(request(Method::HEAD, path, &[], "")).await);
        assert_eq!(head.status, got.status, "{path}");
        assert_eq!(head.text, "", "{path}");
        for name in ["content-type", "etag", "cache-control", "vary", "content-security-policy", "allow"] {
            assert_eq!(head.header(name), got.header(name), "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn success_has_the_keys_of_its_envelope() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Three days in Tokyo")).await;
    let keys = |answer: &Answer| -> Vec<String> { answer.body.as_object().unwrap().keys().cloned().collect() };
    let list = world.get("/api/itineraries").await.is(200);
    assert_eq!(keys(&list), ["data", "message", "pagination", "status"]);
    assert!(list.data().is_array());
    let one = world.get(&format!("/api/itineraries/{id}")).await.is(200);
    assert_eq!(keys(&one), ["data", "message", "status"]);
    let created = asha.post("/api/itineraries", trip("Four days in Tokyo")).await.is(201);
    assert_eq!(keys(&created), ["data", "message", "status"]);
    let gone = asha.delete(&format!("/api/itineraries/{id}")).await.is(200);
    assert_eq!(keys(&gone), ["message", "status"]);
    for answer in [list, one, created, gone] {
        assert_eq!(answer.body["status"], "success");
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert!(!answer.header("x-request-id").is_empty());
    }
}

async fn panics() -> &'static str {
    panic!("a secret thing happened");
}

#[tokio::test]
async fn a_handler_that_panics_or_never_ends_is_answered_and_the_process_lives() {
    let world = World::with(&[("REQUEST_TIMEOUT", "1")]).await;
    let router = Router::new()
        .route("/panics", routing::get(panics))
        .route("/never", routing::get(std::future::pending::<&'static str>))
        .route("/fine", routing::get(|| async { "fine" }));
    let router = layers(router, &world.app, std::sync::Arc::default()).with_state(world.app.clone());
    let call = async |path: &str| Answer::of(router.clone().oneshot(get(path)).await.unwrap()).await;

    let answer = fails(call("/panics").await, 500, "internal_error");
    assert!(!answer.text.contains("secret"), "{}", answer.text);
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let begun = std::time::Instant::now();
    let (never, panicked, fine) = tokio::join!(call("/never"), call("/panics"), call("/fine"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    fails(panicked, 500, "internal_error");
    assert_eq!((fine.status, fine.text.as_str()), (200, "fine"));
    let never = fails(never, 503, "unavailable");
    assert_eq!(never.header("retry-after"), "1");
}

#[tokio::test]
async fn more_requests_than_there_are_places_are_told_to_come_back() {
    let world = World::with(&[("MAX_IN_FLIGHT", "3"), ("REQUEST_TIMEOUT", "1")]).await;
    let router = Router::new().route("/never", routing::get(std::future::pending::<&'static str>));
    let router = layers(router, &world.app, std::sync::Arc::default()).with_state(world.app.clone());
    let call = async |path: &str| Answer::of(router.clone().oneshot(get(path)).await.unwrap()).await;
    let (_, _, _, fourth) = tokio::join!(call("/never"), call("/never"), call("/never"), async {
        let begun = std::time::Instant::now();
        let answer = call("/never").await;
        (answer, begun.elapsed())
    });
    fails(fourth.0, 503, "unavailable");
    assert!(fourth.1 < std::time::Duration::from_millis(500), "{:?}", fourth.1);
    fails(call("/gone").await, 404, "not_found");
}
