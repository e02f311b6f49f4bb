//! What the databases do for groups: walk along an index and stop, or look up what is asked for; they never read a table
//! that grows from end to end.

use super::*;
use kernel::{
    auth::TravelerId,
    db::{Arg, Engine, open},
    sql,
};
use travel_groups::seed::{self, Gathering};
use uuid::Uuid;

fn uuid(kind: u8, n: u64) -> Uuid {
    let mut bytes = [0; 16];
    bytes[0] = kind;
    bytes[8..].copy_from_slice(&n.to_be_bytes());
    Uuid::from_bytes(bytes)
}

const PEOPLE: u64 = 3_000;
const GROUPS: u64 = 4_000;

fn person(n: u64) -> TravelerId {
    TravelerId(uuid(1, n % PEOPLE))
}

/// Thousands of people and groups, with everything that can hang on one, so that reading all of it would be the worst plan.
async fn crowd(world: &World) {
    let now = world.app.clock.now();
    let ago = |n: u64| now.minus(Duration::from_secs(n));
    let author = world.person("author").await;
    let trip = author.post("/api/itineraries", json!({ "title": "Model", "destination": "Kyoto" })).await.is(201);
    let trip: Uuid = trip.data()["id"].as_str().unwrap().parse().unwrap();
    let mut tx = world.app.db.write().await.unwrap();
    let add = sql!(
        "insert into travelers (id, email, email_key, email_verified, password_hash, username, username_key,
            display_name, travel_interests, is_admin, is_active, women_guide_certified, created_at, updated_at)
         select $1, $2, $2, TRUE, '', $2, $2, $2, travel_interests, FALSE, TRUE, FALSE, created_at, updated_at
         from travelers where username = 'author'"
    );
    tx.run_many(add, (0..PEOPLE).map(|n| vec![uuid(1, n).into(), format!("p{n}").into()]).collect()).await.unwrap();
    let model = sql!(
        "insert into itineraries (id, traveler_id, title, description, destination, regions, share_dates,
            difficulty_level, budget_currency, travel_companions, activity_tags, categories, screenshots,
            route_waypoints, has_gpx, is_remixed, remixed_from_ids, women_safe_certified, is_published, is_featured,
            score_explanations, created_at, updated_at)
         select $1, $2, title, description, destination, regions, share_dates, difficulty_level, budget_currency,
            travel_companions, activity_tags, categories, screenshots, route_waypoints, has_gpx, is_remixed,
            remixed_from_ids, women_safe_certified, is_published, is_featured, score_explanations, created_at,
            updated_at from itineraries where id = $3"
    );
    let trips = (0..PEOPLE).map(|n| vec![uuid(6, n).into(), person(n).into(), trip.into()]);
    tx.run_many(model, trips.collect()).await.unwrap();
    let gatherings = (0..GROUPS).map(|n| Gathering {
        id: uuid(2, n),
        name: format!("Group number {n}"),
        description: "Small waves.".to_owned(),
        destination: format!("Town {}, Street 7", n % 500),
        start_date: now.plus(DAY * u32::try_from(n % 900).unwrap()).day(),
        end_date: now.plus(DAY * u32::try_from(n % 900).unwrap()).day(),
        seats: 3 + i64::try_from(n % 5).unwrap(),
        activity_tags: vec![format!("tag {}", n % 300)],
        languages: vec!["en".to_owned()],
        pace: None,
        is_women_only: n % 10 == 0,
        requires_approval: false,
        itinerary: (n % 3 == 0).then(|| uuid(6, n % PEOPLE)),
        members: (0..3).map(|m| (uuid(3, n * 3 + m), person(n * 7 + m * 11))).collect(),
        at: ago(n + 60),
    });
    seed::insert(&mut tx, gatherings.collect()).await.unwrap();
    tx.run(sql!("update travel_groups set is_ended = TRUE where start_month % 4 <> 0")).await.unwrap();
    let rows = |each: u64| (0..GROUPS * each).map(move |n| (n, uuid(2, n / each), person(n * 13 + 5)));
    let invite = sql!(
        "insert into travel_group_invites (id, group_id, traveler_id, inviter_id, state, created_at, expires_at)
         values ($1, $2, $3, $4, 'pending', $5, $6) on conflict do nothing"
    );
    let all = rows(3).map(|(n, group, who)| -> Vec<Arg> {
        let until = now.plus(Duration::from_secs(n + 3_600));
        vec![uuid(4, n).into(), group.into(), who.into(), person(n).into(), ago(n).into(), until.into()]
    });
    tx.run_many(invite, all.collect()).await.unwrap();
    let request = sql!(
        "insert into travel_group_requests (id, group_id, traveler_id, created_at) values ($1, $2, $3, $4)
         on conflict do nothing"
    );
    let wait = sql!(
        "insert into travel_group_waitlist (id, group_id, traveler_id, created_at) values ($1, $2, $3, $4)
         on conflict do nothing"
    );
    for statement in [request, wait] {
        let all = rows(2).map(|(n, group, who)| vec![uuid(5, n).into(), group.into(), who.into(), ago(n).into()]);
        tx.run_many(statement, all.collect()).await.unwrap();
    }
    let ban = sql!(
        "insert into travel_group_bans (group_id, traveler_id, banned_by, created_at) values ($1, $2, $3, $4)
         on conflict do nothing"
    );
    let all = rows(1).map(|(n, group, who)| vec![group.into(), who.into(), person(n).into(), ago(n).into()]);
    tx.run_many(ban, all.collect()).await.unwrap();
    let block = sql!("insert into blocks (blocker_id, blocked_id, was_seen, created_at) values ($1, $2, TRUE, $3)");
    let all = (0..PEOPLE).map(|n| vec![person(n).into(), person(n + 1).into(), now.into()]);
    tx.run_many(block, all.collect()).await.unwrap();
    tx.commit().await.unwrap();
}

const GROWING: [&str; 10] = [
    "travel_groups",
    "travel_group_members",
    "travel_group_invites",
    "travel_group_requests",
    "travel_group_waitlist",
    "travel_group_bans",
    "travel_group_itineraries",
    "travelers",
    "blocks",
    "itineraries",
];

/// What a list may walk along: it is sorted by that, and stops with the page.
const WALKS: [&str; 3] = ["travel_groups_newest", "travel_groups_popular", "travel_groups_soon"];

/// What is counted is counted from an index alone; who waits without an offer is looked through by a job.
const COUNTED: [&str; 2] = ["travel_groups_counted", "travel_group_waitlist_idle"];

fn faults_sqlite(plan: &[String], what: &str) -> Vec<String> {
    let faults = plan.iter().map(|line| line.trim()).filter(|line| {
        let is_walk = WALKS.iter().any(|index| line.ends_with(&format!("USING INDEX {index}")));
        let is_counted = COUNTED.iter().any(|index| line.ends_with(&format!("USING COVERING INDEX {index}")));
        // A part of the question itself has no index, and the rows that it has are few.
        let is_part = ["pairs", "apart", "first_ones", "chosen", "theirs", "CONSTANT ROW"]
            .iter()
            .any(|part| line.ends_with(part));
        // What a list has in all when words choose it, is found by looking at each group that the reader may know of.
        let is_compared =
            line.starts_with("SCAN g") && ["search=", "destination=", "activity="].iter().any(|f| what.contains(f));
        // One's own groups are looked up, and all offers of whatever group are for the job alone.
        let is_far = is_walk && what.contains("mine=true") || line.contains("(offered_until>?)") && what != "jobs";
        let is_few = is_walk || is_counted || is_part || is_compared || line.contains("(subquery");
        is_far || line.starts_with("SCAN ") && !is_few
    });
    faults.map(str::to_owned).collect()
}

fn faults_postgres(plan: &[String], what: &str) -> Vec<String> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let is_limited = plan.iter().any(|line| line.contains("Limit"));
    // Nothing is counted from an index alone before it was vacuumed; that it could be is what the other engine shows.
    let counts = plan.iter().any(|line| line.contains("Aggregate")) && !is_limited;
    let faults = plan.iter().enumerate().filter(|(at, line)| {
        let mut below = plan[at + 1..].iter().take_while(|l| depth(l) > depth(line));
        let reads = line.contains("Seq Scan on ") || line.contains("Index Scan ") || line.contains("Index Only Scan ");
        let grows = GROWING.iter().any(|table| line.split_whitespace().any(|word| word == *table));
        let is_walk = is_limited && WALKS.iter().any(|index| line.contains(index));
        let is_counted =
            COUNTED.iter().any(|index| line.contains(index)) || counts && line.ends_with("on travel_groups g");
        // The few that are hidden have an index of their own, and so have offers, all of which a job looks through.
        let is_offer = what == "jobs" && line.contains("travel_group_waitlist_offers");
        let is_few = is_walk || is_counted || is_offer || line.contains("travelers_hidden");
        reads && grows && (line.contains("Seq Scan") || !is_few && !below.any(|l| l.contains("Index Cond")))
    });
    faults.map(|(_, line)| line.trim().to_owned()).collect()
}

/// Steps of a plan that read a whole table, or the whole of one of its indexes.
fn reads_all(engine: Engine, plan: &[String], what: &str) -> Vec<String> {
    match engine {
        Engine::Sqlite => faults_sqlite(plan, what),
        Engine::Postgres => faults_postgres(plan, what),
    }
}

struct Watch<'w> {
    world: &'w World,
    faults: Vec<String>,
}

impl Watch<'_> {
    /// Explains what was asked for groups since the last time; at least one question.
    async fn look(&mut self, what: &str) {
        let db = &self.world.app.db;
        let mut seen = 0;
        for query in db.asked().into_iter().filter(|sql| format!("{sql:?}").contains("travel_group")) {
            seen += 1;
            let (text, plan) = (format!("{query:?}"), db.explain(query).await.unwrap());
            let faults = reads_all(db.engine(), &plan, what);
            if !faults.is_empty() {
                self.faults.push(format!("{what}\n  {}\n    {}\n  {text}", faults.join("\n  "), plan.join("\n    ")));
            }
        }
        assert!(seen > 0, "{what}: no question was seen");
    }

    /// Every order with every filter, for whoever is signed in and whoever is not.
    async fn lists(&mut self, asha: &Person<'_>, bela: &Person<'_>) {
        self.world.app.db.asked();
        let mut lists = Vec::new();
        for sort in ["newest", "popular", "starting_soon"] {
            for filter in [
                "",
                "search=surf",
                "search=number%207",
                "destination=town%207",
                "activity=tag%207",
                "type=interest_based",
                "women_safe=true",
                "women_safe=false",
                "has_availability=true",
                "start_date=2027-04-01&end_date=2027-06-01",
                "mine=true",
            ] {
                lists.push(format!("{LIST}?sort={sort}&per_page=2&{filter}"));
            }
        }
        for list in lists {
            for reader in [None, Some(asha), Some(bela)] {
                for page in ["page=2", "cursor="] {
                    let mut path = format!("{list}&{page}");
                    for _ in 0..2 {
                        let answer = match reader {
                            Some(reader) => reader.get(&path).await.is(200),
                            None => self.world.get(&path).await.is(200),
                        };
                        if !(reader.is_none() && list.contains("mine")) {
                            self.look(&path).await;
                        }
                        let next = answer.body["pagination"]["next_cursor"].as_str().filter(|_| page == "cursor=");
                        let Some(next) = next else { break };
                        path = format!("{list}&cursor={next}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn nothing_about_groups_is_read_from_end_to_end() {
    let world = World::new().await;
    crowd(&world).await;
    let [asha, bela, chen] = [world.person("asha").await, world.person("bela").await, world.person("chen").await];
    verify(&world, "bela").await;
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 3 }))).await;
    let mut watch = Watch { world: &world, faults: Vec::new() };
    if world.app.db.engine() == Engine::Sqlite {
        // A database that was never analyzed: its plans follow from the indexes alone.
        watch.lists(&asha, &bela).await;
    }
    world.sql(open("analyze")).await;
    watch.lists(&asha, &bela).await;
    for path in ["/matching?destination=Lisbon", "/matching", "/invites"] {
        for reader in [&asha, &bela] {
            reader.get(&format!("{LIST}{path}")).await.is(200);
            watch.look(path).await;
        }
    }
    for path in ["", "/members", "/invites", "/requests", "/bans", "/itineraries"] {
        asha.get(&format!("{id}{path}")).await.is(200);
        watch.look(path).await;
    }
    bela.get(&id).await.is(200);
    watch.look("as somebody else").await;
    for (who, path, body, status) in [
        (&bela, "/join", json!({}), 201),
        (&asha, "/invite", json!({ "traveler_id": chen.id }), 201),
        (&chen, "/join", json!({}), 201),
        (&asha, "/transfer", json!({ "traveler_id": bela.id }), 200),
        (&bela, "/transfer/accept", json!({}), 200),
        (&chen, "/leave", json!({}), 200),
        (&bela, "/bans", json!({ "traveler_id": chen.id }), 201),
    ] {
        who.post(&format!("{id}{path}"), body).await.is(status);
        watch.look(path).await;
    }
    let dora = world.person("dora").await;
    join(&dora, &id).await.is(201);
    wait(&chen, &id).await.is(201);
    watch.look("waiting").await;
    chen.delete(&format!("{id}/waitlist")).await.is(200);
    watch.look("waiting no more").await;
    let body = json!({ "role": "moderator" });
    asha.put(&format!("{id}/members/{}/role", dora.id), body).await.is(200);
    watch.look("a role").await;
    bela.patch(&id, json!({ "max_members": 4 })).await.is(200);
    watch.look("a change").await;
    // What is done by the clock, and when somebody is gone, is no woman, or blocks somebody.
    block(&chen, &dora).await;
    accounts::admin::unverify_woman(&world.app, "bela@example.org").await.unwrap();
    world.app.db.asked();
    pass(&world, Duration::from_mins(61)).await;
    watch.look("jobs").await;
    assert!(watch.faults.is_empty(), "{}", watch.faults.join("\n\n"));
    // The test can see a scan when there is one.
    let whole = [
        open("select count(*) from travel_groups g where g.name like '%x%'"),
        open("select id from travel_group_members where role = 'x'"),
    ];
    for query in whole {
        let plan = world.app.db.explain(query).await.unwrap();
        assert!(!reads_all(world.app.db.engine(), &plan, "").is_empty(), "{plan:?}");
    }
}
