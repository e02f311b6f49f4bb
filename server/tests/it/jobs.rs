//! Work after a transaction, and on a schedule.

use kernel::{
    App, Error, Result,
    clock::Timestamp,
    db::{Arg, open},
    jobs::{Job, Jobs, run_ready, tick_schedules, work},
    record,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use testkit::{NOW, World, within};
use uuid::Uuid;

static RUNS: Mutex<BTreeMap<String, Vec<Uuid>>> = Mutex::new(BTreeMap::new());

/// Each test has names of its own, since all share this process.
fn note(name: &str, id: Uuid) -> usize {
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    let ids = runs.entry(name.to_owned()).or_default();
    ids.push(id);
    ids.len()
}

fn runs(name: &str) -> Vec<Uuid> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned().unwrap_or_default()
}

/// Fails so many times.
#[derive(Serialize, Deserialize)]
struct Flaky {
    name: String,
    failures: usize,
}

impl Job for Flaky {
    const KIND: &'static str = "test_flaky";
    async fn run(self, _: App, id: Uuid) -> Result<()> {
        if note(&self.name, id) <= self.failures { Err(Error::internal("it rains")) } else { Ok(()) }
    }
}

/// Cries, and fails so many times.
#[derive(Serialize, Deserialize)]
struct Cry {
    name: String,
    failures: usize,
}

impl Job for Cry {
    const KIND: &'static str = "test_cry";
    const TRIES: i64 = 100;
    const URGENT: bool = true;
    async fn run(self, _: App, id: Uuid) -> Result<()> {
        let tries = note(&self.name, id);
        note(&format!("{} among all", self.name), id);
        if tries <= self.failures { Err(Error::internal("it rains")) } else { Ok(()) }
    }
}

/// Writes down that it had its turn.
#[derive(Serialize, Deserialize)]
struct Turn(String);

impl Job for Turn {
    const KIND: &'static str = "test_turn";
    async fn run(self, _: App, id: Uuid) -> Result<()> {
        note(&self.0, id);
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
struct Panics(String);

impl Job for Panics {
    const KIND: &'static str = "test_panics";
    const TRIES: i64 = 2;
    async fn run(self, _: App, id: Uuid) -> Result<()> {
        note(&self.0, id);
        panic!("a job that panics");
    }
}

#[derive(Serialize, Deserialize)]
struct Endless(String);

impl Job for Endless {
    const KIND: &'static str = "test_endless";
    const TIMEOUT: Duration = Duration::from_millis(100);
    async fn run(self, _: App, id: Uuid) -> Result<()> {
        note(&self.0, id);
        std::future::pending().await
    }
}

#[derive(Serialize, Deserialize)]
struct Keyed(String);

impl Job for Keyed {
    const KIND: &'static str = "test_keyed";
    fn unique_key(&self) -> Option<String> {
        Some(self.0.clone())
    }
    async fn run(self, _: App, id: Uuid) -> Result<()> {
        note(&self.0, id);
        Ok(())
    }
}

/// Fails after another one has queued up behind it.
#[derive(Serialize, Deserialize)]
struct Overtaken(String);

impl Job for Overtaken {
    const KIND: &'static str = "test_overtaken";
    fn unique_key(&self) -> Option<String> {
        Some(self.0.clone())
    }
    async fn run(self, app: App, id: Uuid) -> Result<()> {
        if note(&self.0, id) > 1 {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        tx.enqueue(&self)?;
        tx.commit().await?;
        Err(Error::internal("overtaken"))
    }
}

#[derive(Default, Serialize, Deserialize)]
struct EveryMinute;

impl Job for EveryMinute {
    const KIND: &'static str = "test_every_minute";
    async fn run(self, _: App, id: Uuid) -> Result<()> {
        note("every minute", id);
        Ok(())
    }
}

fn known() -> Jobs {
    Jobs::default().on::<Flaky>().on::<Panics>().on::<Endless>().on::<Keyed>().on::<Overtaken>()
}

async fn enqueue<J: Job>(world: &World, job: &J) {
    let mut tx = world.app.db.write().await.unwrap();
    tx.enqueue(job).unwrap();
    tx.commit().await.unwrap();
}

fn flaky(name: &str, failures: usize) -> Flaky {
    Flaky { name: name.to_owned(), failures }
}

record! {
    #[derive(Debug)]
    struct Row { state: String, attempts: i64, run_at: Timestamp, last_error: Option<String> }
}

/// The one job in the table.
async fn row(world: &World) -> Option<Row> {
    let mut db = world.app.db.read().await.unwrap();
    let mut rows = db.all(open("select state, attempts, run_at, last_error from jobs")).await.unwrap();
    assert!(rows.len() < 2, "{rows:?}");
    rows.pop()
}

async fn ready(world: &World) -> usize {
    run_ready(&world.app).await.unwrap()
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_later_and_later_and_then_kept_as_dead() {
    let world = World::with_jobs(known()).await;
    enqueue(&world, &flaky("always fails", 99)).await;
    let mut now = NOW;
    for (attempt, seconds) in [(1, 10), (2, 20), (3, 40), (4, 80)] {
        assert_eq!(ready(&world).await, 1);
        let failed = row(&world).await.unwrap();
        assert_eq!((failed.state.as_str(), failed.attempts), ("ready", attempt));
        assert_eq!(failed.last_error.as_deref(), Some("it rains"));
        let wait = failed.run_at.micros() - now;
        let (least, most) = (seconds * 750_000, seconds * 1_250_000);
        assert!((least..=most).contains(&wait), "attempt {attempt} waits {wait} microseconds");
        assert_eq!(ready(&world).await, 0, "not before its time");
        world.advance(Duration::from_micros(most.unsigned_abs()));
        now += most;
    }
    assert_eq!(ready(&world).await, 1);
    let dead = row(&world).await.unwrap();
    assert_eq!((dead.state.as_str(), dead.attempts), ("dead", 5));
    world.advance(Duration::from_hours(48));
    assert_eq!(ready(&world).await, 0);
    let ids = runs("always fails");
    assert!(ids.len() == 5 && ids.iter().all(|id| *id == ids[0]), "every try has the same id: {ids:?}");
}

#[tokio::test]
async fn a_job_that_succeeds_at_last_is_gone() {
    let world = World::with_jobs(known()).await;
    enqueue(&world, &flaky("fails twice", 2)).await;
    for _ in 0..3 {
        assert_eq!(ready(&world).await, 1);
        world.advance(Duration::from_mins(1));
    }
    assert!(row(&world).await.is_none());
    assert_eq!(runs("fails twice").len(), 3);
}

#[tokio::test]
async fn a_panic_and_an_endless_job_are_failures_and_the_others_go_on() {
    let world = World::with_jobs(known()).await;
    enqueue(&world, &Panics("panics".to_owned())).await;
    enqueue(&world, &Endless("endless".to_owned())).await;
    enqueue(&world, &flaky("after the panic", 0)).await;
    assert_eq!(ready(&world).await, 3);
    assert_eq!(runs("after the panic").len(), 1);
    world.advance(Duration::from_secs(13));
    ready(&world).await;
    assert_eq!(runs("panics").len(), 2);
    assert_eq!(runs("endless").len(), 2);
    world.advance(Duration::from_secs(26));
    ready(&world).await;
    assert_eq!(runs("panics").len(), 2, "two tries are all it has");
    assert_eq!(runs("endless").len(), 3);
    let mut db = world.app.db.read().await.unwrap();
    let errors = open("select kind || ': ' || state || ': ' || last_error from jobs order by kind");
    let errors: Vec<String> = db.all(errors).await.unwrap();
    assert_eq!(errors[0], "test_endless: ready: it took too long");
    assert!(errors[1].starts_with("test_panics: dead: ") && errors[1].contains("panicked"), "{errors:?}");
}

#[tokio::test]
async fn a_job_of_an_unknown_kind_or_shape_is_kept_as_dead() {
    let world = World::with_jobs(known()).await;
    insert(&world, "nobody_knows", "{}", "ready", 4, 0).await;
    insert(&world, "test_flaky", "[1, 2]", "ready", 4, 0).await;
    assert_eq!(ready(&world).await, 2);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from jobs where state = 'dead'").await, 2);
}

/// A row as another process has left it.
async fn insert(world: &World, kind: &str, payload: &str, state: &str, attempts: i64, lease_seconds: i64) {
    let at = |seconds: i64| Timestamp::from_micros(NOW + seconds * 1_000_000);
    let mut sql =
        open("insert into jobs (id, kind, payload, state, run_at, attempts, max_attempts, locked_until, created_at)");
    sql.push_rows([vec![
        world.app.new_uuid().into(),
        kind.into(),
        Arg::Json(payload.to_owned()),
        state.into(),
        at(-60).into(),
        attempts.into(),
        Arg::Int(5),
        at(lease_seconds).into(),
        at(-60).into(),
    ]]);
    world.sql(sql).await;
}

#[tokio::test]
async fn the_job_of_a_process_that_died_is_taken_over_when_its_lease_is_over() {
    let world = World::with_jobs(known()).await;
    insert(&world, "test_flaky", r#"{"name": "left behind", "failures": 0}"#, "running", 1, 20).await;
    assert_eq!(ready(&world).await, 0, "its process may still be at it");
    world.advance(Duration::from_secs(21));
    assert_eq!(ready(&world).await, 1);
    assert!(row(&world).await.is_none());
    assert_eq!(runs("left behind").len(), 1);

    // One whose process died at every try is not tried for ever.
    insert(&world, "test_flaky", r#"{"name": "kills", "failures": 0}"#, "running", 5, 20).await;
    assert_eq!(ready(&world).await, 1);
    let dead = row(&world).await.unwrap();
    assert_eq!(dead.state, "dead");
    assert!(dead.last_error.unwrap().contains("ended at every try"));
    assert_eq!(runs("kills").len(), 0);
}

#[tokio::test]
async fn jobs_with_one_key_are_one_while_they_wait() {
    let world = World::with_jobs(known()).await;
    for name in ["one key", "one key", "another key", "one key"] {
        enqueue(&world, &Keyed(name.to_owned())).await;
    }
    let mut tx = world.app.db.write().await.unwrap();
    for _ in 0..3 {
        tx.enqueue(&Keyed("one key".to_owned())).unwrap();
        tx.enqueue(&Keyed("third key".to_owned())).unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(ready(&world).await, 3);
    assert_eq!(runs("one key").len(), 1);
    // One that runs may have read old rows, so another may wait behind it.
    insert(&world, "test_keyed", "\"one key\"", "running", 1, 600).await;
    enqueue(&world, &Keyed("one key".to_owned())).await;
    assert_eq!(ready(&world).await, 1);
    assert_eq!(runs("one key").len(), 2);
}

#[tokio::test]
async fn a_job_that_fails_while_another_with_its_key_waits_leaves_the_work_to_that_one() {
    let world = World::with_jobs(known()).await;
    enqueue(&world, &Overtaken("overtaken".to_owned())).await;
    assert_eq!(ready(&world).await, 2);
    let ids = runs("overtaken");
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
    assert_eq!(row(&world).await.unwrap().state, "dead");
    world.advance(Duration::from_hours(1));
    assert_eq!(ready(&world).await, 0);
}

#[tokio::test]
async fn a_schedule_ticks_once_however_many_processes_look() {
    let world = World::with_jobs(known().every::<EveryMinute>("* * * * *")).await;
    let other = world.beside().await;
    let queued = "select cast(count(*) as bigint) from jobs where kind = 'test_every_minute'";
    let both = async || {
        let (one, two) = tokio::join!(tick_schedules(&world.app), tick_schedules(&other.app));
        one.and(two).unwrap();
    };
    both().await;
    assert_eq!(world.scalar(queued).await, 0, "not before the minute");
    for minute in 1..=10 {
        world.advance(Duration::from_mins(1));
        for _ in 0..3 {
            both().await;
        }
        assert_eq!(world.scalar(queued).await, minute);
    }
    // A service that was away does not make up for what it missed.
    world.advance(Duration::from_hours(5));
    both().await;
    assert_eq!(world.scalar(queued).await, 11);
}

#[tokio::test]
async fn a_job_of_a_transaction_that_did_not_commit_never_runs() {
    let world = World::with_jobs(known()).await;
    let mut tx = world.app.db.write().await.unwrap();
    tx.enqueue(&flaky("rolled back", 0)).unwrap();
    tx.run(open("delete from schedules")).await.unwrap();
    drop(tx);
    // A commit that fails takes its jobs with it.
    let mut tx = world.app.db.write().await.unwrap();
    tx.enqueue(&flaky("rolled back", 0)).unwrap();
    tx.run_at_commit(open("insert into jobs (id) values (null)"));
    tx.commit().await.unwrap_err();
    assert_eq!(ready(&world).await, 0);
    assert!(row(&world).await.is_none());
    assert_eq!(runs("rolled back").len(), 0);
}

#[tokio::test]
async fn a_worker_is_woken_by_a_commit_and_ends_when_told() {
    let world = World::with_jobs(known()).await;
    let working = world.app.tasks.spawn(work(world.app.clone()));
    for n in 0..20 {
        enqueue(&world, &flaky(&format!("woken {n}"), 0)).await;
    }
    enqueue(&world, &Panics("woken to panic".to_owned())).await;
    let done = || async { (0..20).all(|n| runs(&format!("woken {n}")).len() == 1) };
    within(Duration::from_secs(5), done).await;
    within(Duration::from_secs(5), || async { runs("woken to panic").len() == 1 }).await;
    world.app.stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), working).await.unwrap().unwrap();
}

#[tokio::test]
async fn many_workers_run_a_job_once() {
    let world = World::with_jobs(known()).await;
    let other = world.beside().await;
    for n in 0..60 {
        enqueue(&world, &flaky(&format!("once {n}"), 0)).await;
    }
    let (one, two) = (world.app.tasks.spawn(work(world.app.clone())), other.app.tasks.spawn(work(other.app.clone())));
    let done = || async { world.scalar("select cast(count(*) as bigint) from jobs").await == 0 };
    within(Duration::from_secs(20), done).await;
    for app in [&world.app, &other.app] {
        app.stop.cancel();
    }
    one.await.unwrap();
    two.await.unwrap();
    let twice: Vec<usize> = (0..60).filter(|n| runs(&format!("once {n}")).len() != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[derive(Serialize, Deserialize)]
struct Hears(Uuid);

impl From<Uuid> for Hears {
    fn from(about: Uuid) -> Self {
        Self(about)
    }
}

impl Job for Hears {
    const KIND: &'static str = "test_hears";
    async fn run(self, _: App, _: Uuid) -> Result<()> {
        note("hears", self.0);
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
struct HearsToo(Uuid);

impl From<Uuid> for HearsToo {
    fn from(about: Uuid) -> Self {
        Self(about)
    }
}

impl Job for HearsToo {
    const KIND: &'static str = "test_hears_too";
    async fn run(self, _: App, _: Uuid) -> Result<()> {
        note("hears too", self.0);
        Ok(())
    }
}

#[tokio::test]
async fn everybody_who_listens_hears_what_happened() {
    let jobs = Jobs::default().on_event::<Hears>("test_rained").on_event::<HearsToo>("test_rained");
    let world = World::with_jobs(jobs.on_event::<HearsToo>("test_snowed")).await;
    let about = kernel::auth::TravelerId(Uuid::from_u128(7));
    let mut tx = world.app.db.write().await.unwrap();
    tx.happened("test_rained", about).unwrap();
    tx.happened("test_rained", about).unwrap();
    tx.happened("test_nobody_cares", about).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.run_jobs().await, 4, "two events, of which one has two listeners");
    assert_eq!((runs("hears"), runs("hears too")), (vec![about.0], vec![about.0]));

    let mut tx = world.app.db.write().await.unwrap();
    tx.happened("test_rained", about).unwrap();
    drop(tx);
    assert_eq!(world.run_jobs().await, 0, "what was rolled back did not happen");
}

#[tokio::test]
async fn first_tries_go_before_those_that_failed() {
    let world = World::with_jobs(Jobs::default().on::<Cry>().on::<Flaky>()).await;
    let queue = async || {
        enqueue(&world, &Cry { name: "again".to_owned(), failures: 1 }).await;
        enqueue(&world, &flaky("once more", 1)).await;
    };
    queue().await;
    assert_eq!(ready(&world).await, 2);
    world.advance(Duration::from_secs(75));
    queue().await;
    assert_eq!(ready(&world).await, 4);
    for name in ["again", "once more"] {
        let runs = runs(name);
        assert!(runs.len() == 3 && runs[0] == runs[2] && runs[0] != runs[1], "{name}: {runs:?}");
    }
    let next = kernel::sql!(
        "select id from jobs where state = 'ready' and run_at <= $1 and (urgent = TRUE or $2 = FALSE)
         order by urgent desc, attempts, run_at limit $3"
    );
    let next = next.bind(world.app.clock.now()).bind(true).bind(4_i64);
    let plan = world.app.db.explain(next).await.unwrap().join("\n");
    assert!(plan.contains("jobs_next") && !plan.contains("ORDER BY") && !plan.contains("Sort"), "{plan}");
}

#[tokio::test]
async fn what_is_urgent_is_tried_again_within_a_minute_and_before_all_that_waited_longer() {
    let world = World::with_jobs(Jobs::default().on::<Cry>().on::<Turn>()).await;
    let all = "cry among all";
    enqueue(&world, &Cry { name: "cry".to_owned(), failures: 12 }).await;
    assert_eq!(ready(&world).await, 1);
    for tries in 2..=12 {
        world.advance(Duration::from_secs(75));
        assert_eq!(ready(&world).await, 1, "try {tries}");
    }
    enqueue(&world, &Turn(all.to_owned())).await;
    world.advance(Duration::from_secs(75));
    assert_eq!(ready(&world).await, 2);
    let (turns, cries) = (runs(all), runs("cry"));
    assert_eq!((turns.len(), cries.len()), (14, 13));
    assert_eq!(turns[12], cries[12], "the other one waited for as long");
}
