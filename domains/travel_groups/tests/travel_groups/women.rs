//! Groups for women only.

use super::*;

fn for_women(name: &str) -> Value {
    and(group(name), json!({ "is_women_only": true }))
}

/// Whoever is not verified is answered as if there were no such group, on every verb.
#[tokio::test]
async fn it_is_an_id_that_never_was_for_everybody_else() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let admin = world.admin("root_1").await;
    asha.post(LIST, for_women("Canary")).await.fails(403, "women_verified_required");
    asha.post(LIST, and(group("Canary"), json!({ "group_type": "women_only" }))).await.is(403);
    asha.post(LIST, and(for_women("Canary"), json!({ "women_verified": true }))).await.is(403);
    admin.post(LIST, for_women("Canary")).await.fails(403, "women_verified_required");
    verify(&world, "asha").await;
    let id = made(&asha, for_women("Canary")).await;
    for who in [&bela, &admin] {
        is_nothing_to(who, &id, &bela).await;
        for path in [LIST.to_owned(), format!("{LIST}?women_safe=true"), format!("{LIST}/matching?destination=Lisbon")]
        {
            let list = who.get(&path).await.is(200);
            assert!(!list.text.contains("Canary"), "{}", list.text);
            assert_eq!(list.body["pagination"]["total"], 0, "{path}");
        }
    }
    assert_eq!(bare(&world.get(&id).await), bare(&world.get(&format!("{LIST}/{NOBODY}")).await));
    verify(&world, "bela").await;
    assert_eq!(names(&bela.get(&format!("{LIST}?women_safe=true")).await), ["Canary"]);
    let matched = bela.get(&format!("{LIST}/matching?destination=Lisbon")).await.is(200);
    assert_eq!(matched.data()["matched_groups"][0]["name"], "Canary");
    let seen = bela.get(&id).await.is(200);
    assert!(!seen.text.contains("women_verified"), "{}", seen.text);
    join(&bela, &id).await.is(201);
}

#[tokio::test]
async fn nobody_is_invited_or_handed_around_it() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    for name in ["asha", "bela"] {
        verify(&world, name).await;
    }
    let id = made(&asha, for_women("Surf")).await;
    let unverified = asha.post(&format!("{id}/invite"), json!({ "traveler_id": chen.id })).await.is(404);
    let unknown = asha.post(&format!("{id}/invite"), json!({ "traveler_id": NOBODY })).await.is(404);
    assert_eq!(bare(&unverified), bare(&unknown));
    join(&bela, &id).await.is(201);
    let not_in_it = asha.post(&format!("{id}/transfer"), json!({ "traveler_id": chen.id })).await.is(404);
    let unknown = asha.post(&format!("{id}/transfer"), json!({ "traveler_id": NOBODY })).await.is(404);
    assert_eq!(bare(&not_in_it), bare(&unknown));
    // Who it is for does not change while others are in it.
    for body in [json!({ "is_women_only": false }), json!({ "is_women_only": false, "group_type": "budget" })] {
        asha.put(&id, body).await.fails(409, "not_alone");
    }
    asha.put(&id, json!({ "group_type": "women_only", "is_women_only": false })).await.is(400);
    leave(&bela, &id).await.is(200);
    asha.post(&format!("{id}/invite"), json!({ "traveler_id": bela.id })).await.is(201);
    assert_eq!(asha.put(&id, json!({ "is_women_only": false })).await.is(200).data()["is_women_only"], false);
    // Whoever was asked before is not asked any more.
    assert_eq!(bela.get(&format!("{LIST}/invites")).await.is(200).body["data"], json!([]));
    join(&chen, &id).await.is(201);
    asha.put(&id, json!({ "is_women_only": true })).await.fails(409, "not_alone");
    leave(&chen, &id).await.is(200);
    asha.put(&id, json!({ "group_type": "women_only" })).await.is(200);
    chen.get(&id).await.is(404);
}

#[tokio::test]
async fn whoever_is_not_verified_any_more_is_out_at_once() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    for name in ["asha", "bela", "chen"] {
        verify(&world, name).await;
    }
    let (id, open) = (made(&asha, for_women("Surf")).await, made(&asha, group("Open")).await);
    for who in [&bela, &chen] {
        join(who, &id).await.is(201);
        join(who, &open).await.is(201);
    }
    accounts::admin::unverify_woman(&world.app, "bela@example.org").await.unwrap();
    let hidden = bela.get(&id).await.is(404);
    assert_eq!(bare(&hidden), bare(&bela.get(&format!("{LIST}/{NOBODY}")).await));
    assert_eq!(names(&bela.get(&format!("{LIST}?mine=true")).await), ["Open"]);
    pass(&world, Duration::ZERO).await;
    assert_eq!(chen.get(&id).await.data()["current_members_count"], 2);
    assert_eq!(chen.get(&open).await.data()["current_members_count"], 3);
    // A group is led by somebody who may know of it, and who agreed; it is closed when there is nobody.
    accounts::admin::unverify_woman(&world.app, "asha@example.org").await.unwrap();
    pass(&world, Duration::ZERO).await;
    verify(&world, "bela").await;
    for who in [&bela, &chen] {
        who.get(&id).await.is(404);
    }
    assert_eq!(asha.get(&open).await.data()["current_members_count"], 3);
    seats_are_exact(&world).await;
}

/// A request that knew of her before her verification was taken back finds the seat closed.
#[tokio::test]
async fn a_seat_is_not_taken_by_what_was_true_a_moment_ago() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    for name in ["asha", "bela"] {
        verify(&world, name).await;
    }
    let id = made(&asha, for_women("Surf")).await;
    bela.get(&id).await.is(200); // her session is remembered, as verified
    world.sql(kernel::sql!("update travelers set women_verified = FALSE where username = 'bela'")).await;
    for answer in [bela.get(&id).await, join(&bela, &id).await, wait(&bela, &id).await] {
        answer.fails(404, "not_found");
    }
}

/// Told again, a group that is not hers to see any more would be shown to her by her old key.
#[tokio::test]
async fn a_group_that_was_made_is_not_told_of_again_to_whom_it_is_hidden() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    verify(&world, "asha").await;
    let body = and(group("Harbour"), json!({ "is_women_only": true }));
    let first = post_with_key(&world, &asha, LIST, body.clone()).await.is(201);
    assert_eq!(post_with_key(&world, &asha, LIST, body.clone()).await.is(201).text, first.text);
    let id = format!("{LIST}/{}", first.data()["id"].as_str().unwrap());
    let other = post_with_key(&world, &bela, LIST, group("Lighthouse")).await.is(201);
    accounts::admin::unverify_woman(&world.app, "asha@example.org").await.unwrap();
    let again = post_with_key(&world, &asha, LIST, body.clone()).await.fails(404, "not_found");
    assert_eq!(bare(&again), bare(&asha.get(&id).await));
    assert_eq!(post_with_key(&world, &bela, LIST, group("Lighthouse")).await.is(201).text, other.text);
    // Nor is one that she deleted.
    let gone = format!("{LIST}/{}", other.data()["id"].as_str().unwrap());
    bela.delete(&gone).await.is(200);
    let again = post_with_key(&world, &bela, LIST, group("Lighthouse")).await.fails(404, "not_found");
    assert_eq!(bare(&again), bare(&bela.get(&gone).await));
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_groups").await, 2);
}
