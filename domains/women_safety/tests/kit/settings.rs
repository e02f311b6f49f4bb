//! One's own settings.

use crate::{SETTINGS, blames};
use serde_json::Value;
use testkit::{World, json};

#[tokio::test]
async fn settings_are_ones_own_and_empty_at_first() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    for answer in [world.get(SETTINGS).await, world.post(&format!("{SETTINGS}/medical"), json!({})).await] {
        answer.is(401);
    }
    let empty = json!({
        "women_only_group_preference": false, "location_sharing_enabled": false, "emergency_contacts": [],
        "medical_conditions": null, "medical_shared_with_guides": false, "insurance_provider": null, "updated_at": null,
    });
    assert_eq!(*asha.get(SETTINGS).await.is(200).data(), empty);
    let changed = asha.put(SETTINGS, json!({ "women_only_group_preference": true })).await.is(200);
    assert_eq!(changed.message(), "Women safety settings updated");
    assert_eq!(changed.data()["women_only_group_preference"], true);
    assert_eq!(*bela.get(SETTINGS).await.is(200).data(), empty);
    let rows = "select cast(count(*) as bigint) from women_safety_settings";
    assert_eq!(world.scalar(rows).await, 1, "reading makes no row");
    assert_eq!(changed.header("cache-control"), "no-store");
}

#[tokio::test]
async fn what_is_given_changes_and_the_rest_stays() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let all = json!({
        "women_only_group_preference": true, "share_location": true, "medical_conditions": " penicillin ",
        "insurance_provider": "Guard 12", "emergency_contacts": [{"name": " Mira ", "phone": "00 91 98765-43210"}],
        "traveler_id": "x", "safety_check_in_frequency": "daily",
    });
    let view = asha.put(SETTINGS, all).await.is(200);
    assert_eq!(view.data(), asha.get(SETTINGS).await.data());
    for (field, value) in [
        ("women_only_group_preference", json!(true)),
        ("location_sharing_enabled", json!(true)),
        ("medical_conditions", json!("***REDACTED***")),
        ("insurance_provider", json!("Guard 12")),
    ] {
        assert_eq!(view.data()[field], value, "{field}");
    }
    let mira = json!([{"name": "Mira", "phone": "+919876543210", "email": null, "consent": "none", "asked_at": null}]);
    assert_eq!(view.data()["emergency_contacts"], mira);
    // A client sends back everything that it read.
    let back = asha.put(SETTINGS, view.data().clone()).await.is(200);
    assert_eq!(back.data()["emergency_contacts"], mira);
    let medical = format!("{SETTINGS}/medical");
    let shown = asha.post(&medical, json!({ "current_password": "Test123!" })).await.is(200);
    assert_eq!(*shown.data(), json!({ "medical_conditions": "penicillin" }));
    let cleared = asha
        .put(
            SETTINGS,
            json!({ "medical_conditions": null, "medical_shared_with_guides": false, "emergency_contacts": [] }),
        )
        .await
        .is(200);
    assert_eq!(cleared.data()["medical_conditions"], Value::Null);
    assert_eq!(cleared.data()["emergency_contacts"], json!([]));
    assert_eq!(cleared.data()["insurance_provider"], "Guard 12");
    let shown = asha.post(&medical, json!({ "current_password": "Test123!" })).await.is(200);
    assert_eq!(*shown.data(), json!({ "medical_conditions": null }));
}

#[tokio::test]
async fn medical_text_is_shown_to_who_proves_to_be_its_owner() {
    let world = World::with(&[("RATELIMIT_ENABLED", "true")]).await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    asha.put(SETTINGS, json!({ "medical_conditions": "penicillin" })).await.is(200);
    let medical = format!("{SETTINGS}/medical");
    let wrong = asha.post(&medical, json!({ "current_password": "Test124!" })).await.fails(403, "wrong_password");
    assert!(!wrong.text.contains("penicillin"));
    blames(asha.post(&medical, json!({})).await, "current_password");
    asha.post(&medical, json!({ "otp": "000000" })).await.fails(403, "wrong_password");
    let others = bela.post(&medical, json!({ "password": "Test123!" })).await.is(200);
    assert_eq!(*others.data(), json!({ "medical_conditions": null }));
    let mut refused = 0;
    for _ in 0..12 {
        refused += i32::from(asha.post(&medical, json!({ "current_password": "Test124!" })).await.status == 429);
    }
    assert!(refused >= 2, "guessing is limited: {refused}");
}

#[tokio::test]
async fn contacts_are_numbers_or_people_and_bad_ones_are_named() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let put = async |list: Value| asha.put(SETTINGS, json!({ "emergency_contacts": list })).await;
    let made = put(json!(["+1234567890", null, {"name": "Mira", "phone": "112"}, {"phone": "020 7946 0018"}])).await;
    let made = made.is(200);
    let contacts = made.data()["emergency_contacts"].as_array().unwrap();
    let phones: Vec<&str> = contacts.iter().map(|c| c["phone"].as_str().unwrap()).collect();
    assert_eq!(phones, ["+1234567890", "112", "02079460018"]);
    let same = json!({"phone": "112", "email": "mira@contact.example"});
    for bad in [
        json!([{"name": "Mira"}]),
        json!([{"name": "Mira", "phone": "call me"}]),
        json!(["12"]),
        json!([{"phone": "112", "email": "mira"}]),
        json!([same, {"phone": "113", "email": "MIRA@contact.example"}]),
        json!([{"phone": "112", "name": "x".repeat(101)}]),
        json!(["112", "112", "112", "112", "112", "112"]),
    ] {
        blames(put(bad).await, "emergency_contacts");
    }
    for (field, bad) in [
        ("women_only_group_preference", Value::Null),
        ("location_sharing_enabled", Value::Null),
        ("medical_conditions", json!("x".repeat(5_001))),
        ("insurance_provider", json!("x".repeat(201))),
    ] {
        blames(asha.put(SETTINGS, json!({ field: bad })).await, field);
    }
    for (field, bad) in [
        ("women_only_group_preference", json!("yes")),
        ("emergency_contacts", json!({})),
        ("emergency_contacts", json!([5])),
    ] {
        asha.put(SETTINGS, json!({ field: bad })).await.is(400);
    }
    assert_eq!(asha.get(SETTINGS).await.data()["emergency_contacts"].as_array().unwrap().len(), 3, "nothing changed");
}

#[tokio::test]
async fn of_two_lists_at_once_one_is_later() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for round in 0..10 {
        let list = |name: &str| json!({ "emergency_contacts": [crate::contact(&format!("{name}{round}")), crate::contact("both")] });
        let (one, two) = tokio::join!(asha.put(SETTINGS, list("one")), asha.put(SETTINGS, list("two")));
        one.is(200);
        two.is(200);
        let settings = asha.get(SETTINGS).await;
        let contacts = settings.data()["emergency_contacts"].as_array().unwrap();
        assert_eq!((contacts.len(), &contacts[1]["name"]), (2, &json!("both")));
        assert_eq!(crate::consents(&asha).await, ["pending", "pending"], "the list fits the consents");
    }
}

#[tokio::test]
async fn a_slot_of_a_form_that_was_left_blank_is_no_contact() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let blank = json!({ "name": "", "phone": " ", "email": "" });
    let mira = json!({ "name": "Mira", "phone": "+919876543210" });
    let kept = asha.put(SETTINGS, json!({ "emergency_contacts": [blank, mira, "", {}, blank, blank] })).await.is(200);
    let contacts = kept.data()["emergency_contacts"].as_array().unwrap();
    assert_eq!((contacts.len(), &contacts[0]["name"]), (1, &json!("Mira")));
    for bad in [json!({ "name": "Noor", "phone": "" }), json!({ "name": "", "email": "noor@example.org" })] {
        blames(asha.put(SETTINGS, json!({ "emergency_contacts": [mira, bad] })).await, "emergency_contacts");
    }
}
