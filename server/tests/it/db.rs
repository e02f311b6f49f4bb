//! Transactions, readers, announcements and the cache above them.

use crate::trip;
use futures_util::{
    StreamExt,
    future::{join_all, poll_fn},
    stream,
};
use kernel::{
    App, Result,
    cache::Question,
    clock::Timestamp,
    db::{Arg, DbError, Engine, Sql, open},
};
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};
use testkit::{NOW, World, within};

/// A row of a table that nobody reads here.
fn row(name: &str) -> Sql {
    let mut sql = open("insert into schedules (name, cron, next_at)");
    sql.push_rows([vec![name.into(), "* * * * *".into(), Arg::Time(Timestamp::from_micros(NOW))]]);
    sql
}

const ROWS: &str = "select cast(count(*) as bigint) from schedules";

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    let world = World::new().await;
    let mut tx = world.app.db.write().await.unwrap();
    tx.run(row("a")).await.unwrap();
    assert_eq!(tx.one::<i64>(open(ROWS)).await.unwrap(), 1, "it sees its own rows");
    drop(tx);
    drop(world.app.db.write().await.unwrap());
    assert_eq!(world.scalar(ROWS).await, 0);
    let mut tx = world.app.db.write().await.unwrap();
    tx.run(row("b")).await.unwrap();
    tx.run_at_commit(row("c"));
    tx.commit().await.unwrap();
    world.app.db.write().await.unwrap().commit().await.unwrap();
    assert_eq!(world.scalar(ROWS).await, 2);
}

/// Polls a future so many times, and then lets it fall as it is.
async fn until<T>(steps: u32, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut left) = (pin!(future), steps);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn requests_that_are_cut_anywhere_leave_whole_transactions_and_a_whole_pool() {
    let world = World::new().await;
    let pair = async |n: u32| {
        let mut tx = world.app.db.write().await?;
        tx.run(row(&format!("{n} left"))).await?;
        tx.one::<i64>(open(ROWS)).await?;
        tx.run(row(&format!("{n} right"))).await?;
        tx.changed("itineraries");
        tx.run_at_commit(row(&format!("{n} last")));
        tx.commit().await
    };
    // Each is let go after another number of steps, while what it sent last is still on its way.
    let transactions = stream::iter((0..200).map(|n| until(n % 20, pair(n))));
    let ended: Vec<_> = transactions.buffer_unordered(8).collect().await;
    let cut = ended.iter().filter(|done| done.is_none()).count();
    for done in ended.into_iter().flatten() {
        done.unwrap();
    }
    assert!((10..=195).contains(&cut), "{cut} of 200 were cut: the steps do not fit");
    // The whole pool at once, which hangs when a connection was lost.
    let all = join_all((1000..1018).map(pair));
    for done in tokio::time::timeout(Duration::from_secs(10), all).await.unwrap() {
        done.unwrap();
    }
    let mut db = world.app.db.read().await.unwrap();
    let mut names: Vec<String> = db.all(open("select name from schedules")).await.unwrap();
    names.sort();
    let whole = |n: &str| ["last", "left", "right"].iter().all(|p| names.contains(&format!("{n} {p}")));
    let half: Vec<&String> = names.iter().filter(|name| !whole(name.split(' ').next().unwrap())).collect();
    assert!(half.is_empty(), "{half:?}");
    assert!(names.len() >= (200 - cut + 18) * 3, "what was acknowledged is there");
    drop(db);
    // Announcing and listening take one for a moment; a connection that was lost stays away.
    let back = || async { world.app.db.pool_usage().is_none_or(|(used, _)| used == 0) };
    within(Duration::from_secs(3), back).await;
}

#[tokio::test]
async fn readers_of_the_embedded_database_cannot_write() {
    let world = World::new().await;
    if world.app.db.engine() == Engine::Postgres {
        return; // its readers share the pool with the writers
    }
    let mut reader = world.app.db.read().await.unwrap();
    for write in
        ["delete from schedules returning 1", "create table x (y integer)", "update changes set at = 0 returning 1"]
    {
        let done: Result<Vec<i64>, DbError> = reader.all(open(write)).await;
        assert!(done.is_err(), "{write}");
    }
}

#[tokio::test]
async fn what_was_left_for_the_commit_happens_together_or_not_at_all() {
    let world = World::new().await;
    let mut tx = world.app.db.write().await.unwrap();
    tx.run_at_commit(row("there"));
    tx.commit().await.unwrap();
    // The one that fails among others, none of them prepared before, with and without something done earlier.
    for (n, has_begun) in [(1, false), (2, true), (3, false)] {
        let mut tx = world.app.db.write().await.unwrap();
        if has_begun {
            tx.run(row("earlier")).await.unwrap();
        }
        for m in 1..=40 {
            let mut left = row("there");
            if m != 20 {
                left = open("update schedules set cron = 'changed' where name = ");
                left.push_bind("there");
            }
            // No two are the same text, which would be prepared.
            for _ in 0..n * 50 + m {
                left.push(" ");
            }
            tx.run_at_commit(left);
        }
        tx.changed("schedules");
        let error = tx.commit().await.unwrap_err();
        assert!(error.is_unique(), "{error}");
        assert_eq!(world.scalar(ROWS).await, 1);
        let changed = "select cast(count(*) as bigint) from schedules where cron = 'changed'";
        assert_eq!(world.scalar(changed).await, 0, "a statement outlived its transaction");
    }
    let mut tx = world.app.db.write().await.unwrap();
    (0..40).for_each(|n| tx.run_at_commit(row(&format!("row {n}"))));
    tx.commit().await.unwrap();
    assert_eq!(world.scalar(ROWS).await, 41);
}

#[tokio::test]
async fn a_unique_rule_that_is_broken_is_told_apart() {
    let world = World::new().await;
    let mut tx = world.app.db.write().await.unwrap();
    tx.run(row("a")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.app.db.write().await.unwrap();
    let error = tx.run(row("a")).await.unwrap_err();
    assert!(error.is_unique(), "{error}");
    drop(tx);
    let mut tx = world.app.db.write().await.unwrap();
    tx.run_at_commit(row("a"));
    let error = tx.commit().await.unwrap_err();
    assert!(error.is_unique(), "{error}");
    let mut tx = world.app.db.write().await.unwrap();
    let error = tx.run(open("insert into schedules (name, cron) values ('b', 'c')")).await.unwrap_err();
    assert!(!error.is_unique(), "{error}");
    drop(tx);
    // A failure inside takes nothing else with it.
    let mut tx = world.app.db.write().await.unwrap();
    tx.run(row("d")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.scalar(ROWS).await, 2);
}

#[tokio::test]
async fn a_change_reaches_another_process_within_a_second() {
    let world = World::new().await;
    let other = world.beside().await;
    let asha = world.person("asha").await;
    assert!(other.get("/api/itineraries").await.is(200).titles().is_empty());
    for title in ["Three days in Tokyo", "Four days in Tokyo", "Five days in Tokyo"] {
        other.get("/api/itineraries").await.is(200);
        let id = asha.publishes(trip(title)).await;
        assert!(world.get("/api/itineraries").await.titles().contains(&title), "here at once");
        let seen = || async { other.get("/api/itineraries").await.titles().contains(&title) };
        within(Duration::from_secs(1), seen).await;
        let one = format!("/api/itineraries/{id}");
        other.get(&one).await.is(200);
        asha.delete(&one).await.is(200);
        within(Duration::from_secs(1), || async { other.get(&one).await.status == 404 }).await;
    }
}

static LOADS: AtomicUsize = AtomicUsize::new(0);

async fn load(app: App, _: Option<kernel::auth::Caller>) -> Result<Option<i64>> {
    LOADS.fetch_add(1, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(Some(app.db.read().await?.one(open(ROWS)).await?))
}

async fn ask(app: &App) -> i64 {
    let question = Question {
        shelf: "test",
        key: "rows",
        topics: &["test"],
        render: |_, value: &i64| Ok(value.to_string().into_bytes()),
    };
    question.ask(app, None, load).await.unwrap().unwrap().value
}

#[tokio::test]
async fn many_readers_of_what_is_not_kept_load_it_once_and_never_what_was_before_a_change() {
    let world = World::new().await;
    let app = Arc::new(world.app.clone());
    let asked = || join_all((0..50).map(|_| ask(&app)));
    assert_eq!(asked().await, [0; 50]);
    assert_eq!(LOADS.load(Ordering::SeqCst), 1, "one load for fifty readers");
    asked().await;
    assert_eq!(LOADS.load(Ordering::SeqCst), 1, "and none for the next fifty");
    // Readers who come after a commit must not join a load that began before it.
    for n in 1..=5 {
        let change = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut tx = app.db.write().await.unwrap();
            tx.run(row(&n.to_string())).await.unwrap();
            tx.changed("test");
            tx.commit().await.unwrap();
            ask(&app).await
        };
        let (_, after) = tokio::join!(asked(), change);
        assert_eq!(after, n, "an answer from before the commit was shown after it");
        let mut tx = app.db.write().await.unwrap();
        tx.changed("test");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_process_that_starts_does_not_bring_back_what_was_deleted() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    // Somebody's long transaction keeps the horizon of what everybody has heard where it is now.
    let mut long = None;
    if world.app.db.engine() == Engine::Postgres {
        let mut tx = world.app.db.write().await.unwrap();
        tx.run(open("update travelers set bio = 'held'")).await.unwrap();
        long = Some(tx);
    }
    let path = format!("/api/itineraries/{}", asha.publishes(trip("Soon to be gone")).await);
    world.get(&path).await.is(200);
    // The entry is written to Redis, if there is one, behind the reply.
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.get(&path).await.is(200);
    asha.delete(&path).await.is(200);
    world.get(&path).await.fails(404, "not_found");
    world.beside().await.get(&path).await.fails(404, "not_found");
    drop(long);
}

#[tokio::test]
async fn two_databases_do_not_share_what_is_kept_in_redis() {
    let (world, other) = (World::new().await, World::new().await);
    let beside = world.beside().await;
    let key = |world: &World| world.app.redis.as_ref().map(|redis| redis.key(&["cache", "x"]));
    assert_eq!(key(&world), key(&beside), "the same database");
    // Also where nothing but the database tells them apart.
    let identity = |key: Option<String>| key.map(|key| key.split(':').nth(1).unwrap().to_owned());
    if world.app.redis.is_some() {
        assert_ne!(identity(key(&world)), identity(key(&other)));
    }
}

#[tokio::test]
async fn statements_of_ever_new_shapes_are_not_all_kept_prepared() {
    let world = World::with(&[("DB_POOL_SIZE", "2")]).await;
    if world.app.db.engine() == Engine::Sqlite {
        return; // whose cache of statements has a size of its own
    }
    let mut tx = world.app.db.write().await.unwrap();
    for n in 1..=700_i64 {
        let mut sql = open("select cast(count(*) as bigint) from travelers where display_name in ");
        sql.push_list((0..n % 350).map(|m| format!("{n} {m}")));
        sql.push(if n > 350 { " and is_admin = TRUE" } else { "" });
        tx.one::<i64>(sql).await.unwrap();
    }
    let kept: i64 = tx.one(open("select count(*) from pg_prepared_statements")).await.unwrap();
    assert!((1..=501).contains(&kept), "{kept}");
}
