//! What the console starts with, and its overview: what would otherwise be asked in many small calls.

use super::request_hour::RequestHour;
use super::scalar::{Id, Moment};
use super::session::{Session, Status};
use super::settings::Seats;
use super::words::{Attention, ConnectionState, Idp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// What a page starts with.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// Whether the overview is wanted as well; it is not by default.
    pub overview: Option<bool>,
    /// Calls to answer as well, as paths below `/api/v1` with their queries, and spaces between; the first eight are.
    pub with: Option<String>,
}

/// What a page starts with.
#[derive(Serialize, ToSchema)]
pub struct Start {
    /// What anybody may know.
    pub status: Status,
    /// Who is signed in; null when nobody is.
    pub session: Option<Session>,
    /// The overview, if it was wanted and somebody may see it.
    pub overview: Option<Overview>,
    /// The answers to the calls that were wanted, by their paths. A call that is refused is not among them.
    #[schema(value_type = BTreeMap<String, Object>)]
    pub answers: BTreeMap<String, Box<RawValue>>,
}

/// The appliance at a glance.
#[derive(Serialize, ToSchema)]
pub struct Overview {
    /// Nodes below the root.
    pub nodes: u64,
    /// A node that could have a connection and has none, or only a draft.
    pub free_node_id: Option<Id>,
    /// Users of all nodes.
    pub users: u64,
    /// Teams of all nodes.
    pub teams: u64,
    /// Users who were invited and have not joined.
    pub invited: u64,
    /// What waits for approval.
    pub pending: PendingCount,
    /// Seats and users.
    pub seats: Seats,
    /// Invitations that could not be mailed.
    pub unsent: u64,
    /// All connections, oldest first.
    pub connections: Vec<ConnectionSummary>,
    /// The hours of the last day in which requests arrived, oldest first.
    #[schema(max_items = 25)]
    pub hours: Vec<RequestHour>,
    /// How the appliance itself is.
    pub health: Health,
}

/// What waits for approval.
#[derive(Serialize, ToSchema)]
pub struct PendingCount {
    /// Teams.
    pub teams: u64,
    /// Memberships.
    pub memberships: u64,
}

/// A connection in short.
#[derive(Serialize, ToSchema)]
pub struct ConnectionSummary {
    /// The id of a connection.
    pub scim_id: Id,
    /// The id of a node.
    pub node_id: Id,
    /// The name of that node.
    pub node_name: String,
    /// The names of the nodes from the root, separated by \.
    pub node_path: String,
    /// The identity provider.
    pub idp: Idp,
    /// Its state.
    pub state: ConnectionState,
    /// Why it needs attention.
    pub attention: Option<Attention>,
    /// Users of the node.
    pub users: u64,
    /// Teams of the node.
    pub teams: u64,
    /// The last successful request for users or groups.
    pub last_synced: Option<Moment>,
    /// The first one.
    pub first_request_at: Option<Moment>,
}

/// How the appliance itself is.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// What keeps it from writing, as a code; null when nothing does.
    pub problem: Option<String>,
    /// The size of the database in bytes; null where it is a server's.
    pub database_bytes: Option<u64>,
    /// When the newest backup was made.
    pub newest_backup_at: Option<Moment>,
    /// Days until the certificate ends that is served here.
    pub certificate_days: Option<i64>,
    /// Whether a mail server is set.
    pub mail: bool,
    /// What the mail server said when it refused.
    pub mail_problem: Option<String>,
}
