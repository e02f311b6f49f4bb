//! The ways out. Whatever refuses, stalls or breaks is an error of the job, which tries again.

use super::{Delivery, Letter};
use crate::{
    Error, Result,
    config::{Mail as Settings, MailWay},
};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, transport::smtp::authentication::Credentials};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};
use uuid::Uuid;

/// How mail leaves this process.
#[derive(Debug)]
pub(super) enum Transport {
    Outbox(PathBuf),
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Zepto(Box<Zepto>),
    /// The settings were read, and still nothing could be made of them; every mail fails with this.
    Broken(String),
}

/// ZeptoMail's HTTP API.
pub(super) struct Zepto {
    client: reqwest::Client,
    endpoint: String,
    token: secrecy::SecretString,
}

impl std::fmt::Debug for Zepto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zepto").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// A mail server that says nothing for so long has failed; the job's own limit is 20 s.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Transport {
    pub(super) fn new(settings: &Settings, outbox: PathBuf) -> Self {
        match &settings.way {
            MailWay::Outbox => Self::Outbox(outbox),
            MailWay::Smtp { url, user, password } => {
                let builder = match AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()) {
                    Ok(builder) => builder.timeout(Some(TIMEOUT)),
                    Err(error) => return Self::Broken(error.to_string()),
                };
                let signed = match (user, password) {
                    (Some(user), Some(password)) => {
                        builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()))
                    }
                    _ => builder,
                };
                Self::Smtp(Box::new(signed.build()))
            }
            MailWay::Zepto { endpoint, token } => {
                let client = reqwest::Client::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .timeout(TIMEOUT)
                    .redirect(reqwest::redirect::Policy::none())
                    .build();
                match client {
                    Ok(client) => {
                        Self::Zepto(Box::new(Zepto { client, endpoint: endpoint.clone(), token: token.clone() }))
                    }
                    Err(error) => Self::Broken(error.to_string()),
                }
            }
        }
    }

    pub(super) async fn send(&self, settings: &Settings, letter: Letter, at: SystemTime) -> Result<Delivery> {
        match self {
            Self::Outbox(folder) => {
                let (folder, id) = (folder.clone(), letter.id);
                let mail = letter.message(settings, at)?.formatted();
                let written = tokio::task::spawn_blocking(move || write(&folder, id, &mail)).await;
                let written = written.map_err(|e| Error::internal(e.to_string()))?;
                written.map_err(|e| Error::unavailable(format!("the outbox cannot be written: {e}")))?;
                Ok(Delivery::Left)
            }
            Self::Smtp(smtp) => {
                // lettre's own limit ends with the connecting.
                let sent = tokio::time::timeout(TIMEOUT, smtp.send(letter.message(settings, at)?)).await;
                let sent = sent.map_err(|e| Error::unavailable(format!("the mail server: {e}")))?;
                sent.map_or_else(|e| smtp_failed(&e), |_| Ok(Delivery::Left))
            }
            Self::Zepto(zepto) => zepto.send(settings, letter).await,
            Self::Broken(cause) => Err(Error::unavailable(cause.clone())),
        }
    }
}

/// What says that this receiver gets no mail, now or later: no such mailbox, or not here, or a name that is none (RFC 5321,
/// 4.2.3), a domain that takes no mail (RFC 7504). Other permanent answers are about us, our password, or a full mailbox.
const NO_RECEIVER: [u16; 4] = [550, 551, 553, 556];

/// What went wrong, without what the server says besides: it may name the receiver, and would stand in a log.
fn smtp_failed(error: &lettre::transport::smtp::Error) -> Result<Delivery> {
    let cause = match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_response() => "the mail server answered something that is no SMTP".to_owned(),
        None => format!("SMTP: {error}"),
    };
    match error.status() {
        Some(code) if NO_RECEIVER.contains(&u16::from(code)) => Ok(Delivery::Refused { cause }),
        _ => Err(Error::unavailable(cause)),
    }
}

fn write(folder: &std::path::Path, id: Uuid, mail: &[u8]) -> std::io::Result<()> {
    crate::config::create_private_folder(folder)?;
    let draft = folder.join(format!(".{id}.tmp"));
    std::fs::write(&draft, mail)?;
    std::fs::rename(draft, folder.join(format!("{id}.eml")))
}

impl Zepto {
    /// `POST {endpoint}` as ZeptoMail's "send mail" API has it; `client_reference` is the id, which its log shows.
    async fn send(&self, settings: &Settings, letter: Letter) -> Result<Delivery> {
        let address = |m: &lettre::message::Mailbox| json!({ "address": m.email.to_string(), "name": m.name });
        let body = json!({
            "from": address(&settings.sender),
            "to": [{ "email_address": address(&letter.to) }],
            "subject": letter.subject,
            "textbody": letter.text,
            "htmlbody": letter.html,
            "client_reference": letter.id.simple().to_string(),
        });
        let failed = |e: reqwest::Error| Error::unavailable(format!("ZeptoMail: {}", e.without_url()));
        let request = self
            .client
            .post(&self.endpoint)
            .header("authorization", format!("Zoho-enczapikey {}", self.token.expose_secret()))
            .json(&body);
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(Delivery::Left);
        }
        // What it says besides may name the receiver, and would stand in a log.
        let cause = format!("ZeptoMail answered {status}");
        let may_be_final = status.is_client_error() && !ABOUT_US_OR_NOW.contains(&status.as_u16());
        if may_be_final && Refusal::read(answer).await.is_about_receiver() {
            return Ok(Delivery::Refused { cause });
        }
        Err(Error::unavailable(cause))
    }
}

/// A token that does not count, and what passes: whatever else is said with these, they are not about the receiver.
const ABOUT_US_OR_NOW: [u16; 4] = [401, 403, 408, 429];

/// More of an answer is not read.
const MOST_SAID: usize = 65_536;

/// How ZeptoMail says no.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Refused,
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    code: Option<String>,
    target: Option<String>,
}

impl Refusal {
    /// What cannot be read says nothing.
    async fn read(mut answer: reqwest::Response) -> Self {
        let mut said = Vec::new();
        while let Ok(Some(part)) = answer.chunk().await {
            said.extend_from_slice(&part);
            if said.len() > MOST_SAID {
                return Self::default();
            }
        }
        serde_json::from_slice(&said).unwrap_or_default()
    }

    /// Whether it takes no mail to this receiver: `SM_113`, "invalid value", of the field `to` in its list of error codes. With
    /// the same statuses it says that credits are used up, that the sender's domain is not verified, that the account is
    /// blocked or the day's limit reached: all of that is the operator's to mend, and the mail leaves afterwards.
    fn is_about_receiver(&self) -> bool {
        let is_receiver = |d: &Detail| d.code.as_deref() == Some("SM_113") && d.target.as_deref() == Some("to");
        !self.error.details.is_empty() && self.error.details.iter().all(is_receiver)
    }
}
