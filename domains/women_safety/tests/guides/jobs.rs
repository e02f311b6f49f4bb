//! What happens to bookings without anybody's doing.

use super::*;
use std::collections::BTreeSet;

/// Runs what is due within the next hour.
async fn hour(world: &World) {
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.advance(Duration::from_hours(1));
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.run_jobs().await;
}

async fn confirm_addresses(world: &World) {
    world.sql(kernel::sql!("update travelers set email_verified = TRUE")).await;
}

/// Whom the mails about bookings were sent to.
fn reminded(world: &World) -> Vec<String> {
    let mails = world.mails().into_iter().filter(|m| m.subject().starts_with("Your booking begins"));
    mails.map(|m| m.to().to_owned()).collect()
}

#[tokio::test]
async fn both_sides_are_reminded_once_the_day_before() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let (soon, later) = (books(&world, &bela, &hers, 2, 3).await, books(&world, &chitra, &hers, 5, 5).await);
    books(&world, &chitra, &hers, 2, 2).await;
    for id in [&soon, &later] {
        moves(&asha, id, "confirm").await.is(200);
    }
    confirm_addresses(&world).await;
    hour(&world).await;
    assert_eq!(reminded(&world), [""; 0], "two days before is too early");
    world.advance(DAY);
    hour(&world).await;
    hour(&world).await;
    let to: BTreeSet<String> = reminded(&world).into_iter().collect();
    assert_eq!(reminded(&world).len(), 2);
    assert_eq!(to, ["asha@example.org", "bela@example.org"].map(str::to_owned).into());
    let mail =
        world.mails().into_iter().find(|m| m.to() == "bela@example.org" && m.text.contains("2026-11-25")).unwrap();
    assert!(mail.text.contains("asha guides you from 2026-11-25 to 2026-11-26: Kyoto"), "{}", mail.text);
}

#[tokio::test]
async fn many_processes_remind_once_and_nobody_who_may_not_know() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (hers, others) = (guides(&asha, json!({})).await, guides(&bela, json!({})).await);
    let (one, two) = (books(&world, &bela, &hers, 1, 1).await, books(&world, &chitra, &others, 1, 1).await);
    moves(&asha, &one, "confirm").await.is(200);
    moves(&bela, &two, "confirm").await.is(200);
    // Chitra's address may be somebody else's.
    world.sql(kernel::sql!("update travelers set email_verified = TRUE where username <> 'chitra'")).await;
    let other = world.beside().await;
    for world in [&world, &other] {
        kernel::jobs::tick_schedules(&world.app).await.unwrap();
    }
    world.advance(Duration::from_hours(1));
    let both = tokio::join!(kernel::jobs::tick_schedules(&world.app), kernel::jobs::tick_schedules(&other.app));
    both.0.unwrap();
    both.1.unwrap();
    tokio::join!(world.run_jobs(), other.run_jobs());
    world.run_jobs().await;
    let mut to = reminded(&world);
    to.sort();
    assert_eq!(to, ["asha@example.org", "bela@example.org", "bela@example.org"]);
}

#[tokio::test]
async fn what_is_over_is_completed_and_what_nobody_answered_lapses() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let over = books(&world, &bela, &hers, 1, 2).await;
    let running = books(&world, &chitra, &hers, 3, 9).await;
    let unanswered = books(&world, &chitra, &hers, 1, 1).await;
    let ahead = books(&world, &chitra, &hers, 20, 20).await;
    for id in [&over, &running] {
        moves(&asha, id, "confirm").await.is(200);
    }
    let states = async || {
        let mut states = Vec::new();
        for (who, id) in [(&bela, &over), (&chitra, &running), (&chitra, &unanswered), (&chitra, &ahead)] {
            let answer = again(&world, who).await.get(&booking(id)).await.is(200);
            states.push(answer.data()["status"].as_str().unwrap().to_owned());
        }
        states
    };
    // The last day, 2026-11-25, is over everywhere at noon of the next one in UTC.
    world.advance(2 * DAY + Duration::from_hours(23));
    hour(&world).await;
    assert_eq!(states().await, ["confirmed", "confirmed", "cancelled", "requested"]);
    world.advance(Duration::from_hours(3));
    hour(&world).await;
    assert_eq!(states().await, ["confirmed", "confirmed", "cancelled", "requested"], "the guide may still say no-show");
    world.advance(DAY);
    hour(&world).await;
    assert_eq!(states().await, ["completed", "confirmed", "cancelled", "requested"]);
    let bela = again(&world, &bela).await;
    bela.post(&format!("{}/reviews", guide(&hers)), json!({ "rating": 5 })).await.is(201);
}
