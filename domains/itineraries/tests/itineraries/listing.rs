//! Orders and pages.

use crate::{LIST, MINUTE, SECOND, and, at, found, key, less, set_proof_score, set_safety, trip};
use kernel::sql;
use serde_json::Value;
use testkit::{World, json};

#[tokio::test]
async fn each_sort_has_its_order() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut ids = Vec::new();
    for title in ["Alpha trip", "Bravo trip", "Charlie trip", "Delta trip", "Echo trip"] {
        ids.push(asha.publishes(trip(title)).await);
        world.advance(SECOND);
    }
    for (id, (proof, safety, helpful)) in ids.iter().zip([
        (10.0, Some(4.5), 3),
        (50.0, None, 9),
        (10.0, Some(4.5), 9),
        (30.0, Some(5.0), 0),
        (5.0, Some(5.0), 1),
    ]) {
        set_proof_score(&world, id, proof).await;
        if let Some(score) = safety {
            set_safety(&world, id, score, 2).await;
        }
        world.sql(sql!("update itineraries set helpful_votes = $2 where id = $1").bind(key(id)).bind(helpful)).await;
    }
    let trending = ["Bravo trip", "Delta trip", "Charlie trip", "Alpha trip", "Echo trip"];
    for sort in ["", "sort=trending", "sort=hot", "sort=", "sort=nonsense", "sort=NEWEST", "sort=created_at"] {
        assert_eq!(found(&world, &asha, sort).await, trending, "{sort}");
    }
    for sort in ["sort=newest", "sort=new"] {
        assert_eq!(
            found(&world, &asha, sort).await,
            ["Echo trip", "Delta trip", "Charlie trip", "Bravo trip", "Alpha trip"]
        );
    }
    for sort in ["sort=top-rated", "sort=top"] {
        assert_eq!(
            found(&world, &asha, sort).await,
            ["Delta trip", "Echo trip", "Charlie trip", "Alpha trip", "Bravo trip"]
        );
    }
    assert_eq!(
        found(&world, &asha, "sort=most-helpful").await,
        ["Bravo trip", "Charlie trip", "Alpha trip", "Echo trip", "Delta trip"]
    );
}

#[tokio::test]
async fn each_trip_shows_its_own_safety() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (safe, rated, none) = (
        asha.publishes(trip("Kyoto on foot")).await,
        asha.publishes(trip("Osaka by night")).await,
        asha.publishes(trip("Nara at dawn")).await,
    );
    set_safety(&world, &safe, 4.75, 12).await;
    set_safety(&world, &rated, 1.5, 2).await;
    for (id, score, count) in [(safe, 4.75, 12), (rated, 1.5, 2), (none, 0.0, 0)] {
        let list = world.get(LIST).await.is(200);
        let listed = list.data().as_array().unwrap().iter().find(|v| v["id"] == id.as_str()).unwrap().clone();
        for view in [&listed, world.get(&at(&id)).await.data()] {
            let found = json!([
                view["safety_score"],
                view["safety_ratings_avg"],
                view["safety_ratings_count"],
                view["safety_rating_count"]
            ]);
            assert_eq!(found, json!([score, score, count, count]));
            let (low, high) = if count > 0 { (score - 1.0, score + 1.0) } else { (0.0, 0.0) };
            assert_eq!(view["safety"], json!({ "score": score, "count": count, "low": low, "high": high }));
        }
    }
}

#[tokio::test]
async fn ties_are_broken_by_id_so_that_pages_neither_repeat_nor_lose() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
    }
    ids.sort_unstable_by(|a, b| b.cmp(a));
    for sort in ["trending", "newest", "top-rated", "most-helpful"] {
        let mut seen = Vec::new();
        for page in 1..=4 {
            let answer = world.get(&format!("{LIST}?sort={sort}&per_page=2&page={page}")).await.is(200);
            seen.extend(answer.data().as_array().unwrap().iter().map(|v| v["id"].as_str().unwrap().to_owned()));
        }
        assert_eq!(seen, ids, "{sort}");
    }
}

#[tokio::test]
async fn a_page_says_where_it_stands() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for n in 0..5 {
        asha.publishes(trip(&format!("Trip number {n}"))).await;
    }
    asha.publishes(and(trip("A draft trip"), json!({ "is_published": false }))).await;
    let pagination = |page: i64, per: i64, pages: i64, next: bool, prev: bool| {
        json!({
            "total": 5, "page": page, "per_page": per, "limit": per, "total_pages": pages, "pages": pages,
            "has_next": next, "hasNext": next, "has_prev": prev,
        })
    };
    for (query, titles, expected) in [
        ("", 5, pagination(1, 20, 1, false, false)),
        ("per_page=2", 2, pagination(1, 2, 3, true, false)),
        ("per_page=2&page=2", 2, pagination(2, 2, 3, true, true)),
        ("per_page=2&page=3", 1, pagination(3, 2, 3, false, true)),
        ("per_page=5", 5, pagination(1, 5, 1, false, false)),
        ("per_page=2&page=4", 0, pagination(4, 2, 3, false, true)),
        ("page=99", 0, pagination(99, 20, 1, false, true)),
    ] {
        let next = expected["has_next"] == true;
        assert_eq!(found(&world, &asha, query).await.len(), titles, "{query}");
        let answer = world.get(&format!("{LIST}?{query}")).await.is(200);
        let cursor = &answer.body["pagination"]["next_cursor"];
        assert_eq!(cursor.is_string(), next, "{query}: {cursor}");
        let expected = if next { and(expected, json!({ "next_cursor": cursor })) } else { expected };
        assert_eq!(answer.body["pagination"], expected, "{query}");
        assert_eq!((&answer.body["status"], answer.message()), (&json!("success"), "Success"));
    }
    let none = world.get("/api/itineraries?destination=atlantis").await.is(200);
    let expected = json!({
        "total": 0, "page": 1, "per_page": 20, "limit": 20, "total_pages": 0, "pages": 0,
        "has_next": false, "hasNext": false, "has_prev": false,
    });
    assert_eq!((none.data(), &none.body["pagination"]), (&json!([]), &expected));
    assert_eq!(world.get("/api/itineraries?search=%25").await.is(200).body["pagination"], expected);
}

#[tokio::test]
async fn what_cannot_be_a_page_takes_the_default() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for n in 0..3 {
        asha.publishes(trip(&format!("Trip number {n}"))).await;
    }
    for (query, page, per_page) in [
        ("page=0", 1, 20),
        ("page=-3", 1, 20),
        ("page=two", 1, 20),
        ("page=", 1, 20),
        ("page=1.5", 1, 20),
        ("page=99999999999999999999999", 1_000_000, 20),
        ("per_page=0", 1, 20),
        ("per_page=-1", 1, 20),
        ("per_page=many", 1, 20),
        ("per_page=101", 1, 100),
        ("per_page=99999999999999999999", 1, 100),
        ("per_page=100", 1, 100),
        ("per_page=1", 1, 1),
        ("limit=2", 1, 2),
        ("limit=500", 1, 100),
        ("limit=2&per_page=1", 1, 1),
        ("page=2&limit=2", 2, 2),
    ] {
        for answer in [world.get(&format!("{LIST}?{query}")).await, asha.get(&format!("{LIST}?{query}")).await] {
            let at = &answer.is(200).body["pagination"];
            assert_eq!(
                (&at["page"], &at["per_page"], &at["limit"]),
                (&json!(page), &json!(per_page), &json!(per_page)),
                "{query}"
            );
            assert_eq!(at["total"], 3, "{query}");
        }
    }
    assert_eq!(found(&world, &asha, "sort=newest&limit=2&page=2").await, ["Trip number 0"]);
}

#[tokio::test]
async fn a_list_shows_what_the_detail_shows() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    asha.publishes(and(trip("Kyoto on foot"), json!({ "tagline": "hers", "activity_tags": ["temples"] }))).await;
    world.advance(MINUTE);
    bela.publishes(and(trip("Osaka by night"), json!({ "tagline": "his", "activity_tags": ["food"] }))).await;
    let list = world.get("/api/itineraries?sort=newest").await.is(200);
    assert_eq!(list.titles(), ["Osaka by night", "Kyoto on foot"]);
    for view in list.data().as_array().unwrap() {
        let detail = world.get(&at(view["id"].as_str().unwrap())).await.is(200);
        assert_eq!(view, detail.data());
        assert_eq!(view["route_gpx"], Value::Null);
    }
    assert_eq!((&list.data()[0]["tagline"], &list.data()[1]["tagline"]), (&json!("his"), &json!("hers")));
    let hers = asha.get("/api/itineraries?sort=newest").await.is(200);
    assert_eq!(less(&hers.body, &["pagination"]), less(&list.body, &["pagination"]));
}
