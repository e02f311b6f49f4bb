//! Who sees what: hidden people, hidden trips, and where somebody stood.

use crate::{INTEL, NOBODYS, about, at, contents, counted, disable, enable, less, replies, says, trip};
use testkit::{Answer, Person, World, json};

fn body(answer: Answer) -> serde_json::Value {
    less(&answer.fails(404, "not_found").body, &["request_id"])
}

/// Fails unless every door answers for this piece of intel as for an id that was never given out.
async fn assert_hidden(world: &World, id: &str, others: &[&Person<'_>]) {
    assert_eq!(body(world.get(&at(id)).await), body(world.get(&at(NOBODYS)).await));
    for other in others {
        let change = json!({ "content": "Not yours" });
        assert_eq!(body(other.get(&at(id)).await), body(other.get(&at(NOBODYS)).await));
        assert_eq!(body(other.put(&at(id), change.clone()).await), body(other.put(&at(NOBODYS), change.clone()).await));
        assert_eq!(body(other.delete(&at(id)).await), body(other.delete(&at(NOBODYS)).await));
        for door in ["helpful", "unhelpful", "respond"] {
            let knock = async |id: &str| body(other.post(&format!("{}/{door}", at(id)), change.clone()).await);
            assert_eq!(knock(id).await, knock(NOBODYS).await, "{door}");
        }
    }
}

#[tokio::test]
async fn what_somebody_hidden_wrote_is_not_there() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let root = world.admin("captain").await;
    let trip = trip(&asha, "Kyoto on foot").await;
    let more = json!({ "intel_type": "tip", "severity_level": "critical" });
    let hers = says(&bela, &trip, "secret thread", more).await;
    let below = replies(&chitra, &hers, "below hers").await;
    let open = says(&chitra, &trip, "open thread", json!({ "intel_type": "tip" })).await;
    let reply = replies(&bela, &open, "secret reply").await;
    replies(&chitra, &open, "open reply").await;
    // The empty place above nothing but hidden replies.
    let empty = says(&chitra, &trip, "emptied", json!({})).await;
    replies(&bela, &empty, "secret answer").await;
    chitra.delete(&at(&empty)).await.is(200);
    world.get(&at(&empty)).await.is(200);
    disable(&world, &bela).await;

    for id in [&hers, &below, &reply, &empty] {
        assert_hidden(&world, id, &[&asha, &root]).await;
    }
    assert_eq!(body(chitra.get(&at(&below)).await), body(chitra.get(&at(NOBODYS)).await));
    for path in [
        about(&trip),
        format!("{}&per_page=1", about(&trip)),
        format!("{}&sort=helpful", about(&trip)),
        format!("{INTEL}?type=tip"),
    ] {
        for answer in [world.get(&path).await.is(200), asha.get(&path).await.is(200), root.get(&path).await.is(200)] {
            assert_eq!(
                (contents(&answer), &answer.body["pagination"]["total"]),
                (vec!["open thread"], &json!(1)),
                "{path}"
            );
            assert_eq!(answer.data()[0]["replies_count"], 1, "{path}");
        }
    }
    assert_eq!(contents(&world.get(&format!("{INTEL}?sort=critical")).await), [""; 0]);
    let thread = world.get(&at(&open)).await.is(200);
    assert_eq!(
        (&thread.data()["intel"]["replies_count"], &thread.data()["pagination"]["total"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(thread.data()["replies"].as_array().unwrap().len(), 1);
    let stats = world.get(&format!("{INTEL}/stats/{trip}")).await.is(200);
    assert_eq!(
        (&stats.data()["total"], &stats.data()["by_type"]["tip"], &stats.data()["critical_count"]),
        (&json!(2), &json!(1), &json!(0))
    );
    let own = chitra.get(&format!("{INTEL}/user/intel")).await.is(200);
    assert_eq!((contents(&own).len(), &own.body["pagination"]["total"]), (3, &json!(3)), "{}", own.text);

    enable(&world).await;
    assert_eq!(contents(&world.get(&about(&trip)).await).len(), 3);
    assert_eq!(world.get(&at(&hers)).await.is(200).data()["replies"][0]["content"], "below hers");
}

#[tokio::test]
async fn a_hidden_trip_hides_what_was_said_about_it() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let root = world.admin("captain").await;
    let (trip, other) = (trip(&asha, "Kyoto on foot").await, trip(&root, "Osaka by night").await);
    let path = format!("/api/itineraries/{trip}");
    says(&bela, &other, "elsewhere", json!({ "intel_type": "tip" })).await;
    let top = says(&bela, &trip, "secret words", json!({ "intel_type": "tip" })).await;
    let reply = replies(&root, &top, "secret reply").await;

    let unpublish = async || drop(asha.patch(&path, json!({ "is_published": false })).await.is(200));
    let publish = async || drop(asha.patch(&path, json!({ "is_published": true })).await.is(200));
    let gone = async || {
        assert_eq!(body(world.get(&at(&top)).await), body(world.get(&at(NOBODYS)).await));
        assert_eq!(body(bela.get(&at(&top)).await), body(bela.get(&at(NOBODYS)).await));
        assert_eq!(body(bela.get(&about(&trip)).await), body(bela.get(&about(NOBODYS)).await));
        let stats = |id: &str| format!("{INTEL}/stats/{id}");
        assert_eq!(body(bela.get(&stats(&trip)).await), body(bela.get(&stats(NOBODYS)).await));
        let post = async |id: &str| bela.post(INTEL, json!({ "itinerary_id": id, "content": "x" })).await;
        assert_eq!(body(post(&trip).await), body(post(NOBODYS).await));
        let answer = json!({ "itinerary_id": trip, "content": "x", "parent_intel_id": top });
        body(bela.post(INTEL, answer).await);
        body(bela.patch(&at(&top), json!({ "content": "x" })).await);
        body(bela.post(&format!("{}/helpful", at(&reply)), json!({})).await);
        assert_eq!(contents(&bela.get(&format!("{INTEL}?type=tip")).await.is(200)), ["elsewhere"]);
        // What she wrote is hers, but nothing of what others did there is.
        let own = bela.get(&format!("{INTEL}/user/intel")).await.is(200);
        assert_eq!((contents(&own), &own.body["pagination"]["total"]), (vec!["secret words", "elsewhere"], &json!(2)));
        let hidden = &own.data()[0];
        assert_eq!((&hidden["replies_count"], &hidden["helpful_votes"]), (&json!(0), &json!(0)));
        assert_eq!((&hidden["itinerary_id"], &hidden["status"]), (&json!(trip), &json!("open")));
    };
    unpublish().await;
    gone().await;
    assert_eq!(contents(&asha.get(&about(&trip)).await.is(200)), ["secret words"], "its author reads on");
    assert_eq!(asha.get(&at(&top)).await.is(200).data()["replies"][0]["content"], "secret reply");
    says(&asha, &trip, "a note to myself", json!({})).await;

    publish().await;
    assert_eq!(contents(&world.get(&about(&trip)).await.is(200)).len(), 2);
    disable(&world, &asha).await;
    gone().await;
    enable(&world).await;
    asha.delete(&path).await.is(200);
    gone().await;
    body(asha.get(&at(&top)).await);
    // What she wrote she can take back, wherever it stands.
    bela.delete(&at(&top)).await.is(200);
    assert_eq!(
        world.scalar("select cast(count(*) as bigint) from travel_intel where content = 'secret words'").await,
        0
    );
    assert_eq!(counted(&world, &trip).await, 2);
}

#[tokio::test]
async fn where_exactly_she_stood_is_for_herself() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let trip = trip(&asha, "Kyoto on foot").await;
    let place = json!({ "location_gps": "35.661777,139.704051", "intel_type": "question" });
    let top = says(&bela, &trip, "here", place.clone()).await;
    let answer = json!({ "itinerary_id": trip, "content": "there", "parent_intel_id": top });
    let reply = asha.post(INTEL, crate::and(answer, json!({ "location_gps": "-12.3456789,0.0049" }))).await.is(201);
    assert_eq!(reply.data()["location_gps"], "-12.3456789,0.0049");
    let respond = format!("{}/respond", at(&top));
    for answer in [
        world.get(&at(&top)).await,
        asha.get(&at(&top)).await,
        root.get(&about(&trip)).await,
        world.get(&about(&trip)).await,
        world.get(&format!("{INTEL}?type=question")).await,
        asha.post(&respond, json!({ "status": "resolved" })).await,
        root.post(&respond, json!({ "status": "open" })).await,
    ] {
        let answer = answer.is(200);
        assert!(answer.text.contains("\"35.66,139.70\""), "{}", answer.text);
        assert!(!answer.text.contains("35.661") && !answer.text.contains("139.704"), "{}", answer.text);
    }
    for answer in
        [bela.get(&at(&top)).await, bela.get(&about(&trip)).await, bela.get(&format!("{INTEL}/user/intel")).await]
    {
        assert!(answer.is(200).text.contains("\"35.661777,139.704051\""));
    }
    let thread = bela.get(&at(&top)).await;
    assert_eq!(thread.data()["replies"][0]["location_gps"], "-12.35,0.00");
}
