//! Mail, sent by jobs only. In development it becomes a file in `DATA_DIR/outbox`.

use crate::{Error, Result, config::Mail as Settings};
use lettre::message::{Mailbox, MultiPart};
use minijinja::{AutoEscape, Environment, context};
use std::{path::PathBuf, time::SystemTime};
use uuid::Uuid;

/// The sender.
#[derive(Debug)]
pub struct Mailer {
    settings: Settings,
    outbox: PathBuf,
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

fn fault(what: &str) -> impl FnOnce(&dyn std::fmt::Display) -> Error {
    move |cause| Error::internal(format!("{what}: {cause}"))
}

impl Mailer {
    /// Writes to `outbox`.
    pub fn new(settings: &Settings, outbox: PathBuf) -> Self {
        Self { settings: settings.clone(), outbox }
    }

    /// Sends `template` filled with `values`. The same `id` is the same mail: sending it again sends nothing new.
    pub async fn send(&self, id: Uuid, to: &str, template: Template, values: minijinja::Value) -> Result<()> {
        let to: Mailbox = to.parse().map_err(|e| fault("an address in the database")(&e))?;
        let values = context! { frontend_url => self.settings.frontend_url, ..values };
        let render = |text: &str, escape: AutoEscape| {
            let mut environment = Environment::new();
            environment.set_auto_escape_callback(move |_| escape);
            environment.render_str(text, &values).map_err(|e| fault("a mail template")(&e))
        };
        // A line break in a subject would be a header of somebody else's choosing.
        let subject = render(template.subject, AutoEscape::None)?.replace(['\r', '\n'], " ");
        let domain = self.settings.sender.email.domain();
        let mail = lettre::Message::builder()
            .from(self.settings.sender.clone())
            .to(to)
            .subject(subject)
            .message_id(Some(format!("<{}@{domain}>", id.simple())))
            .date(SystemTime::now())
            .multipart(MultiPart::alternative_plain_html(
                render(template.text, AutoEscape::None)?,
                render(template.html, AutoEscape::Html)?,
            ))
            .map_err(|e| fault("a mail")(&e))?;
        let written = write(self.outbox.clone(), id, mail.formatted()).await;
        written.map_err(|e| Error::unavailable(format!("the outbox cannot be written: {e}")))
    }
}

async fn write(outbox: PathBuf, id: Uuid, mail: Vec<u8>) -> std::io::Result<()> {
    let write = move || {
        crate::config::create_private_folder(&outbox)?;
        let draft = outbox.join(format!(".{id}.tmp"));
        std::fs::write(&draft, mail)?;
        std::fs::rename(draft, outbox.join(format!("{id}.eml")))
    };
    tokio::task::spawn_blocking(write).await.map_err(std::io::Error::other)?
}
