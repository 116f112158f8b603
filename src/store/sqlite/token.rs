//! Tokens in SQLite.

use super::connection::{columns as connection_columns, connection};
use super::{SqliteTx, change, collect, first};
use crate::domain::connection::Connection;
use crate::domain::token::{Token, Tokens};
use crate::domain::{Fault, ScimId, Time};
use rusqlite::{Row, params};
use std::cell::RefCell;
use std::collections::HashMap;

/// The columns of a token called `t`, behind the 18 of its connection.
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

/// The tokens that a reader has looked up since the file last changed, with their connections. Any commit, of this process
/// or of another, changes the version that SQLite shows, so a token that was revoked is never found here.
#[derive(Default)]
pub(in crate::store) struct Recent(RefCell<Version>);

/// What was found while the file had one version.
#[derive(Default)]
struct Version {
    number: i64,
    found: HashMap<String, (Token, Connection)>,
}

/// How many are kept.
const KEPT: usize = 256;

impl Recent {
    fn find(&self, version: i64, id: &str) -> Option<(Token, Connection)> {
        let recent = self.0.borrow();
        recent.found.get(id).filter(|_| recent.number == version).cloned()
    }

    fn keep(&self, version: i64, found: &(Token, Connection)) {
        let mut recent = self.0.borrow_mut();
        if recent.number != version || recent.found.len() >= KEPT {
            *recent = Version { number: version, found: HashMap::new() };
        }
        recent.found.insert(found.0.id.clone(), found.clone());
    }
}

impl SqliteTx<'_> {
    fn token_row(&self, id: &str) -> Result<Option<(Token, Connection)>, Fault> {
        let by_id = concat!(
            "SELECT ",
            connection_columns!(),
            ", ",
            columns!(),
            " FROM token t JOIN connection c ON c.scim_id = t.scim_id WHERE t.token_id = ?1"
        );
        first(self.0, by_id, [id], |row| Ok((token(row, 18)?, connection(row)?)))
    }
}

impl Tokens for SqliteTx<'_> {
    fn token(&mut self, id: &str) -> Result<Option<(Token, Connection)>, Fault> {
        let Some(recent) = self.1 else { return self.token_row(id) };
        let version = first(self.0, "PRAGMA data_version", [], |row| row.get(0))?.unwrap_or_default();
        if let Some(found) = recent.find(version, id) {
            return Ok(Some(found));
        }
        let found = self.token_row(id)?;
        if let Some(found) = &found {
            recent.keep(version, found);
        }
        Ok(found)
    }

    fn tokens(&mut self, connection: ScimId) -> Result<Vec<Token>, Fault> {
        let newest_first = concat!(
            "SELECT ",
            columns!(),
            " FROM token t WHERE t.scim_id = ?1 ORDER BY t.created_at DESC, t.token_id DESC"
        );
        collect(self.0, newest_first, [connection], |row| token(row, 0))
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
        change(self.0, insert, values).map(drop)
    }

    fn update_token(&mut self, token: &Token) -> Result<(), Fault> {
        let update = "UPDATE token SET ends_at = ?2, revoked_at = ?3 WHERE token_id = ?1";
        change(self.0, update, params![token.id, token.ends_at, token.revoked_at]).map(drop)
    }

    fn use_token(&mut self, id: &str, at: Time, from: &str, agent: Option<&str>) -> Result<(), Fault> {
        let update =
            "UPDATE token SET last_used_at = ?2, last_used_from = ?3, last_used_agent = ?4 WHERE token_id = ?1";
        change(self.0, update, params![id, at, from, agent]).map(drop)
    }
}
