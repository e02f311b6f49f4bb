//! What an operator does on the terminal.

use crate::{HOUR, SECOND, another_device};
use accounts::admin;
use axum::http::Method;
use kernel::Error;
use secrecy::SecretString;
use testkit::{Person, World, json, within};

/// Whether administrators' addresses open.
async fn administrates(person: &Person<'_>) -> bool {
    let me = person.get("/api/auth/me").await.is(200).data()["is_admin"].as_bool().unwrap();
    let feature = person.post("/api/itineraries/nonexistent-id/feature", json!({})).await;
    match feature.status {
        403 => assert!(!me),
        404 => assert!(me),
        _ => panic!("{}", feature.text),
    }
    me
}

#[tokio::test]
async fn the_role_is_granted_and_revoked_at_once_on_all_devices() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let tablet = another_device(&world, "asha").await;
    for person in [&asha, &tablet, &bela] {
        assert!(!administrates(person).await);
    }
    admin::grant(&world.app, " ASHA@Example.org ").await.unwrap();
    assert!(administrates(&asha).await && administrates(&tablet).await && !administrates(&bela).await);
    admin::revoke(&world.app, "asha@example.org").await.unwrap();
    for person in [&asha, &tablet, &bela] {
        assert!(!administrates(person).await);
    }
}

#[tokio::test]
async fn the_role_reaches_other_processes_within_a_second() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let beside = world.beside().await;
    let there = &asha.at(&beside);
    assert!(!administrates(there).await);
    admin::grant(&world.app, "asha@example.org").await.unwrap();
    let path = "/api/itineraries/nonexistent-id/feature";
    let feature = || beside.call(Method::POST, path, Some(&there.token), None);
    within(SECOND, || async { feature().await.status == 404 }).await;
    admin::revoke(&world.app, "asha@example.org").await.unwrap();
    within(SECOND, || async { feature().await.status == 403 }).await;
}

#[tokio::test]
async fn nobody_is_granted_the_role_by_a_wrong_address() {
    let world = World::new().await;
    world.person("asha").await;
    for wrong in ["nobody@example.org", "asha", ""] {
        assert!(matches!(admin::grant(&world.app, wrong).await, Err(Error::NotFound(_))), "{wrong}");
        assert!(matches!(admin::revoke(&world.app, wrong).await, Err(Error::NotFound(_))), "{wrong}");
    }
    assert!(admin::list(&world.app).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_list_has_all_administrators_and_nobody_else() {
    let world = World::new().await;
    world.person("asha").await;
    world.advance(HOUR);
    world.person("bela").await;
    world.advance(HOUR);
    world.person("chitra").await;
    for name in ["chitra", "asha"] {
        admin::grant(&world.app, &format!("{name}@example.org")).await.unwrap();
    }
    let names = async || -> Vec<String> {
        admin::list(&world.app)
            .await
            .unwrap()
            .into_iter()
            .map(|row| format!("{} {}", row.username, row.email))
            .collect()
    };
    assert_eq!(names().await, ["asha asha@example.org", "chitra chitra@example.org"]);
    admin::revoke(&world.app, "asha@example.org").await.unwrap();
    assert_eq!(names().await, ["chitra chitra@example.org"]);
}

#[tokio::test]
async fn an_administrator_can_be_created_and_sign_in() {
    let world = World::new().await;
    let create = async |email: &str, username: &str, password: &str| {
        admin::create(&world.app, email, username, SecretString::from(password)).await
    };
    let id = create("root@example.org", "captain", "a long passphrase").await.unwrap();
    let login = json!({ "email": "ROOT@example.org", "password": "a long passphrase" });
    let captain = Person::signed_in(&world, &world.post("/api/auth/login", login).await.is(200));
    assert_eq!(captain.id, id.to_string());
    assert!(administrates(&captain).await);

    let taken = |result| matches!(result, Err(Error::Conflict { .. }));
    assert!(taken(create("Root@Example.org", "other", "a long passphrase").await));
    assert!(taken(create("other@example.org", "CAPTAIN", "a long passphrase").await));
    match create("nobody", "x", "short").await {
        Err(Error::Invalid(faults)) => {
            let fields: Vec<&String> = faults.by_field().keys().collect();
            assert_eq!(fields, ["email", "password", "username"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(admin::list(&world.app).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_ban_ends_every_session_and_hides_everything_and_an_unban_brings_it_back() {
    let world = World::new().await;
    let (eve, asha) = (world.person("eve").await, world.person("asha").await);
    let trip = eve.publishes(json!({ "title": "A trip of hers", "destination": "Porto, Portugal" })).await;
    let path = format!("/api/itineraries/{trip}");
    world.get(&path).await.is(200);

    admin::ban(&world.app, "EVE@example.org").await.unwrap();
    eve.get("/api/auth/me").await.fails(401, "invalid_token");
    world.post("/api/auth/refresh", json!({ "refresh_token": eve.refresh })).await.fails(401, "invalid_refresh_token");
    let login = json!({ "email": "eve@example.org", "password": "Test123!" });
    world.post("/api/auth/login", login.clone()).await.fails(403, "account_disabled");
    world.get(&path).await.fails(404, "not_found");
    asha.get(&path).await.fails(404, "not_found");
    assert!(world.get("/api/itineraries").await.is(200).titles().is_empty());
    asha.get("/api/auth/me").await.is(200);

    admin::unban(&world.app, "eve@example.org").await.unwrap();
    eve.get("/api/auth/me").await.fails(401, "invalid_token");
    world.post("/api/auth/login", login).await.is(200);
    world.get(&path).await.is(200);
}
