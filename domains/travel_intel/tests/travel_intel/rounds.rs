//! How often each request waits for the database.

use crate::{INTEL, about, at, post_with_key, replies, says, trip};
use testkit::{Answer, World, json};

/// How often a request that goes well waits for the database.
async fn rounds(request: impl Future<Output = Answer>) -> u64 {
    let (answer, rounds) = kernel::db::round_trips(request).await;
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
        rounds(bela.post(INTEL, new)).await,
        rounds(post_with_key(&world, &bela, INTEL, below)).await,
        rounds(bela.post(&respond, json!({ "content": "x" }))).await,
        rounds(post_with_key(&world, &bela, &format!("{}/helpful", at(&top)), json!({}))).await,
        rounds(bela.patch(&at(&own), json!({ "content": "y" }))).await,
        rounds(asha.post(&format!("{}/hide", at(&own)), json!({}))).await,
        rounds(asha.delete(&format!("{}/hide", at(&own)))).await,
        rounds(bela.get(&list)).await,
        rounds(bela.get(&format!("{list}&per_page=1&cursor="))).await,
        rounds(bela.get(&format!("{INTEL}?type=update&per_page=1"))).await,
        rounds(bela.get(&thread)).await,
        rounds(bela.get(&format!("{INTEL}/user/intel?per_page=1"))).await,
        rounds(world.get(&format!("{INTEL}/stats/{kyoto}"))).await,
        rounds(bela.delete(&at(&reply))).await,
    ] {
        assert!(n <= 4, "{n}");
    }
    // What settles a matter and the session of who does.
    assert!(rounds(asha.post(&respond, json!({ "status": "resolved" }))).await <= 5);
}
