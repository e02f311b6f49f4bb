//! Reading resources, saying that one helped, and what administrators do with them.

use super::{
    model::{CATEGORIES, ResourceId, languages, place_key, places},
    store::{self, Filter},
    view::{Helpful, ResourcePage, ResourceView},
    wire::ResourceBody,
};
use axum::response::Response;
use kernel::{
    App, Error, Faults, Result,
    auth::{Admin, Caller},
    http::{
        Body, Created, Data, Listing, Message, Page, PageOf, PageQuery, Pagination, Path, Post, Query, Reply, Wire,
    },
};
use serde::Deserialize;
use utoipa::ToSchema;

/// What a client may ask of the list. Filters combine.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResourceQuery {
    /// `tips`, `emergency`, `legal`, `health`, `packing`, `cultural` or `navigation`. `type` is the same.
    #[serde(alias = "type")]
    #[param(example = "emergency")]
    category: Option<String>,
    /// A place or a country, or several with commas between them, the most particular first. What is for the first one comes
    /// first, then what is for the next, for their countries, and for everywhere.
    #[param(example = "Panaji, Goa, India")]
    region: Option<String>,
    /// The same as `region`, which counts when both are given.
    #[param(example = "Goa, India")]
    destination: Option<String>,
    /// A country, by name or code; together with a place it says in which country that is.
    #[param(example = "India")]
    country: Option<String>,
    /// The language, `en` when absent. For one of a country, such as `pt-BR`, also what is in the language itself.
    #[param(example = "en")]
    language: Option<String>,
    /// `true`: only what is on show.
    #[param(value_type = Option<bool>, example = true)]
    featured: Option<String>,
    /// Words of the title, the description or the text; all of them.
    #[param(example = "helpline")]
    search: Option<String>,
}

impl ResourceQuery {
    fn check(self) -> Result<Option<Filter>> {
        let mut faults = Faults::default();
        let text = |value: Option<String>| value.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let featured = match text(self.featured).unwrap_or_default().to_ascii_lowercase().as_str() {
            "true" | "1" => true,
            "" | "false" | "0" => false,
            _ => {
                faults.add("featured", "must be true or false");
                false
            }
        };
        faults.result()?;
        let search = text(self.search);
        let category = text(self.category).map(|c| c.to_lowercase());
        // A category that there is not, or a search without a word in it.
        if category.as_ref().is_some_and(|c| !CATEGORIES.contains(&c.as_str()))
            || search.as_ref().is_some_and(|s| kernel::text::search_tokens(s).is_empty())
        {
            return Ok(None);
        }
        Ok(Some(Filter {
            category,
            places: places(&text(self.region).or_else(|| text(self.destination)).unwrap_or_default()),
            country: text(self.country).map(|c| place_key(&c)),
            languages: languages(&text(self.language).unwrap_or_else(|| "en".to_owned())),
            featured,
            search,
        }))
    }
}

/// Resources
///
/// Pinned ones first, then those on show, then the latest; 15 a page unless it is said. With a place or a country: what is for
/// the place, then what is for its country, then what is for everywhere.
#[utoipa::path(
    get, path = "/api/women-safety/resources", tag = "women-safety", operation_id = "list_resources",
    params(PageQuery, ResourceQuery),
    responses((status = 200, description = "A page of resources", body = Data<ResourcePage>)),
)]
pub(crate) async fn list_resources(
    app: App,
    PageOf(page): PageOf<15>,
    Query(query): Query<ResourceQuery>,
) -> Result<Reply<Data<ResourcePage>>> {
    let (resources, total) = match query.check()? {
        None => (Vec::new(), 0),
        Some(filter) => {
            let mut db = app.db.read().await?;
            (store::page(&mut db, &filter, page).await?, store::count(&mut db, &filter).await?)
        }
    };
    let resources = resources.into_iter().map(ResourceView::from).collect();
    let page = ResourcePage { resources, pagination: Pagination::new(page, total), categories: CATEGORIES };
    Ok(Reply::new(page, "Success"))
}

/// A resource
///
/// With its source and the day on which somebody looked whether it is still so.
#[utoipa::path(
    get, path = "/api/women-safety/resources/{id}", tag = "women-safety", operation_id = "get_resource",
    params(("id" = ResourceId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "The resource", body = Data<ResourceView>)),
)]
pub(crate) async fn get_resource(app: App, Path(id): Path<ResourceId>) -> Result<Reply<Data<ResourceView>>> {
    let found = store::find(&mut app.db.read().await?, id).await?.filter(|r| r.retired_at.is_none());
    Ok(Reply::new(found.ok_or_else(not_found)?.into(), "Success"))
}

const fn not_found() -> Error {
    Error::NotFound("Resource")
}

/// A body that has nothing to say.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Nothing {}

impl Wire for Nothing {}

/// This helped me
///
/// One vote a person: doing it again changes nothing. Who voted is told to nobody.
#[utoipa::path(
    post, path = "/api/women-safety/resources/{id}/helpful", tag = "women-safety", operation_id = "mark_resource_helpful",
    params(("id" = ResourceId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses((status = 200, description = "How many people it helped", body = Data<Helpful>)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("vote")), ("x-reaches" = json!("others"))),
)]
pub(crate) async fn mark_resource_helpful(
    app: App,
    caller: Caller,
    Path(id): Path<ResourceId>,
    post: Post<Nothing>,
) -> Result<Response> {
    let mut begun = post.split().1.begin(&app, caller).await?;
    let helpful_count = store::vote(&mut begun.tx, id, caller.id, app.clock.now()).await?.ok_or_else(not_found)?;
    begun.commit(&Reply::new(Helpful { helpful_count }, "Marked as helpful")).await
}

/// All resources
///
/// Also those that are retired, the latest first. For administrators.
#[utoipa::path(
    get, path = "/api/admin/resources", tag = "admin", operation_id = "list_all_resources",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of resources", body = Listing<ResourceView>),
        (status = 403, description = "The caller does not administrate (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
)]
pub(crate) async fn list_all_resources(app: App, _: Admin, page: Page) -> Result<Reply<Listing<ResourceView>>> {
    let mut db = app.db.read().await?;
    let all = store::page_of_all(&mut db, page).await?;
    let total = store::count_all(&mut db).await?;
    Ok(Reply(Listing::new(all.into_iter().map(ResourceView::from).collect(), page, total)))
}

/// Add a resource
///
/// With its source, and the day on which somebody looked whether it is so. For administrators.
#[utoipa::path(
    post, path = "/api/admin/resources", tag = "admin", operation_id = "create_resource",
    request_body(content = ResourceBody, description = "The resource"),
    responses(
        (status = 201, description = "The resource", body = Data<ResourceView>),
        (status = 403, description = "The caller does not administrate (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn create_resource(app: App, Admin(admin): Admin, post: Post<ResourceBody>) -> Result<Response> {
    let (body, post) = post.split();
    let resource = body.create(ResourceId(app.new_uuid()), app.clock.now())?;
    let mut begun = post.begin(&app, admin).await?;
    store::insert(&mut begun.tx, &resource);
    begun.commit(&Created::new(ResourceView::from(resource), "Resource created")).await
}

/// Any resource
///
/// Also when it is retired. For administrators.
#[utoipa::path(
    get, path = "/api/admin/resources/{id}", tag = "admin", operation_id = "get_any_resource",
    params(("id" = ResourceId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "The resource", body = Data<ResourceView>),
        (status = 403, description = "The caller does not administrate (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
)]
pub(crate) async fn get_any_resource(
    app: App,
    _: Admin,
    Path(id): Path<ResourceId>,
) -> Result<Reply<Data<ResourceView>>> {
    let found = store::find(&mut app.db.read().await?, id).await?;
    Ok(Reply::new(found.ok_or_else(not_found)?.into(), "Success"))
}

/// Change a resource
///
/// Changes the fields that are given; `null` clears one that can be empty. For administrators.
#[utoipa::path(
    put, path = "/api/admin/resources/{id}", tag = "admin", operation_id = "replace_resource",
    params(("id" = ResourceId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ResourceBody, description = "What to change"),
    responses(
        (status = 200, description = "The resource as it is now", body = Data<ResourceView>),
        (status = 403, description = "The caller does not administrate (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn replace_resource(
    app: App,
    _: Admin,
    Path(id): Path<ResourceId>,
    Body(body): Body<ResourceBody>,
) -> Result<Reply<Data<ResourceView>>> {
    change(app, id, body).await
}

/// Change a resource
///
/// The same as PUT: changes the fields that are given; `null` clears one that can be empty. For administrators.
#[utoipa::path(
    patch, path = "/api/admin/resources/{id}", tag = "admin", operation_id = "update_resource",
    params(("id" = ResourceId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    request_body(content = ResourceBody, description = "What to change"),
    responses(
        (status = 200, description = "The resource as it is now", body = Data<ResourceView>),
        (status = 403, description = "The caller does not administrate (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn update_resource(
    app: App,
    _: Admin,
    Path(id): Path<ResourceId>,
    Body(body): Body<ResourceBody>,
) -> Result<Reply<Data<ResourceView>>> {
    change(app, id, body).await
}

async fn change(app: App, id: ResourceId, body: ResourceBody) -> Result<Reply<Data<ResourceView>>> {
    let mut tx = app.db.write().await?;
    if !store::hold(&mut tx, id).await? {
        return Err(not_found());
    }
    let before = store::find(&mut tx, id).await?.ok_or_else(not_found)?;
    let resource = body.change(before, app.clock.now())?;
    store::update(&mut tx, &resource);
    tx.commit().await?;
    Ok(Reply::new(resource.into(), "Resource updated"))
}

/// Retire a resource
///
/// It is shown to nobody any more but administrators, who can bring it back by changing `retired`. For administrators.
#[utoipa::path(
    delete, path = "/api/admin/resources/{id}", tag = "admin", operation_id = "retire_resource",
    params(("id" = ResourceId, Path, description = "Which one", example = "01a3b1c2-7a00-7000-8000-00000000002a")),
    responses(
        (status = 200, description = "It is retired", body = Message),
        (status = 403, description = "The caller does not administrate (`admin_required`)"),
    ),
    security(("bearer" = []), ("admin_session" = [])),
    extensions(("x-reaches" = json!("administration"))),
)]
pub(crate) async fn retire_resource(app: App, _: Admin, Path(id): Path<ResourceId>) -> Result<Reply<Message>> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if !store::hold(&mut tx, id).await? {
        return Err(not_found());
    }
    let mut resource = store::find(&mut tx, id).await?.ok_or_else(not_found)?;
    resource.retired_at = resource.retired_at.or(Some(now));
    store::update(&mut tx, &resource);
    tx.commit().await?;
    Ok(Reply::message("Resource retired"))
}
