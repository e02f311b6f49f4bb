//! What is counted in memory and written in batches: every second, and once more when the process stops. A kill loses
//! what was counted since the last batch, so this is for figures such as views, and for nothing that was promised.
//!
//! A domain keeps what waits in a value of its own, which [`Batches::of`] finds by its type, and registers it with
//! [`Jobs::in_batches`](crate::jobs::Jobs::in_batches).

use crate::{App, Result};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// What waits to be written.
pub trait Batch: Default + Send + Sync + 'static {
    /// Writes what waits. What could not be written must wait on, and what is written twice must count once: a process
    /// may be cut anywhere.
    fn write(app: App) -> impl Future<Output = Result<()>> + Send;
}

type Kept = Arc<dyn Any + Send + Sync>;

/// Everything that waits in this process, one value of each type.
#[derive(Default)]
pub struct Batches(RwLock<HashMap<TypeId, Kept>>);

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Batches")
    }
}

impl Batches {
    /// The one value of this type.
    pub fn of<B: Batch>(&self) -> Arc<B> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<B>()).cloned();
        let kept = kept.unwrap_or_else(|| {
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(TypeId::of::<B>()).or_insert_with(|| Arc::new(B::default())))
        });
        kept.downcast().unwrap_or_default() // found by its type, so it is of that type
    }
}

/// How long something may wait.
const EVERY: Duration = Duration::from_secs(1);

/// Writes what waits every second, until the process is to stop. Requests that are answered after that are written by
/// the last [`flush`].
pub async fn work(app: App) {
    while tokio::time::timeout(EVERY, app.stop.cancelled()).await.is_err() {
        flush(&app).await;
    }
}

/// Writes everything that waits now. What fails waits for the next time.
pub async fn flush(app: &App) {
    for write in app.jobs.batches() {
        if let Err(error) = write(app.clone()).await {
            tracing::warn!(%error, "a batch could not be written and waits on");
        }
    }
}
