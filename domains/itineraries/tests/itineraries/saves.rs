//! Saved trips.

use crate::{LIST, NOBODYS, SECOND, and, at, disable, less, trip};
use futures_util::future::join_all;
use testkit::{Person, World, json};

fn save(id: &str) -> String {
    format!("/api/saved/save/{id}")
}

fn unsave(id: &str) -> String {
    format!("/api/saved/unsave/{id}")
}

fn check(id: &str) -> String {
    format!("/api/saved/check/{id}")
}

#[tokio::test]
async fn a_trip_is_saved_once_and_forgotten_once() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (id, other) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    let state = async |person: &Person<'_>, id: &str| person.get(&check(id)).await.is(200).data()["saved"] == true;
    let shared = async || world.get(&at(&id)).await.is(200).data()["share_count"].clone();
    assert_eq!(bela.post(&save(&id), json!({})).await.is(201).data(), &json!({ "saved": true, "project_id": id }));
    assert_eq!(bela.post(&save(&id), json!({})).await.is(200).data()["saved"], true);
    assert_eq!(shared().await, 1);
    asha.post(&save(&id), json!({})).await.is(201);
    assert_eq!(shared().await, 2);
    assert!(state(&bela, &id).await && !state(&bela, &other).await && state(&asha, &id).await);

    let gone = bela.delete(&unsave(&id)).await.is(200);
    assert_eq!(gone.data(), &json!({ "saved": false, "project_id": id }));
    assert!(!state(&bela, &id).await && state(&asha, &id).await);
    assert_eq!(shared().await, 1);
    let again = less(&bela.delete(&unsave(&id)).await.fails(404, "not_found").body, &["request_id"]);
    let nobodys = NOBODYS.rsplit('/').next().unwrap();
    assert_eq!(less(&bela.delete(&unsave(nobodys)).await.fails(404, "not_found").body, &["request_id"]), again);
    assert_eq!(shared().await, 1);
}

#[tokio::test]
async fn whoever_is_not_signed_in_has_saved_nothing() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    asha.post(&save(&id), json!({})).await.is(201);
    assert_eq!(world.get(&check(&id)).await.is(200).data(), &json!({ "saved": false, "project_id": id }));
    world.post(&save(&id), json!({})).await.fails(401, "missing_token");
    world.call("DELETE".parse().unwrap(), &unsave(&id), None, None).await.fails(401, "missing_token");
    for path in ["/api/saved/my-saved", "/api/saved/itineraries"] {
        world.get(path).await.fails(401, "missing_token");
    }
}

#[tokio::test]
async fn ones_saved_trips_are_listed_and_only_those_that_may_still_be_seen() {
    let world = World::new().await;
    let (asha, bela, dora) = (world.person("asha").await, world.person("bela").await, world.person("dora").await);
    let mut ids = Vec::new();
    for (person, title) in
        [(&asha, "Kyoto on foot"), (&asha, "Osaka by night"), (&asha, "Nara at dawn"), (&dora, "Kobe by boat")]
    {
        ids.push(person.publishes(and(trip(title), json!({ "route_waypoints": [{ "name": "x" }] }))).await);
    }
    // Saved in another order than published.
    for n in [1, 0, 3, 2] {
        world.advance(SECOND);
        bela.post(&save(&ids[n]), json!({})).await.is(201);
    }
    asha.post(&save(&ids[1]), json!({})).await.is(201);
    bela.post("/api/votes", json!({ "project_id": ids[1], "vote_type": "down" })).await.is(200);
    let saved = async |query: &str| bela.get(&format!("/api/saved/my-saved{query}")).await.is(200);
    let all = saved("").await;
    assert_eq!(all.titles(), ["Nara at dawn", "Kobe by boat", "Kyoto on foot", "Osaka by night"]);
    assert_eq!(all.body["pagination"]["total"], 4);
    assert_eq!(bela.get("/api/saved/itineraries").await.is(200).body, all.body);
    let last = &all.data()[3];
    assert_eq!(
        (&last["saved_at"], &last["user_has_saved"], &last["user_vote"], &last["share_count"]),
        (&json!("2026-11-23T09:30:01.000000Z"), &json!(true), &json!("down"), &json!(2))
    );
    assert_eq!(saved("?page=2&per_page=3").await.titles(), ["Osaka by night"]);
    assert_eq!(asha.get("/api/saved/my-saved").await.titles(), ["Osaka by night"]);

    asha.patch(&at(&ids[0]), json!({ "is_published": false })).await.is(200);
    asha.delete(&at(&ids[2])).await.is(200);
    disable(&world, &dora).await;
    let left = saved("").await;
    assert_eq!((left.titles(), &left.body["pagination"]["total"]), (vec!["Osaka by night"], &json!(1)));
    for id in [&ids[0], &ids[2], &ids[3]] {
        assert_eq!(asha.post(&save(id), json!({})).await.fails(404, "not_found").message(), "Itinerary not found");
        // What is hidden can still be forgotten.
        bela.delete(&unsave(id)).await.is(200);
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_saves").await, 2);
    let counted = "select cast(sum(share_count) as bigint) from itineraries";
    assert_eq!(world.scalar(counted).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn saving_at_once_counts_each_person_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(world.person(&format!("saver{n}")).await);
    }
    let answers =
        join_all(people.iter().flat_map(|person| (0..4).map(|_| async { person.post(&save(&id), json!({})).await })))
            .await;
    assert_eq!(answers.iter().filter(|a| a.status == 201).count(), 6);
    assert!(answers.iter().all(|a| [200, 201].contains(&a.status)));
    assert_eq!(world.get(&at(&id)).await.data()["share_count"], 6);
    let answers =
        join_all(people.iter().flat_map(|person| (0..4).map(|_| async { person.delete(&unsave(&id)).await }))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 6);
    assert_eq!(world.get(&at(&id)).await.data()["share_count"], 0);
    assert_eq!(world.get(LIST).await.data()[0]["share_count"], 0);
}
