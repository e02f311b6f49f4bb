//! For tests only: a [`World`] with a database of its own on the engine under test, a clock that stands still and
//! counted ids, and [`Person`]s who call its API as a client would.
//!
//! `TEST_DATABASE_URL` and `TEST_REDIS_URL` choose PostgreSQL and Redis; without them it is all embedded.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test ends with a panic")]
#![expect(clippy::return_self_not_must_use, reason = "an assertion may be the last word")]

mod answer;
mod database;
mod mail;
mod person;
mod waits;

pub use answer::Answer;
pub use database::{Store, setting};
pub use mail::Mail;
pub use person::Person;
pub use serde_json::json;
pub use waits::Waits;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, header},
};
use kernel::{
    App, Parts,
    clock::{Clock, Timestamp},
    config::{Config, Env},
    db::{Db, DbError},
    id::Ids,
    jobs::Jobs,
};
use serde_json::Value;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use tower::ServiceExt;

/// A value as browsers send it in a form.
pub fn form_encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte);
    value.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// 2026-11-23 09:30 UTC.
pub const NOW: i64 = 1_795_426_200_000_000;

/// The whole program over a database of its own, without a socket.
pub struct World {
    /// The application.
    pub app: App,
    router: Router,
    store: Store,
    settings: Vec<(&'static str, String)>,
    parts: Parts,
}

impl World {
    /// A world without rate limits.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// A world with these settings besides.
    pub async fn with(settings: &[(&'static str, &str)]) -> Self {
        Self::made(settings, Jobs::default()).await
    }

    /// A world that knows how to do these jobs besides.
    pub async fn with_jobs(jobs: Jobs) -> Self {
        Self::made(&[], jobs).await
    }

    /// A second process over the database of another world: the same settings, secrets and time.
    pub async fn beside(&self) -> Self {
        Self::over(self.store.again(), self.settings.clone(), self.parts.clone()).await
    }

    async fn made(settings: &[(&'static str, &str)], jobs: Jobs) -> Self {
        let store = Store::new().await;
        let parts = Parts {
            clock: Clock::fixed(Timestamp::from_micros(NOW)),
            ids: Ids::counting(),
            jobs: server::router::jobs().merge(jobs),
            redis_prefix: store.name().to_owned(),
            ..server::start::parts()
        };
        let settings = settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self::over(store, settings, parts).await
    }

    async fn over(store: Store, settings: Vec<(&'static str, String)>, parts: Parts) -> Self {
        let mut values = vec![
            ("DATA_DIR", store.folder().display().to_string()),
            ("RATELIMIT_ENABLED", "false".to_owned()),
            ("SIGN_IN_FAILURE_MILLIS", "0".to_owned()),
            ("MAIL_DELAY_MILLIS", "0".to_owned()),
            ("JWT_SECRET_KEY", "a test's own secret for tokens, forty chars".to_owned()),
            ("SECRET_KEY", "a test's own secret for keys, forty chars!!".to_owned()),
            ("DB_POOL_SIZE", "6".to_owned()),
            ("FRONTEND_APP_URL", "https://tripit.example".to_owned()),
        ];
        values.extend(store.settings());
        values.retain(|(name, _)| settings.iter().all(|(n, _)| n != name));
        values.extend(settings.iter().cloned());
        let config = Config::read(&mut Env::from_values(values)).unwrap();
        let db = Db::connect(&config.database, parts.clock.clone(), parts.ids.clone()).unwrap();
        let app = App::new(config, db, parts.clone()).unwrap();
        app.start().await;
        Self { router: server::router::build(&app), app, store, settings, parts }
    }

    /// Somebody who registered with this username and is signed in.
    pub async fn person(&self, username: &str) -> Person<'_> {
        let body = json!({ "email": format!("{username}@example.org"), "username": username, "password": "Test123!" });
        let answer = self.post("/api/auth/register", body).await.is(201);
        Person::signed_in(self, &answer)
    }

    /// Somebody who administrates.
    pub async fn admin(&self, username: &str) -> Person<'_> {
        let person = self.person(username).await;
        accounts::admin::grant(&self.app, &format!("{username}@example.org")).await.unwrap();
        person
    }

    /// An anonymous GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None, None).await
    }

    /// An anonymous POST.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, None, Some(body)).await
    }

    /// An anonymous POST of a page's form.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", form_encoded(value))).collect();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(fields.join("&"))).unwrap()).await
    }

    /// A call with a token and a JSON body, each if given.
    pub async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = match body {
            None => request.body(Body::empty()),
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
        };
        self.send(request.unwrap()).await
    }

    /// Any request. It comes from 192.0.2.1 unless it says otherwise.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4000))));
        }
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// Does all jobs that are ready, and fails when one of them failed.
    pub async fn run_jobs(&self) -> usize {
        let done = kernel::jobs::run_ready(&self.app).await.unwrap();
        let failed = self.scalar("select cast(count(*) as bigint) from jobs where last_error is not null").await;
        assert_eq!(failed, 0, "jobs failed");
        done
    }

    /// Writes what is counted in memory.
    pub async fn flush(&self) {
        kernel::batches::flush(&self.app).await;
    }

    /// The router, for a request whose answer is not text.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Where its data lies.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The mails that were sent, as they would travel.
    pub fn outbox(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.store.folder().join("outbox")) else { return Vec::new() };
        let mut files: Vec<PathBuf> = folder.map(|f| f.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|f| std::fs::read_to_string(f).unwrap()).collect()
    }

    /// The mails that were sent, taken apart, in the order in which their jobs were queued.
    pub fn mails(&self) -> Vec<Mail> {
        self.outbox().iter().map(|mail| Mail::parse(mail)).collect()
    }

    /// The number that a query yields.
    pub async fn scalar(&self, query: &'static str) -> i64 {
        self.app.db.read().await.unwrap().one(kernel::db::open(query)).await.unwrap()
    }

    /// Runs a statement behind the API's back.
    pub async fn sql(&self, statement: kernel::db::Sql) {
        // It takes rows in no order, and so may wait for a request that waits for it: then it is tried again, as a job is.
        for tries_left in (0..5).rev() {
            let mut tx = self.app.db.write().await.unwrap();
            match tx.run(statement.clone()).await {
                Err(DbError::Unavailable(cause)) if tries_left > 0 && cause.contains("deadlock") => continue,
                done => done.unwrap(),
            };
            // Whatever it was, nobody may go on showing what they hold.
            for topic in ["itineraries", "people"] {
                tx.changed(topic);
            }
            tx.commit().await.unwrap();
            break;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.app.stop.cancel();
    }
}

/// Waits until `check` holds, for at most `limit`; how long it took.
pub async fn within<F: Future<Output = bool>>(limit: Duration, mut check: impl FnMut() -> F) -> Duration {
    let begun = std::time::Instant::now();
    while !check().await {
        assert!(begun.elapsed() < limit, "it did not happen within {limit:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}
