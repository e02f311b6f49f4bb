//! What a contact says, by the link of the mail. They need no account, and reading the link changes nothing: programs that
//! look at mail before its reader does must not tell the sender that somebody has seen it.

use super::store;
use crate::settings::{hash, spoken};
use kernel::{
    App, Error, Result,
    clock::Timestamp,
    http::{Body, Data, Message, Query, Reply, Wire},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The token of the link in a mail.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertLink {
    /// What stands behind `token=` in the link.
    #[param(value_type = String, required = true, example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    pub token: Option<String>,
}

/// A call as somebody sees it who was told by mail; what it says stands in the mail only.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkedAlert {
    /// Who called.
    #[schema(example = "Asha Rao")]
    pub traveler_name: String,
    /// `active`, `cancelled` (as a mistake) or `closed`.
    #[schema(example = "active")]
    pub state: String,
    /// When.
    pub created_at: Timestamp,
}

/// Is the call for help still on
///
/// For whoever got the mail. Changes nothing.
#[utoipa::path(
    get, path = "/api/women-safety/emergency-alert/acknowledge", tag = "women-safety",
    operation_id = "get_alert_of_link",
    params(AlertLink),
    responses(
        (status = 200, description = "Who called, and whether it is over", body = Data<LinkedAlert>),
        (status = 400, description = "The link is not one that counts (`invalid_token`)"),
    ),
)]
pub(crate) async fn get_alert_of_link(app: App, Query(link): Query<AlertLink>) -> Result<Reply<Data<LinkedAlert>>> {
    let token = link.token.ok_or_else(|| Error::field("token", "is required"))?;
    let alert = store::by_token(&app, &mut app.db.read().await?, hash(&token)).await?.ok_or_else(refused)?;
    let view =
        LinkedAlert { traveler_name: spoken(&alert.display_name), state: alert.state, created_at: alert.created_at };
    Ok(Reply::new(view, "Success"))
}

/// Somebody has seen a call.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"token": "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D"}))]
pub(crate) struct Acknowledge {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    token: Option<String>,
}

impl Wire for Acknowledge {}

/// I have seen the call for help
///
/// For whoever got the mail; the sender sees it at once. Doing it again changes nothing.
#[utoipa::path(
    post, path = "/api/women-safety/emergency-alert/acknowledge", tag = "women-safety",
    operation_id = "acknowledge_emergency_alert",
    request_body(content = Acknowledge, description = "The token of the link"),
    responses(
        (status = 200, description = "The sender sees that it was seen", body = Message),
        (status = 400, description = "The link is not one that counts (`invalid_token`)"),
    ),
    extensions(("x-rate-limit" = json!("emergency"))),
)]
pub(crate) async fn acknowledge_emergency_alert(app: App, Body(body): Body<Acknowledge>) -> Result<Reply<Message>> {
    let token = body.token.ok_or_else(|| Error::field("token", "is required"))?;
    let mut tx = app.db.write().await?;
    store::by_token(&app, &mut tx, hash(&token)).await?.ok_or_else(refused)?;
    let Some(alert) = store::acknowledge(&mut tx, hash(&token), app.clock.now()).await? else {
        return Err(refused());
    };
    tx.happened("emergency_alert_acknowledged", alert)?;
    tx.commit().await?;
    Ok(Reply::message("Thank you: they see that you have seen it"))
}

fn refused() -> Error {
    Error::malformed("invalid_token", "This link is not valid or no longer valid")
}
