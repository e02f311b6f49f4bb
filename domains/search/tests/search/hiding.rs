//! What is hidden is not found, and what is secret cannot be searched out.

use crate::{SEARCH, and, at, finds, key, titles, trip};
use kernel::sql;
use testkit::{World, json};

#[tokio::test]
async fn drafts_and_what_is_gone_are_found_by_nobody() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let shown = asha.publishes(trip("Kyoto in the open", "Kyoto", "")).await;
    let draft = and(trip("Kyoto in secret", "Hidingplace", "moonflower"), json!({ "is_published": false }));
    let draft = asha.publishes(draft).await;
    let gone = asha.publishes(trip("Kyoto that was", "Kyoto", "")).await;
    asha.delete(&at(&gone)).await.is(200);
    for reader in [&asha, &bela] {
        assert_eq!(finds(&world, reader, "kyoto").await, ["Kyoto in the open"]);
        for secret in ["secret", "moonflower", "hidingplace", "hidingplacee", "that was"] {
            assert_eq!(finds(&world, reader, secret).await, [""; 0], "{secret}");
        }
    }
    asha.patch(&at(&draft), json!({ "is_published": true })).await.is(200);
    assert_eq!(finds(&world, &bela, "moonflower").await, ["Kyoto in secret"]);
    assert_eq!(finds(&world, &bela, "hidingplacee").await, ["Kyoto in secret"]);
    asha.patch(&at(&draft), json!({ "is_published": false })).await.is(200);
    assert_eq!(finds(&world, &bela, "moonflower").await, [""; 0]);
    // However a trip was hidden.
    world.sql(sql!("update itineraries set is_published = FALSE where id = $1").bind(key(&shown))).await;
    assert_eq!(finds(&world, &bela, "kyoto").await, [""; 0]);
}

#[tokio::test]
async fn a_search_does_not_tell_where_a_draft_goes() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    // Found by the right spelling; a wrong one finds it only once a trip that is shown goes to such a place.
    bela.publishes(trip("Hidingplace for all", "Osaka", "")).await;
    let finds_decoy = async || finds(&world, &bela, "hidingplacee").await == ["Hidingplace for all"];
    assert!(!finds_decoy().await);
    let draft = and(trip("Far away", "Hidingplace", ""), json!({ "is_published": false }));
    let draft = asha.publishes(draft).await;
    assert!(!finds_decoy().await, "a draft goes there");
    asha.patch(&at(&draft), json!({ "is_published": true })).await.is(200);
    assert_eq!(finds(&world, &bela, "hidingplacee").await.len(), 2);
    let block = format!("/api/users/{}/block", asha.id);
    bela.post(&block, json!({})).await.is(200);
    let hers = bela.get(&format!("{SEARCH}?q=hidingplacee")).await.is(200);
    assert_eq!(titles(&hers), [""; 0], "whom she does not see goes there");
    bela.delete(&block).await.is(200);
    accounts::admin::ban(&world.app, "asha@example.org").await.unwrap();
    assert!(!finds_decoy().await, "who is banned goes there");
    accounts::admin::unban(&world.app, "asha@example.org").await.unwrap();
    world.sql(sql!("update itineraries set is_published = FALSE where id = $1").bind(key(&draft))).await;
    assert!(!finds_decoy().await, "what was hidden went there");
}

#[tokio::test]
async fn what_a_banned_person_published_is_not_found_until_they_are_let_in_again() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    asha.publishes(trip("Kyoto by Asha", "Kyoto", "")).await;
    bela.publishes(trip("Kyoto by Bela", "Kyoto", "")).await;
    assert_eq!(finds(&world, &asha, "kyoto").await.len(), 2);
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(finds(&world, &asha, "kyoto").await, ["Kyoto by Asha"]);
    accounts::admin::unban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(finds(&world, &asha, "kyoto").await.len(), 2);
}

#[tokio::test]
async fn the_days_of_a_trip_are_not_searched_and_not_shown() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let days = json!({ "start_date": "2027-04-02", "end_date": "2027-04-04" });
    asha.publishes(and(trip("Kyoto on foot", "Kyoto", ""), days)).await;
    for search in ["2027", "2027-04-02", "2027 04", "04", "april"] {
        assert_eq!(finds(&world, &asha, search).await, [""; 0], "{search}");
    }
    for (answer, day) in [
        (world.get(&format!("{SEARCH}?q=kyoto")).await, json!(null)),
        (bela.get(&format!("{SEARCH}?q=kyoto")).await, json!(null)),
        (asha.get(&format!("{SEARCH}?q=kyoto")).await, json!("2027-04-02")),
    ] {
        assert_eq!(titles(&answer), ["Kyoto on foot"]);
        for list in ["itineraries", "projects"] {
            assert_eq!(answer.data()[list][0]["start_date"], day);
        }
    }
}
