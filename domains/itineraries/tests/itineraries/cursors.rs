//! Reading on by a cursor.

use crate::{LIST, SECOND, and, key, set_proof_score, set_safety, trip};
use kernel::sql;
use std::collections::BTreeMap;
use testkit::{Answer, World, json};

fn next(answer: &Answer) -> Option<&str> {
    answer.body["pagination"]["next_cursor"].as_str()
}

fn ids(answer: &Answer) -> Vec<String> {
    answer.data().as_array().unwrap().iter().map(|v| v["id"].as_str().unwrap().to_owned()).collect()
}

/// The links of a reply by their relation.
fn links(answer: &Answer) -> BTreeMap<String, String> {
    let link = |part: &str| {
        let (address, rel) = part.split_once(">; rel=\"").unwrap();
        (rel.trim_end_matches('"').to_owned(), address.trim_start_matches('<').to_owned())
    };
    answer.header("link").split(", ").map(link).collect()
}

#[tokio::test]
async fn no_trip_comes_twice_or_is_lost_while_others_are_added_in_any_order() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    for sort in ["trending", "newest", "top-rated", "most-helpful"] {
        let mut there = Vec::new();
        for n in 0..9 {
            let id = asha.publishes(trip(&format!("Trip number {n} for {sort}"))).await;
            // Ties in all that is sorted by, and some that are none.
            set_proof_score(&world, &id, f64::from(n % 3) + 0.1).await;
            if n % 2 == 0 {
                set_safety(&world, &id, 4.0 + f64::from(n % 4) / 10.0, 3).await;
            }
            let votes = sql!("update itineraries set helpful_votes = $2 where id = $1");
            world.sql(votes.bind(key(&id)).bind(i64::from(n % 2))).await;
            there.push(id);
        }
        let whole = ids(&world.get(&format!("{LIST}?sort={sort}&per_page=100")).await.is(200));
        let mut path = format!("{LIST}?sort={sort}&per_page=2&cursor=");
        let mut seen = Vec::new();
        loop {
            let answer = world.get(&path).await.is(200);
            assert_eq!(ids(&answer), ids(&bela.get(&path).await.is(200)));
            seen.extend(ids(&answer));
            // One that would push rows onto the next page, and one that would pull them back.
            let first = bela.publishes(trip("A newcomer at the top")).await;
            set_proof_score(&world, &first, 99.0).await;
            world.advance(SECOND);
            match next(&answer) {
                Some(cursor) => path = format!("{LIST}?sort={sort}&per_page=2&cursor={cursor}"),
                None => break,
            }
        }
        let mut old = seen.clone();
        old.retain(|id| there.contains(id));
        assert_eq!(old.len(), there.len(), "{sort}");
        assert_eq!(old, whole.into_iter().filter(|id| there.contains(id)).collect::<Vec<_>>(), "{sort}");
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), seen.len(), "{sort}");
        world.sql(sql!("delete from itineraries")).await;
    }
}

#[tokio::test]
async fn a_deleted_row_does_not_break_the_thread() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut made = Vec::new();
    for n in 0..5 {
        made.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
        world.advance(SECOND);
    }
    let first = world.get(&format!("{LIST}?sort=newest&per_page=2&cursor=")).await.is(200);
    assert_eq!(first.titles(), ["Trip number 4", "Trip number 3"]);
    asha.delete(&crate::at(&made[3])).await.is(200);
    let path = format!("{LIST}?sort=newest&per_page=2&cursor={}", next(&first).unwrap());
    assert_eq!(world.get(&path).await.is(200).titles(), ["Trip number 2", "Trip number 1"]);
}

#[tokio::test]
async fn a_cursor_is_good_for_the_list_that_gave_it_only() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for n in 0..3 {
        asha.publishes(and(trip(&format!("Trip number {n}")), json!({ "difficulty_level": "easy" }))).await;
    }
    let own = format!("{LIST}?sort=newest&difficulty=easy&per_page=1");
    let cursor = next(&world.get(&own).await.is(200)).unwrap().to_owned();
    world.get(&format!("{own}&cursor={cursor}")).await.is(200);
    // Any size of page, and a page number that says otherwise, which the cursor outdoes.
    world.get(&format!("{LIST}?sort=new&difficulty=EASY&per_page=2&page=9&cursor={cursor}")).await.is(200);
    for other in [
        format!("{LIST}?difficulty=easy"),
        format!("{LIST}?sort=newest"),
        format!("{LIST}?sort=newest&difficulty=easy&has_gps=false"),
        format!("{LIST}/featured?limit=1"),
        format!("{LIST}/rising-stars?limit=1"),
        format!("/api/users/{}/itineraries?per_page=1", asha.id),
    ] {
        let sign = if other.contains('?') { '&' } else { '?' };
        world.get(&format!("{other}{sign}cursor={cursor}")).await.fails(400, "invalid_cursor");
    }
    let hers = format!("/api/users/{}/itineraries?per_page=1", asha.id);
    let of_hers = next(&world.get(&hers).await.is(200)).unwrap().to_owned();
    let (bela, path) = (world.person("bela").await, "itineraries?per_page=1");
    world.get(&format!("/api/users/{}/{path}&cursor={of_hers}", bela.id)).await.fails(400, "invalid_cursor");
}

#[tokio::test]
async fn a_cursor_that_was_tampered_with_is_refused() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for n in 0..3 {
        asha.publishes(trip(&format!("Trip number {n}"))).await;
    }
    let cursor = next(&world.get(&format!("{LIST}?per_page=1")).await.is(200)).unwrap().to_owned();
    for at in 0..cursor.len() {
        let other = if &cursor[at..=at] == "A" { "Q" } else { "A" };
        let changed = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
        world.get(&format!("{LIST}?per_page=1&cursor={changed}")).await.fails(400, "invalid_cursor");
    }
    let long = "A".repeat(4_000);
    for bad in ["x", "%20", "AQ", "null", "../..", "%F0%9F%98%80", &cursor[1..], &cursor[..cursor.len() - 4], &long] {
        let answer = asha.get(&format!("{LIST}?cursor={bad}")).await.fails(400, "invalid_cursor");
        assert!(answer.message().contains("cursor"), "{}", answer.text);
    }
    world.get(&format!("{LIST}?cursor={cursor}&cursor={cursor}")).await.fails(400, "invalid_cursor");
    world.get(&format!("{LIST}?search=%25&cursor=x")).await.fails(400, "invalid_cursor");
    // The keys of another service are not ours.
    let elsewhere = World::with(&[("SECRET_KEY", "the secret of another service, forty chars")]).await;
    elsewhere.get(&format!("{LIST}?per_page=1&cursor={cursor}")).await.fails(400, "invalid_cursor");
}

#[tokio::test]
async fn pages_by_cursor_have_no_totals_and_say_what_they_know() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for n in 0..3 {
        asha.publishes(trip(&format!("Trip number {n}"))).await;
    }
    let first = world.get(&format!("{LIST}?per_page=2&cursor=")).await.is(200);
    let cursor = next(&first).unwrap();
    let pagination = |next: bool, prev: bool| {
        json!({
            "total": null, "page": null, "per_page": 2, "limit": 2, "total_pages": null, "pages": null,
            "has_next": next, "hasNext": next, "has_prev": prev,
        })
    };
    let expected = and(pagination(true, false), json!({ "next_cursor": cursor }));
    assert_eq!(first.body["pagination"], expected);
    let last = world.get(&format!("{LIST}?per_page=2&cursor={cursor}")).await.is(200);
    assert_eq!((last.titles().len(), &last.body["pagination"]), (1, &pagination(false, true)));
}

#[tokio::test]
async fn links_lead_to_the_pages_around() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for n in 0..5 {
        asha.publishes(and(trip(&format!("Trip number {n}")), json!({ "activity_tags": ["hiking & food"] }))).await;
        world.advance(SECOND);
    }
    let query = "activity=hiking+%26+food&sort=newest&per_page=2";
    for reader in [None, Some(&asha)] {
        let get = async |path: &str| match reader {
            None => world.get(path).await.is(200),
            Some(asha) => asha.get(path).await.is(200),
        };
        let second = get(&format!("{LIST}?{query}&page=2")).await;
        let around = links(&second);
        assert_eq!(around.keys().collect::<Vec<_>>(), ["first", "next", "prev"]);
        assert_eq!(around["first"], format!("{LIST}?{query}"));
        assert_eq!(get(&around["prev"]).await.titles(), ["Trip number 4", "Trip number 3"]);
        assert_eq!(get(&around["first"]).await.titles(), ["Trip number 4", "Trip number 3"]);
        let third = get(&around["next"]).await;
        assert_eq!(third.titles(), ["Trip number 0"]);
        let around = links(&third);
        assert_eq!(around.keys().collect::<Vec<_>>(), ["first"], "there is nothing more");
        assert_eq!(get(&around["first"]).await.titles(), ["Trip number 4", "Trip number 3"]);
    }
    let bare = world.get(LIST).await.is(200);
    assert_eq!(bare.header("link"), "</api/itineraries>; rel=\"first\"");
}

#[tokio::test]
async fn ones_own_lists_and_those_of_administrators_are_read_on_too() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    for n in 0..5 {
        let id = asha.publishes(trip(&format!("Trip number {n}"))).await;
        for who in [&bela, &root] {
            who.post(&format!("/api/saved/save/{id}"), json!({})).await.is(201);
            who.post("/api/votes", json!({ "project_id": id, "vote_type": "up" })).await.is(200);
        }
        root.post("/api/badges/award", json!({ "project_id": id, "badge_type": "gold" })).await.is(201);
        world.advance(SECOND);
    }
    for path in ["/api/saved/my-saved", "/api/saved/itineraries", "/api/votes/user", "/api/admin/badges"] {
        let things = |answer: &Answer| {
            let data = answer.data();
            let list = data.as_array().or_else(|| data["votes"].as_array()).or_else(|| data["badges"].as_array());
            list.unwrap().iter().map(|v| v["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let pagination =
            |answer: &Answer| answer.body.get("pagination").or(answer.data().get("pagination")).unwrap().clone();
        let whole = things(&root.get(path).await.is(200));
        assert_eq!(whole.len(), 5, "{path}");
        let mut seen = Vec::new();
        let mut at = format!("{path}?per_page=2&cursor=");
        loop {
            let answer = root.get(&at).await.is(200);
            assert_eq!(pagination(&answer)["total"], json!(null), "{path}");
            seen.extend(things(&answer));
            match links(&answer).get("next") {
                Some(next) => at.clone_from(next),
                None => break,
            }
        }
        assert_eq!(seen, whole, "{path}");
        let second = root.get(&format!("{path}?per_page=2&page=2")).await.is(200);
        assert_eq!((things(&second), &pagination(&second)["total"]), (whole[2..4].to_vec(), &json!(5)), "{path}");
        assert!(links(&second).contains_key("prev"), "{path}");
        if path != "/api/admin/badges" {
            // A cursor is its reader's own.
            let cursor = pagination(&second)["next_cursor"].as_str().unwrap().to_owned();
            bela.get(&format!("{path}?cursor={cursor}")).await.fails(400, "invalid_cursor");
        }
    }
}
