//! Mail on its way out, through real sockets: to a mail server, and to ZeptoMail's API.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use kernel::{
    config::{Config, Env, SettingError},
    db::open,
    jobs::run_ready,
    record,
};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use testkit::{Mail, World, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// How the other side behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Accepts,
    /// Names the receiver, and whatever it was given, while it refuses.
    Refuses(u16),
    /// Of ZeptoMail: with a fault of this code, about this field.
    Faults(u16, &'static str, &'static str),
    Stalls,
    /// Hangs up in the middle.
    Breaks,
    Redirects,
}

const RECEIVER: &str = "asha@example.org";
const TOKEN: &str = "a-token-of-zeptomail-that-nobody-may-see";

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

record! {
    #[derive(Debug)]
    struct Row { kind: String, state: String, attempts: i64, last_error: Option<String> }
}

async fn rows(world: &World) -> Vec<Row> {
    let mut db = world.app.db.read().await.unwrap();
    db.all(open("select kind, state, attempts, last_error from jobs order by id")).await.unwrap()
}

/// Asks for one mail.
async fn forgot(world: &World) {
    world.post("/api/auth/forgot-password", json!({ "email": RECEIVER })).await.is(200);
}

/// Somebody whose first mails are gone.
async fn asha(settings: &[(&'static str, &str)]) -> World {
    let world = World::with(settings).await;
    world.person("asha").await;
    world.sql(open("delete from jobs")).await;
    world
}

/// Tries what is ready, which fails; what is written about it, in which nothing is that should not be.
async fn fails(world: &World, attempt: i64) -> String {
    assert_eq!(run_ready(&world.app).await.unwrap(), 1);
    let rows = rows(world).await;
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((row.kind.as_str(), row.state.as_str(), row.attempts), ("send_reset", "ready", attempt), "{row:?}");
    let error = row.last_error.clone().unwrap();
    for secret in [RECEIVER, "asha", TOKEN, "Zoho-enczapikey", "token=", "hunter2"] {
        assert!(!error.contains(secret), "{secret}: {error}");
    }
    // The longest wait is not over 10 s, 20 s, 40 s, ... and a quarter.
    world.advance(Duration::from_secs(13) * 2_u32.pow(u32::try_from(attempt).unwrap() - 1));
    error
}

// A mail server.

/// A mail as it was handed over.
#[derive(Debug, Clone)]
pub(crate) struct Handed {
    from: String,
    pub(crate) to: Vec<String>,
    pub(crate) data: String,
}

/// A mail server that knows just enough (RFC 5321).
pub(crate) struct Sink {
    address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    mails: Arc<Mutex<Vec<Handed>>>,
}

impl Sink {
    pub(crate) fn new(world: &World, listener: TcpListener, mood: Mood) -> Self {
        let (address, mood, mails) =
            (listener.local_addr().unwrap(), Arc::new(Mutex::new(mood)), Arc::<Mutex<Vec<Handed>>>::default());
        let (app, its_mood, its_mails) = (world.app.clone(), Arc::clone(&mood), Arc::clone(&mails));
        world.app.tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (mood, mails) = (Arc::clone(&its_mood), Arc::clone(&its_mails));
                // Ends when the client hangs up.
                app.tasks.spawn(async move { drop(serve(stream, &mood, &mails).await) });
            }
        });
        Self { address, mood, mails }
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *lock(&self.mood) = mood;
    }

    pub(crate) fn mails(&self) -> Vec<Handed> {
        lock(&self.mails).clone()
    }
}

async fn serve(stream: TcpStream, mood: &Mutex<Mood>, mails: &Mutex<Vec<Handed>>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 sink ESMTP\r\n").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = lines.next_line().await? {
        let mood = *lock(mood);
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        let address = || rest.split_once('<').and_then(|(_, a)| a.split_once('>')).map_or("", |(a, _)| a).to_owned();
        let answer = match verb {
            "EHLO" => "250 sink".to_owned(),
            "MAIL" => {
                (from, to) = (address(), Vec::new());
                "250 go on".to_owned()
            }
            "RCPT" => {
                to.push(address());
                match mood {
                    Mood::Refuses(code) => {
                        format!("{code} 5.1.1 <{}>: hunter2, no such person {}", address(), address())
                    }
                    _ => "250 go on".to_owned(),
                }
            }
            "DATA" => {
                match mood {
                    Mood::Stalls => continue, // and never says a word
                    Mood::Breaks => return Ok(()),
                    _ => {}
                }
                writing.write_all(b"354 go on\r\n").await?;
                let mut data = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push_str("\r\n");
                }
                lock(mails).push(Handed { from: from.clone(), to: to.clone(), data });
                "250 taken".to_owned()
            }
            "RSET" | "NOOP" => "250 well".to_owned(),
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "502 what".to_owned(),
        };
        writing.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// A port of this machine, with the URL that leads there.
pub(crate) async fn listening(scheme: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    (listener, url)
}

async fn with_sink(mood: Mood) -> (World, Sink) {
    let (listener, url) = listening("smtp").await;
    let sender = ("ZEPTO_SENDER_ADDRESS", "hello@tripit.example");
    let world = asha(&[("SMTP_URL", &url), sender, ("ZEPTO_SENDER_NAME", "TripIt Mail")]).await;
    let sink = Sink::new(&world, listener, mood);
    assert_eq!(url, format!("smtp://{}", sink.address));
    (world, sink)
}

#[tokio::test]
async fn a_mail_server_gets_the_mail_with_both_parts() {
    let (world, sink) = with_sink(Mood::Accepts).await;
    forgot(&world).await;
    assert_eq!(world.run_jobs().await, 1);
    let mails = sink.mails();
    let [handed] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!((handed.from.as_str(), &handed.to[..]), ("hello@tripit.example", &[RECEIVER.to_owned()][..]));
    let mail = Mail::parse(&handed.data);
    assert_eq!(mail.header("From"), "\"TripIt Mail\" <hello@tripit.example>");
    assert_eq!((mail.to(), mail.subject()), (RECEIVER, "Choose a new password"));
    assert_eq!(mail.header("Date"), "Mon, 23 Nov 2026 09:30:00 +0000");
    let id = mail.header("Message-ID");
    assert!(id.starts_with('<') && id.ends_with("@tripit.example>") && id.len() == 32 + 17, "{id}");
    assert!(mail.token("http://127.0.0.1:5000/reset-password").is_some());
    assert!(mail.html.starts_with("<!doctype html>") && !mail.text.contains('<'), "{mail:?}");
    assert_eq!(world.outbox().len(), 0, "there is one way out");
}

#[tokio::test]
async fn a_mail_server_that_refuses_or_breaks_gets_the_mail_once_when_it_recovered() {
    let (world, sink) = with_sink(Mood::Refuses(550)).await;
    forgot(&world).await;
    let error = fails(&world, 1).await;
    assert!(error.contains("550"), "{error}");
    sink.becomes(Mood::Refuses(451));
    assert!(fails(&world, 2).await.contains("451"));
    sink.becomes(Mood::Breaks);
    fails(&world, 3).await;
    assert_eq!(sink.mails().len(), 0);
    sink.becomes(Mood::Accepts);
    assert_eq!(run_ready(&world.app).await.unwrap(), 1);
    world.advance(Duration::from_hours(1));
    assert_eq!(world.run_jobs().await, 0);
    assert_eq!((sink.mails().len(), rows(&world).await.len()), (1, 0));
}

#[tokio::test]
async fn a_mail_server_that_is_not_there_is_tried_again() {
    let (listener, url) = listening("smtp").await;
    let world = asha(&[("SMTP_URL", &url)]).await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    forgot(&world).await;
    fails(&world, 1).await;
    let sink = Sink::new(&world, TcpListener::bind(address).await.unwrap(), Mood::Accepts);
    assert_eq!(run_ready(&world.app).await.unwrap(), 1);
    assert_eq!((sink.mails().len(), rows(&world).await.len()), (1, 0));
}

#[tokio::test]
async fn a_mail_that_was_taken_twice_has_one_message_id_and_one_link() {
    let (world, sink) = with_sink(Mood::Accepts).await;
    forgot(&world).await;
    world.sql(open("create table copies as select * from jobs")).await;
    world.run_jobs().await;
    world.sql(open("insert into jobs select * from copies")).await;
    world.run_jobs().await;
    let mails: Vec<Mail> = sink.mails().iter().map(|m| Mail::parse(&m.data)).collect();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
    let token = |mail: &Mail| mail.token("http://127.0.0.1:5000/reset-password").unwrap();
    assert_eq!(token(&mails[0]), token(&mails[1]));
}

// ZeptoMail.

/// A request as the API got it.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    authorization: String,
    content_type: String,
    pub(crate) body: Value,
}

/// A stand-in of ZeptoMail's API.
#[derive(Clone)]
pub(crate) struct Api {
    mood: Arc<Mutex<Mood>>,
    posted: Arc<Mutex<Vec<Posted>>>,
    /// Requests that came to where a redirect leads.
    followed: Arc<Mutex<usize>>,
}

impl Api {
    pub(crate) fn new(world: &World, listener: TcpListener, mood: Mood) -> Self {
        let api = Self { mood: Arc::new(Mutex::new(mood)), posted: Arc::default(), followed: Arc::default() };
        let router = Router::new()
            .route("/v1.1/email", post(take))
            .route("/elsewhere", post(elsewhere).get(elsewhere))
            .with_state(api.clone());
        world.app.tasks.spawn(async move { axum::serve(listener, router).await });
        api
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *lock(&self.mood) = mood;
    }

    /// The mails that it took.
    pub(crate) fn posted(&self) -> Vec<Posted> {
        lock(&self.posted).clone()
    }
}

async fn elsewhere(State(api): State<Api>) -> StatusCode {
    *lock(&api.followed) += 1;
    StatusCode::OK
}

async fn take(State(api): State<Api>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let text = |name| headers.get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let posted = Posted { authorization: text(header::AUTHORIZATION), content_type: text(header::CONTENT_TYPE), body };
    let mood = *lock(&api.mood);
    match mood {
        Mood::Accepts => {
            lock(&api.posted).push(posted);
            (StatusCode::CREATED, Json(json!({ "message": "OK" }))).into_response()
        }
        Mood::Refuses(code) => {
            let said = json!({ "error": { "message": format!("hunter2 {} {}", posted.authorization, posted.body) } });
            (StatusCode::from_u16(code).unwrap(), Json(said)).into_response()
        }
        Mood::Faults(status, code, target) => {
            let fault = json!({ "code": code, "target": target, "message": posted.body.to_string() });
            let said = json!({ "error": { "code": "TM_4001", "details": [fault], "message": "Access Denied" } });
            (StatusCode::from_u16(status).unwrap(), Json(said)).into_response()
        }
        Mood::Redirects => Redirect::temporary("/elsewhere").into_response(),
        Mood::Stalls | Mood::Breaks => std::future::pending().await,
    }
}

async fn with_api(mood: Mood) -> (World, Api) {
    let (listener, url) = listening("http").await;
    let endpoint = format!("{url}/v1.1/email");
    let world = asha(&[
        ("ZEPTO_ENDPOINT", &endpoint),
        ("ZEPTO_SEND_MAIL_TOKEN", TOKEN),
        ("ZEPTO_SENDER_ADDRESS", "hello@tripit.example"),
        ("ZEPTO_SENDER_NAME", "TripIt Mail"),
    ])
    .await;
    let api = Api::new(&world, listener, mood);
    (world, api)
}

#[tokio::test]
async fn zeptomail_gets_the_mail_with_both_parts() {
    let (world, api) = with_api(Mood::Accepts).await;
    forgot(&world).await;
    assert_eq!(world.run_jobs().await, 1);
    let posted = api.posted();
    let [mail] = &posted[..] else { panic!("{posted:?}") };
    assert_eq!(mail.authorization, format!("Zoho-enczapikey {TOKEN}"));
    assert_eq!(mail.content_type, "application/json");
    let body = &mail.body;
    assert_eq!(body["from"], json!({ "address": "hello@tripit.example", "name": "TripIt Mail" }));
    let to = &body["to"];
    assert_eq!(to.as_array().unwrap().len(), 1, "{body}");
    assert_eq!(to[0]["email_address"]["address"], RECEIVER);
    assert_eq!(body["subject"], "Choose a new password");
    let link = "http://127.0.0.1:5000/reset-password?token=";
    assert!(body["textbody"].as_str().unwrap().contains(link), "{body}");
    assert!(body["htmlbody"].as_str().unwrap().replace("&#x2f;", "/").contains(link), "{body}");
    assert_eq!(world.outbox().len(), 0, "there is one way out");
}

#[tokio::test]
async fn zeptomail_that_refuses_or_redirects_gets_the_mail_once_when_it_recovered() {
    let (world, api) = with_api(Mood::Refuses(401)).await;
    forgot(&world).await;
    assert!(fails(&world, 1).await.contains("401"));
    api.becomes(Mood::Refuses(500));
    assert!(fails(&world, 2).await.contains("500"));
    api.becomes(Mood::Redirects);
    assert!(fails(&world, 3).await.contains("307"));
    api.becomes(Mood::Faults(400, "SM_113", "to"));
    assert!(fails(&world, 4).await.contains("400"), "whoever waits for a link may mend the address meanwhile");
    assert_eq!((api.posted().len(), *lock(&api.followed)), (0, 0), "the token goes nowhere else");
    api.becomes(Mood::Accepts);
    assert_eq!(run_ready(&world.app).await.unwrap(), 1);
    world.advance(Duration::from_hours(1));
    assert_eq!(world.run_jobs().await, 0);
    assert_eq!((api.posted().len(), rows(&world).await.len()), (1, 0));
}

#[tokio::test]
async fn zeptomail_that_is_not_there_is_tried_again() {
    let (listener, url) = listening("http").await;
    let endpoint = format!("{url}/v1.1/email");
    let world = asha(&[("ZEPTO_ENDPOINT", &endpoint), ("ZEPTO_SEND_MAIL_TOKEN", TOKEN)]).await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    forgot(&world).await;
    fails(&world, 1).await;
    let api = Api::new(&world, TcpListener::bind(address).await.unwrap(), Mood::Accepts);
    assert_eq!(run_ready(&world.app).await.unwrap(), 1);
    assert_eq!((api.posted().len(), rows(&world).await.len()), (1, 0));
}

/// Both at once, since each takes the ten seconds of its own limit.
#[tokio::test]
async fn who_takes_a_mail_and_says_nothing_fails_within_the_limit_and_gets_it_later() {
    let ((smtp, sink), (http, api)) = tokio::join!(with_sink(Mood::Stalls), with_api(Mood::Stalls));
    tokio::join!(forgot(&smtp), forgot(&http));
    let begun = Instant::now();
    let (one, two) = tokio::join!(fails(&smtp, 1), fails(&http, 1));
    let waited = begun.elapsed();
    assert!((9..15).contains(&waited.as_secs()), "{waited:?}");
    // By the transport, which knows what it waited for, and not by the job, which only counts.
    assert!(!one.contains("it took too long") && !two.contains("it took too long"), "{one} {two}");
    sink.becomes(Mood::Accepts);
    api.becomes(Mood::Accepts);
    assert_eq!((run_ready(&smtp.app).await.unwrap(), run_ready(&http.app).await.unwrap()), (1, 1));
    assert_eq!((sink.mails().len(), api.posted().len()), (1, 1));
    assert_eq!((rows(&smtp).await.len(), rows(&http).await.len()), (0, 0));
}

// Settings.

fn read(settings: &[(&'static str, &str)]) -> Result<Config, SettingError> {
    let folder = TempDir::new().unwrap();
    let values = settings.iter().map(|(name, value)| (*name, (*value).to_owned()));
    Config::read(&mut Env::from_values(values.chain([("DATA_DIR", folder.path().display().to_string())])))
}

#[track_caller]
fn refused(settings: &[(&'static str, &str)], name: &str) {
    let error = read(settings).map(drop).expect_err(&format!("{settings:?}"));
    assert_eq!(error.name, name, "{error}");
    let text = format!("{error} {error:?}");
    assert!(!text.contains("hunter2") && !text.contains("example"), "{text}");
}

#[test]
fn mail_has_one_way_out() {
    let both = [("ZEPTO_SEND_MAIL_TOKEN", "hunter2"), ("SMTP_URL", "smtps://u:hunter2@mail.example.org")];
    refused(&both, "SMTP_URL");
}

#[test]
fn mail_leaves_this_machine_encrypted_only() {
    for url in [
        "smtp://mail.example.org",
        "smtp://mail.example.org:587",
        "smtp://u:hunter2@mail.example.org",
        "smtp://mail.example.org?tls=opportunistic",
        "smtp://127.0.0.1@mail.example.org",
        "smtp://127.0.0.1.example.org",
        "smtp://localhost.example.org",
        "smtp://192.0.2.1",
        "mail.example.org",
        "hunter2",
        "hunter2?tls=required",
        "http://mail.example.org?tls=required",
        "http://127.0.0.1",
        "smtp://mail.example.org#?tls=required",
        "smtp://mail.example.org?tls=none&x=?tls=required",
        "smtps://",
    ] {
        refused(&[("SMTP_URL", url)], "SMTP_URL");
    }
    for endpoint in [
        "http://api.example.org/v1.1/email",
        "http://127.0.0.1@mail.example.org/v1.1/email",
        "http://127.0.0.1.example.org/v1.1/email",
        "http://192.0.2.1/v1.1/email",
        "ftp://127.0.0.1/v1.1/email",
        "hunter2",
        "https://",
    ] {
        refused(&[("ZEPTO_SEND_MAIL_TOKEN", "hunter2"), ("ZEPTO_ENDPOINT", endpoint)], "ZEPTO_ENDPOINT");
    }
    for url in [
        "smtps://mail.example.org",
        "smtps://u:p@mail.example.org:465",
        "smtp://mail.example.org:587?tls=required",
        "smtp://127.0.0.1:2525",
        "smtp://[::1]:2525",
        "smtp://localhost",
    ] {
        read(&[("SMTP_URL", url)]).unwrap();
    }
    for endpoint in ["https://api.zeptomail.eu/v1.1/email", "http://127.0.0.1:9/v1.1/email", "http://[::1]:9/email"] {
        read(&[("ZEPTO_SEND_MAIL_TOKEN", "hunter2"), ("ZEPTO_ENDPOINT", endpoint)]).unwrap();
    }
}

#[test]
fn settings_of_mail_do_not_show_what_they_hold() {
    for settings in [
        [("SMTP_URL", "smtps://u:hunter2@mail.example.org"), ("SMTP_USER", "u"), ("SMTP_PASSWORD", "hunter2")],
        [("ZEPTO_SEND_MAIL_TOKEN", "hunter2"), ("SMTP_USER", "u"), ("SMTP_PASSWORD", "hunter2")],
    ] {
        let config = read(&settings).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    }
}
