//! Connections in SQLite.

use super::{SqliteTx, change, collect, first};
use crate::domain::allow_list::AllowList;
use crate::domain::client_certificate::CertificateNames;
use crate::domain::connection::{Connection, Connections, Pause};
use crate::domain::connection_settings::ConnectionSettings;
use crate::domain::{Fault, NodeId, ScimId};
use crate::store::sandbox_text;
use rusqlite::{Row, params};

/// The columns of a connection called `c`, in the order of [`connection`].
macro_rules! columns {
    () => {
        "c.scim_id, c.node_id, c.idp, c.preset, c.state, c.created_at, c.saved_at, c.draft_expires_at, c.last_synced,
         c.first_request_at, c.first_write_at, c.deprovision, c.email_required, c.unique_groups, c.approval,
         c.role_prefix, c.unique_users, c.page_size, c.tolerance, c.announce, c.paused_at, c.paused_by,
         c.rate_limit, c.capture, (SELECT n.sandbox FROM node n WHERE n.node_id = c.node_id), c.allow_from,
         c.client_cert, c.client_cert_names"
    };
}
pub(super) use columns;

/// How many columns these are: where others begin in a row that has them first.
pub(super) const WIDTH: usize = 28;

pub(super) fn connection(row: &Row<'_>) -> rusqlite::Result<Connection> {
    Ok(Connection {
        id: row.get(0)?,
        node: row.get(1)?,
        idp: row.get(2)?,
        preset: row.get(3)?,
        state: row.get(4)?,
        created_at: row.get(5)?,
        saved_at: row.get(6)?,
        draft_expires_at: row.get(7)?,
        last_synced: row.get(8)?,
        first_request_at: row.get(9)?,
        first_write_at: row.get(10)?,
        settings: ConnectionSettings {
            deprovision: row.get(11)?,
            email_required: row.get(12)?,
            unique_groups: row.get(13)?,
            approval: row.get(14)?,
            role_prefix: row.get(15)?,
            unique_users: row.get(16)?,
            page_size: row.get(17)?,
            rate_limit: row.get(22)?,
            capture: row.get(23)?,
            tolerance: row.get(18)?,
            announce: row.get(19)?,
            allow_from: AllowList::kept(row.get::<_, Option<String>>(25)?.as_deref()),
            client_cert: row.get(26)?,
            client_cert_names: CertificateNames::kept(row.get::<_, Option<String>>(27)?.as_deref()),
        },
        paused: match (row.get(20)?, row.get(21)?) {
            (Some(at), Some(by)) => Some(Pause { at, by }),
            _ => None,
        },
        sandbox: row.get::<_, Option<String>>(24)?.as_deref().and_then(sandbox_text::read),
    })
}

impl Connections for SqliteTx<'_> {
    fn connection(&mut self, id: ScimId) -> Result<Option<Connection>, Fault> {
        let by_id = concat!("SELECT ", columns!(), " FROM connection c WHERE c.scim_id = ?1");
        first(self.db, by_id, [id], connection)
    }

    fn connection_of(&mut self, node: NodeId) -> Result<Option<Connection>, Fault> {
        let of_node = concat!("SELECT ", columns!(), " FROM connection c WHERE c.node_id = ?1");
        first(self.db, of_node, [node], connection)
    }

    fn connections(&mut self) -> Result<Vec<Connection>, Fault> {
        collect(self.db, concat!("SELECT ", columns!(), " FROM connection c ORDER BY c.scim_id"), [], connection)
    }

    fn insert_connection(&mut self, connection: &Connection) -> Result<(), Fault> {
        let insert = "INSERT INTO connection (
              scim_id, node_id, idp, preset, state, created_at, saved_at, draft_expires_at, last_synced,
              first_request_at, first_write_at, deprovision, email_required, unique_groups, approval, role_prefix,
              unique_users, page_size, tolerance, announce, paused_at, paused_by, rate_limit, capture,
              allow_from, client_cert, client_cert_names)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
              ?23, ?24, ?25, ?26, ?27)";
        let (c, s) = (connection, &connection.settings);
        let values = params![
            c.id,
            c.node,
            c.idp,
            c.preset,
            c.state,
            c.created_at,
            c.saved_at,
            c.draft_expires_at,
            c.last_synced,
            c.first_request_at,
            c.first_write_at,
            s.deprovision,
            s.email_required,
            s.unique_groups,
            s.approval,
            s.role_prefix,
            s.unique_users,
            s.page_size,
            s.tolerance,
            s.announce,
            c.paused.as_ref().map(|pause| pause.at),
            c.paused.as_ref().map(|pause| &pause.by),
            s.rate_limit,
            s.capture,
            s.allow_from.text(),
            s.client_cert,
            s.client_cert_names.text(),
        ];
        change(self.db, insert, values).map(drop)
    }

    fn update_connection(&mut self, connection: &Connection) -> Result<(), Fault> {
        self.cache()?.access_changed();
        let update = "UPDATE connection SET
              idp = ?2, preset = ?3, state = ?4, saved_at = ?5, draft_expires_at = ?6, last_synced = ?7,
              first_request_at = ?8, first_write_at = ?9, deprovision = ?10, email_required = ?11, unique_groups = ?12,
              approval = ?13, role_prefix = ?14, unique_users = ?15, page_size = ?16,
              tolerance = ?17, announce = ?18, paused_at = ?19, paused_by = ?20, rate_limit = ?21,
              capture = ?22, allow_from = ?23, client_cert = ?24, client_cert_names = ?25
            WHERE scim_id = ?1";
        let (c, s) = (connection, &connection.settings);
        let values = params![
            c.id,
            c.idp,
            c.preset,
            c.state,
            c.saved_at,
            c.draft_expires_at,
            c.last_synced,
            c.first_request_at,
            c.first_write_at,
            s.deprovision,
            s.email_required,
            s.unique_groups,
            s.approval,
            s.role_prefix,
            s.unique_users,
            s.page_size,
            s.tolerance,
            s.announce,
            c.paused.as_ref().map(|pause| pause.at),
            c.paused.as_ref().map(|pause| &pause.by),
            s.rate_limit,
            s.capture,
            s.allow_from.text(),
            s.client_cert,
            s.client_cert_names.text(),
        ];
        change(self.db, update, values).map(drop)
    }

    fn use_connection(&mut self, connection: &Connection) -> Result<(), Fault> {
        let update = "UPDATE connection SET last_synced = ?2, first_request_at = ?3, first_write_at = ?4
            WHERE scim_id = ?1";
        let c = connection;
        change(self.db, update, params![c.id, c.last_synced, c.first_request_at, c.first_write_at]).map(drop)
    }

    fn delete_connection(&mut self, id: ScimId) -> Result<(), Fault> {
        self.cache()?.access_changed();
        change(self.db, "DELETE FROM connection WHERE scim_id = ?1", [id]).map(drop)
    }
}
