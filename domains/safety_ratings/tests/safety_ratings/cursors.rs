//! Reading on by a cursor.

use crate::{LIST, MINE, at, ids, key, of, rates, trip};
use kernel::sql;
use std::{collections::BTreeMap, time::Duration};
use testkit::{Answer, Person, World, json};

const SECOND: Duration = Duration::from_secs(1);

fn next(answer: &Answer) -> Option<&str> {
    answer.body["pagination"]["next_cursor"].as_str()
}

/// The links of a reply by their relation.
fn links(answer: &Answer) -> BTreeMap<String, String> {
    let link = |part: &str| {
        let (address, rel) = part.split_once(">; rel=\"").unwrap();
        (rel.trim_end_matches('"').to_owned(), address.trim_start_matches('<').to_owned())
    };
    answer.header("link").split(", ").map(link).collect()
}

/// Six raters.
async fn raters(world: &World) -> Vec<Person<'_>> {
    let mut raters = Vec::new();
    for n in 0..6 {
        raters.push(world.person(&format!("rater{n}")).await);
    }
    raters
}

#[tokio::test]
async fn each_rating_that_stays_comes_once_while_others_are_added_and_taken_back() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let raters = raters(&world).await;
    for list in [0, 1, 2, 3] {
        let kyoto = asha.publishes(trip(&format!("Kyoto, list {list}"))).await;
        let osaka = asha.publishes(trip(&format!("Osaka, list {list}"))).await;
        let (mut stays, mut goes) = (Vec::new(), Vec::new());
        for (n, rater) in (0..).zip(&raters) {
            // Ties in all that is sorted by, and some that are none.
            let (first, second) = (rates(rater, &kyoto, n % 3 + 1).await, rates(rater, &osaka, 5 - n % 2).await);
            if n % 2 == 0 {
                stays.extend([first, second]);
            } else {
                stays.push(second);
                goes.push((n, first));
            }
            if n % 3 == 1 {
                world.advance(SECOND);
            }
        }
        for n in 0..6 {
            let own = rates(&raters[0], &asha.publishes(trip(&format!("Trip {n}, list {list}"))).await, 3).await;
            if n == 2 { goes.push((0, own)) } else { stays.push(own) }
        }
        world.advance(SECOND);
        for id in stays.iter().step_by(3) {
            // Whosever it is.
            for rater in &raters {
                rater.patch(&at(id), json!({ "detailed_feedback": "Changed since" })).await;
            }
        }
        let path = match list {
            0 => format!("{LIST}?sort=newest"),
            1 => format!("{LIST}?sort=score"),
            2 => format!("{}?", of(&osaka, "ratings")),
            _ => format!("{MINE}?"),
        };
        let reader = &raters[0];
        let whole = ids(&reader.get(&format!("{path}&per_page=100")).await.is(200));
        let mut page = format!("{path}&per_page=2&cursor=");
        let mut seen = Vec::new();
        loop {
            let answer = reader.get(&page).await.is(200);
            if list < 3 {
                assert_eq!(ids(&answer), ids(&world.get(&page).await.is(200)), "{page}");
            }
            seen.extend(ids(&answer));
            assert!(seen.len() < 100, "{path}: does not end");
            // One that pushes rows onto the next page, and one that pulls them back.
            let newcomer = world.person(&format!("new{list}x{}", seen.len())).await;
            rates(&newcomer, &osaka, 5).await;
            rates(reader, &newcomer.publishes(trip("A newcomer's trip")).await, 5).await;
            if let Some((n, id)) = goes.pop() {
                let rater: &Person<'_> = &raters[usize::try_from(n).unwrap()];
                rater.delete(&at(&id)).await.is(200);
            }
            match next(&answer) {
                Some(cursor) => page = format!("{path}&per_page=2&cursor={cursor}"),
                None => break,
            }
        }
        let expected: Vec<_> = whole.into_iter().filter(|id| stays.contains(id)).collect();
        assert!(expected.len() >= 3, "{path}: {expected:?}");
        let old: Vec<_> = seen.iter().filter(|id| expected.contains(id)).cloned().collect();
        assert_eq!(old, expected, "{path}");
        let unique: std::collections::BTreeSet<_> = seen.iter().collect();
        assert_eq!(unique.len(), seen.len(), "{path}");
        world.sql(sql!("delete from safety_ratings")).await;
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_or_one_that_was_tampered_with_is_refused() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (kyoto, osaka) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    for rater in &raters(&world).await {
        rates(rater, &kyoto, 4).await;
        rates(rater, &osaka, 4).await;
    }
    rates(&bela, &kyoto, 4).await;
    rates(&bela, &osaka, 4).await;
    let lists = [
        format!("{LIST}?per_page=1"),
        format!("{LIST}?per_page=1&sort=score"),
        format!("{LIST}?per_page=1&min_score=2"),
        format!("{LIST}?per_page=1&location=kyoto"),
        format!("{}?per_page=1", of(&kyoto, "ratings")),
        format!("{}?per_page=1", of(&osaka, "ratings")),
        format!("{MINE}?per_page=1"),
    ];
    for (n, list) in lists.iter().enumerate() {
        let cursor = next(&bela.get(list).await.is(200)).unwrap().to_owned();
        for (m, other) in lists.iter().enumerate() {
            let answer = bela.get(&format!("{other}&cursor={cursor}")).await;
            if n == m {
                answer.is(200);
            } else {
                let answer = answer.fails(400, "invalid_cursor");
                assert!(answer.message().contains("begin anew"), "{}", answer.text);
            }
        }
        let middle = cursor.len() / 2;
        let other = if &cursor[middle..=middle] == "A" { "Q" } else { "A" };
        let tampered = format!("{}{other}{}", &cursor[..middle], &cursor[middle + 1..]);
        for bad in [tampered.as_str(), "x", &cursor[1..]] {
            bela.get(&format!("{list}&cursor={bad}")).await.fails(400, "invalid_cursor");
        }
    }
    // Nor is one's own list another one's.
    let hers = next(&bela.get(&lists[6]).await.is(200)).unwrap().to_owned();
    asha.get(&format!("{}&cursor={hers}", lists[6])).await.fails(400, "invalid_cursor");
    world.get(&format!("{LIST}?type=food&cursor=x")).await.fails(400, "invalid_cursor");
    // The two addresses of a trip's ratings are one list.
    let of_trip = next(&world.get(&lists[4]).await.is(200)).unwrap().to_owned();
    world.get(&format!("{}?per_page=1&cursor={of_trip}", at(&kyoto))).await.is(200);
}

#[tokio::test]
async fn links_lead_to_the_pages_around() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let raters = raters(&world).await;
    let mut all = Vec::new();
    for rater in &raters[..5] {
        all.insert(0, rates(rater, &kyoto, 4).await);
        world.advance(SECOND);
    }
    for path in [format!("{LIST}?itinerary_id={kyoto}&"), format!("{}?", of(&kyoto, "ratings"))] {
        for reader in [None, Some(&raters[0])] {
            let get = async |path: &str| match reader {
                None => world.get(path).await.is(200),
                Some(reader) => reader.get(path).await.is(200),
            };
            let second = get(&format!("{path}per_page=2&page=2")).await;
            assert_eq!(ids(&second), all[2..4]);
            assert_eq!(
                (&second.body["pagination"]["total"], &second.body["pagination"]["pages"]),
                (&json!(5), &json!(3))
            );
            let around = links(&second);
            assert_eq!(around.keys().collect::<Vec<_>>(), ["first", "next", "prev"]);
            assert_eq!(ids(&get(&around["prev"]).await), all[..2]);
            assert_eq!(ids(&get(&around["first"]).await), all[..2]);
            let third = get(&around["next"]).await;
            assert_eq!((ids(&third), &third.body["pagination"]["total"]), (all[4..].to_vec(), &json!(null)));
            assert_eq!(links(&third).keys().collect::<Vec<_>>(), ["first"], "there is nothing more");
        }
    }
}

#[tokio::test]
async fn the_reader_own_vote_stands_on_every_page_and_on_nobody_elses() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let raters = raters(&world).await;
    let mut all = Vec::new();
    for rater in &raters {
        all.push(rates(rater, &kyoto, 4).await);
    }
    asha.post(&format!("{}/helpful", at(&all[0])), json!({})).await.is(200);
    asha.post(&format!("{}/unhelpful", at(&all[1])), json!({})).await.is(200);
    let mut path = format!("{}?per_page=2&cursor=", of(&kyoto, "ratings"));
    let mut votes = BTreeMap::new();
    loop {
        let (hers, anybodys) = (asha.get(&path).await.is(200), world.get(&path).await.is(200));
        for (her, any) in hers.data().as_array().unwrap().iter().zip(anybodys.data().as_array().unwrap()) {
            assert_eq!(any["user_vote"], json!(null));
            votes.insert(her["id"].as_str().unwrap().to_owned(), her["user_vote"].clone());
        }
        let Some(cursor) = next(&hers) else { break };
        path = format!("{}?per_page=2&cursor={cursor}", of(&kyoto, "ratings"));
    }
    assert_eq!(
        (&votes[&all[0]], &votes[&all[1]], &votes[&all[2]]),
        (&json!("helpful"), &json!("unhelpful"), &json!(null))
    );
    assert_eq!(votes.len(), 6);
}

#[tokio::test]
async fn ratings_are_found_by_the_place_of_their_trip_and_by_its_certificate() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let mut all = Vec::new();
    for (destination, score) in [("Nara Park, Japan", 4), ("Old Town of Cusco, Peru", 2), ("São Tomé", 5)] {
        let trip = asha.publishes(json!({ "title": "A trip", "destination": destination })).await;
        all.push((rates(&bela, &trip, score).await, trip));
        world.advance(SECOND);
    }
    let certify = sql!("update itineraries set women_safe_certified = TRUE where id = $1");
    world.sql(certify.bind(key(&all[1].1))).await;
    let draft = asha.publishes(json!({ "title": "A draft", "destination": "Nara, Japan" })).await;
    rates(&bela, &draft, 5).await;
    asha.patch(&format!("/api/itineraries/{draft}"), json!({ "is_published": false })).await.is(200);
    for (query, expected) in [
        ("location=nara", vec![0]),
        ("region=NARA+park", vec![0]),
        ("location=japan&max_score=3", vec![]),
        ("location=ara", vec![]),
        ("location=old+town+of+cusco,+peru", vec![1]),
        ("location=old+town+of+nara", vec![]),
        ("location=sao+tome", vec![2]),
        ("location=%25", vec![]),
        ("location=", vec![2, 1, 0]),
        ("women_safe=true", vec![1]),
        ("women_safe=false", vec![2, 1, 0]),
        ("women_safe=true&location=cusco", vec![1]),
        ("women_safe=true&location=nara", vec![]),
        ("women_safe=true&sort=score&min_score=2", vec![1]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|n: usize| all[n].0.clone()).collect();
        for answer in [world.get(&format!("{LIST}?{query}")).await, asha.get(&format!("{LIST}?{query}")).await] {
            assert_eq!(ids(&answer.clone().is(200)), expected, "{query}");
            assert_eq!(answer.body["pagination"]["total"], expected.len(), "{query}");
        }
    }
    crate::blames(world.get(&format!("{LIST}?women_safe=maybe")).await, "women_safe");
    crate::blames(world.get(&format!("{LIST}?location={}", "x".repeat(501))).await, "location");
}
