//! Calls to others, who may be slow, gone, or send anything: bounded in time and size, and never led elsewhere.

use crate::{Error, Result, clock::Timestamp};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// The one client for calls to others.
#[derive(Debug)]
pub struct Outbound {
    client: Result<reqwest::Client, String>,
    /// Documents that change seldom, with the time at which each was read.
    kept: Mutex<HashMap<String, (Timestamp, Heard)>>,
}

/// What the other one said.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Its status.
    pub status: u16,
    body: Arc<[u8]>,
}

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(10);
/// More than any answer that we ask for has.
const LARGEST: usize = 64 * 1024;

impl Default for Outbound {
    fn default() -> Self {
        crate::install_tls();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("TripIt")
            .no_proxy() // which would be read from the environment
            .build();
        Self { client: client.map_err(|e| e.to_string()), kept: Mutex::default() }
    }
}

impl Outbound {
    /// GET, with a token if given.
    pub async fn get(&self, url: &str, bearer: Option<&SecretString>) -> Result<Heard> {
        let request = self.client()?.get(url);
        ask(match bearer {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        })
        .await
    }

    /// POST of a form.
    pub async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Heard> {
        let form = "application/x-www-form-urlencoded";
        ask(self.client()?.post(url).header("content-type", form).body(pairs(fields)?)).await
    }

    /// A document that changes seldom: as it was read at `since` or later, else read now. Many who ask at once wait for
    /// the one who reads. What cannot be read is not kept.
    pub async fn document<T: DeserializeOwned>(&self, url: &str, since: Timestamp, now: Timestamp) -> Result<T> {
        let mut kept = self.kept.lock().await;
        if let Some((at, heard)) = kept.get(url)
            && *at >= since
        {
            return heard.json();
        }
        let heard = self.get(url, None).await?;
        if heard.status != 200 {
            return Err(Error::unavailable(format!("another service answered {}", heard.status)));
        }
        let document = heard.json()?;
        kept.insert(url.to_owned(), (now, heard));
        Ok(document)
    }

    fn client(&self) -> Result<&reqwest::Client> {
        self.client.as_ref().map_err(|cause| Error::unavailable(cause.clone()))
    }
}

/// Sends a request and reads its answer. Errors name neither its address nor anything that was said: there may be
/// secrets in both.
async fn ask(request: RequestBuilder) -> Result<Heard> {
    let failed = |e: reqwest::Error| Error::unavailable(format!("a call to another service: {}", e.without_url()));
    let mut response = request.header("accept", "application/json").send().await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Error::unavailable("another service answered more than we take"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Heard { status: response.status().as_u16(), body: body.into() })
}

impl Heard {
    /// Its JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        let said = serde_json::from_slice(&self.body);
        said.map_err(|e| Error::unavailable(format!("another service answered something else: {:?}", e.classify())))
    }
}

/// `url` with these parameters behind it, encoded.
pub fn link(url: &str, parameters: &[(&str, &str)]) -> Result<String> {
    Ok(format!("{url}?{}", pairs(parameters)?))
}

fn pairs(pairs: &[(&str, &str)]) -> Result<String> {
    serde_html_form::to_string(pairs).map_err(|e| Error::internal(format!("writing a form: {e}")))
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn what_stands_in_a_link_stays_one_parameter() {
        let made = link("https://tripit.example/x", &[("a", "b&c=d#e"), ("f", "ä /?\r\n")]).unwrap();
        assert_eq!(made, "https://tripit.example/x?a=b%26c%3Dd%23e&f=%C3%A4+%2F%3F%0D%0A");
    }
}
