//! Every address that is served, once: the router and the API's description are checked against this one table.

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;

use super::body::BODY_BYTES_MAX;
use super::problem::Problem;
use super::site::Desk;
use super::{
    alerts, check_ins, clock, conserve, entries, evidence, guard, guests, health, history, incidents, ledger, live,
    overview, pages, parked, plan, reports, routes, scans, squeeze, system, tiles, track,
};

macro_rules! served {
    ($($method:ident $path:literal => $module:ident::$answer:ident),+ $(,)?) => {
        /// Method and path of everything served, but for the dashboard's files.
        #[cfg(test)]
        pub(super) const SERVED: &[(&str, &str)] = &[$((stringify!($method), $path)),+];

        fn table() -> Router<Desk> {
            Router::new()$(.route($path, axum::routing::$method($module::$answer)))+
        }

        /// The API in OpenAPI 3.1, made from the routes' own types.
        #[derive(OpenApi)]
        #[openapi(
            info(
                title = "Portico",
                description = "The edge gateway of an event reception: the present, the journal, alerts and check-in.",
                license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
            ),
            paths($($module::$answer),+)
        )]
        struct Api;
    };
}

served! {
    get "/healthz" => health::healthz,
    get "/readyz" => health::readyz,
    get "/metrics" => health::metrics,
    get "/api/openapi.json" => routes::openapi,
    get "/api/v1/overview" => overview::overview,
    get "/api/v1/stream" => live::stream,
    get "/api/v1/journal" => entries::journal,
    get "/api/v1/plan" => plan::plan,
    put "/api/v1/plan" => plan::put,
    get "/api/v1/conservation" => conserve::conservation,
    get "/api/v1/report" => reports::report,
    get "/api/v1/rooms/history" => history::rooms,
    get "/api/v1/rooms/{id}/history" => history::room,
    get "/api/v1/vehicles/{id}/track" => track::track,
    get "/api/v1/system" => system::system,
    get "/api/v1/alerts" => ledger::alerts,
    get "/api/v1/alerts/{id}" => ledger::alert,
    get "/api/v1/alerts/{id}/evidence" => evidence::evidence,
    post "/api/v1/alerts/{id}/acknowledge" => alerts::acknowledge,
    post "/api/v1/alerts/{id}/unacknowledge" => alerts::unacknowledge,
    post "/api/v1/alerts/{id}/note" => alerts::note,
    post "/api/v1/alerts/{id}/resolve" => alerts::resolve,
    post "/api/v1/alerts/{id}/shelve" => alerts::shelve,
    post "/api/v1/alerts/{id}/unshelve" => alerts::unshelve,
    post "/api/v1/scans" => scans::scan,
    post "/api/v1/guests/{code}/check_in" => check_ins::check_in,
    post "/api/v1/guests/{code}/undo_check_in" => check_ins::undo,
    post "/api/v1/guests/{code}/receive" => guests::receive,
    post "/api/v1/incidents" => incidents::incident,
    get "/api/v1/upstream/parked" => parked::parked,
    post "/api/v1/clock/trust" => clock::trust,
    get "/tiles.pmtiles" => tiles::tiles,
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", responses((status = 200, body = Object)))]
pub(super) async fn openapi() -> Result<Response, Problem> {
    Ok(overview::answer(description()?))
}

/// The description's JSON.
pub(super) fn description() -> Result<Bytes, Problem> {
    overview::to_json(&Api::openapi())
}

/// Everything, behind the guard.
pub(super) fn router(desk: Desk) -> Router {
    table()
        .method_not_allowed_fallback(wrong_method)
        .fallback(anything_else)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::from_fn(squeeze::squeeze))
        .layer(axum::middleware::from_fn(guard::guard))
        .with_state(desk)
}

async fn wrong_method(method: Method) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not for this address; see /api/openapi.json"))
}

async fn anything_else(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if matches!(method, Method::GET | Method::HEAD) {
        return pages::page(&uri, &headers);
    }
    Problem::unknown("there is nothing at this address; the API is described at /api/openapi.json").into_response()
}
