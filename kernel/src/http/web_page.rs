//! Pages for people who follow the link of a mail, so that it works without any web client: a title, what is to be said, and
//! at most one form. They run no script and load nothing.
//!
//! Showing a page changes nothing: programs that look at mail before its reader does open every link in it. What its form
//! sends carries the token of the mail, which is its only authority: no cookie and no header is looked at, so another site can
//! make a browser send nothing that it could not send itself.

use crate::{Error, Result};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use minijinja::{Environment, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("web_page.css");

/// A page.
#[derive(Debug)]
pub struct WebPage {
    status: StatusCode,
    title: String,
    alert: Option<String>,
    paragraphs: Vec<String>,
    form: Option<WebForm>,
    request_id: Option<String>,
}

/// What its reader can send.
#[derive(Debug, Serialize)]
pub struct WebForm {
    /// The name of the page that takes it, without the slash: it stands beside the page that shows the form, wherever a proxy
    /// puts both.
    pub action: &'static str,
    /// The token of the mail.
    pub token: String,
    /// What is typed.
    pub inputs: Vec<Input>,
    /// What is pressed; the first is what most readers came for.
    pub buttons: Vec<Button>,
}

/// A password to be typed.
#[derive(Debug, Serialize)]
pub struct Input {
    /// The field's name.
    pub name: &'static str,
    /// What the reader is asked for.
    pub label: &'static str,
    /// Which one a keeper of passwords should offer: `new-password` or `current-password`.
    pub autocomplete: &'static str,
}

/// A button, and the field that it sends if it is one of several.
#[derive(Debug, Serialize)]
pub struct Button {
    /// What stands on it.
    pub label: &'static str,
    /// The field's name.
    pub name: Option<&'static str>,
    /// The field's value.
    pub value: &'static str,
}

impl Button {
    /// The only button of a form.
    pub const fn only(label: &'static str) -> Self {
        Self { label, name: None, value: "" }
    }
}

impl WebPage {
    /// A page with this title.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            title: title.into(),
            alert: None,
            paragraphs: Vec::new(),
            form: None,
            request_id: None,
        }
    }

    /// With another paragraph.
    #[must_use]
    pub fn saying(mut self, paragraph: impl Into<String>) -> Self {
        self.paragraphs.push(paragraph.into());
        self
    }

    /// With a form.
    #[must_use]
    pub fn asking(mut self, form: WebForm) -> Self {
        self.form = Some(form);
        self
    }

    /// The same page, shown again because of what was typed: its status is that of the error, which it says first.
    #[must_use]
    pub fn again(mut self, error: &Error) -> Self {
        self.status = error.status();
        self.alert = Some(in_words(error));
        self
    }

    /// Why there is no such page, or nothing came of what was sent.
    pub(super) fn of_error(error: &Error, request_id: &str) -> Self {
        let page = Self::new("That did not work").again(error);
        Self { request_id: Some(request_id.to_owned()), ..page }
    }

    /// As it travels.
    pub(super) fn written(&self) -> Result<Response> {
        let values = context! {
            style => STYLE,
            title => self.title,
            alert => self.alert,
            paragraphs => self.paragraphs,
            form => self.form,
            request_id => self.request_id,
        };
        // The name is what makes it escape.
        let html = Environment::new().render_named_str("web_page.html", include_str!("web_page.html"), values);
        let html = html.map_err(|e| Error::internal(format!("a page: {e}")))?;
        let policy = HeaderValue::try_from(policy()).map_err(|e| Error::internal(format!("a page's policy: {e}")))?;
        let mut response = Response::new(Body::from(html));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
        Ok(response)
    }
}

impl IntoResponse for WebPage {
    fn into_response(self) -> Response {
        self.written().unwrap_or_else(IntoResponse::into_response)
    }
}

/// What a browser may do with a page: take its one style, which is known by its hash, and send its form to us.
fn policy() -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// A sentence for people. Programs are told the field that is to blame; the token of a link is no field that a reader sees.
fn in_words(error: &Error) -> String {
    let Error::Invalid(faults) = error else { return error.to_string() };
    let mut sentences = Vec::new();
    for (field, faults) in faults.by_field() {
        sentences.push(match field.as_str() {
            "token" => "The address of this page is not complete: open the link of the mail again".to_owned(),
            "password" => format!("The password {}", faults.join(", and ")),
            field => format!("{field}: {}", faults.join(", ")),
        });
    }
    sentences.join(". ")
}
