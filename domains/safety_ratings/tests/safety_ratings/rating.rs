//! Rating a trip, reading it, changing it, taking it back.

use crate::{LIST, MINE, NOBODYS, and, at, ids, less, of, rates, safety, trip};
use serde_json::Value;
use testkit::{World, json};

#[tokio::test]
async fn a_trip_is_rated_once_and_then_changed() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let osaka = asha.publishes(trip("Osaka by night")).await;
    rates(&chitra, &kyoto, 1).await;
    rates(&bela, &osaka, 2).await;
    let body = json!({
        "itinerary_id": kyoto, "overall_safety_score": 4, "rating_type": "route", "detailed_feedback": " Well lit. ",
        "accommodation_safety": 5, "route_safety": 4, "community_safety": 3, "women_safety_score": 2,
        "experience_date": "2026-10-04", "photo_ipfs_hashes": ["QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnJ9bP"],
        "local_area_safety": 3, "transportation_safety": 2,
    });
    let made = bela.post(LIST, body).await.is(201);
    assert_eq!(made.message(), "Safety rating added");
    let id = made.data()["id"].as_str().unwrap();
    let expected = json!({
        "id": id, "itinerary_id": kyoto, "traveler_id": bela.id, "traveler_sbt_id": null,
        "overall_safety_score": 4, "rating": 4, "rating_type": "route", "detailed_feedback": "Well lit.",
        "accommodation_safety": 5, "route_safety": 4, "community_safety": 3, "women_safety_score": 2,
        "experience_date": "2026-10-04", "experience_month": "2026-10",
        "photo_ipfs_hashes": ["QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnJ9bP"], "verified_traveler": false,
        "helpful_votes": 0, "unhelpful_votes": 0, "helpful_count": 0, "unhelpful_count": 0, "user_vote": null,
        "created_at": "2026-11-23T09:30:00.000000Z", "updated_at": "2026-11-23T09:30:00.000000Z",
    });
    assert_eq!(less(made.data(), &["author"]), expected);
    assert_eq!(made.data()["author"]["username"], "bela");
    assert_eq!(bela.get(&at(id)).await.is(200).data(), made.data());

    // The same again by either door changes what is given and keeps what is not.
    let again = bela.post(&of(&kyoto, "rating"), json!({ "rating": 5, "review_text": "Better" })).await.is(200);
    assert_eq!(again.message(), "Safety rating updated");
    let mut changed = expected.clone();
    (changed["overall_safety_score"], changed["rating"]) = (json!(5), json!(5));
    changed["detailed_feedback"] = json!("Better");
    assert_eq!(less(again.data(), &["author"]), changed);
    let other = world.get(&of(&osaka, "ratings")).await.is(200);
    assert_eq!(
        (&other.data()[0]["overall_safety_score"], &other.data()[0]["detailed_feedback"]),
        (&json!(2), &Value::Null)
    );
    assert_eq!(world.scalar("select cast(count(*) as bigint) from safety_ratings").await, 3);
}

#[tokio::test]
async fn nobody_rates_their_own_trip_or_one_that_is_not_there() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let five = |id: &str| json!({ "itinerary_id": id, "overall_safety_score": 5 });
    asha.post(LIST, five(&kyoto)).await.fails(403, "own_itinerary");
    asha.post(&of(&kyoto, "rating"), json!({ "rating": 5 })).await.fails(403, "own_itinerary");
    let mut bodies = Vec::new();
    for id in [NOBODYS, "nonexistent-id", "0"] {
        for answer in [bela.post(LIST, five(id)).await, bela.post(&of(id, "rating"), json!({ "rating": 5 })).await] {
            bodies.push(less(&answer.fails(404, "not_found").body, &["request_id"]));
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    world.post(LIST, five(&kyoto)).await.fails(401, "missing_token");
    world.post(&of(&kyoto, "rating"), json!({ "rating": 5 })).await.fails(401, "missing_token");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from safety_ratings").await, 0);
    assert_eq!(safety(&world, &kyoto).await, json!([0.0, 0, 0.0, 0.0]));
}

#[tokio::test]
async fn its_author_changes_a_rating_and_takes_it_back_and_nobody_else_does() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let (hers, his) = (rates(&bela, &kyoto, 4).await, rates(&root, &kyoto, 2).await);
    for other in [&asha, &root] {
        other.put(&at(&hers), json!({ "rating": 1 })).await.fails(403, "not_author");
        other.patch(&at(&hers), json!({ "rating": 1 })).await.fails(403, "not_author");
    }
    asha.delete(&at(&hers)).await.fails(403, "not_author");
    for method in ["PUT", "PATCH", "DELETE"] {
        world.call(method.parse().unwrap(), &at(&hers), None, Some(json!({}))).await.fails(401, "missing_token");
    }
    for id in [NOBODYS, "nonexistent-id", &kyoto] {
        bela.put(&at(id), json!({ "rating": 1 })).await.fails(404, "not_found");
        bela.delete(&at(id)).await.fails(404, "not_found");
    }
    let change = json!({ "detailed_feedback": "Dark at night", "route_safety": 2, "experience_date": "2026-09-01" });
    let changed = bela.patch(&at(&hers), change).await.is(200);
    assert_eq!(changed.message(), "Safety rating updated");
    assert_eq!((&changed.data()["rating"], &changed.data()["route_safety"]), (&json!(4), &json!(2)));
    assert_eq!(changed.data()["experience_date"], "2026-09-01");
    let cleared = bela.put(&at(&hers), json!({ "detailed_feedback": null, "route_safety": null })).await.is(200);
    assert_eq!((&cleared.data()["detailed_feedback"], &cleared.data()["route_safety"]), (&Value::Null, &Value::Null));
    assert_eq!(bela.get(&at(&hers)).await.is(200).data(), cleared.data());

    assert_eq!(bela.delete(&at(&hers)).await.is(200).message(), "Safety rating deleted");
    bela.delete(&at(&hers)).await.fails(404, "not_found");
    bela.get(&at(&hers)).await.fails(404, "not_found");
    assert_eq!(ids(&world.get(&of(&kyoto, "ratings")).await.is(200)), [his]);
    bela.post(&of(&kyoto, "rating"), json!({ "rating": 5 })).await.is(201);
}

#[tokio::test]
async fn what_belongs_to_the_server_cannot_be_sent() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let osaka = asha.publishes(trip("Osaka by night")).await;
    let forged = json!({
        "rating": 3, "verified_traveler": true, "helpful_votes": 99, "unhelpful_count": 99, "traveler_id": asha.id,
        "id": NOBODYS, "created_at": "2020-01-01T00:00:00Z", "safety_score": 5,
    });
    let made = bela.post(&of(&kyoto, "rating"), forged.clone()).await.is(201);
    let id = made.data()["id"].as_str().unwrap();
    let moved = bela.patch(&at(id), and(forged, json!({ "itinerary_id": osaka }))).await.is(200);
    for answer in [&made, &moved] {
        let view = answer.data();
        assert_eq!((&view["verified_traveler"], &view["helpful_votes"]), (&json!(false), &json!(0)));
        assert_eq!((&view["unhelpful_count"], &view["traveler_id"]), (&json!(0), &json!(bela.id)));
        assert_eq!((&view["id"], &view["itinerary_id"]), (&json!(id), &json!(kyoto)));
        assert_eq!(view["created_at"], "2026-11-23T09:30:00.000000Z");
    }
}

#[tokio::test]
async fn one_has_a_list_of_what_one_rated() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let osaka = asha.publishes(trip("Osaka by night")).await;
    let first = rates(&bela, &kyoto, 4).await;
    world.advance(std::time::Duration::from_secs(1));
    let second = rates(&bela, &osaka, 2).await;
    rates(&world.person("chitra").await, &osaka, 3).await;
    let mine = bela.get(MINE).await.is(200);
    assert_eq!((ids(&mine), &mine.body["pagination"]["total"]), (vec![second, first.clone()], &json!(2)));
    assert_eq!(ids(&bela.get(&format!("{MINE}?per_page=1&page=2")).await.is(200)), [first]);
    assert_eq!(mine.data()[0]["experience_date"], "2026-11-23");
    assert_eq!(asha.get(MINE).await.is(200).data(), &json!([]));
    world.get(MINE).await.fails(401, "missing_token");
}

#[tokio::test]
async fn the_same_key_rates_once_and_gets_the_same_reply() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let send = async |score: i64| {
        let request = axum::http::Request::post(of(&kyoto, "rating"))
            .header("authorization", format!("Bearer {}", bela.token))
            .header("content-type", "application/json")
            .header("idempotency-key", "k-1")
            .body(axum::body::Body::from(json!({ "rating": score }).to_string()));
        world.send(request.unwrap()).await
    };
    let first = send(4).await.is(201);
    assert_eq!(send(4).await.is(201).text, first.text);
    send(5).await.fails(409, "idempotency_key_reused");
    assert_eq!(safety(&world, &kyoto).await[0], 4.0);
}

#[tokio::test]
async fn an_administrator_takes_a_rating_away_and_the_score_follows_at_once() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let root = world.admin("captain").await;
    let (kyoto, osaka) = (asha.publishes(trip("Kyoto on foot")).await, asha.publishes(trip("Osaka by night")).await);
    let (bad, good) = (rates(&bela, &kyoto, 1).await, rates(&chitra, &kyoto, 5).await);
    let elsewhere = rates(&bela, &osaka, 2).await;
    chitra.post(&format!("{}/helpful", at(&bad)), json!({})).await.is(200);
    assert_eq!(safety(&world, &kyoto).await[0], 3.0);
    root.delete(&at(&bad)).await.is(200);
    assert_eq!(safety(&world, &kyoto).await[0], 5.0);
    assert_eq!(safety(&world, &kyoto).await[1], 1);
    assert_eq!(world.get(&format!("/api/itineraries/{kyoto}")).await.data()["safety_score"], 5.0);
    bela.get(&at(&bad)).await.fails(404, "not_found");
    root.delete(&at(&bad)).await.fails(404, "not_found");
    assert_eq!(ids(&world.get(&of(&kyoto, "ratings")).await.is(200)), [good.as_str()]);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from safety_rating_votes").await, 0);
    // The trip's own author has no such power, nor may an administrator write in another's name.
    asha.delete(&at(&good)).await.fails(403, "not_author");
    root.patch(&at(&good), json!({ "rating": 1 })).await.fails(403, "not_author");
    // What an administrator does not see is not there.
    asha.patch(&format!("/api/itineraries/{osaka}"), json!({ "is_published": false })).await.is(200);
    root.delete(&at(&elsewhere)).await.fails(404, "not_found");
}

#[tokio::test]
async fn an_administrator_confirms_the_session_first_where_that_is_required() {
    let world = World::with(&[("ADMIN_STEP_UP", "required")]).await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let kyoto = asha.publishes(trip("Kyoto on foot")).await;
    let hers = rates(&bela, &kyoto, 1).await;
    root.delete(&at(&hers)).await.fails(403, "step_up_required");
    asha.delete(&at(&hers)).await.fails(403, "not_author");
    let his = rates(&root, &kyoto, 3).await;
    root.delete(&at(&his)).await.is(200);
    bela.delete(&at(&hers)).await.is(200);
}
