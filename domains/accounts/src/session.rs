//! Sessions: one a device, with an access token that is checked against it and a refresh token that changes at every
//! use.

use crate::{
    jobs::{Notice, SendNotice},
    model::{StoredToken, Traveler},
    store,
    store::NewSession,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use futures_util::{FutureExt, future::BoxFuture};
use kernel::{
    App, Error, Result,
    auth::{AccessClaims, CONFIRMED_FOR, Caller, SessionId, TokenKind, TravelerId},
    clock::Timestamp,
    db::Tx,
    record, sql,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::time::Duration;
use utoipa::ToSchema;

/// An honest client that sends the same refresh token twice, because a reply was lost or two tabs woke up together, has
/// this long to do it (RFC 9700, section 4.14, leaves the time to us).
const GRACE: Duration = Duration::from_secs(10);

/// Both tokens of a session.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub access: String,
    pub refresh: SecretString,
}

/// Both tokens as a client reads them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenPair {
    /// Goes into `Authorization: Bearer ...`; good for 15 minutes.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiJ9.e30.c2ln")]
    pub access: String,
    /// Buys the next pair at `/api/auth/refresh`, once.
    #[schema(example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    pub refresh: String,
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The token that takes the place of `token`: the same at every call, and not to be guessed without our key.
fn successor(app: &App, token: &str) -> SecretString {
    let next = app.config.auth.keys.keyed_hash("refresh token", token.as_bytes());
    SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(next))
}

fn access(app: &App, who: TravelerId, session: SessionId) -> Result<String> {
    let auth = &app.config.auth;
    auth.keys.mint(TokenKind::Access, who, session, app.new_uuid(), app.clock.now(), auth.access_lifetime)
}

/// The device that somebody signs in on, as far as it is kept.
#[derive(Debug)]
pub(crate) struct Device {
    /// What it calls itself.
    pub agent: String,
    /// Where it is, coarsely.
    pub network: String,
}

/// Begins a session in the transaction that signs somebody in.
pub(crate) fn begin(app: &App, tx: &mut Tx, who: TravelerId, device: &Device) -> Result<Tokens> {
    let (now, auth) = (app.clock.now(), &app.config.auth);
    let session = SessionId(app.new_uuid());
    let until = now.plus(auth.refresh_absolute);
    store::begin_session(tx, &NewSession { id: session, owner: who, device, confirmed_at: None, at: now, until });
    let refresh = kernel::auth::random_token();
    tx.run_at_commit(store::insert_token(hash(refresh.expose_secret()), session, now, now.plus(auth.refresh_idle)));
    Ok(Tokens { access: access(app, who, session)?, refresh })
}

/// Begins a session that lives in a cookie of an administrator's browser, only for as long as its confirmation lasts.
pub(crate) fn begin_admin(app: &App, tx: &mut Tx, who: TravelerId, device: &Device) -> Result<(SessionId, String)> {
    let (id, now) = (SessionId(app.new_uuid()), app.clock.now());
    let until = now.plus(CONFIRMED_FOR);
    store::begin_session(tx, &NewSession { id, owner: who, device, confirmed_at: Some(now), at: now, until });
    let keys = &app.config.auth.keys;
    Ok((id, keys.mint(TokenKind::AdminCookie, who, id, app.new_uuid(), now, CONFIRMED_FOR)?))
}

/// Whether the session behind a stored token can go on.
fn is_alive(token: &StoredToken, now: Timestamp) -> bool {
    token.is_active && token.session_ended_at.is_none() && token.session_expires_at > now && token.expires_at > now
}

/// Exchanges a refresh token for the next pair. A used one that comes back late ends its session: somebody else may
/// have it.
pub(crate) async fn refresh(app: &App, presented: &str) -> Result<Tokens> {
    let refused = || Error::Unauthorized {
        code: "invalid_refresh_token",
        message: "The refresh token is not valid or no longer valid: sign in again",
    };
    let (now, hashed) = (app.clock.now(), hash(presented));
    let next = successor(app, presented);
    let mut tx = app.db.write().await?;
    let stored = store::find_token(&mut tx, hashed.clone()).await?.ok_or_else(refused)?;
    if !is_alive(&stored, now) {
        return Err(refused());
    }
    let session = stored.session_id;
    if store::use_token(&mut tx, hashed.clone(), hash(next.expose_secret()), now).await? {
        let until = stored.session_expires_at.min(now.plus(app.config.auth.refresh_idle));
        tx.run_at_commit(store::insert_token(hash(next.expose_secret()), session, now, until));
        store::touch_session(&mut tx, session, now);
        tx.commit().await?;
    } else {
        // Read again: the one that was quicker has written when it was used.
        let used = store::find_token(&mut tx, hashed).await?.ok_or_else(refused)?;
        let again = used.used_at.is_some_and(|at| now <= at.plus(GRACE)) && used.successor_used != Some(true);
        if !again || !is_alive(&used, now) {
            // Once, however many of them come back together.
            if store::end_session(&mut tx, session, now).await? {
                tx.enqueue(&SendNotice::to(stored.traveler_id, Notice::Replay))?;
            }
            tx.commit().await?;
            tracing::warn!(%session, "a used refresh token came back; its session was ended");
            return Err(refused());
        }
    }
    Ok(Tokens { access: access(app, stored.traveler_id, session)?, refresh: next })
}

record! {
    struct Alive {
        traveler_id: TravelerId,
        is_admin: bool,
        confirmed_at: Option<Timestamp>,
        email_verified: bool,
        women_verified: bool,
        has_blocks: bool,
    }
}

/// The caller behind a token, if the session is alive and its owner may sign in.
pub fn authenticate(app: App, claims: AccessClaims) -> BoxFuture<'static, Result<Option<Caller>>> {
    async move { app.sessions.get(&app, &claims, look_up(&app, claims.sid)).await }.boxed()
}

async fn look_up(app: &App, session: SessionId) -> Result<Option<Caller>> {
    let alive = sql!(
        "select s.traveler_id, t.is_admin, s.confirmed_at, t.email_verified, t.women_verified,
                (exists (select 1 from blocks b where b.blocker_id = t.id)
                 or exists (select 1 from blocks b where b.blocked_id = t.id)) as has_blocks
         from sessions s join travelers t on t.id = s.traveler_id
         where s.id = $1 and s.ended_at is null and s.expires_at > $2 and t.is_active = TRUE"
    );
    let alive = app.db.read().await?.maybe::<Alive>(alive.bind(session).bind(app.clock.now())).await?;
    Ok(alive.map(|alive| Caller {
        id: alive.traveler_id,
        session,
        is_admin: alive.is_admin,
        confirmed_at: alive.confirmed_at,
        email_verified: alive.email_verified,
        women_verified: alive.women_verified,
        has_blocks: alive.has_blocks,
    }))
}

/// Whether an account may sign in at all.
pub(crate) fn may_sign_in(traveler: &Traveler) -> Result<()> {
    if traveler.is_active {
        Ok(())
    } else {
        Err(Error::forbidden("account_disabled", "This account is disabled: write to support if that is a mistake"))
    }
}
