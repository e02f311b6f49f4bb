//! Who sees which rating, and who learns when somebody was at a place.

use crate::{LIST, MINE, NOBODYS, at, ban, ids, less, of, rates, safety, trip};
use kernel::sql;
use serde_json::Value;
use std::time::Duration;
use testkit::{Answer, Person, World, json};

fn body(answer: Answer) -> Value {
    less(&answer.fails(404, "not_found").body, &["request_id"])
}

/// Fails unless everything that others could do with a rating gets the answer of an id that was never given out.
async fn assert_hidden(world: &World, id: &str, others: &[&Person<'_>]) {
    assert_eq!(body(world.get(&at(id)).await), body(world.get(&at(NOBODYS)).await));
    for other in others {
        assert_eq!(body(other.get(&at(id)).await), body(other.get(&at(NOBODYS)).await));
        for path in [at(id), at(NOBODYS)] {
            body(other.put(&path, json!({ "rating": 1 })).await);
            body(other.patch(&path, json!({ "rating": 1 })).await);
            body(other.delete(&path).await);
            body(other.post(&format!("{path}/helpful"), json!({})).await);
            body(other.post(&format!("{path}/unhelpful"), json!({})).await);
        }
    }
    for reader in [None, others.first().map(|p| p.token.as_str())] {
        let list = world.call("GET".parse().unwrap(), LIST, reader, None).await.is(200);
        assert!(!ids(&list).contains(&id.to_owned()), "{}", list.text);
    }
}

#[tokio::test]
async fn the_ratings_of_a_trip_go_where_it_goes() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let osaka = asha.publishes(trip("Osaka by night")).await;
    let (hers, shown) = (rates(&bela, &kyoto, 4).await, rates(&bela, &osaka, 2).await);
    assert_eq!(ids(&world.get(LIST).await).len(), 2);
    world.get(&of(&kyoto, "ratings")).await.is(200);
    world.get(&of(&kyoto, "safety-rating")).await.is(200);

    asha.patch(&format!("/api/itineraries/{kyoto}"), json!({ "is_published": false })).await.is(200);
    assert_hidden(&world, &hers, &[&chitra]).await;
    for what in ["ratings", "safety-rating"] {
        for reader in [&bela, &chitra] {
            assert_eq!(body(reader.get(&of(&kyoto, what)).await), body(reader.get(&of(NOBODYS, what)).await));
        }
        assert_eq!(body(world.get(&of(&kyoto, what)).await), body(world.get(&of(NOBODYS, what)).await));
        asha.get(&of(&kyoto, what)).await.is(200);
    }
    assert_eq!(body(chitra.get(&at(&kyoto)).await), body(chitra.get(&at(NOBODYS)).await));
    assert_eq!(
        body(chitra.post(&of(&kyoto, "rating"), json!({ "rating": 5 })).await)["message"],
        "Itinerary not found"
    );
    bela.post(&of(&kyoto, "rating"), json!({ "rating": 5 })).await.fails(404, "not_found");
    bela.patch(&at(&hers), json!({ "rating": 5 })).await.fails(404, "not_found");
    // The author of the trip sees what was said of her draft; who rated it has their own words.
    assert_eq!(ids(&asha.get(&of(&kyoto, "ratings")).await), [hers.as_str()]);
    assert_eq!(ids(&asha.get(&at(&kyoto)).await), [hers.as_str()]);
    asha.get(&at(&hers)).await.is(200);
    bela.get(&at(&hers)).await.is(200);
    assert_eq!(ids(&bela.get(MINE).await), [shown.clone(), hers.clone()]);
    assert_eq!(ids(&asha.get(LIST).await), [shown]);

    asha.delete(&format!("/api/itineraries/{kyoto}")).await.is(200);
    assert_hidden(&world, &hers, &[&asha, &chitra]).await;
    bela.get(&at(&hers)).await.is(200);
    bela.delete(&at(&hers)).await.is(200);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from safety_ratings").await, 1);
}

#[tokio::test]
async fn the_ratings_of_a_banned_rater_vanish_and_no_longer_count() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let mut trips = Vec::new();
    // More than the job counts at once.
    for n in 0..55 {
        trips.push(asha.publishes(trip(&format!("Trip number {n}"))).await);
        rates(&bela, &trips[n], 1).await;
    }
    let kyoto = &trips[0];
    let kept = rates(&chitra, kyoto, 5).await;
    let gone = ids(&world.get(&of(kyoto, "ratings")).await)[1].clone();
    assert_eq!(safety(&world, kyoto).await[0], 3.0);
    assert_eq!(world.get(&format!("/api/itineraries/{kyoto}")).await.data()["safety_score"], 3.0);

    ban(&world, "bela").await;
    assert_hidden(&world, &gone, &[&asha, &chitra]).await;
    let left = world.get(&of(kyoto, "ratings")).await.is(200);
    assert_eq!((ids(&left), &left.body["pagination"]["total"]), (vec![kept], &json!(1)));
    assert_eq!(safety(&world, kyoto).await[0], 5.0);
    assert_eq!(world.get(&of(kyoto, "safety-rating")).await.data()["by_type"]["overall"]["count"], 1);
    assert_eq!(world.get(&format!("/api/itineraries/{kyoto}")).await.data()["safety_score"], 5.0);
    assert_eq!(safety(&world, &trips[54]).await, json!([0.0, 0, 0.0, 0.0]));
    assert_eq!(world.get(LIST).await.data()["pagination"]["total"], 1);

    // A rating that was on its way meanwhile has counted hers as well.
    world
        .sql(sql!(
            "update itinerary_safety set ratings_count = 1, score = 1, low = 1, high = 2 where ratings_count = 0"
        ))
        .await;
    assert_eq!(safety(&world, &trips[54]).await[1], 1);
    world.advance(Duration::from_mins(3));
    world.run_jobs().await;
    assert_eq!(safety(&world, &trips[54]).await, json!([0.0, 0, 0.0, 0.0]));

    accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
    world.run_jobs().await;
    for trip in [&trips[54], &trips[49], &trips[50]] {
        assert_eq!(safety(&world, trip).await[1], 1);
    }
    assert_eq!(safety(&world, kyoto).await[0], 3.0);
}

#[tokio::test]
async fn the_ratings_of_a_banned_authors_trips_vanish() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let osaka = bela.publishes(trip("Osaka by night")).await;
    let (gone, kept) = (rates(&chitra, &kyoto, 4).await, rates(&chitra, &osaka, 2).await);
    world.get(&of(&kyoto, "ratings")).await.is(200);
    ban(&world, "asha").await;
    assert_hidden(&world, &gone, &[&bela]).await;
    world.get(&of(&kyoto, "ratings")).await.fails(404, "not_found");
    world.get(&of(&kyoto, "safety-rating")).await.fails(404, "not_found");
    bela.post(&of(&kyoto, "rating"), json!({ "rating": 5 })).await.fails(404, "not_found");
    assert_eq!(ids(&world.get(LIST).await), [kept]);
}

#[tokio::test]
async fn others_learn_the_month_of_an_experience_once_it_is_over() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let osaka = asha.publishes(trip("Osaka by night")).await;
    let rate = async |trip: &str, month: &str, day: &str| {
        let body = json!({ "rating": 4, "experience_date": day });
        let made = bela.post(&of(trip, "rating"), body).await.is(201);
        assert_eq!((&made.data()["experience_date"], &made.data()["experience_month"]), (&json!(day), &json!(month)));
        made.data()["id"].as_str().unwrap().to_owned()
    };
    let (now, past) = (rate(&kyoto, "2026-11", "2026-11-21").await, rate(&osaka, "2026-10", "2026-10-04").await);
    for (trip, id, month) in [(&kyoto, &now, Value::Null), (&osaka, &past, json!("2026-10"))] {
        // The cache is filled by each of them, and shows the others nothing of hers.
        for reader in [Some(&bela), None, Some(&asha)] {
            for path in [at(id), of(trip, "ratings"), at(trip), LIST.to_owned()] {
                let token = reader.map(|r| r.token.as_str());
                let answer = world.call("GET".parse().unwrap(), &path, token, None).await.is(200);
                let listed = answer.data().as_array().or_else(|| answer.data()["ratings"].as_array());
                let view = listed.map_or(answer.data(), |l| l.iter().find(|v| v["id"] == **id).unwrap());
                let is_hers = reader.is_some_and(|r| r.id == bela.id);
                assert_eq!(view["experience_date"].is_string(), is_hers, "{path}: {view}");
                if !is_hers {
                    assert_eq!(view["experience_month"], month, "{path}");
                    assert!(!answer.text.contains("-21\"") && !answer.text.contains("10-04"), "{}", answer.text);
                }
            }
        }
    }
    // Nor does the trip's own page say it.
    assert!(!world.get(&format!("/api/itineraries/{osaka}")).await.text.contains("2026-10"));
}

#[tokio::test]
async fn a_rater_is_shown_without_an_address() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let id = rates(&bela, &kyoto, 4).await;
    for path in [at(&id), of(&kyoto, "ratings"), LIST.to_owned()] {
        let answer = world.get(&path).await.is(200);
        assert!(answer.text.contains("bela") && !answer.text.contains("example.org"), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_ratings_of_whoever_left_vanish_and_no_longer_count() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let (gone, kept) = (rates(&bela, &kyoto, 1).await, rates(&chitra, &kyoto, 5).await);
    assert_eq!(safety(&world, &kyoto).await[0], 3.0);
    let leave = json!({ "current_password": "Test123!" });
    world.call("DELETE".parse().unwrap(), "/api/auth/me", Some(&bela.token), Some(leave)).await.is(200);
    world.run_jobs().await;
    assert_hidden(&world, &gone, &[&asha, &chitra]).await;
    assert_eq!(ids(&world.get(&of(&kyoto, "ratings")).await), [kept]);
    assert_eq!(safety(&world, &kyoto).await[0], 5.0);
}
