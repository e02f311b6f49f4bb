//! The addresses of people, in the order of their routes.

use crate::{
    model::{NameQuery, Named},
    store,
    wire::{Profile, UserChoice, UserSearch},
};
use kernel::{
    App, Error, Result,
    auth::Caller,
    http::{Data, Path, Query, Reply, short_list},
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

/// Somebody's profile
///
/// By the username, whatever its case, and never by an e-mail address. Published trips are counted. Whoever is not there, is
/// banned, or is in a block pair with the reader is not found, all alike.
#[utoipa::path(
    get, path = "/api/users/{username}", tag = "users", operation_id = "get_user",
    params(("username" = String, Path, description = "Who", example = "asha_rao")),
    responses(
        (status = 200, description = "The profile", body = Data<Profile>),
        (status = 404, description = "There is nobody of that name whom the reader may see (`not_found`)"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn get_user(
    app: App,
    viewer: Option<Caller>,
    Path(Named(key)): Path<Named>,
) -> Result<Reply<Data<Profile>>> {
    let nobody = || Error::NotFound("User");
    let key = key.ok_or_else(nobody)?;
    let found = store::find_person(&mut app.db.read().await?, &key, viewer).await?.ok_or_else(nobody)?;
    Ok(Reply::new(Profile::from(found), "User retrieved"))
}
