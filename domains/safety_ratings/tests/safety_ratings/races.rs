//! Many at once: what is counted is what is there.

use crate::{again, at, key, of, rates, trip, voting::assert_votes_exact};
use futures_util::future::join_all;
use kernel::{db::open, record};
use testkit::{Person, World, json};

record! {
    struct Counted { score: f64, ratings_count: i64, mean: f64, rows: i64 }
}

/// Fails unless what is kept of the trip is what its rows say.
async fn assert_exact(world: &World, trip: &str) -> i64 {
    let mut sql = open(
        "select s.score, s.ratings_count, cast(avg(r.overall_safety_score) as double precision) as mean, \
         cast(count(r.id) as bigint) as rows from itinerary_safety s join safety_ratings r \
         on r.itinerary_id = s.itinerary_id where s.itinerary_id = ",
    );
    sql.push_bind(key(trip)).push(" group by s.itinerary_id, s.score, s.ratings_count");
    let c: Counted = world.app.db.read().await.unwrap().one(sql).await.unwrap();
    assert_eq!(c.ratings_count, c.rows);
    assert!((c.score - c.mean).abs() <= 0.005 + 1e-9, "{} is kept, {} is true", c.score, c.mean);
    c.rows
}

async fn people(world: &World, many: usize) -> Vec<Person<'_>> {
    let mut people = Vec::new();
    for n in 0..many {
        people.push(world.person(&format!("rater{n}")).await);
    }
    people
}

#[tokio::test]
async fn many_raters_at_once_are_all_counted() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (kyoto, osaka) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    let raters = people(&world, 16).await;
    let rate = async |n: usize, trip: &str, score: usize| {
        let body = json!({ "rating": score % 5 + 1 });
        let answer = raters[n].post(&of(trip, "rating"), body).await;
        assert!([200, 201].contains(&answer.status), "{}", answer.text);
    };
    for round in 0..3 {
        // Each rates both trips, and one of them twice; some take theirs back meanwhile.
        let mine = ids_of(&raters, &kyoto).await;
        let rated = join_all((0..16).flat_map(|n| {
            [rate(n, &kyoto, n + round), rate(n, &osaka, n * 3 + round), rate(n, &kyoto, n * 7 + round)]
        }));
        let taken = join_all(mine.iter().take(5).map(async |(n, id)| raters[*n].delete(&at(id)).await.is(200)));
        tokio::join!(rated, taken);
        assert!(assert_exact(&world, &kyoto).await >= 11);
        assert_eq!(assert_exact(&world, &osaka).await, 16);
    }
}

/// Which rater has which rating of the trip.
async fn ids_of(raters: &[Person<'_>], trip: &str) -> Vec<(usize, String)> {
    let page = raters[0].get(&format!("{}?per_page=100", of(trip, "ratings"))).await.is(200);
    let of_rater = |n: usize| {
        let ratings = page.data().as_array().unwrap();
        let his = ratings.iter().find(|r| r["traveler_id"] == *raters[n].id);
        his.map(|r| (n, r["id"].as_str().unwrap().to_owned()))
    };
    (0..raters.len()).filter_map(of_rater).collect()
}

#[tokio::test]
async fn a_hundred_ratings_of_one_person_are_one() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let path = of(&kyoto, "rating");
    let answers = join_all((0..100).map(|n| bela.post(&path, json!({ "rating": n % 5 + 1 })))).await;
    let created = answers.iter().filter(|a| a.status == 201).count();
    assert_eq!((created, answers.iter().filter(|a| a.status == 200).count()), (1, 99));
    assert_eq!(assert_exact(&world, &kyoto).await, 1);
}

#[tokio::test]
async fn many_votes_at_once_are_counted_once_each() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let targets = [rates(&bela, &kyoto, 4).await, rates(&world.person("chitra").await, &kyoto, 2).await];
    let voters = people(&world, 12).await;
    let press = async |n: usize, target: &str, button: &str| {
        voters[n].post(&format!("{}/{button}", at(target)), json!({})).await.is(200);
    };
    join_all((0..12).flat_map(|n| {
        let button = |k: usize| if (n + k).is_multiple_of(3) { "unhelpful" } else { "helpful" };
        let target = |k: usize| targets[(n + k) % 2].as_str();
        [0, 1, 2, 3, 5, 8].map(|k| press(n, target(k), button(k)))
    }))
    .await;
    assert_votes_exact(&world).await;
}

#[tokio::test]
async fn the_same_vote_an_odd_number_of_times_at_once_is_one_vote() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let path = at(&rates(&bela, &kyoto, 4).await);
    chitra.post(&format!("{path}/helpful"), json!({})).await.is(200);
    for (times, vote, count) in [(9, json!("helpful"), 2), (8, json!("helpful"), 2), (7, json!(null), 1)] {
        let helpful = format!("{path}/helpful");
        for answer in join_all((0..times).map(|_| asha.post(&helpful, json!({})))).await {
            answer.is(200);
        }
        let view = asha.get(&path).await.is(200);
        assert_eq!((&view.data()["user_vote"], &view.data()["helpful_votes"]), (&vote, &json!(count)), "{times}");
    }
}

#[tokio::test]
async fn a_rating_taken_back_while_others_vote_on_it_leaves_nothing() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let id = rates(&bela, &kyoto, 4).await;
    let voters = people(&world, 8).await;
    let votes = join_all(voters.iter().map(async |v| v.post(&format!("{}/helpful", at(&id)), json!({})).await.status));
    let path = at(&id);
    let (votes, deleted, changed) = tokio::join!(votes, bela.delete(&path), bela.patch(&path, json!({ "rating": 1 })));
    deleted.is(200);
    assert!([200, 404].contains(&changed.status), "{}", changed.text);
    assert!(votes.iter().all(|status| [200, 404].contains(status)), "{votes:?}");
    for rows in [
        "select cast(count(*) as bigint) from safety_rating_votes",
        "select cast(count(*) as bigint) from safety_ratings",
    ] {
        assert_eq!(world.scalar(rows).await, 0);
    }
    assert_eq!(crate::safety(&world, &kyoto).await, json!([0.0, 0, 0.0, 0.0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn votes_while_their_voters_are_banned_and_readmitted_are_counted_exactly() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let mut ids = Vec::new();
    for rater in people(&world, 6).await {
        ids.push(rates(&rater, &kyoto, 4).await);
    }
    world.person("bela").await;
    let beside = world.beside().await;
    for round in 0..6 {
        let bela = again(&world, "bela").await;
        let votes = join_all(ids.iter().cycle().take(18).enumerate().map(async |(n, id)| {
            let button = if (n + round).is_multiple_of(5) { "unhelpful" } else { "helpful" };
            bela.post(&format!("{}/{button}", at(id)), json!({})).await
        }));
        let ban = async {
            accounts::admin::ban(&beside.app, "bela@example.org").await.unwrap();
            beside.run_jobs().await;
        };
        let (answers, ()) = tokio::join!(votes, ban);
        assert!(answers.iter().all(|a| [200, 401, 404].contains(&a.status)));
        world.run_jobs().await;
        assert_votes_exact(&world).await;
        accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
        world.run_jobs().await;
        assert_votes_exact(&world).await;
    }
}
