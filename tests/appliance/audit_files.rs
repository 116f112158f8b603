//! The audit log as files: every event is in one of them and in its order, over restarts, a full disk and a clock that jumps.

use crate::appliance::{Appliance, eventually};
use crate::health::Troubled;
use crate::people::*;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

/// The finished files, oldest first.
fn files(house: &Appliance) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(house.data().join("audit")) else { return Vec::new() };
    let mut all: Vec<PathBuf> = found.map(|file| file.unwrap().path()).collect();
    all.retain(|path| path.extension().is_some_and(|end| end == "ndjson"));
    all.sort();
    all
}

/// Waits until there are so many files, and looks whether they hold all events up to their last, each once.
#[track_caller]
fn hold_all(house: &Appliance, count: usize) -> Vec<Value> {
    eventually("the file is there", || (files(house).len() == count).then_some(()));
    let text: String = files(house).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let held: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = held.last().unwrap()["event_id"].clone();
    let exported = house.run(&["audit", "export"]).ok().stdout;
    let mut wanted: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    wanted.reverse();
    let end = wanted.iter().position(|event| event["event_id"] == last).unwrap();
    assert_eq!(held, wanted[..=end]);
    held
}

fn is_about(event: &Value, text: &str) -> bool {
    event.to_string().contains(text)
}

#[test]
fn every_event_is_in_one_file_when_the_clock_jumps_and_the_program_is_killed() {
    let Some(troubled) = Troubled::start() else { return };
    let client = troubled.house.keeper().client();
    client.post("/Users", mia()).expect(201);
    assert_eq!(files(&troubled.house).len(), 0);
    troubled.house.run(&["settings", "set", "audit_file_hours", "24"]).ok();
    assert!(hold_all(&troubled.house, 1).iter().any(|event| is_about(event, "mia@acme.test")));
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(troubled.house.data().join("audit")), mode(files(&troubled.house)[0].clone())), (0o700, 0o600));
    // More than is read at once; the next file comes a day later.
    for n in 0..520 {
        client.post("/Users", person(&format!("p{n}"))).expect(201);
    }
    assert_eq!(files(&troubled.house).len(), 1);
    troubled.now("clock 86400");
    assert!(hold_all(&troubled.house, 2).iter().any(|event| is_about(event, "p519@acme.test")));
    // A clock that was set back does not wait until it is where it was.
    let mut house = troubled.house;
    house.run(&["node", "create", "East"]).ok();
    house.crash();
    assert!(hold_all(&house.again(), 3).iter().any(|event| is_about(event, "East")));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_and_its_events_come_into_the_next() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let mut house = Appliance::serve(folder, &["--audit-dir", "/dev/null/audit"]);
    house.keeper().client().post("/Users", mia()).expect(201);
    house.run(&["settings", "set", "audit_file_hours", "1"]).ok();
    eventually("the failure is said", || house.stderr().contains("could not be written to a file").then_some(()));
    house.run(&["settings", "set", "audit_file_hours", "9000"]).fails(2).saying("8760");
    house.crash();
    // The file that was begun is the one that is written now.
    let again = house.again();
    assert!(hold_all(&again, 1).iter().any(|event| is_about(event, "mia@acme.test")));
}
