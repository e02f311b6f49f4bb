//! Who learns when and where a group travels, and with whom.

use super::*;

/// Everybody who does not belong to the group gets the same of it, on every way to it.
#[tokio::test]
async fn others_get_month_town_and_organizer() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let names = ["bela", "chen", "dora", "emil", "fay", "gus"];
    let mut people = Vec::new();
    for name in names {
        people.push(world.person(name).await);
    }
    let [member, left, removed, banned, invited, stranger] = &people[..] else { panic!() };
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 8 }))).await;
    for who in [member, left, removed, banned] {
        join(who, &id).await.is(201);
    }
    leave(left, &id).await.is(200);
    asha.delete(&format!("{id}/members/{}", removed.id)).await.is(200);
    asha.post(&format!("{id}/bans"), json!({ "traveler_id": banned.id })).await.is(201);
    asha.post(&format!("{id}/invite"), json!({ "traveler_id": invited.id })).await.is(201);
    let pending = join(removed, &id).await.is(202);
    assert_eq!(pending.data()["join_status"], "pending");

    let admin = world.admin("root_1").await;
    let outsiders = [left, removed, banned, invited, stranger, &admin];
    for who in outsiders {
        for path in [id.clone(), LIST.to_owned(), format!("{id}/members"), format!("{id}/itineraries")] {
            let answer = who.get(&path).await.is(200);
            for canary in ["2027-04-17", "2027-04-23", "Canary Street", "bela", &member.id] {
                assert!(!answer.text.contains(canary), "{path}: {canary} in {}", answer.text);
            }
        }
        let detail = who.get(&id).await;
        let group = detail.data();
        assert_eq!(group["start_date"], Value::Null);
        assert_eq!(group["end_date"], Value::Null);
        assert_eq!(group["start_month"], "2027-04");
        assert_eq!(group["destination"], "Lisbon");
        assert_eq!((&group["name"], &group["description"]), (&json!("Surf"), &json!("Small waves.")));
        let members = group["members"].as_array().unwrap();
        assert_eq!((members.len(), &members[0]["traveler"]["username"]), (1, &json!("asha")));
        assert_eq!((&group["is_member"], &group["user_role"]), (&json!(false), &Value::Null));
        assert_eq!(who.get(&format!("{id}/members")).await.data()["pagination"]["total"], 1);
        assert_eq!(who.get(&format!("{id}/members?page=2")).await.data()["members"], json!([]));
    }
    let anonymous = world.get(&id).await.is(200);
    assert!(!anonymous.text.contains("2027-04-1") && !anonymous.text.contains("Canary"), "{}", anonymous.text);
    for path in [id.clone(), format!("{LIST}?mine=true")] {
        let own = member.get(&path).await.is(200);
        assert!(own.text.contains("2027-04-17") && own.text.contains("Canary Street 7"), "{}", own.text);
        assert!(own.text.contains("\"username\":\"bela\""), "{}", own.text);
    }
    assert_eq!(super::names(&world.get(&format!("{LIST}?mine=true")).await), [""; 0]);
}

/// Two groups that differ in what others do not get are told apart by no sort, filter or cursor.
#[tokio::test]
async fn no_list_tells_days_or_streets() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let early = json!({ "start_date": "2027-04-02", "end_date": "2027-04-03", "destination": "Lisbon, Alfama" });
    let late = json!({ "start_date": "2027-04-29", "end_date": "2027-06-01", "destination": "Lisbon, Belem" });
    let other = json!({ "start_date": "2027-05-01", "end_date": "2027-05-02" });
    made(&asha, and(group("Early"), early)).await;
    made(&asha, and(group("May"), other)).await;
    made(&asha, and(group("Late"), late)).await;
    for (query, expected) in [
        ("sort=starting_soon", vec!["Late", "Early", "May"]), // the newest first within a month
        ("sort=starting_soon&start_date=2027-04-15", vec!["Late", "Early", "May"]),
        ("start_date=2027-04-30&end_date=2027-04-01", vec!["Late", "Early"]),
        ("end_date=2027-04-01", vec!["Late", "Early"]),
        ("start_date=2027-05-31", vec!["May"]),
        ("search=alfama", vec![]),
        ("destination=belem", vec![]),
        ("destination=lisbon, belem", vec!["Late", "May", "Early"]),
        ("search=lisbon", vec!["Late", "May", "Early"]),
    ] {
        let query = format!("{LIST}?{}", query.replace(' ', "%20"));
        assert_eq!(names(&world.get(&query).await.is(200)), expected, "{query}");
    }
    // The keys of a cursor can be read.
    let first = world.get(&format!("{LIST}?sort=starting_soon&limit=1")).await.is(200);
    let cursor = first.data()["pagination"]["next_cursor"].as_str().unwrap().to_owned();
    let next = world.get(&format!("{LIST}?sort=starting_soon&limit=1&cursor={cursor}")).await.is(200);
    assert_eq!(names(&next), ["Early"]);
    let next = world.get(&format!("{LIST}?sort=starting_soon&limit=5&cursor={cursor}")).await.is(200);
    assert_eq!(names(&next), ["Early", "May"]);
    world.get(&format!("{LIST}?sort=newest&limit=1&cursor={cursor}")).await.fails(400, "invalid_cursor");
}

#[tokio::test]
async fn lists_filter_and_sort() {
    let world = patient().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let surf = json!({ "interests": ["Surfing", "food"], "max_members": 2, "trip_type": "adventure" });
    let walk = json!({ "activity_tags": ["hiking"], "destination": "Kyōto, Japan" });
    let surf = made(&asha, and(group("Surf"), surf)).await;
    made(&asha, and(group("Walk"), walk)).await;
    made(&asha, and(group("Soon"), json!({ "start_date": "2026-11-23", "end_date": "2026-11-24" }))).await;
    join(&bela, &surf).await.is(201);
    for (query, expected) in [
        ("", vec!["Soon", "Walk", "Surf"]),
        ("sort=popular", vec!["Surf", "Soon", "Walk"]),
        ("sort=starting_soon", vec!["Soon", "Walk", "Surf"]),
        ("search=SURF", vec!["Surf"]),
        ("destination=kyoto", vec!["Walk"]),
        ("activity=surfing&activity=FOOD", vec!["Surf"]),
        ("activity=surfing&activity=hiking", vec![]),
        ("type=adventure", vec!["Surf"]),
        ("group_type=interest_based", vec!["Soon", "Walk"]),
        ("has_availability=true", vec!["Soon", "Walk"]),
        ("available_only=true&travel_pace=slow&public_only=true", vec!["Soon", "Walk"]),
        ("women_safe=false", vec!["Soon", "Walk", "Surf"]),
        ("women_safe=true", vec![]),
        ("limit=1&page=2", vec!["Walk"]),
    ] {
        assert_eq!(names(&world.get(&format!("{LIST}?{query}")).await.is(200)), expected, "{query}");
    }
    let page = world.get(&format!("{LIST}?limit=2&page=1")).await;
    assert_eq!((&page.data()["pagination"]["total"], &page.body["pagination"]["total"]), (&json!(3), &json!(3)));
    assert_eq!(names(&bela.get(&format!("{LIST}?mine=true")).await), ["Surf"]);
    // What has left is not about to.
    world.advance(DAY * 30);
    assert_eq!(names(&world.get(&format!("{LIST}?sort=starting_soon")).await), ["Walk", "Surf"]);
}
