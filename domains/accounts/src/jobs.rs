//! What follows from accounts: mail and cleaning up.

use crate::store;
use kernel::{App, Result, auth::TravelerId, jobs::Job, mail::Template};
use minijinja::context;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// Greets a new traveller.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendWelcome {
    /// Whom; the address is read when the mail is sent, so that none lies in the queue.
    pub traveler: TravelerId,
}

const WELCOME: Template = Template {
    subject: include_str!("mail/welcome.subject.txt"),
    text: include_str!("mail/welcome.txt"),
    html: include_str!("mail/welcome.html"),
};

impl Job for SendWelcome {
    const KIND: &'static str = "send_welcome";

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let found = store::find(&mut app.db.read().await?, self.traveler).await?;
        // Whoever was deleted or banned meanwhile gets no mail.
        let Some(traveler) = found.filter(|t| t.is_active) else { return Ok(()) };
        let values = context! { name => traveler.display_name, username => traveler.username };
        app.mail.send(id, &traveler.email, WELCOME, values).await
    }
}

/// Forgets sessions that ended or expired more than a week ago.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CleanUpSessions;

/// A used refresh token must be recognized for as long as somebody may try it; after a week it is just unknown.
const KEEP: Duration = Duration::from_hours(168);

impl Job for CleanUpSessions {
    const KIND: &'static str = "clean_up_sessions";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        tx.run(store::forget_sessions(app.clock.now().minus(KEEP))).await?;
        Ok(tx.commit().await?)
    }
}
