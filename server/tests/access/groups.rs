//! Groups, and what hangs on them. Each is the owner's, with the member in it and the organiser as its moderator.

use crate::{
    people::{Actor, Cast},
    things::{Ids, created, id_of, trip},
};
use axum::http::Method;
use kernel::db::{Arg, open};
use serde_json::Value;
use testkit::{World, json};

/// Makes a thing of this kind, `None` for a kind that is not of a group.
pub(crate) async fn made(world: &World, cast: &Cast, kind: &str) -> Option<Ids> {
    let (owner, woman) = (cast.of("owner"), cast.of("woman"));
    let (is_for_women, kind) = kind.strip_prefix("women's ").map_or((false, kind), |kind| (true, kind));
    let group = async |more: Value| {
        let mut body = json!({ "is_women_only": is_for_women });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        with_members(world, cast, owner, body).await
    };
    let ask = async |path: &str, by: &Actor, body: Value| {
        world.call(Method::POST, path, by.token.as_deref(), Some(body)).await
    };
    let mut ids = match kind {
        "group" => vec![("id", group(json!({})).await)],
        "group with its member" => {
            vec![("id", group(json!({})).await), ("member_id", cast.of("member").id.clone())]
        }
        "approving group" => vec![("id", group(json!({ "requires_approval": true })).await)],
        "group handed to its member" => {
            let group = group(json!({})).await;
            let heir = json!({ "traveler_id": cast.of("member").id });
            ask(&format!("/api/travel-groups/{group}/transfer"), owner, heir).await.is(200);
            vec![("id", group)]
        }
        "full group" => vec![("id", group(json!({ "max_members": 3 })).await)],
        "group of others" => {
            // Only verified women make one for women.
            let creator = cast.of(if is_for_women { "organiser" } else { "host" });
            let group = with_members(world, cast, creator, json!({ "is_women_only": is_for_women })).await;
            ask(&format!("/api/travel-groups/{group}/join"), owner, json!({})).await.is(201);
            vec![("id", group)]
        }
        "moderated group" => {
            let creator = cast.of(if is_for_women { "organiser" } else { "host" });
            let group = with_members(world, cast, creator, json!({ "is_women_only": is_for_women })).await;
            let at = format!("/api/travel-groups/{group}");
            ask(&format!("{at}/join"), owner, json!({})).await.is(201);
            appoint(world, creator, &at, owner).await;
            vec![("id", group)]
        }
        "group without her" => {
            let group = group(json!({})).await;
            let at = format!("/api/travel-groups/{group}");
            ask(&format!("{at}/join"), woman, json!({})).await.is(201);
            appoint(world, owner, &at, woman).await;
            let path = format!("{at}/members/{}", woman.id);
            world.call(Method::DELETE, &path, owner.token.as_deref(), None).await.is(200);
            vec![("id", group), ("member_id", cast.of("member").id.clone())]
        }
        "expired invitation" => {
            let group = group(json!({})).await;
            let path = format!("/api/travel-groups/{group}/invite");
            let invite = ask(&path, owner, json!({ "traveler_id": woman.id })).await.is(201);
            let mut expire = open("update travel_group_invites set expires_at = created_at where id = ");
            expire.push_bind(Arg::Uuid(id_of(&invite).parse().unwrap()));
            world.sql(expire).await;
            vec![("invite_id", id_of(&invite)), ("id", group)]
        }
        "invitation" => {
            let group = group(json!({})).await;
            let path = format!("/api/travel-groups/{group}/invite");
            let invite = ask(&path, owner, json!({ "traveler_id": woman.id })).await.is(201);
            vec![("invite_id", id_of(&invite)), ("id", group)]
        }
        "request" => {
            let group = group(json!({ "requires_approval": true })).await;
            let request = ask(&format!("/api/travel-groups/{group}/join"), woman, json!({})).await.is(202);
            vec![("request_id", id_of(&request)), ("id", group)]
        }
        "ban" => {
            let group = group(json!({})).await;
            let path = format!("/api/travel-groups/{group}/bans");
            ask(&path, owner, json!({ "traveler_id": woman.id })).await.is(201);
            vec![("id", group), ("traveler_id", woman.id.clone())]
        }
        "group with a trip" => {
            let (group, trip) = (group(json!({})).await, trip(world, owner, true).await);
            let path = format!("/api/travel-groups/{group}/itineraries");
            ask(&path, owner, json!({ "itinerary_id": trip })).await.is(201);
            vec![("id", group), ("itinerary_id", trip)]
        }
        _ => return None,
    };
    for kind in ["member", "stranger", "woman", "blocked"] {
        ids.push((kind, cast.of(kind).id.clone()));
    }
    if kind == "group" {
        ids.extend([("trip", trip(world, owner, true).await), ("draft", trip(world, owner, false).await)]);
    }
    Some(ids)
}

/// A group with the member in it, and the organiser as its moderator.
async fn with_members(world: &World, cast: &Cast, creator: &Actor, more: Value) -> String {
    make_room(world, creator).await;
    let mut body = json!({
        "name": "Waves", "destination": "Lisbon", "start_date": "2027-04-17", "end_date": "2027-04-23", "max_members": 9,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let is_approving = body["requires_approval"] == true;
    let group = created(world, creator, "/api/travel-groups", body).await;
    let at = format!("/api/travel-groups/{group}");
    for kind in ["member", "organiser"].into_iter().filter(|kind| cast.of(kind).id != creator.id) {
        let member = cast.of(kind);
        let join = world.call(Method::POST, &format!("{at}/join"), member.token.as_deref(), Some(json!({}))).await;
        if is_approving {
            let path = format!("{at}/requests/{}/approve", id_of(&join.is(202)));
            world.call(Method::POST, &path, creator.token.as_deref(), Some(json!({}))).await.is(200);
        } else {
            join.is(201);
        }
    }
    if cast.of("organiser").id != creator.id {
        appoint(world, creator, &at, cast.of("organiser")).await;
    }
    group
}

/// Makes somebody a moderator.
async fn appoint(world: &World, creator: &Actor, group: &str, whom: &Actor) {
    let role = Some(json!({ "role": "moderator" }));
    let path = format!("{group}/members/{}/role", whom.id);
    world.call(Method::PUT, &path, creator.token.as_deref(), role).await.is(200);
}

/// Nobody may have as many groups as there are cells: older ones end.
async fn make_room(world: &World, creator: &Actor) {
    let mut sql = open("update travel_groups set is_active = FALSE where is_active = TRUE and creator_id in ");
    sql.push("(select id from travelers where email_key = ").push_bind(creator.email()).push(")");
    sql.push(" and id not in (select g.id from travel_groups g join travelers t on t.id = g.creator_id");
    sql.push(" where t.email_key = ").push_bind(creator.email()).push(" order by g.id desc limit 25)");
    world.sql(sql).await;
}
