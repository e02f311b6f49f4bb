//! What is left of guides and their guests whose accounts are gone.

use super::store;
use crate::{bookings, settings};
use kernel::{
    App, Result,
    auth::TravelerId,
    jobs::{Job, Jobs},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) fn jobs() -> Jobs {
    Jobs::default().on_event::<EraseGuiding>("traveler_standing_changed")
}

/// Erases what somebody whose account is gone wrote about herself as a guide, and into bookings as a guide or as a guest. The
/// days stay, and what became of them: they are the other side's as well.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EraseGuiding {
    traveler: TravelerId,
}

impl From<Uuid> for EraseGuiding {
    fn from(id: Uuid) -> Self {
        Self { traveler: TravelerId(id) }
    }
}

impl Job for EraseGuiding {
    const KIND: &'static str = "erase_guiding";

    fn unique_key(&self) -> Option<String> {
        Some(self.traveler.to_string())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        if !settings::is_deleted(&mut tx, self.traveler).await? {
            return Ok(());
        }
        // The bookings first, as everywhere.
        bookings::store::erase(&mut tx, self.traveler);
        store::erase(&mut tx, self.traveler);
        Ok(tx.commit().await?)
    }
}
