//! Settings, and who agreed to be told.

use super::model::{Address, Contact, listed};
use kernel::{
    App, Error, Result,
    auth::TravelerId,
    clock::{Day, Timestamp},
    crypto::{DataKeys, SealedTable},
    db::{Arg, DbError, FromRow, Row, Session, Sql, Tx, open},
    record, sql,
};
use secrecy::{ExposeSecret, SecretString};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What is sealed here.
pub(crate) static SEALED: SealedTable = SealedTable {
    name: "women_safety_settings",
    id: "traveler_id",
    owner: "traveler_id",
    columns: &["emergency_contacts", "medical_conditions", "insurance_provider"],
};

record! {
    /// A row as it lies there.
    pub(crate) struct Stored {
        pub women_only_group_preference: bool,
        pub location_sharing_enabled: bool,
        pub medical_shared_with_guides: bool,
        pub emergency_contacts: Option<Vec<u8>>,
        pub medical_conditions: Option<Vec<u8>>,
        pub insurance_provider: Option<Vec<u8>>,
        pub updated_at: Timestamp,
    }
}

impl Stored {
    /// The contacts, opened.
    pub(crate) fn contacts(&self, keys: &DataKeys, owner: TravelerId) -> Result<Vec<Contact>> {
        contacts(keys, owner, self.emergency_contacts.as_deref())
    }

    /// Seals another list in the place of the old one.
    pub(crate) fn set_contacts(&mut self, keys: &DataKeys, owner: TravelerId, contacts: &[Contact]) -> Result<()> {
        let text = serde_json::to_string(contacts).map_err(|e| Error::internal(e.to_string()))?;
        let text = SecretString::from(text);
        let text = (!contacts.is_empty()).then_some(text.expose_secret());
        self.emergency_contacts = seal(keys, owner, "emergency_contacts", text)?;
        Ok(())
    }
}

/// The contacts of a sealed list.
pub(crate) fn contacts(keys: &DataKeys, owner: TravelerId, sealed: Option<&[u8]>) -> Result<Vec<Contact>> {
    let Some(text) = open_text(keys, owner, "emergency_contacts", sealed)? else { return Ok(Vec::new()) };
    // What serde says of it may have a part of it.
    let read = serde_json::from_str(text.expose_secret()).ok();
    read.ok_or_else(|| Error::internal("a list of contacts that cannot be read"))
}

pub(crate) fn seal(
    keys: &DataKeys,
    owner: TravelerId,
    column: &'static str,
    text: Option<&str>,
) -> Result<Option<Vec<u8>>> {
    text.map(|text| keys.seal(SEALED.place(column, owner.0, owner.0), text)).transpose()
}

pub(crate) fn open_text(
    keys: &DataKeys,
    owner: TravelerId,
    column: &'static str,
    sealed: Option<&[u8]>,
) -> Result<Option<SecretString>> {
    sealed.map(|sealed| keys.open(SEALED.place(column, owner.0, owner.0), sealed)).transpose()
}

/// The settings of somebody who has some.
pub(crate) async fn find(db: &mut Session, owner: TravelerId) -> Result<Option<Stored>> {
    let find = sql!(
        "select women_only_group_preference, location_sharing_enabled, medical_shared_with_guides, emergency_contacts,
                medical_conditions, insurance_provider, updated_at
         from women_safety_settings where traveler_id = $1"
    );
    Ok(db.maybe(find.bind(owner)).await?)
}

/// The settings, made where there are none, and held until the transaction ends: of two changes at once one is later.
pub(crate) async fn hold(tx: &mut Tx, owner: TravelerId, now: Timestamp) -> Result<Stored> {
    let hold = sql!(
        "insert into women_safety_settings (traveler_id, women_only_group_preference, location_sharing_enabled, updated_at)
         values ($1, FALSE, FALSE, $2) on conflict (traveler_id) do update set updated_at = excluded.updated_at
         returning women_only_group_preference, location_sharing_enabled, medical_shared_with_guides, emergency_contacts,
                   medical_conditions, insurance_provider, updated_at"
    );
    Ok(tx.one(hold.bind(owner).bind(now)).await?)
}

/// Writes what is held, with the commit.
pub(crate) fn write(tx: &mut Tx, owner: TravelerId, settings: &Stored) {
    let write = sql!(
        "update women_safety_settings set women_only_group_preference = $2, location_sharing_enabled = $3,
                emergency_contacts = $4, medical_conditions = $5, insurance_provider = $6,
                medical_shared_with_guides = $7
         where traveler_id = $1"
    );
    tx.run_at_commit(
        write
            .bind(owner)
            .bind(settings.women_only_group_preference)
            .bind(settings.location_sharing_enabled)
            .bind(settings.emergency_contacts.clone())
            .bind(settings.medical_conditions.clone())
            .bind(settings.insurance_provider.clone())
            .bind(settings.medical_shared_with_guides),
    );
}

/// An address as consents know it.
pub(crate) fn address_hash(app: &App, key: &str) -> Vec<u8> {
    app.config.auth.keys.keyed_hash("address of an emergency contact", key.as_bytes()).to_vec()
}

record! {
    struct Known { id: Uuid, address_hash: Vec<u8> }
}

/// A consent for each address that the owner has not had on her list, by the hash of the address. Who was taken off it
/// before has to agree anew; who declined is not asked again.
pub(crate) async fn consents_for(
    app: &App,
    tx: &mut Tx,
    owner: TravelerId,
    hashes: Vec<Vec<u8>>,
) -> Result<HashMap<Vec<u8>, Uuid>> {
    let now = app.clock.now();
    let mut sql = open("insert into women_safety_consents as c (id, traveler_id, address_hash, state, created_at)");
    sql.push_rows(hashes.into_iter().map(|hash| {
        vec![app.new_uuid().into(), owner.into(), hash.into(), Arg::Text("pending".to_owned()), now.into()]
    }));
    sql.push(" on conflict (traveler_id, address_hash) do update set state = ");
    sql.push("case when c.state = 'removed' then 'pending' else c.state end returning id, address_hash");
    let known: Vec<Known> = tx.all(sql).await?;
    Ok(known.into_iter().map(|k| (k.address_hash, k.id)).collect())
}

/// With the commit, ends the consents of those who are no longer on the list.
pub(crate) fn end_others(tx: &mut Tx, owner: TravelerId, listed: impl IntoIterator<Item = Uuid>) {
    let mut sql = open("update women_safety_consents set state = 'removed' where traveler_id = ");
    sql.push_bind(owner).push(" and state in ('pending', 'agreed') and id not in ");
    sql.push_list(listed.into_iter().chain([Uuid::nil()]));
    tx.run_at_commit(sql);
}

/// What a contact said, and when they were asked last.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    /// `pending`, `agreed` or `declined`.
    pub state: String,
    /// When the latest mail that asks was sent.
    pub mailed_at: Option<Timestamp>,
}

/// How each contact stands to the owner.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    by_id: HashMap<Uuid, Consent>,
    /// Addresses of accounts with a block between them and the owner.
    blocked: HashSet<String>,
}

impl Standing {
    pub(crate) fn new(rows: Vec<StandingRow>) -> Self {
        let mut standing = Self::default();
        for row in rows {
            match row {
                StandingRow::Said(id, consent) => drop(standing.by_id.insert(id, consent)),
                StandingRow::Blocked(key) => drop(standing.blocked.insert(key)),
            }
        }
        standing
    }

    /// What the owner of an address said, as the owner of the list sees it. After a block, by whoever of the two, who had agreed
    /// has taken it back; she whom he blocks cannot tell, because he can do that by his link as well.
    pub(crate) fn of(&self, address: &Address) -> Consent {
        let none = || Consent { state: "declined".to_owned(), mailed_at: None };
        let said = self.by_id.get(&address.consent).cloned().unwrap_or_else(none);
        let is_revoked = said.state == "agreed" && self.is_blocked(address);
        if is_revoked { Consent { state: none().state, ..said } } else { said }
    }

    /// Whether whoever a call went to may hear of it: not once they took their word back, or there is a block. Off the list is
    /// not that.
    pub(crate) fn hears(&self, contacts: &[Contact], consent: Uuid) -> bool {
        listed(contacts, consent).is_none_or(|(_, address)| self.of(address).state != "declined")
    }

    /// Whether no mail may go there, which is seen by nobody.
    pub(crate) fn is_blocked(&self, address: &Address) -> bool {
        self.blocked.contains(&address.key)
    }
}

/// A row of [`standing_sql`].
#[derive(Debug)]
pub(crate) enum StandingRow {
    Said(Uuid, Consent),
    Blocked(String),
}

impl FromRow for StandingRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(match row.get::<Option<String>>("email_key")? {
            Some(key) => Self::Blocked(key),
            None => Self::Said(row.get("id")?, Consent { state: row.get("state")?, mailed_at: row.get("mailed_at")? }),
        })
    }
}

/// How the contacts stand to their owner.
pub(crate) async fn standing(db: &mut Session, owner: TravelerId, contacts: &[Contact]) -> Result<Standing> {
    Ok(Standing::new(db.all(standing_sql(owner, contacts)).await?))
}

/// What [`Standing::new`] makes that of.
pub(crate) fn standing_sql(owner: TravelerId, contacts: &[Contact]) -> Sql {
    let mut sql =
        open("select cast(null as text) as email_key, c.id, c.state, c.mailed_at from women_safety_consents c");
    sql.push(" where c.state <> 'removed' and c.traveler_id = ").push_bind(owner);
    sql.push(" union all select t.email_key, t.id, 'blocked' as state, cast(null as timestamptz) as mailed_at");
    sql.push(" from travelers t where t.email_key in ");
    sql.push_list(contacts.iter().filter_map(|c| Some(c.email.as_ref()?.key.clone())));
    sql.push(" and (exists (select 1 from blocks b where b.blocked_id = t.id and b.blocker_id = ").push_bind(owner);
    // Only of who proved the address: else anybody could register that of a contact, and keep the call for help from them.
    sql.push(") or t.email_verified = TRUE and exists (select 1 from blocks b where b.blocker_id = t.id");
    sql.push(" and b.blocked_id = ").push_bind(owner).push("))");
    sql
}

/// Whether whoever a call went to [may hear](Standing::hears) of it.
pub(crate) async fn may_hear(
    app: &App,
    db: &mut Session,
    owner: TravelerId,
    sealed: Option<&[u8]>,
    consent: Uuid,
) -> Result<bool> {
    let contacts = contacts(&app.config.data_keys, owner, sealed)?;
    Ok(standing(db, owner, &contacts).await?.hears(&contacts, consent))
}

record! {
    /// A consent that may have to be asked for.
    pub(crate) struct Open {
        pub traveler_id: TravelerId,
        pub display_name: String,
        pub address_hash: Vec<u8>,
        pub mail_id: Option<Uuid>,
        pub mailed_at: Option<Timestamp>,
        pub emergency_contacts: Option<Vec<u8>>,
    }
}

/// A consent that nobody has answered yet.
pub(crate) async fn open_consent(tx: &mut Tx, id: Uuid) -> Result<Option<Open>> {
    let find = sql!(
        "select c.traveler_id, t.display_name, c.address_hash, c.mail_id, c.mailed_at, s.emergency_contacts
         from women_safety_consents c join women_safety_settings s on s.traveler_id = c.traveler_id
         join travelers t on t.id = c.traveler_id
         where c.id = $1 and c.state = 'pending' and t.is_active = TRUE"
    );
    Ok(tx.maybe(find.bind(id)).await?)
}

/// Counts a mail, unless `who` has had `most` on this day.
pub(crate) async fn count_mail(tx: &mut Tx, who: Vec<u8>, day: Day, most: i64) -> Result<bool> {
    let count = sql!(
        "insert into women_safety_mail_counts as c (who, day, sent) values ($1, $2, 1)
         on conflict (who, day) do update set sent = c.sent + 1 where c.sent < $3"
    );
    Ok(tx.run(count.bind(who).bind(day).bind(most)).await? == 1)
}

/// Notes that a contact is asked by this mail, with the hash of its token.
pub(crate) async fn asked(tx: &mut Tx, id: Uuid, mail: Uuid, token_hash: Vec<u8>, at: Timestamp) -> Result<()> {
    let asked = sql!("update women_safety_consents set mail_id = $2, token_hash = $3, mailed_at = $4 where id = $1");
    tx.run(asked.bind(id).bind(mail).bind(token_hash).bind(at)).await?;
    Ok(())
}

/// Who asks by this token, and what was said, while the account is there and the contact is on its list.
pub(crate) async fn by_token(db: &mut Session, token_hash: Vec<u8>) -> Result<Option<(String, String)>> {
    let mut sql = open("select t.display_name, c.state from women_safety_consents c join travelers t");
    sql.push(" on t.id = c.traveler_id where c.state <> 'removed' and c.token_hash = ").push_bind(token_hash);
    accounts::visible_to(&mut sql, "c.traveler_id", None);
    Ok(db.maybe::<Asked>(sql).await?.map(|asked| (asked.display_name, asked.state)))
}

record! {
    struct Asked { display_name: String, state: String }
}

/// What the owner of the address says; `false` when the token is not one that counts.
pub(crate) async fn answer(tx: &mut Tx, token_hash: Vec<u8>, state: &'static str) -> Result<bool> {
    let answer = sql!("update women_safety_consents set state = $2 where token_hash = $1 and state <> 'removed'");
    Ok(tx.run(answer.bind(token_hash).bind(state)).await? == 1)
}

/// Whether an account is gone for good.
pub(crate) async fn is_deleted(db: &mut Session, owner: TravelerId) -> Result<bool> {
    let gone = sql!("select exists (select 1 from travelers where id = $1 and deleted_at is not null)");
    Ok(db.one(gone.bind(owner)).await?)
}

/// Forgets what somebody set, and who agreed; nothing of anybody else.
pub(crate) async fn erase(tx: &mut Tx, owner: TravelerId) -> Result<()> {
    tx.run(sql!("delete from women_safety_settings where traveler_id = $1").bind(owner)).await?;
    tx.run(sql!("delete from women_safety_consents where traveler_id = $1").bind(owner)).await?;
    Ok(())
}

/// Forgets the counts of days before this one.
pub(crate) fn forget_counts(before: Day) -> Sql {
    sql!("delete from women_safety_mail_counts where day < $1").bind(before)
}
