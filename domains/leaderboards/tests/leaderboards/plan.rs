//! How the databases go about it: by an index, never through a whole table.

use leaderboards::plans;
use testkit::World;

#[tokio::test]
async fn rankings_read_indexes() {
    let world = World::new().await;
    for (index, query) in plans(world.app.clock.now()) {
        let plan = world.app.db.explain(query).await.unwrap();
        assert!(plan.iter().any(|step| step.contains(index)), "{index}: {plan:#?}");
        // SQLite says SCAN also where it goes down an index from its head until it has enough; of others than the index
        // in question only parts of the question itself are small enough for that.
        let small = ["SCAN s", "SCAN r", "SCAN recent", "SCAN latest", "SCAN matching", "travelers_hidden"];
        let is_small = |step: &str| small.iter().any(|s| step.trim() == *s || step.contains("travelers_hidden"));
        let is_scan = |step: &str| step.contains("Seq Scan") || step.contains("AUTOMATIC") || step.contains("SCAN ");
        let is_wrong = |step: &&String| is_scan(step) && !step.contains(index) && !is_small(step);
        let wrong: Vec<&String> = plan.iter().filter(is_wrong).collect();
        assert!(wrong.is_empty(), "{index}: {wrong:?} in {plan:#?}");
    }
}
