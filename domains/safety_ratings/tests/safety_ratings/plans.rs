//! No list reads a whole table that grows.

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

/// Enough rows that a plan for them is a plan for many.
async fn filled() -> World {
    let world = World::new().await;
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
            route_waypoints, has_gpx, is_remixed, remixed_from_ids, search_text, destination_text,
            women_safe_certified, is_published, is_featured, score_explanations, created_at, updated_at)
         values ($1, $2, 'Kyoto', '', 'Kyoto', $3, FALSE, 'easy', 'USD', $3, $3, $3, $3, $3, FALSE, FALSE, $3, '', '',
            FALSE, TRUE, FALSE, $3, $4, $4)"
    );
    let rows = (0..TRIPS).map(|n| vec![id(2, n), id(1, n % PEOPLE), none(), now.into()]).collect();
    tx.run_many(trips, rows).await.unwrap();
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

#[tokio::test]
async fn no_list_of_ratings_scans_a_table_that_grows() {
    let world = filled().await;
    let engine = world.app.db.engine();
    let mut faults = Vec::new();
    for (name, query) in safety_ratings::plans() {
        let plan = world.app.db.explain(query).await.unwrap();
        for step in &plan {
            let step = step.trim();
            let is_bad = match engine {
                // In the order of an index it stops when the page is full.
                Engine::Sqlite => {
                    (step.starts_with("SCAN") && !step.contains("USING") && step != "SCAN newest")
                        || step.contains("TEMP B-TREE FOR ORDER BY")
                }
                // To count ten thousand of twelve thousand, reading all trips is the best way.
                Engine::Postgres => {
                    ["safety_ratings", "itineraries", "safety_rating_votes"]
                        .iter()
                        .any(|table| step.contains(&format!("Seq Scan on {table}")))
                        && !name.starts_with("count of all")
                }
            };
            if is_bad {
                faults.push(format!("{name}: {step}\n    {}", plan.join("\n    ")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
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
    assert_eq!(total("per_page=100&page=120").await, (12_001, true));
    assert_eq!(total("per_page=100&page=121").await, (10_000, false));
    assert_eq!(total("per_page=70&page=172").await, (12_000, false));
    assert_eq!(total("min_score=5&per_page=100&page=3").await, (2_400, true));
    assert_eq!(total("min_score=5&per_page=100&page=24").await, (2_400, false));
}
