//! What helps, where it holds, and who found it helpful.

use crate::{NOBODYS, blames, post_with_key};
use serde_json::Value;
use testkit::{Answer, Person, World, json};
use tokio::task::JoinSet;

const RESOURCES: &str = "/api/women-safety/resources";
const ADMIN: &str = "/api/admin/resources";

fn body(title: &str, more: Value) -> Value {
    let mut body = json!({
        "title": title, "content": "Call them.", "category": "emergency", "source": "The police", "checked_on": "2026-11-01",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn adds(admin: &Person<'_>, title: &str, more: Value) -> String {
    let made = admin.post(ADMIN, body(title, more)).await.is(201);
    made.data()["id"].as_str().unwrap().to_owned()
}

/// The titles of a list, in its order.
fn titles(answer: &Answer) -> Vec<&str> {
    answer.data()["resources"].as_array().unwrap().iter().map(|r| r["title"].as_str().unwrap()).collect()
}

async fn found(world: &World, query: &str) -> Vec<String> {
    let list = world.get(&format!("{RESOURCES}?{query}")).await.is(200);
    let total = list.data()["pagination"]["total"].as_u64().unwrap();
    let titles = titles(&list);
    assert_eq!(usize::try_from(total).unwrap(), titles.len(), "{query}");
    titles.into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_an_administrator_writes_everybody_reads() {
    let world = World::new().await;
    let (admin, asha) = (world.admin("root_1").await, world.person("asha").await);
    let more = json!({
        "description": " Whom to call ", "target_countries": ["India", "IN"], "urgency_level": "CRITICAL", "is_pinned": true,
        "helpline_numbers": [{"country": "India", "service": "All", "number": "112"}],
        "external_links": [{"title": "112", "url": "https://112.example.in"}], "helpful_count": 99, "view_count": 99,
    });
    let made = admin.post(ADMIN, body("Numbers in India", more)).await.is(201);
    assert_eq!(made.message(), "Resource created");
    for (field, value) in [
        ("title", json!("Numbers in India")),
        ("description", json!("Whom to call")),
        ("content", json!("Call them.")),
        ("category", json!("emergency")),
        ("level", json!("country")),
        ("target_region", Value::Null),
        ("target_countries", json!(["India", "IN"])),
        ("urgency_level", json!("critical")),
        ("is_pinned", json!(true)),
        ("is_featured", json!(false)),
        ("helpline_numbers", json!([{"country": "India", "service": "All", "number": "112"}])),
        ("external_links", json!([{"title": "112", "url": "https://112.example.in"}])),
        ("language", json!("en")),
        ("source", json!("The police")),
        ("checked_on", json!("2026-11-01")),
        ("helpful_count", json!(0)),
        ("view_count", json!(0)),
        ("retired_at", Value::Null),
    ] {
        assert_eq!(made.data()[field], value, "{field}");
    }
    let at = format!("{RESOURCES}/{}", made.data()["id"].as_str().unwrap());
    for read in [world.get(&at).await, asha.get(&at).await] {
        assert_eq!(read.is(200).data(), made.data());
    }
    let list = world.get(RESOURCES).await.is(200);
    assert_eq!(list.data()["resources"], json!([made.data()]));
    let all = ["tips", "emergency", "legal", "health", "packing", "cultural", "navigation"];
    assert_eq!(list.data()["categories"], json!(all));
    world.get(&format!("{RESOURCES}/{NOBODYS}")).await.fails(404, "not_found");
}

#[tokio::test]
async fn only_administrators_write() {
    let world = World::new().await;
    let (admin, asha) = (world.admin("root_1").await, world.person("asha").await);
    let at = format!("{ADMIN}/{}", adds(&admin, "Numbers", json!({})).await);
    for path in [at.as_str(), &format!("{ADMIN}/{NOBODYS}")] {
        asha.get(path).await.fails(403, "admin_required");
        asha.put(path, json!({ "title": "Mine" })).await.fails(403, "admin_required");
        asha.patch(path, json!({ "title": "Mine" })).await.fails(403, "admin_required");
        asha.delete(path).await.fails(403, "admin_required");
        world.get(path).await.is(401);
    }
    asha.get(ADMIN).await.fails(403, "admin_required");
    asha.post(ADMIN, body("Mine", json!({}))).await.fails(403, "admin_required");
    world.post(ADMIN, body("Mine", json!({}))).await.is(401);
    assert_eq!(found(&world, "").await, ["Numbers"]);
}

#[tokio::test]
async fn it_is_changed_retired_and_brought_back() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    let (id, other) = (adds(&admin, "Numbers", json!({})).await, adds(&admin, "Others", json!({})).await);
    let at = format!("{ADMIN}/{id}");
    world.advance(crate::SECOND);
    let change = json!({ "content": "Call 112.", "description": "Whom", "target_countries": ["Japan"], "checked_on": "2026-11-22" });
    let changed = admin.put(&at, change).await.is(200);
    assert_eq!((&changed.data()["title"], &changed.data()["content"]), (&json!("Numbers"), &json!("Call 112.")));
    assert_eq!(found(&world, "country=japan").await, ["Numbers", "Others"]);
    admin.patch(&at, json!({ "description": null, "target_countries": ["Peru"] })).await.is(200);
    assert_eq!(admin.get(&at).await.is(200).data()["description"], Value::Null);
    assert_eq!(found(&world, "country=japan").await, ["Others"], "and it is in no list of its former country");
    admin.delete(&at).await.is(200);
    world.get(&format!("{RESOURCES}/{id}")).await.fails(404, "not_found");
    assert_eq!(found(&world, "").await, ["Others"]);
    let all = admin.get(ADMIN).await.is(200);
    assert_eq!(all.titles(), ["Others", "Numbers"]);
    assert!(all.data()[1]["retired_at"].is_string() && all.data()[0]["retired_at"].is_null());
    admin.patch(&at, json!({ "retired": false })).await.is(200);
    world.get(&format!("{RESOURCES}/{id}")).await.is(200);
    world.get(&format!("{RESOURCES}/{other}")).await.is(200);
    for call in [admin.put(&format!("{ADMIN}/{NOBODYS}"), json!({})).await, admin.delete(&format!("{ADMIN}/x")).await] {
        call.fails(404, "not_found");
    }
}

#[tokio::test]
async fn what_breaks_a_rule_is_named() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    let empty = admin.post(ADMIN, json!({})).await.fails(400, "validation_failed");
    let missing: Vec<&String> = empty.body["details"].as_object().unwrap().keys().collect();
    assert_eq!(missing, ["category", "checked_on", "content", "source", "title"]);
    let at = format!("{ADMIN}/{}", adds(&admin, "Numbers", json!({})).await);
    for (field, bad) in [
        ("title", json!("x")),
        ("title", Value::Null),
        ("content", json!(" ")),
        ("category", json!("food")),
        ("source", Value::Null),
        ("checked_on", json!("2026-11-24")),
        ("checked_on", Value::Null),
        ("urgency_level", json!("now")),
        ("language", json!("e")),
        ("language", json!("en'--")),
        ("description", json!("x".repeat(1_001))),
        ("target_region", json!("x".repeat(101))),
        ("target_countries", json!([""])),
        ("external_links", json!([{"title": "x", "url": "javascript:alert(1)"}])),
        ("external_links", json!([{"title": "", "url": "https://x.example"}])),
        ("helpline_numbers", json!([{"service": "x", "number": "call me"}])),
    ] {
        blames(admin.post(ADMIN, body("Others", json!({ field: bad.clone() }))).await, field);
        blames(admin.put(&at, json!({ field: bad })).await, field);
    }
    assert_eq!(found(&world, "").await, ["Numbers"]);
}

#[tokio::test]
async fn a_place_falls_back_to_its_country_and_that_to_everywhere() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    adds(&admin, "World", json!({})).await;
    adds(&admin, "India", json!({ "target_countries": ["India", "IN"] })).await;
    adds(&admin, "Japan", json!({ "target_countries": ["Japan"] })).await;
    adds(&admin, "Goa", json!({ "target_region": "Goa", "target_countries": ["India"] })).await;
    adds(&admin, "Kyoto", json!({ "target_region": "Kyoto" })).await;
    adds(&admin, "Goa pinned", json!({ "target_region": "goa", "is_pinned": true })).await;
    for (query, expected) in [
        ("region=GOA", vec!["Goa pinned", "Goa", "India", "World"]),
        ("region=Goa&country=India", vec!["Goa pinned", "Goa", "India", "World"]),
        ("region=India", vec!["India", "World"]),
        ("country=in", vec!["India", "World"]),
        ("region=Kyoto", vec!["Kyoto", "World"]),
        ("region=Kyoto&country=Japan", vec!["Kyoto", "Japan", "World"]),
        ("region=Atlantis", vec!["World"]),
        ("destination=Goa", vec!["Goa pinned", "Goa", "India", "World"]),
        ("region=Goa,%20India", vec!["Goa pinned", "Goa", "India", "World"]),
        ("region=Panaji,%20Goa,%20India", vec!["Goa pinned", "Goa", "India", "World"]),
        ("region=Mumbai,India", vec!["India", "World"]),
        ("region=Mumbai", vec!["World"]),
        ("region=Mumbai&country=IN", vec!["India", "World"]),
        ("destination=Osaka,%20Japan&region=%20", vec!["Japan", "World"]),
        ("region=%20,%20", vec!["Goa pinned", "Kyoto", "Goa", "Japan", "India", "World"]),
        ("region=%20", vec!["Goa pinned", "Kyoto", "Goa", "Japan", "India", "World"]),
    ] {
        assert_eq!(found(&world, query).await, expected, "{query}");
    }
    let level = |list: &Answer, n: usize| list.data()["resources"][n]["level"].clone();
    let list = world.get(&format!("{RESOURCES}?region=Goa")).await;
    assert_eq!(
        (level(&list, 0), level(&list, 2), level(&list, 3)),
        (json!("place"), json!("country"), json!("global"))
    );
}

#[tokio::test]
async fn the_most_particular_of_several_places_comes_first() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    for (title, more) in [
        ("Panaji", json!({ "target_region": "Panaji" })),
        ("Goa", json!({ "target_region": "Goa, India" })),
        ("India", json!({ "target_countries": ["India"] })),
        ("Paris in Texas", json!({ "target_region": "Paris, Texas" })),
        // Not because it is pinned: there is none nearer.
        ("World", json!({ "is_pinned": true })),
        ("Asia", json!({ "target_region": "India", "is_pinned": true })),
    ] {
        adds(&admin, title, more).await;
    }
    for (query, expected) in [
        ("region=Panaji,%20Goa,%20%20INDIA", vec!["Panaji", "Goa", "Asia", "India", "World"]),
        ("region=Goa,India", vec!["Goa", "Asia", "India", "World"]),
        ("region=Paris,%20France", vec!["World"]),
        ("region=Paris,Texas", vec!["Paris in Texas", "World"]),
    ] {
        assert_eq!(found(&world, query).await, expected, "{query}");
    }
    // However many commas there are.
    world.get(&format!("{RESOURCES}?region={}", "a,".repeat(2_000))).await.is(200);
}

#[tokio::test]
async fn a_language_of_a_country_falls_back_to_the_language() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    for (title, language) in [("English", "en"), ("Portuguese", "pt"), ("Brazilian", "pt-br"), ("European", "pt-pt")] {
        adds(&admin, title, json!({ "language": language })).await;
    }
    for (language, expected) in [
        ("en-US", vec!["English"]),
        ("en_GB", vec!["English"]),
        ("pt-BR", vec!["Brazilian", "Portuguese"]),
        ("pt", vec!["Portuguese"]),
        ("fr-CA", vec![]),
    ] {
        assert_eq!(found(&world, &format!("language={language}")).await, expected, "{language}");
    }
}

#[tokio::test]
async fn a_page_has_fifteen_unless_it_is_said() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    for n in 0..16 {
        adds(&admin, &format!("Numbers {n}"), json!({})).await;
    }
    for (query, expected) in [("", 15), ("?per_page=16", 16), ("?limit=3", 3), ("?per_page=x", 15)] {
        let list = world.get(&format!("{RESOURCES}{query}")).await.is(200);
        assert_eq!(titles(&list).len(), expected, "{query}");
        assert_eq!(list.data()["pagination"]["per_page"], expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_is_filtered_searched_and_paged() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    adds(&admin, "Hiking alone", json!({ "category": "tips", "content": "Tell somebody: 100% of rescuers say so" }))
        .await;
    adds(&admin, "Übernachten", json!({ "language": "de", "category": "tips" })).await;
    adds(&admin, "Clinics", json!({ "category": "health", "is_featured": true, "description": "Wo Ärzte sind" })).await;
    adds(&admin, "Clinics_2", json!({ "category": "health" })).await;
    for (query, expected) in [
        ("", vec!["Clinics", "Clinics_2", "Hiking alone"]),
        ("category=health", vec!["Clinics", "Clinics_2"]),
        ("type=Tips", vec!["Hiking alone"]),
        ("category=food", vec![]),
        ("language=DE", vec!["Übernachten"]),
        ("featured=true", vec!["Clinics"]),
        ("featured=false", vec!["Clinics", "Clinics_2", "Hiking alone"]),
        ("search=HIKING%20somebody", vec!["Hiking alone"]),
        ("search=arzte", vec!["Clinics"]),
        ("search=s_2", vec!["Clinics_2"]),
        ("search=100%25", vec!["Hiking alone"]),
        ("search=%25", vec![]),
        ("search=", vec!["Clinics", "Clinics_2", "Hiking alone"]),
        ("category=health&search=call&featured=1", vec!["Clinics"]),
    ] {
        assert_eq!(found(&world, query).await, expected, "{query}");
    }
    blames(world.get(&format!("{RESOURCES}?featured=maybe")).await, "featured");
    let second = world.get(&format!("{RESOURCES}?page=2&per_page=2")).await.is(200);
    assert_eq!(titles(&second), ["Hiking alone"]);
    assert_eq!(
        (&second.data()["pagination"]["total"], &second.data()["pagination"]["total_pages"]),
        (&json!(3), &json!(2))
    );
}

#[tokio::test]
async fn reading_writes_nothing() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    let id = adds(&admin, "Numbers", json!({})).await;
    let before = world.get(&format!("{RESOURCES}/{id}")).await.text;
    for _ in 0..5 {
        world.get(RESOURCES).await.is(200);
        assert_eq!(world.get(&format!("{RESOURCES}/{id}")).await.text, before);
    }
}

#[tokio::test]
async fn a_person_finds_a_resource_helpful_once() {
    let world = World::new().await;
    let admin = world.admin("root_1").await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (id, other) = (adds(&admin, "Numbers", json!({})).await, adds(&admin, "Others", json!({})).await);
    let helpful = |id: &str| format!("{RESOURCES}/{id}/helpful");
    world.post(&helpful(&id), json!({})).await.is(401);
    for (person, count) in [(&asha, 1), (&asha, 1), (&bela, 2), (&asha, 2)] {
        assert_eq!(*person.post(&helpful(&id), json!({})).await.is(200).data(), json!({ "helpful_count": count }));
    }
    assert_eq!(post_with_key(&world, &asha, &helpful(&other), json!({})).await.is(200).data()["helpful_count"], 1);
    assert_eq!(world.get(&format!("{RESOURCES}/{id}")).await.data()["helpful_count"], 2);
    // A change of the text does not take votes away.
    admin.put(&format!("{ADMIN}/{id}"), json!({ "title": "Numbers 2" })).await.is(200);
    assert_eq!(world.get(&format!("{RESOURCES}/{id}")).await.data()["helpful_count"], 2);
    asha.post(&helpful(NOBODYS), json!({})).await.fails(404, "not_found");
    admin.delete(&format!("{ADMIN}/{id}")).await.is(200);
    asha.post(&helpful(&id), json!({})).await.fails(404, "not_found");
}

#[tokio::test]
async fn votes_at_once_are_counted_exactly() {
    let world: &'static World = Box::leak(Box::new(World::new().await));
    let admin = world.admin("root_1").await;
    let id = adds(&admin, "Numbers", json!({})).await;
    let path = format!("{RESOURCES}/{id}/helpful");
    let mut people = Vec::new();
    for n in 0..6 {
        people.push(world.person(&format!("person{n}")).await);
    }
    let mut votes = JoinSet::new();
    for _ in 0..4 {
        for person in people.clone() {
            let path = path.clone();
            votes.spawn(async move { person.post(&path, json!({})).await.is(200) });
        }
    }
    for _ in 0..5 {
        let (admin, at) = (admin.clone(), format!("{ADMIN}/{id}"));
        votes.spawn(async move { admin.patch(&at, json!({ "is_pinned": true })).await.is(200) });
    }
    while let Some(vote) = votes.join_next().await {
        vote.unwrap();
    }
    assert_eq!(world.get(&format!("{RESOURCES}/{id}")).await.data()["helpful_count"], 6);
    let rows = "select cast(count(*) as bigint) from women_safety_resource_votes";
    assert_eq!(world.scalar(rows).await, 6);
}
