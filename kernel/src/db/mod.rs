//! Two databases, one text. SQLite when nothing is configured, PostgreSQL when `DATABASE_URL` says so; everything
//! above this module sees [`Db`], [`Session`], [`Tx`] and [`sql!`](crate::sql) and never which of the two it is.

mod bulk;
mod changes;
mod error;
pub mod migrate;
mod postgres;
mod sql;
mod sqlite;
mod together;
mod tx;
mod value;

pub use bulk::Dropped;
pub(crate) use changes::forget_changes;
pub use changes::{Change, Changes};
pub use error::DbError;
pub(crate) use postgres::{is_local, is_url};
pub use rusqlite::types::ValueRef;
pub use sql::{Sql, Statement, open};
pub use tx::Tx;
pub use value::{Arg, Column, FromRow, Json, JsonText, Row};

use crate::{clock::Clock, config::Database, id::Ids};
use deadpool_postgres::{Object, Pool};
use sqlite::{Lane, Mode};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What keeps a driver from saying too much, whatever level is set: at `debug` it writes the values of every statement into
/// the log, which are addresses, texts, hashes.
pub(crate) const QUIET: &str = "tokio_postgres=warn";

/// Which database is underneath.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default.
    Sqlite,
    /// For many processes.
    Postgres,
}

crate::record! {
    struct Hazards { fsync: bool, commits: bool, pages: bool, is_superuser: bool }
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    backend: Backend,
    changes: Changes,
    clock: Clock,
    ids: Ids,
    config: Database,
    asked: Arc<Asked>,
}

/// What was asked of the database.
#[derive(Debug, Default)]
struct Asked {
    /// The queries since somebody began to watch; for tests of plans.
    queries: OnceLock<Mutex<Vec<Sql>>>,
    round_trips: AtomicU64,
}

impl Asked {
    fn round_trip(&self) {
        self.round_trips.fetch_add(1, Ordering::Relaxed);
    }

    fn note(&self, query: &Sql) {
        if let Some(Ok(mut queries)) = self.queries.get().map(Mutex::lock) {
            queries.push(query.clone());
        }
    }
}

#[derive(Debug)]
enum Backend {
    Sqlite { file: PathBuf, read: Lane, write: Arc<tokio::sync::Mutex<Lane>> },
    Postgres(Pool),
}

/// A place to ask questions: a reader, or the transaction that [`Tx`] derefs to.
#[derive(Debug)]
pub struct Session {
    pub(self) on: On,
    pub(self) asked: Arc<Asked>,
}

#[derive(Debug)]
enum On {
    Sqlite(Lane),
    Postgres {
        client: Object,
        pool: Pool,
    },
    /// A transaction's connection, which must not be exchanged for another when it breaks.
    PostgresTx {
        client: Option<Object>,
        begun: bool,
    },
}

impl Db {
    /// Opens the database after bringing its schema up to date.
    pub async fn open(config: &Database, clock: Clock, ids: Ids) -> Result<Self, migrate::MigrateError> {
        migrate::up(config, &clock).await?;
        Ok(Self::connect(config, clock, ids)?)
    }

    /// Connects without touching the schema.
    pub fn connect(config: &Database, clock: Clock, ids: Ids) -> Result<Self, DbError> {
        let backend = match config.engine() {
            Engine::Sqlite => {
                let file = config.file.clone();
                Backend::Sqlite {
                    read: Lane::open(&file, Mode::Read, config.readers, config.statement_timeout)?,
                    write: Arc::new(tokio::sync::Mutex::new(Lane::open(
                        &file,
                        Mode::Write,
                        1,
                        config.statement_timeout,
                    )?)),
                    file,
                }
            }
            Engine::Postgres => Backend::Postgres(postgres::pool(config)?),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                backend,
                changes: Changes::default(),
                clock,
                ids,
                config: config.clone(),
                asked: Arc::default(),
            }),
        })
    }

    /// Which engine is underneath; for by-engine statements, health and `doctor`.
    pub fn engine(&self) -> Engine {
        match self.inner.backend {
            Backend::Sqlite { .. } => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// Where changes are announced to caches and to other processes.
    pub fn changes(&self) -> &Changes {
        &self.inner.changes
    }

    /// A reader. On PostgreSQL it holds a pooled connection until it is dropped.
    pub async fn read(&self) -> Result<Session, DbError> {
        Ok(Session {
            on: match &self.inner.backend {
                Backend::Sqlite { read, .. } => On::Sqlite(read.clone()),
                Backend::Postgres(pool) => On::Postgres { client: pool.get().await?, pool: pool.clone() },
            },
            asked: Arc::clone(&self.inner.asked),
        })
    }

    /// A write transaction. Dropping it rolls back.
    pub async fn write(&self) -> Result<Tx, DbError> {
        Tx::begin(self).await
    }

    /// Connections in use and in total; `None` for the embedded engine.
    pub fn pool_usage(&self) -> Option<(usize, usize)> {
        match &self.inner.backend {
            Backend::Sqlite { .. } => None,
            Backend::Postgres(pool) => {
                let status = pool.status();
                Some((status.size - status.available.min(status.size), status.max_size))
            }
        }
    }

    /// Which database this is; `new` if nobody asked before.
    pub(crate) async fn identity(&self, new: uuid::Uuid) -> Result<uuid::Uuid, DbError> {
        let known = || crate::sql!("select id from identity");
        if let Some(id) = self.read().await?.maybe(known()).await? {
            return Ok(id);
        }
        let mut tx = self.write().await?;
        tx.run(crate::sql!("insert into identity (one, id) values (1, $1) on conflict do nothing").bind(new)).await?;
        let id = tx.one(known()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Asks the database for a sign of life, for at most a second.
    pub async fn ping(&self) -> Result<(), DbError> {
        let late = || DbError::Unavailable("no answer within a second".to_owned());
        let ask = async { self.read().await?.one::<i64>(crate::sql!("select cast(1 as bigint)")).await };
        tokio::time::timeout(Duration::from_secs(1), ask).await.ok().ok_or_else(late)?.map(drop)
    }

    /// What makes this database lose what was acknowledged, or lets one mistake of ours do anything to its server; with
    /// it nobody shall start in production. The embedded engine is set up by ourselves.
    pub async fn hazards(&self) -> Result<Vec<&'static str>, DbError> {
        if self.engine() == Engine::Sqlite {
            return Ok(Vec::new());
        }
        let asked = crate::by_engine!(
            sqlite: "select 1 as fsync, 1 as commits, 1 as pages, 0 as is_superuser",
            postgres: "select current_setting('fsync') = 'on' as fsync, current_setting('synchronous_commit') <> 'off' as commits,
                              current_setting('full_page_writes') = 'on' as pages,
                              (select rolsuper from pg_roles where rolname = current_user) as is_superuser",
        );
        let found: Hazards = self.read().await?.one(asked).await?;
        let hazards = [
            (!found.fsync, "runs with fsync off: a crash destroys the database"),
            (!found.commits, "runs with synchronous_commit off: a crash loses what was acknowledged"),
            (!found.pages, "runs with full_page_writes off: a crash destroys the database"),
            (found.is_superuser, "is used as a superuser: give the program a role of its own"),
        ];
        Ok(hazards.into_iter().filter(|(is_there, _)| *is_there).map(|(_, hazard)| hazard).collect())
    }

    /// Every statement of the program that does not prepare on this engine, with its place in the source.
    pub async fn prepare_all(&self) -> Result<Vec<String>, DbError> {
        let mine: Vec<&'static Statement> =
            inventory::iter::<Statement>.into_iter().filter(|s| s.engine.is_none_or(|e| e == self.engine())).collect();
        match &self.inner.backend {
            Backend::Sqlite { read, .. } => {
                read.call(move |connection| {
                    Ok(mine
                        .iter()
                        .filter_map(|s| {
                            let failed = connection.prepare(&sql::numbered(s.text)).err()?;
                            Some(format!("{}:{}: {failed}", s.file, s.line))
                        })
                        .collect())
                })
                .await
            }
            Backend::Postgres(pool) => {
                let client = pool.get().await?;
                let mut bad = Vec::new();
                for s in mine {
                    if let Err(failed) = client.prepare(s.text).await {
                        bad.push(format!("{}:{}: {}", s.file, s.line, DbError::from(failed)));
                    }
                }
                Ok(bad)
            }
        }
    }

    /// The queries that were asked since the last call, of which the first begins to watch.
    pub fn asked(&self) -> Vec<Sql> {
        let asked = self.inner.asked.queries.get_or_init(Mutex::default).lock();
        asked.map(|mut asked| std::mem::take(&mut *asked)).unwrap_or_default()
    }

    /// How often this process waited for an answer of the database. Not counted: preparing a statement, once a connection.
    /// On the embedded engine a commit is one such wait and beginning is part of the first.
    pub fn round_trips(&self) -> u64 {
        self.inner.asked.round_trips.load(Ordering::Relaxed)
    }

    /// The plan of a query as it would be over large tables, one line a step, deeper ones indented: what the tests of
    /// indexes read.
    pub async fn explain(&self, query: Sql) -> Result<Vec<String>, DbError> {
        match &self.inner.backend {
            Backend::Sqlite { read, .. } => {
                read.call(move |connection| {
                    let text = format!("explain query plan {}", query.text(Engine::Sqlite));
                    let mut statement = connection.prepare(&text)?;
                    let mut rows = statement.query(rusqlite::params_from_iter(query.args.iter()))?;
                    let (mut depths, mut steps) = (std::collections::HashMap::from([(0, 0)]), Vec::new());
                    while let Some(row) = rows.next()? {
                        let (id, parent): (i64, i64) = (row.get(0)?, row.get(1)?);
                        let depth = depths.get(&parent).copied().unwrap_or_default();
                        depths.insert(id, depth + 1);
                        steps.push(format!("{}{}", "  ".repeat(depth), row.get::<_, String>(3)?));
                    }
                    Ok(steps)
                })
                .await
            }
            Backend::Postgres(pool) => {
                let client = pool.get().await?;
                let text = format!("explain (costs off) {}", query.text(Engine::Postgres));
                // A test's tables are so small that scanning and sorting them would be the best plan.
                let large = "begin; set local enable_seqscan = off; set local enable_sort = off";
                client.batch_execute(large).await?;
                // A bitmap reads all that fits a condition. An inverted index is read in no other way.
                if !text.contains("@@") {
                    client.batch_execute("set local enable_bitmapscan = off").await?;
                }
                let params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
                    query.args.iter().map(|a| a as _).collect();
                let steps = client.query(&text, &params).await;
                client.batch_execute("rollback").await?;
                Ok(steps?.iter().map(|row| row.get(0)).collect())
            }
        }
    }

    /// Listens on a PostgreSQL channel and calls `woken` for each message, until the connection ends.
    pub(crate) async fn listen(&self, channel: &'static str, woken: impl Fn()) -> Result<(), DbError> {
        match &self.inner.backend {
            Backend::Sqlite { .. } => Ok(()),
            Backend::Postgres(_) => postgres::listen(&self.inner.config, channel, woken).await,
        }
    }

    /// The file of the embedded engine.
    pub fn file(&self) -> Option<&std::path::Path> {
        match &self.inner.backend {
            Backend::Sqlite { file, .. } => Some(file),
            Backend::Postgres(_) => None,
        }
    }
}

impl Session {
    /// For what goes on behind all requests: neither among [`Db::round_trips`] nor [`Db::asked`].
    #[must_use]
    pub(crate) fn uncounted(mut self) -> Self {
        self.asked = Arc::default();
        self
    }

    /// All rows.
    pub async fn all<T: FromRow>(&mut self, sql: Sql) -> Result<Vec<T>, DbError> {
        self.asked.note(&sql);
        self.asked.round_trip();
        match &mut self.on {
            On::Sqlite(lane) => lane.call(move |connection| sqlite::rows(connection, &sql)).await,
            On::Postgres { client, pool } => match postgres::rows(client, &sql).await {
                // The pool hands out connections without asking them first, which would cost every request a
                // round trip; a reader that finds its connection dead takes another one, once.
                Err(DbError::Unavailable(_)) if client.is_closed() => {
                    *client = pool.get().await?;
                    postgres::rows(client, &sql).await
                }
                done => done,
            },
            On::PostgresTx { client, begun } => {
                let client = tx::connection(client.as_ref())?;
                tx::with_begin(client, begun, postgres::rows(client, &sql)).await
            }
        }
    }

    /// The row, if there is one.
    pub async fn maybe<T: FromRow>(&mut self, sql: Sql) -> Result<Option<T>, DbError> {
        Ok(self.all(sql).await?.into_iter().next())
    }

    /// The one row that must be there.
    pub async fn one<T: FromRow>(&mut self, sql: Sql) -> Result<T, DbError> {
        self.maybe(sql).await?.ok_or(DbError::NoRow)
    }
}
