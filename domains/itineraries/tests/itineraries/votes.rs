//! Votes: one a person and trip, counted at once and exactly.

use crate::{LIST, NOBODYS, again, and, at, disable, key, less, request, trip};
use futures_util::future::join_all;
use kernel::sql;
use serde_json::Value;
use testkit::{Answer, Person, World, json};

const VOTES: &str = "/api/votes";

async fn vote(person: &Person<'_>, id: &str, vote: &str) -> Answer {
    person.post(VOTES, json!({ "project_id": id, "vote_type": vote })).await
}

/// `(upvotes, downvotes, user_vote)` of a trip or a tally.
fn counts(value: &Value) -> (i64, i64, &Value) {
    let (up, down) = (value["upvotes"].as_i64().unwrap(), value["downvotes"].as_i64().unwrap());
    assert_eq!(value["voteCount"], up - down);
    (up, down, &value["user_vote"])
}

/// Fails unless the counters of all trips are what the rows of people who are shown say.
async fn assert_exact(world: &World) {
    let wrong = "with counted as (select v.itinerary_id, v.vote_type from itinerary_votes v
            join travelers t on t.id = v.traveler_id where t.is_active = TRUE)
         select cast(count(*) as bigint) from itineraries i
         where i.upvotes <> (select count(*) from counted c where c.itinerary_id = i.id and c.vote_type = 'up')
            or i.downvotes <> (select count(*) from counted c where c.itinerary_id = i.id and c.vote_type = 'down')";
    assert_eq!(world.scalar(wrong).await, 0, "counters differ from rows");
}

#[tokio::test]
async fn a_vote_is_counted_at_once_taken_back_by_itself_and_changed_by_the_other_one() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let other = asha.publishes(trip("Osaka by night")).await;
    for (person, cast, action, expected) in [
        (&bela, "up", "created", (1, 0, json!("up"))),
        (&chitra, "down", "created", (1, 1, json!("down"))),
        (&chitra, "up", "changed", (2, 0, json!("up"))),
        (&bela, "up", "removed", (1, 0, json!(null))),
        (&bela, "down", "created", (1, 1, json!("down"))),
        (&chitra, "up", "removed", (0, 1, json!(null))),
    ] {
        let answer = vote(person, &id, cast).await.is(200);
        assert_eq!((answer.message(), &answer.data()["action"]), ("Vote recorded", &json!(action)));
        assert_eq!(answer.data()["request_id"], answer.header("x-request-id"));
        assert_eq!(answer.data()["id"], id);
        assert_eq!(counts(answer.data()), (expected.0, expected.1, &expected.2));
        for reader in [&asha, &bela, &chitra] {
            let detail = reader.get(&at(&id)).await.is(200);
            assert_eq!(counts(detail.data()).0, expected.0);
            let list = reader.get(LIST).await.is(200);
            let listed = list.data().as_array().unwrap().iter().find(|t| t["id"] == id).unwrap();
            assert_eq!(counts(listed), counts(detail.data()));
        }
        assert_eq!(counts(person.get(&at(&id)).await.data()).2, &expected.2);
        assert_eq!(counts(world.get(&at(&id)).await.data()), (expected.0, expected.1, &json!(null)));
    }
    assert_eq!(counts(bela.get(&at(&other)).await.data()), (0, 0, &json!(null)));
    assert_exact(&world).await;
}

#[tokio::test]
async fn the_addresses_of_a_trip_vote_as_well() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    bela.post(&format!("/api/saved/save/{id}"), json!({})).await.is(201);
    let (up, down, back) =
        (format!("{}/upvote", at(&id)), format!("{}/downvote", at(&id)), format!("{}/vote", at(&id)));
    for (path, message, expected) in [
        (&up, "Itinerary upvoted", (1, 0, json!("up"))),
        (&down, "Itinerary downvoted", (0, 1, json!("down"))),
        (&down, "Itinerary downvoted", (0, 0, json!(null))),
        (&up, "Itinerary upvoted", (1, 0, json!("up"))),
    ] {
        let answer = bela.post(path, json!({})).await.is(200);
        assert_eq!(answer.message(), message);
        assert_eq!(counts(answer.data()), (expected.0, expected.1, &expected.2));
        // The reply is the trip as its reader gets it.
        assert_eq!(answer.data(), bela.get(&at(&id)).await.data());
        assert_eq!(answer.data()["user_has_saved"], true);
    }
    assert_eq!(bela.delete(&back).await.is(200).message(), "Vote removed");
    assert_eq!(bela.delete(&back).await.fails(404, "not_found").message(), "Vote not found");
    assert_eq!(counts(bela.get(&at(&id)).await.data()), (0, 0, &json!(null)));
    for (method, path) in [("POST", &up), ("POST", &down), ("DELETE", &back)] {
        world.send(request(method, path, &[], Value::Null)).await.fails(401, "missing_token");
    }
    assert_exact(&world).await;
}

#[tokio::test]
async fn what_is_no_vote_is_refused() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let answer = asha.post(VOTES, json!({})).await.fails(400, "validation_failed");
    assert_eq!(answer.body["details"], json!({ "project_id": ["is required"], "vote_type": ["must be up or down"] }));
    for bad in ["UP", "", "upvote"] {
        vote(&asha, &id, bad).await.fails(400, "validation_failed");
    }
    asha.post(VOTES, json!({ "project_id": 7, "vote_type": "up" })).await.is(400);
    vote(&asha, "nonsense", "up").await.fails(404, "not_found");
    asha.post(VOTES, json!({ "itinerary_id": id, "vote_type": "up" })).await.is(200);
    // Authors may vote for their own trips, as the contract has it.
    assert_eq!(counts(asha.get(&at(&id)).await.data()), (1, 0, &json!("up")));
}

#[tokio::test]
async fn nobody_votes_on_what_they_cannot_see() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let draft = asha.publishes(and(trip("Secret Kyoto"), json!({ "is_published": false }))).await;
    let deleted = asha.publishes(trip("Osaka by night")).await;
    asha.delete(&at(&deleted)).await.is(200);
    let banned = world.person("dora").await;
    let hidden = banned.publishes(trip("Nara at dawn")).await;
    vote(&bela, &hidden, "up").await.is(200);
    disable(&world, &banned).await;
    let nobodys = NOBODYS.rsplit('/').next().unwrap();
    for person in [&asha, &bela, &root] {
        let expected = less(&vote(person, nobodys, "up").await.fails(404, "not_found").body, &["request_id"]);
        for id in [&draft, &deleted, &hidden] {
            let answer = vote(person, id, "up").await.fails(404, "not_found");
            assert_eq!(less(&answer.body, &["request_id"]), expected);
            for path in ["upvote", "downvote"] {
                let answer = person.post(&format!("{}/{path}", at(id)), json!({})).await.fails(404, "not_found");
                assert_eq!(less(&answer.body, &["request_id"]), expected);
            }
            let answer = person.delete(&format!("{}/vote", at(id))).await.fails(404, "not_found");
            assert_eq!(less(&answer.body, &["request_id"]), expected);
        }
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_votes").await, 1);
    // What was voted on and is hidden now is not among one's votes.
    assert_eq!(bela.get("/api/votes/user").await.is(200).data()["pagination"]["total"], 0);
}

#[tokio::test]
async fn ones_votes_are_listed_newest_first_and_nobody_elses() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
        world.advance(crate::SECOND);
        vote(&bela, &ids[n], if n == 1 { "down" } else { "up" }).await.is(200);
        vote(&asha, &ids[n], "up").await.is(200);
    }
    let answer = bela.get("/api/votes/user?per_page=2").await.is(200);
    let votes = answer.data()["votes"].as_array().unwrap();
    let seen: Vec<_> =
        votes.iter().map(|v| (v["project_id"].as_str().unwrap(), v["vote_type"].as_str().unwrap())).collect();
    assert_eq!(seen, [(ids[2].as_str(), "up"), (ids[1].as_str(), "down")]);
    assert!(votes.iter().all(|v| v["user_id"] == bela.id));
    assert_eq!(answer.data()["pagination"]["total"], 3);
    world.get("/api/votes/user").await.fails(401, "missing_token");
}

#[tokio::test]
async fn a_vote_that_was_sent_twice_counts_once() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let bearer = crate::bearer(&bela);
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "once")];
    let body = json!({ "project_id": id, "vote_type": "up" });
    let send = async || world.send(request("POST", VOTES, &headers, body.clone())).await.is(200);
    let (first, second) = (send().await, send().await);
    assert_eq!(first.body, second.body);
    assert_eq!(counts(world.get(&at(&id)).await.data()).0, 1);

    // A reply that was given before does not show what was hidden since.
    let path = format!("{}/upvote", at(&id));
    let send = async || world.send(request("POST", &path, &headers, Value::Null)).await;
    send().await.is(200);
    asha.patch(&at(&id), json!({ "is_published": false })).await.is(200);
    send().await.fails(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twelve_people_voting_at_once_leave_counters_that_are_exact() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let ids = [asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await];
    let mut people = Vec::new();
    for n in 0..12 {
        people.push(world.person(&format!("voter{n}")).await);
    }
    // Each person sends three at a time, so that the same vote meets itself as well.
    let storm = people.iter().enumerate().map(async |(n, person)| {
        for round in 0..12 {
            let several = (0..3).map(async |k| {
                let id = &ids[(n + round + k) % 2];
                let answer = match (n * 7 + round * 5 + k * 3) % 7 {
                    0 | 1 => vote(person, id, "up").await,
                    2 | 3 => vote(person, id, "down").await,
                    4 => person.post(&format!("{}/upvote", at(id)), json!({})).await,
                    5 => person.post(&format!("{}/downvote", at(id)), json!({})).await,
                    _ => person.delete(&format!("{}/vote", at(id))).await,
                };
                assert!([200, 404].contains(&answer.status), "{}", answer.text);
            });
            join_all(several).await;
        }
    });
    // Meanwhile the author changes the trips, people save them, and views are written.
    let beside = async {
        for n in 0..12 {
            asha.patch(&at(&ids[n % 2]), json!({ "tagline": format!("Number {n}") })).await.is(200);
            people[n].post(&format!("/api/saved/save/{}", ids[n % 2]), json!({})).await.is(201);
            people[n].post(&format!("{}/view", at(&ids[n % 2])), json!({})).await.is(200);
            world.flush().await;
        }
    };
    tokio::join!(join_all(storm), beside);
    assert_exact(&world).await;
    let votes = world.scalar("select cast(count(*) as bigint) from itinerary_votes").await;
    assert!((1..=24).contains(&votes), "{votes}");
    // What readers get is what the rows say.
    for id in &ids {
        let mut sum = 0;
        for person in &people {
            let mine = person.get(&at(id)).await.is(200).data()["user_vote"].clone();
            sum += i64::from(mine == "up") - i64::from(mine == "down");
        }
        assert_eq!(world.get(&at(id)).await.data()["voteCount"], sum);
        assert_eq!(world.get(&at(id)).await.data()["share_count"], 6);
        assert_eq!(world.get(&at(id)).await.data()["view_count"], 6);
    }
    world.run_jobs().await;
}

#[tokio::test]
async fn what_belongs_to_a_reader_is_shown_to_no_other() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let ids = [asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await];
    vote(&bela, &ids[0], "up").await.is(200);
    vote(&chitra, &ids[0], "down").await.is(200);
    vote(&chitra, &ids[1], "up").await.is(200);
    bela.post(&format!("/api/saved/save/{}", ids[1]), json!({})).await.is(201);
    // Twice, so that the second time everything comes from the cache.
    for _ in 0..2 {
        for (reader, expected) in [
            (Some(&bela), [(json!("up"), false), (json!(null), true)]),
            (Some(&chitra), [(json!("down"), false), (json!("up"), false)]),
            (Some(&asha), [(json!(null), false), (json!(null), false)]),
            (None, [(json!(null), false), (json!(null), false)]),
        ] {
            let get = async |path: &str| match reader {
                Some(person) => person.get(path).await.is(200),
                None => world.get(path).await.is(200),
            };
            let list = get(LIST).await;
            for (id, (vote, saved)) in ids.iter().zip(expected) {
                let listed = list.data().as_array().unwrap().iter().find(|t| t["id"] == *id).unwrap();
                for shown in [listed, get(&at(id)).await.data()] {
                    assert_eq!((&shown["user_vote"], &shown["user_has_saved"]), (&vote, &json!(saved)));
                }
            }
        }
    }
    // The database refuses a second vote of the same person whatever the program does.
    let twice = sql!(
        "insert into itinerary_votes (id, itinerary_id, traveler_id, vote_type, created_at, updated_at)
         select $1, itinerary_id, traveler_id, 'up', created_at, updated_at from itinerary_votes where traveler_id = $2"
    );
    let mut tx = world.app.db.write().await.unwrap();
    assert!(tx.run(twice.bind(world.app.new_uuid()).bind(key(&bela.id))).await.unwrap_err().is_unique());
}

#[tokio::test]
async fn votes_of_the_banned_do_not_count_until_they_are_back() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let mut ids = Vec::new();
    // More than one step of the job, which takes a hundred.
    for n in 0..103 {
        let id = asha.publishes(trip(&format!("Trip number {n}"))).await;
        vote(&bela, &id, if n % 2 == 0 { "up" } else { "down" }).await.is(200);
        ids.push(id);
    }
    let [first, second] = [&ids[0], &ids[102]];
    vote(&chitra, first, "up").await.is(200);
    vote(&chitra, second, "down").await.is(200);
    world.run_jobs().await;
    assert_eq!(counts(world.get(&at(first)).await.data()), (2, 0, &Value::Null));
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    world.run_jobs().await;
    assert_exact(&world).await;
    // Pages and lists have it at once, and scores follow.
    assert_eq!(counts(world.get(&at(first)).await.data()), (1, 0, &Value::Null));
    assert_eq!(counts(world.get(&at(second)).await.data()), (0, 1, &Value::Null));
    assert_eq!(world.get(&at(second)).await.data()["community_score"], 0.0);
    let shown: i64 = world.scalar("select cast(sum(upvotes + downvotes) as bigint) from itineraries").await;
    assert_eq!(shown, 2);

    accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
    // Before the job is done she votes on: what was not counted is not taken away.
    let bela = again(&world, "bela").await;
    assert_eq!(counts(vote(&bela, first, "up").await.is(200).data()), (1, 0, &Value::Null));
    assert_eq!(counts(vote(&bela, &ids[1], "up").await.is(200).data()), (1, 0, &json!("up")));
    bela.delete(&format!("{}/vote", at(&ids[2]))).await.is(200);
    world.run_jobs().await;
    assert_exact(&world).await;
    let shown: i64 = world.scalar("select cast(sum(upvotes + downvotes) as bigint) from itineraries").await;
    assert_eq!(shown, 103);

    let leave = json!({ "password": "Test123!" });
    world.send(request("DELETE", "/api/auth/me", &[("authorization", &crate::bearer(&bela))], leave)).await.is(200);
    world.run_jobs().await;
    assert_exact(&world).await;
    let shown: i64 = world.scalar("select cast(sum(upvotes + downvotes) as bigint) from itineraries").await;
    assert_eq!(shown, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn votes_while_their_voters_are_banned_and_readmitted_are_counted_exactly() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.person("bela").await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
    }
    let beside = world.beside().await;
    for _ in 0..6 {
        let bela = again(&world, "bela").await;
        let votes = join_all(ids.iter().cycle().take(18).map(|id| vote(&bela, id, "up")));
        let ban = async {
            accounts::admin::ban(&beside.app, "bela@example.org").await.unwrap();
            beside.run_jobs().await;
        };
        let (answers, ()) = tokio::join!(votes, ban);
        assert!(answers.iter().all(|a| [200, 401, 404].contains(&a.status)));
        world.run_jobs().await;
        assert_exact(&world).await;
        accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
        world.run_jobs().await;
        assert_exact(&world).await;
    }
}
