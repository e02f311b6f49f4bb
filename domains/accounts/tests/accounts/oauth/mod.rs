//! Signing in with GitHub and Google, against look-alikes of both that listen on loopback.

mod failing;
mod handover;
mod id_tokens;
mod linking;
mod provider;
mod signing_in;

use crate::request;
use provider::{Provider, Someone};
use serde_json::Value;
use std::collections::HashMap;
use testkit::{Answer, World};

const FRONTEND: &str = "https://tripit.example";
const BOTH: [&str; 2] = ["github", "google"];

const ASHA: Someone = Someone { subject: "1001", login: "asharao", email: Some("asha@example.org"), is_verified: true };
const BELA: Someone = Someone { subject: "1002", login: "belak", email: Some("bela@example.org"), is_verified: true };

/// A world whose providers are look-alikes.
async fn stage() -> (World, Provider) {
    stage_with(&[]).await
}

async fn stage_with(more: &[(&'static str, &str)]) -> (World, Provider) {
    let provider = Provider::new().await;
    let own = provider.settings();
    let mut settings: Vec<(&'static str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
    settings.retain(|(name, _)| more.iter().all(|(n, _)| n != name));
    settings.extend(more);
    (World::with(&settings).await, provider)
}

/// Undoes what a form or a query does to a text.
fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

/// The fields of a form, each once.
fn unform(form: &str) -> HashMap<String, String> {
    let pairs: Vec<_> = form.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let fields: HashMap<_, _> = pairs.iter().map(|(name, value)| (decode(name), decode(value))).collect();
    assert_eq!(pairs.len(), fields.len(), "{form}");
    fields
}

/// What stands behind the `?` of an address.
fn query(url: &str) -> HashMap<String, String> {
    unform(url.split_once('?').unwrap_or_default().1)
}

fn encode(text: &str) -> String {
    text.bytes().flat_map(|b| format!("%{b:02X}").into_bytes()).map(char::from).collect()
}

/// A browser with its cookie.
struct Browser<'w> {
    world: &'w World,
    cookie: String,
}

/// The page of the web client where a browser ends.
#[derive(Debug)]
struct Landing {
    path: String,
    parameters: HashMap<String, String>,
}

impl Landing {
    #[track_caller]
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 302, "{}", answer.text);
        assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("no-store", "no-referrer"));
        let location = answer.header("location");
        let rest = location.strip_prefix(FRONTEND).unwrap_or_else(|| panic!("{location}"));
        let path = rest.split('?').next().unwrap().to_owned();
        Self { path, parameters: query(rest) }
    }

    /// Fails unless it is the sign-in page with this error.
    #[track_caller]
    fn refuses(&self, which: &str, code: &str) {
        let only = HashMap::from([(format!("{which}_error"), code.to_owned())]);
        assert_eq!((self.path.as_str(), &self.parameters), ("/login", &only));
    }

    #[track_caller]
    fn access(&self) -> &str {
        assert_eq!(self.path, "/auth/callback", "{self:?}");
        &self.parameters["access"]
    }
}

impl<'w> Browser<'w> {
    fn new(world: &'w World) -> Self {
        Self { world, cookie: String::new() }
    }

    async fn get(&mut self, path: &str, token: Option<&str>) -> Answer {
        let bearer = token.map(|t| format!("Bearer {t}"));
        let mut headers: Vec<(&str, &str)> = bearer.iter().map(|b| ("authorization", b.as_str())).collect();
        if !self.cookie.is_empty() {
            headers.push(("cookie", &self.cookie));
        }
        let answer = self.world.send(request("GET", path, &headers, Value::Null)).await;
        let set = answer.header("set-cookie").split(';').next().unwrap();
        match set.split_once('=') {
            Some((_, "")) => self.cookie.clear(),
            Some(_) => set.clone_into(&mut self.cookie),
            None => {}
        }
        answer
    }

    /// The page of the provider to which it is sent.
    async fn leaves(&mut self, which: &str, parameters: &str) -> String {
        let answer = self.get(&format!("/api/auth/{which}/login{parameters}"), None).await.is(302);
        answer.header("location").to_owned()
    }

    async fn comes_back(&mut self, which: &str, parameters: &str) -> Landing {
        Landing::of(&self.get(&format!("/api/auth/{which}/callback?{parameters}"), None).await)
    }

    /// All of a sign-in.
    async fn signs_in(&mut self, provider: &Provider, which: &str, who: &Someone, wishes: &str) -> Landing {
        let page = self.leaves(which, wishes).await;
        let code = provider.agrees(&page, who);
        self.comes_back(which, &back(&page, &code)).await
    }
}

/// What the provider sends back with somebody who was at `page`.
fn back(page: &str, code: &str) -> String {
    format!("code={code}&state={}", query(page)["state"])
}

async fn signs_in(world: &World, provider: &Provider, which: &str, who: &Someone) -> Landing {
    Browser::new(world).signs_in(provider, which, who, "").await
}

async fn accounts(world: &World) -> i64 {
    world.scalar("select cast(count(*) as bigint) from travelers").await
}

/// The subjects of the mails to somebody that came since.
async fn told(world: &World, address: &str) -> Vec<String> {
    let before = world.outbox().len();
    world.run_jobs().await;
    world.mails().split_off(before).into_iter().filter(|m| m.to() == address).map(|m| m.text).collect()
}
