//! The address of search.

use crate::{
    model::{Meant, SearchWords, is_enough, is_typed, meant, rank},
    store,
    wire::{PersonView, SearchPagination, SearchQuery, SearchResults},
};
use axum::response::{IntoResponse, Response};
use itineraries::{ItineraryId, ItineraryView, find_many_by};
use kernel::{
    App, Error, Result,
    auth::Caller,
    cache::Question,
    http::{Data, Page, PageQuery, Query, Reply},
};
use travelers::{NameQuery, find_people};

/// Trips a page at most.
const MOST_A_PAGE: i64 = 50;
/// People at most.
const MOST_PEOPLE: i64 = 20;

/// Search
///
/// Published trips by the words of title, places, tags and description, ranked in this order, then by proof score and
/// age; and people by their names, never by an e-mail address. When nothing is found, names of places that are spelt
/// alike are tried. The days of a trip are not searched.
#[utoipa::path(
    get, path = "/api/search", tag = "search", operation_id = "search",
    params(SearchQuery, PageQuery),
    responses((status = 200, description = "What was found", body = Data<SearchResults<'_>>)),
    security((), ("bearer" = [])),
    extensions(("x-rate-limit" = json!("search"))),
)]
pub(crate) async fn search(
    app: App,
    viewer: Option<Caller>,
    Query(query): Query<SearchQuery>,
    page: Page,
) -> Result<Response> {
    let text = query.q.unwrap_or_default();
    if text.len() > 500 {
        return Err(Error::field("q", "must have at most 500 bytes"));
    }
    let per_page = page.per_page().min(MOST_A_PAGE);
    let ranked = match SearchWords::new(&text) {
        None => Vec::new(),
        Some(words) => ranked(&app, words, viewer).await?,
    };
    let (offset, length) = ((page.number() - 1) * per_page, per_page);
    let on_page = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    let ids: Vec<ItineraryId> = ranked.iter().copied().skip(on_page(offset)).take(on_page(length)).collect();
    let mut db = app.db.read().await?;
    let found = find_many_by(&mut db, &ids, viewer).await?;
    let users: Vec<PersonView> = match NameQuery::new(&text) {
        None => Vec::new(),
        Some(names) => {
            let people = find_people(&mut db, &names, (per_page / 2).clamp(1, MOST_PEOPLE), viewer).await?;
            people.into_iter().map(PersonView::from).collect()
        }
    };
    let now = app.clock.now();
    let trips: Vec<ItineraryView<'_>> = found.iter().map(|f| f.view(viewer, now)).collect();
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (itineraries_total, users_total) = (count(ranked.len()), count(users.len()));
    let pages = (itineraries_total + per_page - 1) / per_page;
    let results = SearchResults {
        itineraries: trips.clone(),
        projects: trips,
        users,
        pagination: SearchPagination {
            page: page.number(),
            per_page,
            itineraries_total,
            users_total,
            total: itineraries_total + users_total,
            total_pages: pages,
            pages,
            has_next: page.number() < pages,
        },
    };
    Ok(Reply::new(results, "Search completed").into_response())
}

/// The ids of all trips that have these words, the best first, as everybody gets them: pages are cut from one ranking.
async fn ranked(app: &App, words: SearchWords, viewer: Option<Caller>) -> Result<Vec<ItineraryId>> {
    let key = words.key();
    let question = Question {
        shelf: "search",
        key: &key,
        topics: &["itineraries", "people"],
        render: |_, _: &Vec<ItineraryId>| Ok(Vec::new()), // pages are made from it
    };
    let ranking = question.ask(app, viewer, move |app, viewer| load(app, words, viewer)).await?;
    Ok(ranking.map(|entry| entry.value.clone()).unwrap_or_default())
}

async fn load(app: App, words: SearchWords, viewer: Option<Caller>) -> Result<Option<Vec<ItineraryId>>> {
    let mut db = app.db.read().await?;
    let (mut found, similar) = store::in_heads(&mut db, &words, viewer).await?;
    let meant = if is_typed(&found) { Meant::new() } else { meant(similar) };
    if !is_enough(&found) {
        found.extend(store::anywhere(&mut db, &words, &meant, viewer).await?);
    }
    Ok(Some(rank(found, &words, &meant)))
}
