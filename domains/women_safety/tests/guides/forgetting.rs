//! What is left of guides and their guests whose accounts are gone.

use super::*;

async fn leave(world: &World, who: &Person<'_>) {
    let proof = json!({ "current_password": "Test123!" });
    world.call(axum::http::Method::DELETE, "/api/auth/me", Some(&who.token), Some(proof)).await.is(200);
    world.run_jobs().await;
}

/// How many rows still hold something of the guide, and of the guest.
async fn left(world: &World) -> (i64, i64) {
    let of_guide = "select cast((select count(*) from guides where bio like '%canary%' or contact_email like '%canary%'
            or phone_for_bookings like '%98765%' or cancellation_policy like '%canary%'
            or safety_protocols like '%canary%'
            or cast(languages_spoken as text) like '%canary%' or cast(specializations as text) like '%canary%'
            or cast(favorite_destinations as text) like '%canary%' or cast(service_locations as text) like '%canary%')
        + (select count(*) from guide_terms where term like '%canary%')
        + (select count(*) from guide_bookings where reason like '%canary%') as bigint)";
    let of_guest = "select cast(count(*) as bigint) from guide_bookings where destination like '%canary%'
            or special_requirements like '%canary%' or notes_from_traveler like '%canary%'
            or activity_type like '%canary%'";
    (world.scalar(of_guide).await, world.scalar(of_guest).await)
}

#[tokio::test]
async fn nothing_that_a_guide_or_a_guest_wrote_outlives_the_account() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let about = json!({
        "bio": "canary bio", "contact_email": "canary@example.org", "phone_for_bookings": "+91 98765 43210",
        "cancellation_policy": "canary policy", "safety_protocols": "canary protocols", "languages_spoken": ["canary"],
        "specializations": ["canary"], "favorite_destinations": ["canary"], "service_locations": ["canary"],
    });
    let (hers, _) = (
        guides(&asha, about).await,
        guides(&chitra, json!({ "bio": "I stay", "contact_email": "c@example.org" })).await,
    );
    let words = json!({
        "destination": "canary place", "special_requirements": "canary: epilepsy", "notes": "canary notes",
        "activity_type": "canary tour",
    });
    let mut asked = Vec::new();
    for (guest, day) in [(&bela, 3), (&chitra, 5)] {
        let wanted = and(days(&world, day, day), words.clone());
        asked.push(id(guest.post(&format!("{}/book", guide(&hers)), wanted).await));
    }
    let declined = json!({ "reason": "canary reason" });
    asha.post(&format!("{}/decline", booking(&asked[0])), declined).await.is(200);
    let terms = world.scalar("select cast(count(*) as bigint) from guide_terms where term like '%canary%'").await;
    assert_eq!(left(&world).await, (2 + terms, 2));

    // Who is banned may come back, and finds everything.
    accounts::admin::ban(&world.app, "asha@example.org").await.unwrap();
    world.run_jobs().await;
    assert_eq!(left(&world).await, (2 + terms, 2));
    accounts::admin::unban(&world.app, "asha@example.org").await.unwrap();
    leave(&world, &bela).await;
    assert_eq!(left(&world).await, (2 + terms, 1));
    leave(&world, &again(&world, &asha).await).await;
    assert_eq!(left(&world).await, (0, 1));
    // Of others nothing is gone.
    let own = chitra.get(&booking(&asked[1])).await.is(200);
    assert_eq!(own.data()["special_requirements"], "canary: epilepsy");
    assert_eq!(chitra.get(PROFILE).await.is(200).data()["contact_email"], "c@example.org");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guides where is_active = TRUE").await, 1);
}
