//! Calling for help, and what became of it.

use super::{
    jobs::{ALERT, SendAlert, SendAllClear},
    model::{AlertId, CANCELLABLE_FOR, RecipientId},
    store::{self, Alert, Recipient, SEALED, SEALED_RECIPIENTS},
    view::AlertView,
    wire::{AlertBody, NewAlert, Nothing},
};
use crate::settings::{self, Contact};
use axum::response::Response;
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Created, Data, Listing, Page, PageQuery, Path, Post, Reply},
};

/// Call for help
///
/// Mails all contacts who agreed, at once, and again for hours until each mail is delivered. Without such a contact nobody
/// would be told, so the answer is a 409 and not a call that looks as if help were on its way. A location or message that
/// cannot be read, or is too long, is left out or cut, and `message` of the reply says so: the call is made. Other requests
/// never use up its rate limit. It calls no police and no ambulance.
#[utoipa::path(
    post, path = "/api/women-safety/emergency-alert", tag = "women-safety", operation_id = "raise_emergency_alert",
    request_body(content = AlertBody, description = "Where and what, as far as there is time for it"),
    responses(
        (status = 201, description = "The mails are on their way", body = Data<AlertView>),
        (status = 409, description = "No contact has agreed to be told (`no_contacts`): call an emergency number, such as 112"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("emergency")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn raise_emergency_alert(app: App, caller: Caller, post: Post<AlertBody>) -> Result<Response> {
    let (body, post) = post.split();
    let new = body.read();
    let keys = &app.config.data_keys;
    let mut begun = post.begin(&app, caller).await?;
    let sealed = store::sealed_contacts(&mut begun.tx, caller.id).await?;
    let contacts = settings::contacts(keys, caller.id, sealed.as_deref())?;
    let standing = settings::standing(&mut begun.tx, caller.id, &contacts).await?;
    let agreed =
        contacts.iter().filter(|c| c.email.as_ref().is_some_and(|address| standing.of(address).state == "agreed"));
    let id = AlertId(app.new_uuid());
    let recipients = agreed.map(|contact| recipient(&app, caller, id, contact)).collect::<Result<Vec<_>>>()?;
    if recipients.is_empty() {
        return Err(no_contacts());
    }
    let alert = alert(&app, caller, id, &new)?;
    store::insert(&mut begun.tx, caller.id, &alert, &recipients);
    for recipient in &recipients {
        begun.tx.enqueue(&SendAlert { recipient: recipient.id })?;
    }
    begun.tx.happened("emergency_alert_raised", id)?;
    let view = AlertView::new(keys, caller.id, &alert, &recipients, app.clock.now())?;
    begun.commit(&Created::new(view, told(&new))).await
}

/// What the reply says; in its data stands what the mails have.
const fn told(new: &NewAlert) -> &'static str {
    match new.is_whole {
        (true, true) => "Your contacts are being told",
        (false, true) => "Your contacts are being told; the location could not be read, or was cut",
        (true, false) => "Your contacts are being told; the message could not be read, or was cut",
        (false, false) => "Your contacts are being told; the location and the message could not be read, or were cut",
    }
}

fn no_contacts() -> Error {
    Error::conflict(
        "no_contacts",
        "No contact of yours has agreed to be told, so nobody was: call the emergency number of the place (112 works in \
         most countries); numbers are at /api/women-safety/resources?category=emergency",
    )
}

fn alert(app: &App, caller: Caller, id: AlertId, new: &NewAlert) -> Result<Alert> {
    let seal = |column: &'static str, text: &Option<String>| {
        let place = SEALED.place(column, id.0, caller.id.0);
        text.as_ref().map(|text| app.config.data_keys.seal(place, text)).transpose()
    };
    Ok(Alert {
        id,
        state: "active".to_owned(),
        location: seal("location", &new.location)?,
        message: seal("message", &new.message)?,
        created_at: app.clock.now(),
        ended_at: None,
    })
}

/// As they are on the list at this moment: who was told is told the end of it, whatever happens to the list.
fn recipient(app: &App, caller: Caller, alert_id: AlertId, contact: &Contact) -> Result<Recipient> {
    let address = contact.email.as_ref().ok_or_else(|| Error::internal("a contact without an address agreed"))?;
    let id = RecipientId(app.new_uuid());
    let name = contact.name.as_ref().unwrap_or(&address.typed);
    let seal = |column, text: &str| app.config.data_keys.seal(SEALED_RECIPIENTS.place(column, id.0, caller.id.0), text);
    Ok(Recipient {
        id,
        alert_id,
        consent_id: address.consent,
        name: seal("name", name)?,
        address: seal("address", &address.typed)?,
        token_hash: settings::hash(&settings::token_of(app, ALERT, id.0)),
        begun_at: None,
        sent_at: None,
        acknowledged_at: None,
    })
}

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
