//! How a write becomes known: to the caches of this process before its reply, to other processes within a second.
//!
//! A transaction that changes what others may hold writes one row into `changes`. Every process reads the rows it has
//! not seen, at least every 250 ms and at once when it is woken. The table is the truth: waking (LISTEN, Redis) only
//! makes it faster, and may fail.

use super::{Db, DbError, Session, Sql};
use crate::{by_engine, clock::Timestamp, record, sql};
use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// What is told of one change.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// What changed, such as `itinerary:<id>`; `None`: anything may have, forget it all.
    pub topic: Option<&'a str>,
    /// Where the change stands in the database's history; see [`Changes::horizon`].
    pub position: i64,
}

type Listener = Box<dyn Fn(Change<'_>) + Send + Sync>;

/// The announcements of this process.
#[derive(Default)]
pub struct Changes {
    listeners: RwLock<Vec<Listener>>,
    horizon: AtomicI64,
    heard: RwLock<Option<Instant>>,
    /// Rung after a commit that others want to hear of.
    pub(crate) bell: Arc<Notify>,
    /// Rung when this process should look into `changes` now.
    pub(crate) look: Arc<Notify>,
    /// Rung when there may be jobs to do.
    pub(crate) work: Arc<Notify>,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("horizon", &self.horizon()).finish_non_exhaustive()
    }
}

/// How often `changes` is read when nobody wakes us.
const EVERY: Duration = Duration::from_millis(250);
/// After a silence as long as this, nothing held is shown. A busy machine may skip a few looks.
const DEAF: Duration = Duration::from_secs(2);
/// After a silence as long as this, rows may have been cleaned away unread, and everything held is forgotten.
const LOST: Duration = Duration::from_mins(10);
/// Longest time for which rows of `changes` must stay; longer than [`LOST`].
const KEEP: Duration = Duration::from_mins(30);

impl Change<'_> {
    /// The row of a transaction's changes. It yields the position: the transaction id on PostgreSQL, where rows of
    /// concurrent transactions become visible in any order, and the row id on SQLite, which has one writer.
    pub(super) fn insert(topics: &[String], at: Timestamp) -> Sql {
        by_engine!(
            sqlite: "insert into changes (topics, at) values ($1, $2) returning id",
            postgres: "insert into changes (topics, at) values ($1, $2) returning cast(cast(xid as text) as bigint)",
        )
        .bind(topics.join("\n"))
        .bind(at)
    }
}

record! {
    struct News { horizon: i64, snapshot: String, topics: Option<String>, position: Option<i64> }
}

async fn news(session: &mut Session, since: &str) -> Result<Vec<News>, DbError> {
    session
        .all(
            by_engine!(
                sqlite: "select s.horizon, cast(s.horizon as text) as snapshot, c.topics, c.id as position
                         from (select coalesce(max(id), 0) + 1 as horizon from changes) s
                         left join changes c on c.id >= cast($1 as integer) order by c.id",
                postgres: "select cast(cast(pg_snapshot_xmin(s.now) as text) as bigint) as horizon,
                                  cast(s.now as text) as snapshot, c.topics, cast(cast(c.xid as text) as bigint) as position
                           from (select pg_current_snapshot() as now) s
                           left join changes c on c.xid >= pg_snapshot_xmin(cast(cast($1 as text) as pg_snapshot))
                                and not pg_visible_in_snapshot(c.xid, cast(cast($1 as text) as pg_snapshot))
                           order by c.id",
            )
            .bind(since),
        )
        .await
}

record! {
    struct Now { horizon: i64, snapshot: String, next: i64 }
}

async fn now(session: &mut Session) -> Result<Now, DbError> {
    session
        .one(by_engine!(
            sqlite: "select coalesce(max(id), 0) + 1 as horizon, cast(coalesce(max(id), 0) + 1 as text) as snapshot,
                            coalesce(max(id), 0) + 1 as next from changes",
            postgres: "select cast(cast(pg_snapshot_xmin(s.now) as text) as bigint) as horizon, cast(s.now as text) as snapshot,
                              cast(cast(pg_snapshot_xmax(s.now) as text) as bigint) as next
                       from (select pg_current_snapshot() as now) s",
        ))
        .await
}

impl Changes {
    /// Calls `listener` for every change, in this process and elsewhere. It must be quick.
    pub fn on(&self, listener: impl Fn(Change<'_>) + Send + Sync + 'static) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(listener));
    }

    /// Every change with a position below this one has been heard here.
    pub fn horizon(&self) -> i64 {
        self.horizon.load(Ordering::Acquire)
    }

    /// Whether changes made elsewhere are being heard. When not, what is held may be out of date.
    pub fn is_listening(&self) -> bool {
        self.heard.read().unwrap_or_else(PoisonError::into_inner).is_some_and(|heard| heard.elapsed() < DEAF)
    }

    fn tell(&self, change: Change<'_>) {
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(change);
        }
    }

    pub(super) fn committed(&self, topics: &[String], position: i64) {
        for topic in topics {
            self.tell(Change { topic: Some(topic), position });
        }
        self.bell.notify_one();
    }

    pub(super) fn jobs_queued(&self) {
        self.work.notify_one();
        self.bell.notify_one();
    }

    fn heard_at(&self, at: Instant) {
        *self.heard.write().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    /// Where to listen from; call it once before anything is cached.
    pub(crate) async fn start(&self, db: &Db) -> Result<String, DbError> {
        let asked = Instant::now();
        let now = now(&mut db.read().await?).await?;
        self.horizon.store(now.horizon, Ordering::Release);
        // Everything before `next` has happened or is happening without our having heard of it; what others kept from
        // then may be out of date, and we cannot tell.
        self.tell(Change { topic: None, position: now.next });
        self.heard_at(asked);
        Ok(now.snapshot)
    }

    /// Reads what is new since `snapshot` and tells it.
    async fn listen_once(&self, db: &Db, snapshot: &str) -> Result<String, DbError> {
        let asked = Instant::now();
        let news = news(&mut db.read().await?.uncounted(), snapshot).await?;
        let silence = self.heard.read().unwrap_or_else(PoisonError::into_inner).map_or(LOST, |h| h.elapsed());
        let mut next = snapshot.to_owned();
        let mut horizon = self.horizon();
        for row in news {
            if let (Some(topics), Some(position)) = (&row.topics, row.position) {
                for topic in topics.split('\n') {
                    self.tell(Change { topic: Some(topic), position });
                }
            }
            horizon = row.horizon;
            next = row.snapshot;
        }
        if silence >= LOST {
            self.tell(Change { topic: None, position: horizon });
        }
        self.horizon.store(horizon, Ordering::Release);
        self.heard_at(asked);
        Ok(next)
    }

    /// Listens until the process ends; failures are retried with the next tick.
    pub(crate) async fn listen(&self, db: &Db, mut snapshot: Option<String>) {
        loop {
            let result = match &snapshot {
                Some(since) => self.listen_once(db, since).await,
                // The database was away at the start; whatever was cached meanwhile is forgotten.
                None => self.start(db).await,
            };
            match result {
                Ok(next) => snapshot = Some(next),
                Err(error) => tracing::warn!(%error, "changes of other processes cannot be read"),
            }
            let _ = tokio::time::timeout(EVERY, self.look.notified()).await;
        }
    }
}

/// Forgets changes that every process has read long ago.
pub(crate) fn forget_changes(now: Timestamp) -> Sql {
    sql!("delete from changes where at < $1").bind(now.minus(KEEP))
}
