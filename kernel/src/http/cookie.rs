//! The cookie of an administrator's session, which may stand in for a token where a route says so.
//!
//! A browser sends cookies whether or not the page that makes it meant to. So the cookie is `SameSite=Strict`, and a
//! request that changes something must also come from a page that we know and carry a token that only such a page can
//! have read.

use crate::{
    App, Error, Result,
    auth::{Caller, SessionId, TokenKind},
};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// Name and attributes of the cookie. Over HTTPS a name with `__Host-` binds it to this very host; without, as on a
/// developer's machine, browsers would not keep such a one.
#[derive(Debug, Clone, Copy)]
pub struct AdminCookie {
    is_secure: bool,
}

impl AdminCookie {
    /// As the settings want it.
    pub fn of(app: &App) -> Self {
        Self { is_secure: !app.config.is_development() || app.config.http.is_https() }
    }

    const fn name(self) -> &'static str {
        if self.is_secure { "__Host-admin" } else { "admin" }
    }

    /// The `Set-Cookie` value that keeps `token` for a while; an empty one with no time removes it.
    pub fn set(self, token: &str, keep: Duration) -> Result<HeaderValue> {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let (name, seconds) = (self.name(), keep.as_secs());
        HeaderValue::from_str(&format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"))
            .map_err(|e| Error::internal(format!("a cookie: {e}")))
    }

    /// The session whose cookie came with a request, if it is alive and its owner administrates.
    pub async fn caller(self, app: &App, headers: &HeaderMap) -> Result<Option<Caller>> {
        let claims = cookie(headers, self.name())
            .and_then(|token| app.config.auth.keys.read(TokenKind::AdminCookie, token, app.clock.now()));
        let Some(claims) = claims else { return Ok(None) };
        Ok((app.authenticate)(app.clone(), claims).await?.filter(|caller| caller.is_admin))
    }
}

/// The value of the cookie `name`; of two the first, which has the longer path.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// What a page sends in `X-CSRF-Token` beside the cookie of this session.
pub fn csrf_token(app: &App, session: SessionId) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(app.config.auth.keys.keyed_hash("csrf token", session.0.as_bytes()))
}

/// The caller behind the cookie. One that is not good is no credential at all: the browser sends it unasked.
pub(super) async fn authenticate(app: &App, method: &Method, headers: &HeaderMap) -> Result<Option<Caller>> {
    let Some(caller) = AdminCookie::of(app).caller(app, headers).await? else { return Ok(None) };
    if !matches!(*method, Method::GET | Method::HEAD) {
        let origin = headers.get(header::ORIGIN).and_then(|v| v.to_str().ok());
        let is_ours = origin.is_some_and(|o| app.config.cors.origins.iter().any(|ours| ours == o));
        let sent = headers.get("x-csrf-token").map_or(&b""[..], HeaderValue::as_bytes);
        let is_meant = csrf_token(app, caller.session).as_bytes().ct_eq(sent);
        if !is_ours || !bool::from(is_meant) {
            return Err(Error::forbidden(
                "csrf",
                "A request with a cookie must come from an allowed origin and carry X-CSRF-Token",
            ));
        }
    }
    Ok(Some(caller))
}
