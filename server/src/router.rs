//! Every address of the API: one line a domain. To find the code of an endpoint, start here.

use crate::{health, openapi};
use axum::{
    Router,
    http::{HeaderValue, header},
    middleware::{from_fn_with_state, map_response},
    response::Response,
};
use kernel::{
    App,
    crypto::SealedTable,
    events::Happened,
    http::{Policies, guard, layers},
    jobs::{Housekeeping, Jobs},
};
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::SwaggerUi;

/// The domains.
fn domains() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        .merge(health::router())
        .merge(accounts::router())
        .merge(itineraries::router())
        .merge(safety_ratings::router())
        .merge(travel_intel::router())
        .merge(travelers::router())
        .merge(travel_groups::router())
        .merge(women_safety::router())
        .merge(search::router())
        .merge(leaderboards::router())
}

/// The jobs of all domains.
pub fn jobs() -> Jobs {
    Jobs::default()
        .on::<Happened>()
        .every::<Housekeeping>("*/10 * * * *")
        .merge(accounts::jobs())
        .merge(itineraries::jobs())
        .merge(safety_ratings::jobs())
        .merge(travel_intel::jobs())
        .merge(travel_groups::jobs())
        .merge(women_safety::jobs())
}

/// The tables of all domains with encrypted columns.
pub fn sealed() -> Vec<&'static SealedTable> {
    women_safety::sealed()
}

/// The whole contract.
pub fn contract() -> OpenApi {
    let (_, contract) = domains().split_for_parts();
    openapi::complete(contract)
}

/// The finished router.
pub fn build(app: &App) -> Router {
    let contract = contract();
    let policies = Arc::new(Policies::from_openapi(&contract));
    let (routes, _) = domains().split_for_parts();
    let mut routes = routes.route_layer(from_fn_with_state((app.clone(), Arc::clone(&policies)), guard));
    if app.config.http.docs {
        let docs = SwaggerUi::new("/docs").url("/openapi.json", contract);
        routes = routes.merge(Router::from(docs).layer(map_response(let_page_load_its_parts)));
    }
    layers(routes, app, policies).with_state(app.clone())
}

/// The documentation is the only page with a script that we serve; it may run its own script and nothing else.
async fn let_page_load_its_parts(mut response: Response) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                  font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}
