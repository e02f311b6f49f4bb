//! The one error of the API: a variant for each thing a client can do about it.

use crate::db::DbError;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::{borrow::Cow, collections::BTreeMap, time::Duration};

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400: the request cannot be read.
    #[error("{message}")]
    Malformed {
        /// Stable name of the fault.
        code: &'static str,
        /// What to change.
        message: String,
    },
    /// 400: fields that break a rule, all of them.
    #[error("{0}")]
    Invalid(Faults),
    /// 401: no token, or not one that is good now.
    #[error("{message}")]
    Unauthorized {
        /// Stable name of the fault.
        code: &'static str,
        /// What to do.
        message: &'static str,
    },
    /// 403: signed in, but not allowed to.
    #[error("{message}")]
    Forbidden {
        /// Stable name of the fault.
        code: &'static str,
        /// Who may.
        message: Cow<'static, str>,
    },
    /// 404: not there, or not to be known of; both look the same.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// 405.
    #[error("This address does not take this method")]
    MethodNotAllowed,
    /// 408: the body did not arrive in time.
    #[error("The request did not arrive in time")]
    TooSlow,
    /// 409: full, taken, or already done.
    #[error("{message}")]
    Conflict {
        /// Stable name of the fault.
        code: &'static str,
        /// What stands in the way.
        message: Cow<'static, str>,
    },
    /// 413.
    #[error("The body is larger than the {limit} bytes that this address takes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// 414.
    #[error("The address is longer than 8192 bytes")]
    UriTooLong,
    /// 415.
    #[error("Send the body as {wanted}")]
    UnsupportedMediaType {
        /// What the address takes.
        wanted: &'static str,
    },
    /// 429.
    #[error("Too many requests: wait {} seconds", wait_seconds(*retry_after))]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// 503: something we depend on is down, or there is too much to do.
    #[error("The service cannot answer now: try again in a moment")]
    Unavailable {
        /// For the log only.
        cause: String,
    },
    /// 503: the operator has not set up what this needs; the sentence says what is missing.
    #[error("{0}")]
    NotConfigured(&'static str),
    /// 500: a mistake of ours.
    #[error("Something went wrong on our side")]
    Internal {
        /// For the log only.
        cause: String,
    },
    /// Not an error: the reply that was given to the first request with the same `Idempotency-Key`.
    #[error("a reply that was given before")]
    Replay(Box<Given>),
}

/// A reply that was stored.
#[derive(Debug)]
pub struct Given {
    /// Its status.
    pub status: u16,
    /// Its JSON.
    pub body: String,
}

/// The result of a handler.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// 400 for a request that cannot be read.
    pub fn malformed(code: &'static str, message: impl Into<String>) -> Self {
        Self::Malformed { code, message: message.into() }
    }
    /// 400 for one field.
    pub fn field(field: &str, fault: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(field, fault);
        Self::Invalid(faults)
    }
    /// 401 when there is no token.
    pub const fn missing_token() -> Self {
        Self::Unauthorized {
            code: "missing_token",
            message: "Sign in: send an access token as Authorization: Bearer ...",
        }
    }
    /// 401 when the token is not good; why is not said.
    pub const fn bad_token() -> Self {
        Self::Unauthorized {
            code: "invalid_token",
            message: "The access token is not valid or no longer valid: sign in again",
        }
    }
    /// 403.
    pub fn forbidden(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden { code, message: message.into() }
    }
    /// 409.
    pub fn conflict(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict { code, message: message.into() }
    }
    /// 500, logged with its cause.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::Internal { cause: cause.into() }
    }
    /// 503, logged with its cause.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        Self::Unavailable { cause: cause.into() }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed { .. } | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } | Self::NotConfigured(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Replay(given) => StatusCode::from_u16(given.status).unwrap_or(StatusCode::OK),
        }
    }

    /// The stable name of the fault, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { code, .. }
            | Self::Unauthorized { code, .. }
            | Self::Forbidden { code, .. }
            | Self::Conflict { code, .. } => code,
            Self::Invalid(_) => "validation_failed",
            Self::NotFound(_) => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooSlow => "request_timeout",
            Self::TooLarge { .. } => "body_too_large",
            Self::UriTooLong => "uri_too_long",
            Self::UnsupportedMediaType { .. } => "unsupported_media_type",
            Self::TooMany { .. } => "rate_limited",
            Self::Unavailable { .. } => "unavailable",
            Self::NotConfigured(_) => "not_configured",
            Self::Internal { .. } => "internal_error",
            Self::Replay(_) => "replayed",
        }
    }

    /// How long a client should wait, in whole seconds.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after } => Some(wait_seconds(*retry_after)),
            Self::Unavailable { .. } => Some(1),
            _ => None,
        }
    }
}

/// Whole seconds, rounded up, at least one.
fn wait_seconds(wait: Duration) -> u64 {
    wait.as_secs_f64().ceil().clamp(1.0, 86_400.0 * 365.0).to_string().parse().unwrap_or(1)
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(cause) => Self::Unavailable { cause },
            error => Self::Internal { cause: error.to_string() },
        }
    }
}

impl IntoResponse for Error {
    /// The body is written by the outermost layer, which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}

/// Of more faulty fields than these a client is only told that there are more.
const MOST_FIELDS: usize = 30;

/// What is wrong with a request, field by field.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults(BTreeMap<String, Vec<String>>);

impl Faults {
    /// Adds a fault: `add("title", "must have 5 to 200 characters")`.
    pub fn add(&mut self, field: impl Into<String>, fault: impl Into<String>) {
        let mut field = field.into();
        if self.0.len() >= MOST_FIELDS && !self.0.contains_key(&field) {
            // The reply must not grow with the request.
            "more".clone_into(&mut field);
        }
        let faults = self.0.entry(field).or_default();
        let fault = fault.into();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    /// Adds everything that `garde` found.
    pub fn report(&mut self, report: &garde::Report) {
        for (path, fault) in report.iter() {
            self.add(path.to_string(), fault.message());
        }
    }

    /// Checks the rules that stand at the fields of `value`.
    pub fn check<T: garde::Validate<Context: Default>>(&mut self, value: &T) {
        if let Err(report) = value.validate() {
            self.report(&report);
        }
    }

    /// `Ok` when there is no fault.
    pub fn result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }

    /// The faults by field.
    pub fn by_field(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0
    }
}

impl std::fmt::Display for Faults {
    /// One sentence that names the fields.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut separator = "";
        for (field, faults) in &self.0 {
            write!(f, "{separator}{field}: {}", faults.join(", "))?;
            separator = "; ";
        }
        Ok(())
    }
}
