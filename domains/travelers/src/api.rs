//! The addresses of people, in the order of their routes.

use crate::{
    model::NameQuery,
    store,
    wire::{UserChoice, UserSearch},
};
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Data, Query, Reply, short_list},
};

/// Search people
///
/// By the words of usernames and display names; never by e-mail address, and no address is in the answer. Who is called
/// exactly so comes first.
#[utoipa::path(
    get, path = "/api/users/search", tag = "users", operation_id = "search_users",
    params(UserSearch),
    responses((status = 200, description = "People whose names begin so", body = Data<Vec<UserChoice>>)),
    security(("bearer" = [])),
    extensions(("x-rate-limit" = json!("search"))),
)]
pub(crate) async fn search_users(
    app: App,
    caller: Caller,
    Query(query): Query<UserSearch>,
) -> Result<Reply<Data<Vec<UserChoice>>>> {
    let text = query.q.unwrap_or_default();
    let length = text.trim().chars().count();
    if !(2..=200).contains(&length) {
        return Err(Error::field("q", "must have 2 to 200 characters"));
    }
    let people = match NameQuery::new(&text) {
        None => Vec::new(),
        Some(names) => {
            let limit = short_list(&query.limit, 10, 50);
            store::find_people(&mut app.db.read().await?, &names, limit, Some(caller)).await?
        }
    };
    Ok(Reply::new(people.into_iter().map(UserChoice::from).collect(), "Users found"))
}
