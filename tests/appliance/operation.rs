//! What keeps an appliance running for years: backups by themselves, a log that another program copies, systemd, and commands
//! for those who install and upgrade it.

use crate::appliance::{Appliance, eventually, has_file, program, run, scimbox};
use crate::people::*;
use serde_json::{Value, json};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::Arc;

#[test]
fn the_schedule_makes_backups_and_keeps_as_many_as_it_is_told() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    house.keeper().client().post("/Users", mia()).expect(201);
    let asked = house.json(&["backup", "create"]);
    house.run(&["settings", "set", "backup_hours", "1"]).ok();
    house.run(&["settings", "set", "backup_keep", "2"]).ok();
    let scheduled = || -> Vec<Value> {
        let all = house.json(&["backup", "list"]);
        all.as_array().unwrap().iter().filter(|one| one["scheduled"] == true).cloned().collect()
    };
    let first = eventually("the first backup", || scheduled().pop());
    house.run(&["backup", "verify", first["file"].as_str().unwrap()]).ok();
    // As if it had made more of them.
    for n in 0..4 {
        let copy = house.data().join("backups").join(format!("scheduled-{n}.db"));
        std::fs::copy(first["file"].as_str().unwrap(), copy).unwrap();
    }
    eventually("old ones are removed", || (scheduled().len() == 2).then_some(()));
    let all = house.json(&["backup", "list"]).to_string();
    assert!(all.contains(asked["file"].as_str().unwrap()), "what somebody asked for stays: {all}");
}

#[test]
fn a_log_that_another_program_copies_is_left_alone() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start_with(&["--external-checkpoints"]);
    let client = house.keeper().client();
    let log = house.data().join("scimbox.db-wal");
    let database = || std::fs::read(house.data().join("scimbox.db")).unwrap();
    let before = database();
    for n in 0..60 {
        client.post("/Users", person(&format!("p{n}"))).expect(201);
    }
    house.run(&["node", "create", "beside"]).ok();
    let length = log.metadata().unwrap().len();
    assert!(length > 60 * 4096, "{length}");
    assert!(database() == before, "nothing went from the log to the file");
    house.signal(rustix::process::Signal::TERM);
    house.end();
    assert!(log.metadata().unwrap().len() >= length, "nor at the end");
    run(scimbox(&house.data()).args(["node", "list"]), "").ok();
    assert!(log.metadata().unwrap().len() >= length, "nor by a command");
    // As the program that copies would do it: its tables, its checkpoint.
    let house = Appliance::serve(Arc::clone(&house.folder), &["--external-checkpoints"]);
    assert_eq!(house.json(&["user", "list"]).as_array().unwrap().len(), 60);
    let made = house.json(&["backup", "create"]);
    let fresh = house.folder.path().join("fresh");
    run(scimbox(&fresh).args(["backup", "restore", made["file"].as_str().unwrap(), "--yes"]), "").ok();
    assert_eq!(run(scimbox(&fresh).args(["user", "list", "--json"]), "").ok().json().as_array().unwrap().len(), 60);
}

#[test]
fn systemd_hears_when_the_server_is_ready_lives_and_stops() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(crate::appliance::PATIENCE)).unwrap();
    let hear = |word: &str| {
        let mut heard = [0; 1024];
        loop {
            let length = socket.recv(&mut heard).unwrap();
            if String::from_utf8_lossy(&heard[..length]).contains(word) {
                return;
            }
        }
    };
    let house = Appliance::serve_with(folder, &[], |command| {
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    });
    hear("READY=1");
    hear("WATCHDOG=1");
    house.signal(rustix::process::Signal::TERM);
    hear("STOPPING=1");
}

#[test]
fn the_program_alone_shows_the_first_steps_on_a_terminal_and_its_help_elsewhere() {
    let program_path = program().get_program().to_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let seen =
        run(Command::new("script").args(["-qec", &program_path, "/dev/null"]).current_dir(folder.path()), "").ok();
    assert_eq!(seen.stdout.matches("\r\n  scimbox ").count(), 3, "{}", seen.stdout);
    let help = run(program().current_dir(folder.path()), "").ok().stdout;
    assert!(help.contains("Usage: scimbox"), "{help}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(program().args(["completions", shell]), "").ok().stdout.contains("scimbox"));
    }
    assert!(run(program().args(["man"]), "").ok().stdout.contains(".TH scimbox 1"));
    run(program().args(["man", "--to", folder.path().to_str().unwrap()]), "").ok();
    assert!(folder.path().join("scimbox-backup-create.1").exists());
}

#[test]
fn an_upgrade_check_says_what_would_happen_and_does_nothing() {
    if !has_file() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ask = |code| run(scimbox(&data).args(["upgrade-check", "--json"]), "").fails(code).json();
    assert_eq!(ask(0)["action"], "create");
    assert!(!data.exists());
    run(scimbox(&data).args(["node", "list"]), "").ok();
    let now = ask(0);
    assert_eq!((&now["action"], &now["schema"], &now["served"]), (&json!("none"), &now["known"], &json!(false)));
    std::fs::write(data.join("scimbox.db"), "no database").unwrap();
    assert_eq!(ask(1)["action"], "refuse");
}

#[test]
fn a_support_report_holds_no_secret_and_no_name() {
    if !has_file() {
        return;
    }
    let house = Appliance::with_admin();
    let sales = house.keeper();
    sales.client().post("/Users", mia()).expect(201);
    house.run(&["settings", "set", "mail_host", "mail.acme.test"]).ok();
    let text = house.run(&["support-report", "--json"]).ok().stdout;
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["users"], &report["settings"]["mail_host"]), (&json!(1), &json!("set")));
    for secret in ["acme.test", "Sales", "mia", "Ada", &sales.token, "argon2"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(report["files"]["scimbox.db"].is_number());
}

#[test]
fn the_console_makes_checks_fetches_and_removes_backups_and_no_key_fetches_one() {
    if !has_file() {
        return;
    }
    let house = Appliance::start();
    let console = house.console();
    house.keeper().client().post("/Users", mia()).expect(201);
    assert_eq!(console.get("/backups").expect(200).at("/backups"), json!([]));
    let made = console.post("/backups", json!({})).expect(201).says("/ok", true);
    let name = made.at("/name").as_str().unwrap().to_owned();
    let file = house.data().join("backups").join(&name);
    assert_eq!(made.at("/bytes"), json!(file.metadata().unwrap().len()));
    console.get("/backups").expect(200).says("/backups/0/name", name.as_str()).says("/backups/0/scheduled", false);
    let path = format!("/backups/{name}");
    console.post(&format!("{path}/verify"), json!({})).expect(200).says("/ok", true);
    let fetched = console.get(&path).expect(200);
    assert!(fetched.header("content-disposition").contains(&name));
    assert!(fetched.text.starts_with("SQLite format 3"));
    let key = console.post("/api-keys", json!({ "name": "CI", "scope": "full" })).expect(201);
    let program = crate::idp_clients::Client::bearer(&house.url("/api/v1"), key.at("/secret").as_str().unwrap());
    program.get(&path).fails(403, "KEY_SCOPE");
    for stranger in ["/backups/..%2Fscimbox.db", "/backups/scimbox.db", "/backups/scimbox-none.db"] {
        console.get(stranger).fails(404, "NOT_FOUND");
    }
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[5000] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    console
        .post(&format!("{path}/verify"), json!({}))
        .expect(200)
        .says("/ok", false)
        .says("/problems/0/check", "checksum");
    console.delete(&path).expect(204);
    assert!(!file.exists());
}
