//! Lists: orders, filters, pages, replies.

use crate::{HOUR, INTEL, NOBODYS, SECOND, about, at, blames, contents, replies, says, trip};
use testkit::{World, json};

#[tokio::test]
async fn a_list_has_the_threads_of_its_trip_newest_first_and_each_with_its_own_author() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&bela, "Osaka by night").await);
    let first = says(&asha, &kyoto, "first", json!({})).await;
    world.advance(SECOND);
    says(&bela, &kyoto, "second", json!({})).await;
    says(&asha, &osaka, "elsewhere", json!({})).await;
    replies(&bela, &first, "a reply").await;
    for reader in [world.get(&about(&kyoto)).await, asha.get(&about(&kyoto)).await] {
        let list = reader.is(200);
        assert_eq!(contents(&list), ["second", "first"]);
        assert_eq!(list.body["pagination"]["total"], 2);
        let authors: Vec<_> = list.data().as_array().unwrap().iter().map(|i| &i["author"]["username"]).collect();
        assert_eq!(authors, ["bela", "asha"]);
        let replies: Vec<_> = list.data().as_array().unwrap().iter().map(|i| &i["replies_count"]).collect();
        assert_eq!(replies, [0, 1]);
    }
    assert_eq!(contents(&world.get(&about(&osaka)).await), ["elsewhere"]);
}

#[tokio::test]
async fn each_sort_has_its_order_and_ties_are_broken() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let mut ids = Vec::new();
    for (content, severity) in [("one", "critical"), ("two", "low"), ("three", "critical"), ("four", "medium")] {
        ids.push(says(&asha, &trip, content, json!({ "severity_level": severity })).await);
        world.advance(SECOND);
    }
    for (id, vote) in [(&ids[1], "helpful"), (&ids[3], "unhelpful")] {
        bela.post(&format!("{}/{vote}", at(id)), json!({})).await.is(200);
    }
    let list = async |query: &str| world.get(&format!("{}&{query}", about(&trip))).await.is(200);
    for newest in ["", "sort=newest", "sort=nonsense"] {
        assert_eq!(contents(&list(newest).await), ["four", "three", "two", "one"], "{newest}");
    }
    assert_eq!(contents(&list("sort=helpful").await), ["two", "four", "three", "one"]);
    assert_eq!(contents(&list("sort=critical").await), ["three", "one"]);
    let mut seen = Vec::new();
    for page in 1..=3 {
        let answer = list(&format!("sort=helpful&per_page=2&page={page}")).await;
        assert_eq!(answer.body["pagination"]["total"], 4);
        seen.extend(contents(&answer).into_iter().map(str::to_owned));
    }
    assert_eq!(seen, ["two", "four", "three", "one"]);
    // All at one moment.
    let other = crate::trip(&asha, "Osaka by night").await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(says(&asha, &other, &format!("tie {n}"), json!({})).await);
    }
    ids.sort_unstable_by(|a, b| b.cmp(a));
    for sort in ["newest", "helpful"] {
        let mut seen = Vec::new();
        for page in 1..=3 {
            let answer = world.get(&format!("{}&sort={sort}&per_page=2&page={page}", about(&other))).await;
            seen.extend(answer.data().as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()));
        }
        assert_eq!(seen, ids, "{sort}");
    }
}

#[tokio::test]
async fn filters_find_what_meets_all_of_them() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&asha, "Osaka by night").await);
    for (trip, content, more) in [
        (&kyoto, "a tip", json!({ "intel_type": "tip" })),
        (&kyoto, "a grave tip", json!({ "intel_type": "tip", "severity_level": "high", "safety_related": true })),
        (&kyoto, "a question", json!({ "intel_type": "question", "status": "closed" })),
        (&osaka, "a tip elsewhere", json!({ "intel_type": "tip", "status": "closed" })),
    ] {
        says(&asha, trip, content, more).await;
        world.advance(SECOND);
    }
    for (query, expected) in [
        ("type=tip", vec!["a tip elsewhere", "a grave tip", "a tip"]),
        ("type=TIP&status=closed", vec!["a tip elsewhere"]),
        ("status=closed", vec!["a tip elsewhere", "a question"]),
        ("severity=high", vec!["a grave tip"]),
        ("severity_level=high", vec!["a grave tip"]),
        ("safety_related=true", vec!["a grave tip"]),
        ("safety_related=false&type=tip", vec!["a tip elsewhere", "a tip"]),
        ("type=gossip", vec![]),
        ("sort=critical", vec![]),
        (&format!("itinerary_id={kyoto}&type=tip"), vec!["a grave tip", "a tip"]),
        (&format!("itinerary_id={kyoto}&type=tip&severity=medium"), vec!["a tip"]),
        (&format!("itinerary_id={kyoto}&type="), vec!["a question", "a grave tip", "a tip"]),
    ] {
        let list = world.get(&format!("{INTEL}?{query}")).await.is(200);
        assert_eq!(contents(&list), expected, "{query}");
        assert_eq!(list.body["pagination"]["total"], expected.len(), "{query}");
        let page = world.get(&format!("{INTEL}?{query}&per_page=1&page=1")).await.is(200);
        assert_eq!(page.body["pagination"]["total"], expected.len(), "{query}");
    }
    let beyond = world.get(&format!("{INTEL}?type=tip&per_page=100&page=101")).await.is(200);
    assert_eq!((contents(&beyond), &beyond.body["pagination"]["total"]), (vec![], &json!(3)));
    blames(world.get(INTEL).await, "itinerary_id");
    blames(world.get(&format!("{INTEL}?itinerary_id=")).await, "itinerary_id");
    blames(world.get(&format!("{INTEL}?type=tip&safety_related=perhaps")).await, "safety_related");
    for unknown in [NOBODYS, "nonsense"] {
        world.get(&about(unknown)).await.fails(404, "not_found");
        world.get(&at(unknown)).await.fails(404, "not_found");
    }
}

#[tokio::test]
async fn replies_come_oldest_first_in_pages() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let (top, other) = (says(&asha, &trip, "top", json!({})).await, says(&asha, &trip, "other", json!({})).await);
    for n in 0..3 {
        replies(&bela, &top, &format!("reply {n}")).await;
        replies(&asha, &other, "not here").await;
        world.advance(SECOND);
    }
    let said = |answer: &testkit::Answer| -> Vec<String> {
        let all = answer.data()["replies"].as_array().unwrap().iter();
        all.map(|r| format!("{} {}", r["author"]["username"].as_str().unwrap(), r["content"].as_str().unwrap()))
            .collect()
    };
    let all = world.get(&at(&top)).await.is(200);
    assert_eq!(said(&all), ["bela reply 0", "bela reply 1", "bela reply 2"]);
    assert_eq!(all.data()["intel"]["replies_count"], 3);
    let second = asha.get(&format!("{}?per_page=2&page=2", at(&top))).await.is(200);
    assert_eq!(said(&second), ["bela reply 2"]);
    assert_eq!(second.data()["pagination"]["total"], 3);
    let reply = all.data()["replies"][0]["id"].as_str().unwrap();
    let alone = world.get(&at(reply)).await.is(200);
    assert_eq!((&alone.data()["intel"]["parent_intel_id"], &alone.data()["replies"]), (&json!(top), &json!([])));
}

#[tokio::test]
async fn my_own_is_listed_with_my_replies_and_nobody_elses() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let hers = says(&asha, &trip, "hers", json!({})).await;
    world.advance(SECOND);
    says(&bela, &trip, "mine", json!({})).await;
    world.advance(SECOND);
    replies(&bela, &hers, "my reply").await;
    let own = bela.get(&format!("{INTEL}/user/intel")).await.is(200);
    assert_eq!((contents(&own), &own.body["pagination"]["total"]), (vec!["my reply", "mine"], &json!(2)));
    let page = bela.get(&format!("{INTEL}/user/intel?per_page=1")).await.is(200);
    assert_eq!((contents(&page), &page.body["pagination"]["total"]), (vec!["my reply"], &json!(2)));
    world.get(&format!("{INTEL}/user/intel")).await.fails(401, "missing_token");
}

#[tokio::test]
async fn what_was_written_is_read_at_once_and_in_other_processes() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let beside = world.beside().await;
    assert_eq!(contents(&beside.get(&about(&trip)).await.is(200)), [""; 0]);
    let path = at(&says(&asha, &trip, "new", json!({})).await);
    for place in [&world, &beside] {
        assert_eq!(contents(&place.get(&about(&trip)).await.is(200)), ["new"]);
    }
    world.advance(HOUR / 10);
    asha.patch(&path, json!({ "content": "newer" })).await.is(200);
    for place in [&world, &beside] {
        assert_eq!(contents(&place.get(&about(&trip)).await.is(200)), ["newer"]);
    }
}
