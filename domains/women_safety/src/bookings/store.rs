//! Bookings in the database: for their two sides only. Rows are locked in one order everywhere: the booking, then the days
//! of its guide from the first one on.

use super::{
    model::{Booking, BookingId, Side, Status},
    wire::Wanted,
};
use crate::guides::{self, model::GuideId};
use accounts::{AuthorCard, visible_to, visible_to_traveler};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    db::{Arg, DbError, FromRow, Row, Session, Sql, Tx, open},
    http::Page,
    record, sql,
};

/// A booking and who is on the other side, unless they are hidden from the reader.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub booking: Booking,
    pub other: Option<AuthorCard>,
}

impl Found {
    /// Which side `viewer` is, who is one of them.
    pub(crate) fn side(&self, viewer: TravelerId) -> Side {
        if self.booking.traveler_id == viewer { Side::Traveler } else { Side::Guide }
    }
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let is_seen = row.get::<Option<TravelerId>>("author_id")?.is_some();
        let other = if is_seen { Some(AuthorCard::from_row(row)?) } else { None };
        Ok(Self { booking: Booking::from_row(row)?, other })
    }
}

const COLUMNS: &str = "b.id, b.guide_id, b.traveler_id, b.destination, b.start_date, b.end_date, b.group_size, \
    b.activity_type, b.special_requirements, b.notes_from_traveler, b.emergency_contacts_shared, \
    b.insurance_provided, b.status, b.total_cost_cents, b.said_done_by_traveler, b.said_done_by_guide, b.ended_by, \
    b.reason, b.was_under_way, b.confirmation_date, b.completed_at, b.cancellation_date, b.created_at, b.updated_at";

/// Everything about bookings as `viewer` gets it, up to where the conditions begin.
fn select(viewer: Caller) -> Sql {
    let mut sql = open("select ");
    sql.push(COLUMNS).push(", ").push(AuthorCard::COLUMNS);
    sql.push(" from guide_bookings b join guides g on g.id = b.guide_id left join travelers author on author.id =");
    sql.push(" case when b.traveler_id = ").push_bind(viewer.id).push(" then g.traveler_id else b.traveler_id end");
    visible_to(&mut sql, "author.id", Some(viewer));
    sql
}

/// A booking of which `viewer` is a side.
pub(crate) async fn find(db: &mut Session, id: BookingId, viewer: Caller) -> Result<Option<Found>> {
    Ok(db.maybe(find_sql(id, viewer)).await?)
}

/// The same, held before it is looked at until the transaction ends.
pub(crate) async fn hold_and_find(tx: &mut Tx, id: BookingId, viewer: Caller) -> Result<Option<Found>> {
    let (_, found) = tx.both::<Booking, Found>(hold_sql(id), find_sql(id, viewer)).await?;
    Ok(found.into_iter().next())
}

fn find_sql(id: BookingId, viewer: Caller) -> Sql {
    let mut sql = select(viewer);
    sql.push(" where b.id = ").push_bind(id);
    sql.push(" and (b.traveler_id = ").push_bind(viewer.id).push(" or g.traveler_id = ").push_bind(viewer.id);
    sql.push(")");
    sql
}

/// The conditions of one of the two lists, the same for its page and its total.
fn narrow(sql: &mut Sql, side: Side, caller: Caller, status: Option<Status>) {
    match side {
        Side::Traveler => sql.push(" where b.traveler_id = ").push_bind(caller.id),
        Side::Guide => sql
            .push(" where b.guide_id = (select own.id from guides own where own.traveler_id = ")
            .push_bind(caller.id)
            .push(")"),
    };
    if let Some(status) = status {
        sql.push(" and b.status = ").push_bind(status);
    }
}

/// One page of the caller's bookings as one of the two sides, the newest first.
pub(crate) async fn page(
    db: &mut Session,
    side: Side,
    caller: Caller,
    status: Option<Status>,
    page: Page,
) -> Result<Vec<Found>> {
    Ok(db.all(page_sql(side, caller, status, page)).await?)
}

pub(crate) fn page_sql(side: Side, caller: Caller, status: Option<Status>, page: Page) -> Sql {
    let mut sql = select(caller);
    narrow(&mut sql, side, caller, status);
    sql.push(" order by b.created_at desc, b.id desc limit ").push_bind(page.limit());
    sql.push(" offset ").push_bind(page.offset());
    sql
}

/// How many bookings all pages have.
pub(crate) async fn count(db: &mut Session, side: Side, caller: Caller, status: Option<Status>) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint) from guide_bookings b");
    narrow(&mut sql, side, caller, status);
    Ok(db.one(sql).await?)
}

/// Holds a booking until the transaction ends; what it is then stays true.
fn hold_sql(id: BookingId) -> Sql {
    let mut held = open("select ");
    held.push(COLUMNS).push(" from guide_bookings b where b.id = ").push_bind(id);
    held.push_by_engine("", " for no key update");
    held
}

/// A booking for one of its two sides, held before it is looked at until the transaction ends, so that of two who move it at
/// the same time the second sees what the first made of it; and whether its guide takes its traveller now.
pub(crate) async fn hold_to_move(tx: &mut Tx, id: BookingId, viewer: Caller) -> Result<Option<(Found, bool)>> {
    let takes = sql!(
        "select exists (select 1 from guides g where g.id = b.guide_id and g.accepts <> 'women')
             or exists (select 1 from travelers t where t.id = b.traveler_id and t.women_verified = TRUE)
         from guide_bookings b where b.id = $1"
    );
    let (_, found, takes) = tx.three::<Booking, _, _>(hold_sql(id), find_sql(id, viewer), takes.bind(id)).await?;
    Ok(found.into_iter().next().zip(takes.into_iter().next()))
}

/// Whether a guide takes this person now: one for women takes women who are verified at this moment, whatever was known of
/// them when the request began.
fn takes_sql(guide: GuideId, traveler: TravelerId) -> Sql {
    let takes = sql!(
        "select exists (select 1 from guides g where g.id = $1 and g.accepts <> 'women')
             or exists (select 1 from travelers t where t.id = $2 and t.women_verified = TRUE)"
    );
    takes.bind(guide).bind(traveler)
}

record! {
    /// Whether a guide can still be asked.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Chance {
        /// Whether she is there for the viewer.
        pub is_there: bool,
        /// Whether she has promised one of the days to somebody.
        pub is_taken: bool,
    }
}

/// A guide as `caller` meets her, whether she can still be asked for these days, and whether she takes the caller; `None`
/// when she is not there for them.
pub(crate) async fn asked(
    db: &mut Session,
    guide: GuideId,
    days: (Day, Day),
    caller: Caller,
) -> Result<Option<(guides::store::Found, Chance, bool)>> {
    let found = guides::store::find_sql(guide, Some(caller));
    let (found, chance, takes) = db.three(found, chance_sql(guide, days, caller), takes_sql(guide, caller.id)).await?;
    let (chance, takes) = (chance.into_iter().next(), takes.into_iter().next());
    Ok(found.into_iter().next().zip(chance).zip(takes).map(|((found, chance), takes)| (found, chance, takes)))
}

/// Whether a guide is there for `viewer`, and what she has promised of these days.
fn chance_sql(guide: GuideId, (start, end): (Day, Day), viewer: Caller) -> Sql {
    let mut sql = open("select exists (select 1 from guides g where g.is_active = TRUE and g.id = ");
    sql.push_bind(guide);
    visible_to(&mut sql, "g.traveler_id", Some(viewer));
    sql.push(") as is_there, exists (select 1 from guide_days d where d.guide_id = ").push_bind(guide);
    sql.push(" and d.day >= ").push_bind(start).push(" and d.day <= ").push_bind(end).push(") as is_taken");
    sql
}

/// The statement that adds a booking; its arguments come from [`insert_args`].
pub(crate) fn insert_sql() -> Sql {
    sql!(
        "insert into guide_bookings
            (id, guide_id, traveler_id, destination, start_date, end_date, group_size, activity_type,
             special_requirements, notes_from_traveler, emergency_contacts_shared, insurance_provided, status,
             total_cost_cents, said_done_by_traveler, said_done_by_guide, ended_by, reason, confirmation_date,
             completed_at, cancellation_date, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23)
         on conflict do nothing"
    )
}

/// The arguments of [`insert_sql`].
pub(crate) fn insert_args(b: &Booking) -> Vec<Arg> {
    vec![
        b.id.into(),
        b.guide_id.into(),
        b.traveler_id.into(),
        b.destination.clone().into(),
        b.start_date.into(),
        b.end_date.into(),
        b.group_size.into(),
        b.activity_type.clone().into(),
        b.special_requirements.clone().into(),
        b.notes_from_traveler.clone().into(),
        b.emergency_contacts_shared.into(),
        b.insurance_provided.into(),
        b.status.into(),
        b.total_cost_cents.into(),
        b.said_done_by_traveler.into(),
        b.said_done_by_guide.into(),
        b.ended_by.into(),
        b.reason.clone().into(),
        b.confirmation_date.into(),
        b.completed_at.into(),
        b.cancellation_date.into(),
        b.created_at.into(),
        b.updated_at.into(),
    ]
}

/// Adds a request; `false` when there is one of that person, guide and days already.
pub(crate) async fn insert(tx: &mut Tx, b: &Booking) -> Result<bool> {
    Ok(tx.run(insert_args(b).into_iter().fold(insert_sql(), Sql::bind)).await? == 1)
}

/// Writes what the traveller changed about a request that is held, and its new price. Breaks a unique rule when there is a
/// request of that person, guide and days already.
pub(crate) async fn change(
    tx: &mut Tx,
    id: BookingId,
    wanted: &Wanted,
    total_cost_cents: Option<i64>,
    at: Timestamp,
) -> Result<(), DbError> {
    let change = sql!(
        "update guide_bookings set destination = $2, start_date = $3, end_date = $4, group_size = $5,
                activity_type = $6, special_requirements = $7, notes_from_traveler = $8,
                emergency_contacts_shared = $9, insurance_provided = $10, total_cost_cents = $11, updated_at = $12
         where id = $1"
    );
    let change = change.bind(id).bind(&wanted.destination).bind(wanted.start_date).bind(wanted.end_date);
    let change = change.bind(wanted.group_size).bind(wanted.activity_type.clone());
    let change = change.bind(wanted.special_requirements.clone()).bind(wanted.notes_from_traveler.clone());
    let change = change.bind(wanted.emergency_contacts_shared).bind(wanted.insurance_provided);
    tx.run(change.bind(total_cost_cents).bind(at)).await?;
    Ok(())
}

/// Writes whether the guide may know whom to call, with the commit.
pub(crate) fn share(tx: &mut Tx, id: BookingId, is_shared: bool, at: Timestamp) {
    let share = sql!("update guide_bookings set emergency_contacts_shared = $2, updated_at = $3 where id = $1");
    tx.run_at_commit(share.bind(id).bind(is_shared).bind(at));
}

/// Writes how far a booking that is held has come, with the commit.
pub(crate) fn keep(tx: &mut Tx, b: &Booking) {
    let keep = sql!(
        "update guide_bookings set status = $2, said_done_by_traveler = $3, said_done_by_guide = $4, ended_by = $5,
                reason = $6, confirmation_date = $7, completed_at = $8, cancellation_date = $9, updated_at = $10,
                was_under_way = $11
         where id = $1"
    );
    let keep = keep.bind(b.id).bind(b.status).bind(b.said_done_by_traveler).bind(b.said_done_by_guide);
    let keep = keep.bind(b.ended_by).bind(b.reason.clone()).bind(b.confirmation_date).bind(b.completed_at);
    tx.run_at_commit(keep.bind(b.cancellation_date).bind(b.updated_at).bind(b.was_under_way));
}

/// Promises the days of a booking to its traveller. Breaks the primary key when one of them is somebody else's, however
/// many try at the same time.
pub(crate) async fn take_days(tx: &mut Tx, b: &Booking) -> Result<(), DbError> {
    let mut take = open("insert into guide_days (guide_id, day, booking_id)");
    take.push_rows(day_rows(b));
    tx.run(take).await?;
    Ok(())
}

pub(crate) fn day_rows(b: &Booking) -> impl Iterator<Item = Vec<Arg>> + use<> {
    let (guide, booking) = (b.guide_id, b.id);
    b.days().into_iter().map(move |day| vec![guide.into(), day.into(), booking.into()])
}

/// Gives the days of bookings back that come after `today`, with the commit: on those that were somebody was guided.
pub(crate) fn free_days(tx: &mut Tx, ids: &[BookingId], today: Day) {
    let mut free = open("delete from guide_days where day > ");
    free.push_bind(today).push(" and booking_id in ").push_list(ids.iter().copied());
    tx.run_at_commit(free);
}

/// Forgets what somebody wrote into bookings, on whichever side, with the commit.
pub(crate) fn erase(tx: &mut Tx, writer: TravelerId) {
    let wanted = sql!(
        "update guide_bookings set destination = '', activity_type = null, special_requirements = null,
                notes_from_traveler = null, emergency_contacts_shared = FALSE
         where traveler_id = $1"
    );
    tx.run_at_commit(wanted.bind(writer));
    tx.run_at_commit(sql!("update guide_bookings set reason = null where ended_by = $1").bind(writer));
}

// ---- for jobs -------------------------------------------------------------------------------------------------------

/// Marks the bookings that begin from `today` to `tomorrow` as those whose sides are reminded, and says which they are:
/// each once, however many ask.
pub(crate) async fn take_reminders(
    tx: &mut Tx,
    (today, tomorrow): (Day, Day),
    at: Timestamp,
    most: i64,
) -> Result<Vec<BookingId>> {
    let take = sql!(
        "update guide_bookings set reminded_at = $1
         where status = 'confirmed' and reminded_at is null and id in (
            select id from guide_bookings where status = 'confirmed' and reminded_at is null
               and start_date >= $2 and start_date <= $3 order by start_date, id limit $4)
         returning id"
    );
    Ok(tx.all(take.bind(at).bind(today).bind(tomorrow).bind(most)).await?)
}

/// Completes confirmed bookings whose last day was before `today`; which they are.
pub(crate) async fn complete(tx: &mut Tx, today: Day, at: Timestamp, most: i64) -> Result<Vec<BookingId>> {
    let complete = sql!(
        "update guide_bookings set status = 'completed', completed_at = $1, updated_at = $1
         where status = 'confirmed' and id in (
            select id from guide_bookings where status = 'confirmed' and end_date < $2 order by end_date, id limit $3)
         returning id"
    );
    Ok(tx.all(complete.bind(at).bind(today).bind(most)).await?)
}

/// Cancels requests that nobody answered before their first day was over; which they are.
pub(crate) async fn lapse(tx: &mut Tx, today: Day, at: Timestamp, most: i64) -> Result<Vec<BookingId>> {
    let lapse = sql!(
        "update guide_bookings set status = 'cancelled', cancellation_date = $1, updated_at = $1
         where status = 'requested' and start_date < $2 and id in (
            select id from guide_bookings where status = 'requested' and start_date < $2 order by start_date, id limit $3)
         returning id"
    );
    Ok(tx.all(lapse.bind(at).bind(today).bind(most)).await?)
}

/// Cancels what is not over between `traveler` and whoever does not see them any more; which bookings. `earliest` and `latest`
/// are the days that it is somewhere. Of what has begun it is kept that it had: nobody keeps a review away by a block.
pub(crate) async fn part(
    tx: &mut Tx,
    traveler: TravelerId,
    (earliest, latest): (Day, Day),
    at: Timestamp,
    most: i64,
) -> Result<Vec<BookingId>> {
    let part = sql!(
        "update guide_bookings set status = 'cancelled', cancellation_date = $1, updated_at = $1,
                was_under_way = (status = 'confirmed' and start_date <= $5)
         where (status = 'requested' or (status = 'confirmed' and end_date >= $2)) and id in (
            select b.id from guide_bookings b join guides g on g.id = b.guide_id
            where (b.status = 'requested' or (b.status = 'confirmed' and b.end_date >= $2))
               and b.id in (select own.id from guide_bookings own where own.traveler_id = $3 union all
                  select at.id from guides hers join guide_bookings at on at.guide_id = hers.id
                  where hers.traveler_id = $3)
               and (exists (select 1 from blocks x where x.blocker_id = b.traveler_id and x.blocked_id = g.traveler_id)
                  or exists (select 1 from blocks y where y.blocker_id = g.traveler_id and y.blocked_id = b.traveler_id)
                  or exists (select 1 from travelers t where t.id = b.traveler_id and t.is_active = FALSE)
                  or exists (select 1 from travelers u where u.id = g.traveler_id and u.is_active = FALSE))
            order by b.id limit $4)
         returning id"
    );
    Ok(tx.all(part.bind(at).bind(earliest).bind(traveler).bind(most).bind(latest)).await?)
}

/// Cancels what is ahead between `traveler`, who is verified as a woman no longer, and guides for women; which bookings.
pub(crate) async fn part_from_women(
    tx: &mut Tx,
    traveler: TravelerId,
    today: Day,
    at: Timestamp,
    most: i64,
) -> Result<Vec<BookingId>> {
    let part = sql!(
        "update guide_bookings set status = 'cancelled', cancellation_date = $1, updated_at = $1
         where (status = 'requested' or (status = 'confirmed' and start_date > $2)) and id in (
            select b.id from guide_bookings b join guides g on g.id = b.guide_id and g.accepts = 'women'
            join travelers t on t.id = b.traveler_id and t.women_verified = FALSE
            where b.traveler_id = $3 and (b.status = 'requested' or (b.status = 'confirmed' and b.start_date > $2))
            order by b.id limit $4)
         returning id"
    );
    Ok(tx.all(part.bind(at).bind(today).bind(traveler).bind(most)).await?)
}

record! {
    /// The two accounts of a confirmed booking.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Sides { pub traveler: TravelerId, pub guide: TravelerId }
}

/// The accounts of a booking, while it is confirmed.
pub(crate) async fn confirmed_sides(db: &mut Session, id: BookingId) -> Result<Option<Sides>> {
    let sides = sql!(
        "select b.traveler_id as traveler, g.traveler_id as guide
         from guide_bookings b join guides g on g.id = b.guide_id where b.id = $1 and b.status = 'confirmed'"
    );
    Ok(db.maybe(sides.bind(id)).await?)
}

record! {
    /// What stands in a reminder.
    #[derive(Debug)]
    pub(crate) struct Reminder {
        pub email: String,
        pub name: String,
        pub other_name: String,
        pub destination: String,
        pub start_date: Day,
        pub end_date: Day,
    }
}

/// A reminder for `to` about a booking with `other`; `None` when the one does not see the other, or has not confirmed the
/// address: where somebody will be goes to no stranger.
pub(crate) async fn reminder(
    db: &mut Session,
    id: BookingId,
    to: TravelerId,
    other: TravelerId,
) -> Result<Option<Reminder>> {
    let mut sql = open(
        "select me.email, me.display_name as name, o.display_name as other_name, b.destination, b.start_date, b.end_date \
         from guide_bookings b join travelers me on me.id = ",
    );
    sql.push_bind(to).push(" and me.is_active = TRUE and me.email_verified = TRUE join travelers o on o.id = ");
    sql.push_bind(other).push(" where b.id = ").push_bind(id).push(" and b.status = 'confirmed'");
    visible_to_traveler(&mut sql, "o.id", to);
    Ok(db.maybe(sql).await?)
}
