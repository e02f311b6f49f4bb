//! The lists beside the one that is filtered.

use crate::{DAY, HOUR, LIST, NOBODYS, SECOND, again, and, at, disable, key, set_proof_score, set_safety, trip};
use kernel::{
    db::{Arg, Engine},
    sql,
};
use testkit::{Answer, Person, World, json};

const LISTS: [&str; 4] = ["featured", "by-destination/kyoto", "rising-stars", "most-requested"];

fn to(destination: &str) -> String {
    format!("{LIST}/by-destination/{destination}")
}

async fn look(world: &World, id: &str, times: i64) {
    let look = sql!("update itineraries set viewers_count = $2 where id = $1");
    world.sql(look.bind(key(id)).bind(times)).await;
}

/// The titles for the anonymous, and the same for somebody signed in.
async fn titles(world: &World, reader: &Person<'_>, path: &str) -> Vec<String> {
    let (anonymous, signed_in) = (world.get(path).await.is(200), reader.get(path).await.is(200));
    assert_eq!(anonymous.titles(), signed_in.titles(), "{path}");
    anonymous.titles().into_iter().map(str::to_owned).collect()
}

fn total(answer: &Answer) -> i64 {
    answer.body["pagination"]["total"].as_i64().unwrap()
}

#[tokio::test]
async fn drafts_deleted_trips_and_those_of_the_banned_show_through_no_list() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    let root = world.admin("captain").await;
    let body =
        |title: &str| and(trip(title), json!({ "travel_companions": [{ "name": "Bela", "traveler_id": bela.id }] }));
    let mut ids = Vec::new();
    for (author, title) in
        [(&asha, "A shown trip"), (&asha, "A later draft"), (&asha, "A deleted trip"), (&cleo, "A banned trip")]
    {
        let id = author.publishes(body(title)).await;
        root.post(&format!("{}/feature", at(&id)), json!({})).await.is(200);
        look(&world, &id, 50).await;
        set_safety(&world, &id, 5.0, 9).await;
        set_proof_score(&world, &id, 90.0).await;
        ids.push(id);
        world.advance(SECOND);
    }
    let lists: Vec<String> = LISTS.iter().map(|list| format!("{LIST}/{list}")).collect();
    for path in &lists {
        assert_eq!(titles(&world, &bela, path).await.len(), 4, "{path}");
    }
    asha.post(&format!("{}/unpublish", at(&ids[1])), json!({})).await.is(200);
    asha.delete(&at(&ids[2])).await.is(200);
    disable(&world, &cleo).await;
    for reader in [&asha, &bela, &root] {
        for path in &lists {
            assert_eq!(titles(&world, reader, path).await, ["A shown trip"], "{path}");
        }
        for list in ["itineraries", "projects"] {
            let of = |person: &Person<'_>| format!("/api/users/{}/{list}", person.id);
            assert_eq!(titles(&world, reader, &of(&asha)).await, ["A shown trip"]);
            assert_eq!(titles(&world, reader, &of(&cleo)).await, [""; 0]);
            assert_eq!(total(&reader.get(&of(&asha)).await), 1);
            assert_eq!(total(&reader.get(&of(&cleo)).await), 0);
        }
    }
    for list in ["tagged-itineraries", "tagged-projects"] {
        let answer = bela.get(&format!("/api/users/{}/{list}", bela.id)).await.is(200);
        assert_eq!((answer.titles(), total(&answer)), (vec!["A shown trip"], 1));
    }
}

#[tokio::test]
async fn what_is_on_show_comes_latest_first() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    let mut ids = Vec::new();
    for n in 0..3 {
        ids.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
    }
    asha.publishes(trip("Not on show")).await;
    for id in [&ids[1], &ids[0], &ids[2]] {
        root.post(&format!("{}/feature", at(id)), json!({})).await.is(200);
        world.advance(SECOND);
    }
    let path = format!("{LIST}/featured");
    assert_eq!(titles(&world, &asha, &path).await, ["Trip number 2", "Trip number 0", "Trip number 1"]);
    assert_eq!(world.get(&path).await.message(), "Featured itineraries retrieved");
    root.delete(&format!("{}/feature", at(&ids[0]))).await.is(200);
    assert_eq!(titles(&world, &asha, &path).await, ["Trip number 2", "Trip number 1"]);
}

#[tokio::test]
async fn a_place_is_found_by_words_that_stand_together() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for (title, destination, proof) in [
        ("To the temples", "Kyōto, Japan", 10.0),
        ("To the deer", "Nara Park, Japan", 30.0),
        ("To the ham", "Parma/Modena", 20.0),
        ("To the town", "Old Town of Cusco, Peru", 5.0),
        ("Kyoto in the title", "Osaka, Japan", 20.0),
    ] {
        let id = asha.publishes(and(trip(title), json!({ "destination": destination }))).await;
        set_proof_score(&world, &id, proof).await;
    }
    for (place, found) in [
        ("kyoto", vec!["To the temples"]),
        ("KY%C5%8CTO", vec!["To the temples"]),
        ("Japan", vec!["To the deer", "Kyoto in the title", "To the temples"]),
        ("Nara%20Park,%20Japan", vec!["To the deer"]),
        ("park%20japan", vec!["To the deer"]),
        ("nara%20japan", vec![]),
        ("Parma/Modena", vec!["To the ham"]),
        ("Parma%2FModena", vec!["To the ham"]),
        ("parma/modena/italy", vec![]),
        ("old%20town%20of%20cusco%20peru", vec!["To the town"]),
        ("town%20of%20cusco", vec!["To the town"]),
        ("old%20town%20of%20lima", vec![]),
        ("kyo", vec![]),
        ("%25", vec![]),
        ("_", vec![]),
        ("%20", vec![]),
    ] {
        assert_eq!(titles(&world, &asha, &to(place)).await, found, "{place}");
    }
    assert_eq!(world.get(&to("Parma/Modena")).await.message(), "Itineraries for Parma/Modena retrieved");
    assert_eq!(world.get(&to("parma%2Fmodena")).await.message(), "Itineraries for parma/modena retrieved");
    world.get(&to(&"x".repeat(501))).await.fails(400, "validation_failed");
    assert!([400, 404].contains(&world.get(&to("%FF")).await.status));
}

#[tokio::test]
async fn a_trip_that_moves_is_found_where_it_is_now() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let id = asha.publishes(trip("On the move")).await;
    asha.publishes(and(trip("Staying here"), json!({ "destination": "Nara" }))).await;
    assert_eq!(titles(&world, &asha, &to("kyoto")).await, ["On the move"]);
    asha.patch(&at(&id), json!({ "destination": "Nara" })).await.is(200);
    assert_eq!(titles(&world, &asha, &to("kyoto")).await, [""; 0]);
    assert_eq!(titles(&world, &asha, &to("nara")).await, ["Staying here", "On the move"]);
    set_proof_score(&world, &id, 1.0).await;
    assert_eq!(titles(&world, &asha, &to("nara")).await, ["On the move", "Staying here"]);
    asha.patch(&at(&id), json!({ "tagline": "the score stays" })).await.is(200);
    assert_eq!(titles(&world, &asha, &to("nara")).await, ["On the move", "Staying here"]);
}

#[tokio::test]
async fn trips_older_than_the_table_of_places_are_entered_by_a_job() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("On foot there")).await;
    asha.publishes(and(trip("The other way"), json!({ "destination": "Nara" }))).await;
    world.run_jobs().await;
    world.sql(sql!("delete from itinerary_places")).await;
    assert_eq!(titles(&world, &asha, &to("kyoto")).await, [""; 0]);
    let queue = sql!(
        "insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, created_at)
         values ($1, 'fill_places', $2, 'ready', $3, 0, 5, $3)"
    );
    let payload = json!({ "after": "00000000-0000-0000-0000-000000000000" }).to_string();
    world.sql(queue.bind(uuid::Uuid::nil()).bind(Arg::Json(payload)).bind(world.app.clock.now())).await;
    world.run_jobs().await;
    assert_eq!(titles(&world, &asha, &to("kyoto")).await, ["On foot there"]);
    assert_eq!(titles(&world, &asha, &to("nara")).await, ["The other way"]);
}

#[tokio::test]
async fn rising_stars_are_of_the_last_thirty_days_by_looks_and_ratings() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let old = asha.publishes(trip("Older than a month")).await;
    look(&world, &old, 1_000).await;
    world.advance(HOUR);
    let asha = again(&world, "asha").await;
    let edge = asha.publishes(trip("A month ago")).await;
    look(&world, &edge, 3).await;
    world.advance(DAY * 15);
    let asha = again(&world, "asha").await;
    for (title, looks, ratings) in [("Looked at", 5, 0), ("Rated", 0, 4), ("Both of them", 3, 3), ("Nothing yet", 0, 0)]
    {
        let id = asha.publishes(trip(title)).await;
        look(&world, &id, looks).await;
        if ratings > 0 {
            set_safety(&world, &id, 1.0, ratings).await;
        }
    }
    world.advance(DAY * 15);
    let asha = again(&world, "asha").await;
    let path = format!("{LIST}/rising-stars");
    let rising = ["Both of them", "Looked at", "Rated", "A month ago", "Nothing yet"];
    assert_eq!(titles(&world, &asha, &path).await, rising);
    // The same, read on one by one.
    let (mut next, mut seen) = (format!("{path}?limit=1"), Vec::new());
    loop {
        let answer = world.get(&next).await.is(200);
        seen.extend(answer.titles().into_iter().map(str::to_owned));
        match answer.body["pagination"]["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}?limit=1&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, rising);
    world.advance(SECOND);
    world.sql(sql!("update itineraries set is_published = is_published")).await;
    assert_eq!(titles(&world, &asha, &path).await, ["Both of them", "Looked at", "Rated", "Nothing yet"]);
}

#[tokio::test]
async fn an_author_cannot_push_a_trip_by_what_they_write() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let star = bela.publishes(trip("Looked at by some")).await;
    look(&world, &star, 1).await;
    let push = json!({
        "view_count": 99, "viewers_count": 99, "ratings_count": 99, "safety_ratings_count": 99, "safety_low": 5.0, "created_on": "2027-01-01",
        "created_at": "2027-01-01T00:00:00Z", "helpful_votes": 99, "proof_score": 99.0, "is_featured": true,
        "featured_at": "2027-01-01T00:00:00Z", "safety": { "score": 5.0, "count": 9, "low": 5.0, "high": 5.0 },
    });
    let id = asha.publishes(and(trip("Pushed by its author"), push.clone())).await;
    asha.patch(&at(&id), push).await.is(200);
    for _ in 0..5 {
        asha.get(&at(&id)).await.is(200);
    }
    for path in [format!("{LIST}/rising-stars"), format!("{LIST}/most-requested")] {
        assert_eq!(titles(&world, &bela, &path).await[0], "Looked at by some", "{path}");
    }
    assert_eq!(titles(&world, &bela, &format!("{LIST}/featured")).await, [""; 0]);
}

#[tokio::test]
async fn most_requested_is_most_looked_at_then_most_rated() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for (title, looks, ratings) in
        [("Few looks", 1, 9), ("Many looks", 9, 0), ("Many and rated", 9, 2), ("None at all", 0, 0)]
    {
        let id = asha.publishes(trip(title)).await;
        look(&world, &id, looks).await;
        if ratings > 0 {
            set_safety(&world, &id, 1.0, ratings).await;
        }
    }
    let path = format!("{LIST}/most-requested");
    assert_eq!(titles(&world, &asha, &path).await, ["Many and rated", "Many looks", "Few looks", "None at all"]);
}

#[tokio::test]
async fn such_lists_give_twenty_and_at_most_fifty() {
    let world = World::new().await;
    let (asha, root) = (world.person("asha").await, world.admin("captain").await);
    for n in 0..55 {
        let id = asha.publishes(trip(&format!("Trip number {n}"))).await;
        root.post(&format!("{}/feature", at(&id)), json!({})).await.is(200);
    }
    for list in LISTS {
        for (query, count) in [
            ("", 20),
            ("?limit=50", 50),
            ("?limit=51", 50),
            ("?limit=1000000000000000000000", 50),
            ("?limit=3", 3),
            ("?limit=0", 20),
            ("?limit=-5", 20),
            ("?limit=many", 20),
            ("?limit=", 20),
            ("?limit=1&limit=2", 20),
        ] {
            let answer = world.get(&format!("{LIST}/{list}{query}")).await.is(200);
            assert_eq!(answer.titles().len(), count, "{list}{query}");
            assert!(answer.header("link").contains("rel=\"next\""), "{list}{query}");
        }
    }
}

#[tokio::test]
async fn a_person_s_trips_come_newest_first_in_pages_and_by_cursor() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    for n in 0..3 {
        asha.publishes(trip(&format!("Hers number {n}"))).await;
        bela.publishes(trip(&format!("His number {n}"))).await;
        world.advance(SECOND);
    }
    asha.publishes(and(trip("Her own draft"), json!({ "is_published": false }))).await;
    for list in ["itineraries", "projects"] {
        let path = format!("/api/users/{}/{list}", asha.id);
        assert_eq!(titles(&world, &asha, &path).await, ["Hers number 2", "Hers number 1", "Hers number 0"]);
        let second = world.get(&format!("{path}?page=2&per_page=2")).await.is(200);
        assert_eq!((second.titles(), total(&second)), (vec!["Hers number 0"], 3));
        let first = world.get(&format!("{path}?per_page=2&cursor=")).await.is(200);
        let cursor = first.body["pagination"]["next_cursor"].as_str().unwrap();
        assert_eq!(world.get(&format!("{path}?per_page=2&cursor={cursor}")).await.titles(), ["Hers number 0"]);
        for nobody in [NOBODYS.rsplit('/').next().unwrap(), "nobody", "0", "%F0%9F%98%80"] {
            for reader in [&asha, &bela] {
                let path = format!("/api/users/{nobody}/{list}");
                let answer = reader.get(&path).await.is(200);
                assert_eq!((answer.data(), total(&answer)), (&json!([]), 0), "{nobody}");
                assert_eq!(world.get(&path).await.is(200).data(), &json!([]));
            }
        }
    }
}

#[tokio::test]
async fn who_is_named_as_a_companion_learns_it_and_nobody_else_does() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    let root = world.admin("captain").await;
    let with = |ids: &[&str]| {
        let entries: Vec<_> = ids.iter().map(|id| json!({ "name": "Somebody", "traveler_id": id })).collect();
        json!({ "travel_companions": entries })
    };
    let unknown = "01a3b1c2-7a00-7000-8000-0000000000ff";
    let first = asha.publishes(and(trip("With Bela"), with(&[&bela.id, &bela.id, unknown, "no id", &asha.id]))).await;
    world.advance(SECOND);
    cleo.publishes(and(trip("With both of them"), with(&[&asha.id, &bela.id.to_uppercase()]))).await;
    cleo.publishes(and(
        trip("Without an account"),
        json!({ "travel_companions": [{ "name": "Bela", "username": "bela" }] }),
    ))
    .await;
    for list in ["tagged-itineraries", "tagged-projects"] {
        let about = |id: &str| format!("/api/users/{id}/{list}");
        let answer = bela.get(&about(&bela.id)).await.is(200);
        assert_eq!((answer.titles(), total(&answer)), (vec!["With both of them", "With Bela"], 2));
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(asha.get(&about(&asha.id)).await.is(200).titles(), ["With both of them"], "not one's own");
        // Not even those who named her, nor an administrator: a list of where she is said to be is hers alone.
        for stranger in [&asha, &cleo, &root] {
            let answer = stranger.get(&about(&bela.id)).await.is(200);
            let nobody = stranger.get(&about(unknown)).await.is(200);
            assert_eq!((answer.data(), total(&answer)), (&json!([]), 0));
            assert_eq!(answer.body, nobody.body);
        }
        assert_eq!(world.get(&about(&bela.id)).await.is(200).body, world.get(&about("nobody")).await.body);
    }
    let hers = format!("/api/users/{}/tagged-itineraries", bela.id);
    asha.patch(&at(&first), with(&[&cleo.id])).await.is(200);
    assert_eq!(bela.get(&hers).await.titles(), ["With both of them"]);
    assert_eq!(cleo.get(&format!("/api/users/{}/tagged-itineraries", cleo.id)).await.titles(), ["With Bela"]);
    disable(&world, &cleo).await;
    assert_eq!(bela.get(&hers).await.titles(), [""; 0]);
}

#[tokio::test]
async fn forty_honest_fours_stand_above_one_five_by_a_friend() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let rate = async |id: &str, score: f64, count: i64, low: f64| {
        let set = sql!(
            "insert into itinerary_safety (itinerary_id, score, ratings_count, low, high) values ($1, $2, $3, $4, 5)
             on conflict (itinerary_id) do update
             set score = excluded.score, ratings_count = excluded.ratings_count, low = excluded.low"
        );
        world.sql(set.bind(key(id)).bind(score).bind(count).bind(low)).await;
    };
    let friend = asha.publishes(trip("One five by a friend")).await;
    let honest = asha.publishes(trip("Forty honest fours")).await;
    let poor = asha.publishes(trip("As bad as can be")).await;
    asha.publishes(trip("Nobody rated it")).await;
    rate(&friend, 5.0, 1, 2.07).await;
    rate(&honest, 4.0, 40, 3.6).await;
    rate(&poor, 1.0, 3, 0.0).await;
    let top = format!("{LIST}?sort=top");
    let order = ["Forty honest fours", "One five by a friend", "As bad as can be", "Nobody rated it"];
    assert_eq!(titles(&world, &asha, &top).await, order);
    rate(&friend, 4.9, 60, 4.5).await;
    assert_eq!(titles(&world, &asha, &top).await[0], "One five by a friend", "in the next read");
    // Ratings that were all taken back are none.
    rate(&friend, 0.0, 0, 0.0).await;
    world.sql(sql!("delete from itinerary_safety where itinerary_id = $1").bind(key(&honest))).await;
    set_proof_score(&world, &honest, 9.0).await;
    let order = ["As bad as can be", "Forty honest fours", "Nobody rated it", "One five by a friend"];
    assert_eq!(titles(&world, &asha, &top).await, order);
    assert_eq!(titles(&world, &asha, &format!("{LIST}?min_safety_score=0.5")).await, ["As bad as can be"]);
}

#[tokio::test]
async fn a_trip_counts_its_intel() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (one, other) = (asha.publishes(trip("With some intel")).await, asha.publishes(trip("Without intel")).await);
    let count = sql!("insert into itinerary_intel (itinerary_id, intel_count) values ($1, 7)");
    world.sql(count.bind(key(&one))).await;
    for (id, count) in [(one, 7), (other, 0)] {
        let list = world.get(LIST).await.is(200);
        let listed = list.data().as_array().unwrap().iter().find(|v| v["id"] == id.as_str()).unwrap().clone();
        assert_eq!(
            (&listed["comment_count"], &world.get(&at(&id)).await.data()["comment_count"]),
            (&json!(count), &json!(count))
        );
    }
}

#[tokio::test]
async fn trips_that_exist_are_entered_by_the_migration() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let entries = json!([
        { "name": "Bela", "traveler_id": bela.id.to_uppercase() },
        { "name": "Herself", "traveler_id": asha.id },
        { "name": "Nobody", "traveler_id": "no id" },
        { "name": "No account" },
    ]);
    let id = asha.publishes(and(trip("With Bela"), json!({ "travel_companions": entries }))).await;
    asha.publishes(trip("All alone")).await;
    set_safety(&world, &id, 4.0, 3).await;
    let figures = "update itineraries set created_on = '1970-01-01', ratings_count = 0, safety_low = -1";
    for statement in ["delete from itinerary_companions", figures] {
        world.sql(kernel::db::open(statement)).await;
    }
    let (hers, rising) = (format!("/api/users/{}/tagged-itineraries", bela.id), format!("{LIST}/rising-stars"));
    assert_eq!((bela.get(&hers).await.titles(), world.get(&rising).await.titles()), (vec![], vec![]));

    let migration = match world.app.db.engine() {
        Engine::Sqlite => include_str!("../../../../migrations/0012_lists_of_trips_kept.sqlite.sql"),
        Engine::Postgres => include_str!("../../../../migrations/0012_lists_of_trips_kept.postgres.sql"),
    };
    let (_, existing) = migration.split_once("-- Trips that exist.").unwrap();
    for statement in existing.split(';').filter(|s| !s.trim().is_empty()) {
        world.sql(kernel::db::open(statement)).await;
    }
    assert_eq!(bela.get(&hers).await.titles(), ["With Bela"]);
    assert_eq!(asha.get(&format!("/api/users/{}/tagged-itineraries", asha.id)).await.titles(), [""; 0]);
    assert_eq!(world.get(&rising).await.titles(), ["With Bela", "All alone"]);
    assert_eq!(titles(&world, &asha, &format!("{LIST}?sort=top")).await, ["With Bela", "All alone"]);
    assert!(world.run_jobs().await >= 2, "the places are entered by a job that reads the table to its end");
}
