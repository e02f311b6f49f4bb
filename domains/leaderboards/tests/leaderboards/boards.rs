//! Who is ahead, and who is never shown.

use crate::{at, each, key, scored};
use kernel::sql;
use std::time::Duration;
use testkit::{World, json};

const AHEAD: &str = "/api/itineraries/leaderboard";
const TABLE: &str = "/api/users/leaderboard/projects";
const BUILDERS: &str = "/api/users/leaderboard/builders";
const TRIPS: &str = "/api/leaderboard/projects";
const USERS: &str = "/api/leaderboard/users";
const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn the_leaderboard_has_trips_travellers_and_what_is_on_show() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let low = scored(&world, &asha, "Low trip", 10.25).await;
    let mid = scored(&world, &bela, "Mid trip", 30.0).await;
    let high = scored(&world, &asha, "High trip", 20.5).await;
    world
        .sql(sql!("update itineraries set is_featured = TRUE, featured_at = created_at where id = $1").bind(key(&low)))
        .await;
    let board = world.get(AHEAD).await.is(200);
    assert_eq!(board.message(), "Leaderboard retrieved");
    assert_eq!(each(&board.data()["top_itineraries"], "id"), [&json!(mid), &json!(high), &json!(low)]);
    assert_eq!(each(&board.data()["featured"], "id"), [&json!(low)]);
    assert_eq!(
        board.data()["top_travelers"],
        json!([
            {
                "id": asha.id, "username": "asha", "display_name": "asha", "avatar_url": null,
                "total_credibility_score": 31, "itinerary_count": 2,
            },
            {
                "id": bela.id, "username": "bela", "display_name": "bela", "avatar_url": null,
                "total_credibility_score": 30, "itinerary_count": 1,
            },
        ])
    );
    assert_eq!((&board.data()["timeframe"], &board.data()["limit"]), (&json!("month"), &json!(10)));
    assert_eq!(asha.get(AHEAD).await.is(200).data(), board.data());
    let one = world.get(&format!("{AHEAD}?limit=1&timeframe=all")).await.is(200);
    assert_eq!(each(&one.data()["top_itineraries"], "id"), [&json!(mid)]);
    assert_eq!(each(&one.data()["top_travelers"], "username"), ["asha"]);
}

#[tokio::test]
async fn a_timeframe_leaves_out_what_is_older() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let old = scored(&world, &asha, "Old trip", 90.0).await;
    let recent = scored(&world, &bela, "Recent trip", 20.0).await;
    let new = scored(&world, &asha, "New trip", 10.0).await;
    for (id, days) in [(&old, 31), (&recent, 8), (&new, 0)] {
        let created = world.app.clock.now().minus(DAY * days);
        world.sql(sql!("update itineraries set created_at = $2 where id = $1").bind(key(id)).bind(created)).await;
    }
    let asks = [
        ("week", vec!["New trip"], vec!["asha"]),
        ("month", vec!["Recent trip", "New trip"], vec!["bela", "asha"]),
        ("all", vec!["Old trip", "Recent trip", "New trip"], vec!["asha", "bela"]),
        ("nonsense", vec!["Old trip", "Recent trip", "New trip"], vec!["asha", "bela"]),
    ];
    for (name, trips, people) in asks {
        let board = world.get(&format!("{AHEAD}?timeframe={name}")).await.is(200);
        assert_eq!(each(&board.data()["top_itineraries"], "title"), trips, "{name}");
        assert_eq!(each(&board.data()["top_travelers"], "username"), people, "{name}");
        let fast = world.get(&format!("{TRIPS}?period={name}")).await.is(200);
        assert_eq!(each(&fast.data()["projects"], "title"), trips, "{name}");
    }
    assert_eq!(world.get(TRIPS).await.data()["period"], "all_time");
}

#[tokio::test]
async fn a_confirmed_address_shows_at_once() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    scored(&world, &asha, "A trip", 40.0).await;
    world.run_jobs().await;
    let shown = async || world.get(TABLE).await.is(200).data()[0]["creator"]["email_verified"].clone();
    assert_eq!(shown().await, false);
    let token = world.mails().iter().find_map(|m| m.token("/verify-email")).unwrap();
    world.post("/api/auth/verify-email", json!({ "token": token })).await.is(200);
    assert_eq!(shown().await, true);
}

#[tokio::test]
async fn tables_have_places_and_the_keys_that_the_client_reads() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let second = scored(&world, &asha, "Second trip", 40.0).await;
    let first = scored(&world, &bela, "First trip", 70.5).await;
    world.sql(sql!("insert into itinerary_intel (itinerary_id, intel_count) values ($1, 4)").bind(key(&first))).await;
    world.sql(sql!("update itineraries set upvotes = 3 where id = $1").bind(key(&first))).await;
    let badge = json!({ "project_id": first, "badge_type": "gold" });
    world.admin("captain").await.post("/api/admin/badges/award", badge).await.is(201);
    let table = world.get(TABLE).await.is(200);
    let creator = json!({
        "id": bela.id, "username": "bela", "display_name": "bela", "avatar_url": null, "email_verified": false,
    });
    assert_eq!(
        table.data()[0],
        json!({
            "rank": 1, "id": first, "title": "First trip", "tagline": null, "proof_score": 70.5, "upvotes": 3,
            "comment_count": 4, "badge_count": 1, "user_id": bela.id, "creator": creator,
        })
    );
    assert_eq!((&table.data()[1]["id"], &table.data()[1]["rank"]), (&json!(second), &json!(2)));
    assert_eq!(table.data()[1]["badge_count"], 0);
    assert_eq!((&table.data()[1]["comment_count"], &table.data()[1]["upvotes"]), (&json!(0), &json!(0)));
    let people = world.get(BUILDERS).await.is(200);
    assert_eq!(each(people.data(), "username"), ["bela", "asha"]);
    let leader = &people.data()[0];
    assert_eq!((&leader["rank"], &leader["karma"], &leader["project_count"]), (&json!(1), &json!(71), &json!(1)));
    for key in ["id", "avatar_url", "bio", "email_verified", "badges_given", "comment_count"] {
        assert!(leader.get(key).is_some(), "{key}: {leader}");
    }
    let fast = world.get(USERS).await.is(200);
    assert_eq!(fast.data()["users"], *people.data());
    let overview = world.get("/api/leaderboard/trending").await.is(200);
    assert_eq!(each(&overview.data()["projects"], "title"), ["First trip", "Second trip"]);
    assert_eq!(each(&overview.data()["users"], "username"), ["bela", "asha"]);
    assert_eq!(world.get("/api/leaderboard/chains").await.is(200).data()["chains"], json!([]));
    for path in [AHEAD, TABLE, BUILDERS, TRIPS, USERS] {
        assert!(!world.get(path).await.text.contains("@example.org"), "{path}");
    }
}

#[tokio::test]
async fn what_is_hidden_is_on_no_board() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    scored(&world, &asha, "Shown trip", 10.0).await;
    let draft = scored(&world, &asha, "Draft trip", 99.0).await;
    let gone = scored(&world, &bela, "Gone trip", 98.0).await;
    let banned = scored(&world, &cleo, "Banned trip", 97.0).await;
    for id in [&draft, &gone, &banned] {
        world
            .sql(
                sql!("update itineraries set is_featured = TRUE, featured_at = created_at where id = $1").bind(key(id)),
            )
            .await;
    }
    let boards = [AHEAD, TABLE, BUILDERS, TRIPS, USERS, "/api/leaderboard/trending", "/api/trending/itineraries"];
    for path in boards {
        assert!(world.get(path).await.is(200).text.contains("cleo"), "{path}: the test can fail");
    }
    asha.patch(&at(&draft), json!({ "is_published": false })).await.is(200);
    bela.delete(&at(&gone)).await.is(200);
    accounts::admin::ban(&world.app, "cleo@example.org").await.unwrap();
    for reader in [&asha, &bela] {
        for path in boards {
            for answer in [world.get(path).await.is(200), reader.get(path).await.is(200)] {
                assert!(answer.text.contains("asha"), "{path}: {}", answer.text);
                for hidden in ["Draft trip", "Gone trip", "Banned trip", "bela", "cleo"] {
                    assert!(!answer.text.contains(hidden), "{path}: {hidden} in {}", answer.text);
                }
            }
        }
    }
    accounts::admin::unban(&world.app, "cleo@example.org").await.unwrap();
    assert_eq!(each(world.get(BUILDERS).await.is(200).data(), "username"), ["cleo", "asha"]);
}

#[tokio::test]
async fn days_are_shown_to_the_author_only() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let trip = json!({
        "title": "Kyoto on foot", "destination": "Kyoto", "start_date": "2027-04-02", "end_date": "2027-04-04",
        "activity_tags": ["food"],
    });
    let id = asha.publishes(trip).await;
    world
        .sql(sql!("update itineraries set is_featured = TRUE, featured_at = created_at where id = $1").bind(key(&id)))
        .await;
    for path in [AHEAD, TRIPS, "/api/leaderboard/trending", "/api/trending/itineraries"] {
        for _ in 0..2 {
            assert!(asha.get(path).await.is(200).text.contains("2027-04-02"), "{path}");
            assert!(!world.get(path).await.is(200).text.contains("2027-04-02"), "{path}");
            assert!(!bela.get(path).await.is(200).text.contains("2027-04-02"), "{path}");
        }
    }
}

#[tokio::test]
async fn limits_are_clamped_and_ties_are_broken_by_id() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut ids = Vec::new();
    for n in 0..12 {
        ids.push(asha.publishes(json!({ "title": format!("Trip number {n}"), "destination": "Kyoto" })).await);
    }
    let all: Vec<_> = ids.iter().map(|id| json!(id)).collect();
    for odd in ["", "?limit=x", "?limit=-1", "?limit=0", "?limit=100000", "?limit=5&limit=6"] {
        let table = world.get(&format!("{TABLE}{odd}")).await.is(200);
        assert_eq!(each(table.data(), "id"), all.iter().collect::<Vec<_>>(), "{odd}");
        world.get(&format!("{BUILDERS}{odd}")).await.is(200);
        world.get(&format!("{USERS}{odd}")).await.is(200);
        assert_eq!(world.get(&format!("{TRIPS}{odd}")).await.is(200).data()["projects"].as_array().unwrap().len(), 12);
    }
    let limit = async |q: &str| world.get(&format!("{AHEAD}?limit={q}")).await.is(200).data()["limit"].clone();
    for (given, expected) in [("", 10), ("x", 10), ("-5", 10), ("3", 3), ("51", 50)] {
        assert_eq!(limit(given).await, expected, "{given}");
    }
    let three = world.get(&format!("{TABLE}?limit=3")).await.is(200);
    assert_eq!(each(three.data(), "id"), all.iter().take(3).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_board_follows_what_is_written() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    assert_eq!(*world.get(BUILDERS).await.is(200).data(), json!([]));
    asha.publishes(json!({ "title": "First of all", "destination": "Kyoto" })).await;
    assert_eq!(each(world.get(BUILDERS).await.is(200).data(), "username"), ["asha"]);
    scored(&world, &bela, "Second trip", 5.0).await;
    assert_eq!(each(world.get(BUILDERS).await.is(200).data(), "username"), ["bela", "asha"]);
    assert_eq!(each(world.get(TABLE).await.is(200).data(), "title"), ["Second trip", "First of all"]);
    let beside = world.beside().await;
    beside.get(BUILDERS).await.is(200);
    asha.publishes(json!({ "title": "Third trip", "destination": "Kyoto" })).await;
    testkit::within(Duration::from_secs(1), async || beside.get(TABLE).await.data().as_array().unwrap().len() == 3)
        .await;
}

#[tokio::test]
async fn each_board_parts_the_same_scores_its_own_way() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut ids = Vec::new();
    // The titles are in the order in which they were made, a second apart, but for the last two, which share theirs.
    for (title, upvotes) in [("One more", 2), ("Two more", 9), ("Three more", 2), ("Four more", 9)] {
        world.advance(Duration::from_secs(u64::from(title != "Four more")));
        let id = scored(&world, &asha, title, 40.0).await;
        let set = sql!("update itineraries set upvotes = $2 where id = $1");
        world.sql(set.bind(key(&id)).bind(i64::from(upvotes))).await;
        ids.push(id);
    }
    scored(&world, &asha, "Best more", 41.0).await;
    assert!(ids.is_sorted(), "ties are broken by id");
    let titles = async |path: &str, list: &str| {
        let board = world.get(path).await.is(200);
        let rows = if list.is_empty() { board.data() } else { &board.data()[list] };
        each(rows, "title").into_iter().map(|t| t.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        titles(AHEAD, "top_itineraries").await,
        ["Best more", "Four more", "Three more", "Two more", "One more"]
    );
    assert_eq!(titles(TABLE, "").await, ["Best more", "One more", "Two more", "Three more", "Four more"]);
    for period in ["all", "week"] {
        let path = format!("{TRIPS}?period={period}");
        assert_eq!(
            titles(&path, "projects").await,
            ["Best more", "Four more", "Two more", "Three more", "One more"],
            "{period}"
        );
    }
}

#[tokio::test]
async fn a_board_does_not_tell_for_whom_nothing_is_kept() {
    let world = World::new().await;
    let (asha, bela, cleo) = (world.person("asha").await, world.person("bela").await, world.person("cleo").await);
    scored(&world, &asha, "A trip", 40.0).await;
    bela.post(&format!("/api/users/{}/block", cleo.id), json!({})).await.is(200);
    for path in [TRIPS, USERS, "/api/leaderboard/trending", "/api/leaderboard/chains"] {
        let kept = world.get(path).await.is(200);
        world.advance(Duration::from_secs(50));
        let now = world.get(path).await.is(200);
        for reader in [&asha, &bela] {
            assert_eq!(reader.get(path).await.is(200).data(), now.data(), "{path}");
        }
        assert!(kept.data()["generated_at"].as_str().unwrap().contains(":00.000000Z"), "{}", kept.text);
    }
}
