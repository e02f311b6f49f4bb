//! Linked accounts, flows and hand-over codes in the database.

use super::model::{Flow, Profile, Provider};
use crate::{
    model::{Email, Username},
    password,
};
use kernel::{
    Result,
    auth::{SessionId, TravelerId},
    clock::Timestamp,
    db::{DbError, Json, Session, Sql, Tx, open},
    record, sql,
};

/// A flow that begins.
#[derive(Debug)]
pub(super) struct NewFlow {
    pub state_hash: Vec<u8>,
    pub provider: Provider,
    pub browser_hash: Vec<u8>,
    /// Who wants to link an account; nobody when it is a sign-in.
    pub caller: Option<(TravelerId, SessionId)>,
    pub return_to: Option<String>,
    pub code_challenge: Option<String>,
}

/// Remembers that somebody was sent to a provider, with the commit.
pub(super) fn insert_flow(flow: NewFlow, at: Timestamp, until: Timestamp) -> Sql {
    sql!(
        "insert into oauth_flows (state_hash, provider, purpose, browser_hash, traveler_id, session_id, return_to,
            code_challenge, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(flow.state_hash)
    .bind(flow.provider.name())
    .bind(if flow.caller.is_some() { "connect" } else { "login" })
    .bind(flow.browser_hash)
    .bind(flow.caller.map(|c| c.0))
    .bind(flow.caller.map(|c| c.1))
    .bind(flow.return_to)
    .bind(flow.code_challenge)
    .bind(at)
    .bind(until)
}

/// Takes a flow away; of many who bring the same state one gets it.
pub(super) async fn take_flow(tx: &mut Tx, state_hash: Vec<u8>) -> Result<Option<Flow>> {
    let take = sql!(
        "delete from oauth_flows where state_hash = $1
         returning provider, browser_hash, traveler_id, session_id, return_to, code_challenge, expires_at"
    );
    Ok(tx.maybe(take.bind(state_hash)).await?)
}

/// Forgets flows that nobody came back from.
pub(super) fn forget_flows(before: Timestamp) -> Sql {
    sql!("delete from oauth_flows where expires_at < $1").bind(before)
}

/// Whom an account elsewhere signs in. It is used, and may have another name by now; until the end of the transaction
/// nobody unlinks it.
pub(super) async fn recognize(
    tx: &mut Tx,
    provider: Provider,
    profile: &Profile,
    at: Timestamp,
) -> Result<Option<TravelerId>> {
    let used = sql!(
        "update identities set last_used_at = $3, username = $4 where provider = $1 and subject = $2
         returning traveler_id"
    );
    let used = used.bind(provider.name()).bind(&profile.subject).bind(at).bind(profile.username.clone());
    Ok(tx.maybe(used).await?)
}

/// Links an account elsewhere; `false` when it is linked already, or another one of that provider is.
pub(super) async fn link(
    tx: &mut Tx,
    provider: Provider,
    profile: &Profile,
    owner: TravelerId,
    at: Timestamp,
) -> Result<bool> {
    let link = sql!(
        "insert into identities (provider, subject, traveler_id, username, created_at, last_used_at)
         values ($1, $2, $3, $4, $5, $5) on conflict do nothing"
    );
    let link = link.bind(provider.name()).bind(&profile.subject).bind(owner).bind(profile.username.clone()).bind(at);
    Ok(tx.run(link).await? == 1)
}

/// Unlinks an account elsewhere, unless nothing else would let its owner in; `false` when nothing was unlinked.
pub(super) async fn unlink(tx: &mut Tx, provider: Provider, owner: TravelerId) -> Result<bool> {
    let unlink = sql!(
        "delete from identities where traveler_id = $1 and provider = $2
            and (exists (select 1 from travelers t where t.id = $1 and t.password_hash <> $3)
                or exists (select 1 from identities o where o.traveler_id = $1 and o.provider <> $2))"
    );
    Ok(tx.run(unlink.bind(owner).bind(provider.name()).bind(password::UNUSABLE)).await? == 1)
}

record! {
    struct Taken { username_key: String }
}

/// The first of these names that nobody has.
pub(super) async fn free_name(db: &mut Session, names: Vec<Username>) -> Result<Option<Username>> {
    let mut sql = open("select username_key from travelers where username_key in ");
    sql.push_list(names.iter().map(|n| n.key.as_str()));
    let taken: Vec<Taken> = db.all(sql).await?;
    Ok(names.into_iter().find(|n| taken.iter().all(|t| t.username_key != n.key)))
}

/// Adds an account without a password, whose address a provider has verified; `false` when its address or name is taken.
pub(super) async fn insert(
    tx: &mut Tx,
    id: TravelerId,
    email: &Email,
    username: &Username,
    display_name: &str,
    profile: &Profile,
    at: Timestamp,
) -> Result<bool> {
    let insert = sql!(
        "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key,
            display_name, avatar_url, travel_interests, is_admin, is_active, women_guide_certified, created_at, updated_at)
         values ($1, $2, $3, TRUE, $4, $5, $6, $7, $8, $9, FALSE, TRUE, FALSE, $10, $10)
         on conflict do nothing"
    );
    let insert = insert
        .bind(id)
        .bind(&email.typed)
        .bind(&email.key)
        .bind(password::UNUSABLE)
        .bind(&username.typed)
        .bind(&username.key)
        .bind(display_name)
        .bind(profile.picture.clone())
        .bind(Json(Vec::<String>::new()))
        .bind(at);
    Ok(tx.run(insert).await? == 1)
}

/// Keeps the hash of a hand-over code, with the commit.
pub(super) fn insert_code(
    hash: Vec<u8>,
    owner: TravelerId,
    code_challenge: &str,
    at: Timestamp,
    until: Timestamp,
) -> Sql {
    sql!(
        "insert into handover_codes (hash, traveler_id, code_challenge, created_at, expires_at)
         values ($1, $2, $3, $4, $5)"
    )
    .bind(hash)
    .bind(owner)
    .bind(code_challenge)
    .bind(at)
    .bind(until)
}

record! {
    /// What a hand-over code was given for.
    #[derive(Debug)]
    pub(super) struct Handover { pub traveler_id: TravelerId, pub code_challenge: String, pub expires_at: Timestamp }
}

/// Holds the account that a hand-over code signs in to, before the code itself: whoever puts its owner out holds the account
/// first and takes the codes away last.
pub(super) async fn hold_owner(tx: &mut Tx, hash: Vec<u8>) -> Result<(), DbError> {
    let hold = sql!(
        "update travelers set updated_at = updated_at
         where id = (select traveler_id from handover_codes where hash = $1)"
    );
    tx.run(hold.bind(hash)).await?;
    Ok(())
}

/// Takes a hand-over code away; of many who bring the same one, one gets it.
pub(super) async fn take_code(tx: &mut Tx, hash: Vec<u8>) -> Result<Option<Handover>, DbError> {
    let take = sql!("delete from handover_codes where hash = $1 returning traveler_id, code_challenge, expires_at");
    tx.maybe(take.bind(hash)).await
}

/// Forgets hand-over codes that nobody came for.
pub(super) fn forget_codes(before: Timestamp) -> Sql {
    sql!("delete from handover_codes where expires_at < $1").bind(before)
}
