//! Tokens on PostgreSQL.

use super::connection::{WIDTH, columns as connection_columns, connection};
use super::params;
use super::row::Row;
use super::{PgTx, change, collect, first};
use crate::domain::token::{Access, Token, Tokens};
use crate::domain::{Fault, ScimId, Time};
use std::sync::Arc;

/// The columns of a token called `t`, behind those of its connection.
macro_rules! columns {
    () => {
        "t.token_id, t.scim_id, t.digest, t.start, t.last4, t.created_at, t.created_by, t.expires_at, t.ends_at,
         t.revoked_at, t.last_used_at, t.last_used_from, t.last_used_agent"
    };
}

/// How often access has changed.
pub(super) const CHANGES: &str = "SELECT access_changes FROM appliance";
/// A token with its connection.
pub(super) const ACCESS: &str = concat!(
    "SELECT ",
    connection_columns!(),
    ", ",
    columns!(),
    ", (SELECT access_changes FROM appliance)
         FROM token t JOIN connection c ON c.scim_id = t.scim_id WHERE t.token_id = ?1"
);

fn token(row: &Row, from: usize) -> Result<Token, Fault> {
    Ok(Token {
        id: row.get(from)?,
        scim_id: row.get(from + 1)?,
        digest: row.get(from + 2)?,
        start: row.get(from + 3)?,
        last4: row.get(from + 4)?,
        created_at: row.get(from + 5)?,
        created_by: row.get(from + 6)?,
        expires_at: row.get(from + 7)?,
        ends_at: row.get(from + 8)?,
        revoked_at: row.get(from + 9)?,
        last_used_at: row.get(from + 10)?,
        last_used_from: row.get(from + 11)?,
        last_used_agent: row.get(from + 12)?,
    })
}

impl Tokens for PgTx<'_> {
    fn access_changes(&mut self) -> Result<i64, Fault> {
        Ok(first(self.db, CHANGES, params![], |row| row.get(0))?.unwrap_or_default())
    }

    fn access(&mut self, id: &str) -> Result<Option<Arc<Access>>, Fault> {
        let found = first(self.db, ACCESS, params![id], |row| {
            let (token, connection, changes) = (token(row, WIDTH)?, connection(row)?, row.get(WIDTH + 13)?);
            Ok(Arc::new(Access { token, connection: connection.into(), changes }))
        })?;
        // What a transaction that writes finds may still be undone.
        if let (Some(found), None) = (&found, self.writing) {
            self.db.shared().tokens.keep(found);
        }
        Ok(found)
    }

    fn tokens(&mut self, connection: ScimId) -> Result<Vec<Token>, Fault> {
        let newest_first = concat!(
            "SELECT ",
            columns!(),
            " FROM token t WHERE t.scim_id = ?1 ORDER BY t.created_at DESC, t.token_id DESC"
        );
        collect(self.db, newest_first, params![connection], |row| token(row, 0))
    }

    fn insert_token(&mut self, token: &Token) -> Result<(), Fault> {
        let insert = "INSERT INTO token (
              token_id, scim_id, digest, start, last4, created_at, created_by, expires_at, ends_at, revoked_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let values = params![
            token.id,
            token.scim_id,
            token.digest,
            token.start,
            token.last4,
            token.created_at,
            token.created_by,
            token.expires_at,
            token.ends_at,
            token.revoked_at,
        ];
        change(self.db, insert, values).map(drop)
    }

    fn update_token(&mut self, token: &Token) -> Result<(), Fault> {
        let update = "UPDATE token SET ends_at = ?2, revoked_at = ?3 WHERE token_id = ?1";
        change(self.db, update, params![token.id, token.ends_at, token.revoked_at]).map(drop)
    }

    fn delete_token(&mut self, id: &str) -> Result<(), Fault> {
        change(self.db, "DELETE FROM token WHERE token_id = ?1", params![id]).map(drop)
    }

    fn use_token(&mut self, id: &str, at: Time, from: &str, agent: Option<&str>) -> Result<(), Fault> {
        let update =
            "UPDATE token SET last_used_at = ?2, last_used_from = ?3, last_used_agent = ?4 WHERE token_id = ?1";
        change(self.db, update, params![id, at, from, agent]).map(drop)
    }
}
