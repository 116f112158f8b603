//! Metrics in the text format of Prometheus, on a listener of their own (docs/metrics.md). Labels hold no personal data, and
//! nodes are told by their ids, the largest ones only.

use super::small_server::{SmallAnswer, SmallServer};
use super::{App, SCIM};
use crate::domain::connection_state::ConnectionState;
use crate::domain::event::EventFilter;
use crate::domain::{Fault, settings};
use crate::store::backup;
use crate::world;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::web::Data;
use parking_lot::Mutex;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Nodes that have numbers of their own: those with the most users.
const NODES: usize = 100;
/// Upper ends of the buckets of times, in seconds.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AnsweredLabels {
    area: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AreaLabel {
    area: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct VersionLabel {
    version: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct NodeLabel {
    node_id: String,
}

/// What is counted as it happens, and what is looked up when it is asked for.
pub struct Metrics {
    registry: Mutex<Registry>,
    answered: Family<AnsweredLabels, Counter>,
    seconds: Family<AreaLabel, Histogram>,
    /// Where backups are.
    backups: PathBuf,
    looked_up: LookedUp,
}

/// Gauges that are set when the metrics are asked for.
#[derive(Default, Clone)]
struct LookedUp {
    open_connections: Gauge,
    nodes: Gauge,
    users: Gauge,
    seats: Gauge,
    teams: Gauge,
    users_of: Family<NodeLabel, Gauge>,
    teams_of: Family<NodeLabel, Gauge>,
    connections: Family<StateLabel, Gauge>,
    pending: Family<KindLabel, Gauge>,
    jobs: Gauge,
    push_runs: Gauge,
    mails: Gauge,
    writable: Gauge,
    database_most: Gauge,
    database_open: Gauge,
    database_used: Gauge,
    database_again: Counter,
    database_statements: Counter,
    database_trips: Counter,
    events: Gauge,
    behind: Gauge,
    backup: Gauge,
    certificate: Gauge,
    handshakes: Counter,
    renewals: Counter,
    memory: Gauge,
    files: Gauge,
    started: Gauge<f64, AtomicU64>,
}

impl Metrics {
    /// All of them, at nought; `backups` is the folder whose newest backup is told.
    pub fn new(backups: PathBuf) -> Metrics {
        let histogram = || Histogram::new(BUCKETS);
        let seconds = Family::<AreaLabel, Histogram>::new_with_constructor(histogram as fn() -> Histogram);
        let (answered, all, mut registry) = (Family::default(), LookedUp::default(), Registry::default());
        let version = Family::<VersionLabel, Gauge>::default();
        version.get_or_create(&VersionLabel { version: env!("CARGO_PKG_VERSION") }).set(1);
        registry.register("process_start_time_seconds", "When the process started, since 1970", all.started.clone());
        registry.register("process_resident_memory_bytes", "Memory of the process", all.memory.clone());
        registry.register("process_open_fds", "Open files and connections of the process", all.files.clone());
        let ours = registry.sub_registry_with_prefix("scimbox");
        ours.register("build_info", "The version that runs", version);
        ours.register("http_requests", "Answered requests", answered.clone());
        ours.register("http_request_duration_seconds", "Time from the head to the answer", seconds.clone());
        ours.register("open_connections", "Network connections that are open", all.open_connections.clone());
        ours.register("nodes", "Nodes", all.nodes.clone());
        ours.register("users", "Users of all nodes, locked ones included", all.users.clone());
        ours.register("seats", "The maximum number of users; 0 for no limit", all.seats.clone());
        ours.register("teams", "Teams of all nodes, pending ones included", all.teams.clone());
        ours.register("node_users", "Users of a node, for the 100 largest", all.users_of.clone());
        ours.register("node_teams", "Teams of a node, for the 100 largest", all.teams_of.clone());
        ours.register("connections", "Connections by state", all.connections.clone());
        ours.register("pending", "What waits for approval", all.pending.clone());
        ours.register("jobs", "Jobs that are open", all.jobs.clone());
        ours.register("push_runs", "Push runs that are open", all.push_runs.clone());
        ours.register("mails_due", "Mails that are due, 1000 at most", all.mails.clone());
        ours.register("store_writable", "1 while the store takes writes", all.writable.clone());
        let help = "Connections to PostgreSQL that there may be; 0 with SQLite";
        ours.register("database_connections_max", help, all.database_most.clone());
        ours.register("database_connections_open", "Connections to PostgreSQL", all.database_open.clone());
        ours.register("database_connections_used", "Those of them in use", all.database_used.clone());
        let help = "Writes that were begun again because others were in the way";
        ours.register("database_retries", help, all.database_again.clone());
        let help = "Statements that were sent to PostgreSQL";
        ours.register("database_statements", help, all.database_statements.clone());
        let help = "Times that an answer of PostgreSQL was waited for";
        ours.register("database_round_trips", help, all.database_trips.clone());
        ours.register("audit_last_event_id", "The number of the newest event", all.events.clone());
        ours.register("audit_forward_behind_events", "Events that syslog has not got yet", all.behind.clone());
        let help = "When the newest backup was made, since 1970; 0 without one";
        ours.register("backup_last_timestamp_seconds", help, all.backup.clone());
        let help = "When the certificate ends, since 1970; 0 without TLS";
        ours.register("tls_certificate_expiry_timestamp_seconds", help, all.certificate.clone());
        ours.register("tls_handshake_failures", "Handshakes that failed", all.handshakes.clone());
        ours.register("tls_renewal_failures", "Failed attempts to obtain a certificate", all.renewals.clone());
        let metrics = Metrics { registry: Mutex::new(registry), answered, seconds, backups, looked_up: all };
        #[expect(clippy::cast_precision_loss, reason = "a time in milliseconds is exact")]
        metrics.looked_up.started.set(world::now().0 as f64 / 1000.0);
        metrics
    }

    /// A request was answered.
    pub fn answered(&self, (area, method): (&'static str, &'static str), status: u16, took: Duration) {
        self.answered.get_or_create(&AnsweredLabels { area, method, status }).inc();
        self.seconds.get_or_create(&AreaLabel { area }).observe(took.as_secs_f64());
    }

    fn text(&self, app: &App) -> Result<String, Fault> {
        let registry = self.registry.lock();
        self.looked_up.look(app)?;
        let newest = backup::list(&self.backups).ok().and_then(|all| all.first().map(|found| found.created_at.0));
        self.looked_up.backup.set(newest.unwrap_or(0) / 1000);
        let mut out = String::with_capacity(16 << 10);
        text::encode_registry(&mut out, &registry).map_err(|e| Fault::Broken(e.to_string()))?;
        Ok(classic(&out))
    }
}

/// The text format that every reader of Prometheus takes: there a counter is described by the name that its samples have.
fn classic(text: &str) -> String {
    let counters: HashSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ").and_then(|line| line.strip_suffix(" counter")))
        .collect();
    let mut out = String::with_capacity(text.len() + 512);
    for line in text.lines() {
        let described = ["# HELP ", "# TYPE "].iter().find_map(|mark| line.strip_prefix(mark).map(|rest| (mark, rest)));
        match described.and_then(|(mark, rest)| Some((mark, rest.split_once(' ')?))) {
            Some((mark, (name, rest))) if counters.contains(name) => {
                out.push_str(&format!("{mark}{name}_total {rest}"));
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

impl LookedUp {
    fn look(&self, app: &App) -> Result<(), Fault> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.open_connections.set(number(app.sockets.open()));
        self.writable.set(i64::from(app.store.problem().is_none()));
        if let Some(load) = app.store.load() {
            self.database_most.set(load.most.into());
            self.database_open.set(load.open.into());
            self.database_used.set(load.open.saturating_sub(load.idle).into());
            for (counter, now) in [
                (&self.database_again, load.again),
                (&self.database_statements, load.statements),
                (&self.database_trips, load.round_trips),
            ] {
                counter.inc_by(now.saturating_sub(counter.get()));
            }
        }
        if let Some(tls) = &app.tls {
            self.certificate.set(tls.certificate().map_or(0, |found| found.not_after / 1000));
            self.handshakes.inc_by(tls.failed().saturating_sub(self.handshakes.get()));
            self.renewals.inc_by(tls.renewals_failed().saturating_sub(self.renewals.get()));
        }
        let now = world::now();
        let shown = self.clone();
        app.store.read(move |tx| {
            let mut nodes = tx.nodes()?;
            shown.nodes.set(number(nodes.len()));
            shown.users.set(count(nodes.iter().map(|node| node.users).sum()));
            shown.teams.set(count(nodes.iter().map(|node| node.teams).sum()));
            shown.seats.set(tx.kept("seats")?.and_then(|seats| seats.parse().ok()).unwrap_or(0));
            nodes.sort_by_key(|node| std::cmp::Reverse(node.users));
            shown.users_of.clear();
            shown.teams_of.clear();
            for node in nodes.iter().take(NODES) {
                let label = NodeLabel { node_id: node.id.to_string() };
                shown.users_of.get_or_create(&label).set(count(node.users));
                shown.teams_of.get_or_create(&label).set(count(node.teams));
            }
            for (state, word) in [
                (ConnectionState::Draft, "draft"),
                (ConnectionState::Pending, "pending"),
                (ConnectionState::Active, "active"),
                (ConnectionState::Paused, "paused"),
            ] {
                let found = nodes.iter().filter(|node| node.connection.is_some_and(|(_, found)| found == state));
                shown.connections.get_or_create(&StateLabel { state: word }).set(number(found.count()));
            }
            let queue = tx.count_queue()?;
            let pending = |kind| shown.pending.get_or_create_owned(&KindLabel { kind });
            pending("team").set(count(queue.iter().map(|node| node.teams).sum()));
            pending("membership").set(count(queue.iter().map(|node| node.memberships).sum()));
            shown.jobs.set(number(tx.open_jobs()?.len()));
            shown.push_runs.set(number(tx.open_push_runs()?.len()));
            shown.mails.set(number(tx.due_invitations(now, 1000)?.len()));
            let newest = tx.events(&EventFilter::default(), None, 1)?.first().map_or(0, |event| event.id);
            shown.events.set(newest);
            let goes = tx.kept("audit_syslog")?.is_some_and(|address| !address.is_empty());
            let sent = tx.kept(settings::AUDIT_SENT)?.and_then(|sent| sent.parse().ok()).unwrap_or(0);
            shown.behind.set(if goes { (newest - sent).max(0) } else { 0 });
            Ok::<_, Fault>(())
        })?;
        self.memory.set(resident().unwrap_or_default());
        self.files.set(std::fs::read_dir("/proc/self/fd").map_or(0, |files| number(files.count())));
        Ok(())
    }
}

/// The memory of this process in bytes.
fn resident() -> Option<i64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * i64::try_from(rustix::param::page_size()).unwrap_or(4096))
}

/// What a request is counted as.
pub fn labels(request: &ServiceRequest) -> (&'static str, &'static str) {
    let path = request.path();
    let area = match path {
        _ if path.starts_with(SCIM) => "scim",
        _ if path.starts_with("/api/v1") => "api",
        "/healthz" | "/readyz" => "health",
        "/" | "/ui" | "/favicon.ico" => "console",
        _ if path.starts_with("/ui/") => "console",
        _ if path.starts_with("/join/") => "join",
        _ => "other",
    };
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    (area, method)
}

/// Answers whoever asks for the metrics.
///
/// # Errors
/// When there can be no thread.
pub fn start(server: SmallServer, app: Data<App>) -> io::Result<()> {
    let answer = move |method: &str, target: &str| {
        let plain = "Content-Type: text/plain; charset=utf-8\r\n".to_owned();
        let path = target.split('?').next().unwrap_or_default();
        match (&app.metrics, method, path) {
            (Some(metrics), "GET" | "HEAD", "/metrics") => match metrics.text(&app) {
                Ok(body) => {
                    let kind = "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n";
                    SmallAnswer { status: "200 OK", headers: kind.to_owned(), body }
                }
                Err(fault) => {
                    SmallAnswer { status: "503 Service Unavailable", headers: plain, body: format!("{fault}\n") }
                }
            },
            (_, "GET" | "HEAD", _) => SmallAnswer {
                status: "404 Not Found",
                headers: plain,
                body: "The metrics are at /metrics.\n".to_owned(),
            },
            _ => SmallAnswer {
                status: "405 Method Not Allowed",
                headers: plain + "Allow: GET, HEAD\r\n",
                body: String::new(),
            },
        }
    };
    server.start("metrics", Arc::new(answer))
}
