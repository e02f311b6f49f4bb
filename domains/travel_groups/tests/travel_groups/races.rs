//! Many at once: whatever races, seats are exact, and nobody sits where they may not.

use super::*;
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

async fn people(world: &World, count: usize) -> Vec<Person<'_>> {
    let mut people = Vec::new();
    for n in 0..count {
        people.push(world.person(&format!("person{n}")).await);
    }
    people
}

/// Joins, leaves, rejoins, invitations, removals, bans, waiting and resizes of three groups at once.
#[tokio::test]
async fn seats_stay_exact_whatever_races() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let people = people(&world, 10).await;
    let mut groups = Vec::new();
    for n in 0..3 {
        groups.push(made(&asha, and(group(&format!("Group {n}")), json!({ "max_members": 4 }))).await);
    }
    let seed = rand::random::<u64>();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for round in 0..12 {
        let calls: Vec<(usize, usize, u32, i64)> = (0..24)
            .map(|_| {
                (rng.random_range(0..10), rng.random_range(0..3), rng.random_range(0..10), rng.random_range(2..=6))
            })
            .collect();
        let answers = join_all(calls.iter().map(async |(who, group, what, seats)| {
            let (who, group) = (&people[*who], &groups[*group]);
            match what {
                0..=2 => join(who, group).await,
                3 | 4 => leave(who, group).await,
                5 => wait(who, group).await,
                6 => asha.post(&format!("{group}/invite"), json!({ "traveler_id": who.id })).await,
                7 => asha.put(group, json!({ "max_members": seats })).await,
                8 => asha.delete(&format!("{group}/members/{}", who.id)).await,
                _ => {
                    let invites = who.get(&format!("{LIST}/invites")).await;
                    let Some(invite) = invites.body["data"][0].as_object() else { return invites };
                    let (group, id) = (invite["group_id"].as_str().unwrap(), invite["id"].as_str().unwrap());
                    who.post(&format!("{LIST}/{group}/invites/{id}/accept"), json!({})).await
                }
            }
        }))
        .await;
        for answer in answers {
            assert!(answer.status < 500 && answer.status != 400, "seed {seed}, round {round}: {}", answer.text);
        }
        seats_are_exact(&world).await;
    }
}

/// Of many who are asked to lead, and agree, at once one is first, and there is one creator afterwards.
#[tokio::test]
async fn a_group_has_one_creator_whatever_races() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let people = people(&world, 3).await;
    for _ in 0..4 {
        let id = made(&asha, group("Surf")).await;
        for who in &people {
            join(who, &id).await.is(201);
        }
        let transfer = format!("{id}/transfer");
        let answers = join_all(people.iter().map(|who| asha.post(&transfer, json!({ "traveler_id": who.id })))).await;
        assert!(answers.iter().all(|a| a.status == 200));
        let accept = format!("{id}/transfer/accept");
        let agreed = join_all(people.iter().map(|who| who.post(&accept, json!({})))).await;
        assert_eq!(agreed.iter().filter(|a| a.status == 200).count(), 1);
        assert_eq!(agreed.iter().filter(|a| a.status == 409).count(), 2);
        let creators = join_all(people.iter().map(|who| who.delete(&id))).await;
        assert_eq!(creators.iter().filter(|a| a.status == 200).count(), 1);
    }
}

/// Two approvals of the last seat, and a join beside them.
#[tokio::test]
async fn of_many_who_are_let_in_at_once_one_gets_the_last_seat() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let people = people(&world, 6).await;
    for _ in 0..3 {
        let id = made(&asha, and(group("Surf"), json!({ "max_members": 2, "requires_approval": true }))).await;
        let asked = join_all(people.iter().map(|who| join(who, &id))).await;
        let approve = |answer: &Answer| format!("{id}/requests/{}/approve", answer.data()["id"].as_str().unwrap());
        let paths: Vec<String> = asked.iter().map(approve).collect();
        let answers = join_all(paths.iter().map(|path| asha.post(path, json!({})))).await;
        assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1);
        assert_eq!(answers.iter().filter(|a| a.status == 409).count(), 5);
        seats_are_exact(&world).await;
    }
}

/// The figure of the project: `bench/travelling` runs it with a thousand.
#[tokio::test]
#[ignore = "a figure: bench/travelling runs it"]
async fn a_thousand_join_one_seat_at_once() {
    let number = |name: &'static str, default: usize| {
        testkit::setting(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (many, rounds) = (number("JOINS", 1_000), number("ROUNDS", 20));
    // All of them wait, where otherwise those would get a 503 who wait longest for one of six connections.
    let patience = [("MAX_IN_FLIGHT", "4000"), ("DB_POOL_TIMEOUT", "30"), ("REQUEST_TIMEOUT", "60")];
    let world = World::with(&[&patience[..], &[("JWT_ACCESS_TOKEN_EXPIRES", "2592000")]].concat()).await;
    let asha = world.person("asha").await;
    let people = people(&world, many).await;
    for round in 1..=rounds {
        let id = made(&asha, and(group("Surf"), json!({ "max_members": 2 }))).await;
        let begun = std::time::Instant::now();
        let answers = join_all(people.iter().map(|who| join(who, &id))).await;
        let with = |status: u16| answers.iter().filter(|a| a.status == status).count();
        let (joined, refused) = (with(201), with(409));
        report(&format!(
            "round {round}: {many} joins of one seat: {joined} joined, {refused} refused, {:?}",
            begun.elapsed()
        ));
        assert_eq!((joined, refused), (1, many - 1), "{:?}", answers.iter().find(|a| !matches!(a.status, 201 | 409)));
        seats_are_exact(&world).await;
        asha.delete(&id).await.is(200);
    }
}
