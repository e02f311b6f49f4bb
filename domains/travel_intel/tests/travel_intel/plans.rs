//! Every list has an index on both engines: the plans of its questions read no table that grows from end to end.

use crate::{INTEL, at, key, replies, says};
use kernel::{
    auth::TravelerId,
    db::{Engine, Sql, open},
    sql,
};
use testkit::{World, json};
use travel_intel::seed;
use uuid::Uuid;

const GROWING: [&str; 4] = ["travel_intel", "itineraries", "travelers", "travel_intel_votes"];

fn uuid(kind: u8, n: u64) -> Uuid {
    let mut bytes = [0; 16];
    bytes[0] = kind;
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Uuid::from_bytes(bytes)
}

/// Ten thousand people, three thousand trips, and thirty thousand pieces of intel.
async fn crowded() -> World {
    let world = World::new().await;
    let now = world.app.clock.now();
    let author =
        world.person("asha").await.publishes(testkit::json!({ "title": "Model", "destination": "Kyoto" })).await;
    let mut tx = world.app.db.write().await.unwrap();
    let person = sql!(
        "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key, display_name,
            travel_interests, is_admin, is_active, women_guide_certified, created_at, updated_at)
         select $1, $2, $2, TRUE, '', $2, $2, $2, travel_interests, FALSE, TRUE, FALSE, created_at, updated_at
         from travelers where username = 'asha'"
    );
    let rows = (0..10_000).map(|n| vec![uuid(1, n).into(), format!("p{n}").into()]).collect();
    tx.run_many(person, rows).await.unwrap();
    let trip = sql!(
        "insert into itineraries (id, traveler_id, title, description, destination, regions, share_dates, difficulty_level,
            budget_currency, travel_companions, activity_tags, categories, screenshots, route_waypoints, has_gpx,
            is_remixed, remixed_from_ids, women_safe_certified, is_published, is_featured,
            score_explanations, created_at, updated_at)
         select $1, $2, title, description, destination, regions, share_dates, difficulty_level, budget_currency,
            travel_companions, activity_tags, categories, screenshots, route_waypoints, has_gpx, is_remixed,
            remixed_from_ids, women_safe_certified, is_published, is_featured,
            score_explanations, created_at, updated_at from itineraries where id = $3"
    );
    let model: Uuid = author.parse().unwrap();
    let rows = (0..3_000).map(|n| vec![uuid(2, n).into(), uuid(1, n).into(), model.into()]).collect();
    tx.run_many(trip, rows).await.unwrap();
    let kinds = ["question", "update", "warning", "recommendation", "local_insight", "tip"];
    let severities = ["low", "medium", "medium", "medium", "high", "critical"];
    let pieces = (0..30_000_u64).map(|n| {
        let pick = |words: [&'static str; 6], n: u64| words[usize::try_from(n % 6).unwrap()];
        seed::Piece {
            id: uuid(3, n),
            itinerary: uuid(2, n % 3_000),
            parent: (n >= 20_000).then(|| uuid(3, n - 20_000)),
            author: TravelerId(uuid(1, n * 7 % 3_000)),
            kind: pick(kinds, n / 3),
            content: format!("words {n}"),
            severity: pick(severities, n / 7),
            safety_related: n % 5 == 0,
            valid_until: (n % 4 == 0).then(|| now.minus(std::time::Duration::from_secs(n))),
            created_at: now.minus(std::time::Duration::from_secs(40_000 - n)),
        }
    });
    seed::insert(&mut tx, pieces.collect()).await.unwrap();
    let settle = sql!("update travel_intel set status = $2 where id = $1");
    let statuses = ["resolved", "closed", "in_progress", "archived"];
    let rows = (0..16_000).map(|n| vec![uuid(3, n).into(), statuses[usize::try_from(n % 4).unwrap()].into()]).collect();
    tx.run_many(settle, rows).await.unwrap();
    let vote = sql!("insert into travel_intel_votes (intel_id, traveler_id, is_helpful) values ($1, $2, TRUE)");
    let rows = (0..5_000).map(|n| vec![uuid(3, n).into(), uuid(1, n * 11 % 3_000).into()]).collect();
    tx.run_many(vote, rows).await.unwrap();
    tx.run(sql!("analyze")).await.unwrap();
    tx.commit().await.unwrap();
    world
}

fn scans(engine: Engine, step: &str) -> bool {
    match engine {
        // "SCAN n" and the like, also over the whole of an index.
        Engine::Sqlite => ["n", "t", "p", "r", "v", "author"]
            .iter()
            .any(|a| step.split_once("SCAN ").is_some_and(|(_, rest)| rest.split_whitespace().next() == Some(a))),
        Engine::Postgres => GROWING.iter().any(|t| step.contains(&format!("Seq Scan on {t} "))),
    }
}

async fn plan(world: &World, question: Sql) -> Vec<String> {
    world.app.db.explain(question).await.unwrap()
}

/// What SQLite sorts but for the rows of a page: they are in the outermost steps, or come from the two parts of it.
fn sorts(engine: Engine, plan: &[String]) -> bool {
    engine == Engine::Sqlite
        && plan.iter().any(|step| step.starts_with(' ') && step.contains("TEMP B-TREE FOR ORDER BY"))
}

/// Figures are of all that a trip has, and have no pages.
fn is_figure(address: &str) -> bool {
    address.contains("/stats/")
}

#[tokio::test]
async fn no_list_reads_a_growing_table_from_end_to_end() {
    let world = crowded().await;
    let engine = world.app.db.engine();
    let reader = world.person("reader").await;
    let trip = uuid(2, 7).to_string();
    // Three more that lapse, and three replies to what somebody asks: two pages of everything.
    let top = says(&reader, &trip, "top", json!({ "intel_type": "question", "safety_related": true })).await;
    for n in 0..3 {
        replies(&reader, &top, &format!("reply {n}")).await;
        let lapsed = json!({ "intel_type": "warning", "severity_level": "critical", "safety_related": n > 0, "status": "resolved" });
        let lapsed = says(&reader, &trip, "lapsed", lapsed).await;
        let over = sql!("update travel_intel set valid_until = created_at where id = $1");
        world.sql(over.bind(key(&lapsed))).await;
        says(&reader, &trip, "tip", json!({ "intel_type": "tip", "severity_level": "critical", "status": "resolved" }))
            .await;
    }
    world.advance(crate::SECOND);
    let mut addresses = vec![format!("{}?per_page=2", at(&top)), format!("{INTEL}/user/intel?per_page=2")];
    let filters = [
        format!("itinerary_id={trip}"),
        format!("itinerary_id={trip}&sort=helpful"),
        format!("itinerary_id={trip}&sort=critical"),
        "type=tip".to_owned(),
        "type=warning".to_owned(),
        "severity=critical".to_owned(),
        "sort=critical".to_owned(),
        "status=resolved".to_owned(),
        "safety_related=true".to_owned(),
        "safety_related=false".to_owned(),
    ];
    addresses.extend(filters.map(|filter| format!("{INTEL}?per_page=2&{filter}")));
    addresses.push(format!("{INTEL}/stats/{trip}"));
    let mut faults = Vec::new();
    for address in addresses {
        let is_mine = address.contains("/user/");
        for person in [Some(&reader), None].into_iter().filter(|person| !is_mine || person.is_some()) {
            let mut page = address.clone();
            // As far as to where nothing holds any more.
            for n in 1..=9 {
                world.app.db.asked();
                let answer = match person {
                    Some(person) => person.get(&page).await.is(200),
                    None => world.get(&page).await.is(200),
                };
                let asked = world.app.db.asked();
                let asked = asked.into_iter().filter(|sql| format!("{sql:?}").contains("travel_intel n"));
                let mut seen = 0;
                for query in asked {
                    seen += 1;
                    let steps = plan(&world, query).await;
                    if steps.iter().any(|step| scans(engine, step)) || !is_figure(&address) && sorts(engine, &steps) {
                        faults.push(format!("{page}\n    {}", steps.join("\n    ")));
                    }
                }
                assert!((1..=2).contains(&seen), "{page}: {seen} questions");
                let pagination = [&answer.body["pagination"], &answer.body["data"]["pagination"]];
                let Some(next) = pagination.into_iter().find_map(|at| at["next_cursor"].as_str()) else {
                    assert!(n > 1 || is_figure(&address), "{page}: has no second page");
                    break;
                };
                page = format!("{address}&cursor={next}");
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // The test can see a scan when there is one.
    let whole = plan(&world, open("select count(*) from travel_intel n where n.content like '%x%'")).await;
    assert!(whole.iter().any(|step| scans(engine, step)), "{whole:?}");
}
