//! No list reads a whole table that grows.

use crate::{LIST, MINE, at, of, rates};
use kernel::{
    db::{Arg, Engine, Json, open},
    sql,
};
use testkit::World;
use uuid::Uuid;

const PEOPLE: u128 = 1_500;
const TRIPS: u128 = 3_000;

fn id(kind: u128, n: u128) -> Arg {
    Arg::Uuid(Uuid::from_u128((kind << 64) + n))
}

/// Few trips are certified.
fn title(n: u128) -> &'static str {
    if n.is_multiple_of(300) { "Kyoto certified" } else { "Kyoto" }
}

/// Enough rows that a plan for them is a plan for many.
async fn filled() -> World {
    let world = World::with(&[("CACHE_ENABLED", "false")]).await;
    let now = world.app.clock.now();
    let mut tx = world.app.db.write().await.unwrap();
    let people = sql!(
        "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key,
            display_name, travel_interests, is_admin, is_active, women_guide_certified, created_at, updated_at)
         values ($1, $2, $2, FALSE, '', $2, $2, $2, $3, FALSE, TRUE, FALSE, $4, $4)"
    );
    let none = || Arg::from(Json(Vec::<String>::new()));
    let rows = (0..PEOPLE).map(|n| vec![id(1, n), format!("p{n}").into(), none(), now.into()]).collect();
    tx.run_many(people, rows).await.unwrap();
    let trips = sql!(
        "insert into itineraries (id, traveler_id, title, description, destination, regions, share_dates,
            difficulty_level, budget_currency, travel_companions, activity_tags, categories, screenshots,
            route_waypoints, has_gpx, is_remixed, remixed_from_ids,
            women_safe_certified, is_published, is_featured, score_explanations, created_at, updated_at)
         values ($1, $2, $5, '', 'Kyoto', $3, FALSE, 'easy', 'USD', $3, $3, $3, $3, $3, FALSE, FALSE, $3,
            FALSE, TRUE, FALSE, $3, $4, $4)"
    );
    let rows = (0..TRIPS).map(|n| vec![id(2, n), id(1, n % PEOPLE), none(), now.into(), title(n).into()]).collect();
    tx.run_many(trips, rows).await.unwrap();
    tx.run(sql!("update itineraries set women_safe_certified = TRUE where title = $1").bind("Kyoto certified"))
        .await
        .unwrap();
    let places = sql!("insert into itinerary_places (place, itinerary_id, proof_score) values ($1, $2, 0)");
    let rows = (0..TRIPS).flat_map(|n| {
        let rare = if n % 500 == 0 { "nara park japan" } else { "osaka" };
        [rare, "japan"].map(|place| vec![place.into(), id(2, n)])
    });
    tx.run_many(places, rows.collect()).await.unwrap();
    let ratings = sql!(
        "insert into safety_ratings (id, itinerary_id, traveler_id, overall_safety_score, rating_type,
            experience_date, photo_ipfs_hashes, verified_traveler, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
    );
    let kinds = ["overall", "overall", "overall", "route", "accommodation", "community", "women_safety"];
    let rows = (0..TRIPS * 4).map(|n| {
        let score = i64::try_from(n % 5).unwrap() + 1;
        let kind = kinds[usize::try_from(n % 7).unwrap()];
        let at = now.minus(std::time::Duration::from_secs(u64::try_from(n * 7 % 9_999).unwrap()));
        let rater = id(1, (n / 4 + n % 4 + 1) % PEOPLE);
        vec![
            id(3, n),
            id(2, n / 4),
            rater,
            score.into(),
            kind.into(),
            now.day().into(),
            none(),
            (n % 6 == 0).into(),
            at.into(),
        ]
    });
    tx.run_many(ratings, rows.collect()).await.unwrap();
    tx.run(sql!("analyze")).await.unwrap();
    tx.commit().await.unwrap();
    world
}

/// What no list does, but those that first choose few trips: they may sort.
fn faults(engine: Engine, address: &str, plan: &[String]) -> Vec<String> {
    let is_chosen = plan.iter().any(|step| step.contains("chosen"));
    let is_count = !plan.iter().any(|step| step.contains("page"));
    let is_bad = |step: &&String| {
        // What stands outermost is done to the rows of a page.
        let is_inside = step.starts_with(' ');
        let step = step.trim();
        match engine {
            // In the order of an index it stops when the page is full.
            Engine::Sqlite => {
                let is_small = ["first", "chosen", "page"].iter().any(|name| step == format!("SCAN {name}"));
                step.starts_with("SCAN") && !step.contains("USING") && !is_small
                    || step.contains("TEMP B-TREE")
                        && !is_chosen
                        && (is_inside || !plan.iter().any(|s| s == "SCAN page"))
            }
            // To count ten thousand of twelve thousand, reading all trips is the best way.
            Engine::Postgres => {
                let grows = ["safety_ratings", "itineraries", "itinerary_places", "safety_rating_votes"];
                grows.iter().any(|table| step.contains(&format!("Seq Scan on {table}")))
                    && !(is_count && address.starts_with(LIST))
            }
        }
    };
    plan.iter().filter(is_bad).cloned().collect()
}

#[tokio::test]
async fn no_list_of_ratings_scans_a_table_that_grows() {
    let world = filled().await;
    let engine = world.app.db.engine();
    let asha = world.person("asha").await;
    let kyoto = Uuid::from_u128((2 << 64) + 7).to_string();
    for trip in [2_u128, 3, 4].map(|n| Uuid::from_u128((2 << 64) + n).to_string()) {
        rates(&asha, &trip, 4).await;
    }
    let filters = [
        "",
        "&type=route",
        "&type=overall&min_score=2",
        "&verified_only=true",
        "&min_score=4&max_score=4",
        "&women_safe=true",
        "&location=nara+park,+japan",
        "&location=japan",
        "&location=japan&women_safe=true&type=route",
    ];
    let mut addresses = Vec::new();
    for sort in ["newest", "score"] {
        addresses.extend(filters.map(|filter| format!("{LIST}?per_page=2&sort={sort}{filter}")));
        addresses.push(format!("{LIST}?per_page=2&sort={sort}&itinerary_id={kyoto}"));
    }
    addresses.extend([format!("{}?per_page=2", of(&kyoto, "ratings")), format!("{}?per_page=2", at(&kyoto))]);
    addresses.push(format!("{MINE}?per_page=2"));
    let mut found = Vec::new();
    while let Some(address) = addresses.pop() {
        world.app.db.asked();
        let answer = asha.get(&address).await.is(200);
        let asked = world.app.db.asked();
        let mut seen = 0;
        for query in asked.into_iter().filter(|sql| format!("{sql:?}").contains("safety_ratings r")) {
            seen += 1;
            let plan = world.app.db.explain(query).await.unwrap();
            let faults = faults(engine, &address, &plan);
            if !faults.is_empty() {
                found.push(format!("{address}: {faults:?}\n    {}", plan.join("\n    ")));
            }
        }
        assert!((1..=3).contains(&seen), "{address}: {seen} questions");
        if let Some(next) = answer.body["pagination"]["next_cursor"].as_str().filter(|_| !address.contains("cursor=")) {
            addresses.push(format!("{address}&cursor={next}"));
        } else {
            assert!(address.contains("cursor="), "{address}: has no second page");
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn the_test_of_plans_knows_a_scan_when_it_sees_one() {
    let world = filled().await;
    let query = open("select id from safety_ratings where detailed_feedback = 'x'");
    let plan = world.app.db.explain(query).await.unwrap().join("\n");
    assert!(plan.contains("SCAN safety_ratings") || plan.contains("Seq Scan on safety_ratings"), "{plan}");
}

#[tokio::test]
async fn a_long_list_is_counted_so_far_and_paged_to_its_end() {
    let world = filled().await;
    let total = async |query: &str| {
        let answer = world.get(&format!("/api/safety-ratings?{query}")).await.is(200);
        let at = &answer.body["pagination"];
        (at["total"].as_i64().unwrap(), at["has_next"].as_bool().unwrap())
    };
    // There are 12,000.
    assert_eq!(total("").await, (10_000, true));
    assert_eq!(total("per_page=100&page=101").await, (10_101, true));
    assert_eq!(total("per_page=100&page=119").await, (11_901, true));
    assert_eq!(total("per_page=100&page=120").await, (12_000, false));
    assert_eq!(total("per_page=100&page=121").await, (10_000, false));
    assert_eq!(total("per_page=70&page=172").await, (12_000, false));
    assert_eq!(total("min_score=5&per_page=100&page=3").await, (2_400, true));
    assert_eq!(total("min_score=5&per_page=100&page=24").await, (2_400, false));
}
