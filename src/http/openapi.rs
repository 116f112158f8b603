//! The admin API as an OpenAPI document, derived from the handlers and from the types that they take and send.

use super::admin::Admin;
use super::openapi_document::Document;
use super::openapi_finish::finished;
use super::{
    App, api_keys, approvals, audit, backups, connections, diagnostics, live, nodes, outbox, overview, password,
    push_records, push_runs, requests, requests_live, reset_link, sandboxes, second_factor, self_test, session_list,
    sessions, settings, teams, traffic, users,
};
use crate::api::{error, words};
use actix_web::HttpResponse;
use actix_web::web::Data;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// The document, as far as it is derived.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Scimbox admin API",
        description = "Everything the console can do, for programs. Send an API key as a bearer token. A browser sends the \
            session cookie, and with every change the header X-CSRF-Token. Ids of nodes, connections and users are numbers of \
            15 digits; times are in UTC. Lists come in pages: start counts from 1."
    ),
    tags(
        (name = "status", description = "What anybody may ask."),
        (name = "setup", description = "The first administrator."),
        (name = "session", description = "Signing in and out."),
        (name = "sessions", description = "Sessions, and signing out everywhere."),
        (name = "password", description = "Your own password."),
        (name = "second-factor", description = "Your own second factor."),
        (name = "nodes", description = "The tree of organisational units."),
        (name = "connections", description = "How identity providers reach nodes."),
        (name = "live", description = "What a page shows, as it changes."),
        (name = "idps", description = "The known identity providers."),
        (name = "users", description = "Users of the nodes."),
        (name = "teams", description = "Teams and their members."),
        (name = "approvals", description = "Teams and memberships that wait for approval."),
        (name = "jobs", description = "Background jobs."),
        (name = "push-records", description = "SCIM push: where people come from, and where they go."),
        (name = "push-runs", description = "Checks, previews and runs of push records."),
        (name = "requests", description = "What reached the SCIM endpoint, and what it came to."),
        (name = "outbox", description = "Invitations, and their links where no mail server is set."),
        (name = "settings", description = "Settings of the appliance."),
        (name = "start", description = "What a page of the console starts with."),
        (name = "overview", description = "The appliance at a glance."),
        (name = "seats", description = "The limit on the number of users."),
        (name = "admins", description = "Administrators."),
        (name = "api-keys", description = "Keys for programs."),
        (name = "backups", description = "Backups of the database."),
        (name = "diagnostics", description = "What the server needs, and how it is."),
        (name = "audit", description = "The audit log."),
        (name = "openapi", description = "This description of the API.")
    ),
    paths(
        sessions::status,
        overview::start,
        overview::get,
        sessions::set_up,
        sessions::begin,
        sessions::current,
        sessions::sign_out,
        password::confirm,
        sessions::sign_out_everywhere,
        session_list::list,
        session_list::end,
        password::change,
        second_factor::get,
        second_factor::begin,
        second_factor::confirm,
        second_factor::remove,
        get,
        connections::idps,
        nodes::list,
        nodes::create,
        nodes::get,
        nodes::change,
        nodes::delete,
        sandboxes::reset,
        sandboxes::seed,
        traffic::send,
        self_test::run,
        connections::generate,
        connections::generate_for_push,
        connections::list,
        connections::get,
        connections::edit,
        connections::delete,
        connections::save,
        connections::pause,
        connections::resume,
        connections::rotate,
        connections::revoke,
        live::events,
        live::watch,
        users::list,
        users::create,
        users::export,
        users::lookup,
        users::bulk,
        users::get,
        users::change,
        users::delete,
        users::move_to_node,
        users::act,
        teams::list,
        teams::create,
        teams::get,
        teams::change,
        teams::delete,
        teams::members,
        teams::move_members,
        approvals::overview,
        approvals::pending_teams,
        approvals::pending_memberships,
        approvals::approve,
        approvals::undo,
        approvals::reject,
        approvals::jobs,
        approvals::start,
        approvals::get_job,
        approvals::stop,
        approvals::resume,
        reset_link::create,
        reset_link::take,
        push_records::list,
        push_records::create,
        push_records::get,
        push_records::change,
        push_records::delete,
        push_records::schedule,
        push_runs::start,
        push_runs::list,
        push_runs::get,
        push_runs::cancel,
        push_runs::plan,
        push_runs::log,
        requests::list,
        requests::get,
        requests::hours,
        requests::space,
        requests::clear,
        requests::export,
        requests::replay,
        requests_live::watch,
        outbox::outbox,
        outbox::show,
        outbox::retry,
        settings::get,
        settings::change,
        settings::test_mail,
        outbox::preview,
        settings::seats,
        api_keys::admins,
        api_keys::add,
        api_keys::edit,
        api_keys::remove,
        api_keys::reset,
        session_list::end_all,
        second_factor::remove_of,
        api_keys::keys,
        api_keys::make_key,
        api_keys::revoke_key,
        diagnostics::get,
        backups::list,
        backups::create,
        backups::download,
        backups::delete,
        backups::verify,
        audit::list,
        audit::names,
        audit::verify,
        audit::export
    ),
    components(schemas(
        error::Error,
        words::UserAction,
        words::ExportFormat,
        words::MailState,
        words::Never,
        words::Order,
        words::Queue,
        words::RequestFormat,
        words::TeamOrder,
        words::UserOrder
    )),
    modifiers(&SecuritySchemes),
    security(("key" = []), ("session" = []))
)]
struct Derived;

struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sbkey_…").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("scimbox"))));
    }
}

/// The document.
pub fn document() -> Document {
    let mut derived = Derived::openapi();
    derived.info.version = env!("CARGO_PKG_VERSION").to_owned();
    Document::new(&finished(serde_json::to_value(&derived).unwrap_or_default()))
}

/// Show this document
///
/// OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, body = Object)))]
pub async fn get(_: Admin, app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(app.document.text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::CODES;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_described_is_what_there_is() {
        let source = include_str!("mod.rs");
        let scope = source.split_once("\"/api/v1\"").map(|(_, rest)| rest).unwrap_or_default();
        let scope = scope.split_once("default_service").map(|(inside, _)| inside).unwrap_or_default();
        let mut routes: Vec<(String, String)> = scope
            .split(".route(\"")
            .skip(1)
            .filter_map(|rest| {
                let (path, rest) = rest.split_once('"')?;
                let method = rest.split_once("web::")?.1.split_once('(')?.0;
                Some((method.to_uppercase(), path.to_owned()))
            })
            .collect();
        let calls = document().calls.into_iter();
        let mut described: Vec<_> = calls.map(|call| (call.method, call.path)).collect();
        routes.sort();
        described.sort();
        assert_eq!(described, routes);
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
