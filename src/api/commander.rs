//! What the command line prints where that differs from the admin API: its keys are those of Keeper Commander.

use super::membership::shown;
use super::node::NodeSandbox;
use crate::domain::client_certificate::CertificateNeed;
use crate::domain::connection::Connection;
use crate::domain::directory::TeamRow;
use crate::domain::node::{self, Node};
use crate::domain::token::Token;
use crate::domain::user::User;
use crate::domain::{Result, Time, Tx};
use serde::Serialize;

/// A line of the list of connections.
#[derive(Serialize)]
pub(crate) struct ConnectionLine {
    pub(crate) scim_id: i64,
    pub(crate) node_name: String,
    /// The names from the root down, for people.
    #[serde(skip)]
    pub(crate) node_path: String,
    pub(crate) node_id: i64,
    pub(crate) prefix: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) last_synced: Option<String>,
}

impl ConnectionLine {
    pub(crate) fn new(tx: &mut dyn Tx, connection: &Connection) -> Result<ConnectionLine> {
        Ok(ConnectionLine {
            scim_id: connection.id.0,
            node_path: node::path(&tx.nodes()?, connection.node),
            node_name: node::get(tx, connection.node)?.name,
            node_id: connection.node.0,
            prefix: connection.settings.role_prefix.clone(),
            status: connection.state.word(),
            last_synced: moment(connection.last_synced),
        })
    }
}

/// A connection with all there is to know of it but the secrets.
#[derive(Serialize)]
pub(crate) struct ConnectionView {
    pub(crate) scim_id: i64,
    pub(crate) scim_url: String,
    pub(crate) node_id: i64,
    pub(crate) node_name: String,
    pub(crate) status: &'static str,
    pub(crate) prefix: Option<String>,
    pub(crate) unique_groups: bool,
    pub(crate) last_synced: Option<String>,
    pub(crate) idp: &'static str,
    pub(crate) preset: &'static str,
    pub(crate) deprovision: &'static str,
    pub(crate) email_required: bool,
    pub(crate) approval: &'static str,
    pub(crate) role_prefix: Option<String>,
    pub(crate) unique_users: &'static str,
    pub(crate) page_size: u32,
    pub(crate) tolerance: &'static str,
    pub(crate) announce: &'static str,
    pub(crate) paused_at: Option<String>,
    pub(crate) paused_by: Option<String>,
    pub(crate) rate_limit: u32,
    pub(crate) capture: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allow_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_cert: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_cert_names: Option<String>,
    pub(crate) tokens: Vec<TokenView>,
}

/// A token without its secret.
#[derive(Serialize)]
pub(crate) struct TokenView {
    pub(crate) token_id: String,
    pub(crate) start: String,
    pub(crate) last4: String,
    pub(crate) status: &'static str,
    pub(crate) created_at: String,
    pub(crate) created_by: String,
    pub(crate) expires_at: Option<String>,
    pub(crate) ends_at: Option<String>,
    pub(crate) revoked_at: Option<String>,
    pub(crate) last_used_at: Option<String>,
    pub(crate) last_used_from: Option<String>,
    pub(crate) last_used_agent: Option<String>,
}

impl TokenView {
    pub(crate) fn new(token: Token, now: Time) -> TokenView {
        let status = match token.revoked_at {
            Some(_) => "revoked",
            None if token.is_live(now) => "live",
            None => "expired",
        };
        TokenView {
            token_id: token.id,
            start: token.start,
            last4: token.last4,
            status,
            created_at: token.created_at.to_string(),
            created_by: token.created_by,
            expires_at: moment(token.expires_at),
            ends_at: moment(token.ends_at),
            revoked_at: moment(token.revoked_at),
            last_used_at: moment(token.last_used_at),
            last_used_from: token.last_used_from,
            last_used_agent: token.last_used_agent,
        }
    }
}

impl ConnectionView {
    pub(crate) fn new(tx: &mut dyn Tx, now: Time, connection: &Connection, base: &str) -> Result<ConnectionView> {
        let settings = connection.settings.clone();
        Ok(ConnectionView {
            scim_id: connection.id.0,
            scim_url: scim_url(base, connection),
            node_id: connection.node.0,
            node_name: node::get(tx, connection.node)?.name,
            status: connection.state.word(),
            prefix: settings.role_prefix.clone(),
            unique_groups: settings.unique_groups,
            last_synced: moment(connection.last_synced),
            idp: connection.idp.name,
            preset: connection.preset.word(),
            deprovision: settings.deprovision.word(),
            email_required: settings.email_required,
            approval: settings.approval.word(),
            role_prefix: settings.role_prefix,
            unique_users: settings.unique_users.word(),
            page_size: settings.page_size,
            tolerance: settings.tolerance.word(),
            announce: settings.announce.word(),
            paused_at: connection.paused.as_ref().map(|pause| pause.at.to_string()),
            paused_by: connection.paused.as_ref().map(|pause| pause.by.clone()),
            rate_limit: settings.rate_limit,
            capture: settings.capture.word(),
            allow_from: settings.allow_from.text(),
            client_cert: settings.client_cert.told().map(CertificateNeed::word),
            client_cert_names: settings.client_cert_names.text(),
            tokens: tx.tokens(connection.id)?.into_iter().map(|token| TokenView::new(token, now)).collect(),
        })
    }
}

/// A connection with the token that was just made for it.
#[derive(Serialize)]
pub(crate) struct CreatedConnection {
    pub(crate) scim_id: i64,
    pub(crate) scim_url: String,
    /// `null` for one that SCIM push fills.
    pub(crate) provisioning_token: Option<String>,
    pub(crate) node_id: i64,
    pub(crate) node_name: String,
    pub(crate) status: &'static str,
    pub(crate) prefix: Option<String>,
    pub(crate) unique_groups: bool,
}

impl CreatedConnection {
    pub(crate) fn new(
        tx: &mut dyn Tx,
        connection: &Connection,
        base: &str,
        secret: Option<String>,
    ) -> Result<CreatedConnection> {
        Ok(CreatedConnection {
            scim_id: connection.id.0,
            scim_url: scim_url(base, connection),
            provisioning_token: secret,
            node_id: connection.node.0,
            node_name: node::get(tx, connection.node)?.name,
            status: connection.state.word(),
            prefix: connection.settings.role_prefix.clone(),
            unique_groups: connection.settings.unique_groups,
        })
    }
}

fn scim_url(base: &str, connection: &Connection) -> String {
    format!("{base}/api/rest/scim/v2/{}", connection.node)
}

fn moment(time: Option<Time>) -> Option<String> {
    time.map(|time| time.to_string())
}

/// A line of the list of users.
#[derive(Serialize)]
pub(crate) struct UserLine {
    pub(crate) user_id: i64,
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) state: &'static str,
    pub(crate) lock: &'static str,
    pub(crate) node_id: i64,
    pub(crate) teams: u64,
    pub(crate) external_id: Option<String>,
}

impl UserLine {
    pub(crate) fn new(tx: &mut dyn Tx, user: User) -> Result<UserLine> {
        Ok(UserLine {
            user_id: user.id.0,
            state: shown(user.state, user.lock).0,
            lock: user.lock.word(),
            node_id: user.node.0,
            teams: tx.count_teams_of(user.id)?,
            user_name: user.profile.user_name,
            display_name: user.profile.display_name,
            external_id: user.profile.external_id,
        })
    }
}

/// All there is to know of a user.
#[derive(Serialize)]
pub(crate) struct UserView {
    #[serde(flatten)]
    pub(crate) listed: UserLine,
    pub(crate) joined: bool,
    pub(crate) locked_at: Option<String>,
    pub(crate) locked_by: Option<String>,
    pub(crate) invitation: Option<&'static str>,
    pub(crate) created_at: String,
    pub(crate) modified_at: String,
    pub(crate) memberships: Vec<UserMembership>,
}

/// A membership, seen from its user.
#[derive(Serialize)]
pub(crate) struct UserMembership {
    pub(crate) team_id: String,
    pub(crate) name: String,
    pub(crate) state: &'static str,
    pub(crate) waiting_for: Option<&'static str>,
}

/// A line of the list of teams.
#[derive(Serialize)]
pub(crate) struct TeamLine {
    pub(crate) team_id: String,
    pub(crate) name: String,
    pub(crate) state: &'static str,
    pub(crate) node_id: i64,
    pub(crate) members: u64,
    pub(crate) pending_members: u64,
    pub(crate) external_id: Option<String>,
}

impl From<TeamRow> for TeamLine {
    fn from(row: TeamRow) -> TeamLine {
        TeamLine {
            team_id: row.team.id.to_string(),
            state: row.progress().word(),
            node_id: row.team.node.0,
            members: row.team.members,
            pending_members: row.pending_members,
            name: row.team.profile.name,
            external_id: row.team.profile.external_id,
        }
    }
}

/// A membership, seen from its team.
#[derive(Serialize)]
pub(crate) struct TeamMember {
    pub(crate) user_id: i64,
    pub(crate) user_name: String,
    pub(crate) state: &'static str,
    pub(crate) waiting_for: Option<&'static str>,
}

/// A team with its members and what it is kept from.
#[derive(Serialize)]
pub(crate) struct TeamView {
    #[serde(flatten)]
    pub(crate) listed: TeamLine,
    pub(crate) restrict_share: bool,
    pub(crate) restrict_edit: bool,
    pub(crate) restrict_view: bool,
    pub(crate) rejection: Option<String>,
    pub(crate) member_list: Vec<TeamMember>,
}

/// A node by itself.
#[derive(Serialize)]
pub(crate) struct NodeView {
    pub(crate) node_id: i64,
    pub(crate) name: String,
    pub(crate) parent_id: Option<i64>,
    /// What is switched on in a sandbox; absent for other nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sandbox: Option<NodeSandbox>,
}

/// A line of the list of nodes.
#[derive(Serialize)]
pub(crate) struct NodeLine {
    #[serde(flatten)]
    pub(crate) node: NodeView,
    pub(crate) path: String,
    pub(crate) users: u64,
    pub(crate) teams: u64,
    pub(crate) scim_id: Option<i64>,
    pub(crate) status: Option<&'static str>,
}

impl From<&Node> for NodeView {
    fn from(node: &Node) -> NodeView {
        NodeView {
            node_id: node.id.0,
            name: node.name.clone(),
            parent_id: node.parent.map(|id| id.0),
            sandbox: node.sandbox.as_ref().map(NodeSandbox::from),
        }
    }
}
