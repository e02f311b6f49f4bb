//! Proving an address, choosing a new password or address, and looking after one's devices.

use crate::{
    api::{SignedIn, password_text},
    attempts::{self, Attempt},
    jobs::{Notice, SendEmailChange, SendNotice, SendReset, SendVerification},
    mail_token,
    mail_token::Purpose,
    model::{Email, Traveler, checked},
    password,
    password::Verdict,
    proof, registration,
    session::{self, Device},
    store,
};
use kernel::{
    App, Error, Faults, Result,
    auth::{Caller, SessionId},
    clock::Timestamp,
    db::Tx,
    http::{Body, Data, Message, Path, Reply, Wire},
    text::fold,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The token of a mailed link.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"token": "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D"}))]
pub(crate) struct VerifyEmail {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    pub(crate) token: Option<String>,
    /// For the link of a private registration: the password that was chosen there.
    #[serde(default, deserialize_with = "password_text")]
    #[schema(value_type = Option<String>, format = Password, example = "Test123!")]
    password: Option<SecretString>,
}

impl Wire for VerifyEmail {}

/// Confirm an address
///
/// Uses the token of a mailed link: once, within 24 hours. A token of another address puts that one in the place of the
/// account's; that of a private registration makes the account, with the password that was chosen there: a wrong one does
/// not use the link up, ten of them do.
#[utoipa::path(
    post, path = "/api/auth/verify-email", tag = "auth", operation_id = "verify_email",
    request_body(content = VerifyEmail, description = "The token of the link"),
    responses(
        (status = 200, description = "The address is confirmed", body = Message),
        (status = 400, description = "The link is unknown, used, or expired (`invalid_token`), or it begins an account and the password is missing"),
        (status = 403, description = "The registration has another password (`wrong_password`)"),
        (status = 409, description = "Another account has this address (`email_taken`) or username (`username_taken`) by now"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn verify_email(app: App, Body(body): Body<VerifyEmail>) -> Result<Reply<Message>> {
    let token = body.token.ok_or_else(|| Error::field("token", "is required"))?;
    let now = app.clock.now();
    let waiting = registration::find_by_token(&mut app.db.read().await?, &token, now).await?;
    if let Some(waiting) = waiting {
        let password = body.password.ok_or_else(|| Error::field("password", "is required to begin the account"))?;
        registration::confirm(&app, &waiting, password).await?;
        return Ok(Reply::message("Email verified: sign in"));
    }
    let mut tx = app.db.write().await?;
    let granted = mail_token::redeem(&app, &mut tx, &token, &[Purpose::VerifyEmail, Purpose::ChangeEmail]).await?;
    let Some(owner) = mail_token::owner(&mut tx, &granted).await? else { return Err(mail_token::refused()) };
    if granted.is_for(Purpose::ChangeEmail) {
        if !store::set_email(&mut tx, owner.id, &granted.email, &granted.email_key, now).await? {
            return Err(Error::conflict("email_taken", "An account with this e-mail already exists"));
        }
        mail_token::revoke_all(&mut tx, owner.id, now).await?;
        tx.enqueue(&SendNotice::to_old(owner.id, Notice::EmailChanged, owner.email))?;
    } else if !store::confirm_email(&mut tx, owner.id, &granted.email_key, now).await? {
        return Err(mail_token::refused()); // the account has another address by now
    }
    tx.commit().await?;
    Ok(Reply::message("Email verified"))
}

/// Send the confirmation again
///
/// Mails another link to the account's address, unless it is confirmed. A receiver gets at most three an hour.
#[utoipa::path(
    post, path = "/api/auth/resend-verification", tag = "auth", operation_id = "resend_verification",
    responses((status = 200, description = "A mail is on its way, unless the address is confirmed", body = Message)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("mail")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn resend_verification(app: App, caller: Caller) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    tx.enqueue(&SendVerification { traveler: caller.id })?;
    tx.commit().await?;
    Ok(Reply::message("If the address is not confirmed yet, a mail is on its way"))
}

/// Whose password was forgotten.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "asha@example.org"}))]
pub(crate) struct ForgotPassword {
    /// The address of the account.
    #[schema(value_type = String, example = "asha@example.org")]
    email: Option<String>,
}

impl Wire for ForgotPassword {}

/// Forgot the password
///
/// Mails a link that lets the owner of the address choose a new password. The answer is the same, and takes the same
/// time, whether or not there is an account.
#[utoipa::path(
    post, path = "/api/auth/forgot-password", tag = "auth", operation_id = "forgot_password",
    request_body(content = ForgotPassword, description = "The address"),
    responses((status = 200, description = "If there is an account, a mail is on its way", body = Message)),
    extensions(("x-rate-limit" = json!("mail"))),
)]
pub(crate) async fn forgot_password(app: App, Body(body): Body<ForgotPassword>) -> Result<Reply<Message>> {
    let mut faults = Faults::default();
    let email = checked(&mut faults, "email", body.email.as_deref().map(Email::parse));
    faults.result()?;
    let email = email.ok_or_else(|| Error::internal("a missing field without a fault"))?;
    let mut tx = app.db.write().await?;
    tx.enqueue_within(&SendReset { email_key: email.key }, app.config.auth.mail_delay)?;
    tx.commit().await?;
    Ok(Reply::message("If there is an account with this address, a mail is on its way"))
}

/// A new password for a forgotten one.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"token": "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D", "password": "Another-Pass-1"}))]
pub(crate) struct ResetPassword {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    pub(crate) token: Option<String>,
    /// At least 8 characters, and not among the 10,000 commonest.
    #[serde(default, deserialize_with = "password_text")]
    #[schema(value_type = String, required = true, format = Password, example = "Another-Pass-1")]
    password: Option<SecretString>,
}

impl Wire for ResetPassword {}

/// Choose a new password
///
/// Uses the token of a mailed link: once, within 30 minutes. Ends all sessions.
#[utoipa::path(
    post, path = "/api/auth/reset-password", tag = "auth", operation_id = "reset_password",
    request_body(content = ResetPassword, description = "The token of the link and the new password"),
    responses(
        (status = 200, description = "The new password holds; all devices are signed out", body = Message),
        (status = 400, description = "The link is unknown, used, or expired (`invalid_token`), or the password breaks a rule"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn reset_password(app: App, Body(body): Body<ResetPassword>) -> Result<Reply<Message>> {
    let mut faults = Faults::default();
    let token = checked(&mut faults, "token", body.token.map(Ok));
    let password = checked(&mut faults, "password", body.password.map(password::acceptable));
    faults.result()?;
    let (Some(token), Some(password)) = (token, password) else {
        return Err(Error::internal("a missing field without a fault"));
    };
    let hash = password::hash(&app, password).await?;
    let mut tx = app.db.write().await?;
    let granted = mail_token::redeem(&app, &mut tx, &token, &[Purpose::ResetPassword]).await?;
    let owner = mail_token::owner(&mut tx, &granted).await?;
    // A link that was mailed to an address which the account no longer has is nobody's business.
    let owner = owner.filter(|t| fold(&t.email) == granted.email_key).ok_or_else(mail_token::refused)?;
    // Whoever read the mail owns the address, and may try the new password. Whoever registered it before them may have
    // linked an account of theirs.
    store::confirm_email(&mut tx, owner.id, &granted.email_key, app.clock.now()).await?;
    if !owner.email_verified {
        proof::unlink_all(&mut tx, owner.id).await?;
    }
    replace_password(&app, &mut tx, &owner, &hash).await?;
    attempts::forgive_account(&app, &mut tx, &granted.email_key);
    tx.commit().await?;
    Ok(Reply::message("Password changed: sign in with the new one"))
}

/// Sets a new password: no session, link or token from before it is good any more, and its owner is told.
async fn replace_password(app: &App, tx: &mut Tx, owner: &Traveler, hash: &str) -> Result<()> {
    let now = app.clock.now();
    store::set_password(tx, owner.id, hash, now).await?;
    store::end_sessions(tx, owner.id, now).await?;
    mail_token::revoke_all(tx, owner.id, now).await?;
    tx.enqueue(&SendNotice::to(owner.id, Notice::PasswordChanged))?;
    Ok(())
}

/// A new password, by somebody who knows the old one.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"current_password": "Test123!", "new_password": "Another-Pass-1"}))]
pub(crate) struct ChangePassword {
    /// The password as it is.
    #[serde(default, deserialize_with = "password_text")]
    #[schema(value_type = String, required = true, format = Password, example = "Test123!")]
    current_password: Option<SecretString>,
    /// At least 8 characters, and not among the 10,000 commonest.
    #[serde(default, deserialize_with = "password_text")]
    #[schema(value_type = String, required = true, format = Password, example = "Another-Pass-1")]
    new_password: Option<SecretString>,
}

impl Wire for ChangePassword {}

/// Change the password
///
/// Ends all sessions, and begins a new one on this device.
#[utoipa::path(
    post, path = "/api/auth/change-password", tag = "auth", operation_id = "change_password",
    request_body(content = ChangePassword, description = "The password as it is, and the new one"),
    responses(
        (status = 200, description = "The new password holds; here are the tokens of a new session", body = Data<SignedIn>),
        (status = 403, description = "The current password is wrong (`wrong_password`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("login")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn change_password(
    app: App,
    caller: Caller,
    device: Device,
    Body(body): Body<ChangePassword>,
) -> Result<Reply<Data<SignedIn>>> {
    let mut faults = Faults::default();
    let current = checked(&mut faults, "current_password", body.current_password.map(Ok));
    let new = checked(&mut faults, "new_password", body.new_password.map(password::acceptable));
    faults.result()?;
    let (Some(current), Some(new)) = (current, new) else {
        return Err(Error::internal("a missing field without a fault"));
    };
    let (owner, attempt) = prove(&app, caller, current).await?;
    let hash = password::hash(&app, new).await?;
    let mut tx = app.db.write().await?;
    hold(&mut tx, caller, &owner, app.clock.now()).await?;
    attempt.forgive(&mut tx);
    replace_password(&app, &mut tx, &owner, &hash).await?;
    let tokens = session::begin(&app, &mut tx, owner.id, &device)?;
    tx.commit().await?;
    Ok(Reply::new(SignedIn::new(owner.into(), tokens), "Password changed"))
}

/// The caller's account, if they know its password.
pub(crate) async fn prove(app: &App, caller: Caller, password: SecretString) -> Result<(Traveler, Attempt)> {
    let attempt = attempts::to_prove(app, caller.session).await?;
    let owner = store::find(&mut app.db.read().await?, caller.id).await?.ok_or_else(Error::bad_token)?;
    match password::verify(app, password, Some(owner.password_hash.clone())).await? {
        Verdict::Wrong => Err(wrong_password()),
        Verdict::Right | Verdict::RightWithOldHash => Ok((owner, attempt)),
    }
}

/// Not 401: the client would take that for an expired token.
fn wrong_password() -> Error {
    Error::forbidden("wrong_password", "The current password is wrong")
}

/// Holds the account and the session of somebody who proved a password outside the transaction. Whoever was put out
/// since, by a new password or in any other way, changes nothing any more.
pub(crate) async fn hold(tx: &mut Tx, caller: Caller, owner: &Traveler, at: Timestamp) -> Result<()> {
    let of = (owner.id, owner.password_hash.as_str());
    match store::hold_password_and_session(tx, of, caller.session, at).await? {
        (false, _) => Err(wrong_password()),
        (_, false) => Err(Error::bad_token()),
        _ => Ok(()),
    }
}

/// Another address, by somebody who knows the password.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"current_password": "Test123!", "email": "asha.rao@example.org"}))]
pub(crate) struct ChangeEmail {
    /// The password.
    #[serde(default, deserialize_with = "password_text")]
    #[schema(value_type = String, required = true, format = Password, example = "Test123!")]
    current_password: Option<SecretString>,
    /// The new address.
    #[schema(value_type = String, example = "asha.rao@example.org")]
    email: Option<String>,
}

impl Wire for ChangeEmail {}

/// Change the address
///
/// Mails a link to the new address, which takes the place of the old one when it is confirmed, and tells the old one.
#[utoipa::path(
    post, path = "/api/auth/change-email", tag = "auth", operation_id = "change_email",
    request_body(content = ChangeEmail, description = "The password and the new address"),
    responses(
        (status = 200, description = "A mail is on its way to the new address", body = Message),
        (status = 403, description = "The current password is wrong (`wrong_password`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("login")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn change_email(app: App, caller: Caller, Body(body): Body<ChangeEmail>) -> Result<Reply<Message>> {
    let mut faults = Faults::default();
    let current = checked(&mut faults, "current_password", body.current_password.map(Ok));
    let email = checked(&mut faults, "email", body.email.as_deref().map(Email::parse));
    faults.result()?;
    let (Some(current), Some(email)) = (current, email) else {
        return Err(Error::internal("a missing field without a fault"));
    };
    let (owner, attempt) = prove(&app, caller, current).await?;
    let mut tx = app.db.write().await?;
    hold(&mut tx, caller, &owner, app.clock.now()).await?;
    attempt.forgive(&mut tx);
    tx.enqueue(&SendEmailChange::new(&app, &owner, email))?;
    tx.enqueue(&SendNotice::to(owner.id, Notice::EmailChangeAsked))?;
    tx.commit().await?;
    Ok(Reply::message("If the new address can be used, a mail is on its way to it"))
}

/// A device on which one is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Which one.
    id: SessionId,
    /// What the device calls itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    device: String,
    /// The network that it signed in from, coarsely.
    #[schema(example = "203.0.113.0/24")]
    network: Option<String>,
    /// When it signed in.
    created_at: Timestamp,
    /// When it last renewed its tokens.
    last_used_at: Timestamp,
    /// Whether it is the one that asks.
    #[schema(example = true)]
    current: bool,
}

/// Where am I signed in
///
/// The devices on which the caller is signed in, the last used first.
#[utoipa::path(
    get, path = "/api/auth/sessions", tag = "auth", operation_id = "list_sessions",
    responses((status = 200, description = "The devices", body = Data<Vec<SessionView>>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_sessions(app: App, caller: Caller) -> Result<Reply<Data<Vec<SessionView>>>> {
    let rows = store::sessions(&mut app.db.read().await?, caller.id, app.clock.now()).await?;
    let view = |row: store::SessionRow| SessionView {
        current: row.id == caller.session,
        id: row.id,
        device: row.user_agent,
        network: row.network,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    };
    Ok(Reply::new(rows.into_iter().map(view).collect(), "Sessions"))
}

/// Sign out a device
///
/// Ends one of the caller's own sessions; its tokens are dead at once, everywhere.
#[utoipa::path(
    delete, path = "/api/auth/sessions/{id}", tag = "auth", operation_id = "end_session",
    params(("id" = SessionId, Path, description = "Which session", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The device is signed out", body = Message)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn end_session(app: App, caller: Caller, Path(id): Path<SessionId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    if !store::end_own_session(&mut tx, id, caller.id, app.clock.now()).await? {
        return Err(Error::NotFound("Session"));
    }
    tx.commit().await?;
    Ok(Reply::message("Signed out"))
}

/// Sign out everywhere
///
/// Ends all of the caller's sessions, this one too.
#[utoipa::path(
    delete, path = "/api/auth/sessions", tag = "auth", operation_id = "end_sessions",
    responses((status = 200, description = "All devices are signed out", body = Message)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("safety")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn end_sessions(app: App, caller: Caller) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    store::end_sessions(&mut tx, caller.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Reply::message("Signed out everywhere"))
}
