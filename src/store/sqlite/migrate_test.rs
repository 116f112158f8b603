//! New files, upgrades of older ones, and files that are refused.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::super::{SqliteTx, write_cache::WriteCache};
use super::*;
use crate::domain::predicate::{Key, Predicate, Window};
use crate::domain::user::{ScopeKey, User};
use crate::domain::{NodeId, Tx};
use crate::store::sqlite::folder;
use std::os::unix::fs::PermissionsExt;

const NOW: Time = Time(1_769_851_800_123);
const TO_2: &str = include_str!("upgrade_2.sql");
const TO_3: &str = include_str!("upgrade_3.sql");
const TO_4: &str = include_str!("upgrade_4.sql");
const TO_5: &str = include_str!("upgrade_5.sql");
const TO_6: &str = include_str!("upgrade_6.sql");
const TO_7: &str = include_str!("upgrade_7.sql");
const TO_8: &str = include_str!("upgrade_8.sql");
const TO_9: &str = include_str!("upgrade_9.sql");
const TO_10: &str = include_str!("upgrade_10.sql");
const TO_11: &str = include_str!("upgrade_11.sql");
const NEXT: Upgrades<'static> = Upgrades(&[
    TO_2,
    TO_3,
    TO_4,
    TO_5,
    TO_6,
    TO_7,
    TO_8,
    TO_9,
    TO_10,
    TO_11,
    "ALTER TABLE node ADD COLUMN colour TEXT; UPDATE node SET colour = 'red'",
]);

fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = folder::prepare(dir.path()).unwrap();
    (dir, file)
}

fn number(db: &Connection, sql: &str) -> i64 {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn copies(dir: &tempfile::TempDir) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_string_lossy().contains(".db.v")).collect()
}

#[test]
fn a_new_file_holds_an_appliance_with_a_root_and_opens_again_unchanged() {
    let (dir, file) = folder();
    for chance in [[255; 32], [0; 32]] {
        let db = open(&file, NOW, chance, &|| true).unwrap();
        assert_eq!(number(&db, "PRAGMA user_version"), STEPS.current());
        assert_eq!(number(&db, "PRAGMA application_id"), APPLICATION_ID);
        assert_eq!(number(&db, "PRAGMA foreign_keys"), 1);
        let enterprise = number(&db, "SELECT enterprise FROM appliance");
        assert!((23_284..=232_829).contains(&enterprise));
        let root = number(&db, "SELECT node_id FROM node WHERE name = 'Root' AND parent_id IS NULL");
        assert_eq!((root.to_string().len(), root >> 32), (15, enterprise));
    }
    assert!(copies(&dir).is_empty());
}

#[test]
fn an_older_file_is_copied_and_upgraded() {
    let (dir, file) = folder();
    drop(open(&file, NOW, [7; 32], &|| true).unwrap());
    let served = NEXT.open(&file, NOW, [7; 32], &|| false).unwrap_err();
    assert!(matches!(served, OpenError::Served(_)), "not under a server: {served}");
    assert!(copies(&dir).is_empty());
    let db = NEXT.open(&file, NOW, [7; 32], &|| true).unwrap();
    assert_eq!(number(&db, "PRAGMA user_version"), NEXT.current());
    assert_eq!(number(&db, "SELECT count(*) FROM node WHERE colour = 'red'"), 1);
    let copy = dir.path().join("scimbox.db.v11-20260131T093000123Z");
    assert_eq!(copies(&dir), std::slice::from_ref(&copy));
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let copy = connect_writer(&copy).unwrap();
    assert_eq!(look(&copy).unwrap(), FileVersion::Version(STEPS.current()));
    assert_eq!(number(&copy, "SELECT count(*) FROM node"), 1);
    drop((db, NEXT.open(&file, NOW, [7; 32], &|| true).unwrap()));
    assert_eq!(copies(&dir).len(), 1, "a current file is not copied");
}

/// Tables with their columns and references, indexes and triggers with their texts.
fn shape(db: &Connection) -> Vec<String> {
    let all =
        "SELECT m.type || ' ' || m.name || ' ' || coalesce(c.name || ' ' || c.type || ' ' || c.pk, m.sql, '') AS part
        FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c ON m.type = 'table'
        UNION SELECT m.name || ' ' || r.\"from\" || ' to ' || r.\"table\" || ' ' || r.on_delete
        FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) r ON m.type = 'table' ORDER BY part";
    db.prepare(all).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn a_file_of_version_1_becomes_what_a_new_one_is_and_keeps_its_people() {
    let (_dir, old) = folder();
    let db = connect_writer(&old).unwrap();
    db.execute_batch(FIRST).unwrap();
    db.execute_batch(
        "INSERT INTO appliance (one, enterprise, counter, cursor_key) VALUES (1, 30000, 2, zeroblob(32));
         INSERT INTO node (node_id, name, name_folded) VALUES (1, 'Root', 'root');
         INSERT INTO user VALUES (2, 1, NULL, 0, 'Ada@x.org', 'ada@x.org', NULL, NULL, NULL, 'invited', 'none',
           '{\"emails\":[{\"value\":\"Ada@x.org\"},{\"value\":\"A@x.org\"}]}', jsonb('{}'), 1, 1, 1);
         INSERT INTO user_email VALUES (1, 'ada@x.org', 2), (1, 'a@x.org', 2);
         INSERT INTO user VALUES (3, 1, NULL, 1, 'ADA@x.org', 'ada@x.org', NULL, NULL, NULL, 'invited', 'none', '{}',
           jsonb('{}'), 1, 1, 1)",
    )
    .unwrap();
    db.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    drop(db);
    let db = open(&old, NOW, [7; 32], &|| true).unwrap();
    let (_dir, new) = folder();
    assert_eq!(shape(&db), shape(&open(&new, NOW, [7; 32], &|| true).unwrap()));
    assert_eq!(
        number(&db, "SELECT count(*) FROM user WHERE user_name = 'Ada@x.org' AND resource LIKE '{\"emails%'"),
        1
    );
    assert_eq!(number(&db, "SELECT users FROM node"), 2);
    let cache = WriteCache::default();
    let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
    let mut found = |email: &str| {
        let which = Predicate::Is(Key::Email(email.to_owned()));
        let found = tx.users(NodeId(1), &which, Window { offset: 0, limit: 9 }).unwrap();
        found.into_iter().map(|user| user.id.0).collect::<Vec<_>>()
    };
    assert_eq!((found("ada@x.org"), found("a@x.org")), (vec![2], vec![2]));
    let ada = tx.user_named(ScopeKey(1), "ada@x.org").unwrap().unwrap();
    let emails = ["a@x.org", "ada@x.org"].map(str::to_owned);
    assert!(tx.update_user(&ada, ScopeKey(0), Some(&emails)).unwrap());
    assert_eq!(number(&db, "SELECT count(*) FROM user_email WHERE email = 'ada@x.org'"), 0);
    let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
    let which = Predicate::Is(Key::Email("ada@x.org".to_owned()));
    assert_eq!(tx.users(NodeId(1), &which, Window { offset: 0, limit: 9 }).unwrap().len(), 1);
    let both = tx.users(NodeId(1), &Predicate::Everything, Window { offset: 0, limit: 9 }).unwrap();
    assert_eq!(both.iter().map(|user| user.profile.user_name.as_str()).collect::<Vec<_>>(), ["Ada@x.org", "ADA@x.org"]);
    // The second of the two is in nobody's way, and nobody takes it for the first.
    let twin = both.into_iter().next_back().unwrap();
    assert!(!tx.update_user(&twin, ScopeKey(1), Some(&[])).unwrap());
    assert_eq!(tx.rescope_users(NodeId(1), ScopeKey(1)).unwrap(), Some((1, "ADA@x.org".to_owned())));
    let twin = User { node: NodeId(4), ..twin };
    db.execute_batch("INSERT INTO node (node_id, parent_id, name, name_folded) VALUES (4, 1, 'Lab', 'lab')").unwrap();
    let tx: &mut dyn Tx = &mut SqliteTx::writing(&db, &cache);
    tx.move_user(&twin, NodeId(1), ScopeKey(4)).unwrap();
    assert_eq!(tx.user_named(ScopeKey(4), "ada@x.org").unwrap().map(|user| user.id), Some(twin.id));
    assert_eq!(tx.rescope_users(NodeId(1), ScopeKey(1)).unwrap(), None);
}

#[test]
fn an_upgrade_that_fails_or_would_lose_its_copy_leaves_the_file_as_it_was() {
    let (dir, file) = folder();
    drop(open(&file, NOW, [7; 32], &|| true).unwrap());
    let before = std::fs::read(&file).unwrap();
    let halfway = Upgrades(&[
        TO_2,
        TO_3,
        TO_4,
        TO_5,
        TO_6,
        TO_7,
        TO_8,
        TO_9,
        TO_10,
        TO_11,
        "ALTER TABLE node ADD COLUMN colour TEXT; UPDATE nothing SET here = 1",
    ]);
    let torn =
        Upgrades(&[TO_2, TO_3, TO_4, TO_5, TO_6, TO_7, TO_8, TO_9, TO_10, TO_11, "UPDATE node SET parent_id = 7"]);
    for (moment, steps) in [(1, halfway), (2, torn)] {
        assert!(matches!(steps.open(&file, Time(moment), [7; 32], &|| true), Err(OpenError::Unusable(..))));
    }
    assert!(matches!(NEXT.open(&file, Time(1), [7; 32], &|| true), Err(OpenError::Folder(..))), "that copy exists");
    let db = open(&file, NOW, [7; 32], &|| true).unwrap();
    assert_eq!(number(&db, "SELECT count(*) FROM pragma_table_info('node') WHERE name = 'colour'"), 0);
    drop(db);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(copies(&dir).len(), 2);
}

#[test]
fn a_newer_file_and_a_foreign_one_are_refused_untouched() {
    let (_dir, file) = folder();
    drop(NEXT.open(&file, NOW, [7; 32], &|| true).unwrap());
    let before = std::fs::read(&file).unwrap();
    let refusal = open(&file, NOW, [7; 32], &|| true).unwrap_err();
    assert!(matches!(refusal, OpenError::Newer { found: 12, known: 11, .. }), "{refusal}");
    assert_eq!(std::fs::read(&file).unwrap(), before);

    for foreign in
        [None, Some("CREATE TABLE mine (x)"), Some("PRAGMA application_id = 7"), Some("PRAGMA user_version = 7")]
    {
        let (_dir, file) = folder();
        match foreign {
            None => std::fs::write(&file, "not a database ".repeat(100)).unwrap(),
            Some(sql) => Connection::open(&file).unwrap().execute_batch(sql).unwrap(),
        }
        let before = std::fs::read(&file).unwrap();
        let refusal = open(&file, NOW, [7; 32], &|| true).unwrap_err();
        assert!(matches!(refusal, OpenError::Foreign(_)), "{foreign:?}: {refusal:?}");
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
}

#[test]
fn two_processes_may_make_the_same_file_at_once() {
    let (_dir, file) = folder();
    let roots: Vec<i64> = std::thread::scope(|scope| {
        let open = |chance| number(&open(&file, NOW, [chance; 32], &|| true).unwrap(), "SELECT node_id FROM node");
        let threads: Vec<_> = (0..4).map(|chance| scope.spawn(move || open(chance))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(roots.iter().all(|root| Some(root) == roots.first()), "{roots:?}");
}
