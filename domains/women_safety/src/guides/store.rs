//! Guides in the database. What others may see passes `shown`.

use super::{
    filter::{Filter, Sort},
    model::{Availability, Guide, GuideId},
    wire::Verification,
};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    db::{Arg, DbError, FromRow, Json, Row, Session, Sql, Tx, open},
    http::Page,
    sql,
    text::after_prefix,
};
use uuid::Uuid;

/// A guide with everything that is shown of her.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub author: AuthorCard,
    pub guide: Guide,
    pub successful_trips_count: i64,
    /// Whether the viewer has a request at her that is not answered yet.
    pub has_requested: bool,
    /// Whether the viewer has a confirmed booking with her.
    pub has_confirmed: bool,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            author: AuthorCard::from_row(row)?,
            guide: Guide::from_row(row)?,
            successful_trips_count: row.get("successful_trips_count")?,
            has_requested: row.get("has_requested")?,
            has_confirmed: row.get("has_confirmed")?,
        })
    }
}

/// The columns of a [`Guide`], from `guides g`.
pub(crate) const COLUMNS: &str = "g.id, g.traveler_id, g.bio, g.years_of_experience, g.languages_spoken, \
    g.specializations, g.favorite_destinations, g.service_locations, g.hourly_rate_cents, g.max_group_size, g.accepts, \
    g.offers_accommodation, g.offers_meals, g.contact_email, g.phone_for_bookings, g.cancellation_policy, \
    g.safety_protocols, g.availability_status, g.unavailable_until, g.is_active, g.is_verified, g.verification_level, \
    g.verification_date, g.background_check_completed, g.first_aid_certified, g.emergency_response_training, \
    g.is_featured, g.total_reviews, g.average_rating, g.created_at, g.updated_at";

/// Everything about guides as `viewer` gets it, up to where the conditions begin.
fn select(viewer: Option<Caller>) -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(", ").push(COLUMNS);
    sql.push(", (select cast(count(*) as bigint) from guide_bookings d where d.guide_id = g.id");
    sql.push(" and d.status = 'completed'");
    visible_to(&mut sql, "d.traveler_id", None);
    sql.push(") as successful_trips_count, ");
    has_booking(&mut sql, viewer, " and r.status = 'requested') as has_requested, ");
    has_booking(&mut sql, viewer, " and r.status = 'confirmed') as has_confirmed");
    sql.push(" from guides g join travelers author on author.id = g.traveler_id");
    sql
}

fn has_booking(sql: &mut Sql, viewer: Option<Caller>, that: &'static str) {
    // Nobody has no bookings.
    sql.push("exists (select 1 from guide_bookings r where r.guide_id = g.id and r.traveler_id = ");
    sql.push_bind(viewer.map_or(Uuid::nil(), |v| v.id.0)).push(that);
}

/// The condition on a guide whom others see.
fn shown(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(" and g.is_active = TRUE");
    visible_to(sql, "g.traveler_id", viewer);
}

/// A guide whom `viewer` may see. Herself she always may.
pub(crate) async fn find(db: &mut Session, id: GuideId, viewer: Option<Caller>) -> Result<Option<Found>> {
    Ok(db.maybe(find_sql(id, viewer)).await?)
}

pub(crate) fn find_sql(id: GuideId, viewer: Option<Caller>) -> Sql {
    let mut sql = select(viewer);
    sql.push(" where g.id = ").push_bind(id).push(" and (");
    if let Some(viewer) = viewer {
        sql.push("g.traveler_id = ").push_bind(viewer.id).push(" or ");
    }
    sql.push("(TRUE");
    shown(&mut sql, viewer);
    sql.push("))");
    sql
}

/// The caller's own profile, withdrawn or not.
pub(crate) async fn own(db: &mut Session, caller: Caller) -> Result<Option<Found>> {
    Ok(db.maybe(own_sql(caller)).await?)
}

fn own_sql(caller: Caller) -> Sql {
    let mut sql = select(Some(caller));
    sql.push(" where g.traveler_id = ").push_bind(caller.id);
    sql
}

/// A guide whose account is there, withdrawn or not, for administrators.
pub(crate) async fn find_for_admin(db: &mut Session, id: GuideId) -> Result<Option<Found>> {
    let mut sql = select(None);
    sql.push(" where g.id = ").push_bind(id);
    visible_to(&mut sql, "g.traveler_id", None);
    Ok(db.maybe(sql).await?)
}

/// The conditions of the directory, the same for its page and its total.
fn narrow(sql: &mut Sql, filter: &Filter, viewer: Option<Caller>, today: Day) {
    sql.push(" where TRUE");
    shown(sql, viewer);
    if filter.verified_only {
        sql.push(" and g.is_verified = TRUE");
    }
    if filter.available_only {
        sql.push(" and (g.availability_status = 'available' or g.unavailable_until < ").push_bind(today).push(")");
    }
    if filter.featured {
        sql.push(" and g.is_featured = TRUE");
    }
    if let Some(least) = filter.min_rating {
        sql.push(" and g.average_rating >= ").push_bind(least);
    } else {
        // Who is new is not bad.
        sql.push(" and (g.average_rating >= 3 or g.total_reviews = 0)");
    }
    if filter.sort == Sort::Price || filter.min_price.is_some() || filter.max_price.is_some() {
        sql.push(" and g.hourly_rate_cents is not null");
    }
    if let Some(least) = filter.min_price {
        sql.push(" and g.hourly_rate_cents >= ").push_bind(least);
    }
    if let Some(most) = filter.max_price {
        sql.push(" and g.hourly_rate_cents <= ").push_bind(most);
    }
    for (kind, term) in [("language", &filter.language), ("specialization", &filter.specialization)] {
        if let Some(term) = term {
            sql.push(" and g.id in (select t.guide_id from guide_terms t where t.kind = ").push_bind(kind);
            sql.push(" and t.term = ").push_bind(term).push(")");
        }
    }
    for word in &filter.location {
        sql.push(" and ");
        has_word(sql, "location", word);
    }
    for word in &filter.search {
        sql.push(" and (");
        has_word(sql, "bio", word);
        sql.push(" or g.traveler_id in (select n.traveler_id from traveler_names n where n.word >= ");
        sql.push_bind(word).push(" and n.word < ").push_bind(after_prefix(word)).push("))");
    }
}

fn has_word(sql: &mut Sql, kind: &'static str, word: &str) {
    sql.push("g.id in (select t.guide_id from guide_terms t where t.kind = ").push_bind(kind);
    sql.push(" and t.term >= ").push_bind(word).push(" and t.term < ").push_bind(after_prefix(word)).push(")");
}

/// One page of the directory.
pub(crate) async fn page(
    db: &mut Session,
    filter: &Filter,
    page: Page,
    viewer: Option<Caller>,
    today: Day,
) -> Result<Vec<Found>> {
    Ok(db.all(page_sql(filter, page, viewer, today)).await?)
}

pub(super) fn page_sql(filter: &Filter, page: Page, viewer: Option<Caller>, today: Day) -> Sql {
    let mut sql = select(viewer);
    narrow(&mut sql, filter, viewer, today);
    sql.push(match filter.sort {
        Sort::Rating => " order by g.average_rating desc, g.total_reviews desc, g.id desc",
        Sort::Experience => " order by g.years_of_experience desc, g.id desc",
        Sort::Availability => " order by g.availability_status, g.average_rating desc, g.total_reviews desc, g.id desc",
        Sort::Price => " order by g.hourly_rate_cents, g.id desc",
    });
    sql.push(" limit ").push_bind(page.limit()).push(" offset ").push_bind(page.offset());
    sql
}

/// How many guides all pages have.
pub(crate) async fn count(db: &mut Session, filter: &Filter, viewer: Option<Caller>, today: Day) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint) from guides g");
    narrow(&mut sql, filter, viewer, today);
    Ok(db.one(sql).await?)
}

/// What a guide writes, in the order of `insert` and `update`.
fn written(g: &Guide) -> Vec<Arg> {
    vec![
        g.id.into(),
        g.bio.clone().into(),
        g.years_of_experience.into(),
        g.languages_spoken.clone().into(),
        g.specializations.clone().into(),
        g.favorite_destinations.clone().into(),
        g.service_locations.clone().into(),
        g.hourly_rate_cents.into(),
        g.max_group_size.into(),
        g.accepts.into(),
        g.offers_accommodation.into(),
        g.offers_meals.into(),
        g.contact_email.clone().into(),
        g.phone_for_bookings.clone().into(),
        g.cancellation_policy.clone().into(),
        g.safety_protocols.clone().into(),
        g.updated_at.into(),
        g.is_active.into(),
    ]
}

/// The statement that adds a guide; its arguments come from [`insert_args`].
pub(crate) fn insert_sql() -> Sql {
    sql!(
        "insert into guides
            (id, bio, years_of_experience, languages_spoken, specializations, favorite_destinations, service_locations,
             hourly_rate_cents, max_group_size, accepts, offers_accommodation, offers_meals, contact_email,
             phone_for_bookings, cancellation_policy, safety_protocols, updated_at, is_active, traveler_id,
             availability_status, unavailable_until, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
         on conflict do nothing"
    )
}

/// The arguments of [`insert_sql`].
pub(crate) fn insert_args(g: &Guide) -> Vec<Arg> {
    let mut args = written(g);
    args.extend([g.traveler_id.into(), g.availability_status.into(), g.unavailable_until.into(), g.created_at.into()]);
    args
}

/// Adds a guide; `false` when that account has a profile already.
pub(crate) async fn insert(tx: &mut Tx, g: &Guide) -> Result<bool> {
    let is_new = tx.run(insert_args(g).into_iter().fold(insert_sql(), Sql::bind)).await? == 1;
    if is_new {
        set_terms(tx, g);
    }
    Ok(is_new)
}

/// Writes what a guide changed, with the commit.
pub(crate) fn update(tx: &mut Tx, g: &Guide) {
    let update = sql!(
        "update guides set
            (bio, years_of_experience, languages_spoken, specializations, favorite_destinations, service_locations,
             hourly_rate_cents, max_group_size, accepts, offers_accommodation, offers_meals, contact_email,
             phone_for_bookings, cancellation_policy, safety_protocols, updated_at, is_active)
            = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         where id = $1"
    );
    tx.run_at_commit(written(g).into_iter().fold(update, Sql::bind));
    set_terms(tx, g);
}

fn set_terms(tx: &mut Tx, g: &Guide) {
    tx.run_at_commit(sql!("delete from guide_terms where guide_id = $1").bind(g.id));
    let rows = term_rows(g);
    if !rows.is_empty() {
        let mut insert = open("insert into guide_terms (kind, term, guide_id)");
        insert.push_rows(rows).push(" on conflict do nothing");
        tx.run_at_commit(insert);
    }
}

/// A bound, so that nobody fills the index with one profile.
const MOST_TERMS: usize = 300;

pub(crate) fn term_rows(g: &Guide) -> Vec<Vec<Arg>> {
    // What she says about herself comes first in the alphabet and may be long; by the rest she is looked for.
    let row = |(kind, term): (&'static str, String)| vec![kind.into(), term.into(), g.id.into()];
    g.terms().into_iter().rev().take(MOST_TERMS).map(row).collect()
}

/// The same, held before it is looked at until the transaction ends, so that two changes of it come one after the other, and
/// the caller as others find them.
pub(crate) async fn hold_own(tx: &mut Tx, caller: Caller) -> Result<(Option<Found>, Option<AuthorCard>)> {
    let hold = sql!("update guides set updated_at = updated_at where traveler_id = $1 returning traveler_id");
    let card = accounts::card_sql(caller.id, Some(caller));
    let (_, own, card) = tx.three::<TravelerId, _, _>(hold.bind(caller.id), own_sql(caller), card).await?;
    Ok((own.into_iter().next(), card.into_iter().next()))
}

/// Whether a guide takes bookings, with the commit.
pub(crate) fn set_availability(tx: &mut Tx, id: GuideId, status: Availability, until: Option<Day>, at: Timestamp) {
    let set = sql!("update guides set availability_status = $2, unavailable_until = $3, updated_at = $4 where id = $1");
    tx.run_at_commit(set.bind(id).bind(status).bind(until).bind(at));
}

/// Ends a profile and its verification; `false` while there are bookings that others count on.
pub(crate) async fn withdraw(tx: &mut Tx, id: GuideId, at: Timestamp) -> Result<bool> {
    let withdraw = sql!(
        "update guides set is_active = FALSE, is_verified = FALSE, verification_level = null, verification_date = null,
                background_check_completed = FALSE, first_aid_certified = FALSE, emergency_response_training = FALSE,
                is_featured = FALSE, contact_email = null, phone_for_bookings = null, updated_at = $2
         where id = $1 and not exists (select 1 from guide_bookings b
            where b.guide_id = $1 and b.status in ('requested', 'confirmed'))"
    );
    Ok(tx.run(withdraw.bind(id).bind(at)).await? == 1)
}

/// Forgets what somebody wrote about herself, and by what she was found, with the commit.
pub(crate) fn erase(tx: &mut Tx, owner: TravelerId) {
    let erase = sql!(
        "update guides set bio = null, years_of_experience = 0, languages_spoken = $2, specializations = $2,
                favorite_destinations = $2, service_locations = $2, hourly_rate_cents = null, contact_email = null,
                phone_for_bookings = null, cancellation_policy = null, safety_protocols = null,
                unavailable_until = null, is_active = FALSE, is_verified = FALSE, verification_level = null,
                verification_date = null, background_check_completed = FALSE, first_aid_certified = FALSE,
                emergency_response_training = FALSE, is_featured = FALSE
         where traveler_id = $1"
    );
    tx.run_at_commit(erase.bind(owner).bind(Json(Vec::<String>::new())));
    let terms = sql!("delete from guide_terms where guide_id in (select g.id from guides g where g.traveler_id = $1)");
    tx.run_at_commit(terms.bind(owner));
}

/// Writes down that an administrator verified a guide, and what they found; whose profile it is, `None` when there is none
/// that is active.
pub(crate) async fn verify(
    tx: &mut Tx,
    id: GuideId,
    found: &Verification,
    at: Timestamp,
) -> Result<Option<TravelerId>> {
    let verify = sql!(
        "update guides set is_verified = TRUE, verification_date = $2,
                verification_level = coalesce($3, verification_level),
                background_check_completed = coalesce($4, background_check_completed),
                first_aid_certified = coalesce($5, first_aid_certified),
                emergency_response_training = coalesce($6, emergency_response_training),
                is_featured = coalesce($7, is_featured), updated_at = $2
         where id = $1 and is_active = TRUE returning traveler_id"
    );
    let verify = verify.bind(id).bind(at).bind(found.level).bind(found.background_check_completed);
    let verify = verify.bind(found.first_aid_certified).bind(found.emergency_response_training);
    Ok(tx.maybe(verify.bind(found.is_featured)).await?)
}

/// Takes the verification of a guide back, with all that was found; whose profile it is, active or withdrawn.
pub(crate) async fn unverify(tx: &mut Tx, id: GuideId, at: Timestamp) -> Result<Option<TravelerId>> {
    let unverify = sql!(
        "update guides set is_verified = FALSE, verification_date = null, verification_level = null,
                background_check_completed = FALSE, first_aid_certified = FALSE, emergency_response_training = FALSE,
                is_featured = FALSE, updated_at = $2
         where id = $1 returning traveler_id"
    );
    Ok(tx.maybe(unverify.bind(id).bind(at)).await?)
}

/// Keeps who verified a guide, or took it back, and when; with the commit.
pub(crate) fn keep_verification(
    tx: &mut Tx,
    entry: Uuid,
    id: GuideId,
    admin: Option<TravelerId>,
    outcome: (bool, Option<&Verification>),
    at: Timestamp,
) {
    let keep = sql!(
        "insert into guide_verifications (id, guide_id, admin_id, is_verified, verification_level, created_at)
         values ($1, $2, $3, $4, $5, $6)"
    );
    let (is_verified, found) = outcome;
    let level = found.and_then(|f| f.level);
    tx.run_at_commit(keep.bind(entry).bind(id).bind(admin).bind(is_verified).bind(level).bind(at));
}
