//! Approvals in SQLite.

use super::{SqliteTx, change};
use crate::domain::approval::Approvals;
use crate::domain::{Fault, NodeId, Time};
use rusqlite::params;

impl Approvals for SqliteTx<'_> {
    fn approve_teams(&mut self, node: NodeId, now: Time) -> Result<u64, Fault> {
        let update = "UPDATE team SET state = 'approved', version = version + 1, modified_at = max(modified_at, ?2)
            WHERE node_id = ?1 AND state = 'pending'";
        Ok(change(self.0, update, params![node, now])? as u64)
    }

    fn approve_memberships(&mut self, node: NodeId) -> Result<u64, Fault> {
        // By itself SQLite takes the primary key and walks the approved memberships too.
        let update = "UPDATE membership INDEXED BY membership_pending SET state = 'approved'
            WHERE state = 'pending'
              AND team_key IN (SELECT team_key FROM team WHERE node_id = ?1 AND state = 'approved')
              AND EXISTS (SELECT 1 FROM user u
                WHERE u.user_id = membership.user_id AND u.state = 'active' AND u.lock = 'none')";
        Ok(change(self.0, update, [node])? as u64)
    }
}
