//! What a trip may not be.

use crate::{LIST, and, blames, trip};
use serde_json::Value;
use testkit::{World, json};

#[tokio::test]
async fn links_lead_to_the_web_and_nowhere_else() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let long = format!("https://example.org/{}", "x".repeat(481));
    let bad = [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "//example.org/x",
        "/x",
        "example.org",
        "https://",
        "http:",
        "https:example.org",
        "https://exa mple.org/x",
        &long,
    ];
    for url in bad {
        for field in ["route_map_url", "demo_url"] {
            blames(asha.post(LIST, and(trip("Kyoto on foot"), json!({ field: url }))).await, field);
        }
        let screenshots = json!({ "screenshots": ["https://example.org/1.jpg", url] });
        blames(asha.post(LIST, and(trip("Kyoto on foot"), screenshots)).await, "screenshots");
    }
    let longest = long[..500].to_owned();
    for url in ["https://example.org/x?y=%20#z", "HTTP://example.org", "https://münchen.example/", &longest] {
        let made =
            asha.post(LIST, and(trip("Kyoto on foot"), json!({ "demo_url": url, "screenshots": [url] }))).await.is(201);
        assert_eq!((&made.data()["demo_url"], &made.data()["screenshots"]), (&json!(url), &json!([url])));
    }
    let empty = json!({ "demo_url": "", "route_map_url": " ", "screenshots": [""] });
    let made = asha.post(LIST, and(trip("Kyoto on foot"), empty)).await.is(201);
    assert_eq!((&made.data()["demo_url"], &made.data()["route_map_url"]), (&Value::Null, &Value::Null));
    assert_eq!(made.data()["screenshots"], json!([]));
}

#[tokio::test]
async fn texts_and_lists_have_a_longest_length() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let texts = [
        ("title", 200),
        ("tagline", 300),
        ("description", 20_000),
        ("destination", 200),
        ("country", 100),
        ("travel_type", 50),
        ("travel_style", 100),
        ("best_season", 500),
        ("trip_highlights", 20_000),
        ("trip_journey", 20_000),
        ("day_by_day_plan", 20_000),
        ("safety_intelligence", 20_000),
        ("hidden_gems", 20_000),
        ("unique_highlights", 20_000),
        ("safety_tips", 20_000),
    ];
    for (field, most) in texts {
        // Characters are counted, not bytes.
        let (longest, too_long) = ("é".repeat(most), "é".repeat(most + 1));
        let made = asha.post(LIST, and(trip("Kyoto on foot"), json!({ field: longest }))).await.is(201);
        assert_eq!(made.data()[field], longest, "{field}");
        blames(asha.post(LIST, and(trip("Kyoto on foot"), json!({ field: too_long }))).await, field);
    }
    for (field, most, word) in [("regions", 50, 100), ("activity_tags", 30, 50), ("categories", 20, 50)] {
        let of = |n: usize, length: usize| (0..n).map(|i| format!("{i:0length$}")).collect::<Value>();
        asha.post(LIST, and(trip("Kyoto on foot"), json!({ field: of(most, word) }))).await.is(201);
        blames(asha.post(LIST, and(trip("Kyoto on foot"), json!({ field: of(most + 1, 5) }))).await, field);
        blames(asha.post(LIST, and(trip("Kyoto on foot"), json!({ field: of(1, word + 1) }))).await, field);
    }
    let shots = |n: usize| json!({ "screenshots": vec!["https://example.org/x"; n] });
    asha.post(LIST, and(trip("Kyoto on foot"), shots(30))).await.is(201);
    blames(asha.post(LIST, and(trip("Kyoto on foot"), shots(31))).await, "screenshots");
    let points = |n: usize| json!({ "route_waypoints": vec![json!({ "lat": 1, "lon": 1 }); n] });
    asha.post(LIST, and(trip("Kyoto on foot"), points(500))).await.is(201);
    blames(asha.post(LIST, and(trip("Kyoto on foot"), points(501))).await, "route_waypoints");
}

#[tokio::test]
async fn a_title_is_one_line_of_at_least_five_characters() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for bad in ["", "    ", "Kyot", "  Kyot  ", "Kyoto\non foot", "Kyoto\u{7}"] {
        blames(asha.post(LIST, json!({ "title": bad, "destination": "Kyoto" })).await, "title");
    }
    for bad in ["", "  ", "Kyoto\r\nJapan"] {
        blames(asha.post(LIST, json!({ "title": "Kyoto on foot", "destination": bad })).await, "destination");
    }
    let made = asha.post(LIST, json!({ "title": " Kyoto ", "destination": " X " })).await.is(201);
    assert_eq!((&made.data()["title"], &made.data()["destination"]), (&json!("Kyoto"), &json!("X")));
}

#[tokio::test]
async fn a_wrong_type_names_its_field() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for (field, bad) in [
        ("title", json!(5)),
        ("title", json!(["Kyoto on foot"])),
        ("destination", json!({ "name": "Kyoto" })),
        ("description", json!(true)),
        ("regions", json!("Kansai")),
        ("regions", json!([1])),
        ("regions", json!([null])),
        ("activity_tags", json!("food")),
        ("activity_tags", json!([{}])),
        ("activity_tags", json!([""])),
        ("categories", json!({})),
        ("screenshots", json!("https://example.org/x")),
        ("duration_days", json!("three")),
        ("duration_days", json!(1.5)),
        ("duration_days", json!(0)),
        ("duration_days", json!(-1)),
        ("duration_days", json!(3651)),
        ("duration_days", json!(u64::MAX)),
        ("share_dates", json!("yes")),
        ("is_published", json!("no")),
        ("is_public", json!(2)),
        ("difficulty_level", json!("impossible")),
        ("difficulty_level", json!("")),
        ("difficulty_level", json!(1)),
        ("budget_currency", json!(840)),
        ("route_waypoints", json!([[35.0, 135.0]])),
        ("route_waypoints", json!([{ "lat": 90.1, "lon": 0 }])),
        ("route_waypoints", json!([{ "lat": 0, "lng": -180.1 }])),
        ("route_waypoints", json!([{ "latitude": "35", "longitude": 135 }])),
        ("route_waypoints", json!([{ "name": "x".repeat(256 * 1024) }])),
        ("starting_point_gps", json!("here")),
        ("starting_point_gps", json!("90.1,0")),
        ("ending_point_gps", json!("0,180.1")),
        ("ending_point_gps", json!("0;0")),
        ("ending_point_gps", json!([0, 0])),
        ("route_gpx", json!({ "gpx": {} })),
        ("remixed_from_ids", json!(["nonexistent-id"])),
        ("start_date", json!("02.04.2027")),
        ("start_date", json!("2027-02-30")),
        ("start_date", json!(20_270_402)),
        ("end_date", json!("2027-04-02T")),
    ] {
        blames(asha.post(LIST, and(trip("Kyoto on foot"), json!({ field: bad }))).await, field);
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itineraries").await, 0);
}

#[tokio::test]
async fn an_end_before_the_start_is_refused() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let dates = |start: &str, end: &str| and(trip("Kyoto on foot"), json!({ "start_date": start, "end_date": end }));
    blames(asha.post(LIST, dates("2027-04-02", "2027-04-01")).await, "end_date");
    blames(asha.post(LIST, dates("2027-04-02", "2037-04-02")).await, "end_date");
    asha.post(LIST, dates("2027-04-02", "2027-04-02")).await.is(201);
}

#[tokio::test]
async fn all_faults_of_a_trip_are_told_at_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let body = json!({
        "title": "x", "duration_days": 0, "budget_currency": "XXQ", "demo_url": "javascript:alert(1)",
        "route_gpx": "no track", "activity_tags": ["x".repeat(51)],
    });
    let answer = asha.post(LIST, body).await.fails(400, "validation_failed");
    for field in ["title", "destination", "duration_days", "budget_currency", "demo_url", "route_gpx", "activity_tags"]
    {
        assert!(answer.message().contains(field), "{field}: {}", answer.text);
        let named = answer.body["details"].as_object().unwrap().keys().any(|k| k.starts_with(field));
        assert!(named, "{field}: {}", answer.text);
    }
}

#[tokio::test]
async fn unknown_fields_do_no_harm() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let more =
        json!({ "budget_range": "medium", "has_gps_coordinates": true, "remix_chat_session_id": "x", "x": [{}] });
    let made = asha.post(LIST, and(trip("Kyoto on foot"), more)).await.is(201);
    assert_eq!(made.data()["has_gps"], false);
    assert!(made.data().get("budget_range").is_none());
}
