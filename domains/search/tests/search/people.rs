//! People among what is found.

use crate::{SEARCH, trip, usernames};
use testkit::{Person, World, json};

#[tokio::test]
async fn people_are_found_by_name_and_never_by_address() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hidden = json!({ "email": "night.owl@hidden.example", "username": "belinda", "password": "Test123!" });
    world.post("/api/auth/register", hidden).await.is(201);
    bela.publishes(trip("Kyoto on foot", "Kyoto", "")).await;
    let search = async |reader: &Person<'_>, q: &str| reader.get(&format!("{SEARCH}?q={q}")).await.is(200);
    assert_eq!(usernames(&search(&asha, "bel").await), ["bela", "belinda"]);
    for address in ["bela@example.org", "example", "night", "owl", "hidden.example", "night.owl%40hidden.example"] {
        let answer = search(&asha, address).await;
        assert_eq!(usernames(&answer), [""; 0], "{address}");
        assert!(!answer.text.contains("owl@"), "{}", answer.text);
    }
    let found = search(&asha, "bela").await;
    let person = &found.data()["users"][0];
    for key in ["id", "username", "display_name", "avatar_url", "bio", "email_verified", "has_oxcert", "created_at"] {
        assert!(person.get(key).is_some(), "{key}: {person}");
    }
    assert!(!found.text.contains("@example.org"), "{}", found.text);
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(usernames(&search(&asha, "bel").await), ["belinda"]);
}

#[tokio::test]
async fn without_an_account_one_finds_only_people_whose_trips_are_public() {
    let world = World::new().await;
    let (bela, _) = (world.person("bela").await, world.person("belinda").await);
    let path = format!("{SEARCH}?q=bel");
    assert_eq!(usernames(&world.get(&path).await.is(200)), [""; 0]);
    let id = bela.publishes(trip("Kyoto on foot", "Kyoto", "")).await;
    assert_eq!(usernames(&world.get(&path).await.is(200)), ["bela"]);
    assert_eq!(usernames(&world.get(&format!("{SEARCH}?q=belinda")).await.is(200)), [""; 0]);
    bela.patch(&crate::at(&id), json!({ "is_published": false })).await.is(200);
    assert_eq!(usernames(&world.get(&path).await.is(200)), [""; 0]);
}
