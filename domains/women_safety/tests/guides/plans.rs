//! No list reads a whole table that grows.

use super::*;
use kernel::{
    auth::{Caller, SessionId, TravelerId},
    clock::Day,
    db::{Engine, Json, open},
    sql,
};
use women_safety::{
    plans,
    seed::{Booked, Offered},
};

const PEOPLE: u64 = 3_000;
const GUIDED: u64 = 1_000;

fn uuid(kind: u8, n: u64) -> Uuid {
    let mut bytes = [0; 16];
    bytes[0] = kind;
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Uuid::from_bytes(bytes)
}

/// Three thousand people, every third of them a guide, each with ten bookings and as many reviews.
async fn crowded() -> World {
    let world = World::new().await;
    let now = world.app.clock.now();
    let mut tx = world.app.db.write().await.unwrap();
    let person = sql!(
        "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key,
            display_name, travel_interests, is_admin, is_active, women_guide_certified, created_at, updated_at)
         values ($1, $2, $2, FALSE, '', $2, $2, $2, $3, FALSE, TRUE, FALSE, $4, $4)"
    );
    let none = || Arg::from(Json(Vec::<String>::new()));
    let rows = (0..PEOPLE).map(|n| vec![uuid(1, n).into(), format!("p{n}").into(), none(), now.into()]);
    tx.run_many(person, rows.collect()).await.unwrap();
    let day = |n: u64| -> Day { "2020-01-01".parse::<Day>().unwrap().plus_days(n).unwrap() };
    let pick = |words: &[&'static str], n: u64| words[usize::try_from(n).unwrap() % words.len()];
    let offered = (0..GUIDED).map(|n| Offered {
        id: uuid(2, n),
        traveler: TravelerId(uuid(1, n)),
        bio: pick(&["Temples and tea", "Trams", "Mountains", "Markets"], n),
        years: i64::try_from(n % 40).unwrap(),
        languages: vec![pick(&["English", "Japanese", "Hindi", "Spanish", "German"], n)],
        specializations: vec![pick(&["women_safety", "cultural", "adventure", "food"], n)],
        places: vec![pick(&["Kyoto", "Lisboa", "Jaipur", "Oslo", "Lima", "Quito", "Hanoi"], n)],
        hourly_rate_cents: Some(i64::try_from(n * 7 % 9_000).unwrap()),
        is_verified: n % 3 != 0,
        at: now,
        bookings: (0..10)
            .map(|b| Booked {
                id: uuid(3, n * 10 + b),
                traveler: TravelerId(uuid(1, GUIDED + (n * 10 + b) % (PEOPLE - GUIDED))),
                start: day(b * 3),
                end: day(b * 3 + 1),
                is_over: b < 8,
                at: now,
                review: (b < 8).then(|| (uuid(4, n * 10 + b), i64::try_from(1 + (n + b) % 5).unwrap(), "Quiet")),
            })
            .collect(),
    });
    women_safety::seed::insert(&mut tx, offered.collect()).await.unwrap();
    tx.run(sql!("analyze")).await.unwrap();
    tx.commit().await.unwrap();
    world
}

fn scans(engine: Engine, step: &str) -> bool {
    match engine {
        Engine::Sqlite => ["b", "g", "r", "t", "n", "author"]
            .iter()
            .any(|a| step.split_once("SCAN ").is_some_and(|(_, rest)| rest.trim() == *a)),
        Engine::Postgres => ["guide_bookings", "guides", "guide_reviews", "guide_terms", "travelers"]
            .iter()
            .any(|t| step.contains(&format!("Seq Scan on {t} "))),
    }
}

#[tokio::test]
async fn no_list_of_guides_bookings_or_reviews_scans_a_table() {
    let world = crowded().await;
    let engine = world.app.db.engine();
    let viewer = Caller {
        id: TravelerId(uuid(1, 7)),
        session: SessionId(uuid(9, 9)),
        is_admin: false,
        confirmed_at: None,
        email_verified: true,
        women_verified: false,
        has_blocks: true,
    };
    let mut faults = Vec::new();
    for (name, question) in plans(viewer, uuid(2, 7), world.app.clock.today()) {
        let steps = world.app.db.explain(question).await.unwrap();
        if steps.iter().any(|step| scans(engine, step)) {
            faults.push(format!("{name}\n    {}", steps.join("\n    ")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let whole = world.app.db.explain(open("select count(*) from guides g where g.bio = 'x'")).await.unwrap();
    assert!(whole.iter().any(|step| scans(engine, step)), "{whole:?}");
}
