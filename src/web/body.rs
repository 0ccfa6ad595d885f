//! Takes what a request brings: a JSON body of bounded size, and query parameters.
//!
//! Says each fault as a problem with the member's name and place in it. Decides nothing about the values.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;
use utoipa::IntoResponses;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

use super::problem::Problem;

/// The largest body that is taken; a larger one is answered with 413. A scan has about 200 bytes.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A request's body as it came: JSON by its own declaration, of bounded size.
pub(super) struct JsonBytes(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let essence = kind.split(';').next().unwrap_or("").trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let detail = "the body must be JSON; send it with content-type application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(fault) if fault.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = format!("the body has more than {BODY_BYTES_MAX} bytes");
                Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail))
            }
            Err(fault) => Err(Problem::malformed(format!("the body ended early: {fault}"))),
        }
    }
}

impl JsonBytes {
    /// The value in it: 400 where it is no JSON, 422 where it is not this value.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.0).map_err(|fault| match fault.classify() {
            serde_json::error::Category::Data => Problem::unfit(format!("the body is not what is asked for: {fault}")),
            serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof
            | serde_json::error::Category::Io => Problem::malformed(format!("the body is not JSON: {fault}")),
        })
    }
}

/// In the API's description: how a request with a body may be refused, whatever it is for.
pub(super) struct BodyRefused;

impl IntoResponses for BodyRefused {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [
            (StatusCode::BAD_REQUEST, "The body is not JSON"),
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not declared as JSON"),
            (StatusCode::UNPROCESSABLE_ENTITY, "The body is not what is asked for"),
            (StatusCode::SERVICE_UNAVAILABLE, "Not kept; send the same again"),
        ]
        .into_iter()
        .map(|(status, what)| {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            let response = ResponseBuilder::new().description(what).content("application/problem+json", problem);
            (status.as_str().to_owned(), response.build().into())
        })
        .collect()
    }
}

/// Query parameters; what is not one of `T` is a 400.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(asked) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|fault| Problem::malformed(format!("the query is wrong: {}", fault.body_text())))?;
        Ok(Self(asked))
    }
}
