//! The schema: an empty database gets the current one, an older one is brought up, a newer or a foreign one is refused. It
//! happens in one transaction under a lock, so instances may start together.

use super::link::{Link, PATIENCE};
use super::open_error::DatabaseError;
use super::{change, first};
use crate::domain::{Fault, fold};
use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use std::fmt::Write;
use std::time::Instant;

const SCHEMA: &str = include_str!("schema.sql");

/// What turns version n into n + 1, beginning with version 1. The last one leads to what `schema.sql` says.
const STEPS: [&str; 2] = [include_str!("upgrade_2.sql"), include_str!("upgrade_3.sql")];

/// The version of `schema.sql`.
fn newest() -> i64 {
    STEPS.iter().map(|_| 1).sum::<i64>() + 1
}

/// Makes the schema what it has to be. `chance` gives a new appliance its enterprise number; whether it is a new one.
pub(super) fn bring_up(link: &Link, chance: [u8; 32]) -> Result<bool, DatabaseError> {
    link.begin("BEGIN; SET LOCAL lock_timeout = 0", Instant::now() + PATIENCE * 12);
    let made = look(link, chance);
    match &made {
        Ok(_) => link.commit().map_err(|failure| DatabaseError::Unusable(failure.fault))?,
        Err(_) => link.leave("ROLLBACK"),
    }
    made
}

fn look(link: &Link, chance: [u8; 32]) -> Result<bool, DatabaseError> {
    let unusable = DatabaseError::Unusable;
    let there = "SELECT current_setting('server_encoding'), current_setting('server_version_num')::bigint,
        to_regclass('scimbox_schema') IS NOT NULL,
        EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v', 'p'))";
    let known = newest();
    let version = |link: &Link| {
        let found = first(link, "SELECT version FROM scimbox_schema", &[], |row| row.get::<_, i64>(0));
        found.map(Option::unwrap_or_default).map_err(unusable)
    };
    let ask = || {
        let row = first(link, there, &[], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, bool>(2)?, row.get::<_, bool>(3)?))
        });
        row.map_err(unusable)?.ok_or_else(|| DatabaseError::Unusable(Fault::Broken("no answer".to_owned())))
    };
    let (encoding, server, ours, any) = ask()?;
    if encoding != "UTF8" {
        return Err(DatabaseError::Encoding(encoding));
    }
    if server < 140_000 {
        return Err(DatabaseError::Server(server / 10_000));
    }
    let moving = "SELECT to_regclass('scimbox_moving') IS NOT NULL";
    if ours && first(link, moving, &[], |row| row.get(0)).map_err(unusable)? == Some(true) {
        return Err(DatabaseError::Moving);
    }
    if ours && version(link)? == known {
        return Ok(false);
    }
    if !ours && any {
        // Another instance may be making it just now; the lock below lets it finish.
        lock(link)?;
        if !ask()?.2 {
            return Err(DatabaseError::Foreign);
        }
    } else {
        lock(link)?;
    }
    if !ask()?.2 {
        create(link, chance, known).map_err(unusable)?;
        return Ok(true);
    }
    match version(link)? {
        found if found > known => Err(DatabaseError::Newer { found, known }),
        found => {
            for (step, sql) in (1..).zip(STEPS) {
                if step >= found {
                    link.script(sql).map_err(unusable)?;
                }
            }
            change(link, "UPDATE scimbox_schema SET version = ?1", &[&known]).map_err(unusable)?;
            Ok(false)
        }
    }
}

/// One at a time, until the transaction ends.
fn lock(link: &Link) -> Result<(), DatabaseError> {
    // “Scbx” and “schm”.
    let lock = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(1398957688, 1935894637)) AS locked";
    first(link, lock, &[], |_| Ok(())).map(drop).map_err(DatabaseError::Unusable)
}

/// The version of a database, where it has one, and that of this program.
pub(super) fn glance(link: &Link) -> Result<(Option<i64>, i64), DatabaseError> {
    let there = "SELECT to_regclass('scimbox_schema') IS NOT NULL, to_regclass('scimbox_moving') IS NOT NULL,
        EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v', 'p'))";
    link.begin("BEGIN READ ONLY", Instant::now() + PATIENCE);
    let look = || {
        let found = first(link, there, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let found = found.map_err(DatabaseError::Unusable)?.unwrap_or((false, false, false));
        let version = match found {
            (_, true, _) => return Err(DatabaseError::Moving),
            (true, ..) => first(link, "SELECT version FROM scimbox_schema", &[], |row| row.get::<_, i64>(0)),
            (false, _, true) => return Err(DatabaseError::Foreign),
            _ => Ok(None),
        };
        match (version.map_err(DatabaseError::Unusable)?, newest()) {
            (Some(found), known) if found > known => Err(DatabaseError::Newer { found, known }),
            found => Ok(found),
        }
    };
    let found = look();
    link.leave("COMMIT");
    found
}

/// Whether a database holds an appliance with the current schema.
pub(super) fn is_current(link: &Link) -> Result<bool, DatabaseError> {
    let (found, known) = glance(link)?;
    Ok(found == Some(known))
}

/// Makes the tables of a database that is to be filled, without the triggers, which would count what is copied a second time. One
/// that is being filled already is left as it is.
pub(super) fn prepare_to_fill(link: &Link) -> Result<(), DatabaseError> {
    link.begin("BEGIN; SET LOCAL lock_timeout = 0", Instant::now() + PATIENCE * 12);
    let prepared = match look(link, [0; 32]) {
        Ok(true) => {
            let empty = "DELETE FROM node; DELETE FROM appliance; CREATE TABLE scimbox_moving ()";
            link.script(&format!("{empty}; {}", triggers("DISABLE"))).map_err(DatabaseError::Unusable)
        }
        Ok(false) => Err(DatabaseError::Occupied),
        Err(DatabaseError::Moving) => Ok(()),
        Err(error) => Err(error),
    };
    match &prepared {
        Ok(()) => link.commit().map_err(|failure| DatabaseError::Unusable(failure.fault))?,
        Err(_) => link.leave("ROLLBACK"),
    }
    prepared
}

/// Lets a database that was filled be served: with its triggers, and with numbers that go on where those of its rows end.
pub(super) fn finish_filling(link: &Link) -> Result<(), DatabaseError> {
    link.begin("BEGIN", Instant::now() + PATIENCE * 12);
    let number = |(table, column): (&str, &str)| {
        format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), greatest(max({column}), 1), max({column}) > 0) FROM {table}"
        )
    };
    let counted = [("admin", "admin_id"), ("job", "job_id"), ("push_run", "run_id"), ("exchange", "exchange_id")];
    let numbers = counted.map(number).join("; ");
    let finished = link.script(&format!("{numbers}; {}; DROP TABLE scimbox_moving", triggers("ENABLE")));
    match finished {
        Ok(()) => link.commit().map_err(|failure| DatabaseError::Unusable(failure.fault)),
        Err(fault) => {
            link.leave("ROLLBACK");
            Err(DatabaseError::Unusable(fault))
        }
    }
}

/// Switches the triggers of all tables that have some.
fn triggers(switch: &str) -> String {
    let tables = ["node", "token", "connection", "\"user\"", "team"];
    tables.map(|table| format!("ALTER TABLE {table} {switch} TRIGGER USER")).join("; ")
}

fn create(link: &Link, chance: [u8; 32], version: i64) -> Result<(), Fault> {
    link.script(SCHEMA)?;
    link.script(&folding())?;
    // The enterprise number tells 17 bits of the key; the other 239 are enough.
    let some = chance.iter().take(8).fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
    let enterprise = 23_284 + i64::try_from(some % (232_829 - 23_284 + 1)).unwrap_or_default();
    let appliance = "INSERT INTO appliance (one, enterprise, cursor_key) VALUES (1, ?1, ?2)";
    let root = "INSERT INTO node (node_id, parent_id, name, name_folded) VALUES (?1, NULL, ?2, ?3)";
    change(link, "INSERT INTO scimbox_schema (one, version) VALUES (1, ?1)", &[&version])?;
    change(link, appliance, &[&enterprise, &chance])?;
    change(link, root, &[&((enterprise << 32) + 1), &"Root", &fold("Root")]).map(drop)
}

/// The folding of names as a function of the database, for filters that no index answers: composed, the fold of every
/// character, composed again. Which character folds to which is written into it here, so that it is the same as ours.
fn folding() -> String {
    const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
    let folds = CaseMapper::new();
    let (mut from, mut to, mut long) = (String::new(), String::new(), Vec::new());
    for c in '\u{80}'..=char::MAX {
        let text = c.to_string();
        let folded = folds.fold_string(&text).into_owned();
        // What composition replaces does not come here.
        if folded == text || NFKC.normalize(&text) != text {
            continue;
        }
        match folded.chars().count() {
            1 => {
                from.push(c);
                to.push_str(&folded);
            }
            _ => long.push((text, folded)),
        }
    }
    let (upper, lower) = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz");
    let mut value = format!("translate(normalize(value, NFKC), '{upper}{from}', '{lower}{to}')");
    for (text, folded) in long {
        value = format!("replace({value}, '{text}', '{folded}')");
    }
    let mut sql = String::new();
    let _ = write!(
        sql,
        "CREATE FUNCTION scimbox_folded(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
           SELECT CASE WHEN octet_length(value) = length(value) THEN lower(value COLLATE \"C\")
             ELSE normalize({value}, NFKC) END COLLATE \"C\" $$"
    );
    sql
}
