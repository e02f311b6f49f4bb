//! Saying whether a rating was helpful: one vote a person.

use super::no_rating;
use crate::{
    model::{RatingId, deltas, press},
    store,
    store::{Found, ToVote, topic},
    view::{Helpfulness, vote_name},
    wire::Nothing,
};
use axum::response::Response;
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Data, Path, Post, Reply},
};

/// Find a safety rating helpful
///
/// One vote a person: it takes the place of the other one, and the same again takes it back. Nobody votes on their own.
#[utoipa::path(
    post, path = "/api/safety-ratings/{id}/helpful", tag = "safety-ratings",
    operation_id = "find_safety_rating_helpful",
    params(("id" = RatingId, Path, description = "Which rating", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The votes as they are now", body = Data<Helpfulness>),
        (status = 403, description = "It is the caller's own rating (`own_rating`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn find_safety_rating_helpful(
    app: App,
    caller: Caller,
    Path(id): Path<RatingId>,
    post: Post<Nothing>,
) -> Result<Response> {
    vote(app, caller, id, true, post).await
}

/// Find a safety rating unhelpful
///
/// One vote a person: it takes the place of the other one, and the same again takes it back. Nobody votes on their own.
#[utoipa::path(
    post, path = "/api/safety-ratings/{id}/unhelpful", tag = "safety-ratings",
    operation_id = "find_safety_rating_unhelpful",
    params(("id" = RatingId, Path, description = "Which rating", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The votes as they are now", body = Data<Helpfulness>),
        (status = 403, description = "It is the caller's own rating (`own_rating`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn find_safety_rating_unhelpful(
    app: App,
    caller: Caller,
    Path(id): Path<RatingId>,
    post: Post<Nothing>,
) -> Result<Response> {
    vote(app, caller, id, false, post).await
}

async fn vote(app: App, caller: Caller, id: RatingId, button: bool, post: Post<Nothing>) -> Result<Response> {
    let (_, post) = post.split();
    // What was hidden since is not shown by a reply that was given before.
    let there =
        || async { store::find(&mut app.db.read().await?, id, Some(caller)).await?.map(|_| ()).ok_or_else(no_rating) };
    let mut begun = post.begin_while(&app, caller, there).await?;
    if !store::hold_rating(&mut begun.tx, id).await? {
        return Err(no_rating());
    }
    let ToVote { found: Found { rating, user_vote, .. }, is_counted } =
        store::find_to_vote(&mut begun.tx, id, caller).await?.ok_or_else(no_rating)?;
    if rating.traveler_id == caller.id {
        return Err(Error::forbidden("own_rating", "You cannot vote on your own safety rating"));
    }
    let after = press(user_vote, button);
    // Who was banned and is back a moment ago: what is not counted yet is not taken away.
    let before = user_vote.filter(|_| is_counted);
    store::set_vote(&mut begun.tx, id, caller.id, before, after, app.clock.now());
    begun.tx.changed(topic(rating.itinerary_id));
    begun.tx.changed("safety_ratings");
    if before == Some(true) || after == Some(true) {
        // How many found helpful what is said of a trip is counted there.
        begun.tx.happened("itinerary_rated", rating.itinerary_id)?;
    }
    let (helpful, unhelpful) = deltas(before, after);
    let (helpful, unhelpful) = (rating.helpful_votes + helpful, rating.unhelpful_votes + unhelpful);
    let votes = Helpfulness {
        helpful_votes: helpful,
        unhelpful_votes: unhelpful,
        helpful_count: helpful,
        unhelpful_count: unhelpful,
        user_vote: vote_name(after),
    };
    begun.commit(&Reply::new(votes, "Vote counted")).await
}
