//! The figures of identity: `bench identity FIGURE URL DATABASE ...`, called by `bench/identity` with servers that it
//! started. Everybody in the database has the seed's password.

use crate::{Fault, attacks, is_url, open};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use futures_util::future::join_all;
use rand::seq::SliceRandom as _;
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::runtime::Handle;
use tokio_postgres::NoTls;
use uuid::Uuid;

const PASSWORD: &str = "Seeded-Demo-2026";
const PEOPLE: &str = "select email from travelers where email like '%@example.org' and is_admin = FALSE order by email";
const LEAVES: &str = "select count(*) from refresh_tokens where session_id = $1 and used_at is null";

/// Measures the figure that the words name.
pub(crate) async fn run(words: &[&str]) -> Result<(), Fault> {
    // A second call finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match words {
        ["attacks", url, database] => token_attacks(&Server::at(url)?, database).await,
        ["refresh", url, database] => refreshing(&Server::at(url)?, database).await,
        ["storm", url, database, process] => storm(&Server::at(url)?, database, process).await,
        ["enumerate", url, database, what @ ..] => enumeration(&Server::at(url)?, database, what).await,
        ["ban", on, at, database, admin, what] => ban(&Server::at(on)?, &Server::at(at)?, database, admin, what).await,
        ["ban-command", url, database, program] => ban_by_command(&Server::at(url)?, database, program).await,
        _ => Err("usage: see bench/identity".into()),
    }
}

pub(crate) fn line(what: &str, figures: &str) {
    println!("  {what:<32} {figures}");
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}

/// The value below which `percent` of the times lie.
pub(crate) fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// A server that somebody else started.
#[derive(Clone)]
pub(crate) struct Server {
    url: String,
    client: Client,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) took: Duration,
}

impl Answer {
    pub(crate) fn field(&self, pointer: &str) -> Result<String, Fault> {
        let body: Value = serde_json::from_str(&self.body)?;
        let field = body.pointer(pointer).and_then(Value::as_str);
        Ok(field.ok_or_else(|| format!("{}: no {pointer} in {}", self.status, self.body))?.to_owned())
    }

    /// Without what differs between any two answers, and without the address that was sent.
    fn masked(&self, address: &str) -> (StatusCode, BTreeMap<String, String>, String) {
        let mut headers = self.headers.clone();
        headers.retain(|name, _| name != "date" && name != "x-request-id");
        (self.status, headers, without_ids(&self.body.replace(address, "ADDRESS")))
    }
}

fn without_ids(text: &str) -> String {
    let word = |word: &str| if word.parse::<Uuid>().is_ok() { "ID".to_owned() } else { word.to_owned() };
    text.split('"').map(word).collect::<Vec<_>>().join("\"")
}

impl Server {
    pub(crate) fn at(url: &str) -> Result<Self, Fault> {
        let client = Client::builder().no_proxy().user_agent("bench").timeout(Duration::from_secs(30)).build()?;
        Ok(Self { url: url.to_owned(), client })
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, Fault> {
        let begun = Instant::now();
        let response = request.send().await?;
        let status = response.status();
        let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let body = response.text().await?;
        Ok(Answer { status, headers, body, took: begun.elapsed() })
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Result<Answer, Fault> {
        let request = self.client.get(format!("{}{path}", self.url));
        self.send(token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth)).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Answer, Fault> {
        let request = self.client.request(Method::POST, format!("{}{path}", self.url)).json(body);
        self.send(token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth)).await
    }

    async fn sign_in(&self, email: &str) -> Result<Answer, Fault> {
        self.post("/api/auth/login", None, &json!({"email": email, "password": PASSWORD})).await
    }

    pub(crate) async fn token(&self, email: &str) -> Result<String, Fault> {
        self.sign_in(email).await?.field("/data/access_token")
    }
}

async fn people(database: &str) -> Result<Vec<String>, Fault> {
    if is_url(database) {
        let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
        Handle::current().spawn(connection);
        return Ok(client.query(PEOPLE, &[]).await?.iter().map(|row| row.get(0)).collect());
    }
    let connection = open(database)?;
    let mut statement = connection.prepare(PEOPLE)?;
    let people = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(people)
}

async fn person(database: &str) -> Result<String, Fault> {
    people(database).await?.into_iter().next().ok_or_else(|| "nobody was seeded".into())
}

async fn token_attacks(server: &Server, database: &str) -> Result<(), Fault> {
    let signed_in = server.sign_in(&person(database).await?).await?;
    let (token, refresh) = (signed_in.field("/data/access_token")?, signed_in.field("/data/refresh_token")?);
    let attacks = attacks::all(&token, &refresh).ok_or("a token without three parts")?;
    let (mut refused, mut slowest, count) = (0, Duration::ZERO, attacks.len());
    for (name, values) in attacks {
        let mut request = server.client.get(format!("{}/api/auth/me", server.url));
        for value in values {
            request = request.header(header::AUTHORIZATION, header::HeaderValue::from_bytes(&value)?);
        }
        let answer = server.send(request).await?;
        slowest = slowest.max(answer.took);
        if answer.status == StatusCode::UNAUTHORIZED {
            refused += 1;
        } else {
            line("NOT REFUSED", &format!("{name}: {}", answer.status));
        }
    }
    let (mut good, mut slowest_good) = (0, Duration::ZERO);
    for _ in 0..count {
        let answer = server.get("/api/auth/me", Some(&token)).await?;
        slowest_good = slowest_good.max(answer.took);
        good += usize::from(answer.status == StatusCode::OK);
    }
    line("token attacks", &format!("{refused} of {count} are 401, slowest {}", millis(slowest)));
    line("the good token, as often", &format!("{good} of {count} are 200, slowest {}", millis(slowest_good)));
    Ok(())
}

/// The refresh tokens of a session that nobody used yet.
async fn leaves(database: &str, session: Uuid) -> Result<i64, Fault> {
    if is_url(database) {
        let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
        Handle::current().spawn(connection);
        return Ok(client.query_one(LEAVES, &[&session]).await?.get(0));
    }
    Ok(open(database)?.query_row(&LEAVES.replace('$', "?"), [session], |row| row.get(0))?)
}

fn session_of(token: &str) -> Result<Uuid, Fault> {
    let claims: Value = serde_json::from_slice(&BASE64.decode(token.split('.').nth(1).ok_or("no token")?)?)?;
    Ok(claims.pointer("/sid").and_then(Value::as_str).ok_or("no session in the token")?.parse()?)
}

async fn refreshing(server: &Server, database: &str) -> Result<(), Fault> {
    const ROUNDS: usize = 500;
    const AT_ONCE: usize = 50;
    let signed_in = server.sign_in(&person(database).await?).await?;
    let session = session_of(&signed_in.field("/data/access_token")?)?;
    let mut token = signed_in.field("/data/refresh_token")?;
    let (mut single, mut handed_out, mut refused, mut broken) = (0, 0, 0, 0);
    let mut all = HashSet::new();
    let begun = Instant::now();
    for round in 0..ROUNDS {
        let body = json!({});
        let answers = join_all((0..AT_ONCE).map(|_| server.post("/api/auth/refresh", Some(&token), &body))).await;
        let mut next = HashSet::new();
        for answer in answers {
            let answer = answer?;
            match answer.status {
                StatusCode::OK => {
                    handed_out += 1;
                    next.insert(answer.field("/data/refresh_token")?);
                }
                StatusCode::UNAUTHORIZED => refused += 1,
                status if status.is_server_error() => broken += 1,
                status => return Err(format!("refresh: {status}").into()),
            }
        }
        single += usize::from(next.len() == 1);
        all.extend(next.iter().cloned());
        token = next.into_iter().next().ok_or_else(|| format!("round {round}: no successor"))?;
    }
    let took = begun.elapsed();
    let live = leaves(database, session).await?;
    let last = server.post("/api/auth/refresh", Some(&token), &json!({})).await?.status.as_u16();
    line(
        "a refresh token 50 times at once",
        &format!(
            "{ROUNDS} rounds in {:.1} s: {single} with one successor, {refused} are 401, {broken} are 5xx",
            took.as_secs_f64()
        ),
    );
    line(
        "what was handed out",
        &format!("{handed_out} answers, {} different tokens; live leaves {live}; the last one: {last}", all.len()),
    );
    Ok(())
}

/// Eight readers of one trip, each a hundred times a second at most, until they are told to stop.
async fn readers(server: &Server, path: &str, stop: &Arc<AtomicBool>) -> Result<Vec<Duration>, Fault> {
    let tasks = (0..8).map(|_| {
        let (server, path, stop) = (server.clone(), path.to_owned(), Arc::clone(stop));
        Handle::current().spawn(async move {
            let mut times = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let answer = server.get(&path, None).await?;
                if answer.status != StatusCode::OK {
                    return Err(format!("a reader: {}", answer.status).into());
                }
                times.push(answer.took);
                tokio::time::sleep(Duration::from_millis(10).saturating_sub(answer.took)).await;
            }
            Ok::<_, Fault>(times)
        })
    });
    let mut times = Vec::new();
    for task in join_all(tasks).await {
        times.extend(task??);
    }
    Ok(times)
}

/// The most that the gauges of hashing show until told to stop.
async fn most_hashes(server: &Server, stop: &AtomicBool) -> Result<(u32, u32, usize), Fault> {
    let (mut running, mut waiting, mut looks) = (0, 0, 0);
    while !stop.load(Ordering::Relaxed) {
        let metrics = server.get("/metrics", None).await?.body;
        let gauge = |name: &str| -> Option<u32> {
            metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
        };
        running = running.max(gauge("tripit_heavy_running ").ok_or("no gauge of hashing")?);
        waiting = waiting.max(gauge("tripit_heavy_waiting ").ok_or("no gauge of waiting")?);
        looks += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok((running, waiting, looks))
}

fn peak_mebibytes(process: &str) -> Result<u64, Fault> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    Ok(peak.unwrap_or(0_u64) / 1_024)
}

async fn storm(server: &Server, database: &str, process: &str) -> Result<(), Fault> {
    const LOGINS: usize = 200;
    let people = people(database).await?;
    let list: Value = serde_json::from_str(&server.get("/api/itineraries?per_page=1", None).await?.body)?;
    let trip = list.pointer("/data/0/id").and_then(Value::as_str).ok_or("no trip was seeded")?;
    let path = format!("/api/itineraries/{trip}");
    let describe = |mut times: Vec<Duration>| {
        let (p50, p99) = (percentile(&mut times, 50), percentile(&mut times, 99));
        format!("{} reads, p50 {}, p99 {}", times.len(), millis(p50), millis(p99))
    };
    let stop = Arc::new(AtomicBool::new(false));
    let (still, ()) = tokio::join!(readers(server, &path, &stop), async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        stop.store(true, Ordering::Relaxed);
    });
    let before = peak_mebibytes(process)?;
    let stop = Arc::new(AtomicBool::new(false));
    let logins = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let begun = Instant::now();
        let answers = join_all(people.iter().take(LOGINS).map(|email| server.sign_in(email))).await;
        let took = begun.elapsed();
        stop.store(true, Ordering::Relaxed);
        (answers, took)
    };
    let (busy, most, (answers, took)) = tokio::join!(readers(server, &path, &stop), most_hashes(server, &stop), logins);
    let mut statuses = BTreeMap::new();
    for answer in answers {
        *statuses.entry(answer?.status.as_u16()).or_insert(0_u32) += 1;
    }
    let statuses: Vec<_> = statuses.iter().map(|(status, count)| format!("{count} are {status}")).collect();
    let (running, waiting, looks) = most?;
    line("200 logins at once", &format!("{}, all answered in {:.2} s", statuses.join(", "), took.as_secs_f64()));
    line("hashes at a time", &format!("at most {running}, waiting at most {waiting} ({looks} looks)"));
    line("peak memory", &format!("{} MiB; before the storm {before} MiB", peak_mebibytes(process)?));
    line("readers of a trip meanwhile", &describe(busy?));
    line("the same readers, no storm", &describe(still?));
    Ok(())
}

/// An address of the same length that nobody has.
fn unknown(email: &str, known: &HashSet<&str>) -> Option<String> {
    let (name, host) = email.split_once('@')?;
    let unknown = format!("{}@{host}", name.chars().rev().collect::<String>());
    let is_plain = unknown.starts_with(|c: char| c.is_ascii_alphanumeric());
    (is_plain && !known.contains(unknown.as_str())).then_some(unknown)
}

/// How likely a random one of `a` is above a random one of `b`, ties counting half: Mann and Whitney's U over the pairs.
#[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
fn auc(a: &[Duration], b: &[Duration]) -> f64 {
    let halves: u32 =
        a.iter().flat_map(|a| b.iter().map(move |b| 1 + (a.cmp(b) as i8))).map(|n| u32::from(n.unsigned_abs())).sum();
    f64::from(halves) / (2.0 * a.len() as f64 * b.len() as f64)
}

/// Known against unknown addresses, shuffled, so that what one answer leaves behind meets both kinds alike; some at a time
/// where an answer mostly waits.
async fn enumeration(server: &Server, database: &str, what: &[&str]) -> Result<(), Fault> {
    const TRIES: usize = 400;
    let people = people(database).await?;
    let all: HashSet<&str> = people.iter().map(String::as_str).collect();
    let pairs: Vec<_> = people.iter().filter_map(|e| Some((e.clone(), unknown(e, &all)?))).take(TRIES).collect();
    if pairs.len() < TRIES {
        return Err(format!("only {} people for {TRIES} tries", pairs.len()).into());
    }
    for &what in what {
        let at_once = if what == "login" { 8 } else { 1 };
        let has_job = matches!(what, "otp" | "forgot");
        let mut tries: Vec<_> = (0..TRIES).flat_map(|n| [(n, true), (n, false)]).collect();
        tries.shuffle(&mut rand::rng());
        let tasks = (0..at_once).map(|worker| {
            let mine: Vec<_> = tries.iter().copied().skip(worker).step_by(at_once).collect();
            let pairs = &pairs;
            async move {
                let mut answers = Vec::new();
                for (n, is_known) in mine {
                    let (known, unknown) = pairs.get(n).ok_or("no such pair")?;
                    let (email, letter) = if is_known { (known, 'a') } else { (unknown, 'b') };
                    let answer = ask(server, what, email, &format!("bench-{letter}-{n}")).await?;
                    let after = if has_job { what_follows(server).await? } else { Duration::ZERO };
                    answers.push((n, is_known, answer.masked(email), answer.took, after));
                }
                Ok::<_, Fault>(answers)
            }
        });
        let mut answers = Vec::new();
        for some in join_all(tasks).await {
            answers.extend(some?);
        }
        answers.sort_by_key(|(n, is_known, ..)| (!is_known, *n));
        let (known, unknown) = answers.split_at(TRIES);
        let same = known.iter().zip(unknown).filter(|(known, unknown)| known.2 == unknown.2).count();
        let statuses: BTreeSet<_> = answers.iter().map(|(_, _, masked, ..)| masked.0.as_u16()).collect();
        let times = |answers: &[(_, _, _, Duration, Duration)]| answers.iter().map(|a| a.3).collect::<Vec<_>>();
        let afters = |answers: &[(_, _, _, Duration, Duration)]| answers.iter().map(|a| a.4).collect::<Vec<_>>();
        let (auc_after, auc) = (auc(&afters(known), &afters(unknown)), auc(&times(known), &times(unknown)));
        let p50 = |mut times: Vec<Duration>| millis(percentile(&mut times, 50));
        let figures = |auc: f64, known: Vec<Duration>, unknown: Vec<Duration>| {
            format!("AUC {auc:.3}, p50 {} and {}", p50(known), p50(unknown))
        };
        line(
            &format!("known or not: {what}"),
            &format!("{}, {same} of {TRIES} pairs alike ({statuses:?})", figures(auc, times(known), times(unknown))),
        );
        if has_job {
            line("  six answers after it", &figures(auc_after, afters(known), afters(unknown)));
        }
    }
    Ok(())
}

/// How long six requests take that follow at once: the mail that is on its way behind an answer might show there.
async fn what_follows(server: &Server) -> Result<Duration, Fault> {
    let begun = Instant::now();
    for _ in 0..6 {
        let nobody = format!("{:x}@example.net", rand::random::<u64>());
        server.post("/api/auth/otp/request", None, &json!({"email": nobody})).await?;
    }
    let took = begun.elapsed();
    tokio::time::sleep(Duration::from_millis(15)).await; // until all of it is done
    Ok(took)
}

async fn ask(server: &Server, what: &str, email: &str, username: &str) -> Result<Answer, Fault> {
    let (path, body) = match what {
        "login" | "login-bare" => ("/api/auth/login", json!({"email": email, "password": "Wrong-Demo-2026"})),
        "otp" => ("/api/auth/otp/request", json!({"email": email})),
        "forgot" => ("/api/auth/forgot-password", json!({"email": email})),
        "register" => ("/api/auth/register", json!({"email": email, "username": username, "password": PASSWORD})),
        _ => return Err(format!("no such try: {what}").into()),
    };
    server.post(path, None, &body).await
}

const BANS: usize = 50;

/// Asks with `token` until the answer is `wanted`; the moment of that.
pub(crate) async fn until(server: &Server, path: &str, token: &str, wanted: StatusCode) -> Result<Instant, Fault> {
    loop {
        match server.get(path, Some(token)).await?.status {
            status if status == wanted => return Ok(Instant::now()),
            StatusCode::OK => tokio::time::sleep(Duration::from_millis(1)).await,
            status => return Err(format!("asking for {path} until it is {wanted}: {status}").into()),
        }
    }
}

/// How soon something took effect, round by round.
#[derive(Default)]
pub(crate) struct Effects {
    from_sent: Vec<Duration>,
    from_done: Vec<Duration>,
    took: Vec<Duration>,
}

impl Effects {
    pub(crate) fn add(&mut self, sent: Instant, done: Instant, effect: Instant) {
        self.from_sent.push(effect - sent);
        self.from_done.push(effect.saturating_duration_since(done));
        self.took.push(done - sent);
    }

    pub(crate) fn report(mut self, what: &str, order: &str) {
        let figures = |times: &mut [Duration]| {
            format!("p50 {} max {}", millis(percentile(times, 50)), millis(percentile(times, 100)))
        };
        let rounds = self.from_sent.len();
        let (sent, done) = (figures(&mut self.from_sent), figures(&mut self.from_done));
        let took = figures(&mut self.took);
        line(what, &format!("{rounds} rounds: {sent} from the order, {done} from its end; the {order} itself {took}"));
    }
}

/// Signs everybody in who will be banned, and has the server see each token once.
async fn signed_in(server: &Server, database: &str, skip: usize) -> Result<Vec<(String, String)>, Fault> {
    let mut all = Vec::new();
    for email in people(database).await?.into_iter().skip(skip).take(BANS) {
        let token = server.token(&email).await?;
        all.push((email, token));
    }
    if all.len() < BANS { Err(format!("only {} people to ban", all.len()).into()) } else { Ok(all) }
}

/// An administrator bans at one process; how long until the other refuses.
async fn ban(on: &Server, at: &Server, database: &str, admin: &str, what: &str) -> Result<(), Fault> {
    let admin = on.token(admin).await?;
    // Whoever a run before this one banned is not there to be banned again.
    let victims = signed_in(at, database, if what == "Redis up" { 400 } else { 400 + BANS }).await?;
    let mut effects = Effects::default();
    for (_, token) in victims {
        let me = at.get("/api/auth/me", Some(&token)).await?;
        let id = me.field("/data/id").or_else(|_| me.field("/data/user/id"))?;
        let sent = Instant::now();
        let order = async {
            let answer = on
                .post(&format!("/api/admin/users/{id}/toggle-active"), Some(&admin), &json!({"is_active": false}))
                .await?;
            if answer.status == StatusCode::OK {
                Ok(Instant::now())
            } else {
                Err(Fault::from(format!("ban: {} {}", answer.status, answer.body)))
            }
        };
        let (refused, done) = tokio::try_join!(until(at, "/api/auth/me", &token, StatusCode::UNAUTHORIZED), order)?;
        effects.add(sent, done, refused);
    }
    effects.report(&format!("ban until 401, {what}"), "ban");
    Ok(())
}

/// The operator's command bans, in a process of its own beside the serving one.
async fn ban_by_command(server: &Server, database: &str, program: &str) -> Result<(), Fault> {
    let mut effects = Effects::default();
    for (email, token) in signed_in(server, database, 400).await? {
        server.get("/api/auth/me", Some(&token)).await?;
        let sent = Instant::now();
        let program = program.to_owned();
        let order = async move {
            let run = move || std::process::Command::new(program).args(["admin", "ban", &email]).output();
            let output = Handle::current().spawn_blocking(run).await??;
            let said = || Fault::from(String::from_utf8_lossy(&output.stderr).into_owned());
            if output.status.success() { Ok(Instant::now()) } else { Err(said()) }
        };
        let (refused, done) = tokio::try_join!(until(server, "/api/auth/me", &token, StatusCode::UNAUTHORIZED), order)?;
        effects.add(sent, done, refused);
    }
    effects.report("ban by command until 401", "ban");
    Ok(())
}
