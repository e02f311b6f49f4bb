//! What a body could do to everybody else.

use crate::{LIST, and, blames, trip};
use testkit::{World, json};

#[tokio::test]
async fn a_day_outside_the_calendar_is_refused_and_breaks_no_list() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for day in ["-001-01-01", "0000-01-01", "1899-12-31", "2201-01-01", "+99-01-01", "275760-09-13"] {
        blames(asha.post(LIST, and(trip("Out of time"), json!({ "start_date": day }))).await, "start_date");
        blames(asha.post(LIST, and(trip("Out of time"), json!({ "end_date": day }))).await, "end_date");
    }
    // The last day that is known, and a length beyond it.
    let late = json!({ "start_date": "2200-12-31", "duration_days": 3650 });
    asha.post(LIST, and(trip("A late one"), late)).await.is(201);
    assert_eq!(world.get(LIST).await.is(200).titles(), ["A late one"]);
}

#[tokio::test]
async fn a_body_of_very_many_values_is_refused_with_few_words() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let many = |value: &str, n: usize| format!("[{value}{}]", format!(",{value}").repeat(n));
    for (body, code) in [
        (format!(r#"{{"title":"Kyoto","x":{}}}"#, many(r#"{"a":0}"#, 300_000)), "malformed_json"),
        (format!(r#"{{"activity_tags":{}}}"#, many("\"\"", 1_000_000)), "malformed_json"),
        (format!(r#"{{"activity_tags":{}}}"#, many("\"\"", 10_000)), "validation_failed"),
    ] {
        let request = axum::http::Request::post(LIST)
            .header("authorization", format!("Bearer {}", asha.token))
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body));
        let answer = world.send(request.unwrap()).await;
        assert!(answer.text.len() < 8_000, "{} bytes", answer.text.len());
        answer.fails(400, code);
    }
}

#[tokio::test]
async fn a_search_of_very_long_words_is_cut_down() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(and(trip("A long one"), json!({ "description": "a".repeat(20_000) }))).await;
    asha.publishes(and(trip("A short one"), json!({ "description": "b" }))).await;
    let word = "a".repeat(400);
    assert_eq!(world.get(&format!("{LIST}?search={word}")).await.is(200).titles(), ["A long one"]);
}

#[tokio::test]
async fn a_list_carries_the_beginning_of_long_texts() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let long = "é".repeat(5_000);
    let id = asha.publishes(and(trip("A long one"), json!({ "description": long, "trip_journey": long }))).await;
    let list = world.get(LIST).await.is(200);
    for field in ["description", "trip_journey"] {
        assert_eq!(list.data()[0][field].as_str().unwrap().chars().count(), 2_000, "{field}");
        assert_eq!(world.get(&format!("{LIST}/{id}")).await.data()[field], long, "{field}");
    }
}
