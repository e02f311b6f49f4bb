//! Mail, sent by jobs only: as files in `DATA_DIR/outbox`, by SMTP, or by ZeptoMail.

mod transport;

use crate::{Error, Result, clock::Clock, config::Mail as Settings};
use lettre::message::{Mailbox, MultiPart};
use minijinja::{AutoEscape, Environment, context};
use std::{path::PathBuf, time::SystemTime};
use transport::Transport;
use uuid::Uuid;

/// The sender.
#[derive(Debug)]
pub struct Mailer {
    settings: Settings,
    transport: Transport,
    clock: Clock,
}

/// A mail in its two forms, as templates with `{{ name }}` and the like.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// One line.
    pub subject: &'static str,
    /// For those who read text.
    pub text: &'static str,
    /// For everybody else; what is filled in is escaped.
    pub html: &'static str,
}

/// A finished mail.
#[derive(Debug)]
struct Letter {
    id: Uuid,
    to: Mailbox,
    subject: String,
    text: String,
    html: String,
}

/// What became of a mail that was handed over.
#[derive(Debug)]
pub enum Delivery {
    /// It left.
    Left,
    /// The receiver has no mailbox, or none that takes it: the same answer would come again.
    Refused {
        /// What the server answered, without the receiver.
        cause: String,
    },
}

fn fault(what: &str) -> impl FnOnce(&dyn std::fmt::Display) -> Error {
    move |cause| Error::internal(format!("{what}: {cause}"))
}

impl Mailer {
    /// Sends as the settings say; files go to `outbox`.
    pub fn new(settings: &Settings, outbox: PathBuf, clock: Clock) -> Self {
        Self { transport: Transport::new(settings, outbox), settings: settings.clone(), clock }
    }

    /// Sends `template` filled with `values`. The same `id` is the same mail: whoever receives it twice can tell.
    pub async fn send(&self, id: Uuid, to: &str, template: Template, values: minijinja::Value) -> Result<()> {
        match self.deliver(id, to, template, values).await? {
            Delivery::Left => Ok(()),
            Delivery::Refused { cause } => Err(Error::unavailable(cause)),
        }
    }

    /// The same, for whom it makes a difference that it was refused for good.
    pub async fn deliver(&self, id: Uuid, to: &str, template: Template, values: minijinja::Value) -> Result<Delivery> {
        let to: Mailbox = to.parse().map_err(|e| fault("an address in the database")(&e))?;
        let (frontend_url, public_url) = (&self.settings.frontend_url, &self.settings.public_url);
        let values = context! { frontend_url => frontend_url, public_url => public_url, ..values };
        let render = |text: &str, escape: AutoEscape| {
            let mut environment = Environment::new();
            environment.set_auto_escape_callback(move |_| escape);
            environment.render_str(text, &values).map_err(|e| fault("a mail template")(&e))
        };
        let letter = Letter {
            id,
            to,
            // A line break in a subject would be a header of somebody else's choosing.
            subject: render(template.subject, AutoEscape::None)?.replace(['\r', '\n'], " "),
            text: render(template.text, AutoEscape::None)?,
            html: render(template.html, AutoEscape::Html)?,
        };
        self.transport.send(&self.settings, letter, SystemTime::from(self.clock.now().utc())).await
    }
}

impl Letter {
    /// As it travels (RFC 5322).
    fn message(self, settings: &Settings, at: SystemTime) -> Result<lettre::Message> {
        let domain = settings.sender.email.domain();
        lettre::Message::builder()
            .from(settings.sender.clone())
            .to(self.to)
            .subject(self.subject)
            .message_id(Some(format!("<{}@{domain}>", self.id.simple())))
            .date(at)
            .multipart(MultiPart::alternative_plain_html(self.text, self.html))
            .map_err(|e| fault("a mail")(&e))
    }
}
