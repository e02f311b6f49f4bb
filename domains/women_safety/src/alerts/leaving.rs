//! The calls of somebody whose account is gone.

use super::{jobs::SendAllClear, model::ALL_CLEAR_WITHIN, store};
use crate::settings::{self, contacts};
use kernel::{App, Result, auth::TravelerId, db::Tx};

/// Ends what is under way, and forgets all calls but those of which somebody is still to hear that they are over; whether
/// there are such. Before the settings are forgotten, which say who hears of it.
pub(crate) async fn leave(app: &App, tx: &mut Tx, owner: TravelerId) -> Result<bool> {
    let now = app.clock.now();
    let ended = store::end_all(tx, owner, now).await?;
    let since = now.minus(ALL_CLEAR_WITHIN);
    let mut waiting = store::waiting(tx, owner, since).await?;
    if let Some(sender) = store::hold_sender(tx, owner).await? {
        let contacts = contacts(&app.config.data_keys, owner, sender.emergency_contacts.as_deref())?;
        let standing = settings::standing(tx, owner, &contacts).await?;
        for recipient in waiting.extract_if(.., |r| !standing.hears(&contacts, r.consent_id)) {
            tx.run(store::cleared(recipient.id, now)).await?;
        }
    }
    for recipient in waiting.iter().filter(|r| ended.contains(&r.alert_id)) {
        tx.enqueue(&SendAllClear { recipient: recipient.id })?;
    }
    store::forget_of(tx, owner, waiting.iter().map(|r| r.alert_id)).await?;
    Ok(!waiting.is_empty())
}
