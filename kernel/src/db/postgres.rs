//! PostgreSQL behind a pool: prepared statements kept per connection, TLS by rustls.

use super::{
    DbError, Engine, Sql,
    value::{Arg, FromRow, Row},
};
use crate::config::Database;
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures_util::{
    FutureExt, StreamExt,
    future::{join_all, try_join_all},
    join, stream, try_join,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio_postgres::{
    AsyncMessage, Statement,
    config::{Host, SslMode},
    types::ToSql,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// TLS for PostgreSQL, with the public roots. `sslmode` in the URL decides whether it is used.
pub(super) fn tls() -> MakeRustlsConnect {
    let roots = Arc::new(rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    let client = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_or_else(
            |e| unreachable!("ring speaks the default versions of TLS: {e}"),
            |builder| builder.with_root_certificates(roots).with_no_client_auth(),
        );
    MakeRustlsConnect::new(client)
}

/// Whether this is the URL of a PostgreSQL database.
pub(crate) fn is_url(text: &str) -> bool {
    let known = text.starts_with("postgres://") || text.starts_with("postgresql://");
    known && text.parse::<tokio_postgres::Config>().is_ok()
}

/// Whether the database at `url` is on this machine, or reached through a socket.
pub(crate) fn is_local(url: &str) -> bool {
    let Ok(pg) = url.parse::<tokio_postgres::Config>() else { return false };
    pg.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        Host::Unix(_) => true,
    })
}

/// The driver's settings from ours.
pub(super) fn settings(config: &Database) -> Result<tokio_postgres::Config, DbError> {
    let mut pg: tokio_postgres::Config =
        config.url().parse().map_err(|e: tokio_postgres::Error| DbError::Statement(e.to_string()))?;
    pg.application_name("tripit")
        .connect_timeout(Duration::from_secs(2))
        .keepalives_idle(Duration::from_secs(30))
        .tcp_user_timeout(Duration::from_secs(5));
    if pg.get_ssl_mode() == SslMode::Prefer && config.is_loopback() {
        pg.ssl_mode(SslMode::Disable);
    }
    Ok(pg)
}

/// Builds the pool; it connects when first used, so the program may start before its database.
pub(super) fn pool(config: &Database) -> Result<Pool, DbError> {
    let manager =
        Manager::from_config(settings(config)?, tls(), ManagerConfig { recycling_method: RecyclingMethod::Fast });
    let timeout_ms = config.statement_timeout.as_millis();
    Pool::builder(manager)
        .max_size(config.pool_size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(config.pool_timeout))
        .create_timeout(Some(Duration::from_secs(3)))
        .post_create(Hook::async_fn(move |client, _| {
            Box::pin(async move {
                client
                    .batch_execute(&format!(
                        "set statement_timeout = {timeout_ms}; set lock_timeout = 2000;
                         set idle_in_transaction_session_timeout = 15000; set timezone = 'UTC'"
                    ))
                    .await
                    .map_err(HookError::Backend)
            })
        }))
        .build()
        .map_err(|e| DbError::Statement(e.to_string()))
}

fn params(args: &[Arg]) -> Vec<&(dyn ToSql + Sync)> {
    args.iter().map(|a| a as &(dyn ToSql + Sync)).collect()
}

/// So many statements are kept prepared a connection; a server keeps the plan of each in memory.
const MOST_PREPARED: usize = 500;
/// Longer ones grew with what was asked, and hardly come again as they are.
const LONGEST_PREPARED: usize = 8_192;

/// A statement, kept for the next time unless it is one of too many.
async fn prepared(client: &Object, text: &str) -> Result<Statement, DbError> {
    if text.len() > LONGEST_PREPARED {
        return Ok(client.prepare(text).await?);
    }
    if client.statement_cache.size() >= MOST_PREPARED {
        client.statement_cache.clear();
    }
    Ok(client.prepare_cached(text).await?)
}

pub(super) async fn rows<T: FromRow>(client: &Object, sql: &Sql) -> Result<Vec<T>, DbError> {
    let statement = prepared(client, &sql.text(Engine::Postgres)).await?;
    client.query(&statement, &params(&sql.args)).await?.iter().map(|row| T::from_row(&Row::postgres(row))).collect()
}

pub(super) async fn run(client: &Object, sql: &Sql) -> Result<u64, DbError> {
    let statement = prepared(client, &sql.text(Engine::Postgres)).await?;
    Ok(client.execute(&statement, &params(&sql.args)).await?)
}

/// What was left for the commit, the announcement, whose number is returned, and the commit, in this order and in one round
/// trip once they are prepared. Of a transaction in which a statement failed a commit is a rollback.
pub(super) async fn finish(
    client: &Object,
    statements: &[Sql],
    announce: Option<&Sql>,
) -> Result<Option<Vec<i64>>, DbError> {
    // All are prepared before the first is sent: one that had to wait for its preparation would be overtaken.
    let texts: Vec<_> = statements.iter().map(|sql| sql.text(Engine::Postgres)).collect();
    let announced = announce.map(|sql| sql.text(Engine::Postgres));
    let all = try_join_all(texts.iter().map(|text| prepared(client, text)));
    let last = async {
        match &announced {
            Some(text) => prepared(client, text).await.map(Some),
            None => Ok(None),
        }
    };
    let (all, last) = try_join!(all, last)?;
    let sent = all
        .iter()
        .zip(statements)
        .map(|(statement, sql)| async move { client.execute(statement, &params(&sql.args)).await });
    let number = async {
        match (&last, announce) {
            (Some(statement), Some(sql)) => client.query(statement, &params(&sql.args)).await.map(Some),
            _ => Ok(None),
        }
    };
    // Each sends what it has when it is polled for the first time, which happens in this order. All answers are waited
    // for: the first failure is the reason of those behind it.
    let (done, number, committed) = join!(join_all(sent), number, client.batch_execute("commit"));
    done.into_iter().collect::<Result<Vec<u64>, _>>()?;
    let number = number?;
    committed?;
    number.map(|rows| rows.iter().map(|row| i64::from_row(&Row::postgres(row))).collect()).transpose()
}

/// The statements go out one behind the other without waiting, then the answers come.
pub(super) async fn run_many(client: &Object, sql: &Sql, rows: &[Vec<Arg>]) -> Result<u64, DbError> {
    let statement = prepared(client, &sql.text(Engine::Postgres)).await?;
    let sent = rows.iter().map(|row| {
        let statement = &statement;
        async move { client.execute(statement, &params(row)).await }
    });
    Ok(try_join_all(sent).await?.into_iter().sum())
}

/// Listens on a connection of its own, and calls `woken` at its start and for each message, until it ends.
pub(super) async fn listen(config: &Database, channel: &'static str, woken: impl Fn()) -> Result<(), DbError> {
    let (client, mut connection) = settings(config)?.connect(tls()).await?;
    let mut messages = std::pin::pin!(stream::poll_fn(move |context| connection.poll_message(context)));
    let listen = format!("listen {channel}");
    let mut asking = std::pin::pin!(client.batch_execute(&listen).fuse());
    loop {
        // The connection moves only while it is polled, so both are waited for at once.
        tokio::select! {
            listening = &mut asking => {
                listening?;
                woken(); // what was said while nobody listened
            }
            message = messages.next() => match message {
                Some(Ok(AsyncMessage::Notification(_))) => woken(),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            },
        }
    }
}
