//! Read-through cache: memory with single flight, then Redis.
//!
//! Whoever caches something names the topics it was made from. A topic that changes takes everything made from it out
//! of use at once: its counter is part of the key, so a reader that comes after the change cannot meet an entry, or
//! join a load, from before it. Entries in Redis carry the position in the history of changes up to which their maker
//! had heard everything; they are used only while none of their topics changed after that. Nothing has to be deleted
//! in Redis, so a Redis that was away cannot bring back what was changed meanwhile.

use crate::{
    App, Error, Result,
    auth::Caller,
    db::{Change, Changes},
    http::etag,
    redis::Redis,
};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use moka::policy::EvictionPolicy;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::Any,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// What is kept: the value for the signed-in, and the finished body for everybody else.
#[derive(Debug)]
pub struct Entry<T> {
    /// The typed value.
    pub value: T,
    body: Bytes,
    etag: HeaderValue,
}

impl<T> Entry<T> {
    /// 200 with the finished body and its tag.
    pub fn reply(&self) -> Response {
        let mut response = crate::http::json_response(StatusCode::OK, Body::from(self.body.clone()));
        response.headers_mut().insert(header::ETAG, self.etag.clone());
        response
    }
}

type Kept = Arc<dyn Any + Send + Sync>;

/// The cache of a process, and the way to the shared one.
#[derive(Debug)]
pub struct Cache {
    memory: moka::future::Cache<String, (Kept, u32)>,
    topics: Arc<Topics>,
}

/// What was heard of topics, which share slots: a collision forgets too much, never too little.
#[derive(Debug)]
struct Topics {
    slots: Vec<Slot>,
    all: Slot,
}

#[derive(Debug, Default)]
struct Slot {
    changes: AtomicU64,
    last: AtomicI64,
}

impl Slot {
    fn change(&self, position: i64) {
        self.last.fetch_max(position, Ordering::AcqRel);
        self.changes.fetch_add(1, Ordering::AcqRel);
    }
}

impl Topics {
    fn slot(&self, topic: &str) -> &Slot {
        let mut hasher = DefaultHasher::new();
        topic.hash(&mut hasher);
        let index = hasher.finish() % self.slots.len().max(1) as u64;
        usize::try_from(index).ok().and_then(|i| self.slots.get(i)).unwrap_or(&self.all)
    }

    fn change(&self, change: Change<'_>) {
        change.topic.map_or(&self.all, |topic| self.slot(topic)).change(change.position);
    }

    /// A number that differs after any of `topics` changed.
    fn generation(&self, topics: &[impl AsRef<str>]) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.all.changes.load(Ordering::Acquire).hash(&mut hasher);
        for topic in topics {
            self.slot(topic.as_ref()).changes.load(Ordering::Acquire).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Whether none of `topics` changed at or after `position`.
    fn unchanged_since(&self, topics: &[&str], position: i64) -> bool {
        let before = |slot: &Slot| slot.last.load(Ordering::Acquire) < position;
        before(&self.all) && topics.iter().all(|topic| before(self.slot(topic)))
    }
}

/// An entry lives this long at most, in memory and in Redis; rules that depend on the day are late by no more.
const LIFETIME: Duration = Duration::from_mins(1);
/// Bytes of memory for entries.
const CAPACITY: u64 = 48 * 1024 * 1024;

impl Cache {
    /// An empty cache that forgets what `changes` tells of.
    pub fn new(changes: &Changes) -> Self {
        let topics = Arc::new(Topics {
            slots: std::iter::repeat_with(Slot::default).take(16_384).collect(),
            all: Slot::default(),
        });
        let heard = Arc::clone(&topics);
        changes.on(move |change| heard.change(change));
        let memory = moka::future::Cache::builder()
            .max_capacity(CAPACITY)
            .weigher(|key: &String, (_, weight): &(Kept, u32)| {
                weight.saturating_add(u32::try_from(key.len()).unwrap_or(u32::MAX))
            })
            // The last ones used, whatever was asked for most before: where that decides, a hot shelf keeps new entries out,
            // and large ones for good.
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(LIFETIME)
            .build();
        Self { memory, topics }
    }

    /// A number that differs after any of `topics` changed: a part of the key of whatever else is remembered.
    pub fn generation(&self, topics: &[impl AsRef<str>]) -> u64 {
        self.topics.generation(topics)
    }

    /// How many entries are in memory.
    pub fn len(&self) -> u64 {
        self.memory.entry_count()
    }

    /// Whether memory holds no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What is asked of the cache.
#[derive(Debug)]
pub struct Question<'a, T> {
    /// The kind of thing; names the metric.
    pub shelf: &'static str,
    /// Which one.
    pub key: &'a str,
    /// What it is made from.
    pub topics: &'a [&'a str],
    /// The body that the anonymous get.
    pub render: fn(&App, &T) -> Result<Vec<u8>>,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Question<'_, T> {
    /// The entry, from memory, from Redis, or from `load`. What does not exist is not kept.
    ///
    /// `load` gets the viewer for whom it is: nobody, for what is kept and shown to all, or a viewer who has blocks, whose
    /// pages and totals must be whole without what they do not see. Those are never kept.
    pub async fn ask<F>(
        self,
        app: &App,
        viewer: Option<Caller>,
        load: impl FnOnce(App, Option<Caller>) -> F + Send + 'static,
    ) -> Result<Option<Arc<Entry<T>>>>
    where
        F: Future<Output = Result<Option<T>>> + Send + 'static,
    {
        let changes = app.db.changes();
        let alone = viewer.filter(|v| v.has_blocks);
        if alone.is_some() || !app.config.cache || !changes.is_listening() {
            // Not for this viewer; or what changes elsewhere is not heard of, and nothing kept may be shown.
            let Some(value) = load(app.clone(), alone).await? else { return Ok(None) };
            return self.entry(app, value).map(Some);
        }
        let load = |app| load(app, None);
        let position = changes.horizon();
        let topics = &app.cache.topics;
        let kept = format!("{}\0{}\0{:x}", self.shelf, self.key, topics.generation(self.topics));
        let mut missed = false;
        // Another reader's load fails with its error behind an `Arc`; one that found nothing says `None`.
        let found = app
            .cache
            .memory
            .try_get_with(kept, async {
                missed = true;
                self.fill(app, position, load).await
            })
            .await;
        count(self.shelf, if missed { "miss" } else { "hit" });
        match found {
            Ok((entry, _)) => {
                entry.downcast().map(Some).ok().ok_or_else(|| Error::internal("a shelf of the cache holds two types"))
            }
            Err(failed) => match Arc::try_unwrap(failed) {
                Ok(Missing::Nothing) => Ok(None),
                Ok(Missing::Failed(error)) => Err(error),
                Err(shared) => match &*shared {
                    Missing::Nothing => Ok(None),
                    Missing::Failed(Error::Unavailable { cause }) => Err(Error::unavailable(cause.clone())),
                    Missing::Failed(Error::Internal { cause }) => Err(Error::internal(cause.clone())),
                    Missing::Failed(error) => Err(Error::internal(error.to_string())),
                },
            },
        }
    }

    async fn fill<F>(
        &self,
        app: &App,
        position: i64,
        load: impl FnOnce(App) -> F + Send + 'static,
    ) -> Result<(Kept, u32), Missing>
    where
        F: Future<Output = Result<Option<T>>> + Send + 'static,
    {
        if let Some(redis) = &app.redis
            && let Some((value, json)) = self.read_shared(app, redis).await
        {
            count(self.shelf, "shared_hit");
            return self.entry(app, value).map(|entry| weighed(entry, json)).map_err(Missing::Failed);
        }
        // In a task of its own: when the request that began the load times out, those who wait for it still get it.
        let loading = app.tasks.spawn(load(app.clone()));
        let loaded =
            loading.await.map_err(|e| Missing::Failed(Error::internal(format!("loading for the cache: {e}"))))?;
        let Some(value) = loaded.map_err(Missing::Failed)? else { return Err(Missing::Nothing) };
        let mut shared = position.to_le_bytes().to_vec();
        serde_json::to_writer(&mut shared, &value)
            .map_err(|e| Missing::Failed(Error::internal(format!("keeping {}: {e}", self.shelf))))?;
        let size = shared.len();
        if let Some(redis) = &app.redis {
            self.write_shared(app, redis, shared);
        }
        self.entry(app, value).map(|entry| weighed(entry, size)).map_err(Missing::Failed)
    }

    fn entry(&self, app: &App, value: T) -> Result<Arc<Entry<T>>> {
        let body = Bytes::from((self.render)(app, &value)?);
        Ok(Arc::new(Entry { etag: etag(&body), value, body }))
    }

    fn redis_key(&self, redis: &Redis) -> String {
        redis.key(&["cache", env!("CARGO_PKG_VERSION"), self.shelf, self.key])
    }

    /// The value, and how many bytes it was.
    async fn read_shared(&self, app: &App, redis: &Redis) -> Option<(T, usize)> {
        let bytes: Vec<u8> = redis.get(&self.redis_key(redis)).await??;
        let (position, json) = bytes.split_first_chunk::<8>()?;
        if !app.cache.topics.unchanged_since(self.topics, i64::from_le_bytes(*position)) {
            return None;
        }
        // What cannot be read is of another version, or not ours: load it anew.
        serde_json::from_slice(json).ok().map(|value| (value, bytes.len()))
    }

    fn write_shared(&self, app: &App, redis: &Arc<Redis>, bytes: Vec<u8>) {
        let (redis, key) = (Arc::clone(redis), self.redis_key(redis));
        app.tasks.spawn(async move { redis.set(&key, bytes, LIFETIME).await });
    }
}

enum Missing {
    Nothing,
    Failed(Error),
}

/// With what it weighs: the finished body, and the typed value, which takes about as much as its JSON.
fn weighed<T: Send + Sync + 'static>(entry: Arc<Entry<T>>, json: usize) -> (Kept, u32) {
    let weight = u32::try_from(entry.body.len() + json + 512).unwrap_or(u32::MAX);
    (entry, weight)
}

fn count(shelf: &'static str, outcome: &'static str) {
    metrics::counter!("tripit_cache_total", "shelf" => shelf, "outcome" => outcome).increment(1);
}
