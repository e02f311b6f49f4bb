//! Logs and metrics.

use crate::{config::Logs, db::QUIET};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{sync::OnceLock, time::Duration};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging to standard output; what this returns must live as long as the program.
pub fn logs(config: &Logs) -> tracing_appender::non_blocking::WorkerGuard {
    // A slow reader of our output must not slow requests: lines are lost instead.
    let (out, guard) = tracing_appender::non_blocking(std::io::stdout());
    let filter = EnvFilter::try_new(&config.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = QUIET.parse().into_iter().fold(filter, EnvFilter::add_directive);
    let registry = tracing_subscriber::registry().with(filter);
    let started = if config.json {
        registry.with(fmt::layer().json().flatten_event(true).with_writer(out)).try_init()
    } else {
        registry.with(fmt::layer().with_ansi(false).with_writer(out)).try_init()
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    guard
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting, once a process.
pub fn metrics() -> &'static PrometheusHandle {
    METRICS.get_or_init(|| {
        const SECONDS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
        let builder = PrometheusBuilder::new();
        let builder = builder
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("metrics go to another recorder");
        }
        handle
    })
}

/// What a scraper of /metrics reads.
pub fn scrape(app: &crate::App) -> String {
    // Installed before anything is set: what is set without a recorder is lost.
    let handle = metrics();
    #[expect(clippy::cast_precision_loss, reason = "gauges are doubles")]
    {
        metrics::gauge!("tripit_cache_entries").set(app.cache.len() as f64);
        let (running, waiting) = app.heavy.usage();
        metrics::gauge!("tripit_heavy_running").set(running as f64);
        metrics::gauge!("tripit_heavy_waiting").set(waiting as f64);
        if let Some((used, size)) = app.db.pool_usage() {
            metrics::gauge!("tripit_db_connections_used").set(used as f64);
            metrics::gauge!("tripit_db_connections_max").set(size as f64);
        }
    }
    metrics::counter!("tripit_db_round_trips_total").absolute(app.db.round_trips());
    handle.run_upkeep();
    handle.render()
}

/// How often [`scrape`]'s housekeeping must run even when nobody scrapes.
pub const UPKEEP: Duration = Duration::from_secs(30);
