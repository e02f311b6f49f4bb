//! How a tour ends that is under way: nobody is kept on one, and what happened on it is said all the same.

use super::*;

const PASSWORD: &str = "Test123!";

/// The world when tomorrow has begun on the Line Islands: what is booked for it may be under way.
async fn late() -> World {
    let world = World::new().await;
    world.advance(Duration::from_hours(1));
    world
}

/// A confirmed tour of three days that begins tomorrow.
async fn under_way(world: &World, traveler: &Person<'_>, guide: &Person<'_>, guide_id: &str) -> String {
    let id = books(world, traveler, guide_id, 1, 3).await;
    moves(guide, &id, "confirm").await.is(200);
    id
}

async fn reviews(person: &Person<'_>, booking_id: &str) -> Answer {
    person.post(REVIEWS, json!({ "booking_id": booking_id, "rating": 1 })).await
}

#[tokio::test]
async fn the_traveller_leaves_what_has_begun_and_says_how_it_was() {
    let world = late().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let left = under_way(&world, &bela, &asha, &hers).await;
    let ahead = books(&world, &chitra, &hers, 5, 5).await;
    moves(&asha, &ahead, "confirm").await.is(200);
    moves(&asha, &left, "cancel").await.fails(409, "illegal_transition");
    asha.delete(&booking(&left)).await.fails(409, "illegal_transition");
    let gone = bela.post(&format!("{}/cancel", booking(&left)), json!({ "reason": "He drinks." })).await.is(200);
    for (field, value) in
        [("status", json!("cancelled")), ("was_under_way", json!(true)), ("cancellation_reason", json!("He drinks."))]
    {
        assert_eq!(gone.data()[field], value, "{field}");
    }
    // The day that may have begun is not free, those after it are.
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_days").await, 2);
    for (who, step) in [(&bela, "cancel"), (&bela, "complete"), (&asha, "complete"), (&asha, "no-show")] {
        moves(who, &left, step).await.fails(409, "illegal_transition");
    }
    // Nothing happened on what was still ahead.
    let dropped = moves(&chitra, &ahead, "cancel").await.is(200);
    assert_eq!(dropped.data()["was_under_way"], false);
    reviews(&chitra, &ahead).await.fails(403, "no_completed_booking");
    bela.post(&format!("{}/reviews", guide(&hers)), json!({ "rating": 1 })).await.is(201);
    reviews(&bela, &left).await.fails(409, "already_reviewed");
    let shown = world.get(&guide(&hers)).await.is(200);
    assert_eq!((&shown.data()["total_reviews"], &shown.data()["successful_trips_count"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn what_is_over_is_left_by_nobody() {
    let world = late().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let id = under_way(&world, &bela, &asha, &hers).await;
    // The last day, 2026-11-26, is over everywhere at noon of the next one in UTC.
    world.advance(4 * DAY + Duration::from_hours(2));
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    moves(&bela, &id, "cancel").await.fails(409, "illegal_transition");
    block(&asha, &bela).await;
    world.run_jobs().await;
    assert_eq!(bela.get(&booking(&id)).await.is(200).data()["status"], "confirmed");
}

#[tokio::test]
async fn a_block_a_ban_or_a_deletion_by_either_side_ends_what_is_under_way() {
    let world = late().await;
    let root = world.admin("root_1").await;
    let mut pairs = Vec::new();
    for n in 0..7 {
        let (host, guest) = (world.person(&format!("host{n}")).await, world.person(&format!("guest{n}")).await);
        let hers = guides(&host, json!({})).await;
        let id = under_way(&world, &guest, &host, &hers).await;
        pairs.push((host, guest, id));
    }
    let ban = async |who: &Person<'_>| {
        root.post(&format!("/api/admin/users/{}/toggle-active", who.id), json!({ "is_active": false })).await.is(200);
    };
    let leave = async |who: &Person<'_>| {
        let proof = json!({ "current_password": PASSWORD });
        world.call(axum::http::Method::DELETE, "/api/auth/me", Some(&who.token), Some(proof)).await.is(200);
    };
    block(&pairs[0].0, &pairs[0].1).await;
    block(&pairs[1].1, &pairs[1].0).await;
    ban(&pairs[2].0).await;
    ban(&pairs[3].1).await;
    leave(&pairs[4].0).await;
    leave(&pairs[5].1).await;
    // The last pair gets along.
    world.run_jobs().await;
    for (n, (_, guest, id)) in pairs.iter().enumerate() {
        if [0, 1, 2, 4].contains(&n) {
            let seen = guest.get(&booking(id)).await.is(200);
            assert_eq!((&seen.data()["status"], &seen.data()["other"]), (&json!("cancelled"), &Value::Null), "{n}");
            // Whoever ended it, she was there and says so.
            reviews(guest, id).await.is(201);
        }
    }
    let seen = pairs[6].1.get(&booking(&pairs[6].2)).await.is(200);
    assert_eq!(seen.data()["status"], "confirmed");
    reviews(&pairs[6].1, &pairs[6].2).await.fails(403, "no_completed_booking");
    let ended = "select cast(count(*) as bigint) from guide_bookings where status = 'cancelled'";
    assert_eq!(world.scalar(ended).await, 6);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_days").await, 6 + 3);
}

#[tokio::test]
async fn days_of_a_tour_that_was_completed_early_are_free_again() {
    let world = late().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let long = books(&world, &bela, &hers, 1, 50).await;
    moves(&asha, &long, "confirm").await.is(200);
    chitra.post(&format!("{}/book", guide(&hers)), days(&world, 20, 21)).await.fails(409, "day_taken");
    moves(&asha, &long, "complete").await.is(200);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_days").await, 50, "one word is not enough");
    moves(&bela, &long, "complete").await.is(200);
    chitra.post(&format!("{}/book", guide(&hers)), days(&world, 1, 1)).await.fails(409, "day_taken");
    let next = books(&world, &chitra, &hers, 20, 21).await;
    moves(&asha, &next, "confirm").await.is(200);
}
