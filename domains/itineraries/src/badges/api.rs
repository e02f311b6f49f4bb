//! The addresses of badges.

use super::{
    model::{BadgeView, GivenBadge, NewBadge, Validator, Wish},
    store,
};
use crate::{api, model::ItineraryId, wire::web_address};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Faults, Result,
    auth::{Admin, Caller},
    http::{Created, Data, Message, Path, Post, Reply, Wire},
    id,
};
use serde::Deserialize;
use utoipa::ToSchema;

id! {
    /// A badge.
    BadgeId, "Badge"
}

/// A badge for a trip.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"project_id": "01a3b1c2-7a00-7000-8000-00000000002a", "badge_type": "gold", "rationale": "Every step can be followed"}))]
pub(crate) struct AwardBody {
    /// The trip. `itinerary_id` is understood as well.
    #[schema(example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    project_id: Option<String>,
    /// `stone`, `silver`, `gold`, `platinum`, `demerit` or `custom`.
    #[schema(example = "gold")]
    badge_type: Option<String>,
    /// Why, in at most 2000 characters.
    #[schema(example = "Every step can be followed")]
    rationale: Option<String>,
    /// Of a custom badge only: what it is worth, -100 to 100.
    #[schema(example = 15)]
    points: Option<i64>,
    /// Of a custom badge only, which must have one: its name.
    #[schema(example = "Pathfinder")]
    custom_name: Option<String>,
    /// Of a custom badge only: the address of its picture.
    #[schema(example = "https://images.example.org/pathfinder.png")]
    custom_image: Option<String>,
}

impl Wire for AwardBody {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("itinerary_id", "project_id")];
}

impl AwardBody {
    fn check(self) -> Result<(ItineraryId, NewBadge)> {
        let mut faults = Faults::default();
        if self.project_id.is_none() {
            faults.add("project_id", "is required");
        }
        if let Some(Err(fault)) = self.custom_image.as_deref().map(|image| web_address(image, &())) {
            faults.add("custom_image", fault.message());
        }
        let wish = Wish {
            kind: self.badge_type,
            points: self.points,
            rationale: self.rationale,
            custom_name: self.custom_name,
            custom_image: self.custom_image,
        };
        let badge = wish.check(&mut faults)?;
        // What cannot be an id is an id of nothing.
        let id = self.project_id.and_then(|id| id.parse().ok()).map(ItineraryId).ok_or_else(api::not_found)?;
        Ok((id, badge))
    }
}

/// Award a badge
///
/// To a published trip that has none. For administrators.
#[utoipa::path(
    post, path = "/api/badges/award", tag = "badges", operation_id = "award_badge",
    request_body(content = AwardBody, description = "The badge"),
    responses(
        (status = 201, description = "The badge", body = Data<BadgeView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
        (status = 404, description = "There is no such trip (`not_found`)"),
        (status = 409, description = "The trip has a badge (`already_awarded`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn award_badge(app: App, Admin(admin): Admin, post: Post<AwardBody>) -> Result<Response> {
    award(app, admin, post).await
}

/// Award a badge
///
/// The same as `/api/badges/award`.
#[utoipa::path(
    post, path = "/api/admin/badges/award", tag = "badges", operation_id = "award_badge_as_admin",
    request_body(content = AwardBody, description = "The badge"),
    responses(
        (status = 201, description = "The badge", body = Data<BadgeView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
        (status = 404, description = "There is no such trip (`not_found`)"),
        (status = 409, description = "The trip has a badge (`already_awarded`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn award_badge_as_admin(app: App, Admin(admin): Admin, post: Post<AwardBody>) -> Result<Response> {
    award(app, admin, post).await
}

async fn award(app: App, admin: Caller, post: Post<AwardBody>) -> Result<Response> {
    let (body, post) = post.split();
    let (itinerary, new) = body.check()?;
    let mut begun = post.begin_while(&app, admin, || api::is_there_for_all(&app, itinerary)).await?;
    store::title(&mut begun.tx, itinerary).await?.ok_or_else(api::not_found)?;
    let awarded = store::award(&mut begun.tx, app.new_uuid(), itinerary, admin.id, new, app.clock.now()).await?;
    let badge = awarded.ok_or_else(|| Error::conflict("already_awarded", "This itinerary already has a badge"))?;
    begun.tx.changed(api::topic(itinerary));
    begun.tx.changed("itineraries");
    begun.commit(&Created::new(BadgeView::new(&badge), "Badge awarded")).await
}

/// The badges of a trip
///
/// Empty for a trip without one, and for a trip that is not there.
#[utoipa::path(
    get, path = "/api/badges/{id}", tag = "badges", operation_id = "list_badges",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "Its badges", body = Data<Vec<GivenBadge<'_>>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_badges(app: App, viewer: Option<Caller>, Path(id): Path<ItineraryId>) -> Result<Response> {
    let given = store::of(&mut app.db.read().await?, id, viewer).await?;
    let views: Vec<_> = given
        .iter()
        .map(|store::Given { badge, validator }| GivenBadge {
            badge: BadgeView::new(badge),
            validator: Validator::new(badge.awarded_by, validator.as_deref()),
        })
        .collect();
    Ok(Reply::new(views, "Success").into_response())
}

/// Take a badge away
///
/// For administrators.
#[utoipa::path(
    delete, path = "/api/admin/badges/{id}", tag = "badges", operation_id = "remove_badge",
    params(("id" = BadgeId, Path, description = "Which badge", example = "01a3b1c2-7a00-7000-8000-0000000000b1")),
    responses(
        (status = 200, description = "It is gone", body = Message),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn remove_badge(app: App, _: Admin, Path(BadgeId(id)): Path<BadgeId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    let itinerary = store::remove(&mut tx, id).await?.ok_or(Error::NotFound("Badge"))?;
    tx.changed(api::topic(itinerary));
    tx.changed("itineraries");
    tx.commit().await?;
    Ok(Reply::message("Badge removed"))
}
