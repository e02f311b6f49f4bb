//! The keys of what is sealed: which ones this database is under, and another one taking their place.

use crate::{ALERT, SETTINGS, consents, has_agreed};
use kernel::{
    config::{Config, Env},
    crypto::{self, DataKeys},
    db::{Arg, open},
};
use secrecy::ExposeSecret;
use std::collections::BTreeMap;
use testkit::{World, json};
use uuid::Uuid;

const ONE: &str = "one:7sPpAkxLqkJc2VYf0mCVhQFQm8sFJ3mM5T3y7a1x0Zs=";
const TWO: &str = "two:mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9A=";
const IMPOSTOR: &str = "one:8sPpAkxLqkJc2VYf0mCVhQFQm8sFJ3mM5T3y7a1x0Zs=";

fn keys(world: &World, text: &str) -> DataKeys {
    let folder = world.store().folder().display().to_string();
    let env = [("DATA_DIR", folder), ("DATA_ENCRYPTION_KEYS", text.to_owned())];
    Config::read(&mut Env::from_values(env)).unwrap().data_keys
}

/// What is wrong with these keys for this database; empty when nothing is.
async fn fault(world: &World, text: &str) -> String {
    let found =
        crypto::check(&world.app.db, &keys(world, text), &women_safety::sealed(), world.app.clock.now()).await.unwrap();
    found.map(|f| f.to_string()).unwrap_or_default()
}

/// How many values a rotation with these keys seals anew.
async fn rotated(world: &World, text: &str) -> u64 {
    let (keys, now) = (keys(world, text), world.app.clock.now());
    crypto::rotate(&world.app.db, &keys, &women_safety::sealed(), now, |_, _| ()).await.unwrap()
}

/// How many values of a column are under which key.
async fn under(world: &World, query: &'static str) -> BTreeMap<String, usize> {
    let values: Vec<Vec<u8>> = world.app.db.read().await.unwrap().all(open(query)).await.unwrap();
    let mut found = BTreeMap::new();
    for value in values {
        *found.entry(String::from_utf8(value[2..5].to_vec()).unwrap()).or_default() += 1;
    }
    found
}

#[tokio::test]
async fn keys_that_are_not_those_of_the_database_are_found_out_at_the_start() {
    let world = World::with(&[("DATA_ENCRYPTION_KEYS", ONE)]).await;
    let (both, turned) = (format!("{ONE},{TWO}"), format!("{TWO},{ONE}"));
    assert_eq!(fault(&world, &both).await, "", "a new database takes any key, and only the first is in use");
    assert_eq!(fault(&world, ONE).await, "");
    let refused = fault(&world, IMPOSTOR).await;
    assert_eq!(refused, "DATA_ENCRYPTION_KEYS has another key than this database under the same id");
    let refused = fault(&world, TWO).await;
    assert!(refused.starts_with("DATA_ENCRYPTION_KEYS lacks a key"), "{refused}");
    assert_eq!(fault(&world, ONE).await, "", "what was refused left nothing behind");
    assert_eq!(fault(&world, &turned).await, "");
    assert!(fault(&world, ONE).await.contains("lacks a key"), "values may be under the second by now");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from encryption_check").await, 2);
    assert_eq!(rotated(&world, &turned).await, 0);
    assert_eq!(fault(&world, TWO).await, "", "nothing is under the first any more");
}

#[tokio::test]
async fn what_a_process_with_the_old_key_writes_after_a_rotation_is_not_forgotten() {
    let world = World::with(&[("DATA_ENCRYPTION_KEYS", &format!("{ONE},{TWO}"))]).await;
    let turned = format!("{TWO},{ONE}");
    let asha = world.person("asha").await;
    for text in [ONE, turned.as_str()] {
        assert_eq!(fault(&world, text).await, "");
    }
    asha.put(SETTINGS, json!({ "insurance_provider": "Guard 1" })).await.is(200);
    assert_eq!(rotated(&world, &turned).await, 1);
    assert_eq!(fault(&world, TWO).await, "");
    // This process has the first key first until it is restarted.
    asha.put(SETTINGS, json!({ "insurance_provider": "Guard 2" })).await.is(200);
    let refused = fault(&world, TWO).await;
    assert!(refused.starts_with("DATA_ENCRYPTION_KEYS lacks a key"), "{refused}");
    assert_eq!(fault(&world, &turned).await, "");
    assert_eq!(rotated(&world, &turned).await, 1);
    assert_eq!(fault(&world, TWO).await, "");
    // Of whatever column it is.
    asha.put(SETTINGS, json!({ "medical_conditions": "penicillin" })).await.is(200);
    assert!(fault(&world, TWO).await.contains("lacks a key"));
    rotated(&world, &turned).await;
    // A process that begins with it first uses it again, whether or not it has written yet.
    assert_eq!(fault(&world, &format!("{ONE},{TWO}")).await, "");
    assert!(fault(&world, TWO).await.contains("lacks a key"));
    // Its id stays its own.
    rotated(&world, &turned).await;
    let refused = fault(&world, &format!("{TWO},{IMPOSTOR}")).await;
    assert_eq!(refused, "DATA_ENCRYPTION_KEYS has another key than this database under the same id");
}

const ALERTS: usize = 10_000;

#[tokio::test]
async fn ten_thousand_rows_are_sealed_anew_while_others_write() {
    let world = World::with(&[("DATA_ENCRYPTION_KEYS", &format!("{ONE},{TWO}"))]).await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira"]).await;
    asha.put(SETTINGS, json!({ "medical_conditions": "penicillin", "insurance_provider": "Guard 12" })).await.is(200);
    let first = asha.post(ALERT, json!({ "location": "Gate 3", "message": "first" })).await.is(201);
    let owner: Uuid = asha.id.parse().unwrap();
    let (old, new) = (&world.app.config.data_keys, keys(&world, &format!("{TWO},{ONE}")));
    let table = women_safety::sealed()[1];
    assert_eq!((table.name, table.columns), ("emergency_alerts", ["location", "message", "sender_name"].as_slice()));
    let row = |n: usize| {
        let id = Uuid::from_u128(1 + u128::try_from(n).unwrap());
        let sealed = old.seal(table.place("message", id, owner), &format!("message {n}")).unwrap();
        vec![Arg::Uuid(id), owner.into(), sealed.into(), world.app.clock.now().into()]
    };
    let mut tx = world.app.db.write().await.unwrap();
    let insert = kernel::sql!(
        "insert into emergency_alerts (id, traveler_id, state, message, created_at) values ($1, $2, 'closed', $3, $4)"
    );
    tx.run_many(insert, (0..ALERTS).map(row).collect()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(under(&world, "select message from emergency_alerts").await, [("one".to_owned(), ALERTS + 1)].into());

    // A process that does not have the new key first yet goes on writing for a while.
    let writing = async {
        for n in 0..20 {
            asha.put(SETTINGS, json!({ "insurance_provider": format!("Guard {n}") })).await.is(200);
            assert_eq!(asha.get(SETTINGS).await.data()["insurance_provider"], format!("Guard {n}"));
        }
    };
    let mut steps = 0;
    let tables = women_safety::sealed();
    let rotating = crypto::rotate(&world.app.db, &new, &tables, world.app.clock.now(), |_, _| steps += 1);
    let (anew, ()) = tokio::join!(rotating, writing);
    assert!(anew.unwrap() >= u64::try_from(ALERTS).unwrap() && steps >= ALERTS / 200, "{steps}");
    rotated(&world, &format!("{TWO},{ONE}")).await;
    for (query, count) in [
        ("select message from emergency_alerts", ALERTS + 1),
        ("select location from emergency_alerts where location is not null", 1),
        ("select sender_name from emergency_alerts where sender_name is not null", 1),
        ("select name from emergency_alert_recipients", 1),
        ("select address from emergency_alert_recipients", 1),
        ("select emergency_contacts from women_safety_settings", 1),
        ("select medical_conditions from women_safety_settings", 1),
        ("select insurance_provider from women_safety_settings", 1),
    ] {
        assert_eq!(under(&world, query).await, [("two".to_owned(), count)].into(), "{query}");
    }
    assert_eq!(fault(&world, TWO).await, "");
    // Everything is what it was, and where it was.
    let messages: Vec<Sealed> = world
        .app
        .db
        .read()
        .await
        .unwrap()
        .all(open("select id, message from emergency_alerts order by id"))
        .await
        .unwrap();
    let only_new = keys(&world, TWO);
    for (n, sealed) in messages.iter().take(ALERTS).enumerate() {
        let text = only_new.open(table.place("message", sealed.id, owner), &sealed.message).unwrap();
        assert_eq!(text.expose_secret(), format!("message {n}"));
    }
    let settings = asha.get(SETTINGS).await.is(200);
    assert_eq!(settings.data()["insurance_provider"], "Guard 19");
    assert_eq!(consents(&asha).await, ["agreed"]);
    let alert = asha.get(&format!("{ALERT}/{}", first.data()["id"].as_str().unwrap())).await.is(200);
    assert_eq!((&alert.data()["message"], &alert.data()["contacts"][0]["name"]), (&json!("first"), &json!("mira")));
}

kernel::record! {
    struct Sealed { id: Uuid, message: Vec<u8> }
}

#[tokio::test]
async fn a_value_that_is_moved_to_another_row_does_not_open_there() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    for (person, text) in [(&asha, "penicillin"), (&bela, "peanuts")] {
        person.put(SETTINGS, json!({ "medical_conditions": text, "insurance_provider": text })).await.is(200);
    }
    let medical = format!("{SETTINGS}/medical");
    let password = json!({ "current_password": "Test123!" });
    asha.post(&medical, password.clone()).await.is(200);
    for moved in [
        "update women_safety_settings set medical_conditions = (select o.medical_conditions from women_safety_settings o
            where o.traveler_id <> women_safety_settings.traveler_id)",
        "update women_safety_settings set medical_conditions = insurance_provider",
    ] {
        world.sql(open(moved)).await;
        let answer = asha.post(&medical, password.clone()).await.fails(500, "internal_error");
        assert!(!answer.text.contains("peanuts") && !answer.text.contains("penicillin"), "{}", answer.text);
    }
}
