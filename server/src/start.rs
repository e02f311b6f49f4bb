//! From settings to a running application.

use crate::router;
use kernel::{
    App, Parts,
    clock::Clock,
    config::{Config, SettingError},
    crypto,
    db::{Db, Engine, migrate, migrate::MigrateError},
    id::Ids,
};
use std::time::Duration;

/// Why the program could not start.
#[derive(Debug)]
pub enum StartError {
    /// A setting is wrong; exit code 78 (`EX_CONFIG` of sysexits.h).
    Setting(SettingError),
    /// The schema could not be brought up to date.
    Migrate(MigrateError),
    /// Something else.
    Other(String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Setting(error) => error.fmt(f),
            Self::Migrate(error) => error.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<SettingError> for StartError {
    fn from(error: SettingError) -> Self {
        Self::Setting(error)
    }
}

impl From<MigrateError> for StartError {
    fn from(error: MigrateError) -> Self {
        Self::Migrate(error)
    }
}

impl From<kernel::Error> for StartError {
    fn from(error: kernel::Error) -> Self {
        Self::Other(match error {
            kernel::Error::Internal { cause } | kernel::Error::Unavailable { cause } => cause,
            error => error.to_string(),
        })
    }
}

impl From<kernel::db::DbError> for StartError {
    fn from(error: kernel::db::DbError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<std::io::Error> for StartError {
    fn from(error: std::io::Error) -> Self {
        Self::Other(error.to_string())
    }
}

/// What the program brings along.
pub fn parts() -> Parts {
    Parts {
        clock: Clock::system(),
        ids: Ids::System,
        jobs: router::jobs(),
        authenticate: accounts::authenticate,
        redis_prefix: "tripit".to_owned(),
    }
}

/// Makes the folder that everything lies in.
fn make_data_dir(config: &Config) -> Result<(), SettingError> {
    let made = kernel::config::create_private_folder(&config.data_dir);
    made.ok().ok_or_else(|| SettingError::new("DATA_DIR", "must be a folder that this program may write to"))
}

/// The application over a database whose schema is up to date, or the error that says why not.
pub async fn app(config: Config) -> Result<App, StartError> {
    make_data_dir(&config)?;
    let parts = parts();
    let db = Db::open(&config.database, parts.clock.clone(), parts.ids.clone()).await?;
    check_keys(&db, &config).await?;
    Ok(App::new(config, db, parts)?)
}

/// The application for a server: when its database is away it starts all the same, and is ready when the database is.
pub async fn app_when_ready(config: Config) -> Result<App, StartError> {
    make_data_dir(&config)?;
    let parts = parts();
    let prepared = prepare(&config, &parts).await;
    let is_away = prepared.as_ref().is_err_and(is_away);
    if !is_away {
        prepared?;
    }
    let db = Db::connect(&config.database, parts.clock.clone(), parts.ids.clone())?;
    let app = App::new(config, db, parts)?;
    if is_away {
        app.set_ready(false);
        tracing::warn!("the database cannot be reached yet");
        app.tasks.spawn(become_ready(app.clone()));
    }
    Ok(app)
}

/// Brings the schema up to date, and adds what every database has. In production a database that may lose what was acknowledged, or that we could destroy
/// by mistake, is refused before anything is written to it.
async fn prepare(config: &Config, parts: &Parts) -> Result<(), StartError> {
    if !config.is_development() && config.database.engine() == Engine::Postgres {
        let db = Db::connect(&config.database, parts.clock.clone(), parts.ids.clone())?;
        if let Some(hazard) = db.hazards().await.map_err(MigrateError::from)?.first() {
            return Err(SettingError::new("DATABASE_URL", format!("names a server that {hazard}")).into());
        }
    }
    migrate::up(&config.database, &parts.clock).await?;
    let db = Db::connect(&config.database, parts.clock.clone(), parts.ids.clone()).map_err(MigrateError::from)?;
    check_keys(&db, config).await?;
    Ok(women_safety::known_resources::add(&db, parts.clock.now()).await?)
}

/// What is sealed in the database must open with the keys of the settings.
async fn check_keys(db: &Db, config: &Config) -> Result<(), StartError> {
    match crypto::check(db, &config.data_keys, &router::sealed(), Clock::system().now()).await? {
        None => Ok(()),
        Some(fault) => Err(fault.into()),
    }
}

const fn is_away(error: &StartError) -> bool {
    matches!(error, StartError::Migrate(error) if error.is_unavailable())
}

async fn become_ready(app: App) {
    while !app.is_ready() {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            () = app.stop.cancelled() => return,
        }
        match prepare(&app.config, &parts()).await {
            Ok(()) => {
                app.set_ready(true);
                tracing::info!("the database is there");
            }
            Err(error) if is_away(&error) => {}
            Err(StartError::Setting(fault)) => app.refuse(fault),
            Err(error) => {
                tracing::error!(%error, "the database cannot be used");
                app.stop.cancel();
            }
        }
    }
}
