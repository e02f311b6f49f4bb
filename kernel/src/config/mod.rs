//! Every setting, read once at the start. Nothing else reads the environment.

mod encryption;
mod env;
mod oauth;
mod sections;

pub use env::{Env, Setting, SettingError};
pub use oauth::{Client, GitHub, Google, OAuth};
pub use sections::{Auth, Cors, Database, Environment, Http, Limits, Logs, Mail, MailWay, create_private_folder};

use std::path::PathBuf;

/// All settings of a process.
#[derive(Debug)]
pub struct Config {
    /// Development or production rules.
    pub environment: Environment,
    /// Where the embedded database, the outbox, files and development secrets lie.
    pub data_dir: PathBuf,
    /// The listening socket and what a request may cost.
    pub http: Http,
    /// Which database.
    pub database: Database,
    /// Redis, for what may be lost.
    pub redis_url: Option<secrecy::SecretString>,
    /// Secrets, token lifetimes and registration.
    pub auth: Auth,
    /// The keys of what is kept so that only this program can read it.
    pub data_keys: crate::crypto::DataKeys,
    /// Signing in with accounts elsewhere.
    pub oauth: OAuth,
    /// Who may call from a browser.
    pub cors: Cors,
    /// Rate limits.
    pub limits: Limits,
    /// Where mail goes and what its links point to.
    pub mail: Mail,
    /// What is logged and how.
    pub logs: Logs,
    /// Whether what was read is kept to be shown again.
    pub cache: bool,
    /// Whether `serve` works on jobs too.
    pub run_worker: bool,
}

impl Config {
    /// Reads every setting, and says which one is wrong without repeating its value.
    pub fn read(env: &mut Env) -> Result<Self, SettingError> {
        let host = env.parsed("HOST", "127.0.0.1", "address to listen on")?;
        let environment = Environment::read(env, host)?;
        let data_dir = PathBuf::from(env.text("DATA_DIR", "./data", "database, outbox, files and development secrets"));
        let database = Database::read(env, &data_dir)?;
        let run_worker = env.flag(
            "RUN_WORKER",
            environment == Environment::Development,
            "work on jobs inside `serve` when the database is PostgreSQL; with SQLite `serve` always does",
        )? || database.engine() == crate::db::Engine::Sqlite;
        let redis_url = env.secret("REDIS_URL", "redis:// or rediss:// URL; unset: caches and limits are per process");
        if let Some(url) = &redis_url {
            sections::check_redis(url)?;
        }
        let http = Http::read(env, host)?;
        Ok(Self {
            environment,
            oauth: OAuth::read(env, &http)?,
            mail: Mail::read(env, &http)?,
            http,
            auth: Auth::read(env, environment, &data_dir)?,
            data_keys: encryption::read(env, environment, &data_dir)?,
            cors: Cors::read(env, environment)?,
            limits: Limits::read(env)?,
            logs: Logs::read(env)?,
            cache: env.flag("CACHE_ENABLED", true, "keep what was read, to show it again until it changes")?,
            redis_url,
            database,
            data_dir,
            run_worker,
        })
    }

    /// Whether development rules hold.
    pub fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }
}
