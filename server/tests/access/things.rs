//! What calls are about. Each belongs to the owner, unless its kind says otherwise.

use crate::{
    NOBODY, groups,
    people::{Actor, Cast, PASSWORD, block, signed_up},
    safety,
};
use axum::http::Method;
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::{Answer, World, json};

/// The ids of a thing, by the names that paths and bodies have for them.
pub(crate) type Ids = Vec<(&'static str, String)>;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A word that nobody has yet.
pub(crate) fn fresh() -> String {
    format!("new_{}", COUNT.fetch_add(1, Ordering::SeqCst))
}

/// Makes a thing of this kind.
pub(crate) async fn made(world: &World, cast: &Cast, actor: &Actor, kind: &str) -> Ids {
    let (owner, host) = (cast.of("owner"), cast.of("host"));
    let trip = async |by: &Actor, is_published: bool| trip(world, by, is_published).await;
    match kind {
        "" => Vec::new(),
        "trip" => vec![("id", trip(owner, true).await)],
        "guarded trip" => {
            let author = signed_up(world, &fresh()).await;
            block(world, &author, cast.of("admin")).await;
            vec![("id", trip(&author, true).await)]
        }
        "draft" => vec![("id", trip(owner, false).await)],
        "deleted trip" => {
            let id = trip(owner, true).await;
            let path = format!("/api/itineraries/{id}");
            world.call(Method::DELETE, &path, owner.token.as_deref(), None).await.is(200);
            vec![("id", id)]
        }
        "rating" => {
            let trip = trip(host, true).await;
            let body = json!({ "itinerary_id": trip, "overall_safety_score": 4 });
            vec![("id", created(world, owner, "/api/safety-ratings", body).await), ("trip", trip)]
        }
        "intel" => {
            let trip = trip(host, true).await;
            let body = json!({ "itinerary_id": trip, "intel_type": "question", "content": "Is the bridge open?" });
            vec![("id", created(world, owner, "/api/travel-intel", body).await), ("trip", trip)]
        }
        "badge" => {
            let trip = trip(owner, true).await;
            let body = json!({ "project_id": trip, "badge_type": "gold", "rationale": "Every step can be followed" });
            vec![("id", created(world, cast.of("admin"), "/api/admin/badges/award", body).await), ("trip", trip)]
        }
        "session" => {
            let body = json!({ "email": owner.email(), "password": PASSWORD });
            world.post("/api/auth/login", body).await.is(200);
            let sessions = world.call(Method::GET, "/api/auth/sessions", owner.token.as_deref(), None).await.is(200);
            let other = sessions.data().as_array().unwrap().iter().find(|s| s["current"] == false).unwrap();
            vec![("id", other["id"].as_str().unwrap().to_owned())]
        }
        "person" => vec![("id", owner.id.clone()), ("username", owner.name.clone())],
        "oneself" if actor.id.is_empty() => vec![("id", NOBODY.to_owned())],
        "oneself" => vec![("id", actor.id.clone())],
        "somebody" => vec![("id", signed_up(world, &fresh()).await.id)],
        other => match groups::made(world, cast, other).await {
            Some(ids) => ids,
            None => match safety::made(world, cast, actor, other).await {
                Some(ids) => ids,
                None => panic!("nobody knows how to make a {other}"),
            },
        },
    }
}

pub(crate) async fn trip(world: &World, by: &Actor, is_published: bool) -> String {
    let body = json!({ "title": "Kyoto on foot", "destination": "Kyoto", "is_published": is_published });
    created(world, by, "/api/itineraries", body).await
}

/// The id of what somebody created.
pub(crate) async fn created(world: &World, by: &Actor, path: &str, body: Value) -> String {
    id_of(&world.call(Method::POST, path, by.token.as_deref(), Some(body)).await.is(201))
}

pub(crate) fn id_of(answer: &Answer) -> String {
    answer.data()["id"].as_str().unwrap().to_owned()
}
