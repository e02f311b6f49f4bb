//! Answers: words from everybody, the settling of a matter from whom it concerns.

use crate::{NOBODYS, SECOND, at, blames, post_with_key, says, trip};
use serde_json::Value;
use testkit::{World, json};

#[tokio::test]
async fn words_are_a_reply() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let top = says(&asha, &trip, "Is it safe?", json!({ "intel_type": "question" })).await;
    let respond = format!("{}/respond", at(&top));
    for field in ["content", "text"] {
        let reply = bela.post(&respond, json!({ field: " Yes " })).await.is(201);
        let data = reply.data();
        assert_eq!(
            (&data["content"], &data["parent_intel_id"], &data["intel_type"], &data["thread_depth"], &data["user_id"]),
            (&json!("Yes"), &json!(top), &json!("update"), &json!(1), &json!(bela.id))
        );
        assert_eq!(data["author"]["username"], "bela");
    }
    let thread = world.get(&at(&top)).await.is(200);
    let intel = &thread.data()["intel"];
    assert_eq!((&intel["replies_count"], &intel["status"]), (&json!(2), &json!("open")), "words settle nothing");
    let reply = thread.data()["replies"][0]["id"].as_str().unwrap();
    let deeper = asha.post(&format!("{}/respond", at(reply)), json!({ "content": "Thanks" })).await.is(201);
    assert_eq!(deeper.data()["parent_intel_id"], top, "threads are one level deep");
    for bad in ["", "  ", &"x".repeat(5_001)] {
        blames(bela.post(&respond, json!({ "content": bad })).await, "content");
    }
    world.post(&respond, json!({ "content": "x" })).await.fails(401, "missing_token");
    bela.post(&format!("{}/respond", at(NOBODYS)), json!({ "content": "x" })).await.fails(404, "not_found");
}

#[tokio::test]
async fn only_whom_it_concerns_settles_a_matter() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let root = world.admin("captain").await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let ask = async || says(&bela, &trip, "Is it safe?", json!({ "intel_type": "question" })).await;
    let top = ask().await;
    let respond = format!("{}/respond", at(&top));
    for body in [
        json!({}),
        json!({ "status": "resolved" }),
        json!({ "response_status": "resolved" }),
        json!({ "content": "x", "status": "closed" }),
    ] {
        chitra.post(&respond, body).await.fails(403, "not_asker");
    }
    let untouched = world.get(&at(&top)).await;
    assert_eq!((&untouched.data()["intel"]["status"], &untouched.data()["replies"]), (&json!("open"), &json!([])));
    for person in [&bela, &asha, &root] {
        let respond = format!("{}/respond", at(&ask().await));
        let settled = person.post(&respond, json!({ "status": "resolved" })).await.is(200);
        assert_eq!(settled.message(), "Intel response recorded");
        let data = settled.data();
        assert_eq!((&data["status"], &data["response_status"]), (&json!("resolved"), &json!("resolved")));
        assert_eq!(data["resolved_at"], "2026-11-23T09:30:00.000000Z");
        assert_eq!((&data["author"]["username"], &data["content"]), (&json!("bela"), &json!("Is it safe?")));
        let again =
            person.post(&respond, json!({ "status": "open", "response_status": "awaiting_response" })).await.is(200);
        assert_eq!(
            (&again.data()["status"], &again.data()["response_status"], &again.data()["resolved_at"]),
            (&json!("open"), &json!("awaiting_response"), &Value::Null)
        );
        assert_eq!(
            person.post(&respond, json!({})).await.is(200).data()["status"],
            "resolved",
            "the predecessor's default"
        );
    }
    for (field, bad) in [("status", "done"), ("response_status", "closed")] {
        blames(bela.post(&respond, json!({ field: bad })).await, field);
    }
}

#[tokio::test]
async fn words_and_status_together_do_both() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let top = says(&bela, &trip, "Is it safe?", json!({ "intel_type": "question" })).await;
    world.advance(SECOND);
    let both = json!({ "content": "Yes", "status": "resolved" });
    let reply = asha.post(&format!("{}/respond", at(&top)), both).await.is(201);
    assert_eq!((&reply.data()["parent_intel_id"], &reply.data()["status"]), (&json!(top), &json!("open")));
    let intel = world.get(&at(&top)).await.data()["intel"].clone();
    assert_eq!(
        (&intel["status"], &intel["response_status"], &intel["resolved_at"], &intel["replies_count"]),
        (&json!("resolved"), &json!("resolved"), &json!("2026-11-23T09:30:01.000000Z"), &json!(1))
    );
    // Said to a reply, it is about the thread.
    let reply = reply.data()["id"].as_str().unwrap();
    let settled = bela.post(&format!("{}/respond", at(reply)), json!({ "status": "closed" })).await.is(200);
    assert_eq!((&settled.data()["id"], &settled.data()["status"]), (&json!(top), &json!("closed")));
}

#[tokio::test]
async fn a_reply_given_before_does_not_show_what_was_deleted_since() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let top = says(&bela, &trip, "secret words", json!({})).await;
    let respond = format!("{}/respond", at(&top));
    let settle = async || post_with_key(&world, &asha, &respond, json!({ "status": "resolved" })).await;
    assert!(settle().await.is(200).text.contains("secret words"));
    assert_eq!(settle().await.is(200).header("idempotency-replayed"), "true");
    bela.delete(&at(&top)).await.is(200);
    settle().await.fails(404, "not_found");
}
