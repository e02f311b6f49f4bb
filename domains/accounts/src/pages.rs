//! The pages of the links that prove an address and choose a new password; what they do is what `recovery.rs` does.

use crate::recovery::{ResetPassword, VerifyEmail, reset_password, verify_email};
use kernel::{
    App, Error, Result,
    http::{Body, Button, Form, Input, Message, Query, Reply, WebForm, WebPage},
};
use serde::Deserialize;

/// The token of a mailed link.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountLink {
    /// What stands behind `token=` in the link.
    #[param(value_type = String, required = true, example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    token: Option<String>,
}

impl AccountLink {
    fn token(self) -> Result<String> {
        self.token.ok_or_else(|| Error::field("token", "is required"))
    }
}

/// What the reader can do better: the link is still good, and the page is shown again.
const fn is_mistyped(error: &Error) -> bool {
    matches!(error, Error::Invalid(_) | Error::Forbidden { .. })
}

/// The page on which an address is confirmed
///
/// Has a form and looks at nothing: whether the link is good shows when the form is sent.
#[utoipa::path(
    get, path = "/verify-email", tag = "pages", operation_id = "show_verify_email_page",
    params(AccountLink),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 400, description = "The link has no token (`validation_failed`)"),
    ),
)]
pub(crate) async fn show_verify_email_page(Query(link): Query<AccountLink>) -> Result<WebPage> {
    let page = WebPage::new("Confirm your e-mail address").saying("One press, and the address counts as yours.");
    Ok(page.asking(WebForm {
        action: "verify-email",
        token: link.token()?,
        inputs: Vec::new(),
        buttons: vec![Button::only("Confirm the address")],
    }))
}

/// Confirm an address by the page's form
///
/// Does what `POST /api/auth/verify-email` does. When the link is that of a private registration, the page is shown again and
/// asks for the password.
#[utoipa::path(
    post, path = "/verify-email", tag = "pages", operation_id = "verify_email_page",
    request_body(
        content = VerifyEmail,
        content_type = "application/x-www-form-urlencoded",
        description = "The token of the link",
    ),
    responses(
        (status = 200, description = "The address is confirmed", body = String, content_type = "text/html"),
        (status = 400, description = "The link is unknown, used, or expired (`invalid_token`), or it begins an account and the password is missing"),
        (status = 403, description = "The registration has another password (`wrong_password`)"),
        (status = 409, description = "Another account has this address (`email_taken`) or username (`username_taken`) by now"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn verify_email_page(app: App, Form(sent): Form<VerifyEmail>) -> Result<WebPage> {
    let Some(token) = sent.token.clone() else { return Err(Error::field("token", "is required")) };
    let error = match verify_email(app, Body(sent)).await {
        Ok(Reply(Message { message, .. })) => return Ok(WebPage::new(message).saying(BACK)),
        Err(error) if is_mistyped(&error) => error,
        Err(error) => return Err(error),
    };
    let page = WebPage::new("Begin your account").saying(
        "Type the password that you chose when you registered. If you did not choose one, somebody else did: close \
                 this page.",
    );
    let password = Input { name: "password", label: "Your password", autocomplete: "current-password" };
    Ok(page.again(&error).asking(WebForm {
        action: "verify-email",
        token,
        inputs: vec![password],
        buttons: vec![Button::only("Begin the account")],
    }))
}

const BACK: &str = "You may close this page and go back to TripIt.";

/// The page on which a new password is chosen
///
/// Has a form and looks at nothing: whether the link is good shows when the form is sent.
#[utoipa::path(
    get, path = "/reset-password", tag = "pages", operation_id = "show_reset_password_page",
    params(AccountLink),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 400, description = "The link has no token (`validation_failed`)"),
    ),
)]
pub(crate) async fn show_reset_password_page(Query(link): Query<AccountLink>) -> Result<WebPage> {
    Ok(reset_page(link.token()?))
}

fn reset_page(token: String) -> WebPage {
    let page = WebPage::new("Choose a new password")
        .saying("At least 8 characters, and not one of the commonest. All your devices are signed out.");
    page.asking(WebForm {
        action: "reset-password",
        token,
        inputs: vec![Input { name: "password", label: "New password", autocomplete: "new-password" }],
        buttons: vec![Button::only("Set the new password")],
    })
}

/// Choose a new password by the page's form
///
/// Does what `POST /api/auth/reset-password` does.
#[utoipa::path(
    post, path = "/reset-password", tag = "pages", operation_id = "reset_password_page",
    request_body(
        content = ResetPassword,
        content_type = "application/x-www-form-urlencoded",
        description = "The token of the link and the new password",
    ),
    responses(
        (status = 200, description = "The new password holds; all devices are signed out", body = String, content_type = "text/html"),
        (status = 400, description = "The link is unknown, used, or expired (`invalid_token`), or the password breaks a rule"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn reset_password_page(app: App, Form(sent): Form<ResetPassword>) -> Result<WebPage> {
    let Some(token) = sent.token.clone() else { return Err(Error::field("token", "is required")) };
    match reset_password(app, Body(sent)).await {
        Ok(Reply(Message { message, .. })) => Ok(WebPage::new(message).saying(BACK)),
        Err(error) if is_mistyped(&error) => Ok(reset_page(token).again(&error)),
        Err(error) => Err(error),
    }
}
