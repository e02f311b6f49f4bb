//! What is configured, what can be reached, and what is unsafe.

use super::say;
use crate::start::{self, StartError};
use kernel::{
    config::{Config, Env, MailWay},
    db::{Db, Engine, migrate},
    redis::Redis,
};
use std::process::ExitCode;

/// Prints its findings; exit code 1 when something is wrong.
pub(super) async fn run(config: &Config, env: &Env) -> Result<ExitCode, StartError> {
    let mut is_well = true;
    let mut finding = |is_ok: bool, text: String| {
        is_well &= is_ok;
        say(&format!("{} {text}", if is_ok { "ok     " } else { "PROBLEM" }));
    };

    say("configured");
    for setting in env.asked().iter().filter(|s| s.is_set) {
        say(&format!("        {} is set", setting.name)); // never its value
    }
    let rules = if config.is_development() { "development" } else { "production" };
    say(&format!("        {rules} rules, listening on {}", config.http.address));

    say("reachable");
    match config.database.engine() {
        Engine::Sqlite => {
            let is_there = config.database.file.exists();
            let state = if is_there { "is there" } else { "will be made at the first start" };
            finding(true, format!("SQLite: {} {state}", config.database.file.display()));
        }
        Engine::Postgres => {
            let parts = start::parts();
            let ping = Db::connect(&config.database, parts.clock, parts.ids)?.ping().await;
            finding(
                ping.is_ok(),
                format!("PostgreSQL: {}", ping.map_or_else(|e| e.to_string(), |()| "answers".to_owned())),
            );
        }
    }
    match migrate::pending(&config.database).await {
        Ok(pending) if pending.is_empty() => finding(true, "the schema is up to date".to_owned()),
        Ok(pending) => finding(true, format!("{} migrations will run at the next start", pending.len())),
        Err(error) => finding(false, format!("schema: {error}")),
    }
    match &config.redis_url {
        None => finding(true, "Redis: not configured; caches and limits are per process".to_owned()),
        Some(url) => {
            let redis = Redis::new(url, "tripit")?;
            redis.belongs_to(uuid::Uuid::nil());
            let answers = redis.ping().await;
            finding(answers, format!("Redis: {}", if answers { "answers" } else { "does not answer" }));
        }
    }

    say("safety");
    let is_public = !config.http.address.ip().is_loopback();
    let exposed = config.is_development() && is_public;
    finding(
        !exposed,
        if exposed {
            "development rules on a public address: set TRIPIT_ENV=production".to_owned()
        } else {
            "the rules fit the address".to_owned()
        },
    );
    finding(
        config.limits.enabled,
        if config.limits.enabled {
            "requests are limited".to_owned()
        } else {
            "RATELIMIT_ENABLED is false: anybody may guess passwords as fast as they can".to_owned()
        },
    );
    let reach = if config.auth.require_verified_email { "reaches nobody" } else { "may do what others may" };
    finding(true, format!("REQUIRE_VERIFIED_EMAIL: whoever has not confirmed the address {reach}"));
    let long = config.auth.access_lifetime.as_secs() > 3600;
    finding(
        true,
        format!(
            "access tokens live {} minutes{}; every request still checks their session",
            config.auth.access_lifetime.as_secs() / 60,
            if long { ", longer than advised" } else { "" }
        ),
    );
    let is_written = matches!(config.mail.way, MailWay::Outbox);
    finding(
        config.is_development() || !is_written,
        match &config.mail.way {
            MailWay::Outbox => {
                format!("mail is written to {} and reaches nobody", config.data_dir.join("outbox").display())
            }
            MailWay::Smtp { .. } => "mail goes out by SMTP".to_owned(),
            MailWay::Zepto { .. } => "mail goes out by ZeptoMail".to_owned(),
        },
    );
    let has_https = config.http.public_url.as_ref().is_some_and(|u| u.starts_with("https://"));
    finding(
        !is_public || has_https,
        if has_https || !is_public {
            "transport: fine".to_owned()
        } else {
            "PUBLIC_URL is not https: browsers are not told to insist on it".to_owned()
        },
    );
    let is_reached = config.is_development() || !config.http.is_root_local();
    finding(
        is_reached,
        if is_reached {
            format!("mails link to {}", config.mail.public_url)
        } else {
            "PUBLIC_URL is not set, or is an address of this machine: nobody can open the links of mails".to_owned()
        },
    );
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
