//! People in the database, found by the index of their names.

use crate::model::NameQuery;
use accounts::{AuthorCard, visible_to};
use kernel::{
    Result,
    auth::Caller,
    db::{DbError, FromRow, Row, Session, Sql, open},
    text::after_prefix,
};
use std::collections::HashSet;

/// Somebody who was found.
#[derive(Debug, Clone)]
pub struct FoundPerson {
    /// As shown beside what they publish.
    pub card: AuthorCard,
    /// Whether they proved that their e-mail address is theirs.
    pub email_verified: bool,
    /// The sum of the proof scores of their published trips, in hundredths.
    pub proof_hundredths: i64,
    /// How many those are.
    pub trips_count: i64,
}

impl FoundPerson {
    /// The sum of their proof scores, rounded.
    pub const fn karma(&self) -> i64 {
        (self.proof_hundredths + 50).div_euclid(100)
    }
}

impl FromRow for FoundPerson {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            card: AuthorCard::from_row(row)?,
            email_verified: row.get("author_email_verified")?,
            proof_hundredths: row.get("proof_hundredths")?,
            trips_count: row.get("trips_count")?,
        })
    }
}

/// What is shown beside the card, from `travelers author` and their standing `s`.
const BESIDE: &str = ", author.email_verified as author_email_verified, \
    coalesce(s.proof_hundredths, 0) as proof_hundredths, coalesce(s.trips_count, 0) as trips_count";

/// The one who is called exactly so, if `viewer` may see them. What people show the anonymous is theirs to show: whoever
/// knows the name finds the profile.
pub(crate) async fn find_person(
    db: &mut Session,
    username_key: &str,
    viewer: Option<Caller>,
) -> Result<Option<FoundPerson>> {
    Ok(db.maybe(person_query(username_key, viewer)).await?)
}

/// The question of `find_person`, whose plan is under test.
pub fn person_query(username_key: &str, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(BESIDE).push(" from travelers author");
    sql.push(" left join traveler_standings s on s.traveler_id = author.id where author.username_key = ");
    sql.push_bind(username_key);
    visible_to(&mut sql, "author.id", viewer);
    sql
}

/// Names looked through for one that also has the other words: a bound for searches such as `a b`.
const MOST_NAMES: i64 = 5_000;

/// The people whom `viewer` may see whose names have words that begin like all of those asked for; who is called exactly
/// so first, then in the order of the words. The anonymous find only those who published a trip: their names are public
/// through it, and nobody else's can be listed without an account.
pub async fn find_people(
    db: &mut Session,
    query: &NameQuery,
    limit: i64,
    viewer: Option<Caller>,
) -> Result<Vec<FoundPerson>> {
    let mut people: Vec<FoundPerson> = db.all(people_query(query, limit, viewer)).await?;
    // Who is called exactly so is found by a word of the name as well.
    let mut seen = HashSet::new();
    people.retain(|p| seen.insert(p.card.id));
    people.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(people)
}

/// The question of [`find_people`], whose plan is under test.
pub fn people_query(query: &NameQuery, limit: i64, viewer: Option<Caller>) -> Sql {
    let mut sql = open("select ");
    sql.push(AuthorCard::COLUMNS).push(BESIDE).push(" from (");
    sql.push("select 0 as place, '' as word, t.id as traveler_id from travelers t where t.username_key = ");
    sql.push_bind(&query.username_key);
    sql.push(" union all select 1, f.word, f.traveler_id from (select n.word, n.traveler_id from (");
    sql.push("select word, traveler_id from traveler_names where");
    begins(&mut sql, "word", &query.anchor);
    sql.push(" order by word, traveler_id limit ").push_bind(MOST_NAMES);
    // Whoever has several such words is found by the first of them.
    sql.push(") n where not exists (select 1 from traveler_names e where e.traveler_id = n.traveler_id and e.word >= ");
    sql.push_bind(&query.anchor).push(" and e.word < n.word)");
    for word in &query.others {
        sql.push(" and exists (select 1 from traveler_names o where o.traveler_id = n.traveler_id and");
        begins(&mut sql, "o.word", word);
        sql.push(")");
    }
    visible(&mut sql, "n.traveler_id", viewer);
    sql.push(" order by n.word, n.traveler_id limit ").push_bind(limit + 1);
    sql.push(") f) found join travelers author on author.id = found.traveler_id");
    sql.push(" left join traveler_standings s on s.traveler_id = author.id where author.id = found.traveler_id");
    visible(&mut sql, "author.id", viewer);
    sql.push(" order by found.place, found.word, author.id");
    sql
}

fn visible(sql: &mut Sql, traveler: &'static str, viewer: Option<Caller>) {
    visible_to(sql, traveler, viewer);
    if viewer.is_none() {
        sql.push(" and exists (select 1 from itineraries i where i.traveler_id = ").push(traveler);
        sql.push(" and i.is_published = TRUE and i.deleted_at is null)");
    }
}

fn begins(sql: &mut Sql, column: &'static str, prefix: &str) {
    sql.push(" ").push(column).push(" >= ").push_bind(prefix);
    sql.push(" and ").push(column).push(" < ").push_bind(after_prefix(prefix));
}
