//! Claims jobs, runs them, and ticks schedules.
//!
//! A claimed job is leased for [`LEASE`], and the lease renewed while it runs; when its process dies, another one takes
//! it after that. The number of the attempt stands in every change of the row, so a process that lost its lease cannot
//! finish what another one has begun.

use super::Queued;
use crate::{App, Error, Result, by_engine, clock::Timestamp, db::Sql, record, sql};
use rand::RngExt;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(30);
const RENEW: Duration = Duration::from_secs(10);
/// How often the table is looked at when nobody rings.
const EVERY: Duration = Duration::from_secs(1);
/// Jobs at a time in one process; the last place is kept for what is urgent.
const AT_ONCE: usize = 5;
/// What is urgent is tried again at least so often.
const SOON: Duration = Duration::from_mins(1);

record! {
    struct Claimed { id: Uuid, kind: String, payload: Text, urgent: bool, attempts: i64, max_attempts: i64 }
}

/// The payload as it stands.
struct Text(String);

impl crate::db::Column for Text {
    type Pg = crate::db::JsonText;
    fn from_pg(value: Self::Pg) -> Result<Self, crate::db::DbError> {
        Ok(Self(value.into_inner()))
    }
    fn from_sqlite(value: crate::db::ValueRef<'_>) -> Result<Self, crate::db::DbError> {
        String::from_sqlite(value).map(Self)
    }
}

/// Works until the process is told to stop, then finishes what it began.
pub async fn work(app: App) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut planned = false;
    while !app.stop.is_cancelled() {
        if !planned {
            planned = plan(&app).await.is_ok();
        }
        let round = async {
            tick(&app).await?;
            claim(&app, places.available_permits(), 1).await
        };
        let claimed = round.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "jobs cannot be claimed");
            Vec::new()
        });
        let busy = !claimed.is_empty();
        for job in claimed {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let app = app.clone();
            app.clone().tasks.spawn(async move {
                attempt(&app, job).await;
                drop(place);
                app.db.changes().work.notify_one();
            });
        }
        if !busy {
            let ring = tokio::time::timeout(EVERY, app.db.changes().work.notified());
            tokio::select! { _ = ring => {}, () = app.stop.cancelled() => {} }
        }
    }
}

/// Runs everything that is ready now, one after the other; how many. For tests and commands.
pub async fn run_ready(app: &App) -> Result<usize> {
    let mut done = 0;
    loop {
        let claimed = claim(app, 1, 0).await?;
        if claimed.is_empty() {
            return Ok(done);
        }
        for job in claimed {
            attempt(app, job).await;
            done += 1;
        }
    }
}

/// Takes as many jobs as there are free places, but leaves `kept` of them to what is urgent.
async fn claim(app: &App, places: usize, kept: usize) -> Result<Vec<Claimed>> {
    let now = app.clock.now();
    let only_urgent = places <= kept;
    let waiting = sql!(
        "select cast(count(*) as bigint) from
         (select 1 as one from jobs where state = 'ready' and run_at <= $1 and (urgent = TRUE or $2 = FALSE)
          union all select 1 as one from jobs where state = 'running' and locked_until < $1
            and (urgent = TRUE or $2 = FALSE) limit 1) as waiting"
    );
    // Looking is cheap; a write transaction every second is not.
    if places == 0 || app.db.read().await?.one::<i64>(waiting.bind(now).bind(only_urgent)).await? == 0 {
        return Ok(Vec::new());
    }
    let mut tx = app.db.write().await?;
    let most = if only_urgent { places } else { places - kept };
    let mut claimed: Vec<Claimed> = Vec::new();
    for take in [lapsed(), ready()] {
        let left = most - claimed.len().min(most);
        let take = take.bind(now).bind(now.plus(LEASE)).bind(i64::try_from(left).unwrap_or(1)).bind(only_urgent);
        claimed.extend(tx.all::<Claimed>(take).await?);
    }
    tx.commit().await?;
    Ok(claimed)
}

/// Takes what processes left that died: each of them a few.
fn lapsed() -> Sql {
    by_engine!(
        sqlite: "update jobs set attempts = attempts + 1, locked_until = $2 where id in (
                    select id from jobs where state = 'running' and locked_until < $1
                    and (urgent = TRUE or $4 = FALSE) order by urgent desc, locked_until limit $3)
                 returning id, kind, payload, urgent, attempts, max_attempts",
        postgres: "update jobs set attempts = attempts + 1, locked_until = $2 where id in (
                    select id from jobs where state = 'running' and locked_until < $1
                    and (urgent = TRUE or $4 = FALSE) order by urgent desc, locked_until limit $3 for update skip locked)
                   returning id, kind, payload, urgent, attempts, max_attempts",
    )
}

/// Takes what waits. First tries go before those that failed, or whoever makes many that fail would keep all others from
/// being tried once.
fn ready() -> Sql {
    by_engine!(
        sqlite: "update jobs set state = 'running', attempts = attempts + 1, locked_until = $2 where id in (
                    select id from jobs where state = 'ready' and run_at <= $1
                    and (urgent = TRUE or $4 = FALSE) order by urgent desc, attempts, run_at limit $3)
                 returning id, kind, payload, urgent, attempts, max_attempts",
        postgres: "update jobs set state = 'running', attempts = attempts + 1, locked_until = $2 where id in (
                    select id from jobs where state = 'ready' and run_at <= $1
                    and (urgent = TRUE or $4 = FALSE) order by urgent desc, attempts, run_at limit $3
                    for update skip locked)
                   returning id, kind, payload, urgent, attempts, max_attempts",
    )
}

/// One try of one job; its end is written whatever happened.
async fn attempt(app: &App, job: Claimed) {
    let (id, attempts, kind, urgent) = (job.id, job.attempts, job.kind.clone(), job.urgent);
    let last = attempts >= job.max_attempts;
    let result = if attempts > job.max_attempts {
        Err(Error::internal("its process ended at every try"))
    } else {
        run(app, job).await
    };
    let outcome = match &result {
        Ok(()) => "done",
        Err(_) if last => "dead",
        Err(_) => "retried",
    };
    metrics::counter!("tripit_jobs_total", "kind" => kind.clone(), "outcome" => outcome).increment(1);
    let end = match result {
        Ok(()) => done(id, attempts),
        Err(error) => {
            let cause = match &error {
                Error::Internal { cause } | Error::Unavailable { cause } => cause.clone(),
                other => other.to_string(),
            };
            tracing::warn!(job = %id, kind, attempts, cause, "a job failed");
            failed(id, attempts, last, app.clock.now().plus(wait(attempts, urgent)), &cause)
        }
    };
    // Without this the lease runs out and the job runs again, which jobs are made for.
    if let Err(error) = finish(app, end).await {
        tracing::warn!(job = %id, %error, "the end of a job could not be written");
    }
}

async fn run(app: &App, job: Claimed) -> Result<()> {
    let Some(kind) = app.jobs.kinds.get(job.kind.as_str()).copied() else {
        return Err(Error::internal("a kind of job that this version does not know"));
    };
    // In a task of its own, so that a panic is its own too.
    let mut task = app.tasks.spawn((kind.run)(app.clone(), job.id, job.payload.0));
    let deadline = tokio::time::sleep(kind.timeout);
    tokio::pin!(deadline);
    loop {
        tokio::select! {
            ended = &mut task => return ended.unwrap_or_else(|e| Err(Error::internal(e.to_string()))),
            () = &mut deadline => {
                task.abort();
                return Err(Error::internal("it took too long"));
            }
            () = tokio::time::sleep(RENEW) => {
                let until = app.clock.now().plus(LEASE);
                let renew = sql!("update jobs set locked_until = $3 where id = $1 and attempts = $2 and state = 'running'");
                if let Err(error) = finish(app, renew.bind(job.id).bind(job.attempts).bind(until)).await {
                    tracing::warn!(job = %job.id, %error, "a lease could not be renewed");
                }
            }
        }
    }
}

async fn finish(app: &App, sql: Sql) -> Result<()> {
    let mut tx = app.db.write().await?;
    tx.run(sql).await?;
    Ok(tx.commit().await?)
}

fn done(id: Uuid, attempts: i64) -> Sql {
    sql!("delete from jobs where id = $1 and attempts = $2").bind(id).bind(attempts)
}

/// Until it is tried again.
fn wait(attempts: i64, urgent: bool) -> Duration {
    // 10 s, 20 s, 40 s, ... and up to a quarter more or less, so that what failed together is not tried together.
    let wait = Duration::from_secs(5) * 2_u32.saturating_pow(u32::try_from(attempts.clamp(1, 10)).unwrap_or(1));
    let wait = if urgent { wait.min(SOON) } else { wait };
    wait.mul_f64(rand::rng().random_range(0.75..1.25))
}

fn failed(id: Uuid, attempts: i64, last: bool, again: Timestamp, cause: &str) -> Sql {
    // One that waits under the same key already stands for this one as well.
    sql!(
        "update jobs set locked_until = null, last_error = $3, run_at = $4,
                state = case when $5 or exists (select 1 from jobs other where other.kind = jobs.kind
                    and other.unique_key = jobs.unique_key and other.state = 'ready') then 'dead' else 'ready' end
         where id = $1 and attempts = $2 and state = 'running'"
    )
    .bind(id)
    .bind(attempts)
    .bind(cause.chars().take(500).collect::<String>())
    .bind(again)
    .bind(last)
}

/// Writes down when each schedule ticks next, unless that is known already.
async fn plan(app: &App) -> Result<()> {
    let mut tx = app.db.write().await?;
    for schedule in &app.jobs.schedules {
        let next = schedule.next(app.clock.now())?;
        tx.run(
            sql!(
                "insert into schedules (name, cron, next_at) values ($1, $2, $3)
                 on conflict (name) do update set cron = excluded.cron, next_at = excluded.next_at
                 where schedules.cron <> excluded.cron"
            )
            .bind(schedule.name)
            .bind(schedule.text)
            .bind(next),
        )
        .await?;
    }
    Ok(tx.commit().await?)
}

record! {
    struct Due { name: String, next_at: Timestamp }
}

/// Enqueues what is due. Of many processes, the one that moves `next_at` does it.
pub(super) async fn tick(app: &App) -> Result<()> {
    let now = app.clock.now();
    let due = sql!("select name, next_at from schedules where next_at <= $1").bind(now);
    for due in app.db.read().await?.all::<Due>(due).await? {
        let Some(schedule) = app.jobs.schedules.iter().find(|s| s.name == due.name) else { continue };
        let mut tx = app.db.write().await?;
        let moved = sql!("update schedules set next_at = $3 where name = $1 and next_at = $2");
        if tx.run(moved.bind(schedule.name).bind(due.next_at).bind(schedule.next(now)?)).await? == 1 {
            let job = (schedule.queue)(&app.clock, &app.ids)?;
            tx.run(Queued::insert(vec![job])).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// For tests: plans and ticks the schedules as a worker would.
pub async fn tick_schedules(app: &App) -> Result<()> {
    plan(app).await?;
    tick(app).await
}
