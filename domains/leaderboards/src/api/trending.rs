//! The addresses of what is trending, in the order of their routes.

use super::{Reader, TOPICS, board, minute};
use crate::{
    model::TagCount,
    store,
    wire::{Nothing, TagShare, TrendingTags, TrendingTrips},
};
use axum::response::{IntoResponse, Response};
use itineraries::{Found, find_many};
use kernel::{
    App, Result,
    auth::{Admin, Caller},
    cache::Entry,
    http::{Data, Flat, Message, Post, Render, Reply},
};
use std::{sync::Arc, time::Duration};

const DAY: Duration = Duration::from_hours(24);
/// Tags that are shown.
const SHOWN: usize = 10;
/// Tags that make a trip trend.
const LEADING: usize = 5;
/// Trips that are shown.
const TRIPS: i64 = 30;

/// The tags that are used most now; twenty are kept.
async fn kept(app: &App, viewer: Option<Caller>) -> Result<Arc<Entry<Vec<TagCount>>>> {
    let render = |_: &App, _: &Vec<TagCount>| Ok(Vec::new()); // replies are made from it
    board(app, viewer, "trending tags".to_owned(), render, |app, viewer| async move {
        store::tags(&mut app.db.read().await?, app.clock.now().minus(DAY), viewer).await
    })
    .await
}

/// Trending tags
///
/// The ten tags that most authors use for the trips of the last 24 hours, or for the latest hundred when those are few;
/// trips that are much looked at count for more.
#[utoipa::path(
    get, path = "/api/trending/tags", tag = "leaderboards", operation_id = "trending_tags",
    responses((status = 200, description = "Tags, the first first", body = Flat<TrendingTags>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn trending_tags(app: App, viewer: Option<Caller>) -> Result<Response> {
    let data = TagShare::of(&kept(&app, viewer).await?.value).into_iter().take(SHOWN).collect();
    let (message, last_updated) = ("Trending tags retrieved", minute(&app));
    Ok(Reply::flat(TrendingTags { success: true, message, data, last_updated }).into_response())
}

/// The leading tag
///
/// The first of the trending tags.
#[utoipa::path(
    get, path = "/api/trending/leading-tag", tag = "leaderboards", operation_id = "leading_tag",
    responses((status = 200, description = "The tag", body = Data<TagShare>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn leading_tag(app: App, viewer: Option<Caller>) -> Result<Reply<Data<TagShare>>> {
    let leading = TagShare::of(&kept(&app, viewer).await?.value).into_iter().next();
    Ok(Reply::new(leading.unwrap_or_else(TagShare::none), "Leading tag retrieved"))
}

fn trips<'a>(found: &'a [Found], reader: &Reader<'_>) -> Reply<Flat<TrendingTrips<'a>>> {
    let data = reader.views(found);
    Reply::flat(TrendingTrips { success: true, message: "Trending itineraries retrieved", count: data.len(), data })
}

/// Trending trips
///
/// Of the two thousand newest trips the thirty that are ahead among those with one of the five leading tags; of one author
/// not more than three.
#[utoipa::path(
    get, path = "/api/trending/itineraries", tag = "leaderboards", operation_id = "trending_itineraries",
    responses((status = 200, description = "Trips, the first first", body = Flat<TrendingTrips<'_>>)),
    security((), ("bearer" = [])),
)]
pub(crate) async fn trending_itineraries(app: App, viewer: Option<Caller>) -> Result<Response> {
    let leading: Vec<String> = kept(&app, viewer).await?.value.iter().take(LEADING).map(|t| t.tag.clone()).collect();
    let render = |app: &App, found: &Vec<Found>| trips(found, &Reader::everybody(app)).json();
    let entry = board(&app, viewer, "trending trips".to_owned(), render, move |app, viewer| async move {
        let mut db = app.db.read().await?;
        let ids = store::trending(&mut db, &leading, TRIPS, viewer).await?;
        find_many(&mut db, &ids, viewer).await
    });
    let entry = entry.await?;
    Ok(match viewer {
        None => entry.reply(),
        Some(viewer) => {
            let reader = Reader::one(&app, viewer, entry.value.iter()).await?;
            trips(&entry.value, &reader).into_response()
        }
    })
}

/// Put together anew
///
/// Makes every leaderboard and the trending tags anew at the next request, although they follow what changes by
/// themselves. For administrators.
#[utoipa::path(
    post, path = "/api/trending/refresh", tag = "leaderboards", operation_id = "refresh_trending",
    responses(
        (status = 200, description = "They will be", body = Message),
        (status = 403, description = "Only administrators may (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn refresh_trending(app: App, Admin(admin): Admin, post: Post<Nothing>) -> Result<Response> {
    let (_, post) = post.split();
    let mut begun = post.begin(&app, admin).await?;
    for topic in TOPICS {
        begun.tx.changed(*topic);
    }
    begun.commit(&Reply::message("Trending refreshed")).await
}
