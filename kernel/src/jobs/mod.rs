//! Work that happens after a transaction, and on a schedule: in a table of the same database, so that a job exists
//! exactly when what it follows from does. Each is tried until it succeeds, at most [`Job::TRIES`] times.

mod housekeeping;
mod runner;

pub use housekeeping::Housekeeping;
pub use runner::{run_ready, tick_schedules, work};

use crate::{
    App, Error, Result,
    batches::Batch,
    clock::{Clock, Timestamp},
    db::{Arg, DbError, Sql, open},
    id::Ids,
};
use futures_util::future::BoxFuture;
use rand::RngExt;
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashMap, str::FromStr, time::Duration};
use uuid::Uuid;

/// Something to do later. It may run more than once, so doing it twice must be like doing it once.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the table.
    const KIND: &'static str;
    /// Tries before it is given up and kept as dead.
    const TRIES: i64 = 5;
    /// Whether it is done before everything else that is ready, in a place that nothing else takes, and tried again within a
    /// minute.
    const URGENT: bool = false;
    /// A try that takes longer has failed.
    const TIMEOUT: Duration = Duration::from_secs(20);

    /// Jobs of a kind with the same key that wait at the same time are one.
    fn unique_key(&self) -> Option<String> {
        None
    }

    /// Does it. `id` is the same at every try.
    fn run(self, app: App, id: Uuid) -> impl Future<Output = Result<()>> + Send;
}

/// A job on its way into the table.
#[derive(Debug)]
pub struct Queued {
    id: Uuid,
    kind: &'static str,
    payload: String,
    run_at: Timestamp,
    urgent: bool,
    created_at: Timestamp,
    tries: i64,
    unique_key: Option<String>,
}

impl Queued {
    pub(crate) fn new<J: Job>(job: &J, clock: &Clock, ids: &Ids) -> Result<Self, DbError> {
        Ok(Self {
            id: ids.next(clock),
            kind: J::KIND,
            payload: serde_json::to_string(job).map_err(|e| DbError::Statement(e.to_string()))?,
            run_at: clock.now(),
            urgent: J::URGENT,
            created_at: clock.now(),
            tries: J::TRIES,
            unique_key: job.unique_key(),
        })
    }

    /// The same, but not before some moment within `most` from now.
    pub(crate) fn within(mut self, most: Duration) -> Self {
        self.run_at = self.run_at.plus(most.mul_f64(rand::rng().random_range(0.0..1.0)));
        self
    }

    /// The same, but so much later.
    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.run_at = self.run_at.plus(delay);
        self
    }

    /// One that waits under the same key stands for this one as well, and is held until the transaction ends: whoever begins
    /// it sees what this transaction wrote. In one order everywhere, so that two transactions do not wait for each other.
    pub(crate) fn insert(mut jobs: Vec<Self>) -> Sql {
        jobs.sort_by(|a, b| (a.kind, &a.unique_key).cmp(&(b.kind, &b.unique_key)));
        jobs.dedup_by(|a, b| a.kind == b.kind && a.unique_key.is_some() && a.unique_key == b.unique_key);
        let mut sql = open("insert into jobs");
        sql.push(" (id, kind, payload, state, run_at, urgent, attempts, max_attempts, unique_key, created_at)");
        sql.push_rows(jobs.into_iter().map(|job| {
            vec![
                job.id.into(),
                job.kind.into(),
                Arg::Json(job.payload),
                "ready".into(),
                job.run_at.into(),
                job.urgent.into(),
                Arg::Int(0),
                job.tries.into(),
                job.unique_key.into(),
                job.created_at.into(),
            ]
        }));
        sql.push(" on conflict (kind, unique_key) where state = 'ready' do update set run_at = jobs.run_at");
        sql
    }
}

type Run = fn(App, Uuid, String) -> BoxFuture<'static, Result<()>>;
/// Writes what waits in memory.
pub(crate) type Write = fn(App) -> BoxFuture<'static, Result<()>>;
/// Makes the job of one listener from the id of the thing that something happened to.
pub(crate) type Listener = fn(Uuid, &Clock, &Ids) -> Result<Queued, DbError>;

#[derive(Debug, Clone, Copy)]
struct Kind {
    run: Run,
    timeout: Duration,
}

#[derive(Clone)]
struct Schedule {
    name: &'static str,
    cron: croner::Cron,
    text: &'static str,
    queue: fn(&Clock, &Ids) -> Result<Queued, DbError>,
}

impl Schedule {
    fn next(&self, after: Timestamp) -> Result<Timestamp> {
        let next = self.cron.find_next_occurrence(&after.utc(), false);
        next.map(Timestamp::from).map_err(|e| Error::internal(format!("schedule {}: {e}", self.name)))
    }
}

/// Every kind of job that this program knows how to do.
#[derive(Default, Clone)]
pub struct Jobs {
    kinds: HashMap<&'static str, Kind>,
    schedules: Vec<Schedule>,
    listeners: Vec<(&'static str, Listener)>,
    batches: Vec<Write>,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.kinds.keys()).finish()
    }
}

impl Jobs {
    /// Knows how to do `J`.
    #[must_use]
    pub fn on<J: Job>(mut self) -> Self {
        let run: Run = |app, id, payload| {
            Box::pin(async move {
                let job: J = serde_json::from_str(&payload)
                    .map_err(|e| Error::internal(format!("a job that cannot be read: {e}")))?;
                job.run(app, id).await
            })
        };
        self.kinds.insert(J::KIND, Kind { run, timeout: J::TIMEOUT });
        self
    }

    /// Does `J` whenever `cron` says (UTC; minute hour day month weekday), once however many processes run.
    ///
    /// # Panics
    /// At start, when `cron` is not a cron expression.
    #[must_use]
    pub fn every<J: Job + Default>(self, cron: &'static str) -> Self {
        let mut jobs = self.on::<J>();
        jobs.schedules.push(Schedule {
            name: J::KIND,
            cron: croner::Cron::from_str(cron).expect("a constant that every start reads"),
            text: cron,
            queue: |clock, ids| Queued::new(&J::default(), clock, ids),
        });
        jobs
    }

    /// Does `J` after `event` happened to the thing with the id that it is made from.
    #[must_use]
    pub fn on_event<J: Job + From<Uuid>>(self, event: &'static str) -> Self {
        let mut jobs = self.on::<J>();
        jobs.listeners.push((event, |about, clock, ids| Queued::new(&J::from(about), clock, ids)));
        jobs
    }

    /// Writes what waits in `B` every second and when the process stops; see [`batches`](crate::batches).
    #[must_use]
    pub fn in_batches<B: Batch>(mut self) -> Self {
        self.batches.push(|app| Box::pin(B::write(app)));
        self
    }

    /// What is written in batches.
    pub(crate) fn batches(&self) -> impl Iterator<Item = Write> {
        self.batches.iter().copied()
    }

    /// Whoever listens to `event`.
    pub(crate) fn listeners(&self, event: &str) -> impl Iterator<Item = Listener> {
        self.listeners.iter().filter(move |(name, _)| *name == event).map(|(_, listener)| *listener)
    }

    /// These and those.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.kinds.extend(other.kinds);
        self.schedules.extend(other.schedules);
        self.listeners.extend(other.listeners);
        self.batches.extend(other.batches);
        self
    }
}
