//! Reading guides. Nothing of it is cached: who may reach whom, and who takes bookings, depends on the reader and the day.

use super::no_guide;
use crate::{
    guides::{
        filter::GuideQuery,
        model::{GuideId, earliest_today},
        store,
        view::{GuideDetail, GuideView, Guides},
    },
    reviews::{self, view::ReviewView},
};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Result,
    auth::Caller,
    http::{Data, Page, PageQuery, Paged, Pagination, Path, Query, Reply},
};

/// Reviews that stand beside a guide.
const MOST_REVIEWS: &str = "10";

/// List guides
///
/// Those whom an administrator verified and who take bookings now, unless the filters say otherwise. Who has no review
/// yet is there as new. How to reach a guide is in no list, but for those with a confirmed booking with her.
#[utoipa::path(
    get, path = "/api/women-safety/guides", tag = "women-safety", operation_id = "list_guides",
    params(GuideQuery, PageQuery),
    responses((status = 200, description = "A page of guides", body = Paged<Guides<'_>>)),
    security((), ("bearer" = [])),
    extensions(("x-rate-limit" = json!("search"))),
)]
pub(crate) async fn list_guides(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<GuideQuery>,
    page: Page,
) -> Result<Response> {
    let filter = query.check()?;
    let today = earliest_today(app.clock.now());
    let (found, total) = if filter.finds_nothing {
        (Vec::new(), 0)
    } else {
        let mut db = app.db.read().await?;
        let total = store::count(&mut db, &filter, viewer, today).await?;
        let found =
            if total > page.offset() { store::page(&mut db, &filter, page, viewer, today).await? } else { Vec::new() };
        (found, total)
    };
    let pagination = Pagination::new(page, total);
    let guides = found.iter().map(|f| GuideView::new(f, viewer, today)).collect();
    Ok(Reply(Paged::new(Guides { guides, pagination: pagination.clone() }, pagination)).into_response())
}

/// A guide
///
/// With the newest reviews of her. How to reach her is for those with a confirmed booking.
#[utoipa::path(
    get, path = "/api/women-safety/guides/{id}", tag = "women-safety", operation_id = "get_guide",
    params(("id" = GuideId, Path, description = "Which guide", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The guide", body = Data<GuideDetail<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_guide(app: App, viewer: Option<Caller>, Path(id): Path<GuideId>) -> Result<Response> {
    let today = earliest_today(app.clock.now());
    let mut db = app.db.read().await?;
    let found = store::find(&mut db, id, viewer).await?.ok_or_else(no_guide)?;
    let ten = Page::new(None, Some(MOST_REVIEWS));
    let reviews = reviews::store::page_of(&mut db, id, ten, viewer).await?;
    let detail = GuideDetail {
        guide: GuideView::new(&found, viewer, today),
        reviews: reviews.iter().map(ReviewView::new).collect(),
        user_has_pending_booking: viewer.map(|_| found.has_requested),
    };
    Ok(Reply::new(detail, "Guide retrieved").into_response())
}
