//! Spellings of places, by which misspelt ones are found.

use crate::{HOUR, at, trip};
use kernel::jobs::tick_schedules;
use testkit::{World, json};

async fn knows(world: &World, word: &'static str) -> bool {
    let sql = kernel::sql!("select cast(count(*) as bigint) from place_trigrams where word = $1");
    world.app.db.read().await.unwrap().one::<i64>(sql.bind(word)).await.unwrap() > 0
}

#[tokio::test]
async fn places_where_no_trip_goes_any_more_are_forgotten_at_night() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let (moved, stays, deleted) = (
        asha.publishes(trip("To move")).await,
        asha.publishes(trip("To stay")).await,
        asha.publishes(trip("To go")).await,
    );
    asha.patch(&at(&moved), json!({ "destination": "Reykjavik, Iceland" })).await.is(200);
    asha.patch(&at(&deleted), json!({ "destination": "Tromsø", "title": "Far Kiruna" })).await.is(200);
    asha.patch(&at(&moved), json!({ "destination": "Akureyri, Iceland" })).await.is(200);
    asha.delete(&at(&deleted)).await.is(200);
    // Far more than one step has.
    let words: Vec<String> = (0..450_u32)
        .map(|n| {
            let letter = |n: u32| char::from(b'a' + u8::try_from(n % 26).unwrap());
            format!("no{}{}place", letter(n), letter(n / 26))
        })
        .collect();
    for words in words.chunks(100) {
        let rows: Vec<_> = words
            .iter()
            .flat_map(|w| kernel::text::trigrams(w).into_iter().map(move |t| vec![t.into(), w.clone().into()]))
            .collect();
        let mut sql = kernel::db::open("insert into place_trigrams (trigram, word)");
        sql.push_rows(rows);
        world.sql(sql).await;
    }
    world.run_jobs().await;
    tick_schedules(&world.app).await.unwrap();
    assert!(knows(&world, "reykjavik").await && knows(&world, "tromso").await && knows(&world, "akureyri").await);
    world.advance(24 * HOUR);
    tick_schedules(&world.app).await.unwrap();
    while world.run_jobs().await > 0 {}
    for (word, is_known) in [
        ("akureyri", true),
        ("iceland", true),
        ("kyoto", true),
        ("japan", true),
        ("reykjavik", false),
        ("tromso", false),
    ] {
        assert_eq!(knows(&world, word).await, is_known, "{word}");
    }
    let made_up = "select cast(count(*) as bigint) from place_trigrams where word like 'no__place'";
    assert_eq!(world.scalar(made_up).await, 0);
    assert_eq!(world.get("/api/search?q=Akureyry").await.is(200).data()["itineraries"][0]["id"], moved);
    world.get(&at(&stays)).await.is(200);
}
