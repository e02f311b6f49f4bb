//! What a contact answers, by the link of a mail. They need no account.
//!
//! Reading the link changes nothing: programs that look at mail before its reader does open every link in it.

use super::{jobs::hash, model::spoken, store};
use kernel::{
    App, Error, Result,
    http::{Body, Data, Query, Reply, Wire},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The token of a mailed link.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Link {
    /// What stands behind `token=` in the link.
    #[param(value_type = String, required = true, example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    pub token: Option<String>,
}

/// What is asked of a contact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContactRequest {
    /// Who named them.
    #[schema(example = "Asha Rao")]
    pub traveler_name: String,
    /// `pending`, `agreed` or `declined`.
    #[schema(example = "pending")]
    pub state: String,
}

/// What am I asked
///
/// For whoever got the mail that asks whether they agree to be told in an emergency. Changes nothing.
#[utoipa::path(
    get, path = "/api/women-safety/contacts/confirm", tag = "women-safety", operation_id = "get_contact_request",
    params(Link),
    responses(
        (status = 200, description = "Who asks, and what was answered", body = Data<ContactRequest>),
        (status = 400, description = "The link is not one that counts (`invalid_token`)"),
    ),
)]
pub(crate) async fn get_contact_request(app: App, Query(link): Query<Link>) -> Result<Reply<Data<ContactRequest>>> {
    let token = link.token.ok_or_else(|| Error::field("token", "is required"))?;
    let found = store::by_token(&mut app.db.read().await?, hash(&token)).await?;
    let (name, state) = found.ok_or_else(refused)?;
    Ok(Reply::new(ContactRequest { traveler_name: spoken(&name), state }, "Success"))
}

/// An answer.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"token": "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D", "agree": true}))]
pub(crate) struct ContactAnswer {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    token: Option<String>,
    /// Whether they want to be told.
    #[schema(value_type = bool, example = true)]
    agree: Option<bool>,
}

impl Wire for ContactAnswer {}

/// What was answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answered {
    /// `agreed` or `declined`.
    #[schema(example = "agreed")]
    pub state: &'static str,
}

/// Agree to be an emergency contact, or decline
///
/// The same link serves for changing one's mind, for as long as one is on the list. Who declined is not asked again.
#[utoipa::path(
    post, path = "/api/women-safety/contacts/confirm", tag = "women-safety", operation_id = "answer_contact_request",
    request_body(content = ContactAnswer, description = "The token of the link, and the answer"),
    responses(
        (status = 200, description = "That is noted", body = Data<Answered>),
        (status = 400, description = "The link is not one that counts (`invalid_token`)"),
    ),
)]
pub(crate) async fn answer_contact_request(app: App, Body(body): Body<ContactAnswer>) -> Result<Reply<Data<Answered>>> {
    let token = body.token.ok_or_else(|| Error::field("token", "is required"))?;
    let agree = body.agree.ok_or_else(|| Error::field("agree", "is required"))?;
    let state = if agree { "agreed" } else { "declined" };
    let mut tx = app.db.write().await?;
    if !store::answer(&mut tx, hash(&token), state).await? {
        return Err(refused());
    }
    tx.commit().await?;
    Ok(Reply::new(Answered { state }, "Thank you"))
}

fn refused() -> Error {
    Error::malformed("invalid_token", "This link is not valid or no longer valid")
}
