//! What became of calls for help, and how they end.

pub(crate) mod raising;

use super::{
    jobs::SendAllClear,
    model::{AlertId, CANCELLABLE_FOR},
    store,
    view::AlertView,
    wire::Nothing,
};
use axum::response::Response;
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Data, Listing, Page, PageQuery, Path, Post, Reply},
};

/// One's own calls for help
///
/// The latest first, those of the last 90 days.
#[utoipa::path(
    get, path = "/api/women-safety/emergency-alert", tag = "women-safety", operation_id = "list_emergency_alerts",
    params(PageQuery),
    responses((status = 200, description = "A page of the caller's calls", body = Listing<AlertView>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_emergency_alerts(app: App, caller: Caller, page: Page) -> Result<Reply<Listing<AlertView>>> {
    let mut db = app.db.read().await?;
    let alerts = store::page(&mut db, caller.id, page).await?;
    let recipients = store::recipients(&mut db, alerts.iter().map(|a| a.id)).await?;
    let total = store::count(&mut db, caller.id).await?;
    let now = app.clock.now();
    let views = alerts.iter().map(|a| AlertView::new(&app.config.data_keys, caller.id, a, &recipients, now));
    Ok(Reply(Listing::new(views.collect::<Result<Vec<_>>>()?, page, total)))
}

/// One of one's own calls for help
///
/// With who was told, and who said that they have seen it.
#[utoipa::path(
    get, path = "/api/women-safety/emergency-alert/{id}", tag = "women-safety", operation_id = "get_emergency_alert",
    params(("id" = AlertId, Path, description = "Which call", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The call", body = Data<AlertView>)),
    security(("bearer" = [])),
)]
pub(crate) async fn get_emergency_alert(
    app: App,
    caller: Caller,
    Path(id): Path<AlertId>,
) -> Result<Reply<Data<AlertView>>> {
    let mut db = app.db.read().await?;
    let alert = store::find(&mut db, caller.id, id).await?.ok_or_else(not_found)?;
    let recipients = store::recipients(&mut db, [id]).await?;
    let view = AlertView::new(&app.config.data_keys, caller.id, &alert, &recipients, app.clock.now())?;
    Ok(Reply::new(view, "Success"))
}

const fn not_found() -> Error {
    Error::NotFound("Emergency alert")
}

/// Take a call for help back
///
/// As a mistake, within 30 seconds. Whoever may have got the mail gets another one that says so; the others get none.
#[utoipa::path(
    post, path = "/api/women-safety/emergency-alert/{id}/cancel", tag = "women-safety",
    operation_id = "cancel_emergency_alert",
    params(("id" = AlertId, Path, description = "Which call", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The call is over", body = Data<AlertView>),
        (status = 409, description = "It is over already (`alert_ended`), or was made more than 30 seconds ago (`too_late`): close it"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("emergency")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn cancel_emergency_alert(
    app: App,
    caller: Caller,
    Path(id): Path<AlertId>,
    post: Post<Nothing>,
) -> Result<Response> {
    end(app, caller, id, End::Cancelled, post.split().1).await
}

/// Close a call for help
///
/// She is safe: whoever may have got the mail gets another one that says so.
#[utoipa::path(
    post, path = "/api/women-safety/emergency-alert/{id}/close", tag = "women-safety",
    operation_id = "close_emergency_alert",
    params(("id" = AlertId, Path, description = "Which call", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The call is over", body = Data<AlertView>),
        (status = 409, description = "It is over already (`alert_ended`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("emergency")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn close_emergency_alert(
    app: App,
    caller: Caller,
    Path(id): Path<AlertId>,
    post: Post<Nothing>,
) -> Result<Response> {
    end(app, caller, id, End::Closed, post.split().1).await
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Cancelled,
    Closed,
}

async fn end(app: App, caller: Caller, id: AlertId, how: End, post: Post<()>) -> Result<Response> {
    let now = app.clock.now();
    let (state, since) = match how {
        End::Cancelled => ("cancelled", Some(now.minus(CANCELLABLE_FOR))),
        End::Closed => ("closed", None),
    };
    let mut begun = post.begin(&app, caller).await?;
    let tx = &mut begun.tx;
    let Some(alert) = store::end(tx, caller.id, id, state, since, now).await? else {
        let alert = store::find(tx, caller.id, id).await?.ok_or_else(not_found)?;
        return Err(if alert.state == "active" {
            Error::conflict("too_late", "A call can be cancelled within 30 seconds; this one can be closed")
        } else {
            Error::conflict("alert_ended", "This call is over already")
        });
    };
    let recipients = store::recipients(tx, [id]).await?;
    for recipient in recipients.iter().filter(|r| r.begun_at.is_some()) {
        tx.enqueue(&SendAllClear { recipient: recipient.id })?;
    }
    tx.happened("emergency_alert_ended", id)?;
    let view = AlertView::new(&app.config.data_keys, caller.id, &alert, &recipients, now)?;
    begun.commit(&Reply::new(view, "The call is over")).await
}
