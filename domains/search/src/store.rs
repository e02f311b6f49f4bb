//! Trips in the database, found by their words. The index belongs to `itineraries`.

use crate::model::{Candidate, Meant, SearchWords};
use accounts::visible_to;
use itineraries::index::IN_PLACE;
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

/// Places of trips that `viewer` may see, whose spelling shares groups of three letters with a word that was typed.
pub(crate) async fn similar(db: &mut Session, typed: &[&str], viewer: Option<Caller>) -> Result<Vec<(String, String)>> {
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Similar> = db.all(similar_query(typed, viewer)).await?;
    Ok(found.into_iter().map(|s| (s.typed, s.known)).collect())
}

/// The question of `similar`, whose plan is under test. Two edits change at most six groups, so of a word of six letters
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

/// Trips that one expression contributes at most. A search that finds more ranks the newest ones.
const MOST: i64 = 400;

/// What `viewer` may see of what was found.
pub(crate) async fn candidates(
    db: &mut Session,
    words: &SearchWords,
    meant: &Meant,
    viewer: Option<Caller>,
) -> Result<Vec<Candidate>> {
    Ok(db.all(query(&words.expressions(meant), viewer)).await?)
}

/// The question of `candidates`, whose plan is under test.
pub fn candidates_query(words: &SearchWords, viewer: Option<Caller>) -> Sql {
    query(&words.expressions(&Meant::new()), viewer)
}

fn query(expressions: &[String], viewer: Option<Caller>) -> Sql {
    let mut sql = open("");
    for (place, expression) in (0_i64..).zip(expressions) {
        sql.push(if place == 0 { "select * from (" } else { " union all select * from (" });
        sql.push("select cast(")
            .push_bind(place)
            .push(" as bigint) as place, s.itinerary_id, s.title, s.destination, ");
        sql.push("s.tags, i.proof_score, i.created_at from ");
        sql.push_by_engine("itinerary_index x join itinerary_search s on s.number = x.rowid", "itinerary_search s");
        sql.push(" join itineraries i").push_by_engine(" indexed by itineraries_found", "");
        sql.push(" on i.id = s.itinerary_id where ");
        // The words have none of these signs in them, and no capital letters.
        // With the small limit alone PostgreSQL would expect to be done soon, and read the whole table for a rare word;
        // `+ 0` keeps it from walking the other index for the order.
        let hits = "s.number in (select x.number from itinerary_index x where x.words @@ cast(replace(replace(replace(";
        sql.push_by_engine("x.itinerary_index match ", hits);
        sql.push_bind(expression);
        sql.push_by_engine(
            "",
            ", ' AND ', ' & '), ' OR ', ' | '), '*', ':*') as tsquery) order by x.number + 0 desc limit 20000)",
        );
        sql.push(" and i.is_published = TRUE and i.deleted_at is null");
        visible_to(&mut sql, "i.traveler_id", viewer);
        sql.push_by_engine(" order by x.rowid desc", " order by s.number desc");
        sql.push(" limit ").push_bind(MOST).push(") found");
    }
    sql
}
