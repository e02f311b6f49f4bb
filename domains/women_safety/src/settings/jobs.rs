//! Mail to contacts, and what is forgotten.

use super::{
    api::ASK_AGAIN,
    model::{listed, spoken},
    store,
};
use crate::alerts;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{App, Result, auth::TravelerId, jobs::Job};
use minijinja::context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

/// A mail of this domain.
macro_rules! template {
    ($name:literal) => {
        kernel::mail::Template {
            subject: include_str!(concat!("../mail/", $name, ".subject.txt")),
            text: include_str!(concat!("../mail/", $name, ".txt")),
            html: include_str!(concat!("../mail/", $name, ".html")),
        }
    };
}
pub(crate) use template;

/// The token of a contact's links. The same in every mail, so that the link of the first one serves for good; what is kept of
/// it is its hash.
pub(crate) fn token_of(app: &App, label: &str, id: Uuid) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(app.config.auth.keys.keyed_hash(label, id.as_bytes()))
}

/// For links of contacts.
pub(crate) const CONTACT: &str = "link of an emergency contact";

pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Mails that ask, a day: for one person, and to one address. Nobody's mailbox is filled by strangers.
const BY_ONE_A_DAY: i64 = 10;
const TO_ONE_A_DAY: i64 = 3;
const A_DAY: Duration = Duration::from_hours(24);

/// Asks a contact whether they agree to be told. The address is in no queue: it is read when the mail is sent.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SendContactRequest {
    /// Which consent.
    pub consent: Uuid,
}

impl Job for SendContactRequest {
    const KIND: &'static str = "send_contact_request";
    const TRIES: i64 = 10;

    fn unique_key(&self) -> Option<String> {
        Some(self.consent.to_string())
    }

    async fn run(self, app: App, id: Uuid) -> Result<()> {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let Some(open) = store::open_consent(&mut tx, self.consent).await? else { return Ok(()) };
        let owner = open.traveler_id;
        let contacts = store::contacts(&app.config.data_keys, owner, open.emergency_contacts.as_deref())?;
        let Some((_, address)) = listed(&contacts, self.consent) else { return Ok(()) };
        let is_blocked = store::standing(&mut tx, owner, &contacts).await?.is_blocked(address);
        let token = token_of(&app, CONTACT, self.consent);
        // A second try of the same mail was counted at the first.
        if open.mail_id != Some(id) {
            let keyed = |label, data: &[u8]| app.config.auth.keys.keyed_hash(label, data).to_vec();
            let by = keyed("contact requests of a person", owner.0.as_bytes());
            let to = keyed("contact requests to an address", &open.address_hash);
            if open.mailed_at.is_some_and(|at| now < at.plus(ASK_AGAIN)) {
                return Ok(());
            }
            if !store::count_mail(&mut tx, by, now.day(), BY_ONE_A_DAY).await?
                || !store::count_mail(&mut tx, to, now.day(), TO_ONE_A_DAY).await?
            {
                // Put off and not dropped: she would wait for an answer from somebody who was never asked. What was counted
                // for one of the two is not kept.
                drop(tx);
                let mut tx = app.db.write().await?;
                tx.enqueue_after(&self, A_DAY)?;
                return Ok(tx.commit().await?);
            }
            store::asked(&mut tx, self.consent, id, hash(&token), now).await?;
        }
        tx.commit().await?;
        if is_blocked {
            return Ok(()); // to the owner it looks like a mail that nobody answers
        }
        let values = context! { name => spoken(&open.display_name), token => token };
        app.mail.send(id, &address.typed, template!("contact_request"), values).await
    }
}

/// Erases the settings, contacts and calls for help of somebody whose account is gone; to whom a call went, once they have
/// heard that it is over.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EraseSettings {
    traveler: TravelerId,
}

impl From<Uuid> for EraseSettings {
    fn from(id: Uuid) -> Self {
        Self { traveler: TravelerId(id) }
    }
}

impl Job for EraseSettings {
    const KIND: &'static str = "erase_women_safety_settings";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        if !store::is_deleted(&mut tx, self.traveler).await? {
            return Ok(());
        }
        let is_awaited = alerts::leave(&app, &mut tx, self.traveler).await?;
        store::erase(&mut tx, self.traveler).await?;
        if is_awaited {
            tx.enqueue_after(&self, Duration::from_mins(1))?;
        }
        Ok(tx.commit().await?)
    }
}

/// Forgets how many mails were sent on days that are over.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ForgetMailCounts;

impl Job for ForgetMailCounts {
    const KIND: &'static str = "forget_contact_mail_counts";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        tx.run(store::forget_counts(app.clock.now().minus(Duration::from_hours(48)).day())).await?;
        Ok(tx.commit().await?)
    }
}
