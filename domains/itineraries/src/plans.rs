//! The plans of the queries about votes, saves, views, badges and scores: none may read a whole table that grows.
//! Embedded only; PostgreSQL plans by the size of tables, which are empty here.

use crate::{badges, mine, model::ItineraryId, saves, scores, views, votes};
use kernel::{
    auth::{Caller, SessionId, TravelerId},
    clock::{Clock, Timestamp},
    config::Database,
    db::{Arg, Db, Sql, Statement},
    id::Ids,
};
use uuid::Uuid;

/// Steps of a plan that read a whole table. The few that are hidden have an index of their own, a page is a page, and
/// `score_maxima` is one row, found by its key.
fn scans(plan: &[String]) -> Vec<&String> {
    let may = |step: &str| step == "SCAN page" || step.contains("CONSTANT ROW");
    plan.iter().filter(|step| step.starts_with("SCAN") && !may(step)).collect()
}

/// A fixed statement with a null for each of its parameters, which change nothing about its plan.
fn with_nulls(text: &'static str) -> Sql {
    let most = text.split('$').skip(1).filter_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()
    });
    (0..most.max().unwrap_or(0)).fold(Sql::new(text), |sql, _| sql.bind(Arg::Null))
}

#[tokio::test]
async fn no_query_reads_a_whole_table() {
    let folder = tempfile::TempDir::new().unwrap();
    let db = Db::open(&Database::embedded(folder.path()), Clock::system(), Ids::System).await.unwrap();
    let (id, after) = (ItineraryId(Uuid::nil()), [Arg::from(Timestamp::from_micros(0)), Uuid::nil().into()]);
    let caller = Caller {
        id: TravelerId(Uuid::nil()),
        session: SessionId(Uuid::nil()),
        is_admin: false,
        confirmed_at: None,
        email_verified: true,
        women_verified: false,
        has_blocks: false,
    };
    let mut queries = vec![
        ("what the caller said", votes::store::said(id, caller)),
        ("votes that stand", accounts::votes_standing::<votes::OnTrips>(caller.id, &[id.0, id.0])),
        ("one's votes", votes::store::cast_by(caller, &after, 21, 0)),
        ("the vote of a request", votes::store::voted_in(caller, "01a3b1c27a0070008000000000000001")),
        ("saved trips", saves::store::saved_by(caller, &after, 21, 0)),
        ("what belongs to the reader", mine::of(caller, [id, id].into_iter())),
        ("the badge of a trip", badges::store::of_trip(id, None)),
        ("what scores depend on", scores::store::facts_of(&[id, id])),
        ("trips that are scored", scores::store::held(&[id, id])),
        ("an author's trips", scores::store::listed(caller.id, None, 100)),
        ("an author's next trips", scores::store::listed(caller.id, Some((Timestamp::from_micros(0), id)), 100)),
        ("viewers of an account", views::store::going(&[[0; 16], [1; 16]])),
        ("viewers of an account, known", views::store::known(&[[0; 16], [1; 16]])),
    ];
    let folders = ["votes", "saves", "views", "badges", "scores"].map(|f| format!("itineraries/src/{f}/"));
    let mine = inventory::iter::<Statement>.into_iter().filter(|s| folders.iter().any(|f| s.file.contains(f)));
    let fixed = mine.filter(|s| s.engine != Some(kernel::db::Engine::Postgres)).map(|s| (s.file, with_nulls(s.text)));
    queries.extend(fixed);
    assert!(queries.len() > 15, "the fixed statements are not linked into this test");
    for (name, sql) in queries {
        let plan = db.explain(sql).await.unwrap();
        assert_eq!(scans(&plan), [""; 0], "{name}: {plan:#?}");
        let sorts = plan.iter().filter(|step| step.contains("TEMP B-TREE")).count();
        let sorts_a_page = plan.iter().any(|step| step == "SCAN page");
        assert!(sorts == usize::from(sorts_a_page), "{name} sorts more than a page: {plan:#?}");
    }
    // What it looks for is found where it is.
    let whole = db.explain(Sql::new("select upvotes from itineraries where upvotes > 3")).await.unwrap();
    assert_eq!(scans(&whole).len(), 1, "{whole:?}");
}
