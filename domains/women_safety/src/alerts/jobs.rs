//! The mails of a call. They go before all others, and nothing of them lies in the queue but ids.

use super::{
    model::{AlertId, KEEP, RecipientId, TRIES, apart},
    store::{self, Letter, SEALED, SEALED_RECIPIENTS},
};
use crate::settings::{CONTACT, may_hear, spoken, template, token_of};
use kernel::{App, Result, clock::Timestamp, db::Session, jobs::Job, mail::Delivery};
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
    /// Which mail of the call; it is not sent once there is a later one.
    #[serde(default)]
    pub round: i64,
}

impl Job for SendAlert {
    const KIND: &'static str = "send_emergency_alert";
    const TRIES: i64 = TRIES;
    const URGENT: bool = true;

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let Some(letter) = store::letter(&mut tx, self.recipient).await? else { return Ok(()) };
        if letter.mail_round != self.round || store::hold_active(&mut tx, letter.alert_id).await?.is_none() {
            return Ok(());
        }
        if !letter.may_be_read(&app, &mut tx).await? {
            tx.run(store::failed(self.recipient, self.round, app.clock.now())).await?;
            return Ok(tx.commit().await?);
        }
        store::begin(&mut tx, self.recipient, app.clock.now());
        tx.commit().await?;
        let (place, text) =
            (letter.part(&app, "location", &letter.location)?, letter.part(&app, "message", &letter.message)?);
        let values = context! {
            name => spoken(&letter.display_name),
            at => moment(letter.said_at),
            is_news => self.round > 0,
            location => place.as_ref().map(ExposeSecret::expose_secret),
            message => text.as_ref().map(ExposeSecret::expose_secret),
            token => token_of(&app, ALERT, self.recipient.0),
            contact_token => token_of(&app, CONTACT, letter.consent_id),
        };
        let to = letter.to(&app, self.recipient)?;
        let delivery = app.mail.deliver(id, to.expose_secret(), template!("emergency_alert"), values).await?;
        let mut tx = app.db.write().await?;
        let renewals = store::hold_active(&mut tx, letter.alert_id).await?;
        tx.run(match delivery {
            Delivery::Left => store::sent(self.recipient, self.round, app.clock.now()),
            Delivery::Refused { .. } => store::failed(self.recipient, self.round, app.clock.now()),
        })
        .await?;
        // What was said while this mail was on its way is told by another.
        if renewals.is_some_and(|renewals| renewals > letter.renewals) {
            store::tell_anew(&mut tx, [self.recipient]);
            let next = Self { recipient: self.recipient, round: self.round + 1 };
            tx.enqueue_after(&next, apart(self.round))?;
        }
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

    /// What she was called: an account that is gone has no name any more.
    fn sender(&self, app: &App) -> Result<String> {
        let sealed = self.sender_name.as_ref().filter(|_| self.is_deleted);
        let Some(sealed) = sealed else { return Ok(spoken(&self.display_name)) };
        let AlertId(id) = self.alert_id;
        let name = app.config.data_keys.open(SEALED.place("sender_name", id, self.traveler_id.0), sealed)?;
        Ok(spoken(name.expose_secret()))
    }

    fn part(&self, app: &App, column: &'static str, sealed: &Option<Vec<u8>>) -> Result<Option<SecretString>> {
        let AlertId(id) = self.alert_id;
        let place = SEALED.place(column, id, self.traveler_id.0);
        sealed.as_ref().map(|sealed| app.config.data_keys.open(place, sealed)).transpose()
    }
}

/// For people to read.
pub(super) fn moment(at: Timestamp) -> String {
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
        if letter.cleared_at.is_some() {
            return Ok(());
        }
        if letter.may_be_read(&app, &mut tx).await? {
            drop(tx);
            let what = match letter.state.as_str() {
                _ if letter.is_deleted => "deleted the account, which ended it; try to reach them if you are not sure",
                "cancelled" => "took it back as a mistake",
                _ => "is safe and closed it",
            };
            let values = context! { name => letter.sender(&app)?, at => moment(letter.created_at), what => what };
            let to = letter.to(&app, self.recipient)?;
            app.mail.deliver(id, to.expose_secret(), template!("all_clear"), values).await?;
            tx = app.db.write().await?;
        }
        tx.run(store::cleared(self.recipient, app.clock.now())).await?;
        Ok(tx.commit().await?)
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
