//! Signing in, and who learns what of whom.

use crate::{DAY, another_device, get_as, me, refresh, request, text};
use kernel::sql;
use serde_json::Value;
use testkit::{Answer, World, json, within};

async fn login(world: &World, email: &str, password: &str) -> Answer {
    world.post("/api/auth/login", json!({ "email": email, "password": password })).await
}

#[tokio::test]
async fn the_right_password_signs_in() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.person("bela").await;
    let answer = login(&world, "asha@example.org", "Test123!").await.is(200);
    assert_eq!(answer.message(), "Login successful");
    let data = answer.data();
    assert_eq!((&data["user"]["id"], &data["user"]["email"]), (&json!(asha.id), &json!("asha@example.org")));
    assert_eq!(data["access_token"], data["tokens"]["access"]);
    assert_eq!(data["refresh_token"], data["tokens"]["refresh"]);
    assert_ne!(data["refresh_token"], json!(asha.refresh), "each device has a session of its own");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(me(&world, &text(&answer, "access_token")).await.is(200).data(), &data["user"]);
    me(&world, &asha.token).await.is(200);
}

#[tokio::test]
async fn the_email_may_be_spelled_in_any_way() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.person("ashb").await;
    for spelling in ["asha@example.org", "ASHA@Example.ORG", "  asha@example.org ", "ａｓｈａ@example.org"] {
        let answer = login(&world, spelling, "Test123!").await.is(200);
        assert_eq!(answer.data()["user"]["id"], asha.id, "{spelling}");
    }
    login(&world, "asha@example.org", "test123!").await.fails(401, "invalid_credentials");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_get_the_same_answer() {
    let world = World::new().await;
    world.person("asha").await;
    let mut bodies = Vec::new();
    for (email, password) in [
        ("asha@example.org", "Test123?"),
        ("nobody@example.org", "Test123!"),
        ("nobody", "x"),
        ("asha@example.org", ""),
    ] {
        let answer = login(&world, email, password).await.fails(401, "invalid_credentials");
        let mut body = answer.body;
        body.as_object_mut().unwrap().remove("request_id").unwrap();
        bodies.push(body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[tokio::test]
async fn a_sign_in_that_fails_takes_its_time_whoever_it_was_for() {
    let world = World::with(&[("SIGN_IN_FAILURE_MILLIS", "400")]).await;
    world.person("asha").await;
    world.person("bela").await;
    // Of the predecessor, and slower than ours.
    let old = "scrypt:32768:8:1$a1b2c3d4e5f6g7h8$47e21c2e025b078d9e3abe3a7994263d9e440706eb781cfccabc87b950b9635a\
               7be3bcc44bc57dd5c6a84ce731bd4dd9030109ec839800ae06c4a554e0ce2d60";
    world.sql(sql!("update travelers set password_hash = $1 where username = 'bela'").bind(old)).await;
    for email in ["asha@example.org", "bela@example.org", "nobody@example.org"] {
        let begun = std::time::Instant::now();
        login(&world, email, "Wrong-pass-1").await.fails(401, "invalid_credentials");
        assert!(begun.elapsed().as_millis() >= 400, "{email}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn login_says_what_it_lacks() {
    let world = World::new().await;
    let answer = world.post("/api/auth/login", json!({})).await.fails(400, "validation_failed");
    assert_eq!(answer.body["details"], json!({ "email": ["is required"], "password": ["is required"] }));
    let answer =
        world.post("/api/auth/login", json!({ "email": "a@example.org" })).await.fails(400, "validation_failed");
    assert_eq!(answer.body["details"], json!({ "password": ["is required"] }));
}

#[tokio::test]
async fn a_disabled_account_is_told_so_only_to_who_knows_its_password() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    asha.get("/api/auth/me").await.is(200);
    bela.get("/api/auth/me").await.is(200);
    world.sql(sql!("update travelers set is_active = FALSE where username = 'asha'")).await;

    login(&world, "asha@example.org", "Test123!").await.fails(403, "account_disabled");
    let unknown = login(&world, "nobody@example.org", "Test123?").await.fails(401, "invalid_credentials");
    let wrong = login(&world, "asha@example.org", "Test123?").await.fails(401, "invalid_credentials");
    assert_eq!(wrong.message(), unknown.message());

    let asha = &asha;
    within(crate::SECOND, || async { asha.get("/api/auth/me").await.status == 401 }).await;
    asha.get("/api/auth/me").await.fails(401, "invalid_token");
    asha.get("/api/itineraries").await.fails(401, "invalid_token");
    refresh(&world, &asha.refresh).await.fails(401, "invalid_refresh_token");
    bela.get("/api/auth/me").await.is(200);
    refresh(&world, &bela.refresh).await.is(200);

    world.sql(sql!("update travelers set is_active = TRUE where username = 'asha'")).await;
    login(&world, "asha@example.org", "Test123!").await.is(200);
}

#[tokio::test]
async fn a_taken_email_stays_taken_while_its_account_is_disabled() {
    let world = World::new().await;
    world.person("asha").await;
    world.sql(sql!("update travelers set is_active = FALSE")).await;
    let again = json!({ "email": "asha@example.org", "username": "asha2", "password": "Test123!" });
    world.post("/api/auth/register", again).await.fails(409, "email_taken");
}

/// Everything that bela can make the service say, with and without a token.
async fn everything_said(world: &World) -> String {
    let bela = another_device(world, "bela").await;
    let mut said = vec![
        bela.get("/api/auth/me").await,
        refresh(world, &bela.refresh).await,
        world
            .post(
                "/api/auth/register",
                json!({ "email": "asha@example.org", "username": "x1x", "password": "Test123!" }),
            )
            .await,
        world
            .post(
                "/api/auth/register",
                json!({ "email": "x1x@example.org", "username": "asha", "password": "Test123!" }),
            )
            .await,
        world.post("/api/auth/register", json!({ "email": "x", "username": "y", "password": "hunter2" })).await,
        login(world, "asha@example.org", "hunter2").await,
        world.get("/api/itineraries").await,
        bela.get("/api/itineraries").await,
        world.get("/openapi.json").await,
    ];
    for trip in said[6].data().as_array().unwrap().clone() {
        let path = format!("/api/itineraries/{}", trip["id"].as_str().unwrap());
        said.push(world.get(&path).await);
        said.push(bela.get(&path).await);
        said.push(bela.put(&path, json!({ "title": "Not mine at all" })).await);
    }
    assert_eq!(said.len(), 12);
    let mut text: Vec<String> = said.iter().map(|a| a.text.clone()).collect();
    text.extend(said.iter().flat_map(|a| a.headers.values().map(|v| format!("{v:?}"))));
    text.join("\n")
}

#[tokio::test]
async fn no_answer_shows_a_password_a_hash_or_what_is_private_to_another() {
    let world = World::new().await;
    let asha = json!({
        "email": "asha@secret-host.example", "username": "asha", "password": "canary-password-1",
        "full_name": "Canary Fullname", "display_name": "Asha",
    });
    let answer = world.post("/api/auth/register", asha).await.is(201);
    assert!(!answer.text.contains("canary-password-1") && !answer.text.contains("argon2"), "{}", answer.text);
    let asha = testkit::Person::signed_in(&world, &answer);
    asha.publishes(json!({ "title": "Kyoto on foot", "destination": "Kyoto" })).await;
    world.person("bela").await;
    let said = everything_said(&world).await;
    assert!(said.contains("Kyoto on foot") && said.contains("bela@example.org"), "the walk saw something");
    for secret in ["secret-host", "Canary Fullname", "canary-password-1", "$argon2", "password_hash", "hunter2"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[tokio::test]
async fn signing_in_ignores_an_authorization_that_is_not_good() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for (n, bad) in ["Bearer garbage", "Basic YTpi", "Bearer ", "nonsense"].into_iter().enumerate() {
        get_as(&world, "/api/itineraries", &[bad]).await.fails(401, "invalid_token");
        let new = json!({ "email": format!("n{n}@example.org"), "username": format!("n{n}n"), "password": "Test123!" });
        world.send(request("POST", "/api/auth/register", &[("authorization", bad)], new)).await.is(201);
        let known = json!({ "email": "asha@example.org", "password": "Test123!" });
        let answer = world.send(request("POST", "/api/auth/login", &[("authorization", bad)], known)).await.is(200);
        assert_eq!(answer.data()["user"]["id"], asha.id);
    }
    world.advance(DAY);
    let expired = format!("Bearer {}", asha.token);
    let known = json!({ "email": "asha@example.org", "password": "Test123!" });
    world.send(request("POST", "/api/auth/login", &[("authorization", &expired)], known)).await.is(200);
    assert_eq!(get_as(&world, "/api/auth/me", &[&expired]).await.fails(401, "invalid_token").data(), &Value::Null);
}

#[tokio::test]
async fn the_predecessors_hashes_still_open_the_door_and_are_replaced() {
    let world = World::new().await;
    world.person("asha").await;
    let old = "scrypt:32768:8:1$a1b2c3d4e5f6g7h8$47e21c2e025b078d9e3abe3a7994263d9e440706eb781cfccabc87b950b9635a\
               7be3bcc44bc57dd5c6a84ce731bd4dd9030109ec839800ae06c4a554e0ce2d60";
    world.sql(kernel::sql!("update travelers set password_hash = $1").bind(old)).await;
    let login = |password: &str| json!({ "email": "asha@example.org", "password": password });
    world.post("/api/auth/login", login("Test123!")).await.fails(401, "invalid_credentials");
    let replaced = "select cast(count(*) as bigint) from travelers where password_hash like '$argon2id$%'";
    assert_eq!(world.scalar(replaced).await, 0);
    world.post("/api/auth/login", login("Legacy-pass-1")).await.is(200);
    assert_eq!(world.scalar(replaced).await, 1);
    world.post("/api/auth/login", login("Legacy-pass-1")).await.is(200);
}
