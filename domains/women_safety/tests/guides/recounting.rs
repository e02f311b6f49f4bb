//! Reviews of people who are banned or gone, in the figures of guides.

use super::*;

async fn figures(world: &World, guide_id: &str) -> (f64, i64, i64) {
    let data = world.get(&guide(guide_id)).await.is(200).data().clone();
    let number = |field: &str| data[field].as_i64().unwrap();
    (data["average_rating"].as_f64().unwrap(), number("total_reviews"), number("successful_trips_count"))
}

/// What the figures are made from is what they say.
async fn sums_are_exact(world: &World) {
    let wrong = "select cast(count(*) as bigint) from guides g where g.total_reviews <> (select count(*)
            from guide_reviews r where r.guide_id = g.id and r.is_counted = TRUE) or g.rating_sum <> (select
            coalesce(sum(r.rating), 0) from guide_reviews r where r.guide_id = g.id and r.is_counted = TRUE)";
    assert_eq!(world.scalar(wrong).await, 0);
}

async fn ban(world: &World, name: &str) {
    accounts::admin::ban(&world.app, &format!("{name}@example.org")).await.unwrap();
    world.run_jobs().await;
}

/// A guide whom bela, who is banned or leaves, called bad and chitra good.
async fn rated(world: &World) -> (Person<'_>, Person<'_>, String) {
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let (one, two) = (books(world, &bela, &hers, 1, 1).await, books(world, &chitra, &hers, 2, 2).await);
    for id in [&one, &two] {
        moves(&asha, id, "confirm").await.is(200);
    }
    world.advance(5 * DAY);
    let (bela, chitra) = (again(world, &bela).await, again(world, &chitra).await);
    for (who, id, rating) in [(&bela, &one, 1), (&chitra, &two, 4)] {
        moves(who, id, "complete").await.is(200);
        who.post(REVIEWS, json!({ "booking_id": id, "rating": rating })).await.is(201);
    }
    (bela, chitra, hers)
}

#[tokio::test]
async fn a_ban_takes_a_review_out_of_the_mean_and_its_end_brings_it_back() {
    let world = World::new().await;
    let (_, chitra, hers) = rated(&world).await;
    assert_eq!(figures(&world, &hers).await, (2.5, 2, 2));
    for _ in 0..2 {
        ban(&world, "bela").await;
        assert_eq!(figures(&world, &hers).await, (4.0, 1, 1));
        sums_are_exact(&world).await;
        accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
        world.run_jobs().await;
        assert_eq!(figures(&world, &hers).await, (2.5, 2, 2));
        sums_are_exact(&world).await;
    }
    ban(&world, "bela").await;
    // Nothing of it is counted twice when it is told twice, nor of somebody else's.
    world.advance(Duration::from_mins(3));
    world.run_jobs().await;
    let said: String = {
        let list = again(&world, &chitra).await.get(&format!("{}/reviews", guide(&hers))).await.is(200);
        list.data()["reviews"][0]["id"].as_str().unwrap().to_owned()
    };
    again(&world, &chitra).await.put(&review(&said), json!({ "rating": 5 })).await.is(200);
    assert_eq!(figures(&world, &hers).await, (5.0, 1, 1));
    sums_are_exact(&world).await;
}

#[tokio::test]
async fn a_review_whose_author_left_counts_no_longer() {
    let world = World::new().await;
    let (bela, _, hers) = rated(&world).await;
    let proof = json!({ "current_password": "Test123!" });
    world.call(axum::http::Method::DELETE, "/api/auth/me", Some(&bela.token), Some(proof)).await.is(200);
    world.run_jobs().await;
    assert_eq!(figures(&world, &hers).await, (4.0, 1, 1));
    sums_are_exact(&world).await;
}

#[tokio::test]
async fn what_is_taken_out_is_not_taken_out_again_by_its_author() {
    let world = World::new().await;
    let (bela, _, hers) = rated(&world).await;
    let list = bela.get(&format!("{}/reviews", guide(&hers))).await.is(200);
    let theirs = list.data()["reviews"].as_array().unwrap().iter().find(|r| r["rating"] == 1).unwrap().clone();
    let theirs = review(theirs["id"].as_str().unwrap());
    // As if a change were on its way while they were banned and the job was quicker.
    world.sql(kernel::sql!("update guide_reviews set is_counted = FALSE where rating = 1")).await;
    world
        .sql(kernel::sql!(
            "update guides set rating_sum = 4, total_reviews = 1, average_rating = 4 where total_reviews = 2"
        ))
        .await;
    bela.put(&theirs, json!({ "rating": 2 })).await.is(200);
    assert_eq!(figures(&world, &hers).await, (4.0, 1, 2));
    sums_are_exact(&world).await;
    bela.delete(&theirs).await.is(200);
    assert_eq!(figures(&world, &hers).await, (4.0, 1, 2));
    sums_are_exact(&world).await;
}

#[tokio::test]
async fn a_ban_that_meets_the_review_itself_leaves_the_sums_exact() {
    for _ in 0..5 {
        let world = World::new().await;
        let (bela, _, hers) = rated(&world).await;
        let list = bela.get(&format!("{}/reviews", guide(&hers))).await.is(200);
        let theirs = list.data()["reviews"].as_array().unwrap().iter().find(|r| r["rating"] == 1).unwrap().clone();
        let theirs = review(theirs["id"].as_str().unwrap());
        let (changed, ()) = tokio::join!(bela.put(&theirs, json!({ "rating": 3 })), ban(&world, "bela"));
        assert!([200, 401, 403].contains(&changed.status), "{}", changed.text);
        world.advance(Duration::from_mins(3));
        world.run_jobs().await;
        sums_are_exact(&world).await;
        assert_eq!(figures(&world, &hers).await, (4.0, 1, 1));
    }
}
