//! Groups in the database. What somebody may know of passes `seen`, the one path of lists, details and changes.
//!
//! Whoever changes who belongs to a group, or how many may, holds its row first ([`hold`]) and takes everything else of
//! it afterwards; whoever holds several groups takes them in the order of their ids.

pub(crate) mod candidates;
pub(crate) mod erasing;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod seats;

use crate::{
    filter::{Filter, Sort},
    model::{Group, GroupId, ItineraryId, MemberId, Role, Standing, month},
};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::{Day, Timestamp},
    db::{Arg, DbError, FromRow, Row, Session, Sql, Tx, open},
    http::{Page, Window},
    record, sql,
    text::{contains, unaccent},
};
use std::collections::HashMap;

/// A group with everything that is shown of it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub creator: AuthorCard,
    pub group: Group,
    /// The creator's membership.
    pub organizer_id: MemberId,
    pub organizer_joined_at: Timestamp,
    /// What the viewer is in it, when they belong to it.
    pub role: Option<Role>,
    /// Whether the viewer is asked to lead it.
    pub is_heir: bool,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            creator: AuthorCard::from_row(row)?,
            group: Group::from_row(row)?,
            organizer_id: row.get("organizer_id")?,
            organizer_joined_at: row.get("organizer_joined_at")?,
            role: row.get::<Option<String>>("viewer_role")?.as_deref().and_then(Role::named),
            is_heir: row.get("viewer_is_heir")?,
        })
    }
}

/// Somebody who belongs to a group.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub id: MemberId,
    pub group_id: GroupId,
    pub role: String,
    pub joined_at: Timestamp,
    pub traveler: AuthorCard,
}

impl FromRow for Member {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id")?,
            group_id: row.get("group_id")?,
            role: row.get("role")?,
            joined_at: row.get("joined_at")?,
            traveler: AuthorCard::from_row(row)?,
        })
    }
}

const COLUMNS: &str = "g.id, g.creator_id, g.heir_id, g.name, g.description, g.group_type, g.destination, \
    g.latitude, g.longitude, g.start_date, g.end_date, g.max_members, g.current_members_count, g.activity_tags, g.languages, \
    g.travel_pace, g.is_women_only, g.requires_approval, g.created_at, g.updated_at";

/// Everything about groups as `viewer` meets them, up to and with the condition that they may know of them.
fn select(viewer: Option<Caller>) -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(", ").push(COLUMNS);
    sql.push(", organizer.id as organizer_id, organizer.joined_at as organizer_joined_at, ");
    sql.push(if viewer.is_some() { "mine.role as viewer_role, " } else { "cast(null as text) as viewer_role, " });
    sql.push(if viewer.is_some() { "(mine.id is not null and g.heir_id = mine.traveler_id) is true" } else { "FALSE" });
    sql.push(" as viewer_is_heir");
    sql.push(" from travel_groups g join travelers author on author.id = g.creator_id");
    sql.push(" join travel_group_members organizer on organizer.group_id = g.id");
    sql.push(" and organizer.traveler_id = g.creator_id");
    if let Some(viewer) = viewer {
        sql.push(" left join travel_group_members mine on mine.group_id = g.id and mine.state = 'accepted'");
        sql.push(" and mine.traveler_id = ").push_bind(viewer.id);
    }
    sql.push(" where TRUE");
    seen(&mut sql, viewer);
    sql
}

/// The condition that every query of what others may see has: the group is there, nobody who leads it is hidden, and one
/// for women only is open to none but them. The database is asked anew whether she is verified: what the request knows of her
/// may be a moment old.
fn seen(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(" and g.is_active = TRUE");
    match viewer {
        Some(viewer) if viewer.women_verified => {
            sql.push(" and (g.is_women_only = FALSE or exists (select 1 from travelers w where w.id = ");
            sql.push_bind(viewer.id).push(" and w.women_verified = TRUE))");
        }
        _ => {
            sql.push(" and g.is_women_only = FALSE");
        }
    }
    visible_to(sql, "g.creator_id", viewer);
    if let Some(viewer) = viewer {
        apart_from_none(sql, viewer.id);
    }
}

/// The condition that no block, by whoever of the two, is between `viewer` and somebody who has a say in group `g`: at
/// least as much as `viewer` has, so that by a block nobody takes a group from its creator, or from who could send them
/// away. The names of roles are in the order of what they may.
fn apart_from_none(sql: &mut Sql, viewer: TravelerId) {
    sql.push(" and not exists (select 1 from travel_group_members leader where leader.group_id = g.id");
    sql.push(" and leader.state = 'accepted' and leader.role <> 'member' and g.creator_id <> ").push_bind(viewer);
    sql.push(" and (exists (select 1 from blocks apart where apart.blocked_id = leader.traveler_id");
    sql.push(" and apart.blocker_id = ").push_bind(viewer);
    sql.push(") or exists (select 1 from blocks apart where apart.blocker_id = leader.traveler_id");
    sql.push(" and apart.blocked_id = ").push_bind(viewer);
    sql.push(")) and not exists (select 1 from travel_group_members led where led.group_id = leader.group_id");
    sql.push(" and led.traveler_id = ").push_bind(viewer);
    sql.push(" and led.state = 'accepted' and led.role > leader.role))");
}

/// A group that `viewer` may know of.
pub(crate) async fn find(db: &mut Session, id: GroupId, viewer: Option<Caller>) -> Result<Option<Found>> {
    let mut sql = select(viewer);
    sql.push(" and g.id = ").push_bind(id);
    Ok(db.maybe(sql).await?)
}

/// The same, held until the transaction ends. It is asked without a join: PostgreSQL waits for the row and then takes it as
/// it is now, but what was joined to it as it was before. For the same reason, who is what in it is asked afterwards.
pub(crate) async fn hold(tx: &mut Tx, id: GroupId, caller: Caller) -> Result<Option<Group>> {
    Ok(tx.maybe(hold_sql(id, caller)).await?)
}

fn hold_sql(id: GroupId, caller: Caller) -> Sql {
    let mut sql = open("select ");
    sql.push(COLUMNS).push(" from travel_groups g where g.id = ").push_bind(id);
    seen(&mut sql, Some(caller));
    sql.push_by_engine("", " for no key update");
    sql
}

/// The same, with what is asked of it when it is held.
pub(crate) async fn hold_with<T: FromRow>(
    tx: &mut Tx,
    id: GroupId,
    caller: Caller,
    asked: Sql,
) -> Result<Option<(Group, Vec<T>)>> {
    let (group, found) = tx.both(hold_sql(id, caller), asked).await?;
    Ok(group.into_iter().next().map(|group| (group, found)))
}

/// The same, and where the caller stands with it.
pub(crate) async fn hold_for<T: FromRow>(
    tx: &mut Tx,
    id: GroupId,
    caller: Caller,
    now: Timestamp,
    asked: Sql,
) -> Result<Option<(Group, Standing, Vec<T>)>> {
    let standing = seats::standing_sql(id, caller.id, now);
    let (group, standing, found) = tx.three(hold_sql(id, caller), standing, asked).await?;
    Ok(group.into_iter().next().zip(standing.into_iter().next()).map(|(group, standing)| (group, standing, found)))
}

/// A group that is there, whoever may know of it, held until the transaction ends; for jobs, and for what is the caller's own.
pub(crate) async fn hold_any(tx: &mut Tx, id: GroupId) -> Result<Option<Group>> {
    let mut sql = open("select ");
    sql.push(COLUMNS).push(" from travel_groups g where g.is_active = TRUE and g.id = ").push_bind(id);
    sql.push_by_engine("", " for no key update");
    Ok(tx.maybe(sql).await?)
}

impl Sort {
    /// By what a list is sorted, each descending.
    const fn columns(self) -> &'static str {
        match self {
            Self::Newest => "(g.created_at, g.id)",
            Self::Popular => "(g.current_members_count, g.created_at, g.id)",
            Self::StartingSoon => "(-g.start_month, g.created_at, g.id)",
        }
    }

    const fn order(self) -> &'static str {
        match self {
            Self::Newest => " order by g.created_at desc, g.id desc",
            Self::Popular => " order by g.current_members_count desc, g.created_at desc, g.id desc",
            Self::StartingSoon => " order by -g.start_month desc, g.created_at desc, g.id desc",
        }
    }

    /// The same of one row. A cursor can be read: there is the month in it, and not the day.
    pub(crate) fn keys_of(self, found: &Found) -> Vec<Arg> {
        let group = &found.group;
        let mut keys = match self {
            Self::Newest => Vec::new(),
            Self::Popular => vec![group.current_members_count.into()],
            Self::StartingSoon => vec![(-month(group.start_date)).into()],
        };
        keys.extend([group.created_at.into(), group.id.into()]);
        keys
    }
}

/// The conditions of the list, the same for its page and its total. They look at nothing that others than members do not
/// get.
fn narrow(sql: &mut Sql, filter: &Filter, today: Day, viewer: Option<Caller>) {
    for word in filter.search.iter().flatten() {
        sql.push(" and g.search_text like ").push_bind(contains(word)).push(" escape '\\'");
    }
    if let Some(town) = &filter.town {
        sql.push(" and g.town_text like ").push_bind(contains(town)).push(" escape '\\'");
    }
    if let Some(kind) = &filter.group_type {
        sql.push(" and g.group_type = ").push_bind(kind);
    }
    for tag in &filter.activities {
        sql.push(" and g.tags_text like ").push_bind(contains(&format!("|{tag}|"))).push(" escape '\\'");
    }
    match filter.women_only {
        Some(true) => {
            sql.push(" and g.is_women_only = TRUE");
        }
        Some(false) => {
            sql.push(" and g.is_women_only = FALSE");
        }
        None => {}
    }
    if filter.has_seats {
        sql.push(" and g.current_members_count < g.max_members and g.end_month >= ").push_bind(month(today));
    }
    if let Some(from) = filter.from {
        sql.push(" and g.start_month >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        sql.push(" and g.start_month <= ").push_bind(to);
    }
    if filter.sort == Sort::StartingSoon {
        sql.push(" and -g.start_month <= ").push_bind(-month(today));
    }
    if filter.mine {
        match viewer {
            None => {
                sql.push(" and FALSE");
            }
            Some(viewer) => {
                sql.push(" and g.id in (select m.group_id from travel_group_members m");
                sql.push(" where m.state = 'accepted' and m.traveler_id = ").push_bind(viewer.id).push(")");
            }
        }
    }
}

/// One page of the list, and one row more.
pub(crate) async fn page(
    db: &mut Session,
    filter: &Filter,
    window: &Window,
    today: Day,
    viewer: Option<Caller>,
) -> Result<Vec<Found>> {
    let mut sql = select(viewer);
    narrow(&mut sql, filter, today, viewer);
    sql.push_after(filter.sort.columns(), window.after()).push(filter.sort.order());
    sql.push(" limit ").push_bind(window.limit()).push(" offset ").push_bind(window.offset());
    Ok(db.all(sql).await?)
}

/// How many groups all pages have.
pub(crate) async fn count(db: &mut Session, filter: &Filter, today: Day, viewer: Option<Caller>) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint) from travel_groups g where TRUE");
    seen(&mut sql, viewer);
    narrow(&mut sql, filter, today, viewer);
    Ok(db.one(sql).await?)
}

fn members(viewer: Option<Caller>) -> Sql {
    let mut sql = open("select m.id, m.group_id, m.role, m.joined_at, ");
    sql.push(AuthorCard::COLUMNS);
    sql.push(" from travel_group_members m join travelers author on author.id = m.traveler_id");
    sql.push(" where m.state = 'accepted'");
    visible_to(&mut sql, "m.traveler_id", viewer);
    sql
}

const BY_COMING: &str = " order by m.joined_at, m.id limit ";

/// One page of a group's members, the first to come first, without those whom `viewer` does not see.
pub(crate) async fn members_page(db: &mut Session, id: GroupId, page: Page, viewer: Caller) -> Result<Vec<Member>> {
    let mut sql = members(Some(viewer));
    sql.push(" and m.group_id = ").push_bind(id).push(BY_COMING).push_bind(page.limit());
    sql.push(" offset ").push_bind(page.offset());
    Ok(db.all(sql).await?)
}

/// How many members of a group `viewer` sees.
pub(crate) async fn members_count(db: &mut Session, id: GroupId, viewer: Caller) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint) from travel_group_members m where m.state = 'accepted'");
    visible_to(&mut sql, "m.traveler_id", Some(viewer));
    sql.push(" and m.group_id = ").push_bind(id);
    Ok(db.one(sql).await?)
}

/// The first members of these groups, at most `most` of each.
pub(crate) async fn first_members(
    db: &mut Session,
    groups: impl Iterator<Item = GroupId>,
    most: i64,
    viewer: Caller,
) -> Result<HashMap<GroupId, Vec<Member>>> {
    let mut found: HashMap<GroupId, Vec<Member>> = HashMap::new();
    for member in db.all::<Member>(first_members_sql(groups, most, viewer)).await? {
        found.entry(member.group_id).or_default().push(member);
    }
    Ok(found)
}

/// The first members of a group, and its trips, as `viewer` sees them, who belongs to it.
pub(crate) async fn inside(
    db: &mut Session,
    id: GroupId,
    most: i64,
    viewer: Caller,
) -> Result<(Vec<Member>, Vec<places::Trip>)> {
    Ok(db.both(first_members_sql([id].into_iter(), most, viewer), places::trips_sql(id, viewer)).await?)
}

fn first_members_sql(groups: impl Iterator<Item = GroupId>, most: i64, viewer: Caller) -> Sql {
    let mut sql = open("select * from (select m.id, m.group_id, m.role, m.joined_at, ");
    sql.push(AuthorCard::COLUMNS);
    sql.push(", row_number() over (partition by m.group_id order by m.joined_at, m.id) as place");
    sql.push(" from travel_group_members m join travelers author on author.id = m.traveler_id");
    sql.push(" where m.state = 'accepted' and m.group_id in ").push_list(groups);
    visible_to(&mut sql, "m.traveler_id", Some(viewer));
    sql.push(") first_ones where place <= ").push_bind(most).push(" order by group_id, place");
    sql
}

record! {
    /// A member whom somebody means.
    #[derive(Debug, Clone)]
    pub(crate) struct Meant { pub id: MemberId, pub traveler_id: TravelerId, pub role: String, pub joined_at: Timestamp }
}

impl Meant {
    pub(crate) fn role(&self) -> Role {
        Role::named(&self.role).unwrap_or(Role::Member)
    }
}

/// A member of a group by the id of the membership or of the traveler, whom `viewer` sees.
pub(crate) async fn member(db: &mut Session, id: GroupId, member: MemberId, viewer: Caller) -> Result<Option<Meant>> {
    Ok(db.maybe(member_sql(id, member, viewer)).await?)
}

/// The question of [`member`].
pub(crate) fn member_sql(id: GroupId, member: MemberId, viewer: Caller) -> Sql {
    let mut sql =
        open("select m.id, m.traveler_id, m.role, m.joined_at from travel_group_members m where m.state = 'accepted'");
    sql.push(" and m.group_id = ").push_bind(id).push(" and (m.id = ").push_bind(member);
    sql.push(" or m.traveler_id = ").push_bind(member).push(")");
    visible_to(&mut sql, "m.traveler_id", Some(viewer));
    sql
}

/// How many groups somebody has made that are there, and how others find them.
pub(crate) async fn creator(db: &mut Session, caller: Caller) -> Result<Option<(i64, AuthorCard)>> {
    let count = sql!("select cast(count(*) as bigint) from travel_groups where creator_id = $1 and is_active = TRUE");
    let (count, card) = db.both(count.bind(caller.id), accounts::card_sql(caller.id, Some(caller))).await?;
    Ok(count.into_iter().next().zip(card.into_iter().next()))
}

/// The columns that its organizers write, in the order of `insert` and `update`.
fn written(g: &Group) -> Vec<Arg> {
    vec![
        g.id.into(),
        g.name.clone().into(),
        g.description.clone().into(),
        g.group_type.clone().into(),
        g.destination.clone().into(),
        g.town().into(),
        g.latitude.into(),
        g.longitude.into(),
        g.start_date.into(),
        g.end_date.into(),
        month(g.start_date).into(),
        month(g.end_date).into(),
        g.max_members.into(),
        g.activity_tags.clone().into(),
        g.languages.clone().into(),
        g.travel_pace.clone().into(),
        g.is_women_only.into(),
        g.requires_approval.into(),
        g.search_text().into(),
        unaccent(g.town()).into(),
        g.tags_text().into(),
        g.updated_at.into(),
    ]
}

/// The statement that adds a group; its arguments come from [`insert_args`].
pub(crate) fn insert_sql() -> Sql {
    sql!(
        "insert into travel_groups
            (id, name, description, group_type, destination, town, latitude, longitude, start_date, end_date,
             start_month, end_month, max_members, activity_tags, languages, travel_pace, is_women_only,
             requires_approval, search_text, town_text, tags_text, updated_at, creator_id, is_active, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, TRUE, $24)"
    )
}

/// The arguments of [`insert_sql`].
pub(crate) fn insert_args(g: &Group) -> Vec<Arg> {
    let mut args = written(g);
    args.extend([g.creator_id.into(), g.created_at.into()]);
    args
}

/// Adds a group, with the commit. Its creator takes a seat by [`seats::take`].
pub(crate) fn insert(tx: &mut Tx, g: &Group) {
    tx.run_at_commit(insert_args(g).into_iter().fold(insert_sql(), Sql::bind));
}

/// Writes what its organizers changed, with the commit.
pub(crate) fn update(tx: &mut Tx, g: &Group) {
    let update = sql!(
        "update travel_groups set
            (name, description, group_type, destination, town, latitude, longitude, start_date, end_date, start_month,
             end_month, max_members, activity_tags, languages, travel_pace, is_women_only, requires_approval,
             search_text, town_text, tags_text, updated_at)
         = ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
         where id = $1"
    );
    tx.run_at_commit(written(g).into_iter().fold(update, Sql::bind));
}

/// Takes a group away for everybody, with the commit; who traveled with it stays known.
pub(crate) fn close(tx: &mut Tx, id: GroupId, at: Timestamp) {
    let close = sql!("update travel_groups set is_active = FALSE, closed_on = $2, updated_at = $3 where id = $1");
    tx.run_at_commit(close.bind(id).bind(at.day()).bind(at));
    people::forget_all(tx, id);
}

/// Notes whom the creator asked to lead the group, or that they ask nobody, with the commit.
pub(crate) fn set_heir(tx: &mut Tx, id: GroupId, heir: Option<TravelerId>) {
    tx.run_at_commit(sql!("update travel_groups set heir_id = $2 where id = $1").bind(id).bind(heir));
}

/// Gives the creator's place to somebody, with the commit.
pub(crate) fn set_creator(tx: &mut Tx, id: GroupId, creator: TravelerId, at: Timestamp) {
    let set = sql!("update travel_groups set creator_id = $2, heir_id = null, updated_at = $3 where id = $1");
    tx.run_at_commit(set.bind(id).bind(creator).bind(at));
    set_role(tx, id, creator, Role::Organizer, at);
}

/// Gives a member a role, with the commit.
pub(crate) fn set_role(tx: &mut Tx, id: GroupId, traveler: TravelerId, role: Role, at: Timestamp) {
    let set = sql!(
        "update travel_group_members set role = $3, updated_at = $4
         where group_id = $1 and traveler_id = $2 and state = 'accepted'"
    );
    tx.run_at_commit(set.bind(id).bind(traveler).bind(role.name()).bind(at));
    if role == Role::Member {
        people::forget_invites_by(tx, id, traveler);
    }
}

/// The trips of a group; for telling that what is known of them changed.
pub(crate) async fn itinerary_ids(db: &mut Session, id: GroupId) -> Result<Vec<ItineraryId>> {
    let ids = sql!("select itinerary_id from travel_group_itineraries where group_id = $1 order by itinerary_id");
    Ok(db.all(ids.bind(id)).await?)
}

/// Groups that traveled in an earlier month and were not told of, the earliest first. By the month, because others see by
/// what changes then that a group has traveled, and must not learn its last day.
pub(crate) async fn ending(db: &mut Session, today: Day, most: i64) -> Result<Vec<GroupId>> {
    let ending =
        sql!("select id from travel_groups where is_ended = FALSE and end_month < $1 order by end_month, id limit $2");
    Ok(db.all(ending.bind(month(today)).bind(most)).await?)
}

/// Notes that it was told of, with the commit.
pub(crate) fn set_ended(tx: &mut Tx, id: GroupId) {
    tx.run_at_commit(sql!("update travel_groups set is_ended = TRUE where id = $1").bind(id));
}

/// The groups that somebody belongs to, is invited to, asked for or waits for, and may not: their account is gone or
/// banned, or the group is for women only and they are not verified.
pub(crate) async fn groups_without_right(db: &mut Session, traveler: TravelerId) -> Result<Vec<GroupId>> {
    let groups = sql!(
        "select g.id from (
            select group_id from travel_group_members where traveler_id = $1 and state = 'accepted'
            union select group_id from travel_group_invites where traveler_id = $1
            union select group_id from travel_group_requests where traveler_id = $1
            union select group_id from travel_group_waitlist where traveler_id = $1) theirs
         join travel_groups g on g.id = theirs.group_id join travelers t on t.id = $1
         where g.is_active = TRUE and (t.is_active = FALSE or (g.is_women_only = TRUE and t.women_verified = FALSE))
         order by g.id"
    );
    Ok(db.all(groups.bind(traveler)).await?)
}

/// Since when somebody is banned, at the latest: a banned account changes by administrators only. Of one that is deleted
/// there is no such time.
pub(crate) async fn banned_since(db: &mut Session, traveler: TravelerId) -> Result<Option<Timestamp>> {
    let since = sql!("select updated_at from travelers where id = $1 and is_active = FALSE and deleted_at is null");
    Ok(db.maybe(since.bind(traveler)).await?)
}

record! {
    /// A membership.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Seat { pub group_id: GroupId, pub traveler_id: TravelerId }
}

/// The seats that `traveler` has in groups which a block hides from them, and those that others have in groups which a
/// block with `traveler` hides: of two who block one another whoever has less to say, and both if they have the same (see
/// `apart_from_none`), but never the creator.
pub(crate) async fn seats_behind_blocks(db: &mut Session, traveler: TravelerId) -> Result<Vec<Seat>> {
    let seats = sql!(
        "with pairs as (
            select g.id, g.creator_id, own.traveler_id as own_id, own.role as own_role, other.traveler_id as other_id,
                other.role as other_role
            from (select blocked_id as id from blocks where blocker_id = $1
                union select blocker_id from blocks where blocked_id = $1) apart
            join travel_group_members other on other.traveler_id = apart.id and other.state = 'accepted'
            join travel_group_members own on own.group_id = other.group_id and own.traveler_id = $1
                and own.state = 'accepted'
            join travel_groups g on g.id = other.group_id and g.is_active = TRUE)
         select id as group_id, own_id as traveler_id from pairs
         where other_role <> 'member' and other_role >= own_role and own_id <> creator_id
         union select id, other_id from pairs
         where own_role <> 'member' and own_role >= other_role and other_id <> creator_id
         order by 1, 2"
    );
    Ok(db.all(seats.bind(traveler)).await?)
}
