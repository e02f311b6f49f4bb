//! The address of views.

use super::{
    model::{Trait, View, viewer_of},
    store,
    waiting::Waiting,
};
use crate::{api, model::ItineraryId, store as trips};
use axum::http::{HeaderMap, header};
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Body, Data, Network, Path, Reply, Wire},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody looks at a trip.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"session_id": "anon_1795426200000_k3j9x2"}))]
pub(crate) struct ViewBody {
    /// What the client calls its session, in at most 128 characters; not looked at when the caller is signed in.
    #[schema(example = "anon_1795426200000_k3j9x2")]
    session_id: Option<String>,
}

impl Wire for ViewBody {}

/// How often a trip was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewCount {
    /// How often, with this view.
    #[schema(example = 120)]
    view_count: i64,
    /// Whether this view was counted.
    #[schema(example = true)]
    is_new_view: bool,
}

/// Look at a trip
///
/// Counts a view: once a day for each traveller, or for each session of somebody who is not signed in; without a session
/// for each network and program. Its author and administrators are not counted. The count is written within a second.
/// Trips are ranked by viewers instead: travellers who were signed in, each once however often they come back.
#[utoipa::path(
    post, path = "/api/itineraries/{id}/view", tag = "itineraries", operation_id = "view_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ViewBody, description = "The session"),
    responses((status = 200, description = "How often it was looked at", body = Data<ViewCount>)),
    security((), ("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn view_itinerary(
    app: App,
    viewer: Option<Caller>,
    Path(id): Path<ItineraryId>,
    Network(network): Network,
    headers: HeaderMap,
    Body(body): Body<ViewBody>,
) -> Result<Reply<Data<ViewCount>>> {
    let session = body.session_id.as_deref().map(str::trim).filter(|s| !s.is_empty());
    if session.is_some_and(|s| s.chars().count() > 128) {
        return Err(Error::field("session_id", "must have at most 128 characters"));
    }
    let waiting = app.batches.of::<Waiting>();
    let Some(entry) = api::shown(&app, id, viewer).await? else {
        return own_draft(&app, viewer, id).await;
    };
    let trip = &entry.value.itinerary;
    let is_counted = viewer.is_none_or(|v| v.id != trip.traveler_id && !v.is_admin);
    let day = app.clock.today();
    let agent = headers.get(header::USER_AGENT).map_or("".into(), |agent| String::from_utf8_lossy(agent.as_bytes()));
    let who = match (viewer, session) {
        (Some(caller), _) => Trait::Traveler(caller.id),
        (None, Some(session)) => Trait::Session(session),
        (None, None) => Trait::Place { network: &network, agent: &agent },
    };
    let keys = &app.config.auth.keys;
    let traveler = viewer.map(|caller| viewer_of(id, caller.id, keys));
    let view = View { itinerary: id, day, viewer: who.on(day, keys), traveler };
    let is_new = is_counted
        && !waiting.has(&view)
        && !store::is_known(&mut app.db.read().await?, &view).await?
        && waiting.add(&app, view).await?;
    Ok(reply(trip.view_count + waiting.count(id), is_new))
}

/// Authors look at their drafts too, which counts as little as their other views.
async fn own_draft(app: &App, viewer: Option<Caller>, id: ItineraryId) -> Result<Reply<Data<ViewCount>>> {
    let caller = viewer.ok_or_else(api::not_found)?;
    let own = trips::find_own(&mut app.db.read().await?, id, caller).await?.ok_or_else(api::not_found)?;
    Ok(reply(own.found.itinerary.view_count, false))
}

fn reply(view_count: i64, is_new_view: bool) -> Reply<Data<ViewCount>> {
    let message = if is_new_view { "View tracked" } else { "Already viewed" };
    Reply::new(ViewCount { view_count, is_new_view }, message)
}
