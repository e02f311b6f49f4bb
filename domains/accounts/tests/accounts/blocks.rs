//! Who does not see whom.

use kernel::{db::Arg, sql};
use testkit::{Person, World, json};

const NOBODY: &str = "01a3b1c2-7a00-7000-8000-00000000002a";

fn block(id: &str) -> String {
    format!("/api/users/{id}/block")
}

async fn usernames(who: &Person<'_>, path: &str) -> Vec<String> {
    let answer = who.get(path).await.is(200);
    let names = answer.data().as_array().unwrap().iter().map(|p| p["username"].as_str().unwrap().to_owned());
    names.collect()
}

#[tokio::test]
async fn neither_sees_the_other_until_both_lift_it() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = asha.publishes(json!({ "title": "Kyoto on foot", "destination": "Kyoto" })).await;
    let his = bela.publishes(json!({ "title": "Kyoto by bus", "destination": "Kyoto" })).await;
    let (hers, his) = (format!("/api/itineraries/{hers}"), format!("/api/itineraries/{his}"));
    for _ in 0..2 {
        asha.post(&block(&bela.id), json!({})).await.is(200);
    }
    let sees = async |who: &Person<'_>, path: &str, titles: &[&str], names: &[&str]| {
        assert_eq!(who.get("/api/itineraries").await.is(200).titles(), titles);
        assert_eq!(who.get("/api/itineraries").await.body["pagination"]["total"], titles.len());
        assert_eq!(usernames(who, "/api/users/search?q=bela").await, names);
        who.get(path).await
    };
    bela.get(&his).await.is(200);
    asha.get(&hers).await.is(200);
    sees(&asha, &his, &["Kyoto on foot"], &[]).await.fails(404, "not_found");
    sees(&bela, &hers, &["Kyoto by bus"], &["bela"]).await.fails(404, "not_found");
    // He can keep himself from being seen as well, although he does not see her.
    bela.post(&block(&asha.id), json!({})).await.is(200);
    asha.delete(&block(&bela.id)).await.is(200);
    sees(&asha, &his, &["Kyoto on foot"], &[]).await.fails(404, "not_found");
    bela.delete(&block(&asha.id)).await.is(200);
    sees(&asha, &his, &["Kyoto by bus", "Kyoto on foot"], &["bela"]).await.is(200);
    sees(&bela, &hers, &["Kyoto by bus", "Kyoto on foot"], &["bela"]).await.is(200);
    world.get(&hers).await.is(200);
}

#[tokio::test]
async fn who_is_blocked_cannot_tell_it_from_an_account_that_never_was() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    asha.post(&block(&bela.id), json!({})).await.is(200);
    let (of_her, of_nobody) =
        (bela.post(&block(&asha.id), json!({})).await, bela.post(&block(NOBODY), json!({})).await);
    assert_eq!((of_her.status, of_her.text), (of_nobody.status, of_nobody.text));
    bela.post(&block(&chitra.id), json!({})).await.is(200);
    assert_eq!(usernames(&bela, "/api/users/blocks").await, ["chitra"], "whom he could not see is not in the list");
    assert_eq!(
        usernames(&asha, "/api/users/blocks").await,
        ["bela"],
        "that he blocks her, too, changes nothing for her"
    );
    assert_eq!(usernames(&chitra, "/api/users/blocks").await, [""; 0]);
    let (of_her, of_nobody) = (bela.delete(&block(&asha.id)).await, bela.delete(&block(NOBODY)).await);
    assert_eq!((of_her.status, of_her.text), (of_nobody.status, of_nobody.text));
}

/// So many accounts that somebody has blocked.
async fn many_blocked(world: &World, who: &Person<'_>, count: u32) {
    let travelers = sql!(
        "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key, display_name,
            travel_interests, is_admin, is_active, women_guide_certified, created_at, updated_at)
         values ($1, $2, $2, FALSE, '', $2, $2, $2, $3, FALSE, TRUE, FALSE, $4, $4)"
    );
    let blocks = sql!("insert into blocks (blocker_id, blocked_id, was_seen, created_at) values ($1, $2, TRUE, $3)");
    let (now, blocker) = (world.app.clock.now(), Arg::Uuid(who.id.parse().unwrap()));
    let ids: Vec<Arg> = (0..count).map(|_| world.app.new_uuid().into()).collect();
    let mut tx = world.app.db.write().await.unwrap();
    let people = ids
        .iter()
        .enumerate()
        .map(|(n, id)| vec![id.clone(), format!("one{n}").into(), Arg::Json("[]".to_owned()), now.into()]);
    tx.run_many(travelers, people.collect()).await.unwrap();
    let rows = ids.iter().map(|id| vec![blocker.clone(), id.clone(), now.into()]);
    tx.run_many(blocks, rows.collect()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_full_list_does_not_tell_who_is_hidden_from_nobody() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let (dina, esha) = (world.person("dina").await, world.person("esha").await);
    for hidden in [&bela, &esha] {
        hidden.post(&block(&asha.id), json!({})).await.is(200);
    }
    many_blocked(&world, &asha, 4_999).await;
    for id in [&bela.id, NOBODY, &esha.id, &bela.id, NOBODY, &chitra.id] {
        asha.post(&block(id), json!({})).await.is(200);
    }
    for id in [&bela.id, NOBODY, &esha.id, &chitra.id, &dina.id] {
        asha.post(&block(id), json!({})).await.fails(409, "too_many_blocks");
    }
    asha.delete(&block(&chitra.id)).await.is(200);
    asha.post(&block(&dina.id), json!({})).await.is(200);
    // Those whom she could not see are blocked all the same.
    let unseen = "select cast(count(*) as bigint) from blocks where was_seen = FALSE";
    assert_eq!(world.scalar(unseen).await, 2);
    let many = sql!(
        "update blocks set was_seen = FALSE where blocked_id in (select id from travelers where username like 'one%')"
    );
    world.sql(many).await;
    let fina = world.person("fina").await;
    fina.post(&block(&asha.id), json!({})).await.is(200);
    for id in [&fina.id, NOBODY] {
        asha.post(&block(id), json!({})).await.is(200);
    }
    assert_eq!(world.scalar(unseen).await, 5_001, "there is a bound for them, too, of which nothing tells");
    asha.post(&block(&chitra.id), json!({})).await.is(200);
}

#[tokio::test]
async fn nobody_blocks_themselves_or_without_an_account() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.post(&block(&asha.id), json!({})).await.fails(400, "own_account");
    asha.post(&block("nonsense"), json!({})).await.fails(404, "not_found");
    world.post(&block(&asha.id), json!({})).await.fails(401, "missing_token");
    world.get("/api/users/blocks").await.fails(401, "missing_token");
}

#[tokio::test]
async fn the_list_is_paged_the_latest_first_and_leaves_out_who_is_gone() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for name in ["bela", "chitra", "divya"] {
        asha.post(&block(&world.person(name).await.id), json!({})).await.is(200);
        world.advance(std::time::Duration::from_secs(1));
    }
    accounts::admin::ban(&world.app, "chitra@example.org").await.unwrap();
    let page = asha.get("/api/users/blocks?per_page=1").await.is(200);
    assert_eq!((&page.data()[0]["username"], &page.body["pagination"]["total"]), (&json!("divya"), &json!(2)));
    assert_eq!(usernames(&asha, "/api/users/blocks?per_page=1&page=2").await, ["bela"]);
}

#[tokio::test]
async fn a_block_takes_effect_in_another_process() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let his = bela.publishes(json!({ "title": "Kyoto by bus", "destination": "Kyoto" })).await;
    let other = world.beside().await;
    let path = format!("/api/itineraries/{his}");
    let hers = asha.at(&other);
    let there = async |path: &str| hers.get(path).await;
    there(&path).await.is(200);
    assert_eq!(there("/api/itineraries").await.titles(), ["Kyoto by bus"]);
    asha.post(&block(&bela.id), json!({})).await.is(200);
    let limit = std::time::Duration::from_secs(1);
    testkit::within(limit, || async { there(&path).await.status == 404 }).await;
    testkit::within(limit, || async { there("/api/itineraries").await.titles().is_empty() }).await;
}

#[tokio::test]
async fn only_the_operator_and_administrators_say_who_is_a_woman() {
    let world = World::new().await;
    let (root, bela) = (world.admin("root_1").await, world.person("bela").await);
    let path = format!("/api/admin/travelers/{}/verify-woman", bela.id);
    let is_verified = async || bela.get("/api/auth/me").await.data()["women_verified"].clone();
    assert_eq!(is_verified().await, false);
    bela.post(&path, json!({})).await.fails(403, "admin_required");
    world.post(&path, json!({})).await.fails(401, "missing_token");
    for _ in 0..2 {
        assert_eq!(root.post(&path, json!({})).await.is(200).data()["women_verified"], true);
    }
    assert_eq!(is_verified().await, true);
    assert_eq!(root.delete(&path).await.is(200).data()["women_verified"], false);
    accounts::admin::verify_woman(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(is_verified().await, true);
    let trip = bela.publishes(json!({ "title": "Kyoto", "destination": "Kyoto", "women_verified": false })).await;
    for seen in
        ["/api/itineraries", &format!("/api/itineraries/{trip}"), "/api/users/search?q=bela", "/api/search?q=kyoto"]
    {
        assert!(!root.get(seen).await.is(200).text.contains("women_verified"), "{seen}");
    }
    root.post(&format!("/api/admin/travelers/{NOBODY}/verify-woman"), json!({})).await.fails(404, "not_found");
}
