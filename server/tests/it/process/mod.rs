//! The `tripit` program itself: real processes, real sockets on 127.0.0.1.

mod cluster;
mod crash;
mod keys;
mod seed;
mod start;
mod stop;

use axum::http::Method;
use kernel::{
    clock::Clock,
    config::{Config, Env},
    db::Db,
    id::Ids,
};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use testkit::{Store, json, setting};

/// Where a program runs, and with which settings.
struct Place {
    store: Store,
    settings: Vec<(&'static str, String)>,
}

impl Place {
    /// An empty folder, and an empty database on the engine under test.
    async fn new() -> Self {
        let store = Store::empty().await;
        // Redis is one for all tests, and every process uses the same keys in it.
        let mut settings = store.settings();
        settings.retain(|(name, _)| *name != "REDIS_URL");
        settings.extend([("LOG_LEVEL", "warn".to_owned()), ("PORT", "0".to_owned())]);
        Self { store, settings }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.settings.retain(|(n, _)| *n != name);
        self.settings.push((name, value.to_owned()));
        self
    }

    fn folder(&self) -> &Path {
        self.store.folder()
    }

    /// `tripit` with these arguments and nothing from the environment of the tests.
    fn start(&self, args: &[&str]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripit"));
        command.args(args).env_clear().current_dir(self.folder()).env("DATA_DIR", self.folder().join("data"));
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        Process::of(command)
    }

    /// Runs a command to its end.
    async fn run(&self, args: &[&str]) -> Ran {
        let mut process = self.start(args);
        let status = process.ended(Duration::from_mins(1)).await;
        Ran { code: status.code(), out: process.out.text(), err: process.err.text() }
    }

    /// Serves, until the value is dropped.
    async fn serve(&self) -> Serving {
        Serving::of(self.start(&[])).await
    }

    /// The database, behind the program's back.
    fn db(&self) -> Db {
        self.db_at(self.settings.iter().find(|(name, _)| *name == "DATABASE_URL").map_or("", |(_, url)| url))
    }

    /// The database at this URL; the embedded one when it is empty.
    fn db_at(&self, url: &str) -> Db {
        let folder = self.folder().join("data");
        kernel::config::create_private_folder(&folder).unwrap();
        let values = [("DATA_DIR", folder.display().to_string()), ("DATABASE_URL", url.to_owned())];
        let config = Config::read(&mut Env::from_values(values)).unwrap();
        Db::connect(&config.database, Clock::system(), Ids::System).unwrap()
    }
}

/// What a command left behind.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

/// What a process says, as it says it.
#[derive(Clone)]
struct Said(Arc<Mutex<String>>);

impl Said {
    /// Read in a thread, so that the process never waits for its reader.
    fn by(pipe: impl Read + Send + 'static) -> Self {
        let said = Self(Arc::default());
        let to = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let mut text = to.0.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
            }
        });
        said
    }

    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A process that ends with the value.
struct Process {
    child: Child,
    out: Said,
    err: Said,
}

impl Process {
    fn of(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (Said::by(child.stdout.take().unwrap()), Said::by(child.stderr.take().unwrap()));
        Self { child, out, err }
    }

    /// Waits for its end.
    async fn ended(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // What it said last may still be on its way through the pipes.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return status;
            }
            assert!(begun.elapsed() < limit, "it still runs after {limit:?}: {}{}", self.out.text(), self.err.text());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends a signal; the process is not reaped yet, so the number is still its own.
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it without a warning, as a power cut would.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that serves.
struct Serving {
    process: Process,
    address: String,
    client: reqwest::Client,
}

impl Serving {
    /// Waits until it listens.
    async fn of(mut process: Process) -> Self {
        let begun = Instant::now();
        let address = loop {
            let out = process.out.text();
            let listening = out.lines().find_map(|line| line.strip_prefix("TripIt listens on http://"));
            if let Some(address) = listening {
                break address.to_owned();
            }
            let ended = process.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {out}{}", process.err.text());
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not listen: {out}{}", process.err.text());
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        kernel::install_tls();
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { process, address, client }
    }

    async fn sent(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let mut request = self.client.request(method, format!("http://{}{path}", self.address));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await
    }

    async fn call(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> (u16, Value) {
        let response = self.sent(method, path, token, body.as_ref()).await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None, None).await
    }

    async fn post(&self, path: &str, token: Option<&str>, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, token, Some(body)).await
    }

    /// The access token of somebody new.
    async fn registers(&self, username: &str) -> String {
        let body = json!({"email": format!("{username}@example.org"), "username": username, "password": "Test123!"});
        let (status, body) = self.post("/api/auth/register", None, body).await;
        assert_eq!(status, 201, "{body}");
        body["data"]["access_token"].as_str().unwrap().to_owned()
    }

    /// The id of a new trip.
    async fn publishes(&self, token: &str, title: &str) -> String {
        let (status, body) = self.post("/api/itineraries", Some(token), crate::trip(title)).await;
        assert_eq!(status, 201, "{body}");
        body["data"]["id"].as_str().unwrap().to_owned()
    }
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A Redis of a test's own.
struct Redis {
    process: Process,
    port: u16,
}

impl Redis {
    /// None when the tests run without Redis.
    async fn start() -> Option<Self> {
        setting("TEST_REDIS_URL")?;
        Some(Self::at(free_port()).await)
    }

    async fn at(port: u16) -> Self {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--port"]);
        command.arg(port.to_string());
        let process = Process::of(command);
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "{}", process.out.text());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self { process, port }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }
}
