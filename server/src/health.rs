//! What monitors ask: is it alive, is it ready, what is wrong, and how much is it doing.

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{App, Error, clock::Timestamp, http::bearer, telemetry};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_root))
        .routes(routes!(get_health))
        .routes(routes!(get_ready))
        .routes(routes!(get_health_details))
        .routes(routes!(get_metrics))
}

/// Where to go from here.
#[derive(Debug, Serialize, ToSchema)]
struct Welcome {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// What this is.
    #[schema(example = "TripIt API")]
    message: &'static str,
    /// The documentation.
    #[schema(example = "/docs")]
    docs: &'static str,
    /// The contract for programs.
    #[schema(example = "/openapi.json")]
    openapi: &'static str,
}

/// Start here
///
/// Says what this is and where its documentation lies.
#[utoipa::path(
    get, path = "/", tag = "health", operation_id = "get_root",
    responses((status = 200, description = "Where to go", body = Welcome)),
    extensions(("x-rate-limit" = json!("free"))),
)]
async fn get_root() -> Json<Welcome> {
    Json(Welcome { status: "success", message: "TripIt API", docs: "/docs", openapi: "/openapi.json" })
}

/// A sign of life.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `ok`, or `unavailable` while it cannot serve.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Alive?
///
/// Answers as long as the process runs, whatever else is down.
#[utoipa::path(
    get, path = "/health", tag = "health", operation_id = "get_health",
    responses((status = 200, description = "The process runs", body = Health)),
    extensions(("x-rate-limit" = json!("free"))),
)]
async fn get_health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Ready?
///
/// Whether requests should be sent here: the database answers, its schema is in place, and nobody asked us to stop.
#[utoipa::path(
    get, path = "/health/ready", tag = "health", operation_id = "get_ready",
    responses(
        (status = 200, description = "It serves", body = Health),
        (status = 503, description = "It cannot serve now", body = Health, example = json!({"status": "unavailable"})),
    ),
    extensions(("x-rate-limit" = json!("free"))),
)]
async fn get_ready(app: App) -> Response {
    if app.is_ready() && !app.stop.is_cancelled() && app.db.ping().await.is_ok() {
        Json(Health { status: "ok" }).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "unavailable" })).into_response()
    }
}

/// The state of everything that the service depends on.
#[derive(Debug, Serialize, ToSchema)]
struct Details {
    /// `ok`, or `degraded` when something is wrong.
    #[schema(example = "ok")]
    status: &'static str,
    /// When this was found out.
    timestamp: Timestamp,
    /// The version of the program.
    #[schema(example = "1.0.0")]
    version: &'static str,
    checks: Checks,
}

/// Each dependency: `ok`, `error`, or `disabled` when it is not configured.
#[derive(Debug, Serialize, ToSchema)]
struct Checks {
    /// The database.
    #[schema(example = "ok")]
    database: &'static str,
    /// Redis.
    #[schema(example = "disabled")]
    redis: &'static str,
}

/// What is wrong?
///
/// Asks every dependency. Without Redis everything still works, but each process for itself, so its loss counts as
/// degraded.
#[utoipa::path(
    get, path = "/health/detailed", tag = "health", operation_id = "get_health_details",
    responses(
        (status = 200, description = "All is well", body = Details),
        (status = 503, description = "Something is wrong", body = Details, example = json!({
            "status": "degraded", "timestamp": "2026-11-23T09:30:00.000000Z", "version": "1.0.0",
            "checks": {"database": "ok", "redis": "error"}
        })),
    ),
    extensions(("x-rate-limit" = json!("free"))),
)]
async fn get_health_details(app: App) -> Response {
    let word = |is_ok: bool| if is_ok { "ok" } else { "error" };
    let redis = async {
        match &app.redis {
            Some(redis) => word(redis.ping().await),
            None => "disabled",
        }
    };
    let (database, redis) = tokio::join!(app.db.ping(), redis);
    let is_ok = database.is_ok() && redis != "error" && app.is_ready();
    let details = Details {
        status: if is_ok { "ok" } else { "degraded" },
        timestamp: app.clock.now(),
        version: env!("CARGO_PKG_VERSION"),
        checks: Checks { database: word(database.is_ok()), redis },
    };
    let status = if is_ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(details)).into_response()
}

/// How much?
///
/// Counters and times for Prometheus. In production it needs `METRICS_TOKEN` as a bearer token and is not there without.
#[utoipa::path(
    get, path = "/metrics", tag = "health", operation_id = "get_metrics",
    responses(
        (status = 200, description = "Metrics in Prometheus' text format", body = String, content_type = "text/plain",
         example = json!("tripit_cache_entries 12")),
        (status = 404, description = "Not for this caller"),
    ),
    extensions(("x-rate-limit" = json!("free"))),
)]
async fn get_metrics(app: App, headers: HeaderMap) -> Result<String, Error> {
    let presented = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(bearer);
    let keys = &app.config.auth.keys;
    let hash = |token: &str| keys.keyed_hash("metrics token", token.as_bytes());
    let allowed = match &app.config.http.metrics_token {
        // Comparing hashes tells nothing about how much of a guess was right.
        Some(token) => presented.is_some_and(|p| hash(p) == hash(token.expose_secret())),
        None => app.config.is_development(),
    };
    if allowed { Ok(telemetry::scrape(&app)) } else { Err(Error::NotFound("This address was")) }
}
