//! Wakes other processes when this one has committed something they want to hear of, and is woken by them: through
//! PostgreSQL's LISTEN and through Redis. Both only save the wait for the next look into the tables.

use crate::{App, by_engine, db::Engine, redis::Redis};
use futures_util::StreamExt;
use std::{sync::Arc, time::Duration};

const CHANNEL: &str = "tripit_changes";
/// Commits that follow one another closely are told together.
const TOGETHER: Duration = Duration::from_millis(5);
const AGAIN: Duration = Duration::from_secs(1);

/// Starts telling and listening.
pub(crate) fn start(app: &App) {
    let teller = app.clone();
    app.until_stopped(async move {
        loop {
            teller.db.changes().bell.notified().await;
            tell(&teller).await;
            tokio::time::sleep(TOGETHER).await;
        }
    });
    if app.db.engine() == Engine::Postgres {
        let listener = app.clone();
        app.until_stopped(async move {
            loop {
                if let Err(error) = listener.db.listen(CHANNEL, || woken(&listener)).await {
                    tracing::debug!(%error, "LISTEN ended");
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
    if let Some(redis) = app.redis.clone() {
        let subscriber = app.clone();
        app.until_stopped(async move {
            loop {
                if let Err(error) = subscribe(&subscriber, &redis).await {
                    tracing::debug!(%error, "the subscription at Redis ended");
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
}

fn woken(app: &App) {
    app.db.changes().look.notify_one();
    app.db.changes().work.notify_one();
}

async fn tell(app: &App) {
    let postgres = async {
        if app.db.engine() == Engine::Postgres
            && let Ok(session) = app.db.read().await
        {
            let mut session = session.uncounted();
            // After the commit and not in it: NOTIFY inside would make every commit wait for every other.
            let notify = by_engine!(sqlite: "select cast(1 as bigint)", postgres: "select cast(count(pg_notify('tripit_changes', '')) as bigint)");
            if let Err(error) = session.one::<i64>(notify).await {
                tracing::debug!(%error, "NOTIFY failed");
            }
        }
    };
    let redis = async {
        if let Some(redis) = &app.redis {
            redis.publish(&redis.key(&[CHANNEL]), "").await;
        }
    };
    tokio::join!(postgres, redis);
}

async fn subscribe(app: &App, redis: &Arc<Redis>) -> Result<(), redis::RedisError> {
    let mut listener = redis.subscribe(&redis.key(&[CHANNEL])).await?;
    woken(app); // what was said while nobody listened
    let mut messages = listener.on_message();
    while messages.next().await.is_some() {
        woken(app);
    }
    Ok(())
}
