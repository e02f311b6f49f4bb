//! The words by which trips are found, written in the transaction of the trip: whoever has published one finds it with
//! the next request. `search` reads them.
//!
//! `itinerary_index` says in which trips a word stands (FTS5 on SQLite, a `tsvector` with GIN on PostgreSQL, over the
//! same words, cut by [`kernel::text::tokens`]); `itinerary_search` holds what is ranked; `place_trigrams` the spellings
//! of places, where misspelt ones are looked up. No day of a trip is in any of them.

use crate::model::{Itinerary, ItineraryId};
use kernel::{
    App, Result,
    db::{Arg, Json, Session, Sql, Tx},
    jobs::Job,
    record, sql,
    text::{is_dense, search_tokens, tokens, trigrams},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A word as it is looked up in titles only.
pub fn in_title(word: &str) -> String {
    format!("\u{e000}{word}")
}

/// A word as it is looked up in titles, places and tags.
pub fn in_head(word: &str) -> String {
    format!("\u{e001}{word}")
}

/// A word as it is looked up in destinations only.
fn in_destination(word: &str) -> String {
    format!("\u{e002}{word}")
}

/// What a word begins with as it is looked up in destination, country and regions.
pub const IN_PLACE: &str = "\u{e003}";

/// A word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The word as the index has it.
    pub text: String,
    /// Whether it may be the beginning of a longer word.
    pub begins: bool,
}

impl Wanted {
    /// In the language of the index, which is that of FTS5; the word as `mark` makes it.
    pub fn expression(&self, mark: impl Fn(&str) -> String) -> String {
        format!("{}{}", mark(&self.text), if self.begins { "*" } else { "" })
    }
}

/// The words of a search. Those of three letters and more may be beginnings, and so may the last one of two: whoever types
/// is still at it.
pub fn wanted(search: &str) -> Vec<Wanted> {
    let mut words: Vec<Wanted> = search_tokens(search)
        .into_iter()
        .map(|text| {
            let length = text.chars().count();
            Wanted { begins: length > 2 || (length == 1 && text.chars().all(is_dense)), text }
        })
        .collect();
    if let Some(last) = words.last_mut() {
        last.begins |= last.text.chars().count() == 2 && !last.text.chars().all(is_dense);
    }
    words
}

/// What finds the trips that have all words of a search, and all words of a place in their destination; empty when there
/// are none.
pub(crate) fn expression(search: &[Wanted], destination: &[Wanted]) -> String {
    let search = search.iter().map(|w| w.expression(str::to_owned));
    let words: Vec<String> = search.chain(destination.iter().map(|w| w.expression(in_destination))).collect();
    words.join(" AND ")
}

/// Appends what finds the numbers of the trips that an expression means.
pub fn numbers(sql: &mut Sql, expression: &str) {
    sql.push_by_engine(
        "select x.rowid as number from itinerary_index x where x.itinerary_index match ",
        "select x.number from itinerary_index x where x.words @@ ",
    );
    means(sql, expression);
}

/// Appends the condition that an expression means the trip `i`, for a walk along trips. On PostgreSQL a look at the words
/// of each; SQLite would read all hits of a prefix for each, and so reads them once.
pub(crate) fn has(sql: &mut Sql, expression: &str) {
    sql.push_by_engine(
        " and (select w.number from itinerary_search w where w.itinerary_id = i.id) in \
         (select x.rowid from itinerary_index x where x.itinerary_index match ",
        " and (select x.words from itinerary_search w join itinerary_index x on x.number = w.number \
         where w.itinerary_id = i.id) @@ ",
    );
    means(sql, expression);
    sql.push_by_engine(")", "");
}

/// Appends an expression as each engine takes it. Words have none of its signs in them, and no capital letters.
pub fn means(sql: &mut Sql, expression: &str) {
    sql.push_by_engine("", "cast(replace(replace(replace(").push_bind(expression);
    sql.push_by_engine("", ", ' AND ', ' & '), ' OR ', ' | '), '*', ':*') as tsquery)");
}

record! {
    /// What is looked into.
    #[derive(Debug)]
    pub(crate) struct Searched {
        pub id: ItineraryId,
        pub title: String,
        pub destination: String,
        pub country: Option<String>,
        pub regions: Json<Vec<String>>,
        pub activity_tags: Json<Vec<String>>,
        pub categories: Json<Vec<String>>,
        pub description: String,
    }
}

impl From<&Itinerary> for Searched {
    fn from(t: &Itinerary) -> Self {
        Self {
            id: t.id,
            title: t.title.clone(),
            destination: t.destination.clone(),
            country: t.country.clone(),
            regions: t.regions.clone(),
            activity_tags: t.activity_tags.clone(),
            categories: t.categories.clone(),
            description: t.description.clone(),
        }
    }
}

/// The arguments of the three statements that index one trip.
#[derive(Debug)]
pub(crate) struct Indexed {
    pub ranked: Vec<Arg>,
    pub words: Vec<Arg>,
    pub places: BTreeSet<(String, String)>,
}

/// Words of a text that are indexed; nobody looks for the thousand-and-first.
const MOST_WORDS: usize = 1_000;
/// Words of a trip's places that may be misspelt in a search.
const MOST_PLACES: usize = 24;

impl Searched {
    pub(crate) fn index(&self) -> Indexed {
        let title = tokens(&self.title);
        let places: Vec<&str> = [self.destination.as_str(), self.country.as_deref().unwrap_or_default()]
            .into_iter()
            .chain(self.regions.0.iter().map(String::as_str))
            .collect();
        let destination = tokens(&places.join(" "));
        let tags: Vec<&str> = self.activity_tags.0.iter().chain(&self.categories.0).map(String::as_str).collect();
        let tags = tokens(&tags.join(" "));
        let mut words: BTreeSet<String> = title.iter().map(|w| in_title(w)).collect();
        for word in title.iter().chain(&destination).chain(&tags) {
            words.insert(in_head(word));
            words.insert(word.clone());
        }
        words.extend(destination.iter().map(|w| format!("{IN_PLACE}{w}")));
        words.extend(tokens(&self.destination).iter().map(|w| in_destination(w)));
        words.extend(tokens(&self.description).into_iter().take(MOST_WORDS));
        let spellings = destination
            .iter()
            .filter(|word| can_be_misspelt(word))
            .take(MOST_PLACES)
            .flat_map(|word| trigrams(word).into_iter().map(move |trigram| (trigram, word.clone())))
            .collect();
        Indexed {
            ranked: vec![self.id.into(), title.join(" ").into(), destination.join(" ").into(), tags.join(" ").into()],
            words: vec![self.id.into(), words.into_iter().collect::<Vec<_>>().join(" ").into()],
            places: spellings,
        }
    }
}

/// Whether a word is long enough, and of letters, so that another spelling of it can be told from another word.
pub fn can_be_misspelt(word: &str) -> bool {
    (4..=30).contains(&word.chars().count()) && word.chars().all(|c| c.is_alphabetic() && !is_dense(c))
}

fn rank() -> Sql {
    sql!(
        "insert into itinerary_search (itinerary_id, title, destination, tags) values ($1, $2, $3, $4)
         on conflict (itinerary_id) do update
         set title = excluded.title, destination = excluded.destination, tags = excluded.tags"
    )
}

fn words() -> Sql {
    kernel::by_engine!(
        // A virtual table knows no `on conflict`.
        sqlite: "insert or replace into itinerary_index (rowid, words)
                 select number, $2 from itinerary_search where itinerary_id = $1",
        postgres: "insert into itinerary_index (number, words)
                   select number, array_to_tsvector(string_to_array($2, ' ')) from itinerary_search
                   where itinerary_id = $1
                   on conflict (number) do update set words = excluded.words",
    )
}

/// In the order of their keys, so that two trips to the same new place do not wait for each other.
fn places(spellings: BTreeSet<(String, String)>) -> Sql {
    let places = kernel::by_engine!(
        sqlite: "insert into place_trigrams (trigram, word)
                 select value ->> 0, value ->> 1 from json_each($1) where true on conflict do nothing",
        postgres: "insert into place_trigrams (trigram, word)
                   select value ->> 0, value ->> 1 from jsonb_array_elements(cast($1 as jsonb)) on conflict do nothing",
    );
    places.bind(Json(spellings.into_iter().collect::<Vec<_>>()))
}

/// Makes a trip findable by what it says now, with the commit.
pub(crate) fn write(tx: &mut Tx, trip: &Itinerary) {
    let Indexed { ranked, words: found, places: spelt } = Searched::from(trip).index();
    for (statement, args) in [(rank(), ranked), (words(), found)] {
        tx.run_at_commit(args.into_iter().fold(statement, Sql::bind));
    }
    tx.run_at_commit(places(spelt));
}

/// The same for many at once.
pub(crate) async fn write_many(tx: &mut Tx, trips: impl Iterator<Item = Searched>) -> Result<()> {
    let (mut ranked, mut found, mut spelt) = (Vec::new(), Vec::new(), BTreeSet::new());
    for trip in trips {
        let indexed = trip.index();
        ranked.push(indexed.ranked);
        found.push(indexed.words);
        spelt.extend(indexed.places);
    }
    tx.run_many(rank(), ranked).await?;
    tx.run_many(words(), found).await?;
    tx.run(places(spelt)).await?;
    Ok(())
}

/// Nobody finds a trip that is gone, with the commit.
pub(crate) fn remove(tx: &mut Tx, id: ItineraryId) {
    tx.run_at_commit(sql!("delete from itinerary_search where itinerary_id = $1").bind(id));
}

async fn searched_after(db: &mut Session, after: ItineraryId) -> Result<Vec<Searched>> {
    let next = sql!(
        "select id, title, destination, country, regions, activity_tags, categories, description from itineraries
         where id > $1 and deleted_at is null order by id limit 200"
    );
    Ok(db.all(next.bind(after)).await?)
}

/// Indexes trips from before there was an index, some at a time. A migration queues it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FillSearch {
    after: ItineraryId,
}

impl Job for FillSearch {
    const KIND: &'static str = "fill_search";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let trips = searched_after(&mut tx, self.after).await?;
        let Some(last) = trips.last().map(|t| t.id) else { return Ok(()) };
        write_many(&mut tx, trips.into_iter()).await?;
        tx.changed("itineraries");
        tx.enqueue(&Self { after: last })?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trip_is_found_by_what_it_says() {
        let trip = Searched {
            id: ItineraryId(Uuid::nil()),
            title: "Tea in Uji".into(),
            destination: "Uji, Kyōto".into(),
            country: Some("Japan".into()),
            regions: Json(vec!["Kansai".into()]),
            activity_tags: Json(vec!["Slow-Food".into()]),
            categories: Json::default(),
            description: "Tea, and 2 temples".into(),
        };
        let Indexed { ranked, words, places } = trip.index();
        assert_eq!(ranked[1..], [Arg::from("tea in uji"), "uji kyoto japan kansai".into(), "slow food".into()]);
        let Arg::Text(words) = &words[1] else { panic!("{words:?}") };
        let words: Vec<&str> = words.split(' ').collect();
        for word in ["tea", "uji", "kyoto", "japan", "kansai", "slow", "food", "and", "2", "temples"] {
            assert!(words.contains(&word), "{word}");
        }
        let marked = |mark: &dyn Fn(&str) -> String, word| words.contains(&mark(word).as_str());
        assert!(marked(&in_title, "tea") && !marked(&in_title, "kyoto") && !marked(&in_title, "temples"));
        assert!(["uji", "kyoto"].iter().all(|place| marked(&in_destination, place)));
        assert!(!marked(&in_destination, "japan") && !marked(&in_destination, "tea"));
        assert!(marked(&in_head, "tea") && marked(&in_head, "food") && !marked(&in_head, "temples"));
        assert!(places.contains(&("kyo".into(), "kyoto".into())), "{places:?}");
        assert!(places.iter().all(|(_, word)| ["kyoto", "japan", "kansai"].contains(&word.as_str())), "{places:?}");
    }

    #[test]
    fn words_become_an_expression() {
        let of = |search: &str, destination: &str| expression(&wanted(search), &wanted(destination));
        assert_eq!(of("a day in Kyōto", ""), "a AND day* AND in AND kyoto*");
        assert_eq!(of("kyoto te", "São"), "kyoto* AND te* AND \u{e002}sao*");
        assert_eq!(of("", "京都の旅"), "\u{e002}京都 AND \u{e002}都の AND \u{e002}の旅");
        assert_eq!(of("旅", ""), "旅*");
        assert_eq!(of("NOT x OR (\"y* AND", ""), "not* AND x AND or AND y AND and*");
        assert_eq!(of("%_ --", "\u{301}"), "");
    }
}
