//! Accounts, sessions and refresh tokens in the database.

use crate::{
    model::{NewTraveler, StoredToken, Traveler},
    names,
    session::Device,
};
use kernel::{
    Error, Result,
    auth::{SessionId, TravelerId},
    by_engine,
    clock::Timestamp,
    db::{Json, Session, Sql, Tx},
    record, sql,
};

/// Adds an account; `false` when its address or name is taken.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: TravelerId,
    new: &NewTraveler,
    password_hash: &str,
    at: Timestamp,
) -> Result<bool> {
    let added = tx
        .run(
            sql!(
                "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key,
                    display_name, full_name, travel_interests, is_admin, is_active, women_guide_certified,
                    created_at, updated_at)
                 values ($1, $2, $3, FALSE, $4, $5, $6, $7, $8, $9, FALSE, TRUE, FALSE, $10, $10)
                 on conflict do nothing"
            )
            .bind(id)
            .bind(&new.email.typed)
            .bind(&new.email.key)
            .bind(password_hash)
            .bind(&new.username.typed)
            .bind(&new.username.key)
            .bind(&new.display_name)
            .bind(new.full_name.clone())
            .bind(Json(Vec::<String>::new()))
            .bind(at),
        )
        .await?;
    if added == 1 {
        names::index(tx, id, &new.username.typed, &new.display_name);
    }
    Ok(added == 1)
}

/// Why [`insert`] added nothing.
pub(crate) async fn taken(db: &mut Session, new: &NewTraveler) -> Result<Error> {
    Ok(match find_by_email(db, &new.email.key).await? {
        Some(_) => Error::conflict("email_taken", "An account with this e-mail already exists"),
        None => Error::conflict("username_taken", "An account with this username already exists"),
    })
}

/// Everything about one person.
pub(crate) async fn find(db: &mut Session, id: TravelerId) -> Result<Option<Traveler>> {
    let found = sql!(
        "select id, email, email_verified, password_hash, username, display_name, full_name, avatar_url, bio,
                travel_style, travel_interests, is_admin, is_active, women_guide_certified, women_verified,
                exists (select 1 from identities i where i.traveler_id = travelers.id and i.provider = 'github')
                    as github_connected,
                (select i.username from identities i where i.traveler_id = travelers.id and i.provider = 'github')
                    as github_username,
                created_at, updated_at
         from travelers where id = $1 and deleted_at is null"
    );
    Ok(db.maybe(found.bind(id)).await?)
}

/// Everything about the owner of an address.
pub(crate) async fn find_by_email(db: &mut Session, email_key: &str) -> Result<Option<Traveler>> {
    let found = sql!(
        "select id, email, email_verified, password_hash, username, display_name, full_name, avatar_url, bio,
                travel_style, travel_interests, is_admin, is_active, women_guide_certified, women_verified,
                exists (select 1 from identities i where i.traveler_id = travelers.id and i.provider = 'github')
                    as github_connected,
                (select i.username from identities i where i.traveler_id = travelers.id and i.provider = 'github')
                    as github_username,
                created_at, updated_at
         from travelers where email_key = $1"
    );
    Ok(db.maybe(found.bind(email_key)).await?)
}

/// Puts a better hash of the same password in the place of `old`; `false` when it is not the account's any more, or the
/// account may not sign in.
pub(crate) async fn set_password_hash(tx: &mut Tx, id: TravelerId, hash: &str, old: &str) -> Result<bool> {
    let set = sql!("update travelers set password_hash = $2 where id = $1 and password_hash = $3 and is_active = TRUE");
    Ok(tx.run(set.bind(id).bind(hash).bind(old)).await? == 1)
}

/// Holds an account whose password was proven outside the transaction; `false` when it has another one by now, or may not
/// sign in. Whoever sets a password, evicts or bans holds the same row: what they end afterwards has what begins here in
/// it. Travelers before identities before sessions, as everywhere.
pub(crate) async fn hold_password(tx: &mut Tx, id: TravelerId, hash: &str) -> Result<bool> {
    Ok(tx.run(hold_password_sql(id, hash)).await? == 1)
}

fn hold_password_sql(id: TravelerId, hash: &str) -> Sql {
    let hold = sql!(
        "update travelers set updated_at = updated_at where id = $1 and password_hash = $2 and is_active = TRUE
         returning id"
    );
    hold.bind(id).bind(hash)
}

/// Whether an account still has this password, and whether a session of it is alive; holds both.
pub(crate) async fn hold_password_and_session(
    tx: &mut Tx,
    (id, hash): (TravelerId, &str),
    session: SessionId,
    at: Timestamp,
) -> Result<(bool, bool)> {
    let (password, session) =
        tx.both::<TravelerId, SessionId>(hold_password_sql(id, hash), hold_session_sql(session, id, at)).await?;
    Ok((!password.is_empty(), !session.is_empty()))
}

/// Whether a session is alive, and keeps it so until the end of the transaction.
pub(crate) async fn hold_session(tx: &mut Tx, id: SessionId, owner: TravelerId, at: Timestamp) -> Result<bool> {
    Ok(tx.run(hold_session_sql(id, owner, at)).await? == 1)
}

fn hold_session_sql(id: SessionId, owner: TravelerId, at: Timestamp) -> Sql {
    let hold = sql!(
        "update sessions set last_used_at = $3
         where id = $1 and traveler_id = $2 and ended_at is null and expires_at > $3
            and exists (select 1 from travelers t where t.id = $2 and t.is_active = TRUE) returning id"
    );
    hold.bind(id).bind(owner).bind(at)
}

/// A session that begins.
#[derive(Debug)]
pub(crate) struct NewSession<'a> {
    pub id: SessionId,
    pub owner: TravelerId,
    pub device: &'a Device,
    /// When its owner proved to read the mail of the account's address, if they just did.
    pub confirmed_at: Option<Timestamp>,
    pub at: Timestamp,
    pub until: Timestamp,
}

/// An account is signed in on so many devices at most; the one used longest ago gives way.
const MOST_SESSIONS: i64 = 50;

/// Adds a session, with the commit.
pub(crate) fn begin_session(tx: &mut Tx, new: &NewSession<'_>) {
    tx.run_at_commit(
        sql!(
            "insert into sessions (id, traveler_id, user_agent, network, confirmed_at, created_at, last_used_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $6, $7)"
        )
        .bind(new.id)
        .bind(new.owner)
        .bind(&new.device.agent)
        .bind(&new.device.network)
        .bind(new.confirmed_at)
        .bind(new.at)
        .bind(new.until),
    );
    tx.run_at_commit(
        sql!(
            "update sessions set ended_at = $2 where id in (
                select id from sessions where traveler_id = $1 and ended_at is null and id <> $3
                order by last_used_at desc, id desc limit 1000 offset $4)"
        )
        .bind(new.owner)
        .bind(new.at)
        .bind(new.id)
        .bind(MOST_SESSIONS - 1),
    );
}

/// The administrators who may sign in, kept as they are until the transaction ends: of those who take the role from one
/// another, one is last.
pub(crate) async fn hold_admins(tx: &mut Tx) -> Result<Vec<TravelerId>> {
    let admins = by_engine!(
        sqlite: "select id from travelers where is_admin = TRUE and is_active = TRUE order by created_at, id",
        postgres: "select id from travelers where is_admin = TRUE and is_active = TRUE order by created_at, id
                   for no key update",
    );
    Ok(tx.all(admins).await?)
}

/// Forgets that any session of a person was confirmed.
pub(crate) async fn unconfirm_sessions(tx: &mut Tx, owner: TravelerId) -> Result<()> {
    tx.run(
        sql!("update sessions set confirmed_at = null where traveler_id = $1 and confirmed_at is not null").bind(owner),
    )
    .await?;
    tx.changed(format!("traveler:{owner}"));
    Ok(())
}

/// Notes that the owner of a session proved to read the mail of the account's address.
pub(crate) async fn confirm_session(tx: &mut Tx, id: SessionId, owner: TravelerId, at: Timestamp) -> Result<bool> {
    let confirm = sql!("update sessions set confirmed_at = $3 where id = $1 and traveler_id = $2 and ended_at is null");
    let confirmed = tx.run(confirm.bind(id).bind(owner).bind(at)).await? == 1;
    tx.changed(format!("session:{id}"));
    Ok(confirmed)
}

/// Adds a refresh token of a session.
pub(crate) fn insert_token(hash: Vec<u8>, session: SessionId, at: Timestamp, until: Timestamp) -> Sql {
    sql!("insert into refresh_tokens (hash, session_id, created_at, expires_at) values ($1, $2, $3, $4)")
        .bind(hash)
        .bind(session)
        .bind(at)
        .bind(until)
}

/// A refresh token with the state of its session.
pub(crate) async fn find_token(db: &mut Session, hash: Vec<u8>) -> Result<Option<StoredToken>> {
    let found = sql!(
        "select r.session_id, s.traveler_id, r.used_at, r.expires_at, s.expires_at as session_expires_at,
                s.ended_at as session_ended_at, t.is_active, n.used_at is not null as successor_used
         from refresh_tokens r
         join sessions s on s.id = r.session_id
         join travelers t on t.id = s.traveler_id
         left join refresh_tokens n on n.hash = r.successor
         where r.hash = $1"
    );
    Ok(db.maybe(found.bind(hash)).await?)
}

/// Marks a token as used, if nobody did before. One of many at the same time succeeds.
pub(crate) async fn use_token(tx: &mut Tx, hash: Vec<u8>, successor: Vec<u8>, at: Timestamp) -> Result<bool> {
    let used = sql!("update refresh_tokens set used_at = $2, successor = $3 where hash = $1 and used_at is null");
    Ok(tx.run(used.bind(hash).bind(at).bind(successor)).await? == 1)
}

/// Notes that a session was used, with the commit.
pub(crate) fn touch_session(tx: &mut Tx, id: SessionId, at: Timestamp) {
    tx.run_at_commit(sql!("update sessions set last_used_at = $2 where id = $1").bind(id).bind(at));
}

/// Ends one session, everywhere; `false` when it had ended already.
pub(crate) async fn end_session(tx: &mut Tx, id: SessionId, at: Timestamp) -> Result<bool> {
    let end = sql!("update sessions set ended_at = $2 where id = $1 and ended_at is null");
    let ended = tx.run(end.bind(id).bind(at)).await? == 1;
    tx.changed(format!("session:{id}"));
    Ok(ended)
}

record! {
    /// One signed-in device.
    #[derive(Debug)]
    pub(crate) struct SessionRow {
        pub id: SessionId,
        pub user_agent: String,
        pub network: Option<String>,
        pub created_at: Timestamp,
        pub last_used_at: Timestamp,
    }
}

/// The devices on which a person is signed in, the last used first.
pub(crate) async fn sessions(db: &mut Session, owner: TravelerId, at: Timestamp) -> Result<Vec<SessionRow>> {
    let alive = sql!(
        "select id, user_agent, network, created_at, last_used_at from sessions
         where traveler_id = $1 and ended_at is null and expires_at > $2 order by last_used_at desc, id desc limit 100"
    );
    Ok(db.all(alive.bind(owner).bind(at)).await?)
}

/// Ends one of a person's own sessions; `false` when there is none.
pub(crate) async fn end_own_session(tx: &mut Tx, id: SessionId, owner: TravelerId, at: Timestamp) -> Result<bool> {
    let end = sql!("update sessions set ended_at = $3 where id = $1 and traveler_id = $2 and ended_at is null");
    let ended = tx.run(end.bind(id).bind(owner).bind(at)).await? == 1;
    tx.changed(format!("session:{id}"));
    Ok(ended)
}

/// Sets a new password's hash.
pub(crate) async fn set_password(tx: &mut Tx, id: TravelerId, hash: &str, at: Timestamp) -> Result<()> {
    let set = sql!("update travelers set password_hash = $2, updated_at = $3 where id = $1");
    tx.run(set.bind(id).bind(hash).bind(at)).await?;
    Ok(())
}

/// Notes that an address was confirmed, if it still is the account's.
pub(crate) async fn confirm_email(tx: &mut Tx, id: TravelerId, email_key: &str, at: Timestamp) -> Result<bool> {
    let confirm = sql!("update travelers set email_verified = TRUE, updated_at = $3 where id = $1 and email_key = $2");
    tx.changed(format!("traveler:{id}")); // whoever is signed in may do more from now on
    tx.changed("people"); // cards and rankings show it
    tx.happened("traveler_profile_changed", id)?;
    Ok(tx.run(confirm.bind(id).bind(email_key).bind(at)).await? == 1)
}

/// Puts a confirmed address in the place of the account's; `false` when it belongs to another account.
pub(crate) async fn set_email(
    tx: &mut Tx,
    id: TravelerId,
    email: &str,
    email_key: &str,
    at: Timestamp,
) -> Result<bool> {
    let set = sql!(
        "update travelers set email = $2, email_key = $3, email_verified = TRUE, updated_at = $4
         where id = $1 and not exists (select 1 from travelers other where other.email_key = $3 and other.id <> $1)"
    );
    tx.changed(format!("traveler:{id}"));
    tx.changed("people");
    tx.happened("traveler_profile_changed", id)?;
    // Of two who confirm the same address at once, the unique index refuses the second.
    match tx.run(set.bind(id).bind(email).bind(email_key).bind(at)).await {
        Ok(changed) => Ok(changed == 1),
        Err(error) if error.is_unique() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Ends all sessions of a person, everywhere.
pub(crate) async fn end_sessions(tx: &mut Tx, owner: TravelerId, at: Timestamp) -> Result<()> {
    // A sign-in that is under way holds the account too: it is waited for here, and ended below.
    tx.run(sql!("update travelers set updated_at = updated_at where id = $1").bind(owner)).await?;
    tx.run(sql!("update sessions set ended_at = $2 where traveler_id = $1 and ended_at is null").bind(owner).bind(at))
        .await?;
    // Nor may one begin by a sign-in from before.
    tx.run_at_commit(sql!("delete from handover_codes where traveler_id = $1").bind(owner));
    tx.changed(format!("traveler:{owner}"));
    Ok(())
}

/// Forgets sessions that ended or expired before `before`, with their tokens.
pub(crate) fn forget_sessions(before: Timestamp) -> Sql {
    sql!("delete from sessions where expires_at < $1 or ended_at < $1").bind(before)
}
