//! Publishing and hiding, certificates, and what is on show.

use crate::{LIST, MINUTE, NOBODYS, SECOND, and, at, disable, less, trip};
use axum::http::Method;
use testkit::{World, json, within};

#[tokio::test]
async fn an_author_publishes_and_hides_a_trip_as_often_as_they_like() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    bela.publishes(trip("Osaka by night")).await;
    let path = at(&asha.publishes(and(trip("Kyoto on foot"), json!({ "is_published": false }))).await);
    let (publish, unpublish) = (format!("{path}/publish"), format!("{path}/unpublish"));
    world.advance(MINUTE);
    for state in [true, false, true] {
        let (address, message) =
            if state { (&publish, "Itinerary published") } else { (&unpublish, "Itinerary unpublished") };
        let first = asha.post(address, json!({ "is_published": !state })).await.is(200);
        assert_eq!((first.message(), &first.data()["is_published"]), (message, &json!(state)));
        world.advance(SECOND);
        let again = world.call(Method::POST, address, Some(&asha.token), None).await.is(200);
        assert_eq!(again.data(), first.data(), "the second time changes nothing, not even when it was changed");
        for reader in [None, Some(&bela)] {
            let get = async |path: &str| match reader {
                None => world.get(path).await,
                Some(bela) => bela.get(path).await,
            };
            assert_eq!(get(&path).await.status, if state { 200 } else { 404 });
            let listed = get(LIST).await.titles().contains(&"Kyoto on foot");
            assert_eq!(listed, state);
        }
    }
}

#[tokio::test]
async fn nobody_else_publishes_or_hides_it() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    let shown = at(&asha.publishes(trip("Kyoto on foot")).await);
    let draft = at(&asha.publishes(and(trip("Secret Kyoto"), json!({ "is_published": false }))).await);
    let gone = at(&asha.publishes(trip("Gone for good")).await);
    asha.delete(&gone).await.is(200);
    for verb in ["publish", "unpublish"] {
        let on = |path: &str| format!("{path}/{verb}");
        let nobodys = less(&bela.post(&on(NOBODYS), json!({})).await.fails(404, "not_found").body, &["request_id"]);
        for other in [&bela, &root] {
            other.post(&on(&shown), json!({})).await.fails(403, "not_author");
            for hidden in [&draft, &gone] {
                let answer = other.post(&on(hidden), json!({})).await.fails(404, "not_found");
                assert_eq!(less(&answer.body, &["request_id"]), nobodys);
            }
        }
        asha.post(&on(&gone), json!({})).await.fails(404, "not_found");
        world.post(&on(&shown), json!({})).await.fails(401, "missing_token");
    }
    assert_eq!(world.get(&shown).await.is(200).data()["is_published"], true);
    world.get(&draft).await.is(404);
    disable(&world, &asha).await;
    bela.post(&format!("{shown}/publish"), json!({})).await.fails(404, "not_found");
}

#[tokio::test]
async fn a_reply_given_before_does_not_bring_back_a_deleted_trip() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let path = at(&asha.publishes(trip("Kyoto on foot")).await);
    let again = async || {
        let headers = [("authorization", crate::bearer(&asha)), ("idempotency-key", "once".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        world.send(crate::request("POST", &format!("{path}/publish"), &headers, json!({}))).await
    };
    let first = again().await.is(200);
    assert_eq!(again().await.is(200).body, first.body);
    asha.delete(&path).await.is(200);
    again().await.fails(404, "not_found");
}

#[tokio::test]
async fn administrators_alone_say_what_is_on_show_and_what_is_safe_for_women() {
    let world = World::new().await;
    let (asha, bela, root) = (world.person("asha").await, world.person("bela").await, world.admin("captain").await);
    asha.publishes(trip("Osaka by night")).await;
    let id = asha.publishes(trip("Kyoto on foot")).await;
    let draft = asha.publishes(and(trip("Secret Kyoto"), json!({ "is_published": false }))).await;
    let nobodys = "01a3b1c2-7a00-7000-8000-0000000000ff";
    let calls = |id: &str| {
        [
            (Method::DELETE, format!("/api/itineraries/{id}/feature")),
            (Method::POST, format!("/api/admin/itineraries/{id}/feature")),
            (Method::POST, format!("/api/admin/itineraries/{id}/women-safe")),
            (Method::DELETE, format!("/api/admin/itineraries/{id}/women-safe")),
        ]
    };
    for id in [id.as_str(), &draft, nobodys, "no-id"] {
        for (method, path) in calls(id) {
            for other in [&asha, &bela] {
                world.call(method.clone(), &path, Some(&other.token), None).await.fails(403, "admin_required");
            }
            world.call(method, &path, None, None).await.fails(401, "missing_token");
        }
    }
    for id in [draft.as_str(), nobodys, "no-id"] {
        for (method, path) in calls(id) {
            world.call(method, &path, Some(&root.token), None).await.fails(404, "not_found");
        }
    }
    let state = async || {
        let view = world.get(&at(&id)).await.is(200);
        [view.data()["is_featured"].clone(), view.data()["women_safe_certified"].clone()]
    };
    let women_safe = format!("/api/admin/itineraries/{id}/women-safe");
    assert_eq!(state().await, [false, false]);
    for _ in 0..2 {
        assert_eq!(root.post(&women_safe, json!({})).await.is(200).data()["women_safe_certified"], true);
        assert_eq!(state().await, [false, true]);
    }
    assert_eq!(world.get(&format!("{LIST}?women_safe=true")).await.titles(), ["Kyoto on foot"]);
    for _ in 0..2 {
        assert_eq!(root.delete(&women_safe).await.is(200).data()["women_safe_certified"], false);
        assert_eq!(state().await, [false, false]);
    }
    let (feature, toggle) = (format!("{}/feature", at(&id)), format!("/api/admin/itineraries/{id}/feature"));
    root.post(&feature, json!({})).await.is(200);
    assert_eq!(state().await, [true, false]);
    for _ in 0..2 {
        let view = root.delete(&feature).await.is(200);
        assert_eq!((&view.data()["is_featured"], &view.data()["featured_at"]), (&json!(false), &json!(null)));
        assert_eq!(state().await, [false, false]);
    }
    for featured in [true, false, true] {
        assert_eq!(root.post(&toggle, json!({})).await.is(200).data()["is_featured"], featured);
        assert_eq!(state().await, [json!(featured), json!(false)]);
    }
    disable(&world, &asha).await;
    for (method, path) in calls(&id) {
        world.call(method, &path, Some(&root.token), None).await.fails(404, "not_found");
    }
    let states =
        "select cast(count(*) as bigint) from itineraries where is_featured = TRUE or women_safe_certified = TRUE";
    assert_eq!(world.scalar(states).await, 1, "nothing was changed by a call that found nothing");
}

#[tokio::test]
async fn no_author_certifies_a_trip() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let claims = json!({ "women_safe_certified": true, "women_safe_verified": true, "women_safe": true });
    let made = asha.post(LIST, and(trip("Kyoto on foot"), claims.clone())).await.is(201);
    assert_eq!(made.data()["women_safe_certified"], false);
    let path = at(made.data()["id"].as_str().unwrap());
    assert_eq!(asha.patch(&path, claims.clone()).await.is(200).data()["women_safe_certified"], false);
    let published = asha.post(&format!("{path}/publish"), claims).await.is(200);
    assert_eq!(published.data()["women_safe_certified"], false);
}

#[tokio::test]
async fn a_hidden_trip_is_gone_from_other_processes_within_a_second() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let path = at(&asha.publishes(trip("Kyoto on foot")).await);
    let beside = world.beside().await;
    let there = async || beside.get(&path).await.status == 200 && !beside.get(LIST).await.titles().is_empty();
    let gone = async || beside.get(&path).await.status == 404 && beside.get(LIST).await.titles().is_empty();
    assert!(there().await);
    asha.post(&format!("{path}/unpublish"), json!({})).await.is(200);
    within(SECOND, gone).await;
    asha.post(&format!("{path}/publish"), json!({})).await.is(200);
    within(SECOND, there).await;
}
