//! The start: a folder whose database is missing, cut, changed by other hands or short of room is refused in words, and
//! nothing in it has changed then.

use crate::appliance::{Appliance, eventually, has_file, refused, run, scimbox};
use crate::idp_clients::Client;
use crate::people::*;
use crate::programs::skipped;
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// An appliance with a user that was stopped; its folder.
fn stopped() -> Arc<tempfile::TempDir> {
    let mut house = Appliance::start();
    house.keeper().client().post("/Users", mia()).expect(201);
    house.signal(Signal::TERM);
    house.end();
    Arc::clone(&house.folder)
}

#[test]
fn a_database_that_is_missing_empty_cut_or_no_file_is_refused_by_name() {
    if !has_file() {
        return;
    }
    type Harm = fn(&Path);
    let cases: [(Harm, &str); 5] = [
        (|file| std::fs::remove_file(file).unwrap(), "missing or empty"),
        (|file| std::fs::write(file, "").unwrap(), "missing or empty"),
        (
            |file| {
                let open = std::fs::OpenOptions::new().write(true).open(file).unwrap();
                open.set_len(open.metadata().unwrap().len() - 100).unwrap();
            },
            "is damaged",
        ),
        (
            |file| {
                let open = std::fs::OpenOptions::new().write(true).open(file).unwrap();
                open.set_len(open.metadata().unwrap().len() - 4096).unwrap();
            },
            "is damaged",
        ),
        (
            |file| {
                std::fs::remove_file(file).unwrap();
                std::fs::create_dir(file).unwrap();
            },
            "is no file",
        ),
    ];
    for (harm, said) in cases {
        let folder = stopped();
        let data = folder.path().join("data");
        let file = data.join("scimbox.db");
        // As an upgrade would have made it.
        std::fs::copy(&file, data.join("scimbox.db.v4-20260131T093000123Z")).unwrap();
        harm(&file);
        let ran = refused(&mut scimbox(&data));
        assert!(ran.code != 0 && ran.stderr.contains(said), "{said}: {} {}", ran.code, ran.stderr);
        assert!(ran.stderr.contains("scimbox.db"), "{}", ran.stderr);
        if said != "is no file" {
            assert!(ran.stderr.contains("scimbox.db.v4-20260131T093000123Z"), "the newest copy: {}", ran.stderr);
        }
        let listed = run(scimbox(&data).args(["user", "list"]), "");
        assert!(listed.code != 0 && listed.stderr.contains(said), "{}", listed.stderr);
    }
}

#[test]
fn a_database_that_was_cut_beside_its_log_is_refused_untouched() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    let sales = house.keeper();
    sales.client().post("/Users", mia()).expect(201);
    house.signal(Signal::TERM);
    house.end();
    let (data, folder) = (house.data(), Arc::clone(&house.folder));
    let file = data.join("scimbox.db");
    // Nothing but this needs the last pages, so that no look at the others misses them.
    let db = rusqlite::Connection::open(&file).unwrap();
    db.execute_batch("CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(200000)); DROP TABLE big").unwrap();
    drop(db);
    let mut house = Appliance::serve(folder, &[]);
    let client = Client::bearer(&house.url(sales.path()), &sales.token);
    client.post("/Users", person("late")).expect(201);
    house.crash();
    let open = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    let length = open.metadata().unwrap().len();
    for cut in [100, 4096, 50_000] {
        open.set_len(length - cut).unwrap();
        let log = std::fs::read(data.join("scimbox.db-wal")).unwrap();
        assert!(!log.is_empty());
        refused(&mut scimbox(&data)).fails(1).saying("is damaged: it has");
        assert!(std::fs::read(data.join("scimbox.db-wal")).unwrap() == log, "the log is as it was");
    }
    // What is whole again loses nothing of what was in the log.
    open.set_len(length).unwrap();
    let names = Appliance::serve(Arc::clone(&house.folder), &[]).run(&["user", "list", "--json"]).ok().stdout;
    assert!(names.contains("late"), "{names}");
}

#[test]
fn the_log_of_a_database_that_is_missing_is_kept_and_nothing_is_lost_when_it_is_put_back() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    let client = house.keeper().client();
    for n in 0..5 {
        client.post("/Users", person(&format!("p{n}"))).expect(201);
    }
    house.crash();
    let (data, aside) = (house.data(), house.folder.path().join("aside"));
    let (file, log) = (data.join("scimbox.db"), data.join("scimbox.db-wal"));
    let written = std::fs::read(&log).unwrap();
    assert!(!written.is_empty());
    // The log alone says that there was a database.
    std::fs::remove_file(data.join("scimbox.mark")).unwrap();
    std::fs::rename(&file, &aside).unwrap();
    for empty in [false, true] {
        if empty {
            std::fs::write(&file, "").unwrap();
        }
        let said = refused(&mut scimbox(&data)).fails(1).saying("missing or empty").stderr;
        assert!(said.contains("scimbox.db-wal"), "{said}");
        run(scimbox(&data).args(["user", "list"]), "").fails(1).saying("missing or empty");
        assert_eq!(file.exists(), empty, "nothing is made in its place");
        assert!(std::fs::read(&log).unwrap() == written, "the log is as it was");
    }
    std::fs::rename(&aside, &file).unwrap();
    let names = house.again().run(&["user", "list", "--json"]).ok().stdout;
    assert!((0..5).all(|n| names.contains(&format!("p{n}"))), "{names}");
}

#[test]
fn what_was_planted_or_removed_while_it_was_stopped_is_refused_by_name_and_does_not_run() {
    if !has_file() {
        return;
    }
    for (change, said) in [
        (
            "CREATE TRIGGER helpful AFTER INSERT ON session BEGIN UPDATE admin SET email = 'eve@x.test'; END",
            "the trigger “helpful”",
        ),
        (
            "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('trigger', 'sqlite_helpful', 'session', 0,
               'CREATE TRIGGER sqlite_helpful AFTER INSERT ON session BEGIN UPDATE admin SET name = ''Eve''; END')",
            "the trigger “sqlite_helpful”",
        ),
        ("CREATE VIEW people AS SELECT * FROM user", "the view “people”"),
        ("CREATE TABLE notes (x)", "the table “notes”"),
        ("CREATE INDEX slow ON user (created_at)", "the index “slow”"),
        ("DROP TRIGGER user_removed", "the trigger “user_removed” is missing"),
        ("DROP TABLE setting", "the table “setting” is missing"),
    ] {
        let folder = stopped();
        let data = folder.path().join("data");
        let db = rusqlite::Connection::open(data.join("scimbox.db")).unwrap();
        db.execute_batch(change).unwrap();
        drop(db);
        let ran = refused(&mut scimbox(&data));
        assert!(ran.code != 0 && ran.stderr.contains(said), "{change}: {} {}", ran.code, ran.stderr);
        run(scimbox(&data).args(["admin", "list"]), "").fails(1).saying(said);
    }
    let folder = stopped();
    let db = rusqlite::Connection::open(folder.path().join("data/scimbox.db")).unwrap();
    db.execute_batch("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)").unwrap();
    drop(db);
    let again = Appliance::serve(folder, &[]);
    Client::plain(&again.url("")).get("/readyz").expect(200);
}

/// A file system in a file; gone with it.
struct Small(tempfile::TempDir);

impl Small {
    fn mount() -> Option<Small> {
        let dir = tempfile::tempdir().unwrap();
        let (image, at) = (dir.path().join("image"), dir.path().join("at"));
        std::fs::File::create(&image).unwrap().set_len(2 << 20).unwrap();
        std::fs::create_dir(&at).unwrap();
        let done = |command: &mut Command| command.output().is_ok_and(|ran| ran.status.success());
        let made = done(Command::new("mkfs.ext2").args(["-q", "-b", "1024", "-m", "0"]).arg(&image));
        let mounted = made && done(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&at));
        if !mounted {
            skipped("a file system with blocks of 1 KiB cannot be mounted here (needs root and e2fsprogs)");
        }
        mounted.then_some(Small(dir))
    }

    fn at(&self) -> PathBuf {
        self.0.path().join("at")
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.at()).status();
    }
}

#[test]
fn a_full_disk_with_small_blocks_is_refused_in_words() {
    if !has_file() {
        return;
    }
    let Some(small) = Small::mount() else { return };
    let data = small.at().join("data");
    run(scimbox(&data).args(["node", "create", "Acme"]), "").ok();
    let mut filler = std::fs::File::create(small.at().join("filler")).unwrap();
    while std::io::Write::write_all(&mut filler, &[1; 1024]).is_ok() {}
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["node", "list"]] {
        let ran = run(scimbox(&data).args(command), "").fails(5);
        assert!(ran.stderr.contains("bytes left. Make room"), "{}", ran.stderr);
    }
}

#[test]
fn a_read_only_file_system_is_refused_in_words_and_untouched() {
    if !has_file() {
        return;
    }
    let Some(small) = Small::mount() else { return };
    let data = small.at().join("data");
    run(scimbox(&data).args(["node", "create", "Acme"]), "").ok();
    let remount = |how: &str| Command::new("mount").args(["-o", how]).arg(small.at()).status().unwrap().success();
    assert!(remount("remount,ro"));
    let ran = run(scimbox(&data).args(["serve", "--listen", "127.0.0.1:0"]), "");
    assert!((1..10).contains(&ran.code) && ran.stderr.contains("Read-only file system"), "{} {}", ran.code, ran.stderr);
    assert!(remount("remount,rw"));
    assert!(run(scimbox(&data).args(["node", "list"]), "").ok().stdout.contains("Acme"));
}

#[test]
fn the_console_is_opened_in_the_browser_of_a_desktop_and_anywhere_else_the_server_serves_all_the_same() {
    let start = |desktop: &str, script: &str| {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let (bin, opened) = (folder.path().join("bin"), folder.path().join("opened"));
        std::fs::create_dir(&bin).unwrap();
        let program = bin.join("xdg-open");
        std::fs::write(&program, script.replace("OPENED", opened.to_str().unwrap())).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let house = Appliance::serve_with(Arc::clone(&folder), &["--open"], |command| {
            let path = format!("{}:/usr/bin:/bin", bin.display());
            command.env("PATH", path).env("DISPLAY", desktop).env_remove("WAYLAND_DISPLAY");
        });
        (house, opened)
    };
    let (house, opened) = start(":7", "#!/bin/sh\necho \"$@\" > OPENED.part && mv OPENED.part OPENED\n");
    let asked = eventually("the browser is asked", || std::fs::read_to_string(&opened).ok());
    assert_eq!(asked.trim(), house.url("/ui/"), "and no secret");
    let (house, _) = start(":7", "#!/bin/sh\nexit 3\n");
    eventually("it is said", || house.stderr().contains("xdg-open could not open the browser").then_some(()));
    Client::plain(&house.url("")).get("/healthz").expect(200);
    let (house, opened) = start("", "#!/bin/sh\ntouch OPENED\n");
    eventually("it is said", || house.stderr().contains("There is no desktop here").then_some(()));
    Client::plain(&house.url("")).get("/healthz").expect(200);
    assert!(!opened.exists());
}
