//! Uploaded tracks: what is measured, what is published, what is refused.

use crate::{LIST, and, at, blames, gpx, trip};
use serde_json::Value;
use testkit::{World, json};

const RECORDED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Watch of Asha" xmlns="http://www.topografix.com/GPX/1/1">
<metadata><name>Round the lake</name><author><name>Asha Secretname</name><email id="asha" domain="home.example"/></author>
<link href="https://tracker.example/asha"/><time>2026-11-20T06:00:00Z</time></metadata>
<trk><src>Device 4711</src><trkseg>
<trkpt lat="35.0" lon="135.7"><ele>100</ele><time>2026-11-20T06:00:01Z</time></trkpt>
<trkpt lat="35.0" lon="135.8"><ele>150.5</ele><speed>2.5</speed><extensions><hr>171</hr></extensions></trkpt>
<trkpt lat="35.1" lon="135.8"><ele>120</ele></trkpt>
</trkseg></trk></gpx>"#;

fn with_track(title: &str, track: impl Into<Value>) -> Value {
    and(trip(title), json!({ "route_gpx": track.into() }))
}

#[tokio::test]
async fn a_track_is_measured() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("Osaka by night")).await;
    asha.publishes(with_track("A walk in Nara", gpx(&[(34.0, 135.0), (34.0, 135.01)]))).await;
    let id = asha.publishes(with_track("Kyoto on foot", RECORDED)).await;
    let list = world.get("/api/itineraries?search=foot").await.is(200);
    for view in [world.get(&at(&id)).await.data(), asha.get(&at(&id)).await.data(), &list.data()[0]] {
        assert_eq!((&view["title"], &view["has_gps"]), (&json!("Kyoto on foot"), &json!(true)));
        let route = &view["route"];
        // 0.1 degrees of longitude at latitude 35, and 0.1 of latitude.
        let expected = 0.1 * 111.195 * (35.0_f64.to_radians().cos() + 1.0);
        assert!((route["length_km"].as_f64().unwrap() - expected).abs() < 0.01, "{route} {expected}");
        assert_eq!((&route["ascent_m"], &route["points"]), (&json!(50.5), &json!(3)));
        assert_eq!(route["bbox"], json!([35.0, 135.7, 35.1, 135.8]));
        assert_eq!((&route["start"], &route["end"]), (&json!([35.0, 135.7]), &json!([35.1, 135.8])));
        assert_eq!(view["starting_point_gps"], "35.000000,135.700000");
        assert_eq!(view["ending_point_gps"], "35.100000,135.800000");
    }
}

#[tokio::test]
async fn what_would_give_a_person_away_is_not_published() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let made = asha.post(LIST, with_track("Kyoto on foot", RECORDED)).await.is(201);
    let id = made.data()["id"].as_str().unwrap();
    for answer in [&made, &world.get(&at(id)).await, &asha.get(&at(id)).await] {
        let track = answer.data()["route_gpx"].as_str().unwrap();
        assert!(track.contains("<trkpt lat=\"35.0\" lon=\"135.7\"><ele>100</ele></trkpt>"), "{track}");
        assert!(track.contains("<name>Round the lake</name>"), "{track}");
        let secrets = [
            "Secretname",
            "home.example",
            "tracker.example",
            "2026-11-20",
            "06:00",
            "4711",
            "171",
            "Watch of",
            "speed",
        ];
        for secret in secrets {
            assert!(!answer.text.contains(secret), "{secret}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn lists_leave_the_track_out() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(with_track("Kyoto on foot", RECORDED)).await;
    asha.publishes(trip("Osaka by night")).await;
    for list in [world.get("/api/itineraries?sort=newest").await, asha.get("/api/itineraries?sort=newest").await] {
        assert_eq!(list.titles(), ["Osaka by night", "Kyoto on foot"]);
        assert_eq!((&list.data()[0]["has_gps"], &list.data()[1]["has_gps"]), (&json!(false), &json!(true)));
        assert_eq!(list.data()[0]["route"], Value::Null);
        for view in list.data().as_array().unwrap() {
            assert_eq!(view.get("route_gpx"), Some(&Value::Null));
        }
        assert!(!list.text.contains("trkpt"), "{}", list.text);
    }
}

#[tokio::test]
async fn places_that_the_author_names_stand_before_those_of_the_track() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let body = and(with_track("Kyoto on foot", RECORDED), json!({ "starting_point_gps": "34.9,135.6" }));
    let made = asha.post(LIST, body).await.is(201);
    assert_eq!(made.data()["starting_point_gps"], "34.9,135.6");
    assert_eq!(made.data()["ending_point_gps"], "35.100000,135.800000");
    let path = at(made.data()["id"].as_str().unwrap());
    let gone = asha.patch(&path, json!({ "route_gpx": null })).await.is(200);
    assert_eq!(gone.data()["starting_point_gps"], "34.9,135.6");
}

#[tokio::test]
async fn a_track_can_be_removed_with_all_that_was_taken_from_it() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for none in [Value::Null, json!(""), json!("  ")] {
        let id = asha.publishes(with_track("Kyoto on foot", RECORDED)).await;
        asha.patch(&at(&id), json!({ "tagline": "the track stays" })).await.is(200);
        assert_eq!(world.get(&at(&id)).await.data()["has_gps"], true);
        asha.patch(&at(&id), json!({ "route_gpx": none })).await.is(200);
        for view in [world.get(&at(&id)).await, asha.get(&at(&id)).await] {
            let view = view.is(200);
            for field in ["route_gpx", "route", "starting_point_gps", "ending_point_gps"] {
                assert_eq!(view.data()[field], Value::Null, "{field}: somebody may live there");
            }
            assert_eq!(view.data()["has_gps"], false);
            assert!(!view.text.contains("135.7") && !view.text.contains("135.8"), "{}", view.text);
        }
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itinerary_tracks").await, 0);
    assert_eq!(world.get("/api/itineraries?has_gps=true").await.titles().len(), 0);
}

#[tokio::test]
async fn another_track_takes_the_place_of_the_first() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let other = asha.publishes(with_track("Kyoto on foot", RECORDED)).await;
    let id = asha.publishes(with_track("Kyoto on foot", RECORDED)).await;
    let new = gpx(&[(1.0, 2.0), (1.0, 3.0)]);
    asha.put(&at(&id), json!({ "route_gpx": new })).await.is(200);
    let view = world.get(&at(&id)).await.is(200);
    assert_eq!((&view.data()["route"]["points"], &view.data()["route"]["start"]), (&json!(2), &json!([1.0, 2.0])));
    assert_eq!(view.data()["starting_point_gps"], "1.000000,2.000000");
    assert_eq!(view.data()["ending_point_gps"], "1.000000,3.000000");
    assert!(view.data()["route_gpx"].as_str().unwrap().contains("lon=\"3\""));
    assert!(!view.text.contains("135.7"), "{}", view.text);
    let named = json!({ "route_gpx": RECORDED, "starting_point_gps": "1.000000,2.000000" });
    let view = asha.put(&at(&id), named).await.is(200);
    assert_eq!(view.data()["starting_point_gps"], "1.000000,2.000000");
    assert_eq!(view.data()["ending_point_gps"], "35.100000,135.800000");
    assert_eq!(world.get(&at(&other)).await.data()["route"]["points"], 3);
}

#[tokio::test]
async fn what_is_no_track_is_refused_and_says_why() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let path = at(&asha.publishes(with_track("Kyoto on foot", RECORDED)).await);
    let before = asha.get(&path).await.is(200);
    let good = gpx(&[(1.0, 2.0), (1.0, 3.0)]);
    let entity = "<!DOCTYPE gpx [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>";
    let external = "<!DOCTYPE gpx SYSTEM \"file:///etc/passwd\">";
    for (bad, why) in [
        (format!("<!DOCTYPE gpx>{good}"), "DOCTYPE"),
        (format!("{entity}{good}"), "DOCTYPE"),
        (format!("{external}{good}"), "DOCTYPE"),
        (good.replace("<trk>", "<trk><name>&xxe;</name>"), "entity"),
        (gpx(&[]), "no track"),
        (gpx(&[(1.0, 2.0)]), "no track"),
        ("<gpx><wpt lat=\"1\" lon=\"2\"/><wpt lat=\"1\" lon=\"3\"/></gpx>".to_owned(), "no track"),
        ("this is no XML".to_owned(), "GPX"),
        ("<gpx><trk>".to_owned(), "GPX"),
        ("<kml></kml>".to_owned(), "not a GPX"),
        (gpx(&[(91.0, 2.0), (1.0, 3.0)]), "Point 1"),
        (gpx(&[(1.0, 2.0), (1.0, 181.0)]), "Point 2"),
        (good.replace("<gpx", "<?xml version='1.0' encoding='UTF-16'?><gpx"), "UTF-8"),
    ] {
        let answer = asha.post(LIST, with_track("Kyoto on foot", bad.as_str())).await;
        assert!(answer.message().contains(why), "{bad}: {}", answer.text);
        blames(answer, "route_gpx");
        blames(asha.patch(&path, json!({ "route_gpx": bad })).await, "route_gpx");
    }
    assert_eq!(asha.get(&path).await.data(), before.data());
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itineraries").await, 1);
}

#[tokio::test]
async fn a_track_may_have_five_megabytes_and_no_byte_more() {
    let world = World::with(&[("REQUEST_TIMEOUT", "120")]).await;
    let asha = world.person("asha").await;
    let frame = gpx(&[(1.0, 2.0), (1.0, 3.0)]);
    let of_size = |bytes: usize| {
        let desc = "x".repeat(bytes - frame.len() - "<desc></desc>".len());
        frame.replace("<trk>", &format!("<trk><desc>{desc}</desc>"))
    };
    let largest = 5 * 1024 * 1024;
    let answer = asha.post(LIST, with_track("Kyoto on foot", of_size(largest + 1))).await;
    assert!(answer.message().contains("5 MB"), "{}", answer.message());
    blames(answer, "route_gpx");
    let made = asha.post(LIST, with_track("Kyoto on foot", of_size(largest))).await.is(201);
    assert_eq!(made.data()["route"]["points"], 2);
    // What is larger than any allowed body does not even get that far.
    let far_too_large = "x".repeat(12_582_912);
    asha.post(LIST, with_track("Kyoto on foot", far_too_large)).await.fails(413, "body_too_large");
}

#[tokio::test]
async fn a_track_may_have_two_hundred_thousand_points_and_none_more() {
    let world = World::with(&[("REQUEST_TIMEOUT", "120")]).await;
    let asha = world.person("asha").await;
    let of =
        |points: usize| format!("<gpx><trk><trkseg>{}</trkseg></trk></gpx>", "<trkpt lat='1' lon='2'/>".repeat(points));
    let answer = asha.post(LIST, with_track("Kyoto on foot", of(200_001))).await;
    assert!(answer.message().contains("200,000 points"), "{}", answer.message());
    blames(answer, "route_gpx");
    let made = asha.post(LIST, with_track("Kyoto on foot", of(200_000))).await.is(201);
    assert_eq!(made.data()["route"]["points"], 200_000);
}
