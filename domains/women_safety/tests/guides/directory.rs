//! Finding guides.

use super::*;

async fn list(world: &World, query: &str) -> Vec<String> {
    ids(&world.get(&format!("{GUIDES}?{query}")).await.is(200))
}

/// Two verified guides who differ in everything, and one whom nobody verified.
async fn three(world: &World) -> [String; 3] {
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let one = guides(
        &asha,
        json!({
            "bio": "Temples and tea.", "service_locations": ["Kyoto, Japan"], "specializations": ["women_safety"],
            "languages_spoken": ["Japanese", "English"], "hourly_rate_usd": 20, "years_of_experience": 9,
        }),
    )
    .await;
    let two = guides(
        &bela,
        json!({
            "bio": "Trams.", "service_locations": ["Lisboa, Portugal"], "specializations": ["cultural"],
            "languages_spoken": ["Português"], "hourly_rate_usd": 10.5, "years_of_experience": 2,
        }),
    )
    .await;
    let three = guides(&chitra, json!({ "hourly_rate_usd": null })).await;
    let root = world.admin("root_1").await;
    for id in [&one, &two] {
        verify(&root, id, json!({ "is_featured": *id == two })).await.is(200);
    }
    [one, two, three]
}

#[tokio::test]
async fn filters_find_whom_they_name_and_nobody_else() {
    let world = World::new().await;
    let [one, two, three] = three(&world).await;
    for (query, expected) in [
        ("", vec![&two, &one]),
        ("verified_only=false", vec![&three, &two, &one]),
        ("location=kyo", vec![&one]),
        ("destination=kyoto%20japan", vec![&one]),
        ("location=lisb%C3%B3a", vec![&two]),
        ("location=yoto", vec![]),
        ("specialization=Women%20Safety", vec![&one]),
        ("specialization=women", vec![]),
        ("language=english", vec![&one]),
        ("language=portugues", vec![&two]),
        ("language=eng", vec![]),
        ("search=tea", vec![&one]),
        ("search=bel", vec![&two]),
        ("search=tea%20asha", vec![&one]),
        ("search=tea%20bela", vec![]),
        ("search=%21%21", vec![]),
        ("min_price=10.5&max_price=10.5", vec![&two]),
        ("min_price=11", vec![&one]),
        ("max_price=9", vec![]),
        ("featured=true", vec![&two]),
        ("min_rating=1", vec![]),
        ("min_rating=0", vec![&two, &one]),
        ("sort=experience", vec![&one, &two]),
        ("sort=price&verified_only=false", vec![&two, &one]),
        ("sort=rating", vec![&two, &one]),
        ("sort=availability", vec![&two, &one]),
        ("sort=nonsense", vec![&two, &one]),
        ("location=kyo&language=portugues", vec![]),
    ] {
        assert_eq!(list(&world, query).await, expected.into_iter().cloned().collect::<Vec<_>>(), "{query}");
    }
    for query in ["min_price=x", "max_price=x", "min_rating=x", "verified_only=x", "available_only=x", "featured=x"] {
        blames(world.get(&format!("{GUIDES}?{query}")).await, query.split('=').next().unwrap());
    }
    let page = world.get(&format!("{GUIDES}?per_page=1&page=2")).await.is(200);
    assert_eq!(ids(&page), [one]);
    assert_eq!((&page.data()["pagination"]["pages"], &page.data()["pagination"]["total"]), (&json!(2), &json!(2)));
}

#[tokio::test]
async fn who_is_away_is_not_among_the_available_until_that_day_is_over() {
    let world = World::new().await;
    let [one, two, _] = three(&world).await;
    let asha = again(&world, &named(&world, "asha").await).await;
    let path = format!("{GUIDES}/availability");
    let until = world.app.clock.today().plus_days(2).unwrap().to_string();
    let away = json!({ "availability_status": "on_leave", "unavailable_until": until });
    assert_eq!(asha.put(&path, away).await.is(200).data()["unavailable_until"], json!(until));
    assert_eq!(list(&world, "").await, [two.as_str()]);
    assert_eq!(list(&world, "available_only=false&sort=availability").await, [two.as_str(), one.as_str()]);
    let shown = world.get(&guide(&one)).await.is(200);
    assert_eq!(
        (&shown.data()["availability_status"], &shown.data()["unavailable_until"]),
        (&json!("on_leave"), &json!(null))
    );
    world.advance(4 * DAY);
    assert_eq!(list(&world, "").await.len(), 2);
    assert_eq!(world.get(&guide(&one)).await.is(200).data()["availability_status"], "available");
    let asha = again(&world, &asha).await;
    for (field, body) in [
        ("availability_status", json!({})),
        ("availability_status", json!({ "availability_status": "busy" })),
        ("unavailable_until", json!({ "availability_status": "on_leave", "unavailable_until": "2020-01-01" })),
    ] {
        blames(asha.put(&path, body).await, field);
    }
    let dora = world.person("dora").await;
    dora.put(&path, json!({ "availability_status": "available" })).await.fails(404, "not_found");
}

async fn named<'w>(world: &'w World, username: &str) -> Person<'w> {
    let body = json!({ "email": format!("{username}@example.org"), "password": "Test123!" });
    Person::signed_in(world, &world.post("/api/auth/login", body).await.is(200))
}

#[tokio::test]
async fn a_detail_has_reviews_also_when_there_are_none() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let anonymous = world.get(&guide(&hers)).await.is(200);
    assert_eq!(anonymous.data()["reviews"], json!([]));
    assert!(anonymous.data().get("user_has_pending_booking").is_none());
    let traveler = &anonymous.data()["traveler"];
    assert_eq!((&traveler["username"], &traveler["displayName"]), (&json!("asha"), &json!("asha")));
    assert!(traveler.get("avatar").is_some());
    assert_eq!(bela.get(&guide(&hers)).await.is(200).data()["user_has_pending_booking"], false);
    books(&world, &bela, &hers, 3, 3).await;
    assert_eq!(bela.get(&guide(&hers)).await.is(200).data()["user_has_pending_booking"], true);
    for id in [NOBODYS, "nonsense"] {
        world.get(&guide(id)).await.fails(404, "not_found");
    }
}

#[tokio::test]
async fn how_to_reach_a_guide_is_for_those_with_a_confirmed_booking() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let contact = json!({ "contact_email": "reach@example.org", "phone_for_bookings": "+81 75 000 0000" });
    let hers = guides(&asha, contact).await;
    let root = world.admin("root_1").await;
    verify(&root, &hers, json!({})).await.is(200);
    let reaches = async |who: &Person<'_>| {
        let detail = who.get(&guide(&hers)).await.is(200);
        let listed = who.get(GUIDES).await.is(200);
        let of = |g: &Value| (g["contact_email"].is_string(), g["phone_for_bookings"].is_string());
        let both = (of(detail.data()), of(&listed.data()["guides"][0]));
        assert_eq!(both.0, both.1);
        assert_eq!(both.0.0, both.0.1);
        both.0.0
    };
    assert!(reaches(&asha).await);
    assert!(!reaches(&root).await);
    let id = books(&world, &bela, &hers, 3, 3).await;
    let other = books(&world, &chitra, &hers, 4, 4).await;
    assert!(!reaches(&bela).await, "a request is not enough");
    moves(&asha, &id, "confirm").await.is(200);
    assert!(reaches(&bela).await);
    assert!(!reaches(&chitra).await, "somebody else's booking is not enough");
    moves(&asha, &other, "decline").await.is(200);
    moves(&bela, &id, "cancel").await.is(200);
    assert!(!reaches(&bela).await && !reaches(&chitra).await);
    assert!(!world.get(&guide(&hers)).await.text.contains("reach@"));
}
