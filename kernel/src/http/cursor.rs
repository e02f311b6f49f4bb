//! Reading a list on from where one stopped.
//!
//! Pages by number count rows from the start: whatever is added meanwhile pushes rows onto the next page, and deep pages
//! are slow. A cursor names the last row that was read instead, by what the list is sorted by; the next page is what
//! comes after it, wherever that stands now. This is the preferred way, and free of totals.
//!
//! A cursor is a version, a keyed hash and the sort keys of that row. The hash binds it to the one list (filters, order,
//! owner) that gave it, so that a cursor of another list, or one that was tampered with, is a 400 and never a strange
//! page. Its holder can read the keys: they must be nothing that the row does not show.

use super::{Page, Query};
use crate::{App, Error, Result, clock::Timestamp, db::Arg};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// What a client may say about where it reads on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CursorQuery {
    /// Where to read on: `pagination.next_cursor` of the page before, or empty to begin. Preferred to `page`, which it
    /// outdoes: no row comes twice or is lost when others are added meanwhile. Pages by cursor have no totals.
    #[param(value_type = Option<String>, example = "")]
    #[serde(default)]
    cursor: Vec<String>,
}

/// Where in a list a client wants to be: a page by its number, or what comes after a cursor.
#[derive(Debug, Clone)]
pub struct Paging {
    page: Page,
    cursor: Option<String>,
    path: String,
    query: Vec<(String, String)>,
}

/// The part of one list that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    list: String,
    page: Page,
    /// The sort keys of the row before the first wanted one; none at the start.
    after: Vec<Arg>,
    by_cursor: bool,
}

/// No sort key is longer, and a cursor has but a few.
const LONGEST: usize = 2_048;
const VERSION: u8 = 1;
const HASH: usize = 16;

impl Paging {
    /// The window of `list`, which must say all that chooses and orders its rows.
    pub fn window(&self, app: &App, list: String) -> Result<Window> {
        let after = match self.cursor.as_deref() {
            None | Some("") => Vec::new(),
            Some(cursor) => read(app, &list, cursor).ok_or_else(bad_cursor)?,
        };
        Ok(Window { list, page: self.page, after, by_cursor: self.cursor.is_some() })
    }

    /// The same for a list without numbered pages, of at most `most` things at once.
    pub fn stretch(&self, app: &App, list: String, most: i64) -> Result<Window> {
        let window = self.window(app, list)?;
        Ok(Window { page: Page::first(window.page.per_page().min(most)), by_cursor: true, ..window })
    }

    /// The response with its `Link` header (RFC 8288): `first`, `prev` for numbered pages, and `next` when there is more.
    #[must_use]
    pub fn linked(&self, mut response: Response, next: Option<&str>) -> Response {
        let mut links = vec![self.link("first", &self.cursor.as_ref().map_or_else(Vec::new, |_| vec![("cursor", "")]))];
        let before = (self.page.number() - 1).to_string();
        if self.cursor.is_none() && self.page.number() > 1 {
            links.push(self.link("prev", &[("page", &before)]));
        }
        if let Some(next) = next {
            links.push(self.link("next", &[("cursor", next)]));
        }
        // What the address had that no header can carry is not worth failing for.
        if let Ok(value) = HeaderValue::try_from(links.join(", ")) {
            response.headers_mut().insert(header::LINK, value);
        }
        response
    }

    fn link(&self, rel: &str, place: &[(&str, &str)]) -> String {
        let kept = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<(&str, &str)> = kept.chain(place.iter().copied()).collect();
        let query = serde_html_form::to_string(pairs).unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("<{}{mark}{query}>; rel=\"{rel}\"", self.path)
    }
}

impl FromRequestParts<App> for Paging {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let page = Page::from_request_parts(parts, app).await?;
        let Query(CursorQuery { cursor }) = Query::from_request_parts(parts, app).await?;
        let Query(mut query) = Query::<Vec<(String, String)>>::from_request_parts(parts, app).await?;
        query.retain(|(name, _)| name != "page" && name != "cursor");
        let cursor = match <[String; 1]>::try_from(cursor) {
            Ok([one]) => Some(one),
            Err(none) if none.is_empty() => None,
            Err(_) => return Err(bad_cursor()),
        };
        Ok(Self { page, cursor, path: parts.uri.path().to_owned(), query })
    }
}

impl Window {
    /// For `limit`: one row more than is shown tells whether there is a next page.
    pub const fn limit(&self) -> i64 {
        self.page.limit() + 1
    }

    /// For `offset`.
    pub const fn offset(&self) -> i64 {
        if self.by_cursor { 0 } else { self.page.offset() }
    }

    /// The sort keys of the row after which it begins, for [`Sql::push_after`](crate::db::Sql::push_after).
    pub fn after(&self) -> &[Arg] {
        &self.after
    }

    /// The page by its number; `None` when there is a cursor, and so no total.
    pub const fn page(&self) -> Option<Page> {
        if self.by_cursor { None } else { Some(self.page) }
    }

    /// Things a page.
    pub const fn per_page(&self) -> i64 {
        self.page.per_page()
    }

    /// The total, where what was read tells it: of a numbered page that is the last, but not beyond the end.
    pub fn total(&self, shown: usize, is_more: bool) -> Option<i64> {
        let page = self.page()?;
        let is_last = !is_more && (shown > 0 || page.number() == 1);
        is_last.then(|| page.offset() + i64::try_from(shown).unwrap_or_default())
    }

    /// Whether it begins where the list does.
    pub const fn is_start(&self) -> bool {
        if self.by_cursor { self.after.is_empty() } else { self.page.number() == 1 }
    }

    /// As a key of the cache.
    pub fn key(&self) -> String {
        format!("{} {:?} {:?} {}", self.list, self.page, self.after, self.by_cursor)
    }

    /// Takes the row too many away from what was read; the cursor of the next page, if there was one.
    pub fn cut<T>(&self, app: &App, rows: &mut Vec<T>, keys: impl Fn(&T) -> Vec<Arg>) -> Option<String> {
        let shown = usize::try_from(self.page.limit()).unwrap_or(usize::MAX);
        let is_more = rows.len() > shown;
        rows.truncate(shown);
        let last = rows.last().filter(|_| is_more)?;
        Some(write(app, &self.list, &keys(last)))
    }
}

fn bad_cursor() -> Error {
    Error::malformed("invalid_cursor", "cursor: is not one that this list gave; begin anew with an empty one")
}

fn hash(app: &App, list: &str, keys: &[u8]) -> Vec<u8> {
    let data = [list.as_bytes(), &[0], keys].concat();
    app.config.auth.keys.keyed_hash("cursor", &data).into_iter().take(HASH).collect()
}

fn write(app: &App, list: &str, keys: &[Arg]) -> String {
    let keys: Vec<u8> = keys.iter().flat_map(encode).collect();
    BASE64_URL_SAFE_NO_PAD.encode([&[VERSION], hash(app, list, &keys).as_slice(), &keys].concat())
}

fn read(app: &App, list: &str, cursor: &str) -> Option<Vec<Arg>> {
    if cursor.len() > LONGEST {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (version, rest) = bytes.split_first()?;
    let (given, mut keys) = rest.split_at_checked(HASH)?;
    if *version != VERSION || given != hash(app, list, keys) {
        return None;
    }
    let mut after = Vec::new();
    while !keys.is_empty() {
        let (key, rest) = decode(keys)?;
        after.push(key);
        keys = rest;
    }
    Some(after)
}

/// A letter for the type, then the value exactly: numbers as their bits, text with its length.
fn encode(key: &Arg) -> Vec<u8> {
    let tagged = |tag: u8, value: &[u8]| [&[tag], value].concat();
    match key {
        Arg::Int(v) => tagged(b'i', &v.to_be_bytes()),
        Arg::Real(v) => tagged(b'r', &v.to_bits().to_be_bytes()),
        Arg::Time(v) => tagged(b't', &v.micros().to_be_bytes()),
        Arg::Uuid(v) => tagged(b'u', v.as_bytes()),
        Arg::Text(v) => {
            let bytes = v.as_bytes();
            let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
            tagged(b's', &[&length.to_be_bytes(), bytes].concat())
        }
        // No list is sorted by anything else; what cannot be read back is refused when it returns.
        Arg::Null | Arg::Bool(_) | Arg::Bytes(_) | Arg::Day(_) | Arg::Json(_) => tagged(b'?', &[]),
    }
}

fn decode(bytes: &[u8]) -> Option<(Arg, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let number = || rest.split_first_chunk::<8>();
    Some(match tag {
        b'i' => number().map(|(v, rest)| (Arg::Int(i64::from_be_bytes(*v)), rest))?,
        b'r' => number().map(|(v, rest)| (Arg::Real(f64::from_bits(u64::from_be_bytes(*v))), rest))?,
        b't' => number().map(|(v, rest)| (Arg::Time(Timestamp::from_micros(i64::from_be_bytes(*v))), rest))?,
        b'u' => rest.split_first_chunk::<16>().map(|(v, rest)| (Arg::Uuid(Uuid::from_bytes(*v)), rest))?,
        b's' => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let (text, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
            (Arg::Text(std::str::from_utf8(text).ok()?.to_owned()), rest)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_exactly_as_they_were() {
        let keys = [
            Arg::Int(-7),
            Arg::Real(0.1 + 0.2),
            Arg::Real(-1.0),
            Arg::Time(Timestamp::from_micros(1_795_426_200_000_001)),
            Arg::Uuid(Uuid::max()),
            Arg::Text("Kyōto, 京都".to_owned()),
            Arg::Text(String::new()),
        ];
        let bytes: Vec<u8> = keys.iter().flat_map(encode).collect();
        let (mut rest, mut read) = (bytes.as_slice(), Vec::new());
        while let Some((key, more)) = decode(rest) {
            read.push(key);
            rest = more;
        }
        assert_eq!((read.as_slice(), rest), (keys.as_slice(), [0_u8; 0].as_slice()));
        for cut in 1..bytes.len() {
            let mut rest = bytes.get(cut..).unwrap();
            while let Some((_, more)) = decode(rest) {
                rest = more; // whatever it is, it ends
            }
        }
    }
}
