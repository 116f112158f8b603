//! Tokens in SQLite.

use super::connection::{WIDTH, columns as connection_columns, connection};
use super::{SqliteTx, change, collect, first};
use crate::domain::token::{Access, Token, Tokens};
use crate::domain::{Fault, ScimId, Time};
use rusqlite::{Row, params};
use std::sync::Arc;

/// The columns of a token called `t`, behind those of its connection.
macro_rules! columns {
    () => {
        "t.token_id, t.scim_id, t.digest, t.start, t.last4, t.created_at, t.created_by, t.expires_at, t.ends_at,
         t.revoked_at, t.last_used_at, t.last_used_from, t.last_used_agent"
    };
}

fn token(row: &Row<'_>, from: usize) -> rusqlite::Result<Token> {
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

impl Tokens for SqliteTx<'_> {
    fn access_changes(&mut self) -> Result<i64, Fault> {
        match self.reading {
            Some(reading) => Ok(reading.access_changes),
            None => self.cache()?.access_changes(self.db),
        }
    }

    fn access(&mut self, id: &str) -> Result<Option<Arc<Access>>, Fault> {
        let changes = self.access_changes()?;
        if let Some(known) =
            self.reading.and_then(|reading| reading.known.tokens.recall(id)).filter(|access| access.changes == changes)
        {
            return Ok(Some(known));
        }
        let by_id = concat!(
            "SELECT ",
            connection_columns!(),
            ", ",
            columns!(),
            " FROM token t JOIN connection c ON c.scim_id = t.scim_id WHERE t.token_id = ?1"
        );
        let found = first(self.db, by_id, [id], |row| Ok((token(row, WIDTH)?, connection(row)?)))?;
        let found = found.map(|(token, connection)| Arc::new(Access { token, connection: connection.into(), changes }));
        if let (Some(found), Some(reading)) = (&found, self.reading) {
            reading.known.tokens.keep(found);
        }
        Ok(found)
    }

    fn tokens(&mut self, connection: ScimId) -> Result<Vec<Token>, Fault> {
        let newest_first = concat!(
            "SELECT ",
            columns!(),
            " FROM token t WHERE t.scim_id = ?1 ORDER BY t.created_at DESC, t.token_id DESC"
        );
        collect(self.db, newest_first, [connection], |row| token(row, 0))
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
        self.cache()?.access_changed();
        let update = "UPDATE token SET ends_at = ?2, revoked_at = ?3 WHERE token_id = ?1";
        change(self.db, update, params![token.id, token.ends_at, token.revoked_at]).map(drop)
    }

    fn delete_token(&mut self, id: &str) -> Result<(), Fault> {
        self.cache()?.access_changed();
        change(self.db, "DELETE FROM token WHERE token_id = ?1", [id]).map(drop)
    }

    fn use_token(&mut self, id: &str, at: Time, from: &str, agent: Option<&str>) -> Result<(), Fault> {
        let update =
            "UPDATE token SET last_used_at = ?2, last_used_from = ?3, last_used_agent = ?4 WHERE token_id = ?1";
        change(self.db, update, params![id, at, from, agent]).map(drop)
    }
}
