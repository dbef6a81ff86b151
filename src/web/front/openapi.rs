//! The description of the interface in the form of OpenAPI, made of the types of the requests themselves.

use std::sync::LazyLock;

use axum::Json;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::app::AnyRequest;
use crate::web::permission::OFFERED;

/// Where the schemas of the document are.
const SCHEMAS: &str = "/components/schemas";

static DOCUMENT: LazyLock<Value> = LazyLock::new(made);

/// The document.
pub async fn document() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

fn made() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = SCHEMAS.into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = fixed();
    let requests = AnyRequest::schemas(&mut generator, |name| OFFERED.contains(&name));
    let mut schemas: Map<String, Value> = generator.take_definitions(true);
    for (name, schema) in requests {
        let schema = Value::from(schema);
        let of = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        // The comment on the type of a request says what it does.
        let about = of.and_then(|of| schemas.get(of)?["description"].as_str());
        let about = about.unwrap_or_default().to_owned();
        paths.insert(format!("/requests/{name}"), json!({ "post": request(&name, &about, &schema) }));
    }
    schemas.insert("Error".to_owned(), error());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "halab",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What `lab` does, over HTTP. `lab token create NAME` makes a token.",
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "halab" },
            },
        },
    })
}

/// An error as the command line prints it as JSON.
fn error() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    json!({
        "type": "object",
        "required": ["kind", "message"],
        "properties": { "kind": { "type": "string" }, "message": { "type": "string" }, "causes": texts, "hints": texts },
    })
}

fn request(name: &str, about: &str, arguments: &Value) -> Value {
    let outcome = json!({
        "type": "object",
        "required": ["outcome", "events"],
        "properties": { "outcome": {}, "events": { "type": "array" } },
    });
    let began = json!({
        "type": "object",
        "required": ["operation"],
        "properties": { "operation": { "type": "string" } },
    });
    let looked = answer("It only looks: its outcome, and the events that it emitted.", Some(&outcome));
    let begun = answer("It changes something, and goes on: the id of its operation.", Some(&began));
    json!({
        "operationId": name,
        "description": about,
        "requestBody": { "content": { "application/json": { "schema": arguments } } },
        "responses": with_errors(vec![("200", looked), ("202", begun)]),
    })
}

/// The paths that are no requests of the application.
fn fixed() -> Map<String, Value> {
    let object = json!({ "type": "object" });
    let get = |id: &str, about: &str, parameters: &[Value]| {
        json!({ "get": {
            "operationId": id,
            "parameters": parameters,
            "responses": with_errors(vec![("200", answer(about, Some(&object)))]),
        } })
    };
    let stream = |id: &str, about: &str, parameters: &[Value]| {
        let content = json!({ "description": about, "content": { "text/event-stream": {} } });
        json!({ "get": {
            "operationId": id, "parameters": parameters, "responses": with_errors(vec![("200", content)]),
        } })
    };
    let done = |id: &str, status: &'static str, about: &str, parameters: &[Value]| {
        let responses = with_errors(vec![(status, answer(about, None))]);
        json!({ "operationId": id, "parameters": parameters, "responses": responses })
    };
    let name = path("name", "The instance.");
    let id = path("id", "The operation.");
    let number = |key: &str, about: &str| json!({ "name": key, "in": "query", "description": about, "schema": { "type": "integer", "minimum": 0 } });
    let about = json!({ "name": "about", "in": "query", "description": "The instance.", "schema": named() });
    let mut session = get("session", "What the credential grants.", &[]);
    session["post"] = done("enter", "204", "The token is a session now, in a cookie.", &[]);
    session["delete"] = done("leave", "204", "The session has ended.", &[]);
    let mut operation = get("operation", "An operation.", std::slice::from_ref(&id));
    operation["delete"] = done("stop", "202", "It was asked to stop.", std::slice::from_ref(&id));
    let page = json!({ "description": "A page of its own.", "content": { "text/html": {} } });
    let report = json!({ "get": {
        "operationId": "report",
        "parameters": [name, path("record", "The record.")],
        "responses": with_errors(vec![("200", page)]),
    } });
    let cast = json!({ "description": "A recording, as asciicast 2.", "content": { "application/x-asciicast": {} } });
    let recording = json!({ "get": {
        "operationId": "recording",
        "parameters": [path("class", "The class."), path("file", "The name of the file.")],
        "responses": with_errors(vec![("200", cast)]),
    } });
    let all = [
        ("/session", session),
        ("/operations", get("operations", "The last ones.", &[about, number("limit", "The most of them.")])),
        ("/operations/{id}", operation),
        (
            "/operations/{id}/events",
            stream("events", "Its events, until it ends.", &[id, number("from", "The first event.")]),
        ),
        ("/live", stream("live", "The overview, whenever it changes.", &[])),
        (
            "/instances/{name}/live",
            stream("watch", "Its status, when it changes.", std::slice::from_ref(&name)),
        ),
        (
            "/instances/{name}/class",
            stream("me", "What its student sees of the class.", std::slice::from_ref(&name)),
        ),
        (
            "/class/live",
            stream("board", "How the open class is doing, with the open terminals of its students.", &[]),
        ),
        ("/classes/{class}/recordings/{file}", recording),
        ("/instances/{name}/records", get("records", "Its records.", std::slice::from_ref(&name))),
        ("/instances/{name}/records/{record}/report.html", report),
    ];
    all.into_iter().map(|(path, item)| (path.to_owned(), item)).collect()
}

fn named() -> Value {
    json!({ "type": "string", "pattern": "^[a-z][a-z0-9-]{0,31}$" })
}

fn path(name: &str, about: &str) -> Value {
    let schema = if name == "name" { named() } else { json!({ "type": "string", "minLength": 1 }) };
    json!({ "name": name, "in": "path", "required": true, "description": about, "schema": schema })
}

fn answer(about: &str, schema: Option<&Value>) -> Value {
    match schema {
        Some(schema) => {
            json!({ "description": about, "content": { "application/json": { "schema": schema } } })
        }
        None => json!({ "description": about }),
    }
}

fn with_errors(good: Vec<(&'static str, Value)>) -> Value {
    let error = json!({ "$ref": "#/components/schemas/Error" });
    let all = [
        ("400", "It is not understood."),
        ("401", "There is no such credential."),
        ("403", "The credential does not allow it, or another site asked."),
        ("404", "There is no such thing."),
        ("409", "Something else is at work on it."),
        ("413", "The body is too long."),
        ("421", "The server does not have that name."),
        ("422", "It failed."),
        ("503", "The machine lacks something, or is busy."),
    ];
    let bad = all.map(|(status, about)| (status, answer(about, Some(&error))));
    good.into_iter()
        .chain(bad)
        .map(|(status, answer)| (status.to_owned(), answer))
        .collect::<Map<_, _>>()
        .into()
}
