//! Who was invited to a group, who asked to join it, and who is banned from it.

use super::{Found, seen, select};
use crate::model::{GroupId, InviteId, RequestId, Standing};
use accounts::{AuthorCard, visible_to, visible_to_traveler};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{DbError, FromRow, Row, Session, Sql, Tx, open},
    http::Page,
    record, sql,
};
use std::collections::HashMap;

record! {
    /// An invitation.
    #[derive(Debug, Clone)]
    pub(crate) struct Invite {
        pub id: InviteId,
        pub group_id: GroupId,
        pub traveler_id: TravelerId,
        pub inviter_id: TravelerId,
        pub state: String,
        pub created_at: Timestamp,
        pub expires_at: Timestamp,
    }
}

/// An invitation as an organizer gets it.
#[derive(Debug)]
pub(crate) struct Sent {
    pub invite: Invite,
    /// Who made it, if the organizer sees them.
    pub inviter_id: Option<TravelerId>,
}

impl FromRow for Sent {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { invite: Invite::from_row(row)?, inviter_id: row.get("seen_inviter_id")? })
    }
}

/// Somebody who is named in a list of a group's organizers.
#[derive(Debug)]
pub(crate) struct Named<T> {
    pub traveler: AuthorCard,
    pub thing: T,
}

impl<T: FromRow> FromRow for Named<T> {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self { traveler: AuthorCard::from_row(row)?, thing: T::from_row(row)? })
    }
}

record! {
    /// Somebody's wish to join.
    #[derive(Debug, Clone)]
    pub(crate) struct Request {
        pub id: RequestId,
        pub group_id: GroupId,
        pub traveler_id: TravelerId,
        pub created_at: Timestamp,
    }
}

record! {
    /// A ban.
    #[derive(Debug, Clone)]
    pub(crate) struct Ban {
        pub group_id: GroupId,
        pub traveler_id: TravelerId,
        pub reason: Option<String>,
        pub created_at: Timestamp,
    }
}

const INVITE: &str = "x.id, x.group_id, x.traveler_id, x.inviter_id, x.state, x.created_at, x.expires_at";

/// The page of a list `x` of people whom `viewer` sees, the latest first.
fn page_of(columns: &'static str, table: &'static str, group: GroupId, viewer: Caller) -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(", ").push(columns).push(" from ").push(table);
    sql.push(" x join travelers author on author.id = x.traveler_id where x.group_id = ").push_bind(group);
    visible_to(&mut sql, "x.traveler_id", Some(viewer));
    sql
}

fn count_in(table: &'static str, group: GroupId, viewer: Caller) -> Sql {
    let mut sql = open("select cast(count(*) as bigint) from ");
    sql.push(table).push(" x where x.group_id = ").push_bind(group);
    visible_to(&mut sql, "x.traveler_id", Some(viewer));
    sql
}

fn paged(sql: &mut Sql, page: Page, last: &'static str) {
    sql.push(" order by x.created_at desc, ").push(last).push(" desc limit ").push_bind(page.limit());
    sql.push(" offset ").push_bind(page.offset());
}

fn good(sql: &mut Sql, now: Timestamp) {
    sql.push(" and x.state = 'pending' and x.expires_at > ").push_bind(now);
}

/// Invitations of a group that are good, whose invitees `viewer` sees, with their number.
pub(crate) async fn invites(
    db: &mut Session,
    group: GroupId,
    page: Page,
    viewer: Caller,
    now: Timestamp,
) -> Result<(Vec<Named<Sent>>, i64)> {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(", ").push(INVITE);
    sql.push(", (select i.id from travelers i where i.id = x.inviter_id");
    visible_to(&mut sql, "i.id", Some(viewer));
    sql.push(") as seen_inviter_id from travel_group_invites x join travelers author on author.id = x.traveler_id");
    sql.push(" where x.group_id = ").push_bind(group);
    visible_to(&mut sql, "x.traveler_id", Some(viewer));
    good(&mut sql, now);
    paged(&mut sql, page, "x.id");
    let mut count = count_in("travel_group_invites", group, viewer);
    good(&mut count, now);
    Ok((db.all(sql).await?, db.one(count).await?))
}

/// Good invitations of somebody who sees their inviters and may know of the groups, with their number.
pub(crate) async fn invites_to(
    db: &mut Session,
    viewer: Caller,
    now: Timestamp,
    page: Page,
) -> Result<(Vec<(Invite, Found)>, i64)> {
    let mut sql = open("select ");
    sql.push(INVITE).push(" from travel_group_invites x join travel_groups g on g.id = x.group_id where TRUE");
    let narrow = |sql: &mut Sql| {
        seen(sql, Some(viewer));
        sql.push(" and x.traveler_id = ").push_bind(viewer.id);
        visible_to(sql, "x.inviter_id", Some(viewer));
        good(sql, now);
    };
    narrow(&mut sql);
    paged(&mut sql, page, "x.id");
    let mut count = open("select cast(count(*) as bigint) from travel_group_invites x");
    count.push(" join travel_groups g on g.id = x.group_id where TRUE");
    narrow(&mut count);
    let invites: Vec<Invite> = db.all(sql).await?;
    let mut groups = select(Some(viewer));
    groups.push(" and g.id in ").push_list(invites.iter().map(|i| i.group_id));
    let mut groups: HashMap<GroupId, Found> =
        db.all::<Found>(groups).await?.into_iter().map(|found| (found.group.id, found)).collect();
    let with_group = |invite: Invite| groups.remove(&invite.group_id).map(|found| (invite, found));
    Ok((invites.into_iter().filter_map(with_group).collect(), db.one(count).await?))
}

/// An invitation of a group that is held, to somebody who sees their inviter.
pub(crate) async fn invite_to(
    tx: &mut Tx,
    group: GroupId,
    id: InviteId,
    invitee: TravelerId,
) -> Result<Option<Invite>> {
    let mut sql = open("select ");
    sql.push(INVITE).push(" from travel_group_invites x where x.id = ").push_bind(id);
    sql.push(" and x.state = 'pending' and x.group_id = ").push_bind(group);
    sql.push(" and x.traveler_id = ").push_bind(invitee);
    visible_to_traveler(&mut sql, "x.inviter_id", invitee);
    Ok(tx.maybe(sql).await?)
}

/// Where somebody stands with a group, what invitation they have, good or refused, and how many are good.
pub(crate) async fn invited(
    tx: &mut Tx,
    group: GroupId,
    invitee: TravelerId,
    now: Timestamp,
) -> Result<(Option<Standing>, Option<Invite>, i64)> {
    let mut sql = open("select ");
    sql.push(INVITE).push(" from travel_group_invites x where x.group_id = ").push_bind(group);
    sql.push(" and x.traveler_id = ").push_bind(invitee);
    let count = sql!(
        "select cast(count(*) as bigint) from travel_group_invites
         where group_id = $1 and state = 'pending' and expires_at > $2"
    );
    let standing = super::seats::standing_sql(group, invitee, now);
    let (standing, found, count) = tx.three::<_, _, i64>(standing, sql, count.bind(group).bind(now)).await?;
    Ok((standing.into_iter().next(), found.into_iter().next(), count.into_iter().sum()))
}

record! {
    struct Pending { request_id: Option<RequestId>, invite_id: Option<InviteId> }
}

/// Somebody's request to join, and their good invitation.
pub(crate) async fn pending(
    db: &mut Session,
    group: GroupId,
    viewer: Caller,
    now: Timestamp,
) -> Result<(Option<RequestId>, Option<InviteId>)> {
    let mut sql = open("select (select r.id from travel_group_requests r where r.group_id = ");
    sql.push_bind(group).push(" and r.traveler_id = ").push_bind(viewer.id);
    sql.push(") as request_id, (select x.id from travel_group_invites x where x.group_id = ").push_bind(group);
    sql.push(" and x.traveler_id = ").push_bind(viewer.id);
    visible_to(&mut sql, "x.inviter_id", Some(viewer));
    good(&mut sql, now);
    sql.push(") as invite_id");
    let found: Pending = db.one(sql).await?;
    Ok((found.request_id, found.invite_id))
}

/// Adds an invitation in the place of an older one, with the commit.
pub(crate) fn invite(tx: &mut Tx, invite: &Invite) {
    forget_invite(tx, invite.group_id, invite.traveler_id);
    let add = sql!(
        "insert into travel_group_invites (id, group_id, traveler_id, inviter_id, state, created_at, expires_at)
         values ($1, $2, $3, $4, 'pending', $5, $6)"
    );
    tx.run_at_commit(
        add.bind(invite.id)
            .bind(invite.group_id)
            .bind(invite.traveler_id)
            .bind(invite.inviter_id)
            .bind(invite.created_at)
            .bind(invite.expires_at),
    );
}

/// Notes that an invitation was refused, and until when it is kept so that nobody insists, with the commit.
pub(crate) fn refuse(tx: &mut Tx, id: InviteId, until: Timestamp) {
    let refuse = sql!("update travel_group_invites set state = 'declined', expires_at = $2 where id = $1");
    tx.run_at_commit(refuse.bind(id).bind(until));
}

/// Takes a good invitation back whose invitee `caller` sees; `false` when there is none.
pub(crate) async fn cancel_invite(
    tx: &mut Tx,
    group: GroupId,
    id: InviteId,
    caller: Caller,
    now: Timestamp,
) -> Result<bool> {
    let mut sql = open("delete from travel_group_invites as x where x.id = ");
    sql.push_bind(id).push(" and x.group_id = ").push_bind(group);
    visible_to(&mut sql, "x.traveler_id", Some(caller));
    good(&mut sql, now);
    Ok(tx.run(sql).await? == 1)
}

/// Forgets invitations, good and refused, that are past their time.
pub(crate) fn forget_invites(now: Timestamp) -> Sql {
    sql!("delete from travel_group_invites where expires_at <= $1").bind(now)
}

/// Wishes to join, whose travelers `viewer` sees, with their number.
pub(crate) async fn requests(
    db: &mut Session,
    group: GroupId,
    page: Page,
    viewer: Caller,
) -> Result<(Vec<Named<Request>>, i64)> {
    let columns = "x.id, x.group_id, x.traveler_id, x.created_at";
    let mut sql = page_of(columns, "travel_group_requests", group, viewer);
    paged(&mut sql, page, "x.id");
    Ok((db.all(sql).await?, db.one(count_in("travel_group_requests", group, viewer)).await?))
}

/// Who asked to join, by the id of the request or of the traveler, if `viewer` sees them.
pub(crate) fn requester(group: GroupId, id: RequestId, viewer: Caller) -> Sql {
    let mut sql = open("select x.traveler_id from travel_group_requests x where x.group_id = ");
    sql.push_bind(group).push(" and (x.id = ").push_bind(id).push(" or x.traveler_id = ").push_bind(id).push(")");
    visible_to(&mut sql, "x.traveler_id", Some(viewer));
    sql
}

record! {
    /// Who is about to lead a group.
    #[derive(Debug)]
    pub(crate) struct Leader {
        pub women_verified: bool,
        /// How many groups they lead.
        pub groups: i64,
    }
}

/// Who is about to lead a group, and stays what they are until the transaction ends.
pub(crate) async fn leader(tx: &mut Tx, traveler: TravelerId) -> Result<Option<Leader>> {
    let mut leader = open("select t.women_verified, (select cast(count(*) as bigint) from travel_groups g");
    leader.push(" where g.creator_id = t.id and g.is_active = TRUE) as groups from travelers t where t.id = ");
    leader.push_bind(traveler).push(" and t.is_active = TRUE").push_by_engine("", " for share of t");
    Ok(tx.maybe(leader).await?)
}

/// Adds a wish to join, with the commit.
pub(crate) fn ask(tx: &mut Tx, id: RequestId, group: GroupId, traveler: TravelerId, now: Timestamp) {
    let ask = sql!(
        "insert into travel_group_requests (id, group_id, traveler_id, created_at) values ($1, $2, $3, $4)
         on conflict do nothing"
    );
    tx.run_at_commit(ask.bind(id).bind(group).bind(traveler).bind(now));
}

/// Forgets a wish to join, with the commit.
pub(crate) fn forget_request(tx: &mut Tx, group: GroupId, traveler: TravelerId) {
    let forget = sql!("delete from travel_group_requests where group_id = $1 and traveler_id = $2");
    tx.run_at_commit(forget.bind(group).bind(traveler));
}

fn forget_invite(tx: &mut Tx, group: GroupId, traveler: TravelerId) {
    let forget = sql!("delete from travel_group_invites where group_id = $1 and traveler_id = $2");
    tx.run_at_commit(forget.bind(group).bind(traveler));
}

/// Forgets whom somebody asked in who has no say any more, with the commit: an invitation takes the place of an approval,
/// and is worth what its inviter may. Refusals bind the group, and stay.
pub(crate) fn forget_invites_by(tx: &mut Tx, group: GroupId, inviter: TravelerId) {
    let forget = sql!("delete from travel_group_invites where group_id = $1 and inviter_id = $2 and state = 'pending'");
    tx.run_at_commit(forget.bind(group).bind(inviter));
}

/// Forgets what somebody did, or what was done for them, to get a seat, with the commit.
pub(crate) fn forget(tx: &mut Tx, group: GroupId, traveler: TravelerId) {
    forget_invite(tx, group, traveler);
    forget_request(tx, group, traveler);
    super::seats::stop_waiting(tx, group, traveler);
}

/// The same of everybody.
pub(crate) fn forget_all(tx: &mut Tx, group: GroupId) {
    tx.run_at_commit(sql!("delete from travel_group_invites where group_id = $1").bind(group));
    tx.run_at_commit(sql!("delete from travel_group_requests where group_id = $1").bind(group));
    super::seats::forget_waiting(tx, group);
}

/// Who is banned, as far as `viewer` sees them, with their number.
pub(crate) async fn bans(
    db: &mut Session,
    group: GroupId,
    page: Page,
    viewer: Caller,
) -> Result<(Vec<Named<Ban>>, i64)> {
    let mut sql = page_of("x.group_id, x.traveler_id, x.reason, x.created_at", "travel_group_bans", group, viewer);
    paged(&mut sql, page, "x.traveler_id");
    Ok((db.all(sql).await?, db.one(count_in("travel_group_bans", group, viewer)).await?))
}

/// Bans somebody, with the commit.
pub(crate) fn ban(
    tx: &mut Tx,
    group: GroupId,
    traveler: TravelerId,
    by: TravelerId,
    reason: Option<String>,
    now: Timestamp,
) {
    let ban = sql!(
        "insert into travel_group_bans (group_id, traveler_id, banned_by, reason, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict (group_id, traveler_id) do update set banned_by = excluded.banned_by, reason = excluded.reason"
    );
    tx.run_at_commit(ban.bind(group).bind(traveler).bind(by).bind(reason).bind(now));
    forget(tx, group, traveler);
}

/// Lifts a ban of somebody whom `caller` sees; `false` when there is none.
pub(crate) async fn unban(tx: &mut Tx, group: GroupId, traveler: TravelerId, caller: Caller) -> Result<bool> {
    let mut sql = open("delete from travel_group_bans as x where x.group_id = ");
    sql.push_bind(group).push(" and x.traveler_id = ").push_bind(traveler);
    visible_to(&mut sql, "x.traveler_id", Some(caller));
    Ok(tx.run(sql).await? == 1)
}
