//! The control: the queries of one trip and of a list page through the bare drivers, with all columns read, and nothing
//! of ours around them. `bench ids FILE` prints published ids for the load generator; `bench FILE|URL SECONDS` measures.
//! `bench identity ...` measures signing in and its end, over HTTP, `bench blocks ...` how soon a block takes effect, and
//! `bench travel ...` trips and what follows them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod attacks;
mod blocks;
mod identity;
mod travel;

use rusqlite::{Connection, OpenFlags, types::Value};
use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_postgres::{NoTls, types::ToSql};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Fault = Box<dyn std::error::Error + Send + Sync>;

const ONE: &str = "select author.*, i.*, coalesce(s.score, 0) as safety_score, \
    coalesce(s.ratings_count, 0) as safety_ratings_count, g.gpx \
    from itineraries i join travelers author on author.id = i.traveler_id \
    left join itinerary_safety s on s.itinerary_id = i.id left join itinerary_tracks g on g.itinerary_id = i.id \
    where i.is_published = TRUE and i.deleted_at is null and author.is_active = TRUE and i.id = $1";
const PAGE: &str = "select author.*, i.*, coalesce(s.score, 0) as safety_score, \
    coalesce(s.ratings_count, 0) as safety_ratings_count \
    from itineraries i join travelers author on author.id = i.traveler_id \
    left join itinerary_safety s on s.itinerary_id = i.id \
    where i.is_published = TRUE and i.deleted_at is null and author.is_active = TRUE \
    order by i.proof_score desc, i.created_at desc, i.id desc limit 20";
const COUNT: &str = "select count(*) from itineraries i join travelers author on author.id = i.traveler_id \
    where i.is_published = TRUE and i.deleted_at is null and author.is_active = TRUE";
const IDS: &str = "select id from itineraries where is_published = TRUE and deleted_at is null order by id limit 1000";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Vec<String>) -> Result<(), Fault> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["ids", database] => {
            for id in if is_url(database) { ids_postgres(database).await? } else { ids_sqlite(database)? } {
                println!("{id}");
            }
            Ok(())
        }
        ["blocks", rest @ ..] => blocks::run(rest).await,
        ["identity", rest @ ..] => identity::run(rest).await,
        ["travel", rest @ ..] => travel::run(rest).await,
        [database, seconds] => {
            let time = Duration::from_secs(seconds.parse()?);
            if is_url(database) { postgres(database, time).await } else { sqlite(database, time) }
        }
        _ => Err("usage: bench ids FILE|URL, bench blocks ..., bench identity ..., bench travel ..., or bench FILE|URL SECONDS".into()),
    }
}

fn is_url(database: &str) -> bool {
    database.starts_with("postgres")
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
fn report(what: &str, count: u64, begun: Instant) {
    println!("{what:<28} {:>10.0} a second", count as f64 / begun.elapsed().as_secs_f64());
}

fn open(file: &str) -> Result<Connection, Fault> {
    let connection =
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch("pragma cache_size = -16384; pragma mmap_size = 268435456")?;
    Ok(connection)
}

fn ids_sqlite(file: &str) -> Result<Vec<Uuid>, Fault> {
    let connection = open(file)?;
    let mut statement = connection.prepare(IDS)?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Two threads, as the server has two readers.
fn sqlite(file: &str, time: Duration) -> Result<(), Fault> {
    let ids = ids_sqlite(file)?;
    let measure = |what: &str, work: &(dyn Fn(&Connection, u64) -> Result<(), Fault> + Sync)| -> Result<(), Fault> {
        let (count, begun) = (AtomicU64::new(0), Instant::now());
        std::thread::scope(|scope| -> Result<(), Fault> {
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| -> Result<(), Fault> {
                        let connection = open(file)?;
                        while begun.elapsed() < time {
                            work(&connection, count.fetch_add(1, Ordering::Relaxed))?;
                        }
                        Ok(())
                    })
                })
                .collect();
            for thread in threads {
                thread.join().map_err(|panic| format!("a thread panicked: {panic:?}"))??;
            }
            Ok(())
        })?;
        report(what, count.into_inner(), begun);
        Ok(())
    };
    let all = |connection: &Connection, text: &str, id: Option<Uuid>| -> Result<(), Fault> {
        let mut statement = connection.prepare_cached(&text.replace('$', "?"))?;
        let columns = statement.column_count();
        let mut rows = if let Some(id) = id { statement.query([id])? } else { statement.query([])? };
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                std::hint::black_box(row.get::<_, Value>(column)?);
            }
        }
        Ok(())
    };
    measure("bare driver, one trip", &|c, n| all(c, ONE, ids.get(usize::try_from(n)? % ids.len()).copied()))?;
    measure("bare driver, page and total", &|c, _| {
        all(c, PAGE, None)?;
        all(c, COUNT, None)
    })
}

async fn ids_postgres(url: &str) -> Result<Vec<Uuid>, Fault> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::runtime::Handle::current().spawn(connection);
    Ok(client.query(IDS, &[]).await?.iter().map(|row| row.get(0)).collect())
}

/// Twenty connections, as the server's pool has.
async fn postgres(url: &str, time: Duration) -> Result<(), Fault> {
    let ids = Arc::new(ids_postgres(url).await?);
    for (what, is_page) in [("bare driver, one trip", false), ("bare driver, page and total", true)] {
        let (count, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let tasks = (0..20).map(|_| {
            let (ids, count, url) = (Arc::clone(&ids), Arc::clone(&count), url.to_owned());
            tokio::runtime::Handle::current().spawn(async move {
                let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
                tokio::runtime::Handle::current().spawn(connection);
                let (one, page, total) =
                    (client.prepare(ONE).await?, client.prepare(PAGE).await?, client.prepare(COUNT).await?);
                while begun.elapsed() < time {
                    let n = usize::try_from(count.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
                    if is_page {
                        std::hint::black_box(client.query(&page, &[]).await?);
                        std::hint::black_box(client.query(&total, &[]).await?);
                    } else {
                        let id = ids.get(n % ids.len().max(1)).copied().unwrap_or_default();
                        let params: [&(dyn ToSql + Sync); 1] = [&id];
                        std::hint::black_box(client.query(&one, &params).await?);
                    }
                }
                Ok::<(), Fault>(())
            })
        });
        for task in futures_util::future::join_all(tasks).await {
            task??;
        }
        report(what, count.load(Ordering::Relaxed), begun);
    }
    Ok(())
}
