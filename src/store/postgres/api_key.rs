//! API keys and settings of the appliance on PostgreSQL.

use super::params;
use super::row::Row;
use super::{PgTx, change, collect, first};
use crate::domain::allow_list::AllowList;
use crate::domain::api_key::{ApiKey, ApiKeys};
use crate::domain::settings::ApplianceSettings;
use crate::domain::{Fault, NodeId, Time};

/// The columns of a key, in the order of [`key`].
macro_rules! columns {
    () => {
        "key_id, name, scope, digest, start, last4, created_at, created_by,
          (SELECT a.admin_id FROM admin a WHERE a.admin_id = api_key.admin_id), nodes, expires_at, revoked_at, last_used_at,
          allow_from"
    };
}

fn key(row: &Row) -> Result<ApiKey, Fault> {
    Ok(ApiKey {
        id: row.get(0)?,
        name: row.get(1)?,
        scope: row.get(2)?,
        digest: row.get(3)?,
        start: row.get(4)?,
        last4: row.get(5)?,
        created_at: row.get(6)?,
        created_by: row.get(7)?,
        maker: row.get(8)?,
        nodes: row.get::<_, Option<String>>(9)?.map(|text| nodes(&text)),
        expires_at: row.get(10)?,
        revoked_at: row.get(11)?,
        last_used_at: row.get(12)?,
        allow_from: AllowList::kept(row.get::<_, Option<String>>(13)?.as_deref()),
    })
}

/// Nodes as they are kept. What cannot be read is no node, which limits the key all the more.
fn nodes(text: &str) -> Vec<NodeId> {
    text.split(',').filter_map(|id| id.parse().ok()).collect()
}

impl ApiKeys for PgTx<'_> {
    fn api_key(&mut self, id: &str) -> Result<Option<ApiKey>, Fault> {
        first(self.db, concat!("SELECT ", columns!(), " FROM api_key WHERE key_id = ?1"), params![id], key)
    }

    fn api_keys(&mut self) -> Result<Vec<ApiKey>, Fault> {
        collect(
            self.db,
            concat!("SELECT ", columns!(), " FROM api_key ORDER BY created_at DESC, key_id"),
            params![],
            key,
        )
    }

    fn insert_api_key(&mut self, key: &ApiKey) -> Result<(), Fault> {
        let insert =
            "INSERT INTO api_key (key_id, name, scope, digest, start, last4, created_at, created_by, admin_id, nodes,
              expires_at, allow_from)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let k = key;
        let nodes = k.nodes.as_ref().map(|nodes| nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(","));
        let (made, maker, ends) = (k.created_at, k.maker, k.expires_at);
        let values = params![
            k.id,
            k.name,
            k.scope,
            k.digest,
            k.start,
            k.last4,
            made,
            k.created_by,
            maker,
            nodes,
            ends,
            k.allow_from.text()
        ];
        change(self.db, insert, values).map(drop)
    }

    fn revoke_api_key(&mut self, id: &str, at: Time) -> Result<(), Fault> {
        change(self.db, "UPDATE api_key SET revoked_at = ?2 WHERE key_id = ?1", params![id, at]).map(drop)
    }

    fn use_api_key(&mut self, id: &str, at: Time) -> Result<(), Fault> {
        change(self.db, "UPDATE api_key SET last_used_at = ?2 WHERE key_id = ?1", params![id, at]).map(drop)
    }
}

impl ApplianceSettings for PgTx<'_> {
    fn kept(&mut self, name: &str) -> Result<Option<String>, Fault> {
        first(self.db, "SELECT value FROM setting WHERE name = ?1", params![name], |row| row.get(0))
    }

    fn keep(&mut self, name: &str, value: Option<&str>) -> Result<(), Fault> {
        match value {
            Some(value) => {
                change(self.db, "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", params![name, value])
            }
            None => change(self.db, "DELETE FROM setting WHERE name = ?1", params![name]),
        }
        .map(drop)
    }
}
