//! Trips in the database, found by their words. The index belongs to `itineraries`.

use crate::model::{BEST, Candidate, IN_HEAD, Meant, SHARE, SearchWords};
use accounts::visible_to;
use itineraries::index::{self, IN_PLACE};
use kernel::{
    Result,
    auth::Caller,
    db::{Json, Session, Sql, open},
    record,
    text::trigrams,
};

record! {
    /// A word that was typed, and a place that is spelt alike.
    struct Similar {
        typed: String,
        known: String,
    }
}

/// What has all words in its title, places and tags; and the places of trips that `viewer` may see, whose spelling shares
/// groups of three letters with a word that was typed.
pub(crate) async fn in_heads(
    db: &mut Session,
    words: &SearchWords,
    viewer: Option<Caller>,
) -> Result<(Vec<Candidate>, Vec<(String, String)>)> {
    let (found, doubtful) = (query(&words.in_heads(), MANY, viewer), words.doubtful());
    if doubtful.is_empty() {
        return Ok((db.all(found).await?, Vec::new()));
    }
    let (found, similar) = db.both(found, similar_query(&doubtful, viewer)).await?;
    Ok((found, similar.into_iter().map(|s: Similar| (s.typed, s.known)).collect()))
}

/// What has all words anywhere, or what may have been meant by them.
pub(crate) async fn anywhere(
    db: &mut Session,
    words: &SearchWords,
    meant: &Meant,
    viewer: Option<Caller>,
) -> Result<Vec<Candidate>> {
    Ok(db.all(query(&words.anywhere(meant), MANY, viewer)).await?)
}

/// The question for spellings that are alike, whose plan is under test. Two edits change at most six groups, so of a word of six letters
/// one or more are left, of longer ones more; the four hundred that share most are compared letter by letter.
///
/// The spellings are those of all trips, also of drafts and of what is hidden: a word is believed only where it stands in
/// the places of a trip that is shown, or a search would tell where a draft goes.
pub fn similar_query(typed: &[&str], viewer: Option<Caller>) -> Sql {
    let groups: Vec<(&str, String)> =
        typed.iter().flat_map(|word| trigrams(word).into_iter().map(move |trigram| (*word, trigram))).collect();
    let mut sql = open("select alike.typed, alike.known from (select g.value ->> 0 as typed, p.word as known from ");
    sql.push_by_engine("json_each(", "jsonb_array_elements(cast(").push_bind(Json(groups));
    sql.push_by_engine(") g", " as jsonb)) g(value)");
    sql.push(" join place_trigrams p on p.trigram = g.value ->> 1 group by 1, 2 having count(*) >= 2");
    sql.push(" order by count(*) desc, 2, 1 limit 400) alike where exists (select 1 from itinerary_index x");
    sql.push_by_engine(
        " join itinerary_search s on s.number = x.rowid",
        " join itinerary_search s on s.number = x.number",
    );
    sql.push(" join itineraries i on i.id = s.itinerary_id where ");
    sql.push_by_engine("x.itinerary_index match (", "x.words @@ cast((").push_bind(IN_PLACE).push(" || alike.known)");
    sql.push_by_engine("", " as tsquery)").push(" and i.is_published = TRUE and i.deleted_at is null");
    visible_to(&mut sql, "i.traveler_id", viewer);
    sql.push(")");
    sql
}

/// So many trips with the same words are all looked up. Of more than that, those among as many of the best and as many of
/// the newest trips: a word that half of all trips have costs no more than others.
const MANY: i64 = 10_000;
/// So many of the newest of what an expression finds are ranked, beside [`BEST`].
const NEWEST: i64 = 100;

/// The two questions for trips, which are under test with their plans; with as few trips as there are in a test for many.
pub fn candidates_queries(words: &SearchWords, many: i64, viewer: Option<Caller>) -> [Sql; 2] {
    [words.in_heads(), words.anywhere(&Meant::new())].map(|expressions| query(&expressions, many, viewer))
}

/// What one expression finds, and another one. SQLite takes no more than two that depend on each other.
const FOUND: [&str; 2] = ["first", "second"];

/// What `viewer` may see of what the expressions find.
fn query(expressions: &[(i64, String)], many: i64, viewer: Option<Caller>) -> Sql {
    let mut sql = open("with ");
    for (n, ((place, expression), found)) in expressions.iter().zip(FOUND).enumerate() {
        sql.push(if n == 0 { "" } else { ", " }).push(found).push(" as materialized (");
        few(&mut sql, expression, many, *place == IN_HEAD);
        looked_up(&mut sql, viewer);
        met(&mut sql, expression, many, viewer);
        ranked(&mut sql);
        sql.push(" select cast(")
            .push_bind(*place)
            .push(" as bigint) as place, r.is_beyond, s.itinerary_id, s.title, ");
        sql.push("s.destination, s.tags, r.traveler_id, r.proof_score, r.created_at ");
        sql.push("from top r cross join itinerary_search s where s.number = r.number)");
    }
    sql.push(" select * from first");
    if expressions.len() > 1 {
        sql.push(" union all select * from second");
    }
    sql
}

/// Appends `few`, the hits if they are few, and `size`, which says how many trips are walked along if they are not. Of
/// hits that are materialized PostgreSQL reads no whole table for a rare word, which it would with the limit alone, in
/// the hope to be done soon. Whoever looks for heads after titles finds the same and more, which fits less: nothing is looked
/// for when titles had enough of it.
fn few(sql: &mut Sql, expression: &str, many: i64, after_titles: bool) {
    sql.push("with few as materialized (with hits as ").push_by_engine("not materialized (", "materialized (");
    index::numbers(sql, expression);
    sql.push(") select number from hits limit cast(").push_bind(many + 1).push(" as bigint)");
    if after_titles {
        sql.push(" * (select case when count(*) < ").push_bind(BEST);
        sql.push(" then 1 else 0 end from first where is_beyond = FALSE)");
    }
    sql.push("), size as materialized (select case when ");
    sql.push("count(*) > ").push_bind(many).push(" then ").push_bind(many).push(" else 0 end as walk from few)");
}

/// Appends `looked_up`: what is shown of few hits. SQLite takes `cross join` for an order, and PostgreSQL runs what has an
/// `offset` for itself, for each hit.
fn looked_up(sql: &mut Sql, viewer: Option<Caller>) {
    sql.push(", looked_up as (select few.number, i.id, i.traveler_id, i.proof_score, i.created_at");
    sql.push(" from size cross join few cross join ");
    sql.push_by_engine(
        "itinerary_search w cross join itineraries i indexed by itineraries_found \
         where w.number = few.number and i.id = w.itinerary_id and",
        "lateral (select i.* from itinerary_search w join itineraries i on i.id = w.itinerary_id \
         where w.number = few.number offset 0) i where",
    );
    sql.push(" size.walk = 0 and i.is_published = TRUE and i.deleted_at is null");
    visible_to(sql, "i.traveler_id", viewer);
    sql.push(")");
}

/// Appends `met`: what of the best and of the newest trips that are shown has the words. Each engine is asked in the way in
/// which it reads nothing when the hits are few.
fn met(sql: &mut Sql, expression: &str, many: i64, viewer: Option<Caller>) {
    let mut begin = ", walked as materialized (select * from (";
    for order in ["i.proof_score desc, i.created_at desc, i.id desc", "i.created_at desc, i.id desc"] {
        sql.push(begin).push("select i.id, i.traveler_id, i.proof_score, i.created_at from itineraries i where ");
        sql.push_by_engine("", "(select walk from size) > 0 and ");
        sql.push("i.is_published = TRUE and i.deleted_at is null");
        visible_to(sql, "i.traveler_id", viewer);
        sql.push(" order by ").push(order).push_by_engine(" limit min((select walk from size), ", " limit ");
        sql.push_bind(many).push_by_engine(")", "").push(") along");
        begin = " union select * from (";
    }
    sql.push("), met as (select w.number, walked.id, walked.traveler_id, walked.proof_score, walked.created_at from ");
    sql.push_by_engine(
        "walked cross join itinerary_search w where w.itinerary_id = walked.id and +w.number in \
         (select x.rowid from itinerary_index x where x.itinerary_index match ",
        "walked cross join lateral (select w.number, x.words from itinerary_search w \
         join itinerary_index x on x.number = w.number where w.itinerary_id = walked.id offset 0) w where w.words @@ ",
    );
    index::means(sql, expression);
    sql.push_by_engine("))", ")");
}

/// Appends `ranked`: what was found, by its proof score and by its age. What one author has beyond their share comes
/// after everything else: however much somebody publishes, it displaces nobody.
fn ranked(sql: &mut Sql) {
    sql.push(", placed as (select hit.*, case when row_number() over (partition by hit.traveler_id order by ");
    sql.push("hit.proof_score desc, hit.created_at desc, hit.id desc) <= ").push_bind(SHARE);
    sql.push(" then FALSE else TRUE end as is_beyond from (select * from looked_up union all select * from met) hit)");
    sql.push(", ranked as (select placed.*, row_number() over ");
    sql.push("(order by is_beyond, proof_score desc, created_at desc, id desc) as best, row_number() over ");
    sql.push("(order by is_beyond, created_at desc, id desc) as newest from placed)");
    // The limit excludes nothing: from it PostgreSQL knows that few are looked up.
    sql.push(", top as (select * from ranked where best <= ").push_bind(BEST).push(" or newest <= ").push_bind(NEWEST);
    sql.push(" limit ").push_bind(BEST + NEWEST).push(")");
}
