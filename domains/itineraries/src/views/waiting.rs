//! Views that wait to be written.

use super::{
    model::{View, Viewer},
    store,
};
use crate::{api, model::ItineraryId};
use kernel::{App, Result, batches::Batch, clock::Day};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// As many wait at most; whoever comes then waits until they are written.
const MOST: usize = 50_000;

/// The views that this process has counted and not yet written.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    views: Mutex<Views>,
    /// Held by whoever writes.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Views {
    by_trip: BTreeMap<ItineraryId, BTreeSet<(Day, Viewer)>>,
    len: usize,
}

impl Views {
    fn add(&mut self, view: View) -> bool {
        let is_new = self.by_trip.entry(view.itinerary).or_default().insert((view.day, view.viewer));
        self.len += usize::from(is_new);
        is_new
    }

    fn remove(&mut self, view: &View) {
        let Some(of_trip) = self.by_trip.get_mut(&view.itinerary) else { return };
        self.len -= usize::from(of_trip.remove(&(view.day, view.viewer)));
        if of_trip.is_empty() {
            self.by_trip.remove(&view.itinerary);
        }
    }

    fn all(&self) -> Vec<View> {
        let of_trip = |(itinerary, viewers): (&ItineraryId, &BTreeSet<(Day, Viewer)>)| {
            let itinerary = *itinerary;
            viewers.iter().map(move |(day, viewer)| View { itinerary, day: *day, viewer: *viewer }).collect::<Vec<_>>()
        };
        self.by_trip.iter().flat_map(of_trip).collect()
    }
}

impl Waiting {
    fn views(&self) -> MutexGuard<'_, Views> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this view waits already.
    pub(super) fn has(&self, view: &View) -> bool {
        self.views().by_trip.get(&view.itinerary).is_some_and(|of_trip| of_trip.contains(&(view.day, view.viewer)))
    }

    /// How many views of a trip wait.
    pub(super) fn count(&self, itinerary: ItineraryId) -> i64 {
        let count = self.views().by_trip.get(&itinerary).map_or(0, BTreeSet::len);
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
    /// Views stay in memory until they are committed, so that a failure loses none; what is written twice is refused by
    /// the primary key and counts once.
    async fn write(app: App) -> Result<()> {
        let waiting = app.batches.of::<Self>();
        let _only = waiting.writing.lock().await;
        let views = waiting.views().all();
        if views.is_empty() {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        for itinerary in store::write(&mut tx, &views).await? {
            // The pages of these trips; lists, which many read, show the new count when their entries end.
            tx.changed(api::topic(itinerary));
        }
        tx.commit().await?;
        let mut still = waiting.views();
        for view in &views {
            still.remove(view);
        }
        Ok(())
    }
}
