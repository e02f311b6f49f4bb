//! One-time codes: six digits that are mailed to an address, and prove that whoever types them reads its mail.
//!
//! The code follows from the challenge's id and a key outside the database, so it is nowhere at rest. A challenge is
//! written for every address that is asked for, with an account or without; only the job that would send the mail finds
//! out. So asking takes as long, and trying codes does the same work, either way.

use crate::{
    api::SignedIn,
    attempts,
    jobs::SendOtp,
    model::{Email, Traveler, checked},
    proof,
    session::{self, Device},
    store,
};
use kernel::{
    App, Error, Faults, Result,
    clock::Timestamp,
    db::{Session, Sql, Tx},
    http::{Body, Data, Reply, Wire},
    id, record, sql,
    text::fold,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

id! {
    /// One mailed code.
    ChallengeId, "Challenge"
}

/// What a code is good for; one of one purpose is nothing for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// To sign in.
    SignIn,
    /// To begin or confirm an administrator's session.
    Administrate,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Administrate => "administrate",
        }
    }
}

const LIFETIME: Duration = Duration::from_mins(10);
/// With five codes a day and five tries each, a day of guessing succeeds once in 40,000.
const TRIES: i64 = 5;
const AN_HOUR: i64 = 3;
const A_DAY: i64 = 5;

/// The code of a challenge.
pub(crate) fn code(app: &App, id: ChallengeId) -> String {
    digits(&app.config.auth.keys.keyed_hash("one-time code", id.0.as_bytes()))
}

fn digits(hash: &[u8]) -> String {
    // 256 bits over a million: no digit is likelier than another by more than 2^-236.
    let number = hash.iter().fold(0_u64, |rest, byte| (rest * 256 + u64::from(*byte)) % 1_000_000);
    format!("{number:06}")
}

fn address_hash(app: &App, email_key: &str) -> Vec<u8> {
    app.config.auth.keys.keyed_hash("address of a code", email_key.as_bytes()).to_vec()
}

record! {
    struct Asked { hour: i64, day: i64, last: i64 }
}

/// Writes a challenge and queues its mail, unless the address had enough of this purpose; those of another do not count, or
/// one could be used up by asking for the other. The id is one of nothing then.
pub(crate) async fn ask(app: &App, tx: &mut Tx, email: Email, purpose: Purpose) -> Result<ChallengeId> {
    let (id, now, address) = (ChallengeId(app.new_uuid()), app.clock.now(), address_hash(app, &email.key));
    let asked = sql!(
        "select cast(coalesce(sum(case when created_at > $2 then 1 else 0 end), 0) as bigint) as hour,
                cast(coalesce(sum(case when created_at > $3 then 1 else 0 end), 0) as bigint) as day,
                cast(coalesce(max(seq), 0) as bigint) as last
         from otp_challenges where address_hash = $1 and purpose = $4"
    );
    let (hour, day) = (now.minus(Duration::from_hours(1)), now.minus(Duration::from_hours(24)));
    let asked: Asked = tx.one(asked.bind(address.clone()).bind(hour).bind(day).bind(purpose.name())).await?;
    if asked.hour >= AN_HOUR || asked.day >= A_DAY {
        return Ok(id);
    }
    let insert = sql!(
        "insert into otp_challenges (id, address_hash, seq, purpose, tries_left, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing"
    );
    let insert = insert
        .bind(id)
        .bind(address.clone())
        .bind(asked.last + 1)
        .bind(purpose.name())
        .bind(TRIES)
        .bind(now)
        .bind(now.plus(LIFETIME));
    // Somebody asked at the same moment: one mail is on its way.
    if tx.run(insert).await? == 0 {
        return Ok(id);
    }
    let only_one = sql!(
        "update otp_challenges set expires_at = $4 where address_hash = $1 and purpose = $2 and id <> $3 and expires_at > $4"
    );
    tx.run(only_one.bind(address).bind(purpose.name()).bind(id).bind(now)).await?;
    tx.enqueue_within(&SendOtp { challenge: id, email_key: email.key, purpose }, app.config.auth.mail_delay)?;
    Ok(id)
}

/// Whether a challenge can still be met; a mail that was held up for longer is not sent.
pub(crate) async fn is_live(db: &mut Session, id: ChallengeId, now: Timestamp) -> Result<bool> {
    let live = sql!("select cast(count(*) as bigint) from otp_challenges where id = $1 and expires_at > $2");
    Ok(db.one::<i64>(live.bind(id).bind(now)).await? == 1)
}

record! {
    struct Tried { id: ChallengeId }
}

/// What was typed to meet a challenge.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub email_key: &'a str,
    pub code: &'a str,
    pub challenge: Option<ChallengeId>,
}

/// The owner of the address, if the code is the one. A try is used up, whatever comes of it: commit also when this is
/// `None`.
pub(crate) async fn answer(app: &App, tx: &mut Tx, given: &Answer<'_>, purpose: Purpose) -> Result<Option<Traveler>> {
    let now = app.clock.now();
    let take = sql!(
        "update otp_challenges set tries_left = tries_left - 1
         where address_hash = $1 and purpose = $2 and expires_at > $3 and tries_left > 0
               and id = coalesce($4, id)
         returning id"
    );
    let take = take.bind(address_hash(app, given.email_key)).bind(purpose.name()).bind(now).bind(given.challenge);
    let Some(Tried { id }) = tx.maybe(take).await? else { return Ok(None) };
    if !bool::from(code(app, id).as_bytes().ct_eq(given.code.as_bytes())) {
        return Ok(None);
    }
    tx.run(sql!("update otp_challenges set expires_at = $2 where id = $1").bind(id).bind(now)).await?;
    Ok(store::find_by_email(tx, given.email_key).await?.filter(|t| t.is_active))
}

/// Whose address a code goes to.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "asha@example.org"}))]
pub(crate) struct RequestOtp {
    /// The address of the account.
    #[schema(value_type = String, example = "asha@example.org")]
    pub email: Option<String>,
}

impl Wire for RequestOtp {}

impl RequestOtp {
    pub(crate) fn check(self) -> Result<Email> {
        let mut faults = Faults::default();
        let email = checked(&mut faults, "email", self.email.as_deref().map(Email::parse));
        faults.result()?;
        email.ok_or_else(|| Error::internal("a missing field without a fault"))
    }
}

/// What was asked for, the same with and without an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OtpRequested {
    /// A sentence for people.
    #[schema(example = "If there is an account with this address, a code is on its way")]
    message: &'static str,
    /// The address as it was given.
    #[schema(example = "asha@example.org")]
    email: String,
    /// May be sent with the code, so that one asked for elsewhere is not taken for it.
    challenge_id: ChallengeId,
    /// For how many seconds the code is good.
    #[schema(example = 600)]
    expires_in: u64,
}

pub(crate) const ON_ITS_WAY: &str = "If there is an account with this address, a code is on its way";

/// Ask for a one-time code
///
/// Mails six digits to the address, good for ten minutes and five tries; one asked for earlier is dead. The answer is the
/// same, and takes the same time, whether or not there is an account. An address gets at most three an hour and five a
/// day.
#[utoipa::path(
    post, path = "/api/auth/otp/request", tag = "auth", operation_id = "request_otp",
    request_body(content = RequestOtp, description = "The address"),
    responses((status = 200, description = "If there is an account, a code is on its way", body = Data<OtpRequested>)),
    extensions(("x-rate-limit" = json!("mail"))),
)]
pub(crate) async fn request_otp(app: App, Body(body): Body<RequestOtp>) -> Result<Reply<Data<OtpRequested>>> {
    let email = body.check()?;
    let shown = email.typed.clone();
    let mut tx = app.db.write().await?;
    let challenge_id = ask(&app, &mut tx, email, Purpose::SignIn).await?;
    tx.commit().await?;
    let requested = OtpRequested { message: ON_ITS_WAY, email: shown, challenge_id, expires_in: LIFETIME.as_secs() };
    Ok(Reply::new(requested, ON_ITS_WAY))
}

/// The code that was mailed.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "asha@example.org", "otp": "042137"}))]
pub(crate) struct VerifyOtp {
    /// The address that the code was mailed to.
    #[schema(value_type = String, example = "asha@example.org")]
    email: Option<String>,
    /// The six digits.
    #[schema(value_type = String, example = "042137")]
    otp: Option<String>,
    /// Which code, from the answer to the request; the latest one of the address when absent.
    challenge_id: Option<ChallengeId>,
}

impl Wire for VerifyOtp {
    const ALIASES: &'static [(&'static str, &'static str)] = &[("otp_code", "otp"), ("code", "otp")];
}

impl VerifyOtp {
    /// The folded address, the digits, and which code.
    pub(crate) fn check(self) -> Result<(String, String, Option<ChallengeId>)> {
        let mut faults = Faults::default();
        let email = checked(&mut faults, "email", self.email.map(Ok));
        let otp = checked(&mut faults, "otp", self.otp.map(Ok));
        faults.result()?;
        let (Some(email), Some(otp)) = (email, otp) else {
            return Err(Error::internal("a missing field without a fault"));
        };
        Ok((fold(email.trim()), otp.trim().to_owned(), self.challenge_id))
    }
}

/// The answer to every code that is not good; why is not said.
pub(crate) const fn refused() -> Error {
    Error::Unauthorized { code: "invalid_otp", message: "The code is wrong or no longer valid: ask for a new one" }
}

/// Sign in with a one-time code
///
/// Uses the code up. Wrong, expired, used and unknown codes get the same answer. Whoever has the code reads the mail of the
/// address; if that was not confirmed before, everybody else who had a way into the account is put out.
#[utoipa::path(
    post, path = "/api/auth/otp/verify", tag = "auth", operation_id = "verify_otp",
    request_body(content = VerifyOtp, description = "The address and the code"),
    responses(
        (status = 200, description = "Signed in", body = Data<SignedIn>),
        (status = 401, description = "The code is wrong, expired, used or unknown (`invalid_otp`)"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn verify_otp(app: App, device: Device, Body(body): Body<VerifyOtp>) -> Result<Reply<Data<SignedIn>>> {
    let (email_key, otp, challenge) = body.check()?;
    let given = Answer { email_key: &email_key, code: &otp, challenge };
    let mut tx = app.db.write().await?;
    let Some(owner) = answer(&app, &mut tx, &given, Purpose::SignIn).await? else {
        tx.commit().await?;
        return Err(refused());
    };
    proof::proven(&app, &mut tx, &owner).await?;
    attempts::forgive_account(&app, &mut tx, &email_key);
    let tokens = session::begin(&app, &mut tx, owner.id, &device)?;
    let user = store::find(&mut tx, owner.id).await?.ok_or_else(refused)?;
    tx.commit().await?;
    Ok(Reply::new(SignedIn::new(user.into(), tokens), "Login successful"))
}

/// Forgets challenges that count for nothing any more.
pub(crate) fn forget(before: Timestamp) -> Sql {
    sql!("delete from otp_challenges where created_at < $1").bind(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn digits_are_spread_evenly_and_begin_with_zeros_too() {
        let mut counts = [[0_u32; 10]; 6];
        for n in 0..10_000_u32 {
            let code = digits(&Sha256::digest(n.to_be_bytes()));
            assert_eq!(code.len(), 6, "{code}");
            for (place, digit) in code.bytes().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
        }
        for place in counts {
            let chi2: f64 = place.iter().map(|n| (f64::from(*n) - 1000.0).powi(2) / 1000.0).sum();
            assert!(chi2 < 27.9, "nine degrees of freedom, one in a thousand: {chi2} {place:?}");
        }
    }
}
