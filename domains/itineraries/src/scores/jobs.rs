//! When scores are computed.

use super::{
    model::{Facts, Maxima, Scores},
    store,
};
use crate::{api, model::ItineraryId, store::lock};
use kernel::{App, Result, auth::TravelerId, clock::Timestamp, db::Tx, jobs::Job};
use serde::{Deserialize, Serialize};
use std::time::Duration;
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
        if lock(&mut tx, self.itinerary).await?.is_some() && score(&mut tx, &[self.itinerary]).await?.changed {
            tx.changed("itineraries");
        }
        Ok(tx.commit().await?)
    }
}

/// Scores some trips: those that people looked at, say, which are many in a batch.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScoreTrips {
    itineraries: Vec<ItineraryId>,
}

impl ScoreTrips {
    /// As many jobs as these trips need.
    pub(super) fn of(mut ids: Vec<ItineraryId>) -> impl Iterator<Item = Self> {
        std::iter::from_fn(move || {
            let rest = ids.split_off(ids.len().min(STEP));
            let itineraries = std::mem::replace(&mut ids, rest);
            (!itineraries.is_empty()).then_some(Self { itineraries })
        })
    }
}

impl Job for ScoreTrips {
    const KIND: &'static str = "score_some_itineraries";

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let held = store::hold(&mut tx, &self.itineraries).await?;
        if score(&mut tx, &held).await?.changed {
            tx.changed("itineraries");
        }
        Ok(tx.commit().await?)
    }
}

/// Scores all trips of somebody, the newest first and some in a transaction, after anything about them that scores depend on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ScoreAuthor {
    author: TravelerId,
    /// The last trip that was scored; some have thousands.
    after: Option<(Timestamp, ItineraryId)>,
}

impl From<Uuid> for ScoreAuthor {
    fn from(author: Uuid) -> Self {
        Self { author: TravelerId(author), after: None }
    }
}

impl Job for ScoreAuthor {
    const KIND: &'static str = "score_itineraries_of_author";

    fn unique_key(&self) -> Option<String> {
        let after = self.after.map(|(_, trip)| trip.to_string()).unwrap_or_default();
        Some(format!("{} {after}", self.author))
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let next = store::of_author(&mut tx, self.author, self.after, STEP).await?;
        let ids: Vec<ItineraryId> = next.iter().map(|trip| trip.id).collect();
        let held = store::hold(&mut tx, &ids).await?;
        if score(&mut tx, &held).await?.changed {
            tx.changed("itineraries");
        }
        if let Some(last) = next.last().filter(|_| next.len() == STEP) {
            tx.enqueue(&Self { after: Some((last.created_at, last.id)), ..self })?;
        }
        Ok(tx.commit().await?)
    }
}

/// What was met while trips were scored.
struct Scored {
    /// What they have most.
    met: Maxima,
    /// Whether any has other scores than before.
    changed: bool,
}

/// Scores trips that are held, and raises the maxima where they have more. Lists are for the caller to announce.
async fn score(tx: &mut Tx, ids: &[ItineraryId]) -> Result<Scored> {
    if ids.is_empty() {
        return Ok(Scored { met: Maxima::default(), changed: false });
    }
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
    }
    Ok(Scored { met: seen, changed: !changed.is_empty() })
}

/// Trips a step.
const STEP: usize = 100;

/// How often a walk makes lists fresh: each time, what is kept of them is made anew.
const FRESH: Duration = Duration::from_secs(1);

/// Scores all trips, a hundred a step, every night; each step leaves the next one as a job. At the end the maxima become
/// what was met on the way, since what had most may be gone.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ScoreAll {
    after: Uuid,
    met: Maxima,
    /// When lists were made fresh last.
    told: Option<Timestamp>,
    /// Whether scores have changed since.
    untold: bool,
}

impl ScoreAll {
    /// The next step, after trips up to `last`.
    fn next(self, last: ItineraryId, scored: &Scored) -> Self {
        Self { after: last.0, met: self.met.or(scored.met), untold: self.untold || scored.changed, told: self.told }
    }

    /// Makes lists fresh if they are not, and a second has passed.
    fn tell(&mut self, tx: &mut Tx, now: Timestamp) {
        if self.untold && self.told.is_none_or(|told| told.plus(FRESH) <= now) {
            tx.changed("itineraries");
            (self.told, self.untold) = (Some(now), false);
        }
    }
}

impl Job for ScoreAll {
    const KIND: &'static str = "score_all_itineraries";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(mut self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let ids = store::hold_after(&mut tx, self.after, STEP).await?;
        if let Some(last) = ids.last() {
            let scored = score(&mut tx, &ids).await?;
            let mut next = self.next(*last, &scored);
            next.tell(&mut tx, app.clock.now());
            tx.enqueue(&next)?;
        } else {
            self.told = None;
            self.tell(&mut tx, app.clock.now());
            store::set(&mut tx, self.met);
        }
        Ok(tx.commit().await?)
    }
}
