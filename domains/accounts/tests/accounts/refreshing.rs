//! Refresh tokens: each is good once, an honest repetition is forgiven for ten seconds, a late one ends the session.

use crate::{DAY, SECOND, another_device, me, next, refresh, request, text};
use futures_util::future::join_all;
use serde_json::Value;
use testkit::{World, json, within};

const UNUSED: &str = "select cast(count(*) as bigint) from refresh_tokens where used_at is null";

#[tokio::test]
async fn a_refresh_token_buys_the_next_pair_from_the_header_or_the_body() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.person("bela").await;
    let one = refresh(&world, &asha.refresh).await.is(200);
    assert_eq!(one.data()["access_token"], one.data()["access"]);
    assert_ne!(text(&one, "refresh_token"), asha.refresh);
    assert_ne!(text(&one, "access"), asha.token);
    assert_eq!(one.header("cache-control"), "no-store");
    let body = json!({ "refresh_token": text(&one, "refresh_token") });
    let two = world.post("/api/auth/refresh", body).await.is(200);
    assert_ne!(text(&two, "refresh_token"), text(&one, "refresh_token"));
    for token in [&asha.token, &text(&one, "access"), &text(&two, "access")] {
        assert_eq!(me(&world, token).await.is(200).data()["id"], asha.id);
    }
}

#[tokio::test]
async fn what_is_no_refresh_token_buys_nothing() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.post("/api/auth/refresh", json!({})).await.fails(401, "missing_token");
    world.post("/api/auth/refresh", json!({ "refresh_token": "" })).await.fails(401, "invalid_refresh_token");
    world.post("/api/auth/refresh", json!({ "refresh_token": "garbage" })).await.fails(401, "invalid_refresh_token");
    let typed = world.post("/api/auth/refresh", json!({ "refresh_token": 5 })).await.fails(400, "validation_failed");
    assert!(typed.message().contains("refresh_token"), "{}", typed.text);
    for bad in ["Basic x", "Bearer ", "nonsense"] {
        let body = json!({ "refresh_token": asha.refresh });
        let answer = world.send(request("POST", "/api/auth/refresh", &[("authorization", bad)], body)).await;
        assert_eq!(answer.status, 200, "{bad}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_repetition_within_ten_seconds_gets_the_same_token() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let first = next(&world, &asha.refresh).await;
    world.advance(10 * SECOND);
    assert_eq!(next(&world, &asha.refresh).await, first);
    assert_eq!(world.scalar(UNUSED).await, 1);
    let second = next(&world, &first).await;
    assert_ne!(second, first);
    me(&world, &asha.token).await.is(200);
}

#[tokio::test]
async fn a_late_repetition_ends_the_session_and_no_other() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let tablet = another_device(&world, "asha").await;
    let answer = refresh(&world, &asha.refresh).await.is(200);
    let (access, successor) = (text(&answer, "access"), text(&answer, "refresh_token"));
    world.advance(10 * SECOND + SECOND / 1000);
    me(&world, &access).await.is(200);

    refresh(&world, &asha.refresh).await.fails(401, "invalid_refresh_token");
    refresh(&world, &successor).await.fails(401, "invalid_refresh_token");
    me(&world, &access).await.fails(401, "invalid_token");
    me(&world, &asha.token).await.fails(401, "invalid_token");
    for other in [&tablet, &bela] {
        me(&world, &other.token).await.is(200);
        refresh(&world, &other.refresh).await.is(200);
    }
}

#[tokio::test]
async fn a_repetition_after_its_successor_was_used_ends_the_session() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let tablet = another_device(&world, "asha").await;
    let first = next(&world, &asha.refresh).await;
    let answer = refresh(&world, &first).await.is(200);
    me(&world, &text(&answer, "access")).await.is(200);

    refresh(&world, &asha.refresh).await.fails(401, "invalid_refresh_token");
    refresh(&world, &text(&answer, "refresh_token")).await.fails(401, "invalid_refresh_token");
    me(&world, &text(&answer, "access")).await.fails(401, "invalid_token");
    me(&world, &tablet.token).await.is(200);
}

#[tokio::test]
async fn a_stolen_token_ends_the_session_in_other_processes_within_a_second() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let beside = world.beside().await;
    let first = next(&world, &asha.refresh).await;
    next(&world, &first).await;
    let there = &asha.at(&beside);
    there.get("/api/auth/me").await.is(200);
    refresh(&world, &asha.refresh).await.fails(401, "invalid_refresh_token");
    within(SECOND, || async { there.get("/api/auth/me").await.status == 401 }).await;
}

#[tokio::test]
async fn twenty_at_once_with_one_token_leave_one_that_is_unused() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let answers = join_all((0..20).map(|_| refresh(&world, &asha.refresh))).await;
    let mut successors: Vec<String> = answers.into_iter().map(|a| text(&a.is(200), "refresh_token")).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    assert_eq!(world.scalar(UNUSED).await, 1);
    next(&world, &successors[0]).await;
    me(&world, &asha.token).await.is(200);
}

#[tokio::test]
async fn an_unused_session_ends_after_thirty_days() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    world.advance(30 * DAY - SECOND);
    let fresh = next(&world, &asha.refresh).await;
    world.advance(SECOND);
    refresh(&world, &bela.refresh).await.fails(401, "invalid_refresh_token");
    next(&world, &fresh).await;
}

#[tokio::test]
async fn no_session_lives_longer_than_ninety_days() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut token = asha.refresh.clone();
    for _ in 0..3 {
        world.advance(29 * DAY);
        token = next(&world, &token).await;
    }
    world.advance(3 * DAY - SECOND);
    let last = refresh(&world, &token).await.is(200);
    me(&world, &text(&last, "access")).await.is(200);
    world.advance(SECOND);
    refresh(&world, &text(&last, "refresh_token")).await.fails(401, "invalid_refresh_token");
    let (world, access) = (&world, &text(&last, "access"));
    within(SECOND, || async { me(world, access).await.status == 401 }).await;
}

#[tokio::test]
async fn sessions_that_ended_over_a_week_ago_are_forgotten_and_no_others() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    kernel::jobs::tick_schedules(&world.app).await.unwrap(); // so that the schedule has begun
    asha.post("/api/auth/logout", Value::Null).await.is(200);
    world.advance(2 * DAY);
    another_device(&world, "asha").await.post("/api/auth/logout", Value::Null).await.is(200);
    let clean_up = async || {
        kernel::jobs::tick_schedules(&world.app).await.unwrap();
        assert!(world.run_jobs().await > 0, "nothing was scheduled");
        (
            world.scalar("select cast(count(*) as bigint) from sessions where ended_at is not null").await,
            world.scalar("select cast(count(*) as bigint) from sessions where ended_at is null").await,
            world.scalar("select cast(count(*) as bigint) from refresh_tokens").await,
        )
    };
    assert_eq!(clean_up().await, (2, 1, 3));
    world.advance(5 * DAY - SECOND);
    assert_eq!(clean_up().await, (2, 1, 3), "a week is not over");
    world.advance(2 * crate::HOUR);
    assert_eq!(clean_up().await, (1, 1, 2));
    next(&world, &bela.refresh).await;

    // bela's session expires 90 days after it began.
    world.advance(90 * DAY - crate::HOUR);
    let late = another_device(&world, "asha").await;
    assert_eq!(clean_up().await, (0, 1, 1), "the expired one is over a week old");
    next(&world, &late.refresh).await;
}
