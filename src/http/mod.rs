//! HTTP: the routes, who is let in, and the one place that names status codes. Handlers unpack, call and pack.

mod address;
mod admin;
mod ahead;
mod answer;
mod api_keys;
mod approvals;
mod at_once;
mod audit;
mod backups;
mod body;
mod capture;
mod compression;
mod connection_view;
mod connections;
mod console_bundle;
mod console_door;
mod console_files;
mod date;
mod detail;
mod diagnostics;
mod dropped_write;
mod error;
mod exchange_queue;
mod exchange_writer;
mod file;
mod framing;
mod group_body;
mod hashing;
mod head;
mod interim_sessions;
mod join;
mod key_scope;
mod limit;
mod live;
mod login_throttle;
mod memory_budget;
mod metrics;
mod nodes;
mod open_sockets;
mod openapi;
mod openapi_document;
mod openapi_finish;
mod outbox;
mod overview;
mod pages;
mod password;
mod persona_rates;
mod precheck;
mod provisioner;
mod push_records;
mod push_runs;
mod rate_limits;
mod recorder;
mod refusal;
mod rejection;
mod relay;
mod replay;
mod request_id;
mod request_parts;
mod requests;
mod requests_live;
mod reset_link;
mod role;
mod sandboxes;
mod scim;
mod scim_call;
mod scim_path;
mod second_factor;
mod seeding;
mod self_test;
mod server;
mod session_list;
mod sessions;
mod settings;
mod sign_in_attempt;
mod small_server;
mod spoiled_body;
mod staged;
mod staging;
mod stale_lists;
mod status;
mod stream;
mod stream_state;
mod tape;
mod teams;
mod trace;
mod traffic;
mod transport;
mod unrouted;
mod usage;
mod users;
mod wrong_url;

pub use address::{Addresses, is_host, is_proxy, is_url};
pub use backups::BackupFolder;
pub use diagnostics::Diagnose;
pub use open_sockets::SocketLimits;
pub use relay::{Relay, RelayAnswer, Relayed, relay};
pub use replay::{ReplayOrder, ReplayOutcome, replay};
pub use seeding::{Seeded, reset, seed};
pub use self_test::{Arrived, Looks, Way};
pub use server::{Options, Server, serve};
pub use small_server::{SmallServer, to_https};
pub use traffic::{IdentityProviders, Part};

use crate::domain::event::EventKind;
use crate::domain::mail::{MailServer, Message};
use crate::domain::{NodeId, ScimId, Time};
use crate::store::Store;
use crate::tls::Tls;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Semaphore, broadcast, watch};

/// What all workers share.
pub struct App {
    store: Store,
    addresses: Addresses,
    demo: bool,
    /// Whether everybody may sign in to it.
    public: bool,
    /// What the admin API is, in its own words.
    document: openapi_document::Document,
    /// How often everybody has asked of late.
    rates: Arc<rate_limits::Rates>,
    /// What the bodies of all requests may take.
    bodies: memory_budget::MemoryBudget,
    /// What long answers may take until their clients have them.
    answers: memory_budget::MemoryBudget,
    captures: capture::Captures,
    /// What the faults of sandboxes have to remember.
    staging: staging::Staging,
    /// Keeps exchanges in the store.
    recorder: recorder::Recorder,
    delays: login_throttle::LoginThrottle,
    interim: interim_sessions::InterimSessions,
    /// Tells the live pages of a node that something happened there.
    changed: broadcast::Sender<NodeId>,
    /// True once the server stops, which ends the live pages.
    stopping: watch::Sender<bool>,
    /// When each connection's last use was written, so that reading costs no write per request.
    noted: Mutex<HashMap<ScimId, Time>>,
    /// When a refusal of that kind was last written of a node, so that refusals cannot fill the audit log.
    refused: Mutex<HashMap<(NodeId, EventKind), Time>>,
    hashing: hashing::Hashing,
    /// For groups whose body is read while it arrives.
    long_bodies: Arc<Semaphore>,
    background: Background,
    /// What is counted, where metrics are wanted.
    metrics: Option<metrics::Metrics>,
    /// All network connections.
    sockets: Arc<open_sockets::OpenSockets>,
    /// TLS, where it is spoken here.
    tls: Option<Arc<Tls>>,
}

/// Hands a mail to a server and waits for the outcome; the error is what the server said.
pub type SendMail = dyn Fn(&MailServer, &Message) -> Result<(), String> + Send + Sync;

/// The work behind the requests, as far as a request has to do with it.
#[derive(Clone)]
pub struct Background {
    /// Tells it that something waits.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Hands a mail over.
    pub post: Arc<SendMail>,
    /// What plays identity providers against sandboxes.
    pub providers: Arc<dyn IdentityProviders>,
    /// What looks where a public address leads.
    pub looks: Arc<Looks>,
    /// What looks at the machine and at the store.
    pub diagnose: Arc<Diagnose>,
    /// Why the mail server takes no mail at all, in its own words.
    pub mail_problem: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// The settings that the environment decides, by name.
    pub fixed: Vec<&'static str>,
    /// The password of the mail server.
    pub mail_password: MailPassword,
    /// Where backups go.
    pub backups: BackupFolder,
}

/// The password of the mail server and where it came from.
#[derive(Clone, Default)]
pub struct MailPassword {
    /// The password.
    pub secret: Option<String>,
    /// `none`, `environment` or `file`.
    pub origin: &'static str,
}

impl App {
    /// Tells the work in the background that something waits.
    fn wake(&self) {
        (self.background.wake)();
    }
}

/// Where SCIM lives; Keeper's clients expect this very path (docs/keeper.md#what-push-clients-need).
const SCIM: &str = "/api/rest/scim/v2";

/// Every route on one screen. Below [`SCIM`] the paths are read by `scim`, because clients send them with doubled and
/// trailing slashes and in any letter case, and because a miss there must be answered in SCIM's words.
fn routes(config: &mut ServiceConfig) {
    config
        .service(web::scope(SCIM).default_service(web::to(scim::handle)))
        .app_data(
            web::QueryConfig::default().error_handler(|error, request| unrouted::misread_query(&error, request).into()),
        )
        .app_data(
            web::PathConfig::default().error_handler(|error, request| unrouted::misread_path(&error, request).into()),
        )
        .service(
            web::scope("/api/v1")
                .wrap(from_fn(compression::shrink))
                .wrap(from_fn(request_id::give))
                .route("/status", web::get().to(sessions::status))
                .route("/setup", web::post().to(sessions::set_up))
                .route("/session", web::post().to(sessions::begin))
                .route("/session", web::get().to(sessions::current))
                .route("/session", web::delete().to(sessions::sign_out))
                .route("/session/confirm", web::post().to(password::confirm))
                .route("/sessions", web::delete().to(sessions::sign_out_everywhere))
                .route("/sessions", web::get().to(session_list::list))
                .route("/sessions/{session_id}", web::delete().to(session_list::end))
                .route("/password", web::post().to(password::change))
                .route("/password/reset", web::post().to(reset_link::take))
                .route("/second-factor", web::get().to(second_factor::get))
                .route("/second-factor", web::post().to(second_factor::begin))
                .route("/second-factor/confirm", web::post().to(second_factor::confirm))
                .route("/second-factor/remove", web::post().to(second_factor::remove))
                .route("/openapi.json", web::get().to(openapi::get))
                .route("/idps", web::get().to(connections::idps))
                .route("/nodes", web::get().to(nodes::list))
                .route("/nodes", web::post().to(nodes::create))
                .route("/nodes/{node_id}", web::get().to(nodes::get))
                .route("/nodes/{node_id}", web::patch().to(nodes::change))
                .route("/nodes/{node_id}", web::delete().to(nodes::delete))
                .route("/nodes/{node_id}/connection", web::post().to(connections::generate))
                .route("/nodes/{node_id}/push-connection", web::post().to(connections::generate_for_push))
                .route("/nodes/{node_id}/reset", web::post().to(sandboxes::reset))
                .route("/nodes/{node_id}/seed", web::post().to(sandboxes::seed))
                .route("/connections", web::get().to(connections::list))
                .route("/connections/{scim_id}", web::get().to(connections::get))
                .route("/connections/{scim_id}", web::patch().to(connections::edit))
                .route("/connections/{scim_id}", web::delete().to(connections::delete))
                .route("/connections/{scim_id}/save", web::post().to(connections::save))
                .route("/connections/{scim_id}/pause", web::post().to(connections::pause))
                .route("/connections/{scim_id}/resume", web::post().to(connections::resume))
                .route("/connections/{scim_id}/self-test", web::post().to(self_test::run))
                .route("/connections/{scim_id}/tokens", web::post().to(connections::rotate))
                .route("/connections/{scim_id}/tokens/{token_id}", web::delete().to(connections::revoke))
                .route("/connections/{scim_id}/traffic", web::post().to(traffic::send))
                .route("/connections/{scim_id}/live", web::get().to(live::events))
                .route("/live", web::get().to(live::watch))
                .route("/users", web::get().to(users::list))
                .route("/users", web::post().to(users::create))
                .route("/users/export", web::get().to(users::export))
                .route("/users/lookup", web::get().to(users::lookup))
                .route("/users/bulk", web::post().to(users::bulk))
                .route("/users/{user_id}", web::get().to(users::get))
                .route("/users/{user_id}", web::patch().to(users::change))
                .route("/users/{user_id}", web::delete().to(users::delete))
                .route("/users/{user_id}/move", web::post().to(users::move_to_node))
                .route("/users/{user_id}/{act}", web::post().to(users::act))
                .route("/teams", web::get().to(teams::list))
                .route("/teams", web::post().to(teams::create))
                .route("/teams/{team_id}", web::get().to(teams::get))
                .route("/teams/{team_id}", web::patch().to(teams::change))
                .route("/teams/{team_id}", web::delete().to(teams::delete))
                .route("/teams/{team_id}/members", web::get().to(teams::members))
                .route("/teams/{team_id}/members", web::post().to(teams::move_members))
                .route("/approvals", web::get().to(approvals::overview))
                .route("/approvals/teams", web::get().to(approvals::pending_teams))
                .route("/approvals/memberships", web::get().to(approvals::pending_memberships))
                .route("/approvals/approve", web::post().to(approvals::approve))
                .route("/approvals/undo", web::post().to(approvals::undo))
                .route("/approvals/reject", web::post().to(approvals::reject))
                .route("/jobs", web::get().to(approvals::jobs))
                .route("/jobs", web::post().to(approvals::start))
                .route("/jobs/{job_id}", web::get().to(approvals::get_job))
                .route("/jobs/{job_id}/stop", web::post().to(approvals::stop))
                .route("/jobs/{job_id}/resume", web::post().to(approvals::resume))
                .route("/push-records", web::get().to(push_records::list))
                .route("/push-records", web::post().to(push_records::create))
                .route("/push-records/{record_id}", web::get().to(push_records::get))
                .route("/push-records/{record_id}", web::patch().to(push_records::change))
                .route("/push-records/{record_id}", web::delete().to(push_records::delete))
                .route("/push-records/{record_id}/schedule", web::post().to(push_records::schedule))
                .route("/push-records/{record_id}/runs", web::post().to(push_runs::start))
                .route("/push-runs", web::get().to(push_runs::list))
                .route("/push-runs/{run_id}", web::get().to(push_runs::get))
                .route("/push-runs/{run_id}/cancel", web::post().to(push_runs::cancel))
                .route("/push-runs/{run_id}/plan", web::get().to(push_runs::plan))
                .route("/push-runs/{run_id}/log", web::get().to(push_runs::log))
                .route("/requests", web::get().to(requests::list))
                .route("/requests", web::delete().to(requests::clear))
                .route("/requests/hours", web::get().to(requests::hours))
                .route("/requests/live", web::get().to(requests_live::watch))
                .route("/requests/space", web::get().to(requests::space))
                .route("/requests/{request_id}", web::get().to(requests::get))
                .route("/requests/{request_id}/export", web::get().to(requests::export))
                .route("/requests/{request_id}/replay", web::post().to(requests::replay))
                .route("/start", web::get().to(overview::start))
                .route("/overview", web::get().to(overview::get))
                .route("/outbox", web::get().to(outbox::outbox))
                .route("/outbox/{user_id}/show", web::post().to(outbox::show))
                .route("/outbox/{user_id}/retry", web::post().to(outbox::retry))
                .route("/settings", web::get().to(settings::get))
                .route("/settings", web::patch().to(settings::change))
                .route("/settings/test-mail", web::post().to(settings::test_mail))
                .route("/settings/preview", web::post().to(outbox::preview))
                .route("/seats", web::get().to(settings::seats))
                .route("/admins", web::get().to(api_keys::admins))
                .route("/admins", web::post().to(api_keys::add))
                .route("/admins/{admin_id}", web::patch().to(api_keys::edit))
                .route("/admins/{admin_id}", web::delete().to(api_keys::remove))
                .route("/admins/{admin_id}/password", web::post().to(api_keys::reset))
                .route("/admins/{admin_id}/reset-link", web::post().to(reset_link::create))
                .route("/admins/{admin_id}/second-factor", web::delete().to(second_factor::remove_of))
                .route("/admins/{admin_id}/sessions", web::delete().to(session_list::end_all))
                .route("/api-keys", web::get().to(api_keys::keys))
                .route("/api-keys", web::post().to(api_keys::make_key))
                .route("/api-keys/{key_id}", web::delete().to(api_keys::revoke_key))
                .route("/backups", web::get().to(backups::list))
                .route("/backups", web::post().to(backups::create))
                .route("/backups/{name}", web::get().to(backups::download))
                .route("/backups/{name}", web::delete().to(backups::delete))
                .route("/backups/{name}/verify", web::post().to(backups::verify))
                .route("/diagnostics", web::get().to(diagnostics::get))
                .route("/audit", web::get().to(audit::list))
                .route("/audit/events", web::get().to(audit::names))
                .route("/audit/verify", web::post().to(audit::verify))
                .route("/audit/export", web::get().to(audit::export))
                .default_service(web::to(unrouted::no_such_call)),
        )
        .route("/join/{token}", web::get().to(join::show))
        .route("/join/{token}", web::post().to(join::answer))
        .route("/", web::get().to(pages::home))
        .route("/", web::head().to(pages::home))
        .route("/favicon.ico", web::get().to(pages::icon))
        .route("/ui", web::get().to(pages::home))
        .route("/ui", web::head().to(pages::home))
        .service(
            web::scope("/ui")
                .wrap(Compress::default())
                .route("/assets/{path:.*}", web::get().to(pages::asset))
                .route("/assets/{path:.*}", web::head().to(pages::asset))
                .route("/{path:.*}", web::get().to(pages::shell))
                .route("/{path:.*}", web::head().to(pages::shell)),
        )
        .route("/healthz", web::get().to(pages::health))
        .route("/healthz", web::head().to(pages::health))
        .route("/readyz", web::get().to(pages::readiness))
        .route("/readyz", web::head().to(pages::readiness))
        .default_service(web::to(pages::missing));
}
