//! Demo data: believable, and the same everywhere.

use super::Place;
use kernel::{clock::Clock, db::open};
use testkit::json;
use uuid::Uuid;

async fn seeded() -> (Place, Vec<Vec<Uuid>>) {
    let place = Place::new().await;
    let ran = place.run(&["seed", "--travelers", "50", "--itineraries", "300", "--seed", "7"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("added 50 people and 300 trips"), "{}", ran.out);
    let db = place.db();
    let mut reader = db.read().await.unwrap();
    let mut ids = Vec::new();
    for query in ["select id from travelers order by id", "select id from itineraries order by id"] {
        ids.push(reader.all::<Uuid>(open(query)).await.unwrap());
    }
    let tags = open("select itinerary_id from itinerary_tags order by tag, itinerary_id");
    ids.push(reader.all(tags).await.unwrap());
    ids.push(reader.all(open("select itinerary_id from itinerary_tracks order by itinerary_id")).await.unwrap());
    ids.push(reader.all(open("select id from safety_ratings order by id")).await.unwrap());
    ids.push(reader.all(open("select id from guide_bookings order by id")).await.unwrap());
    ids.push(reader.all(open("select id from guide_reviews order by id")).await.unwrap());
    drop(reader);
    (place, ids)
}

#[tokio::test]
async fn the_same_seed_makes_the_same_people_trips_and_ratings() {
    let clock = Clock::system();
    let mut day = clock.today();
    let (mut one, mut other) = tokio::join!(seeded(), seeded());
    if clock.today() != day {
        day = clock.today();
        (one, other) = tokio::join!(seeded(), seeded());
        assert_eq!(clock.today(), day);
    }
    assert_eq!(one.1, other.1);
    let lengths: Vec<usize> = one.1.iter().map(Vec::len).collect();
    assert_eq!(lengths[..2], [50, 300]);
    assert!(lengths[2] > 300 && lengths[3] > 30, "{lengths:?}");
    assert!((1_000..1_400).contains(&lengths[4]), "about four ratings a trip: {lengths:?}");
    assert_ratings_are_right(&one.0).await;
    assert!(lengths[5] > 10 && lengths[6] > 5 && lengths[6] < lengths[5], "some bookings were reviewed: {lengths:?}");

    let again = one.0.run(&["seed", "--travelers", "50", "--itineraries", "300", "--seed", "7"]).await;
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.err.contains("choose another --seed"), "{}", again.err);

    let server = one.0.serve().await;
    for query in
        ["", "?sort=newest", "?sort=top-rated&per_page=100", "?has_gps=true", "?difficulty=easy", "?featured=true"]
    {
        let (status, list) = server.get(&format!("/api/itineraries{query}")).await;
        assert_eq!(status, 200, "{query}: {list}");
        let total = list["pagination"]["total"].as_u64().unwrap();
        assert!((1..=300).contains(&total) && !list["data"].as_array().unwrap().is_empty(), "{query}: {total}");
        let id = list["data"][0]["id"].as_str().unwrap();
        assert_eq!(server.get(&format!("/api/itineraries/{id}")).await.0, 200);
    }
    let (status, guides) = server.get("/api/women-safety/guides").await;
    assert_eq!(status, 200, "{guides}");
    assert!(guides["data"]["pagination"]["total"].as_u64().unwrap() > 1, "{guides}");
    let out = one.0.run(&["seed", "--travelers", "3", "--itineraries", "0", "--seed", "8"]).await.out;
    let words: Vec<&str> = out.split_whitespace().collect();
    let after = |word: &str| words[words.iter().position(|w| *w == word).unwrap() + 1];
    let credentials = json!({"email": after("as"), "password": after("password")});
    let (status, body) = server.post("/api/auth/login", None, credentials).await;
    assert_eq!(status, 200, "{body}");
}

/// Nobody rates their own trip or a draft, and what is kept of each trip is what its ratings say.
async fn assert_ratings_are_right(place: &Place) {
    for wrong in [
        "select cast(count(*) as bigint) from safety_ratings r join itineraries i on i.id = r.itinerary_id
         where r.traveler_id = i.traveler_id or i.is_published = FALSE or r.created_at < i.created_at",
        "select cast(count(*) as bigint) from itineraries i
         left join (select itinerary_id, avg(overall_safety_score) as mean, count(*) as rows
                    from safety_ratings group by itinerary_id) r on r.itinerary_id = i.id
         left join itinerary_safety s on s.itinerary_id = i.id
         where i.is_published = TRUE
           and (s.ratings_count is null or s.ratings_count <> r.rows or abs(s.score - r.mean) > 0.0051
                or s.low > s.score or s.high < s.score)",
    ] {
        assert_eq!(place.db().read().await.unwrap().one::<i64>(open(wrong)).await.unwrap(), 0, "{wrong}");
    }
}
