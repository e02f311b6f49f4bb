//! Helpful or not: one vote a person.

use crate::{LIST, NOBODYS, again, at, ban, of, rates, trip};
use serde_json::Value;
use testkit::{Person, World, json};

async fn press(person: &Person<'_>, id: &str, button: &str) -> Value {
    let answer = person.post(&format!("{}/{button}", at(id)), json!({})).await.is(200);
    let data = answer.data();
    assert_eq!((&data["helpful_votes"], &data["unhelpful_votes"]), (&data["helpful_count"], &data["unhelpful_count"]));
    json!([data["helpful_count"], data["unhelpful_count"], data["user_vote"]])
}

/// Fails unless the counters of all ratings are what the votes of people who are shown add up to.
pub(crate) async fn assert_votes_exact(world: &World) {
    let wrong = "with counted as (select v.rating_id, v.is_helpful from safety_rating_votes v
            join travelers t on t.id = v.traveler_id where t.is_active = TRUE)
         select cast(count(*) as bigint) from safety_ratings r
         where r.helpful_votes <> (select count(*) from counted c where c.rating_id = r.id and c.is_helpful = TRUE)
            or r.unhelpful_votes <> (select count(*) from counted c where c.rating_id = r.id and c.is_helpful = FALSE)";
    assert_eq!(world.scalar(wrong).await, 0, "counters differ from the rows");
}

#[tokio::test]
async fn a_vote_switches_and_the_same_again_takes_it_back() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let (id, other) = (rates(&bela, &kyoto, 4).await, rates(&chitra, &kyoto, 2).await);
    assert_eq!(press(&asha, &id, "helpful").await, json!([1, 0, "helpful"]));
    assert_eq!(press(&chitra, &id, "helpful").await, json!([2, 0, "helpful"]));
    assert_eq!(press(&asha, &id, "unhelpful").await, json!([1, 1, "unhelpful"]));
    assert_eq!(press(&asha, &id, "unhelpful").await, json!([1, 0, null]));
    assert_eq!(press(&asha, &id, "unhelpful").await, json!([1, 1, "unhelpful"]));
    assert_eq!(press(&bela, &other, "helpful").await, json!([1, 0, "helpful"]));
    bela.post(&format!("{}/helpful", at(&id)), json!({})).await.fails(403, "own_rating");
    bela.post(&format!("{}/unhelpful", at(&id)), json!({})).await.fails(403, "own_rating");
    world.post(&format!("{}/helpful", at(&id)), json!({})).await.fails(401, "missing_token");
    for nothing in [NOBODYS, "nonexistent-id", &kyoto] {
        asha.post(&format!("{}/helpful", at(nothing)), json!({})).await.fails(404, "not_found");
    }
    // Changing a rating keeps the votes; taking it back takes them along.
    assert_eq!(bela.patch(&at(&id), json!({ "rating": 1 })).await.is(200).data()["helpful_votes"], 1);
    assert_eq!(bela.post(&of(&kyoto, "rating"), json!({ "rating": 2 })).await.is(200).data()["unhelpful_votes"], 1);
    bela.delete(&at(&id)).await.is(200);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from safety_rating_votes").await, 1);
}

#[tokio::test]
async fn each_reader_sees_their_own_vote() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let (id, other) = (rates(&bela, &kyoto, 4).await, rates(&world.person("dana").await, &kyoto, 2).await);
    press(&asha, &id, "helpful").await;
    press(&chitra, &id, "unhelpful").await;
    press(&asha, &other, "unhelpful").await;
    for path in [at(&id), of(&kyoto, "ratings"), LIST.to_owned(), at(&kyoto)] {
        for (reader, vote) in [
            (Some(&asha), json!("helpful")),
            (None, json!(null)),
            (Some(&chitra), json!("unhelpful")),
            (Some(&bela), json!(null)),
        ] {
            let token = reader.map(|r| r.token.as_str());
            let answer = world.call("GET".parse().unwrap(), &path, token, None).await.is(200);
            let listed = answer.data().as_array().or_else(|| answer.data()["ratings"].as_array());
            let view = listed.map_or(answer.data(), |l| l.iter().find(|v| v["id"] == *id).unwrap());
            assert_eq!((&view["user_vote"], &view["helpful_votes"]), (&vote, &json!(1)), "{path}");
        }
    }
}

#[tokio::test]
async fn votes_of_the_banned_do_not_count_until_they_are_back() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (dana, erik) = (world.person("dana").await, world.person("erik").await);
    let (kyoto, osaka) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    let ids = [rates(&bela, &kyoto, 4).await, rates(&chitra, &kyoto, 2).await, rates(&bela, &osaka, 5).await];
    for (voter, buttons) in [(&dana, ["helpful", "unhelpful", "helpful"]), (&erik, ["helpful", "helpful", "unhelpful"])]
    {
        for (id, button) in ids.iter().zip(buttons) {
            press(voter, id, button).await;
        }
    }
    // As lists and details say it, and what the trips have of it. What is asked for again may come from the cache.
    let shown = async || {
        world.run_jobs().await;
        assert_votes_exact(&world).await;
        let mut shown = Vec::new();
        for (id, trip) in ids.iter().zip([&kyoto, &kyoto, &osaka]) {
            let votes = |v: &Value| json!([v["helpful_votes"], v["unhelpful_votes"]]);
            let one = votes(world.get(&at(id)).await.is(200).data());
            for list in [of(trip, "ratings"), LIST.to_owned()] {
                let list = world.get(&list).await.is(200);
                let listed = list.data().as_array().or_else(|| list.data()["ratings"].as_array()).unwrap();
                assert_eq!(votes(listed.iter().find(|v| v["id"] == *id).unwrap()), one);
            }
            shown.push(one);
        }
        for trip in [&kyoto, &osaka] {
            let trip = world.get(&format!("/api/itineraries/{trip}")).await.is(200);
            shown.push(trip.data()["helpful_votes"].clone());
        }
        json!(shown)
    };
    let (all, without_dana) = (json!([[2, 0], [1, 1], [1, 1], 3, 1]), json!([[1, 0], [1, 0], [0, 1], 2, 0]));
    assert_eq!(shown().await, all);
    ban(&world, "dana").await;
    assert_eq!(shown().await, without_dana);
    accounts::admin::unban(&world.app, "dana@example.org").await.unwrap();
    world.run_jobs().await;
    assert_eq!(shown().await, all);

    ban(&world, "dana").await;
    accounts::admin::unban(&world.app, "dana@example.org").await.unwrap();
    // Before the job is done she votes on: what is not counted is not taken away.
    let dana = again(&world, "dana").await;
    assert_eq!(press(&dana, &ids[0], "helpful").await, json!([1, 0, null]));
    assert_eq!(press(&dana, &ids[1], "helpful").await, json!([2, 0, "helpful"]));
    assert_eq!(shown().await, json!([[1, 0], [2, 0], [1, 1], 3, 1]));

    let leave = json!({ "password": "Test123!" });
    world.call("DELETE".parse().unwrap(), "/api/auth/me", Some(&dana.token), Some(leave)).await.is(200);
    assert_eq!(shown().await, without_dana);
}
