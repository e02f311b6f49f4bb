//! How often a password may be tried in vain.
//!
//! An attempt is counted before the password is looked at, so that many at once cannot slip through, and forgotten when
//! the password was right. Ten in a row close the account's door for a quarter of an hour, the next ten for half an
//! hour, every ten after that for an hour. After a hundred it stays closed to passwords until its owner proves the
//! address (NIST SP 800-63B, section 5.2.2, allows no more than 100 in a row). An address without an account is treated
//! alike, so that nobody learns which have one.
//!
//! Whoever closes the door on purpose shall not keep its owner out: a device that is signed in to the account has a count of
//! its own.

use crate::session::Device;
use kernel::{
    App, Error, Result,
    auth::SessionId,
    clock::Timestamp,
    db::{Session, Sql, Tx},
    http::{Class, check_everybody},
    record, sql,
};
use std::time::Duration;

/// Attempts before the door closes each time.
const ROUND: i64 = 10;
/// Attempts in a row, after which only the proof of the address opens it again.
const MOST: i64 = 100;
/// For so long after the hundredth; in fact until the address is proven.
const FOR_GOOD: Duration = Duration::from_hours(24 * 30);

/// One attempt, counted as failed until it is forgiven.
#[derive(Debug)]
pub(crate) struct Attempt {
    key: Vec<u8>,
    /// Whether the device is, or was lately, signed in to this account.
    pub is_known_device: bool,
}

fn key(app: &App, parts: &[&str]) -> Vec<u8> {
    app.config.auth.keys.keyed_hash("sign-in attempts", parts.join("\0").as_bytes()).to_vec()
}

/// Counts an attempt to sign in to the account with this folded address, or says how long to wait.
pub(crate) async fn to_sign_in(app: &App, email_key: &str, device: &Device) -> Result<Attempt> {
    let now = app.clock.now();
    let mut db = app.db.read().await?;
    let known = knows(&mut db, email_key, device, now).await?;
    let is_signed_in = known.alive > 0;
    let key = if is_signed_in {
        key(app, &["device", email_key, &device.network, &device.agent])
    } else {
        stranger(app, email_key)
    };
    if !is_signed_in && app.config.limits.enabled {
        // A closed door costs nothing: or one closed account would use up what everybody shares.
        let closed = sql!("select blocked_until from sign_in_attempts where key = $1 and blocked_until > $2");
        if let Some(Closed { blocked_until: Some(until) }) = db.maybe(closed.bind(key.clone()).bind(now)).await? {
            return Err(wait_until(until, now));
        }
        drop(db);
        check_everybody(app, Class::SignIns).await?;
    }
    count(app, key, known.seen > 0).await
}

/// Counts an attempt to show, in a session, that one knows the password.
pub(crate) async fn to_prove(app: &App, session: SessionId) -> Result<Attempt> {
    count(app, key(app, &["session", &session.to_string()]), true).await
}

fn stranger(app: &App, email_key: &str) -> Vec<u8> {
    key(app, &["account", email_key])
}

record! {
    /// Sessions of an account on a device: that are alive, and that are remembered.
    struct Known { alive: i64, seen: i64 }
}

async fn knows(db: &mut Session, email_key: &str, device: &Device, now: Timestamp) -> Result<Known> {
    let known = sql!(
        "select cast(count(case when s.ended_at is null and s.expires_at > $4 then 1 end) as bigint) as alive,
                cast(count(*) as bigint) as seen
         from sessions s join travelers t on t.id = s.traveler_id
         where t.email_key = $1 and s.network = $2 and s.user_agent = $3"
    );
    Ok(db.one(known.bind(email_key).bind(&device.network).bind(&device.agent).bind(now)).await?)
}

record! {
    struct Closed { blocked_until: Option<Timestamp> }
}

async fn count(app: &App, key: Vec<u8>, is_known_device: bool) -> Result<Attempt> {
    if !app.config.limits.enabled {
        return Ok(Attempt { key, is_known_device });
    }
    let now = app.clock.now();
    let minutes = |n| now.plus(Duration::from_mins(n));
    let mut tx = app.db.write().await?;
    let counted = sql!(
        "insert into sign_in_attempts as a (key, failures, last_at) values ($1, 1, $2)
         on conflict (key) do update set failures = a.failures + 1, last_at = $2, blocked_until =
            case when a.failures + 1 >= $8 then cast($6 as timestamptz) when (a.failures + 1) % $7 <> 0 then null
                 when a.failures + 1 = $7 then $3 when a.failures + 1 = 2 * $7 then $4 else $5 end
         where a.blocked_until is null or a.blocked_until <= $2"
    );
    let counted = counted
        .bind(key.clone())
        .bind(now)
        .bind(minutes(15))
        .bind(minutes(30))
        .bind(minutes(60))
        .bind(now.plus(FOR_GOOD))
        .bind(ROUND)
        .bind(MOST);
    if tx.run(counted).await? == 1 {
        tx.commit().await?;
        return Ok(Attempt { key, is_known_device });
    }
    let closed = sql!("select blocked_until from sign_in_attempts where key = $1").bind(key);
    let until = tx.maybe::<Closed>(closed).await?.and_then(|c| c.blocked_until).unwrap_or(now);
    Err(wait_until(until, now))
}

fn wait_until(until: Timestamp, now: Timestamp) -> Error {
    let wait = u64::try_from(until.micros() - now.micros()).unwrap_or_default();
    Error::TooMany { retry_after: Duration::from_micros(wait) }
}

impl Attempt {
    /// Forgets it and those before it, with the commit: the password was right.
    pub(crate) fn forgive(self, tx: &mut Tx) {
        tx.run_at_commit(forget_key(self.key));
    }
}

/// Opens the door again for whoever proved that the address is theirs.
pub(crate) fn forgive_account(app: &App, tx: &mut Tx, email_key: &str) {
    tx.run_at_commit(forget_key(stranger(app, email_key)));
}

fn forget_key(key: Vec<u8>) -> Sql {
    sql!("delete from sign_in_attempts where key = $1").bind(key)
}

/// Forgets what nobody tried any more for a month, and after a day what never closed a door: anybody can make such rows.
pub(crate) fn forget(now: Timestamp) -> Sql {
    sql!("delete from sign_in_attempts where last_at < $1 or (last_at < $2 and failures < $3)")
        .bind(now.minus(FOR_GOOD))
        .bind(now.minus(Duration::from_hours(24)))
        .bind(ROUND)
}
