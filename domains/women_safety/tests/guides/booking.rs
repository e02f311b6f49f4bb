//! Asking for a guide.

use super::*;

#[tokio::test]
async fn a_request_keeps_the_price_of_its_moment() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({ "hourly_rate_usd": 19.99 })).await;
    let forged = json!({
        "group_size": 2, "activity_type": "temples", "notes": "By train.", "total_cost_usd": 1, "status": "completed",
        "payment_status": "paid", "traveler_id": asha.id, "confirmation_date": "2026-01-01",
    });
    let made = bela.post(&format!("{}/book", guide(&hers)), and(days(&world, 3, 5), forged)).await.is(201);
    for (field, value) in [
        ("status", json!("requested")),
        ("total_cost_usd", json!(479.76)),
        ("payment_status", json!("pending")),
        ("confirmation_date", json!(null)),
        ("traveler_id", json!(bela.id)),
        ("guide_id", json!(hers)),
        ("days", json!(3)),
        ("notes_from_traveler", json!("By train.")),
        ("role", json!("traveler")),
    ] {
        assert_eq!(made.data()[field], value, "{field}");
    }
    assert_eq!(made.data()["other"]["username"], "asha");
    asha.put(PROFILE, json!({ "hourly_rate_usd": 99 })).await.is(200);
    let id = made.data()["id"].as_str().unwrap();
    assert_eq!(bela.get(&booking(id)).await.is(200).data()["total_cost_usd"], 479.76);
    let without = guides(&world.person("chitra").await, json!({ "hourly_rate_usd": null })).await;
    let made = bela.post(&format!("{}/book", guide(&without)), days(&world, 3, 5)).await.is(201);
    assert_eq!(made.data()["total_cost_usd"], json!(null));
}

#[tokio::test]
async fn the_other_address_and_the_other_names_do_the_same() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let body = json!({
        "guide_id": hers, "destination": "Kyoto", "booking_date": "2026-12-24T09:00:00Z", "duration_hours": 4,
        "special_requests": "No stairs.",
    });
    let made = bela.post(BOOKINGS, body.clone()).await.is(201);
    for (field, value) in [
        ("start_date", json!("2026-12-24")),
        ("end_date", json!("2026-12-24")),
        ("special_requirements", json!("No stairs.")),
        ("total_cost_usd", json!(204.0)),
    ] {
        assert_eq!(made.data()[field], value, "{field}");
    }
    bela.post(BOOKINGS, body).await.fails(409, "already_requested");
    bela.post(BOOKINGS, and(days(&world, 3, 3), json!({ "guide_id": NOBODYS }))).await.fails(404, "not_found");
    bela.post(BOOKINGS, and(days(&world, 3, 3), json!({ "guide_id": "x" }))).await.fails(404, "not_found");
    blames(bela.post(BOOKINGS, days(&world, 3, 3)).await, "guide_id");
    world.post(BOOKINGS, days(&world, 3, 3)).await.fails(401, "missing_token");
}

#[tokio::test]
async fn days_and_sizes_are_checked_before_anything_is_looked_up() {
    let world = World::new().await;
    let bela = world.person("bela").await;
    let path = format!("{}/book", guide(NOBODYS));
    for (field, body) in [
        ("start_date", json!({ "destination": "Kyoto" })),
        ("end_date", json!({ "destination": "Kyoto", "start_date": "2026-12-01" })),
        ("destination", json!({ "start_date": "2026-12-01", "end_date": "2026-12-01" })),
        ("destination", json!({ "start_date": "2026-12-01", "end_date": "2026-12-01", "destination": " " })),
        ("start_date", json!({ "start_date": "2026-11-21", "end_date": "2026-12-01", "destination": "Kyoto" })),
        ("end_date", json!({ "start_date": "2026-12-02", "end_date": "2026-12-01", "destination": "Kyoto" })),
        ("end_date", json!({ "start_date": "2026-12-01", "end_date": "2027-01-30", "destination": "Kyoto" })),
        ("start_date", json!({ "start_date": "2029-12-01", "end_date": "2029-12-01", "destination": "Kyoto" })),
        ("group_size", and(days(&world, 3, 3), json!({ "group_size": 0 }))),
        ("group_size", and(days(&world, 3, 3), json!({ "group_size": 51 }))),
        ("activity_type", and(days(&world, 3, 3), json!({ "activity_type": "x".repeat(101) }))),
    ] {
        blames(bela.post(&path, body).await, field);
    }
    bela.post(&path, and(days(&world, 3, 3), json!({ "start_date": "soon" }))).await.is(400);
    bela.post(&path, days(&world, 3, 3)).await.fails(404, "not_found");
}

#[tokio::test]
async fn nobody_books_herself_and_a_guide_for_women_takes_women() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({ "accepts": "women" })).await;
    let path = format!("{}/book", guide(&hers));
    asha.post(&path, days(&world, 3, 3)).await.fails(403, "own_guide");
    let claims = and(days(&world, 3, 3), json!({ "women_verified": true }));
    bela.post(&path, claims).await.fails(403, "women_only");
    bela.get(&guide(&hers)).await.is(200);
    accounts::admin::verify_woman(&world.app, "chitra@example.org").await.unwrap();
    chitra.post(&path, days(&world, 3, 3)).await.is(201);
}

#[tokio::test]
async fn what_cannot_be_had_is_a_conflict() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (hers, others) = (guides(&asha, json!({ "max_group_size": 2 })).await, guides(&chitra, json!({})).await);
    let path = format!("{}/book", guide(&hers));
    bela.post(&path, and(days(&world, 3, 3), json!({ "group_size": 3 }))).await.fails(409, "group_too_large");
    let id = books(&world, &chitra, &hers, 3, 5).await;
    books(&world, &bela, &hers, 4, 4).await;
    moves(&asha, &id, "confirm").await.is(200);
    for (first, last) in [(1, 3), (5, 9), (4, 4), (2, 7)] {
        bela.post(&path, days(&world, first, last)).await.fails(409, "day_taken");
    }
    bela.post(&path, days(&world, 6, 7)).await.is(201);
    bela.post(&format!("{}/book", guide(&others)), days(&world, 3, 5)).await.is(201);
    let until = world.app.clock.today().plus_days(20).unwrap().to_string();
    let away = json!({ "availability_status": "unavailable", "unavailable_until": until });
    asha.put(&format!("{GUIDES}/availability"), away).await.is(200);
    bela.post(&path, days(&world, 20, 22)).await.fails(409, "guide_unavailable");
    bela.post(&path, days(&world, 21, 22)).await.is(201);
    asha.put(&format!("{GUIDES}/availability"), json!({ "availability_status": "on_leave" })).await.is(200);
    bela.post(&path, days(&world, 40, 41)).await.fails(409, "guide_unavailable");
}

#[tokio::test]
async fn a_request_is_changed_by_its_traveller_until_it_is_answered() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({ "hourly_rate_usd": 10 })).await;
    let id = books(&world, &bela, &hers, 3, 3).await;
    books(&world, &bela, &hers, 5, 5).await;
    chitra.put(&booking(&id), json!({ "group_size": 2 })).await.fails(404, "not_found");
    asha.put(&booking(&id), json!({ "group_size": 2 })).await.fails(403, "traveler_only");
    blames(bela.put(&booking(&id), json!({ "group_size": 0 })).await, "group_size");
    blames(bela.put(&booking(&id), json!({ "end_date": "2026-11-23" })).await, "end_date");
    let five = days(&world, 5, 5);
    bela.put(&booking(&id), five).await.fails(409, "already_requested");
    let changed = bela.put(&booking(&id), and(days(&world, 3, 4), json!({ "group_size": 2 }))).await.is(200);
    assert_eq!((&changed.data()["total_cost_usd"], &changed.data()["group_size"]), (&json!(160.0), &json!(2)));
    moves(&asha, &id, "confirm").await.is(200);
    bela.put(&booking(&id), json!({ "group_size": 1 })).await.fails(409, "illegal_transition");
    assert_eq!(bela.get(&booking(&id)).await.is(200).data()["group_size"], 2);
}

#[tokio::test]
async fn each_side_has_a_list_of_its_own_and_strangers_have_none() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let (one, two) = (books(&world, &bela, &hers, 3, 3).await, books(&world, &chitra, &hers, 4, 4).await);
    moves(&asha, &one, "confirm").await.is(200);
    let list = async |who: &Person<'_>, query: &str| {
        let answer = who.get(&format!("{BOOKINGS}{query}")).await.is(200);
        let list = answer.data()["bookings"].as_array().unwrap().clone();
        assert_eq!(answer.data()["pagination"]["total"], list.len());
        list.iter().map(|b| b["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(&bela, "").await, [one.as_str()]);
    assert_eq!(list(&asha, "").await, [""; 0]);
    assert_eq!(list(&asha, "/guests").await, [two.as_str(), one.as_str()]);
    assert_eq!(list(&asha, "/guests?status=confirmed").await, [one.as_str()]);
    assert_eq!(list(&asha, "/guests?status=pending").await, [two.as_str()]);
    assert_eq!(list(&bela, "?status=requested").await, [""; 0]);
    assert_eq!(list(&bela, "/guests").await, [""; 0]);
    // A word that is no status is the status of nothing.
    assert_eq!(list(&asha, "/guests?status=paid").await, [""; 0]);
    assert_eq!(asha.get(&booking(&one)).await.is(200).data()["role"], "guide");
    let root = world.admin("root_1").await;
    for who in [&chitra, &root] {
        alike(&who.get(&booking(&one)).await.is(404), &who.get(&booking(NOBODYS)).await);
    }
    world.get(&booking(&one)).await.fails(401, "missing_token");
}

#[tokio::test]
async fn a_key_books_once() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let path = format!("{}/book", guide(&hers));
    let first = post_with_key(&world, &bela, &path, days(&world, 3, 3)).await.is(201);
    let second = post_with_key(&world, &bela, &path, days(&world, 3, 3)).await.is(201);
    assert_eq!(first.text, second.text);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_bookings").await, 1);
}

#[tokio::test]
async fn who_is_verified_no_longer_has_nothing_ahead_with_guides_for_women() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (hers, anyones) = (guides(&asha, json!({ "accepts": "women" })).await, guides(&chitra, json!({})).await);
    accounts::admin::verify_woman(&world.app, "bela@example.org").await.unwrap();
    let bela = again(&world, &bela).await;
    let (begun, ahead) = (books(&world, &bela, &hers, 0, 1).await, books(&world, &bela, &hers, 3, 3).await);
    let (asked, other) = (books(&world, &bela, &hers, 5, 5).await, books(&world, &bela, &anyones, 3, 3).await);
    for id in [&begun, &ahead] {
        moves(&asha, id, "confirm").await.is(200);
    }
    moves(&chitra, &other, "confirm").await.is(200);
    // Caches, and tokens, are told later than the database knows.
    world.sql(kernel::sql!("update travelers set women_verified = FALSE where username = 'bela'")).await;
    bela.post(&format!("{}/book", guide(&hers)), days(&world, 9, 9)).await.fails(403, "women_only");
    bela.put(&booking(&asked), json!({ "group_size": 2 })).await.fails(403, "women_only");
    moves(&asha, &asked, "confirm").await.fails(409, "illegal_transition");
    world.sql(kernel::sql!("update travelers set women_verified = TRUE where username = 'bela'")).await;
    accounts::admin::unverify_woman(&world.app, "bela@example.org").await.unwrap();
    world.run_jobs().await;
    for (id, expected) in [(&begun, "confirmed"), (&ahead, "cancelled"), (&asked, "cancelled"), (&other, "confirmed")] {
        assert_eq!(bela.get(&booking(id)).await.is(200).data()["status"], expected);
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_days").await, 3);
}
