//! Reviews in the database. What others may see passes `seen`. Rows are locked in one order everywhere: the review, then its
//! guide.

use super::{
    model::{Review, ReviewId, Tour},
    wire::About,
};
use crate::{bookings::model::BookingId, guides::model::GuideId};
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::{Caller, TravelerId},
    by_engine,
    clock::Timestamp,
    db::{Arg, DbError, FromRow, Row, Session, Sql, Tx, open},
    http::Page,
    record, sql,
};

/// A review, who wrote it, and whose guide profile it is about.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub author: AuthorCard,
    pub review: Review,
    pub guide_owner: TravelerId,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            author: AuthorCard::from_row(row)?,
            review: Review::from_row(row)?,
            guide_owner: row.get("guide_owner")?,
        })
    }
}

/// Everything about reviews, up to where the conditions begin.
fn select() -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS);
    sql.push(
        ", r.id, r.guide_id, r.traveler_id, r.booking_id, r.rating, r.review_title, r.review_text, r.safety_rating, \
         r.knowledge_rating, r.communication_rating, r.professionalism_rating, r.value_for_money_rating, r.tour_type, \
         r.helpful_count, r.is_counted, r.guide_answer, r.answered_at, r.created_at, r.updated_at, g.traveler_id as guide_owner \
         from guide_reviews r join guides g on g.id = r.guide_id join travelers author on author.id = r.traveler_id",
    );
    sql
}

/// The condition that every query of what others may see has: neither the author nor the guide is hidden.
fn seen(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(" and (g.is_active = TRUE");
    if let Some(viewer) = viewer {
        sql.push(" or g.traveler_id = ").push_bind(viewer.id);
    }
    sql.push(")");
    visible_to(sql, "g.traveler_id", viewer);
    visible_to(sql, "r.traveler_id", viewer);
}

/// A review that `viewer` may see. Their own they always may: it is theirs to change and to take back.
pub(crate) async fn find(db: &mut Session, id: ReviewId, viewer: Caller) -> Result<Option<Found>> {
    Ok(db.maybe(find_sql(id, viewer)).await?)
}

fn find_sql(id: ReviewId, viewer: Caller) -> Sql {
    let mut sql = select();
    sql.push(" where r.id = ").push_bind(id).push(" and (r.traveler_id = ").push_bind(viewer.id).push(" or (TRUE");
    seen(&mut sql, Some(viewer));
    sql.push("))");
    sql
}

/// One page of what is said about a guide, the newest first.
pub(crate) async fn page_of(
    db: &mut Session,
    guide: GuideId,
    page: Page,
    viewer: Option<Caller>,
) -> Result<Vec<Found>> {
    Ok(db.all(page_of_sql(guide, page, viewer)).await?)
}

pub(crate) fn page_of_sql(guide: GuideId, page: Page, viewer: Option<Caller>) -> Sql {
    let mut sql = select();
    sql.push(" where r.guide_id = ").push_bind(guide);
    seen(&mut sql, viewer);
    sql.push(" order by r.created_at desc, r.id desc limit ").push_bind(page.limit());
    sql.push(" offset ").push_bind(page.offset());
    sql
}

/// How many reviews of a guide `viewer` may see; `None` when she is not there for them.
pub(crate) async fn count_of(db: &mut Session, guide: GuideId, viewer: Option<Caller>) -> Result<Option<i64>> {
    let mut sql = open("select (select cast(count(*) as bigint) from guide_reviews r where r.guide_id = g.id");
    visible_to(&mut sql, "r.traveler_id", viewer);
    sql.push(") from guides g where g.id = ").push_bind(guide).push(" and (g.is_active = TRUE");
    if let Some(viewer) = viewer {
        sql.push(" or g.traveler_id = ").push_bind(viewer.id);
    }
    sql.push(")");
    visible_to(&mut sql, "g.traveler_id", viewer);
    Ok(db.maybe(sql).await?)
}

/// The condition that there was a tour to speak of: it is completed, or ended when it had begun, whoever ended it.
const TOURED: &str = "(b.status = 'completed' or b.was_under_way = TRUE)";

record! {
    /// What somebody meets who is about to review a guide.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Stand {
        pub guide_id: GuideId,
        pub owner: TravelerId,
        /// Whether she is there for the caller.
        pub is_seen: bool,
        /// How many bookings the caller has with her that can be reviewed.
        pub completed: i64,
    }
}

/// Where `caller` stands with a guide, the tour that a review would be about, and the caller as others find them.
pub(crate) async fn stand(
    tx: &mut Tx,
    about: About,
    caller: Caller,
) -> Result<(Option<Stand>, Option<Tour>, Option<AuthorCard>)> {
    let card = accounts::card_sql(caller.id, Some(caller));
    let (stand, tour, card) = tx.three(stand_sql(about, caller), tour_sql(about, caller), card).await?;
    let tour =
        tour.into_iter().next().map(|b: Completed| Tour { guide: b.guide_id, booking: b.id, kind: b.activity_type });
    Ok((stand.into_iter().next(), tour, card.into_iter().next()))
}

/// Where `caller` stands with a guide, be she hidden from them or not; `None` when there never was one. A booking that is
/// not the caller's names no guide.
fn stand_sql(about: About, caller: Caller) -> Sql {
    let mut sql = open("select g.id as guide_id, g.traveler_id as owner, (g.is_active = TRUE");
    visible_to(&mut sql, "g.traveler_id", Some(caller));
    sql.push(") as is_seen, (select cast(count(*) as bigint) from guide_bookings b where b.guide_id = g.id");
    sql.push(" and b.traveler_id = ").push_bind(caller.id).push(" and ").push(TOURED).push(") as completed");
    sql.push(" from guides g where ");
    if let Some(guide) = about.guide {
        sql.push("g.id = ").push_bind(guide);
    } else {
        sql.push("g.id = (select own.guide_id from guide_bookings own where own.traveler_id = ").push_bind(caller.id);
        sql.push(" and own.id = ").push_bind(about.booking).push(")");
    }
    sql
}

record! {
    struct Completed { id: BookingId, guide_id: GuideId, activity_type: Option<String> }
}

/// The tour that a review is about: the booking that was named, or the latest one without a review.
fn tour_sql(about: About, caller: Caller) -> Sql {
    let mut sql = open("select b.id, b.guide_id, b.activity_type from guide_bookings b where b.traveler_id = ");
    sql.push_bind(caller.id).push(" and ").push(TOURED);
    if let Some(guide) = about.guide {
        sql.push(" and b.guide_id = ").push_bind(guide);
    }
    match about.booking {
        Some(booking) => sql.push(" and b.id = ").push_bind(booking),
        None => sql.push(" and not exists (select 1 from guide_reviews r where r.booking_id = b.id)"),
    };
    sql.push(" order by b.end_date desc, b.id desc limit 1");
    sql
}

/// The statement that adds a review; its arguments come from [`insert_args`].
pub(crate) fn insert_sql() -> Sql {
    sql!(
        "insert into guide_reviews
            (id, rating, review_title, review_text, safety_rating, knowledge_rating, communication_rating,
             professionalism_rating, value_for_money_rating, updated_at, guide_id, traveler_id, booking_id, tour_type,
             created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict do nothing"
    )
}

/// What its author writes, in the order of `insert` and `update`.
fn written(r: &Review) -> Vec<Arg> {
    vec![
        r.id.into(),
        r.rating.into(),
        r.review_title.clone().into(),
        r.review_text.clone().into(),
        r.safety_rating.into(),
        r.knowledge_rating.into(),
        r.communication_rating.into(),
        r.professionalism_rating.into(),
        r.value_for_money_rating.into(),
        r.updated_at.into(),
    ]
}

/// The arguments of [`insert_sql`].
pub(crate) fn insert_args(r: &Review) -> Vec<Arg> {
    let mut args = written(r);
    args.extend([
        r.guide_id.into(),
        r.traveler_id.into(),
        r.booking_id.into(),
        r.tour_type.clone().into(),
        r.created_at.into(),
    ]);
    args
}

/// Adds a review; `false` when its booking has one.
pub(crate) async fn insert(tx: &mut Tx, r: &Review) -> Result<bool> {
    let is_new = tx.run(insert_args(r).into_iter().fold(insert_sql(), Sql::bind)).await? == 1;
    if is_new {
        count(tx, r.guide_id, r.rating, 1);
    }
    Ok(is_new)
}

/// Writes what its author changed about a review that is held, with the commit. `by` is how much more its rating is.
pub(crate) fn update(tx: &mut Tx, r: &Review, by: i64) {
    let update = sql!(
        "update guide_reviews set
            (rating, review_title, review_text, safety_rating, knowledge_rating, communication_rating,
             professionalism_rating, value_for_money_rating, updated_at)
            = ($2, $3, $4, $5, $6, $7, $8, $9, $10)
         where id = $1"
    );
    tx.run_at_commit(written(r).into_iter().fold(update, Sql::bind));
    if by != 0 && r.is_counted {
        count(tx, r.guide_id, by, 0);
    }
}

/// Takes a review that is held away, with the commit.
pub(crate) fn delete(tx: &mut Tx, r: &Review) {
    tx.run_at_commit(sql!("delete from guide_reviews where id = $1").bind(r.id));
    if r.is_counted {
        count(tx, r.guide_id, -r.rating, -1);
    }
}

/// Adds to the sum and the number of a guide's ratings, from which her mean follows; with the commit.
fn count(tx: &mut Tx, guide: GuideId, rating: i64, reviews: i64) {
    tx.run_at_commit(count_sql().bind(guide).bind(rating).bind(reviews));
}

/// Whatever was there before, the mean is that of the new sum and number.
pub(crate) fn count_sql() -> Sql {
    sql!(
        "update guides set rating_sum = rating_sum + $2, total_reviews = total_reviews + $3,
                average_rating = case when total_reviews + $3 = 0 then 0
                    else cast(rating_sum + $2 as double precision) / (total_reviews + $3) end
         where id = $1"
    )
}

/// A review that `viewer` may see, held before it is looked at until the transaction ends.
pub(crate) async fn hold(tx: &mut Tx, id: ReviewId, viewer: Caller) -> Result<Option<Found>> {
    let held = by_engine!(
        sqlite: "select id from guide_reviews where id = $1",
        postgres: "select id from guide_reviews where id = $1 for no key update",
    );
    let (_, found) = tx.both::<ReviewId, _>(held.bind(id), find_sql(id, viewer)).await?;
    Ok(found.into_iter().next())
}

/// Somebody finds a review that is held helpful, or no longer does; whether that is new.
pub(crate) async fn set_helpful(
    tx: &mut Tx,
    id: ReviewId,
    voter: TravelerId,
    is_helpful: bool,
    at: Timestamp,
) -> Result<bool> {
    let vote = if is_helpful {
        sql!(
            "insert into guide_review_votes (review_id, traveler_id, created_at) values ($1, $2, $3)
             on conflict do nothing"
        )
        .bind(id)
        .bind(voter)
        .bind(at)
    } else {
        sql!("delete from guide_review_votes where review_id = $1 and traveler_id = $2").bind(id).bind(voter)
    };
    let is_new = tx.run(vote).await? == 1;
    if is_new {
        let by: i64 = if is_helpful { 1 } else { -1 };
        tx.run_at_commit(
            sql!("update guide_reviews set helpful_count = helpful_count + $2 where id = $1").bind(id).bind(by),
        );
    }
    Ok(is_new)
}

/// Keeps the answer of the guide to a review that is held, with the commit.
pub(crate) fn set_answer(tx: &mut Tx, id: ReviewId, answer: &str, at: Timestamp) {
    let set = sql!("update guide_reviews set guide_answer = $2, answered_at = $3 where id = $1");
    tx.run_at_commit(set.bind(id).bind(answer).bind(at));
}

// ---- for jobs -------------------------------------------------------------------------------------------------------

/// Holds the next reviews that somebody wrote, in the order of their ids.
pub(crate) async fn hold_by(tx: &mut Tx, author: TravelerId, after: ReviewId, most: i64) -> Result<Vec<ReviewId>> {
    let mut hold = open("select r.id from guide_reviews r where r.traveler_id = ");
    hold.push_bind(author).push(" and r.id > ").push_bind(after).push(" order by r.id limit ").push_bind(most);
    hold.push_by_engine("", " for no key update");
    Ok(tx.all(hold).await?)
}

record! {
    struct Standing { id: ReviewId, guide_id: GuideId, rating: i64, is_counted: bool, is_shown: bool }
}

/// Counts reviews of somebody that are held if that person is shown, and only then.
pub(crate) async fn recount(tx: &mut Tx, author: TravelerId, held: &[ReviewId]) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let mut standing = open("select r.id, r.guide_id, r.rating, r.is_counted, (TRUE");
    visible_to(&mut standing, "r.traveler_id", None);
    standing.push(") as is_shown from guide_reviews r where r.traveler_id = ").push_bind(author);
    // Two of these lock guides in the same order.
    standing.push(" and r.id in ").push_list(held.iter().copied()).push(" order by r.guide_id, r.id");
    let mut wrong: Vec<Standing> = tx.all(standing).await?;
    wrong.retain(|review| review.is_counted != review.is_shown);
    let counts = wrong.iter().map(|review| {
        let by: i64 = if review.is_shown { 1 } else { -1 };
        vec![review.guide_id.into(), (by * review.rating).into(), by.into()]
    });
    tx.run_many(count_sql(), counts.collect()).await?;
    let mark = sql!("update guide_reviews set is_counted = $2 where id = $1");
    tx.run_many(mark, wrong.iter().map(|review| vec![review.id.into(), review.is_shown.into()]).collect()).await?;
    Ok(())
}
