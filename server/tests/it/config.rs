//! Settings: a bad one is named, and its value never shown.

use kernel::{
    auth::{SessionId, TokenKind, TravelerId},
    clock::Clock,
    config::{Config, Env, SettingError},
    db::Engine,
};
use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};
use tempfile::TempDir;
use uuid::Uuid;

fn read(folder: &Path, settings: &[(&'static str, &str)]) -> Result<Config, SettingError> {
    let values = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let folder =
        [("DATA_DIR", folder.display().to_string())].into_iter().filter(|_| settings.iter().all(|s| s.0 != "DATA_DIR"));
    Config::read(&mut Env::from_values(folder.chain(values)))
}

#[track_caller]
fn refused(settings: &[(&'static str, &str)], name: &str) {
    let folder = TempDir::new().unwrap();
    let error = read(folder.path(), settings).map(drop).expect_err(name);
    assert_eq!(error.name, name, "{error}");
    let text = format!("{error} {error:?}");
    assert!(!text.contains("hunter2") && !text.contains('\n'), "{text}");
}

#[test]
fn a_bad_setting_is_named_without_its_value() {
    for (name, value) in [
        ("HOST", "hunter2"),
        ("PORT", "hunter2"),
        ("PORT", "70000"),
        ("TRIPIT_ENV", "hunter2"),
        ("FLASK_ENV", "hunter2"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, hunter2"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("PUBLIC_URL", "hunter2"),
        ("PUBLIC_URL", "https://me:hunter2@api.tripit.example"),
        ("REQUEST_TIMEOUT", "hunter2"),
        ("REQUEST_TIMEOUT", "0"),
        ("HEADER_TIMEOUT", "-1"),
        ("MAX_CONNECTIONS", "0"),
        ("MAX_IN_FLIGHT", "hunter2"),
        ("SHUTDOWN_GRACE", "1000000"),
        ("DOCS_ENABLED", "hunter2"),
        ("RATELIMIT_ENABLED", "hunter2"),
        ("RUN_WORKER", "hunter2"),
        ("DATABASE_URL", "mysql://root:hunter2@localhost/tripit"),
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_URL", "postgres://tripit:hunter2@localhost:port/tripit"),
        ("REDIS_URL", "http://:hunter2@localhost"),
        ("REDIS_URL", "hunter2"),
        ("DB_POOL_SIZE", "hunter2"),
        ("DB_MAX_OVERFLOW", "hunter2"),
        ("DB_POOL_TIMEOUT", "hunter2"),
        ("DB_STATEMENT_TIMEOUT", "1e3"),
        ("SQLITE_READERS", "hunter2"),
        ("JWT_ACCESS_TOKEN_EXPIRES", "hunter2"),
        ("JWT_REFRESH_TOKEN_EXPIRES", "1"),
        ("REFRESH_IDLE_EXPIRES", "hunter2"),
        ("CORS_ORIGINS", "hunter2"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://*.tripit.app"),
        ("CORS_ORIGINS", "https://tripit.app/hunter2"),
        ("ZEPTO_SENDER_ADDRESS", "hunter2"),
        ("FRONTEND_APP_URL", "javascript:hunter2"),
        ("LOG_LEVEL", "info,kernel=hunter2"),
        ("LOG_FORMAT", "hunter2"),
    ] {
        let named = if name == "FLASK_ENV" { "TRIPIT_ENV" } else { name };
        refused(&[(name, value)], named);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    refused(&[("DATA_DIR", "/dev/null/hunter2")], "DATA_DIR");
}

#[test]
fn an_empty_value_is_no_value() {
    let folder = TempDir::new().unwrap();
    let empty = ["DATABASE_URL", "REDIS_URL", "PORT", "JWT_SECRET_KEY", "METRICS_TOKEN", "CORS_ORIGINS", "TRIPIT_ENV"];
    for blank in ["", "  "] {
        let config = read(folder.path(), &empty.map(|name| (name, blank))).unwrap();
        assert_eq!(config.database.engine(), Engine::Sqlite);
        assert!(config.redis_url.is_none() && config.http.metrics_token.is_none() && config.is_development());
        assert_eq!(config.http.address.port(), 5000);
    }
    let postgres = read(folder.path(), &[("DATABASE_URL", "postgresql://tripit@localhost/tripit")]).unwrap();
    assert_eq!(postgres.database.engine(), Engine::Postgres);
}

const GOOD: [(&str, &str); 3] = [
    ("JWT_SECRET_KEY", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    ("SECRET_KEY", "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"),
    ("DATA_ENCRYPTION_KEYS", "2026a:7sPpAkxLqkJc2VYf0mCVhQFQm8sFJ3mM5T3y7a1x0Zs="),
];

#[test]
fn production_wants_secrets_that_are_secret() {
    let production = ("TRIPIT_ENV", "production");
    let with = |jwt: &'static str, secret: &'static str| {
        let mut settings = vec![production];
        settings.extend([("JWT_SECRET_KEY", jwt), ("SECRET_KEY", secret)].into_iter().filter(|s| !s.1.is_empty()));
        settings
    };
    refused(&with("", GOOD[1].1), "JWT_SECRET_KEY");
    refused(&with(GOOD[0].1, ""), "SECRET_KEY");
    for bad in [
        "hunter2",
        "hunter2-hunter2-hunter2-hunter2",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "hunter2-dev-secret-key-change-in-production-0123456789",
        "hunter2-CHANGEME-0123456789abcdefghijklmnop",
        "hunter2-your-jwt-secret-key-min-32-chars-long",
    ] {
        refused(&with(bad, GOOD[1].1), "JWT_SECRET_KEY");
        refused(&with(GOOD[0].1, bad), "SECRET_KEY");
    }
    let folder = TempDir::new().unwrap();
    refused(&[production, GOOD[0], GOOD[1]], "DATA_ENCRYPTION_KEYS");
    refused(&[production, GOOD[0], GOOD[1], ("DATA_ENCRYPTION_KEYS", "hunter2")], "DATA_ENCRYPTION_KEYS");
    let config = read(folder.path(), &[production, GOOD[0], GOOD[1], GOOD[2]]).unwrap();
    assert!(!config.is_development());
    assert!(config.cors.origins.is_empty(), "no origin is allowed that nobody named");
    assert!(!folder.path().join("secrets").exists(), "nothing is made in production");
    refused(&[production, GOOD[0], GOOD[1], GOOD[2], ("CORS_ORIGINS", "*")], "CORS_ORIGINS");
    refused(&[production, GOOD[0], GOOD[1], GOOD[2], ("CORS_ORIGINS", "https://tripit.app,*")], "CORS_ORIGINS");
}

#[test]
fn a_public_address_means_production() {
    for host in ["0.0.0.0", "::", "192.0.2.1"] {
        refused(&[("HOST", host)], "JWT_SECRET_KEY");
        let folder = TempDir::new().unwrap();
        assert!(read(folder.path(), &[("HOST", host), ("TRIPIT_ENV", "development")]).unwrap().is_development());
    }
    let folder = TempDir::new().unwrap();
    for host in ["127.0.0.1", "::1"] {
        assert!(read(folder.path(), &[("HOST", host)]).unwrap().is_development());
    }
}

#[test]
fn development_secrets_are_made_once_and_are_their_owner_s() {
    let folder = TempDir::new().unwrap();
    let (one, two) = (read(folder.path(), &[]).unwrap(), read(folder.path(), &[]).unwrap());
    let now = Clock::system().now();
    let token = |config: &Config| {
        let (who, session) = (TravelerId(Uuid::nil()), SessionId(Uuid::nil()));
        config.auth.keys.mint(TokenKind::Access, who, session, Uuid::nil(), now, Duration::from_mins(1)).unwrap()
    };
    assert!(
        two.auth.keys.read(TokenKind::Access, &token(&one), now).is_some(),
        "the next start knows the tokens of this one"
    );
    assert_eq!(one.auth.keys.keyed_hash("x", b"y"), two.auth.keys.keyed_hash("x", b"y"));
    let secrets = folder.path().join("secrets");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&secrets), 0o700);
    let files: Vec<_> = std::fs::read_dir(&secrets).unwrap().map(|f| f.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
        assert!(std::fs::read_to_string(file).unwrap().len() >= 40);
    }
    assert_ne!(std::fs::read(&files[0]).unwrap(), std::fs::read(&files[1]).unwrap());
    let elsewhere = TempDir::new().unwrap();
    let other = read(elsewhere.path(), &[]).unwrap();
    assert!(
        other.auth.keys.read(TokenKind::Access, &token(&one), now).is_none(),
        "another installation has other secrets"
    );

    std::fs::write(&files[0], "cut").unwrap();
    let error = read(folder.path(), &[]).map(drop).expect_err("half a secret");
    assert!(error.to_string().contains("cut short"), "{error}");
}

#[test]
fn settings_do_not_show_what_they_hold() {
    let folder = TempDir::new().unwrap();
    let settings = [
        ("JWT_SECRET_KEY", "hunter2-hunter2-hunter2-hunter2-hunter2"),
        ("DATABASE_URL", "postgres://tripit:hunter2@localhost/tripit"),
        ("REDIS_URL", "redis://:hunter2@localhost"),
        ("METRICS_TOKEN", "hunter2"),
    ];
    let config = read(folder.path(), &settings).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
}
