//! The addresses that change a trip's state. Each may be called again, and then changes nothing.

use super::store;
use crate::{
    api::{Nothing, is_there_for_all, not_author, not_found, topic},
    model::ItineraryId,
    scores,
    store::{find, find_by, find_own},
    view::ItineraryView,
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Result,
    auth::{Admin, Caller},
    db::{Session, Tx},
    http::{Data, Path, Post, Reply},
};

/// Publish a trip
///
/// Makes a draft visible to everybody. Only its author may; doing it again changes nothing.
#[utoipa::path(
    post, path = "/api/itineraries/{id}/publish", tag = "itineraries", operation_id = "publish_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The trip", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Somebody else published it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("others"))),
)]
pub(crate) async fn publish_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    post: Post<Nothing>,
) -> Result<Response> {
    set_published(app, caller, id, post, true).await
}

/// Make a trip a draft
///
/// Hides it from everybody but its author. Only its author may; doing it again changes nothing.
#[utoipa::path(
    post, path = "/api/itineraries/{id}/unpublish", tag = "itineraries", operation_id = "unpublish_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The trip", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Somebody else published it (`not_author`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn unpublish_itinerary(
    app: App,
    caller: Caller,
    Path(id): Path<ItineraryId>,
    post: Post<Nothing>,
) -> Result<Response> {
    set_published(app, caller, id, post, false).await
}

async fn set_published(
    app: App,
    caller: Caller,
    id: ItineraryId,
    post: Post<Nothing>,
    is_published: bool,
) -> Result<Response> {
    let (_, post) = post.split();
    // A trip that was deleted since is not there, also not in a reply that was given before.
    let there = || async { is_own(&mut app.db.read().await?, caller, id).await };
    let mut begun = post.begin_while(&app, caller, there).await?;
    if !store::publish(&mut begun.tx, id, caller.id, is_published, app.clock.now()).await? {
        is_own(&mut begun.tx, caller, id).await?;
        return Err(not_found());
    }
    announce(&mut begun.tx, id);
    scores::rescore_of(&mut begun.tx, caller.id)?;
    let found = find_own(&mut begun.tx, id, caller).await?.ok_or_else(not_found)?;
    let message = if is_published { "Itinerary published" } else { "Itinerary unpublished" };
    begun.commit(&Reply::new(found.view(Some(caller), app.clock.now()), message)).await
}

/// What the caller may not see is not there; what somebody else published is, but is not the caller's.
async fn is_own(db: &mut Session, caller: Caller, id: ItineraryId) -> Result<()> {
    if find_own(db, id, caller).await?.is_some() {
        return Ok(());
    }
    match find(db, id, Some(caller)).await? {
        Some(_) => Err(not_author()),
        None => Err(not_found()),
    }
}

fn announce(tx: &mut Tx, id: ItineraryId) {
    tx.changed(topic(id));
    tx.changed("itineraries");
}

/// What an administrator does to a published trip. They are shown it as everybody is, and not as their blocks have it:
/// nobody gets out of their reach by blocking them.
enum Change {
    Unfeature,
    ToggleFeatured,
    Certify,
    Decertify,
}

impl Change {
    async fn make(&self, tx: &mut Tx, app: &App, admin: Caller, id: ItineraryId) -> Result<bool> {
        match self {
            Self::Unfeature => store::unfeature(tx, id).await,
            Self::ToggleFeatured => store::toggle_featured(tx, id, admin.id, app.clock.now()).await,
            Self::Certify => store::certify(tx, id, admin.id, app.clock.now()).await,
            Self::Decertify => store::decertify(tx, id).await,
        }
    }
}

async fn by_post(app: App, admin: Caller, id: ItineraryId, post: Post<Nothing>, change: Change) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = post.begin_while(&app, admin, || is_there_for_all(&app, id)).await?;
    if !change.make(&mut begun.tx, &app, admin, id).await? {
        return Err(not_found());
    }
    announce(&mut begun.tx, id);
    let found = find_by(&mut begun.tx, id, admin).await?.ok_or_else(not_found)?;
    begun.commit(&Reply::new(found.view(Some(admin), app.clock.now()), "Itinerary updated")).await
}

async fn by_delete(app: App, admin: Caller, id: ItineraryId, change: Change) -> Result<Response> {
    let mut tx = app.db.write().await?;
    if !change.make(&mut tx, &app, admin, id).await? {
        return Err(not_found());
    }
    announce(&mut tx, id);
    // Dropped without a commit, and so undone, when its author is hidden.
    let found = find_by(&mut tx, id, admin).await?.ok_or_else(not_found)?;
    tx.commit().await?;
    Ok(Reply::new(found.view(Some(admin), app.clock.now()), "Itinerary updated").into_response())
}

/// Take a trip off the show
///
/// For administrators; doing it again changes nothing.
#[utoipa::path(
    delete, path = "/api/itineraries/{id}/feature", tag = "itineraries", operation_id = "unfeature_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The trip, not on show", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn unfeature_itinerary(
    app: App,
    Admin(admin): Admin,
    Path(id): Path<ItineraryId>,
) -> Result<Response> {
    by_delete(app, admin, id, Change::Unfeature).await
}

/// Put a trip on show, or take it off
///
/// Each call changes it. For administrators.
#[utoipa::path(
    post, path = "/api/admin/itineraries/{id}/feature", tag = "itineraries", operation_id = "toggle_featured_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The trip as it is now", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn toggle_featured_itinerary(
    app: App,
    Admin(admin): Admin,
    Path(id): Path<ItineraryId>,
    post: Post<Nothing>,
) -> Result<Response> {
    by_post(app, admin, id, post, Change::ToggleFeatured).await
}

/// Certify a trip as safe for women
///
/// For administrators; no author can say it of their own trip. Doing it again changes nothing. The certificate ends when
/// the author changes what was certified: the route, the destination, the days or the words. Administrators see
/// who gave it, and when.
#[utoipa::path(
    post, path = "/api/admin/itineraries/{id}/women-safe", tag = "itineraries", operation_id = "certify_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The trip, certified", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn certify_itinerary(
    app: App,
    Admin(admin): Admin,
    Path(id): Path<ItineraryId>,
    post: Post<Nothing>,
) -> Result<Response> {
    by_post(app, admin, id, post, Change::Certify).await
}

/// Take the certificate away
///
/// For administrators; doing it again changes nothing.
#[utoipa::path(
    delete, path = "/api/admin/itineraries/{id}/women-safe", tag = "itineraries", operation_id = "decertify_itinerary",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The trip, not certified", body = Data<ItineraryView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn decertify_itinerary(
    app: App,
    Admin(admin): Admin,
    Path(id): Path<ItineraryId>,
) -> Result<Response> {
    by_delete(app, admin, id, Change::Decertify).await
}
