//! GitHub: OAuth 2.0 with PKCE, then its API. It is asked for the name and the addresses, and its token is forgotten.

use super::{
    exchange, flow,
    model::{Profile, Refusal, address, challenge, display_name},
    wanted,
};
use kernel::{App, Error, Result, config::GitHub, outbound::link};
use serde::Deserialize;

/// Its settings, if there are any.
pub(super) fn settings(app: &App) -> Result<&GitHub> {
    app.config.oauth.github.as_ref().ok_or(Error::NotConfigured(
        "Signing in with GitHub is not set up here: its operator has to set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET",
    ))
}

/// The page there that asks whether we may know who it is.
pub(super) fn page(app: &App, state: &str) -> Result<String> {
    let github = settings(app)?;
    let parameters = [
        ("client_id", github.client.id.as_str()),
        ("redirect_uri", &github.client.redirect_uri),
        ("response_type", "code"),
        ("scope", "read:user user:email"),
        ("state", state),
        ("code_challenge", &challenge(&flow::verifier(app, state))),
        ("code_challenge_method", "S256"),
    ];
    link(&format!("{}/login/oauth/authorize", github.url), &parameters)
}

/// Whether an `iss` that came back is its (RFC 9207).
pub(super) fn is_issuer(app: &App, iss: &str) -> bool {
    let rest = settings(app).ok().and_then(|github| iss.strip_prefix(&github.url));
    rest.is_some_and(|rest| matches!(rest, "" | "/" | "/login/oauth"))
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

/// Who brought this code.
pub(super) async fn profile(app: &App, state: &str, code: &str) -> Result<Profile, Refusal> {
    let github = settings(app)?;
    let url = format!("{}/login/oauth/access_token", github.url);
    let token = exchange(app, &url, &github.client, state, code).await?.access_token.ok_or(Refusal::TokenFailed)?;
    let (user_url, emails_url) = (format!("{}/user", github.api_url), format!("{}/user/emails", github.api_url));
    let (user, emails) = futures_util::try_join!(
        app.outbound.get(&user_url, Some(&token)),
        app.outbound.get(&emails_url, Some(&token))
    )?;
    wanted(user.status)?;
    let user: User = user.json()?;
    // Whoever did not let us see addresses has none for us.
    let addresses: Vec<Address> = if matches!(emails.status, 403 | 404) {
        Vec::new()
    } else {
        wanted(emails.status)?;
        emails.json()?
    };
    let own = addresses.into_iter().find(|a| a.primary && a.verified);
    Ok(Profile {
        subject: user.id.to_string(),
        email: own.and_then(|a| address(&a.email)),
        name: user.name.as_deref().and_then(display_name),
        username: Some(user.login.chars().filter(|c| !c.is_control()).take(100).collect()),
        // Its address has the number of the account in it, and would tell everybody which one it is.
        picture: None,
    })
}
