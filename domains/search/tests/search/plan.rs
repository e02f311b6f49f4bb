//! How the databases go about it: by an index, never through a whole table.

use crate::trip;
use kernel::db::{Engine, open};
use search::{SearchWords, candidates_queries, similar_query};
use testkit::World;

/// PostgreSQL plans for what there is: four thousand trips of different words.
const MANY: [&str; 5] = [
    "alter table itineraries disable trigger user", // what they do for four thousand of one author takes long
    "insert into itineraries select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid()))).*
     from itineraries i, generate_series(1, 4000)",
    "insert into itinerary_search (itinerary_id, title, destination, tags)
     select id, '', '', '' from itineraries on conflict do nothing",
    "insert into itinerary_index (number, words)
     select number, array_to_tsvector(array['w' || number]) from itinerary_search on conflict do nothing",
    "analyze",
];

#[tokio::test]
async fn trips_are_looked_up_in_the_indexes() {
    let world = World::new().await;
    let words = SearchWords::new("kyoto temples").unwrap();
    let is_embedded = world.app.db.engine() == Engine::Sqlite;
    world.person("asha").await.publishes(trip("Kyoto on foot", "Kyoto", "")).await;
    for statement in MANY.into_iter().filter(|_| !is_embedded) {
        world.sql(open(statement)).await;
    }
    let by = |query| {
        (
            query,
            vec![
                "COVERING INDEX itineraries_found",
                "VIRTUAL TABLE INDEX 0:M1",
                "itineraries_trending",
                "itineraries_recent",
            ],
            vec![
                "using itinerary_search_pkey",
                "on itinerary_index_words",
                // The best ones first: PostgreSQL sorts the few that are equal by itself, whichever index it takes.
                "itineraries_trending|itineraries_most_proven",
                "itineraries_newest|itineraries_recent",
            ],
        )
    };
    let [in_heads, anywhere] = candidates_queries(&words, 100, None).map(by);
    let similar = (
        similar_query(&words.doubtful(), None),
        vec!["COVERING INDEX sqlite_autoindex_place_trigrams_1"],
        vec!["place_trigrams_pkey"],
    );
    for (query, embedded, postgres) in [in_heads, anywhere, similar] {
        let plan = world.app.db.explain(query).await.unwrap();
        for index in if is_embedded { embedded } else { postgres } {
            let goes_by = |step: &String| index.split('|').any(|index| step.contains(index));
            assert!(plan.iter().any(goes_by), "{index}: {plan:#?}");
        }
        // Parts of the question, each bounded, and `g`, which is what was asked.
        let parts = [
            "first",
            "second",
            "alike",
            "g",
            "hits",
            "few",
            "size",
            "along",
            "walked",
            "looked_up",
            "met",
            "hit",
            "placed",
            "ranked",
            "top",
            "r",
        ];
        let is_part = |step: &str| {
            parts.iter().any(|part| step.trim_start() == format!("SCAN {part}"))
                || step.contains("SCAN (subquery-")
                || step.contains("SCAN g ")
                || step.contains(":M1")
        };
        let is_scan = |step: &str| step.contains("Seq Scan") || (step.contains("SCAN ") && !step.contains("USING"));
        let scans: Vec<&String> = plan.iter().filter(|s| is_scan(s) && !is_part(s)).collect();
        assert!(scans.is_empty(), "{plan:#?}");
    }
}
