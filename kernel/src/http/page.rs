//! Which page of a list.

use super::Query;
use crate::{App, Error, Result};
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// `page` and `per_page`, clamped: bad values take the default, so a list can always be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    number: i64,
    per_page: i64,
}

/// What a client may say about the page it wants.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Which page, from 1. What cannot be read counts as 1.
    #[param(value_type = Option<i64>, example = 1)]
    #[serde(default)]
    page: Vec<String>,
    /// Things a page, 1 to 100. What cannot be read counts as the default, which is 20 where nothing else is said.
    #[param(value_type = Option<i64>, example = 20)]
    #[serde(default)]
    per_page: Vec<String>,
    /// The same as `per_page`.
    #[param(value_type = Option<i64>, example = 20)]
    #[serde(default)]
    limit: Vec<String>,
}

const LAST: i64 = 1_000_000;

impl Page {
    /// From the text of the two parameters.
    pub fn new(number: Option<&str>, per_page: Option<&str>) -> Self {
        Self::with_default(number, per_page, 20)
    }

    fn with_default(number: Option<&str>, per_page: Option<&str>, default: i64) -> Self {
        let read = |text: Option<&str>| text.and_then(|t| t.trim().parse::<i128>().ok());
        let clamp = |n: i128, last: i64| i64::try_from(n.clamp(1, last.into())).unwrap_or(last);
        Self {
            number: read(number).map_or(1, |n| clamp(n, LAST)),
            per_page: read(per_page).filter(|n| *n >= 1).map_or(default, |n| clamp(n, 100)),
        }
    }

    /// The first, of this many things.
    pub(super) const fn first(per_page: i64) -> Self {
        Self { number: 1, per_page }
    }

    /// From 1.
    pub const fn number(self) -> i64 {
        self.number
    }
    /// Things a page.
    pub const fn per_page(self) -> i64 {
        self.per_page
    }
    /// For `limit`.
    pub const fn limit(self) -> i64 {
        self.per_page
    }
    /// For `offset`.
    pub const fn offset(self) -> i64 {
        (self.number - 1) * self.per_page
    }
}

/// How many things a short list without pages has: what was asked for, from 1 to `most`; `default` when that cannot be
/// read, or was given twice.
pub fn short_list(given: &[String], default: i64, most: i64) -> i64 {
    let asked = if let [one] = given { one.trim().parse::<i128>().ok() } else { None };
    asked.filter(|n| *n >= 1).map_or(default, |n| i64::try_from(n).unwrap_or(most).min(most))
}

impl FromRequestParts<App> for Page {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        PageOf::<20>::from_request_parts(parts, app).await.map(|page| page.0)
    }
}

/// A [`Page`] of `DEFAULT` things when nobody says how many.
#[derive(Debug, Clone, Copy)]
pub struct PageOf<const DEFAULT: i64>(pub Page);

impl<const DEFAULT: i64> FromRequestParts<App> for PageOf<DEFAULT> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Query(q) = Query::<PageQuery>::from_request_parts(parts, app).await?;
        // Given twice it cannot be read, and takes its default.
        let only = |given: &[String]| if let [one] = given { Some(one.clone()) } else { None };
        let per_page = only(&q.per_page).or_else(|| only(&q.limit));
        Ok(Self(Page::with_default(only(&q.page).as_deref(), per_page.as_deref(), DEFAULT)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_clamped() {
        let page = |n, per| {
            let p = Page::new(Some(n), Some(per));
            (p.number(), p.per_page(), p.offset())
        };
        assert_eq!(page("2", "10"), (2, 10, 10));
        assert_eq!(page("0", "0"), (1, 20, 0));
        assert_eq!(page("-3", "-1"), (1, 20, 0));
        assert_eq!(page("x", "y"), (1, 20, 0));
        assert_eq!(page("1000000000000000000000", "1000000000"), (LAST, 100, (LAST - 1) * 100));
        assert_eq!(Page::new(None, None).per_page(), 20);
    }

    #[test]
    fn short_lists_are_clamped() {
        let list = |given: &[&str]| short_list(&given.iter().map(|g| (*g).to_owned()).collect::<Vec<_>>(), 10, 50);
        for (given, expected) in [("7", 7), ("0", 10), ("-1", 10), ("x", 10), ("", 10), ("51", 50), ("9e9", 10)] {
            assert_eq!(list(&[given]), expected, "{given}");
        }
        assert_eq!((list(&[]), list(&["3", "4"]), list(&["99999999999999999999999999"])), (10, 10, 50));
    }
}
