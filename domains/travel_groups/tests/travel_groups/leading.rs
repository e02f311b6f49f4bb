//! Blocks with whoever has a say in a group: its creator, its organizers and its moderators.

use super::*;

async fn seats(who: &Person<'_>, group: &str) -> Value {
    who.get(group).await.is(200).data()["current_members_count"].clone()
}

async fn role(who: &Person<'_>, group: &str) -> Value {
    who.get(group).await.is(200).data()["user_role"].clone()
}

/// Whoever of the two blocked, and whether she belonged to it, asked, was invited, waited, or never heard of it.
#[tokio::test]
async fn a_group_that_somebody_in_a_block_moderates_is_an_id_that_never_was() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let [chen, dora, emil, fay] =
        [world.person("chen").await, world.person("dora").await, world.person("emil").await, world.person("fay").await];
    let id = made(&asha, and(group("Harbour"), json!({ "max_members": 9 }))).await;
    let approving = made(&asha, and(group("Lighthouse"), json!({ "requires_approval": true }))).await;
    made(&asha, group("Third")).await;
    for who in [&bela, &chen, &dora] {
        join(who, &id).await.is(201);
    }
    let request = join(&bela, &approving).await.is(202).data()["id"].clone();
    asha.post(&format!("{approving}/requests/{}/approve", request.as_str().unwrap()), json!({})).await.is(200);
    for group in [&id, &approving] {
        appoint(&asha, group, &bela, "moderator").await;
    }
    asha.post(&format!("{id}/invite"), json!({ "traveler_id": emil.id })).await.is(201);
    asha.post(&format!("{approving}/invite"), json!({ "traveler_id": emil.id })).await.is(201);
    join(&fay, &approving).await.is(202);
    let replayed = format!("{approving}/join");
    let first = post_with_key(&world, &fay, &replayed, json!({})).await.is(202);
    assert_eq!(first.text, post_with_key(&world, &fay, &replayed, json!({})).await.text);
    for who in [&chen, &dora, &emil, &fay] {
        assert_eq!(names(&who.get(LIST).await), ["Third", "Lighthouse", "Harbour"]);
    }
    block(&bela, &chen).await;
    block(&dora, &bela).await;
    block(&bela, &emil).await;
    block(&fay, &bela).await;
    // At once, before any job has run.
    post_with_key(&world, &fay, &replayed, json!({})).await.fails(404, "not_found");
    for who in [&emil, &fay] {
        // What she asked for herself is hers to take back, once.
        if who.id == fay.id {
            leave(who, &approving).await.is(200);
        }
        for group in [&id, &approving] {
            is_nothing_to(who, group, &asha).await;
        }
    }
    for who in [&chen, &dora, &emil, &fay] {
        who.get(&id).await.fails(404, "not_found");
        for path in ["", "?sort=popular", "?search=harbour", "?mine=true", "/matching?destination=Lisbon", "/invites"] {
            let list = who.get(&format!("{LIST}{path}")).await.is(200);
            assert!(!list.text.contains("Harbour") && !list.text.contains("Lighthouse"), "{path}: {}", list.text);
        }
        assert_eq!(who.get(LIST).await.body["pagination"]["total"], 1);
        assert_eq!(who.get(&format!("{LIST}/invites")).await.body["pagination"]["total"], 0);
        let matched = who.get(&format!("{LIST}/matching?destination=Lisbon")).await.is(200);
        assert_eq!(matched.body["pagination"]["total"], 1);
    }
    // To everybody else it is there, with all its seats.
    assert_eq!(seats(&asha, &id).await, 4);
    assert_eq!(seats(&bela, &id).await, 4);
    // Who belonged to it goes by herself, or is not kept in it; the moderator stays.
    leave(&chen, &id).await.is(200);
    is_nothing_to(&chen, &id, &asha).await;
    pass(&world, Duration::ZERO).await;
    is_nothing_to(&dora, &id, &asha).await;
    assert_eq!(seats(&asha, &id).await, 2);
    assert_eq!(role(&bela, &id).await, "moderator");
    // A member without a say hides nothing.
    appoint(&asha, &id, &bela, "member").await;
    for who in [&chen, &dora, &emil, &fay] {
        who.get(&id).await.is(200);
        join(who, &id).await.fails(409, "group_full");
        who.get(&approving).await.fails(404, "not_found");
    }
    leave(&bela, &id).await.is(200);
    join(&dora, &id).await.is(200);
    seats_are_exact(&world).await;
}

/// Members in a block pair both stay until one of them gets a say.
#[tokio::test]
async fn whoever_does_not_see_a_new_moderator_leaves() {
    let world = patient().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let [chen, dora, emil] = [world.person("chen").await, world.person("dora").await, world.person("emil").await];
    let id = made(&asha, group("Surf")).await;
    let other = made(&asha, group("Walk")).await;
    for group in [&id, &other] {
        for who in [&bela, &chen, &dora] {
            join(who, group).await.is(201);
        }
    }
    wait(&emil, &id).await.is(201);
    block(&chen, &bela).await;
    pass(&world, Duration::ZERO).await;
    assert_eq!(seats(&chen, &id).await, 4);
    appoint(&asha, &id, &bela, "moderator").await;
    chen.get(&id).await.fails(404, "not_found");
    assert_eq!(seats(&chen, &other).await, 4);
    pass(&world, Duration::ZERO).await;
    assert_eq!(seats(&bela, &id).await, 3);
    assert_eq!(seats(&chen, &other).await, 4);
    is_nothing_to(&chen, &id, &asha).await;
    // Her seat is for whoever waits.
    join(&emil, &id).await.is(201);
    // By the hand of a second one who may appoint, and by a higher place of who is appointed already.
    appoint(&asha, &other, &dora, "organizer").await;
    appoint(&dora, &other, &chen, "moderator").await;
    pass(&world, Duration::ZERO).await;
    bela.get(&other).await.fails(404, "not_found");
    assert_eq!(seats(&chen, &other).await, 3);
    seats_are_exact(&world).await;
}

/// Whoever of the two blocked: the creator keeps the group, and the moderator has neither say nor seat in it.
#[tokio::test]
async fn a_block_takes_no_group_from_its_creator() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let dora = world.person("dora").await;
    let id = made(&asha, group("Surf")).await;
    for (who, place) in [(&bela, "moderator"), (&chen, "organizer"), (&dora, "member")] {
        join(who, &id).await.is(201);
        appoint(&asha, &id, who, place).await;
    }
    asha.post(&format!("{id}/transfer"), json!({ "traveler_id": bela.id })).await.is(200);
    block(&bela, &asha).await;
    block(&asha, &chen).await;
    for _ in 0..2 {
        assert_eq!(role(&asha, &id).await, "organizer");
        asha.put(&id, json!({ "description": "Mine." })).await.is(200);
        assert_eq!(names(&asha.get(&format!("{LIST}?mine=true")).await), ["Surf"]);
        for who in [&bela, &chen] {
            who.delete(&format!("{id}/members/{}", dora.id)).await.fails(404, "not_found");
            who.post(&format!("{id}/transfer/accept"), json!({})).await.fails(404, "not_found");
            is_nothing_to_outside_of_leaving(who, &id).await;
        }
        pass(&world, Duration::ZERO).await;
    }
    assert_eq!(seats(&dora, &id).await, 2);
    assert_eq!(dora.get(&id).await.data()["created_by_traveler_id"], json!(asha.id));
    // What she was is not what she comes back as.
    asha.delete(&format!("/api/users/{}/block", chen.id)).await.is(200);
    assert_eq!(join(&chen, &id).await.is(200).data()["role"], "member");
    assert_eq!(role(&chen, &id).await, "member");
    seats_are_exact(&world).await;
}

async fn is_nothing_to_outside_of_leaving(who: &Person<'_>, id: &str) {
    for path in ["", "/members", "/invites", "/requests", "/bans", "/itineraries"] {
        let (hidden, never) = (who.get(&format!("{id}{path}")).await, who.get(&format!("{LIST}/{NOBODY}{path}")).await);
        assert_eq!(bare(&hidden.is(404)), bare(&never), "{path}");
    }
}

/// Of two who block one another whoever has less to say goes, and of two who have the same both.
#[tokio::test]
async fn a_block_takes_a_group_from_nobody_who_has_more_to_say() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let [chen, dora, emil] = [world.person("chen").await, world.person("dora").await, world.person("emil").await];
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 9 }))).await;
    let roles = [(&bela, "organizer"), (&chen, "moderator"), (&dora, "moderator"), (&emil, "moderator")];
    for (who, place) in roles {
        join(who, &id).await.is(201);
        appoint(&asha, &id, who, place).await;
    }
    block(&chen, &bela).await;
    assert_eq!(role(&bela, &id).await, "organizer");
    chen.get(&id).await.fails(404, "not_found");
    pass(&world, Duration::ZERO).await;
    assert_eq!(role(&bela, &id).await, "organizer");
    assert_eq!(seats(&asha, &id).await, 4);
    block(&emil, &dora).await;
    for who in [&dora, &emil] {
        who.get(&id).await.fails(404, "not_found");
    }
    pass(&world, Duration::ZERO).await;
    assert_eq!(seats(&asha, &id).await, 2);
    for (who, again) in [(&dora, 200), (&emil, 409)] {
        assert_eq!(join(who, &id).await.status, again);
    }
    assert_eq!(role(&bela, &id).await, "organizer");
    seats_are_exact(&world).await;
}

/// A request that was on its way when somebody got a say is looked at when it must be through.
#[tokio::test]
async fn whoever_came_while_a_leader_was_made_is_not_kept_either() {
    let world = patient().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (chen, dora) = (world.person("chen").await, world.person("dora").await);
    let appointed = made(&asha, group("Surf")).await;
    let handed_over = made(&asha, group("Walk")).await;
    for group in [&appointed, &handed_over] {
        for who in [&bela, &dora] {
            join(who, group).await.is(201);
        }
    }
    for leader in [&bela, &dora] {
        block(leader, &chen).await;
    }
    pass(&world, Duration::from_mins(5)).await;
    appoint(&asha, &appointed, &bela, "moderator").await;
    asha.post(&format!("{handed_over}/transfer"), json!({ "traveler_id": dora.id })).await.is(200);
    dora.post(&format!("{handed_over}/transfer/accept"), json!({})).await.is(200);
    pass(&world, Duration::ZERO).await;
    // As a join leaves it that had looked for blocks before.
    let chen_id: uuid::Uuid = chen.id.parse().unwrap();
    for (n, name) in [(1, "Surf"), (2, "Walk")] {
        let late = kernel::sql!(
            "insert into travel_group_members (id, group_id, traveler_id, role, state, joined_on, joined_at, updated_at)
             select $1, id, $2, 'member', 'accepted', start_date, created_at, created_at
             from travel_groups where name = $3"
        );
        world.sql(late.bind(uuid::Uuid::from_u128(n)).bind(chen_id).bind(name)).await;
    }
    assert_eq!(seats(&asha, &appointed).await, 4);
    pass(&world, Duration::from_mins(3)).await;
    for group in [&appointed, &handed_over] {
        assert_eq!(seats(&asha, group).await, 3, "{group}");
    }
    seats_are_exact(&world).await;
}

#[tokio::test]
async fn nobody_comes_to_lead_more_than_fifty_groups() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let mut last = String::new();
    for n in 0..50 {
        last = made(&bela, group(&format!("Group {n}"))).await;
    }
    bela.post(LIST, group("One more")).await.fails(409, "too_many_groups");
    let id = made(&asha, group("Surf")).await;
    join(&bela, &id).await.is(201);
    asha.post(&format!("{id}/transfer"), json!({ "traveler_id": bela.id })).await.is(200);
    let accept = format!("{id}/transfer/accept");
    bela.post(&accept, json!({})).await.fails(409, "too_many_groups");
    assert_eq!(role(&bela, &id).await, "member");
    // She is asked still.
    bela.delete(&last).await.is(200);
    bela.post(&accept, json!({})).await.is(200);
    assert_eq!(bela.get(&id).await.data()["created_by_traveler_id"], *bela.id);
}
