//! Starting, and refusing to start.

use super::{Place, Serving, free_port};
use kernel::db::{Engine, Sql, migrate::MIGRATIONS, open};
use serde_json::Value;
use std::{collections::BTreeSet, os::unix::fs::PermissionsExt, time::Duration};
use testkit::{json, within};
use tokio::net::{TcpListener, TcpStream};

#[tokio::test]
async fn it_starts_on_nothing_and_says_where_to_go() {
    let place = Place::new().await;
    let server = place.serve().await;
    within(Duration::from_secs(5), || async { server.process.out.text().contains("tripit seed") }).await;
    let out = server.process.out.text();
    for line in [format!("documentation:   http://{}/docs", server.address), "database:        ".to_owned()] {
        assert!(out.contains(&line), "{line}: {out}");
    }
    assert_eq!(server.process.err.text(), "");
    let data = std::fs::metadata(place.folder().join("data")).unwrap();
    assert_eq!(data.permissions().mode() & 0o777, 0o700);
    for path in ["/", "/health", "/health/ready", "/health/detailed", "/docs/", "/openapi.json", "/api/itineraries"] {
        assert_eq!(server.get(path).await.0, 200, "{path}");
    }
    // Whoever calls for help and has no contact is sent here.
    let (status, numbers) = server.get("/api/women-safety/resources?category=emergency").await;
    assert_eq!((status, &numbers["data"]["resources"][0]["helpline_numbers"][0]["number"]), (200, &json!("112")));
    server.registers("asha").await;
    // `serve` works on jobs as well in development.
    let outbox = place.folder().join("data/outbox");
    let mailed =
        || async { std::fs::read_dir(&outbox).is_ok_and(|mut f| f.any(|f| f.unwrap().path().ends_with_eml())) };
    within(Duration::from_secs(5), mailed).await;
}

trait IsMail {
    fn ends_with_eml(&self) -> bool;
}

impl IsMail for std::path::PathBuf {
    fn ends_with_eml(&self) -> bool {
        self.extension().is_some_and(|e| e == "eml")
    }
}

#[tokio::test]
async fn every_command_has_help() {
    let place = Place::new().await;
    let help = place.run(&["--help"]).await;
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    let commands: Vec<&str> = help
        .out
        .lines()
        .skip_while(|l| !l.starts_with("Commands:"))
        .skip(1)
        .take_while(|l| l.starts_with("  "))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    for expected in ["serve", "worker", "migrate", "seed", "admin", "rotate-keys", "openapi", "settings", "doctor"] {
        assert!(commands.contains(&expected), "{expected}: {}", help.out);
    }
    for command in commands {
        let help = place.run(&[command, "--help"]).await;
        assert_eq!(help.code, Some(0), "{command}: {}", help.err);
        assert!(help.out.contains("Usage: "), "{command}: {}", help.out);
    }
    for command in ["grant", "revoke", "ban", "unban", "create", "list"] {
        let help = place.run(&["admin", command, "--help"]).await;
        assert!(help.code == Some(0) && help.out.contains("Usage: "), "{command}: {}", help.out);
    }
    let version = place.run(&["--version"]).await;
    assert!(version.out.starts_with("tripit "), "{}", version.out);
    let unknown = place.run(&["fly"]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(!place.folder().join("data").exists(), "asking for help leaves nothing behind");
}

#[tokio::test]
async fn commands_that_need_no_server_work_without_one() {
    let place = Place::new().await;
    let contract = place.run(&["openapi"]).await;
    assert_eq!(contract.code, Some(0));
    assert!(serde_json::from_str::<Value>(&contract.out).unwrap()["paths"].is_object());
    let settings = place.run(&["settings"]).await;
    assert_eq!(settings.code, Some(0), "{}", settings.err);
    for name in ["HOST", "PORT", "DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", "CORS_ORIGINS", "LOG_LEVEL"] {
        assert!(settings.out.lines().any(|l| l.split_whitespace().next() == Some(name)), "{name}");
    }
    let pending = place.run(&["migrate", "--check"]).await;
    assert_eq!(pending.code, Some(1), "{pending:?}");
    assert!(pending.out.contains("would apply 0002_kernel"), "{}", pending.out);
    let applied = place.run(&["migrate"]).await;
    assert!(applied.code == Some(0) && applied.out.contains("applied 0002_kernel"), "{applied:?}");
    let again = place.run(&["migrate"]).await;
    assert!(again.code == Some(0) && again.out.contains("up to date"), "{again:?}");
    assert_eq!(place.run(&["migrate", "--check"]).await.code, Some(0));
    let doctor = place.run(&["doctor"]).await;
    assert!(doctor.code == Some(0) && doctor.out.contains("the schema is up to date"), "{doctor:?}");
    let nobody = place.run(&["admin", "grant", "nobody@example.org"]).await;
    assert_eq!((nobody.code, nobody.err.as_str()), (Some(1), "tripit: Account not found\n"));
    assert_eq!(place.run(&["admin", "list"]).await.code, Some(0));
}

#[tokio::test]
async fn a_bad_setting_ends_it_with_78_and_one_line() {
    for (name, value) in [
        ("PORT", "hunter2"),
        ("DATABASE_URL", "mysql://root:hunter2@localhost/tripit"),
        ("REDIS_URL", "hunter2"),
        ("TRIPIT_ENV", "production"),
        ("CORS_ORIGINS", "*"),
    ] {
        let place = Place::new().await.with(name, value);
        for command in ["serve", "worker", "migrate", "doctor"] {
            let ran = place.run(&[command]).await;
            assert_eq!(ran.code, Some(78), "{name} {command}: {ran:?}");
            assert_eq!((ran.out.as_str(), ran.err.lines().count()), ("", 1), "{name} {command}: {ran:?}");
            let named = if name == "TRIPIT_ENV" { "JWT_SECRET_KEY" } else { name };
            assert!(ran.err.starts_with(&format!("tripit: {named} ")), "{ran:?}");
            assert!(!ran.err.contains("hunter2"), "{ran:?}");
        }
    }
    let place = Place::new().await;
    std::fs::write(place.folder().join(".env"), "this is hunter2 without an equals sign\n").unwrap();
    let ran = place.run(&["serve"]).await;
    assert_eq!((ran.code, ran.err.lines().count(), ran.err.contains("hunter2")), (Some(78), 1, false), "{ran:?}");
    std::fs::write(place.folder().join(".env"), "CORS_ORIGINS=hunter2\n").unwrap();
    let ran = place.run(&["serve"]).await;
    assert_eq!((ran.code, ran.err.starts_with("tripit: CORS_ORIGINS ")), (Some(78), true), "{ran:?}");
}

#[tokio::test]
async fn in_production_a_database_that_may_lose_what_was_acknowledged_is_refused() {
    let mut place = Place::new()
        .await
        .with("TRIPIT_ENV", "production")
        .with("JWT_SECRET_KEY", "k3J9-qwPz_7Vb2nX8mLr5TyU1sDf6GhA")
        .with("SECRET_KEY", "Zx8Cv7Bn6Mq5Wp4Er3Ty2Ui1Op0As9Df")
        .with("DATA_ENCRYPTION_KEYS", "2026a:7sPpAkxLqkJc2VYf0mCVhQFQm8sFJ3mM5T3y7a1x0Zs=");
    if place.db().engine() == Engine::Sqlite {
        place.serve().await.registers("asha").await;
        let nowhere = "PUBLIC_URL is not set, or is an address of this machine";
        let doctor = place.run(&["doctor"]).await;
        assert!(doctor.code == Some(1) && doctor.out.contains(nowhere), "{doctor:?}");
        for (url, is_known) in [("http://[::1]:5000", false), ("https://api.tripit.example/v1/", true)] {
            place = place.with("PUBLIC_URL", url);
            let doctor = place.run(&["doctor"]).await;
            let said = format!("mails link to {}\n", url.trim_end_matches('/'));
            assert_eq!((doctor.out.contains(&said), doctor.out.contains(nowhere)), (is_known, !is_known), "{doctor:?}");
        }
        return;
    }
    // The servers of the tests are quick and forget everything at a crash.
    for command in ["serve", "worker"] {
        let ran = place.run(&[command]).await;
        assert_eq!((ran.code, ran.err.lines().count(), ran.out.as_str()), (Some(78), 1, ""), "{ran:?}");
        assert!(ran.err.starts_with("tripit: DATABASE_URL ") && ran.err.contains("fsync off"), "{ran:?}");
        assert!(!ran.err.contains("tripit:tripit@"), "{ran:?}");
    }
    let tables = "select cast(count(*) as bigint) from pg_tables where schemaname = 'public'";
    assert_eq!(place.db().read().await.unwrap().one::<i64>(open(tables)).await.unwrap(), 0, "nothing was written");
    let url = place.settings.iter().find(|(name, _)| *name == "DATABASE_URL").unwrap().1.clone();
    let hazards = async |url: String| {
        let db = place.db_at(&url);
        db.hazards().await.unwrap().join("; ")
    };
    let safe = hazards(format!("{url}?options=-c%20synchronous_commit%3Don")).await;
    assert!(safe.contains("fsync") && safe.contains("full_page_writes"), "{safe}");
    assert!(!safe.contains("synchronous_commit") && !safe.contains("superuser"), "{safe}");
    let unsafe_ = hazards(url.replace("//tripit:tripit@", "//postgres@")).await;
    assert!(unsafe_.contains("synchronous_commit off") && unsafe_.contains("superuser"), "{unsafe_}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_plainly() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = Place::new().await.with("PORT", &port).run(&["serve"]).await;
    assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1), "{ran:?}");
    assert!(ran.err.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{ran:?}");
}

async fn write(place: &Place, statement: Sql) {
    let mut tx = place.db().write().await.unwrap();
    tx.run(statement).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_database_of_another_version_is_refused_and_left_alone() {
    let place = Place::new().await;
    assert_eq!(place.run(&["migrate"]).await.code, Some(0));
    let applied = "select cast(count(*) as bigint) from schema_migrations";
    let count = async || place.db().read().await.unwrap().one::<i64>(open(applied)).await.unwrap();
    let before = count().await;
    write(
        &place,
        open(
            "insert into schema_migrations (name, checksum, applied_at)
             select '9999_future', checksum, applied_at from schema_migrations where name = '0002_kernel'",
        ),
    )
    .await;
    for command in ["serve", "worker", "migrate", "seed"] {
        let ran = place.run(&[command]).await;
        assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1), "{command}: {ran:?}");
        assert!(ran.err.contains("9999_future") && ran.err.contains("newer tripit"), "{command}: {ran:?}");
    }
    assert_eq!(count().await, before + 1);
    write(&place, open("delete from schema_migrations where name = '9999_future'")).await;
    write(&place, open("update schema_migrations set checksum = 'x' where name = '0003_accounts'")).await;
    for command in ["serve", "migrate"] {
        let ran = place.run(&[command]).await;
        assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1), "{command}: {ran:?}");
        assert!(ran.err.contains("0003_accounts was changed"), "{command}: {ran:?}");
    }
    assert_eq!(count().await, before);
}

#[tokio::test]
async fn processes_that_start_at_once_migrate_once() {
    let place = Place::new().await;
    let (one, two, three, four) =
        (place.start(&["migrate"]), place.start(&[]), place.start(&["migrate"]), place.start(&[]));
    let mut applied = String::new();
    for mut process in [one, three] {
        let status = process.ended(Duration::from_mins(1)).await;
        assert_eq!(status.code(), Some(0), "{}", process.err.text());
        applied.push_str(&process.out.text());
    }
    for server in [Serving::of(two).await, Serving::of(four).await] {
        assert_eq!(server.get("/api/itineraries").await.0, 200);
        assert_eq!(server.process.err.text(), "");
    }
    let names: Vec<&str> = applied.lines().filter_map(|l| l.strip_prefix("applied ")).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "applied twice: {names:?}");
    let db = place.db();
    let rows: Vec<String> =
        db.read().await.unwrap().all(open("select name from schema_migrations order by name")).await.unwrap();
    let other = if db.engine() == Engine::Sqlite { ".postgres" } else { ".sqlite" };
    let expected: Vec<&str> = MIGRATIONS.iter().map(|m| m.name).filter(|n| !n.ends_with(other)).collect();
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn without_its_database_it_starts_and_is_ready_when_the_database_is() {
    let place = Place::new().await;
    let (port, unreachable) = (free_port(), "postgres://tripit:hunter2@127.0.0.1:PORT/tripit");
    let real = place.settings.iter().find(|(name, _)| *name == "DATABASE_URL").map(|(_, url)| url.clone());
    // Over PostgreSQL the port leads to the database later.
    let (url, target) = match &real {
        None => (unreachable.replace("PORT", &port.to_string()), None),
        Some(url) => {
            let (who, place) = url.rsplit_once('@').unwrap();
            let (address, name) = place.split_once('/').unwrap();
            (format!("{who}@127.0.0.1:{port}/{name}"), Some(address.to_owned()))
        }
    };
    let place = place.with("DATABASE_URL", &url);
    let server = place.serve().await;
    assert_eq!(server.get("/health").await, (200, json!({"status": "ok"})));
    assert_eq!(server.get("/health/ready").await, (503, json!({"status": "unavailable"})));
    let (status, details) = server.get("/health/detailed").await;
    assert_eq!((status, &details["checks"]["database"]), (503, &json!("error")));
    for path in ["/api/itineraries", "/api/auth/me"] {
        let response = server.sent(axum::http::Method::GET, path, None, None).await.unwrap();
        assert_eq!(response.status(), 503, "{path}");
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(response.json::<Value>().await.unwrap()["code"], "unavailable");
    }
    let said = server.process.out.text() + &server.process.err.text();
    assert!(!said.contains("hunter2") && !said.contains(&url), "{said}");
    assert!(said.contains("the database cannot be reached yet"), "{said}");
    let Some(target) = target else { return };

    let door = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let open_door = async {
        loop {
            let (mut inside, _) = door.accept().await.unwrap();
            let mut outside = TcpStream::connect(&target).await.unwrap();
            tokio::runtime::Handle::current().spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await; // until one of them goes
            });
        }
    };
    let ready = within(Duration::from_secs(10), || async { server.get("/health/ready").await.0 == 200 });
    tokio::select! {
        () = open_door => {}
        _ = ready => {}
    }
}
