//! Calls for help and whom they go to.

use super::model::{AlertId, RecipientId};
use crate::settings::{self, Contact, Standing, may_hear};
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
pub(crate) static SEALED: SealedTable = SealedTable {
    name: "emergency_alerts",
    id: "id",
    owner: "traveler_id",
    columns: &["location", "message", "sender_name"],
};

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
        pub renewed_at: Option<Timestamp>,
        pub mails_due_at: Option<Timestamp>,
        pub renewals: i64,
    }
}

const COLUMNS: &str = "id, state, location, message, created_at, ended_at, renewed_at, mails_due_at, renewals";

impl Alert {
    /// When the latest mails may leave.
    pub(crate) fn due(&self) -> Timestamp {
        self.mails_due_at.unwrap_or(self.created_at)
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
        pub mail_round: i64,
        pub is_seen: bool,
        pub failed_at: Option<Timestamp>,
    }
}

const RECIPIENT: &str = "r.id, r.alert_id, r.consent_id, r.name, r.address, r.token_hash, r.begun_at, r.sent_at, \
    r.acknowledged_at, r.mail_round, r.is_seen, r.failed_at";

impl Recipient {
    /// Whether the latest mail to them has come to its end.
    pub(crate) const fn was_told(&self) -> bool {
        self.sent_at.is_some() || self.failed_at.is_some()
    }

    /// They are told anew: what became of the mail before does not count any more.
    pub(crate) const fn begin_anew(&mut self) {
        self.mail_round += 1;
        (self.sent_at, self.failed_at, self.is_seen) = (None, None, false);
    }
}

record! {
    /// Who calls, and the list of contacts as it is sealed.
    pub(crate) struct Sender { pub display_name: String, pub emergency_contacts: Option<Vec<u8>> }
}

/// Who calls, held until the transaction ends: of two calls at once the second finds the first. `None` of somebody who never
/// set anything.
pub(crate) async fn hold_sender(tx: &mut Tx, owner: TravelerId) -> Result<Option<Sender>> {
    Ok(tx.maybe(sender(owner)).await?)
}

fn sender(owner: TravelerId) -> Sql {
    let mut sql = open("select t.display_name, s.emergency_contacts from women_safety_settings s join travelers t");
    sql.push(" on t.id = s.traveler_id where s.traveler_id = ").push_bind(owner);
    sql.push_by_engine("", " for no key update of s");
    sql
}

/// The same, and their latest calls, the last one first: if one is under way, it is that. They stay what they are until the
/// transaction ends.
pub(crate) async fn hold(tx: &mut Tx, owner: TravelerId, most: i64) -> Result<(Option<Sender>, Vec<Alert>)> {
    let mut latest = open("select ");
    latest.push(COLUMNS).push(" from emergency_alerts where traveler_id = ").push_bind(owner);
    latest.push(" order by created_at desc, id desc limit ").push_bind(most);
    latest.push_by_engine("", " for no key update");
    let (sender, latest) = tx.both(sender(owner), latest).await?;
    Ok((sender.into_iter().next(), latest))
}

/// Writes a call, with the commit.
pub(crate) fn insert(tx: &mut Tx, owner: TravelerId, alert: &Alert, sender_name: Vec<u8>) {
    let insert = sql!(
        "insert into emergency_alerts (id, traveler_id, state, location, message, created_at, mails_due_at, sender_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8)"
    );
    tx.run_at_commit(
        insert
            .bind(alert.id)
            .bind(owner)
            .bind(&alert.state)
            .bind(alert.location.clone())
            .bind(alert.message.clone())
            .bind(alert.created_at)
            .bind(alert.mails_due_at)
            .bind(sender_name),
    );
}

/// Writes what is new of a call that goes on, with the commit.
pub(crate) fn renew(tx: &mut Tx, alert: &Alert) {
    let renew = sql!(
        "update emergency_alerts set location = $2, message = $3, renewed_at = $4, mails_due_at = $5, renewals = $6
         where id = $1"
    );
    let renew = renew.bind(alert.id).bind(alert.location.clone()).bind(alert.message.clone());
    tx.run_at_commit(renew.bind(alert.renewed_at).bind(alert.mails_due_at).bind(alert.renewals));
}

/// [`Recipient::begin_anew`], with the commit.
pub(crate) fn tell_anew(tx: &mut Tx, recipients: impl IntoIterator<Item = RecipientId>) {
    let mut anew = open("update emergency_alert_recipients set mail_round = mail_round + 1, is_seen = FALSE,");
    anew.push(" sent_at = null, failed_at = null where id in ").push_list(recipients);
    tx.run_at_commit(anew);
}

/// Writes whom a call goes to, with the commit.
pub(crate) fn add(tx: &mut Tx, owner: TravelerId, recipients: &[Recipient]) {
    if recipients.is_empty() {
        return;
    }
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
    let mut sql = open("select ");
    sql.push(COLUMNS).push(" from emergency_alerts where id = ").push_bind(id);
    sql.push(" and traveler_id = ").push_bind(owner);
    Ok(db.maybe(sql).await?)
}

/// A page of a person's calls, the latest first.
pub(crate) async fn page(db: &mut Session, owner: TravelerId, page: Page) -> Result<Vec<Alert>> {
    let mut sql = open("select ");
    sql.push(COLUMNS).push(" from emergency_alerts where traveler_id = ").push_bind(owner);
    sql.push(" order by created_at desc, id desc limit ").push_bind(page.limit());
    sql.push(" offset ").push_bind(page.offset());
    Ok(db.all(sql).await?)
}

/// How many calls a person made.
pub(crate) async fn count(db: &mut Session, owner: TravelerId) -> Result<i64> {
    Ok(db.one(sql!("select cast(count(*) as bigint) from emergency_alerts where traveler_id = $1").bind(owner)).await?)
}

/// Whom these calls went to.
pub(crate) async fn recipients(db: &mut Session, alerts: impl IntoIterator<Item = AlertId>) -> Result<Vec<Recipient>> {
    Ok(db.all(recipients_sql(alerts)).await?)
}

fn recipients_sql(alerts: impl IntoIterator<Item = AlertId>) -> Sql {
    let mut sql = open("select ");
    sql.push(RECIPIENT).push(" from emergency_alert_recipients r where r.alert_id in ").push_list(alerts);
    sql.push(" order by r.alert_id, r.id");
    sql
}

/// How a person's contacts stand to her, and whom the call that is under way went to, which is held.
pub(crate) async fn standing_amid(
    tx: &mut Tx,
    owner: TravelerId,
    contacts: &[Contact],
    running: Option<AlertId>,
) -> Result<(Standing, Vec<Recipient>)> {
    let Some(running) = running else {
        return Ok((settings::standing(tx, owner, contacts).await?, Vec::new()));
    };
    let (standing, known) = tx.both(settings::standing_sql(owner, contacts), recipients_sql([running])).await?;
    Ok((Standing::new(standing), known))
}

/// Who may have got a mail of a call of this person that is over since then, and has not heard that it is.
pub(crate) async fn waiting(db: &mut Session, owner: TravelerId, since: Timestamp) -> Result<Vec<Recipient>> {
    let mut sql = open("select ");
    sql.push(RECIPIENT).push(" from emergency_alert_recipients r join emergency_alerts a on a.id = r.alert_id");
    sql.push(" where r.begun_at is not null and r.cleared_at is null and r.traveler_id = ").push_bind(owner);
    sql.push(" and a.ended_at > ").push_bind(since).push(" order by r.id");
    Ok(db.all(sql).await?)
}

/// Ends whatever call of this person is under way; which it was.
pub(crate) async fn end_all(tx: &mut Tx, owner: TravelerId, now: Timestamp) -> Result<Vec<AlertId>> {
    let end = sql!(
        "update emergency_alerts set state = 'closed', ended_at = $2 where traveler_id = $1 and state = 'active'
         returning id"
    );
    Ok(tx.all(end.bind(owner).bind(now)).await?)
}

/// Forgets the calls of a person but these, and of these what was said.
pub(crate) async fn forget_of(tx: &mut Tx, owner: TravelerId, kept: impl IntoIterator<Item = AlertId>) -> Result<()> {
    let kept: Vec<AlertId> = kept.into_iter().chain([AlertId(Uuid::nil())]).collect();
    let mut sql = open("delete from emergency_alerts where traveler_id = ");
    sql.push_bind(owner).push(" and id not in ").push_list(kept.iter().copied());
    tx.run(sql).await?;
    let empty = sql!("update emergency_alerts set location = null, message = null where traveler_id = $1");
    tx.run(empty.bind(owner)).await?;
    Ok(())
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
    sql.push(" returning ").push(COLUMNS);
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
        pub said_at: Timestamp,
        pub mail_round: i64,
        pub renewals: i64,
        pub cleared_at: Option<Timestamp>,
        pub sender_name: Option<Vec<u8>>,
        pub is_deleted: bool,
        pub emergency_contacts: Option<Vec<u8>>,
    }
}

/// The mail to somebody whom a call goes to.
pub(crate) async fn letter(tx: &mut Tx, id: RecipientId) -> Result<Option<Letter>> {
    let letter = sql!(
        "select r.alert_id, r.traveler_id, r.consent_id, r.address, t.display_name, a.state, a.location, a.message,
                a.created_at, coalesce(a.renewed_at, a.created_at) as said_at, r.mail_round, a.renewals,
                r.cleared_at, a.sender_name, t.deleted_at is not null as is_deleted, s.emergency_contacts
         from emergency_alert_recipients r join emergency_alerts a on a.id = r.alert_id
         join travelers t on t.id = r.traveler_id
         left join women_safety_settings s on s.traveler_id = r.traveler_id
         where r.id = $1"
    );
    Ok(tx.maybe(letter.bind(id)).await?)
}

/// Holds a call that is under way until the transaction ends; how often there were news of it. `None` when it is over.
pub(crate) async fn hold_active(tx: &mut Tx, id: AlertId) -> Result<Option<i64>> {
    let hold = sql!("update emergency_alerts set state = state where id = $1 and state = 'active' returning renewals");
    Ok(tx.maybe(hold.bind(id)).await?)
}

/// Notes, with the commit, that a mail may leave from now on.
pub(crate) fn begin(tx: &mut Tx, id: RecipientId, now: Timestamp) {
    let begin = sql!("update emergency_alert_recipients set begun_at = $2 where id = $1 and begun_at is null");
    tx.run_at_commit(begin.bind(id).bind(now));
}

/// That the mail of a round has left, unless there is news by now, which is told by another.
pub(crate) fn sent(id: RecipientId, round: i64, now: Timestamp) -> Sql {
    let sent = sql!(
        "update emergency_alert_recipients set sent_at = $3 where id = $1 and mail_round = $2 and sent_at is null"
    );
    sent.bind(id).bind(round).bind(now)
}

/// That the all-clear has left, or has nowhere to go.
pub(crate) fn cleared(id: RecipientId, now: Timestamp) -> Sql {
    sql!("update emergency_alert_recipients set cleared_at = $2 where id = $1").bind(id).bind(now)
}

/// That the mail of a round was refused for good.
pub(crate) fn failed(id: RecipientId, round: i64, now: Timestamp) -> Sql {
    let failed = sql!("update emergency_alert_recipients set failed_at = $3 where id = $1 and mail_round = $2");
    failed.bind(id).bind(round).bind(now)
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

/// The call that the token of a link belongs to, while whoever got it may hear of it. Also of somebody who is banned: their
/// call goes on.
pub(crate) async fn by_token(app: &App, db: &mut Session, token_hash: Vec<u8>) -> Result<Option<Linked>> {
    let mut sql =
        open("select a.traveler_id, r.consent_id, t.display_name, a.state, a.created_at, s.emergency_contacts");
    sql.push(" from emergency_alert_recipients r");
    sql.push(" join emergency_alerts a on a.id = r.alert_id join travelers t on t.id = a.traveler_id");
    sql.push(" left join women_safety_settings s on s.traveler_id = a.traveler_id");
    sql.push(" where t.deleted_at is null and r.token_hash = ").push_bind(token_hash);
    let Some(found) = db.maybe::<Linked>(sql).await? else { return Ok(None) };
    let (owner, sealed) = (found.traveler_id, found.emergency_contacts.as_deref());
    Ok(may_hear(app, db, owner, sealed, found.consent_id).await?.then_some(found))
}

/// Notes that the reader of the latest mail has seen it; the first time counts.
pub(crate) async fn acknowledge(tx: &mut Tx, token_hash: Vec<u8>, now: Timestamp) -> Result<Option<AlertId>> {
    let seen = sql!(
        "update emergency_alert_recipients set is_seen = TRUE,
                acknowledged_at = case when is_seen = TRUE then acknowledged_at else $2 end
         where token_hash = $1 returning alert_id"
    );
    Ok(tx.maybe(seen.bind(token_hash).bind(now)).await?)
}

/// Forgets calls of before this, in which nothing was said since.
pub(crate) fn forget(before: Timestamp) -> Sql {
    sql!("delete from emergency_alerts where created_at < $1 and (renewed_at is null or renewed_at < $1)").bind(before)
}
