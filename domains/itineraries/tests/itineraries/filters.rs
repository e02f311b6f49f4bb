//! Finding trips.

use crate::{LIST, and, blames, found, gpx, key, set_proof_score, set_safety, trip};
use kernel::sql;
use serde_json::Value;
use testkit::{Person, World, json};

/// What a query finds, in the order of titles.
async fn finds(world: &World, reader: &Person<'_>, query: &str) -> Vec<String> {
    let mut titles = found(world, reader, query).await;
    titles.sort_unstable();
    titles
}

/// Publishes trips by title, with what else they have.
async fn publish<const N: usize>(person: &Person<'_>, trips: [(&str, Value); N]) -> [String; N] {
    let mut ids = trips.each_ref().map(|_| String::new());
    for (id, (title, more)) in ids.iter_mut().zip(trips) {
        *id = person.publishes(and(trip(title), more)).await;
    }
    ids
}

#[tokio::test]
async fn trips_are_found_by_all_activities_given() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    publish(
        &asha,
        [
            ("Both of them", json!({ "activity_tags": ["Hiking", "food", "hiking", " FOOD "] })),
            ("Only hiking", json!({ "activity_tags": ["HIKING"] })),
            ("Only food", json!({ "activity_tags": ["Food", "Trail hiking"] })),
            ("Nothing at all", json!({ "description": "hiking and food" })),
            ("Ünlaut things", json!({ "activity_tags": ["Über-Tour"] })),
        ],
    )
    .await;
    assert_eq!(finds(&world, &asha, "activity=hiking").await, ["Both of them", "Only hiking"]);
    assert_eq!(finds(&world, &asha, "activity=HiKiNg").await, ["Both of them", "Only hiking"]);
    assert_eq!(finds(&world, &asha, "activity=hiking&activity=FOOD").await, ["Both of them"]);
    assert_eq!(finds(&world, &asha, "activity=food&activity=hiking&activity=food").await, ["Both of them"]);
    assert_eq!(finds(&world, &asha, "activity=trail%20hiking").await, ["Only food"]);
    assert_eq!(finds(&world, &asha, "activity=%C3%BCber-tour").await, ["Ünlaut things"]);
    for nothing in ["activity=hik", "activity=%25", "activity=sailing", "activity=hiking&activity=sailing"] {
        assert!(finds(&world, &asha, nothing).await.is_empty(), "{nothing}");
    }
    assert_eq!(finds(&world, &asha, "activity=").await.len(), 5);
    let many = "&activity=hiking".repeat(11);
    blames(world.get(&format!("{LIST}?{}", &many[1..])).await, "activity");
    assert_eq!(world.get("/api/itineraries?activity=hiking").await.body["pagination"]["total"], 2);
}

#[tokio::test]
async fn trips_are_found_by_certificate_track_and_show() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let track = gpx(&[(1.0, 2.0), (1.0, 3.0)]);
    let [safe, shown, _, _] = publish(
        &asha,
        [
            ("Safe and tracked", json!({ "route_gpx": track })),
            ("Shown and tracked", json!({ "route_gpx": track })),
            ("Neither of these", json!({ "women_safe_certified": true, "is_featured": true, "has_gps": true })),
            ("Waypoints only", json!({ "route_waypoints": [{ "lat": 1, "lon": 2 }], "starting_point_gps": "1,2" })),
        ],
    )
    .await;
    world.sql(sql!("update itineraries set women_safe_certified = TRUE where id = $1").bind(key(&safe))).await;
    world.sql(sql!("update itineraries set is_featured = TRUE where id = $1").bind(key(&shown))).await;
    let all = ["Neither of these", "Safe and tracked", "Shown and tracked", "Waypoints only"];
    for yes in ["true", "TRUE", "1"] {
        assert_eq!(finds(&world, &asha, &format!("women_safe={yes}")).await, ["Safe and tracked"]);
        assert_eq!(finds(&world, &asha, &format!("featured={yes}")).await, ["Shown and tracked"]);
        assert_eq!(finds(&world, &asha, &format!("has_gps={yes}")).await, ["Safe and tracked", "Shown and tracked"]);
    }
    for no in ["false", "0"] {
        assert_eq!(finds(&world, &asha, &format!("women_safe={no}")).await, all);
        assert_eq!(finds(&world, &asha, &format!("featured={no}")).await, all);
        assert_eq!(finds(&world, &asha, &format!("has_gps={no}")).await, ["Neither of these", "Waypoints only"]);
    }
    assert_eq!(finds(&world, &asha, "women_safe=&featured=&has_gps=").await, all);
}

#[tokio::test]
async fn trips_are_found_by_difficulty() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    publish(
        &asha,
        [
            ("An easy one", json!({ "difficulty_level": "easy" })),
            ("An expert one", json!({ "difficulty_level": "EXPERT" })),
            ("By default", json!({})),
        ],
    )
    .await;
    assert_eq!(finds(&world, &asha, "difficulty=easy").await, ["An easy one"]);
    assert_eq!(finds(&world, &asha, "difficulty=Expert").await, ["An expert one"]);
    assert_eq!(finds(&world, &asha, "difficulty=MODERATE").await, ["By default"]);
    assert!(finds(&world, &asha, "difficulty=impossible").await.is_empty());
    assert!(finds(&world, &asha, "difficulty=eas_").await.is_empty());
    assert_eq!(finds(&world, &asha, "difficulty=").await.len(), 3);
}

#[tokio::test]
async fn trips_are_found_by_words_of_their_destination() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    publish(
        &asha,
        [
            ("To the north", json!({ "destination": "Ålesund, Norway" })),
            ("To the east", json!({ "destination": "Łódź, Poland" })),
            ("To the south", json!({ "destination": "São Tomé", "description": "not Poland, not Norway" })),
            ("Ålesund in the title", json!({ "destination": "100% Kyoto_Nara" })),
        ],
    )
    .await;
    for query in
        ["destination=alesund", "destination=%C3%85LESUND", "destination=A%CC%8Alesund", "destination=%20norway,%20al"]
    {
        assert_eq!(finds(&world, &asha, query).await, ["To the north"], "{query}");
    }
    assert_eq!(finds(&world, &asha, "destination=lodz").await, ["To the east"]);
    assert_eq!(finds(&world, &asha, "destination=SAO+TOME").await, ["To the south"]);
    assert_eq!(finds(&world, &asha, "destination=poland").await, ["To the east"]);
    assert_eq!(finds(&world, &asha, "destination=nara").await, ["Ålesund in the title"]);
    // What has no letter and no digit is no word, a part of a word is another one, and the title is not the destination.
    for nothing in [
        "destination=%25",
        "destination=_",
        "destination=o%25a",
        "destination=l_dz",
        "destination=%5C",
        "destination=tomé2",
        "destination=lesund",
        "destination=title",
        "destination=atlantis",
    ] {
        let query = nothing.replace('é', "%C3%A9");
        assert!(finds(&world, &asha, &query).await.is_empty(), "{nothing}");
    }
    assert_eq!(finds(&world, &asha, "destination=").await.len(), 4);
}

#[tokio::test]
async fn a_search_finds_trips_that_have_all_its_words() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    publish(
        &asha,
        [
            ("Tempel und Straßen", json!({ "destination": "Kyōto", "description": "Slow food, 100% veg_an" })),
            ("Rivers and food", json!({ "destination": "Osaka", "description": "a temple of 1000 lamps" })),
            ("Old Kyoto streets", json!({ "destination": "Japan", "tagline": "lamps", "hidden_gems": "lamps" })),
        ],
    )
    .await;
    let (german, rivers, old) = ("Tempel und Straßen", "Rivers and food", "Old Kyoto streets");
    for (query, expected) in [
        ("search=kyoto", vec![old, german]),
        ("search=KY%C5%8CTO", vec![old, german]),
        ("search=food", vec![rivers, german]),
        ("search=food%20kyoto", vec![german]),
        ("search=KYOTO++slow", vec![german]),
        ("search=strassen", vec![german]),
        ("search=stra%C3%9Fen", vec![german]),
        ("search=temp", vec![rivers, german]),
        ("search=lamps", vec![rivers]),
        ("search=100%25", vec![rivers, german]),
        ("search=100%25%20kyo", vec![german]),
        ("search=1000", vec![rivers]),
        ("search=veg_an", vec![german]),
        ("search=v_g_an", vec![]),
        ("search=k%25o", vec![]),
        ("search=food%20atlantis", vec![]),
        ("search=%25", vec![]),
        ("search=_", vec![]),
        ("search=%25%20_%20---", vec![]),
        ("search=%5C", vec![]),
        ("search=kyoto%5C", vec![old, german]),
        ("search=emple", vec![]),
        ("search=kyoto%27%20or%201=1", vec![]),
        ("search=", vec![old, rivers, german]),
        ("search=%20%20", vec![old, rivers, german]),
    ] {
        assert_eq!(finds(&world, &asha, query).await, expected, "{query}");
    }
    blames(world.get(&format!("{LIST}?search={}", "x".repeat(501))).await, "search");
    blames(world.get(&format!("{LIST}?destination={}", "x".repeat(501))).await, "destination");
}

#[tokio::test]
async fn a_search_follows_what_is_changed() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let [kyoto, _] = publish(&asha, [("Kyoto on foot", json!({})), ("Osaka by night", json!({}))]).await;
    assert_eq!(finds(&world, &asha, "search=foot").await, ["Kyoto on foot"]);
    let change = json!({ "title": "Kobe by train", "destination": "Kobe", "activity_tags": ["trains"] });
    asha.patch(&crate::at(&kyoto), change).await.is(200);
    assert!(finds(&world, &asha, "search=foot").await.is_empty());
    for query in ["search=train", "destination=kobe", "activity=trains"] {
        assert_eq!(finds(&world, &asha, query).await, ["Kobe by train"], "{query}");
    }
}

#[tokio::test]
async fn trips_are_found_by_their_scores() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let [low, high, _] =
        publish(&asha, [("Low and safe", json!({})), ("High and unsafe", json!({})), ("Unrated one", json!({}))]).await;
    set_proof_score(&world, &low, 20.5).await;
    set_proof_score(&world, &high, 80.0).await;
    set_safety(&world, &low, 4.5, 3).await;
    set_safety(&world, &high, 1.0, 3).await;
    assert_eq!(finds(&world, &asha, "min_score=20.5").await, ["High and unsafe", "Low and safe"]);
    assert_eq!(finds(&world, &asha, "min_score=20.6").await, ["High and unsafe"]);
    assert!(finds(&world, &asha, "min_score=81").await.is_empty());
    assert_eq!(finds(&world, &asha, "min_score=0").await.len(), 3);
    assert_eq!(finds(&world, &asha, "min_safety_score=4.5").await, ["Low and safe"]);
    assert_eq!(finds(&world, &asha, "min_safety_score=0.5").await, ["High and unsafe", "Low and safe"]);
    assert_eq!(finds(&world, &asha, "min_safety_score=0").await.len(), 3);
    assert!(finds(&world, &asha, "min_score=30&min_safety_score=4").await.is_empty());
    assert_eq!(finds(&world, &asha, "min_score=&min_safety_score=").await.len(), 3);
}

#[tokio::test]
async fn filters_combine() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let tracked = |difficulty: &str, tag: &str| json!({ "route_gpx": gpx(&[(1.0, 2.0), (1.0, 3.0)]), "difficulty_level": difficulty, "activity_tags": [tag] });
    publish(
        &asha,
        [
            ("All three of them", tracked("easy", "food")),
            ("Not so easy", tracked("expert", "food")),
            ("Without any food", tracked("easy", "hiking")),
            ("Without a track", json!({ "difficulty_level": "easy", "activity_tags": ["food"] })),
        ],
    )
    .await;
    let query = "has_gps=true&difficulty=easy&activity=food";
    assert_eq!(finds(&world, &asha, query).await, ["All three of them"]);
    assert_eq!(world.get(&format!("{LIST}?{query}")).await.body["pagination"]["total"], 1);
    assert_eq!(
        finds(&world, &asha, &format!("{query}&search=three&destination=kyoto&sort=new")).await,
        ["All three of them"]
    );
    assert!(finds(&world, &asha, &format!("{query}&search=track")).await.is_empty());
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_named() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("Kyoto on foot")).await;
    for (field, values) in [
        ("min_score", ["abc", "NaN", "inf", "1e999", "1,5"]),
        ("min_safety_score", ["abc", "NaN", "-inf", "0x10", "four"]),
        ("has_gps", ["maybe", "2", "yes", "tru", "null"]),
        ("women_safe", ["maybe", "2", "yes", "tru", "null"]),
        ("featured", ["maybe", "2", "yes", "tru", "null"]),
    ] {
        for value in values {
            blames(world.get(&format!("{LIST}?{field}={value}")).await, field);
            blames(asha.get(&format!("{LIST}?{field}={value}")).await, field);
        }
    }
    let two = world.get("/api/itineraries?min_score=abc&featured=maybe").await.fails(400, "validation_failed");
    assert!(two.message().contains("min_score") && two.message().contains("featured"), "{}", two.text);
}

#[tokio::test]
async fn a_query_that_says_two_things_is_refused() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("Kyoto on foot")).await;
    for scalar in
        ["search", "destination", "min_score", "min_safety_score", "has_gps", "women_safe", "featured", "difficulty"]
    {
        let answer = world.get(&format!("{LIST}?{scalar}=1&{scalar}=1")).await.fails(400, "validation_failed");
        assert_eq!(answer.message(), format!("{scalar}: must be given once"));
    }
    // What only turns pages takes its default.
    for harmless in ["sort=new&sort=top", "page=2&page=2", "per_page=1&per_page=1", "limit=1&limit=1"] {
        let answer = world.get(&format!("{LIST}?{harmless}")).await.is(200);
        assert_eq!(answer.body["pagination"]["page"], 1, "{harmless}");
        assert_eq!(answer.body["pagination"]["per_page"], 20, "{harmless}");
    }
    for nul in ["search=%00", "search=a%00b", "destination=%00", "activity=%00", "x=%00", "%00=x"] {
        world.get(&format!("{LIST}?{nul}")).await.fails(400, "invalid_query");
        asha.get(&format!("{LIST}?{nul}")).await.fails(400, "invalid_query");
    }
    world.get(&format!("{LIST}?{}", "x=1&".repeat(200))).await.fails(400, "invalid_query");
    world.get(&format!("{LIST}?search={}", "x".repeat(9000))).await.fails(414, "uri_too_long");
    // What nobody knows, and what is no UTF-8, does no harm.
    assert_eq!(finds(&world, &asha, "include=detailed&utm=x&x&=&&").await, ["Kyoto on foot"]);
    assert_eq!(finds(&world, &asha, "search=%FFkyoto").await, ["Kyoto on foot"]);
}
