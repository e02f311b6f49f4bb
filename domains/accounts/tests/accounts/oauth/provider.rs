//! A look-alike of GitHub and of Google in one, on loopback: it checks what they check, and fails in every way.

use super::{query, unform};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use ring::{
    rand::SystemRandom,
    rsa::{KeyPair, PublicKeyComponents},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::net::TcpListener;

pub(crate) const GITHUB: (&str, &str) = ("tripit-at-github", "canary-secret-of-github");
pub(crate) const GOOGLE: (&str, &str) = ("tripit-at-google", "canary-secret-of-google");

/// Somebody who has an account there.
#[derive(Debug, Clone)]
pub(crate) struct Someone {
    pub(crate) subject: &'static str,
    pub(crate) login: &'static str,
    pub(crate) email: Option<&'static str>,
    pub(crate) is_verified: bool,
}

/// How an endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mood {
    Says(u16),
    Stalls,
    Trickles,
    Endless,
    Huge,
    Nonsense,
    Empty,
    Redirects,
}

/// How an id token is signed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signing {
    Right,
    WithAnotherKey,
    Broken,
    Not,
    WithThePublicKeyAsSecret,
}

type Change = Box<dyn Fn(&mut Value, &mut Value) + Send>;

struct Grant {
    who: Someone,
    client: String,
    redirect_uri: String,
    challenge: String,
    nonce: String,
}

struct Inner {
    grants: HashMap<String, Grant>,
    tokens: HashMap<String, Someone>,
    mood: Option<(&'static str, Mood)>,
    change: Change,
    signing: Signing,
    kid: &'static str,
    asked: Vec<String>,
    now: i64,
}

#[derive(Clone)]
pub(crate) struct Provider {
    pub(crate) url: String,
    inner: Arc<Mutex<Inner>>,
}

fn key(der: &[u8]) -> KeyPair {
    KeyPair::from_pkcs8(der).unwrap()
}

fn signing_key() -> KeyPair {
    key(include_bytes!("key.der"))
}

impl Provider {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let inner = Inner {
            grants: HashMap::new(),
            tokens: HashMap::new(),
            mood: None,
            change: Box::new(|_, _| ()),
            signing: Signing::Right,
            kid: "first",
            asked: Vec::new(),
            now: testkit::NOW / 1_000_000,
        };
        let provider =
            Self { url: format!("http://{}", listener.local_addr().unwrap()), inner: Arc::new(Mutex::new(inner)) };
        let router = Router::new()
            .route("/login/oauth/access_token", post(github_token))
            .route("/user", get(user))
            .route("/user/emails", get(emails))
            .route("/token", post(google_token))
            .route("/keys", get(keys))
            .route("/elsewhere", get(|| async { "followed" }))
            .layer(from_fn_with_state(provider.clone(), moody))
            .with_state(provider.clone());
        tokio::runtime::Handle::current().spawn(async move { axum::serve(listener, router).await });
        provider
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// What points the program here.
    pub(crate) fn settings(&self) -> Vec<(&'static str, String)> {
        let at = |path: &str| format!("{}{path}", self.url);
        vec![
            ("GITHUB_CLIENT_ID", GITHUB.0.to_owned()),
            ("GITHUB_CLIENT_SECRET", GITHUB.1.to_owned()),
            ("GITHUB_URL", at("")),
            ("GITHUB_API_URL", at("")),
            ("GOOGLE_CLIENT_ID", GOOGLE.0.to_owned()),
            ("GOOGLE_CLIENT_SECRET", GOOGLE.1.to_owned()),
            ("GOOGLE_ISSUER", at("")),
            ("GOOGLE_AUTH_URL", at("/auth")),
            ("GOOGLE_TOKEN_URL", at("/token")),
            ("GOOGLE_KEYS_URL", at("/keys")),
        ]
    }

    /// What somebody gets who says yes at the page to which the browser was sent.
    pub(crate) fn agrees(&self, page: &str, who: &Someone) -> String {
        let asked = query(page);
        assert_eq!(asked["code_challenge_method"], "S256", "{page}");
        assert_eq!(asked["response_type"], "code", "{page}");
        let grant = Grant {
            who: who.clone(),
            client: asked["client_id"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
            challenge: asked["code_challenge"].clone(),
            nonce: asked.get("nonce").cloned().unwrap_or_default(),
        };
        let mut inner = self.lock();
        let code = format!("code-{}", inner.grants.len() + inner.tokens.len());
        inner.grants.insert(code.clone(), grant);
        code
    }

    pub(crate) fn becomes(&self, mood: Option<(&'static str, Mood)>) {
        self.lock().mood = mood;
    }

    pub(crate) fn forges(&self, signing: Signing, change: impl Fn(&mut Value, &mut Value) + Send + 'static) {
        let mut inner = self.lock();
        (inner.signing, inner.change) = (signing, Box::new(change));
    }

    pub(crate) fn signs_with_key_id(&self, kid: &'static str) {
        self.lock().kid = kid;
    }

    pub(crate) fn time_is(&self, seconds: i64) {
        self.lock().now = seconds;
    }

    /// How often this path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.lock().asked.iter().filter(|p| *p == path).count()
    }

    /// Uses a code up, if everything about it is right.
    fn redeem(&self, form: &str, client: (&str, &str)) -> Option<(String, Grant)> {
        let form = unform(form);
        let challenge = BASE64.encode(Sha256::digest(form.get("code_verifier")?.as_bytes()));
        let code = form.get("code")?;
        let mut inner = self.lock();
        let grant = inner.grants.remove(code)?;
        let is_right = form["client_id"] == client.0
            && form["client_secret"] == client.1
            && form["grant_type"] == "authorization_code"
            && grant.client == client.0
            && grant.redirect_uri == form["redirect_uri"]
            && grant.challenge == challenge;
        let token = format!("canary-token-of-{code}");
        inner.tokens.insert(token.clone(), grant.who.clone());
        is_right.then_some((token, grant))
    }

    fn owner(&self, headers: &HeaderMap) -> Option<Someone> {
        let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?.to_owned();
        headers.get("user-agent")?; // GitHub refuses those who do not say who they are
        self.lock().tokens.get(&token).cloned()
    }

    fn id_token(&self, grant: &Grant) -> String {
        let inner = self.lock();
        let mut header = json!({ "alg": "RS256", "kid": inner.kid, "typ": "JWT" });
        let mut claims = json!({
            "iss": self.url, "aud": GOOGLE.0, "azp": GOOGLE.0, "sub": grant.who.subject, "nonce": grant.nonce,
            "iat": inner.now, "exp": inner.now + 3600, "email": grant.who.email,
            "email_verified": grant.who.is_verified, "name": "Asha Rao", "picture": "https://images.example.org/a.jpg",
        });
        (inner.change)(&mut header, &mut claims);
        let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
        let signature = match inner.signing {
            Signing::Right => sign(&signing_key(), &signed),
            Signing::WithAnotherKey => sign(&key(include_bytes!("other.der")), &signed),
            Signing::Broken => {
                let mut signature = sign(&signing_key(), &signed);
                signature[100] ^= 1;
                signature
            }
            Signing::Not => Vec::new(),
            Signing::WithThePublicKeyAsSecret => {
                let public = PublicKeyComponents::<Vec<u8>>::from(signing_key().public_key());
                let mut mac = Hmac::<Sha256>::new_from_slice(&public.n).unwrap();
                mac.update(signed.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
        };
        format!("{signed}.{}", BASE64.encode(signature))
    }
}

fn sign(key: &KeyPair, message: &str) -> Vec<u8> {
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    signature
}

async fn moody(State(provider): State<Provider>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mood = provider.lock().mood.filter(|(at, _)| *at == path).map(|(_, mood)| mood);
    provider.lock().asked.push(path);
    let Some(mood) = mood else { return next.run(request).await };
    match mood {
        Mood::Says(status) => (StatusCode::from_u16(status).unwrap(), "{\"error\": \"canary\"}").into_response(),
        Mood::Stalls => std::future::pending().await,
        Mood::Trickles => Body::from_stream(futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        }))
        .into_response(),
        Mood::Endless => {
            let more = Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 4096]));
            Body::from_stream(futures_util::stream::repeat_with(move || {
                more.as_ref().map_or_else(|_| Ok::<_, std::io::Error>(Bytes::new()), |b| Ok(b.clone()))
            }))
            .into_response()
        }
        Mood::Huge => format!("{{\"access_token\": \"{}\"}}", "a".repeat(70_000)).into_response(),
        Mood::Nonsense => "<html>canary</html>".into_response(),
        Mood::Empty => "{}".into_response(),
        Mood::Redirects => Redirect::temporary("/elsewhere").into_response(),
    }
}

async fn github_token(State(provider): State<Provider>, form: String) -> Json<Value> {
    Json(match provider.redeem(&form, GITHUB) {
        Some((token, _)) => json!({ "access_token": token, "token_type": "bearer", "scope": "read:user,user:email" }),
        None => json!({ "error": "bad_verification_code", "error_description": "canary" }),
    })
}

async fn user(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    let Some(who) = provider.owner(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let id: u64 = who.subject.parse().unwrap();
    let avatar = format!("https://avatars.example.org/u/{id}");
    Json(json!({ "id": id, "login": who.login, "name": "Asha Rao", "avatar_url": avatar, "email": "public@example.org" }))
        .into_response()
}

async fn emails(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    let Some(who) = provider.owner(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let mut all = vec![json!({ "email": "second@example.org", "primary": false, "verified": true })];
    all.extend(who.email.map(|e| json!({ "email": e, "primary": true, "verified": who.is_verified })));
    Json(all).into_response()
}

async fn google_token(State(provider): State<Provider>, form: String) -> Response {
    match provider.redeem(&form, GOOGLE) {
        Some((token, grant)) => {
            Json(json!({ "access_token": token, "id_token": provider.id_token(&grant), "expires_in": 3599 }))
                .into_response()
        }
        None => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let public = PublicKeyComponents::<Vec<u8>>::from(signing_key().public_key());
    let (n, e) = (BASE64.encode(public.n), BASE64.encode(public.e));
    let kid = provider.lock().kid;
    let kid = if kid == "unknown" { "first" } else { kid };
    Json(json!({ "keys": [
        { "kty": "EC", "kid": kid, "crv": "P-256", "x": "AA", "y": "AA" },
        { "kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", "n": n, "e": e },
    ] }))
}
