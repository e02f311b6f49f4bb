//! Request bodies: JSON objects, and forms of pages, read into wire types.

use super::json;
use crate::{App, Error, Result, clock::Day};
use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Map, Value};
use std::{collections::HashSet, time::Duration};

/// A field of a change: absent leaves it, `null` clears it, a value sets it.
pub type Field<T> = Option<Option<T>>;

/// For `#[serde(default, deserialize_with = "kernel::http::field")]` at a [`Field`].
pub fn field<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Field<T>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The same for a day: a form sends an empty text for one that was cleared.
pub fn day_field<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Field<Day>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    let day = text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::parse);
    day.transpose().map(Some).map_err(D::Error::custom)
}

/// A type that a body is read into.
pub trait Wire: DeserializeOwned {
    /// Other names that clients use for a field: `(alias, name)`. Where both come, the name wins.
    const ALIASES: &'static [(&'static str, &'static str)] = &[];
}

/// A JSON body. An absent body counts as `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// How many bytes this route takes; set by the guard.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimit(pub(super) usize);

/// A body must have come by then, whatever the handler does later.
const ARRIVAL: Duration = Duration::from_secs(8);
/// Five megabytes over a slow line.
pub(super) const LARGE_ARRIVAL: Duration = Duration::from_secs(50);

impl<T: Wire> FromRequest<App> for Body<T> {
    type Rejection = Error;
    async fn from_request(request: Request, _: &App) -> Result<Self> {
        let bytes = bytes(request).await?;
        wire(&bytes).map(Self)
    }
}

/// The form of a page, as browsers send it, read into the wire type of the operation that it stands for.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: Wire> FromRequest<App> for Form<T> {
    type Rejection = Error;
    async fn from_request(request: Request, _: &App) -> Result<Self> {
        let bytes = typed(request, FORM).await?;
        let malformed = |e: &dyn std::fmt::Display| {
            Error::malformed("invalid_body", format!("The form cannot be read: {}", json::plain(&e.to_string())))
        };
        let fields: Vec<(String, String)> = serde_html_form::from_bytes(&bytes).map_err(|e| malformed(&e))?;
        let mut names = HashSet::new();
        for (name, value) in &fields {
            if value.contains('\0') || !names.insert(name) {
                return Err(malformed(&"a field stands twice, or contains the character U+0000"));
            }
        }
        serde_html_form::from_bytes(&bytes).map(Self).map_err(|e| malformed(&e))
    }
}

/// Whether the body says that it is a large one, which takes its time to arrive.
pub(super) fn is_large(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|n| n > 256 * 1024)
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// The raw body, after its type and size were found right.
pub(super) async fn bytes(request: Request) -> Result<Bytes> {
    typed(request, JSON).await
}

async fn typed(request: Request, wanted: &'static str) -> Result<Bytes> {
    let limit = request.extensions().get::<BodyLimit>().map_or(256 * 1024, |l| l.0);
    let is_typed = is_typed(request.headers(), wanted);
    let arrival = if is_large(request.headers()) { LARGE_ARRIVAL } else { ARRIVAL };
    let read = Limited::new(request.into_body(), limit).collect();
    let bytes = match tokio::time::timeout(arrival, read).await {
        Err(_) => return Err(Error::TooSlow),
        Ok(Err(e)) if e.is::<LengthLimitError>() => return Err(Error::TooLarge { limit }),
        Ok(Err(_)) => return Err(Error::malformed("incomplete_body", "The body ended before it was complete")),
        Ok(Ok(body)) => body.to_bytes(),
    };
    if !bytes.is_empty() && !is_typed {
        return Err(Error::UnsupportedMediaType { wanted });
    }
    Ok(bytes)
}

/// What comes of a body, at most as much as the route takes, and whether that is all of it. A little more is read and thrown
/// away, so that whoever sends it reads the reply.
pub(super) async fn arrived(request: Request) -> (Vec<u8>, bool) {
    let limit = request.extensions().get::<BodyLimit>().map_or(0, |l| l.0);
    let until = tokio::time::Instant::now() + ARRIVAL;
    let (mut body, mut bytes, mut length) = (request.into_body(), Vec::new(), 0_usize);
    while length <= limit + THROWN_AWAY {
        let frame = match tokio::time::timeout_at(until, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => break,
            _ => return (bytes, false),
        };
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        bytes.extend(data.iter().take(limit - bytes.len()));
    }
    let is_whole = length == bytes.len();
    (bytes, is_whole)
}

const THROWN_AWAY: usize = 1024 * 1024;

/// Reads the body into a wire type.
pub(super) fn wire<T: Wire>(bytes: &[u8]) -> Result<T> {
    let value = if bytes.is_empty() { Value::Object(Map::new()) } else { json::parse(bytes)? };
    let Value::Object(mut object) = value else {
        return Err(Error::malformed("invalid_body", "The body must be a JSON object"));
    };
    for (alias, name) in T::ALIASES {
        if let Some(value) = object.remove(*alias)
            && !object.contains_key(*name)
        {
            object.insert((*name).to_owned(), value);
        }
    }
    json::read(Value::Object(object))
}

fn is_typed(headers: &HeaderMap, wanted: &str) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    if headers.get(header::CONTENT_ENCODING).is_some_and(|e| e != "identity") {
        return false; // a compressed body could be a bomb
    }
    let Ok(text) = only.to_str() else { return false };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_json = || essence.starts_with("application/") && essence.ends_with("+json");
    (essence == wanted || wanted == JSON && is_json())
        && parts.all(|p| {
            let p = p.to_ascii_lowercase();
            !p.starts_with("charset=") || p.trim_start_matches("charset=").trim_matches('"') == "utf-8"
        })
}
