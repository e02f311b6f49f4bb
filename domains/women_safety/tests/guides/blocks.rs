//! Who does not see whom among guides and their guests.

use super::*;

#[tokio::test]
async fn a_blocked_guide_is_an_id_that_never_was() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    guides(&chitra, json!({})).await;
    let shown = format!("{GUIDES}?verified_only=false");
    assert_eq!(ids(&bela.get(&shown).await.is(200)).len(), 2);
    // Whoever of the two does it.
    for (who, whom) in [(&asha, &bela), (&bela, &asha)] {
        block(who, whom).await;
        for path in [guide(&hers), format!("{}/reviews", guide(&hers))] {
            alike(&bela.get(&path).await.is(404), &bela.get(&path.replace(&hers, NOBODYS)).await);
        }
        for (path, body) in [
            (format!("{}/book", guide(&hers)), days(&world, 3, 3)),
            (format!("{}/reviews", guide(&hers)), json!({ "rating": 1 })),
        ] {
            let of_nobody = bela.post(&path.replace(&hers, NOBODYS), body.clone()).await;
            alike(&bela.post(&path, body).await.is(404), &of_nobody);
        }
        let seen = bela.get(&shown).await.is(200);
        assert!(!ids(&seen).contains(&hers));
        assert_eq!(seen.data()["pagination"]["total"], 1);
        chitra.get(&guide(&hers)).await.is(200);
        world.get(&guide(&hers)).await.is(200);
        who.delete(&format!("/api/users/{}/block", whom.id)).await.is(200);
        bela.get(&guide(&hers)).await.is(200);
    }
}

#[tokio::test]
async fn a_block_ends_what_is_not_over_and_leaves_history_without_the_other() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({ "contact_email": "reach@example.org" })).await;
    let old = completed(&world, &bela, &asha, &hers).await;
    let (asha, bela, chitra) = (again(&world, &asha).await, again(&world, &bela).await, again(&world, &chitra).await);
    let secret =
        json!({ "special_requirements": "canary-words", "notes": "canary-notes", "destination": "canary-place" });
    let body = and(days(&world, 3, 3), secret);
    let ahead = id(bela.post(&format!("{}/book", guide(&hers)), body).await);
    let requested = books(&world, &bela, &hers, 6, 6).await;
    let others = books(&world, &chitra, &hers, 8, 8).await;
    moves(&asha, &ahead, "confirm").await.is(200);
    moves(&asha, &others, "confirm").await.is(200);
    let begun = books(&world, &bela, &hers, 0, 1).await;
    moves(&asha, &begun, "confirm").await.is(200);
    world.advance(DAY / 4);
    let (asha, bela, chitra) = (again(&world, &asha).await, again(&world, &bela).await, again(&world, &chitra).await);
    block(&bela, &asha).await;
    // At once, before any job.
    let late = books(&world, &chitra, &hers, 12, 12).await;
    moves(&asha, &requested, "confirm").await.fails(409, "illegal_transition");
    moves(&asha, &late, "decline").await.is(200);
    let bare = asha.get(&booking(&ahead)).await.is(200);
    assert!(
        !bare.text.contains("canary") && !bare.text.contains(&bela.id) && !bare.text.contains("bela"),
        "{}",
        bare.text
    );
    world.run_jobs().await;
    for (id, expected) in [(&old, "completed"), (&ahead, "cancelled"), (&requested, "cancelled"), (&begun, "cancelled")]
    {
        let (seen, by_guide) = (bela.get(&booking(id)).await.is(200), asha.get(&booking(id)).await.is(200));
        for answer in [&seen, &by_guide] {
            assert_eq!(answer.data()["status"], expected, "{}", answer.text);
            assert_eq!(answer.data()["other"], json!(null), "{}", answer.text);
        }
        assert!(
            !seen.text.contains(&asha.id) && !seen.text.contains(&hers) && !seen.text.contains("asha"),
            "{}",
            seen.text
        );
        assert!(!by_guide.text.contains(&bela.id) && !by_guide.text.contains("canary"), "{}", by_guide.text);
    }
    assert_eq!(chitra.get(&booking(&others)).await.is(200).data()["status"], "confirmed", "somebody else's stays");
    assert!(!bela.get(BOOKINGS).await.text.contains(&hers));
    let list = asha.get(&format!("{BOOKINGS}/guests")).await.is(200);
    assert!(!list.text.contains(&bela.id) && !list.text.contains("canary"), "{}", list.text);
    // The freed day is free, and those of what has begun are not.
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_days").await, 5);
}

#[tokio::test]
async fn a_guide_cannot_block_her_critics() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let id_of = completed(&world, &bela, &asha, &hers).await;
    let (asha, bela, chitra) = (again(&world, &asha).await, again(&world, &bela).await, again(&world, &chitra).await);
    for critic in [&bela, &chitra] {
        block(&asha, critic).await;
    }
    let path = format!("{}/reviews", guide(&hers));
    chitra.post(&path, json!({ "rating": 1 })).await.fails(404, "not_found");
    let said = id(bela.post(REVIEWS, json!({ "booking_id": id_of, "rating": 1, "review_text": "canary-words" })).await);
    bela.post(&path, json!({ "rating": 1 })).await.fails(409, "already_reviewed");
    bela.put(&review(&said), json!({ "rating": 2 })).await.is(200);
    // She does not see who said it, and cannot answer; everybody else does. The mean counts it for all.
    let dora = world.person("dora").await;
    for (who, reviews) in [(Some(&asha), 0), (Some(&dora), 1), (None, 1)] {
        let list = match who {
            Some(who) => who.get(&path).await.is(200),
            None => world.get(&path).await.is(200),
        };
        assert_eq!(list.data()["reviews"].as_array().unwrap().len(), reviews);
        assert_eq!(list.data()["pagination"]["total"], reviews);
        let detail = match who {
            Some(who) => who.get(&guide(&hers)).await.is(200),
            None => world.get(&guide(&hers)).await.is(200),
        };
        assert_eq!((&detail.data()["average_rating"], &detail.data()["total_reviews"]), (&json!(2.0), &json!(1)));
        assert_eq!(detail.text.contains("canary"), reviews == 1);
    }
    for (path, body) in [
        (format!("{}/answer", review(&said)), json!({ "answer": "No." })),
        (format!("{}/helpful", review(&said)), json!({})),
    ] {
        alike(&asha.post(&path, body.clone()).await.is(404), &asha.post(&path.replace(&said, NOBODYS), body).await);
    }
}

#[tokio::test]
async fn who_is_banned_guides_nobody() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let id_of = books(&world, &bela, &hers, 3, 3).await;
    moves(&asha, &id_of, "confirm").await.is(200);
    accounts::admin::ban(&world.app, "asha@example.org").await.unwrap();
    alike(&bela.get(&guide(&hers)).await.is(404), &bela.get(&guide(NOBODYS)).await);
    assert_eq!(ids(&bela.get(&format!("{GUIDES}?verified_only=false")).await.is(200)), [""; 0]);
    world.run_jobs().await;
    let seen = bela.get(&booking(&id_of)).await.is(200);
    assert_eq!((&seen.data()["status"], &seen.data()["guide_id"]), (&json!("cancelled"), &json!(null)));
}

#[tokio::test]
async fn a_reply_that_was_given_is_not_given_again_when_the_other_is_hidden_since() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (hers, others) = (guides(&asha, json!({})).await, guides(&chitra, json!({})).await);
    let (path, wanted) = (format!("{}/book", guide(&hers)), days(&world, 3, 3));
    let made = post_with_key(&world, &bela, &path, wanted.clone()).await.is(201);
    let confirm = format!("{}/confirm", booking(made.data()["id"].as_str().unwrap()));
    post_with_key(&world, &asha, &confirm, json!({})).await.is(200);
    let again = post_with_key(&world, &asha, &confirm, json!({})).await.is(200);
    assert!(again.text.contains("bela"), "{}", again.text);
    block(&asha, &bela).await;
    post_with_key(&world, &bela, &path, wanted).await.fails(404, "not_found");
    post_with_key(&world, &asha, &confirm, json!({})).await.fails(409, "illegal_transition");
    bela.post(&format!("{}/book", guide(&others)), days(&world, 3, 3)).await.is(201);
}

#[tokio::test]
async fn a_vote_for_a_review_is_not_confirmed_again_when_its_author_is_hidden_since() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    completed(&world, &bela, &asha, &hers).await;
    let (bela, chitra) = (again(&world, &bela).await, again(&world, &chitra).await);
    let made = id(bela.post(REVIEWS, json!({ "guide_id": hers, "rating": 4 })).await);
    let path = format!("{}/helpful", review(&made));
    for _ in 0..2 {
        let voted = post_with_key(&world, &chitra, &path, json!({})).await.is(200);
        assert_eq!(voted.data()["helpful_count"], 1);
    }
    block(&bela, &chitra).await;
    let hidden = post_with_key(&world, &chitra, &path, json!({})).await.is(404);
    alike(&hidden, &chitra.post(&path.replace(&made, NOBODYS), json!({})).await);
}

#[tokio::test]
async fn a_request_on_its_way_while_a_block_is_made_is_swept_after_it() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    accounts::admin::verify_woman(&world.app, "chitra@example.org").await.unwrap();
    let hers = guides(&asha, json!({ "accepts": "anyone" })).await;
    let (one, two) = (books(&world, &bela, &hers, 3, 3).await, books(&world, &chitra, &hers, 4, 4).await);
    world.sql(kernel::sql!("update guides set accepts = 'women'")).await;
    block(&asha, &bela).await;
    accounts::admin::unverify_woman(&world.app, "chitra@example.org").await.unwrap();
    world.run_jobs().await;
    let requested = "select cast(count(*) as bigint) from guide_bookings where status = 'requested'";
    assert_eq!(world.scalar(requested).await, 0);
    // They were asked for before, and written only now.
    for id in [&one, &two] {
        let back =
            kernel::sql!("update guide_bookings set status = 'requested', cancellation_date = null where id = $1");
        world.sql(back.bind(key(id))).await;
    }
    world.run_jobs().await;
    assert_eq!(world.scalar(requested).await, 2);
    world.advance(Duration::from_mins(3));
    world.run_jobs().await;
    assert_eq!(world.scalar(requested).await, 0);
}
