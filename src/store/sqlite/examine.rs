//! The full look at a database: its pages, its shape, its references, its counters and the chains of its audit log.

use super::migrate::{self, FileVersion};
use super::reader::snapshot;
use super::{ReadCache, connect_reader, schema_check, set_up};
use crate::domain::{Error, audit_chain};
use crate::store::OpenError;
use rusqlite::{Connection, OpenFlags};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Something that is wrong with a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What was looked at: `file`, `checksum`, `integrity`, `schema`, `references`, `counters` or `audit`.
    pub check: &'static str,
    /// What was found, in words.
    pub found: String,
}

/// A problem in words.
pub(in crate::store) fn problem(check: &'static str, found: impl Into<String>) -> Problem {
    Problem { check, found: found.into() }
}

/// What a full look found.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Examination {
    /// The version of its schema, where it could be read.
    pub(in crate::store) schema: Option<i64>,
    pub(in crate::store) problems: Vec<Problem>,
}

/// No more of one kind are named.
const MOST: usize = 20;

/// Looks at a file that nobody has open, without making any other beside it.
pub(in crate::store) fn examine_file(path: &Path) -> Examination {
    examined(connect_still(path), path)
}

/// Looks at the database of a data folder as it is at one moment, also beside a running server.
pub(in crate::store) fn examine_live(path: &Path) -> Examination {
    let connected = connect_reader(path).and_then(|db| {
        db.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema")?;
        Ok(db)
    });
    examined(connected, path)
}

/// What a database is, at a glance.
#[derive(Clone, Debug)]
pub struct Glance {
    /// The version of its schema.
    pub schema: i64,
    /// The version that this program works with.
    pub known: i64,
    /// What is wrong with its shape: a table, index, trigger or view that is missing, too much or another.
    pub wrong: Option<String>,
}

/// Looks at the header and the shape of a database, beside whoever uses it.
pub(in crate::store) fn glance(path: &Path) -> Result<Glance, OpenError> {
    let unusable = |e: rusqlite::Error| OpenError::Unusable(path.to_owned(), e.into());
    let db = connect_reader(path).map_err(unusable)?;
    let known = migrate::newest();
    match migrate::look(&db).map_err(unusable)? {
        FileVersion::Version(schema) => {
            let wrong = migrate::made_by(schema).and_then(|made_by| schema_check::check(&db, path, &made_by).err());
            let wrong = wrong.map(|error| match error {
                OpenError::Shape { what, .. } => what,
                error => error.to_string(),
            });
            Ok(Glance { schema, known, wrong })
        }
        FileVersion::New | FileVersion::Foreign => Err(OpenError::Foreign(path.to_owned())),
    }
}

/// Opens a file that does not change: SQLite then takes no lock and looks for no log.
pub(in crate::store) fn connect_still(path: &Path) -> rusqlite::Result<Connection> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let escaped = percent_encoding::percent_encode(path.as_os_str().as_bytes(), percent_encoding::NON_ALPHANUMERIC);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let db = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags)?;
    set_up(&db)?;
    Ok(db)
}

fn examined(connected: rusqlite::Result<Connection>, path: &Path) -> Examination {
    let mut found = Examination::default();
    match connected.and_then(|db| look(&db, path, &mut found)) {
        Ok(()) => {}
        Err(error) => found.problems.push(problem("integrity", error.to_string())),
    }
    found
}

fn look(db: &Connection, path: &Path, found: &mut Examination) -> rusqlite::Result<()> {
    let version = match migrate::look(db)? {
        FileVersion::Version(version) => version,
        FileVersion::New | FileVersion::Foreign => {
            found.problems.push(problem("schema", "it is not a Scimbox database"));
            return Ok(());
        }
    };
    found.schema = Some(version);
    let Some(made_by) = migrate::made_by(version) else {
        let said =
            format!("it was made by a newer Scimbox: schema {version}, this one knows up to {}", migrate::newest());
        found.problems.push(problem("schema", said));
        return Ok(());
    };
    for line in texts(db, "PRAGMA integrity_check(20)")? {
        if line != "ok" {
            found.problems.push(problem("integrity", line));
        }
    }
    match schema_check::check(db, path, &made_by) {
        Ok(()) => {}
        Err(OpenError::Shape { what, .. }) => found.problems.push(problem("schema", what)),
        Err(error) => found.problems.push(problem("schema", error.to_string())),
    }
    let torn = "SELECT 'a row of “' || \"table\" || '” refers to a row of “' || parent || '” that is missing'
          FROM pragma_foreign_key_check LIMIT 20";
    found.problems.extend(texts(db, torn)?.into_iter().map(|found| problem("references", found)));
    // An older file has other tables, and one that was changed may lack some.
    if version == migrate::newest() && found.problems.is_empty() {
        for counted in COUNTERS {
            found.problems.extend(texts(db, counted)?.into_iter().take(MOST).map(|found| problem("counters", found)));
        }
        let verdict = snapshot(db, &ReadCache::default(), |tx| audit_chain::verify(tx, None, u64::MAX));
        match verdict {
            Ok((verdict, _)) => found.problems.extend(
                verdict
                    .broken_at
                    .map(|id| problem("audit", format!("the chain of the audit log is broken at event {id}"))),
            ),
            Err(Error::Fault(fault)) => found.problems.push(problem("audit", fault.to_string())),
            Err(error) => found.problems.push(problem("audit", error.to_string())),
        }
    }
    Ok(())
}

fn texts(db: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let text = |row: &rusqlite::Row<'_>| Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned());
    db.prepare(sql)?.query_map([], text)?.collect()
}

/// Each finds counters that are not what is counted.
const COUNTERS: [&str; 5] = [
    "SELECT 'the node ' || node_id || ' counts ' || users || ' users and has ' || found FROM
       (SELECT n.node_id, n.users, (SELECT count(*) FROM user u WHERE u.node_id = n.node_id) AS found FROM node n)
     WHERE users <> found",
    "SELECT 'the node ' || node_id || ' counts ' || teams || ' teams and has ' || found FROM
       (SELECT n.node_id, n.teams, (SELECT count(*) FROM team t WHERE t.node_id = n.node_id) AS found FROM node n)
     WHERE teams <> found",
    "SELECT 'the team “' || name || '” counts ' || members || ' members and has ' || found FROM
       (SELECT t.name, t.members, (SELECT count(*) FROM membership m WHERE m.team_key = t.team_key) AS found FROM team t)
     WHERE members <> found",
    "SELECT 'the appliance counts numbers up to ' || counter || ' and has given ' || found FROM
       (SELECT counter, max(coalesce((SELECT max(node_id) FROM node), 0), coalesce((SELECT max(user_id) FROM user), 0),
          coalesce((SELECT max(scim_id) FROM connection), 0)) & 4294967295 AS found FROM appliance)
     WHERE counter < found",
    "SELECT 'the newest event is ' || found || ' and not ' || newest_event FROM
       (SELECT newest_event, (SELECT max(event_id) FROM event) AS found FROM appliance)
     WHERE newest_event <> found",
];
