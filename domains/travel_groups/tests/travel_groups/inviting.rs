//! Invitations, and requests of groups that approve their members.

use super::*;

async fn invite(who: &Person<'_>, group: &str, whom: &str) -> Answer {
    who.post(&format!("{group}/invite"), json!({ "traveler_id": whom })).await
}

fn id_of(answer: &Answer) -> String {
    answer.data()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_is_accepted_once_and_holds_no_seat() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let dora = world.person("dora").await;
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 3, "requires_approval": true }))).await;
    invite(&bela, &id, &chen.id).await.fails(403, "not_organizer");
    invite(&asha, &id, NOBODY).await.fails(404, "not_found");
    invite(&asha, &id, "nonsense").await.fails(404, "not_found");
    asha.post(&format!("{id}/invite"), json!({})).await.fails(400, "validation_failed");
    let to_bela = id_of(&invite(&asha, &id, &bela.id).await.is(201));
    invite(&asha, &id, &bela.id).await.fails(409, "already_invited");
    let to_chen = id_of(&invite(&asha, &id, &chen.id).await.is(201));
    let to_dora = id_of(&invite(&asha, &id, &dora.id).await.is(201));
    assert_eq!(asha.get(&id).await.data()["current_members_count"], 1);
    let mine = bela.get(&format!("{LIST}/invites")).await.is(200);
    assert_eq!(mine.body["data"][0]["group"]["name"], "Surf");
    assert_eq!(mine.body["data"][0]["group"]["start_date"], Value::Null);
    assert_eq!(mine.body["pagination"]["total"], 1);
    assert_eq!(asha.get(&format!("{id}/invites")).await.body["pagination"]["total"], 3);
    bela.get(&format!("{id}/invites")).await.fails(403, "not_organizer");
    // Only the invited answers.
    chen.post(&format!("{id}/invites/{to_bela}/accept"), json!({})).await.fails(404, "not_found");
    chen.delete(&format!("{id}/invites/{to_bela}")).await.fails(403, "not_organizer");
    bela.post(&format!("{id}/invites/{to_bela}/accept"), json!({})).await.is(201);
    bela.post(&format!("{id}/invites/{to_bela}/accept"), json!({})).await.fails(404, "not_found");
    invite(&asha, &id, &bela.id).await.fails(409, "already_member");
    // Nobody is asked again who said no.
    chen.post(&format!("{id}/invites/{to_chen}/decline"), json!({})).await.is(200);
    invite(&asha, &id, &chen.id).await.fails(409, "invite_declined");
    chen.post(&format!("{id}/invites/{to_chen}/accept"), json!({})).await.fails(404, "not_found");
    let emil = world.person("emil").await;
    let to_emil = id_of(&invite(&asha, &id, &emil.id).await.is(201));
    asha.delete(&format!("{id}/invites/{to_emil}")).await.is(200);
    asha.delete(&format!("{id}/invites/{to_emil}")).await.fails(404, "not_found");
    emil.post(&format!("{id}/invites/{to_emil}/accept"), json!({})).await.fails(404, "not_found");
    dora.post(&format!("{id}/invites/{to_dora}/accept"), json!({})).await.is(201);
    invite(&asha, &id, &emil.id).await.fails(409, "group_full");
    seats_are_exact(&world).await;
}

#[tokio::test]
async fn an_invitation_is_good_for_seven_days() {
    let world = patient().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    let id = made(&asha, group("Surf")).await;
    let first = id_of(&invite(&asha, &id, &bela.id).await.is(201));
    world.advance(DAY * 7 - Duration::from_secs(1));
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_group_invites").await, 1);
    world.advance(Duration::from_secs(1));
    assert_eq!(bela.get(&format!("{LIST}/invites")).await.is(200).body["data"], json!([]));
    assert_eq!(asha.get(&format!("{id}/invites")).await.is(200).body["data"], json!([]));
    bela.post(&format!("{id}/invites/{first}/accept"), json!({})).await.fails(409, "invite_expired");
    let second = id_of(&invite(&asha, &id, &bela.id).await.is(201));
    pass(&world, Duration::from_mins(10)).await;
    bela.post(&format!("{id}/invites/{second}/accept"), json!({})).await.is(201);
    invite_is_forgotten(&world).await;
}

async fn invite_is_forgotten(world: &World) {
    assert_eq!(world.scalar("select cast(count(*) as bigint) from travel_group_invites").await, 0);
}

#[tokio::test]
async fn a_group_that_approves_is_asked() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let dora = world.person("dora").await;
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 2, "requires_approval": true }))).await;
    let by_bela = id_of(&join(&bela, &id).await.is(202));
    assert_eq!(id_of(&join(&bela, &id).await.is(202)), by_bela);
    assert_eq!(bela.get(&id).await.data()["pending"]["request_id"], *by_bela);
    let by_chen = id_of(&join(&chen, &id).await.is(202));
    assert_eq!(asha.get(&id).await.data()["current_members_count"], 1);
    bela.get(&format!("{id}/requests")).await.fails(403, "not_organizer");
    let listed = asha.get(&format!("{id}/requests")).await.is(200);
    let named: Vec<&Value> =
        listed.body["data"].as_array().unwrap().iter().map(|r| &r["traveler"]["username"]).collect();
    assert_eq!(named, ["chen", "bela"]);
    for verb in ["approve", "reject"] {
        bela.post(&format!("{id}/requests/{by_bela}/{verb}"), json!({})).await.fails(403, "not_organizer");
        asha.post(&format!("{id}/requests/{NOBODY}/{verb}"), json!({})).await.fails(404, "not_found");
    }
    asha.post(&format!("{id}/requests/{by_chen}/reject"), json!({})).await.is(200);
    let by_chen = id_of(&join(&chen, &id).await.is(202));
    leave(&chen, &id).await.is(200); // takes the request back
    asha.post(&format!("{id}/requests/{by_chen}/approve"), json!({})).await.fails(404, "not_found");
    // As a client says it that has no other word.
    join(&dora, &id).await.is(202);
    asha.put(&format!("{id}/members/{by_bela}/role"), json!({ "role": "accepted" })).await.is(200);
    assert_eq!(bela.get(&id).await.data()["is_member"], true);
    asha.put(&format!("{id}/members/{}/role", dora.id), json!({ "role": "accepted" })).await.fails(409, "group_full");
    join(&chen, &id).await.fails(409, "group_full");
    seats_are_exact(&world).await;
}

/// Who has no say in a group any more, or is not in it, has asked nobody in.
#[tokio::test]
async fn an_invitation_ends_with_the_say_of_whoever_made_it() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    let names = ["left", "removed", "banned", "demoted", "moved"];
    let id = made(&asha, and(group("Surf"), json!({ "max_members": 9, "requires_approval": true }))).await;
    let mut inviters = Vec::new();
    for name in names {
        let (who, guest) = (world.person(name).await, world.person(&format!("guest_{name}")).await);
        let invited = id_of(&invite(&asha, &id, &who.id).await.is(201));
        who.post(&format!("{id}/invites/{invited}/accept"), json!({})).await.is(201);
        appoint(&asha, &id, &who, if name == "moved" { "organizer" } else { "moderator" }).await;
        let invited = id_of(&invite(&who, &id, &guest.id).await.is(201));
        inviters.push((who, guest, invited));
    }
    let other = made(&asha, group("Walk")).await;
    join(&inviters[0].0, &other).await.is(201);
    appoint(&asha, &other, &inviters[0].0, "moderator").await;
    invite(&inviters[0].0, &other, &inviters[1].1.id).await.is(201);
    let by_asha = world.person("by_asha").await;
    invite(&asha, &id, &by_asha.id).await.is(201);
    // Organizers see whose each is.
    let listed = asha.get(&format!("{id}/invites")).await.is(200);
    for (who, guest, _) in &inviters {
        let all = listed.body["data"].as_array().unwrap();
        let of_guest = all.iter().find(|i| i["traveler_id"] == *guest.id).unwrap();
        assert_eq!(of_guest["inviter_id"], *who.id, "{}", listed.text);
    }
    let [left, removed, banned, demoted, moved] = &inviters[..] else { panic!("five") };
    leave(&left.0, &id).await.is(200);
    asha.delete(&format!("{id}/members/{}", removed.0.id)).await.is(200);
    asha.post(&format!("{id}/bans"), json!({ "traveler_id": banned.0.id })).await.is(201);
    appoint(&asha, &id, &demoted.0, "member").await;
    appoint(&asha, &id, &moved.0, "moderator").await;
    for (_, guest, invited) in [left, removed, banned, demoted] {
        guest.post(&format!("{id}/invites/{invited}/accept"), json!({})).await.fails(404, "not_found");
        assert_eq!(guest.get(&id).await.is(200).data()["pending"]["invite_id"], Value::Null);
    }
    // Another one's invitations, those of another group, and those of who still has a say are good.
    assert_eq!(asha.get(&format!("{id}/invites")).await.body["pagination"]["total"], 2);
    assert_eq!(asha.get(&format!("{other}/invites")).await.body["pagination"]["total"], 1);
    moved.1.post(&format!("{id}/invites/{}/accept", moved.2), json!({})).await.is(201);
}

/// Who made an invitation is not told to an organizer from whom they are hidden.
#[tokio::test]
async fn a_hidden_inviter_is_not_named() {
    let world = World::new().await;
    let (asha, bela, chen) = (world.person("asha").await, world.person("bela").await, world.person("chen").await);
    let id = made(&asha, group("Surf")).await;
    join(&bela, &id).await.is(201);
    appoint(&asha, &id, &bela, "moderator").await;
    invite(&bela, &id, &chen.id).await.is(201);
    block(&bela, &asha).await;
    let listed = asha.get(&format!("{id}/invites")).await.is(200);
    assert_eq!(listed.body["data"][0]["traveler_id"], *chen.id);
    assert!(!listed.text.contains(&bela.id), "{}", listed.text);
}
