//! What a group can be.

use super::*;

#[tokio::test]
async fn what_cannot_be_names_its_field() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.post(LIST, group("Surf")).await.fails(401, "missing_token");
    let nothing = asha.post(LIST, json!({})).await.fails(400, "validation_failed");
    for field in ["name", "destination", "start_date", "end_date"] {
        assert!(nothing.body["details"][field].is_array(), "{}", nothing.text);
    }
    for (wrong, field) in [
        (json!({ "name": " " }), "name"),
        (json!({ "name": "x".repeat(201) }), "name"),
        (json!({ "destination": "x".repeat(201) }), "destination"),
        (json!({ "destination": ", Street 1" }), "destination"),
        (json!({ "description": "x".repeat(5001) }), "description"),
        (json!({ "start_date": "2027-05-01" }), "end_date"),
        (json!({ "start_date": "2026-11-21" }), "start_date"),
        (json!({ "end_date": "2028-05-01" }), "end_date"),
        (json!({ "start_date": "soon" }), "start_date"),
        (json!({ "max_members": 1 }), "max_members"),
        (json!({ "max_members": 51 }), "max_members"),
        (json!({ "max_members": -1 }), "max_members"),
        (json!({ "max_members": "many" }), "max_members"),
        (json!({ "activity_tags": vec!["x"; 21] }), "activity_tags"),
        (json!({ "interests": ["x".repeat(51)] }), "activity_tags"),
        (json!({ "languages": ["x\n"] }), "languages"),
        (json!({ "group_type": "x".repeat(51) }), "group_type"),
        (json!({ "latitude": 91, "longitude": 0 }), "latitude"),
        (json!({ "latitude": 9 }), "longitude"),
        (json!({ "is_women_only": "yes" }), "is_women_only"),
    ] {
        let answer = asha.post(LIST, and(group("Surf"), wrong.clone())).await.is(400);
        assert!(answer.text.contains(field), "{wrong}: {}", answer.text);
    }
    let defaults = asha.post(LIST, group("Surf")).await.is(201);
    assert_eq!(defaults.data()["group_type"], "interest_based");
    let aliases = json!({
        "name": "Surf", "destination": "Tokyo, Japan", "travel_dates_start": "2027-04-01T10:00:00Z",
        "travel_dates_end": "2027-04-05", "interests": ["food"], "type": "Adventure", "budget_range": "low",
        "is_public": true, "current_members_count": 40, "creator_reputation": 99, "role": "member", "is_featured": true
    });
    let made = asha.post(LIST, aliases).await.is(201);
    let made = made.data();
    assert_eq!((&made["start_date"], &made["end_date"]), (&json!("2027-04-01"), &json!("2027-04-05")));
    assert_eq!((&made["group_type"], &made["activity_tags"]), (&json!("adventure"), &json!(["food"])));
    assert_eq!((&made["max_members"], &made["current_members_count"]), (&json!(10), &json!(1)));
    assert_eq!(made["is_featured"], false);
}

#[tokio::test]
async fn a_group_changes_and_never_shrinks_below_its_members() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let id = made(&asha, group("Surf")).await;
    for who in [&bela, &chen] {
        join(who, &id).await.is(201);
    }
    asha.put(&id, json!({ "max_members": 2 })).await.fails(409, "too_many_members");
    assert_eq!(asha.patch(&id, json!({ "max_members": 3 })).await.is(200).data()["max_members"], 3);
    asha.put(&id, json!({ "name": null })).await.fails(400, "validation_failed");
    asha.put(&id, json!({ "end_date": "2027-04-16" })).await.fails(400, "validation_failed");
    let changed = asha.put(&id, json!({ "destination": "Porto, Street 2", "travel_pace": "slow" })).await.is(200);
    assert_eq!(changed.data()["destination"], "Porto, Street 2");
    assert_eq!(asha.put(&id, json!({ "travel_pace": null })).await.is(200).data()["travel_pace"], Value::Null);
    assert_eq!(names(&world.get(&format!("{LIST}?destination=porto")).await), ["Surf"]);
    assert_eq!(names(&world.get(&format!("{LIST}?destination=lisbon")).await), [""; 0]);
    assert_eq!(asha.get(&id).await.data()["members"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_group_that_has_traveled_takes_nobody_and_its_days_stay() {
    let world = patient().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let days = json!({ "start_date": "2026-11-23", "end_date": "2026-11-28" });
    let id = made(&asha, and(group("Surf"), days)).await;
    asha.post(&format!("{id}/invite"), json!({ "traveler_id": bela.id })).await.is(201);
    world.advance(DAY * 7);
    asha.put(&id, json!({ "end_date": "2026-12-20" })).await.fails(409, "group_over");
    asha.put(&id, json!({ "name": "Surfed" })).await.is(200);
    world.advance(DAY * 2);
    for answer in [join(&bela, &id).await, wait(&bela, &id).await] {
        assert_eq!(answer.status, 409, "{}", answer.text);
    }
    join(&bela, &id).await.fails(409, "group_over");
    asha.post(&format!("{id}/invite"), json!({ "traveler_id": bela.id })).await.is(409);
}

#[tokio::test]
async fn the_same_request_sent_twice_is_done_once() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = made(&asha, group("Surf")).await;
    let send = async || post_with_key(&world, &bela, &format!("{id}/join"), json!({})).await;
    let (first, second) = (send().await.is(201), send().await.is(201));
    assert_eq!(first.text, second.text);
    seats_are_exact(&world).await;
}

/// A reply that was given before is not given again by somebody from whom its group, or whoever it names, is hidden.
#[tokio::test]
async fn a_reply_is_not_given_again_of_what_is_hidden_now() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let (dora, emil) = (world.person("dora").await, world.person("emil").await);
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 3 }))).await;
    let again = async |who: &Person<'_>, path: String, body: Value| {
        let request = Request::builder().method("POST").uri(path).header("idempotency-key", "k1");
        let request = request.header("authorization", format!("Bearer {}", who.token));
        let request = request.header("content-type", "application/json");
        world.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    join(&emil, &id).await.is(201);
    asha.put(&format!("{id}/members/{}/role", emil.id), json!({ "role": "moderator" })).await.is(200);
    let to_dora = json!({ "traveler_id": dora.id });
    let trip = json!({ "title": "Along the coast", "destination": "Lisbon" });
    let trip = json!({ "itinerary_id": chen.post("/api/itineraries", trip).await.is(201).data()["id"] });
    let calls = [
        (&emil, "/invite", to_dora.clone(), 201),
        (&emil, "/bans", to_dora, 201),
        (&emil, "/itineraries", trip, 201),
        (&bela, "/join", json!({}), 201),
        (&chen, "/waitlist", json!({}), 201),
        (&asha, "/transfer", json!({ "traveler_id": bela.id }), 200),
        (&bela, "/transfer/accept", json!({}), 200),
    ];
    for (who, rest, body, status) in &calls {
        for _ in 0..2 {
            again(who, format!("{id}{rest}"), body.clone()).await.is(*status);
        }
    }
    // The invited, the author of the trip, and the creator.
    block(&dora, &emil).await;
    block(&chen, &emil).await;
    block(&bela, &chen).await;
    block(&bela, &asha).await;
    for (who, rest, body, _) in &calls[..3] {
        again(who, format!("{id}{rest}"), body.clone()).await.fails(404, "not_found");
    }
    for (who, rest, body) in [(&chen, "/waitlist", json!({})), (&asha, "/transfer", json!({ "traveler_id": bela.id }))]
    {
        again(who, format!("{id}{rest}"), body).await.fails(404, "not_found");
    }
    // The same of one that is gone.
    bela.delete(&id).await.is(200);
    for (who, rest, body, _) in &calls {
        again(who, format!("{id}{rest}"), body.clone()).await.fails(404, "not_found");
    }
}

/// A client that sends the whole group back, as it got it, changes what it changed.
#[tokio::test]
async fn a_group_under_way_is_changed_with_its_days_as_they_are() {
    let world = patient().await;
    let asha = world.person("asha").await;
    let days = json!({ "start_date": "2026-11-23", "end_date": "2026-12-20" });
    let id = made(&asha, and(group("Surf"), days.clone())).await;
    world.advance(DAY * 5);
    let whole = |more: Value| and(and(group("Waves"), days.clone()), more);
    assert_eq!(asha.put(&id, whole(json!({}))).await.is(200).data()["name"], "Waves");
    for (field, day) in [("start_date", "2026-11-24"), ("start_date", "2026-11-22"), ("end_date", "2026-11-24")] {
        let past = asha.put(&id, whole(json!({ field: day }))).await.fails(400, "validation_failed");
        assert!(past.body["details"][field].is_array(), "{}", past.text);
    }
    asha.put(&id, whole(json!({ "end_date": "2026-12-24" }))).await.is(200);
}

/// An approval names somebody: to an organizer whom they have blocked since it is not said again.
#[tokio::test]
async fn an_approval_is_not_told_again_of_somebody_who_is_hidden_now() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let id = made(&asha, and(group("Surf"), json!({ "requires_approval": true }))).await;
    let approve = async |path: &str| {
        // Each with a key of its own.
        let request = Request::post(path).header("idempotency-key", path.replace('/', "-"));
        let request = request.header("authorization", format!("Bearer {}", asha.token));
        let request = request.header("content-type", "application/json");
        world.send(request.body(Body::from("{}")).unwrap()).await
    };
    let mut approvals = Vec::new();
    for who in [&bela, &chen] {
        let request = join(who, &id).await.is(202).data()["id"].as_str().unwrap().to_owned();
        let path = format!("{id}/requests/{request}/approve");
        let first = approve(&path).await.is(200);
        assert_eq!(first.text, approve(&path).await.text);
        approvals.push((path, first));
    }
    block(&bela, &asha).await;
    let hidden = approve(&approvals[0].0).await.fails(404, "not_found");
    assert!(!hidden.text.contains(&bela.id), "{}", hidden.text);
    assert_eq!(approve(&approvals[1].0).await.text, approvals[1].1.text);
}
