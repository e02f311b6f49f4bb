//! The addresses of votes.

use super::{
    model::{Turn, Vote},
    store,
    store::{Counts, Held},
};
use crate::{api, mine::Mine, model::ItineraryId, scores, view::ItineraryView};
use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use kernel::{
    App, Error, Faults, Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::Tx,
    http::{CursorQuery, Data, Message, Noun, PageQuery, Pagination, Paging, Path, Post, Reply, RequestId, Wire},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A vote for or against a trip.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"project_id": "01a3b1c2-7a00-7000-8000-00000000002a", "vote_type": "up"}))]
pub(crate) struct VoteBody {
    /// The trip. `itinerary_id` is understood as well.
    #[schema(example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    project_id: Option<String>,
    /// `up` or `down`.
    #[schema(example = "up")]
    vote_type: Option<String>,
}

impl Wire for VoteBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("itinerary_id", "project_id")];
}

impl VoteBody {
    fn check(self) -> Result<(ItineraryId, Vote)> {
        let mut faults = Faults::default();
        if self.project_id.is_none() {
            faults.add("project_id", "is required");
        }
        let vote = self.vote_type.as_deref().and_then(Vote::named);
        if vote.is_none() {
            faults.add("vote_type", "must be up or down");
        }
        faults.result()?;
        // What cannot be an id is an id of nothing.
        let id = self.project_id.and_then(|id| id.parse().ok()).map(ItineraryId).ok_or_else(api::not_found)?;
        Ok((id, vote.ok_or_else(api::not_found)?))
    }
}

/// The votes of a trip after one was cast.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tally {
    /// Which trip.
    id: ItineraryId,
    /// Votes for it.
    #[schema(example = 9)]
    upvotes: i64,
    /// Votes against it.
    #[schema(example = 1)]
    downvotes: i64,
    /// Votes for it less votes against it.
    #[serde(rename = "voteCount")]
    #[schema(example = 8)]
    vote_count: i64,
    /// The caller's own vote now: `up`, `down` or null.
    #[schema(value_type = Option<String>, example = "up")]
    user_vote: Option<&'static str>,
    /// What happened: `created`, `changed` or `removed`.
    #[schema(value_type = String, example = "created")]
    action: &'static str,
    /// The request by which it was cast, as in `X-Request-Id`.
    #[schema(example = "01a3b1c27a0070008000000000000001")]
    request_id: String,
}

/// Vote
///
/// For or against a trip that the caller may see. The same vote again takes it back, the other one changes it. The
/// reply carries the counts as they are now.
#[utoipa::path(
    post, path = "/api/votes", tag = "votes", operation_id = "cast_vote",
    request_body(content = VoteBody, description = "The vote"),
    responses(
        (status = 200, description = "The votes of the trip", body = Data<Tally>),
        (status = 404, description = "There is no such trip (`not_found`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn cast_vote(
    app: App,
    caller: Caller,
    Extension(request): Extension<RequestId>,
    post: Post<VoteBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let (id, vote) = body.check()?;
    let mut begun = post.begin_while(&app, caller, || api::is_there(&app, id, caller)).await?;
    let held = store::hold(&mut begun.tx, id, caller).await?.ok_or_else(api::not_found)?;
    let turn = Turn::of(held.mine.vote, vote);
    let Counts { upvotes, downvotes } = take(&app, &mut begun.tx, id, caller, &held, turn, &request)?;
    let tally = Tally {
        id,
        upvotes,
        downvotes,
        vote_count: upvotes - downvotes,
        user_vote: turn.after.map(Vote::as_str),
        action: turn.action,
        request_id: request.0,
    };
    begun.commit(&Reply::new(tally, "Vote recorded")).await
}

/// Makes a turn true, with everything that follows from it.
fn take(
    app: &App,
    tx: &mut Tx,
    id: ItineraryId,
    caller: Caller,
    held: &Held,
    turn: Turn,
    request: &RequestId,
) -> Result<Counts> {
    let turn = held.counted(turn);
    store::write(tx, id, caller.id, turn, app.new_uuid(), request, app.clock.now());
    tx.changed(api::topic(id));
    tx.changed("itineraries");
    scores::rescore(tx, id)?;
    Ok(Counts { upvotes: held.counts.upvotes + turn.up, downvotes: held.counts.downvotes + turn.down })
}

/// Vote for a trip
///
/// Doing it again takes the vote back; a vote against it is changed.
#[utoipa::path(
    post, path = "/api/itineraries/{id}/upvote", tag = "votes", operation_id = "upvote_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The trip with its votes", body = Data<ItineraryView<'_>>)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn upvote_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    Extension(request): Extension<RequestId>,
    post: Post<api::Nothing>,
) -> Result<Response> {
    toggle(app, caller, id, request, post, Vote::Up, "Itinerary upvoted").await
}

/// Vote against a trip
///
/// Doing it again takes the vote back; a vote for it is changed.
#[utoipa::path(
    post, path = "/api/itineraries/{id}/downvote", tag = "votes", operation_id = "downvote_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The trip with its votes", body = Data<ItineraryView<'_>>)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn downvote_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    Extension(request): Extension<RequestId>,
    post: Post<api::Nothing>,
) -> Result<Response> {
    toggle(app, caller, id, request, post, Vote::Down, "Itinerary downvoted").await
}

async fn toggle(
    app: App,
    caller: Caller,
    id: ItineraryId,
    request: RequestId,
    post: Post<api::Nothing>,
    vote: Vote,
    message: &'static str,
) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, caller, || api::is_there(&app, id, caller)).await?;
    let (held, found) = store::hold_whole(&mut begun.tx, id, caller).await?.ok_or_else(api::not_found)?;
    let turn = Turn::of(held.mine.vote, vote);
    let counts = take(&app, &mut begun.tx, id, caller, &held, turn, &request)?;
    let mut view = ItineraryView::new(&found, Some(caller), app.clock.now());
    view.count_votes(counts.upvotes, counts.downvotes);
    view.belongs_to_reader(Mine { vote: turn.after, ..held.mine });
    begun.commit(&Reply::new(view, message)).await
}

/// Take a vote back
///
/// A 404 when the caller has not voted.
#[utoipa::path(
    delete, path = "/api/itineraries/{id}/vote", tag = "votes", operation_id = "remove_vote",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "There is no vote of the caller any more", body = Message)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn remove_vote(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    Extension(request): Extension<RequestId>,
) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let held = store::hold(&mut tx, id, caller).await?.ok_or_else(api::not_found)?;
    let vote = held.mine.vote.ok_or(Error::NotFound("Vote"))?;
    take(&app, &mut tx, id, caller, &held, Turn::removing(vote), &request)?;
    tx.commit().await?;
    Ok(Reply::message("Vote removed"))
}

/// One of the caller's votes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoteView {
    /// Which vote.
    #[schema(example = "01a3b1c2-7a00-7000-8000-0000000000a1")]
    id: Uuid,
    /// Whose: the caller's.
    user_id: TravelerId,
    /// The trip.
    project_id: ItineraryId,
    /// `up` or `down`.
    #[schema(example = "up")]
    vote_type: String,
    /// When the caller first voted.
    created_at: Timestamp,
}

/// A page of votes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Votes {
    /// The votes on this page, newest first.
    votes: Vec<VoteView>,
    /// Where this page stands.
    pagination: Pagination,
}

/// One's own votes
///
/// On trips that the caller may still see, newest first.
#[utoipa::path(
    get, path = "/api/votes/user", tag = "votes", operation_id = "list_own_votes",
    params(PageQuery, CursorQuery),
    responses((status = 200, description = "A page of votes", body = Data<Votes>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_own_votes(app: App, caller: Caller, paging: Paging) -> Result<Response> {
    let window = paging.window(&app, format!("votes by {}", caller.id))?;
    let mut db = app.db.read().await?;
    let mut found = store::page(&mut db, caller, &window).await?;
    let next = window.cut(&app, &mut found, |v| vec![v.created_at.into(), v.id.into()]);
    let total = match window.total(found.len(), next.is_some()) {
        None if window.page().is_some() => Some(store::count(&mut db, caller).await?),
        total => total,
    };
    let view = |v: store::Cast| VoteView {
        id: v.id,
        user_id: caller.id,
        project_id: v.itinerary_id,
        vote_type: v.vote_type,
        created_at: v.created_at,
    };
    let votes = found.into_iter().map(view).collect();
    let pagination = Pagination::of(&window, total, next.clone());
    let reply = Reply::new(Votes { votes, pagination }, "Votes retrieved");
    Ok(paging.linked(reply.into_response(), next.as_deref()))
}

/// What became of a vote.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VoteStatus {
    /// `completed`, or `not_found` when there is no vote that the caller cast by this request, or none any more.
    #[schema(value_type = String, example = "completed")]
    status: &'static str,
    /// The request that was asked for.
    #[schema(example = "01a3b1c27a0070008000000000000001")]
    request_id: String,
    /// Whether the counters have the vote: a vote is answered when they do.
    #[schema(example = true)]
    reconciled: bool,
    /// Always null: a vote that failed is not there.
    #[schema(value_type = Option<String>, example = json!(null))]
    error: Option<&'static str>,
    /// Votes for the trip as they are now.
    #[schema(example = 9)]
    final_upvotes: Option<i64>,
    /// Votes against it as they are now.
    #[schema(example = 1)]
    final_downvotes: Option<i64>,
}

/// Of which request.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OfRequest {
    /// The request by which the vote was cast, as in `X-Request-Id`.
    #[param(example = "01a3b1c27a0070008000000000000001")]
    request_id: String,
}

impl Noun for OfRequest {
    const NOUN: &'static str = "Vote";
}

/// What became of a vote
///
/// For whoever did not hear the answer: by the `X-Request-Id` of the call, of one's own votes on trips that one may still
/// see. Of several calls by the same id it is the last one, and of several votes on a trip as well.
#[utoipa::path(
    get, path = "/api/votes/status/{request_id}", tag = "votes", operation_id = "get_vote_status",
    params(OfRequest),
    responses((status = 200, description = "What became of it", body = Data<VoteStatus>)),
    security(("bearer" = [])),
)]
pub(crate) async fn get_vote_status(
    app: App,
    caller: Caller,
    Path(OfRequest { request_id }): Path<OfRequest>,
) -> Result<Reply<Data<VoteStatus>>> {
    let counts = if RequestId::may_be(&request_id) {
        store::cast_in(&mut app.db.read().await?, caller, &request_id).await?
    } else {
        None
    };
    let status = VoteStatus {
        status: if counts.is_some() { "completed" } else { "not_found" },
        request_id,
        reconciled: counts.is_some(),
        error: None,
        final_upvotes: counts.map(|c| c.upvotes),
        final_downvotes: counts.map(|c| c.downvotes),
    };
    Ok(Reply::new(status, "Vote status retrieved"))
}
