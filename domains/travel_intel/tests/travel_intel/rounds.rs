//! How often each request waits for the database.

use crate::{INTEL, about, at, post_with_key, replies, says, trip};
use testkit::{Answer, World, json};

/// How often a request that goes well waits for the database.
async fn rounds(world: &World, request: impl Future<Output = Answer>) -> u64 {
    let before = world.app.db.round_trips();
    let answer = request.await;
    let rounds = world.app.db.round_trips() - before;
    assert!((200..300).contains(&answer.status), "{}", answer.text);
    assert!(rounds > 0, "nothing was counted");
    rounds
}

#[tokio::test]
async fn no_request_waits_for_the_database_more_than_four_times() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let top = says(&asha, &kyoto, "top", json!({ "intel_type": "question" })).await;
    let own = says(&bela, &kyoto, "own", json!({})).await;
    let reply = replies(&bela, &top, "yes").await;
    let (list, thread, respond) = (about(&kyoto), at(&top), format!("{}/respond", at(&top)));
    // Each person's session is asked for once in half a second; it is known by now, or one of the four.
    let new = json!({ "itinerary_id": kyoto, "content": "x" });
    let below = crate::and(new.clone(), json!({ "parent_intel_id": top }));
    for n in [
        rounds(&world, bela.post(INTEL, new)).await,
        rounds(&world, post_with_key(&world, &bela, INTEL, below)).await,
        rounds(&world, bela.post(&respond, json!({ "content": "x" }))).await,
        rounds(&world, post_with_key(&world, &bela, &format!("{}/helpful", at(&top)), json!({}))).await,
        rounds(&world, bela.patch(&at(&own), json!({ "content": "y" }))).await,
        rounds(&world, asha.post(&format!("{}/hide", at(&own)), json!({}))).await,
        rounds(&world, asha.delete(&format!("{}/hide", at(&own)))).await,
        rounds(&world, bela.get(&list)).await,
        rounds(&world, bela.get(&format!("{list}&per_page=1&cursor="))).await,
        rounds(&world, bela.get(&format!("{INTEL}?type=update&per_page=1"))).await,
        rounds(&world, bela.get(&thread)).await,
        rounds(&world, bela.get(&format!("{INTEL}/user/intel?per_page=1"))).await,
        rounds(&world, world.get(&format!("{INTEL}/stats/{kyoto}"))).await,
        rounds(&world, bela.delete(&at(&reply))).await,
    ] {
        assert!(n <= 4, "{n}");
    }
    // What settles a matter and the session of who does.
    assert!(rounds(&world, asha.post(&respond, json!({ "status": "resolved" }))).await <= 5);
}
