//! The figures of trips: `bench travel FIGURE ...`, called by `bench/travel` with the settings of one database. What is
//! counted here runs in this process, without workers, so that nobody else's round trips are among them.

use crate::{
    Fault,
    identity::{Server, line, millis, percentile},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Method, Request, StatusCode, header},
};
use kernel::{
    App, batches,
    clock::Timestamp,
    config::{Config, Env},
    sql,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, task::JoinSet};
use tokio_postgres::NoTls;
use tower::ServiceExt;
use uuid::{Builder, Uuid};

/// Measures the figure that the words name.
pub(crate) async fn run(words: &[&str]) -> Result<(), Fault> {
    // A second call finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match words {
        ["vacuum", url] => vacuum(url).await,
        ["paths"] => paths(&Program::start().await?).await,
        ["round-trips"] => round_trips(&Program::start().await?).await,
        ["writes"] => writes(&Program::start().await?).await,
        ["views"] => views(&Program::start().await?).await,
        ["votes", url, rounds] => votes(&Program::start().await?, &Server::at(url)?, rounds.parse()?).await,
        _ => Err("usage: see bench/travel".into()),
    }
}

/// What is asked for, each a name and the addresses that are asked for in turn; `{id}` is any of many trips.
const READS: [(&str, &[&str]); 25] = [
    ("one trip", &["/api/itineraries/{id}"]),
    ("list, trending", &["/api/itineraries?sort=trending"]),
    ("list, newest", &["/api/itineraries?sort=newest"]),
    ("list, top rated", &["/api/itineraries?sort=top-rated"]),
    ("list, most helpful", &["/api/itineraries?sort=most-helpful"]),
    ("list, page 100", &["/api/itineraries?page=100", "/api/itineraries?page=100&sort=newest"]),
    (
        "list, three filters",
        &[
            "/api/itineraries?difficulty=moderate&has_gps=true&min_safety_score=4",
            "/api/itineraries?difficulty=expert&women_safe=true&min_safety_score=3.5&sort=newest",
            "/api/itineraries?difficulty=easy&has_gps=false&women_safe=true&sort=top-rated",
        ],
    ),
    (
        "list, activity and two more",
        &[
            "/api/itineraries?activity=hiking&difficulty=moderate&min_safety_score=4",
            "/api/itineraries?activity=food&has_gps=true&women_safe=true&sort=newest",
        ],
    ),
    ("featured", &["/api/itineraries/featured"]),
    ("by destination", &["/api/itineraries/by-destination/kyoto", "/api/itineraries/by-destination/japan"]),
    ("rising stars", &["/api/itineraries/rising-stars"]),
    ("most requested", &["/api/itineraries/most-requested"]),
    ("search, a place", &["/api/search?q=kyoto", "/api/search?q=lisbon", "/api/search?q=cusco"]),
    ("search, two words", &["/api/search?q=kyoto%20temples", "/api/search?q=patagonia%20hiking"]),
    ("search, a word of most", &["/api/search?q=food", "/api/search?q=the"]),
    ("search, misspelt", &["/api/search?q=kioto", "/api/search?q=lisbonn"]),
    ("search, nothing", &["/api/search?q=qwertzuiop"]),
    ("leaderboard, week", &["/api/itineraries/leaderboard?timeframe=week"]),
    ("leaderboard, month", &["/api/itineraries/leaderboard?timeframe=month"]),
    ("leaderboard, all", &["/api/itineraries/leaderboard?timeframe=all"]),
    ("leaderboard of trips", &["/api/leaderboard/projects"]),
    ("leaderboard of people", &["/api/leaderboard/users"]),
    ("trending tags", &["/api/trending/tags"]),
    ("ratings of a trip", &["/api/itineraries/{id}/ratings"]),
    ("intel of a trip", &["/api/travel-intel?itinerary_id={id}"]),
];

/// The program over its database, in this process.
struct Program {
    app: App,
    router: Router,
}

struct Reply {
    status: StatusCode,
    body: Value,
    round_trips: u64,
}

impl Reply {
    fn field(&self, pointer: &str) -> Result<String, Fault> {
        let field = self.body.pointer(pointer).and_then(Value::as_str);
        Ok(field.ok_or_else(|| format!("{}: no {pointer} in {}", self.status, self.body))?.to_owned())
    }
}

impl Program {
    async fn start() -> Result<Self, Fault> {
        let config = Config::read(&mut Env::from_process().map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
        let app = server::start::app(config).await.map_err(|e| e.to_string())?;
        Ok(Self { router: server::router::build(&app), app })
    }

    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Result<Reply, Fault> {
        let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let mut request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))?;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4000))));
        let before = self.app.db.round_trips();
        let response = self.router.clone().oneshot(request).await?;
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await?;
        let round_trips = self.app.db.round_trips() - before;
        Ok(Reply { status, body: serde_json::from_slice(&body).unwrap_or_default(), round_trips })
    }

    /// The token of somebody who has done nothing yet. Their session is known from here on; else it costs a round trip more.
    async fn newcomer(&self, name: &str) -> Result<String, Fault> {
        let body = json!({"email": format!("{name}@example.net"), "username": name, "password": "Seeded-Demo-2026"});
        let token =
            self.send(Method::POST, "/api/auth/register", None, Some(body)).await?.field("/data/access_token")?;
        self.send(Method::GET, "/api/auth/me", Some(&token), None).await?;
        Ok(token)
    }

    /// Published trips from all over the last year.
    async fn trips(&self, count: u32) -> Result<Vec<Uuid>, Fault> {
        let mut db = self.app.db.read().await?;
        let (now, mut found) = (self.app.clock.now(), BTreeSet::new());
        for n in 0..count {
            let at = now.minus(Duration::from_hours(8760).mul_f64(f64::from(n + 1) / f64::from(count)));
            let next = sql!(
                "select id from itineraries where id >= $1 and is_published = TRUE and deleted_at is null
                 order by id limit 1"
            );
            found.extend(db.maybe::<Uuid>(next.bind(first_id(at))).await?);
        }
        // Neighbours in time shall not be asked for one behind the other.
        let mut trips: Vec<Uuid> = found.into_iter().collect();
        trips.sort_by_key(|id| id.as_u128().reverse_bits());
        Ok(trips)
    }

    async fn count(&self, query: kernel::db::Sql) -> Result<i64, Fault> {
        Ok(self.app.db.read().await?.one(query).await?)
    }
}

/// The smallest id of that time.
fn first_id(at: Timestamp) -> Uuid {
    Builder::from_unix_timestamp_millis(u64::try_from(at.micros() / 1_000).unwrap_or_default(), &[0; 10]).into_uuid()
}

/// What PostgreSQL does by itself some time after a load: from then on it counts from indexes alone.
async fn vacuum(url: &str) -> Result<(), Fault> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    Handle::current().spawn(connection);
    Ok(client.batch_execute("vacuum analyze").await?)
}

/// Names and addresses for the load generator.
async fn paths(program: &Program) -> Result<(), Fault> {
    let trips = program.trips(2_000).await?;
    for (name, paths) in READS {
        for path in paths {
            if path.contains("{id}") {
                for id in &trips {
                    println!("{name}\t{}", path.replace("{id}", &id.to_string()));
                }
            } else {
                println!("{name}\t{path}");
            }
        }
    }
    Ok(())
}

/// Round trips of each read for the anonymous, and for somebody who is signed in: the most of all its addresses.
async fn round_trips(program: &Program) -> Result<(), Fault> {
    let trip = program.trips(1).await?.first().map(Uuid::to_string).ok_or("there are no trips")?;
    let token = program.newcomer("bench_reader").await?;
    for (name, paths) in READS {
        let (mut anonymous, mut signed_in) = (0, 0);
        for path in paths {
            let path = path.replace("{id}", &trip);
            for (token, most) in [(None, &mut anonymous), (Some(token.as_str()), &mut signed_in)] {
                let reply = program.send(Method::GET, &path, token, None).await?;
                if reply.status != StatusCode::OK {
                    return Err(format!("{path}: {} {}", reply.status, reply.body).into());
                }
                *most = reply.round_trips.max(*most);
            }
        }
        println!("{name}\t{anonymous}\t{signed_in}");
    }
    Ok(())
}

/// Round trips of what changes something.
async fn writes(program: &Program) -> Result<(), Fault> {
    let trip = program.trips(1).await?.first().map(Uuid::to_string).ok_or("there are no trips")?;
    let token = program.newcomer("bench_writer").await?;
    let (post, put, patch, delete) = (Method::POST, Method::PUT, Method::PATCH, Method::DELETE);
    let (mut made, mut rating, mut intel) = (String::new(), String::new(), String::new());
    let steps: [(&str, &Method, &str, Value); 22] = [
        ("view", &post, "/api/itineraries/{trip}/view", json!({})),
        ("vote", &post, "/api/votes", json!({"project_id": trip, "vote_type": "up"})),
        ("downvote", &post, "/api/itineraries/{trip}/downvote", json!({})),
        ("take a vote back", &delete, "/api/itineraries/{trip}/vote", Value::Null),
        ("save", &post, "/api/saved/save/{trip}", json!({})),
        ("unsave", &delete, "/api/saved/unsave/{trip}", Value::Null),
        (
            "rate",
            &post,
            "/api/safety-ratings",
            json!({"itinerary_id": trip, "overall_safety_score": 4, "experience_date": "2026-01-02"}),
        ),
        ("rate, shortcut", &post, "/api/itineraries/{trip}/rating", json!({"rating": 5})),
        ("change a rating", &patch, "/api/safety-ratings/{rating}", json!({"overall_safety_score": 3})),
        ("delete a rating", &delete, "/api/safety-ratings/{rating}", Value::Null),
        ("post intel", &post, "/api/travel-intel", json!({"itinerary_id": trip, "content": "The lift is closed."})),
        ("answer intel", &post, "/api/travel-intel/{intel}/respond", json!({"content": "Since when?"})),
        ("change intel", &patch, "/api/travel-intel/{intel}", json!({"content": "The lift is open."})),
        ("delete intel", &delete, "/api/travel-intel/{intel}", Value::Null),
        ("create a trip", &post, "/api/itineraries", json!({"title": "Tea in Uji", "destination": "Uji, Japan"})),
        ("change a trip", &patch, "/api/itineraries/{made}", json!({"title": "More tea in Uji"})),
        ("replace a trip", &put, "/api/itineraries/{made}", json!({"tagline": "With cups"})),
        ("unpublish", &post, "/api/itineraries/{made}/unpublish", json!({})),
        ("publish", &post, "/api/itineraries/{made}/publish", json!({})),
        ("delete a trip", &delete, "/api/itineraries/{made}", Value::Null),
        ("own votes", &Method::GET, "/api/votes/user", Value::Null),
        ("saved trips", &Method::GET, "/api/saved/itineraries", Value::Null),
    ];
    for (name, method, path, body) in steps {
        let path = path.replace("{trip}", &trip).replace("{made}", &made);
        let path = path.replace("{rating}", &rating).replace("{intel}", &intel);
        let body = (!body.is_null()).then_some(body);
        let reply = program.send(method.clone(), &path, Some(&token), body).await?;
        match name {
            "create a trip" => made = reply.field("/data/id")?,
            "rate" => rating = reply.field("/data/id")?,
            "post intel" => intel = reply.field("/data/id")?,
            _ => {}
        }
        if !reply.status.is_success() {
            return Err(format!("{method} {path}: {} {}", reply.status, reply.body).into());
        }
        println!("{name}\t{}", reply.round_trips);
    }
    Ok(())
}

/// How long it takes to write 10,000 views that waited, of up to 1,000 trips.
async fn views(program: &Program) -> Result<(), Fault> {
    const VIEWS: usize = 10_000;
    let trips = program.trips(1_000).await?;
    let written = || program.count(sql!("select cast(count(*) as bigint) from itinerary_views"));
    let before = written().await?;
    let begun = Instant::now();
    for (n, trip) in trips.iter().cycle().take(VIEWS).enumerate() {
        let body = json!({"session_id": format!("session {n}")});
        let reply = program.send(Method::POST, &format!("/api/itineraries/{trip}/view"), None, Some(body)).await?;
        if reply.status != StatusCode::OK {
            return Err(format!("a view: {} {}", reply.status, reply.body).into());
        }
    }
    let (counted, begun) = (begun.elapsed(), Instant::now());
    let round_trips = program.app.db.round_trips();
    batches::flush(&program.app).await;
    let took = begun.elapsed();
    let (round_trips, rows) = (program.app.db.round_trips() - round_trips, written().await? - before);
    let counts = format!("written in {} and {round_trips} round trips, {rows} rows", millis(took));
    line("10,000 views", &format!("{counts}; counting them took {:.1} s", counted.as_secs_f64()));
    Ok(())
}

/// Twelve people vote at once, up and down, on five trips: `rounds` times each. What the counters say afterwards is
/// compared with the rows.
async fn votes(program: &Program, server: &Server, rounds: usize) -> Result<(), Fault> {
    const PEOPLE: usize = 12;
    let trips = program.trips(5).await?;
    let people = sql!("select email from travelers where email like '%@example.org' order by id limit 12");
    let people: Vec<String> = program.app.db.read().await?.all(people).await?;
    let mut tokens = Vec::with_capacity(PEOPLE);
    for email in &people {
        tokens.push(server.token(email).await?);
    }
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for (who, token) in tokens.into_iter().enumerate() {
        let (server, trips) = (server.clone(), trips.clone());
        all.spawn(async move {
            let (mut times, mut failed) = (Vec::with_capacity(rounds), 0_usize);
            // All are at the same trip at the same time, each with steps of their own through up, down and neither.
            for (n, trip) in (0..rounds).zip(trips.iter().cycle()) {
                let vote_type = if (n / trips.len() + who).is_multiple_of(3) { "down" } else { "up" };
                let body = json!({"project_id": trip, "vote_type": vote_type});
                let answer = server.post("/api/votes", Some(&token), &body).await?;
                failed += usize::from(answer.status != 200);
                times.push(answer.took);
            }
            Ok::<_, Fault>((times, failed))
        });
    }
    let (mut times, mut failed) = (Vec::new(), 0);
    while let Some(done) = all.join_next().await {
        let (mut more, bad) = done??;
        times.append(&mut more);
        failed += bad;
    }
    let took = begun.elapsed();
    let (mut wrong, mut counted, mut rows) = (0, 0, 0);
    for trip in &trips {
        let counter = sql!("select upvotes * 1000 + downvotes from itineraries where id = $1");
        let of_rows = sql!(
            "select cast(coalesce(sum(case vote_type when 'up' then 1000 else 1 end), 0) as bigint)
             from itinerary_votes where itinerary_id = $1"
        );
        let (counter, of_rows) = (program.count(counter.bind(*trip)).await?, program.count(of_rows.bind(*trip)).await?);
        wrong += usize::from(counter != of_rows);
        counted += counter / 1_000 + counter % 1_000;
        rows += of_rows / 1_000 + of_rows % 1_000;
    }
    let count = times.len();
    let (median, late) = (millis(percentile(&mut times, 50)), millis(percentile(&mut times, 99)));
    #[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
    let rate = count as f64 / took.as_secs_f64();
    let seconds = took.as_secs_f64();
    line(
        "12 people voting at once",
        &format!("{count} votes in {seconds:.1} s ({rate:.0} a second, p50 {median}, p99 {late}), {failed} refused"),
    );
    line("  counters against rows", &format!("{counted} and {rows}; {wrong} of {} trips differ", trips.len()));
    Ok(())
}
