//! Signing in with an account at GitHub or Google.
//!
//! [`flow`] sends somebody there and recognizes them when they come back; [`github`] and [`google`] ask who they are;
//! [`sign_in`] decides whose account that is. An account elsewhere is known by the provider's own id of it. An address
//! counts only when the provider has verified it, and only the first time.

mod api;
mod flow;
mod github;
mod google;
mod id_token;
mod jobs;
mod model;
mod sign_in;
mod store;

use kernel::{App, Error, jobs::Jobs};
use model::{Profile, Provider, Refusal};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(api::connect_github))
        .routes(routes!(api::login_with_github))
        .routes(routes!(api::github_callback))
        .routes(routes!(api::disconnect_github))
        .routes(routes!(api::login_with_google))
        .routes(routes!(api::google_callback))
        .routes(routes!(api::exchange_code))
}

pub(crate) fn jobs() -> Jobs {
    Jobs::default().every::<jobs::ForgetFlows>("37 * * * *")
}

/// Whoever comes back from a provider is sent on to the web client, whatever went wrong; the log knows more.
impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match &error {
            Error::Internal { cause } => tracing::error!(cause, "a sign-in by another account failed"),
            Error::Unavailable { cause } => tracing::warn!(cause, "a sign-in by another account failed"),
            _ => {}
        }
        Self::CallbackFailed
    }
}

impl From<kernel::db::DbError> for Refusal {
    fn from(error: kernel::db::DbError) -> Self {
        Error::from(error).into()
    }
}

/// What a provider says of whoever brought `code`, within the time that it has.
async fn profile(app: &App, provider: Provider, state: &str, code: &str) -> Result<Profile, Refusal> {
    let asking = async {
        match provider {
            Provider::GitHub => github::profile(app, state, code).await,
            Provider::Google => google::profile(app, state, code).await,
        }
    };
    let late = || Refusal::from(Error::unavailable("a provider took too long"));
    tokio::time::timeout(app.config.oauth.timeout, asking).await.ok().ok_or_else(late)?
}

/// What a provider answers where a code becomes tokens: them, or why not.
#[derive(serde::Deserialize)]
struct TokenReply {
    access_token: Option<secrecy::SecretString>,
    id_token: Option<String>,
    error: Option<String>,
}

/// Exchanges a code for tokens.
async fn exchange(
    app: &App,
    url: &str,
    client: &kernel::config::Client,
    state: &str,
    code: &str,
) -> Result<TokenReply, Refusal> {
    use secrecy::ExposeSecret;
    let verifier = flow::verifier(app, state);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &client.id),
        ("client_secret", client.secret.expose_secret()),
        ("redirect_uri", &client.redirect_uri),
        ("code", code),
        ("code_verifier", &verifier),
    ];
    let heard = app.outbound.post_form(url, &form).await?;
    // A refusal is 400 by the book, and 200 at GitHub.
    if (400..500).contains(&heard.status) {
        tracing::warn!(status = heard.status, "a provider refused a code");
        return Err(Refusal::TokenFailed);
    }
    wanted(heard.status)?;
    let reply: TokenReply = heard.json()?;
    if let Some(error) = &reply.error {
        tracing::warn!(error = Refusal::provider(error).code(), "a provider refused a code");
        return Err(Refusal::TokenFailed);
    }
    Ok(reply)
}

/// An answer that is not the one that was asked for is a failure of the provider.
fn wanted(status: u16) -> Result<(), Refusal> {
    if status == 200 { Ok(()) } else { Err(Error::unavailable(format!("a provider answered {status}")).into()) }
}
