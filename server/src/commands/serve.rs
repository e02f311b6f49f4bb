//! Serving and working, until somebody says stop.

use super::say;
use crate::{router, start, start::StartError};
use kernel::{App, batches, config::Config, db::Engine, http, jobs, telemetry};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// Serves the API.
pub(super) async fn serve(config: Config) -> Result<(), StartError> {
    let _logs = telemetry::logs(&config.logs);
    telemetry::metrics();
    let app = start::app_when_ready(config).await?;
    app.start().await;
    let listener = TcpListener::bind(app.config.http.address).await;
    let listener =
        listener.map_err(|e| StartError::Other(format!("cannot listen on {}: {e}", app.config.http.address)))?;
    stop_on_signal(&app)?;
    greet(&app, &listener).await?;
    upkeep(&app);
    app.tasks.spawn(batches::work(app.clone()));
    if app.config.run_worker {
        app.tasks.spawn(jobs::work(app.clone()));
    }
    let served = http::serve::serve(&app, listener, router::build(&app)).await;
    // After the last request was answered. A database that is away must not hold up a stop.
    if tokio::time::timeout(std::time::Duration::from_secs(2), batches::flush(&app)).await.is_err() {
        tracing::warn!("the last batch could not be written in time");
    }
    finish(&app).await?;
    Ok(served?)
}

/// Works on jobs.
pub(super) async fn work(config: Config) -> Result<(), StartError> {
    let _logs = telemetry::logs(&config.logs);
    telemetry::metrics();
    let app = start::app_when_ready(config).await?;
    app.start().await;
    stop_on_signal(&app)?;
    say("working on jobs");
    jobs::work(app.clone()).await;
    finish(&app).await
}

/// Waits for what was begun, for as long as a stop may take.
async fn finish(app: &App) -> Result<(), StartError> {
    app.stop.cancel();
    app.tasks.close();
    if tokio::time::timeout(std::time::Duration::from_secs(2), app.tasks.wait()).await.is_err() {
        tracing::warn!("some work was cut because it did not finish in time; jobs will run again");
    }
    app.refusal().map_or(Ok(()), |fault| Err(fault.clone().into()))
}

/// Says where to go next. A newcomer sees nothing else of us.
async fn greet(app: &App, listener: &TcpListener) -> Result<(), StartError> {
    let address = listener.local_addr()?;
    say(&format!("TripIt listens on http://{address}"));
    if app.config.http.docs {
        say(&format!("documentation:   http://{address}/docs"));
    }
    match app.db.engine() {
        Engine::Sqlite => say(&format!("database:        SQLite in {}", app.config.data_dir.display())),
        Engine::Postgres => say("database:        PostgreSQL"),
    }
    let is_empty = kernel::sql!("select cast(count(*) as bigint) from (select id from itineraries limit 1) as one");
    if app.config.is_development() && app.is_ready() && app.db.read().await?.one::<i64>(is_empty).await? == 0 {
        say("the database is empty: `tripit seed` fills it with a demo (or `cargo run --release -- seed`)");
    }
    Ok(())
}

fn stop_on_signal(app: &App) -> Result<(), StartError> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let app = app.clone();
    app.clone().tasks.spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = app.stop.cancelled() => return,
        }
        say("stopping: finishing what was begun");
        app.stop.cancel();
        // A second signal means now.
        tokio::runtime::Handle::current().spawn(async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            std::process::exit(130);
        });
    });
    Ok(())
}

/// Keeps the metrics small when nobody scrapes them.
fn upkeep(app: &App) {
    let stop = app.stop.clone();
    app.tasks.spawn(async move {
        while tokio::time::timeout(telemetry::UPKEEP, stop.cancelled()).await.is_err() {
            telemetry::metrics().run_upkeep();
        }
    });
}
