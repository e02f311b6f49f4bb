//! What travellers say about guides.

use super::*;

fn of(guide_id: &str) -> String {
    format!("{}/reviews", guide(guide_id))
}

async fn mean(world: &World, guide_id: &str) -> (f64, i64) {
    let data = world.get(&guide(guide_id)).await.is(200).data().clone();
    (data["average_rating"].as_f64().unwrap(), data["total_reviews"].as_i64().unwrap())
}

#[tokio::test]
async fn one_review_a_completed_booking_and_the_mean_is_exact() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (hers, others) = (guides(&asha, json!({})).await, guides(&chitra, json!({})).await);
    // Before any booking is looked for.
    for (field, value) in [("rating", json!(10)), ("rating", json!(0)), ("safety_rating", json!(6))] {
        blames(bela.post(&of(&hers), and(json!({ "rating": 4 }), json!({ field: value }))).await, field);
    }
    blames(bela.post(&of(&hers), json!({})).await, "rating");
    bela.post(&of(&hers), json!({ "rating": 4.5 })).await.is(400);
    blames(bela.post(REVIEWS, json!({ "rating": 4 })).await, "guide_id");
    bela.post(&of(&hers), json!({ "rating": 4 })).await.fails(403, "no_completed_booking");
    asha.post(&of(&hers), json!({ "rating": 5 })).await.fails(403, "own_guide");
    bela.post(&of(NOBODYS), json!({ "rating": 4 })).await.fails(404, "not_found");
    let first = completed(&world, &bela, &asha, &hers).await;
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    assert_eq!(mean(&world, &hers).await, (0.0, 0));
    bela.post(&of(&others), json!({ "rating": 4 })).await.fails(403, "no_completed_booking");
    let forged = json!({
        "rating": 4, "safety_rating": 5, "verified_traveler": false, "helpful_count": 99, "traveler_id": asha.id,
        "guide_answer": "forged",
    });
    let made = bela.post(&of(&hers), forged).await.is(201);
    for (field, value) in [
        ("rating", json!(4)),
        ("safety_rating", json!(5)),
        ("knowledge_rating", json!(4)),
        ("communication_rating", json!(4)),
        ("professionalism_rating", json!(4)),
        ("value_for_money_rating", json!(4)),
        ("verified_traveler", json!(true)),
        ("helpful_count", json!(0)),
        ("guide_answer", json!(null)),
    ] {
        assert_eq!(made.data()[field], value, "{field}");
    }
    assert_eq!(made.data()["traveler"]["username"], "bela");
    assert_eq!(mean(&world, &hers).await, (4.0, 1));
    bela.post(&of(&hers), json!({ "rating": 1 })).await.fails(409, "already_reviewed");
    bela.post(REVIEWS, json!({ "booking_id": first, "rating": 1 })).await.fails(409, "already_reviewed");
    // A second tour is a second review.
    let second = completed(&world, &bela, &asha, &hers).await;
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    let two = id(bela.post(REVIEWS, json!({ "guide_id": hers, "booking_id": second, "rating": 5 })).await);
    assert_eq!(mean(&world, &hers).await, (4.5, 2));
    let chitra = again(&world, &chitra).await;
    completed(&world, &chitra, &asha, &hers).await;
    let (bela, chitra) = (again(&world, &bela).await, again(&world, &chitra).await);
    chitra.post(REVIEWS, json!({ "booking_id": second, "rating": 1 })).await.fails(404, "not_found");
    chitra
        .post(REVIEWS, json!({ "guide_id": hers, "booking_id": second, "rating": 1 }))
        .await
        .fails(403, "no_completed_booking");
    chitra.post(&of(&hers), json!({ "rating": 1 })).await.is(201);
    assert_eq!(mean(&world, &hers).await, (3.33, 3));
    assert_eq!(mean(&world, &others).await, (0.0, 0));
    bela.put(&review(&two), json!({ "rating": 2, "review_text": "I thought again." })).await.is(200);
    assert_eq!(mean(&world, &hers).await, (2.33, 3));
    bela.delete(&review(&two)).await.is(200);
    assert_eq!(mean(&world, &hers).await, (2.5, 2));
    bela.post(&of(&hers), json!({ "rating": 3 })).await.is(201);
    assert_eq!(mean(&world, &hers).await, (2.67, 3));
    let page = world.get(&format!("{}?per_page=2", of(&hers))).await.is(200);
    let ratings: Vec<i64> =
        page.data()["reviews"].as_array().unwrap().iter().map(|r| r["rating"].as_i64().unwrap()).collect();
    assert_eq!((ratings, &page.data()["pagination"]["pages"]), (vec![3, 1], &json!(2)));
}

/// A guide with a review by bela; who they are, the guide's id and the review's.
async fn reviewed(world: &World) -> (Person<'_>, Person<'_>, String, String) {
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    completed(world, &bela, &asha, &hers).await;
    let (asha, bela) = (again(world, &asha).await, again(world, &bela).await);
    let said = id(bela.post(&of(&hers), json!({ "rating": 4, "review_text": "Quiet." })).await);
    (asha, bela, hers, said)
}

#[tokio::test]
async fn only_its_author_changes_a_review() {
    let world = World::new().await;
    let (asha, bela, hers, said) = reviewed(&world).await;
    let (chitra, root) = (world.person("chitra").await, world.admin("root_1").await);
    for who in [&asha, &chitra, &root] {
        who.put(&review(&said), json!({ "rating": 5 })).await.fails(403, "not_author");
        who.delete(&review(&said)).await.fails(403, "not_author");
    }
    world.call(axum::http::Method::DELETE, &review(&said), None, None).await.fails(401, "missing_token");
    blames(bela.put(&review(&said), json!({ "rating": 6 })).await, "rating");
    bela.put(&review(NOBODYS), json!({ "rating": 5 })).await.fails(404, "not_found");
    let changed = bela.put(&review(&said), json!({ "review_text": null })).await.is(200);
    assert_eq!((&changed.data()["review_text"], &changed.data()["rating"]), (&json!(null), &json!(4)));
    assert_eq!(mean(&world, &hers).await, (4.0, 1));
}

#[tokio::test]
async fn one_helpful_vote_a_person_and_none_on_ones_own() {
    let world = World::new().await;
    let (asha, bela, hers, said) = reviewed(&world).await;
    let (chitra, dora) = (world.person("chitra").await, world.person("dora").await);
    let path = format!("{}/helpful", review(&said));
    bela.post(&path, json!({})).await.fails(403, "own_review");
    asha.post(&path, json!({})).await.fails(403, "own_guide");
    world.post(&path, json!({})).await.fails(401, "missing_token");
    dora.post(&path, json!({})).await.is(200);
    let votes = futures_util::future::join_all((0..10).map(|_| chitra.post(&path, json!({})))).await;
    for vote in votes {
        assert_eq!(vote.is(200).data(), &json!({ "helpful_count": 2, "user_found_helpful": true }));
    }
    for _ in 0..2 {
        assert_eq!(chitra.delete(&path).await.is(200).data()["helpful_count"], 1);
    }
    let list = world.get(&of(&hers)).await.is(200);
    assert_eq!(list.data()["reviews"][0]["helpful_count"], 1);
    chitra.post(&format!("{}/helpful", review(NOBODYS)), json!({})).await.fails(404, "not_found");
}

#[tokio::test]
async fn the_guide_answers_once() {
    let world = World::new().await;
    let (asha, bela, hers, said) = reviewed(&world).await;
    let chitra = world.person("chitra").await;
    guides(&chitra, json!({})).await;
    let path = format!("{}/answer", review(&said));
    for body in [json!({}), json!({ "answer": " " }), json!({ "answer": "x".repeat(2_001) })] {
        blames(asha.post(&path, body).await, "answer");
    }
    for who in [&bela, &chitra] {
        who.post(&path, json!({ "answer": "Thanks." })).await.fails(403, "guide_only");
    }
    let answered = asha.post(&path, json!({ "answer": "Thanks." })).await.is(201);
    assert_eq!(answered.data()["guide_answer"], "Thanks.");
    asha.post(&path, json!({ "answer": "Again." })).await.fails(409, "already_answered");
    let list = world.get(&of(&hers)).await.is(200);
    assert_eq!(list.data()["reviews"][0]["guide_answer"], "Thanks.");
}
