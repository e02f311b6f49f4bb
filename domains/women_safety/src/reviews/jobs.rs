//! What happens to reviews when something happened to their authors.

use super::{model::ReviewId, store};
use kernel::{
    App, Result,
    auth::TravelerId,
    jobs::{Job, Jobs},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) fn jobs() -> Jobs {
    Jobs::default().on_event::<RecountReviews>("traveler_standing_changed")
}

/// Somebody was banned, is back, or left: takes their reviews out of the figures of guides, or brings them back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RecountReviews {
    author: TravelerId,
    /// The last review that was looked at.
    after: ReviewId,
}

impl From<Uuid> for RecountReviews {
    fn from(author: Uuid) -> Self {
        Self { author: TravelerId(author), after: ReviewId(Uuid::nil()) }
    }
}

/// Reviews in a transaction.
const BATCH: i64 = 100;

impl Job for RecountReviews {
    const KIND: &'static str = "recount_guide_reviews";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{} {}", self.author, self.after))
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let held = store::hold_by(&mut tx, self.author, self.after, BATCH).await?;
        store::recount(&mut tx, self.author, &held).await?;
        if i64::try_from(held.len()).is_ok_and(|n| n == BATCH)
            && let Some(after) = held.last().copied()
        {
            tx.enqueue(&Self { after, ..self })?;
        }
        Ok(tx.commit().await?)
    }
}
