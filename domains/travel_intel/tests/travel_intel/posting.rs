//! What is posted and changed, and what is refused.

use crate::{INTEL, NOBODYS, SECOND, about, and, at, blames, counted, id, less, post_with_key, says, trip};
use serde_json::Value;
use testkit::{World, json};

#[tokio::test]
async fn what_is_posted_is_shown_with_its_author() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let body = json!({
        "itinerary_id": trip, "intel_type": "Warning", "title": " Bridge closed ", "content": " The way round is long. ",
        "location_gps": "35.0094,135.6668", "location_name": "Arashiyama", "severity_level": "HIGH", "status": "open",
        "safety_related": true, "photo_ipfs_hashes": ["QmHash1"], "valid_until": "2026-12-01",
        "helpful_votes": 99, "traveler_id": asha.id, "is_deleted": true, "replies_count": 5,
    });
    let made = bela.post(INTEL, body).await.is(201);
    assert_eq!(made.message(), "Travel intel created");
    let data = made.data();
    for (field, value) in [
        ("itinerary_id", json!(trip)),
        ("project_id", json!(trip)),
        ("parent_intel_id", Value::Null),
        ("thread_depth", json!(0)),
        ("intel_type", json!("warning")),
        ("title", json!("Bridge closed")),
        ("content", json!("The way round is long.")),
        ("location_gps", json!("35.0094,135.6668")),
        ("location_name", json!("Arashiyama")),
        ("photo_ipfs_hashes", json!(["QmHash1"])),
        ("observation_timestamp", Value::Null),
        ("verified_at_location", json!(false)),
        ("safety_related", json!(true)),
        ("severity_level", json!("high")),
        ("status", json!("open")),
        ("response_status", json!("open")),
        ("resolved_at", Value::Null),
        ("valid_until", json!("2026-12-01")),
        ("is_expired", json!(false)),
        ("is_deleted", json!(false)),
        ("helpful_votes", json!(0)),
        ("unhelpful_count", json!(0)),
        ("upvotes", json!(0)),
        ("downvotes", json!(0)),
        ("user_vote", Value::Null),
        ("replies_count", json!(0)),
        ("traveler_id", json!(bela.id)),
        ("user_id", json!(bela.id)),
        ("created_at", json!("2026-11-23T09:30:00.000000Z")),
        ("updated_at", json!("2026-11-23T09:30:00.000000Z")),
    ] {
        assert_eq!(data[field], value, "{field}");
    }
    assert_eq!(data["author"]["username"], "bela");
    assert_eq!(data["traveler"], data["author"]);
    let read = bela.get(&at(data["id"].as_str().unwrap())).await.is(200);
    assert_eq!(&read.data()["intel"], data);
    assert_eq!(bela.get(&about(&trip)).await.data()[0], *data);
    let list = world.get(&about(&trip)).await.is(200);
    assert_eq!(less(&list.data()[0], &["location_gps"]), less(data, &["location_gps"]));
    assert!(!list.text.contains("example.org"), "no address in a list: {}", list.text);
}

#[tokio::test]
async fn the_web_clients_comment_is_an_update_and_other_names_are_understood() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let made = asha.post(INTEL, json!({ "itinerary_id": trip, "content": "Lovely" })).await.is(201);
    assert_eq!((&made.data()["intel_type"], &made.data()["severity_level"]), (&json!("update"), &json!("medium")));
    let other = json!({
        "project_id": trip, "content": "Bring cash", "intel_type": "tip", "location_reference": "Gion", "priority": "low",
    });
    let made = asha.post(INTEL, other).await.is(201);
    let found = (&made.data()["intel_type"], &made.data()["location_name"], &made.data()["severity_level"]);
    assert_eq!(found, (&json!("tip"), &json!("Gion"), &json!("low")));
    let parent = made.data()["id"].clone();
    let reply = json!({ "itinerary_id": trip, "content": "How much?", "parent_id": parent, "intel_type": "tip" });
    let reply = asha.post(INTEL, reply).await.is(201);
    assert_eq!(
        (&reply.data()["parent_intel_id"], &reply.data()["intel_type"], &reply.data()["thread_depth"]),
        (&parent, &json!("update"), &json!(1)),
        "a reply is an update whatever it calls itself"
    );
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_and_named() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let good = json!({ "itinerary_id": trip, "content": "Lovely" });
    for (field, value) in [
        ("content", Value::Null),
        ("content", json!("")),
        ("content", json!(" \n ")),
        ("content", json!("x".repeat(5_001))),
        ("itinerary_id", Value::Null),
        ("intel_type", json!("gossip")),
        ("severity_level", json!("deadly")),
        ("status", json!("done")),
        ("title", json!("x".repeat(201))),
        ("title", json!("two\nlines")),
        ("location_gps", json!("somewhere")),
        ("location_gps", json!("91,0")),
        ("location_name", json!("x".repeat(201))),
        ("safety_related", json!("very")),
        ("photo_ipfs_hashes[0]", json!(["<script>"])),
        ("valid_until", json!("2026-12-01")),
        ("valid_until", json!("soon")),
    ] {
        let name = field.trim_end_matches("[0]");
        blames(asha.post(INTEL, and(good.clone(), json!({ name: value }))).await, field);
    }
    for past in ["2026-11-21", "2026-11-23T09:29:59Z", "2026-11-23T11:00:00+02:00"] {
        let warning = json!({ "intel_type": "warning", "valid_until": past });
        blames(asha.post(INTEL, and(good.clone(), warning)).await, "valid_until");
    }
    blames(asha.post(INTEL, json!({})).await, "itinerary_id");
    world.post(INTEL, good.clone()).await.fails(401, "missing_token");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_intel").await, 0);
    for unknown in [NOBODYS, "nonsense"] {
        asha.post(INTEL, and(good.clone(), json!({ "itinerary_id": unknown }))).await.fails(404, "not_found");
        asha.post(INTEL, and(good.clone(), json!({ "parent_intel_id": unknown }))).await.fails(404, "not_found");
    }
    asha.post(INTEL, good).await.is(201);
}

#[tokio::test]
async fn a_reply_belongs_to_the_trip_of_its_thread_and_hangs_on_its_first_words() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (kyoto, osaka) = (trip(&asha, "Kyoto on foot").await, trip(&asha, "Osaka by night").await);
    let top = says(&bela, &kyoto, "Is it safe?", json!({ "intel_type": "question" })).await;
    let body = |trip: &str, parent: &str| json!({ "itinerary_id": trip, "content": "Yes", "parent_intel_id": parent });
    blames(asha.post(INTEL, body(&osaka, &top)).await, "parent_intel_id");
    let first = id(asha.post(INTEL, body(&kyoto, &top)).await);
    let second = bela.post(INTEL, body(&kyoto, &first)).await.is(201);
    assert_eq!(second.data()["parent_intel_id"], top);
    let thread = world.get(&at(&top)).await.is(200);
    assert_eq!(
        (&thread.data()["intel"]["replies_count"], thread.data()["replies"].as_array().unwrap().len()),
        (&json!(2), 2)
    );
    assert_eq!(world.get(&about(&osaka)).await.is(200).data(), &json!([]));
}

#[tokio::test]
async fn its_author_changes_it_and_nobody_else() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let more =
        json!({ "intel_type": "warning", "title": "Bridge", "location_name": "Gion", "valid_until": "2026-12-01" });
    let path = at(&says(&bela, &trip, "Closed", more).await);
    let other = at(&says(&asha, &trip, "Unchanged", json!({})).await);
    for person in [&asha, &root] {
        person.put(&path, json!({ "content": "Hacked" })).await.fails(403, "not_author");
        person.patch(&path, json!({ "content": "Hacked" })).await.fails(403, "not_author");
    }
    world.advance(SECOND);
    let changed = bela.put(&path, json!({ "content": "Open again", "status": "resolved", "intel_type": "tip" })).await;
    let data = changed.is(200).data().clone();
    assert_eq!(
        (&data["content"], &data["title"], &data["intel_type"]),
        (&json!("Open again"), &json!("Bridge"), &json!("warning"))
    );
    assert_eq!(data["resolved_at"], "2026-11-23T09:30:01.000000Z");
    assert_eq!(
        (&data["updated_at"], &data["created_at"]),
        (&json!("2026-11-23T09:30:01.000000Z"), &json!("2026-11-23T09:30:00.000000Z"))
    );
    let cleared = json!({ "title": null, "location_name": null, "valid_until": null, "status": "open" });
    let data = bela.patch(&path, cleared).await.is(200).data().clone();
    assert_eq!(
        (&data["title"], &data["location_name"], &data["valid_until"], &data["resolved_at"], &data["content"]),
        (&Value::Null, &Value::Null, &Value::Null, &Value::Null, &json!("Open again"))
    );
    assert_eq!(bela.get(&path).await.data()["intel"], data);
    for (field, value) in [("content", Value::Null), ("severity_level", Value::Null), ("status", json!("done"))] {
        blames(bela.patch(&path, json!({ field: value })).await, field);
    }
    blames(asha.patch(&other, json!({ "valid_until": "2026-12-01" })).await, "valid_until");
    assert_eq!(world.get(&other).await.data()["intel"]["content"], "Unchanged");
    bela.put(&at(NOBODYS), json!({ "content": "x" })).await.fails(404, "not_found");
    world.call("PUT".parse().unwrap(), &path, None, Some(json!({}))).await.fails(401, "missing_token");
}

#[tokio::test]
async fn the_same_request_sent_twice_says_it_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let body = json!({ "itinerary_id": trip, "content": "Once" });
    let first = id(post_with_key(&world, &asha, INTEL, body.clone()).await);
    let second = id(post_with_key(&world, &asha, INTEL, body).await);
    assert_eq!(first, second);
    assert_eq!((world.get(&about(&trip)).await.data().as_array().unwrap().len(), counted(&world, &trip).await), (1, 1));
}
