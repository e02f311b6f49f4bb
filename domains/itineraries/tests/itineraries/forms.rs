//! What forms send: texts for numbers, dates and truths, and empty ones for what was cleared.

use crate::{LIST, and, at, trip};
use testkit::{World, json};

#[tokio::test]
async fn numbers_dates_and_truths_are_read_as_forms_send_them() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let sent = json!({
        "duration_days": "3", "budget_amount": "450", "start_date": "2027-04-02T10:00", "end_date": "",
        "travel_style": "s".repeat(100), "is_published": "true",
    });
    let made = asha.post(LIST, and(trip("Kyoto on foot"), sent)).await.is(201);
    let (made, id) = (made.data(), made.data()["id"].as_str().unwrap());
    assert_eq!((&made["duration_days"], &made["budget_amount"]), (&json!(3), &json!(450.0)));
    assert_eq!((&made["start_date"], &made["end_date"]), (&json!("2027-04-02"), &json!(null)));
    assert_eq!((&made["travel_style"], &made["is_published"]), (&json!("s".repeat(100)), &json!(true)));
    let cleared = asha.patch(&at(id), json!({ "start_date": "", "duration_days": 4.0 })).await.is(200);
    assert_eq!((&cleared.data()["start_date"], &cleared.data()["duration_days"]), (&json!(null), &json!(4)));
    for (body, field, words) in [
        (json!({ "duration_days": "three" }), "duration_days", "must be a whole number"),
        (json!({ "duration_days": 3.5 }), "duration_days", "must be a whole number"),
        (json!({ "title": 5 }), "title", "must be a text"),
        (json!({ "activity_tags": "food" }), "activity_tags", "must be a list"),
        (json!({ "start_date": "soon" }), "start_date", "must be a date such as 2027-04-02, from 1900 to 2200"),
        (json!({ "is_published": "perhaps" }), "is_published", "must be true or false"),
    ] {
        let refused = asha.patch(&at(id), body.clone()).await.is(400);
        assert_eq!(refused.body["details"][field], json!([words]), "{body}: {}", refused.text);
    }
}
