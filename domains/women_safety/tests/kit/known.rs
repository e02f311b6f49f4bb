//! Numbers that every database has.

use serde_json::Value;
use testkit::{World, json};
use women_safety::known_resources as known;

const RESOURCES: &str = "/api/women-safety/resources";
const ADMIN: &str = "/api/admin/resources";

async fn listed(world: &World, query: &str) -> Vec<Value> {
    let list = world.get(&format!("{RESOURCES}?category=emergency&per_page=50{query}")).await.is(200);
    list.data()["resources"].as_array().unwrap().clone()
}

fn titled<'l>(list: &'l [Value], place: &str) -> Option<&'l Value> {
    list.iter().find(|r| r["title"].as_str().unwrap().ends_with(place))
}

#[tokio::test]
async fn an_empty_database_gets_numbers_with_their_sources() {
    let world = World::new().await;
    assert_eq!(listed(&world, "").await, Vec::<Value>::new());
    known::add(&world.app.db, world.app.clock.now()).await.unwrap();
    let all = listed(&world, "").await;
    for one in &all {
        for field in ["source", "checked_on", "title", "content"] {
            assert!(one[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {one}");
        }
        assert!(!one["helpline_numbers"].as_array().unwrap().is_empty(), "{one}");
    }
    assert!(all[0]["title"].as_str().unwrap().contains("any place"), "what holds everywhere stands first: {}", all[0]);
    let in_india = listed(&world, "&country=India").await;
    assert!(titled(&in_india, "India").is_some() && titled(&in_india, "Japan").is_none(), "{in_india:?}");
}

#[tokio::test]
async fn what_an_administrator_retired_or_edited_is_not_brought_back() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    let now = || world.app.clock.now();
    known::add(&world.app.db, now()).await.unwrap();
    let all = listed(&world, "").await;
    let id = |place: &str| titled(&all, place).unwrap()["id"].as_str().unwrap().to_owned();
    admin.delete(&format!("{ADMIN}/{}", id("India"))).await.is(200);
    let edited = json!({ "content": "Call 999.", "target_countries": ["UK"] });
    admin.patch(&format!("{ADMIN}/{}", id("the United Kingdom")), edited).await.is(200);
    // One that a newer program brought along, or that was lost.
    let lost: uuid::Uuid = id("Japan").parse().unwrap();
    world.sql(kernel::sql!("delete from women_safety_resources where id = $1").bind(lost)).await;
    known::add(&world.app.db, now()).await.unwrap();
    let after = listed(&world, "").await;
    assert_eq!(after.len(), all.len() - 1);
    assert!(titled(&after, "India").is_none() && titled(&after, "Japan").is_some(), "{after:?}");
    let kingdom = titled(&after, "the United Kingdom").unwrap();
    assert_eq!((&kingdom["content"], &kingdom["target_countries"]), (&json!("Call 999."), &json!(["UK"])));
    assert!(titled(&listed(&world, "&country=GB").await, "the United Kingdom").is_none(), "{kingdom}");
}

#[tokio::test]
async fn processes_that_start_together_add_them_once() {
    let world = World::new().await;
    let others = [world.beside().await, world.beside().await, world.beside().await];
    let now = world.app.clock.now();
    let [one, two, three] = others.each_ref().map(|w| known::add(&w.app.db, now));
    let (zero, one, two, three) = tokio::join!(known::add(&world.app.db, now), one, two, three);
    for added in [zero, one, two, three] {
        added.unwrap();
    }
    let all = listed(&world, "").await;
    assert!(all.len() > 10 && titled(&all, "Japan").is_some(), "{all:?}");
    let countries = "select cast(count(*) as bigint) from women_safety_resource_countries where country_key = 'japan'";
    assert_eq!(world.scalar(countries).await, 1);
}
