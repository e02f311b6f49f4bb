//! Whom a guide may call for her guest, and when.

use super::*;
use std::{
    io,
    sync::{Arc, Mutex},
};

const SETTINGS: &str = "/api/women-safety/settings";
const MINUTE: Duration = Duration::from_mins(1);

/// Sets a medical text and three contacts, of whom one agreed, one has not answered and one has no address.
async fn prepares(world: &World, person: &Person<'_>) {
    let contact =
        |name: &str, phone: &str| json!({ "name": name, "phone": phone, "email": format!("{name}@example.org") });
    let omi = json!({ "name": "omi", "phone": "+91 33333" });
    let list = json!([contact("mira", "+91 11111"), contact("noor", "+91 22222"), omi]);
    let settings =
        json!({ "emergency_contacts": list, "medical_conditions": "penicillin", "insurance_provider": "Guard" });
    person.put(SETTINGS, settings).await.is(200);
    world.run_jobs().await;
    let mut mails = world.mails().into_iter().filter(|m| m.to() == "mira@example.org");
    let token = mails.find_map(|m| m.token("/emergency-contact")).unwrap();
    let answer = json!({ "token": token, "agree": true });
    world.post("/api/women-safety/contacts/confirm", answer).await.is(200);
}

async fn shares(person: &Person<'_>, id: &str, is_shared: bool) -> Answer {
    person.put(&format!("{}/sharing", booking(id)), json!({ "emergency_contacts_shared": is_shared })).await
}

/// What somebody finds under `emergency` in a booking.
async fn shown(person: &Person<'_>, id: &str) -> Value {
    let answer = person.get(&booking(id)).await.is(200);
    assert!(answer.data().as_object().unwrap().contains_key("emergency"), "{}", answer.text);
    answer.data()["emergency"].clone()
}

fn mira() -> Value {
    json!({ "contacts": [{ "name": "mira", "phone": "+9111111" }], "medical_conditions": null })
}

#[tokio::test]
async fn a_guide_sees_whom_to_call_from_a_day_before_to_a_day_after_the_tour() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let root = world.admin("root_1").await;
    let (hers, other) = (guides(&asha, json!({})).await, guides(&chitra, json!({})).await);
    prepares(&world, &bela).await;
    let body = and(days(&world, 3, 4), json!({ "emergency_contacts_shared": true }));
    let tour = id(bela.post(&format!("{}/book", guide(&hers)), body.clone()).await);
    let not_shared = books(&world, &bela, &other, 3, 4).await;
    let requested = id(bela.post(&format!("{}/book", guide(&hers)), and(body, days(&world, 3, 3))).await);
    assert_eq!(shown(&asha, &tour).await, Value::Null);
    moves(&asha, &tour, "confirm").await.is(200);
    moves(&chitra, &not_shared, "confirm").await.is(200);
    // 09:30 UTC: the third day begins at UTC+14 in 48 hours and 30 minutes.
    world.advance(DAY + 29 * MINUTE);
    assert_eq!(shown(&again(&world, &asha).await, &tour).await, Value::Null);
    world.advance(MINUTE);
    let (asha, bela, chitra) = (again(&world, &asha).await, again(&world, &bela).await, again(&world, &chitra).await);
    let root = again(&world, &root).await;
    assert_eq!(shown(&asha, &tour).await, mira());
    let answer = asha.get(&booking(&tour)).await.is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    for word in ["example.org", "noor", "omi", "22222", "penicillin", "Guard"] {
        assert!(!answer.text.contains(word), "{word}: {}", answer.text);
    }
    // Nobody else, and nowhere else.
    assert_eq!(shown(&bela, &tour).await, Value::Null);
    assert_eq!(shown(&chitra, &not_shared).await, Value::Null);
    assert_eq!(shown(&asha, &requested).await, Value::Null);
    for person in [&chitra, &root] {
        alike(&person.get(&booking(&tour)).await.is(404), &person.get(&booking(NOBODYS)).await);
    }
    for (person, list) in [(&asha, format!("{BOOKINGS}/guests")), (&bela, BOOKINGS.to_owned())] {
        let answer = person.get(&list).await.is(200);
        assert!(answer.text.contains(&tour));
        assert!(!answer.text.contains("11111") && !answer.text.contains("\"emergency\""), "{}", answer.text);
    }
    // The fourth day is over at UTC-12 on the fifth at 12:00 UTC; a day later it ends.
    world.advance(5 * DAY + 119 * MINUTE);
    let asha = again(&world, &asha).await;
    assert_eq!(shown(&asha, &tour).await, mira());
    moves(&asha, &tour, "complete").await.is(200);
    assert_eq!(shown(&asha, &tour).await, mira(), "what is completed is not yet long over");
    world.advance(MINUTE);
    assert_eq!(shown(&asha, &tour).await, Value::Null);
}

#[tokio::test]
async fn nothing_is_shown_unless_the_traveller_wants_it_and_no_longer_than_she_does() {
    let world = World::new().await;
    let (asha, bela, chitra) = (world.person("asha").await, world.person("bela").await, world.person("chitra").await);
    let hers = guides(&asha, json!({})).await;
    prepares(&world, &bela).await;
    let tour = books(&world, &bela, &hers, 0, 1).await;
    let another = books(&world, &bela, &hers, 2, 3).await;
    moves(&asha, &tour, "confirm").await.is(200);
    moves(&asha, &another, "confirm").await.is(200);
    assert_eq!(shown(&asha, &tour).await, Value::Null);
    shares(&asha, &tour, true).await.fails(403, "traveler_only");
    alike(&shares(&chitra, &tour, true).await.is(404), &shares(&chitra, NOBODYS, true).await);
    blames(bela.put(&format!("{}/sharing", booking(&tour)), json!({})).await, "emergency_contacts_shared");
    assert_eq!(shown(&asha, &tour).await, Value::Null);
    let answer = shares(&bela, &tour, true).await.is(200);
    assert_eq!(answer.data()["emergency_contacts_shared"], true);
    assert_eq!(shown(&asha, &tour).await, mira());
    assert_eq!(shown(&asha, &another).await, Value::Null);
    // The medical text has a setting of its own.
    assert_eq!(bela.get(SETTINGS).await.is(200).data()["medical_shared_with_guides"], false);
    for (is_shared, text) in [(true, json!("penicillin")), (false, Value::Null)] {
        let set = json!({ "medical_shared_with_guides": is_shared });
        assert_eq!(bela.put(SETTINGS, set.clone()).await.is(200).data()["medical_shared_with_guides"], is_shared);
        assert_eq!(bela.get(SETTINGS).await.is(200).data()["medical_shared_with_guides"], is_shared);
        assert_eq!(shown(&asha, &tour).await["medical_conditions"], text);
    }
    blames(bela.put(SETTINGS, json!({ "medical_shared_with_guides": null })).await, "medical_shared_with_guides");
    // A request is changed no more once it was answered; this is.
    shares(&bela, &tour, false).await.is(200);
    assert_eq!(shown(&asha, &tour).await, Value::Null);
}

#[tokio::test]
async fn a_block_a_ban_and_a_cancellation_end_it() {
    let world = World::new().await;
    let (asha, bela, mira_self) = (world.person("asha").await, world.person("bela").await, world.person("mira").await);
    let hers = guides(&asha, json!({})).await;
    prepares(&world, &bela).await;
    let (tour, ahead) = (books(&world, &bela, &hers, 0, 0).await, books(&world, &bela, &hers, 1, 1).await);
    for id in [&tour, &ahead] {
        shares(&bela, id, true).await.is(200);
        moves(&asha, id, "confirm").await.is(200);
        assert_eq!(shown(&asha, id).await, mira());
    }
    moves(&bela, &ahead, "cancel").await.is(200);
    assert_eq!(shown(&asha, &ahead).await, Value::Null);
    for (who, whom) in [(&asha, &bela), (&bela, &asha)] {
        block(who, whom).await;
        assert_eq!(shown(&asha, &tour).await, Value::Null);
        who.delete(&format!("/api/users/{}/block", whom.id)).await.is(200);
        assert_eq!(shown(&asha, &tour).await, mira());
    }
    // Nor does a guide get whom a block hides from her, or who takes back being a contact by one.
    world.sql(kernel::sql!("update travelers set email_verified = TRUE where username = 'mira'")).await;
    for (who, whom) in [(&asha, &mira_self), (&mira_self, &asha), (&mira_self, &bela), (&bela, &mira_self)] {
        block(who, whom).await;
        assert_eq!(shown(&asha, &tour).await["contacts"], json!([]));
        who.delete(&format!("/api/users/{}/block", whom.id)).await.is(200);
        assert_eq!(shown(&asha, &tour).await, mira());
    }
    accounts::admin::ban(&world.app, "bela@example.org").await.unwrap();
    assert_eq!(shown(&asha, &tour).await, Value::Null);
}

/// Where a log is written to.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn that_a_guide_looked_is_in_the_log_and_what_she_saw_is_not() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let hers = guides(&asha, json!({})).await;
    prepares(&world, &bela).await;
    bela.put(SETTINGS, json!({ "medical_shared_with_guides": true })).await.is(200);
    let tour = books(&world, &bela, &hers, 0, 0).await;
    moves(&asha, &tour, "confirm").await.is(200);
    let log = Log::default();
    let kept = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::INFO);
    let subscriber = subscriber.with_ansi(false).with_writer(move || kept.clone()).finish();
    let (_guard, said) =
        (tracing_subscriber::util::SubscriberInitExt::set_default(subscriber), "was shown the emergency");
    shown(&asha, &tour).await;
    assert!(!log.text().contains(said), "{}", log.text());
    shares(&bela, &tour, true).await.is(200);
    shown(&bela, &tour).await;
    assert!(!log.text().contains(said), "{}", log.text());
    assert_eq!(shown(&asha, &tour).await["medical_conditions"], "penicillin");
    let text = log.text();
    let line = text.lines().find(|line| line.contains(said)).unwrap();
    assert!(line.contains(&format!("booking={tour}")) && line.contains(&format!("guide={}", asha.id)), "{line}");
    assert!(!["mira", "11111", "penicillin"].iter().any(|word| text.contains(word)), "{text}");
}
