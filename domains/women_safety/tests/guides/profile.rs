//! Becoming a guide, and being verified.

use super::*;

#[tokio::test]
async fn anybody_becomes_a_guide_once_and_starts_available_for_anyone() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    asha.get(PROFILE).await.fails(404, "not_found");
    let body = json!({
        "years_of_experience": 6, "service_locations": ["Kyoto, Japan"], "specializations": ["women_safety"],
        "languages_spoken": ["Japanese"], "hourly_rate_usd": 25.5, "bio": "Temples and tea.",
    });
    let made = asha.post(PROFILE, body.clone()).await.is(201);
    for (field, value) in [
        ("availability_status", json!("available")),
        ("accepts", json!("anyone")),
        ("is_verified", json!(false)),
        ("is_new", json!(true)),
        ("average_rating", json!(0.0)),
        ("hourly_rate_usd", json!(25.5)),
        ("max_group_size", json!(10)),
        ("traveler_id", json!(asha.id)),
    ] {
        assert_eq!(made.data()[field], value, "{field}");
    }
    asha.post(PROFILE, body).await.fails(409, "already_guide");
    guides(&bela, json!({})).await;
    let changed = asha.put(PROFILE, json!({ "accepts": "women", "bio": null })).await.is(200);
    assert_eq!((&changed.data()["accepts"], &changed.data()["bio"]), (&json!("women"), &json!(null)));
    assert_eq!(changed.data()["years_of_experience"], 6);
    assert_eq!(bela.get(PROFILE).await.is(200).data()["accepts"], "anyone");
    world.post(PROFILE, json!({})).await.fails(401, "missing_token");
}

#[tokio::test]
async fn what_belongs_to_the_server_is_not_taken_from_a_guide() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let forged = json!({
        "is_verified": true, "verification_level": "gold", "average_rating": 5, "total_reviews": 99, "is_featured": true,
        "background_check_completed": true, "first_aid_certified": true, "emergency_response_training": true,
        "is_active": false, "women_travelers_guided": 9, "successful_trips_count": 9, "traveler_id": NOBODYS,
        "availability_status": "on_leave",
    });
    let made = asha.post(PROFILE, forged.clone()).await.is(201);
    let changed = asha.put(PROFILE, forged).await.is(200);
    for answer in [made, changed] {
        let data = answer.data();
        for (field, value) in [
            ("is_verified", json!(false)),
            ("verification_level", json!(null)),
            ("average_rating", json!(0.0)),
            ("total_reviews", json!(0)),
            ("is_featured", json!(false)),
            ("background_check_completed", json!(false)),
            ("first_aid_certified", json!(false)),
            ("emergency_response_training", json!(false)),
            ("is_active", json!(true)),
            ("women_travelers_guided", json!(0)),
            ("successful_trips_count", json!(0)),
            ("traveler_id", json!(asha.id)),
            ("availability_status", json!("available")),
        ] {
            assert_eq!(data[field], value, "{field}");
        }
    }
}

#[tokio::test]
async fn fields_have_rules() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for (field, value) in [
        ("years_of_experience", json!(-1)),
        ("years_of_experience", json!(81)),
        ("hourly_rate_usd", json!(-0.01)),
        ("hourly_rate_usd", json!(0.001)),
        ("hourly_rate_usd", json!(1e300)),
        ("max_group_size", json!(0)),
        ("max_group_size", json!(51)),
        ("accepts", json!("men")),
        ("contact_email", json!("not an address")),
        ("phone_for_bookings", json!("call me")),
        ("bio", json!("x".repeat(3_001))),
        ("cancellation_policy", json!("x".repeat(3_001))),
    ] {
        blames(asha.post(PROFILE, json!({ field: value })).await, field);
    }
    for (field, value) in [("languages_spoken", json!([""])), ("service_locations", json!(["x".repeat(101)]))] {
        asha.post(PROFILE, json!({ field: value })).await.fails(400, "validation_failed");
    }
    asha.post(PROFILE, json!({ "languages_spoken": "Japanese" })).await.is(400);
    asha.get(PROFILE).await.fails(404, "not_found");
}

#[tokio::test]
async fn administrators_verify_guides_and_it_is_kept_who_did() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("root_1").await);
    let (hers, other) = (guides(&asha, json!({})).await, guides(&bela, json!({})).await);
    verify(&asha, &hers, json!({})).await.fails(403, "admin_required");
    world.post(&format!("/api/admin/guides/{hers}/verify"), json!({})).await.fails(401, "missing_token");
    verify(&root, NOBODYS, json!({})).await.fails(404, "not_found");
    blames(verify(&root, &hers, json!({ "verification_level": "tin" })).await, "verification_level");
    let trip = asha.publishes(json!({ "title": "Kyoto on foot", "destination": "Kyoto" })).await;
    let certified = async || {
        let trip = world.get(&format!("/api/itineraries/{trip}")).await.is(200);
        trip.data()["creator"]["women_guide_certified"].as_bool().unwrap()
    };
    assert!(!certified().await);
    let found = json!({ "verification_level": "silver", "background_check_completed": true, "is_featured": true });
    let verified = verify(&root, &hers, found).await.is(200);
    assert_eq!(
        (&verified.data()["is_verified"], &verified.data()["verification_level"]),
        (&json!(true), &json!("silver"))
    );
    assert!(certified().await, "her card says so where it was kept");
    assert_eq!(world.get(&guide(&other)).await.is(200).data()["is_verified"], false);
    root.delete(&format!("/api/admin/guides/{hers}/verify")).await.is(200);
    assert!(!certified().await);
    let shown = world.get(&guide(&hers)).await.is(200);
    assert_eq!(
        [&shown.data()["is_verified"], &shown.data()["background_check_completed"], &shown.data()["is_featured"]],
        [&json!(false); 3]
    );
    let kept =
        world.scalar("select cast(count(*) as bigint) from guide_verifications where admin_id is not null").await;
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn who_withdraws_is_gone_for_others_and_comes_back_unverified() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("root_1").await);
    let hers = guides(&asha, json!({ "contact_email": "reach@example.org" })).await;
    verify(&root, &hers, json!({})).await.is(200);
    let open = books(&world, &bela, &hers, 3, 3).await;
    asha.delete(PROFILE).await.fails(409, "open_bookings");
    moves(&asha, &open, "decline").await.is(200);
    asha.delete(PROFILE).await.is(200);
    for (who, path) in [(&bela, guide(&hers)), (&bela, format!("{}/reviews", guide(&hers)))] {
        alike(&who.get(&path).await.is(404), &who.get(&path.replace(&hers, NOBODYS)).await);
    }
    bela.post(&format!("{}/book", guide(&hers)), days(&world, 3, 3)).await.fails(404, "not_found");
    assert_eq!(asha.get(&guide(&hers)).await.is(200).data()["is_active"], false);
    asha.put(PROFILE, json!({})).await.fails(404, "not_found");
    let back = asha.post(PROFILE, json!({})).await.is(201);
    assert_eq!((&back.data()["id"], &back.data()["is_verified"]), (&json!(hers), &json!(false)));
    bela.get(&guide(&hers)).await.is(200);
}

#[tokio::test]
async fn who_comes_back_is_told_how_many_tours_there_were() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    completed(&world, &bela, &asha, &hers).await;
    let asha = again(&world, &asha).await;
    asha.delete(PROFILE).await.is(200);
    let back = asha.post(PROFILE, json!({})).await.is(201);
    assert_eq!((&back.data()["id"], &back.data()["successful_trips_count"]), (&json!(hers), &json!(1)));
    assert_eq!(*back.data(), *asha.get(PROFILE).await.is(200).data());
}

#[tokio::test]
async fn a_key_makes_one_guide() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let first = post_with_key(&world, &asha, PROFILE, json!({ "bio": "Tea" })).await.is(201);
    let second = post_with_key(&world, &asha, PROFILE, json!({ "bio": "Tea" })).await.is(201);
    assert_eq!(first.text, second.text);
}

#[tokio::test]
async fn who_withdrew_comes_back_with_nothing_that_was_found() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let admin = world.admin("root_1").await;
    let found =
        json!({ "background_check_completed": true, "first_aid_certified": true, "emergency_response_training": true });
    let hers = guides(&asha, json!({})).await;
    let is_bare = async || {
        let shown = world.get(&guide(&hers)).await.is(200);
        for field in ["is_verified", "background_check_completed", "first_aid_certified", "emergency_response_training"]
        {
            assert_eq!(shown.data()[field], false, "{field}: {}", shown.text);
        }
    };
    verify(&admin, &hers, found.clone()).await.is(200);
    assert_eq!(world.get(&guide(&hers)).await.is(200).data()["first_aid_certified"], true);
    asha.delete(PROFILE).await.is(200);
    asha.post(PROFILE, json!({})).await.is(201);
    is_bare().await;
    // What was found out is taken back also while she is away.
    asha.delete(PROFILE).await.is(200);
    world.sql(kernel::sql!("update guides set is_verified = TRUE, first_aid_certified = TRUE")).await;
    admin.delete(&format!("/api/admin/guides/{hers}/verify")).await.is(200);
    verify(&admin, &hers, found).await.fails(404, "not_found");
    asha.post(PROFILE, json!({})).await.is(201);
    is_bare().await;
}
