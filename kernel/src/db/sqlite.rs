//! SQLite on threads of its own: many query-only readers, one writer.

use super::{
    DbError, Engine, Sql,
    value::{Arg, FromRow, Row},
};
use crossbeam_channel::{Receiver, Sender};
use rusqlite::{Connection, OpenFlags, config::DbConfig, functions::FunctionFlags};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce(&Connection) + Send>;

/// Connections that take work from one queue, each on its own thread.
#[derive(Clone)]
pub(super) struct Lane(Sender<Work>);

impl std::fmt::Debug for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lane")
    }
}

/// When the work at hand is to be interrupted, in milliseconds after `begun`.
#[derive(Clone)]
struct Deadline {
    begun: Instant,
    millis: Arc<AtomicU64>,
}

impl Default for Deadline {
    fn default() -> Self {
        Self { begun: Instant::now(), millis: Arc::default() }
    }
}

impl Deadline {
    fn elapsed(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn set(&self, limit: Duration) {
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.millis.store(self.elapsed().saturating_add(limit), Ordering::Relaxed);
    }

    fn is_past(&self) -> bool {
        self.elapsed() > self.millis.load(Ordering::Relaxed)
    }
}

/// How a connection is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

/// Opens one connection with the settings that every one of ours has.
pub(super) fn connect(path: &Path, mode: Mode) -> Result<Connection, DbError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(Duration::from_secs(5))?;
    // A misspelt column in double quotes is an error, as on PostgreSQL, and not a string.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Else a statement is compiled anew whenever a parameter that the planner looked at gets another value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // FULL: with NORMAL a power cut takes acknowledged writes back.
    connection.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
         pragma temp_store = memory; pragma cache_size = -16384; pragma mmap_size = 268435456;
         pragma case_sensitive_like = on; pragma journal_size_limit = 67108864;",
    )?;
    if mode == Mode::Read {
        connection.pragma_update(None, "query_only", true)?;
    }
    connection.set_prepared_statement_cache_capacity(256);
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection
        .create_scalar_function("lower", 1, pure, |c| Ok(c.get::<Option<String>>(0)?.map(|s| s.to_lowercase())))?;
    Ok(connection)
}

impl Lane {
    /// Opens `connections` connections to the file, each served by a thread.
    pub(super) fn open(path: &Path, mode: Mode, connections: usize, limit: Duration) -> Result<Self, DbError> {
        let (sender, receiver) = crossbeam_channel::unbounded::<Work>();
        for n in 0..connections {
            let mut connection = connect(path, mode)?;
            let receiver: Receiver<Work> = receiver.clone();
            let deadline = Deadline::default();
            let name = match mode {
                Mode::Write => "sqlite-writer".to_owned(),
                Mode::Read => {
                    // A writer's transaction is bounded by its request, and must not lose half of its statements.
                    let deadline = deadline.clone();
                    connection.progress_handler(10_000, Some(move || deadline.is_past()))?;
                    format!("sqlite-reader-{n}")
                }
            };
            std::thread::Builder::new()
                .name(name)
                .spawn(move || {
                    while let Ok(work) = receiver.recv() {
                        deadline.set(limit);
                        work(&connection);
                    }
                })
                .map_err(|e| DbError::Unavailable(e.to_string()))?;
        }
        Ok(Self(sender))
    }

    /// Runs `work` on the next free connection of the lane.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let gone = || DbError::Unavailable("the database thread has ended".to_owned());
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            // The caller may have gone away. Before the work: nobody wants it any more, and a transaction that is left
            // alone rolls back. After it: nobody wants the answer.
            if !reply.is_closed() {
                let _ = reply.send(work(connection));
            }
        });
        self.0.send(work).ok().ok_or_else(gone)?;
        answer.await.ok().ok_or_else(gone)?
    }

    /// Queues `work` without waiting for it.
    pub(super) fn post(&self, work: impl FnOnce(&Connection) + Send + 'static) {
        let _ = self.0.send(Box::new(work)); // the lane only ends with the process
    }
}

/// All rows of a query.
pub(super) fn rows<T: FromRow>(connection: &Connection, sql: &Sql) -> Result<Vec<T>, DbError> {
    let mut statement = connection.prepare_cached(&sql.text(Engine::Sqlite))?;
    let mut rows = statement.query(rusqlite::params_from_iter(sql.args.iter()))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(T::from_row(&Row::sqlite(row))?);
    }
    Ok(found)
}

/// Runs a statement; how many rows it changed.
pub(super) fn run(connection: &Connection, sql: &Sql) -> Result<u64, DbError> {
    let mut statement = connection.prepare_cached(&sql.text(Engine::Sqlite))?;
    let changed = if statement.column_count() > 0 {
        // `returning` makes it a query; its rows are not wanted here.
        let mut rows = statement.query(rusqlite::params_from_iter(sql.args.iter()))?;
        let mut n = 0;
        while rows.next()?.is_some() {
            n += 1;
        }
        n
    } else {
        statement.execute(rusqlite::params_from_iter(sql.args.iter()))? as u64
    };
    Ok(changed)
}

/// One statement for many rows of arguments, prepared once.
pub(super) fn run_many(connection: &Connection, sql: &Sql, rows: &[Vec<Arg>]) -> Result<u64, DbError> {
    let mut statement = connection.prepare_cached(&sql.text(Engine::Sqlite))?;
    let mut changed = 0;
    for row in rows {
        changed += statement.execute(rusqlite::params_from_iter(row.iter()))? as u64;
    }
    Ok(changed)
}
