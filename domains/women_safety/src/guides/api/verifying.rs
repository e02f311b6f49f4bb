//! Verifying guides: administrators only, and each time it is kept who did it.

use super::no_guide;
use crate::guides::{
    model::{GuideId, earliest_today},
    store,
    view::GuideView,
    wire::VerifyBody,
};
use accounts::set_guide_certified;
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Result,
    auth::Admin,
    http::{Data, Path, Post, Reply},
};

/// Verify a guide
///
/// Her card says from now on that she is a certified guide, within a second everywhere. Doing it again changes what is
/// given. Each time it is kept who did it and when.
#[utoipa::path(
    post, path = "/api/admin/guides/{id}/verify", tag = "admin", operation_id = "verify_guide",
    params(("id" = GuideId, Path, description = "Which guide", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = VerifyBody, description = "What was found out; nothing is required"),
    responses(
        (status = 200, description = "The guide as she is now", body = Data<GuideView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`), with a confirmed session (`step_up_required`), and with the cookie by a page that we know (`csrf`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn verify_guide(
    app: App,
    Admin(admin): Admin,
    Path(id): Path<GuideId>,
    post: Post<VerifyBody>,
) -> Result<Response> {
    let (body, post) = post.split();
    let verification = body.check()?;
    let now = app.clock.now();
    let mut begun = post.begin(&app, admin).await?;
    let traveler = store::verify(&mut begun.tx, id, &verification, now).await?.ok_or_else(no_guide)?;
    set_guide_certified(&mut begun.tx, traveler, true)?;
    let outcome = (true, Some(&verification));
    store::keep_verification(&mut begun.tx, app.new_uuid(), id, Some(admin.id), outcome, now);
    let mut found = store::find_for_admin(&mut begun.tx, id).await?.ok_or_else(no_guide)?;
    found.author.women_guide_certified = true;
    let view = GuideView::new(&found, None, earliest_today(now));
    begun.commit(&Reply::new(view, "Guide verified")).await
}

/// Take the verification of a guide back
///
/// With all that was found about her, also when she withdrew. Her card says so within a second everywhere, and it is kept
/// who did it.
#[utoipa::path(
    delete, path = "/api/admin/guides/{id}/verify", tag = "admin", operation_id = "unverify_guide",
    params(("id" = GuideId, Path, description = "Which guide", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The guide as she is now", body = Data<GuideView<'_>>),
        (status = 403, description = "Only administrators may (`admin_required`), with a confirmed session (`step_up_required`), and with the cookie by a page that we know (`csrf`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn unverify_guide(app: App, Admin(admin): Admin, Path(id): Path<GuideId>) -> Result<Response> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let traveler = store::unverify(&mut tx, id, now).await?.ok_or_else(no_guide)?;
    set_guide_certified(&mut tx, traveler, false)?;
    store::keep_verification(&mut tx, app.new_uuid(), id, Some(admin.id), (false, None), now);
    let mut found = store::find_for_admin(&mut tx, id).await?.ok_or_else(no_guide)?;
    found.author.women_guide_certified = false;
    tx.commit().await?;
    let view = GuideView::new(&found, None, earliest_today(now));
    Ok(Reply::new(view, "Verification taken back").into_response())
}
