//! Blocks and groups.

use super::*;

#[tokio::test]
async fn a_group_of_somebody_in_a_block_is_an_id_that_never_was() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let (by_asha, by_bela) = (made(&asha, group("Harbour")).await, made(&bela, group("Mountain")).await);
    made(&chen, group("Third")).await;
    join(&bela, &by_asha).await.is(201);
    block(&asha, &bela).await;
    for (who, id, name) in [(&bela, &by_asha, "Harbour"), (&asha, &by_bela, "Mountain")] {
        let hidden = who.get(id).await.is(404);
        assert_eq!(bare(&hidden), bare(&who.get(&format!("{LIST}/{NOBODY}")).await));
        for answer in [join(who, id).await, wait(who, id).await] {
            answer.fails(404, "not_found");
        }
        for path in [LIST.to_owned(), format!("{LIST}/matching?destination=Lisbon"), format!("{LIST}?mine=true")] {
            let list = who.get(&path).await.is(200);
            assert!(!list.text.contains(name), "{path}: {}", list.text);
        }
        assert_eq!(who.get(LIST).await.body["pagination"]["total"], 2);
    }
    let (hidden, never) = (leave(&asha, &by_bela).await, leave(&asha, &format!("{LIST}/{NOBODY}")).await);
    assert_eq!(bare(&hidden.is(404)), bare(&never));
    assert_eq!(chen.get(LIST).await.body["pagination"]["total"], 3);
    // Its seats count her, and nothing else does.
    let own = asha.get(&by_asha).await.is(200);
    assert_eq!(own.data()["current_members_count"], 2);
    assert!(!own.text.contains("bela"), "{}", own.text);
    let members = asha.get(&format!("{by_asha}/members")).await.is(200);
    assert_eq!(members.data()["pagination"]["total"], 1);
    for target in [&*bela.id, NOBODY] {
        asha.delete(&format!("{by_asha}/members/{target}")).await.fails(404, "not_found");
        asha.post(&format!("{by_asha}/invite"), json!({ "traveler_id": target })).await.fails(404, "not_found");
        asha.post(&format!("{by_asha}/bans"), json!({ "traveler_id": target })).await.fails(404, "not_found");
    }
}

#[tokio::test]
async fn a_join_that_a_block_forbids_looks_like_a_full_group() {
    let world = patient().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let dora = world.person("dora").await;
    let id = made(&asha, group("Surf")).await;
    join(&bela, &id).await.is(201);
    let full = made(&asha, and(group("Full"), json!({ "max_members": 2 }))).await;
    join(&dora, &full).await.is(201);
    block(&chen, &bela).await;
    let refused = join(&chen, &id).await.fails(409, "group_full");
    assert_eq!(bare(&refused), bare(&join(&chen, &full).await));
    // The other way round, and by every other door.
    let dora_in = made(&dora, group("Walk")).await;
    join(&chen, &dora_in).await.is(201);
    join(&bela, &dora_in).await.fails(409, "group_full");
    let invited = asha.post(&format!("{id}/invite"), json!({ "traveler_id": chen.id })).await;
    assert_eq!(bare(&invited), bare(&asha.post(&format!("{id}/invite"), json!({ "traveler_id": NOBODY })).await));
    let approving = made(&asha, and(group("Asks"), json!({ "requires_approval": true }))).await;
    let request = join(&bela, &approving).await.is(202).data()["id"].clone();
    asha.post(&format!("{approving}/requests/{}/approve", request.as_str().unwrap()), json!({})).await.is(200);
    join(&chen, &approving).await.fails(409, "group_full");
    // Who waits behind a block waits like others, and is never called.
    let place = wait(&chen, &id).await.is(201);
    assert_eq!(place.data()["position"], 1);
    pass(&world, DAY).await;
    join(&chen, &id).await.fails(409, "group_full");
    assert_eq!(chen.get(&id).await.data()["pending"]["waitlist"]["offered_until"], Value::Null);
    // A block that comes while an invitation or request is open closes it.
    asha.post(&format!("{id}/invite"), json!({ "traveler_id": dora.id })).await.is(201);
    let invite = dora.get(&format!("{LIST}/invites")).await.is(200).body["data"][0]["id"].as_str().unwrap().to_owned();
    block(&bela, &dora).await;
    dora.post(&format!("{id}/invites/{invite}/accept"), json!({})).await.fails(409, "group_full");
    seats_are_exact(&world).await;
}

#[tokio::test]
async fn members_who_block_one_another_do_not_see_each_other() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let id = made(&asha, group("Surf")).await;
    for who in [&bela, &chen] {
        join(who, &id).await.is(201);
    }
    let trip = asha.post("/api/itineraries", json!({ "title": "Along the coast", "destination": "Lisbon" })).await;
    bela.post(&format!("{id}/itineraries"), json!({ "itinerary_id": trip.data()["id"] })).await.is(201);
    block(&bela, &chen).await;
    pass(&world, Duration::ZERO).await;
    for (who, other, name) in [(&bela, &chen, "chen"), (&chen, &bela, "bela")] {
        for path in ["", "/members", "/itineraries"] {
            let answer = who.get(&format!("{id}{path}")).await.is(200);
            assert!(!answer.text.contains(name) && !answer.text.contains(&other.id), "{path}: {}", answer.text);
        }
        let answer = who.get(&format!("{LIST}?mine=true")).await.is(200);
        assert!(!answer.text.contains(name) && !answer.text.contains(&other.id), "{}", answer.text);
        // What the other one brought is not there either: a trip that nobody added would tell of them.
        let brought = usize::from(name == "chen");
        for path in [format!("{id}/itineraries"), id.clone()] {
            assert_eq!(who.get(&path).await.data()["itineraries"].as_array().unwrap().len(), brought, "{path}");
        }
        assert_eq!(who.get(&id).await.data()["current_members_count"], 3);
        assert_eq!(who.get(&format!("{id}/members")).await.data()["pagination"]["total"], 2);
    }
    assert_eq!(asha.get(&format!("{id}/members")).await.data()["pagination"]["total"], 3);
    leave(&chen, &id).await.is(200);
    join(&chen, &id).await.fails(409, "group_full");
}

/// An invitation from somebody who blocked meanwhile is not there, also when they have no say in the group any more.
#[tokio::test]
async fn an_invitation_goes_with_a_block() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let dora = world.person("dora").await;
    let id = made(&asha, group("Surf")).await;
    for who in [&bela, &dora] {
        join(who, &id).await.is(201);
        appoint(&asha, &id, who, "moderator").await;
    }
    let sent = bela.post(&format!("{id}/invite"), json!({ "traveler_id": chen.id })).await.is(201);
    let invite = format!("{id}/invites/{}", sent.data()["id"].as_str().unwrap());
    assert_eq!(asha.get(&format!("{id}/invites")).await.body["data"][0]["traveler"]["username"], "chen");
    block(&chen, &bela).await;
    let accept = format!("{invite}/accept");
    let (gone, never) =
        (chen.post(&accept, json!({})).await.is(404), format!("{LIST}/{NOBODY}/invites/{NOBODY}/accept"));
    assert_eq!(bare(&gone), bare(&chen.post(&never, json!({})).await));
    appoint(&asha, &id, &bela, "member").await;
    assert_eq!(chen.get(&format!("{LIST}/invites")).await.is(200).body["data"], json!([]));
    let (gone, never) = (chen.post(&accept, json!({})).await.is(404), format!("{id}/invites/{NOBODY}/accept"));
    assert_eq!(bare(&gone), bare(&chen.post(&never, json!({})).await));
    assert_eq!(chen.get(&id).await.is(200).data()["pending"]["invite_id"], Value::Null);
    // Nor is it for who does not see the invited.
    let fay = world.person("fay").await;
    dora.post(&format!("{id}/invite"), json!({ "traveler_id": fay.id })).await.is(201);
    let other = dora.post(&format!("{id}/invite"), json!({ "traveler_id": world.person("emil").await.id })).await;
    assert_eq!(dora.get(&format!("{id}/invites")).await.is(200).body["data"].as_array().unwrap().len(), 2);
    block(&dora, &fay).await;
    let left = dora.get(&format!("{id}/invites")).await.is(200);
    assert_eq!(left.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(left.body["data"][0]["id"], other.data()["id"]);
}

#[tokio::test]
async fn a_reply_that_was_given_is_not_given_again_when_a_block_hides_what_it_is_about() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let (dora, eli) = (world.person("dora").await, world.person("eli").await);
    let (id, other) = (made(&asha, group("Surf")).await, made(&chen, group("Walk")).await);
    let full = made(&asha, and(group("Full"), json!({ "max_members": 2 }))).await;
    join(&chen, &full).await.is(201);
    let trip = dora.post("/api/itineraries", json!({ "title": "Along the coast", "destination": "Lisbon" })).await;
    let calls = [
        (&bela, format!("{id}/join"), json!({}), 201),
        (&bela, format!("{full}/waitlist"), json!({}), 201),
        (&asha, format!("{id}/bans"), json!({ "traveler_id": eli.id }), 201),
        (&asha, format!("{id}/itineraries"), json!({ "itinerary_id": trip.data()["id"] }), 201),
    ];
    for (who, path, body, status) in &calls {
        let first = post_with_key(&world, who, path, body.clone()).await.is(*status);
        assert_eq!(first.text, post_with_key(&world, who, path, body.clone()).await.text, "{path}");
    }
    for whom in [&bela, &dora, &eli] {
        block(&asha, whom).await;
    }
    for (who, path, body, _) in calls {
        post_with_key(&world, who, &path, body).await.fails(404, "not_found");
    }
    // A reply about somebody else is given again.
    let path = format!("{other}/join");
    let first = post_with_key(&world, &dora, &path, json!({})).await.is(201);
    assert_eq!(first.text, post_with_key(&world, &dora, &path, json!({})).await.text);
}

/// Whoever blocks the creator of her group, or is blocked by them, is not locked in where the others see her.
#[tokio::test]
async fn nobody_is_kept_in_a_group_that_she_does_not_see() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let dora = world.person("dora").await;
    let id = made(&asha, group("Surf")).await;
    let of_bela = made(&bela, group("Walk")).await;
    for who in [&bela, &chen, &dora] {
        join(who, &id).await.is(201);
    }
    for who in [&chen, &dora] {
        join(who, &of_bela).await.is(201);
    }
    // By herself, at once.
    block(&bela, &asha).await;
    leave(&bela, &id).await.is(200);
    let (again, never) = (leave(&bela, &id).await.is(404), leave(&bela, &format!("{LIST}/{NOBODY}")).await);
    assert_eq!(bare(&again), bare(&never));
    let seen = chen.get(&id).await.is(200);
    assert!(!seen.text.contains("bela"), "{}", seen.text);
    assert_eq!(seen.data()["current_members_count"], 3);
    // Without her doing, whoever of the two blocked; the seat is for whoever waits. Others stay.
    block(&asha, &chen).await;
    pass(&world, Duration::ZERO).await;
    assert_eq!(dora.get(&id).await.data()["current_members_count"], 2);
    let members = dora.get(&format!("{id}/members")).await.is(200);
    assert!(!members.text.contains("chen"), "{}", members.text);
    assert_eq!(dora.get(&of_bela).await.data()["current_members_count"], 3);
    block(&chen, &bela).await;
    block(&chen, &dora).await;
    pass(&world, Duration::ZERO).await;
    assert_eq!(dora.get(&of_bela).await.data()["current_members_count"], 2);
    // Members who block one another both stay.
    assert_eq!(dora.get(&id).await.data()["current_members_count"], 2);
    seats_are_exact(&world).await;
}

/// What somebody asked for is hers to take back.
#[tokio::test]
async fn a_request_is_taken_back_whatever_is_seen() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = made(&asha, and(group("Asks"), json!({ "requires_approval": true }))).await;
    join(&bela, &id).await.is(202);
    block(&asha, &bela).await;
    leave(&bela, &id).await.is(200);
    leave(&bela, &id).await.fails(404, "not_found");
}
