//! Google: OpenID Connect with PKCE and a nonce. Who it is stands in the id token; nothing else is asked.

use super::{
    exchange, flow, id_token,
    id_token::{Claims, Expected, Fault},
    model::{Profile, Refusal, address, challenge, display_name, picture},
};
use kernel::{App, Error, Result, config::Google, outbound::link};
use std::time::Duration;

/// Its settings, if there are any.
pub(super) fn settings(app: &App) -> Result<&Google> {
    app.config.oauth.google.as_ref().ok_or(Error::NotConfigured(
        "Signing in with Google is not set up here: its operator has to set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET",
    ))
}

/// The page there that asks whether we may know who it is.
pub(super) fn page(app: &App, state: &str) -> Result<String> {
    let google = settings(app)?;
    let parameters = [
        ("client_id", google.client.id.as_str()),
        ("redirect_uri", &google.client.redirect_uri),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", state),
        ("nonce", &flow::nonce(app, state)),
        ("code_challenge", &challenge(&flow::verifier(app, state))),
        ("code_challenge_method", "S256"),
        // On a device that several people use, nobody is signed in as the one who was there before.
        ("prompt", "select_account"),
    ];
    link(&google.auth_url, &parameters)
}

/// Whether an `iss` that came back is its (RFC 9207).
pub(super) fn is_issuer(app: &App, iss: &str) -> bool {
    settings(app).is_ok_and(|google| iss == google.issuer)
}

/// Who brought this code.
pub(super) async fn profile(app: &App, state: &str, code: &str) -> Result<Profile, Refusal> {
    let google = settings(app)?;
    let reply = exchange(app, &google.token_url, &google.client, state, code).await?;
    let token = reply.id_token.ok_or(Refusal::TokenFailed)?;
    let claims = checked(app, google, state, &token).await?;
    let verified = claims.email.filter(|_| claims.email_verified);
    Ok(Profile {
        subject: claims.sub,
        username: None,
        email: verified.and_then(|a| address(&a)),
        name: claims.name.as_deref().and_then(display_name),
        picture: claims.picture.as_deref().and_then(picture),
    })
}

/// Google announces new keys days before it signs with them.
const KEYS_LAST: Duration = Duration::from_hours(1);
/// Whoever makes up key ids cannot make us ask more often.
const KEYS_REST: Duration = Duration::from_mins(1);

async fn checked(app: &App, google: &Google, state: &str, token: &str) -> Result<Claims, Refusal> {
    let now = app.clock.now();
    let nonce = flow::nonce(app, state);
    let expected = Expected { issuer: &google.issuer, audience: &google.client.id, nonce: &nonce, now };
    for age in [KEYS_LAST, KEYS_REST] {
        let keys = app.outbound.document(&google.keys_url, now.minus(age), now).await?;
        match id_token::read(token, &keys, &expected) {
            Ok(claims) => return Ok(claims),
            Err(Fault::Bad(part)) => {
                tracing::warn!(part, "an id token was refused");
                return Err(Refusal::TokenFailed);
            }
            Err(Fault::UnknownKey) => {}
        }
    }
    tracing::warn!("an id token was signed with an unknown key");
    Err(Refusal::TokenFailed)
}
