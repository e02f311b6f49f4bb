//! The headers of every response.

use crate::{post, request, trip};
use axum::{body::Body, http::Method};
use testkit::{Answer, World};

const CLOSED: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[track_caller]
fn is_secured(answer: &Answer, policy: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("x-xss-protection", "0"),
        ("cross-origin-resource-policy", "same-site"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "geolocation=(), camera=(), microphone=(), payment=()"),
        ("content-security-policy", policy),
    ] {
        assert_eq!(answer.header(name), value, "{name} of {}", answer.status);
        assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{name}");
    }
    assert!(!answer.header("x-request-id").is_empty());
    assert!(!answer.header("cache-control").is_empty());
    for name in ["server", "x-powered-by"] {
        assert_eq!(answer.header(name), "", "{name}");
    }
    let vary: Vec<&str> = answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
    assert!(vary.join(",").to_lowercase().contains("authorization"), "{vary:?}");
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("Three days in Tokyo")).await;
    let list = world.get("/api/itineraries").await.is(200);
    let held = [("if-none-match", list.header("etag"))];
    let unchanged = world.send(request(Method::GET, "/api/itineraries", &held, "")).await;
    let answers = [
        (200, list.clone()),
        (200, world.get("/health").await),
        (200, world.get("/").await),
        (200, world.get("/metrics").await),
        (200, world.get("/openapi.json").await),
        (201, asha.post("/api/itineraries", trip("Four days in Tokyo")).await),
        (304, unchanged),
        (400, world.send(post("/api/auth/login", "{")).await),
        (401, world.get("/api/auth/me").await),
        (404, world.get("/nowhere").await),
        (405, world.call(Method::PUT, "/api/itineraries", None, None).await),
        (413, world.send(request(Method::POST, "/api/auth/login", &[("content-length", "300000")], "")).await),
        (414, world.get(&format!("/{}", "a".repeat(9000))).await),
        (415, world.send(request(Method::POST, "/api/auth/login", &[], "x")).await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status, "{}", answer.text);
        let policy = if answer.text.contains("\"openapi\":\"3.") {
            answer.header("content-security-policy").to_owned()
        } else {
            CLOSED.to_owned()
        };
        is_secured(&answer, &policy);
        assert_eq!(answer.header("strict-transport-security"), "", "not over plain http");
    }
}

#[tokio::test]
async fn the_documentation_may_run_its_own_script_and_nothing_else() {
    let world = World::new().await;
    let page = world.get("/docs/").await.is(200);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.header("content-type"));
    let policy = page.header("content-security-policy").to_owned();
    is_secured(&page, &policy);
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-eval"), "{policy}");
    let script = policy.split(';').find(|p| p.trim().starts_with("script-src")).unwrap();
    assert!(!script.contains("unsafe-inline"), "{policy}");
    // What the policy forbids must not be in the page, or it would not work.
    assert!(!page.text.contains("<script>"), "a script in the page itself: {}", page.text);
    let to = world.get("/docs").await;
    assert!((300..400).contains(&to.status), "{}", to.status);

    let without = World::with(&[("DOCS_ENABLED", "false")]).await;
    for path in ["/docs", "/docs/", "/openapi.json"] {
        without.get(path).await.fails(404, "not_found");
    }
}

#[tokio::test]
async fn behind_https_browsers_are_told_to_insist_on_it() {
    let world = World::with(&[("PUBLIC_URL", "https://api.tripit.example")]).await;
    for path in ["/health", "/nowhere", "/api/auth/me"] {
        let answer = world.get(path).await;
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
    }
}

#[tokio::test]
async fn only_public_reads_may_be_kept_and_only_by_asking_again() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Three days in Tokyo")).await;
    let one = format!("/api/itineraries/{id}");
    for path in ["/api/itineraries", &one] {
        let (public, own) = (world.get(path).await.is(200), asha.get(path).await.is(200));
        assert_eq!(public.header("cache-control"), "public, max-age=0, must-revalidate", "{path}");
        assert_eq!(own.header("cache-control"), "no-store", "{path}");
        for (answer, token) in [(&public, None), (&own, Some(asha.token.as_str()))] {
            let tag = answer.header("etag").to_owned();
            assert!(tag.starts_with("W/\""), "{path}: {tag}");
            let bearer = token.map(|t| format!("Bearer {t}"));
            for held in [tag.as_str(), "*", &format!("\"x\", {tag}"), tag.trim_start_matches("W/")] {
                let mut headers = vec![("if-none-match", held)];
                headers.extend(bearer.as_deref().map(|b| ("authorization", b)));
                let again = world.send(request(Method::GET, path, &headers, "")).await.is(304);
                assert_eq!((again.text.as_str(), again.header("etag")), ("", tag.as_str()), "{path}: {held}");
                assert_eq!(again.header("cache-control"), answer.header("cache-control"));
            }
            let mut headers = vec![("if-none-match", "W/\"another\"")];
            headers.extend(bearer.as_deref().map(|b| ("authorization", b)));
            world.send(request(Method::GET, path, &headers, "")).await.is(200);
        }
    }
    // A tag says nothing to somebody who may not read.
    let held = [("if-none-match", "*")];
    world.send(request(Method::GET, "/api/auth/me", &held, "")).await.is(401);
    world.send(request(Method::GET, "/nowhere", &held, "")).await.is(404);
    for answer in [
        world.get("/nowhere").await,
        world.get("/api/auth/me").await,
        asha.get("/api/auth/me").await,
        world.get("/health").await,
        asha.post("/api/itineraries", trip("Four days in Tokyo")).await,
    ] {
        assert_eq!(answer.header("cache-control"), "no-store", "{}", answer.text);
    }
}

async fn asked(world: &World, method: Method, path: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "authorization,content-type,idempotency-key"),
    ];
    let headers = if method == Method::OPTIONS { headers.as_slice() } else { &headers[..1] };
    world.send(request(method, path, headers, Body::empty())).await
}

#[tokio::test]
async fn an_allowed_origin_may_call_with_credentials() {
    let world = World::with(&[("CORS_ORIGINS", "https://tripit.app, http://localhost:3000/")]).await;
    for origin in ["https://tripit.app", "http://localhost:3000"] {
        for path in ["/api/itineraries", "/nowhere", "/api/auth/me"] {
            let answer = asked(&world, Method::GET, path, origin).await;
            assert_eq!(answer.header("access-control-allow-origin"), origin, "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), "true", "{path}");
            let exposed = answer.header("access-control-expose-headers").to_lowercase();
            for name in ["etag", "retry-after", "x-request-id", "idempotency-replayed"] {
                assert!(exposed.contains(name), "{exposed}");
            }
            let vary: Vec<&str> = answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
            assert!(vary.join(",").to_lowercase().contains("origin"), "{vary:?}");
        }
        let preflight = asked(&world, Method::OPTIONS, "/api/itineraries", origin).await;
        assert_eq!((preflight.status, preflight.text.as_str()), (200, ""));
        assert_eq!(preflight.header("access-control-allow-origin"), origin);
        assert_eq!(preflight.header("access-control-allow-credentials"), "true");
        assert_eq!(preflight.header("access-control-max-age"), "600");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            assert!(preflight.header("access-control-allow-methods").contains(method), "{method}");
        }
        let allowed = preflight.header("access-control-allow-headers").to_lowercase();
        for name in ["authorization", "content-type", "if-none-match", "idempotency-key", "x-request-id"] {
            assert!(allowed.contains(name), "{allowed}");
        }
        is_secured(&preflight, CLOSED);
    }
}

#[tokio::test]
async fn a_hostile_origin_is_allowed_nothing() {
    let world = World::with(&[("CORS_ORIGINS", "https://tripit.app")]).await;
    for origin in [
        "null",
        "*",
        "https://tripit.app.evil.example",
        "https://eviltripit.app",
        "https://evil.tripit.app",
        "https://tripit.app:8443",
        "https://tripit.app:443",
        "http://tripit.app",
        "https://tripit.app/",
        "https://tripit.app/path",
        "https://TRIPIT.app",
        "HTTPS://tripit.app",
        "https://tripit.app.",
        "https://tripit.app@evil.example",
        "https://evil.example#tripit.app",
        "https://evil.example?https://tripit.app",
        "https://tripit.app https://evil.example",
        "https://tripit.app,https://evil.example",
        "https://tripit.ap",
        "https://xn--tripit-app",
        "file://",
        "tripit.app",
        "https://tripit.app%00.evil.example",
    ] {
        for (method, path) in
            [(Method::GET, "/api/itineraries"), (Method::OPTIONS, "/api/itineraries"), (Method::GET, "/api/auth/me")]
        {
            let answer = asked(&world, method.clone(), path, origin).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path} from {origin}");
        }
    }
}
