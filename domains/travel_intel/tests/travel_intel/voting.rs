//! One vote a person.

use crate::{NOBODYS, about, at, replies, says, trip};
use serde_json::Value;
use testkit::{World, json};

/// Fails unless the counters of every piece of intel are what its votes add up to.
pub(crate) async fn assert_exact(world: &World) {
    let wrong = world
        .scalar(
            "select cast(count(*) as bigint) from travel_intel n
             where n.helpful_votes <> (select count(*) from travel_intel_votes v where v.intel_id = n.id
                and v.is_helpful = TRUE)
             or n.unhelpful_votes <> (select count(*) from travel_intel_votes v where v.intel_id = n.id
                and v.is_helpful = FALSE)",
        )
        .await;
    assert_eq!(wrong, 0, "counters that differ from their rows");
}

#[tokio::test]
async fn the_other_vote_switches_and_the_same_takes_it_back() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let (path, other) =
        (at(&says(&asha, &trip, "one", json!({})).await), at(&says(&asha, &trip, "two", json!({})).await));
    chitra.post(&format!("{other}/helpful"), json!({})).await.is(200);
    for (vote, helpful, unhelpful, own) in [
        ("helpful", 1, 0, json!("helpful")),
        ("unhelpful", 0, 1, json!("unhelpful")),
        ("unhelpful", 0, 0, Value::Null),
        ("unhelpful", 0, 1, json!("unhelpful")),
        ("helpful", 1, 0, json!("helpful")),
        ("helpful", 0, 0, Value::Null),
        ("helpful", 1, 0, json!("helpful")),
    ] {
        let answer = bela.post(&format!("{path}/{vote}"), json!({})).await.is(200);
        let expected = json!({
            "helpful_votes": helpful, "helpful_count": helpful, "unhelpful_votes": unhelpful, "unhelpful_count": unhelpful,
            "user_vote": own,
        });
        assert_eq!(answer.data(), &expected);
        let seen = bela.get(&path).await.data()["intel"].clone();
        assert_eq!(
            (&seen["upvotes"], &seen["downvotes"], &seen["user_vote"]),
            (&json!(helpful), &json!(unhelpful), &own)
        );
        assert_exact(&world).await;
    }
    chitra.post(&format!("{path}/helpful"), json!({})).await.is(200);
    let list = bela.get(&about(&trip)).await.is(200);
    let votes: Vec<_> =
        list.data().as_array().unwrap().iter().map(|i| (&i["helpful_count"], &i["user_vote"])).collect();
    assert_eq!(
        votes,
        [(&json!(1), &Value::Null), (&json!(2), &json!("helpful"))],
        "each with its own, and the reader's"
    );
    assert_eq!(world.get(&path).await.data()["intel"]["user_vote"], Value::Null);
}

#[tokio::test]
async fn nobody_votes_on_their_own_or_on_what_is_not_there() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let top = says(&bela, &trip, "mine", json!({})).await;
    let reply = replies(&asha, &top, "hers").await;
    for vote in ["helpful", "unhelpful"] {
        bela.post(&format!("{}/{vote}", at(&top)), json!({})).await.fails(403, "own_intel");
        asha.post(&format!("{}/{vote}", at(&reply)), json!({})).await.fails(403, "own_intel");
        bela.post(&format!("{}/{vote}", at(NOBODYS)), json!({})).await.fails(404, "not_found");
        world.post(&format!("{}/{vote}", at(&top)), json!({})).await.fails(401, "missing_token");
    }
    bela.delete(&at(&top)).await.is(200);
    asha.post(&format!("{}/helpful", at(&top)), json!({})).await.fails(404, "not_found");
    bela.post(&format!("{}/helpful", at(&reply)), json!({})).await.is(200);
    assert_exact(&world).await;
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_intel_votes").await, 1);
}
