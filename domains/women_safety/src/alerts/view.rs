//! A call as its sender sees it; nobody else does.

use super::{
    model::{AlertId, CANCELLABLE_FOR, Told, status},
    store::{Alert, Recipient, SEALED, SEALED_RECIPIENTS},
};
use kernel::{Result, auth::TravelerId, clock::Timestamp, crypto::DataKeys};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

/// A call for help.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertView {
    /// Which one.
    id: AlertId,
    /// `active`, `cancelled` (as a mistake) or `closed`.
    #[schema(example = "active")]
    state: String,
    /// Where she said that she was.
    #[schema(example = "Gate 3, Old Delhi railway station")]
    location: Option<String>,
    /// What she wrote.
    #[schema(example = "Somebody follows me")]
    message: Option<String>,
    /// Whom it goes to.
    contacts: Vec<RecipientView>,
    /// When it was made.
    created_at: Timestamp,
    /// When she said something new in it.
    #[schema(example = json!(null))]
    renewed_at: Option<Timestamp>,
    /// From when on the latest mails leave.
    mails_due_at: Timestamp,
    /// Until when it can be cancelled.
    cancellable_until: Timestamp,
    /// When it was cancelled or closed.
    #[schema(example = "2026-11-23T09:45:00.000000Z")]
    ended_at: Option<Timestamp>,
}

/// Somebody whom it goes to.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecipientView {
    /// What she calls them, or their address.
    #[schema(example = "Mira")]
    name: String,
    /// How far the latest mail has come: `queued`, `sent`, `acknowledged` when they said that they have seen it, `failed` when
    /// a mail server said that there is no such mailbox or they took their word back, or `not_sent` when it was given up or ended before.
    #[schema(example = "sent")]
    status: &'static str,
    /// When the latest mail left.
    #[schema(example = "2026-11-23T09:30:01.000000Z")]
    sent_at: Option<Timestamp>,
    /// When they said last that they have seen it.
    #[schema(example = "2026-11-23T09:31:00.000000Z")]
    acknowledged_at: Option<Timestamp>,
}

impl Recipient {
    const fn told(&self) -> Told {
        Told { sent: self.sent_at.is_some(), failed: self.failed_at.is_some(), seen: self.is_seen }
    }
}

impl AlertView {
    pub(super) fn new<'r>(
        keys: &DataKeys,
        owner: TravelerId,
        alert: &Alert,
        recipients: impl IntoIterator<Item = &'r Recipient>,
        now: Timestamp,
    ) -> Result<Self> {
        let opened = |column: &'static str, sealed: &Option<Vec<u8>>| -> Result<Option<String>> {
            let Some(sealed) = sealed else { return Ok(None) };
            Ok(Some(keys.open(SEALED.place(column, alert.id.0, owner.0), sealed)?.expose_secret().to_owned()))
        };
        let mut contacts = Vec::new();
        for r in recipients.into_iter().filter(|r| r.alert_id == alert.id) {
            let name = keys.open(SEALED_RECIPIENTS.place("name", r.id.0, owner.0), &r.name)?;
            contacts.push(RecipientView {
                name: name.expose_secret().to_owned(),
                status: status(now, alert.due(), r.told(), alert.state == "active"),
                sent_at: r.sent_at,
                acknowledged_at: r.acknowledged_at,
            });
        }
        Ok(Self {
            id: alert.id,
            state: alert.state.clone(),
            location: opened("location", &alert.location)?,
            message: opened("message", &alert.message)?,
            contacts,
            created_at: alert.created_at,
            renewed_at: alert.renewed_at,
            mails_due_at: alert.due(),
            cancellable_until: alert.created_at.plus(CANCELLABLE_FOR),
            ended_at: alert.ended_at,
        })
    }
}
