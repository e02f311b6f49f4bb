//! Waiting for a seat: offers that end before their time, and places in the list that do.

use super::*;
use kernel::sql;

/// What somebody sees of their place in the waiting list.
async fn place(who: &Person<'_>, group: &str) -> Value {
    who.get(group).await.is(200).data()["pending"]["waitlist"].clone()
}

/// Whoever the tests are about.
async fn five(world: &World) -> [Person<'_>; 5] {
    [
        world.person("asha").await,
        world.person("bela").await,
        world.person("chen").await,
        world.person("dora").await,
        world.person("emil").await,
    ]
}

/// A full group of asha, bela and emil, for which chen waits, and then dora; then bela leaves, and chen is offered her seat.
async fn with_an_offer(asha: &Person<'_>, [bela, chen, dora, emil]: [&Person<'_>; 4]) -> String {
    let id = made(asha, and(group("Surf"), json!({ "max_members": 3 }))).await;
    for who in [bela, emil] {
        join(who, &id).await.is(201);
    }
    for who in [chen, dora] {
        wait(who, &id).await.is(201);
    }
    leave(bela, &id).await.is(200);
    assert!(place(chen, &id).await["offered_until"].is_string());
    id
}

/// An offer that stood while the seat is refused would prove the block.
#[tokio::test]
async fn an_offer_ends_with_a_block_and_goes_to_the_next() {
    let world = World::new().await;
    let [asha, bela, chen, dora, emil] = five(&world).await;
    for (by, whom) in [(&emil, &chen), (&chen, &emil)] {
        let id = with_an_offer(&asha, [&bela, &chen, &dora, &emil]).await;
        block(by, whom).await;
        // At once, before a job has looked: what somebody sees whose offer was taken back.
        let mut waits = place(&chen, &id).await;
        waits.as_object_mut().unwrap().remove("id");
        assert_eq!(waits, json!({ "position": 1, "offered_until": null }));
        assert_eq!(wait(&chen, &id).await.is(200).data()["offered_until"], Value::Null);
        join(&chen, &id).await.fails(409, "group_full");
        pass(&world, Duration::ZERO).await;
        assert!(place(&dora, &id).await["offered_until"].is_string());
        assert_eq!(place(&chen, &id).await["position"], 1);
        join(&dora, &id).await.is(201);
        seats_are_exact(&world).await;
        by.delete(&format!("/api/users/{}/block", whom.id)).await.is(200);
    }
}

#[tokio::test]
async fn an_offer_ends_when_somebody_joins_who_is_apart_from_whom_it_was_made_to() {
    let world = patient().await;
    let [asha, bela, chen, dora, emil] = five(&world).await;
    block(&dora, &chen).await;
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 3 }))).await;
    for who in [&bela, &emil] {
        join(who, &id).await.is(201);
    }
    wait(&chen, &id).await.is(201);
    for who in [&bela, &emil] {
        leave(who, &id).await.is(200);
    }
    assert!(place(&chen, &id).await["offered_until"].is_string());
    join(&dora, &id).await.is(201);
    assert!(place(&chen, &id).await["offered_until"].is_null());
    join(&chen, &id).await.fails(409, "group_full");
    // Nobody else waits, so the seat is anybody's.
    join(&bela, &id).await.is(200);
    leave(&bela, &id).await.is(200);
    dora.delete(&format!("/api/users/{}/block", chen.id)).await.is(200);
    pass(&world, Duration::from_mins(10)).await;
    assert!(place(&chen, &id).await["offered_until"].is_string());
    join(&chen, &id).await.is(201);
    seats_are_exact(&world).await;
}

/// A seat that was offered at the moment of a block, of which nothing was heard, is not held for a day.
#[tokio::test]
async fn an_offer_in_vain_is_found_by_the_clock() {
    let world = patient().await;
    let [asha, bela, chen, dora, emil] = five(&world).await;
    let id = with_an_offer(&asha, [&bela, &chen, &dora, &emil]).await;
    let block = sql!(
        "insert into blocks (blocker_id, blocked_id, was_seen, created_at)
         select b.id, c.id, TRUE, b.created_at from travelers b, travelers c
         where b.username = 'emil' and c.username = 'chen'"
    );
    world.sql(block).await;
    assert!(place(&dora, &id).await["offered_until"].is_null());
    pass(&world, Duration::from_mins(10)).await;
    assert!(place(&dora, &id).await["offered_until"].is_string());
    seats_are_exact(&world).await;
}

/// Whoever was sent away can only ask, so a seat that was held for them would be nobody's.
#[tokio::test]
async fn no_seat_is_held_for_whoever_was_sent_away() {
    let world = patient().await;
    let [asha, bela, chen, dora, _] = five(&world).await;
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 2 }))).await;
    join(&bela, &id).await.is(201);
    asha.delete(&format!("{id}/members/{}", bela.id)).await.is(200);
    join(&chen, &id).await.is(201);
    assert_eq!(wait(&bela, &id).await.is(201).data()["position"], 1);
    leave(&chen, &id).await.is(200);
    pass(&world, Duration::from_mins(10)).await;
    assert!(place(&bela, &id).await["offered_until"].is_null());
    join(&bela, &id).await.is(202);
    join(&dora, &id).await.is(201);
    // Nor for who is called after them.
    wait(&chen, &id).await.is(201);
    leave(&dora, &id).await.is(200);
    assert!(place(&bela, &id).await["offered_until"].is_null());
    assert!(place(&chen, &id).await["offered_until"].is_string());
    join(&dora, &id).await.fails(409, "group_full");
    join(&chen, &id).await.is(200);
    // Who was agreed to belongs to it like the others, and is called like the others when they have left.
    leave(&chen, &id).await.is(200);
    let request = bela.get(&id).await.is(200).data()["pending"]["request_id"].as_str().unwrap().to_owned();
    asha.post(&format!("{id}/requests/{request}/approve"), json!({})).await.is(200);
    leave(&bela, &id).await.is(200);
    join(&dora, &id).await.is(200);
    wait(&bela, &id).await.is(201);
    leave(&dora, &id).await.is(200);
    assert!(place(&bela, &id).await["offered_until"].is_string());
    seats_are_exact(&world).await;
}

/// A place that stayed would be another one's who comes after it, and hers again when the block is lifted.
#[tokio::test]
async fn nobody_is_kept_waiting_for_a_group_that_she_does_not_see() {
    let world = World::new().await;
    let [asha, bela, chen, dora, emil] = five(&world).await;
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 2 }))).await;
    let of_bela = made(&bela, and(group("Walk"), json!({ "max_members": 2 }))).await;
    join(&bela, &id).await.is(201);
    join(&asha, &of_bela).await.is(201);
    for who in [&chen, &dora, &emil] {
        for group in [&id, &of_bela] {
            wait(who, group).await.is(201);
        }
    }
    let stop = async |who: &Person<'_>, group: &str| who.delete(&format!("{group}/waitlist")).await;
    let never = format!("{LIST}/{NOBODY}");
    // By herself, at once.
    block(&chen, &asha).await;
    chen.get(&id).await.is(404);
    stop(&chen, &id).await.is(200);
    assert_eq!(place(&emil, &id).await["position"], 2);
    assert_eq!(bare(&stop(&chen, &id).await.is(404)), bare(&stop(&chen, &never).await));
    // Without her doing, when she could learn from it that the group is there; where the other one has no say, she waits on.
    block(&asha, &dora).await;
    pass(&world, Duration::ZERO).await;
    assert_eq!(bare(&stop(&dora, &id).await.is(404)), bare(&stop(&dora, &never).await));
    assert_eq!(place(&emil, &id).await["position"], 1);
    asha.delete(&format!("/api/users/{}/block", dora.id)).await.is(200);
    assert_eq!(place(&dora, &id).await, Value::Null);
    assert_eq!(place(&dora, &of_bela).await["position"], 2);
    assert_eq!(place(&emil, &of_bela).await["position"], 3);
    // And when the other one comes to have a say.
    block(&emil, &asha).await;
    pass(&world, Duration::ZERO).await;
    assert_eq!(place(&emil, &of_bela).await["position"], 3);
    appoint(&bela, &of_bela, &asha, "moderator").await;
    pass(&world, Duration::ZERO).await;
    assert_eq!(bare(&stop(&emil, &of_bela).await.is(404)), bare(&stop(&emil, &never).await));
    assert_eq!(place(&dora, &of_bela).await["position"], 1);
    seats_are_exact(&world).await;
}

/// Its month has passed: it is not listed as open, and says so to everybody in the same words.
#[tokio::test]
async fn a_group_that_has_traveled_is_open_to_nobody() {
    let world = patient().await;
    let [asha, bela, chen, dora, _] = five(&world).await;
    let days = json!({ "start_date": "2026-11-25", "end_date": "2026-11-28" });
    let id = made(&asha, and(group("Surf"), days.clone())).await;
    let full = made(&asha, and(group("Full"), and(days, json!({ "max_members": 2 })))).await;
    made(&asha, and(group("Walk"), json!({ "start_date": "2026-11-25", "end_date": "2026-12-01" }))).await;
    for group in [&id, &full] {
        join(&bela, group).await.is(201);
    }
    block(&bela, &chen).await;
    let open = async || {
        for flag in ["available_only", "has_availability"] {
            let list = dora.get(&format!("{LIST}?{flag}=true&sort=popular&per_page=1")).await.is(200);
            let rest = dora.get(&format!("{LIST}?{flag}=true&sort=popular&per_page=1&page=2")).await.is(200);
            assert_eq!(list.body["pagination"]["total"], names(&list).len() + names(&rest).len());
            assert_eq!(names(&dora.get(&format!("{LIST}?{flag}=true&cursor=")).await)[0], "Walk");
        }
        names(&dora.get(&format!("{LIST}?available_only=true")).await)
    };
    assert_eq!(open().await, ["Walk", "Surf"]);
    world.advance(DAY * 9);
    assert_eq!(open().await, ["Walk"]);
    assert_eq!(names(&dora.get(LIST).await), ["Walk", "Full", "Surf"]);
    for group in [&id, &full] {
        for who in [&chen, &dora] {
            let refused =
                [join(who, group).await, wait(who, group).await].map(|answer| answer.fails(409, "group_over"));
            assert_eq!(bare(&refused[0]), bare(&refused[1]));
        }
    }
}
