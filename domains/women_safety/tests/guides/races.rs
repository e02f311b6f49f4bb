//! What happens at the same time. Races are lost in the database.

use super::*;
use futures_util::future::join_all;
use std::collections::HashMap;

fn count(statuses: &[u16]) -> HashMap<u16, usize> {
    let mut counted = HashMap::new();
    for status in statuses {
        *counted.entry(*status).or_default() += 1;
    }
    counted
}

async fn people(world: &World, many: usize) -> Vec<Person<'_>> {
    let mut people = Vec::new();
    for n in 0..many {
        people.push(world.person(&format!("guest_{n}")).await);
    }
    people
}

/// As many overlapping requests, confirmed at the same time; how many were confirmed, and how many days are promised.
async fn storm(world: &World, guests: usize, requests: u64) -> (usize, i64) {
    let asha = world.person("asha").await;
    let hers = guides(&asha, json!({})).await;
    let guests = people(world, guests).await;
    let path = format!("{}/book", guide(&hers));
    let many = (0..requests).map(|n| {
        let guest = &guests[usize::try_from(n).unwrap() % guests.len()];
        let (path, first) = (&path, 3 + n % 7);
        // Each a little longer than the last, so that no two are the same request.
        async move {
            guest.post(path, days(world, first, 10 + n / 7)).await.is(201).data()["id"].as_str().unwrap().to_owned()
        }
    });
    let ids = join_all(many).await;
    assert_eq!(ids.len(), usize::try_from(requests).unwrap());
    let confirmed = join_all(ids.iter().map(|id| moves(&asha, id, "confirm"))).await;
    for answer in &confirmed {
        assert!(answer.status == 200 || answer.body["code"] == "day_taken", "{}", answer.text);
    }
    let days = world.scalar("select cast(count(*) as bigint) from guide_days").await;
    (confirmed.iter().filter(|a| a.status == 200).count(), days)
}

/// Whether any day of a guide is in two confirmed bookings, whatever `guide_days` says.
async fn overlapping(world: &World) -> i64 {
    world
        .scalar(
            "select cast(count(*) as bigint) from guide_bookings a join guide_bookings b on a.guide_id = b.guide_id
                and a.id < b.id and a.start_date <= b.end_date and b.start_date <= a.end_date
             where a.status = 'confirmed' and b.status = 'confirmed'",
        )
        .await
}

#[tokio::test]
async fn of_overlapping_confirmations_one_is_made() {
    let world = World::new().await;
    let (confirmed, days) = storm(&world, 4, 24).await;
    assert_eq!(confirmed, 1);
    assert_eq!(overlapping(&world).await, 0);
    assert!(days > 0);
}

/// The whole figure: `cargo test -p women_safety --test guides two_hundred -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "a figure to report, not a rule: the rule is tested above"]
#[expect(clippy::print_stdout, reason = "a figure for people to read")]
async fn two_hundred_overlapping_confirmations() {
    let world = World::new().await;
    let begun = std::time::Instant::now();
    let (confirmed, days) = storm(&world, 8, 200).await;
    let overlapping = overlapping(&world).await;
    println!(
        "200 overlapping requests, confirmed at once on {:?}: {confirmed} confirmed, {days} days promised, \
         {overlapping} days promised twice, {:.1} s",
        world.app.db.engine(),
        begun.elapsed().as_secs_f64()
    );
    assert_eq!((confirmed, overlapping), (1, 0));
}

#[tokio::test]
async fn of_equal_requests_one_is_made() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    let path = format!("{}/book", guide(&hers));
    let body = days(&world, 3, 4);
    let (hers_all, others) = tokio::join!(
        join_all((0..12).map(|_| bela.post(&path, body.clone()))),
        join_all((0..4).map(|_| chitra.post(&path, body.clone())))
    );
    for answers in [hers_all, others] {
        let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
        assert_eq!(count(&statuses), [(201, 1), (409, answers.len() - 1)].into());
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from guide_bookings").await, 2);
}

#[tokio::test]
async fn of_two_moves_at_once_the_second_finds_what_the_first_made() {
    for _ in 0..5 {
        let world = World::new().await;
        let (asha, bela) = (world.person("asha").await, world.person("bela").await);
        let hers = guides(&asha, json!({})).await;
        let id = books(&world, &bela, &hers, 3, 4).await;
        let (confirmed, declined, cancelled) =
            tokio::join!(moves(&asha, &id, "confirm"), moves(&asha, &id, "decline"), moves(&bela, &id, "cancel"));
        let state = bela.get(&booking(&id)).await.is(200).data()["status"].as_str().unwrap().to_owned();
        let (made, gone) = (confirmed.status == 200, cancelled.status == 200);
        let expected = match (made, declined.status == 200, gone) {
            (_, false, true) => "cancelled",
            (false, true, false) => "declined",
            (true, false, false) => "confirmed",
            other => panic!("{other:?}"),
        };
        assert_eq!(state, expected);
        let days = world.scalar("select cast(count(*) as bigint) from guide_days").await;
        assert_eq!(days, if expected == "confirmed" { 2 } else { 0 });
    }
}

#[tokio::test]
async fn of_two_reviews_at_once_one_is_made_and_the_mean_is_of_what_is_there() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let hers = guides(&asha, json!({})).await;
    let guests = people(&world, 4).await;
    let mut tours = Vec::new();
    for (n, guest) in guests.iter().enumerate() {
        let day = 1 + u64::try_from(n).unwrap();
        let id = books(&world, guest, &hers, day, day).await;
        moves(&asha, &id, "confirm").await.is(200);
        tours.push(id);
    }
    world.advance(9 * DAY);
    let asha = again(&world, &asha).await;
    for id in &tours {
        moves(&asha, id, "complete").await.is(200);
    }
    let mut critics = Vec::new();
    for guest in &guests {
        critics.push(again(&world, guest).await);
    }
    let path = format!("{}/reviews", guide(&hers));
    let all = critics.iter().enumerate().flat_map(|(n, critic)| {
        let path = &path;
        (0..4).map(move |_| critic.post(path, json!({ "rating": n + 2 })))
    });
    let statuses: Vec<u16> = join_all(all).await.iter().map(|a| a.status).collect();
    assert_eq!(count(&statuses), [(201, 4), (409, 12)].into());
    let data = world.get(&guide(&hers)).await.is(200).data().clone();
    assert_eq!((&data["average_rating"], &data["total_reviews"]), (&json!(3.5), &json!(4)));
    // Changes, votes and deletions of all at the same time.
    let ids: Vec<String> =
        data["reviews"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
    let changes = join_all(ids.iter().flat_map(|id| {
        critics.iter().map(move |c| {
            let path = review(id);
            async move { c.put(&path, json!({ "rating": 5 })).await.status }
        })
    }));
    let votes = join_all(ids.iter().flat_map(|id| {
        critics.iter().map(move |c| {
            let path = format!("{}/helpful", review(id));
            async move { c.post(&path, json!({})).await.status }
        })
    }));
    let (changes, votes) = tokio::join!(changes, votes);
    assert_eq!(count(&changes), [(200, 4), (403, 12)].into());
    assert_eq!(count(&votes), [(200, 12), (403, 4)].into());
    let data = world.get(&guide(&hers)).await.is(200).data().clone();
    assert_eq!((&data["average_rating"], &data["total_reviews"]), (&json!(5.0), &json!(4)));
    for review in data["reviews"].as_array().unwrap() {
        assert_eq!(review["helpful_count"], 3);
    }
    assert_eq!(world.scalar("select rating_sum from guides").await, 20);
}

#[tokio::test]
async fn of_two_profiles_at_once_one_is_made() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let answers = join_all((0..8).map(|_| asha.post(PROFILE, json!({ "bio": "Tea and temples" })))).await;
    let statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
    assert_eq!(count(&statuses), [(201, 1), (409, 7)].into());
}

#[tokio::test]
async fn a_request_that_gets_other_days_while_it_lapses_stays() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    let id = books(&world, &bela, &hers, 1, 1).await;
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.advance(3 * DAY);
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    // As a change of it that holds the row while the job looks at it.
    let later = world.app.clock.today().plus_days(9).unwrap();
    let mut tx = world.app.db.write().await.unwrap();
    let change = kernel::sql!("update guide_bookings set start_date = $2, end_date = $2 where id = $1");
    tx.run(change.bind(key(&id)).bind(later)).await.unwrap();
    let commit = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        tx.commit().await.unwrap();
    };
    tokio::join!(world.run_jobs(), commit);
    let bela = again(&world, &bela).await;
    assert_eq!(bela.get(&booking(&id)).await.is(200).data()["status"], "requested");
}
