//! Who acts.

use crate::safety;
use kernel::db::open;
use std::collections::BTreeMap;
use testkit::{World, json};

/// Both providers are configured; nobody calls them.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("GITHUB_CLIENT_ID", "us"),
    ("GITHUB_CLIENT_SECRET", "secret"),
    ("GOOGLE_CLIENT_ID", "us"),
    ("GOOGLE_CLIENT_SECRET", "secret"),
];

/// Everybody's password.
pub(crate) const PASSWORD: &str = "Test123!";

/// Somebody, or nobody, who calls.
#[derive(Debug, Clone, Default)]
pub(crate) struct Actor {
    /// Their id; empty for the anonymous.
    pub(crate) id: String,
    /// The name by which they registered.
    pub(crate) name: String,
    /// Their access token.
    pub(crate) token: Option<String>,
    /// Their refresh token.
    pub(crate) refresh: String,
}

impl Actor {
    pub(crate) fn email(&self) -> String {
        format!("{}@example.org", self.name)
    }
}

/// The kinds of actors, in the order of the columns. Two share a column: who is blocked, and who blocks.
pub(crate) const KINDS: [&str; 13] = [
    "anonymous",
    "stranger",
    "owner",
    "host",
    "member",
    "organiser",
    "woman",
    "guide",
    "blocked",
    "blocker",
    "admin",
    "banned",
    "unverified",
];

/// The column of a kind.
pub(crate) fn column(kind: &str) -> &str {
    if kind == "blocker" { "blocked" } else { kind }
}

/// One of each kind.
pub(crate) struct Cast(pub BTreeMap<&'static str, Actor>);

impl Cast {
    pub(crate) async fn new(world: &World) -> Self {
        let mut all = BTreeMap::new();
        let owner = made(world, "owner", "the_owner", &Actor::default()).await;
        for kind in KINDS {
            let actor =
                if kind == "owner" { owner.clone() } else { made(world, kind, &format!("the_{kind}"), &owner).await };
            all.insert(kind, actor);
        }
        safety::call_for_help(world, &owner).await;
        Self(all)
    }

    pub(crate) fn of(&self, kind: &str) -> &Actor {
        &self.0[kind]
    }
}

/// Somebody of this kind who has not done anything yet.
pub(crate) async fn made(world: &World, kind: &str, name: &str, owner: &Actor) -> Actor {
    if kind == "anonymous" {
        return Actor::default();
    }
    let actor = signed_up(world, name).await;
    match kind {
        // Women, so that it is the block that hides a women-only group from them.
        "blocked" => {
            verify_woman(world, &actor).await;
            block(world, owner, &actor).await;
        }
        "blocker" => {
            verify_woman(world, &actor).await;
            block(world, &actor, owner).await;
        }
        "admin" => accounts::admin::grant(&world.app, &actor.email()).await.unwrap(),
        "banned" => {
            accounts::admin::ban(&world.app, &actor.email()).await.unwrap();
        }
        "owner" => {
            verify_woman(world, &actor).await;
            safety::guides(world, &actor, "anyone").await;
        }
        "woman" | "member" | "organiser" => verify_woman(world, &actor).await,
        "host" => safety::guides(world, &actor, "women").await,
        "guide" => {
            safety::guides(world, &actor, "anyone").await;
            set(world, "women_guide_certified = TRUE", &actor).await;
        }
        "unverified" => set(world, "email_verified = FALSE", &actor).await,
        _ => {}
    }
    actor
}

/// Somebody with a confirmed address.
pub(crate) async fn signed_up(world: &World, name: &str) -> Actor {
    let person = world.person(name).await;
    let actor = Actor { id: person.id, name: name.to_owned(), token: Some(person.token), refresh: person.refresh };
    set(world, "email_verified = TRUE", &actor).await;
    actor
}

async fn verify_woman(world: &World, actor: &Actor) {
    accounts::admin::verify_woman(&world.app, &actor.email()).await.unwrap();
}

pub(crate) async fn block(world: &World, who: &Actor, whom: &Actor) {
    let path = format!("/api/users/{}/block", whom.id);
    world.call(axum::http::Method::POST, &path, who.token.as_deref(), Some(json!({}))).await.is(200);
}

/// Says whether somebody has confirmed the address.
pub(crate) async fn confirm(world: &World, actor: &Actor, is_confirmed: bool) {
    let mut sql = open("update travelers set email_verified = ");
    sql.push_bind(is_confirmed).push(" where email_key = ").push_bind(actor.email());
    let mut tx = world.app.db.write().await.unwrap();
    tx.run(sql).await.unwrap();
    tx.changed(format!("traveler:{}", actor.id));
    tx.commit().await.unwrap();
}

async fn set(world: &World, change: &'static str, actor: &Actor) {
    let mut sql = open("update travelers set ");
    sql.push(change).push(" where email_key = ").push_bind(actor.email());
    world.sql(sql).await;
}
