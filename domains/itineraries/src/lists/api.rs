//! The addresses of lists, and how each is answered.

use super::{
    model::{List, Place},
    store,
    wire::StretchQuery,
};
use crate::{mine::Overlay, store::Found, view::ItineraryView};
use axum::response::{IntoResponse, Response};
use kernel::{
    App, Error, Result,
    auth::{Caller, TravelerId},
    cache::Question,
    http::{CursorQuery, Listing, Noun, PageQuery, Pagination, Paging, Path, Render, Reply, Window},
};
use serde::{Deserialize, Serialize};

/// The part of a list that was asked for, as it is kept: without anything that belongs to one reader.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub message: String,
    pub found: Vec<Found>,
    pub pagination: Pagination,
}

impl Listed {
    fn views(&self, viewer: Option<Caller>, app: &App) -> Vec<ItineraryView<'_>> {
        let now = app.clock.now();
        self.found.iter().map(|found| ItineraryView::new(found, viewer, now)).collect()
    }

    fn reply<'a>(&'a self, views: Vec<ItineraryView<'a>>) -> Reply<Listing<ItineraryView<'a>>> {
        Reply(Listing::at(views, self.pagination.clone()).saying(self.message.clone()))
    }

    /// To one reader, with what belongs to them and the addresses of the pages around it.
    pub(crate) async fn answer(&self, viewer: Option<Caller>, app: &App, paging: &Paging) -> Result<Response> {
        let mut views = self.views(viewer, app);
        Overlay::of(app, viewer, self.found.iter().map(Found::id)).await?.lay_over(&mut views);
        Ok(self.linked(paging, self.reply(views).into_response()))
    }

    fn linked(&self, paging: &Paging, response: Response) -> Response {
        paging.linked(response, self.pagination.next_cursor.as_deref())
    }
}

/// A list from the cache, or from `load`.
pub(crate) async fn answer<F>(
    app: App,
    viewer: Option<Caller>,
    paging: &Paging,
    window: &Window,
    load: impl FnOnce(App, Option<Caller>) -> F + Send + 'static,
) -> Result<Response>
where
    F: Future<Output = Result<Option<Listed>>> + Send + 'static,
{
    let key = window.key();
    let question = Question {
        shelf: "itineraries",
        key: &key,
        topics: &["itineraries", "people"],
        render: |app, listed: &Listed| listed.reply(listed.views(None, app)).json(),
    };
    let entry = question.ask(&app, viewer, load).await?.ok_or_else(|| Error::internal("a list is always there"))?;
    match viewer {
        None => Ok(entry.value.linked(paging, entry.reply())),
        viewer => entry.value.answer(viewer, &app, paging).await,
    }
}

/// Trips that one such list gives at once.
const MOST: i64 = 50;

async fn stretch(app: App, viewer: Option<Caller>, paging: Paging, list: List, message: String) -> Result<Response> {
    let window = paging.stretch(&app, format!("{list:?}"), MOST)?;
    let wanted = window.clone();
    answer(app, viewer, &paging, &window, move |app, viewer| load(app, list, wanted, viewer, message)).await
}

async fn load(app: App, list: List, window: Window, viewer: Option<Caller>, message: String) -> Result<Option<Listed>> {
    read(&app, &list, &window, viewer, message).await.map(Some)
}

async fn read(app: &App, list: &List, window: &Window, viewer: Option<Caller>, message: String) -> Result<Listed> {
    let mut db = app.db.read().await?;
    let mut found = store::page(&mut db, list, window, viewer, app.clock.now()).await?;
    let next = window.cut(app, &mut found, |f| list.keys_of(f));
    let total = match window.total(found.len(), next.is_some()) {
        None if window.page().is_some() => Some(store::count(&mut db, list, viewer).await?),
        total => total,
    };
    Ok(Listed { message, found, pagination: Pagination::of(window, total, next) })
}

/// Trips on show
///
/// What administrators feature, the latest first. No totals: `pagination.next_cursor` reads on.
#[utoipa::path(
    get, path = "/api/itineraries/featured", tag = "itineraries", operation_id = "list_featured_itineraries",
    params(StretchQuery),
    responses((status = 200, description = "The trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_featured_itineraries(app: App, viewer: Option<Caller>, paging: Paging) -> Result<Response> {
    stretch(app, viewer, paging, List::Featured, "Featured itineraries retrieved".to_owned()).await
}

/// A place as it stands in an address; it may have slashes.
#[derive(Debug, Deserialize)]
pub(crate) struct Destination(String);

impl Noun for Destination {
    const NOUN: &'static str = "Destination";
}

/// Trips to a place
///
/// Those whose destination has these words one behind the other, whatever their case and accents, the best proven first.
#[utoipa::path(
    get, path = "/api/itineraries/by-destination/{*destination}", tag = "itineraries",
    operation_id = "list_itineraries_by_destination",
    params(
        ("destination" = String, Path, description = "Words of a destination; may contain slashes", example = "kyoto"),
        StretchQuery,
    ),
    responses((status = 200, description = "The trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_itineraries_by_destination(
    app: App,
    viewer: Option<Caller>,
    Path(Destination(destination)): Path<Destination>,
    paging: Paging,
) -> Result<Response> {
    if destination.len() > 500 {
        return Err(Error::field("destination", "must have at most 500 bytes"));
    }
    let message = format!("Itineraries for {destination} retrieved");
    let Some(place) = Place::named(&destination) else {
        let window = paging.stretch(&app, "nowhere".to_owned(), MOST)?;
        let pagination = Pagination::of(&window, None, None);
        return Listed { message, found: Vec::new(), pagination }.answer(viewer, &app, &paging).await;
    };
    let list = List::To(place);
    // What was typed is part of the reply, and so of the key under which it is kept.
    let window = paging.stretch(&app, format!("{list:?} {destination:?}"), MOST)?;
    let wanted = window.clone();
    answer(app, viewer, &paging, &window, move |app, viewer| load(app, list, wanted, viewer, message)).await
}

/// Rising stars
///
/// Trips made in the last 30 days, by how many people looked at them or rated them. Neither counts its own author.
#[utoipa::path(
    get, path = "/api/itineraries/rising-stars", tag = "itineraries", operation_id = "list_rising_itineraries",
    params(StretchQuery),
    responses((status = 200, description = "The trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_rising_itineraries(app: App, viewer: Option<Caller>, paging: Paging) -> Result<Response> {
    stretch(app, viewer, paging, List::Rising, "Rising star itineraries retrieved".to_owned()).await
}

/// Most requested trips
///
/// By how many people looked at them, then by how many rated them.
#[utoipa::path(
    get, path = "/api/itineraries/most-requested", tag = "itineraries", operation_id = "list_requested_itineraries",
    params(StretchQuery),
    responses((status = 200, description = "The trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_requested_itineraries(app: App, viewer: Option<Caller>, paging: Paging) -> Result<Response> {
    stretch(app, viewer, paging, List::Requested, "Most requested itineraries retrieved".to_owned()).await
}

/// Somebody, by what stands in an address; what cannot be an id is nobody's.
#[derive(Debug)]
pub(crate) struct Whose(Option<TravelerId>);

impl Noun for Whose {
    const NOUN: &'static str = "Traveler";
}

impl<'de> Deserialize<'de> for Whose {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.parse().ok().map(TravelerId)))
    }
}

async fn nothing(app: &App, paging: &Paging, viewer: Option<Caller>) -> Result<Response> {
    let window = paging.window(app, "nobody".to_owned())?;
    let total = window.page().map(|_| 0);
    let pagination = Pagination::of(&window, total, None);
    Listed { message: "Success".to_owned(), found: Vec::new(), pagination }.answer(viewer, app, paging).await
}

async fn published_by(app: App, viewer: Option<Caller>, who: Whose, paging: Paging) -> Result<Response> {
    let Whose(Some(who)) = who else { return nothing(&app, &paging, viewer).await };
    let list = List::By(who);
    let window = paging.window(&app, format!("{list:?}"))?;
    let wanted = window.clone();
    answer(app, viewer, &paging, &window, move |app, viewer| load(app, list, wanted, viewer, "Success".to_owned()))
        .await
}

/// What somebody published
///
/// Newest first; drafts are in nobody's list, also not in one's own. Nobody, or somebody hidden, has an empty list.
#[utoipa::path(
    get, path = "/api/users/{id}/itineraries", tag = "itineraries", operation_id = "list_itineraries_of_user",
    params(
        ("id" = TravelerId, Path, description = "Whose", example = "01a3b1c2-7a00-7000-8000-000000000007"),
        PageQuery, CursorQuery,
    ),
    responses((status = 200, description = "A page of trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_itineraries_of_user(
    app: App,
    viewer: Option<Caller>,
    Path(who): Path<Whose>,
    paging: Paging,
) -> Result<Response> {
    published_by(app, viewer, who, paging).await
}

/// What somebody published
///
/// The same as `/api/users/{id}/itineraries`, for older clients.
#[utoipa::path(
    get, path = "/api/users/{id}/projects", tag = "itineraries", operation_id = "list_projects_of_user",
    params(
        ("id" = TravelerId, Path, description = "Whose", example = "01a3b1c2-7a00-7000-8000-000000000007"),
        PageQuery, CursorQuery,
    ),
    responses((status = 200, description = "A page of trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_projects_of_user(
    app: App,
    viewer: Option<Caller>,
    Path(who): Path<Whose>,
    paging: Paging,
) -> Result<Response> {
    published_by(app, viewer, who, paging).await
}

/// Anybody may name anybody, and a list of where somebody is said to have been is what a stalker looks for. So it is for
/// the one who is named, who learns from it what others say; for everybody else it is empty. It is never kept.
async fn naming(app: App, viewer: Option<Caller>, who: Whose, paging: Paging) -> Result<Response> {
    match who {
        Whose(Some(who)) if viewer.is_some_and(|v| v.id == who) => {
            let list = List::Naming(who);
            let window = paging.window(&app, format!("{list:?}"))?;
            let listed = read(&app, &list, &window, viewer, "Success".to_owned()).await?;
            listed.answer(viewer, &app, &paging).await
        }
        _ => nothing(&app, &paging, viewer).await,
    }
}

/// Trips that name somebody
///
/// Published trips whose authors named this person as a companion, newest first. Only they themselves get them: for
/// everybody else the list is empty, whoever it is about.
#[utoipa::path(
    get, path = "/api/users/{id}/tagged-itineraries", tag = "itineraries", operation_id = "list_itineraries_naming_user",
    params(
        ("id" = TravelerId, Path, description = "Who is named", example = "01a3b1c2-7a00-7000-8000-000000000007"),
        PageQuery, CursorQuery,
    ),
    responses((status = 200, description = "A page of trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_itineraries_naming_user(
    app: App,
    viewer: Option<Caller>,
    Path(who): Path<Whose>,
    paging: Paging,
) -> Result<Response> {
    naming(app, viewer, who, paging).await
}

/// Trips that name somebody
///
/// The same as `/api/users/{id}/tagged-itineraries`, for older clients.
#[utoipa::path(
    get, path = "/api/users/{id}/tagged-projects", tag = "itineraries", operation_id = "list_projects_naming_user",
    params(
        ("id" = TravelerId, Path, description = "Who is named", example = "01a3b1c2-7a00-7000-8000-000000000007"),
        PageQuery, CursorQuery,
    ),
    responses((status = 200, description = "A page of trips", body = Listing<ItineraryView<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_projects_naming_user(
    app: App,
    viewer: Option<Caller>,
    Path(who): Path<Whose>,
    paging: Paging,
) -> Result<Response> {
    naming(app, viewer, who, paging).await
}
