//! Reading on by a cursor.

use crate::{INTEL, SECOND, about, at, replies, says, trip};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Answer, World, json};

/// The ids in a list, or of the replies in a thread.
fn ids(answer: &Answer) -> Vec<String> {
    let list = answer.data().as_array().or_else(|| answer.data()["replies"].as_array()).unwrap();
    list.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn next(answer: &Answer) -> Option<&str> {
    answer.body["pagination"]["next_cursor"].as_str().or(answer.body["data"]["pagination"]["next_cursor"].as_str())
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
async fn each_thread_that_stays_comes_once_while_others_come_go_and_lapse() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    for sort in ["newest", "helpful", "critical", "type"] {
        let kyoto = trip(&asha, &format!("Kyoto, {sort}")).await;
        let more = json!({ "intel_type": "warning", "severity_level": "critical" });
        let mut all = Vec::new();
        for n in 0..10 {
            // Every third lapses: some at once, and some while somebody reads.
            let at = world.app.clock.now().plus((2 + n) * SECOND);
            let lapsing = crate::and(more.clone(), json!({ "valid_until": at }));
            all.push(says(&asha, &kyoto, &format!("{n}"), if n % 3 == 0 { lapsing } else { more.clone() }).await);
            if n % 2 == 0 {
                bela.post(&format!("{}/helpful", at_id(&all)), json!({})).await.is(200);
            }
            if n == 4 {
                world.advance(4 * SECOND);
            }
        }
        let path = match sort {
            "type" => format!("{INTEL}?type=warning&itinerary_id={kyoto}"),
            _ => format!("{}&sort={sort}", about(&kyoto)),
        };
        let mut goes = vec![all[8].clone(), all[1].clone()];
        let whole = ids(&world.get(&format!("{path}&per_page=100")).await.is(200));
        assert_eq!(whole.len(), 10);
        let expired = world
            .get(&path)
            .await
            .is(200)
            .data()
            .as_array()
            .unwrap()
            .iter()
            .filter(|i| i["is_expired"] == true)
            .count();
        assert!((1..4).contains(&expired), "{expired}");
        let mut page = format!("{path}&per_page=2&cursor=");
        let mut seen = Vec::new();
        loop {
            let answer = bela.get(&page).await.is(200);
            assert_eq!(ids(&answer), ids(&world.get(&page).await.is(200)));
            seen.extend(ids(&answer));
            assert!(seen.len() < 100, "{path}: does not end");
            world.advance(3 * SECOND);
            says(&bela, &kyoto, "a newcomer at the top", more.clone()).await;
            if let Some(id) = goes.pop() {
                asha.delete(&at(&id)).await.is(200);
            }
            match next(&answer) {
                Some(cursor) => page = format!("{path}&per_page=2&cursor={cursor}"),
                None => break,
            }
        }
        let stays = |id: &&String| **id != all[8] && **id != all[1];
        let old: Vec<_> = seen.iter().filter(stays).filter(|id| whole.contains(id)).collect();
        assert_eq!(old, whole.iter().filter(stays).collect::<Vec<_>>(), "{sort}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "{sort}");
    }
}

fn at_id(all: &[String]) -> String {
    at(all.last().unwrap())
}

#[tokio::test]
async fn replies_and_my_words_are_read_on_too() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let (top, other) = (says(&asha, &kyoto, "top", json!({})).await, says(&asha, &kyoto, "other", json!({})).await);
    let mut all = Vec::new();
    for n in 0..7 {
        all.push(replies(&bela, &top, &format!("{n}")).await);
        replies(&bela, &other, "elsewhere").await;
        if n % 3 == 0 {
            world.advance(SECOND);
        }
    }
    for (path, newest_first) in [(at(&top), false), (format!("{INTEL}/user/intel"), true)] {
        let whole = ids(&bela.get(&format!("{path}?per_page=100")).await.is(200));
        let mut page = format!("{path}?per_page=2&cursor=");
        let mut seen = Vec::new();
        loop {
            let answer = bela.get(&page).await.is(200);
            seen.extend(ids(&answer));
            assert!(seen.len() < 100, "{path}: does not end");
            let list = answer.data().as_array().or_else(|| answer.data()["replies"].as_array()).unwrap();
            assert!(list.iter().all(|item| item["author"]["username"] == "bela"), "{}", answer.text);
            if seen.len() == 4 {
                bela.delete(&at(&whole[1])).await.is(200);
                bela.delete(&at(&whole[5])).await.is(200);
            }
            replies(&bela, &other, "a newcomer").await;
            let Some(cursor) = next(&answer) else { break };
            assert_eq!(links(&answer)["next"], format!("{path}?per_page=2&cursor={cursor}"));
            page = links(&answer)["next"].clone();
        }
        let expected: Vec<_> = whole.iter().enumerate().filter(|(n, _)| *n != 5).map(|(_, id)| id.clone()).collect();
        assert_eq!(seen, expected, "{path}");
        if !newest_first {
            all.retain(|id| *id != whole[5]);
            assert_eq!(seen, all);
        }
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_or_one_that_was_tampered_with_is_refused() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&asha, "Osaka by night").await);
    let mut tops = Vec::new();
    for trip in [&kyoto, &osaka, &kyoto, &osaka] {
        tops.push(says(&bela, trip, "a tip", json!({ "intel_type": "tip" })).await);
        for _ in 0..2 {
            replies(&bela, tops.last().unwrap(), "a reply").await;
        }
    }
    let lists = [
        format!("{}&per_page=1", about(&kyoto)),
        format!("{}&per_page=1", about(&osaka)),
        format!("{}&per_page=1&sort=helpful", about(&kyoto)),
        format!("{}&per_page=1&type=tip", about(&kyoto)),
        format!("{INTEL}?type=tip&per_page=1"),
        format!("{}?per_page=1", at(&tops[0])),
        format!("{}?per_page=1", at(&tops[1])),
        format!("{INTEL}/user/intel?per_page=1"),
    ];
    for (n, list) in lists.iter().enumerate() {
        let cursor = next(&bela.get(list).await.is(200)).unwrap().to_owned();
        for (m, other) in lists.iter().enumerate() {
            let answer = bela.get(&format!("{other}&cursor={cursor}")).await;
            if n == m {
                answer.is(200);
            } else {
                assert!(answer.fails(400, "invalid_cursor").message().contains("begin anew"));
            }
        }
        let middle = cursor.len() / 2;
        let other = if &cursor[middle..=middle] == "A" { "Q" } else { "A" };
        let tampered = format!("{}{other}{}", &cursor[..middle], &cursor[middle + 1..]);
        for bad in [tampered.as_str(), "x", &cursor[1..]] {
            bela.get(&format!("{list}&cursor={bad}")).await.fails(400, "invalid_cursor");
        }
    }
    let hers = next(&bela.get(&lists[7]).await.is(200)).unwrap().to_owned();
    asha.get(&format!("{}&cursor={hers}", lists[7])).await.fails(400, "invalid_cursor");
}

#[tokio::test]
async fn pages_by_cursor_have_no_totals_and_links_lead_around() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let kyoto = trip(&asha, "Kyoto on foot").await;
    let mut all = Vec::new();
    for n in 0..5 {
        all.insert(0, says(&asha, &kyoto, &format!("{n}"), json!({})).await);
        world.advance(SECOND);
    }
    let second = world.get(&format!("{}&per_page=2&page=2", about(&kyoto))).await.is(200);
    assert_eq!((ids(&second), &second.body["pagination"]["total"]), (all[2..4].to_vec(), &json!(5)));
    let around = links(&second);
    assert_eq!(around.keys().collect::<Vec<_>>(), ["first", "next", "prev"]);
    for first in ["first", "prev"] {
        assert_eq!(ids(&world.get(&around[first]).await.is(200)), all[..2]);
    }
    let third = world.get(&around["next"]).await.is(200);
    assert_eq!((ids(&third), &third.body["pagination"]["total"]), (all[4..].to_vec(), &json!(null)));
    assert_eq!(links(&third).keys().collect::<Vec<_>>(), ["first"], "there is nothing more");
    // The most helpful of all trips would be sorted by nothing that an index has.
    crate::blames(world.get(&format!("{INTEL}?type=tip&sort=helpful")).await, "sort");
}
