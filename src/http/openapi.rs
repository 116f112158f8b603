//! The admin API as an OpenAPI document. What it lists is what there is: a test holds it against the routes.

use super::admin::Admin;
use actix_web::HttpResponse;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ArrayBuilder, ComponentsBuilder, ContentBuilder, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem,
    PathsBuilder, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
};

/// A call: method and path, what it does, its query, its body, and the status of success. In query and body `?` stands
/// behind what may be absent; a type is `text`, `int`, `bool`, `ints`, `texts` or `any`.
struct Call(&'static str, &'static str, &'static str, &'static str, u16);

const fn call(line: &'static str, what: &'static str, query: &'static str, body: &'static str, status: u16) -> Call {
    Call(line, what, query, body, status)
}

const SETTINGS: &str = "deprovision?:text email_required?:bool unique_groups?:bool approval?:text role_prefix?:text \
     unique_users?:text page_size?:int";
const PAGE: &str = "start?:int count?:int";
const USERS: &str =
    "node_id?:int q?:text state?:text lock?:text origin?:text sort?:text order?:text start?:int count?:int";
const TEAMS: &str = "node_id?:int q?:text state?:text role?:bool sort?:text order?:text start?:int count?:int";
const EVENTS: &str = "event?:text actor?:text user_id?:int team_id?:text node_id?:int request_id?:text from?:text to?:text \
     before?:int count?:int";
const MAIL: &str = "to:text mail_host?:text mail_port?:int mail_tls?:text mail_user?:text mail_password?:text mail_from?:text \
     mail_language?:text";

const CALLS: &[Call] = &[
    call("GET /status", "What the sign-in page must know", "", "", 200),
    call("POST /setup", "Make the first administrator", "", "token:text email:text name?:text password:text", 201),
    call("POST /session", "Sign in", "", "email:text password:text remember?:bool", 200),
    call("GET /session", "Who is signed in", "", "", 200),
    call("DELETE /session", "Sign out", "", "", 204),
    call("DELETE /sessions", "Sign out everywhere", "", "", 204),
    call("POST /password", "Change the own password", "", "current:text new:text", 204),
    call("GET /openapi.json", "This document", "", "", 200),
    call("GET /idps", "The identity providers", "", "", 200),
    call("GET /nodes", "All nodes", "", "", 200),
    call("POST /nodes", "Make a node", "", "name:text parent_id?:int", 201),
    call("GET /nodes/{node_id}", "A node", "", "", 200),
    call("PATCH /nodes/{node_id}", "Rename or move a node", "", "name?:text parent_id?:int", 200),
    call("DELETE /nodes/{node_id}", "Delete a node that owns nothing", "", "", 204),
    call(
        "POST /nodes/{node_id}/connection",
        "Generate a connection",
        "",
        "idp?:text preset?:text token_days?:int",
        201,
    ),
    call("GET /connections", "All connections", "", "", 200),
    call("GET /connections/{scim_id}", "A connection", "", "", 200),
    call("PATCH /connections/{scim_id}", "Change settings", "", SETTINGS, 200),
    call("DELETE /connections/{scim_id}", "Delete a connection", "", "", 204),
    call("POST /connections/{scim_id}/save", "Save", "", "", 200),
    call("POST /connections/{scim_id}/pause", "Pause", "", "", 200),
    call("POST /connections/{scim_id}/resume", "Resume", "", "", 200),
    call("POST /connections/{scim_id}/tokens", "Rotate the token", "", "overlap?:text token_days?:int", 201),
    call("DELETE /connections/{scim_id}/tokens/{token_id}", "Revoke a token", "", "", 200),
    call("GET /connections/{scim_id}/live", "A connection as it changes (server-sent events)", "", "", 200),
    call("GET /users", "Users", USERS, "", 200),
    call(
        "POST /users",
        "Add a user by hand",
        "",
        "node_id:int user_name:text display_name?:text external_id?:text invite?:bool",
        201,
    ),
    call("GET /users/export", "Users as CSV", USERS, "", 200),
    call("GET /users/lookup", "Who holds a user name", "user_name:text", "", 200),
    call("POST /users/bulk", "The same act for many", "", "act:text ids:ints node_id?:int", 200),
    call("GET /users/{user_id}", "A user", "", "", 200),
    call("PATCH /users/{user_id}", "Edit a user", "", "user_name?:text display_name?:text external_id?:text", 200),
    call("DELETE /users/{user_id}", "Delete a locked user for good", "", "", 204),
    call(
        "POST /users/{user_id}/{act}",
        "lock, unlock, move (node_id), resend, revoke, join or link",
        "",
        "node_id?:int",
        200,
    ),
    call("GET /teams", "Teams", TEAMS, "", 200),
    call(
        "POST /teams",
        "Make a team by hand",
        "",
        "node_id:int name:text external_id?:text restrict_share?:bool restrict_edit?:bool restrict_view?:bool",
        201,
    ),
    call("GET /teams/{team_id}", "A team", "", "", 200),
    call(
        "PATCH /teams/{team_id}",
        "Rename or restrict a team",
        "",
        "name?:text restrict_share?:bool restrict_edit?:bool restrict_view?:bool",
        200,
    ),
    call("DELETE /teams/{team_id}", "Delete a team", "", "", 204),
    call("GET /teams/{team_id}/members", "Members of a team", "state?:text start?:int count?:int", "", 200),
    call("POST /teams/{team_id}/members", "Add and remove members", "", "add?:ints remove?:ints", 200),
    call("GET /approvals", "How much waits, and where", "", "", 200),
    call("GET /approvals/teams", "Teams that wait", TEAMS, "", 200),
    call(
        "GET /approvals/memberships",
        "Memberships that wait",
        "node_id?:int team_id?:text which?:text start?:int count?:int",
        "",
        200,
    ),
    call(
        "POST /approvals/approve",
        "Approve by name",
        "",
        "teams?:texts memberships?:any restrict_share?:bool restrict_edit?:bool restrict_view?:bool",
        200,
    ),
    call("POST /approvals/reject", "Reject by name", "", "teams?:texts memberships?:any reason:text", 200),
    call("GET /jobs", "Jobs, newest first", PAGE, "", 200),
    call("POST /jobs", "Full sync", "", "kind:text node_id?:int", 201),
    call("GET /jobs/{job_id}", "A job", "", "", 200),
    call("POST /jobs/{job_id}/stop", "Stop a job", "", "", 200),
    call("POST /jobs/{job_id}/resume", "Let a job go on", "", "", 200),
    call("GET /outbox", "Mails of open invitations", "state?:text node_id?:int start?:int count?:int", "", 200),
    call("POST /outbox/{user_id}/show", "A mail with a new link", "", "", 200),
    call("POST /outbox/{user_id}/retry", "Try a failed mail again", "", "", 200),
    call("GET /settings", "Settings of the appliance", "", "", 200),
    call(
        "PATCH /settings",
        "Change settings; null goes back to the default",
        "",
        "seats?:int invitation_days?:int audit_days?:int",
        200,
    ),
    call("POST /settings/test-mail", "Send a test mail with unsaved values", "", MAIL, 204),
    call(
        "POST /settings/preview",
        "An invitation with unsaved texts",
        "",
        "language:text invite_subject?:text invite_heading?:text invite_text?:text",
        200,
    ),
    call("GET /seats", "Seats and users", "", "", 200),
    call("GET /admins", "Administrators", "", "", 200),
    call("POST /admins", "Add an administrator", "", "email:text name?:text password:text", 201),
    call("PATCH /admins/{admin_id}", "Rename an administrator", "", "name:text", 200),
    call("DELETE /admins/{admin_id}", "Remove an administrator", "", "", 204),
    call("POST /admins/{admin_id}/password", "Set another password", "", "new:text", 204),
    call("GET /api-keys", "API keys", "", "", 200),
    call("POST /api-keys", "Make an API key, shown once", "", "name:text scope:text days?:int", 201),
    call("DELETE /api-keys/{key_id}", "Revoke an API key", "", "", 200),
    call("GET /audit", "Events, newest first", EVENTS, "", 200),
    call("GET /audit/events", "The names of events", "", "", 200),
    call("POST /audit/verify", "Whether the chain is whole", "", "", 200),
    call("GET /audit/export", "Events as a file: format is ndjson or csv", EVENTS, "", 200),
];

/// `GET /openapi.json`
pub async fn get(_: Admin) -> HttpResponse {
    HttpResponse::Ok().json(document())
}

fn document() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for one in CALLS {
        let (method, path) = one.0.split_once(' ').unwrap_or_default();
        let method = match method {
            "POST" => HttpMethod::Post,
            "PATCH" => HttpMethod::Patch,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        paths = paths.path(format!("/api/v1{path}"), PathItem::new(method, operation(one, path)));
    }
    let info = InfoBuilder::new().title("Scimbox admin API").version(env!("CARGO_PKG_VERSION"));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sbkey_…").build();
    let cookie = ApiKey::Cookie(ApiKeyValue::new("scimbox"));
    let components = ComponentsBuilder::new()
        .security_scheme("key", SecurityScheme::Http(bearer))
        .security_scheme("session", SecurityScheme::ApiKey(cookie))
        .schema("Error", error())
        .build();
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths.build())
        .components(Some(components))
        .security(Some([
            SecurityRequirement::new("key", Vec::<String>::new()),
            SecurityRequirement::new("session", Vec::<String>::new()),
        ]))
        .build()
}

fn operation(one: &Call, path: &str) -> Operation {
    let Call(line, what, query, body, status) = one;
    let tag = path.split('/').nth(1).unwrap_or_default().trim_end_matches(".json");
    let refusal = ContentBuilder::new().schema(Some(Ref::from_schema_name("Error"))).build();
    let mut operation = OperationBuilder::new()
        .tag(tag)
        .operation_id(Some(line.to_lowercase().replace(['{', '}'], "").replace([' ', '/', '-', '.'], "_")))
        .summary(Some(*what))
        .response(status.to_string(), ResponseBuilder::new().description("Done").build())
        .response(
            "default",
            ResponseBuilder::new().description("Refused").content("application/json", refusal).build(),
        );
    for part in path.split('/').filter_map(|part| part.strip_prefix('{')) {
        let (name, kind) = (part.trim_end_matches('}'), if is_text(part) { "text" } else { "int" });
        operation = operation.parameter(parameter(name, kind, ParameterIn::Path, Required::True));
    }
    for (name, required, kind) in fields(query) {
        operation = operation.parameter(parameter(name, kind, ParameterIn::Query, required));
    }
    if !body.is_empty() {
        let mut object = ObjectBuilder::new();
        for (name, required, kind) in fields(body) {
            object = object.property(name, schema(kind));
            if required == Required::True {
                object = object.required(name);
            }
        }
        let content = ContentBuilder::new().schema(Some(object.build())).build();
        operation =
            operation.request_body(Some(RequestBodyBuilder::new().content("application/json", content).build()));
    }
    operation.build()
}

/// Teams, tokens, keys and acts are named by texts, everything else by numbers.
fn is_text(part: &str) -> bool {
    ["team_id", "token_id", "key_id", "act"].contains(&part.trim_end_matches('}'))
}

fn parameter(name: &str, kind: &str, place: ParameterIn, required: Required) -> Parameter {
    ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(schema(kind))).build()
}

/// Name, necessity and type of each field of a line.
fn fields(line: &'static str) -> impl Iterator<Item = (&'static str, Required, &'static str)> {
    line.split_whitespace().filter_map(|field| {
        let (name, kind) = field.split_once(':')?;
        Some(match name.strip_suffix('?') {
            Some(name) => (name, Required::False, kind),
            None => (name, Required::True, kind),
        })
    })
}

fn schema(kind: &str) -> RefOr<Schema> {
    let plain = |kind: Type| ObjectBuilder::new().schema_type(kind);
    match kind {
        "text" => plain(Type::String).into(),
        "int" => plain(Type::Integer).into(),
        "bool" => plain(Type::Boolean).into(),
        "texts" => ArrayBuilder::new().items(plain(Type::String)).into(),
        "ints" => ArrayBuilder::new().items(plain(Type::Integer)).into(),
        _ => ArrayBuilder::new().items(plain(Type::Object)).into(),
    }
}

/// What every refusal looks like.
fn error() -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let inside = ObjectBuilder::new()
        .property("code", text())
        .property("message", text())
        .property("detail", ObjectBuilder::new())
        .required("code")
        .required("message");
    ObjectBuilder::new().property("error", inside).required("error").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_listed_is_what_there_is() {
        let source = include_str!("mod.rs");
        let scope = source.split_once("\"/api/v1\"").map(|(_, rest)| rest).unwrap_or_default();
        let scope = scope.split_once("default_service").map(|(inside, _)| inside).unwrap_or_default();
        let mut routes: Vec<String> = scope
            .split(".route(\"")
            .skip(1)
            .filter_map(|rest| {
                let (path, rest) = rest.split_once('"')?;
                let method = rest.split_once("web::")?.1.split_once('(')?.0;
                Some(format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let mut listed: Vec<String> = CALLS.iter().map(|call| call.0.to_owned()).collect();
        routes.sort();
        listed.sort();
        assert_eq!(listed, routes);
        assert!(serde_json::to_string(&document()).is_ok_and(|text| text.contains("\"openapi\":\"3.1.0\"")));
    }
}
