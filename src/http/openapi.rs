//! The admin API as an OpenAPI document, generated from `openapi.txt`. A test compares the calls listed there with the routes.

use super::admin::Admin;
use super::openapi_calls::TEXT;
use super::openapi_schema::{Book, SchemaEntry, entries, typed};
use actix_web::HttpResponse;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, ParameterStyle,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Required,
    Response, ResponseBuilder, Schema,
};

const ABOUT: &str = "Everything the console can do, for programs. Send an API key as a bearer token. A browser sends the \
     session cookie, and with every change the header X-CSRF-Token. Ids of nodes, connections and users are numbers of \
     15 digits; times are in UTC. Lists come in pages: start counts from 1.";

/// `GET /openapi.json`
pub async fn get(_: Admin) -> HttpResponse {
    HttpResponse::Ok().json(document())
}

fn document() -> OpenApi {
    let book = Book::read(TEXT);
    let mut paths = PathsBuilder::new();
    for call in entries(TEXT, "calls") {
        let (method, path) = call.head.split_once(' ').unwrap_or_default();
        let method = match method {
            "POST" => HttpMethod::Post,
            "PATCH" => HttpMethod::Patch,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        paths = paths.path(format!("/api/v1{path}"), PathItem::new(method, operation(&book, &call, path)));
    }
    let info = InfoBuilder::new().title("Scimbox admin API").version(env!("CARGO_PKG_VERSION"));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sbkey_…").build();
    let cookie = ApiKey::Cookie(ApiKeyValue::new("scimbox"));
    let components = ComponentsBuilder::new()
        .security_scheme("key", SecurityScheme::Http(bearer))
        .security_scheme("session", SecurityScheme::ApiKey(cookie));
    let components = book.schemas().fold(components, |all, (name, schema)| all.schema(name, schema));
    let tags = entries(TEXT, "tags");
    let tags = tags.iter().map(|tag| TagBuilder::new().name(tag.head).description(Some(tag.about)).build());
    OpenApiBuilder::new()
        .info(info.description(Some(ABOUT)).build())
        .tags(Some(tags))
        .paths(paths.build())
        .components(Some(components.build()))
        .security(Some([needs("key"), needs("session")]))
        .build()
}

fn needs(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new(scheme, Vec::<String>::new())
}

fn operation(book: &Book, call: &SchemaEntry, path: &str) -> Operation {
    let tag = path.split('/').nth(1).unwrap_or_default().trim_end_matches(".json");
    let id = call.head.to_lowercase().replace(['{', '}', ' '], "").replace(['/', '-', '.'], "_");
    let mut operation = OperationBuilder::new().tag(tag).operation_id(Some(id)).summary(Some(call.about));
    for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        operation = operation.parameter(parameter(book, part, ParameterIn::Path));
    }
    let mut about = Vec::new();
    for line in &call.lines {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        operation = match word {
            "query" => rest
                .split(' ')
                .fold(operation, |operation, field| operation.parameter(parameter(book, field, ParameterIn::Query))),
            "body" => {
                let named = rest.starts_with(char::is_uppercase);
                let fields = || rest.split(' ').map(|field| book.field(field));
                let schema = if named { typed(rest, "") } else { book.object(fields()).into() };
                let needed = !named && fields().any(|field| field.required == Required::True);
                let body = RequestBodyBuilder::new().content("application/json", content(schema));
                let needed = if needed { Required::True } else { Required::False };
                operation.request_body(Some(body.required(Some(needed)).build()))
            }
            "open" => operation.securities(Some([SecurityRequirement::default()])),
            "signed" => {
                about.push("No API key opens this.");
                operation.securities(Some([needs("session")]))
            }
            "answer" => {
                let (status, what) = rest.split_once(' ').unwrap_or((rest, ""));
                operation.response(status, answer(what))
            }
            _ => {
                about.push(line);
                operation
            }
        };
    }
    let refusal = ResponseBuilder::new().description("Refused; nothing was changed.");
    let refusal = refusal.content("application/json", content(typed("Error", "")));
    operation.description(Some(about.join(" "))).response("default", refusal.build()).build()
}

/// Nothing, JSON of a schema, or files of these kinds.
fn answer(what: &str) -> Response {
    let answer = ResponseBuilder::new().description(if what.is_empty() { "Done; no content." } else { "Done." });
    if what.contains('/') {
        return what.split('|').fold(answer, |all, kind| all.content(kind, content(typed("text", "")))).build();
    }
    if what.is_empty() { answer.build() } else { answer.content("application/json", content(typed(what, ""))).build() }
}

fn content(schema: RefOr<Schema>) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(schema)).build()
}

fn parameter(book: &Book, line: &str, place: ParameterIn) -> Parameter {
    let field = book.field(line);
    let required = if matches!(place, ParameterIn::Path) { Required::True } else { field.required };
    let one = ParameterBuilder::new().name(field.name).parameter_in(place).required(required);
    // A list stands in a query once, with commas.
    let (style, explode) = (Some(ParameterStyle::Form), Some(false));
    let one = if field.kind.ends_with("[]") { one.style(style).explode(explode) } else { one };
    one.description(Some(field.about)).schema(Some(typed(field.kind, ""))).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::openapi_schema::CODES;
    use std::collections::BTreeSet;

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
        let mut listed: Vec<String> = entries(TEXT, "calls").iter().map(|call| call.head.to_owned()).collect();
        routes.sort();
        listed.sort();
        assert_eq!(listed, routes);
    }

    /// What the console alone is told stands in `ApiError::new`; the SCIM side has words of its own.
    #[test]
    fn every_code_of_a_refusal_is_listed_and_no_other() {
        let is_code = |word: &&str| word.len() > 3 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let rules: Vec<&str> = include_str!("../domain/error.rs").split('"').skip(1).step_by(2).collect();
        let (_, api) = include_str!("error.rs").split_once("pub struct ApiError").unwrap_or_default();
        let rejections = include_str!("rejection.rs");
        let both = api.split('"').skip(1).step_by(2).chain(rejections.split('"').skip(1).step_by(2));
        let codes: BTreeSet<&str> = rules.into_iter().chain(both).filter(is_code).collect();
        assert_eq!(codes.into_iter().collect::<Vec<_>>(), CODES);
    }
}
