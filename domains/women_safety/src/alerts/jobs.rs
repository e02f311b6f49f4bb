//! The mails of a call. They go before all others, and nothing of them lies in the queue but ids.

use super::{
    model::{AlertId, KEEP, RecipientId, TRIES},
    store::{self, Letter, SEALED, SEALED_RECIPIENTS},
};
use crate::settings::{CONTACT, may_hear, spoken, template, token_of};
use kernel::{App, Result, clock::Timestamp, db::Session, jobs::Job};
use minijinja::context;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// For links of calls.
pub(super) const ALERT: &str = "link of an emergency alert";

/// Tells one contact.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendAlert {
    /// Whom.
    pub recipient: RecipientId,
}

impl Job for SendAlert {
    const KIND: &'static str = "send_emergency_alert";
    const TRIES: i64 = TRIES;
    const URGENT: bool = true;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let Some(letter) = store::letter(&mut tx, self.recipient).await? else { return Ok(()) };
        if !store::hold_active(&mut tx, letter.alert_id).await? {
            return Ok(());
        }
        if !letter.may_be_read(&app, &mut tx).await? {
            return Ok(());
        }
        store::begin(&mut tx, self.recipient, app.clock.now());
        tx.commit().await?;
        let (place, text) =
            (letter.part(&app, "location", &letter.location)?, letter.part(&app, "message", &letter.message)?);
        let values = context! {
            name => spoken(&letter.display_name),
            at => moment(letter.created_at),
            location => place.as_ref().map(ExposeSecret::expose_secret),
            message => text.as_ref().map(ExposeSecret::expose_secret),
            token => token_of(&app, ALERT, self.recipient.0),
            contact_token => token_of(&app, CONTACT, letter.consent_id),
        };
        let to = letter.to(&app, self.recipient)?;
        app.mail.send(id, to.expose_secret(), template!("emergency_alert"), values).await?;
        let mut tx = app.db.write().await?;
        tx.run(store::sent(self.recipient, app.clock.now())).await?;
        Ok(tx.commit().await?)
    }
}

impl Letter {
    async fn may_be_read(&self, app: &App, db: &mut Session) -> Result<bool> {
        may_hear(app, db, self.traveler_id, self.emergency_contacts.as_deref(), self.consent_id).await
    }

    fn to(&self, app: &App, recipient: RecipientId) -> Result<SecretString> {
        let place = SEALED_RECIPIENTS.place("address", recipient.0, self.traveler_id.0);
        app.config.data_keys.open(place, &self.address)
    }

    fn part(&self, app: &App, column: &'static str, sealed: &Option<Vec<u8>>) -> Result<Option<SecretString>> {
        let AlertId(id) = self.alert_id;
        let place = SEALED.place(column, id, self.traveler_id.0);
        sealed.as_ref().map(|sealed| app.config.data_keys.open(place, sealed)).transpose()
    }
}

/// For people to read.
fn moment(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Tells one contact that it is over.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendAllClear {
    /// Whom.
    pub recipient: RecipientId,
}

impl Job for SendAllClear {
    const KIND: &'static str = "send_all_clear";
    const TRIES: i64 = TRIES;
    const URGENT: bool = true;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let Some(letter) = store::letter(&mut tx, self.recipient).await? else { return Ok(()) };
        if !letter.may_be_read(&app, &mut tx).await? {
            return Ok(());
        }
        drop(tx);
        let what = if letter.state == "cancelled" { "took it back as a mistake" } else { "is safe and closed it" };
        let values = context! { name => spoken(&letter.display_name), at => moment(letter.created_at), what => what };
        let to = letter.to(&app, self.recipient)?;
        app.mail.send(id, to.expose_secret(), template!("all_clear"), values).await
    }
}

/// Forgets calls of more than 90 days ago.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ForgetAlerts;

impl Job for ForgetAlerts {
    const KIND: &'static str = "forget_emergency_alerts";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        tx.run(store::forget(app.clock.now().minus(KEEP))).await?;
        Ok(tx.commit().await?)
    }
}
