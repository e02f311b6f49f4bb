//! What stands in the address: path parameters and the query string.

use crate::{App, Error, Result};
use axum::{
    extract::{FromRequestParts, path::Path as AxumPath},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use std::collections::HashSet;

/// The query string. Keys may repeat for lists; unknown keys are ignored.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Query<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let text = parts.uri.query().unwrap_or_default();
        if text.split('&').count() > 100 {
            return Err(Error::malformed("invalid_query", "The query string has more than 100 parameters"));
        }
        // Decoded leniently: a stray %FF is a character that nothing matches, not a failure.
        serde_html_form::from_str(text).map(Query).map_err(|e| match repeated(text) {
            Some(name) => Error::field(&super::json::plain(&name), "must be given once"),
            None => Error::malformed(
                "invalid_query",
                format!("The query string cannot be read: {}", super::json::plain(&e.to_string())),
            ),
        })
    }
}

/// The first name that stands in the query string more than once.
fn repeated(text: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_html_form::from_str(text).ok()?;
    let mut seen = HashSet::new();
    pairs.into_iter().map(|(name, _)| name).find(|name| !seen.insert(name.clone()))
}

/// A path parameter, and what it would have been the id of.
pub trait Noun {
    /// For the sentence of a 404: "Itinerary".
    const NOUN: &'static str;
}

/// Path parameters. What cannot be an id is an id of nothing: 404, like one that was never given out.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Noun + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        match <AxumPath<T> as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(AxumPath(value)) => Ok(Self(value)),
            Err(_) => Err(Error::NotFound(T::NOUN)),
        }
    }
}
