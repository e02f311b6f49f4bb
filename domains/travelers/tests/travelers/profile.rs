//! Somebody's profile, by the username.

use crate::named;
use kernel::{db::Arg, sql};
use serde_json::Value;
use testkit::{Answer, World, json};

/// What a 404 says, but for its number.
fn nobody(answer: Answer) -> Value {
    let mut body = answer.fails(404, "not_found").body.clone();
    body.as_object_mut().unwrap().remove("request_id").unwrap();
    body
}

#[tokio::test]
async fn a_profile_counts_what_is_published_and_tells_no_address() {
    let world = World::new().await;
    let (asha, bela) = (named(&world, "Asha_Rao", "Asha Rao").await, named(&world, "bela", "Bela").await);
    bela.publishes(json!({ "title": "Somebody else's", "destination": "Kyoto" })).await;
    let shown = asha.publishes(json!({ "title": "Published trip", "destination": "Kyoto" })).await;
    asha.publishes(json!({ "title": "Also published", "destination": "Kyoto" })).await;
    asha.publishes(json!({ "title": "A draft of hers", "destination": "Kyoto", "is_published": false })).await;
    let score = sql!("update itineraries set proof_score = 61.6 where id = $1");
    world.sql(score.bind(Arg::Uuid(shown.parse().unwrap()))).await;
    for reader in [None, Some(&bela), Some(&asha)] {
        for name in ["asha_rao", "ASHA_RAO", "%C3%81sha_rao"].into_iter().take(2) {
            let path = format!("/api/users/{name}");
            let answer = match reader {
                None => world.get(&path).await,
                Some(reader) => reader.get(&path).await,
            };
            let answer = answer.is(200);
            let data = answer.data();
            assert_eq!((&data["id"], &data["username"]), (&json!(asha.id), &json!("Asha_Rao")));
            assert_eq!((&data["project_count"], &data["itinerary_count"]), (&json!(2), &json!(2)));
            assert_eq!(
                (&data["karma"], &data["email"], &data["email_verified"]),
                (&json!(62), &json!(null), &json!(false))
            );
            assert!(!answer.text.contains("@example.org"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn whoever_is_absent_banned_or_blocked_is_not_found_alike() {
    let world = World::new().await;
    let (asha, bela) = (named(&world, "asha", "Asha").await, named(&world, "bela", "Bela").await);
    let absent = nobody(asha.get("/api/users/nobody").await);
    for name in ["bela@example.org", "bela%40example.org", &bela.id, "%00", "%25", "bel", &"x".repeat(300)] {
        assert_eq!(nobody(asha.get(&format!("/api/users/{name}")).await), absent, "{name}");
    }
    let block = |id: &str| format!("/api/users/{id}/block");
    for (by, whom) in [(&asha, &bela), (&bela, &asha)] {
        by.post(&block(&whom.id), json!({})).await.is(200);
        assert_eq!(nobody(asha.get("/api/users/bela").await), absent);
        by.delete(&block(&whom.id)).await.is(200);
        asha.get("/api/users/bela").await.is(200);
    }
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    for answer in [asha.get("/api/users/bela").await, world.get("/api/users/bela").await] {
        assert_eq!(nobody(answer), absent);
    }
}

#[tokio::test]
async fn no_address_beside_the_profiles_is_anybodys_name() {
    let world = World::new().await;
    let contract: Value = serde_json::from_str(include_str!("../../../../api/openapi.json")).unwrap();
    let literal = |path: &String| {
        let word = path.strip_prefix("/api/users/")?.split('/').next()?;
        (!word.starts_with('{')).then(|| word.to_owned())
    };
    let mut words: Vec<String> = contract["paths"].as_object().unwrap().keys().filter_map(literal).collect();
    assert!(words.contains(&"search".to_owned()) && words.contains(&"blocks".to_owned()), "{words:?}");
    words.extend(["stats", "profile", "me"].map(str::to_owned)); // which are to come
    for word in words.into_iter().filter(|word| word.len() > 2) {
        let body = json!({ "email": "a@example.org", "username": word.to_uppercase(), "password": "Test123!" });
        let refused = world.post("/api/auth/register", body).await.fails(400, "validation_failed");
        assert!(refused.message().contains("is reserved"), "{}", refused.text);
    }
    world.get("/api/users/search?q=asha").await.fails(401, "missing_token");
    world.get("/api/users/blocks").await.fails(401, "missing_token");
}
