//! The waiting list.

use super::*;

/// Asha, four others, and the address of a group of hers that is like this.
async fn surfers(world: &World, like: Value) -> (Person<'_>, [Person<'_>; 4], String) {
    let asha = world.person("asha").await;
    let others = [
        world.person("bela").await,
        world.person("chen").await,
        world.person("dora").await,
        world.person("emil").await,
    ];
    let id = made(&asha, and(group("Surf"), like)).await;
    (asha, others, id)
}

#[tokio::test]
async fn a_free_seat_is_offered_in_order_and_held() {
    let world = patient().await;
    let (asha, [bela, chen, dora, emil], id) = surfers(&world, json!({ "max_members": 2 })).await;
    wait(&bela, &id).await.fails(409, "seats_free");
    join(&bela, &id).await.is(201);
    wait(&bela, &id).await.fails(409, "already_member");
    assert_eq!(wait(&chen, &id).await.is(201).data()["position"], 1);
    assert_eq!(wait(&dora, &id).await.is(201).data()["position"], 2);
    assert_eq!(wait(&chen, &id).await.is(200).data()["position"], 1);
    emil.delete(&format!("{id}/waitlist")).await.fails(404, "not_found");

    leave(&bela, &id).await.is(200);
    assert!(offer(&chen, &id).await.is_string());
    assert!(offer(&dora, &id).await.is_null());
    // Held for whom it was offered, and for nobody else; the seat is not taken by that.
    assert_eq!(asha.get(&id).await.data()["current_members_count"], 1);
    for other in [&bela, &dora, &emil] {
        join(other, &id).await.fails(409, "group_full");
    }
    // Whoever lets it pass loses it to the next.
    pass(&world, DAY - Duration::from_mins(10)).await;
    assert!(offer(&chen, &id).await.is_string());
    pass(&world, Duration::from_mins(20)).await;
    assert_eq!(chen.get(&id).await.data()["pending"]["waitlist"], Value::Null);
    join(&chen, &id).await.fails(409, "group_full");
    assert!(offer(&dora, &id).await.is_string());
    join(&dora, &id).await.is(201);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_group_waitlist").await, 0);
    seats_are_exact(&world).await;
}

async fn offer(who: &Person<'_>, group: &str) -> Value {
    who.get(group).await.is(200).data()["pending"]["waitlist"]["offered_until"].clone()
}

/// An offer runs out by the clock, also before a job has looked.
#[tokio::test]
async fn an_offer_that_has_run_out_goes_to_the_next_at_once() {
    let world = patient().await;
    let (_, [bela, chen, dora, _], id) = surfers(&world, json!({ "max_members": 2 })).await;
    join(&bela, &id).await.is(201);
    wait(&chen, &id).await.is(201);
    wait(&dora, &id).await.is(201);
    leave(&bela, &id).await.is(200);
    world.advance(DAY);
    join(&chen, &id).await.fails(409, "group_full");
    join(&bela, &id).await.fails(409, "group_full");
    join(&dora, &id).await.is(201);
    seats_are_exact(&world).await;
}

#[tokio::test]
async fn whoever_gives_an_offer_up_passes_it_on_and_so_does_a_larger_group() {
    let world = World::new().await;
    let (asha, [bela, chen, dora, emil], id) = surfers(&world, json!({ "max_members": 2 })).await;
    join(&bela, &id).await.is(201);
    for who in [&chen, &dora, &emil] {
        wait(who, &id).await.is(201);
    }
    leave(&bela, &id).await.is(200);
    chen.delete(&format!("{id}/waitlist")).await.is(200);
    assert!(offer(&dora, &id).await.is_string());
    assert!(offer(&emil, &id).await.is_null());
    asha.put(&id, json!({ "max_members": 3 })).await.is(200);
    assert!(offer(&emil, &id).await.is_string());
    join(&chen, &id).await.fails(409, "group_full");
    for who in [&emil, &dora] {
        join(who, &id).await.is(201);
    }
    // Whoever is banned while waiting is passed over.
    wait(&chen, &id).await.is(201);
    wait(&bela, &id).await.is(201);
    asha.post(&format!("{id}/bans"), json!({ "traveler_id": chen.id })).await.is(201);
    wait(&chen, &id).await.is(201);
    leave(&emil, &id).await.is(200);
    assert!(offer(&bela, &id).await.is_string());
    assert!(offer(&chen, &id).await.is_null());
    seats_are_exact(&world).await;
}

/// Offers beyond the seats that a smaller group has would hold each seat for somebody else than whoever comes for it.
#[tokio::test]
async fn a_group_that_gets_smaller_takes_the_last_offers_back() {
    let world = World::new().await;
    let (asha, [bela, chen, dora, emil], id) = surfers(&world, json!({ "max_members": 3 })).await;
    let other = made(&asha, and(group("Walk"), json!({ "max_members": 2 }))).await;
    join(&emil, &other).await.is(201);
    for who in [&bela, &chen] {
        join(who, &id).await.is(201);
    }
    for who in [&dora, &emil] {
        wait(who, &id).await.is(201);
    }
    wait(&dora, &other).await.is(201);
    leave(&emil, &other).await.is(200);
    for who in [&bela, &chen] {
        leave(who, &id).await.is(200);
    }
    assert!(offer(&dora, &id).await.is_string() && offer(&emil, &id).await.is_string());
    asha.put(&id, json!({ "max_members": 2 })).await.is(200);
    assert!(offer(&dora, &id).await.is_string());
    assert!(offer(&emil, &id).await.is_null());
    // The offer of another group is another one's.
    assert!(offer(&dora, &other).await.is_string());
    join(&emil, &id).await.fails(409, "group_full");
    seats_are_exact(&world).await;
    join(&dora, &id).await.is(201);
    // Whose offer was taken back waits in the place that they had.
    wait(&chen, &id).await.is(201);
    assert_eq!(wait(&emil, &id).await.is(200).data()["position"], 1);
    leave(&dora, &id).await.is(200);
    assert!(offer(&emil, &id).await.is_string());
    join(&emil, &id).await.is(201);
    seats_are_exact(&world).await;
}

/// Whoever could not be called when a seat became free is called when they can be, if nobody else was.
#[tokio::test]
async fn a_seat_that_nobody_could_take_is_offered_when_somebody_can() {
    let world = patient().await;
    let (_, [bela, chen, dora, _], id) = surfers(&world, json!({ "max_members": 3 })).await;
    for who in [&bela, &dora] {
        join(who, &id).await.is(201);
    }
    wait(&chen, &id).await.is(201);
    block(&bela, &chen).await;
    leave(&dora, &id).await.is(200);
    pass(&world, Duration::from_mins(10)).await;
    assert!(offer(&chen, &id).await.is_null());
    bela.delete(&format!("/api/users/{}/block", chen.id)).await.is(200);
    pass(&world, Duration::from_mins(10)).await;
    assert!(offer(&chen, &id).await.is_string());
    join(&chen, &id).await.is(201);
}

/// Where somebody has to agree, whoever waits keeps nobody from a seat, and nobody from asking for it.
#[tokio::test]
async fn in_a_group_that_approves_an_offer_holds_no_seat() {
    let world = World::new().await;
    let (asha, [bela, chen, dora, emil], id) =
        surfers(&world, json!({ "max_members": 3, "requires_approval": true })).await;
    let approve = async |who: &Person<'_>| {
        asha.put(&format!("{id}/members/{}/role", who.id), json!({ "role": "accepted" })).await
    };
    for who in [&bela, &chen] {
        join(who, &id).await.is(202);
        approve(who).await.is(200);
    }
    let strangers = [world.person("fay").await, world.person("gita").await];
    for who in &strangers {
        wait(who, &id).await.is(201);
    }
    for who in [&bela, &chen] {
        asha.delete(&format!("{id}/members/{}", who.id)).await.is(200);
    }
    for who in &strangers {
        assert!(offer(who, &id).await.is_string());
    }
    // The first seat by asking, the second by an invitation: the last offer is taken back each time.
    join(&dora, &id).await.is(202);
    approve(&dora).await.is(200);
    assert!(offer(&strangers[0], &id).await.is_string());
    assert!(offer(&strangers[1], &id).await.is_null());
    let invited = asha.post(&format!("{id}/invite"), json!({ "traveler_id": emil.id })).await.is(201);
    let invited = invited.data()["id"].as_str().unwrap().to_owned();
    emil.post(&format!("{id}/invites/{invited}/accept"), json!({})).await.is(201);
    assert!(offer(&strangers[0], &id).await.is_null());
    join(&strangers[0], &id).await.fails(409, "group_full");
    seats_are_exact(&world).await;
}

/// Nobody waits for a group that takes nobody any more.
#[tokio::test]
async fn a_group_that_has_traveled_offers_no_seat() {
    let world = patient().await;
    let days = json!({ "start_date": "2026-11-25", "end_date": "2026-11-28", "max_members": 2 });
    let (asha, [bela, chen, dora, _], id) = surfers(&world, days).await;
    let later = made(&asha, and(group("Walk"), json!({ "max_members": 2 }))).await;
    for group in [&id, &later] {
        join(&bela, group).await.is(201);
        for who in [&chen, &dora] {
            wait(who, group).await.is(201);
        }
    }
    // Twelve hours into the next month it is over everywhere; the job that ends groups has not looked yet.
    world.advance(DAY * 9);
    for group in [&id, &later] {
        leave(&bela, group).await.is(200);
    }
    assert!(offer(&chen, &id).await.is_null());
    assert!(offer(&chen, &later).await.is_string());
    pass(&world, Duration::from_mins(10)).await;
    assert!(offer(&chen, &id).await.is_null());
    assert_eq!(wait(&dora, &later).await.is(200).data()["position"], 2);
    pass(&world, Duration::from_mins(61)).await;
    assert_eq!(dora.get(&id).await.data()["pending"]["waitlist"], Value::Null);
    assert_eq!(wait(&dora, &later).await.is(200).data()["position"], 2);
}
