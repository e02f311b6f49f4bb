//! What the databases do for each list: walk along an index and stop, never read or sort all trips.

use crate::{LIST, and, trip};
use itineraries::{
    ItineraryId,
    seed::{self, Trip},
};
use kernel::{auth::TravelerId, db::Engine};
use testkit::{Person, World, json};

/// Every list with its cursor pages. Words stand in all trips, in some, in one, and in none.
async fn addresses(world: &World, asha: &Person<'_>) -> Vec<String> {
    for n in 0..3 {
        let companion = json!({ "travel_companions": [{ "name": "Asha", "traveler_id": asha.id }] });
        asha.publishes(and(trip(&format!("Trip number {n}")), companion)).await;
    }
    let mut addresses = Vec::new();
    let filters = [
        "",
        "activity=hiking",
        "activity=geysers",
        "activity=hiking&activity=geysers",
        "activity=hiking&difficulty=easy",
        "min_score=20",
        "min_safety_score=4",
        "has_gps=true",
        "has_gps=false",
        "women_safe=true",
        "featured=true",
        "difficulty=easy",
        "destination=kyoto",
        "destination=place",
        "destination=atlantis",
        "destination=2001%20icel",
        "search=trip",
        "search=geysers%20num",
        "search=atlantis",
        "search=trip&destination=place&difficulty=easy",
        "search=trip&activity=geysers",
        "women_safe=true&has_gps=true&difficulty=easy",
        "activity=hiking&women_safe=true&min_safety_score=4",
    ];
    for sort in ["trending", "newest", "top-rated", "most-helpful"] {
        addresses.extend(filters.map(|filter| format!("{LIST}?sort={sort}&per_page=1&{filter}")));
    }
    for list in ["featured", "by-destination/kyoto", "by-destination/a%20b%20c%20d", "rising-stars", "most-requested"] {
        addresses.push(format!("{LIST}/{list}?limit=1"));
    }
    let feature =
        kernel::sql!("update itineraries set is_featured = TRUE, featured_at = created_at where title like $1");
    world.sql(feature.bind("Trip number _")).await;
    for list in ["itineraries", "projects", "tagged-itineraries", "tagged-projects"] {
        addresses.push(format!("/api/users/{}/{list}?per_page=1", asha.id));
    }
    addresses
}

/// Trips on show are few, administrators choose each.
fn is_few(line: &str) -> bool {
    line.contains("itineraries_featured")
}

/// The lines below the one at `at`.
fn below(plan: &[String], at: usize) -> impl Iterator<Item = &String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = depth(&plan[at]);
    plan[at + 1..].iter().take_while(move |line| depth(line) > own)
}

fn faults_sqlite(plan: &[String]) -> Vec<String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut faults = Vec::new();
    // What belongs to the reader is laid over the few trips of a page.
    let counts = !plan.iter().any(|l| l.contains("page") || l.contains("itinerary_votes"));
    for (at, line) in plan.iter().enumerate() {
        let step = line.trim();
        // What was found by its words is counted up to 10,000.
        let is_bounded = plan.iter().any(|l| l.contains("MATERIALIZE hits"));
        if counts && step.contains(" i USING INDEX") && !is_few(step) && !is_bounded {
            faults.push(format!("reads rows to count them: {step}"));
        }
        if let Some(scanned) = step.strip_prefix("SCAN ") {
            // What is looked up for its words is 10,000 trips at most, or counted no further.
            let is_small = ["page", "best", "days", "few", "hits", "counted", "CONSTANT ROW"].contains(&scanned)
                || scanned.contains("VIRTUAL TABLE INDEX 0:M")
                || is_few(scanned);
            let is_walk = scanned.contains(if counts { "USING COVERING INDEX" } else { "INDEX itineraries_" });
            if !is_small && !is_walk {
                faults.push(format!("reads all: {step}"));
            }
        }
        if step.contains("TEMP B-TREE") {
            // Its input are the steps before it at the same depth.
            let input =
                plan[..at].iter().rev().take_while(|l| depth(l) >= depth(line)).filter(|l| depth(l) == depth(line));
            if !input.clone().any(|l| ["SCAN page", "SCAN days", "SCAN few"].contains(&l.trim()) || is_few(l)) {
                faults.push(format!("sorts all: {step}"));
            }
        }
    }
    faults
}

fn faults_postgres(plan: &[String]) -> Vec<String> {
    // Nothing is counted from an index alone before it was vacuumed; that it could be is what the other engine shows.
    let counts = plan.iter().any(|l| l.contains("Aggregate")) && !plan.iter().any(|l| l.contains("Limit"));
    let mut faults = Vec::new();
    for (at, line) in plan.iter().enumerate() {
        let is = |step: &str| line.contains(step);
        if is_few(line) || counts && is("on itineraries i") && !is("Seq Scan") {
            continue;
        }
        if is("Seq Scan") || is("Bitmap Heap Scan") && !below(plan, at).any(|l| l.contains("Index Cond")) {
            faults.push(format!("reads all: {}", line.trim()));
        }
        let is_bounded = |l: &String| l.contains("Limit") || l.contains("CTE Scan on few") || is_few(l);
        if is("Sort") && !is("Sort Key") && !below(plan, at).any(is_bounded) {
            faults.push(format!("sorts all: {}", line.trim()));
        }
        if is("Index Scan") && !below(plan, at).any(|l| l.contains("Index Cond")) {
            let stops = (0..at).any(|n| plan[n].contains("Limit") && below(plan, n).any(|l| std::ptr::eq(l, line)));
            if !stops {
                faults.push(format!("reads all: {}", line.trim()));
            }
        }
    }
    faults
}

/// Enough trips that their number makes a difference to a planner; all go hiking, and few know of geysers.
async fn crowd(world: &World, author: &str) {
    let author: uuid::Uuid = author.parse().unwrap();
    let people: Vec<uuid::Uuid> = (0..500).map(|_| world.app.new_uuid()).collect();
    let trips = (0..11_000).map(|n| Trip {
        id: ItineraryId(world.app.new_uuid()),
        author: TravelerId(if n % 10 == 0 { author } else { people[usize::try_from(n).unwrap() % 500] }),
        title: format!("Trip number {n}"),
        tagline: String::new(),
        description: String::new(),
        destination: format!("Place {n}, Iceland"),
        country: "Iceland",
        regions: Vec::new(),
        start_date: world.app.clock.today(),
        end_date: world.app.clock.today(),
        difficulty_level: if n % 2 == 0 { "easy" } else { "expert" },
        travel_style: "solo",
        budget_amount: 1.0,
        budget_currency: "USD",
        activity_tags: if n % 100 == 0 { vec!["hiking", "geysers"] } else { vec!["hiking"] },
        categories: Vec::new(),
        best_season: "summer",
        trip_highlights: String::new(),
        day_by_day_plan: String::new(),
        safety_tips: String::new(),
        hidden_gems: String::new(),
        gpx: None,
        is_published: n % 20 != 0,
        women_safe: n % 3 == 0,
        is_featured: n % 50 == 1,
        created_at: world.app.clock.now().minus(crate::MINUTE * n),
    });
    let trips = trips.map(|t| t.prepare().unwrap()).collect();
    let people = people.into_iter().map(|id| vec![id.into(), id.to_string().into(), author.into()]);
    let person = kernel::sql!(
        "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key,
            display_name, travel_interests, is_admin, is_active, women_guide_certified, created_at, updated_at)
         select $1, $2, $2, FALSE, '', $2, $2, $2, travel_interests, FALSE, TRUE, FALSE, created_at, created_at
         from travelers where id = $3"
    );
    let mut tx = world.app.db.write().await.unwrap();
    tx.run_many(person, people.collect()).await.unwrap();
    seed::insert(&mut tx, trips).await.unwrap();
    tx.commit().await.unwrap();
}

async fn assert_walks(world: &World, reader: &Person<'_>, mut addresses: Vec<String>) {
    let mut faults = Vec::new();
    while let Some(address) = addresses.pop() {
        world.app.db.asked();
        let answer = reader.get(&address).await.is(200);
        let asked = world.app.db.asked();
        assert!(asked.len() <= 5, "{address}: {} queries, the session's included", asked.len());
        let mut is_seen = false;
        for query in asked.into_iter().filter(|sql| format!("{sql:?}").contains("itineraries i")) {
            is_seen = true;
            let plan = world.app.db.explain(query).await.unwrap();
            let found = match world.app.db.engine() {
                Engine::Sqlite => faults_sqlite(&plan),
                Engine::Postgres => faults_postgres(&plan),
            };
            // Words that more than 10,000 trips have are met on a walk, rarer ones are looked up.
            let is_looked_up = plan.iter().any(|l| l.contains("few"));
            if plan.iter().any(|l| l.contains("page"))
                && ["search=", "destination="].iter().any(|w| address.contains(w))
            {
                let is_common = ["search=trip", "destination=place"].iter().any(|w| address.contains(w));
                assert_eq!(is_looked_up, !is_common, "{address}: {plan:#?}");
            }
            let is_total = !plan.iter().any(|l| l.contains("page") || l.contains("Limit"));
            let excused = |fault: &String| {
                // Few trips are looked up and sorted: the rows of a rare tag are counted before, and are 2,000 at most.
                fault.starts_with("sorts") && address.contains("geysers")
                    // Everybody goes hiking: to count them is to read them.
                    || is_total && address.contains("hiking") && !address.contains("geysers")
            };
            let found: Vec<String> = found.into_iter().filter(|f| !excused(f)).collect();
            if !found.is_empty() {
                faults.push(format!("{address}\n  {}\n    {}", found.join("\n  "), plan.join("\n    ")));
            }
        }
        assert!(is_seen, "{address}: no query was seen");
        if let Some(next) = answer.body["pagination"]["next_cursor"].as_str().filter(|_| !address.contains("cursor=")) {
            addresses.push(format!("{address}&cursor={next}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[tokio::test]
async fn every_list_walks_along_an_index() {
    let world = World::with(&[("CACHE_ENABLED", "false")]).await;
    let asha = world.person("asha").await;
    crowd(&world, &asha.id).await;
    let addresses = addresses(&world, &asha).await;
    if world.app.db.engine() == Engine::Sqlite {
        // A database that was never analyzed: its plans follow from the indexes alone.
        assert_walks(&world, &asha, addresses.clone()).await;
    }
    world.sql(kernel::db::open("analyze")).await;
    assert_walks(&world, &asha, addresses).await;
}
