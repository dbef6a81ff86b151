//! The paths of the interface.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE, UPGRADE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::{bad_request, only, refusal, unanswered};
use super::back_end::BackEnd;
use super::credential::{Credential, cookie, no_cookie};
use super::{assets, file, guard, openapi, stream, terminal};
use crate::app::VERSION;
use crate::model::InstanceName;
use crate::web::channel::{Answer, Ask, Opening};

/// The longest body of a request, in bytes.
const LONGEST_BODY: usize = 32 << 10;

/// How long a browser may take to send a body.
const SENDING: Duration = Duration::from_secs(10);

/// The usual number of operations of a list.
const OPERATIONS: usize = 100;

/// What our own pages may do: nothing but come from here.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// What a report may do: run its own script, apart from this site.
const REPORT_POLICY: &str = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; \
     style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// What all requests share.
#[derive(Debug)]
pub struct Shared {
    /// The back.
    pub back: BackEnd,
    /// Names of this machine.
    pub names: Vec<String>,
    /// Whether browsers speak TLS.
    pub tls: bool,
    /// Whether guests are simulated.
    pub simulated: bool,
    /// The port at which students connect with SSH; none if they cannot.
    pub ssh: Option<u16>,
}

/// The shared state of requests.
pub type Front = State<Arc<Shared>>;

/// Who asks, as far as the front knows.
#[derive(Debug, Clone)]
pub struct Caller {
    credential: Credential,
    from: String,
}

impl Caller {
    /// What is asked for this caller.
    pub fn asks(&self, ask: Ask) -> Opening {
        Opening { credential: self.credential.secret().to_owned(), from: self.from.clone(), ask }
    }
}

type By = axum::Extension<Caller>;

/// All paths.
pub fn router(shared: Arc<Shared>) -> Router {
    let interface = Router::new()
        .route("/session", get(session).post(enter_by_token).delete(leave))
        .route("/requests/{name}", post(request))
        .route("/operations", get(operations))
        .route("/operations/{id}", get(operation).delete(stop))
        .route("/operations/{id}/events", get(events))
        .route("/live", get(overview))
        .route("/instances/{name}/live", get(watch))
        .route("/instances/{name}/class", get(me))
        .route("/class/live", get(board))
        .route("/classes/{class}/recordings/{file}", get(file::recording))
        .route("/instances/{name}/records", get(records))
        .route("/instances/{name}/records/{record}/report.html", get(report))
        .route("/terminals", get(terminal::open))
        .route("/terminals/{id}", get(terminal::look))
        .route("/openapi.json", get(openapi::document))
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "there is no such path", &[]) })
        .method_not_allowed_fallback(|| async {
            refusal(StatusCode::METHOD_NOT_ALLOWED, "the path does not have this method", &[])
        });
    Router::new()
        .nest("/api/v1", interface)
        .route("/open", get(enter_by_link))
        .fallback(get(assets::file))
        .layer(middleware::from_fn_with_state(shared.clone(), guarded))
        .with_state(shared)
}

/// Refuses what another site sends, and adds what every answer says.
async fn guarded(State(shared): Front, mut request: Request, next: Next) -> Response {
    let credential = Credential::of(request.headers());
    let upgrade = request.headers().contains_key(UPGRADE);
    let found = guard::check(request.method(), request.headers(), &credential, upgrade, &shared.names);
    let from = request.extensions().get::<SocketAddr>().map(ToString::to_string).unwrap_or_default();
    request.extensions_mut().insert(Caller { credential, from });
    let mut response = match found {
        Ok(()) => next.run(request).await,
        Err(foreign) => foreign.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn asked(shared: &Shared, caller: &Caller, ask: Ask) -> Response {
    match shared.back.once(&caller.asks(ask)).await {
        Ok(answer) => answer.into_response(),
        Err(error) => unanswered(&error),
    }
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    key: String,
}

async fn enter_by_link(
    State(shared): Front,
    axum::Extension(caller): By,
    Query(link): Query<Link>,
) -> Response {
    let opening = Opening { credential: link.key, from: caller.from, ask: Ask::Enter };
    match shared.back.once(&opening).await {
        Ok(Answer::Entered { secret, grant }) => {
            let home = (LOCATION, HeaderValue::from_static("/"));
            (StatusCode::SEE_OTHER, entered(&secret, grant.until, shared.tls), [home]).into_response()
        }
        // The page says what to do about it.
        Ok(_) => (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static("/"))]).into_response(),
        Err(error) => unanswered(&error),
    }
}

async fn enter_by_token(State(shared): Front, axum::Extension(caller): By) -> Response {
    match shared.back.once(&caller.asks(Ask::Enter)).await {
        Ok(Answer::Entered { secret, grant }) => {
            (StatusCode::NO_CONTENT, entered(&secret, grant.until, shared.tls)).into_response()
        }
        Ok(answer) => answer.into_response(),
        Err(error) => unanswered(&error),
    }
}

fn entered(secret: &str, until: Timestamp, tls: bool) -> HeaderMap {
    cookie(secret, until, tls).map(|value| (SET_COOKIE, value)).into_iter().collect()
}

async fn leave(State(shared): Front, axum::Extension(caller): By) -> Response {
    let gone: HeaderMap = no_cookie(shared.tls).map(|value| (SET_COOKIE, value)).into_iter().collect();
    (gone, asked(&shared, &caller, Ask::Leave).await).into_response()
}

async fn session(State(shared): Front, axum::Extension(caller): By) -> Response {
    match shared.back.once(&caller.asks(Ask::Session)).await {
        Ok(Answer::Session(grant)) => {
            let mut value = serde_json::to_value(grant).unwrap_or_default();
            if let Some(fields) = value.as_object_mut() {
                fields.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
                fields.insert("interface".to_owned(), VERSION.into());
                fields.insert("simulated".to_owned(), shared.simulated.into());
                fields.insert("ssh".to_owned(), shared.ssh.into());
            }
            axum::Json(value).into_response()
        }
        Ok(answer) => answer.into_response(),
        Err(error) => unanswered(&error),
    }
}

async fn request(
    State(shared): Front,
    axum::Extension(caller): By,
    Path(name): Path<String>,
    body: Body,
) -> Response {
    let Ok(Ok(bytes)) = tokio::time::timeout(SENDING, to_bytes(body, LONGEST_BODY)).await else {
        // The rest of the body is never read, so a client must not send another request after it.
        let refused = refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long, or came too slowly", &[]);
        return ([(CONNECTION, "close")], refused).into_response();
    };
    let arguments = if bytes.is_empty() { Ok(json!({})) } else { serde_json::from_slice(&bytes) };
    match arguments {
        Ok(arguments @ Value::Object(_)) => asked(&shared, &caller, Ask::Request { name, arguments }).await,
        _ => bad_request("the body is not an object in JSON"),
    }
}

#[derive(Deserialize)]
struct Wanted {
    about: Option<InstanceName>,
    limit: Option<usize>,
}

async fn operations(
    State(shared): Front,
    axum::Extension(caller): By,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(Wanted { about, limit })) = wanted else {
        return bad_request("`about` is the name of an instance, and `limit` a number");
    };
    let limit = limit.unwrap_or(OPERATIONS);
    asked(&shared, &caller, Ask::Operations { about, limit }).await
}

async fn operation(State(shared): Front, axum::Extension(caller): By, Path(id): Path<String>) -> Response {
    match shared.back.once(&caller.asks(Ask::Operation { id })).await {
        Ok(Answer::Operations(mut found)) if found.len() == 1 => axum::Json(found.remove(0)).into_response(),
        Ok(answer) => answer.into_response(),
        Err(error) => unanswered(&error),
    }
}

async fn stop(State(shared): Front, axum::Extension(caller): By, Path(id): Path<String>) -> Response {
    match asked(&shared, &caller, Ask::Stop { id }).await {
        done if done.status() == StatusCode::NO_CONTENT => StatusCode::ACCEPTED.into_response(),
        other => other,
    }
}

#[derive(Deserialize)]
struct From {
    from: Option<u64>,
}

async fn events(
    State(shared): Front,
    axum::Extension(caller): By,
    Path(id): Path<String>,
    query: Result<Query<From>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Query(From { from })) = query else { return bad_request("`from` is the number of an event") };
    // A browser that connects again says which event it has.
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let from = seen.map(|seen| seen.saturating_add(1)).or(from).unwrap_or(1);
    stream::events(&shared, &caller.asks(Ask::Follow { id, from })).await
}

async fn overview(State(shared): Front, axum::Extension(caller): By) -> Response {
    stream::events(&shared, &caller.asks(Ask::Overview)).await
}

async fn watch(State(shared): Front, axum::Extension(caller): By, Path(name): Path<String>) -> Response {
    match name.parse() {
        Ok(instance) => stream::events(&shared, &caller.asks(Ask::Watch { instance })).await,
        Err(_) => refusal(StatusCode::NOT_FOUND, "there is no such instance", &[]),
    }
}

async fn me(State(shared): Front, axum::Extension(caller): By, Path(name): Path<String>) -> Response {
    match name.parse() {
        Ok(instance) => stream::events(&shared, &caller.asks(Ask::Me { instance })).await,
        Err(_) => refusal(StatusCode::NOT_FOUND, "there is no such instance", &[]),
    }
}

async fn board(State(shared): Front, axum::Extension(caller): By) -> Response {
    stream::events(&shared, &caller.asks(Ask::Board)).await
}

async fn records(State(shared): Front, axum::Extension(caller): By, Path(name): Path<String>) -> Response {
    if name.parse::<InstanceName>().is_err() {
        return refusal(StatusCode::NOT_FOUND, "there is no such instance", &[]);
    }
    let ask = Ask::Request { name: "drill-records".to_owned(), arguments: json!({ "instance": name }) };
    match shared.back.once(&caller.asks(ask)).await {
        Ok(Answer::Looked { outcome, .. }) => only("records", &outcome),
        Ok(answer) => answer.into_response(),
        Err(error) => unanswered(&error),
    }
}

async fn report(
    State(shared): Front,
    axum::Extension(caller): By,
    Path((name, record)): Path<(String, String)>,
) -> Response {
    let Ok(instance) = name.parse() else {
        return refusal(StatusCode::NOT_FOUND, "there is no such instance", &[]);
    };
    let page = asked(&shared, &caller, Ask::Report { instance, record }).await;
    if page.status() != StatusCode::OK {
        return page;
    }
    ([(CONTENT_SECURITY_POLICY, HeaderValue::from_static(REPORT_POLICY))], page).into_response()
}
