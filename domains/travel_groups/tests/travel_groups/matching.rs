//! Groups that fit.

use super::*;

fn matched(answer: &Answer) -> Vec<String> {
    let groups = answer.data()["matched_groups"].as_array().unwrap();
    groups.iter().map(|g| g["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn matching_is_ranked_and_explains_itself() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let tags = json!({ "activity_tags": ["surfing", "food"], "languages": ["en"], "travel_pace": "slow" });
    made(&asha, and(group("Best"), tags)).await;
    made(&asha, and(group("Elsewhere"), json!({ "destination": "Oslo", "activity_tags": ["surfing"] }))).await;
    made(
        &asha,
        and(group("Nothing"), json!({ "destination": "Lima", "start_date": "2027-09-01", "end_date": "2027-09-02" })),
    )
    .await;
    let full = made(&asha, and(group("Full"), json!({ "max_members": 2 }))).await;
    let mine = made(&asha, group("Mine")).await;
    join(&bela, &mine).await.is(201);
    let chen = world.person("chen").await;
    join(&chen, &full).await.is(201);
    let query =
        "destination=lisbon&start_date=2027-04-01&interests=surfing&interests=food&languages=EN&travel_pace=slow";
    let answer = bela.get(&format!("{LIST}/matching?{query}")).await.is(200);
    assert_eq!(matched(&answer), ["Best", "Elsewhere"]);
    let best = &answer.data()["matched_groups"][0];
    let reasons = best["match"]["reasons"].as_array().unwrap();
    let kinds: Vec<&Value> = reasons.iter().map(|r| &r["kind"]).collect();
    assert_eq!(kinds, ["destination", "dates", "interests", "languages", "pace", "seats"]);
    let sum: f64 = reasons.iter().map(|r| r["weight"].as_f64().unwrap()).sum();
    assert!((best["match"]["score"].as_f64().unwrap() - sum).abs() < 0.01, "{best}");
    assert!(!answer.text.contains("2027-04-17") && !answer.text.contains("Canary"), "{}", answer.text);
    assert_eq!(answer.data()["pagination"]["total"], 2);
    let second = bela.get(&format!("{LIST}/matching?{query}&limit=1&page=2")).await.is(200);
    assert_eq!(matched(&second), ["Elsewhere"]);
    world.get(&format!("{LIST}/matching")).await.fails(401, "missing_token");
    for wrong in ["start_date=soon", "latitude=91&longitude=0", "latitude=NaN&longitude=3"] {
        bela.get(&format!("{LIST}/matching?{wrong}")).await.fails(400, "validation_failed");
    }
    // Who asks for nothing is known by the trips that they plan.
    let trip = json!({ "title": "Trip to Oslo", "destination": "Oslo, Norway", "start_date": "2027-04-02", "end_date": "2027-04-09" });
    bela.post("/api/itineraries", trip).await.is(201);
    let answer = bela.get(&format!("{LIST}/matching")).await.is(200);
    assert_eq!(matched(&answer)[0], "Elsewhere", "{}", answer.text);
}

#[tokio::test]
async fn nobody_is_matched_with_whom_they_block() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let id = made(&asha, group("Surf")).await;
    join(&bela, &id).await.is(201);
    let path = format!("{LIST}/matching?destination=Lisbon");
    assert_eq!(matched(&chen.get(&path).await.is(200)), ["Surf"]);
    block(&bela, &chen).await;
    assert_eq!(matched(&chen.get(&path).await.is(200)), [""; 0]);
    let dora = world.person("dora").await;
    assert_eq!(matched(&dora.get(&path).await.is(200)), ["Surf"]);
    asha.post(&format!("{id}/bans"), json!({ "traveler_id": dora.id })).await.is(201);
    assert_eq!(matched(&dora.get(&path).await.is(200)), [""; 0]);
}

/// Who wants to travel with women only is matched with nobody else, whatever fits better.
#[tokio::test]
async fn a_preference_for_women_binds() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    for name in ["asha", "bela"] {
        verify(&world, name).await;
    }
    made(&asha, group("Open")).await;
    made(&asha, and(group("Women"), json!({ "is_women_only": true }))).await;
    let path = format!("{LIST}/matching?destination=Lisbon");
    let prefers = async |on: bool| {
        let settings = json!({ "women_only_group_preference": on });
        bela.put("/api/women-safety/settings", settings).await.is(200);
    };
    let both = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(both(matched(&bela.get(&path).await.is(200))), ["Open", "Women"]);
    prefers(true).await;
    let answer = bela.get(&path).await.is(200);
    assert_eq!((matched(&answer), &answer.data()["pagination"]["total"]), (vec!["Women".to_owned()], &json!(1)));
    assert!(answer.text.contains("It is for women only"), "{}", answer.text);
    prefers(false).await;
    assert_eq!(both(matched(&bela.get(&path).await.is(200))), ["Open", "Women"]);
}

/// Groups that nobody asked for, however many and however soon, do not keep out what was asked for.
#[tokio::test]
async fn what_was_wished_for_is_found_behind_any_number_of_groups_that_leave_sooner() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let far = json!({ "start_date": "2028-06-10", "end_date": "2028-06-12" });
    let far = |name: &str, place: Value| and(and(group(name), far.clone()), place);
    made(&asha, far("Month", json!({ "destination": "Lima" }))).await;
    made(&asha, far("Town", json!({ "destination": "Kyōto", "start_date": "2028-01-02", "end_date": "2028-01-03" })))
        .await;
    made(&asha, far("Near", json!({ "destination": "Nara", "latitude": 34.7, "longitude": 135.8 }))).await;
    let now = world.app.clock.now();
    let day = |date: &str| date.parse().unwrap();
    let creator: uuid::Uuid = asha.id.parse().unwrap();
    let gatherings = (0..450_u128).map(|n| travel_groups::seed::Gathering {
        id: uuid::Uuid::from_u128(n + 1),
        name: format!("Flood {n}"),
        description: "Nothing.".to_owned(),
        destination: "Oslo".to_owned(),
        start_date: day("2027-01-02"),
        end_date: day("2027-01-03"),
        seats: 4,
        activity_tags: Vec::new(),
        languages: Vec::new(),
        pace: None,
        is_women_only: false,
        requires_approval: false,
        itinerary: None,
        members: vec![(uuid::Uuid::from_u128(n + 1_000), kernel::auth::TravelerId(creator))],
        at: now,
    });
    let mut tx = world.app.db.write().await.unwrap();
    travel_groups::seed::insert(&mut tx, gatherings.collect()).await.unwrap();
    tx.commit().await.unwrap();
    for (query, expected) in [
        ("destination=Kyoto,%20Japan", vec!["Town"]),
        ("start_date=2028-06-01", vec!["Near", "Month"]),
        ("end_date=2028-05-01", vec!["Near", "Month"]),
        ("start_date=2028-06-01&destination=kyoto", vec!["Town", "Near", "Month"]),
        ("latitude=35.0&longitude=135.8", vec!["Near"]),
        ("start_date=2028-09-01", vec![]),
    ] {
        let found = bela.get(&format!("{LIST}/matching?{query}")).await.is(200);
        assert_eq!(matched(&found), expected, "{query}");
    }
    // Without a wish, the soonest.
    assert_eq!(bela.get(&format!("{LIST}/matching")).await.is(200).body["pagination"]["total"], 400);
}

#[tokio::test]
async fn a_page_of_groups_that_fit_has_fifteen_unless_said() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let bela = world.person("bela").await;
    for n in 0..17 {
        made(&asha, group(&format!("Group {n}"))).await;
    }
    for (asked, per_page, shown) in
        [("", 15, 15), ("&per_page=16", 16, 16), ("&limit=2", 2, 2), ("&per_page=x", 15, 15)]
    {
        let page = bela.get(&format!("{LIST}/matching?destination=Lisbon{asked}")).await.is(200);
        assert_eq!(page.body["pagination"]["per_page"], per_page, "{asked}");
        assert_eq!(page.data()["matched_groups"].as_array().unwrap().len(), shown, "{asked}");
    }
}
