//! New accounts: what they need, what they may be called, and that each e-mail and name has one owner.

use crate::{me, next, request, text};
use futures_util::future::join_all;
use serde_json::Value;
use testkit::{Answer, World, json};

async fn register(world: &World, email: &str, username: &str) -> Answer {
    let body = json!({ "email": email, "username": username, "password": "Test123!" });
    world.post("/api/auth/register", body).await
}

#[tokio::test]
async fn registering_makes_an_account_and_signs_it_in() {
    let world = World::new().await;
    let body = json!({
        "email": "Asha@Example.org", "username": "Asha_Rao", "password": "Test123!",
        "display_name": " Asha R. ", "full_name": "Asha Rao",
    });
    let answer = world.post("/api/auth/register", body).await.is(201);
    assert_eq!((&answer.body["status"], answer.message()), (&json!("success"), "User registered successfully"));
    let data = answer.data();
    assert_eq!(data["access_token"], data["tokens"]["access"]);
    assert_eq!(data["refresh_token"], data["tokens"]["refresh"]);
    let user = &data["user"];
    let expected = json!(["Asha@Example.org", "Asha_Rao", "Asha R.", "Asha Rao", false, false, true]);
    let fields = ["email", "username", "display_name", "full_name", "email_verified", "is_admin", "is_active"];
    assert_eq!(json!(fields.map(|f| &user[f])), expected);
    assert_eq!(user["created_at"], "2026-11-23T09:30:00.000000Z");
    assert_eq!(answer.header("cache-control"), "no-store");

    assert_eq!(me(&world, &text(&answer, "access_token")).await.is(200).data(), user);
    next(&world, &text(&answer, "refresh_token")).await;
}

#[tokio::test]
async fn without_a_display_name_the_username_is_shown() {
    let world = World::new().await;
    let names = |answer: Answer| {
        let answer = answer.is(201);
        let user = &answer.data()["user"];
        (user["display_name"].clone(), user["full_name"].clone())
    };
    assert_eq!(names(register(&world, "a@example.org", "Asha_Rao").await), (json!("Asha_Rao"), Value::Null));
    let blank = json!({
        "email": "b@example.org", "username": "bela", "password": "Test123!", "display_name": "  ", "full_name": "",
    });
    assert_eq!(names(world.post("/api/auth/register", blank).await), (json!("bela"), Value::Null));
}

#[tokio::test]
async fn what_belongs_to_the_server_is_not_taken_from_the_request() {
    let world = World::new().await;
    let id = "01a3b1c2-7a00-7000-8000-00000000002a";
    let body = json!({
        "email": "eve@example.org", "username": "eve", "password": "Test123!",
        "id": id, "is_admin": true, "email_verified": true, "is_active": false, "women_guide_certified": true,
        "created_at": "2001-01-01T00:00:00Z", "updated_at": "2001-01-01T00:00:00Z", "karma": 999,
        "password_hash": "x", "role": "admin", "favourite_colour": { "deeply": ["nested"] },
    });
    let answer = world.post("/api/auth/register", body).await.is(201);
    let user = &answer.data()["user"];
    assert_ne!(user["id"], id);
    for (field, kept) in [
        ("is_admin", json!(false)),
        ("email_verified", json!(false)),
        ("is_active", json!(true)),
        ("women_guide_certified", json!(false)),
        ("created_at", json!("2026-11-23T09:30:00.000000Z")),
        ("updated_at", json!("2026-11-23T09:30:00.000000Z")),
        ("karma", json!(0)),
    ] {
        assert_eq!(user[field], kept, "{field}");
    }
    let token = text(&answer, "access_token");
    let feature = format!("/api/itineraries/{id}/feature");
    world.call(axum::http::Method::POST, &feature, Some(&token), None).await.fails(403, "admin_required");
}

#[tokio::test]
async fn all_faults_are_told_at_once() {
    let world = World::new().await;
    let missing = world.post("/api/auth/register", json!({})).await.fails(400, "validation_failed");
    for field in ["email", "username", "password"] {
        assert!(missing.message().contains(field), "{}", missing.text);
        assert_eq!(missing.body["details"][field], json!(["is required"]));
    }
    let long = "x".repeat(201);
    let body = json!({
        "email": "nobody", "username": "x", "password": "short", "display_name": "a\nb", "full_name": long,
    });
    let wrong = world.post("/api/auth/register", body).await.fails(400, "validation_failed");
    for field in ["email", "username", "password", "display_name", "full_name"] {
        assert!(wrong.message().contains(field), "{}", wrong.text);
        assert!(wrong.body["details"][field].is_array(), "{}", wrong.text);
    }
    let typed = json!({ "email": ["a@example.org"], "username": "asha", "password": "Test123!" });
    let typed = world.post("/api/auth/register", typed).await.fails(400, "validation_failed");
    assert!(typed.body["details"]["email"].is_array(), "{}", typed.text);
    // Nor is a password repeated that came as a number.
    for path in ["/api/auth/register", "/api/auth/login"] {
        let typed = json!({ "email": "a@example.org", "username": "asha", "password": 271_828_182_845_u64 });
        let typed = world.post(path, typed).await.fails(400, "validation_failed");
        assert!(typed.body["details"]["password"].is_array() && !typed.text.contains("271828"), "{}", typed.text);
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travelers").await, 0);
}

#[tokio::test]
async fn short_and_common_passwords_are_refused() {
    let world = World::new().await;
    let with = |n: usize, password: &str| {
        let body = json!({ "email": format!("p{n}@example.org"), "username": format!("p{n}"), "password": password });
        world.post("/api/auth/register", body)
    };
    let (longest, too_long) = ("ä".repeat(512), "ä".repeat(513));
    for (n, bad) in
        ["", "Short1!", "password", "PassWord", "PASSWORD123", "1234567890", "QwertyUiop", &too_long].iter().enumerate()
    {
        let answer = with(100 + n, bad).await.fails(400, "validation_failed");
        assert!(answer.body["details"]["password"].is_array(), "{bad}: {}", answer.text);
        assert_eq!(answer.body["details"].as_object().unwrap().len(), 1, "{bad}: {}", answer.text);
    }
    for (n, good) in ["Test123!", "eightchr", "пароль-из-слов", "  blanks  ", &longest].iter().enumerate() {
        with(200 + n, good).await.is(201);
        let login = json!({ "email": format!("p{}@example.org", 200 + n), "password": good });
        world.post("/api/auth/login", login).await.is(200);
        let trimmed = json!({ "email": format!("p{}@example.org", 200 + n), "password": format!("{good} ") });
        world.post("/api/auth/login", trimmed).await.fails(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn an_email_has_one_owner_however_it_is_spelled() {
    let world = World::new().await;
    register(&world, "José.Rao@Example.org", "first").await.is(201);
    for (n, spelling) in [
        "José.Rao@Example.org",
        "JOSÉ.RAO@EXAMPLE.ORG",
        "jose\u{301}.rao@example.org",
        "JOSE\u{301}.rao@Example.ORG",
        "ｊｏｓé.rao@example.org",
        "  josé.rao@example.org\t",
    ]
    .into_iter()
    .enumerate()
    {
        let answer = register(&world, spelling, &format!("other{n}")).await.fails(409, "email_taken");
        assert!(answer.message().contains("already exists"), "{}", answer.text);
    }
    register(&world, "jose.rao@example.org", "second").await.is(201);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travelers").await, 2);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from sessions").await, 2);
}

#[tokio::test]
async fn a_username_has_one_owner_however_it_is_spelled() {
    let world = World::new().await;
    register(&world, "first@example.org", "Ünal_88").await.is(201);
    for (n, spelling) in ["Ünal_88", "ünal_88", "ÜNAL_88", "u\u{308}nal_88", "U\u{308}NAL_88", " Ｕ\u{308}nal_８８ "]
        .into_iter()
        .enumerate()
    {
        let answer = register(&world, &format!("other{n}@example.org"), spelling).await.fails(409, "username_taken");
        assert!(answer.message().contains("already exists"), "{}", answer.text);
    }
    register(&world, "second@example.org", "Unal_88").await.is(201);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travelers").await, 2);
}

#[tokio::test]
async fn fifty_at_once_with_the_same_email_make_one_account() {
    let world = World::new().await;
    let spellings =
        ["zoé@example.org", "ZOÉ@EXAMPLE.ORG", "zoe\u{301}@example.org", " Zoé@Example.Org", "ｚｏé@example.org"];
    let answers = join_all((0..50).map(|n| {
        let (email, username) = (spellings[n % spellings.len()], format!("zoe{n}"));
        let world = &world;
        async move { register(world, email, &username).await }
    }))
    .await;
    let (made, refused): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|a| a.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 49));
    for answer in refused {
        answer.fails(409, "email_taken");
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travelers").await, 1);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from sessions").await, 1);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from jobs").await, 2, "one welcome and one confirmation");
}

#[tokio::test]
async fn twenty_at_once_with_the_same_username_make_one_account() {
    let world = World::new().await;
    let answers = join_all((0..20).map(|n| {
        let username = if n % 2 == 0 { "river" } else { "RIVER" };
        let world = &world;
        async move { register(world, &format!("river{n}@example.org"), username).await }
    }))
    .await;
    let (made, refused): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|a| a.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 19));
    for answer in refused {
        answer.fails(409, "username_taken");
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travelers").await, 1);
}

#[tokio::test]
async fn usernames_that_cannot_stand_in_an_address_or_pass_for_another_are_refused() {
    let world = World::new().await;
    let long = "x".repeat(101);
    let bad = [
        "",
        "ab",
        "asha rao",
        "asha/rao",
        "asha\\rao",
        "asha?x",
        "asha#x",
        "asha%2f",
        "../asha",
        "_asha",
        ".asha",
        "asha@example",
        "asha\u{200d}rao",
        "a\u{202e}sha",
        "аsha",
        "pаypal",
        "asha\nrao",
        "🙂🙂🙂",
        &long,
        // reserved, in any spelling
        "admin",
        "Admin",
        "search",
        "PROFILE",
        "Ｓtats",
        " leaderboard ",
        "me",
        "tripit",
        "null",
    ];
    for username in bad {
        let answer = register(&world, "asha@example.org", username).await.fails(400, "validation_failed");
        assert!(answer.message().contains("username"), "{username}: {}", answer.text);
        assert_eq!(answer.body["details"].as_object().unwrap().len(), 1, "{username}: {}", answer.text);
    }
    let longest = "x".repeat(100);
    let good = ["abc", "li.wei-88", "мария", "आशा", "3km", "administrator_x", &longest];
    for (n, username) in good.into_iter().enumerate() {
        let answer = register(&world, &format!("good{n}@example.org"), username).await.is(201);
        assert_eq!(answer.data()["user"]["username"], username);
    }
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let world = World::new().await;
    let long = format!("{}@example.org", "x".repeat(250));
    for bad in ["", "asha", "asha@", "@example.org", "a b@c.d", "a@b@example.org", "a@example.org\nBcc: b@c.d", &long] {
        let answer = register(&world, bad, "asha").await.fails(400, "validation_failed");
        assert!(answer.body["details"]["email"].is_array(), "{bad}: {}", answer.text);
    }
}

#[tokio::test]
async fn nobody_hears_the_reply_of_another_through_an_idempotency_key() {
    let world = World::new().await;
    let key: &[(&str, &str)] = &[("idempotency-key", "k1")];
    let new = |name: &str| json!({ "email": format!("{name}@example.org"), "username": name, "password": "Test123!" });
    let login = |name: &str| json!({ "email": format!("{name}@example.org"), "password": "Test123!" });

    let first = world.send(request("POST", "/api/auth/register", key, new("asha"))).await.is(201);
    world.send(request("POST", "/api/auth/register", key, new("asha"))).await.fails(409, "email_taken");
    let other = world.send(request("POST", "/api/auth/register", key, new("bela"))).await.is(201);
    assert_eq!(other.data()["user"]["username"], "bela");
    let one = world.send(request("POST", "/api/auth/login", key, login("asha"))).await.is(200);
    let two = world.send(request("POST", "/api/auth/login", key, login("asha"))).await.is(200);
    for answer in [&first, &other, &one, &two] {
        assert_eq!(answer.header("idempotency-replayed"), "");
    }
    assert_ne!(text(&one, "refresh_token"), text(&two, "refresh_token"));
    // One that would be refused elsewhere is not even looked at.
    let (long, two) = ("x".repeat(300), [("idempotency-key", "a"), ("idempotency-key", "b")]);
    world.send(request("POST", "/api/auth/login", &[("idempotency-key", &long)], login("asha"))).await.is(200);
    world.send(request("POST", "/api/auth/login", &two, login("asha"))).await.is(200);
    // Signing out twice is not signing out once, and a used refresh token is not good again.
    let bearer = format!("Bearer {}", text(&one, "access_token"));
    let keyed = [("idempotency-key", "k1"), ("authorization", bearer.as_str())];
    world.send(request("POST", "/api/auth/logout", &keyed, Value::Null)).await.is(200);
    world.send(request("POST", "/api/auth/logout", &keyed, Value::Null)).await.fails(401, "invalid_token");
    let body = json!({ "refresh_token": text(&other, "refresh_token") });
    world.send(request("POST", "/api/auth/refresh", key, body.clone())).await.is(200);
    world.advance(crate::MINUTE);
    world.send(request("POST", "/api/auth/refresh", key, body)).await.fails(401, "invalid_refresh_token");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from idempotency_keys").await, 0);
}
