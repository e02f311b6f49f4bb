//! `Idempotency-Key`: the same POST sent twice, because its reply was lost, does its work once.
//!
//! The key, a hash of the request and the reply are stored in the transaction of the work itself, so they are there
//! exactly when the work is. A second request with the same key waits for the first one's transaction, then gets its
//! reply. What is stored says nothing to whoever reads the table: the hash has a key, and the reply is sealed under one that
//! is made for it alone, since both may be about what is sealed wherever else it lies.

use super::{Wire, body, envelope::Render, json, salvage};
use crate::{
    App, Error, Result,
    auth::Caller,
    clock::Timestamp,
    crypto,
    db::{DbError, Sql, Tx},
    error::Given,
    record, sql,
};
use axum::{
    extract::{FromRequest, MatchedPath, Request},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{convert::Infallible, time::Duration};

/// The body of a POST that may carry an `Idempotency-Key`.
#[derive(Debug, Clone)]
pub struct Post<T> {
    /// The body.
    pub body: T,
    key: Option<Key>,
}

#[derive(Debug, Clone)]
struct Key {
    text: String,
    route: String,
    hash: Vec<u8>,
    /// Whether a request that cannot have it is done without it.
    is_loose: bool,
}

impl Key {
    /// For a request with this body.
    fn new(app: &App, request: &Asked, text: String, body: &[u8]) -> Self {
        // The template stands for the route; which thing it was about belongs to the request.
        let mut hash = Sha256::new_with_prefix(request.path.as_bytes());
        hash.update([0]);
        hash.update(body);
        let hash = app.config.auth.keys.keyed_hash("request of an idempotency key", &hash.finalize()).to_vec();
        Self { text, route: request.route.clone(), hash, is_loose: false }
    }
}

/// What a request is about.
struct Asked {
    route: String,
    path: String,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>().map_or_else(String::new, |m| m.as_str().to_owned());
        Self { route, path: request.uri().path().to_owned() }
    }
}

/// How long a key is remembered.
const KEEP: Duration = Duration::from_hours(24);

impl<T: Wire> FromRequest<App> for Post<T> {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (key, asked) = (header(&request)?, Asked::of(&request));
        let bytes = body::bytes(request).await?;
        let key = key.map(|key| Key::new(app, &asked, key, &bytes));
        Ok(Self { body: body::wire(&bytes)?, key })
    }
}

/// The same for a request that is refused for nothing that it says, nor for how: what cannot be read of the body is left out,
/// and a key that is malformed, or was used for something else, does not count. Its route says `x-any-body`, or the guard
/// refuses what says that it is too long.
#[derive(Debug)]
pub struct AnyPost<T> {
    /// The body, as far as it could be read.
    pub body: T,
    /// Whether that is all of it.
    pub is_whole: bool,
    /// What a transaction begins with.
    pub post: Post<()>,
}

impl<T: Wire + Default> FromRequest<App> for AnyPost<T> {
    type Rejection = Infallible;
    async fn from_request(request: Request, app: &App) -> Result<Self, Infallible> {
        let (key, asked) = (header(&request).ok().flatten(), Asked::of(&request));
        let (bytes, has_arrived) = body::arrived(request).await;
        let (found, is_read) = salvage::salvage(&bytes);
        let read = json::read(Value::Object(found));
        let is_whole = has_arrived && (is_read || bytes.is_empty()) && read.is_ok();
        let key = key.map(|key| Key { is_loose: true, ..Key::new(app, &asked, key, &bytes) });
        Ok(Self { body: read.unwrap_or_default(), is_whole, post: Post { body: (), key } })
    }
}

fn header(request: &Request) -> Result<Option<String>> {
    let mut values = request.headers().get_all("idempotency-key").iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return if request.headers().contains_key("idempotency-key") { Err(bad_key()) } else { Ok(None) };
    };
    let key = value.to_str().ok().map(str::trim).filter(|k| (1..=255).contains(&k.len()));
    key.map(|k| Some(k.to_owned())).ok_or_else(bad_key)
}

fn bad_key() -> Error {
    Error::malformed("invalid_idempotency_key", "Idempotency-Key must be one header of 1 to 255 ASCII characters")
}

record! {
    struct Stored { request_hash: Vec<u8>, status: Option<i64>, body: Option<String> }
}

impl Key {
    /// What its reply is sealed under. It is forgotten a day later, so it need not outlive `SECRET_KEY`.
    fn secret(&self, app: &App, caller: Caller) -> [u8; 32] {
        let about = format!("{}\0{}\0{}", caller.id, self.route, self.text);
        app.config.auth.keys.keyed_hash("reply of an idempotency key", about.as_bytes())
    }

    fn seal(&self, app: &App, caller: Caller, body: &[u8]) -> Result<String> {
        let sealed = crypto::seal_under(self.secret(app, caller), &self.hash, body)?;
        Ok(BASE64_STANDARD_NO_PAD.encode(sealed))
    }

    fn open(&self, app: &App, caller: Caller, body: &str) -> Result<String> {
        let sealed =
            BASE64_STANDARD_NO_PAD.decode(body).map_err(|e| Error::internal(format!("a stored reply: {e}")))?;
        let body = crypto::open_under(self.secret(app, caller), &self.hash, &sealed)?;
        Ok(body.expose_secret().to_owned())
    }
}

impl<T> Post<T> {
    /// Takes the body, and leaves what [`Begun`] needs.
    pub fn split(self) -> (T, Post<()>) {
        (self.body, Post { body: (), key: self.key })
    }
}

impl Post<()> {
    /// The same request as if it had no key: for when the reply given then must not be given again.
    #[must_use]
    pub fn without_key(self) -> Self {
        Self { body: (), key: None }
    }

    /// The same as [`Post::begin`], but a reply that was given before is given again only if `there` says that what it is about
    /// is still there for the caller.
    pub async fn begin_while<F>(self, app: &App, caller: Caller, there: impl FnOnce() -> F) -> Result<Begun>
    where
        F: Future<Output = Result<()>>,
    {
        match self.begin(app, caller).await {
            Err(Error::Replay(given)) => {
                there().await?;
                Err(Error::Replay(given))
            }
            begun => begun,
        }
    }

    /// Begins the transaction of the work. A key that was used before ends the handler with the reply given then.
    pub async fn begin(self, app: &App, caller: Caller) -> Result<Begun> {
        let mut tx = app.db.write().await?;
        let Some(key) = self.key else { return Ok(Begun { tx, stored: None, app: app.clone() }) };
        // On PostgreSQL this waits while another transaction holds the same key.
        let take = sql!(
            "insert into idempotency_keys (traveler_id, route, key, request_hash, created_at)
             values ($1, $2, $3, $4, $5) on conflict do nothing returning created_at"
        );
        let take = take.bind(caller.id).bind(&key.route).bind(&key.text).bind(key.hash.clone()).bind(app.clock.now());
        let stored = sql!(
            "select request_hash, status, body from idempotency_keys where traveler_id = $1 and route = $2 and key = $3"
        );
        let stored = stored.bind(caller.id).bind(&key.route).bind(&key.text);
        let (taken, stored) = tx.both::<Timestamp, Stored>(take, stored).await?;
        if !taken.is_empty() {
            return Ok(Begun { tx, stored: Some((caller, key)), app: app.clone() });
        }
        let stored = stored.into_iter().next().ok_or(DbError::NoRow)?;
        let replay = key.replay(app, caller, stored);
        if key.is_loose && !matches!(replay, Error::Replay(_)) {
            return Ok(Begun { tx, stored: None, app: app.clone() });
        }
        Err(replay)
    }
}

impl Key {
    /// The reply that was given under it, or why there is none.
    fn replay(&self, app: &App, caller: Caller, stored: Stored) -> Error {
        if stored.request_hash != self.hash {
            return Error::conflict("idempotency_key_reused", "This Idempotency-Key was used for another request");
        }
        match (stored.status.and_then(|s| u16::try_from(s).ok()), stored.body) {
            (Some(status), Some(body)) => match self.open(app, caller, &body) {
                Ok(body) => Error::Replay(Box::new(Given { status, body })),
                Err(error) => error,
            },
            _ => Error::internal("an idempotency key without its reply"),
        }
    }
}

/// A transaction that knows under which key to store its reply.
#[derive(Debug)]
pub struct Begun {
    /// The transaction of the work.
    pub tx: Tx,
    stored: Option<(Caller, Key)>,
    app: App,
}

impl Begun {
    /// Commits the work and its reply together, and gives the reply.
    pub async fn commit<R: Render>(mut self, reply: &R) -> Result<Response> {
        let body = reply.json()?;
        if let Some((caller, key)) = &self.stored {
            let text = key.seal(&self.app, *caller, &body)?;
            self.tx.run_at_commit(
                sql!(
                    "update idempotency_keys set status = $4, body = $5
                     where traveler_id = $1 and route = $2 and key = $3"
                )
                .bind(caller.id)
                .bind(&key.route)
                .bind(&key.text)
                .bind(i64::from(R::STATUS.as_u16()))
                .bind(text),
            );
        }
        self.tx.commit().await?;
        Ok(super::envelope::json(R::STATUS, body))
    }
}

/// Forgets keys that are older than a day.
pub(crate) fn forget_idempotency_keys(now: Timestamp) -> Sql {
    sql!("delete from idempotency_keys where created_at < $1").bind(now.minus(KEEP))
}
