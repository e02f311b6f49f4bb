//! Helpful or not: one vote a person.

use crate::{LIST, NOBODYS, at, of, rates, trip};
use serde_json::Value;
use testkit::{Person, World, json};

async fn press(person: &Person<'_>, id: &str, button: &str) -> Value {
    let answer = person.post(&format!("{}/{button}", at(id)), json!({})).await.is(200);
    let data = answer.data();
    assert_eq!((&data["helpful_votes"], &data["unhelpful_votes"]), (&data["helpful_count"], &data["unhelpful_count"]));
    json!([data["helpful_count"], data["unhelpful_count"], data["user_vote"]])
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
