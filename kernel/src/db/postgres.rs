//! PostgreSQL behind a pool: prepared statements kept per connection, TLS by rustls.

use super::{
    Asked, DbError, Engine, Sql,
    value::{Arg, FromRow, Row},
};
use crate::config::Database;
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures_util::{
    FutureExt, StreamExt,
    future::{join3, try_join_all},
    stream,
};
use std::{borrow::Cow, net::IpAddr, sync::Arc, time::Duration};
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
        // Compiling a statement takes longer than any of ours may run; its cost is guessed from conditions that find nothing.
        .post_create(Hook::async_fn(move |client, _| {
            Box::pin(async move {
                client
                    .batch_execute(&format!(
                        "set statement_timeout = {timeout_ms}; set lock_timeout = 2000;
                         set idle_in_transaction_session_timeout = 15000; set timezone = 'UTC'; set jit = off"
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
    read(&client.query(&statement, &params(&sql.args)).await?)
}

fn read<T: FromRow>(rows: &[tokio_postgres::Row]) -> Result<Vec<T>, DbError> {
    rows.iter().map(|row| T::from_row(&Row::postgres(row))).collect()
}

/// The rows of at most three questions.
pub(super) async fn together<A: FromRow, B: FromRow, C: FromRow>(
    client: &Object,
    asked: Vec<&Sql>,
) -> Result<(Vec<A>, Vec<B>, Vec<C>), DbError> {
    Questions::new(client, asked).await?.rows().await
}

/// Questions that go out one behind the other, without waiting; all are prepared before, as in [`prepare`].
pub(super) struct Questions<'a> {
    client: &'a Object,
    asked: Vec<(Statement, &'a Sql)>,
}

impl<'a> Questions<'a> {
    pub(super) async fn new(client: &'a Object, asked: Vec<&'a Sql>) -> Result<Self, DbError> {
        let statements = prepare(client, &texts(asked.iter().copied())).await?;
        Ok(Self { client, asked: statements.into_iter().zip(asked).collect() })
    }

    /// The rows of the first three.
    pub(super) async fn rows<A: FromRow, B: FromRow, C: FromRow>(self) -> Result<(Vec<A>, Vec<B>, Vec<C>), DbError> {
        let send = |n: usize| {
            let asked = self.asked.get(n);
            async move {
                let Some((statement, sql)) = asked else { return Ok(Vec::new()) };
                self.client.query(statement, &params(&sql.args)).await
            }
        };
        let (first, second, third) = join3(send(0), send(1), send(2)).await;
        Ok((read(&first?)?, read(&second?)?, read(&third?)?))
    }
}

pub(super) async fn run(client: &Object, sql: &Sql) -> Result<u64, DbError> {
    let statement = prepared(client, &sql.text(Engine::Postgres)).await?;
    Ok(client.execute(&statement, &params(&sql.args)).await?)
}

fn texts<'a>(statements: impl IntoIterator<Item = &'a Sql>) -> Vec<Cow<'a, str>> {
    statements.into_iter().map(|sql| sql.text(Engine::Postgres)).collect()
}

/// All are prepared before the first is sent: one that had to wait for its preparation would be overtaken.
async fn prepare(client: &Object, texts: &[Cow<'_, str>]) -> Result<Vec<Statement>, DbError> {
    try_join_all(texts.iter().map(|text| prepared(client, text))).await
}

/// Different statements in their order.
async fn run_all(client: &Object, statements: &[Sql]) -> Result<(), DbError> {
    let all = prepare(client, &texts(statements)).await?;
    let sent = all
        .iter()
        .zip(statements)
        .map(|(statement, sql)| async move { client.execute(statement, &params(&sql.args)).await });
    try_join_all(sent).await?;
    Ok(())
}

/// The last statements of a transaction in their order, its announcement and its commit, in one round trip once they are
/// prepared. When one of them fails the server makes a rollback of the commit.
pub(super) async fn finish(
    client: &Object,
    asked: &Asked,
    statements: &[Sql],
    announce: Option<&Sql>,
) -> Result<Option<Vec<i64>>, DbError> {
    // More than thirty futures are not promised to be polled, and so sent, in their order.
    let mut last = statements;
    while let Some((now, later)) = last.split_at_checked(30).filter(|(_, later)| !later.is_empty()) {
        asked.round_trip();
        run_all(client, now).await?;
        last = later;
    }
    asked.round_trip();
    let all = prepare(client, &texts(last.iter().chain(announce))).await?;
    let sent =
        all.iter().zip(last).map(|(statement, sql)| async move { client.execute(statement, &params(&sql.args)).await });
    let announced = async {
        let (Some(statement), Some(sql)) = (all.last(), announce) else { return Ok(None) };
        client.query(statement, &params(&sql.args)).await.map(Some)
    };
    let (ran, announced, committed) = join3(try_join_all(sent), announced, client.batch_execute("commit")).await;
    ran?;
    let announced = announced?;
    committed?;
    announced.map(|rows| read(&rows)).transpose()
}

/// Rows a statement, when one can add many.
const ROWS: usize = 100;

/// The statements go out one behind the other without waiting, then the answers come. Where one statement can add many
/// rows, each adds a hundred.
pub(super) async fn run_many(client: &Object, sql: &Sql, rows: &[Vec<Arg>]) -> Result<u64, DbError> {
    let text = sql.text(Engine::Postgres);
    let full = rows.len() - rows.len() % ROWS;
    let (mut changed, mut singly) = (0, rows);
    if let Some(many) = with_rows(&text, ROWS, rows.first().map_or(0, Vec::len)).filter(|_| full > 0) {
        let (together, rest) = rows.split_at(full);
        let statement = &prepared(client, &many).await?;
        let sent = together.chunks(ROWS).map(|rows| async move {
            let params: Vec<_> = rows.iter().flat_map(|row| params(row)).collect();
            client.execute(statement, &params).await
        });
        changed = try_join_all(sent).await?.into_iter().sum();
        singly = rest;
    }
    let statement = prepared(client, &text).await?;
    let sent = singly.iter().map(|row| {
        let statement = &statement;
        async move { client.execute(statement, &params(row)).await }
    });
    Ok(changed + try_join_all(sent).await?.into_iter().sum::<u64>())
}

/// An `insert` of one row as one of many: `None` when it is none, or does more than insert.
fn with_rows(text: &str, rows: usize, columns: usize) -> Option<String> {
    let (head, rest) = text.split_once("values")?;
    let (row, tail) = rest.trim_start().strip_prefix('(')?.split_once(')')?;
    let is_plain = head.trim_start().starts_with("insert") && ["", "on conflict do nothing"].contains(&tail.trim());
    if !is_plain || rows * columns > usize::from(u16::MAX) {
        return None;
    }
    let mut parts = row.split('$');
    let before = parts.next()?;
    let numbered = parts.map(|part| {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = part.split_at_checked(digits)?;
        Some((number.parse::<usize>().ok()?, after))
    });
    let numbered: Vec<(usize, &str)> = numbered.collect::<Option<_>>()?;
    let row = |n: usize| {
        let of_row = numbered.iter().map(|(number, after)| format!("${}{after}", number + n * columns));
        format!("({before}{})", of_row.collect::<String>())
    };
    Some(format!("{head}values {}{tail}", (0..rows).map(row).collect::<Vec<_>>().join(", ")))
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

#[cfg(test)]
mod tests {
    use super::with_rows;

    #[test]
    fn an_insert_of_one_row_becomes_one_of_many() {
        let text = "insert into t (a, b, c) values ($1, $2, $2) on conflict do nothing";
        let many = "insert into t (a, b, c) values ($1, $2, $2), ($3, $4, $4) on conflict do nothing";
        assert_eq!(with_rows(text, 2, 2).unwrap(), many);
        for other in [
            "update t set a = $2 where b = $1",
            "insert into t (a) select $1",
            "insert into t (a) values ($1) on conflict (a) do update set a = excluded.a",
            "insert into t (a) values (lower($1))",
        ] {
            assert_eq!(with_rows(other, 2, 2), None, "{other}");
        }
        assert_eq!(with_rows(text, 40_000, 2), None, "more parameters than a statement may have");
    }
}
