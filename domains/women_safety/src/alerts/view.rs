//! A call as its sender sees it; nobody else does.

use super::{
    model::{AlertId, CANCELLABLE_FOR, status},
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
    /// `queued`, `sent`, `acknowledged` when they said that they have seen it, or `not_sent` when it was given up or ended
    /// before.
    #[schema(example = "sent")]
    status: &'static str,
    /// When the mail left.
    #[schema(example = "2026-11-23T09:30:01.000000Z")]
    sent_at: Option<Timestamp>,
    /// When they said that they have seen it.
    #[schema(example = "2026-11-23T09:31:00.000000Z")]
    acknowledged_at: Option<Timestamp>,
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
                status: status(now, alert.created_at, r.sent_at, r.acknowledged_at, alert.state == "active"),
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
            cancellable_until: alert.created_at.plus(CANCELLABLE_FOR),
            ended_at: alert.ended_at,
        })
    }
}
