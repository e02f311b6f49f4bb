//! What wraps every request, found route or not: its id, its limits of time and number, its headers, one log line,
//! one metric, and the JSON of its error, or its page. Few layers, because each costs compile time and a little of every
//! request.

use super::{
    RequestId,
    address::client,
    body::{LARGE_ARRIVAL, is_large},
    envelope::{ErrorBody, json},
    policy::Policies,
    web_page::WebPage,
};
use crate::{App, Error, config::Config};
use axum::{
    Router,
    body::{Body, HttpBody as _},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use std::{
    net::{Ipv4Addr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, Predicate, SizeAbove},
    },
    cors::{AllowOrigin, CorsLayer},
};

/// The route's template, for logs and metrics; set by the guard on the response.
#[derive(Debug, Clone)]
pub struct RouteLabel(pub Arc<str>);

/// Puts the layers around a finished router.
pub fn layers(router: Router<App>, app: &App, policies: Arc<Policies>) -> Router<App> {
    router
        .fallback(|| async { Error::NotFound("This address was") })
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed })
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state((app.clone(), policies), outer))
                .layer(cors(&app.config))
                .layer(
                    CompressionLayer::new()
                        .quality(CompressionLevel::Fastest)
                        .compress_when(DefaultPredicate::new().and(SizeAbove::new(1024))),
                ),
        )
}

fn cors(config: &Config) -> CorsLayer {
    let origins: Vec<HeaderValue> = config.cors.origins.iter().filter_map(|o| o.parse().ok()).collect();
    let own = |name| HeaderName::from_static(name);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            own("idempotency-key"),
            own("x-csrf-token"),
            own("x-request-id"),
        ])
        .expose_headers([
            header::ETAG,
            header::LINK,
            header::RETRY_AFTER,
            own("x-request-id"),
            own("idempotency-replayed"),
        ])
        .max_age(Duration::from_mins(10))
}

async fn outer(State((app, policies)): State<(App, Arc<Policies>)>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&app, request.headers());
    let method = request.method().clone();
    // A cookie may stand in for a token; what comes with one is nobody else's to keep.
    let is_anonymous =
        !request.headers().contains_key(header::AUTHORIZATION) && !request.headers().contains_key(header::COOKIE);
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), |c| c.0);
    let address = client(peer, request.headers(), &app.config.http.trusted_proxies);
    request.extensions_mut().insert(address);
    request.extensions_mut().insert(RequestId(id.clone()));
    let is_page = policies.is_page(request.uri().path());

    let mut response = if request.uri().path_and_query().is_some_and(|p| p.as_str().len() > 8192) {
        Error::UriTooLong.into_response()
    } else {
        run(&app, &policies, request, next).await
    };
    let label = response.extensions_mut().remove::<RouteLabel>();
    if let Some(error) = response.extensions_mut().remove::<Arc<Error>>().or_else(|| bare(&response)) {
        let headers = std::mem::take(response.headers_mut());
        response = render(&error, &id, headers, is_page);
    }
    headers(&app.config, response.headers_mut(), &id, is_anonymous && matches!(method, Method::GET | Method::HEAD));
    let took = started.elapsed();
    let route = label.as_ref().map_or("unmatched", |l| &l.0);
    let status = response.status();
    tracing::info!(target: "access", request_id = %id, %method, route, status = status.as_u16(), micros = took.as_micros(), "request");
    record(&method, route, status, took);
    response
}

/// An error without a body, as files that are not there have it.
fn bare(response: &Response) -> Option<Arc<Error>> {
    let is_empty = response.body().size_hint().exact() == Some(0);
    (is_empty && response.status() == StatusCode::NOT_FOUND).then(|| Arc::new(Error::NotFound("This address was")))
}

/// Runs the rest with a place among the requests in flight, within its time, and survives a panic.
async fn run(app: &App, policies: &Policies, request: Request, next: Next) -> Response {
    if !app.is_ready() && !request.uri().path().starts_with("/health") {
        return Error::unavailable("the database is not ready yet").into_response();
    }
    let place = app.in_flight.try_acquire().ok().or_else(|| {
        // Who calls for help does not wait for others.
        let is_reserved = policies.is_reserved(request.uri().path(), request.method());
        if is_reserved { app.in_reserve.try_acquire().ok() } else { None }
    });
    let Some(_place) = place else {
        return Error::unavailable("too many requests in flight").into_response();
    };
    // Who may send a large body is checked before it is read.
    let arrival = if is_large(request.headers()) { LARGE_ARRIVAL } else { Duration::ZERO };
    let rest = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(app.config.http.request_timeout + arrival, rest).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let cause = panic
                .downcast_ref::<&str>()
                .map(|s| (*s).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned());
            metrics::counter!("tripit_panics_total").increment(1);
            Error::internal(format!("panic: {}", cause.unwrap_or_default())).into_response()
        }
        Err(_) => Error::unavailable("the request took too long").into_response(),
    }
}

fn render(error: &Error, id: &str, headers: HeaderMap, is_page: bool) -> Response {
    match error {
        Error::Internal { cause } => tracing::error!(request_id = id, cause, "a request failed"),
        Error::Unavailable { cause } => tracing::warn!(request_id = id, cause, "a request could not be served"),
        _ => {}
    }
    let mut response = if let Error::Replay(given) = error {
        let mut response = json(error.status(), given.body.clone());
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
        response
    } else if let Some(page) = is_page.then(|| WebPage::of_error(error, id).written().ok()).flatten() {
        page
    } else {
        let body = serde_json::to_vec(&ErrorBody::new(error, id)).unwrap_or_default();
        json(error.status(), Body::from(body))
    };
    // What others set stays: `Allow` of a 405, `Vary` and the rest of CORS.
    for (name, value) in
        headers.iter().filter(|(name, _)| **name != header::CONTENT_TYPE && **name != header::CONTENT_LENGTH)
    {
        response.headers_mut().append(name, value.clone());
    }
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    if error.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The client's id when it is harmless, else a new one.
fn request_id(app: &App, headers: &HeaderMap) -> String {
    let given = headers.get("x-request-id").and_then(|v| v.to_str().ok());
    given.filter(|id| RequestId::may_be(id)).map_or_else(|| app.new_uuid().simple().to_string(), str::to_owned)
}

/// Headers of every response; see `docs/security.md`.
fn headers(config: &Config, headers: &mut HeaderMap, id: &str, is_public_read: bool) {
    const FIXED: [(HeaderName, HeaderValue); 7] = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_XSS_PROTECTION, HeaderValue::from_static("0")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-site")),
        (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("geolocation=(), camera=(), microphone=(), payment=()"),
        ),
    ];
    const CLOSED: HeaderValue =
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    if headers.get(header::CONTENT_TYPE).is_some_and(|t| t == "application/json") {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(CLOSED);
    if config.http.is_https() {
        headers
            .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    // A tag makes a reply worth keeping, but only by asking again each time: what was hidden since must not be shown.
    let keep = if is_public_read && headers.contains_key(header::ETAG) {
        HeaderValue::from_static("public, max-age=0, must-revalidate")
    } else {
        HeaderValue::from_static("no-store")
    };
    headers.entry(header::CACHE_CONTROL).or_insert(keep);
    headers.append(header::VARY, HeaderValue::from_static("authorization"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-request-id", id);
    }
}

fn record(method: &Method, route: &str, status: StatusCode, took: Duration) {
    let method: &'static str = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    };
    let status = match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    metrics::histogram!("tripit_request_seconds", "method" => method, "route" => route.to_owned(), "status" => status)
        .record(took.as_secs_f64());
}
