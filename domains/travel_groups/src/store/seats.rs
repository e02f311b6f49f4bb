//! The seats of a group that is held: who takes one, who gives one up, and for whom one is kept.

use crate::model::{Group, GroupId, MemberId, OFFER_LASTS, Role, Standing, WaitId, earliest_today, month};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{Session, Sql, Tx},
    record, sql,
};

/// The condition that nobody who belongs to group `$g` and `who` block one another.
macro_rules! no_blocks {
    ($group:literal, $who:literal) => {
        concat!(
            "not exists (select 1 from blocks b join travel_group_members o on o.traveler_id = b.blocked_id \
             and o.group_id = ",
            $group,
            " and o.state = 'accepted' where b.blocker_id = ",
            $who,
            ") \
             and not exists (select 1 from blocks b join travel_group_members o on o.traveler_id = b.blocker_id \
             and o.group_id = ",
            $group,
            " and o.state = 'accepted' where b.blocked_id = ",
            $who,
            ")"
        )
    };
}

/// The condition that a seat of group `g` can be held for traveler `t`, who waits for it, in the month `$month`. Whoever
/// could not take it is passed over in silence: the banned, whoever has a block with anybody in the group, and whoever was sent
/// away, who can only ask. Of a group that has traveled, or whose creator is hidden, there is no seat.
macro_rules! may_be_called {
    ($month:literal) => {
        concat!(
            "g.is_active = TRUE and t.is_active = TRUE and g.end_month >= ",
            $month,
            " \
             and (g.is_women_only = FALSE or t.women_verified = TRUE) \
             and exists (select 1 from travelers c where c.id = g.creator_id and c.is_active = TRUE) \
             and not exists (select 1 from travel_group_bans x where x.group_id = g.id and x.traveler_id = t.id) \
             and not exists (select 1 from travel_group_members s where s.group_id = g.id and s.traveler_id = t.id \
                and s.state = 'removed') and ",
            no_blocks!("g.id", "t.id")
        )
    };
}

/// The question of [`standing`].
pub(crate) fn standing_sql(group: GroupId, traveler: TravelerId, now: Timestamp) -> Sql {
    sql!(concat!(
        "select m.state, m.role, m.id as member_id,
            (select x.created_at from travel_group_bans x where x.group_id = $1 and x.traveler_id = t.id) as banned_at,
            not (",
        no_blocks!("$1", "$2"),
        ") as is_blocked, t.women_verified,
            (select r.id from travel_group_requests r where r.group_id = $1 and r.traveler_id = t.id) as request_id,
            exists (select 1 from travel_group_waitlist w
                where w.group_id = $1 and w.traveler_id = t.id and w.offered_until > $3) as is_offered,
            (select cast(count(*) as bigint) from travel_group_waitlist w
                where w.group_id = $1 and w.traveler_id <> t.id and w.offered_until > $3) as held,
            exists (select 1 from travel_group_waitlist w
                where w.group_id = $1 and w.traveler_id = t.id) as is_waiting,
            exists (select 1 from travel_group_waitlist w
                where w.group_id = $1 and w.offered_until <= $3) as is_stale
         from travelers t left join travel_group_members m on m.group_id = $1 and m.traveler_id = t.id
         where t.id = $2 and t.is_active = TRUE"
    ))
    .bind(group)
    .bind(traveler)
    .bind(now)
}

/// Where somebody stands with a group; `None` when there is nobody.
pub(crate) async fn standing(
    db: &mut Session,
    group: GroupId,
    traveler: TravelerId,
    now: Timestamp,
) -> Result<Option<Standing>> {
    Ok(db.maybe(standing_sql(group, traveler, now)).await?)
}

/// The same for somebody who is about to take a seat, and who stays what they are until the transaction ends: whoever
/// takes her verification back, or bans them, finds the seat taken. Offers that have run out are passed on before.
pub(crate) async fn standing_to_join(
    tx: &mut Tx,
    group: GroupId,
    traveler: TravelerId,
    now: Timestamp,
) -> Result<Option<Standing>> {
    let found = tx.maybe::<Standing>(to_join_sql(group, traveler, now)).await?;
    passed_on(tx, group, traveler, now, found).await
}

/// The same, with the group, which is held first.
pub(crate) async fn hold_to_join(
    tx: &mut Tx,
    group: GroupId,
    caller: Caller,
    now: Timestamp,
) -> Result<Option<(Group, Standing)>> {
    let held = super::hold_with(tx, group, caller, to_join_sql(group, caller.id, now)).await?;
    let Some((found, standing)) = held else { return Ok(None) };
    let standing = passed_on(tx, group, caller.id, now, standing.into_iter().next()).await?;
    Ok(standing.map(|standing| (found, standing)))
}

fn to_join_sql(group: GroupId, traveler: TravelerId, now: Timestamp) -> Sql {
    let mut sql = standing_sql(group, traveler, now);
    sql.push_by_engine("", " for share of t");
    sql
}

async fn passed_on(
    tx: &mut Tx,
    group: GroupId,
    traveler: TravelerId,
    now: Timestamp,
    found: Option<Standing>,
) -> Result<Option<Standing>> {
    if !found.as_ref().is_some_and(|s| s.is_stale) {
        return Ok(found);
    }
    for pass in settle(group, now) {
        tx.run(pass).await?;
    }
    Ok(tx.maybe(to_join_sql(group, traveler, now)).await?)
}

/// Gives somebody a seat, and forgets what they did to get it, with the commit. The database counts it, and refuses one
/// too many.
pub(crate) fn take(tx: &mut Tx, id: MemberId, group: GroupId, traveler: TravelerId, role: Role, now: Timestamp) {
    let take = take_sql().bind(id).bind(group).bind(traveler).bind(role.name()).bind(now.day()).bind(now);
    tx.run_at_commit(take);
    super::people::forget(tx, group, traveler);
}

/// The statement that gives a seat.
pub(crate) fn take_sql() -> Sql {
    sql!(
        "insert into travel_group_members
            (id, group_id, traveler_id, role, state, joined_on, joined_at, updated_at)
         values ($1, $2, $3, $4, 'accepted', $5, $6, $6)
         on conflict (group_id, traveler_id) do update
         set role = excluded.role, state = 'accepted', joined_on = excluded.joined_on, left_on = null,
             joined_at = excluded.joined_at, updated_at = excluded.updated_at"
    )
}

/// How somebody went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Going {
    Left,
    Removed,
}

/// Takes a seat back and offers it to whoever waits, with the commit.
pub(crate) fn give_up(tx: &mut Tx, group: GroupId, traveler: TravelerId, going: Going, now: Timestamp) -> Result<()> {
    let give_up = sql!(
        "update travel_group_members set role = 'member', state = $3, left_on = $4, updated_at = $5
         where group_id = $1 and traveler_id = $2 and state = 'accepted'"
    );
    let state = if going == Going::Left { "left" } else { "removed" };
    tx.run_at_commit(give_up.bind(group).bind(traveler).bind(state).bind(now.day()).bind(now));
    // Whoever comes back was not asked again to lead it.
    let forget = sql!("update travel_groups set heir_id = null where id = $1 and heir_id = $2");
    tx.run_at_commit(forget.bind(group).bind(traveler));
    super::people::forget_invites_by(tx, group, traveler);
    pass_on(tx, group, now)
}

/// Offers free seats to those who wait, and takes back what was offered beyond them, with the commit.
pub(crate) fn pass_on(tx: &mut Tx, group: GroupId, now: Timestamp) -> Result<()> {
    for statement in settle(group, now) {
        tx.run_at_commit(statement);
    }
    Ok(tx.happened("travel_group_seats_changed", group)?)
}

/// What makes the waiting list true: whoever let an offer pass is not in it any more, and as many as there are free
/// seats have an offer, the first to come first. What is offered to somebody who cannot take it any more is taken back, and so
/// are the last offers of a group that got smaller, or that agreed to somebody else: each keeps the others from a seat.
fn settle(group: GroupId, now: Timestamp) -> [Sql; 3] {
    let month = month(earliest_today(now));
    let lapse = sql!("delete from travel_group_waitlist where group_id = $1 and offered_until <= $2");
    let withdraw = sql!(concat!(
        "update travel_group_waitlist set offered_until = null
         where group_id = $1 and offered_until is not null and id not in (
            select w.id from travel_group_waitlist w
            join travel_groups g on g.id = w.group_id join travelers t on t.id = w.traveler_id
            where w.group_id = $1 and w.offered_until is not null and ",
        may_be_called!("$2"),
        "
            order by w.created_at, w.id
            limit (select g.max_members - g.current_members_count from travel_groups g where g.id = $1))"
    ));
    let offer = sql!(concat!(
        "update travel_group_waitlist set offered_until = $2 where id in (
            select w.id from travel_group_waitlist w
            join travel_groups g on g.id = w.group_id join travelers t on t.id = w.traveler_id
            where w.group_id = $1 and w.offered_until is null and ",
        may_be_called!("$3"),
        "
            order by w.created_at, w.id
            limit (select case when s.free > 0 then s.free else 0 end from (
                select g.max_members - g.current_members_count - (select count(*) from travel_group_waitlist o
                    where o.group_id = $1 and o.offered_until is not null) as free
                from travel_groups g where g.id = $1) s))"
    ));
    let offer = offer.bind(group).bind(now.plus(OFFER_LASTS)).bind(month);
    [lapse.bind(group).bind(now), withdraw.bind(group).bind(month), offer]
}

record! {
    /// A place in a waiting list.
    #[derive(Debug, Clone)]
    pub(crate) struct Place { pub id: WaitId, pub position: i64, pub offered_until: Option<Timestamp> }
}

/// Somebody's place in a waiting list. An offer that they could not take is none from that moment, also before it is taken
/// back: it would tell them of a block or a ban.
pub(crate) async fn place(
    db: &mut Session,
    group: GroupId,
    traveler: TravelerId,
    now: Timestamp,
) -> Result<Option<Place>> {
    Ok(db.maybe(place_sql(group, traveler, now)).await?)
}

fn place_sql(group: GroupId, traveler: TravelerId, now: Timestamp) -> Sql {
    let place = sql!(concat!(
        "select w.id, case when w.offered_until is not null and ",
        may_be_called!("$4"),
        " then w.offered_until end as offered_until,
            (select cast(count(*) as bigint) + 1 from travel_group_waitlist o
                where o.group_id = w.group_id and (o.created_at, o.id) < (w.created_at, w.id)) as position
         from travel_group_waitlist w
         join travel_groups g on g.id = w.group_id join travelers t on t.id = w.traveler_id
         where w.group_id = $1 and w.traveler_id = $2 and (w.offered_until is null or w.offered_until > $3)"
    ));
    place.bind(group).bind(traveler).bind(now).bind(month(earliest_today(now)))
}

/// The same, and how many wait.
pub(crate) async fn place_among(
    db: &mut Session,
    group: GroupId,
    traveler: TravelerId,
    now: Timestamp,
) -> Result<(Option<Place>, i64)> {
    let waiting = sql!("select cast(count(*) as bigint) from travel_group_waitlist where group_id = $1").bind(group);
    let (place, waiting) = db.both::<_, i64>(place_sql(group, traveler, now), waiting).await?;
    Ok((place.into_iter().next(), waiting.into_iter().sum()))
}

/// Puts somebody at the end of the waiting list, with the commit.
pub(crate) fn wait(tx: &mut Tx, id: WaitId, group: GroupId, traveler: TravelerId, now: Timestamp) {
    let wait = sql!(
        "insert into travel_group_waitlist (id, group_id, traveler_id, created_at) values ($1, $2, $3, $4)
         on conflict do nothing"
    );
    tx.run_at_commit(wait.bind(id).bind(group).bind(traveler).bind(now));
}

/// Forgets who waits, with the commit.
pub(crate) fn forget_waiting(tx: &mut Tx, group: GroupId) {
    tx.run_at_commit(sql!("delete from travel_group_waitlist where group_id = $1").bind(group));
}

/// Takes somebody off the waiting list, with the commit.
pub(crate) fn stop_waiting(tx: &mut Tx, group: GroupId, traveler: TravelerId) {
    let stop = sql!("delete from travel_group_waitlist where group_id = $1 and traveler_id = $2");
    tx.run_at_commit(stop.bind(group).bind(traveler));
}

record! {
    /// Somebody who waits for a seat of a group to which somebody belongs with whom they have a block.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Apart {
        pub group_id: GroupId,
        pub traveler_id: TravelerId,
        /// Whether it hides the group from them, because the other one has a say in it.
        pub is_hidden: bool,
    }
}

/// Who waits behind a block with `traveler`, who does so or is the other one: of those who were offered a seat, and of those
/// whom the block hides the group from.
pub(crate) async fn waits_behind_blocks(db: &mut Session, traveler: TravelerId) -> Result<Vec<Apart>> {
    let waits = sql!(
        "with apart as (
            select blocked_id as id from blocks where blocker_id = $1
            union select blocker_id from blocks where blocked_id = $1),
         pairs as (
            select w.group_id, w.traveler_id, w.offered_until, m.role from travel_group_waitlist w
            join travel_group_members m on m.group_id = w.group_id and m.state = 'accepted'
            join apart on apart.id = m.traveler_id where w.traveler_id = $1
            union all
            select w.group_id, w.traveler_id, w.offered_until, m.role from apart
            join travel_group_waitlist w on w.traveler_id = apart.id
            join travel_group_members m on m.group_id = w.group_id and m.traveler_id = $1 and m.state = 'accepted')
         select distinct group_id, traveler_id, role <> 'member' as is_hidden from pairs
         where role <> 'member' or offered_until is not null order by 1, 2"
    );
    Ok(db.all(waits.bind(traveler)).await?)
}

/// Groups whose waiting list [`settle`] would change: an offer has run out, or is to somebody who cannot take it, or somebody
/// can be called who could not be when the seat became free, because of a block that was lifted since, say.
pub(crate) async fn unsettled(db: &mut Session, now: Timestamp, most: i64) -> Result<Vec<GroupId>> {
    let lapsed = sql!(
        "select w.group_id from travel_group_waitlist w where w.offered_until <= $1 order by w.offered_until limit $2"
    );
    let idle = sql!(concat!(
        "select w.group_id from travel_group_waitlist w where w.offered_until is null and w.group_id = (
            select g.id from travel_groups g join travelers t on t.id = w.traveler_id
            where g.id = w.group_id and g.max_members > g.current_members_count + (
                select count(*) from travel_group_waitlist o where o.group_id = g.id and o.offered_until is not null)
            and ",
        may_be_called!("$2"),
        ") group by w.group_id order by w.group_id limit $1"
    ));
    let vain = sql!(concat!(
        "select w.group_id from travel_group_waitlist w
         join travel_groups g on g.id = w.group_id join travelers t on t.id = w.traveler_id
         where w.offered_until is not null and not (",
        may_be_called!("$2"),
        ") order by w.offered_until limit $1"
    ));
    let mut groups: Vec<GroupId> = db.all(lapsed.bind(now).bind(most)).await?;
    for found in [idle, vain] {
        groups.extend(db.all::<GroupId>(found.bind(most).bind(month(earliest_today(now)))).await?);
    }
    groups.sort_unstable();
    groups.dedup();
    Ok(groups)
}
