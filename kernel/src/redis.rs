//! Redis, for what may be lost. Every call has 20 ms; after a failure nobody asks for a while. A caller that gets
//! `None` goes on without.

use crate::config::SettingError;
use redis::{
    Client, FromRedisValue, Script, ToRedisArgs,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The shared memory of many processes.
pub struct Redis {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    base: String,
    /// What keys begin with, once it is known which database they are about.
    prefix: OnceLock<String>,
    started: Instant,
    /// Milliseconds since `started` until which nobody asks.
    resting_until: AtomicI64,
}

const TIMEOUT: Duration = Duration::from_millis(20);
const CONNECT_TIMEOUT: Duration = Duration::from_millis(200);
const REST: Duration = Duration::from_secs(1);

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Redis {
    /// Does not connect yet. Keys of this program begin with `prefix`.
    pub fn new(url: &SecretString, prefix: &str) -> Result<Self, SettingError> {
        let client = Client::open(url.expose_secret()).ok();
        Ok(Self {
            client: client
                .ok_or_else(|| SettingError::new("REDIS_URL", "must be a URL such as redis://host:6379/0"))?,
            connection: OnceCell::new(),
            base: prefix.to_owned(),
            prefix: OnceLock::new(),
            started: Instant::now(),
            resting_until: AtomicI64::new(0),
        })
    }

    /// Says which database the keys are about. Until then nothing is asked.
    pub fn belongs_to(&self, database: Uuid) {
        // A second call says the same.
        let _ = self.prefix.set(format!("{}:{}", self.base, database.simple()));
    }

    /// `prefix:part:part`.
    pub fn key(&self, parts: &[&str]) -> String {
        let mut key = self.prefix.get().unwrap_or(&self.base).clone();
        for part in parts {
            key.push(':');
            key.push_str(part);
        }
        key
    }

    fn millis(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    async fn connection(&self) -> Result<ConnectionManager, redis::RedisError> {
        let connect = || async {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(CONNECT_TIMEOUT))
                .set_response_timeout(Some(TIMEOUT))
                .set_number_of_retries(1)
                .set_max_delay(Duration::from_millis(500));
            ConnectionManager::new_with_config(self.client.clone(), config).await
        };
        self.connection.get_or_try_init(connect).await.cloned()
    }

    /// Asks, within the time limit, unless Redis failed a moment ago.
    async fn ask<T, F>(&self, question: impl FnOnce(ConnectionManager) -> F) -> Option<T>
    where
        F: Future<Output = Result<T, redis::RedisError>>,
    {
        if self.prefix.get().is_none() || self.millis() < self.resting_until.load(Ordering::Relaxed) {
            return None;
        }
        let limit = if self.connection.initialized() { TIMEOUT } else { CONNECT_TIMEOUT };
        let asked = tokio::time::timeout(limit, async { question(self.connection().await?).await }).await;
        let fault = match asked {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        let rest = i64::try_from(REST.as_millis()).unwrap_or(1000);
        let was = self.resting_until.swap(self.millis() + rest, Ordering::Relaxed);
        if self.millis() > was + 10 * rest {
            tracing::warn!(fault, "Redis does not answer; going on without it");
        }
        metrics::counter!("tripit_redis_failures_total").increment(1);
        None
    }

    /// A value.
    pub async fn get<T: FromRedisValue>(&self, key: &str) -> Option<Option<T>> {
        self.ask(|mut c| async move { redis::cmd("GET").arg(key).query_async(&mut c).await }).await
    }

    /// Keeps a value for a while.
    pub async fn set(&self, key: &str, value: impl ToRedisArgs + Send + Sync, keep: Duration) {
        let seconds = keep.as_secs().max(1);
        let _: Option<()> = self
            .ask(|mut c| async move {
                redis::cmd("SET").arg(key).arg(value).arg("EX").arg(seconds).query_async(&mut c).await
            })
            .await;
    }

    /// Runs a script on one key that yields a number.
    pub async fn script(&self, script: &'static str, key: &str, args: &[&str]) -> Option<i64> {
        self.ask(|mut c| async move {
            let script = Script::new(script);
            let mut call = script.key(key);
            for arg in args {
                call.arg(*arg);
            }
            call.invoke_async(&mut c).await
        })
        .await
    }

    /// Tells whoever is subscribed.
    pub async fn publish(&self, channel: &str, message: &str) {
        let _: Option<i64> = self
            .ask(|mut c| async move { redis::cmd("PUBLISH").arg(channel).arg(message).query_async(&mut c).await })
            .await;
    }

    /// A connection of its own that listens to `channel`; the caller takes a new one when it ends.
    pub async fn subscribe(&self, channel: &str) -> Result<redis::aio::PubSub, redis::RedisError> {
        let mut listener = self.client.get_async_pubsub().await?;
        listener.subscribe(channel).await?;
        Ok(listener)
    }

    /// Whether Redis answers now.
    pub async fn ping(&self) -> bool {
        let answer: Option<String> =
            self.ask(|mut c| async move { redis::cmd("PING").query_async(&mut c).await }).await;
        answer.is_some()
    }
}
