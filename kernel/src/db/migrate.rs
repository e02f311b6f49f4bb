//! The schema and its history: one folder of SQL files for both engines, applied in order by exactly one process.
//!
//! A file is written with `{tokens}` for the types whose names differ. `NNNN_name.postgres.sql` and
//! `NNNN_name.sqlite.sql` are for one engine only. Each file runs in a transaction together with the row that records
//! it, so a kill between or inside files leaves a state from which the next start goes on.

use super::{DbError, Engine, postgres, sqlite};
use crate::{
    clock::{Clock, Timestamp},
    config::Database,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// One file of the `migrations` folder.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name without `.sql`.
    pub name: &'static str,
    text: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        /// Every file of the folder, in order. `server/tests/house.rs` compares it with the folder.
        pub const MIGRATIONS: &[Migration] =
            &[$(Migration { name: $name, text: include_str!(concat!("../../../migrations/", $name, ".sql")) }),*];
    };
}
migrations![
    "0001_changes.postgres",
    "0001_changes.sqlite",
    "0002_kernel",
    "0003_accounts",
    "0004_itineraries",
    "0005_mail_tokens",
    "0006_identity",
    "0007_figures_of_trips",
    "0008_oauth",
    "0009_signing_in",
    "0010_safety_ratings",
    "0011_travel_intel",
    "0012_lists_of_trips",
    "0012_lists_of_trips_kept.postgres",
    "0012_lists_of_trips_kept.sqlite",
    "0013_votes_and_scores",
    "0014_people_names",
    "0014_people_names_fill.postgres",
    "0014_people_names_fill.sqlite",
    "0015_search",
    "0015_search_index.postgres",
    "0015_search_index.sqlite",
    "0016_leaderboards",
    "0016_leaderboards_standings.postgres",
    "0016_leaderboards_standings.sqlite",
    "0017_words_of_lists",
    "0017_words_of_lists_fill.postgres",
    "0017_words_of_lists_fill.sqlite",
    "0018_lists_of_ratings_and_intel",
    "0019_blocks",
    "0019_blocks_names.postgres",
    "0019_blocks_names.sqlite",
    "0020_travel_groups",
    "0020_travel_groups_seats.postgres",
    "0020_travel_groups_seats.sqlite",
    "0021_guides",
    "0022_kit",
    "0023_counts_of_lists",
    "0024_intel_of_others",
    "0024_viewers",
    "0024_votes_that_count",
    "0025_urgent_jobs",
    "0026_lists_of_groups",
    "0027_retired_keys",
    "0027_shared_with_guides",
    "0028_one_call_for_help",
    "0029_what_counts",
    "0030_orders",
    "0031_requests_of_votes",
    "0032_helpful_votes_that_count",
    "0033_tours_under_way",
    "0034_reviews_that_count",
    "0035_open_groups",
    "0036_viewers_once",
];

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database was used by a newer program.
    #[error(
        "the database has the migration {0}, which this program does not know: start a newer tripit, or restore a backup made before the upgrade"
    )]
    Newer(String),
    /// A file was edited after it had run here.
    #[error("the migration {0} was changed after it had been applied to this database")]
    Changed(String),
    /// A file failed; nothing of it was kept.
    #[error("the migration {name} failed: {cause}")]
    Failed {
        /// Which file.
        name: &'static str,
        /// What the database said.
        cause: DbError,
    },
    /// The database could not be reached or locked.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MigrateError {
    /// Whether trying again later may help.
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Db(DbError::Unavailable(_)) | Self::Failed { cause: DbError::Unavailable(_), .. })
    }
}

impl Migration {
    fn is_for(self, engine: Engine) -> bool {
        match self.name.rsplit_once('.') {
            Some((_, "postgres")) => engine == Engine::Postgres,
            Some((_, "sqlite")) => engine == Engine::Sqlite,
            _ => true,
        }
    }

    fn checksum(self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.text.as_bytes()))
    }

    fn sql(self, engine: Engine) -> String {
        const TOKENS: [(&str, &str, &str); 12] = [
            ("{id}", "blob", "uuid"),
            ("{serial}", "integer primary key autoincrement", "bigint generated always as identity primary key"),
            ("{int}", "integer", "bigint"),
            ("{real}", "real", "double precision"),
            ("{text}", "text", "text"),
            // Compared by code points, as SQLite compares: a range of it is what begins with a prefix.
            ("{word}", "text", "text collate \"C\""),
            ("{bytes}", "blob", "bytea"),
            ("{bool}", "integer", "boolean"),
            ("{time}", "integer", "timestamptz"),
            ("{day}", "text", "date"),
            ("{json}", "text", "jsonb"),
            ("{strict}", "strict", ""),
        ];
        TOKENS.iter().fold(self.text.to_owned(), |text, (token, sqlite, postgres)| {
            text.replace(token, if engine == Engine::Sqlite { sqlite } else { postgres })
        })
    }
}

/// What the record of applied migrations says.
struct Applied(Vec<(String, String)>);

impl Applied {
    /// The files that are still to run, after checking that the others are the ones that ran.
    fn missing(&self, engine: Engine) -> Result<Vec<Migration>, MigrateError> {
        if let Some((name, _)) = self.0.iter().find(|(name, _)| MIGRATIONS.iter().all(|m| m.name != name)) {
            return Err(MigrateError::Newer(name.clone()));
        }
        let mut missing = Vec::new();
        for migration in MIGRATIONS.iter().filter(|m| m.is_for(engine)) {
            match self.0.iter().find(|(name, _)| name == migration.name) {
                Some((_, checksum)) if *checksum != migration.checksum() => {
                    return Err(MigrateError::Changed(migration.name.to_owned()));
                }
                Some(_) => {}
                None => missing.push(*migration),
            }
        }
        Ok(missing)
    }
}

/// Applies what is missing. Returns the names of what it applied.
pub async fn up(config: &Database, clock: &Clock) -> Result<Vec<&'static str>, MigrateError> {
    let now = clock.now();
    match config.engine() {
        Engine::Sqlite => {
            let file = config.file.clone();
            let done = tokio::task::spawn_blocking(move || up_sqlite(&file, now)).await;
            done.map_err(|e| DbError::Statement(e.to_string()))?
        }
        Engine::Postgres => up_postgres(config, now).await,
    }
}

/// The names of what [`up`] would apply, without applying it.
pub async fn pending(config: &Database) -> Result<Vec<&'static str>, MigrateError> {
    let engine = config.engine();
    let applied = match engine {
        Engine::Sqlite if !config.file.exists() => Applied(Vec::new()),
        Engine::Sqlite => {
            let connection = sqlite::connect(&config.file, sqlite::Mode::Read)?;
            let exists: bool = connection
                .query_row("select exists (select 1 from sqlite_schema where name = 'schema_migrations')", [], |r| {
                    r.get(0)
                })
                .map_err(DbError::from)?;
            if exists { applied_sqlite(&connection)? } else { Applied(Vec::new()) }
        }
        Engine::Postgres => {
            let client = connect_postgres(config).await?;
            let exists: bool = client
                .query_one("select to_regclass('schema_migrations') is not null", &[])
                .await
                .map_err(DbError::from)?
                .get(0);
            if exists { applied_postgres(&client).await? } else { Applied(Vec::new()) }
        }
    };
    Ok(applied.missing(engine)?.iter().map(|m| m.name).collect())
}

const TABLE: &str = "create table if not exists schema_migrations (
    name text primary key, checksum text not null, applied_at ";

fn applied_sqlite(connection: &rusqlite::Connection) -> Result<Applied, DbError> {
    let mut statement = connection.prepare("select name, checksum from schema_migrations")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Applied(rows.collect::<Result<_, _>>()?))
}

fn up_sqlite(file: &std::path::Path, now: Timestamp) -> Result<Vec<&'static str>, MigrateError> {
    let connection = sqlite::connect(file, sqlite::Mode::Write)?;
    connection.busy_timeout(Duration::from_mins(1)).map_err(DbError::from)?;
    let run = |text: &str| connection.execute_batch(text).map_err(DbError::from);
    run(&format!("{TABLE} integer not null) strict"))?;
    let mut done = Vec::new();
    loop {
        // One file a transaction; another process that waited for the lock sees that it has run.
        run("begin exclusive")?;
        let step = (|| {
            let Some(migration) = applied_sqlite(&connection)?.missing(Engine::Sqlite)?.into_iter().next() else {
                return Ok(None);
            };
            let failed = |cause| MigrateError::Failed { name: migration.name, cause };
            run(&migration.sql(Engine::Sqlite)).map_err(failed)?;
            connection
                .execute(
                    "insert into schema_migrations (name, checksum, applied_at) values (?1, ?2, ?3)",
                    (migration.name, migration.checksum(), now.micros()),
                )
                .map_err(DbError::from)?;
            Ok(Some(migration.name))
        })();
        match step {
            Ok(Some(name)) => {
                run("commit")?;
                done.push(name);
            }
            Ok(None) => {
                run("rollback")?;
                return Ok(done);
            }
            Err(error) => {
                run("rollback")?;
                return Err(error);
            }
        }
    }
}

async fn connect_postgres(config: &Database) -> Result<tokio_postgres::Client, DbError> {
    let (client, connection) = postgres::settings(config)?.connect(postgres::tls()).await?;
    // It ends when the client is dropped.
    tokio::runtime::Handle::current().spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "the connection for migrations broke");
        }
    });
    Ok(client)
}

async fn applied_postgres(client: &tokio_postgres::Client) -> Result<Applied, DbError> {
    let rows = client.query("select name, checksum from schema_migrations", &[]).await?;
    Ok(Applied(rows.iter().map(|row| (row.get(0), row.get(1))).collect()))
}

async fn up_postgres(config: &Database, now: Timestamp) -> Result<Vec<&'static str>, MigrateError> {
    let mut client = connect_postgres(config).await?;
    // Looking first keeps a start without anything to do from needing the lock, or the right to create tables.
    let exists: bool = client
        .query_one("select to_regclass('schema_migrations') is not null", &[])
        .await
        .map_err(DbError::from)?
        .get(0);
    if exists && applied_postgres(&client).await?.missing(Engine::Postgres)?.is_empty() {
        return Ok(Vec::new());
    }
    // The lock belongs to the session: it goes when this process does, however it goes.
    client.batch_execute("select pg_advisory_lock(727001)").await.map_err(DbError::from)?;
    client.batch_execute(&format!("{TABLE} timestamptz not null)")).await.map_err(DbError::from)?;
    let mut done = Vec::new();
    for migration in applied_postgres(&client).await?.missing(Engine::Postgres)? {
        let failed = |e: tokio_postgres::Error| MigrateError::Failed { name: migration.name, cause: e.into() };
        let tx = client.transaction().await.map_err(failed)?;
        tx.batch_execute(&migration.sql(Engine::Postgres)).await.map_err(failed)?;
        tx.execute(
            "insert into schema_migrations (name, checksum, applied_at) values ($1, $2, $3)",
            &[&migration.name, &migration.checksum(), &now.utc()],
        )
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        done.push(migration.name);
    }
    client.batch_execute("select pg_advisory_unlock(727001)").await.map_err(DbError::from)?;
    Ok(done)
}
