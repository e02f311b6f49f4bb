//! What an operator types.

mod admin;
mod doctor;
mod seed;
mod serve;

use crate::start::{self, StartError};
use clap::{Parser, Subcommand};
use kernel::{
    App,
    config::{Config, Env},
    crypto,
};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// The backend of the `TripIt` travel community. Without a command it serves.
#[derive(Debug, Parser)]
#[command(
    name = "tripit",
    version,
    about,
    after_help = "Settings come from the environment and from a file `.env`; \
    `tripit settings` lists them."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (the default); over SQLite and in development also work on jobs
    Serve,
    /// Work on jobs: mail, cleaning up and schedules
    Worker,
    /// Bring the database's schema up to date, or say what is missing
    Migrate {
        /// Only list what would be applied; exit code 1 when something would
        #[arg(long)]
        check: bool,
    },
    /// Fill the database with believable people and trips for demos, tests and benchmarks
    Seed(seed::Seed),
    /// Grant and revoke the administrators' role; it takes effect in running servers within a second
    Admin {
        #[command(subcommand)]
        command: admin::Admin,
    },
    /// Encrypt again, under the first key of `DATA_ENCRYPTION_KEYS`, what older keys encrypted; servers may go on serving
    RotateKeys,
    /// Print the API's contract as `OpenAPI` 3.1 JSON
    Openapi,
    /// List every setting with its default and what it is for
    Settings,
    /// Say what is configured, what can be reached, and what is unsafe
    Doctor,
}

/// Runs the command that was typed.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(execute(arguments.command.unwrap_or(Command::Serve)));
            // Work that keeps a thread busy cannot be told to stop; nobody waits for its result any more.
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
            done
        }
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            // The one line that an operator needs; the log may go elsewhere.
            let _ = writeln!(io::stderr(), "tripit: {error}");
            ExitCode::from(if matches!(error, StartError::Setting(_)) { 78 } else { 1 })
        }
    }
}

async fn execute(command: Command) -> Result<ExitCode, StartError> {
    let mut env = Env::from_process()?;
    match command {
        Command::Openapi => {
            let contract = crate::openapi::printed(&crate::router::contract());
            say(&contract.map_err(|e| StartError::Other(e.to_string()))?);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Settings => {
            let read = Config::read(&mut env);
            for setting in env.asked() {
                say(&format!("{:<28} {:<40} {}", setting.name, setting.default, setting.about));
            }
            return read.map(|_| ExitCode::SUCCESS).map_err(StartError::from);
        }
        _ => {}
    }
    let config = Config::read(&mut env)?;
    match command {
        Command::Serve => serve::serve(config).await?,
        Command::Worker => serve::work(config).await?,
        Command::Migrate { check } => return migrate(config, check).await,
        Command::Seed(seed) => seed.run(config).await?,
        Command::Admin { command } => command.run(&start::app(config).await?).await?,
        Command::RotateKeys => rotate_keys(&start::app(config).await?).await?,
        Command::Doctor => return doctor::run(&config, &env).await,
        Command::Openapi | Command::Settings => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn migrate(config: Config, check: bool) -> Result<ExitCode, StartError> {
    if check {
        let pending = kernel::db::migrate::pending(&config.database).await?;
        for name in &pending {
            say(&format!("would apply {name}"));
        }
        return Ok(if pending.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    kernel::config::create_private_folder(&config.data_dir)?;
    let applied = kernel::db::migrate::up(&config.database, &start::parts().clock).await?;
    for name in &applied {
        say(&format!("applied {name}"));
    }
    if applied.is_empty() {
        say("the schema is up to date");
    }
    Ok(ExitCode::SUCCESS)
}

async fn rotate_keys(app: &App) -> Result<(), StartError> {
    let progress = |table, sealed| say(&format!("{table}: {sealed} values"));
    let (keys, tables) = (&app.config.data_keys, crate::router::sealed());
    let all = crypto::rotate(&app.db, keys, &tables, app.clock.now(), progress).await?;
    let id = keys.current_id();
    say(&format!("{all} values encrypted again; everything is under the key `{id}`"));
    say("older keys are not needed, once every process that had one of them first has ended and this finds 0 values");
    Ok(())
}

/// A line for the terminal. Nobody may be reading it, and that is fine.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
