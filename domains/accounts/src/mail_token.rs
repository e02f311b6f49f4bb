//! What a mail lets its reader do, once: tokens in links, of which only the hash is kept.

use crate::{
    model::{Email, Traveler},
    store,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{
    App, Error, Result,
    auth::TravelerId,
    clock::Timestamp,
    db::{Session, Tx},
    record, sql,
};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

/// What it is for. A token of one purpose is nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The address of the account can be reached.
    VerifyEmail,
    /// Another address takes its place.
    ChangeEmail,
    /// A new password takes the place of a forgotten one.
    ResetPassword,
}

/// A receiver gets so many mails of a purpose an hour, and so many a day.
const AN_HOUR: i64 = 3;
const A_DAY: i64 = 10;

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ChangeEmail => "change_email",
            Self::ResetPassword => "reset_password",
        }
    }

    const fn lifetime(self) -> Duration {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => Duration::from_hours(24),
            Self::ResetPassword => Duration::from_mins(30),
        }
    }
}

record! {
    /// What a token was given for.
    #[derive(Debug)]
    pub(crate) struct Granted {
        pub traveler_id: TravelerId,
        pub purpose: String,
        pub email: String,
        pub email_key: String,
    }
}

record! {
    struct Known { created_at: Timestamp, expires_at: Timestamp }
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The token of the mail that the job `job` sends to `email`, the same at every try; `None` when its receiver had enough
/// mail.
pub(crate) async fn grant(
    app: &App,
    tx: &mut Tx,
    job: Uuid,
    owner: TravelerId,
    purpose: Purpose,
    email: &Email,
) -> Result<Option<SecretString>> {
    let now = app.clock.now();
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.config.auth.keys.keyed_hash("mail token", job.as_bytes()));
    let known = sql!("select created_at, expires_at from mail_tokens where hash = $1").bind(hash(&token));
    if let Some(known) = tx.maybe::<Known>(known).await? {
        // The mail did not leave till now: its link lasts from now on, unless it was used or revoked.
        if known.expires_at == known.created_at.plus(purpose.lifetime()) {
            let renew =
                sql!("update mail_tokens set created_at = $2, expires_at = $3 where hash = $1 and expires_at = $4");
            let until = now.plus(purpose.lifetime());
            tx.run(renew.bind(hash(&token)).bind(now).bind(until).bind(known.expires_at)).await?;
        }
        return Ok(Some(token.into()));
    }
    if sent_since(tx, owner, purpose, now.minus(Duration::from_hours(1))).await? >= AN_HOUR
        || sent_since(tx, owner, purpose, now.minus(Duration::from_hours(24))).await? >= A_DAY
    {
        return Ok(None);
    }
    tx.run(
        sql!(
            "insert into mail_tokens (hash, traveler_id, purpose, email, email_key, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(hash(&token))
        .bind(owner)
        .bind(purpose.name())
        .bind(&email.typed)
        .bind(&email.key)
        .bind(now)
        .bind(now.plus(purpose.lifetime())),
    )
    .await?;
    Ok(Some(token.into()))
}

async fn sent_since(db: &mut Session, owner: TravelerId, purpose: Purpose, since: Timestamp) -> Result<i64> {
    let sent = sql!(
        "select cast(count(*) as bigint) from mail_tokens where traveler_id = $1 and purpose = $2 and created_at > $3"
    );
    Ok(db.one(sent.bind(owner).bind(purpose.name()).bind(since)).await?)
}

/// The answer to every token that is not good; why is not said.
pub(crate) fn refused() -> Error {
    Error::malformed("invalid_token", "This link is not valid or no longer valid: ask for a new one")
}

impl Granted {
    /// Whether it was given for this purpose.
    pub(crate) fn is_for(&self, purpose: Purpose) -> bool {
        self.purpose == purpose.name()
    }
}

/// Uses a token up. One of many at the same time succeeds; a bad, a used and an expired one look the same.
pub(crate) async fn redeem(app: &App, tx: &mut Tx, token: &str, purposes: &[Purpose]) -> Result<Granted> {
    // Kept, and not deleted, so that used ones still count as mail that was sent.
    let used = sql!(
        "update mail_tokens set expires_at = $2 where hash = $1 and expires_at > $2
         returning traveler_id, purpose, email, email_key"
    );
    let granted: Option<Granted> = tx.maybe(used.bind(hash(token)).bind(app.clock.now())).await?;
    granted.filter(|g| purposes.iter().any(|p| g.is_for(*p))).ok_or_else(refused)
}

/// Makes every other token of an account useless: after a new password or address no old link may work.
pub(crate) async fn revoke_all(tx: &mut Tx, owner: TravelerId, at: Timestamp) -> Result<()> {
    let revoke = sql!("update mail_tokens set expires_at = $2 where traveler_id = $1 and expires_at > $2");
    tx.run(revoke.bind(owner).bind(at)).await?;
    Ok(())
}

/// Forgets the tokens of an account that is gone, with the addresses that they were mailed to.
pub(crate) async fn erase_all(tx: &mut Tx, owner: TravelerId) -> Result<()> {
    tx.run(sql!("delete from mail_tokens where traveler_id = $1").bind(owner)).await?;
    Ok(())
}

/// Whether the account behind a token is still one that may use it.
pub(crate) async fn owner(tx: &mut Tx, granted: &Granted) -> Result<Option<Traveler>> {
    Ok(store::find(tx, granted.traveler_id).await?.filter(|t| t.is_active))
}

/// Forgets tokens that count for nothing any more.
pub(crate) fn forget(before: Timestamp) -> kernel::db::Sql {
    sql!("delete from mail_tokens where created_at < $1").bind(before)
}
