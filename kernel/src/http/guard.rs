//! What happens to a request between finding its route and running its handler: declared size, token, rate limit,
//! and whether the caller may reach other people.
//! And on the way back: entity tags.

use super::{
    address::ClientAddress,
    body::BodyLimit,
    cookie,
    etag::{etag, is_held},
    layers::RouteLabel,
    limits,
    limits::Class,
    policy::{Access, Policies, Policy, Reach},
};
use crate::{
    App, Error, Result,
    auth::{Caller, TokenKind},
};
use axum::{
    body::{Body, HttpBody as _},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

/// Guards every route of the API.
pub async fn guard(State((app, policies)): State<(App, Arc<Policies>)>, mut request: Request, next: Next) -> Response {
    let label = request.extensions().get::<MatchedPath>().map(|m| RouteLabel(Arc::from(m.as_str())));
    let method = request.method().clone();
    let path = label.as_ref().map_or("", |l| &l.0);
    let policy = policies.get(path, &method);
    let mut response = match admit(&app, policy, &mut request).await {
        Ok(()) if policy.class == Class::Free => next.run(request).await,
        Ok(()) => {
            let held = request.headers().clone();
            revalidate(&method, &held, next.run(request).await).await
        }
        Err(error) => error.into_response(),
    };
    if let Some(label) = label {
        response.extensions_mut().insert(label);
    }
    response
}

async fn admit(app: &App, policy: Policy, request: &mut Request) -> Result<()> {
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|n| n > policy.max_body) && !policy.any_body {
        return Err(Error::TooLarge { limit: policy.max_body });
    }
    let caller = match policy.access {
        Access::Open => None,
        Access::Optional | Access::Required => match authenticate(app, request.headers()).await? {
            None if policy.takes_cookie => cookie::authenticate(app, request.method(), request.headers()).await?,
            caller => caller,
        },
    };
    if caller.is_none() && policy.access == Access::Required {
        return Err(Error::missing_token());
    }
    let address = request.extensions().get::<ClientAddress>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |a| a.0);
    limits::check(app, policy.class, caller.map(|c| c.id), address).await?;
    if let Some(caller) = caller.filter(|_| policy.reach == Reach::Others) {
        caller.may_reach_others(app)?;
    }
    if has_nul(request.uri().query()) && !policy.any_body {
        return Err(Error::malformed("invalid_query", "The query string contains the character U+0000"));
    }
    request.extensions_mut().insert(BodyLimit(policy.max_body));
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    Ok(())
}

fn has_nul(query: Option<&str>) -> bool {
    query.is_some_and(|q| q.contains("%00"))
}

/// The caller, when a token came; a token that is not good is an error wherever one is looked at.
async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Option<Caller>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::bad_token());
    }
    let token = value.to_str().ok().and_then(bearer).ok_or_else(Error::bad_token)?;
    let claims = app.config.auth.keys.read(TokenKind::Access, token, app.clock.now()).ok_or_else(Error::bad_token)?;
    (app.authenticate)(app.clone(), claims).await?.map(Some).ok_or_else(Error::bad_token)
}

/// The token of an `Authorization: Bearer ...` value.
pub fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Gives a JSON reply its tag, and sends nothing when the reader holds it already.
async fn revalidate(method: &Method, request: &HeaderMap, response: Response) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, mut body) = response.into_parts();
    let tag = match parts.headers.get(header::ETAG) {
        Some(tag) => tag.clone(),
        None if body.size_hint().exact().is_some() && is_json(&parts.headers) => {
            let Ok(bytes) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
                return Error::internal("a finished body could not be read").into_response();
            };
            let tag = etag(&bytes);
            body = Body::from(bytes);
            parts.headers.insert(header::ETAG, tag.clone());
            tag
        }
        None => return Response::from_parts(parts, body),
    };
    if is_held(request, &tag) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        body = Body::empty();
    }
    Response::from_parts(parts, body)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"application/json"))
}
