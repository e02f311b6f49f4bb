//! What is written of a trip, and how it comes back.

use crate::{LIST, and, at, blames, less, trip};
use serde_json::Value;
use testkit::{Person, World, json};

/// Every field that an author may write, none of them a default.
fn full() -> Value {
    json!({
        "title": "Kumano Kodō, slowly", "tagline": "Cedars and rain", "description": "Two lines\nof prose.",
        "destination": "Tanabe, Japan", "country": "Japan", "regions": ["Wakayama", "Mie"],
        "start_date": "2027-04-02", "end_date": "2027-04-06", "share_dates": true, "duration_days": 5,
        "difficulty_level": "difficult", "travel_type": "hike", "travel_style": "solo",
        "budget_amount": 1234.5, "budget_currency": "EUR",
        "travel_companions": [
            { "traveler_id": "01a3b1c2-7a00-7000-8000-000000000007", "name": "Bela", "role": "photographer",
              "username": "bela", "avatar_url": "https://images.example.org/bela.jpg" },
        ],
        "activity_tags": ["Hiking", "onsen"], "categories": ["mountains"],
        "screenshots": ["https://images.example.org/1.jpg", "http://images.example.org/2.jpg?w=100#x"],
        "route_map_url": "https://maps.example.org/kumano", "demo_url": "https://films.example.org/kumano",
        "route_waypoints": [
            { "name": "Takijiri", "lat": 33.77, "lng": 135.51, "note": { "open": [9, 17] } },
            { "name": "Hongū", "latitude": 33.84, "longitude": 135.77 },
        ],
        "starting_point_gps": "33.77,135.51", "ending_point_gps": "33.84, 135.77",
        "best_season": "October", "trip_highlights": "The great torii", "trip_journey": "We walked.",
        "day_by_day_plan": "Day 1: Takijiri\nDay 2: Chikatsuyu", "safety_intelligence": "No signal for hours",
        "hidden_gems": "The tea house", "unique_highlights": "A World Heritage path", "safety_tips": "Bear bells",
        "is_remixed": true, "remixed_from_ids": ["01a3b1c2-7a00-7000-8000-00000000002a"],
    })
}

async fn creates(person: &Person<'_>, more: Value) -> Value {
    person.post(LIST, and(trip("Kyoto on foot"), more)).await.is(201).data().clone()
}

#[tokio::test]
async fn every_field_is_read_back_as_it_was_written() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("Kyoto on foot")).await;
    let made = asha.post(LIST, full()).await.is(201);
    let id = made.data()["id"].as_str().unwrap();
    let list = world.get("/api/itineraries?destination=tanabe").await.is(200);
    let details = [made.data(), world.get(&at(id)).await.data(), asha.get(&at(id)).await.data(), &list.data()[0]]
        .map(Value::clone);
    for view in &details {
        for (field, written) in full().as_object().unwrap() {
            let left_out = field == "route_waypoints" && *view == list.data()[0];
            assert_eq!(view[field], if left_out { json!([]) } else { written.clone() }, "{field}");
        }
        assert_eq!(view["travel_month"], "2027-04");
        assert_eq!((&view["uuid"], &view["user_id"]), (&view["id"], &json!(asha.id)));
        if *view != list.data()[0] {
            assert_eq!(view, &details[0]);
        }
    }
}

#[tokio::test]
async fn what_is_not_written_has_its_default() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let plain = creates(&asha, json!({})).await;
    let nothing = [
        "tagline",
        "country",
        "start_date",
        "end_date",
        "travel_month",
        "duration_days",
        "travel_type",
        "travel_style",
        "budget_amount",
        "route",
        "route_gpx",
        "route_map_url",
        "demo_url",
        "starting_point_gps",
        "ending_point_gps",
        "best_season",
        "trip_highlights",
        "trip_journey",
        "day_by_day_plan",
        "safety_intelligence",
        "hidden_gems",
        "unique_highlights",
        "safety_tips",
        "featured_at",
        "user_vote",
    ];
    for field in nothing {
        assert_eq!(plain.get(field), Some(&Value::Null), "{field}");
    }
    for field in [
        "regions",
        "activity_tags",
        "categories",
        "screenshots",
        "travel_companions",
        "route_waypoints",
        "remixed_from_ids",
        "badges",
        "community_tags",
    ] {
        assert_eq!(plain[field], json!([]), "{field}");
    }
    for (field, value) in [
        ("difficulty_level", "moderate"),
        ("budget_currency", "USD"),
        ("description", ""),
        ("scoring_status", "completed"),
    ] {
        assert_eq!(plain[field], value, "{field}");
    }
    for field in ["share_dates", "has_gps", "women_safe_certified", "is_featured", "is_remixed", "user_has_saved"] {
        assert_eq!(plain[field], false, "{field}");
    }
    for field in [
        "view_count",
        "helpful_votes",
        "share_count",
        "upvotes",
        "downvotes",
        "voteCount",
        "comment_count",
        "remix_count",
        "safety_ratings_count",
        "safety_rating_count",
    ] {
        assert_eq!(plain[field], 0, "{field}");
    }
    for field in ["proof_score", "safety_score", "safety_ratings_avg", "identity_score", "quality_score"] {
        assert_eq!(plain[field], 0.0, "{field}");
    }
    // `null` says no more than saying nothing.
    let nulls: Value =
        full().as_object().unwrap().keys().map(|k| (k.clone(), Value::Null)).collect::<serde_json::Map<_, _>>().into();
    let nulled = asha.post(LIST, and(nulls, trip("Kyoto on foot"))).await.is(201);
    assert_eq!(less(nulled.data(), &["id", "uuid"]), less(&plain, &["id", "uuid"]));
}

#[tokio::test]
async fn a_companion_may_be_named_by_user_id() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let made = creates(
        &asha,
        json!({ "travel_companions": [
        { "name": " Bela ", "user_id": "b-1", "role": "cook" },
        { "name": "Chitra", "user_id": "c-1", "traveler_id": "c-2", "avatar_url": "" },
    ] }),
    )
    .await;
    let expected = json!([
        { "traveler_id": "b-1", "name": "Bela", "role": "cook", "username": null, "avatar_url": null },
        { "traveler_id": "c-2", "name": "Chitra", "role": null, "username": null, "avatar_url": null },
    ]);
    assert_eq!(made["travel_companions"], expected);
    for bad in [
        json!([{}]),
        json!([{ "name": "" }]),
        json!([{ "name": null }]),
        json!([{ "name": "x".repeat(101) }]),
        json!([{ "name": "Bela", "role": "x".repeat(101) }]),
        json!([{ "name": "Bela", "avatar_url": "javascript:alert(1)" }]),
        json!([{ "name": "Bela", "role": 5 }]),
        json!(["Bela"]),
        json!({ "name": "Bela" }),
        json!(vec![json!({ "name": "Bela" }); 51]),
    ] {
        blames(
            asha.post(LIST, and(trip("Kyoto on foot"), json!({ "travel_companions": bad }))).await,
            "travel_companions",
        );
    }
}

#[tokio::test]
async fn other_names_of_a_field_count_unless_its_own_name_comes_too() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let made = creates(&asha, json!({ "difficulty": "EXPERT", "budget_usd": 99, "tags": ["food"] })).await;
    assert_eq!(made["difficulty_level"], "expert");
    assert_eq!((&made["budget_amount"], &made["budget_currency"]), (&json!(99.0), &json!("USD")));
    assert_eq!(made["activity_tags"], json!(["food"]));
    let both = json!({
        "difficulty": "easy", "difficulty_level": "difficult", "budget_amount": 1, "budget_usd": 2,
        "tags": ["no"], "activity_tags": ["yes"],
    });
    let made = creates(&asha, both).await;
    assert_eq!(made["difficulty_level"], "difficult");
    assert_eq!((&made["budget_amount"], &made["activity_tags"]), (&json!(1.0), &json!(["yes"])));
    let path = at(made["id"].as_str().unwrap());
    let patched = asha.patch(&path, json!({ "difficulty": "easy", "tags": ["other"] })).await.is(200);
    assert_eq!(
        (&patched.data()["difficulty_level"], &patched.data()["activity_tags"]),
        (&json!("easy"), &json!(["other"]))
    );
    assert_eq!(world.get("/api/itineraries?activity=other").await.titles().len(), 1);
    assert_eq!(world.get("/api/itineraries?activity=no").await.titles().len(), 0);
}

#[tokio::test]
async fn length_and_end_follow_from_the_dates() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for (given, expected) in [
        (json!({ "start_date": "2027-02-27", "end_date": "2027-03-01" }), json!(["2027-02-27", "2027-03-01", 3])),
        (json!({ "start_date": "2027-02-27", "end_date": "2027-02-27" }), json!(["2027-02-27", "2027-02-27", 1])),
        (json!({ "start_date": "2028-02-28", "duration_days": 3 }), json!(["2028-02-28", null, 3])),
        (
            json!({ "start_date": "2027-02-27", "end_date": "2027-03-01", "duration_days": 2 }),
            json!(["2027-02-27", "2027-03-01", 2]),
        ),
        (json!({ "start_date": "2027-02-27" }), json!(["2027-02-27", null, null])),
        (json!({ "end_date": "2027-02-27", "duration_days": 9 }), json!([null, "2027-02-27", 9])),
        (
            json!({ "start_date": "2027-04-02T23:30:00", "end_date": "2027-04-03T01:00:00Z" }),
            json!(["2027-04-02", "2027-04-03", 2]),
        ),
        (
            json!({ "start_date": "2027-04-02T10:00:00.5+05:30", "end_date": "2027-04-02" }),
            json!(["2027-04-02", "2027-04-02", 1]),
        ),
    ] {
        let made = creates(&asha, given.clone()).await;
        assert_eq!(json!([made["start_date"], made["end_date"], made["duration_days"]]), expected, "{given}");
    }
    let path = at(creates(&asha, json!({ "start_date": "2027-04-02", "end_date": "2027-04-04" })).await["id"]
        .as_str()
        .unwrap());
    assert_eq!(asha.patch(&path, json!({ "end_date": "2027-04-11" })).await.is(200).data()["duration_days"], 10);
    blames(asha.patch(&path, json!({ "end_date": "2027-04-01" })).await, "end_date");
    blames(asha.patch(&path, json!({ "start_date": "2027-04-12" })).await, "end_date");
    assert_eq!(asha.get(&path).await.data()["end_date"], "2027-04-11");
}

#[tokio::test]
async fn money_is_kept_in_the_units_of_its_currency() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for (amount, currency, kept, code) in [
        (json!(12.34), json!("USD"), 12.34, "USD"),
        (json!(0.1), Value::Null, 0.1, "USD"),
        (json!(12.345), json!("eur"), 12.35, "EUR"),
        (json!(1200), json!("JPY"), 1200.0, "JPY"),
        (json!(1200.4), json!("JPY"), 1200.0, "JPY"),
        (json!(1.234), json!("BHD"), 1.234, "BHD"),
        (json!(0), json!("INR"), 0.0, "INR"),
        (json!(1e12), json!("VND"), 1e12, "VND"),
    ] {
        let made = creates(&asha, json!({ "budget_amount": amount, "budget_currency": currency })).await;
        assert_eq!(
            (&made["budget_amount"], &made["budget_currency"]),
            (&json!(kept), &json!(code)),
            "{amount} {currency}"
        );
        let path = at(made["id"].as_str().unwrap());
        assert_eq!(world.get(&path).await.data()["budget_amount"], kept);
    }
    let with = |more: Value| asha.post(LIST, and(trip("Kyoto on foot"), more));
    for bad in ["XXQ", "", "dollars", "$", "US"] {
        blames(with(json!({ "budget_currency": bad })).await, "budget_currency");
    }
    for bad in [json!(-0.01), json!(-1), json!(1e13), json!("twelve"), json!(true), json!([1])] {
        blames(with(json!({ "budget_amount": bad })).await, "budget_amount");
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from itineraries").await, 8);
}

#[tokio::test]
async fn a_trip_that_names_what_it_was_made_from_is_remixed_and_names_each_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let [one, other] = ["01a3b1c2-7a00-7000-8000-00000000002a", "01a3b1c2-7a00-7000-8000-00000000002b"];
    for (given, kept, is_remixed) in [
        (json!({ "remixed_from_ids": [other, one, other, one.to_uppercase()] }), vec![other, one], true),
        (json!({ "remixed_from_ids": [one], "is_remixed": false }), vec![one], true),
        (json!({ "remixed_from_ids": [] }), vec![], false),
        (json!({ "is_remixed": true }), vec![], true),
    ] {
        let made = asha.post(LIST, and(trip("Kyoto on foot"), given)).await.is(201);
        let read = asha.get(&at(made.data()["id"].as_str().unwrap())).await.is(200);
        for trip in [made.data(), read.data()] {
            assert_eq!((&trip["remixed_from_ids"], &trip["is_remixed"]), (&json!(kept), &json!(is_remixed)));
        }
    }
}
