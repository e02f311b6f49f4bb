//! What every reply looks like.

use super::{cursor::Window, page::Page};
use crate::error::{Error, Result};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};
use utoipa::ToSchema;

/// A successful reply: `{status, message, data}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Data<T> {
    /// Always `success`.
    #[schema(example = "success")]
    pub status: &'static str,
    /// A sentence for people.
    #[schema(example = "Success")]
    pub message: Cow<'static, str>,
    /// What was asked for.
    pub data: T,
}

/// A successful reply without data: `{status, message}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// Always `success`.
    #[schema(example = "success")]
    pub status: &'static str,
    /// A sentence for people.
    #[schema(example = "Itinerary deleted")]
    pub message: &'static str,
}

/// A successful reply whose fields stand beside its status, where a client reads them there.
#[derive(Debug, Serialize, ToSchema)]
pub struct Flat<T> {
    /// Always `success`.
    #[schema(example = "success")]
    pub status: &'static str,
    /// What was asked for.
    #[serde(flatten)]
    pub fields: T,
}

/// A page of things: `{status, message, data: [...], pagination}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listing<T> {
    /// Always `success`.
    #[schema(example = "success")]
    pub status: &'static str,
    /// A sentence for people.
    #[schema(value_type = String, example = "Success")]
    pub message: Cow<'static, str>,
    /// The things on this page.
    pub data: Vec<T>,
    /// Where this page stands.
    pub pagination: Pagination,
}

/// Where a page stands, under every name that clients read. Pages by cursor have no number and no totals.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Pagination {
    /// How many there are on all pages.
    #[schema(example = 45)]
    pub total: Option<i64>,
    /// This page, from 1.
    #[schema(example = 2)]
    pub page: Option<i64>,
    /// Things a page.
    #[schema(example = 20)]
    pub per_page: i64,
    /// The same as `per_page`.
    #[schema(example = 20)]
    pub limit: i64,
    /// How many pages there are.
    #[schema(example = 3)]
    pub total_pages: Option<i64>,
    /// The same as `total_pages`.
    #[schema(example = 3)]
    pub pages: Option<i64>,
    /// Whether there is a next page.
    #[schema(example = true)]
    pub has_next: bool,
    /// The same as `has_next`.
    #[serde(rename = "hasNext")]
    #[schema(example = true)]
    pub has_next_camel: bool,
    /// Whether there is a page before this one.
    #[schema(example = true)]
    pub has_prev: bool,
    /// The `cursor` of the next page, for lists that take one; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "AbC3xYZ")]
    pub next_cursor: Option<String>,
}

impl Pagination {
    /// For `page` of `total` things.
    pub fn new(page: Page, total: i64) -> Self {
        let pages = (total + page.per_page() - 1) / page.per_page();
        let has_next = page.number() < pages;
        Self {
            total: Some(total),
            page: Some(page.number()),
            per_page: page.per_page(),
            limit: page.per_page(),
            total_pages: Some(pages),
            pages: Some(pages),
            has_next,
            has_next_camel: has_next,
            has_prev: page.number() > 1,
            next_cursor: None,
        }
    }

    /// For a window of a list. `total` is known of numbered pages only.
    pub fn of(window: &Window, total: Option<i64>, next_cursor: Option<String>) -> Self {
        let has_next = next_cursor.is_some();
        match (window.page(), total) {
            (Some(page), Some(total)) => Self { next_cursor, ..Self::new(page, total) },
            _ => Self {
                total: None,
                page: None,
                per_page: window.per_page(),
                limit: window.per_page(),
                total_pages: None,
                pages: None,
                has_next,
                has_next_camel: has_next,
                has_prev: !window.is_start(),
                next_cursor,
            },
        }
    }
}

impl<T> Listing<T> {
    /// One page of `total` things.
    pub fn new(data: Vec<T>, page: Page, total: i64) -> Self {
        Self::at(data, Pagination::new(page, total))
    }

    /// The things that stand there.
    pub fn at(data: Vec<T>, pagination: Pagination) -> Self {
        Self { status: "success", message: Cow::Borrowed("Success"), data, pagination }
    }

    /// With another sentence for people.
    #[must_use]
    pub fn saying(self, message: String) -> Self {
        Self { message: Cow::Owned(message), ..self }
    }
}

/// A page of things under a name of their own, for lists whose clients read it there: `{status, message, data:
/// {<name>: [...], pagination}, pagination}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paged<T> {
    /// Always `success`.
    #[schema(example = "success")]
    pub status: &'static str,
    /// A sentence for people.
    #[schema(example = "Success")]
    pub message: &'static str,
    /// The things, and where this page stands.
    pub data: T,
    /// The same as in `data`.
    pub pagination: Pagination,
}

impl<T> Paged<T> {
    /// `data`, which says itself where it stands.
    pub fn new(data: T, pagination: Pagination) -> Self {
        Self { status: "success", message: "Success", data, pagination }
    }
}

/// A failed reply, as every error looks.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Always `error`.
    #[schema(example = "error")]
    pub status: &'static str,
    /// The status in words.
    #[schema(example = "Bad Request")]
    pub error: &'static str,
    /// A sentence that says what to change; it names the fields.
    #[schema(example = "destination: is required")]
    pub message: String,
    /// The stable name of the fault, for programs.
    #[schema(example = "validation_failed")]
    pub code: &'static str,
    /// What is wrong with each field, when fields are to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({"destination": ["is required"]}))]
    pub details: Option<BTreeMap<String, Vec<String>>>,
    /// The request's id, to quote when asking for help.
    #[schema(example = "01a3b1c27a007000800000000000002a")]
    pub request_id: String,
}

impl ErrorBody {
    /// Of `error`, for the request with this id.
    pub fn new(error: &Error, request_id: &str) -> Self {
        let details = if let Error::Invalid(faults) = error { Some(faults.by_field().clone()) } else { None };
        Self {
            status: "error",
            error: error.status().canonical_reason().unwrap_or("Error"),
            message: error.to_string(),
            code: error.code(),
            details,
            request_id: request_id.to_owned(),
        }
    }
}

/// 200 with data.
#[derive(Debug)]
pub struct Reply<T>(pub T);

/// 201 with data.
#[derive(Debug)]
pub struct Created<T>(pub T);

/// 202 with data: it will be done.
#[derive(Debug)]
pub struct Accepted<T>(pub T);

/// Data with the sentence that stands beside it.
pub fn data<T>(data: T, message: impl Into<Cow<'static, str>>) -> Data<T> {
    Data { status: "success", message: message.into(), data }
}

impl<T> Reply<Data<T>> {
    /// 200 `{status, message, data}`.
    pub fn new(value: T, message: impl Into<Cow<'static, str>>) -> Self {
        Self(data(value, message))
    }
}

impl<T> Created<Data<T>> {
    /// 201 `{status, message, data}`.
    pub fn new(value: T, message: impl Into<Cow<'static, str>>) -> Self {
        Self(data(value, message))
    }
}

impl Accepted<Message> {
    /// 202 `{status, message}`.
    pub fn message(message: &'static str) -> Self {
        Self(Message { status: "success", message })
    }
}

impl<T> Reply<Flat<T>> {
    /// 200 `{status, ...fields}`.
    pub const fn flat(fields: T) -> Self {
        Self(Flat { status: "success", fields })
    }
}

impl Reply<Message> {
    /// 200 `{status, message}`.
    pub fn message(message: &'static str) -> Self {
        Self(Message { status: "success", message })
    }
}

/// A reply that can be written down: its status and its JSON.
pub trait Render {
    /// The status.
    const STATUS: StatusCode;
    /// The body.
    fn json(&self) -> Result<Vec<u8>>;
}

macro_rules! render {
    ($type:ident, $status:expr) => {
        impl<T: Serialize> Render for $type<T> {
            const STATUS: StatusCode = $status;
            fn json(&self) -> Result<Vec<u8>> {
                serde_json::to_vec(&self.0).map_err(|e| Error::internal(format!("writing a reply: {e}")))
            }
        }
        impl<T: Serialize> IntoResponse for $type<T> {
            fn into_response(self) -> Response {
                match self.json() {
                    Ok(body) => json(Self::STATUS, body),
                    Err(error) => error.into_response(),
                }
            }
        }
    };
}
render!(Reply, StatusCode::OK);
render!(Created, StatusCode::CREATED);
render!(Accepted, StatusCode::ACCEPTED);

/// A response with a JSON body.
pub(crate) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
