//! The addresses of leaderboards, in the order of their routes. Each is kept in the cache until a trip or a person
//! changes; nothing in it belongs to one reader.

pub(crate) mod trending;

use crate::{
    model::{Standing, Timeframe},
    store,
    store::{TableRow, Tie},
    wire::{
        Builder, ChainBoard, KeptBoard, Leaderboard, LimitQuery, PeopleBoard, PeriodQuery, RankedTrip, TimeframeQuery,
        TopTraveler, TrendingBoard, TripBoard, builders, ranked_trips,
    },
};
use axum::response::{IntoResponse, Response};
use itineraries::{Found, ItineraryId, ItineraryView, Overlay, find_many};
use kernel::{
    App, Error, Result,
    auth::Caller,
    cache::{Entry, Question},
    clock::Timestamp,
    http::{Data, Flat, Query, Render, Reply, short_list},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// Everything here is made from trips and people.
pub(crate) const TOPICS: &[&str] = &["itineraries", "people"];

/// The entry of a board, which is always there.
pub(crate) async fn board<T, F>(
    app: &App,
    viewer: Option<Caller>,
    key: String,
    render: fn(&App, &T) -> Result<Vec<u8>>,
    load: impl FnOnce(App, Option<Caller>) -> F + Send + 'static,
) -> Result<Arc<Entry<T>>>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let question = Question { shelf: "leaderboards", key: &key, topics: TOPICS, render };
    let entry = question.ask(app, viewer, |app, viewer| async move { load(app, viewer).await.map(Some) }).await?;
    entry.ok_or_else(|| Error::internal("a leaderboard is always there"))
}

/// When a board is said to have been put together: this minute, whoever asks. For a viewer with blocks nothing is kept, and a
/// moment that is older for everybody else would tell them of the block.
pub(crate) fn minute(app: &App) -> Timestamp {
    const MINUTE: i64 = 60_000_000;
    let micros = app.clock.now().micros();
    Timestamp::from_micros(micros - micros.rem_euclid(MINUTE))
}

/// Who gets a board, with what of its trips belongs to them.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    app: &'a App,
    viewer: Option<Caller>,
    overlay: Option<Overlay>,
}

impl<'a> Reader<'a> {
    /// Everybody, for an entry that is kept.
    pub(crate) const fn everybody(app: &'a App) -> Self {
        Self { app, viewer: None, overlay: None }
    }

    /// One who is signed in, and these trips.
    pub(crate) async fn one(app: &'a App, viewer: Caller, found: impl Iterator<Item = &Found>) -> Result<Self> {
        let ids: Vec<ItineraryId> = found.map(Found::id).collect();
        let overlay = Overlay::of(app, Some(viewer), ids.into_iter()).await?;
        Ok(Self { app, viewer: Some(viewer), overlay: Some(overlay) })
    }

    /// Trips as this reader gets them.
    pub(crate) fn views<'f>(&self, found: &'f [Found]) -> Vec<ItineraryView<'f>> {
        let now = self.app.clock.now();
        let mut views = found.iter().map(|f| ItineraryView::new(f, self.viewer, now)).collect();
        if let Some(overlay) = &self.overlay {
            overlay.lay_over(&mut views);
        }
        views
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Ahead {
    top: Vec<Found>,
    travelers: Vec<Standing>,
    featured: Vec<Found>,
    timeframe: String,
    limit: i64,
}

impl Ahead {
    fn reply(&self, reader: &Reader<'_>) -> Reply<Data<Leaderboard<'_>>> {
        let board = Leaderboard {
            top_itineraries: reader.views(&self.top),
            top_travelers: self.travelers.iter().map(TopTraveler::from).collect(),
            featured: reader.views(&self.featured),
            timeframe: &self.timeframe,
            limit: self.limit,
        };
        Reply::new(board, "Leaderboard retrieved")
    }
}

/// Leading trips and travellers
///
/// The trips of a week, a month or all time with the highest proof scores, the people whose trips of that time amount to
/// most, and the trips on show.
#[utoipa::path(
    get, path = "/api/itineraries/leaderboard", tag = "leaderboards", operation_id = "itineraries_leaderboard",
    params(TimeframeQuery),
    responses((status = 200, description = "Who is ahead", body = Data<Leaderboard<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn itineraries_leaderboard(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<TimeframeQuery>,
) -> Result<Response> {
    let timeframe = Timeframe::named(&query.timeframe, Timeframe::Month);
    let limit = short_list(&query.limit, 10, 50);
    let key = format!("ahead {} {limit}", timeframe.name());
    let render = |app: &App, ahead: &Ahead| ahead.reply(&Reader::everybody(app)).json();
    let entry = board(&app, viewer, key, render, move |app, viewer| async move {
        let since = timeframe.since(app.clock.now());
        let mut db = app.db.read().await?;
        let (top, featured) = store::top_and_featured(&mut db, since, limit, viewer).await?;
        let travelers = store::travelers(&mut db, since, limit, viewer).await?;
        let all: Vec<_> = top.iter().chain(&featured).copied().collect();
        let found = find_many(&mut db, &all, viewer).await?;
        let pick = |ids: &[_]| {
            let one = |id: &_| found.iter().find(|f| f.id() == *id).cloned();
            ids.iter().filter_map(one).collect::<Vec<Found>>()
        };
        Ok(Ahead {
            top: pick(&top),
            travelers,
            featured: pick(&featured),
            timeframe: timeframe.name().to_owned(),
            limit,
        })
    });
    let entry = entry.await?;
    Ok(match viewer {
        None => entry.reply(),
        Some(viewer) => {
            let reader = Reader::one(&app, viewer, entry.value.top.iter().chain(&entry.value.featured)).await?;
            entry.value.reply(&reader).into_response()
        }
    })
}

/// The table of trips
///
/// Published trips by proof score, with their places; of two with the same score the older one is ahead.
#[utoipa::path(
    get, path = "/api/users/leaderboard/projects", tag = "leaderboards", operation_id = "users_leaderboard_projects",
    params(LimitQuery),
    responses((status = 200, description = "Trips with their places", body = Data<Vec<RankedTrip<'_>>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn users_leaderboard_projects(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<LimitQuery>,
) -> Result<Response> {
    let limit = short_list(&query.limit, 50, 100);
    let render = |_: &App, rows: &Vec<TableRow>| Reply::new(ranked_trips(rows), "Leaderboard retrieved").json();
    let entry = board(&app, viewer, format!("table {limit}"), render, move |app, viewer| async move {
        store::table(&mut app.db.read().await?, limit, viewer).await
    });
    Ok(entry.await?.reply())
}

/// The table of people
///
/// People by the sum of the proof scores of their published trips, with their places.
#[utoipa::path(
    get, path = "/api/users/leaderboard/builders", tag = "leaderboards", operation_id = "users_leaderboard_builders",
    params(LimitQuery),
    responses((status = 200, description = "People with their places", body = Data<Vec<Builder<'_>>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn users_leaderboard_builders(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<LimitQuery>,
) -> Result<Response> {
    let limit = short_list(&query.limit, 50, 100);
    let render = |_: &App, people: &Vec<Standing>| Reply::new(builders(people), "Leaderboard retrieved").json();
    let entry = board(&app, viewer, format!("builders {limit}"), render, move |app, viewer| async move {
        store::travelers(&mut app.db.read().await?, None, limit, viewer).await
    });
    Ok(entry.await?.reply())
}

#[derive(Debug, Serialize, Deserialize)]
struct Trips {
    found: Vec<Found>,
    period: String,
    limit: i64,
}

impl Trips {
    fn reply(&self, reader: &Reader<'_>) -> Reply<Flat<KeptBoard<TripBoard<'_>>>> {
        let board = TripBoard {
            itineraries: reader.views(&self.found),
            projects: reader.views(&self.found),
            period: &self.period,
            limit: self.limit,
            generated_at: minute(reader.app),
        };
        let message = "Leaderboard retrieved";
        Reply::flat(KeptBoard { message, data: board, from_cache: true, cached_at: minute(reader.app) })
    }
}

/// Leading trips
///
/// Published trips of a week, a month or all time by proof score, then by votes for them.
#[utoipa::path(
    get, path = "/api/leaderboard/projects", tag = "leaderboards", operation_id = "leaderboard_projects",
    params(PeriodQuery),
    responses((status = 200, description = "Trips, the first first", body = Flat<KeptBoard<TripBoard<'_>>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn leaderboard_projects(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<PeriodQuery>,
) -> Result<Response> {
    let period = Timeframe::named(&query.period, Timeframe::All);
    let limit = short_list(&query.limit, 50, 100);
    let render = |app: &App, trips: &Trips| trips.reply(&Reader::everybody(app)).json();
    let entry =
        board(&app, viewer, format!("trips {} {limit}", period.name()), render, move |app, viewer| async move {
            let mut db = app.db.read().await?;
            let ids = store::top(&mut db, Tie::Upvotes, period.since(app.clock.now()), limit, viewer).await?;
            let found = find_many(&mut db, &ids, viewer).await?;
            let name = if period == Timeframe::All { "all_time" } else { period.name() };
            Ok(Trips { found, period: name.to_owned(), limit })
        });
    let entry = entry.await?;
    Ok(match viewer {
        None => entry.value.reply(&Reader::everybody(&app)).into_response(),
        Some(viewer) => {
            let reader = Reader::one(&app, viewer, entry.value.found.iter()).await?;
            entry.value.reply(&reader).into_response()
        }
    })
}

/// Leading travellers
///
/// People by the sum of the proof scores of their published trips.
#[utoipa::path(
    get, path = "/api/leaderboard/users", tag = "leaderboards", operation_id = "leaderboard_users",
    params(LimitQuery),
    responses((status = 200, description = "People, the first first", body = Data<PeopleBoard<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn leaderboard_users(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<LimitQuery>,
) -> Result<Response> {
    let limit = short_list(&query.limit, 50, 100);
    let render = |app: &App, people: &Vec<Standing>| people_board(app, people).json();
    let entry = board(&app, viewer, format!("people {limit}"), render, move |app, viewer| async move {
        store::travelers(&mut app.db.read().await?, None, limit, viewer).await
    });
    Ok(people_board(&app, &entry.await?.value).into_response())
}

fn people_board<'a>(app: &App, people: &'a [Standing]) -> Reply<Data<PeopleBoard<'a>>> {
    Reply::new(PeopleBoard { users: builders(people), generated_at: minute(app) }, "Leaderboard retrieved")
}

/// Leading communities
///
/// There are none yet.
#[utoipa::path(
    get, path = "/api/leaderboard/chains", tag = "leaderboards", operation_id = "leaderboard_chains",
    responses((status = 200, description = "Communities, the first first", body = Data<ChainBoard>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn leaderboard_chains(app: App) -> Reply<Data<ChainBoard>> {
    Reply::new(ChainBoard { chains: [], generated_at: minute(&app) }, "Leaderboard retrieved")
}

/// How many of each are in the overview.
const OVERVIEW: i64 = 10;

#[derive(Debug, Serialize, Deserialize)]
struct Overview {
    found: Vec<Found>,
    standings: Vec<Standing>,
}

impl Overview {
    fn reply(&self, reader: &Reader<'_>) -> Reply<Data<TrendingBoard<'_>>> {
        let board = TrendingBoard {
            itineraries: reader.views(&self.found),
            projects: reader.views(&self.found),
            users: builders(&self.standings),
            chains: [],
            generated_at: minute(reader.app),
        };
        Reply::new(board, "Leaderboard retrieved")
    }
}

/// A little of everything
///
/// The ten leading trips of the week, and the ten leading travellers of all time.
#[utoipa::path(
    get, path = "/api/leaderboard/trending", tag = "leaderboards", operation_id = "leaderboard_trending",
    responses((status = 200, description = "What is ahead", body = Data<TrendingBoard<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn leaderboard_trending(app: App, viewer: Option<Caller>) -> Result<Response> {
    let render = |app: &App, overview: &Overview| overview.reply(&Reader::everybody(app)).json();
    let entry = board(&app, viewer, "overview".to_owned(), render, |app, viewer| async move {
        let mut db = app.db.read().await?;
        let ids = store::top(&mut db, Tie::Upvotes, Timeframe::Week.since(app.clock.now()), OVERVIEW, viewer).await?;
        let found = find_many(&mut db, &ids, viewer).await?;
        Ok(Overview { found, standings: store::travelers(&mut db, None, OVERVIEW, viewer).await? })
    });
    let entry = entry.await?;
    Ok(match viewer {
        None => entry.value.reply(&Reader::everybody(&app)).into_response(),
        Some(viewer) => {
            let reader = Reader::one(&app, viewer, entry.value.found.iter()).await?;
            entry.value.reply(&reader).into_response()
        }
    })
}
