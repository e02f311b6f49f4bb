//! Trips that are older than the index.

use crate::{finds, trip};
use kernel::{db::Arg, sql};
use testkit::{World, json};

#[tokio::test]
async fn trips_from_before_the_index_are_indexed_by_a_job() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("Kyoto on foot", "Kyoto", "")).await;
    asha.publishes(trip("Osaka by night", "Osaka", "noodles")).await;
    world.run_jobs().await;
    world.sql(sql!("delete from itinerary_search")).await;
    world.sql(sql!("delete from place_trigrams")).await;
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_index").await, 0, "it goes with its row");
    assert_eq!(finds(&world, &asha, "kyoto").await, [""; 0]);
    // What the migration queues where there are trips.
    let queue = sql!(
        "insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
         values ($1, 'fill_search', $2, 'ready', $3, 0, 5, $3)"
    );
    let payload = json!({ "after": "00000000-0000-0000-0000-000000000000" }).to_string();
    world.sql(queue.bind(uuid::Uuid::nil()).bind(Arg::Json(payload)).bind(world.app.clock.now())).await;
    assert_eq!(world.run_jobs().await, 2, "one batch, and one that finds no trip left");
    assert_eq!(finds(&world, &asha, "kyoto").await, ["Kyoto on foot"]);
    assert_eq!(finds(&world, &asha, "osaca noodles").await, ["Osaka by night"]);
}
