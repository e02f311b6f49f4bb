//! What groups keep of somebody whose account is gone.

use super::*;
use axum::http::Method;

async fn leaves_tripit(world: &World, who: &Person<'_>) {
    let password = json!({ "current_password": "Test123!" });
    world.call(Method::DELETE, "/api/auth/me", Some(&who.token), Some(password)).await.is(200);
    pass(world, Duration::ZERO).await;
}

/// How many rows of groups and bans, whatever their state, have a word in them that `canary` is a part of.
async fn kept(world: &World) -> i64 {
    world
        .scalar(
            "select (select cast(count(*) as bigint) from travel_groups
                where name || description || destination || town || search_text || town_text || tags_text
                    || coalesce(travel_pace, '') || cast(activity_tags as text) || cast(languages as text)
                    like '%anary%' or latitude is not null)
             + (select cast(count(*) as bigint) from travel_group_bans where reason like '%anary%')",
        )
        .await
}

#[tokio::test]
async fn the_words_of_whoever_deletes_the_account_are_erased_with_the_groups_that_were_theirs_alone() {
    let world = World::new().await;
    let [asha, bela, chen] = [world.person("asha").await, world.person("bela").await, world.person("chen").await];
    let told = json!({
        "name": "Canary", "description": "A canary's week.", "activity_tags": ["canary"], "languages": ["canary"],
        "travel_pace": "canary", "latitude": 38.7, "longitude": -9.1
    });
    let alone = made(&asha, and(group("Alone"), told.clone())).await;
    let deleted = made(&asha, and(group("Deleted"), told.clone())).await;
    let shared = made(&asha, and(group("Shared"), told.clone())).await;
    let other = made(&bela, and(group("Other"), told)).await;
    // Others who were there and left, or wanted to be, do not keep it.
    join(&bela, &alone).await.is(201);
    leave(&bela, &alone).await.is(200);
    join(&chen, &shared).await.is(201);
    join(&asha, &other).await.is(201);
    asha.delete(&deleted).await.is(200);
    assert_eq!(kept(&world).await, 4);
    leaves_tripit(&world, &asha).await;
    bela.get(&alone).await.is(404);
    assert_eq!(kept(&world).await, 2);
    assert_eq!(bela.get(&other).await.is(200).data()["name"], "Canary");
    // Until the last one is gone who traveled with it.
    let still = "select cast(count(*) as bigint) from travel_groups where name = 'Canary' and is_active = FALSE";
    assert_eq!(world.scalar(still).await, 1);
    leaves_tripit(&world, &chen).await;
    assert_eq!(world.scalar(still).await, 0);
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn the_reasons_of_bans_by_and_of_whoever_deletes_the_account_are_erased() {
    let world = World::new().await;
    let [asha, bela, chen, dora] = [
        world.person("asha").await,
        world.person("bela").await,
        world.person("chen").await,
        world.person("dora").await,
    ];
    let id = made(&asha, group("Surf")).await;
    join(&bela, &id).await.is(201);
    appoint(&asha, &id, &bela, "moderator").await;
    for (by, whom) in [(&bela, &chen), (&asha, &dora)] {
        let body = json!({ "traveler_id": whom.id, "reason": "Canary." });
        by.post(&format!("{id}/bans"), body).await.is(201);
    }
    let reasons = async || -> Vec<Value> {
        let bans = asha.get(&format!("{id}/bans")).await.is(200);
        bans.body["data"].as_array().unwrap().iter().map(|ban| ban["reason"].clone()).collect()
    };
    assert_eq!(reasons().await, [json!("Canary."), json!("Canary.")]);
    leaves_tripit(&world, &bela).await;
    assert_eq!(reasons().await, [json!("Canary."), Value::Null]);
    leaves_tripit(&world, &dora).await;
    assert_eq!(kept(&world).await, 1);
    let written = "select cast(count(*) as bigint) from travel_group_bans where reason is not null";
    assert_eq!(world.scalar(written).await, 0);
    // They stay banned.
    join(&chen, &id).await.fails(409, "group_full");
}
