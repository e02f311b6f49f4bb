//! Registering where nobody may learn which addresses have an account (`REGISTRATION=private`): the account begins when
//! its address is confirmed. Until then it is a row that waits, the same with and without an account of that address;
//! only the job that writes the mail finds out.

use crate::{
    jobs::{SendRegistration, SendWelcome},
    mail_token,
    model::{Email, NewTraveler, Username},
    password,
    password::Verdict,
    store,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{
    App, Error, Result,
    auth::TravelerId,
    clock::Timestamp,
    db::{Session, Sql, Tx},
    id, record, sql,
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::time::Duration;

id! {
    /// An account that waits for the confirmation of its address.
    RegistrationId, "Registration"
}

const LIFETIME: Duration = Duration::from_hours(24);
/// An address gets so many of these mails an hour, and so many a day.
const AN_HOUR: i64 = 3;
const A_DAY: i64 = 10;
/// A registration is given up after so many passwords that were not its own.
const TRIES: i64 = 10;

record! {
    /// One that waits.
    #[derive(Debug)]
    pub(crate) struct Waiting {
        pub id: RegistrationId,
        pub email: String,
        pub email_key: String,
        pub password_hash: String,
        pub username: String,
        pub username_key: String,
        pub display_name: String,
        pub full_name: Option<String>,
    }
}

record! {
    struct Asked { hour: i64, day: i64, last: i64, name_taken: i64 }
}

/// The token of the mail; only its hash is kept.
pub(crate) fn token(app: &App, id: RegistrationId) -> SecretString {
    let token = app.config.auth.keys.keyed_hash("registration", id.0.as_bytes());
    SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(token))
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Lets a registration wait for the mail that is sent now; earlier ones of the address wait no more. Usernames are public, so that one is taken may be said.
pub(crate) async fn begin(app: &App, new: &NewTraveler, password_hash: &str) -> Result<()> {
    let (id, now) = (RegistrationId(app.new_uuid()), app.clock.now());
    let mut tx = app.db.write().await?;
    let asked = sql!(
        "select cast(count(case when created_at > $2 then 1 end) as bigint) as hour,
                cast(count(case when created_at > $3 then 1 end) as bigint) as day,
                cast(coalesce(max(seq), 0) as bigint) as last,
                (select cast(count(*) as bigint) from travelers where username_key = $4) as name_taken
         from registrations where email_key = $1"
    );
    let (hour, day) = (now.minus(Duration::from_hours(1)), now.minus(Duration::from_hours(24)));
    let asked: Asked = tx.one(asked.bind(&new.email.key).bind(hour).bind(day).bind(&new.username.key)).await?;
    if asked.name_taken > 0 {
        return Err(Error::conflict("username_taken", "An account with this username already exists"));
    }
    if asked.hour >= AN_HOUR || asked.day >= A_DAY {
        return Ok(());
    }
    let insert = sql!(
        "insert into registrations (id, token_hash, email, email_key, seq, tries_left, password_hash, username,
            username_key, display_name, full_name, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing"
    );
    let insert = insert
        .bind(id)
        .bind(hash(token(app, id).expose_secret()))
        .bind(&new.email.typed)
        .bind(&new.email.key)
        .bind(asked.last + 1)
        .bind(TRIES)
        .bind(password_hash)
        .bind(&new.username.typed)
        .bind(&new.username.key)
        .bind(&new.display_name)
        .bind(new.full_name.clone())
        .bind(now)
        .bind(now.plus(LIFETIME));
    // Somebody registered it at the same moment: one mail is on its way.
    if tx.run(insert).await? == 0 {
        return Ok(());
    }
    let only_one =
        sql!("update registrations set expires_at = $3 where email_key = $1 and id <> $2 and expires_at > $3");
    tx.run(only_one.bind(&new.email.key).bind(id).bind(now)).await?;
    tx.enqueue_within(&SendRegistration { registration: id }, app.config.auth.mail_delay)?;
    Ok(tx.commit().await?)
}

/// One that still waits; a mail that was held up for longer, or whose registration was replaced, is not sent.
pub(crate) async fn find(db: &mut Session, id: RegistrationId, now: Timestamp) -> Result<Option<Waiting>> {
    let found = sql!(
        "select id, email, email_key, password_hash, username, username_key, display_name, full_name
         from registrations where id = $1 and expires_at > $2"
    );
    Ok(db.maybe(found.bind(id).bind(now)).await?)
}

/// The registration whose mailed token this is, if it still waits.
pub(crate) async fn find_by_token(db: &mut Session, token: &str, now: Timestamp) -> Result<Option<Waiting>> {
    let found = sql!(
        "select id, email, email_key, password_hash, username, username_key, display_name, full_name
         from registrations where token_hash = $1 and expires_at > $2"
    );
    Ok(db.maybe(found.bind(hash(token)).bind(now)).await?)
}

/// Makes an account of a registration, with a confirmed address. Whoever reads the mail need not be whoever registered:
/// only with the password too can neither of them begin an account for the other.
pub(crate) async fn confirm(app: &App, waiting: &Waiting, password: SecretString) -> Result<()> {
    let now = app.clock.now();
    // Counted before it is looked at, so that many at once cannot slip through.
    let try_it = sql!(
        "update registrations set tries_left = tries_left - 1 where id = $1 and expires_at > $2 and tries_left > 0"
    );
    let mut tx = app.db.write().await?;
    if tx.run(try_it.bind(waiting.id).bind(now)).await? == 0 {
        return Err(mail_token::refused());
    }
    tx.commit().await?;
    if password::verify(app, password, Some(waiting.password_hash.clone())).await? == Verdict::Wrong {
        return Err(Error::forbidden("wrong_password", "That is not the password that you registered with"));
    }
    let mut tx = app.db.write().await?;
    begin_account(app, &mut tx, waiting.id, now).await?;
    Ok(tx.commit().await?)
}

async fn begin_account(app: &App, tx: &mut Tx, id: RegistrationId, now: Timestamp) -> Result<()> {
    let taken = sql!(
        "delete from registrations where id = $1 and expires_at > $2
         returning id, email, email_key, password_hash, username, username_key, display_name, full_name"
    );
    let waiting: Waiting = tx.maybe(taken.bind(id).bind(now)).await?.ok_or_else(mail_token::refused)?;
    let new = NewTraveler {
        email: Email { typed: waiting.email, key: waiting.email_key },
        username: Username { typed: waiting.username, key: waiting.username_key },
        password: SecretString::default(),
        display_name: waiting.display_name,
        full_name: waiting.full_name,
    };
    let id = TravelerId(app.new_uuid());
    if !store::insert(tx, id, &new, &waiting.password_hash, now).await? {
        return Err(store::taken(tx, &new).await?);
    }
    store::confirm_email(tx, id, &new.email.key, now).await?;
    // Whatever else waited for this address is void now.
    tx.run_at_commit(sql!("delete from registrations where email_key = $1").bind(&new.email.key));
    tx.enqueue(&SendWelcome { traveler: id })?;
    Ok(())
}

/// Forgets what nobody confirmed.
pub(crate) fn forget(before: Timestamp) -> Sql {
    sql!("delete from registrations where created_at < $1").bind(before)
}
