//! A write transaction: statements, jobs and announcements that become true together or not at all.

use super::{Arg, Backend, Change, Db, DbError, On, Session, Sql, postgres, sqlite, sqlite::Lane};
use crate::{
    events::Happened,
    jobs::{Job, Queued},
};
use deadpool_postgres::Object;
use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// A write transaction. Dropped without [`Tx::commit`] it rolls back, also when the request is cancelled.
#[derive(Debug)]
pub struct Tx {
    session: Session,
    db: Db,
    /// SQLite's one writer, for as long as the transaction lives.
    writer: Option<OwnedMutexGuard<Lane>>,
    done: bool,
    topics: Vec<String>,
    jobs: Vec<Queued>,
    last: Vec<Sql>,
}

impl Deref for Tx {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

pub(super) fn connection(client: Option<&Object>) -> Result<&Object, DbError> {
    client.ok_or_else(|| DbError::Statement("the transaction has ended".to_owned()))
}

/// Sends `begin` together with the first statement, which saves a round trip.
pub(super) async fn with_begin<T>(
    client: &Object,
    begun: &mut bool,
    statement: impl Future<Output = Result<T, DbError>>,
) -> Result<T, DbError> {
    if *begun {
        return statement.await;
    }
    *begun = true;
    let begin = async { client.batch_execute("begin").await.map_err(DbError::from) };
    // `join` polls in order, so `begin` goes out first, and the driver keeps the order.
    let (begin, done) = futures_util::future::join(begin, statement).await;
    begin.and(done)
}

impl Tx {
    pub(super) async fn begin(db: &Db) -> Result<Self, DbError> {
        let (on, writer) = match &db.inner.backend {
            Backend::Sqlite { write, .. } => {
                let writer = std::sync::Arc::clone(write).lock_owned().await;
                (On::Sqlite(writer.clone()), Some(writer))
            }
            Backend::Postgres(pool) => (On::PostgresTx { client: Some(pool.get().await?), begun: false }, None),
        };
        let tx = Self {
            session: Session { on, asked: std::sync::Arc::clone(&db.inner.asked) },
            db: db.clone(),
            writer,
            done: false,
            topics: Vec::new(),
            jobs: Vec::new(),
            last: Vec::new(),
        };
        if let Some(writer) = &tx.writer {
            // `immediate`: a transaction that read first and wrote later could not wait for another writer
            // (a command beside this process), it would fail at once.
            writer.call(|c| Ok(c.execute_batch("begin immediate")?)).await?;
        }
        Ok(tx)
    }

    pub(super) fn db_engine(&self) -> super::Engine {
        self.db.engine()
    }

    /// Runs a statement; how many rows it changed.
    pub async fn run(&mut self, sql: Sql) -> Result<u64, DbError> {
        self.session.asked.round_trip();
        match &mut self.session.on {
            On::Sqlite(lane) => lane.call(move |c| sqlite::run(c, &sql)).await,
            On::PostgresTx { client, begun } => {
                let client = connection(client.as_ref())?;
                with_begin(client, begun, postgres::run(client, &sql)).await
            }
            On::Postgres { client, .. } => postgres::run(client, &sql).await,
        }
    }

    /// Runs a fixed statement once for every row of arguments; for bulk loads.
    pub async fn run_many(&mut self, sql: Sql, rows: Vec<Vec<Arg>>) -> Result<u64, DbError> {
        self.session.asked.round_trip();
        match &mut self.session.on {
            On::Sqlite(lane) => lane.call(move |c| sqlite::run_many(c, &sql, &rows)).await,
            On::PostgresTx { client, begun } => {
                let client = connection(client.as_ref())?;
                with_begin(client, begun, postgres::run_many(client, &sql, &rows)).await
            }
            On::Postgres { client, .. } => postgres::run_many(client, &sql, &rows).await,
        }
    }

    /// Leaves a statement for the commit, where it costs no round trip of its own.
    pub fn run_at_commit(&mut self, sql: Sql) {
        self.last.push(sql);
    }

    /// Queues a job that runs after, and only if, this transaction commits.
    pub fn enqueue<J: Job>(&mut self, job: &J) -> Result<(), DbError> {
        self.jobs.push(Queued::new(job, &self.db.inner.clock, &self.db.inner.ids)?);
        Ok(())
    }

    /// As [`Tx::enqueue`], but the job begins at a moment that nobody can guess, within `most`: so that whoever sends more
    /// requests right after the one that queued it does not see how much it has to do.
    pub fn enqueue_within<J: Job>(&mut self, job: &J, most: Duration) -> Result<(), DbError> {
        self.jobs.push(Queued::new(job, &self.db.inner.clock, &self.db.inner.ids)?.within(most));
        Ok(())
    }

    /// As [`Tx::enqueue`], but the job is not ready before `delay` has passed.
    pub fn enqueue_after<J: Job>(&mut self, job: &J, delay: Duration) -> Result<(), DbError> {
        self.jobs.push(Queued::new(job, &self.db.inner.clock, &self.db.inner.ids)?.after(delay));
        Ok(())
    }

    /// Tells other domains that `event` happened to the thing `about`; see [`events`](crate::events).
    pub fn happened(&mut self, event: &'static str, about: impl Into<Arg>) -> Result<(), DbError> {
        self.enqueue(&Happened { event: event.to_owned(), about: id_of(about)?, again: false })
    }

    /// The same, and once more when every request that was on its way must be through: for listeners who count rows, to
    /// which such a request may still add one.
    pub fn happened_amid_requests(&mut self, event: &'static str, about: impl Into<Arg>) -> Result<(), DbError> {
        let about = id_of(about)?;
        self.happened(event, about)?;
        self.enqueue_after(&Happened { event: event.to_owned(), about, again: true }, ALL_THROUGH)
    }

    pub(crate) fn queue(&mut self, job: Queued) {
        self.jobs.push(job);
    }

    /// Says that `topic` is no longer what caches hold, here at commit and elsewhere within a second.
    pub fn changed(&mut self, topic: impl Into<String>) {
        let topic = topic.into();
        if !self.topics.contains(&topic) {
            self.topics.push(topic);
        }
    }

    /// Makes everything true at once. When this returns, caches of this process have forgotten what changed.
    pub async fn commit(mut self) -> Result<(), DbError> {
        let mut statements = std::mem::take(&mut self.last);
        let now = self.db.inner.clock.now();
        let has_jobs = !self.jobs.is_empty();
        if has_jobs {
            statements.push(Queued::insert(std::mem::take(&mut self.jobs)));
        }
        let topics = std::mem::take(&mut self.topics);
        let announce = (!topics.is_empty()).then(|| Change::insert(&topics, now));
        let position = match &mut self.session.on {
            On::Sqlite(lane) => {
                self.session.asked.round_trip();
                lane.call(move |c| {
                    for statement in &statements {
                        sqlite::run(c, statement)?;
                    }
                    let position = announce.as_ref().map(|a| sqlite::rows::<i64>(c, a)).transpose()?;
                    c.execute_batch("commit")?;
                    Ok(position)
                })
                .await?
            }
            On::PostgresTx { client, begun } => {
                let client = connection(client.as_ref())?;
                if *begun || !statements.is_empty() || announce.is_some() {
                    let finish = postgres::finish(client, &self.session.asked, &statements, announce.as_ref());
                    with_begin(client, begun, finish).await?
                } else {
                    None
                }
            }
            On::Postgres { .. } => None,
        };
        self.done = true;
        let changes = self.db.changes();
        if let Some(position) = position.and_then(|p| p.into_iter().next()) {
            changes.committed(&topics, position);
        }
        if has_jobs {
            changes.jobs_queued();
        }
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        match &mut self.session.on {
            On::Sqlite(lane) => {
                // Behind whatever this transaction still has in the queue, and before the next one may begin.
                lane.post(|c| {
                    if !c.is_autocommit()
                        && let Err(e) = c.execute_batch("rollback")
                    {
                        tracing::error!(error = %e, "a transaction could not be rolled back");
                    }
                });
            }
            On::PostgresTx { client, begun } => {
                let Some(client) = client.take() else { return };
                if !*begun {
                    return; // nothing was sent; the connection goes back as it is
                }
                let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                    drop(Object::take(client)); // closed: the server rolls back
                    return;
                };
                runtime.spawn(async move {
                    let rollback = client.batch_execute("rollback");
                    let done = tokio::time::timeout(Duration::from_secs(2), rollback).await;
                    if !matches!(done, Ok(Ok(()))) {
                        drop(Object::take(client));
                    }
                });
            }
            On::Postgres { .. } => {}
        }
    }
}

/// Longer than a request may take.
const ALL_THROUGH: Duration = Duration::from_mins(2);

fn id_of(about: impl Into<Arg>) -> Result<Uuid, DbError> {
    let Arg::Uuid(about) = about.into() else {
        return Err(DbError::Statement("an event about something without an id".to_owned()));
    };
    Ok(about)
}
