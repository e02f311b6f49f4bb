//! When scores are computed.

use super::{
    model::{Facts, Maxima, Scores},
    store,
};
use crate::{api, model::ItineraryId, store::lock};
use kernel::{App, Result, db::Tx, jobs::Job};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Scores one trip, after anything that its scores depend on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScoreItinerary {
    /// Which.
    pub itinerary: ItineraryId,
}

impl From<Uuid> for ScoreItinerary {
    fn from(id: Uuid) -> Self {
        Self { itinerary: ItineraryId(id) }
    }
}

impl Job for ScoreItinerary {
    const KIND: &'static str = "score_itinerary";

    fn unique_key(&self) -> Option<String> {
        Some(self.itinerary.to_string())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        // Held before it is read: of two jobs, the later one must not be overwritten by the earlier one.
        if lock(&mut tx, self.itinerary).await?.is_some() {
            score(&mut tx, &[self.itinerary]).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Scores trips that are held, and raises the maxima where they have more. What they have most is returned.
async fn score(tx: &mut Tx, ids: &[ItineraryId]) -> Result<Maxima> {
    let (facts, known) = (store::facts(tx, ids).await?, store::maxima(tx).await?);
    let seen = facts.iter().map(Facts::most).fold(Maxima::default(), Maxima::or);
    let most = known.or(seen);
    if most != known {
        store::raise(tx, most);
    }
    let mut changed = Vec::new();
    for facts in &facts {
        let scores = Scores::of(facts, most);
        if !facts.have(&scores) {
            changed.push((facts, scores));
        }
    }
    if !changed.is_empty() {
        store::write(tx, &changed).await?;
        for (facts, _) in &changed {
            tx.changed(api::topic(facts.id));
        }
        tx.changed("itineraries");
    }
    Ok(seen)
}

/// Trips a step.
const STEP: i64 = 100;

/// Scores all trips, a hundred a step, every night; each step leaves the next one as a job. At the end the maxima become
/// what was met on the way, since what had most may be gone.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ScoreAll {
    after: Uuid,
    met: Maxima,
}

impl Job for ScoreAll {
    const KIND: &'static str = "score_all_itineraries";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let ids = store::hold_after(&mut tx, self.after, STEP).await?;
        if let Some(last) = ids.last() {
            let met = self.met.or(score(&mut tx, &ids).await?);
            tx.enqueue(&Self { after: last.0, met })?;
        } else {
            store::set(&mut tx, self.met);
        }
        Ok(tx.commit().await?)
    }
}
