//! Lists of ratings: filters, sorts, pages, and what is seen after a write.

use crate::{LIST, NOBODYS, at, blames, ids, of, rates, trip};
use std::time::Duration;
use testkit::{World, json, within};

const SECOND: Duration = Duration::from_secs(1);

/// Five ratings of two trips; their ids, the oldest first, and the trips.
async fn five(world: &World) -> (Vec<String>, [String; 2]) {
    let asha = world.person("asha").await;
    let trips = [asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await];
    let mut found = Vec::new();
    for (n, (trip, score, kind)) in
        [(0, 4, "overall"), (0, 2, "route"), (1, 5, "accommodation"), (1, 4, "route"), (0, 5, "overall")]
            .into_iter()
            .enumerate()
    {
        let rater = world.person(&format!("rater{n}")).await;
        let body = json!({ "rating": score, "rating_type": kind });
        let made = rater.post(&of(&trips[trip], "rating"), body).await.is(201);
        found.push(made.data()["id"].as_str().unwrap().to_owned());
        world.advance(SECOND);
    }
    (found, trips)
}

#[tokio::test]
async fn filters_combine_and_each_sort_has_its_order() {
    let world = World::new().await;
    let (all, trips) = five(&world).await;
    let reader = world.person("reader").await;
    let verified = kernel::sql!("update safety_ratings set verified_traveler = TRUE where id = $1");
    world.sql(verified.bind(crate::key(&all[3]))).await;
    let (kyoto, osaka) = (&trips[0], &trips[1]);
    for (query, expected) in [
        (String::new(), vec![4, 3, 2, 1, 0]),
        ("sort=newest".into(), vec![4, 3, 2, 1, 0]),
        ("sort=nonsense".into(), vec![4, 3, 2, 1, 0]),
        ("sort=score".into(), vec![4, 2, 3, 0, 1]),
        ("type=route".into(), vec![3, 1]),
        ("type=Accommodation".into(), vec![2]),
        ("type=community".into(), vec![]),
        ("type=food".into(), vec![]),
        ("type=".into(), vec![4, 3, 2, 1, 0]),
        ("min_score=4".into(), vec![4, 3, 2, 0]),
        ("min_score=4.5".into(), vec![4, 2]),
        ("max_score=4".into(), vec![3, 1, 0]),
        ("min_score=4&max_score=4".into(), vec![3, 0]),
        ("min_score=5&max_score=1".into(), vec![]),
        ("min_score=4&type=route".into(), vec![3]),
        ("verified_only=true".into(), vec![3]),
        ("verified_only=false".into(), vec![4, 3, 2, 1, 0]),
        (format!("itinerary_id={kyoto}"), vec![4, 1, 0]),
        (format!("itinerary_id={osaka}&sort=score"), vec![2, 3]),
        (format!("itinerary_id={NOBODYS}"), vec![]),
        ("per_page=2".into(), vec![4, 3]),
        ("limit=2&page=3".into(), vec![0]),
        ("page=9".into(), vec![]),
    ] {
        let expected: Vec<&String> = expected.into_iter().map(|n: usize| &all[n]).collect();
        for answer in [world.get(&format!("{LIST}?{query}")).await, reader.get(&format!("{LIST}?{query}")).await] {
            assert_eq!(ids(&answer.clone().is(200)).iter().collect::<Vec<_>>(), expected, "{query}");
            assert_eq!(answer.data()["pagination"], answer.body["pagination"], "{query}");
            if !query.contains("page") && !query.contains("limit") {
                assert_eq!(answer.body["pagination"]["total"], expected.len(), "{query}");
            }
        }
    }
    for page in ["per_page=2", "limit=2&page=3", "page=9"] {
        assert_eq!(world.get(&format!("{LIST}?{page}")).await.body["pagination"]["total"], 5, "{page}");
    }
    for (query, field) in [
        ("min_score=abc", "min_score"),
        ("max_score=1e999", "max_score"),
        ("verified_only=maybe", "verified_only"),
        ("itinerary_id=nonexistent", "itinerary_id"),
    ] {
        blames(world.get(&format!("{LIST}?{query}")).await, field);
    }
}

#[tokio::test]
async fn the_ratings_of_a_trip_are_found_by_three_addresses() {
    let world = World::new().await;
    let (all, trips) = five(&world).await;
    let expected = [&all[4], &all[1], &all[0]];
    for path in [of(&trips[0], "ratings"), at(&trips[0]), format!("{LIST}?itinerary_id={}", trips[0])] {
        for _ in 0..2 {
            let answer = world.get(&path).await.is(200);
            assert_eq!(ids(&answer).iter().collect::<Vec<_>>(), expected, "{path}");
            assert_eq!(answer.body["pagination"]["total"], 3, "{path}");
        }
        let separator = if path.contains('?') { '&' } else { '?' };
        let second = world.get(&format!("{path}{separator}per_page=2&page=2")).await.is(200);
        assert_eq!((ids(&second), &second.body["pagination"]["total"]), (vec![all[0].clone()], &json!(3)), "{path}");
    }
    let one = world.get(&at(&all[1])).await.is(200);
    assert_eq!((&one.data()["id"], &one.data()["overall_safety_score"]), (&json!(all[1]), &json!(2)));
    let none = world.person("zoe").await.publishes(trip("Unrated")).await;
    assert_eq!(world.get(&of(&none, "ratings")).await.is(200).data(), &json!([]));
    for path in [at(NOBODYS), at("nonexistent-id"), of(NOBODYS, "ratings"), of("x", "safety-rating")] {
        world.get(&path).await.fails(404, "not_found");
    }
}

#[tokio::test]
async fn ties_are_broken_by_id_so_that_pages_neither_repeat_nor_lose() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let mut all = Vec::new();
    for n in 0..7 {
        all.push(rates(&world.person(&format!("rater{n}")).await, &kyoto, 4).await);
    }
    all.sort_unstable_by(|a, b| b.cmp(a));
    for path in [format!("{LIST}?sort=score"), format!("{LIST}?sort=newest"), format!("{}?x=1", of(&kyoto, "ratings"))]
    {
        let mut seen = Vec::new();
        for page in 1..=4 {
            seen.extend(ids(&world.get(&format!("{path}&per_page=2&page={page}")).await.is(200)));
        }
        assert_eq!(seen, all, "{path}");
    }
}

#[tokio::test]
async fn a_write_is_seen_in_the_next_read_everywhere() {
    let world = World::new().await;
    let (asha, bela, reader) = (world.person("asha").await, world.person("bela").await, world.person("reader").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    rates(&reader, &asha.publishes(trip("Osaka by night")).await, 1).await;
    let beside = world.beside().await;
    let views = async |world: &World| {
        let list = world.get(&format!("{LIST}?itinerary_id={kyoto}")).await.is(200);
        let page = reader.at(world).get(&of(&kyoto, "ratings")).await.is(200);
        let together = world.get(&of(&kyoto, "safety-rating")).await.is(200);
        let trip = world.get(&format!("/api/itineraries/{kyoto}")).await.is(200);
        let trips = world.get("/api/itineraries?destination=kyoto").await.is(200);
        let listed =
            trips.data().as_array().unwrap().iter().find(|t| t["id"] == *kyoto).unwrap()["safety_score"].clone();
        json!([
            list.data()["ratings"][0]["rating"],
            page.data()[0]["rating"],
            page.data()[0]["helpful_votes"],
            together.data()["safety_score"],
            together.data()["by_type"]["overall"]["score"],
            trip.data()["safety_score"],
            listed,
        ])
    };
    assert_eq!(views(&world).await, json!([null, null, null, 0.0, 0.0, 0.0, 0.0]));
    assert_eq!(views(&beside).await, views(&world).await);
    let hers = rates(&bela, &kyoto, 4).await;
    assert_eq!(views(&world).await, json!([4, 4, 0, 4.0, 4.0, 4.0, 4.0]));
    within(SECOND, async || views(&beside).await == json!([4, 4, 0, 4.0, 4.0, 4.0, 4.0])).await;
    asha.post(&format!("{}/helpful", at(&hers)), json!({})).await.is(200);
    assert_eq!(views(&world).await, json!([4, 4, 1, 4.0, 4.0, 4.0, 4.0]));
    bela.patch(&at(&hers), json!({ "rating": 2 })).await.is(200);
    assert_eq!(views(&world).await, json!([2, 2, 1, 2.0, 2.0, 2.0, 2.0]));
    within(SECOND, async || views(&beside).await == json!([2, 2, 1, 2.0, 2.0, 2.0, 2.0])).await;
    bela.delete(&at(&hers)).await.is(200);
    assert_eq!(views(&world).await, json!([null, null, null, 0.0, 0.0, 0.0, 0.0]));
    within(SECOND, async || views(&beside).await == json!([null, null, null, 0.0, 0.0, 0.0, 0.0])).await;
}
