//! Making, reading, joining, leaving.

use super::*;

#[tokio::test]
async fn a_group_from_its_beginning_to_its_end() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let made_one = asha.post(LIST, group("Surf")).await.is(201);
    let data = made_one.data();
    assert_eq!(data["current_members_count"], 1);
    assert_eq!(data["user_role"], "organizer");
    assert_eq!(data["members"][0]["traveler"]["username"], "asha");
    assert_eq!(data["start_date"], "2027-04-17");
    let id = format!("{LIST}/{}", data["id"].as_str().unwrap());

    let first = join(&bela, &id).await.is(201);
    assert_eq!(first.data()["join_status"], "accepted");
    join(&bela, &id).await.fails(409, "already_member");
    let detail = bela.get(&id).await.is(200);
    assert_eq!(detail.data()["current_members_count"], 2);
    assert_eq!(detail.data()["destination"], "Lisbon, Canary Street 7");
    assert_eq!(detail.data()["members"].as_array().unwrap().len(), 2);
    let members = bela.get(&format!("{id}/members")).await.is(200);
    assert_eq!(members.data()["members"][1]["traveler_id"], *bela.id);
    assert_eq!(members.data()["pagination"]["total"], 2);

    leave(&bela, &id).await.is(200);
    leave(&bela, &id).await.fails(404, "not_found");
    assert_eq!(asha.get(&id).await.data()["current_members_count"], 1);
    let again = join(&bela, &id).await.is(200);
    assert_eq!(again.data()["id"], first.data()["id"]);
    leave(&asha, &id).await.fails(409, "creator_stays");

    bela.delete(&id).await.fails(403, "not_creator");
    asha.delete(&id).await.is(200);
    for who in [&asha, &bela] {
        who.get(&id).await.fails(404, "not_found");
        join(who, &id).await.fails(404, "not_found");
    }
    assert_eq!(names(&world.get(LIST).await), [""; 0]);
    seats_are_exact(&world).await;
}

#[tokio::test]
async fn a_full_group_turns_the_next_one_away_and_queues_nobody() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 2 }))).await;
    join(&bela, &id).await.is(201);
    join(&chen, &id).await.fails(409, "group_full");
    assert_eq!(chen.get(&id).await.data()["pending"]["waitlist"], Value::Null);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_group_waitlist").await, 0);
    // A rejoin needs a seat like the first join.
    leave(&bela, &id).await.is(200);
    join(&chen, &id).await.is(201);
    join(&bela, &id).await.fails(409, "group_full");
    seats_are_exact(&world).await;
}

#[tokio::test]
async fn of_many_who_want_the_last_seat_one_gets_it() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let mut people = Vec::new();
    for n in 0..12 {
        people.push(world.person(&format!("person{n}")).await);
    }
    for round in 0..3 {
        let id = made(&asha, and(group("Surf"), json!({ "max_members": 2 }))).await;
        let joining = people.iter().map(|person| join(person, &id));
        let answers = futures_util::future::join_all(joining).await;
        let joined = answers.iter().filter(|a| a.status == 201).count();
        assert_eq!(joined, 1, "round {round}");
        for answer in answers.iter().filter(|a| a.status != 201) {
            assert_eq!((answer.status, &answer.body["code"]), (409, &json!("group_full")));
        }
        seats_are_exact(&world).await;
    }
}
