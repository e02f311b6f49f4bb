//! Trips in the database, found by their words. The index belongs to `itineraries`.

use crate::model::{Candidate, Meant, SearchWords};
use accounts::visible_to;
use kernel::{
    Result,
    auth::Caller,
    by_engine,
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

/// Places whose spelling shares groups of three letters with a word that was typed.
pub(crate) async fn similar(db: &mut Session, typed: &[&str]) -> Result<Vec<(String, String)>> {
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Similar> = db.all(similar_query(typed)).await?;
    Ok(found.into_iter().map(|s| (s.typed, s.known)).collect())
}

/// The question of `similar`, whose plan is under test. Two edits change at most six groups, so of a word of six letters
/// one or more are left, of longer ones more; the four hundred that share most are compared letter by letter.
pub fn similar_query(typed: &[&str]) -> Sql {
    let groups: Vec<(&str, String)> =
        typed.iter().flat_map(|word| trigrams(word).into_iter().map(move |trigram| (*word, trigram))).collect();
    by_engine!(
        sqlite: "select g.value ->> 0 as typed, p.word as known
                 from json_each($1) g join place_trigrams p on p.trigram = g.value ->> 1
                 group by 1, 2 having count(*) >= 2 order by count(*) desc, 2, 1 limit 400",
        postgres: "select g.value ->> 0 as typed, p.word as known
                   from jsonb_array_elements(cast($1 as jsonb)) g(value)
                   join place_trigrams p on p.trigram = g.value ->> 1
                   group by 1, 2 having count(*) >= 2 order by count(*) desc, 2, 1 limit 400",
    )
    .bind(Json(groups))
}

/// Trips that one expression contributes at most. A search that finds more ranks these: on SQLite the newest.
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
        // With the small limit alone PostgreSQL would expect to be done soon, and read the whole table for a rare word.
        let hits = "s.number in (select x.number from itinerary_index x where x.words @@ cast(replace(replace(replace(";
        sql.push_by_engine("x.itinerary_index match ", hits);
        sql.push_bind(expression);
        sql.push_by_engine("", ", ' AND ', ' & '), ' OR ', ' | '), '*', ':*') as tsquery) limit 20000)");
        sql.push(" and i.is_published = TRUE and i.deleted_at is null");
        visible_to(&mut sql, "i.traveler_id", viewer);
        sql.push_by_engine(" order by x.rowid desc", "").push(" limit ").push_bind(MOST).push(") found");
    }
    sql
}
