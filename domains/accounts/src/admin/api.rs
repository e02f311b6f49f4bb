//! Administrators: the session that a mailed code begins or confirms, and what they do to accounts.
//!
//! Two things let an administrator in: an access token of theirs, or the cookie of a session that a code began. With
//! `ADMIN_STEP_UP=required` a token is enough only while its session is confirmed by a code, too.

use super::{Change, change};
use crate::{
    attempts,
    jobs::{Notice, SendNotice},
    model::Traveler,
    otp::{self, ON_ITS_WAY, Purpose, RequestOtp, VerifyOtp},
    proof,
    session::{self, Device},
    store,
};
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use kernel::{
    App, Error, Result,
    auth::{Admin, CONFIRMED_FOR, Caller, TravelerId},
    clock::Timestamp,
    http::{AdminCookie, Body, Data, Flat, Message, Path, Post, Reply, Wire, csrf_token},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Ask for an administrator's code
///
/// Mails six digits, good for ten minutes and five tries, if the address is an administrator's. The answer is the same,
/// and takes the same time, whoever's it is.
#[utoipa::path(
    post, path = "/api/admin/request-otp", tag = "admin", operation_id = "request_admin_otp",
    request_body(content = RequestOtp, description = "The address"),
    responses((status = 200, description = "If the address is an administrator's, a code is on its way", body = Message)),
    extensions(("x-rate-limit" = json!("mail"))),
)]
pub(crate) async fn request_admin_otp(app: App, Body(body): Body<RequestOtp>) -> Result<Reply<Message>> {
    let email = body.check()?;
    let mut tx = app.db.write().await?;
    otp::ask(&app, &mut tx, email, Purpose::Administrate).await?;
    tx.commit().await?;
    Ok(Reply::message(ON_ITS_WAY))
}

/// An administrator's session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdminSession {
    /// The address of the administrator.
    #[schema(example = "asha@example.org")]
    email: String,
    /// There is one kind of administrator; always false.
    #[schema(example = false)]
    is_root: bool,
    /// Goes into `X-CSRF-Token` of every request that changes something with the cookie instead of a token.
    #[schema(example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    csrf_token: String,
    /// Until when the session is confirmed.
    expires_at: Timestamp,
}

/// Begin an administrator's session
///
/// Uses the code up and sets the cookie of a session of 30 minutes. Sent with an access token of the same administrator,
/// it confirms that token's session for 30 minutes, too.
#[utoipa::path(
    post, path = "/api/admin/verify-otp", tag = "admin", operation_id = "verify_admin_otp",
    request_body(content = VerifyOtp, description = "The address and the code"),
    responses(
        (status = 200, description = "The session has begun", body = Data<AdminSession>),
        (status = 401, description = "The code is wrong, expired, used or unknown (`invalid_otp`)"),
    ),
    security((), ("bearer" = [])),
    extensions(("x-rate-limit" = json!("login")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn verify_admin_otp(
    app: App,
    caller: Option<Caller>,
    device: Device,
    Body(body): Body<VerifyOtp>,
) -> Result<Response> {
    let (email_key, code, challenge) = body.check()?;
    let given = otp::Answer { email_key: &email_key, code: &code, challenge };
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let owner = otp::answer(&app, &mut tx, &given, Purpose::Administrate).await?.filter(|owner| owner.is_admin);
    let Some(owner) = owner else {
        tx.commit().await?;
        return Err(otp::refused());
    };
    proof::proven(&app, &mut tx, &owner).await?;
    attempts::forgive_account(&app, &mut tx, &email_key);
    if let Some(caller) = caller.filter(|c| c.id == owner.id) {
        store::confirm_session(&mut tx, caller.session, owner.id, now).await?;
    }
    let (session, token) = session::begin_admin(&app, &mut tx, owner.id, &device)?;
    tx.commit().await?;
    let begun = AdminSession {
        email: owner.email,
        is_root: false,
        csrf_token: csrf_token(&app, session),
        expires_at: now.plus(CONFIRMED_FOR),
    };
    let cookie = AdminCookie::of(&app).set(&token, CONFIRMED_FOR)?;
    Ok(([(header::SET_COOKIE, cookie)], Reply::new(begun, "Confirmed")).into_response())
}

/// Whether an administrator's session is confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AdminCheck {
    /// Whether the caller is an administrator whose session is confirmed.
    #[schema(example = true)]
    authenticated: bool,
    /// The address of the administrator.
    #[schema(example = "asha@example.org")]
    email: Option<String>,
    /// There is one kind of administrator; always false.
    #[schema(example = false)]
    is_root: bool,
    /// What goes into `X-CSRF-Token`, for who came by the cookie.
    #[schema(example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    csrf_token: Option<String>,
}

/// Am I a confirmed administrator
///
/// Looks at the cookie, or at the access token.
#[utoipa::path(
    get, path = "/api/admin/check", tag = "admin", operation_id = "check_admin",
    responses((status = 200, description = "Whether there is a confirmed session", body = Flat<AdminCheck>)),
    security((), ("bearer" = []), ("admin_session" = [])),
)]
pub(crate) async fn check_admin(
    app: App,
    caller: Option<Caller>,
    headers: HeaderMap,
) -> Result<Reply<Flat<AdminCheck>>> {
    let by_cookie = AdminCookie::of(&app).caller(&app, &headers).await?;
    let caller = caller.filter(|c| c.is_admin && c.is_confirmed(app.clock.now()));
    let owner = match caller {
        Some(caller) => store::find(&mut app.db.read().await?, caller.id).await?,
        None => None,
    };
    Ok(Reply::flat(AdminCheck {
        authenticated: owner.is_some(),
        csrf_token: caller
            .filter(|c| owner.is_some() && by_cookie.is_some_and(|b| b.session == c.session))
            .map(|c| csrf_token(&app, c.session)),
        email: owner.map(|o| o.email),
        is_root: false,
    }))
}

/// End an administrator's session
///
/// Ends the session of the cookie, if there is one, and removes the cookie; tokens of the same administrator are no longer
/// confirmed.
#[utoipa::path(
    post, path = "/api/admin/logout", tag = "admin", operation_id = "logout_admin",
    responses((status = 200, description = "There is no session any more", body = Message)),
)]
pub(crate) async fn logout_admin(app: App, headers: HeaderMap) -> Result<Response> {
    let cookie = AdminCookie::of(&app);
    if let Some(caller) = cookie.caller(&app, &headers).await? {
        let mut tx = app.db.write().await?;
        store::end_session(&mut tx, caller.session, app.clock.now()).await?;
        store::unconfirm_sessions(&mut tx, caller.id).await?;
        tx.commit().await?;
    }
    Ok(([(header::SET_COOKIE, cookie.set("", Duration::ZERO)?)], Reply::message("Logged out")).into_response())
}

/// An account as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountView {
    /// Whose.
    id: TravelerId,
    /// The name in addresses.
    #[schema(example = "bela")]
    username: String,
    /// The name on cards.
    #[schema(example = "Bela")]
    display_name: String,
    /// The address.
    #[schema(example = "bela@example.org")]
    email: String,
    /// Whether the address was confirmed.
    #[schema(example = true)]
    email_verified: bool,
    /// Whether they administrate.
    #[schema(example = false)]
    is_admin: bool,
    /// `false` for an account that is banned.
    #[schema(example = true)]
    is_active: bool,
    /// Whether women's groups and guides for women are open to her; nobody else is shown this.
    #[schema(example = false)]
    women_verified: bool,
    /// When they joined.
    created_at: Timestamp,
    /// When the account last changed.
    updated_at: Timestamp,
}

impl From<Traveler> for AccountView {
    fn from(t: Traveler) -> Self {
        Self {
            id: t.id,
            username: t.username,
            display_name: t.display_name,
            email: t.email,
            email_verified: t.email_verified,
            is_admin: t.is_admin,
            is_active: t.is_active,
            women_verified: t.women_verified,
            created_at: t.created_at,
            updated_at: t.updated_at,
        }
    }
}

/// Which way to toggle. Two administrators who mean the same at the same time should say it.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"is_admin": true}))]
pub(crate) struct ToggleAdmin {
    /// What it should be; the other way round from now when absent.
    #[schema(example = true)]
    is_admin: Option<bool>,
}

impl Wire for ToggleAdmin {}

/// Give or take the administrators' role
///
/// Takes effect within a second everywhere, and its owner is told by mail. Nobody takes it from themselves, so
/// one always stays.
#[utoipa::path(
    post, path = "/api/admin/users/{id}/toggle-admin", tag = "admin", operation_id = "toggle_admin",
    params(("id" = TravelerId, Path, description = "Whose account", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = Option<ToggleAdmin>, description = "Which way; not needed"),
    responses(
        (status = 200, description = "The account as it is now", body = Data<AccountView>),
        (status = 400, description = "One's own role (`own_account`)"),
        (status = 403, description = "Only administrators may (`admin_required`), with a confirmed session (`step_up_required`), and with the cookie by a page that we know (`csrf`)"),
        (status = 409, description = "The address of the account is not confirmed (`email_unverified`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn toggle_admin(
    app: App,
    Admin(admin): Admin,
    Path(id): Path<TravelerId>,
    post: Post<ToggleAdmin>,
) -> Result<Response> {
    let (body, post) = post.split();
    let decide = |owner: &Traveler| Change::Admin(body.is_admin.unwrap_or(!owner.is_admin));
    toggle(app, admin, id, post, decide).await
}

/// Which way to toggle. Two administrators who mean the same at the same time should say it.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"is_active": false}))]
pub(crate) struct ToggleActive {
    /// What it should be; the other way round from now when absent.
    #[schema(example = false)]
    is_active: Option<bool>,
}

impl Wire for ToggleActive {}

/// Ban an account, or lift the ban
///
/// A ban ends all sessions and hides what the account published, within a second everywhere; its owner is told by mail.
/// Nobody bans themselves.
#[utoipa::path(
    post, path = "/api/admin/users/{id}/toggle-active", tag = "admin", operation_id = "toggle_active",
    params(("id" = TravelerId, Path, description = "Whose account", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = Option<ToggleActive>, description = "Which way; not needed"),
    responses(
        (status = 200, description = "The account as it is now", body = Data<AccountView>),
        (status = 400, description = "One's own account (`own_account`)"),
        (status = 403, description = "Only administrators may (`admin_required`), with a confirmed session (`step_up_required`), and with the cookie by a page that we know (`csrf`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn toggle_active(
    app: App,
    Admin(admin): Admin,
    Path(id): Path<TravelerId>,
    post: Post<ToggleActive>,
) -> Result<Response> {
    let (body, post) = post.split();
    let decide = |owner: &Traveler| Change::Active(body.is_active.unwrap_or(!owner.is_active));
    toggle(app, admin, id, post, decide).await
}

async fn toggle(
    app: App,
    admin: Caller,
    id: TravelerId,
    post: Post<()>,
    decide: impl FnOnce(&Traveler) -> Change,
) -> Result<Response> {
    if id == admin.id {
        return Err(Error::malformed("own_account", "Cannot ban yourself or change your own role"));
    }
    let mut begun = post.begin(&app, admin).await?;
    // Two who put each other out: the second is no administrator any more. So one always stays.
    if !store::hold_admins(&mut begun.tx).await?.contains(&admin.id) {
        return Err(Error::forbidden("admin_required", "Only administrators may do this"));
    }
    let owner = store::find(&mut begun.tx, id).await?.ok_or(Error::NotFound("Traveler"))?;
    let wanted = decide(&owner);
    let (notice, message) = match wanted {
        Change::Admin(true) => (Notice::AdminGranted, "Admin access granted"),
        Change::Admin(false) => (Notice::AdminRevoked, "Admin access removed"),
        Change::Active(true) => (Notice::Unbanned, "User activated successfully"),
        Change::Active(false) => (Notice::Banned, "User banned successfully"),
        Change::Woman(_) => return Err(Error::internal("verification has a way of its own")),
    };
    if wanted == Change::Admin(true) && !owner.email_verified {
        return Err(Error::conflict("email_unverified", "The address of this account is not confirmed yet"));
    }
    if wanted.is_new_for(&owner) {
        change(&app, &mut begun.tx, id, wanted).await?;
        begun.tx.enqueue(&SendNotice::to(id, notice))?;
    }
    let owner = store::find(&mut begun.tx, id).await?.ok_or(Error::NotFound("Traveler"))?;
    let reply = Reply::new(AccountView::from(owner), message);
    begun.commit(&reply).await
}

/// Verify a woman
///
/// Opens women's groups and guides for women to her, within a second everywhere. Doing it again changes nothing. How it was
/// found out is the operator's; nothing that others see says so.
#[utoipa::path(
    post, path = "/api/admin/travelers/{id}/verify-woman", tag = "admin", operation_id = "verify_woman",
    params(("id" = TravelerId, Path, description = "Whose account", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The account as it is now", body = Data<AccountView>),
        (status = 403, description = "Only administrators may (`admin_required`), with a confirmed session (`step_up_required`), and with the cookie by a page that we know (`csrf`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn verify_woman(app: App, _: Admin, Path(id): Path<TravelerId>) -> Result<Reply<Data<AccountView>>> {
    set_woman(&app, id, true).await
}

/// Take a woman's verification back
///
/// Women's groups are closed to her within a second, and she is a member of none any more.
#[utoipa::path(
    delete, path = "/api/admin/travelers/{id}/verify-woman", tag = "admin", operation_id = "unverify_woman",
    params(("id" = TravelerId, Path, description = "Whose account", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The account as it is now", body = Data<AccountView>),
        (status = 403, description = "Only administrators may (`admin_required`), with a confirmed session (`step_up_required`), and with the cookie by a page that we know (`csrf`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn unverify_woman(app: App, _: Admin, Path(id): Path<TravelerId>) -> Result<Reply<Data<AccountView>>> {
    set_woman(&app, id, false).await
}

async fn set_woman(app: &App, id: TravelerId, is_verified: bool) -> Result<Reply<Data<AccountView>>> {
    let mut tx = app.db.write().await?;
    let owner = store::find(&mut tx, id).await?.ok_or(Error::NotFound("Traveler"))?;
    let wanted = Change::Woman(is_verified);
    if !wanted.is_new_for(&owner) {
        return Ok(Reply::new(AccountView::from(owner), "Nothing to change"));
    }
    change(app, &mut tx, id, wanted).await?;
    let owner = store::find(&mut tx, id).await?.ok_or(Error::NotFound("Traveler"))?;
    tx.commit().await?;
    Ok(Reply::new(AccountView::from(owner), if is_verified { "Verified" } else { "Verification taken back" }))
}
