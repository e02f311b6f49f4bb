//! What was deleted is gone, and what others said stays.

use crate::{INTEL, NOBODYS, SECOND, about, at, contents, counted, less, replies, says, trip};
use serde_json::Value;
use testkit::{World, json};

#[tokio::test]
async fn without_replies_it_disappears() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let (gone, stays) = (says(&bela, &trip, "gone", json!({})).await, says(&bela, &trip, "stays", json!({})).await);
    asha.delete(&at(&gone)).await.fails(403, "not_author");
    world.call("DELETE".parse().unwrap(), &at(&gone), None, None).await.fails(401, "missing_token");
    assert_eq!(bela.delete(&at(&gone)).await.is(200).message(), "Travel intel deleted");
    let body = |answer: testkit::Answer| less(&answer.fails(404, "not_found").body, &["request_id"]);
    assert_eq!(body(bela.get(&at(&gone)).await), body(bela.get(&at(NOBODYS)).await));
    bela.delete(&at(&gone)).await.fails(404, "not_found");
    bela.patch(&at(&gone), json!({ "content": "back" })).await.fails(404, "not_found");
    assert_eq!(contents(&world.get(&about(&trip)).await), ["stays"]);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_intel").await, 1);
    // Administrators moderate.
    root.delete(&at(&stays)).await.is(200);
    assert_eq!((contents(&world.get(&about(&trip)).await), counted(&world, &trip).await), (vec![], 0));
}

#[tokio::test]
async fn with_replies_an_empty_place_stays_until_the_last_is_gone() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let more = json!({
        "intel_type": "warning", "title": "secret title", "location_name": "secret place", "location_gps": "35.123,135.123",
        "severity_level": "critical", "safety_related": true, "photo_ipfs_hashes": ["secretphoto"], "valid_until": "2026-12-01",
    });
    let top = says(&bela, &trip, "secret words", more).await;
    let (first, second) = (replies(&chitra, &top, "first").await, replies(&asha, &top, "second").await);
    asha.post(&format!("{}/helpful", at(&top)), json!({})).await.is(200);
    world.advance(SECOND);
    bela.delete(&at(&top)).await.is(200);

    for reader in [&asha, &bela] {
        for answer in [
            reader.get(&at(&top)).await.is(200),
            reader.get(&about(&trip)).await.is(200),
            reader.get(&format!("{INTEL}/stats/{trip}")).await.is(200),
            reader.get(&format!("{INTEL}/user/intel")).await.is(200),
            world.get(&about(&trip)).await.is(200),
        ] {
            assert!(!answer.text.contains("secret") && !answer.text.contains("bela"), "{}", answer.text);
            assert!(!answer.text.contains(&bela.id) && !answer.text.contains("35.1"), "{}", answer.text);
        }
    }
    let thread = world.get(&at(&top)).await.is(200);
    let intel = &thread.data()["intel"];
    assert_eq!(
        (&intel["is_deleted"], &intel["content"], &intel["author"], &intel["user_id"], &intel["helpful_votes"]),
        (&json!(true), &json!(""), &Value::Null, &Value::Null, &json!(0))
    );
    assert_eq!(thread.data()["replies"].as_array().unwrap().len(), 2);
    assert_eq!(world.get(&about(&trip)).await.data()[0]["is_deleted"], true);
    for filter in ["type=warning", "severity=critical", "severity=medium", "safety_related=true", "status=closed"] {
        let found = world.get(&format!("{}&{filter}", about(&trip))).await.is(200);
        assert_eq!(contents(&found), [""; 0], "{filter}: nothing is left by which it could be found");
    }
    // Nothing is left of it in the database either.
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_intel where content like '%secret%' or title is not null or location_gps is not null or location_name is not null").await, 0);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_intel_votes").await, 0);
    // An empty place takes nothing; a reply in it does.
    for path in ["helpful", "respond"] {
        asha.post(&format!("{}/{path}", at(&top)), json!({ "content": "x" })).await.fails(404, "not_found");
    }
    bela.patch(&at(&top), json!({ "content": "back" })).await.fails(404, "not_found");
    bela.delete(&at(&top)).await.fails(404, "not_found");
    chitra.post(&format!("{}/respond", at(&second)), json!({ "status": "resolved" })).await.fails(403, "not_asker");
    asha.post(&format!("{}/respond", at(&second)), json!({ "status": "resolved" })).await.fails(404, "not_found");
    let third = replies(&bela, &second, "third").await;
    assert_eq!(counted(&world, &trip).await, 3);

    chitra.delete(&at(&first)).await.is(200);
    bela.delete(&at(&third)).await.is(200);
    assert_eq!(world.get(&at(&top)).await.is(200).data()["replies"][0]["content"], "second");
    asha.delete(&at(&second)).await.is(200);
    world.get(&at(&top)).await.fails(404, "not_found");
    assert_eq!((contents(&world.get(&about(&trip)).await), counted(&world, &trip).await), (vec![], 0));
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_intel").await, 0);
}
