//! Backups (docs/operations.md#backup): made under load, complete, refused when anything about them is wrong, and put back so
//! that a process that is killed on the way leaves the old state or the new one.

use crate::appliance::{Appliance, Ran, eventually, has_file, refused, run, scimbox};
use crate::idp_clients::Client;
use crate::people::*;
use serde_json::Value;
use std::collections::HashSet;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

const PASSPHRASE: &str = "a passphrase of some length";

/// Makes a backup by the command line; what it printed.
#[track_caller]
fn back_up(house: &Appliance, to: &Path) -> Value {
    house.json(&["backup", "create", "--to", to.to_str().unwrap()])
}

fn file_of(made: &Value) -> PathBuf {
    PathBuf::from(made["file"].as_str().unwrap())
}

#[track_caller]
fn restore(file: &Path, into: &Path) -> Ran {
    run(scimbox(into).args(["backup", "restore", file.to_str().unwrap(), "--yes", "--json"]), "")
}

/// The user names in a data folder that nobody serves.
#[track_caller]
fn names(folder: &Path) -> HashSet<String> {
    let users = run(scimbox(folder).args(["user", "list", "--json"]), "").ok().json();
    users.as_array().unwrap().iter().map(|user| user["user_name"].as_str().unwrap().to_owned()).collect()
}

/// An appliance with a user that was stopped, and a backup of it.
fn stopped_with_backup() -> (Appliance, PathBuf) {
    let mut house = Appliance::start();
    house.keeper().client().post("/Users", mia()).expect(201);
    let file = file_of(&back_up(&house, &house.folder.path().join("kept")));
    house.signal(rustix::process::Signal::TERM);
    house.end();
    (house, file)
}

#[test]
fn backups_under_eight_writers_each_hold_every_write_that_was_answered_before() {
    if !has_file() {
        return;
    }
    let count = std::env::var("SCIMBOX_TEST_BACKUPS").map_or(20, |count| count.parse().unwrap());
    let house = Appliance::start();
    let sales = house.connect("Sales", &["--page-size", "10000"]);
    let (answered, over) = (Mutex::new(Vec::<String>::new()), AtomicBool::new(false));
    let kept = house.folder.path().join("kept");
    let made: Vec<(Value, Vec<String>)> = std::thread::scope(|scope| {
        for writer in 0..8 {
            let client = Client::bearer(&house.url(sales.path()), &sales.token);
            let (answered, over) = (&answered, &over);
            scope.spawn(move || {
                for n in 0.. {
                    if over.load(Ordering::SeqCst) {
                        break;
                    }
                    let name = format!("w{writer}n{n}");
                    client.post("/Users", person(&name)).expect(201);
                    answered.lock().unwrap().push(format!("{name}@acme.test"));
                }
            });
        }
        eventually("some are answered", || (answered.lock().unwrap().len() > 20).then_some(()));
        let made = (0..count).map(|_| {
            let before = answered.lock().unwrap().clone();
            (back_up(&house, &kept), before)
        });
        let made = made.collect();
        over.store(true, Ordering::SeqCst);
        made
    });
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), count, "nothing else is left there");
    for (n, (made, before)) in made.iter().enumerate() {
        assert_eq!((&made["verified"], made["schema"].is_number()), (&Value::Bool(true), true), "{made}");
        let file = file_of(made);
        let bytes = std::fs::read(&file).unwrap();
        assert_eq!(made["bytes"], bytes.len());
        assert_eq!(made["sha256"].as_str().unwrap(), sha256(&file));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let folder = house.folder.path().join(format!("restored{n}"));
        restore(&file, &folder).ok();
        let there = names(&folder);
        let lost: Vec<&String> = before.iter().filter(|name| !there.contains(*name)).collect();
        assert!(lost.is_empty(), "backup {n} lost {lost:?}");
        let verdict = run(scimbox(&folder).args(["verify", "--json"]), "").ok().json();
        assert_eq!(verdict, serde_json::json!({ "ok": true, "problems": [] }));
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let listed = house.json(&["backup", "list", "--in", kept.to_str().unwrap()]);
    assert_eq!(listed.as_array().unwrap().len(), count);
    assert_eq!(listed[0]["file"], made[count - 1].0["file"], "the newest is the first");
}

fn sha256(file: &Path) -> String {
    let out = run(std::process::Command::new("sha256sum").arg(file), "").ok().stdout;
    out.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn a_restored_folder_serves_what_was_there_with_the_same_tokens() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    let sales = house.keeper();
    let id = sales.client().post("/Users", mia()).expect(201).id();
    let file = file_of(&back_up(&house, &house.folder.path().join("kept")));
    sales.client().post("/Users", person("late")).expect(201);
    house.run(&["backup", "restore", file.to_str().unwrap(), "--yes"]).fails(4).saying("is serving the data folder");
    house.crash();
    let without = house.run(&["backup", "restore", file.to_str().unwrap()]).fails(5);
    assert!(without.stderr.contains("--yes"), "{}", without.stderr);
    let done = restore(&file, &house.data()).ok().json();
    let kept = PathBuf::from(done["kept"].as_str().unwrap());
    let house = house.again();
    let client = Client::bearer(&house.url(sales.path()), &sales.token);
    client.get(&format!("/Users/{id}")).expect(200);
    assert_eq!(client.get("/Users").expect(200).listed().len(), 1, "what came later is gone");
    assert_eq!(house.json(&["audit", "list", "--limit", "50"])[0]["event"], "backup_restored");
    // What was there before is kept whole, with what was in its log when the process was killed.
    let old = tempfile::tempdir().unwrap();
    std::fs::set_permissions(old.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::copy(kept, old.path().join("scimbox.db")).unwrap();
    assert!(names(old.path()).contains("late@acme.test"));
}

#[test]
fn a_backup_is_a_database_that_can_be_put_in_place_by_hand() {
    if !has_file() {
        return;
    }
    let (house, file) = stopped_with_backup();
    let data = house.folder.path().join("fresh");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::copy(&file, data.join("scimbox.db")).unwrap();
    for n in 0..40 {
        run(scimbox(&data).args(["node", "create", &format!("N{n}")]), "").ok();
    }
    run(scimbox(&data).arg("verify"), "").ok();
    assert_eq!(names(&data).len(), 1);
}

#[test]
fn a_backup_with_a_changed_bit_is_refused_wherever_the_bit_is() {
    if !has_file() {
        return;
    }
    let (house, file) = stopped_with_backup();
    let length = file.metadata().unwrap().len();
    let damaged = house.folder.path().join("damaged.db");
    let database = std::fs::read(house.data().join("scimbox.db")).unwrap();
    for at in [20, 101, length / 3, length / 2, length - 4097, length - 4090, length - 1] {
        std::fs::copy(&file, &damaged).unwrap();
        let open = std::fs::File::options().read(true).write(true).open(&damaged).unwrap();
        let mut byte = [0];
        open.read_exact_at(&mut byte, at).unwrap();
        open.write_all_at(&[byte[0] ^ 4], at).unwrap();
        let looked = house.run(&["backup", "verify", damaged.to_str().unwrap(), "--json"]).fails(1).json();
        assert_eq!((&looked["verified"], &looked["ok"]), (&Value::Bool(false), &Value::Bool(false)), "{at}: {looked}");
        restore(&damaged, &house.data()).fails(1).saying("BACKUP_BAD");
        let fresh = house.folder.path().join("fresh");
        restore(&damaged, &fresh).fails(1);
        assert!(!fresh.join("scimbox.db").exists(), "{at}");
    }
    for cut in [1, 100, 4096, length / 2] {
        std::fs::write(&damaged, &std::fs::read(&file).unwrap()[..(length - cut) as usize]).unwrap();
        // Without its last page it is a copy as other tools make it, and whole.
        let code = if cut == 4096 { 0 } else { 1 };
        house.run(&["backup", "verify", damaged.to_str().unwrap()]).fails(code);
    }
    assert!(std::fs::read(house.data().join("scimbox.db")).unwrap() == database, "the database is as it was");
    let good = house.run(&["backup", "verify", file.to_str().unwrap(), "--json"]).ok().json();
    assert_eq!((&good["verified"], &good["problems"]), (&Value::Bool(true), &serde_json::json!([])));
    let missing = house.run(&["backup", "verify", "nowhere.db", "--json"]).fails(3);
    assert!(missing.stderr.contains("NOT_FOUND"), "{}", missing.stderr);
}

#[test]
fn a_planted_trigger_and_a_newer_schema_are_refused() {
    if !has_file() {
        return;
    }
    let (house, file) = stopped_with_backup();
    for (sql, said) in [
        (
            "CREATE TRIGGER evil AFTER INSERT ON session BEGIN UPDATE admin SET email = 'eve@x.test'; END",
            "the trigger “evil” does not belong to it",
        ),
        ("CREATE VIEW evil AS SELECT * FROM admin", "the view “evil” does not belong to it"),
        ("PRAGMA user_version = 9999", "newer Scimbox"),
        ("PRAGMA application_id = 7", "not a Scimbox database"),
        ("UPDATE node SET users = users + 1", "users and has"),
        ("UPDATE event SET actor = 'eve' WHERE event_id = 1", "broken at event 1"),
    ] {
        // Who plants something leaves out the page that gives it away.
        let planted = house.folder.path().join("planted.db");
        let whole = std::fs::read(&file).unwrap();
        std::fs::write(&planted, &whole[..whole.len() - 4096]).unwrap();
        let db = rusqlite::Connection::open(&planted).unwrap();
        db.execute_batch(sql).unwrap();
        drop(db);
        let ran = house.run(&["backup", "verify", planted.to_str().unwrap(), "--json"]).fails(1).json();
        assert!(ran["problems"][0]["found"].as_str().unwrap().contains(said), "{sql}: {ran}");
        restore(&planted, &house.data()).fails(1).saying(said);
    }
    assert_eq!(names(&house.data()).len(), 1);
}

#[test]
fn a_sealed_backup_opens_with_its_passphrase_alone() {
    if !has_file() {
        return;
    }
    let (house, _) = stopped_with_backup();
    let secret = house.folder.path().join("passphrase");
    std::fs::write(&secret, format!("{PASSPHRASE}\n")).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    let (secret, to) = (secret.to_str().unwrap().to_owned(), house.folder.path().join("sealed"));
    let create = ["backup", "create", "--to", to.to_str().unwrap(), "--passphrase-file"];
    house.run_with(&[&create[..], &["-"]].concat(), "too short").fails(2);
    let made = house.json(&[&create[..], &[&secret]].concat());
    let file = file_of(&made);
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"Scimbox sealed backup 1\n"), "the header is readable");
    assert!(!bytes.windows(9).any(|window| window == b"acme.test"), "nothing else is");
    let name = file.to_str().unwrap();
    house.run(&["backup", "verify", name]).fails(2).saying("--passphrase-file");
    house.run_with(&["backup", "verify", name, "--passphrase-file", "-"], "another one of twelve").fails(5);
    house.run(&["backup", "verify", name, "--passphrase-file", &secret]).ok();
    let into = house.folder.path().join("into");
    run(scimbox(&into).args(["backup", "restore", name, "--yes", "--passphrase-file", &secret]), "").ok();
    assert!(names(&into).contains("mia@acme.test"));
    for place in [house.data(), into, to] {
        let parts = std::fs::read_dir(place)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".part"));
        assert_eq!(parts.count(), 0, "nothing unsealed stays");
    }
}

/// Starts a command and kills it once `when` says so; whether it was still running.
fn killed(arguments: &[&str], folder: &Path, when: impl Fn() -> bool) -> bool {
    let mut command = scimbox(folder);
    let mut child =
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the moment comes", || (when() || child.try_wait().unwrap().is_some()).then_some(()));
    let running = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    running
}

#[test]
fn a_process_that_is_killed_while_it_makes_a_backup_leaves_none_that_looks_like_one() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    house.keeper().client().post("/Users", mia()).expect(201);
    let to = house.folder.path().join("kept");
    let count = || std::fs::read_dir(&to).map_or(0, Iterator::count);
    for round in 0..10 {
        let before = count();
        killed(&["backup", "create", "--to", to.to_str().unwrap()], &house.data(), || round == 0 || count() > before);
    }
    let listed = house.json(&["backup", "list", "--in", to.to_str().unwrap()]);
    for one in listed.as_array().unwrap() {
        house.run(&["backup", "verify", one["file"].as_str().unwrap()]).ok();
    }
    back_up(&house, &to);
    house.run(&["verify"]).ok();
}

#[test]
fn a_process_that_is_killed_while_it_restores_leaves_the_old_state_or_the_new_one() {
    if !has_file() {
        return;
    }
    let (house, file) = stopped_with_backup();
    let data = house.data();
    let arguments = ["backup", "restore", file.to_str().unwrap(), "--yes"];
    let part = data.join("restore.part");
    let before_restore = || {
        let entries = std::fs::read_dir(&data).unwrap().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().contains("before-restore")).count()
    };
    for round in 0..12 {
        run(scimbox(&data).args(["node", "create", &format!("Old {round}")]), "").ok();
        let kept = before_restore();
        killed(&arguments, &data, || match round % 4 {
            0 => part.exists(),
            1 => part.join("scimbox.db").exists(),
            2 => part.join("scimbox.mark").exists(),
            _ => before_restore() > kept,
        });
        let nodes = run(scimbox(&data).args(["node", "list", "--json"]), "").ok().stdout;
        let old = nodes.contains(&format!("Old {round}"));
        let new = !nodes.contains("Old ");
        assert!(old || new, "round {round}: {nodes}");
        assert_eq!(names(&data).len(), 1);
        run(scimbox(&data).arg("verify"), "").ok();
    }
    restore(&file, &data).ok();
    assert!(!part.exists());
    let house = Appliance::serve(Arc::clone(&house.folder), &[]);
    assert_eq!(house.json(&["user", "list"])[0]["user_name"], "mia@acme.test");
}

#[test]
fn a_damaged_or_missing_database_is_replaced_and_its_log_never_meets_the_backup() {
    if !has_file() {
        return;
    }
    let (house, file) = stopped_with_backup();
    let database = house.data().join("scimbox.db");
    std::fs::write(&database, "this is no database").unwrap();
    std::fs::write(house.data().join("scimbox.db-wal"), "nor is this a log of one").unwrap();
    restore(&file, &house.data()).ok();
    assert!(names(&house.data()).contains("mia@acme.test"));
    std::fs::remove_file(&database).unwrap();
    refused(&mut scimbox(&house.data())).fails(1).saying("missing or empty");
    restore(&file, &house.data()).ok();
    assert!(names(&house.data()).contains("mia@acme.test"));
}

#[test]
fn a_refusal_at_the_start_names_the_newest_good_backup_and_the_command() {
    if !has_file() {
        return;
    }
    let (house, _) = stopped_with_backup();
    let good = file_of(&house.json(&["backup", "create"]));
    let bad = file_of(&house.json(&["backup", "create"]));
    std::fs::File::options().write(true).open(&bad).unwrap().write_all_at(b"x", 5000).unwrap();
    std::fs::write(house.data().join("scimbox.db"), "").unwrap();
    let said = refused(&mut scimbox(&house.data())).fails(1).stderr;
    let command = format!("scimbox --data-dir {} backup restore {}", house.data().display(), good.display());
    assert!(said.contains(&command), "{said}");
    let arguments: Vec<&str> = command.split(' ').skip(3).collect();
    house.run(&[&arguments[..], &["--yes"]].concat()).ok();
    Appliance::serve(Arc::clone(&house.folder), &[]);
}
