//! Calling for help.

use crate::{ALERT, NOBODYS, SETTINGS, answers, asked, closes, has_agreed, mailed, names, post_with_key};
use serde_json::Value;
use testkit::{World, json};

const HELP: &str = "needs help";

fn id(answer: &testkit::Answer) -> String {
    answer.data()["id"].as_str().unwrap().to_owned()
}

/// What has become of it with each contact.
fn statuses(data: &Value) -> Vec<(&str, &str)> {
    let contacts = data["contacts"].as_array().unwrap();
    contacts.iter().map(|c| (c["name"].as_str().unwrap(), c["status"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn those_who_agreed_are_told_and_say_that_they_have_seen_it() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    names(&asha, &["mira", "noor", "oona"]).await;
    has_agreed(&world, &bela, &["pia"]).await;
    let body = json!({ "location": "Gate 3 <b>", "message": "Somebody follows me" });
    let made = asha.post(ALERT, body).await.is(201);
    assert_eq!(statuses(made.data()), [("mira", "queued"), ("noor", "queued")]);
    for (field, value) in [
        ("state", json!("active")),
        ("location", json!("Gate 3 <b>")),
        ("message", json!("Somebody follows me")),
        ("created_at", json!("2026-11-23T09:30:00.000000Z")),
        ("cancellable_until", json!("2026-11-23T09:30:30.000000Z")),
        ("ended_at", Value::Null),
    ] {
        assert_eq!(made.data()[field], value, "{field}");
    }
    world.run_jobs().await;
    assert_eq!(mailed(&world, HELP), ["mira@contact.example", "noor@contact.example"]);
    let mails = world.mails();
    let mail = mails.iter().find(|m| m.subject() == "asha needs help" && m.to().starts_with("noor")).unwrap();
    assert!(
        mail.text.contains("Where: Gate 3 <b>") && mail.text.contains("asha wrote: Somebody follows me"),
        "{mail:?}"
    );
    assert!(mail.html.contains("Gate 3 &lt;b&gt;"), "{mail:?}");
    assert_eq!(mail.token("/emergency-contact").unwrap(), asked(&world, "noor"), "they can withdraw");
    let at = format!("{ALERT}/{}", id(&made));
    assert_eq!(statuses(asha.get(&at).await.is(200).data()), [("mira", "sent"), ("noor", "sent")]);

    let token = mail.token("/emergency-alert").unwrap();
    let shown = world.get(&format!("{ALERT}/acknowledge?token={token}")).await.is(200);
    let linked = json!({ "traveler_name": "asha", "state": "active", "created_at": "2026-11-23T09:30:00.000000Z" });
    assert_eq!(*shown.data(), linked, "and neither where nor what");
    assert_eq!(statuses(asha.get(&at).await.data())[1], ("noor", "sent"), "opening the link says nothing");
    for _ in 0..2 {
        world.post(&format!("{ALERT}/acknowledge"), json!({ "token": token })).await.is(200);
    }
    let seen = asha.get(&at).await;
    assert_eq!(statuses(seen.data()), [("mira", "sent"), ("noor", "acknowledged")]);
    for bad in ["x", asked(&world, "noor").as_str()] {
        world.post(&format!("{ALERT}/acknowledge"), json!({ "token": bad })).await.fails(400, "invalid_token");
    }
    let list = asha.get(ALERT).await.is(200);
    assert_eq!((&list.data()[0], &list.body["pagination"]["total"]), (seen.data(), &json!(1)));
    assert_eq!(*bela.get(ALERT).await.is(200).data(), json!([]));
}

#[tokio::test]
async fn without_anybody_who_agreed_it_says_that_nobody_was_told() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    world.post(ALERT, json!({})).await.is(401);
    let none = asha.post(ALERT, json!({})).await.fails(409, "no_contacts");
    assert!(none.message().contains("112") && none.message().contains("/api/women-safety/resources"), "{}", none.text);
    asha.put(SETTINGS, json!({ "emergency_contacts": ["112"] })).await.is(200);
    asha.post(ALERT, json!({})).await.fails(409, "no_contacts");
    names(&asha, &["mira"]).await;
    world.run_jobs().await;
    asha.post(ALERT, json!({})).await.fails(409, "no_contacts");
    answers(&world, &asked(&world, "mira"), false).await.is(200);
    asha.post(ALERT, json!({})).await.fails(409, "no_contacts");
    answers(&world, &asked(&world, "mira"), true).await.is(200);
    asha.post(ALERT, json!({})).await.is(201);
    let alerts = "select cast(count(*) as bigint) from emergency_alerts";
    assert_eq!(world.scalar(alerts).await, 1);
}

#[tokio::test]
async fn a_place_is_words_or_degrees_and_no_form_keeps_a_call_back() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    for (given, kept) in [
        (json!("  Gate 3 "), json!("Gate 3")),
        (json!({ "latitude": 28.6, "longitude": 77.2, "accuracy": 5 }), json!("28.6, 77.2")),
        (json!({ "lat": -1, "lng": 2 }), json!("-1, 2")),
        (
            json!({ "coords": { "latitude": 28.6, "longitude": 77.2, "heading": null }, "timestamp": 1 }),
            json!("28.6, 77.2"),
        ),
        (json!([28.6, 77.2]), json!("28.6, 77.2")),
        (json!(["28.6", " 77.2 "]), json!("28.6, 77.2")),
        (json!({ "address": "Main st 5, Goa" }), json!("address: Main st 5, Goa")),
        (
            json!({ "latitude": 15.5, "longitude": 73.8, "address": " Main st 5 ", "city": "", "floor": 3 }),
            json!("address: Main st 5; floor: 3; 15.5, 73.8"),
        ),
        (json!({ "place": { "name": "Gate 3" } }), json!("place: {\"name\":\"Gate 3\"}")),
        (json!({ "lat": 91, "lng": 0 }), json!("lat: 91; lng: 0")),
        (json!({ "latitude": "north", "longitude": 0 }), json!("latitude: north; longitude: 0")),
        (json!(["Gate 3", "Delhi"]), json!("[\"Gate 3\",\"Delhi\"]")),
        (json!(7), json!("7")),
        (Value::Null, Value::Null),
        (json!(" "), Value::Null),
    ] {
        let made = asha.post(ALERT, json!({ "location": given })).await.is(201);
        assert_eq!(made.data()["location"], kept, "{given}");
        closes(&asha, &made).await;
    }
    let told = asha.post(ALERT, json!({ "message": "help" })).await.is(201);
    assert!(!told.message().contains("could not be read"), "{}", told.text);
    closes(&asha, &told).await;
    for (field, given, kept) in [
        ("location", json!("x".repeat(501)), json!("x".repeat(500))),
        ("location", json!({ "lat": "28.6", "lng": " 77.2" }), json!("28.6, 77.2")),
        ("location", json!({ "address": "x".repeat(500) }), json!(format!("address: {}", "x".repeat(491)))),
        ("location", json!({ "latitude": null, "longitude": null }), Value::Null),
        ("location", json!({ "coords": {} , "name": " " }), Value::Null),
        ("location", json!({}), Value::Null),
        ("location", json!([]), Value::Null),
        ("message", json!("x".repeat(2_001)), json!("x".repeat(2_000))),
        ("message", json!({ "text": "help" }), Value::Null),
    ] {
        let other = if field == "location" { "message" } else { "location" };
        let made = asha.post(ALERT, json!({ field: given, other: "the rest" })).await.is(201);
        assert_eq!((&made.data()[field], &made.data()[other]), (&kept, &json!("the rest")), "{given}");
        let is_whole = kept == json!("28.6, 77.2");
        assert_eq!(made.message().contains(&format!("the {field}")), !is_whole, "{}", made.text);
        closes(&asha, &made).await;
    }
    // Sharing in general is off, and she may still say where she is.
    assert_eq!(asha.get(SETTINGS).await.data()["location_sharing_enabled"], false);
}

#[tokio::test]
async fn the_same_key_calls_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let body = json!({ "message": "help" });
    let (one, two) = tokio::join!(
        post_with_key(&world, &asha, ALERT, body.clone()),
        post_with_key(&world, &asha, ALERT, body.clone())
    );
    assert_eq!(one.is(201).body, two.is(201).body);
    world.run_jobs().await;
    assert_eq!(mailed(&world, HELP), ["mira@contact.example"]);
}

#[tokio::test]
async fn a_call_of_somebody_else_is_like_none() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let admin = world.admin("root_1").await;
    has_agreed(&world, &asha, &["mira"]).await;
    let theirs = id(&asha.post(ALERT, json!({})).await.is(201));
    let without_id = |mut answer: testkit::Answer| {
        answer.body["request_id"] = Value::Null;
        answer.body
    };
    for person in [&bela, &admin] {
        for call in ["", "/cancel", "/close"] {
            let ask = async |id: &str| {
                let path = format!("{ALERT}/{id}{call}");
                if call.is_empty() { person.get(&path).await } else { person.post(&path, json!({})).await }
            };
            let (real, random) = (ask(&theirs).await.is(404), ask(NOBODYS).await.is(404));
            assert_eq!(without_id(real), without_id(random), "{call}");
        }
    }
    assert_eq!(asha.get(&format!("{ALERT}/{theirs}")).await.data()["state"], "active");
}

#[tokio::test]
async fn whoever_takes_their_word_back_is_told_of_nothing() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    let made = asha.post(ALERT, json!({})).await.is(201);
    answers(&world, &asked(&world, "mira"), false).await.is(200);
    world.run_jobs().await;
    assert_eq!(mailed(&world, HELP), ["noor@contact.example"]);
    closes(&asha, &made).await;
    let next = asha.post(ALERT, json!({})).await.is(201);
    assert_eq!(statuses(next.data()), [("noor", "queued")]);
}
