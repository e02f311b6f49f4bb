//! Roles, the creator's place, sending away, bans, and those who go by themselves.

use super::*;

struct Crew<'w> {
    id: String,
    asha: Person<'w>,
    bela: Person<'w>,
    chen: Person<'w>,
    dora: Person<'w>,
}

/// Asha's group with Bela, Chen and Dora in it.
async fn crew(world: &World) -> Crew<'_> {
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let (chen, dora) = (world.person("chen").await, world.person("dora").await);
    let id = made(&asha, group("Surf")).await;
    for who in [&bela, &chen, &dora] {
        join(who, &id).await.is(201);
    }
    Crew { id, asha, bela, chen, dora }
}

async fn role(by: &Person<'_>, group: &str, whom: &str, role: &str) -> Answer {
    by.put(&format!("{group}/members/{whom}/role"), json!({ "role": role })).await
}

#[tokio::test]
async fn roles_are_given_by_organizers_and_organizers_by_the_creator() {
    let world = World::new().await;
    let Crew { id, asha, bela, chen, dora } = crew(&world).await;
    role(&bela, &id, &chen.id, "moderator").await.fails(403, "not_organizer");
    role(&asha, &id, &chen.id, "captain").await.fails(400, "validation_failed");
    role(&asha, &id, NOBODY, "member").await.fails(404, "not_found");
    role(&asha, &id, &bela.id, "moderator").await.is(200);
    role(&bela, &id, &chen.id, "moderator").await.fails(403, "not_organizer");
    bela.put(&id, json!({ "name": "Surf!" })).await.is(200);
    dora.put(&id, json!({ "name": "Mine" })).await.fails(403, "not_organizer");
    let stranger = world.person("emil").await;
    stranger.put(&id, json!({ "name": "Mine" })).await.fails(403, "not_organizer");
    // By the id of the membership as well.
    let members = asha.get(&format!("{id}/members")).await;
    let of_chen = members.data()["members"][2]["id"].as_str().unwrap().to_owned();
    assert_eq!(role(&asha, &id, &of_chen, "organizer").await.is(200).data()["traveler_id"], *chen.id);
    role(&chen, &id, &bela.id, "organizer").await.fails(403, "not_creator");
    role(&chen, &id, &bela.id, "member").await.is(200);
    role(&chen, &id, &asha.id, "member").await.fails(409, "creator_stays");
    role(&asha, &id, &asha.id, "member").await.fails(409, "creator_stays");
    bela.put(&id, json!({ "name": "Mine" })).await.fails(403, "not_organizer");
    // A role ends with the membership.
    leave(&chen, &id).await.is(200);
    chen.put(&id, json!({ "name": "Mine" })).await.fails(403, "not_organizer");
    assert_eq!(join(&chen, &id).await.is(200).data()["role"], "member");
    assert_eq!(chen.get(&id).await.data()["user_role"], "member");
}

#[tokio::test]
async fn a_group_is_handed_over_to_who_agrees() {
    let world = World::new().await;
    let Crew { id, asha, bela, chen, .. } = crew(&world).await;
    let (transfer, accept) = (format!("{id}/transfer"), format!("{id}/transfer/accept"));
    bela.post(&transfer, json!({ "traveler_id": bela.id })).await.fails(403, "not_creator");
    asha.post(&transfer, json!({ "traveler_id": NOBODY })).await.fails(404, "not_found");
    bela.post(&accept, json!({})).await.fails(409, "not_asked");
    let before = bare(&world.get(&id).await.is(200));
    assert_eq!(asha.post(&transfer, json!({ "traveler_id": bela.id })).await.is(200).data()["role"], "member");
    // Others see the creator: nothing changes for them, or for anybody else, until she agrees.
    assert_eq!(bare(&world.get(&id).await.is(200)), before);
    let asked = async |who: &Person<'_>| who.get(&id).await.is(200).data()["is_asked_to_lead"].clone();
    for (who, expected) in [(&asha, false), (&bela, true), (&chen, false)] {
        assert_eq!(asked(who).await, expected);
    }
    bela.put(&id, json!({ "name": "Mine" })).await.fails(403, "not_organizer");
    bela.delete(&id).await.fails(403, "not_creator");
    world.person("emil").await.post(&accept, json!({})).await.fails(409, "not_asked");
    // Taken back, gone by leaving, or asked another one.
    asha.post(&transfer, json!({ "traveler_id": asha.id })).await.is(200);
    bela.post(&accept, json!({})).await.fails(409, "not_asked");
    asha.post(&transfer, json!({ "traveler_id": bela.id })).await.is(200);
    leave(&bela, &id).await.is(200);
    join(&bela, &id).await.is(200);
    bela.post(&accept, json!({})).await.fails(409, "not_asked");
    asha.post(&transfer, json!({ "traveler_id": chen.id })).await.is(200);
    asha.post(&transfer, json!({ "traveler_id": bela.id })).await.is(200);
    chen.post(&accept, json!({})).await.fails(409, "not_asked");
    assert_eq!(bela.post(&accept, json!({})).await.is(200).data()["role"], "organizer");
    let seen = world.get(&id).await.is(200);
    assert_eq!(seen.data()["creator"]["username"], "bela");
    assert_eq!(seen.data()["members"][0]["traveler"]["username"], "bela");
    assert_eq!(asked(&bela).await, false);
    bela.post(&accept, json!({})).await.fails(409, "not_asked");
    asha.delete(&id).await.fails(403, "not_creator");
    leave(&bela, &id).await.fails(409, "creator_stays");
    leave(&asha, &id).await.is(200);
    chen.delete(&id).await.fails(403, "not_creator");
    bela.delete(&id).await.is(200);
}

/// Members who block one another both stay, until one of them leads the group.
#[tokio::test]
async fn whoever_does_not_see_the_new_creator_is_not_kept() {
    let world = World::new().await;
    let Crew { id, asha, bela, chen, dora } = crew(&world).await;
    block(&chen, &bela).await;
    pass(&world, Duration::ZERO).await;
    asha.post(&format!("{id}/transfer"), json!({ "traveler_id": bela.id })).await.is(200);
    bela.post(&format!("{id}/transfer/accept"), json!({})).await.is(200);
    chen.get(&id).await.fails(404, "not_found");
    pass(&world, Duration::ZERO).await;
    assert_eq!(dora.get(&id).await.data()["current_members_count"], 3);
    seats_are_exact(&world).await;
}

#[tokio::test]
async fn whoever_was_sent_away_comes_back_only_by_asking() {
    let world = World::new().await;
    let Crew { id, asha, bela, chen, dora } = crew(&world).await;
    let member = |who: &Person<'_>| format!("{id}/members/{}", who.id);
    role(&asha, &id, &bela.id, "moderator").await.is(200);
    role(&asha, &id, &chen.id, "moderator").await.is(200);
    dora.delete(&member(&bela)).await.fails(403, "not_organizer");
    bela.delete(&member(&chen)).await.fails(403, "not_organizer");
    bela.delete(&member(&asha)).await.fails(409, "creator_stays");
    bela.delete(&member(&dora)).await.is(200);
    bela.delete(&member(&dora)).await.fails(404, "not_found");
    let asked = join(&dora, &id).await.is(202);
    assert_eq!(asha.get(&id).await.data()["current_members_count"], 3);
    asha.delete(&member(&bela)).await.is(200);
    bela.put(&id, json!({ "name": "Mine" })).await.fails(403, "not_organizer");
    let request = asked.data()["id"].as_str().unwrap();
    asha.post(&format!("{id}/requests/{request}/approve"), json!({})).await.is(200);
    // Leaving by oneself does not wash it off.
    asha.delete(&member(&dora)).await.is(200);
    leave(&dora, &id).await.fails(404, "not_found");
    join(&dora, &id).await.is(202);
    seats_are_exact(&world).await;
}

#[tokio::test]
async fn to_the_banned_the_group_is_full() {
    let world = World::new().await;
    let Crew { id, asha, bela, chen, dora } = crew(&world).await;
    let bans = format!("{id}/bans");
    chen.post(&bans, json!({ "traveler_id": dora.id })).await.fails(403, "not_organizer");
    asha.post(&bans, json!({ "traveler_id": NOBODY })).await.fails(404, "not_found");
    asha.post(&bans, json!({ "traveler_id": asha.id })).await.fails(409, "creator_stays");
    asha.post(&bans, json!({ "traveler_id": dora.id, "reason": "x".repeat(501) })).await.is(400);
    let ban = asha.post(&bans, json!({ "traveler_id": dora.id, "reason": "Was rude." })).await.is(201);
    assert_eq!(ban.data()["reason"], "Was rude.");
    let emil = world.person("emil").await;
    asha.post(&bans, json!({ "traveler_id": emil.id })).await.is(201);
    let full = made(&asha, and(group("Full"), json!({ "max_members": 2 }))).await;
    join(&bela, &full).await.is(201);
    for banned in [&dora, &emil] {
        assert_eq!(bare(&join(banned, &id).await), bare(&join(banned, &full).await));
        assert_eq!(banned.get(&id).await.is(200).data()["is_member"], false);
        asha.post(&format!("{id}/invite"), json!({ "traveler_id": banned.id })).await.fails(409, "banned");
    }
    chen.get(&bans).await.fails(403, "not_organizer");
    let listed = asha.get(&bans).await.is(200);
    assert_eq!(listed.body["pagination"]["total"], 2);
    assert_eq!(listed.body["data"][1]["traveler"]["username"], "dora");
    asha.delete(&format!("{bans}/{}", bela.id)).await.fails(404, "not_found");
    asha.delete(&format!("{bans}/{}", dora.id)).await.is(200);
    asha.delete(&format!("{bans}/{}", emil.id)).await.is(200);
    join(&dora, &id).await.is(202);
    join(&emil, &id).await.is(201);
    seats_are_exact(&world).await;
}

/// Others see the creator of a group, so nobody becomes it by the going of another.
#[tokio::test]
async fn the_seats_of_whoever_is_banned_are_free_and_their_groups_hidden() {
    let world = World::new().await;
    let Crew { id, asha, bela, chen, dora } = crew(&world).await;
    let other = made(&dora, and(group("Walk"), json!({ "max_members": 2 }))).await;
    join(&asha, &other).await.is(201);
    let emil = world.person("emil").await;
    wait(&emil, &other).await.is(201);
    role(&asha, &id, &chen.id, "moderator").await.is(200);
    // Asked is not agreed.
    asha.post(&format!("{id}/transfer"), json!({ "traveler_id": bela.id })).await.is(200);
    accounts::admin::ban(&world.app, "asha@example.org").await.unwrap();
    chen.get(&id).await.fails(404, "not_found"); // hidden at once
    pass(&world, Duration::ZERO).await;
    for who in [&bela, &chen, &dora] {
        who.get(&id).await.fails(404, "not_found");
        who.post(&format!("{id}/transfer/accept"), json!({})).await.fails(404, "not_found");
    }
    world.get(&id).await.fails(404, "not_found");
    join(&emil, &other).await.is(201); // the seat was offered
    // Who is back leads what they led, and is in nothing else.
    accounts::admin::unban(&world.app, "asha@example.org").await.unwrap();
    pass(&world, Duration::ZERO).await;
    chen.get(&id).await.is(200);
    assert_eq!(dora.get(&other).await.data()["current_members_count"], 2);
    seats_are_exact(&world).await;
}

/// A ban that is lifted soon gives back what was led; an account that is gone does not come back.
#[tokio::test]
async fn the_groups_of_whoever_is_banned_wait_for_seven_days() {
    let world = patient().await;
    let Crew { id, chen, dora, .. } = crew(&world).await;
    let (email, six) = ("asha@example.org", DAY * 6);
    accounts::admin::ban(&world.app, email).await.unwrap();
    pass(&world, six).await;
    dora.get(&id).await.fails(404, "not_found");
    leave(&dora, &id).await.is(200); // hidden, and nobody is kept in it
    accounts::admin::unban(&world.app, email).await.unwrap();
    pass(&world, Duration::ZERO).await;
    assert_eq!(chen.get(&id).await.is(200).data()["current_members_count"], 3);
    // The days of another ban are counted from its own beginning.
    accounts::admin::ban(&world.app, email).await.unwrap();
    pass(&world, six).await;
    accounts::admin::unban(&world.app, email).await.unwrap();
    pass(&world, Duration::ZERO).await;
    chen.get(&id).await.is(200);
    accounts::admin::ban(&world.app, email).await.unwrap();
    pass(&world, six).await;
    pass(&world, DAY + Duration::from_mins(5)).await;
    accounts::admin::unban(&world.app, email).await.unwrap();
    pass(&world, Duration::ZERO).await;
    chen.get(&id).await.fails(404, "not_found");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_groups where is_active = TRUE").await, 0);
    // At once, when the account is deleted.
    let own = made(&chen, group("Walk")).await;
    join(&dora, &own).await.is(201);
    let proof = json!({ "current_password": "Test123!" });
    world.call(axum::http::Method::DELETE, "/api/auth/me", Some(&chen.token), Some(proof)).await.is(200);
    pass(&world, Duration::ZERO).await;
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_groups where is_active = TRUE").await, 0);
}

#[tokio::test]
async fn a_ban_that_is_repeated_tells_since_when_it_is() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let bans = format!("{}/bans", made(&asha, group("Surf")).await);
    let other = format!("{}/bans", made(&asha, group("Walk")).await);
    let ban = async |bans: &str, whom: &Person<'_>, reason: &str| {
        let answer = asha.post(bans, json!({ "traveler_id": whom.id, "reason": reason })).await.is(201);
        answer.data().clone()
    };
    let first = ban(&bans, &bela, "Was rude.").await;
    world.advance(Duration::from_mins(1));
    let again = ban(&bans, &bela, "Was rude twice.").await;
    assert_eq!((&again["created_at"], &again["reason"]), (&first["created_at"], &json!("Was rude twice.")));
    assert_eq!(asha.get(&bans).await.is(200).body["data"], json!([again]));
    // That of somebody else, and from another group, begins now.
    for later in [ban(&bans, &chen, "Too.").await, ban(&other, &bela, "Too.").await] {
        assert_ne!(later["created_at"], first["created_at"]);
    }
}
