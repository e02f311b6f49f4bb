//! The addresses of badges for administrators.

use crate::{
    api,
    badges::{
        api::BadgeId,
        model::{BadgeView, Validator, Wish},
        store,
    },
    model::ItineraryId,
    wire::web_address,
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Faults, Result,
    auth::{Admin, TravelerId},
    http::{Body, CursorQuery, Data, PageQuery, Pagination, Paging, Path, Query, Reply, Wire},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which badges.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BadgeQuery {
    /// Only the badge of this trip.
    #[param(example = "01a3b1c2-7a00-7000-8000-00000000002a")]
    project_id: Option<String>,
    /// Only those that this administrator awarded.
    #[param(example = "01a3b1c2-7a00-7000-8000-000000000007")]
    validator_id: Option<String>,
    /// Only those of this kind.
    #[param(example = "gold")]
    badge_type: Option<String>,
}

/// A badge with its trip and who awarded it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AwardedBadge<'a> {
    #[serde(flatten)]
    badge: BadgeView<'a>,
    /// The name of a custom badge.
    #[schema(value_type = Option<String>, example = json!(null))]
    custom_name: Option<&'a str>,
    /// The trip.
    #[schema(inline)]
    project: Badged<'a>,
    /// The administrator who awarded it; null when their account is gone.
    #[schema(inline)]
    validator: Option<Validator<'a>>,
}

/// A trip that has a badge.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Badged<'a> {
    /// Which trip.
    id: ItineraryId,
    /// Its title; null while it is a draft, deleted, or its author is hidden.
    #[schema(value_type = Option<String>, example = "3-Day Tokyo Adventure")]
    title: Option<&'a str>,
}

impl<'a> AwardedBadge<'a> {
    fn new(awarded: &'a store::Awarded) -> Self {
        Self {
            badge: BadgeView::new(&awarded.badge),
            custom_name: awarded.badge.custom_name.as_deref(),
            project: Badged { id: awarded.badge.itinerary_id, title: awarded.title.as_deref() },
            validator: Validator::new(awarded.badge.awarded_by, awarded.validator.as_deref()),
        }
    }
}

/// A page of badges.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BadgePage<'a> {
    /// The badges on this page, the newest first.
    badges: Vec<AwardedBadge<'a>>,
    /// How many all pages have; null for a page by cursor, like the two below.
    #[schema(example = 3)]
    total: Option<i64>,
    /// How many pages there are.
    #[schema(example = 1)]
    pages: Option<i64>,
    /// This page, from 1.
    #[schema(example = 1)]
    current_page: Option<i64>,
    /// Where this page stands.
    pagination: Pagination,
}

/// All badges
///
/// Newest first, with their trips and who awarded them. For administrators.
#[utoipa::path(
    get, path = "/api/admin/badges", tag = "badges", operation_id = "list_all_badges",
    params(BadgeQuery, PageQuery, CursorQuery),
    responses(
        (status = 200, description = "A page of badges", body = Data<BadgePage<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
)]
pub(crate) async fn list_all_badges(
    app: App,
    _: Admin,
    Query(query): Query<BadgeQuery>,
    paging: Paging,
) -> Result<Response> {
    // What cannot be an id is an id of nothing.
    let id = |text: Option<String>| {
        text.filter(|t| !t.trim().is_empty()).map(|t| t.trim().parse().unwrap_or_else(|_| uuid::Uuid::nil()))
    };
    let wanted = store::Wanted {
        itinerary: id(query.project_id).map(ItineraryId),
        awarded_by: id(query.validator_id).map(TravelerId),
        kind: query.badge_type.map(|k| k.trim().to_lowercase()).filter(|k| !k.is_empty()),
    };
    let window = paging.window(&app, format!("badges {wanted:?}"))?;
    let mut db = app.db.read().await?;
    let mut found = store::page(&mut db, &wanted, &window).await?;
    let next = window.cut(&app, &mut found, |a| vec![a.badge.created_at.into(), a.badge.id.into()]);
    let total = match window.total(found.len(), next.is_some()) {
        None if window.page().is_some() => Some(store::count(&mut db, &wanted).await?),
        total => total,
    };
    let pagination = Pagination::of(&window, total, next.clone());
    let badges = BadgePage {
        badges: found.iter().map(AwardedBadge::new).collect(),
        total: pagination.total,
        pages: pagination.pages,
        current_page: pagination.page,
        pagination,
    };
    Ok(paging.linked(Reply::new(badges, "Success").into_response(), next.as_deref()))
}

/// The badges of one trip.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BadgesOfTrip<'a> {
    /// The trip.
    #[schema(inline)]
    project: Badged<'a>,
    /// Its badges: one at most.
    badges: Vec<AwardedBadge<'a>>,
    /// How many these are.
    #[schema(example = 1)]
    total_badges: usize,
    /// What they are worth together.
    #[schema(example = 15)]
    total_points: i64,
}

/// The badges of one trip
///
/// With who awarded them, of a trip that everybody may see or that has a badge. For administrators.
#[utoipa::path(
    get, path = "/api/admin/projects/{id}/badges", tag = "badges", operation_id = "list_badges_as_admin",
    params(("id" = ItineraryId, Path, description = "Which trip", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "Its badges", body = Data<BadgesOfTrip<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
)]
pub(crate) async fn list_badges_as_admin(app: App, _: Admin, Path(id): Path<ItineraryId>) -> Result<Response> {
    let mut db = app.db.read().await?;
    let awarded = store::awarded_to(&mut db, id).await?;
    let title = match &awarded {
        Some(awarded) => awarded.title.clone(),
        None => Some(store::title(&mut db, id).await?.ok_or_else(api::not_found)?),
    };
    let badges: Vec<_> = awarded.iter().map(AwardedBadge::new).collect();
    let of_trip = BadgesOfTrip {
        project: Badged { id, title: title.as_deref() },
        total_badges: badges.len(),
        total_points: awarded.iter().map(|a| a.badge.points).sum(),
        badges,
    };
    Ok(Reply::new(of_trip, "Success").into_response())
}

/// One badge
///
/// With its trip and who awarded it. For administrators.
#[utoipa::path(
    get, path = "/api/admin/badges/{id}", tag = "badges", operation_id = "get_badge",
    params(("id" = BadgeId, Path, description = "Which badge", example = "01a3b1c2-7a00-7000-8000-0000000000b1")),
    responses(
        (status = 200, description = "The badge", body = Data<AwardedBadge<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
)]
pub(crate) async fn get_badge(app: App, _: Admin, Path(BadgeId(id)): Path<BadgeId>) -> Result<Response> {
    let awarded = store::find(&mut app.db.read().await?, id).await?.ok_or(Error::NotFound("Badge"))?;
    Ok(Reply::new(AwardedBadge::new(&awarded), "Success").into_response())
}

/// What shall change about a badge.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"badge_type": "platinum", "rationale": "Every step can be followed, by wheelchair too"}))]
pub(crate) struct BadgeBody {
    /// `stone`, `silver`, `gold`, `platinum`, `demerit` or `custom`.
    #[schema(example = "platinum")]
    badge_type: Option<String>,
    /// Why, in at most 2000 characters.
    #[schema(example = "Every step can be followed, by wheelchair too")]
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

impl Wire for BadgeBody {}

impl BadgeBody {
    fn check(self) -> Result<Wish> {
        let mut faults = Faults::default();
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
        if !wish.names_a_kind() {
            faults.add("badge_type", "must be stone, silver, gold, platinum, demerit or custom");
        }
        faults.result()?;
        Ok(wish)
    }
}

/// Change a badge
///
/// What is not given stays; points follow from the kind. For administrators.
#[utoipa::path(
    patch, path = "/api/admin/badges/{id}", tag = "badges", operation_id = "update_badge",
    params(("id" = BadgeId, Path, description = "Which badge", example = "01a3b1c2-7a00-7000-8000-0000000000b1")),
    request_body(content = BadgeBody, description = "What shall change"),
    responses(
        (status = 200, description = "The badge as it is now", body = Data<AwardedBadge<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn update_badge(
    app: App,
    _: Admin,
    Path(BadgeId(id)): Path<BadgeId>,
    Body(body): Body<BadgeBody>,
) -> Result<Response> {
    let wish = body.check()?;
    let mut tx = app.db.write().await?;
    let mut awarded = store::hold(&mut tx, id).await?.ok_or(Error::NotFound("Badge"))?;
    let new = awarded.badge.clone().changed(wish).check(&mut Faults::default())?;
    awarded.badge.become_new(new);
    store::update(&mut tx, &awarded.badge);
    tx.changed(api::topic(awarded.badge.itinerary_id));
    tx.changed("itineraries");
    tx.commit().await?;
    Ok(Reply::new(AwardedBadge::new(&awarded), "Badge updated").into_response())
}
