//! The wire: what comes in (`Body`, `Query`, `Path`, `Page`, `Caller`), what goes out ([`Reply`]), and what every
//! request passes on its way. Nothing else knows the envelope.

mod address;
mod body;
mod cookie;
mod cursor;
mod envelope;
mod etag;
mod guard;
mod idempotency;
mod json;
mod layers;
mod lenient;
mod limits;
mod page;
mod policy;
mod query;
mod salvage;
pub mod serve;
mod web_page;

pub use address::Network;
pub use body::{Body, Field, Form, Wire, day_field, field};
pub use cookie::{AdminCookie, cookie, csrf_token};
pub use cursor::{CursorQuery, Paging, Window};
pub(crate) use envelope::json as json_response;
pub use envelope::{
    Accepted, Created, Data, ErrorBody, Flat, Listing, Message, Paged, Pagination, Render, Reply, data,
};
pub use etag::etag;
pub use guard::{bearer, guard};
pub(crate) use idempotency::forget_idempotency_keys;
pub use idempotency::{AnyPost, Begun, Post};
pub use layers::{RouteLabel, layers};
pub use limits::{Class, Limits, check_everybody};
pub use page::{Page, PageOf, PageQuery, short_list};
pub use policy::{Access, COOKIE_SCHEME, Policies, Policy, Reach};
pub use query::{Noun, Path, Query};
pub use web_page::{Button, Input, WebForm, WebPage};

use crate::{
    App, Error, Result,
    auth::{Admin, Caller},
};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use std::convert::Infallible;

/// The request's id, in its extensions.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    /// Whether a client's word can be one: it stands in logs and headers.
    pub fn may_be(word: &str) -> bool {
        (8..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    }
}

impl FromRequestParts<App> for App {
    type Rejection = Infallible;
    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(app.clone())
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;
    /// The guard has checked the token before.
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        parts.extensions.get::<Self>().copied().ok_or_else(Error::missing_token)
    }
}

impl OptionalFromRequestParts<App> for Caller {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Self>().copied())
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Self::of(app, <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await?)
    }
}

impl Admin {
    /// The caller as an administrator, where others have a right of their own.
    pub fn of(app: &App, caller: Caller) -> Result<Self> {
        if !caller.is_admin {
            return Err(Error::forbidden("admin_required", "Only administrators may do this"));
        }
        if app.config.auth.admin_step_up && !caller.is_confirmed(app.clock.now()) {
            return Err(Error::forbidden(
                "step_up_required",
                "Confirm this session first: ask for a code at /api/admin/request-otp",
            ));
        }
        Ok(Self(caller))
    }
}
