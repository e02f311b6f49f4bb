//! Views that wait to be written.

use super::{
    model::{View, Viewer},
    store,
};
use crate::{api, model::ItineraryId, scores};
use kernel::{App, Result, batches::Batch, clock::Day};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// As many wait at most; whoever comes then waits until they are written.
const MOST: usize = 50_000;
/// As many are written in a transaction, which holds the rows of their trips, and the only writer of an embedded database.
const TOGETHER: usize = 500;

/// The views that this process has counted and not yet written.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    views: Mutex<Views>,
    /// Held by whoever writes.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Views {
    /// Who looked on which day, and who of them is a traveller.
    by_trip: BTreeMap<ItineraryId, BTreeMap<(Day, Viewer), Option<Viewer>>>,
    len: usize,
}

impl Views {
    fn add(&mut self, view: View) -> bool {
        let of_trip = self.by_trip.entry(view.itinerary).or_default();
        let is_new = of_trip.insert((view.day, view.viewer), view.traveler).is_none();
        self.len += usize::from(is_new);
        is_new
    }

    fn remove(&mut self, view: &View) {
        let Some(of_trip) = self.by_trip.get_mut(&view.itinerary) else { return };
        self.len -= usize::from(of_trip.remove(&(view.day, view.viewer)).is_some());
        if of_trip.is_empty() {
            self.by_trip.remove(&view.itinerary);
        }
    }

    fn all(&self) -> Vec<View> {
        let of_trips = self.by_trip.iter().flat_map(|(itinerary, views)| views.iter().map(move |v| (*itinerary, v)));
        of_trips.map(|(itinerary, (&(day, viewer), &traveler))| View { itinerary, day, viewer, traveler }).collect()
    }
}

impl Waiting {
    fn views(&self) -> MutexGuard<'_, Views> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this view waits already.
    pub(super) fn has(&self, view: &View) -> bool {
        self.views().by_trip.get(&view.itinerary).is_some_and(|of_trip| of_trip.contains_key(&(view.day, view.viewer)))
    }

    /// How many views of a trip wait.
    pub(super) fn count(&self, itinerary: ItineraryId) -> i64 {
        let count = self.views().by_trip.get(&itinerary).map_or(0, BTreeMap::len);
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    /// Lets a view wait; whether it did not wait already. Memory is bounded: when it is full, what waits is written first.
    pub(super) async fn add(&self, app: &App, view: View) -> Result<bool> {
        if self.views().len >= MOST {
            Self::write(app.clone()).await?;
        }
        Ok(self.views().add(view))
    }
}

impl Batch for Waiting {
    /// Views stay in memory until they are committed, some hundreds at a time, so that a failure loses none; what is written twice is refused by
    /// the primary key and counts once.
    async fn write(app: App) -> Result<()> {
        let waiting = app.batches.of::<Self>();
        let _only = waiting.writing.lock().await;
        let views = waiting.views().all();
        for views in views.chunks(TOGETHER) {
            let mut tx = app.db.write().await?;
            let new = store::write(&mut tx, views).await?;
            for itinerary in new.keys() {
                tx.changed(api::topic(*itinerary));
                // Lists as well: for viewers with blocks they are never kept, and a count that is new for them and old for
                // everybody else would tell of the block.
                tx.changed("itineraries");
            }
            let looked_at = new.into_iter().filter(|(_, by)| by.viewers > 0).map(|(itinerary, _)| itinerary);
            scores::rescore_many(&mut tx, looked_at.collect())?;
            tx.commit().await?;
            let mut still = waiting.views();
            for view in views {
                still.remove(view);
            }
        }
        Ok(())
    }
}
