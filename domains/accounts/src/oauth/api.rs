//! The way to a provider and back. Whoever comes back is always sent on to a page of the web client.

use super::{
    flow::{self, Begun, Wishes},
    github, google,
    model::{Flow, Provider, Refusal, is_challenge, is_verifier, page},
    profile,
    sign_in::{self, Handed},
};
use crate::{
    api::{OwnTraveler, SignedIn},
    model::checked,
    session::Device,
};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::{
    App, Error, Faults, Result,
    auth::Caller,
    http::{Body, Data, Query, Reply, Wire},
    outbound::link,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a web client may ask for when it begins a sign-in.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LoginQuery {
    /// The page of the web client to come back to, such as `/itineraries`; anything else is left out.
    #[param(example = "/itineraries")]
    redirect: Option<String>,
    /// The SHA-256 of a secret of the client in base64url (RFC 7636, S256). With it the client gets a one-time code for
    /// `/api/auth/oauth/exchange` instead of tokens in its address.
    #[param(example = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")]
    code_challenge: Option<String>,
}

impl LoginQuery {
    fn check(self, app: &App) -> Result<Wishes> {
        match &self.code_challenge {
            Some(challenge) if !is_challenge(challenge) => {
                return Err(Error::field("code_challenge", "must be a SHA-256 in base64url: 43 characters"));
            }
            None if !app.config.oauth.tokens_in_url => {
                return Err(Error::field("code_challenge", "is required: this server puts no tokens into addresses"));
            }
            _ => {}
        }
        let return_to = self.redirect.as_deref().and_then(page).map(str::to_owned);
        Ok(Wishes { return_to, code_challenge: self.code_challenge })
    }
}

/// What a provider sends back with somebody.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// What we exchange for the provider's word.
    #[param(example = "4/0AVMBsJi")]
    code: Option<String>,
    /// What we sent there with them.
    #[param(example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    state: Option<String>,
    /// Why the provider refused.
    #[param(example = "access_denied")]
    error: Option<String>,
    /// Which provider it is (RFC 9207).
    #[param(example = "https://accounts.google.com")]
    iss: Option<String>,
}

/// The name of the cookie that binds a flow to its browser; behind https no other host can set it.
fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-oauth" } else { "oauth" }
}

/// Whether a provider's people come back to us by https; its settings must be there.
fn is_secure(app: &App, provider: Provider) -> Result<bool> {
    let client = match provider {
        Provider::GitHub => &github::settings(app)?.client,
        Provider::Google => &google::settings(app)?.client,
    };
    Ok(client.redirect_uri.starts_with("https://"))
}

fn cookie(is_secure: bool, value: &str, seconds: u64) -> Result<HeaderValue> {
    let (name, secure) = (cookie_name(is_secure), if is_secure { "; Secure" } else { "" });
    header_value(&format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"))
}

fn header_value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|e| Error::internal(format!("a header: {e}")))
}

fn found(location: &str, set_cookie: Option<HeaderValue>) -> Result<Response> {
    let mut response = StatusCode::FOUND.into_response();
    response.headers_mut().insert(header::LOCATION, header_value(location)?);
    if let Some(cookie) = set_cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn login(app: App, provider: Provider, query: LoginQuery) -> Result<Response> {
    let is_secure = is_secure(&app, provider)?;
    let Begun { url, browser } = flow::begin(&app, provider, None, query.check(&app)?).await?;
    found(&url, Some(cookie(is_secure, browser.expose_secret(), flow::LIFETIME.as_secs())?))
}

/// Where somebody is sent who came back.
struct Back {
    path: &'static str,
    parameters: Vec<(&'static str, String)>,
    /// Whether this browser is done with its cookie.
    is_over: bool,
}

impl Back {
    fn failed(provider: Provider, flow: Option<&Flow>, refusal: &Refusal) -> Self {
        let path = if flow.is_some_and(|f| f.traveler_id.is_some()) { "/profile" } else { "/login" };
        Self { path, parameters: vec![(provider.error_name(), refusal.code().to_owned())], is_over: flow.is_some() }
    }

    fn connected(provider: Provider) -> Self {
        Self { path: "/profile", parameters: vec![(provider.name(), "connected".to_owned())], is_over: true }
    }

    fn signed_in(provider: Provider, handed: Handed, return_to: Option<String>) -> Self {
        let mut parameters = vec![("provider", provider.name().to_owned())];
        match handed {
            Handed::Tokens(tokens) => {
                parameters.push(("access", tokens.access));
                parameters.push(("refresh", tokens.refresh.expose_secret().to_owned()));
            }
            Handed::Code(code) => parameters.push(("code", code.expose_secret().to_owned())),
        }
        parameters.extend(return_to.map(|page| ("redirect", page)));
        Self { path: "/auth/callback", parameters, is_over: true }
    }
}

async fn callback(
    app: App,
    provider: Provider,
    device: Device,
    headers: HeaderMap,
    query: Result<Query<CallbackQuery>>,
) -> Result<Response> {
    let is_secure = is_secure(&app, provider)?;
    // One that cannot be read, or has a parameter twice, has nothing of use.
    let query = query.map(|Query(q)| q).unwrap_or_default();
    let back = come_back(&app, provider, &device, kernel::http::cookie(&headers, cookie_name(is_secure)), query).await;
    let parameters: Vec<(&str, &str)> = back.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let location = link(&format!("{}{}", app.config.mail.frontend_url, back.path), &parameters)?;
    let gone = if back.is_over { Some(cookie(is_secure, "", 0)?) } else { None };
    found(&location, gone)
}

async fn come_back(
    app: &App,
    provider: Provider,
    device: &Device,
    browser: Option<&str>,
    query: CallbackQuery,
) -> Back {
    let refuse = |flow: Option<&Flow>, refusal: Refusal| Back::failed(provider, flow, &refusal);
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty() && t.len() <= 2_048);
    let (code, state) = (given(&query.code), given(&query.state));
    let taken = match &state {
        Some(state) => flow::take(app, provider, state, browser).await,
        None => Ok(None),
    };
    let (flow, is_good) = match taken {
        Ok(Some((flow, is_good))) => (Some(flow), is_good),
        Ok(None) => (None, false),
        Err(error) => return refuse(None, error.into()),
    };
    if let Some(error) = &query.error {
        return refuse(flow.as_ref(), Refusal::provider(error));
    }
    let (Some(code), Some(state)) = (code, state) else {
        return refuse(flow.as_ref(), Refusal::MissingCodeOrState);
    };
    let Some(flow) = flow else { return refuse(None, Refusal::InvalidState) };
    let is_issuer = query.iss.as_deref().is_none_or(|iss| match provider {
        Provider::GitHub => github::is_issuer(app, iss),
        Provider::Google => google::is_issuer(app, iss),
    });
    if !is_good || !is_issuer {
        return refuse(Some(&flow), Refusal::InvalidState);
    }
    match vouched_for(app, provider, device, &flow, &state, &code).await {
        Ok(back) => back,
        Err(refusal) => refuse(Some(&flow), refusal),
    }
}

async fn vouched_for(
    app: &App,
    provider: Provider,
    device: &Device,
    flow: &Flow,
    state: &str,
    code: &str,
) -> Result<Back, Refusal> {
    let profile = profile(app, provider, state, code).await?;
    if let (Some(who), Some(session)) = (flow.traveler_id, flow.session_id) {
        sign_in::connect(app, provider, &profile, who, session).await?;
        return Ok(Back::connected(provider));
    }
    let handed = sign_in::sign_in(app, provider, &profile, device, flow.code_challenge.as_deref()).await?;
    Ok(Back::signed_in(provider, handed, flow.return_to.clone()))
}

/// Where to go to link an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connect {
    /// The page of GitHub that the browser has to open.
    #[schema(example = "https://github.com/login/oauth/authorize?client_id=...")]
    auth_url: String,
}

/// Link GitHub
///
/// Gives the page that the browser has to open, and sets a cookie that it has to bring back: call it with credentials.
/// The account that comes back is linked to the caller's while this session lives; its owner is told by mail. The browser
/// ends at `{FRONTEND_APP_URL}/profile?github=connected`, or `?github_error=` with `invalid_state`, `session_ended`,
/// `already_linked` (to another account), `already_connected` (another account of GitHub) or what a sign-in answers.
#[utoipa::path(
    get, path = "/api/auth/github/connect", tag = "auth", operation_id = "connect_github",
    responses(
        (status = 200, description = "Where to go", body = Data<Connect>),
        (status = 503, description = "GitHub is not set up here (`not_configured`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn connect_github(app: App, caller: Caller) -> Result<Response> {
    let is_secure = is_secure(&app, Provider::GitHub)?;
    let Begun { url, browser } = flow::begin(&app, Provider::GitHub, Some(caller), Wishes::default()).await?;
    let mut response = Reply::new(Connect { auth_url: url }, "Open auth_url in the browser").into_response();
    let cookie = cookie(is_secure, browser.expose_secret(), flow::LIFETIME.as_secs())?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Sign in with GitHub
///
/// Sends the browser to GitHub, with a cookie that it has to bring back within ten minutes.
#[utoipa::path(
    get, path = "/api/auth/github/login", tag = "auth", operation_id = "login_with_github",
    params(LoginQuery),
    responses(
        (status = 302, description = "To GitHub"),
        (status = 503, description = "GitHub is not set up here (`not_configured`)"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn login_with_github(app: App, Query(query): Query<LoginQuery>) -> Result<Response> {
    login(app, Provider::GitHub, query).await
}

/// Come back from GitHub
///
/// Sends the browser on to `{FRONTEND_APP_URL}/auth/callback` with `provider`, `access` and `refresh` (or, when the
/// sign-in began with a `code_challenge`, `code`) and `redirect`; or to `{FRONTEND_APP_URL}/login?github_error=` with
/// what GitHub said, `missing_code_or_state`, `invalid_state`, `token_failed`, `no_email`, `account_disabled`,
/// `already_connected` or `callback_failed`.
#[utoipa::path(
    get, path = "/api/auth/github/callback", tag = "auth", operation_id = "github_callback",
    params(CallbackQuery),
    responses(
        (status = 302, description = "To the web client"),
        (status = 503, description = "GitHub is not set up here (`not_configured`)"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn github_callback(
    app: App,
    device: Device,
    headers: HeaderMap,
    query: Result<Query<CallbackQuery>>,
) -> Result<Response> {
    callback(app, Provider::GitHub, device, headers, query).await
}

/// Unlink GitHub
///
/// The account there signs in no more; its owner is told by mail. Not when nothing else would let them in.
#[utoipa::path(
    post, path = "/api/auth/github/disconnect", tag = "auth", operation_id = "disconnect_github",
    responses(
        (status = 200, description = "Unlinked", body = Data<OwnTraveler>),
        (status = 409, description = "There is no password and no other account (`last_way_in`), or none is linked (`not_connected`)"),
    ),
    security(("bearer" = [])),
    extensions(("x-reaches" = json!("own"))),
)]
pub(crate) async fn disconnect_github(app: App, caller: Caller) -> Result<Reply<Data<OwnTraveler>>> {
    let owner = sign_in::disconnect_github(&app, caller.id).await?;
    Ok(Reply::new(owner.into(), "GitHub disconnected"))
}

/// Sign in with Google
///
/// Sends the browser to Google, with a cookie that it has to bring back within ten minutes.
#[utoipa::path(
    get, path = "/api/auth/google/login", tag = "auth", operation_id = "login_with_google",
    params(LoginQuery),
    responses(
        (status = 302, description = "To Google"),
        (status = 503, description = "Google is not set up here (`not_configured`)"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn login_with_google(app: App, Query(query): Query<LoginQuery>) -> Result<Response> {
    login(app, Provider::Google, query).await
}

/// Come back from Google
///
/// As from GitHub, with `google_error` in the place of `github_error`.
#[utoipa::path(
    get, path = "/api/auth/google/callback", tag = "auth", operation_id = "google_callback",
    params(CallbackQuery),
    responses(
        (status = 302, description = "To the web client"),
        (status = 503, description = "Google is not set up here (`not_configured`)"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn google_callback(
    app: App,
    device: Device,
    headers: HeaderMap,
    query: Result<Query<CallbackQuery>>,
) -> Result<Response> {
    callback(app, Provider::Google, device, headers, query).await
}

/// A one-time code, and the secret whose hash the sign-in began with.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "code": "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D",
    "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
}))]
pub(crate) struct Exchange {
    /// What stands behind `code=` in the address.
    #[schema(value_type = String, example = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D")]
    code: Option<String>,
    /// 43 to 128 letters, digits, `-`, `.`, `_` and `~`, of which `code_challenge` was the SHA-256.
    #[schema(value_type = String, example = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")]
    code_verifier: Option<String>,
}

impl Wire for Exchange {}

/// Exchange a one-time code
///
/// For tokens, once, within a minute of coming back from a provider, by the client that began the sign-in.
#[utoipa::path(
    post, path = "/api/auth/oauth/exchange", tag = "auth", operation_id = "exchange_code",
    request_body(content = Exchange, description = "The code and the verifier"),
    responses(
        (status = 200, description = "Signed in", body = Data<SignedIn>),
        (status = 400, description = "The code is unknown, used, expired, or of another verifier (`invalid_code`)"),
        (status = 403, description = "The account was disabled meanwhile (`account_disabled`)"),
    ),
    extensions(("x-rate-limit" = json!("login"))),
)]
pub(crate) async fn exchange_code(
    app: App,
    device: Device,
    Body(body): Body<Exchange>,
) -> Result<Reply<Data<SignedIn>>> {
    let mut faults = Faults::default();
    let right = |verifier: String| is_verifier(&verifier).then_some(verifier).ok_or("must have 43 to 128 characters");
    let code = checked(&mut faults, "code", body.code.map(Ok));
    let verifier = checked(&mut faults, "code_verifier", body.code_verifier.map(right));
    faults.result()?;
    let (Some(code), Some(verifier)) = (code, verifier) else {
        return Err(Error::internal("a missing field without a fault"));
    };
    let (owner, tokens) = sign_in::redeem(&app, &device, &code, &verifier).await?;
    Ok(Reply::new(SignedIn::new(owner.into(), tokens), "Login successful"))
}
