//! One vote a person.

use crate::{NOBODYS, about, again, at, contents, replies, says, trip};
use serde_json::Value;
use testkit::{World, json};

/// Fails unless the counters of every piece of intel are what the votes of people who are shown add up to.
pub(crate) async fn assert_exact(world: &World) {
    let wrong = "with counted as (select v.intel_id, v.is_helpful from travel_intel_votes v
            join travelers t on t.id = v.traveler_id where t.is_active = TRUE)
         select cast(count(*) as bigint) from travel_intel n
         where n.helpful_votes <> (select count(*) from counted c where c.intel_id = n.id and c.is_helpful = TRUE)
            or n.unhelpful_votes <> (select count(*) from counted c where c.intel_id = n.id and c.is_helpful = FALSE)";
    assert_eq!(world.scalar(wrong).await, 0, "counters that differ from their rows");
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

#[tokio::test]
async fn votes_of_the_banned_do_not_count_until_they_are_back() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    let (dora, erik) = (world.person("dora").await, world.person("erik").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&asha, "Osaka by night").await);
    let (one, two) = (says(&bela, &kyoto, "one", json!({})).await, says(&cleo, &kyoto, "two", json!({})).await);
    let ids = [one.clone(), replies(&cleo, &one, "below").await, two, says(&bela, &osaka, "far", json!({})).await];
    let press = async |voter: &testkit::Person<'_>, id: &str, button: &str| {
        let answer = voter.post(&format!("{}/{button}", at(id)), json!({})).await.is(200);
        ["helpful_votes", "unhelpful_votes"].map(|f| answer.data()[f].as_i64().unwrap())
    };
    for (voter, buttons) in [
        (&dora, ["helpful", "helpful", "unhelpful", "helpful"]),
        (&erik, ["unhelpful", "helpful", "helpful", "unhelpful"]),
        (&asha, ["helpful", "helpful", "helpful", "helpful"]),
    ] {
        for (id, button) in ids.iter().zip(buttons) {
            press(voter, id, button).await;
        }
    }
    press(&bela, &ids[2], "unhelpful").await;
    // Each with its votes, the order of the list, and what the trips have of it, where their author does not count.
    let shown = async || {
        world.run_jobs().await;
        assert_exact(&world).await;
        let mut shown = Vec::new();
        for id in [&ids[0], &ids[2], &ids[3]] {
            let intel = world.get(&at(id)).await.is(200).data()["intel"].clone();
            shown.push(json!([intel["helpful_votes"], intel["unhelpful_votes"]]));
        }
        let thread = world.get(&at(&ids[0])).await.is(200);
        let reply = &thread.data()["replies"][0];
        shown.push(json!([reply["helpful_votes"], reply["unhelpful_votes"]]));
        shown.push(json!(contents(&world.get(&format!("{}&sort=helpful", about(&kyoto))).await.is(200))));
        for trip in [&kyoto, &osaka] {
            let trip = world.get(&format!("/api/itineraries/{trip}")).await.is(200);
            shown.push(trip.data()["helpful_votes"].clone());
        }
        json!(shown)
    };
    let all = json!([[2, 1], [2, 2], [2, 1], [3, 0], ["two", "one"], 2, 1]);
    assert_eq!(shown().await, all);
    // A trip's author who is banned takes the trip along; what she found helpful is not taken off twice when she is back.
    for voter in ["dora", "asha", "erik"] {
        let email = format!("{voter}@example.org");
        accounts::admin::ban(&world.app, &email).await.unwrap();
        world.run_jobs().await;
        assert_exact(&world).await;
        match voter {
            "dora" => assert_eq!(shown().await, json!([[1, 1], [2, 1], [1, 1], [2, 0], ["two", "one"], 1, 0])),
            "erik" => assert_eq!(shown().await, json!([[2, 0], [1, 2], [2, 0], [2, 0], ["one", "two"], 1, 1])),
            _ => {
                world.get(&at(&ids[0])).await.is(404);
            }
        }
        accounts::admin::unban(&world.app, &email).await.unwrap();
        world.run_jobs().await;
        assert_eq!(shown().await, all, "{voter} is back");
    }

    accounts::admin::ban(&world.app, "dora@example.org").await.unwrap();
    world.run_jobs().await;
    accounts::admin::unban(&world.app, "dora@example.org").await.unwrap();
    // Before the job is done she votes on: what is not counted is not taken away.
    let dora = again(&world, "dora").await;
    assert_eq!(press(&dora, &ids[0], "helpful").await, [1, 1]);
    assert_eq!(press(&dora, &ids[2], "helpful").await, [3, 1]);
    // What is deleted meanwhile has no votes that could come back.
    bela.delete(&at(&ids[0])).await.is(200);
    world.run_jobs().await;
    assert_exact(&world).await;
    assert_eq!(press(&again(&world, "erik").await, &ids[1], "unhelpful").await, [2, 1]);
}
