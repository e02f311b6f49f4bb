//! Forgetting who looked.

use super::{model::viewer_of, store};
use crate::{model::ItineraryId, scores};
use kernel::{App, Result, auth::TravelerId, jobs::Job};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// Forgets the views of days that are over, every hour; yesterday's stay for a batch that waited over midnight. And the
/// travellers by whom trips are ranked, 90 days after they came first: whoever comes back then counts again, once.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ForgetViews {}

/// As many in a transaction: a day has millions, and others write meanwhile.
const TOGETHER: i64 = 2_000;

const VIEWS: Duration = Duration::from_hours(24);
const VIEWERS: Duration = Duration::from_hours(24 * 90);

impl Job for ForgetViews {
    const KIND: &'static str = "forget_views";

    fn unique_key(&self) -> Option<String> {
        Some(String::new())
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let since = |span| app.clock.now().minus(span).day();
        let views = store::forget(&mut tx, since(VIEWS), TOGETHER).await?;
        let (viewers, trips) = store::forget_viewers(&mut tx, since(VIEWERS), TOGETHER).await?;
        if !trips.is_empty() {
            tx.changed("itineraries");
            scores::rescore_many(&mut tx, trips)?;
        }
        let more = |n: Option<i64>| n == Some(TOGETHER);
        if more(i64::try_from(views).ok()) || more(i64::try_from(viewers).ok()) {
            tx.enqueue(&self)?;
        }
        Ok(tx.commit().await?)
    }
}

/// Somebody was banned: counts them no more among the viewers of trips. Or they left: forgets who the viewer was and counts
/// on, or a figure that falls when an account goes would say what it had looked at. Nothing says which trips those are, so
/// all are asked, some at a time.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ForgetViewer {
    viewer: TravelerId,
    /// The last trip that was asked.
    after: ItineraryId,
}

impl From<Uuid> for ForgetViewer {
    fn from(viewer: Uuid) -> Self {
        Self { viewer: TravelerId(viewer), after: ItineraryId(Uuid::nil()) }
    }
}

impl Job for ForgetViewer {
    const KIND: &'static str = "forget_viewer_of_itineraries";

    fn unique_key(&self) -> Option<String> {
        Some(format!("{} {}", self.viewer, self.after))
    }

    async fn run(self, app: App, _: Uuid) -> Result<()> {
        let mut tx = app.db.write().await?;
        let Some(standing) = store::standing(&mut tx, self.viewer).await?.filter(|s| !s.is_active) else {
            return Ok(());
        };
        let trips = store::trips_after(&mut tx, self.after, TOGETHER).await?;
        let Some(after) = trips.last().copied() else { return Ok(()) };
        let keys = &app.config.auth.keys;
        let viewers: Vec<_> = trips.iter().map(|trip| viewer_of(*trip, self.viewer, keys)).collect();
        if standing.is_gone {
            store::forget_who(&mut tx, &viewers, || *app.new_uuid().as_bytes()).await?;
        } else {
            let trips = store::remove(&mut tx, &viewers).await?;
            if !trips.is_empty() {
                tx.changed("itineraries");
                scores::rescore_many(&mut tx, trips)?;
            }
        }
        tx.enqueue(&Self { after, ..self })?;
        Ok(tx.commit().await?)
    }
}
