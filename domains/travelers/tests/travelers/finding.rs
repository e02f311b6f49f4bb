//! Finding people by their names, and by nothing else.

use crate::{SEARCH, finds, named, usernames};
use kernel::{db::Arg, sql};
use testkit::{World, json};

#[tokio::test]
async fn people_are_found_by_the_beginnings_of_their_names() {
    let world = World::new().await;
    let asha = named(&world, "asha_rao", "Āsha Rāo-Núñez").await;
    named(&world, "ashok", "Mountain Goat").await;
    named(&world, "li.wei", "李伟").await;
    named(&world, "maria-jose", "Maria Maria Mariana").await;
    for (q, expected) in [
        ("asha", vec!["asha_rao"]),
        ("ASH", vec!["asha_rao", "ashok"]),
        ("%C3%81sha", vec!["asha_rao"]),
        ("nunez", vec!["asha_rao"]),
        ("rao%20asha", vec!["asha_rao"]),
        ("asha_rao", vec!["asha_rao"]),
        ("asha%20goat", vec![]),
        ("goat%20mount", vec!["ashok"]),
        ("oat", vec![]),
        ("li.wei", vec!["li.wei"]),
        ("%E6%9D%8E%E4%BC%9F", vec!["li.wei"]),
        ("maria", vec!["maria-jose"]),
        ("maria%20mariana", vec!["maria-jose"]),
        ("%25%25", vec![]),
        ("__", vec![]),
        ("a%25", vec!["asha_rao", "ashok"]),
        ("%5C%5C", vec![]),
        ("xyzzy", vec![]),
        ("%F0%9F%8F%94%F0%9F%8F%94", vec![]),
    ] {
        assert_eq!(finds(&asha, q).await, expected, "{q}");
    }
}

#[tokio::test]
async fn who_is_called_exactly_so_comes_first() {
    let world = World::new().await;
    let zoe = named(&world, "zoe", "Zoe").await;
    named(&world, "other1", "Bela").await;
    named(&world, "other2", "Bela").await;
    named(&world, "belafonte", "Singer").await;
    named(&world, "bela", "Some Body").await;
    assert_eq!(finds(&zoe, "bela").await, ["bela", "other1", "other2", "belafonte"]);
    assert_eq!(finds(&zoe, "BELA&limit=2").await, ["bela", "other1"]);
    assert_eq!(finds(&zoe, "bel&limit=2").await, ["other1", "other2"]);
}

#[tokio::test]
async fn nobody_is_found_by_an_address_and_none_is_shown() {
    let world = World::new().await;
    let body = json!({ "email": "secret.address@hidden.example", "username": "bela", "password": "Test123!" });
    world.post("/api/auth/register", body).await.is(201);
    let asha = named(&world, "asha", "asha@mail.example").await;
    for q in [
        "secret",
        "address",
        "hidden",
        "secret.address@hidden.example",
        "secret.address%40hidden.example",
        "@hidden",
        "mail",
        "asha@mail.example",
        "asha@",
        "example",
    ] {
        assert_eq!(finds(&asha, q).await, [""; 0], "{q}");
    }
    let answer = asha.get(&format!("{SEARCH}?q=bela")).await.is(200);
    assert_eq!(answer.data()[0]["email"], json!(null));
    assert!(!answer.text.contains("hidden.example"), "{}", answer.text);
}

#[tokio::test]
async fn an_answer_has_the_keys_that_the_client_reads_and_no_others() {
    let world = World::new().await;
    let (asha, bela) = (named(&world, "asha", "Asha Rao").await, named(&world, "bela", "Bela").await);
    world.sql(sql!("update travelers set email_verified = TRUE where id = $1").bind(id(&bela.id))).await;
    let answer = asha.get(&format!("{SEARCH}?q=bela")).await.is(200);
    assert_eq!(answer.message(), "Users found");
    assert_eq!(
        answer.data(),
        &json!([{
            "id": bela.id, "username": "bela", "display_name": "Bela", "email": null, "avatar_url": null,
            "is_verified": true, "has_oxcert": false,
        }])
    );
    assert_eq!(asha.get(&format!("{SEARCH}?q=rao")).await.is(200).data()[0]["is_verified"], false);
}

fn id(text: &str) -> Arg {
    Arg::Uuid(text.parse().unwrap())
}

#[tokio::test]
async fn the_banned_are_not_found_and_the_unbanned_are() {
    let world = World::new().await;
    let (asha, _) = (named(&world, "asha", "Asha").await, named(&world, "bela", "Bela").await);
    named(&world, "belinda", "Bela Two").await;
    assert_eq!(finds(&asha, "bela").await, ["bela", "belinda"]);
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(finds(&asha, "bela").await, ["belinda"]);
    assert_eq!(finds(&asha, "bel").await, ["belinda"]);
    accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(finds(&asha, "bela").await, ["bela", "belinda"]);
}

#[tokio::test]
async fn only_the_signed_in_may_look_for_people() {
    let world = World::new().await;
    named(&world, "asha", "Asha").await;
    world.get(&format!("{SEARCH}?q=asha")).await.fails(401, "missing_token");
    world.get(SEARCH).await.fails(401, "missing_token");
    world.call(axum::http::Method::GET, SEARCH, Some("x"), None).await.fails(401, "invalid_token");
}

#[tokio::test]
async fn a_search_has_at_least_two_characters() {
    let world = World::new().await;
    let asha = named(&world, "asha", "Asha").await;
    for bad in [SEARCH.to_owned(), format!("{SEARCH}?q="), format!("{SEARCH}?q=a"), format!("{SEARCH}?q=%20a%20")] {
        let answer = asha.get(&bad).await.fails(400, "validation_failed");
        assert_eq!(answer.message(), "q: must have 2 to 200 characters", "{bad}");
    }
    asha.get(&format!("{SEARCH}?q={}", "x".repeat(201))).await.fails(400, "validation_failed");
    asha.get(&format!("{SEARCH}?q=ab&q=cd")).await.fails(400, "validation_failed");
    assert_eq!(finds(&asha, "as").await, ["asha"]);
}

#[tokio::test]
async fn a_limit_is_clamped() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    // Behind the API's back, because hashing sixty passwords takes long.
    for n in 0..60_u32 {
        let who = uuid::Uuid::from_u128(u128::from(n) + 1);
        let name = format!("bela{n}");
        let add = sql!(
            "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key,
                display_name, travel_interests, is_admin, is_active, women_guide_certified, created_at, updated_at)
             select $1, $2, $2, FALSE, '', $2, $2, $2, travel_interests, FALSE, TRUE, FALSE, created_at, created_at
             from travelers limit 1"
        );
        world.sql(add.bind(who).bind(&name)).await;
        let word = sql!("insert into traveler_names (word, traveler_id) values ($1, $2)");
        world.sql(word.bind(&name).bind(who)).await;
    }
    for (limit, expected) in [("", 10), ("3", 3), ("50", 50), ("500", 50), ("0", 10), ("-1", 10), ("x", 10)] {
        let answer = asha.get(&format!("{SEARCH}?q=bela&limit={limit}")).await.is(200);
        assert_eq!(usernames(&answer).len(), expected, "{limit}");
    }
}
