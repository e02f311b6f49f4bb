//! How the databases go about it: by an index, never through a whole table.

use kernel::db::{Engine, open};
use leaderboards::plans;
use testkit::{World, json};

/// PostgreSQL plans for what there is: a thousand trips, one an hour.
const MANY: [&str; 3] = [
    "alter table itineraries disable trigger user", // what they do for a thousand of one author takes long
    "insert into itineraries select (jsonb_populate_record(i, jsonb_build_object(
         'id', gen_random_uuid(), 'created_at', i.created_at - n * interval '1 hour',
         'proof_score', n % 100, 'upvotes', n % 7))).*
     from itineraries i, generate_series(1, 1000) n",
    "analyze",
];

#[tokio::test]
async fn rankings_read_indexes() {
    let world = World::new().await;
    world.person("asha").await.publishes(json!({ "title": "Kyoto on foot", "destination": "Kyoto" })).await;
    let is_embedded = world.app.db.engine() == Engine::Sqlite;
    for statement in MANY.into_iter().filter(|_| !is_embedded) {
        world.sql(open(statement)).await;
    }
    for (index, query) in plans(world.app.clock.now()) {
        let plan = world.app.db.explain(query).await.unwrap();
        // Also in the order of time, or of proof; PostgreSQL sorts the few that are equal by itself.
        let alike = match index {
            "itineraries_recent" => "itineraries_newest",
            "itineraries_trending" | "itineraries_most_proven_first" => "itineraries_most_proven",
            own => own,
        };
        let goes_by = |step: &str| {
            step.contains(index) || (!is_embedded || index == "itineraries_recent") && step.contains(alike)
        };
        assert!(plan.iter().any(|step| goes_by(step)), "{index}: {plan:#?}");
        // SQLite says SCAN also where it goes down an index from its head until it has enough; of others than the index
        // in question only parts of the question itself are small enough for that.
        let small = [
            "s", "r", "top", "featured", "recent", "enough", "day", "few", "latest", "matching", "used", "ahead",
            "placed",
        ]
        .map(|part| format!("SCAN {part}"));
        let is_small = |step: &str| {
            small.iter().any(|part| part == step.trim())
                || step.contains("SCAN (subquery-")
                || step.contains("INDEX itineraries_featured")
        };
        let is_scan = |step: &str| step.contains("Seq Scan") || step.contains("AUTOMATIC") || step.contains("SCAN ");
        let is_wrong = |step: &&String| is_scan(step) && !goes_by(step) && !is_small(step);
        let wrong: Vec<&String> = plan.iter().filter(is_wrong).collect();
        assert!(wrong.is_empty(), "{index}: {wrong:?} in {plan:#?}");
    }
}
