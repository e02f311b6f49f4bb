//! Accounts that are older than the index.

use crate::{finds, named};
use kernel::{db::Arg, sql};
use testkit::{World, json};

#[tokio::test]
async fn accounts_from_before_the_index_get_their_words() {
    let world = World::new().await;
    let asha = named(&world, "asha", "Asha Rao").await;
    named(&world, "bela", "Bela").await;
    world.run_jobs().await;
    world.sql(sql!("delete from traveler_names")).await;
    assert_eq!(finds(&asha, "rao").await, [""; 0]);
    // What the migration queues where there are accounts.
    let queue = sql!(
        "insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
         values ($1, 'fill_names', $2, 'ready', $3, 0, 5, $3)"
    );
    let payload = json!({ "after": "00000000-0000-0000-0000-000000000000" }).to_string();
    world.sql(queue.bind(uuid::Uuid::nil()).bind(Arg::Json(payload)).bind(world.app.clock.now())).await;
    assert_eq!(world.run_jobs().await, 2, "one batch, and one that finds nobody left");
    assert_eq!(finds(&asha, "rao").await, ["asha"]);
    assert_eq!(finds(&asha, "be").await, ["bela"]);
}
