//! How soon a block takes effect: `bench blocks ON AT WHAT`, called by `bench/travelling` with servers that it started.

use crate::{
    Fault,
    identity::{Effects, Server, until},
};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Instant;

const ROUNDS: usize = 50;

/// A traveller blocks another one at one process; how long until the other process shows them nothing of hers. They have
/// looked at it there before, so that it was kept and their session known.
pub(crate) async fn run(words: &[&str]) -> Result<(), Fault> {
    // A second call finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let [on, at, what] = words else { return Err("usage: see bench/travelling".into()) };
    let (on, at) = (Server::at(on)?, Server::at(at)?);
    let mut effects = Effects::default();
    for _ in 0..ROUNDS {
        let (hers, her_id) = newcomer(&on).await?;
        let (theirs, their_id) = newcomer(&at).await?;
        let trip = json!({"title": "Alone in Hampi", "description": "Boulders.", "destination": "Hampi, India"});
        let trip = on.post("/api/itineraries", Some(&hers), &trip).await?.field("/data/id")?;
        let path = format!("/api/itineraries/{trip}");
        let before = at.get(&path, Some(&theirs)).await?;
        if before.status != StatusCode::OK {
            return Err(format!("before {her_id} blocks: {} {}", before.status, before.body).into());
        }
        let sent = Instant::now();
        let order = async {
            let answer = on.post(&format!("/api/users/{their_id}/block"), Some(&hers), &json!({})).await?;
            let failed = || Fault::from(format!("block: {} {}", answer.status, answer.body));
            if answer.status == StatusCode::OK { Ok(Instant::now()) } else { Err(failed()) }
        };
        let (gone, done) = tokio::try_join!(until(&at, &path, &theirs, StatusCode::NOT_FOUND), order)?;
        effects.add(sent, done, gone);
    }
    effects.report(&format!("block until 404, {what}"), "block");
    Ok(())
}

/// Somebody new: token and id.
async fn newcomer(server: &Server) -> Result<(String, String), Fault> {
    let name = format!("b{:015x}", rand::random::<u64>() >> 4);
    let body = json!({"email": format!("{name}@example.net"), "username": name, "password": "Seeded-Demo-2026"});
    let answer = server.post("/api/auth/register", None, &body).await?;
    let token = answer.field("/data/access_token")?;
    let me = server.get("/api/auth/me", Some(&token)).await?;
    let id = me.field("/data/id").or_else(|_| me.field("/data/user/id"))?;
    Ok((token, id))
}
