//! What a rating may not be.

use crate::{LIST, and, at, blames, of, rates, trip};
use serde_json::Value;
use testkit::{World, json};

const SCORES: [&str; 5] =
    ["overall_safety_score", "accommodation_safety", "route_safety", "community_safety", "women_safety_score"];

#[tokio::test]
async fn scores_are_whole_numbers_from_one_to_five() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let osaka = asha.publishes(trip("Osaka by night")).await;
    let hers = rates(&bela, &osaka, 3).await;
    for bad in [json!(0), json!(6), json!(15), json!(99), json!(-1), json!(4.5), json!("abc"), json!([5]), json!(true)]
    {
        for field in SCORES {
            let body = and(json!({ "rating": 3, "itinerary_id": kyoto }), json!({ field: bad }));
            let answer = bela.post(LIST, body.clone()).await.is(400);
            assert!(answer.message().contains(field), "{}", answer.text);
            bela.post(&of(&kyoto, "rating"), body.clone()).await.is(400);
            bela.patch(&at(&hers), body.clone()).await.is(400);
            bela.put(&at(&hers), body).await.is(400);
        }
        let by_alias = bela.post(&of(&kyoto, "rating"), json!({ "rating": bad })).await.is(400);
        assert!(by_alias.message().contains("overall_safety_score"), "{}", by_alias.text);
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from safety_ratings").await, 1);
    assert_eq!(world.scalar("select overall_safety_score from safety_ratings").await, 3);
    for good in 1..=5 {
        for field in SCORES {
            let answer = bela.patch(&at(&hers), json!({ field: good })).await.is(200);
            assert_eq!(answer.data()[field], good);
        }
    }
}

#[tokio::test]
async fn a_score_and_a_trip_are_required_and_never_made_up() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let hers = rates(&bela, &asha.publishes(trip("Osaka by night")).await, 3).await;
    blames(bela.post(LIST, json!({ "overall_safety_score": 4 })).await, "itinerary_id");
    blames(bela.post(LIST, json!({ "overall_safety_score": 4, "itinerary_id": "" })).await, "itinerary_id");
    blames(bela.post(LIST, json!({ "itinerary_id": kyoto })).await, "overall_safety_score");
    blames(bela.post(&of(&kyoto, "rating"), json!({})).await, "overall_safety_score");
    blames(bela.post(&of(&kyoto, "rating"), json!({ "rating": null })).await, "overall_safety_score");
    let neither = bela.post(LIST, json!({})).await.fails(400, "validation_failed");
    assert_eq!(neither.body["details"].as_object().unwrap().len(), 2, "{}", neither.text);
    for field in ["overall_safety_score", "rating_type", "experience_date"] {
        blames(bela.patch(&at(&hers), json!({ field: null })).await, field);
    }
    // When rating, null is as good as absent.
    let nulls = json!({ "rating": 4, "rating_type": null, "experience_date": null, "photo_ipfs_hashes": null });
    let made = bela.post(&of(&kyoto, "rating"), nulls).await.is(201);
    assert_eq!(
        (&made.data()["rating_type"], &made.data()["experience_date"]),
        (&json!("overall"), &json!("2026-11-23"))
    );
}

#[tokio::test]
async fn an_experience_is_not_in_the_future() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let hers = rates(&bela, &kyoto, 3).await;
    // At 09:30 UTC the 23rd is today everywhere.
    for bad in ["2026-11-24", "2027-01-01", "2200-12-31", "yesterday", "2026-02-30", "1899-12-31", ""] {
        let answer = bela.patch(&at(&hers), json!({ "experience_date": bad })).await.is(400);
        assert!(answer.message().contains("experience_date"), "{}", answer.text);
    }
    for (good, kept) in
        [("2026-11-23", "2026-11-23"), ("2026-11-22T23:59:59Z", "2026-11-22"), ("1999-01-01", "1999-01-01")]
    {
        let answer = bela.patch(&at(&hers), json!({ "experience_date": good })).await.is(200);
        assert_eq!(answer.data()["experience_date"], kept);
    }
    world.advance(std::time::Duration::from_mins(30));
    // Now the 24th has begun somewhere.
    let tomorrow = json!({ "rating": 3, "experience_date": "2026-11-24" });
    world.person("chitra").await.post(&of(&kyoto, "rating"), tomorrow).await.is(201);
}

#[tokio::test]
async fn types_texts_and_photos_have_their_bounds() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let path = at(&rates(&bela, &asha.publishes(trip("Kyoto on foot")).await, 3).await);
    for (given, kept) in [("Route", "route"), (" women_safety ", "women_safety"), ("community", "community")] {
        assert_eq!(bela.patch(&path, json!({ "rating_type": given })).await.is(200).data()["rating_type"], kept);
    }
    for bad in ["", "food", "women safety", "overall;"] {
        blames(bela.patch(&path, json!({ "rating_type": bad })).await, "rating_type");
    }
    let (longest, too_long) = ("é".repeat(5_000), "é".repeat(5_001));
    assert_eq!(bela.patch(&path, json!({ "review_text": longest })).await.is(200).data()["detailed_feedback"], longest);
    blames(bela.patch(&path, json!({ "review_text": too_long })).await, "detailed_feedback");
    assert_eq!(
        bela.patch(&path, json!({ "review_text": "  " })).await.is(200).data()["detailed_feedback"],
        Value::Null
    );

    let photos = |n: usize| (0..n).map(|i| format!("QmPhoto{i}")).collect::<Value>();
    assert_eq!(
        bela.patch(&path, json!({ "photo_ipfs_hashes": photos(10) })).await.is(200).data()["photo_ipfs_hashes"],
        photos(10)
    );
    blames(bela.patch(&path, json!({ "photo_ipfs_hashes": photos(11) })).await, "photo_ipfs_hashes");
    let long = "Q".repeat(129);
    for bad in
        ["", "short", "https://example.org/x", "../../../etc", "javascript:alert", "Qm Photo 1", "QmPhotoé", &long]
    {
        blames(bela.patch(&path, json!({ "photo_ipfs_hashes": ["QmPhoto1", bad] })).await, "photo_ipfs_hashes");
    }
    assert_eq!(
        bela.patch(&path, json!({ "photo_ipfs_hashes": null })).await.is(200).data()["photo_ipfs_hashes"],
        json!([])
    );
}
