//! What becomes of a booking. Every way that there is stands in the table of `bookings::model`.

use super::*;

async fn status(who: &Person<'_>, id: &str) -> String {
    who.get(&booking(id)).await.is(200).data()["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_guide_answers_and_nobody_else() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (hers, _) = (guides(&asha, json!({})).await, guides(&chitra, json!({})).await);
    let id = books(&world, &bela, &hers, 3, 4).await;
    for step in ["confirm", "decline", "no-show"] {
        moves(&bela, &id, step).await.fails(403, "guide_only");
    }
    for step in ["confirm", "decline", "cancel", "complete", "no-show"] {
        alike(&moves(&chitra, &id, step).await.is(404), &moves(&chitra, NOBODYS, step).await);
        world.post(&format!("{}/{step}", booking(&id)), json!({})).await.fails(401, "missing_token");
    }
    moves(&asha, &id, "no-show").await.fails(409, "illegal_transition");
    let early = moves(&bela, &id, "complete").await.fails(409, "illegal_transition");
    assert!(early.message().contains("requested") && early.message().contains("completed"), "{}", early.text);
    assert_eq!(status(&bela, &id).await, "requested");
    let confirmed = moves(&asha, &id, "confirm").await.is(200);
    assert!(confirmed.data()["confirmation_date"].is_string());
    moves(&asha, &id, "confirm").await.fails(409, "illegal_transition");
    moves(&asha, &id, "decline").await.fails(409, "illegal_transition");
    assert_eq!(status(&bela, &id).await, "confirmed");
    let declined = books(&world, &bela, &hers, 8, 8).await;
    let because =
        asha.post(&format!("{}/decline", booking(&declined)), json!({ "reason": "My day off." })).await.is(200);
    assert_eq!(because.data()["status"], "declined");
    assert_eq!(bela.get(&booking(&declined)).await.data()["cancellation_reason"], "My day off.");
    moves(&asha, &declined, "confirm").await.fails(409, "illegal_transition");
}

#[tokio::test]
async fn a_cancelled_day_is_free_again() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let (one, two) = (books(&world, &bela, &hers, 3, 4).await, books(&world, &chitra, &hers, 4, 5).await);
    let kept = books(&world, &bela, &hers, 8, 8).await;
    moves(&asha, &kept, "confirm").await.is(200);
    moves(&asha, &one, "confirm").await.is(200);
    moves(&asha, &two, "confirm").await.fails(409, "day_taken");
    assert_eq!(status(&chitra, &two).await, "requested");
    bela.delete(&booking(&one)).await.is(200);
    assert_eq!(status(&asha, &one).await, "cancelled");
    moves(&bela, &one, "cancel").await.fails(409, "illegal_transition");
    moves(&asha, &two, "confirm").await.is(200);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_days").await, 3);
    moves(&asha, &two, "cancel").await.is(200);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_days").await, 1);
}

#[tokio::test]
async fn both_complete_what_has_begun_and_one_what_is_over() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let (both, one) = (books(&world, &bela, &hers, 1, 4).await, books(&world, &bela, &hers, 5, 5).await);
    moves(&asha, &both, "confirm").await.is(200);
    moves(&asha, &one, "confirm").await.is(200);
    moves(&bela, &both, "complete").await.fails(409, "illegal_transition");
    world.advance(2 * DAY);
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    moves(&asha, &both, "cancel").await.fails(409, "illegal_transition");
    for _ in 0..2 {
        let said = moves(&asha, &both, "complete").await.is(200);
        assert_eq!((&said.data()["status"], &said.data()["completed_by_guide"]), (&json!("confirmed"), &json!(true)));
    }
    let done = moves(&bela, &both, "complete").await.is(200);
    assert_eq!(done.data()["status"], "completed");
    moves(&bela, &both, "complete").await.fails(409, "illegal_transition");
    moves(&asha, &both, "no-show").await.fails(409, "illegal_transition");
    moves(&bela, &one, "complete").await.fails(409, "illegal_transition");
    world.advance(5 * DAY);
    let bela = again(&world, &bela).await;
    assert_eq!(moves(&bela, &one, "complete").await.is(200).data()["status"], "completed");
    assert_eq!(bela.get(&guide(&hers)).await.is(200).data()["successful_trips_count"], 2);
}

#[tokio::test]
async fn a_guide_leaves_nothing_that_has_begun_somewhere() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let (kept, left) = (books(&world, &bela, &hers, 1, 1).await, books(&world, &bela, &hers, 2, 2).await);
    for id in [&kept, &left] {
        moves(&asha, id, "confirm").await.is(200);
    }
    // At ten in UTC the next day begins on the Line Islands: the tour may be under way.
    world.advance(Duration::from_hours(1));
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    moves(&asha, &kept, "cancel").await.fails(409, "illegal_transition");
    asha.delete(&booking(&kept)).await.fails(409, "illegal_transition");
    moves(&asha, &left, "cancel").await.is(200);
    assert_eq!((status(&bela, &kept).await, status(&bela, &left).await), ("confirmed".into(), "cancelled".into()));
}

#[tokio::test]
async fn the_guide_reports_that_nobody_came_when_it_is_over() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let id = books(&world, &bela, &hers, 1, 2).await;
    let other = books(&world, &chitra, &hers, 2, 2).await;
    moves(&asha, &id, "confirm").await.is(200);
    moves(&asha, &id, "no-show").await.fails(409, "illegal_transition");
    // The last day, 2026-11-25, is over everywhere at noon of the next one in UTC. It is half past nine.
    for hours in [1, 24, 24, 24, 1] {
        world.advance(Duration::from_hours(hours));
        let asha = again(&world, &asha).await;
        moves(&asha, &id, "no-show").await.fails(409, "illegal_transition");
        moves(&asha, &id, "cancel").await.fails(409, "illegal_transition");
    }
    world.advance(Duration::from_hours(1));
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    assert_eq!(moves(&asha, &id, "no-show").await.is(200).data()["status"], "no_show");
    moves(&asha, &id, "complete").await.fails(409, "illegal_transition");
    bela.post(&format!("{}/reviews", guide(&hers)), json!({ "rating": 1 })).await.fails(403, "no_completed_booking");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_days").await, 2, "days that were are not free");
    moves(&asha, &other, "confirm").await.fails(409, "illegal_transition");
}

#[tokio::test]
async fn who_was_there_contradicts_a_no_show_for_fourteen_days() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let (said, missed) = (books(&world, &bela, &hers, 1, 2).await, books(&world, &bela, &hers, 3, 3).await);
    for id in [&said, &missed] {
        moves(&asha, id, "confirm").await.is(200);
    }
    world.advance(5 * DAY);
    for id in [&said, &missed] {
        let told = again(&world, &asha).await.post(&format!("{}/no-show", booking(id)), json!({})).await.is(200);
        assert!(told.data()["cancellation_date"].is_string());
    }
    // The first ended on 2026-11-25, and earliest it is 2026-12-09 then.
    world.advance(12 * DAY + Duration::from_hours(2));
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    let done = moves(&bela, &said, "complete").await.is(200);
    for (field, value) in
        [("status", json!("completed")), ("cancellation_date", json!(null)), ("completed_by_traveler", json!(true))]
    {
        assert_eq!(done.data()[field], value, "{field}");
    }
    bela.post(&format!("{}/reviews", guide(&hers)), json!({ "rating": 1 })).await.is(201);
    moves(&asha, &said, "no-show").await.fails(409, "illegal_transition");
    assert_eq!(bela.get(&guide(&hers)).await.is(200).data()["successful_trips_count"], 1);
    world.advance(2 * DAY);
    moves(&again(&world, &bela).await, &missed, "complete").await.fails(409, "illegal_transition");
}

#[tokio::test]
async fn nobody_reports_a_no_show_against_the_word_of_who_came() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let id = books(&world, &bela, &hers, 1, 2).await;
    moves(&asha, &id, "confirm").await.is(200);
    world.advance(2 * DAY);
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    moves(&bela, &id, "complete").await.is(200);
    moves(&asha, &id, "no-show").await.fails(409, "illegal_transition");
    world.advance(2 * DAY);
    let (asha, bela) = (again(&world, &asha).await, again(&world, &bela).await);
    moves(&asha, &id, "no-show").await.fails(409, "illegal_transition");
    moves(&bela, &id, "complete").await.is(200);
    bela.post(&format!("{}/reviews", guide(&hers)), json!({ "rating": 1 })).await.is(201);
}
