//! Health: what is said, and what is kept, when the disk is full or failing, files vanish, or the clock jumps. What the
//! machine would not do by itself comes from a library between the program and the system (`shim.c`).

use crate::appliance::{ADMIN, Appliance, PASSWORD, eventually, has_file, refused, scimbox};
use crate::console::{Console, visitor};
use crate::idp_clients::Client;
use crate::people::*;
use crate::programs::skipped;
use rustix::process::Signal;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The library, built once by the compiler that links Rust programs.
fn shim() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/appliance/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}.so", std::process::id()));
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
        cc.status().is_ok_and(|status| status.success()).then_some(library)
    });
    if built.is_none() {
        skipped("no C compiler (cc) for the library that makes disks fail and clocks jump");
    }
    built.as_deref()
}

/// An appliance whose disk and clock are as the test says.
pub struct Troubled {
    pub house: Appliance,
    trouble: PathBuf,
}

impl Troubled {
    pub fn start() -> Option<Troubled> {
        Troubled::serve(Arc::new(tempfile::tempdir().unwrap()), "")
    }

    fn serve(folder: Arc<tempfile::TempDir>, what: &str) -> Option<Troubled> {
        let (shim, trouble) = (shim()?, folder.path().join("trouble"));
        std::fs::write(&trouble, what).unwrap();
        let house = Appliance::serve_with(folder, &[], |command| {
            command.env("LD_PRELOAD", shim).env("SCIMBOX_TEST_SHIM", &trouble);
        });
        Some(Troubled { house, trouble })
    }

    pub fn now(&self, what: &str) {
        // Renamed into place, so that nobody reads half of it.
        let new = self.trouble.with_extension("new");
        std::fs::write(&new, what).unwrap();
        std::fs::rename(new, &self.trouble).unwrap();
    }
}

fn probe(house: &Appliance) -> Client {
    Client::plain(&house.url(""))
}

#[test]
fn on_a_full_disk_reading_goes_on_and_readiness_says_so() {
    if !has_file() {
        return;
    }
    let Some(troubled) = Troubled::start() else { return };
    let client = troubled.house.keeper().client();
    client.post("/Users", mia()).expect(201);
    let probe = probe(&troubled.house);
    probe.get("/readyz").expect(200);
    troubled.now("full");
    // Nobody writes meanwhile.
    let told = eventually("it is not ready", || Some(probe.get("/readyz")).filter(|told| told.status == 507));
    assert!(told.text.contains("full"), "{}", told.text);
    client.post("/Users", person("late")).expect(507).says("/status", "507");
    probe.get("/readyz").expect(507);
    probe.get("/healthz").expect(200).says("/status", "degraded").says("/problem", "STORAGE_FULL");
    client.get("/Users").expect(200).says("/totalResults", 1);
    let complaints = || troubled.house.stderr().matches("writes are refused").count();
    for _ in 0..20 {
        client.post("/Users", person("late")).expect(507);
    }
    assert_eq!(complaints(), 1, "said once");
    troubled.now("");
    client.post("/Users", person("late")).expect(201);
    probe.get("/readyz").expect(200);
    probe.get("/healthz").expect(200).says("/status", "ok");
    assert!(troubled.house.stderr().contains("writes succeed again"));
}

#[test]
fn on_a_file_system_that_turns_read_only_and_on_a_failing_disk_writes_are_refused_and_nothing_is_lost() {
    if !has_file() {
        return;
    }
    for trouble in ["readonly", "write"] {
        let Some(troubled) = Troubled::start() else { return };
        let client = troubled.house.keeper().client();
        client.post("/Users", mia()).expect(201);
        let probe = probe(&troubled.house);
        troubled.now(trouble);
        let refused = client.post("/Users", person("late")).expect(507);
        assert!(refused.text.contains("may or may not have been kept"), "{trouble}: {}", refused.text);
        probe.get("/readyz").expect(507);
        probe.get("/healthz").expect(200).says("/status", "degraded").says("/problem", "STORAGE_FAILED");
        client.get("/Users").expect(200).says("/totalResults", 1);
        assert_eq!(troubled.house.stderr().matches("writes are refused").count(), 1, "said once");
        troubled.now("");
        client.post("/Users", person("after")).expect(201);
        probe.get("/readyz").expect(200);
        let mut house = troubled.house;
        house.crash();
        let names = house.again().run(&["user", "list", "--json"]).ok().stdout;
        assert!(names.contains("mia") && names.contains("after"), "{names}");
    }
}

#[test]
fn on_a_full_disk_the_server_starts_and_reads() {
    if !has_file() {
        return;
    }
    let Some(troubled) = Troubled::start() else { return };
    let connected = troubled.house.keeper();
    connected.client().post("/Users", mia()).expect(201);
    let folder = Arc::clone(&troubled.house.folder);
    let mut house = troubled.house;
    house.signal(Signal::TERM);
    house.end();
    // Its port is another one, so its address has changed and cannot be kept.
    let Some(full) = Troubled::serve(folder, "full") else { return };
    let client = Client::bearer(&full.house.url(connected.path()), &connected.token);
    client.get("/Users").expect(200).says("/totalResults", 1);
    client.post("/Users", person("late")).expect(507);
    full.now("");
    client.post("/Users", person("late")).expect(201);
}

#[test]
fn on_a_full_disk_an_administrator_signs_in_and_out_and_sees_what_is_the_matter() {
    if !has_file() {
        return;
    }
    let Some(troubled) = Troubled::start() else { return };
    let before = troubled.house.console();
    troubled.now("full");
    let probe = probe(&troubled.house);
    eventually("it is not ready", || (probe.get("/readyz").status == 507).then_some(()));
    let console = Console::sign_in(&troubled.house, ADMIN, PASSWORD);
    console.get("/nodes").expect(200);
    console.post("/nodes", json!({"name": "Late"})).expect(507);
    let wrong = json!({"email": ADMIN, "password": "not the password"});
    visitor(&troubled.house).post("/session", wrong).expect(401);
    console.delete("/session").expect(204);
    console.get("/nodes").expect(401);
    let console = Console::sign_in(&troubled.house, ADMIN, PASSWORD);
    troubled.now("");
    eventually("it is ready", || (probe.get("/readyz").status == 200).then_some(()));
    console.get("/nodes").expect(200);
    before.get("/nodes").expect(200);
    // Another password ends it ends all others.
    let reset = ["admin", "reset-password", ADMIN, "--password-file", "-"];
    troubled.house.run_with(&reset, "another long password").ok();
    console.get("/nodes").expect(401);
}

#[test]
fn after_a_failed_sync_nobody_claims_that_nothing_has_changed() {
    if !has_file() {
        return;
    }
    let Some(troubled) = Troubled::start() else { return };
    let client = troubled.house.keeper().client();
    client.post("/Users", mia()).expect(201);
    troubled.now("sync");
    let refused = client.post("/Users", person("unsure")).expect(507);
    assert!(refused.text.contains("may or may not have been kept"), "{}", refused.text);
    assert!(!refused.text.contains("nothing has changed"), "{}", refused.text);
    let probe = probe(&troubled.house);
    probe.get("/readyz").expect(507);
    probe.get("/healthz").expect(200).says("/problem", "STORAGE_FAILED");
    troubled.now("");
    client.post("/Users", person("after")).expect(201);
    probe.get("/readyz").expect(200);
    // What was acknowledged is there after a crash, before and after the failure.
    let mut house = troubled.house;
    house.crash();
    let again = house.again();
    let names = again.run(&["user", "list", "--json"]).ok().stdout;
    assert!(names.contains(&mia()["userName"].as_str().unwrap().to_owned()) && names.contains("after"), "{names}");
}

#[test]
fn files_that_vanish_under_the_server_are_missed_and_nothing_is_lost_with_the_log() {
    if !has_file() {
        return;
    }
    for name in ["scimbox.db", "scimbox.db-wal"] {
        let mut house = Appliance::start();
        let client = house.keeper().client();
        client.post("/Users", mia()).expect(201);
        let (file, aside) = (house.data().join(name), house.folder.path().join("aside"));
        std::fs::rename(&file, &aside).unwrap();
        let probe = probe(&house);
        // Before anybody writes.
        probe.get("/healthz").expect(200).says("/status", "degraded").says("/problem", "STORAGE_MOVED");
        assert!(house.stderr().contains("writes are refused"));
        let told = client.post("/Users", person("late")).expect(503);
        assert!(told.text.contains("deleted, moved or replaced"), "{}", told.text);
        let told = probe.get("/readyz").expect(503);
        assert!(told.text.contains("STORAGE_MOVED"), "{}", told.text);
        probe.get("/healthz").expect(200).says("/status", "degraded").says("/problem", "STORAGE_MOVED");
        client.get("/Users").expect(200).says("/totalResults", 1);
        client.post("/Users", person("late")).expect(503);
        assert_eq!(house.stderr().matches("writes are refused").count(), 1, "said once");
        if name == "scimbox.db" {
            std::fs::rename(&aside, &file).unwrap();
            client.post("/Users", person("back")).expect(201);
            probe.get("/healthz").expect(200).says("/status", "ok");
        }
        house.crash();
        let again = house.again();
        let names = again.run(&["user", "list", "--json"]).ok().stdout;
        assert!(names.contains(mia()["userName"].as_str().unwrap()), "{name}: {names}");
    }
}

#[test]
fn whatever_the_clock_does_last_modified_never_falls_sessions_end_and_the_date_goes_on() {
    let Some(troubled) = Troubled::start() else { return };
    let console = troubled.house.console();
    let client = troubled.house.keeper().client();
    let made = client.post("/Users", mia()).expect(201);
    let path = format!("/Users/{}", made.at("/id").as_str().unwrap());
    let before = made.at("/meta/lastModified").as_str().unwrap().to_owned();
    troubled.now("clock -7200");
    let title = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "title", "value": "Engineer" }] });
    client.patch(&path, title).expect(200);
    let after = client.get(&path).expect(200).at("/meta/lastModified").as_str().unwrap().to_owned();
    assert!(after >= before, "{before} became {after}");
    console.get("/session").expect(401);
    // Signing in again works at once.
    Console::sign_in(&troubled.house, ADMIN, PASSWORD).get("/session").expect(200);
    // The old session does not live again when the clock gets to where it was.
    troubled.now("");
    console.get("/session").expect(401);
    // About 1965: the header has nothing to say for that, and goes on as soon as the clock is right.
    troubled.now("clock -1940000000");
    eventually("the clock stands at 1970", || {
        let date = client.get(&path).header("date").to_owned();
        (date == "Thu, 01 Jan 1970 00:00:00 GMT").then_some(())
    });
    let since = Instant::now();
    eventually("the library has looked at the clock", || (since.elapsed() > Duration::from_millis(1200)).then_some(()));
    troubled.now("");
    let date = || client.get(&path).expect(200).header("date").to_owned();
    let first = eventually("the right year", || Some(date()).filter(|date| !date.contains("1970")));
    eventually("the date goes on", || (date() != first).then_some(()));
}

#[test]
fn a_clock_before_1970_is_refused_in_words() {
    let Some(shim) = shim() else { return };
    let folder = tempfile::tempdir().unwrap();
    let trouble = folder.path().join("trouble");
    std::fs::write(&trouble, "clock -1940000000").unwrap();
    let mut serve = scimbox(&folder.path().join("data"));
    serve.env("LD_PRELOAD", shim).env("SCIMBOX_TEST_SHIM", &trouble);
    refused(&mut serve).fails(1).saying("before 1970. Set it and start again");
}

#[test]
fn what_recovery_drops_from_a_damaged_log_is_said() {
    if !has_file() {
        return;
    }
    let mut house = Appliance::start();
    let client = house.keeper().client();
    for n in 0..20 {
        client.post("/Users", person(&format!("p{n}"))).expect(201);
    }
    house.signal(Signal::STOP);
    let log = house.data().join("scimbox.db-wal");
    let mut bytes = std::fs::read(&log).unwrap();
    assert!(bytes.len() > 50 * 4120, "the log holds what was just written");
    house.crash();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    let again = house.again();
    assert!(again.stderr().contains("the log is damaged: what is behind the damage is dropped"), "{}", again.stderr());
    probe(&again).get("/readyz").expect(200);
}

#[test]
fn a_damaged_row_costs_that_row_and_not_the_list() {
    if !has_file() {
        return;
    }
    for damage in [
        "UPDATE user SET resource = CAST(x'7bff7d' AS TEXT) WHERE user_name LIKE 'p7%'",
        "UPDATE user SET state = 'damaged' WHERE user_name LIKE 'p7%'",
        "UPDATE user SET resource = 'no resource' WHERE user_name LIKE 'p7%'",
        "UPDATE user SET resource = replace(resource, '}', ')') WHERE user_name LIKE 'p7%'",
        "UPDATE user SET resource = substr(resource, 1, 40) WHERE user_name LIKE 'p7%'",
        "UPDATE team SET resource = CAST(x'7bff7d' AS TEXT) WHERE name = 'Blue'",
    ] {
        let house = Appliance::start();
        let client = house.keeper().client();
        for n in 0..10 {
            client.post("/Users", person(&format!("p{n}"))).expect(201);
        }
        for name in ["Red", "Blue", "Green"] {
            client.post("/Groups", json!({ "displayName": name })).expect(201);
        }
        let db = house.database();
        db.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
        assert_eq!(db.execute(damage, []).unwrap(), 1, "{damage}");
        let (users, groups) = if damage.contains("team") { (10, 2) } else { (9, 3) };
        for path in ["/Users?count=100", "/Users?count=100&sortBy=userName", "/Users?filter=userName%20pr"] {
            assert_eq!(client.get(path).expect(200).listed().len(), users, "{damage}: {path}");
        }
        for path in ["/Groups", "/Groups?sortBy=displayName"] {
            assert_eq!(client.get(path).expect(200).listed().len(), groups, "{damage}: {path}");
        }
        assert!(house.stderr().contains("a damaged row is left out of a list"), "{damage}");
        // A second page begins where the first one ended.
        let second = client.get("/Users?startIndex=9&count=5").expect(200).listed();
        assert_eq!(second.len(), 2, "{damage}");
    }
}
