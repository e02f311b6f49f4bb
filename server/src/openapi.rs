//! The contract: what the handlers declare, completed with what is true of all of them.

use kernel::http::{COOKIE_SCHEME, ErrorBody, Reach};
use serde_json::json;
use utoipa::{
    OpenApi, ToSchema,
    openapi::{
        Content, OpenApi as Contract, Ref, RefOr, Required, ResponseBuilder,
        path::{Operation, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Type},
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "TripIt API",
        description = include_str!("openapi.md"),
        license(name = "MIT", identifier = "MIT"),
    ),
    tags(
        (name = "auth", description = "Registering, signing in and out"),
        (name = "admin", description = "For administrators: sessions confirmed by a mailed code, roles and bans"),
        (name = "itineraries", description = "Trips that people publish"),
        (name = "safety-ratings", description = "How safe people found the trips of others"),
        (name = "travel-intel", description = "What travelers ask, tell and warn each other of about a trip"),
        (name = "votes", description = "For and against trips"),
        (name = "saved", description = "Trips that one keeps for later"),
        (name = "badges", description = "What administrators award to trips"),
        (name = "travel-groups", description = "Groups that travel together"),
        (name = "women-safety", description = "Guides, bookings, resources and settings for women who travel"),
        (name = "users", description = "People as others find them"),
        (name = "search", description = "Trips and people by words"),
        (name = "leaderboards", description = "Which trips, people and tags are ahead"),
        (name = "pages", description = "Pages for whoever follows the link of a mail; errors are pages as well"),
        (name = "health", description = "For monitors and operators"),
    ),
    components(schemas(ErrorBody)),
)]
struct Base;

/// What stands above all domains.
pub(crate) fn base() -> Contract {
    let mut base = Base::openapi();
    let scheme = SecurityScheme::Http(Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build());
    let cookie = ApiKeyValue::with_description(
        "__Host-admin",
        "The session that `/api/admin/verify-otp` begins, good for 30 minutes. A request that changes something also \
         comes from an allowed origin and carries the reply's `csrf_token` as `X-CSRF-Token`.",
    );
    let components = base.components.get_or_insert_default();
    components.add_security_scheme("bearer", scheme);
    components.add_security_scheme(COOKIE_SCHEME, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    base
}

/// Adds to every operation the errors that it can answer with, an example to every error, and the headers that are
/// understood everywhere.
pub(crate) fn complete(mut contract: Contract) -> Contract {
    // A parameter that may have slashes is a matter of the router; the contract's templates know no such thing.
    let paths = std::mem::take(&mut contract.paths.paths);
    contract.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for (path, item) in &mut contract.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete_operation(path, method, operation);
            }
        }
    }
    contract
}

/// The contract as a file. Extensions come in any order, and are sorted here.
pub fn printed(contract: &Contract) -> serde_json::Result<String> {
    let text = contract.to_pretty_json()?;
    let is_extension = |line: &str| line.trim_start().starts_with("\"x-");
    let lines: Vec<&str> = text.lines().collect();
    let runs = lines.chunk_by(|line, next| is_extension(line) && is_extension(next)).map(|run| {
        let end = if run.last().is_some_and(|line| line.ends_with(',')) { "," } else { "" };
        let mut bare: Vec<_> = run.iter().map(|line| line.trim_end_matches(',')).collect();
        bare.sort_unstable();
        bare.join(",\n") + end
    });
    Ok(runs.collect::<Vec<_>>().join("\n"))
}

fn complete_operation(path: &str, method: &str, operation: &mut Operation) {
    let class = operation.extensions.as_ref().and_then(|e| e.get("x-rate-limit")).and_then(|v| v.as_str());
    let is_free = class == Some("free");
    let has_body = operation.request_body.is_some();
    let is_page = matches!(
        operation.responses.responses.get("200"),
        Some(RefOr::T(response)) if response.content.contains_key("text/html")
    );
    let has_query = operation.parameters.as_ref().is_some_and(|p| p.iter().any(is_query));
    let has_security = operation.security.is_some();
    // What signs somebody in is done once by its nature, and its reply must not lie in a table. A key belongs to a
    // caller, so what takes nobody as well takes none.
    let signs_in = path.starts_with("/api/auth/") || matches!(class, Some("login" | "mail"));
    let is_optional = operation.security.as_ref().is_some_and(|s| s.contains(&SecurityRequirement::default()));
    let takes_key = method == "post" && has_security && !signs_in && !is_optional;
    if takes_key {
        let header = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "Sent with a request that may have to be sent again: the same key within 24 hours gets the same reply, \
                 and the work is done once. With another request it is a 409 (`idempotency_key_reused`).",
            ))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .example(Some(json!("7f2c1e0a-5d0e-4a53-9a55-9d7a1c2b3d4e")))
            .build();
        operation.parameters.get_or_insert_default().push(RefOr::T(header));
    }
    let needs_address = operation.extensions.as_ref().and_then(|e| e.get("x-reaches")).is_some_and(reaches_others);
    if let Some(RefOr::T(refusal)) = operation.responses.responses.get_mut("403").filter(|_| needs_address) {
        refusal.description = format!("{}. {UNCONFIRMED}", refusal.description);
    }
    let common = [
        (
            "304",
            method == "get" && !is_free && !is_page,
            "The reader holds this already: its `If-None-Match` names the `ETag`",
        ),
        (
            "400",
            has_body || has_query || takes_key,
            "The request breaks a rule (`validation_failed`); `details` names the fields",
        ),
        ("401", has_security, "There is no token that is good now (`invalid_token`)"),
        ("403", needs_address, UNCONFIRMED),
        ("404", path.contains("{id}"), "There is nothing with this id that the reader may see (`not_found`)"),
        ("409", takes_key, "The key was used for another request (`idempotency_key_reused`)"),
        ("413", has_body, "The body is too large (`body_too_large`)"),
        ("415", has_body && !is_page, "The body is not JSON (`unsupported_media_type`)"),
        ("415", has_body && is_page, "The body is not what a form sends (`unsupported_media_type`)"),
        ("429", !is_free, "Too many requests (`rate_limited`); `Retry-After` says how many seconds to wait"),
        (
            "503",
            !is_free,
            "Something that the service depends on is down (`unavailable`); try again after `Retry-After`",
        ),
    ];
    for (status, _, description) in common.iter().filter(|(_, applies, _)| *applies) {
        let response = || RefOr::T(ResponseBuilder::new().description(*description).build());
        operation.responses.responses.entry((*status).to_owned()).or_insert_with(response);
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if (status.starts_with('4') || status.starts_with('5')) && is_page {
            let mut content = Content::new(Some(ObjectBuilder::new().schema_type(Type::String)));
            content.example = Some(json!("<!doctype html><title>That did not work · TripIt</title>..."));
            response.content.insert("text/html".to_owned(), RefOr::T(content));
        } else if (status.starts_with('4') || status.starts_with('5')) && response.content.is_empty() {
            let example = example(status, &response.description);
            let mut content = Content::new(Some(Ref::from_schema_name(ErrorBody::name())));
            content.example = Some(example);
            response.content.insert("application/json".to_owned(), RefOr::T(content));
        }
    }
}

/// What whoever has not confirmed the address is told, where that is demanded.
const UNCONFIRMED: &str = "The address of the caller's account is not confirmed (`email_unverified`), where the setting \
    `REQUIRE_VERIFIED_EMAIL` demands it";

fn reaches_others(reach: &serde_json::Value) -> bool {
    matches!(reach.as_str().and_then(Reach::named), Some(Reach::Others | Reach::OwnUntilPublished))
}

fn is_query(parameter: &RefOr<utoipa::openapi::path::Parameter>) -> bool {
    matches!(parameter, RefOr::T(p) if p.parameter_in == ParameterIn::Query)
}

/// An error's example: its code is the first word in backticks of the description.
fn example(status: &str, description: &str) -> serde_json::Value {
    let reason = status.parse().ok().and_then(|s: u16| axum::http::StatusCode::from_u16(s).ok()?.canonical_reason());
    let code = description.split('`').nth(1).unwrap_or("error");
    let message = description.split(" (").next().unwrap_or(description);
    let mut example = json!({
        "status": "error",
        "error": reason.unwrap_or("Error"),
        "message": message,
        "code": code,
        "request_id": "01a3b1c27a007000800000000000002a",
    });
    if code == "validation_failed"
        && let Some(object) = example.as_object_mut()
    {
        object.insert("message".to_owned(), json!("destination: is required"));
        object.insert("details".to_owned(), json!({"destination": ["is required"]}));
    }
    example
}
