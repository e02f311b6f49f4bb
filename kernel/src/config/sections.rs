//! The settings by what they are about.

use super::env::{Env, SettingError};
use crate::{
    auth::Keys,
    db::{self, Engine},
};
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

/// Which rules hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Secrets are made, mail is written to a folder.
    Development,
    /// Secrets must be given, and dangerous settings refuse to start.
    Production,
}

impl Environment {
    pub(super) fn read(env: &mut Env, host: IpAddr) -> Result<Self, SettingError> {
        let flask = env.maybe("FLASK_ENV", "the predecessor's name of TRIPIT_ENV");
        let name = env
            .maybe("TRIPIT_ENV", "development or production; unset: development on a loopback HOST, else production")
            .or(flask);
        match name.as_deref() {
            None if host.is_loopback() => Ok(Self::Development),
            None | Some("production") => Ok(Self::Production),
            Some("development" | "testing") => Ok(Self::Development),
            Some(_) => Err(SettingError::new("TRIPIT_ENV", "must be development or production")),
        }
    }
}

/// The listening socket and what a request may cost.
#[derive(Debug, Clone)]
pub struct Http {
    /// Where to listen.
    pub address: SocketAddr,
    /// How the world reaches us, for links and HSTS; without a slash at its end.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// A handler that takes longer is ended.
    pub request_timeout: Duration,
    /// A request whose head has not come by then is cut.
    pub header_timeout: Duration,
    /// Connections served at once.
    pub max_connections: usize,
    /// Requests worked on at once; more are told to come back.
    pub max_in_flight: usize,
    /// How long a stop waits for requests that have begun.
    pub shutdown_grace: Duration,
    /// Whether /docs and /openapi.json are served.
    pub docs: bool,
    /// What a scraper of /metrics must present; without it only development serves them.
    pub metrics_token: Option<SecretString>,
}

impl Http {
    /// Whether the world reaches us by HTTPS.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// What links to us begin with: the address at which the world reaches us, else the one that we listen on.
    pub fn root(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.address))
    }

    /// Whether those links lead nowhere but to this machine.
    pub fn is_root_local(&self) -> bool {
        let Ok(root) = self.root().parse::<axum::http::Uri>() else { return false };
        let host = root.host().unwrap_or_default();
        let is_nowhere = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
        host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(is_nowhere)
    }

    pub(super) fn read(env: &mut Env, host: IpAddr) -> Result<Self, SettingError> {
        let public_url = env.maybe("PUBLIC_URL", "https:// address of this API as the world sees it; mails link to it");
        let is_address = |url: &str| {
            (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(['?', '#', '@', ' '])
        };
        if public_url.as_deref().is_some_and(|url| !is_address(url)) {
            return Err(SettingError::new("PUBLIC_URL", "must be an address such as https://api.example.org"));
        }
        let port = env.parsed("PORT", "5000", "port to listen on; 0 takes a free one")?;
        let proxies = env.text(
            "TRUSTED_PROXIES",
            "",
            "addresses or networks, comma-separated, whose X-Forwarded-For is believed",
        );
        let trusted_proxies = list(&proxies)
            .map(|p| p.parse::<IpNet>().or_else(|_| p.parse::<IpAddr>().map(IpNet::from)))
            .collect::<Result<Vec<_>, _>>()
            .ok()
            .filter(|nets| nets.iter().all(|n| n.prefix_len() > 0))
            .ok_or_else(|| {
                SettingError::new("TRUSTED_PROXIES", "must be networks such as 10.0.0.0/8, and not everybody")
            })?;
        Ok(Self {
            address: SocketAddr::new(host, port),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            trusted_proxies,
            request_timeout: seconds(env, "REQUEST_TIMEOUT", 10, 1..=300, "seconds until a request is ended")?,
            header_timeout: seconds(env, "HEADER_TIMEOUT", 10, 1..=60, "seconds for the head of a request to arrive")?,
            max_connections: count(env, "MAX_CONNECTIONS", 10_000, "connections served at once")?,
            max_in_flight: count(env, "MAX_IN_FLIGHT", 1_024, "requests worked on at once; more get 503")?,
            shutdown_grace: seconds(env, "SHUTDOWN_GRACE", 12, 1..=60, "seconds a stop waits for what has begun")?,
            docs: env.flag("DOCS_ENABLED", true, "serve /docs and /openapi.json")?,
            metrics_token: env.secret("METRICS_TOKEN", "bearer token for /metrics; unset: served in development only"),
        })
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn seconds(
    env: &mut Env,
    name: &'static str,
    default: u64,
    bounds: std::ops::RangeInclusive<u64>,
    about: &'static str,
) -> Result<Duration, SettingError> {
    env.number(name, default, bounds, about).map(Duration::from_secs)
}

fn count(env: &mut Env, name: &'static str, default: u64, about: &'static str) -> Result<usize, SettingError> {
    env.number(name, default, 1..=1_000_000, about).map(|n| usize::try_from(n).unwrap_or(usize::MAX))
}

/// Which database, and how it is used.
#[derive(Clone)]
pub struct Database {
    url: Option<SecretString>,
    /// The embedded database's file.
    pub file: PathBuf,
    /// Reading connections of the embedded database.
    pub readers: usize,
    /// Connections to PostgreSQL, kept or opened under load.
    pub pool_size: usize,
    /// How long a request waits for a connection.
    pub pool_timeout: Duration,
    /// A statement that takes longer is ended.
    pub statement_timeout: Duration,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("engine", &self.engine()).field("file", &self.file).finish_non_exhaustive()
    }
}

impl Database {
    pub(super) fn read(env: &mut Env, data_dir: &Path) -> Result<Self, SettingError> {
        let url = env.secret("DATABASE_URL", "postgres:// URL; unset: SQLite in DATA_DIR");
        if url.as_ref().is_some_and(|url| !db::is_url(url.expose_secret())) {
            return Err(SettingError::new(
                "DATABASE_URL",
                "must be a URL such as postgres://user:password@host:5432/name",
            ));
        }
        let size = count(env, "DB_POOL_SIZE", 20, "connections to PostgreSQL")?;
        let overflow = env.number("DB_MAX_OVERFLOW", 0, 0..=10_000, "further connections under load")?;
        Ok(Self {
            url,
            file: data_dir.join("tripit.db"),
            readers: count(env, "SQLITE_READERS", 2, "reading connections of the embedded database")?,
            pool_size: size + usize::try_from(overflow).unwrap_or_default(),
            pool_timeout: seconds(env, "DB_POOL_TIMEOUT", 2, 1..=30, "seconds a request waits for a connection")?,
            statement_timeout: seconds(env, "DB_STATEMENT_TIMEOUT", 3, 1..=300, "seconds until a statement is ended")?,
        })
    }

    /// An embedded database in `data_dir`.
    pub fn embedded(data_dir: &Path) -> Self {
        Self {
            url: None,
            file: data_dir.join("tripit.db"),
            readers: 2,
            pool_size: 1,
            pool_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(3),
        }
    }

    /// PostgreSQL at `url`.
    pub fn postgres(url: &str, pool_size: usize) -> Self {
        Self { url: Some(SecretString::from(url)), pool_size, ..Self::embedded(Path::new(".")) }
    }

    /// Which engine the settings choose.
    pub fn engine(&self) -> Engine {
        if self.url.is_some() { Engine::Postgres } else { Engine::Sqlite }
    }

    pub(crate) fn url(&self) -> &str {
        self.url.as_ref().map_or("", ExposeSecret::expose_secret)
    }

    /// Whether PostgreSQL is on this machine, or reached through a socket.
    pub(crate) fn is_loopback(&self) -> bool {
        db::is_local(self.url())
    }
}

pub(super) fn check_redis(url: &SecretString) -> Result<(), SettingError> {
    match redis::Client::open(url.expose_secret()) {
        Ok(_) => Ok(()),
        Err(_) => Err(SettingError::new("REDIS_URL", "must be a URL such as redis://host:6379/0")),
    }
}

/// Secrets and lifetimes.
#[derive(Debug)]
pub struct Auth {
    /// The keys made from the secrets.
    pub keys: Keys,
    /// How long an access token is good for.
    pub access_lifetime: Duration,
    /// How long an unused refresh token is good for.
    pub refresh_idle: Duration,
    /// How long a session lives at most.
    pub refresh_absolute: Duration,
    /// A sign-in that fails takes at least so long: else one would see whether a slower, older hash was compared.
    pub failure_time: Duration,
    /// Mail that may or may not have a receiver is seen to at some moment within this time: else requests sent right after
    /// the one that asked for it would show whether there is one.
    pub mail_delay: Duration,
    /// Whether an administrator's session must be confirmed with a mailed code, or a token of theirs is enough.
    pub admin_step_up: bool,
    /// Whether only those who confirmed their address may reach other people.
    pub require_verified_email: bool,
    /// Whether registering tells nobody which addresses have an account.
    pub private_registration: bool,
}

const DAY: Duration = Duration::from_hours(24);

impl Auth {
    pub(super) fn read(env: &mut Env, environment: Environment, data_dir: &Path) -> Result<Self, SettingError> {
        let tokens = env.secret("JWT_SECRET_KEY", "signs access tokens; at least 32 random characters");
        let secret = env.secret("SECRET_KEY", "root of all other keys; at least 32 random characters");
        let keys = Keys::new(
            &given(tokens, "JWT_SECRET_KEY", environment, data_dir)?,
            &given(secret, "SECRET_KEY", environment, data_dir)?,
        );
        let lifetime = |env: &mut Env, name, default: Duration, about| {
            env.number(name, default.as_secs(), 60..=366 * 86_400, about).map(Duration::from_secs)
        };
        let refresh_absolute = lifetime(env, "JWT_REFRESH_TOKEN_EXPIRES", 90 * DAY, "seconds a session lives at most")?;
        Ok(Self {
            keys,
            access_lifetime: lifetime(
                env,
                "JWT_ACCESS_TOKEN_EXPIRES",
                Duration::from_mins(15),
                "seconds an access token is good for",
            )?,
            refresh_idle: refresh_absolute.min(lifetime(
                env,
                "REFRESH_IDLE_EXPIRES",
                30 * DAY,
                "seconds an unused refresh token is good for",
            )?),
            refresh_absolute,
            failure_time: Duration::from_millis(env.number(
                "SIGN_IN_FAILURE_MILLIS",
                250,
                0..=5_000,
                "milliseconds that a failed sign-in takes at least; more than the slowest hash takes here",
            )?),
            mail_delay: Duration::from_millis(env.number(
                "MAIL_DELAY_MILLIS",
                3_000,
                0..=60_000,
                "milliseconds within which a code or link that was asked for is mailed, at a random moment",
            )?),
            admin_step_up: one_of(
                env,
                "ADMIN_STEP_UP",
                ["optional", "required"],
                "required: administrators confirm their session with a mailed code every 30 minutes",
            )?,
            require_verified_email: env.flag(
                "REQUIRE_VERIFIED_EMAIL",
                false,
                "whoever has not confirmed the address reaches nobody: no published trips, ratings, groups, bookings",
            )?,
            private_registration: one_of(
                env,
                "REGISTRATION",
                ["open", "private"],
                "private: an account begins with the confirmation of its address, and nobody learns which have one",
            )?,
        })
    }
}

/// Whether the second of two words was chosen; the first is the default.
fn one_of(
    env: &mut Env,
    name: &'static str,
    [first, second]: [&'static str; 2],
    about: &'static str,
) -> Result<bool, SettingError> {
    match env.text(name, first, about).as_str() {
        word if word == first => Ok(false),
        word if word == second => Ok(true),
        _ => Err(SettingError::new(name, format!("must be {first} or {second}"))),
    }
}

/// Parts of the samples in documents, the predecessor's and ours; nobody may run with one of them.
const SAMPLES: [&str; 6] =
    ["change-in-production", "changeme", "change-me", "test-secret", "secret-key", "min-32-chars"];

fn given(
    value: Option<SecretString>,
    name: &'static str,
    environment: Environment,
    data_dir: &Path,
) -> Result<SecretString, SettingError> {
    let Some(secret) = value else {
        return match environment {
            Environment::Development => development_secret(name, data_dir),
            Environment::Production => Err(SettingError::new(
                name,
                "must be set in production, for example to the output of `openssl rand -hex 32`",
            )),
        };
    };
    if environment == Environment::Production {
        let text = secret.expose_secret();
        let distinct = text.chars().collect::<std::collections::HashSet<_>>().len();
        let lower = text.to_lowercase();
        if text.len() < 32 || distinct < 10 {
            return Err(SettingError::new(name, "must have at least 32 random characters"));
        }
        if SAMPLES.iter().any(|sample| lower.contains(sample)) {
            return Err(SettingError::new(
                name,
                "is a sample from a document: make a new one with `openssl rand -hex 32`",
            ));
        }
    }
    Ok(secret)
}

/// A secret made once and kept in `DATA_DIR/secrets`, readable by its owner only.
pub(super) fn development_secret(name: &'static str, data_dir: &Path) -> Result<SecretString, SettingError> {
    let folder = data_dir.join("secrets");
    let file = folder.join(format!("{}.key", name.to_lowercase()));
    let fault = |_: std::io::Error| SettingError::new("DATA_DIR", "must be a folder that this program may write to");
    if !file.exists() {
        create_private_folder(&folder).map_err(fault)?;
        let secret = crate::auth::random_token();
        match write_private(&file, secret.expose_secret().as_bytes()) {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {} // another process was quicker
            done => done.map_err(fault)?,
        }
    }
    let secret = std::fs::read_to_string(&file).map_err(fault)?;
    if secret.trim().len() < 32 {
        return Err(SettingError::new(
            name,
            "was kept in DATA_DIR/secrets and is cut short: remove the file to get a new one",
        ));
    }
    Ok(SecretString::from(secret.trim()))
}

/// A folder that only its owner may enter.
pub fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    // Under another name first, so that nobody reads half a secret.
    let draft = file.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?.write_all(bytes)?;
    let linked = std::fs::hard_link(&draft, file);
    std::fs::remove_file(&draft)?;
    linked
}

/// Who may call from a browser.
#[derive(Debug, Clone)]
pub struct Cors {
    /// Origins, exactly as a browser sends them.
    pub origins: Vec<String>,
}

impl Cors {
    pub(super) fn read(env: &mut Env, environment: Environment) -> Result<Self, SettingError> {
        let default = "http://localhost:3000,http://localhost:5173,http://localhost:8080";
        let text = env.text("CORS_ORIGINS", default, "origins, comma-separated, that may call from a browser");
        let origins: Vec<String> = list(&text).map(|o| o.trim_end_matches('/').to_owned()).collect();
        let good = |o: &String| {
            (o.starts_with("http://") || o.starts_with("https://"))
                && !o.contains('*')
                && o.parse::<axum::http::Uri>().is_ok_and(|u| u.path() == "/")
        };
        if !origins.iter().all(good) {
            return Err(SettingError::new(
                "CORS_ORIGINS",
                "must be origins such as https://tripit.app, without * or a path",
            ));
        }
        let is_set = env.asked().last().is_some_and(|s| s.is_set);
        let origins = if environment == Environment::Production && !is_set { Vec::new() } else { origins };
        Ok(Self { origins })
    }
}

/// Rate limits.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Whether requests are limited at all.
    pub enabled: bool,
}

impl Limits {
    pub(super) fn read(env: &mut Env) -> Result<Self, SettingError> {
        Ok(Self { enabled: env.flag("RATELIMIT_ENABLED", true, "limit how often a person or an address may call")? })
    }
}

/// Where mail goes and what its links point to.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Who it is from.
    pub sender: lettre::message::Mailbox,
    /// The web client, for links in mails.
    pub frontend_url: String,
    /// Ourselves, for links in mails to the pages that we serve.
    pub public_url: String,
    /// How it leaves.
    pub way: MailWay,
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub enum MailWay {
    /// As files in `DATA_DIR/outbox`.
    Outbox,
    /// To a mail server.
    Smtp {
        /// `smtps://host`, `smtp://host?tls=required`, or `smtp://host` for a server on this machine; a password may
        /// stand in it.
        url: SecretString,
        /// Whom to sign in as.
        user: Option<String>,
        /// With what.
        password: Option<SecretString>,
    },
    /// To ZeptoMail's HTTP API.
    Zepto {
        /// Its address.
        endpoint: String,
        /// Its "send mail" token.
        token: SecretString,
    },
}

impl Mail {
    pub(super) fn read(env: &mut Env, http: &Http) -> Result<Self, SettingError> {
        let address =
            env.text("ZEPTO_SENDER_ADDRESS", "noreply@localhost.localdomain", "address that mail is sent from");
        let name = env.text("ZEPTO_SENDER_NAME", "TripIt", "name that mail is sent from");
        let address = address
            .parse()
            .ok()
            .ok_or_else(|| SettingError::new("ZEPTO_SENDER_ADDRESS", "must be an e-mail address"))?;
        let frontend_url = env.text("FRONTEND_APP_URL", "http://localhost:8080", "the web client, for links in mails");
        if !frontend_url.starts_with("http://") && !frontend_url.starts_with("https://") {
            return Err(SettingError::new("FRONTEND_APP_URL", "must begin with https:// or http://"));
        }
        Ok(Self {
            sender: lettre::message::Mailbox::new(Some(name), address),
            frontend_url: frontend_url.trim_end_matches('/').to_owned(),
            public_url: http.root(),
            way: MailWay::read(env)?,
        })
    }
}

impl MailWay {
    fn read(env: &mut Env) -> Result<Self, SettingError> {
        let endpoint = env.text("ZEPTO_ENDPOINT", "https://api.zeptomail.com/v1.1/email", "where ZeptoMail takes mail");
        let token = env.secret("ZEPTO_SEND_MAIL_TOKEN", "send mail by ZeptoMail with this token");
        let url = env.secret("SMTP_URL", "send mail to this server: smtps://host, smtp://host?tls=required");
        let user = env.maybe("SMTP_USER", "whom to sign in as at the mail server");
        let password = env.secret("SMTP_PASSWORD", "with what to sign in at the mail server");
        match (token, url) {
            (Some(_), Some(_)) => {
                Err(SettingError::new("SMTP_URL", "must not be set together with ZEPTO_SEND_MAIL_TOKEN"))
            }
            (Some(_), None) if !is_private_way(&endpoint, "http", None) => {
                Err(SettingError::new("ZEPTO_ENDPOINT", "must begin with https://"))
            }
            (Some(token), None) => Ok(Self::Zepto { endpoint, token }),
            (None, Some(url)) => {
                if !is_private_way(url.expose_secret(), "smtp", Some("tls=required")) {
                    return Err(SettingError::new("SMTP_URL", "must be smtps://host, or smtp://host?tls=required"));
                }
                Ok(Self::Smtp { url, user, password })
            }
            (None, None) => Ok(Self::Outbox),
        }
    }
}

/// Whether nobody can listen in: the scheme is `plain` with an `s`, or `plain` to this machine or with the query
/// `upgraded`, which asks for TLS.
pub(super) fn is_private_way(url: &str, plain: &str, upgraded: Option<&str>) -> bool {
    let Ok(uri) = url.parse::<axum::http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let is_local =
        host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let is_encrypted = upgraded.is_some() && uri.query() == upgraded;
    match uri.scheme_str().and_then(|scheme| scheme.strip_prefix(plain)) {
        Some("s") => !host.is_empty(),
        Some("") => !host.is_empty() && (is_local || is_encrypted),
        _ => false,
    }
}

/// What is logged and how.
#[derive(Debug, Clone)]
pub struct Logs {
    /// A level, or a filter such as `info,kernel=debug`.
    pub level: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

impl Logs {
    pub(super) fn read(env: &mut Env) -> Result<Self, SettingError> {
        let level =
            env.text("LOG_LEVEL", "info", "error, warn, info, debug or trace, or a filter such as info,kernel=debug");
        let level = level.to_lowercase().replace("warning", "warn").replace("critical", "error");
        if tracing_subscriber::EnvFilter::try_new(&level).is_err() {
            return Err(SettingError::new("LOG_LEVEL", "must be error, warn, info, debug or trace"));
        }
        let json = match env.text("LOG_FORMAT", "text", "text or json").as_str() {
            "text" => false,
            "json" => true,
            _ => return Err(SettingError::new("LOG_FORMAT", "must be text or json")),
        };
        Ok(Self { level, json })
    }
}
