//! All that a handler may reach.

use crate::{
    Error, Result,
    auth::{Authenticate, Sessions},
    batches::Batches,
    cache::Cache,
    clock::Clock,
    config::{Config, SettingError},
    db::Db,
    http::Limits,
    id::Ids,
    jobs::Jobs,
    mail::Mailer,
    outbound::Outbound,
    redis::Redis,
};
use rand::Rng;
use std::{
    ops::Deref,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

/// The application. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] gives access to.
pub struct Inner {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// What may be shown without asking the database.
    pub cache: Cache,
    /// Shared memory of many processes, when configured.
    pub redis: Option<Arc<Redis>>,
    /// Rate limits of this process.
    pub limits: Limits,
    /// The sender of mail; for jobs only.
    pub mail: Mailer,
    /// Calls to others.
    pub outbound: Outbound,
    /// The one source of time.
    pub clock: Clock,
    /// The one source of ids.
    pub ids: Ids,
    /// Every kind of job.
    pub jobs: Jobs,
    /// What is counted in memory until it is written.
    pub batches: Batches,
    /// Looks up the session behind a token.
    pub authenticate: Authenticate,
    /// Sessions that were found alive a moment ago.
    pub sessions: Sessions,
    /// Tasks that a stop waits for.
    pub tasks: TaskTracker,
    /// Cancelled when the process is to stop.
    pub stop: CancellationToken,
    /// Work that keeps a core busy.
    pub heavy: Heavy,
    pub(crate) in_flight: Semaphore,
    /// Places for calls for help, which others cannot take.
    pub(crate) in_reserve: Semaphore,
    ready: AtomicBool,
    refusal: OnceLock<SettingError>,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("db", &self.db).finish_non_exhaustive()
    }
}

/// What the program brings along; the rest is made from the settings.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The one source of time.
    pub clock: Clock,
    /// The one source of ids.
    pub ids: Ids,
    /// Every kind of job.
    pub jobs: Jobs,
    /// Looks up the session behind a token.
    pub authenticate: Authenticate,
    /// What keys in Redis begin with.
    pub redis_prefix: String,
}

/// Calls for help that are worked on although the process is full.
const RESERVE: usize = 64;

impl App {
    /// Over an open database.
    pub fn new(config: Config, db: Db, parts: Parts) -> Result<Self, SettingError> {
        crate::install_tls();
        let redis =
            config.redis_url.as_ref().map(|url| Redis::new(url, &parts.redis_prefix)).transpose()?.map(Arc::new);
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self(Arc::new(Inner {
            cache: Cache::new(db.changes()),
            limits: Limits::new(&parts.clock),
            mail: Mailer::new(&config.mail, config.data_dir.join("outbox"), parts.clock.clone()),
            outbound: Outbound::default(),
            in_flight: Semaphore::new(config.http.max_in_flight),
            in_reserve: Semaphore::new(RESERVE),
            heavy: Heavy::new(cores),
            clock: parts.clock,
            ids: parts.ids,
            jobs: parts.jobs,
            batches: Batches::default(),
            authenticate: parts.authenticate,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            ready: AtomicBool::new(true),
            refusal: OnceLock::new(),
            sessions: Sessions::default(),
            redis,
            config,
            db,
        })))
    }

    /// Whether the schema is in place. Until then every address but the health checks answers 503.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Says whether the schema is in place.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }

    /// Stops, because of a setting that was found out to be unsafe only now.
    pub fn refuse(&self, fault: SettingError) {
        // The first reason is the one to mend.
        let _ = self.refusal.set(fault);
        self.stop.cancel();
    }

    /// Why the program refuses to go on, if it does.
    pub fn refusal(&self) -> Option<&SettingError> {
        self.refusal.get()
    }

    /// A new id.
    pub fn new_uuid(&self) -> Uuid {
        self.ids.next(&self.clock)
    }

    /// Starts what every process does besides its work: hearing of changes elsewhere, and telling of its own.
    pub async fn start(&self) {
        let changes = self.db.changes();
        let since = changes.start(&self.db).await.ok();
        let app = self.clone();
        self.until_stopped(async move { app.db.changes().listen(&app.db, since).await });
        if !self.introduce().await {
            let app = self.clone();
            self.until_stopped(async move {
                while !app.introduce().await {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            });
        }
        crate::herald::start(self);
        let app = self.clone();
        self.until_stopped(async move {
            loop {
                tokio::time::sleep(Duration::from_mins(1)).await;
                app.limits.clean_up();
            }
        });
    }

    /// Tells Redis which database this is; `false` while the database cannot say.
    async fn introduce(&self) -> bool {
        let Some(redis) = &self.redis else { return true };
        match self.db.identity(random_uuid()).await {
            Ok(id) => {
                redis.belongs_to(id);
                true
            }
            Err(error) => {
                tracing::debug!(%error, "the database does not say which one it is");
                false
            }
        }
    }

    /// A task that ends with the process.
    pub(crate) fn until_stopped(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! { () = task => {}, () = stop.cancelled() => {} }
        });
    }
}

/// Of a database, which must differ from others also where ids are counted.
fn random_uuid() -> Uuid {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// A bound for work that keeps a core busy, so that a storm of it leaves room for everybody else.
#[derive(Debug)]
pub struct Heavy {
    cores: usize,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

/// So much heavy work waits for a core; more is turned away.
const MOST_WAITING: usize = 64;

impl Heavy {
    fn new(cores: usize) -> Self {
        let semaphore = |places| Arc::new(Semaphore::new(places));
        Self { cores, places: semaphore(cores), queue: semaphore(cores + MOST_WAITING) }
    }

    /// How much runs, and how much waits, at this moment.
    pub fn usage(&self) -> (usize, usize) {
        let running = self.cores.saturating_sub(self.places.available_permits());
        let all = (self.cores + MOST_WAITING).saturating_sub(self.queue.available_permits());
        (running, all.saturating_sub(running))
    }

    /// Runs `work` beside the runtime when there is room: as many at once as there are cores, 64 more wait, the rest
    /// are turned away.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let full = || Error::unavailable("too much heavy work in the queue");
        let queued = Arc::clone(&self.queue).try_acquire_owned().ok().ok_or_else(full)?;
        let place = Arc::clone(&self.places).acquire_owned().await.ok().ok_or_else(full)?;
        // The work keeps its place until it is done, also when nobody waits for it any more.
        let work = move || {
            let _held = (queued, place);
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal(format!("heavy work: {e}")))
    }
}
