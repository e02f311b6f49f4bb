//! What is medical, or for an emergency, can be read in the program's memory, in its owner's answers and in the mails to those
//! who agreed, and nowhere else.

use crate::{ALERT, SETTINGS, answers, post_with_key};
use kernel::db::{Engine, open};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};
use testkit::{World, json, setting};

const CANARIES: [&str; 7] =
    ["CanaryMira", "4917612345678", "canary-mail", "CanaryPenicillin", "CanaryGuard", "CanaryStation", "CanaryMessage"];

fn hex(text: &str) -> String {
    text.bytes().flat_map(|b| [b >> 4, b & 15]).filter_map(|d| char::from_digit(d.into(), 16)).collect()
}

fn clean(place: &str, bytes: &[u8]) {
    for canary in CANARIES {
        let is_there = bytes.windows(canary.len()).any(|w| w.eq_ignore_ascii_case(canary.as_bytes()));
        assert!(!is_there, "{canary} in {place}");
    }
}

/// Every byte of the embedded database, or every value of every table.
async fn look(world: &World) {
    if world.app.db.engine() == Engine::Sqlite {
        for name in ["tripit.db", "tripit.db-wal", "tripit.db-shm"] {
            clean(name, &std::fs::read(world.store().folder().join(name)).unwrap_or_default());
        }
        return;
    }
    let mut db = world.app.db.read().await.unwrap();
    let tables = "select cast(table_name as text) from information_schema.tables where table_schema = 'public'";
    let tables: Vec<String> = db.all(open(tables)).await.unwrap();
    assert!(tables.contains(&"jobs".to_owned()) && tables.contains(&"idempotency_keys".to_owned()));
    for table in tables {
        let query = format!("select cast(row_to_json(t) as text) from \"{table}\" t");
        let rows: Vec<String> = db.all(open(query.leak())).await.unwrap();
        let text = rows.join("\n");
        clean(&table, text.as_bytes());
        for canary in CANARIES {
            assert!(!text.contains(&hex(canary)), "{canary} in {table}, as bytes");
        }
    }
}

/// Every key of this world in Redis, with its value.
fn look_in_redis(world: &World) {
    let Some(url) = setting("TEST_REDIS_URL") else { return };
    let address = url.trim_start_matches("redis://").split('/').next().unwrap().rsplit('@').next().unwrap().to_owned();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(format!("KEYS *{}*\r\n", world.store().name()).as_bytes()).unwrap();
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let keys: Vec<String> = lines.filter(|l| l.contains(world.store().name())).collect();
    assert!(!keys.is_empty(), "something of this world is in Redis");
    for key in keys {
        stream.write_all(format!("GET {key}\r\n").as_bytes()).unwrap();
        let mut value = vec![0; 1 << 20];
        let read = stream.read(&mut value).unwrap_or(0);
        clean(&key, key.as_bytes());
        clean(&key, &value[..read]);
    }
}

#[tokio::test]
async fn neither_the_database_nor_redis_holds_it_in_clear() {
    let world = World::with(&[("RATELIMIT_ENABLED", "true")]).await;
    let asha = world.person("asha").await;
    let settings = json!({
        "emergency_contacts": [{"name": "CanaryMira", "phone": "+49 176 12345678", "email": "canary-mail@contact.example"}],
        "medical_conditions": "CanaryPenicillin", "insurance_provider": "CanaryGuard",
    });
    asha.put(SETTINGS, settings).await.is(200);
    look(&world).await;
    world.run_jobs().await;
    let token = world.mails().iter().find_map(|m| m.token("/emergency-contact")).unwrap();
    answers(&world, &token, true).await.is(200);
    let call = json!({ "location": "CanaryStation", "message": "CanaryMessage" });
    let made = post_with_key(&world, &asha, ALERT, call.clone()).await.is(201);
    look(&world).await;
    // What is kept for the key is the reply, although nobody can read it there.
    let kept = "select cast(count(*) as bigint) from idempotency_keys where length(body) > 500";
    assert_eq!(world.scalar(kept).await, 1);
    assert_eq!(post_with_key(&world, &asha, ALERT, call).await.is(201).body, made.body);
    world.run_jobs().await;
    let shown = asha.get(SETTINGS).await.is(200).text + &asha.get(ALERT).await.is(200).text;
    assert!(
        ["CanaryMira", "CanaryGuard", "CanaryStation", "CanaryMessage"].iter().all(|c| shown.contains(c)),
        "{shown}"
    );
    look(&world).await;
    look_in_redis(&world);
    // The check can fail: the mail to the one who agreed has it.
    let mail = world.mails().into_iter().find(|m| m.subject().contains("needs help")).unwrap();
    assert!(
        mail.text.contains("CanaryStation") && mail.text.contains("CanaryMessage") && mail.to().contains("canary-mail")
    );
    let others: Vec<_> = world.mails().into_iter().filter(|m| !m.to().contains("canary-mail")).collect();
    assert!(!others.is_empty());
    for mail in others {
        clean("a mail to somebody else", format!("{mail:?}").as_bytes());
    }
}
