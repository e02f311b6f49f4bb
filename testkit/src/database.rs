//! A database for each test: a copy of a template that was migrated once.

use kernel::{clock::Clock, config::Database, db::migrate};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A variable of the test run, such as `TEST_DATABASE_URL`.
#[expect(clippy::disallowed_methods, reason = "tests are told where the servers are")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where a test's data lies.
#[derive(Clone)]
pub struct Store {
    folder: Arc<TempDir>,
    name: String,
    postgres: Option<Arc<Created>>,
}

/// A database of PostgreSQL that goes when the last world over it does.
struct Created {
    server: String,
    name: String,
}

static COUNT: AtomicU32 = AtomicU32::new(0);
static SQLITE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
static POSTGRES: OnceCell<String> = OnceCell::const_new();

impl Store {
    /// An empty database with the whole schema.
    pub async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let name = new_name();
        let postgres = match setting("TEST_DATABASE_URL") {
            None => {
                std::fs::copy(sqlite_template().await, folder.path().join("tripit.db")).unwrap();
                None
            }
            Some(server) => {
                let template = postgres_template(&server).await;
                execute(&server, &format!("create database {name} template {template}")).await;
                Some(Arc::new(Created { server, name: name.clone() }))
            }
        };
        Self { folder: Arc::new(folder), name, postgres }
    }

    /// A database without any schema.
    pub async fn empty() -> Self {
        let (folder, name) = (TempDir::new().unwrap(), new_name());
        let postgres = match setting("TEST_DATABASE_URL") {
            None => None,
            Some(server) => {
                execute(&server, &format!("create database {name}")).await;
                Some(Arc::new(Created { server, name: name.clone() }))
            }
        };
        Self { folder: Arc::new(folder), name, postgres }
    }

    /// The same database for another process.
    pub fn again(&self) -> Self {
        self.clone()
    }

    /// A name that no other test has.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder of the embedded database and the outbox.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What points the program here.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = Vec::new();
        if let Some(created) = &self.postgres {
            settings.push(("DATABASE_URL", at(&created.server, &created.name)));
        }
        if let Some(redis) = setting("TEST_REDIS_URL") {
            settings.push(("REDIS_URL", redis));
        }
        settings
    }
}

fn new_name() -> String {
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst))
}

/// The URL of another database on the same server.
fn at(server: &str, database: &str) -> String {
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{database}")
}

async fn sqlite_template() -> &'static Path {
    let make = || async {
        let folder = TempDir::new().unwrap();
        let database = Database::embedded(folder.path());
        migrate::up(&database, &Clock::system()).await.unwrap();
        let file = database.file.clone();
        (folder, file)
    };
    &SQLITE.get_or_init(make).await.1
}

async fn postgres_template(server: &str) -> &'static str {
    let make = || async {
        let name = format!("template_{}", std::process::id());
        execute(server, &format!("create database {name}")).await;
        migrate::up(&Database::postgres(&at(server, &name), 1), &Clock::system()).await.unwrap();
        name
    };
    POSTGRES.get_or_init(make).await
}

async fn execute(server: &str, statement: &str) {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
    let running = tokio::runtime::Handle::current().spawn(connection);
    // The template is refused while the connection that migrated it is still going away.
    for attempt in 0.. {
        match client.batch_execute(statement).await {
            Ok(()) => break,
            Err(error) if attempt < 50 && error.to_string().contains("db error") => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{statement}: {error}"),
        }
    }
    drop(client);
    running.await.unwrap().unwrap();
}

impl Drop for Created {
    fn drop(&mut self) {
        // In a thread of its own: the test's runtime is going away.
        let (server, statement) = (self.server.clone(), format!("drop database if exists {} with (force)", self.name));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(execute(&server, &statement));
        });
        // One that stays behind goes with its server.
        let _ = dropping.join();
    }
}
