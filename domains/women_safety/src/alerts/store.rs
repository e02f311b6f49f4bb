//! Calls for help and whom they go to.

use super::model::{AlertId, RecipientId};
use crate::settings::may_hear;
use kernel::{
    App, Result,
    auth::TravelerId,
    clock::Timestamp,
    crypto::SealedTable,
    db::{Session, Sql, Tx, open},
    http::Page,
    record, sql,
};
use uuid::Uuid;

/// What is sealed of a call.
pub(crate) static SEALED: SealedTable =
    SealedTable { name: "emergency_alerts", id: "id", owner: "traveler_id", columns: &["location", "message"] };

/// What is sealed of whom it goes to.
pub(crate) static SEALED_RECIPIENTS: SealedTable =
    SealedTable { name: "emergency_alert_recipients", id: "id", owner: "traveler_id", columns: &["name", "address"] };

record! {
    /// A call as it lies there.
    #[derive(Debug)]
    pub(crate) struct Alert {
        pub id: AlertId,
        pub state: String,
        pub location: Option<Vec<u8>>,
        pub message: Option<Vec<u8>>,
        pub created_at: Timestamp,
        pub ended_at: Option<Timestamp>,
    }
}

record! {
    /// Somebody whom it goes to.
    #[derive(Debug)]
    pub(crate) struct Recipient {
        pub id: RecipientId,
        pub alert_id: AlertId,
        pub consent_id: Uuid,
        pub name: Vec<u8>,
        pub address: Vec<u8>,
        pub token_hash: Vec<u8>,
        pub begun_at: Option<Timestamp>,
        pub sent_at: Option<Timestamp>,
        pub acknowledged_at: Option<Timestamp>,
    }
}

/// The list of contacts as it is sealed, of somebody who has one.
pub(crate) async fn sealed_contacts(db: &mut Session, owner: TravelerId) -> Result<Option<Vec<u8>>> {
    let find = sql!("select emergency_contacts from women_safety_settings where traveler_id = $1");
    Ok(db.maybe::<Option<Vec<u8>>>(find.bind(owner)).await?.flatten())
}

/// Writes a call and whom it goes to, with the commit.
pub(crate) fn insert(tx: &mut Tx, owner: TravelerId, alert: &Alert, recipients: &[Recipient]) {
    let insert = sql!(
        "insert into emergency_alerts (id, traveler_id, state, location, message, created_at) values ($1, $2, $3, $4, $5, $6)"
    );
    tx.run_at_commit(
        insert
            .bind(alert.id)
            .bind(owner)
            .bind(&alert.state)
            .bind(alert.location.clone())
            .bind(alert.message.clone())
            .bind(alert.created_at),
    );
    let mut sql = open(
        "insert into emergency_alert_recipients (id, alert_id, traveler_id, consent_id, name, address, token_hash)",
    );
    sql.push_rows(recipients.iter().map(|r| {
        vec![
            r.id.into(),
            r.alert_id.into(),
            owner.into(),
            r.consent_id.into(),
            r.name.clone().into(),
            r.address.clone().into(),
            r.token_hash.clone().into(),
        ]
    }));
    tx.run_at_commit(sql);
}

/// A call of this person.
pub(crate) async fn find(db: &mut Session, owner: TravelerId, id: AlertId) -> Result<Option<Alert>> {
    let find = sql!(
        "select id, state, location, message, created_at, ended_at from emergency_alerts
         where id = $1 and traveler_id = $2"
    );
    Ok(db.maybe(find.bind(id).bind(owner)).await?)
}

/// A page of a person's calls, the latest first.
pub(crate) async fn page(db: &mut Session, owner: TravelerId, page: Page) -> Result<Vec<Alert>> {
    let list = sql!(
        "select id, state, location, message, created_at, ended_at from emergency_alerts
         where traveler_id = $1 order by created_at desc, id desc limit $2 offset $3"
    );
    Ok(db.all(list.bind(owner).bind(page.limit()).bind(page.offset())).await?)
}

/// How many calls a person made.
pub(crate) async fn count(db: &mut Session, owner: TravelerId) -> Result<i64> {
    Ok(db.one(sql!("select cast(count(*) as bigint) from emergency_alerts where traveler_id = $1").bind(owner)).await?)
}

/// Whom these calls went to.
pub(crate) async fn recipients(db: &mut Session, alerts: impl IntoIterator<Item = AlertId>) -> Result<Vec<Recipient>> {
    let mut sql = open(
        "select id, alert_id, consent_id, name, address, token_hash, begun_at, sent_at, acknowledged_at
         from emergency_alert_recipients where alert_id in ",
    );
    sql.push_list(alerts).push(" order by alert_id, id");
    Ok(db.all(sql).await?)
}

/// Ends a call that is under way, when it was made after `since`; `None` when it is not.
pub(crate) async fn end(
    tx: &mut Tx,
    owner: TravelerId,
    id: AlertId,
    state: &'static str,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Alert>> {
    let mut sql = open("update emergency_alerts set state = ");
    sql.push_bind(state).push(", ended_at = ").push_bind(now);
    sql.push(" where id = ").push_bind(id).push(" and traveler_id = ").push_bind(owner).push(" and state = 'active'");
    if let Some(since) = since {
        sql.push(" and created_at > ").push_bind(since);
    }
    sql.push(" returning id, state, location, message, created_at, ended_at");
    Ok(tx.maybe(sql).await?)
}

record! {
    /// A mail that is to be sent.
    #[derive(Debug)]
    pub(crate) struct Letter {
        pub alert_id: AlertId,
        pub traveler_id: TravelerId,
        pub consent_id: Uuid,
        pub address: Vec<u8>,
        pub display_name: String,
        pub state: String,
        pub location: Option<Vec<u8>>,
        pub message: Option<Vec<u8>>,
        pub created_at: Timestamp,
        pub emergency_contacts: Option<Vec<u8>>,
    }
}

/// The mail to somebody whom a call goes to.
pub(crate) async fn letter(tx: &mut Tx, id: RecipientId) -> Result<Option<Letter>> {
    let letter = sql!(
        "select r.alert_id, r.traveler_id, r.consent_id, r.address, t.display_name, a.state, a.location, a.message,
                a.created_at, s.emergency_contacts
         from emergency_alert_recipients r join emergency_alerts a on a.id = r.alert_id
         join travelers t on t.id = r.traveler_id
         left join women_safety_settings s on s.traveler_id = r.traveler_id
         where r.id = $1"
    );
    Ok(tx.maybe(letter.bind(id)).await?)
}

/// Holds a call that is under way until the transaction ends; `false` when it is over.
pub(crate) async fn hold_active(tx: &mut Tx, id: AlertId) -> Result<bool> {
    let hold = sql!("update emergency_alerts set state = state where id = $1 and state = 'active'");
    Ok(tx.run(hold.bind(id)).await? == 1)
}

/// Notes, with the commit, that a mail may leave from now on.
pub(crate) fn begin(tx: &mut Tx, id: RecipientId, now: Timestamp) {
    let begin = sql!("update emergency_alert_recipients set begun_at = $2 where id = $1 and begun_at is null");
    tx.run_at_commit(begin.bind(id).bind(now));
}

/// That a mail has left.
pub(crate) fn sent(id: RecipientId, now: Timestamp) -> Sql {
    sql!("update emergency_alert_recipients set sent_at = $2 where id = $1 and sent_at is null").bind(id).bind(now)
}

record! {
    /// The call that a link belongs to.
    pub(crate) struct Linked {
        pub traveler_id: TravelerId,
        pub consent_id: Uuid,
        pub display_name: String,
        pub state: String,
        pub created_at: Timestamp,
        pub emergency_contacts: Option<Vec<u8>>,
    }
}

/// The call that the token of a link belongs to, while whoever got it may hear of it.
pub(crate) async fn by_token(app: &App, db: &mut Session, token_hash: Vec<u8>) -> Result<Option<Linked>> {
    let mut sql =
        open("select a.traveler_id, r.consent_id, t.display_name, a.state, a.created_at, s.emergency_contacts");
    sql.push(" from emergency_alert_recipients r");
    sql.push(" join emergency_alerts a on a.id = r.alert_id join travelers t on t.id = a.traveler_id");
    sql.push(" left join women_safety_settings s on s.traveler_id = a.traveler_id");
    sql.push(" where r.token_hash = ").push_bind(token_hash);
    accounts::visible_to(&mut sql, "a.traveler_id", None);
    let Some(found) = db.maybe::<Linked>(sql).await? else { return Ok(None) };
    let (owner, sealed) = (found.traveler_id, found.emergency_contacts.as_deref());
    Ok(may_hear(app, db, owner, sealed, found.consent_id).await?.then_some(found))
}

/// Notes that the reader of a mail has seen it; the first time counts.
pub(crate) async fn acknowledge(tx: &mut Tx, token_hash: Vec<u8>, now: Timestamp) -> Result<Option<AlertId>> {
    let seen = sql!(
        "update emergency_alert_recipients set acknowledged_at = coalesce(acknowledged_at, $2) where token_hash = $1
         returning alert_id"
    );
    Ok(tx.maybe(seen.bind(token_hash).bind(now)).await?)
}

/// Forgets calls that were made before this.
pub(crate) fn forget(before: Timestamp) -> Sql {
    sql!("delete from emergency_alerts where created_at < $1").bind(before)
}
