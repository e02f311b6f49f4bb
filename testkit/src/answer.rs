//! What came back.

use axum::{http::HeaderMap, response::Response};
use http_body_util::BodyExt;
use serde_json::Value;

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as text.
    pub text: String,
    /// Its body as JSON; null when it is none.
    pub body: Value,
}

impl Answer {
    /// Reads a response to its end.
    pub async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self { status: parts.status.as_u16(), headers: parts.headers, text, body }
    }

    /// Fails unless the status is this one, and the envelope fits it.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        if status >= 400 {
            assert_eq!(self.body["status"], "error", "{}", self.text);
            assert!(self.body["message"].is_string() && self.body["code"].is_string(), "{}", self.text);
            assert_eq!(self.body["request_id"], self.header("x-request-id"), "{}", self.text);
        }
        self
    }

    /// Fails unless it is an error with this status and code.
    #[track_caller]
    pub fn fails(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.body["code"], code, "{}", answer.text);
        answer
    }

    /// Fails unless it is a page for people with this status.
    #[track_caller]
    pub fn is_page(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8", "{}", self.text);
        assert!(self.text.starts_with("<!doctype html>"), "{}", self.text);
        self
    }

    /// `data` of the envelope.
    pub fn data(&self) -> &Value {
        &self.body["data"]
    }

    /// The titles of the things in `data`.
    pub fn titles(&self) -> Vec<&str> {
        self.data().as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
    }

    /// `message` of the envelope.
    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    /// A header as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}
