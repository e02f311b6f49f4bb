//! Scores: computed after everything that they depend on, and explained.

#![expect(clippy::float_cmp, reason = "points have two decimals on both sides")]

use crate::{DAY, LIST, and, at, disable, key, set_safety, trip};
use kernel::{db::Arg, jobs::tick_schedules, sql};
use serde_json::Value;
use testkit::{World, json};

const PARTS: [&str; 5] =
    ["identity_score", "travel_history_score", "community_score", "safety_score_component", "quality_score"];

/// The parts of a trip, whose explanations and sum must agree with them.
async fn scores(world: &World, id: &str) -> [f64; 5] {
    let answer = world.get(&at(id)).await.is(200);
    let (trip, explained) = (answer.data(), &answer.data()["score_explanations"]);
    let points = PARTS.map(|part| {
        let points = trip[part].as_f64().unwrap();
        assert_eq!(explained[part]["score"].as_f64().unwrap(), points, "{part}: {explained}");
        assert_eq!(explained[part]["max"], 20.0, "{part}");
        assert!(!explained[part]["details"].as_array().unwrap().is_empty(), "{part}");
        points
    });
    let sum: f64 = points.iter().sum();
    assert!((trip["proof_score"].as_f64().unwrap() - sum).abs() < 0.005, "{trip}");
    points
}

async fn waiting(world: &World) -> i64 {
    world.scalar("select cast(count(*) as bigint) from jobs where kind like 'score%' and state = 'ready'").await
}

fn described() -> Value {
    and(
        trip("Kyoto on foot"),
        json!({ "description": "d".repeat(82), "screenshots": ["https://images.example.org/1.jpg"] }),
    )
}

#[tokio::test]
async fn every_change_of_a_trip_is_followed_by_its_scores() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(described()).await;
    assert_eq!(world.get(&at(&id)).await.data()["proof_score"], 0.0, "no request waits for it");
    world.run_jobs().await;
    // The description and the photo; and of one author, that author has published most.
    assert_eq!(scores(&world, &id).await, [0.0, 8.0, 0.0, 0.0, 4.5]);
    for (change, quality) in [
        (
            json!({ "screenshots": (0..4).map(|n| format!("https://images.example.org/{n}.jpg")).collect::<Vec<_>>() }),
            8.0,
        ),
        (json!({ "trip_highlights": "h".repeat(21) }), 9.0),
        (json!({ "day_by_day_plan": "p".repeat(20) }), 9.0),
        (json!({ "best_season": "May" }), 10.0),
        (json!({ "route_gpx": crate::gpx(&[(35.0, 135.0), (35.1, 135.1)]) }), 13.0),
        (json!({ "description": "d".repeat(301) }), 15.0),
        (json!({ "route_gpx": null }), 12.0),
    ] {
        asha.patch(&at(&id), change.clone()).await.is(200);
        world.run_jobs().await;
        assert_eq!(scores(&world, &id).await[4], quality, "{change}");
    }
}

#[tokio::test]
async fn many_triggers_are_one_job() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (id, other) = (asha.publishes(described()).await, asha.publishes(trip("Osaka by night")).await);
    for n in 0..3 {
        asha.patch(&at(&id), json!({ "tagline": format!("Number {n}") })).await.is(200);
        bela.post("/api/votes", json!({ "project_id": id, "vote_type": "up" })).await.is(200);
    }
    assert_eq!(waiting(&world).await, 2);
    world.run_jobs().await;
    assert_eq!((scores(&world, &id).await[2], scores(&world, &other).await[2]), (8.0, 0.0));
    // A score that stays the same is not written, and nobody forgets what they hold.
    let changes = "select cast(count(*) as bigint) from changes";
    asha.patch(&at(&id), json!({ "tagline": "Once more" })).await.is(200);
    let before = world.scalar(changes).await;
    world.run_jobs().await;
    assert_eq!(world.scalar(changes).await, before);
}

#[tokio::test]
async fn an_author_does_not_raise_a_score_by_voting() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(described()).await;
    for (person, community) in [(&asha, 0.0), (&bela, 8.0), (&asha, 8.0)] {
        person.post("/api/votes", json!({ "project_id": id, "vote_type": "up" })).await.is(200);
        world.run_jobs().await;
        assert_eq!(scores(&world, &id).await[2], community);
    }
}

#[tokio::test]
async fn what_siblings_tell_of_is_scored() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (id, other) = (asha.publishes(described()).await, asha.publishes(trip("Osaka by night")).await);
    // About the other one nobody but its author says anything.
    let own = sql!("insert into itinerary_intel (itinerary_id, intel_count, others_count) values ($1, 99, 0)");
    world.sql(own.bind(key(&other))).await;
    world.run_jobs().await;
    set_safety(&world, &id, 4.25, 3).await;
    let intel = sql!("insert into itinerary_intel (itinerary_id, intel_count, others_count) values ($1, $2 + 9, $2)");
    world.sql(intel.bind(key(&id)).bind(6_i64)).await;
    for (event, parts) in [("itinerary_rated", [19.0, 4.0]), ("itinerary_intel_changed", [19.0, 4.0])] {
        let mut tx = world.app.db.write().await.unwrap();
        tx.happened(event, key(&id)).unwrap();
        tx.commit().await.unwrap();
        assert_eq!(world.run_jobs().await, 2, "{event}: the event and its listener");
        let scores = scores(&world, &id).await;
        assert_eq!([scores[3], scores[2]], parts, "{event}");
    }
    let other = scores(&world, &other).await;
    assert_eq!([other[3], other[2]], [0.0, 0.0]);
}

#[tokio::test]
async fn drafts_are_scored_and_count_for_nothing() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(described()).await;
    let his = [bela.publishes(trip("Osaka by night")).await, bela.publishes(trip("Nara at dawn")).await];
    world.run_jobs().await;
    assert_eq!(scores(&world, &his[1]).await[1], 8.0);
    for n in 0..3 {
        let draft = and(trip(&format!("Secret {n}")), json!({ "is_published": false }));
        let draft = asha.publishes(draft).await;
        world.run_jobs().await;
        // Nobody can count somebody's drafts by a score.
        assert_eq!(asha.get(&at(&draft)).await.data()["travel_history_score"], 4.0);
    }
    asha.patch(&at(&id), json!({ "tagline": "again" })).await.is(200);
    world.run_jobs().await;
    assert_eq!(scores(&world, &id).await[1], 4.0);
    let deleted = asha.publishes(trip("Gone before it was scored")).await;
    asha.delete(&at(&deleted)).await.is(200);
    world.run_jobs().await;
    disable(&world, &bela).await;
}

/// What the score of a trip says of its author: whether the address is confirmed, how many trips and how many ratings given.
async fn told(world: &World, id: &str) -> (bool, String, String) {
    let answer = world.get(&at(id)).await.is(200);
    let line = |part: &str, n: usize| {
        let line = answer.data()["score_explanations"][part]["details"][n].as_str().unwrap().to_owned();
        line.split_once(": ").unwrap().1.to_owned()
    };
    let first = |line: String| line.split(' ').next().unwrap().to_owned();
    let history = |n| first(line("travel_history_score", n));
    (line("identity_score", 0) == "the e-mail address is confirmed", history(0), history(2))
}

#[tokio::test]
async fn whatever_happens_to_an_author_is_in_the_scores_of_all_their_trips() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = asha.publishes(described()).await;
    let his = bela.publishes(trip("By somebody else")).await;
    world.run_jobs().await;
    let now = async |is_confirmed: bool, trips: i64, ratings: i64| {
        world.run_jobs().await;
        let hers = told(&world, &id).await;
        assert_eq!(hers, (is_confirmed, trips.to_string(), ratings.to_string()));
        assert_eq!(told(&world, &his).await, (false, "1".to_owned(), "0".to_owned()), "nobody else's");
    };
    now(false, 1, 0).await;
    let link = "http://127.0.0.1:5000/verify-email";
    let token = world.mails().iter().filter(|m| m.to() == "asha@example.org").find_map(|m| m.token(link)).unwrap();
    world.post("/api/auth/verify-email", json!({ "token": token })).await.is(200);
    now(true, 1, 0).await;

    let rating = json!({ "itinerary_id": his, "overall_safety_score": 4 });
    let rating = asha.post("/api/safety-ratings", rating).await.is(201).data()["id"].as_str().unwrap().to_owned();
    now(true, 1, 1).await;
    asha.delete(&format!("/api/safety-ratings/{rating}")).await.is(200);
    now(true, 1, 0).await;

    let second = asha.publishes(trip("A second one")).await;
    now(true, 2, 0).await;
    asha.post(&format!("{}/unpublish", at(&second)), json!({})).await.is(200);
    now(true, 1, 0).await;
    asha.patch(&at(&second), json!({ "is_published": true })).await.is(200);
    now(true, 2, 0).await;
    asha.patch(&at(&second), json!({ "is_published": false })).await.is(200);
    now(true, 1, 0).await;
    asha.post(&format!("{}/publish", at(&second)), json!({})).await.is(200);
    now(true, 2, 0).await;
    asha.delete(&at(&second)).await.is(200);
    now(true, 1, 0).await;

    let mut tx = world.app.db.write().await.unwrap();
    let asha = kernel::auth::TravelerId(asha.id.parse().unwrap());
    accounts::set_guide_certified(&mut tx, asha, true).unwrap();
    tx.commit().await.unwrap();
    now(true, 1, 0).await;
    assert_eq!(scores(&world, &id).await[0], 9.0);
}

#[tokio::test]
async fn somebody_with_many_trips_is_one_job_whatever_happens_and_each_trip_is_reached() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let his = bela.publishes(trip("By somebody else")).await;
    world.run_jobs().await;
    for n in 0..210 {
        asha.publishes(trip(&format!("Trip number {n}"))).await;
    }
    assert_eq!(waiting(&world).await, 1, "however many are published");
    world.run_jobs().await;
    let right = async |trips: &'static str| {
        let right = "select cast(count(*) as bigint) from itineraries where cast(score_explanations as text) like '%: 210 published trips, where the most of anybody are 210%'";
        assert_eq!((trips, world.scalar(right).await), (trips, 210));
    };
    right("published").await;
    assert_eq!(told(&world, &his).await.1, "1");
    // As many as a step has, and as many as two have.
    for (deleted, steps) in [(10, 3), (100, 2)] {
        let ids = world.get(&format!("/api/users/{}/itineraries?per_page=100", asha.id)).await.is(200);
        for trip in ids.data().as_array().unwrap().iter().take(deleted) {
            asha.delete(&at(trip["id"].as_str().unwrap())).await.is(200);
        }
        assert_eq!((waiting(&world).await, world.run_jobs().await), (1, steps));
    }
}

async fn viewers(world: &World, id: &str, viewers: i64) {
    let set = sql!("update itineraries set viewers_count = $2 where id = $1");
    world.sql(set.bind(key(id)).bind(Arg::Int(viewers))).await;
}

async fn every_night(world: &World) {
    world.advance(DAY);
    tick_schedules(&world.app).await.unwrap();
    world.run_jobs().await;
}

#[tokio::test]
async fn the_nightly_walk_scores_all_and_lets_maxima_sink() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut ids = Vec::new();
    // More than two steps of the walk.
    for n in 0..210 {
        ids.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
    }
    world.run_jobs().await;
    tick_schedules(&world.app).await.unwrap();
    viewers(&world, &ids[0], 100).await;
    viewers(&world, &ids[209], 400).await;
    every_night(&world).await;
    let most = async || world.scalar("select viewers from score_maxima").await;
    assert_eq!(most().await, 400);
    assert_eq!((scores(&world, &ids[209]).await[2], scores(&world, &ids[1]).await[2]), (6.0, 0.0));
    // The walk met the most at its end; the first ones are measured against it on the next.
    every_night(&world).await;
    assert_eq!(scores(&world, &ids[0]).await[2], 1.5);

    let asha = crate::again(&world, "asha").await;
    asha.delete(&at(&ids[209])).await.is(200);
    every_night(&world).await;
    assert_eq!(most().await, 100);
    every_night(&world).await;
    assert_eq!(scores(&world, &ids[0]).await[2], 6.0);
    assert_eq!(world.scalar("select trips from score_maxima").await, 209);
}

#[tokio::test]
async fn whoever_has_more_raises_the_maximum_at_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (id, other) = (asha.publishes(described()).await, asha.publishes(trip("Osaka by night")).await);
    viewers(&world, &id, 100).await;
    viewers(&world, &other, 50).await;
    world.run_jobs().await;
    assert_eq!(world.scalar("select viewers from score_maxima").await, 100);
    assert_eq!((scores(&world, &id).await[2], scores(&world, &other).await[2]), (6.0, 3.0));
    assert_eq!(world.scalar("select trips from score_maxima").await, 2);
}

#[tokio::test]
async fn no_explanation_tells_how_the_author_voted() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let mut told = Vec::new();
    for (title, voters) in [("By others", [&bela, &chitra]), ("By the author too", [&asha, &bela])] {
        let id = asha.publishes(trip(title)).await;
        for voter in voters {
            voter.post("/api/votes", json!({ "project_id": id, "vote_type": "up" })).await.is(200);
        }
        world.run_jobs().await;
        let answer = world.get(&at(&id)).await.is(200);
        assert_eq!(answer.data()["upvotes"], 2);
        told.push(answer.data()["score_explanations"]["community_score"].clone());
    }
    assert_eq!(told[0]["score"], 8.0);
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn ratings_of_what_is_not_shown_do_not_count_for_their_rater() {
    let world = World::new().await;
    let (asha, bela, dora) = (world.person("asha").await, world.person("bela").await, world.person("dora").await);
    let id = bela.publishes(trip("By the rater")).await;
    let shown = asha.publishes(trip("Shown to all")).await;
    let (draft, deleted) = (asha.publishes(trip("Later a draft")).await, asha.publishes(trip("Later deleted")).await);
    let banned = dora.publishes(trip("Later banned")).await;
    let rate = sql!(
        "insert into safety_ratings (id, itinerary_id, traveler_id, overall_safety_score, rating_type, experience_date,
            photo_ipfs_hashes, created_at, updated_at)
         values ($1, $2, $3, 4, 'overall', $4, $5, $6, $6)"
    );
    for rated in [&shown, &draft, &deleted, &banned] {
        let rate = rate.clone().bind(world.app.new_uuid()).bind(key(rated)).bind(key(&bela.id));
        let (today, now) = (world.app.clock.today(), world.app.clock.now());
        world.sql(rate.bind(today).bind(Arg::Json("[]".to_owned())).bind(now)).await;
    }
    let given = async || {
        bela.patch(&at(&id), json!({ "tagline": "Scored anew" })).await.is(200);
        world.run_jobs().await;
        let answer = world.get(&at(&id)).await.is(200);
        let line = answer.data()["score_explanations"]["travel_history_score"]["details"][2].clone();
        line.as_str().unwrap().split_once(": ").unwrap().1[..1].to_owned()
    };
    assert_eq!(given().await, "4");
    asha.post(&format!("{}/unpublish", at(&draft)), json!({})).await.is(200);
    asha.delete(&at(&deleted)).await.is(200);
    disable(&world, &dora).await;
    assert_eq!(given().await, "1");
}

#[tokio::test]
async fn what_nobody_is_shown_is_no_maximum() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (id, his) = (asha.publishes(described()).await, bela.publishes(trip("Osaka by night")).await);
    bela.publishes(trip("Nara at dawn")).await;
    viewers(&world, &id, 100).await;
    viewers(&world, &his, 400).await;
    world.run_jobs().await;
    let most = async || {
        (world.scalar("select viewers from score_maxima").await, world.scalar("select trips from score_maxima").await)
    };
    assert_eq!(most().await, (400, 2));
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    world.run_jobs().await;
    tick_schedules(&world.app).await.unwrap();
    every_night(&world).await;
    assert_eq!(most().await, (100, 1));
    every_night(&world).await;
    assert_eq!(scores(&world, &id).await[2], 6.0);
}

#[tokio::test]
async fn helpful_votes_of_a_trip_are_those_on_what_others_say_of_it() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    let (kyoto, osaka) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    let id = |answer: testkit::Answer| answer.is(201).data()["id"].as_str().unwrap().to_owned();
    let rating =
        id(bela.post("/api/safety-ratings", json!({ "itinerary_id": kyoto, "overall_safety_score": 4 })).await);
    let says = async |trip: &str, above: Option<&str>| {
        let body = json!({ "itinerary_id": trip, "content": "Cash only", "parent_intel_id": above });
        id(bela.post("/api/travel-intel", body).await)
    };
    let intel = says(&kyoto, None).await;
    let (reply, elsewhere) = (says(&kyoto, Some(&intel)).await, says(&osaka, None).await);
    let helpful = async |path: String| {
        world.run_jobs().await;
        for voter in [&asha, &cleo] {
            voter.post(&path, json!({})).await.is(200);
        }
        world.run_jobs().await;
        [kyoto.clone(), osaka.clone()]
    };
    let votes = async |trips: [String; 2]| {
        let mut votes = Vec::new();
        for trip in trips {
            votes.push(world.get(&at(&trip)).await.is(200).data()["helpful_votes"].as_i64().unwrap());
        }
        votes
    };
    // The author of the trip votes on each of them as well, which does not count.
    assert_eq!(votes(helpful(format!("/api/safety-ratings/{rating}/helpful")).await).await, [1, 0]);
    assert_eq!(votes(helpful(format!("/api/travel-intel/{intel}/helpful")).await).await, [2, 0]);
    assert_eq!(votes(helpful(format!("/api/travel-intel/{reply}/helpful")).await).await, [2, 0]);
    assert_eq!(votes(helpful(format!("/api/travel-intel/{elsewhere}/helpful")).await).await, [2, 1]);
    let list = format!("{LIST}?sort=most-helpful");
    assert_eq!(world.get(&list).await.titles(), ["Kyoto on foot", "Osaka by night"]);
    // Turned round, and taken back.
    assert_eq!(votes(helpful(format!("/api/safety-ratings/{rating}/unhelpful")).await).await, [1, 1]);
    assert_eq!(votes(helpful(format!("/api/travel-intel/{intel}/helpful")).await).await, [0, 1]);
    assert_eq!(world.get(&list).await.titles(), ["Osaka by night", "Kyoto on foot"]);
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    world.run_jobs().await;
    assert_eq!(votes([kyoto.clone(), osaka.clone()]).await, [0, 0]);
}

#[tokio::test]
async fn the_nightly_walk_makes_lists_fresh_once_a_second_and_at_its_end() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut ids = Vec::new();
    for n in 0..310 {
        ids.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
    }
    world.run_jobs().await;
    viewers(&world, &ids[0], 100).await;
    every_night(&world).await;
    for id in &ids {
        viewers(&world, id, 50).await;
    }
    every_night(&world).await;
    assert_eq!(scores(&world, &ids[309]).await[2], 6.0);
    let told = "select count(*) from changes where at = (select max(at) from changes) and topics like '%itineraries%'";
    assert_eq!(world.scalar(told).await, 2, "the clock stood still: with the first step and at the end");
}
