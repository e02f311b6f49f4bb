//! Blocks: whoever does not want to see somebody, or to be seen by them. One works in both directions, at once, and
//! neither side can tell it from an account that is gone.
//!
//! That is also why a block of anybody is answered alike, whoever they are: who is blocked could otherwise tell her who
//! blocked him from an id that never was, and must still be able to keep himself from being seen when she lifts it.

use crate::{AuthorCard, author::active, visible_to_traveler};
use kernel::{
    App, Error, Result,
    auth::{Caller, TravelerId},
    clock::Timestamp,
    db::{DbError, FromRow, Row, Session, Tx, open},
    http::{Listing, Message, Page, PageQuery, Path, Reply},
    record, sql,
};
use serde::Serialize;
use utoipa::ToSchema;

/// Blocks of one person: a bound, so that nobody fills the table. It is told of those whom she could see, and another one, of
/// those whom she could not, is told by nothing: or the answer would tell them from ids that never were.
const MOST: i64 = 5_000;

/// Whom somebody blocked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockedUser {
    /// Who.
    id: TravelerId,
    /// The name in addresses.
    #[schema(example = "bela")]
    username: String,
    /// The name on cards.
    #[schema(example = "Bela")]
    display_name: String,
    /// A picture.
    #[schema(example = "https://images.example.org/bela.jpg")]
    avatar_url: Option<String>,
    /// Since when.
    blocked_at: Timestamp,
}

impl FromRow for BlockedUser {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let card = AuthorCard::from_row(row)?;
        Ok(Self {
            id: card.id,
            username: card.username,
            display_name: card.display_name,
            avatar_url: card.avatar_url,
            blocked_at: row.get("blocked_at")?,
        })
    }
}

/// Block somebody
///
/// From now on neither of you sees the other or anything of theirs, anywhere, and neither is told. The answer is the
/// same for any id, whether there is such a person, and whether they blocked the caller; doing it again changes nothing.
#[utoipa::path(
    post, path = "/api/users/{id}/block", tag = "users", operation_id = "block_user",
    params(("id" = TravelerId, Path, description = "Whom", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "They are blocked, if there is such a person", body = Message),
        (status = 400, description = "It is the caller's own id (`own_account`)"),
        (status = 409, description = "The caller blocked 5,000 people already (`too_many_blocks`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("block")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn block_user(app: App, caller: Caller, Path(id): Path<TravelerId>) -> Result<Reply<Message>> {
    if id == caller.id {
        return Err(Error::malformed("own_account", "You cannot block yourself"));
    }
    let mut tx = app.db.write().await?;
    let made = count_all(&mut tx, caller.id).await?;
    if made.seen >= MOST {
        return Err(Error::conflict("too_many_blocks", "You blocked 5,000 people: unblock somebody first"));
    }
    insert(&mut tx, caller, id, made.unseen < MOST, app.clock.now()).await?;
    announce(&mut tx, caller.id, id);
    tx.happened_amid_requests("traveler_blocked", caller.id)?;
    tx.commit().await?;
    Ok(Reply::message("They are blocked: neither of you sees the other"))
}

/// Unblock somebody
///
/// The answer is the same whether they were blocked or not. While they block the caller, they stay unseen.
#[utoipa::path(
    delete, path = "/api/users/{id}/block", tag = "users", operation_id = "unblock_user",
    params(("id" = TravelerId, Path, description = "Whom", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "They are not blocked by the caller", body = Message)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("block")), ("x-reaches" = json!("own"))),
)]
pub(crate) async fn unblock_user(app: App, caller: Caller, Path(id): Path<TravelerId>) -> Result<Reply<Message>> {
    let mut tx = app.db.write().await?;
    tx.run(sql!("delete from blocks where blocker_id = $1 and blocked_id = $2").bind(caller.id).bind(id)).await?;
    announce(&mut tx, caller.id, id);
    tx.commit().await?;
    Ok(Reply::message("They are not blocked"))
}

/// Whom the caller blocked
///
/// The latest first; only those whom the caller could see when they blocked them, and whose account is not gone. Who
/// blocked the caller is in no answer.
#[utoipa::path(
    get, path = "/api/users/blocks", tag = "users", operation_id = "list_blocks",
    params(PageQuery),
    responses((status = 200, description = "A page of people", body = Listing<BlockedUser>)),
    security(("bearer" = [])),
)]
pub(crate) async fn list_blocks(app: App, caller: Caller, page: Page) -> Result<Reply<Listing<BlockedUser>>> {
    let mut db = app.db.read().await?;
    let people = page_of(&mut db, caller.id, page).await?;
    let total = count(&mut db, caller.id).await?;
    Ok(Reply(Listing::new(people, page, total)))
}

/// Both ask anew who they are with their next request, and so learn that something kept for everybody is not for them.
fn announce(tx: &mut Tx, blocker: TravelerId, blocked: TravelerId) {
    tx.changed(format!("traveler:{blocker}"));
    tx.changed(format!("traveler:{blocked}"));
}

/// `takes_unseen` is whether there is room for somebody whom the caller cannot see.
async fn insert(tx: &mut Tx, caller: Caller, other: TravelerId, takes_unseen: bool, at: Timestamp) -> Result<()> {
    let mut sql = open("insert into blocks (blocker_id, blocked_id, was_seen, created_at) select ");
    sql.push_bind(caller.id).push(", x.id, x.was_seen, ").push_bind(at);
    sql.push(" from (select t.id, exists (select 1 from travelers o where o.id = t.id");
    visible_to_traveler(&mut sql, "o.id", caller.id);
    sql.push(") as was_seen from travelers t where t.id = ").push_bind(other);
    sql.push(") as x where (x.was_seen = TRUE or ").push_bind(takes_unseen).push(" = TRUE)");
    sql.push(" on conflict do nothing");
    tx.run(sql).await?;
    Ok(())
}

record! {
    /// How many blocks somebody made: of whom she saw, and of others.
    struct Made { seen: i64, unseen: i64 }
}

async fn count_all(tx: &mut Tx, blocker: TravelerId) -> Result<Made> {
    let count = sql!(
        "select cast(count(case when was_seen = TRUE then 1 end) as bigint) as seen,
                cast(count(case when was_seen = FALSE then 1 end) as bigint) as unseen
         from blocks where blocker_id = $1"
    );
    Ok(tx.one(count.bind(blocker)).await?)
}

async fn page_of(db: &mut Session, blocker: TravelerId, page: Page) -> Result<Vec<BlockedUser>> {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(", b.created_at as blocked_at");
    sql.push(" from blocks b join travelers author on author.id = b.blocked_id");
    sql.push(" where b.was_seen = TRUE and b.blocker_id = ").push_bind(blocker);
    active(&mut sql, "b.blocked_id");
    sql.push(" order by b.created_at desc, b.blocked_id desc limit ").push_bind(page.limit());
    sql.push(" offset ").push_bind(page.offset());
    Ok(db.all(sql).await?)
}

async fn count(db: &mut Session, blocker: TravelerId) -> Result<i64> {
    let mut sql = open("select cast(count(*) as bigint) from blocks b where b.was_seen = TRUE and b.blocker_id = ");
    sql.push_bind(blocker);
    active(&mut sql, "b.blocked_id");
    Ok(db.one(sql).await?)
}
