//! Sending somebody to a provider, and recognizing them when they come back.
//!
//! The state is 256 random bits, kept as a hash, good once and for ten minutes, and bound to the browser by a cookie of
//! as many bits. The code verifier (RFC 7636) and the nonce are made from the state with our key, so that neither is
//! kept anywhere.

use super::{
    github, google,
    model::{Flow, Provider},
    store,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{
    App, Result,
    auth::{Caller, random_token},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How long somebody may take at the provider.
pub(super) const LIFETIME: Duration = Duration::from_mins(10);

/// Somebody who is on their way.
#[derive(Debug)]
pub(super) struct Begun {
    /// Where to.
    pub url: String,
    /// What their browser has to bring back in its cookie.
    pub browser: SecretString,
}

/// What they want to come back to.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub return_to: Option<String>,
    pub code_challenge: Option<String>,
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

fn derived(app: &App, label: &str, state: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(app.config.auth.keys.keyed_hash(label, state.as_bytes()))
}

/// The code verifier of the flow with this state.
pub(super) fn verifier(app: &App, state: &str) -> String {
    derived(app, "oauth code verifier", state)
}

/// The nonce of the flow with this state.
pub(super) fn nonce(app: &App, state: &str) -> String {
    derived(app, "oauth nonce", state)
}

/// Remembers somebody whom the reply sends to the provider. With a caller it is to link an account to theirs.
pub(super) async fn begin(app: &App, provider: Provider, caller: Option<Caller>, wishes: Wishes) -> Result<Begun> {
    let (state, browser) = (random_token(), random_token());
    let url = match provider {
        Provider::GitHub => github::page(app, state.expose_secret())?,
        Provider::Google => google::page(app, state.expose_secret())?,
    };
    let flow = store::NewFlow {
        state_hash: hash(state.expose_secret()),
        provider,
        browser_hash: hash(browser.expose_secret()),
        caller: caller.map(|c| (c.id, c.session)),
        return_to: wishes.return_to,
        code_challenge: wishes.code_challenge,
    };
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    tx.run_at_commit(store::insert_flow(flow, now, now.plus(LIFETIME)));
    tx.commit().await?;
    Ok(Begun { url, browser })
}

/// Takes the flow of a state, and says whether it may go on: the browser is the one that began it, at the same
/// provider, in time. A state is used up by whoever brings it.
pub(super) async fn take(
    app: &App,
    provider: Provider,
    state: &str,
    browser: Option<&str>,
) -> Result<Option<(Flow, bool)>> {
    // 256 bits in base64url.
    if state.len() != 43 {
        return Ok(None);
    }
    let mut tx = app.db.write().await?;
    let flow = store::take_flow(&mut tx, hash(state)).await?;
    tx.commit().await?;
    Ok(flow.map(|flow| {
        let same_browser = browser.is_some_and(|b| bool::from(hash(b).ct_eq(&flow.browser_hash)));
        let in_time = flow.expires_at > app.clock.now();
        let is_good = same_browser && in_time && flow.provider == provider.name();
        (flow, is_good)
    }))
}
