//! What a route demands before its handler runs, read from its OpenAPI operation: documentation and enforcement
//! cannot drift apart.

use super::limits::Class;
use axum::http::Method;
use std::collections::HashMap;
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{HttpMethod, Operation},
};

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody; an `Authorization` header is not looked at.
    Open,
    /// Anybody; a token that is presented must be good.
    Optional,
    /// Somebody who is signed in.
    Required,
}

/// Whom a write reaches: `x-reaches`. Every write that knows its caller says it; a test demands that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// `others`: somebody else meets what it does. With `REQUIRE_VERIFIED_EMAIL` only for those with a confirmed address.
    Others,
    /// `own_until_published`: only its author does while it is a draft; the handler asks [`Caller::may_reach_others`] when not.
    ///
    /// [`Caller::may_reach_others`]: crate::auth::Caller::may_reach_others
    OwnUntilPublished,
    /// `own`: one's own account, safety and keepsakes, what takes something back or ends it, what keeps somebody away.
    Own,
    /// `administration`: the role is what it takes.
    Administration,
}

impl Reach {
    /// By the word in `x-reaches`.
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "others" => Some(Self::Others),
            "own_until_published" => Some(Self::OwnUntilPublished),
            "own" => Some(Self::Own),
            "administration" => Some(Self::Administration),
            _ => None,
        }
    }

    /// What says nothing is closed: a write that knows its caller counts as one that reaches others.
    fn of(method: &Method, access: Access, word: Option<&str>) -> Self {
        let is_write = *method != Method::GET && access != Access::Open;
        word.and_then(Self::named).unwrap_or(if is_write { Self::Others } else { Self::Own })
    }
}

/// The demands of one route.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Who may call.
    pub access: Access,
    /// Which rate limit counts.
    pub class: Class,
    /// The largest body in bytes.
    pub max_body: usize,
    /// Whether the cookie of an administrator's session stands in for a token.
    pub takes_cookie: bool,
    /// Whom it reaches.
    pub reach: Reach,
    /// Whether nothing in the form of the request refuses it.
    pub any_body: bool,
    /// Whether it answers with a page for people.
    pub is_page: bool,
}

/// The name of the security scheme whose cookie stands in for a token.
pub const COOKIE_SCHEME: &str = "admin_session";

/// The demands of all routes.
#[derive(Debug, Default)]
pub struct Policies(HashMap<String, HashMap<Method, Policy>>);

/// Bodies are text; routes that take more say so with `x-max-body`.
const MAX_BODY: usize = 256 * 1024;

impl Policies {
    /// From the whole contract.
    pub fn from_openapi(api: &OpenApi) -> Self {
        let mut policies = Self::default();
        for (path, item) in &api.paths.paths {
            let operations = [
                (Method::GET, HttpMethod::Get, &item.get),
                (Method::POST, HttpMethod::Post, &item.post),
                (Method::PUT, HttpMethod::Put, &item.put),
                (Method::PATCH, HttpMethod::Patch, &item.patch),
                (Method::DELETE, HttpMethod::Delete, &item.delete),
            ];
            for (method, _, operation) in operations {
                if let Some(operation) = operation {
                    let policy = Policy::of(&method, operation);
                    policies.0.entry(path.clone()).or_default().insert(method, policy);
                }
            }
        }
        policies
    }

    /// Whether requests to this address have a place also when the process is full. It is asked before the address is
    /// routed, so it compares with every template. Not for what takes no token: anybody could fill the places.
    pub fn is_reserved(&self, path: &str, method: &Method) -> bool {
        let holds = |policy: &Policy| policy.class == Class::Emergency && policy.access == Access::Required;
        self.0.iter().any(|(template, methods)| methods.get(method).is_some_and(holds) && fits(template, path))
    }

    /// Whether this address serves a page for people; its errors are pages as well. Asked before it is routed, like the
    /// above; such an address has no parameters.
    pub fn is_page(&self, path: &str) -> bool {
        self.0.get(path).is_some_and(|methods| methods.values().any(|policy| policy.is_page))
    }

    /// The demands of a route. One that is in no contract is closed to the anonymous.
    pub fn get(&self, path: &str, method: &Method) -> Policy {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        // The router knows what may have slashes as `{*name}`; in the contract every parameter is `{name}`.
        let path = path.replace("{*", "{");
        self.0.get(&path).and_then(|methods| methods.get(method)).copied().unwrap_or(Policy {
            access: Access::Required,
            class: Class::Write,
            max_body: MAX_BODY,
            takes_cookie: false,
            reach: Reach::of(method, Access::Required, None),
            any_body: false,
            is_page: false,
        })
    }
}

/// Whether a path is one of a template; a parameter is one part.
fn fits(template: &str, path: &str) -> bool {
    let (mut parts, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(given)) if part == given || (part.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
}

impl Policy {
    fn of(method: &Method, operation: &Operation) -> Self {
        let extension = |name: &str| operation.extensions.as_ref().and_then(|e| e.get(name));
        // Each alternative as an object: `{}` is nobody, `{"bearer": []}` a token.
        let alternatives = operation.security.as_ref().map(|requirements| {
            let objects = requirements.iter().filter_map(|r| serde_json::to_value(r).ok()?.as_object().cloned());
            objects.collect::<Vec<_>>()
        });
        let security = alternatives.as_ref().map(|all| all.iter().any(serde_json::Map::is_empty));
        let takes_cookie = alternatives.iter().flatten().any(|one| one.contains_key(COOKIE_SCHEME));
        let access = match security {
            None => Access::Open,
            Some(true) => Access::Optional,
            Some(false) => Access::Required,
        };
        Self {
            access,
            class: extension("x-rate-limit")
                .and_then(|v| v.as_str())
                .and_then(Class::named)
                .unwrap_or(if *method == Method::GET { Class::Read } else { Class::Write }),
            max_body: extension("x-max-body")
                .and_then(serde_json::Value::as_u64)
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(MAX_BODY),
            takes_cookie,
            reach: Reach::of(method, access, extension("x-reaches").and_then(|v| v.as_str())),
            any_body: extension("x-any-body") == Some(&serde_json::Value::Bool(true)),
            is_page: matches!(
                operation.responses.responses.get("200"),
                Some(RefOr::T(response)) if response.content.contains_key("text/html")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_says_nothing_is_closed() {
        use {
            Access::{Open, Optional, Required},
            Reach::{Administration, Others, Own},
        };
        for (method, access, word, reach) in [
            (Method::POST, Required, None, Others),
            (Method::DELETE, Optional, None, Others),
            (Method::PUT, Required, Some("nonsense"), Others),
            (Method::PATCH, Required, Some("own"), Own),
            (Method::POST, Required, Some("administration"), Administration),
            (Method::POST, Open, None, Own),
            (Method::GET, Required, None, Own),
        ] {
            assert_eq!(Reach::of(&method, access, word), reach, "{method} {access:?} {word:?}");
        }
        assert_eq!(Policies::default().get("/api/nowhere", &Method::POST).reach, Others);
    }

    #[test]
    fn a_parameter_is_one_part_of_a_path() {
        for (path, is_one) in [
            ("/calls/7/cancel", true),
            ("/calls//cancel", false),
            ("/calls/7", false),
            ("/calls/7/cancel/", false),
            ("/calls/7/8/cancel", false),
            ("/calls/7/close", false),
        ] {
            assert_eq!(fits("/calls/{id}/cancel", path), is_one, "{path}");
        }
        assert!(fits("/calls", "/calls"));
    }
}
