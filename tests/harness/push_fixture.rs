//! What tests of SCIM push have in common: files that people come from, records, outcomes, and a foreign service.

use crate::appliance::{Appliance, Ran, eventually};
use crate::connected::Connected;
use crate::programs::skipped;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A folder of files that people come from, and records that read them.
pub struct Files(pub tempfile::TempDir);

impl Files {
    pub fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// A record that reads a file into a connection of the appliance.
pub fn record(house: &Appliance, name: &str, target: &Connected, path: &Path, more: &[&str]) {
    let path = path.to_str().unwrap();
    let create = ["push", "record", "create", name, "--source", "file", "--target", &target.scim_id, "--path", path];
    house.run(&[&create[..], more].concat()).ok();
}

/// `scim push … --json`: the outcome, with the exit code that belongs to it.
#[track_caller]
pub fn push(house: &Appliance, target: &Connected, record: &str, more: &[&str]) -> Value {
    let command = ["scim", "push", &target.scim_id, "--source", "file", "--record", record, "--json"];
    outcome(house.run(&[&command[..], more].concat()))
}

#[track_caller]
pub fn outcome(ran: Ran) -> Value {
    let outcome = ran.json();
    assert_eq!(ran.code, i32::from(outcome["state"] != "done"), "{outcome}");
    outcome
}

#[track_caller]
pub fn has_done(outcome: &Value, counts: &[(&str, u64)]) {
    for (pointer, count) in counts {
        assert_eq!(outcome.pointer(pointer), Some(&json!(count)), "{pointer}: {outcome}");
    }
}

#[track_caller]
pub fn writes_nothing(outcome: &Value) {
    let counts = ["users", "groups", "memberships"].iter().flat_map(|of| outcome[of].as_object().unwrap().values());
    assert!(counts.into_iter().all(|count| count == 0), "{outcome}");
}

pub fn person(id: &str, groups: &[&str]) -> Value {
    json!({ "id": id, "email": format!("{id}@Acme.test"), "full_name": format!("{id} Berg"), "first_name": id,
        "last_name": "Berg", "active": true, "groups": groups })
}

pub fn group(id: &str, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

pub fn content(users: &[Value], groups: &[Value]) -> String {
    json!({ "users": users, "groups": groups }).to_string()
}

/// Ten people in two groups.
pub fn acme() -> (Vec<Value>, Vec<Value>) {
    let people = (0..10).map(|n| person(&format!("u{n}"), if n < 5 { &["g1"] } else { &["g1", "g2"] }));
    (people.collect(), vec![group("g1", "Finance"), group("g2", "営業")])
}

/// Who is there, in a form that two services have in common: users with their groups, inactive ones marked.
pub fn directory(client: &crate::idp_clients::Client) -> Vec<(String, bool, Vec<String>)> {
    let groups = client.get("/Groups?count=1000").expect(200).listed();
    let users = client.get("/Users?count=1000").expect(200).listed();
    let mut all: Vec<(String, bool, Vec<String>)> = users
        .iter()
        .map(|user| {
            let is_in = |group: &&Value| {
                group["members"].as_array().into_iter().flatten().any(|member| member["value"] == user["id"])
            };
            let mut names: Vec<String> =
                groups.iter().filter(is_in).map(|group| group["displayName"].as_str().unwrap().to_owned()).collect();
            names.sort();
            (user["userName"].as_str().unwrap().to_lowercase(), user["active"] == true, names)
        })
        .collect();
    all.sort();
    all
}

/// Ended when it is dropped.
pub struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// scim2-server, another one's SCIM service; nothing where it is not installed.
pub fn scim2_server() -> Option<(Server, String)> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv-scim2-server/bin/scim2-server");
    if !program.exists() {
        let why = std::env::var("SCIMBOX_TESTS_NO_SCIM2_SERVER").unwrap_or_else(|_| "tests/run installs it".to_owned());
        skipped(&format!("push to scim2-server, because target/venv-scim2-server has none ({why})"));
        return None;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(program);
    command.args(["--port", &port.to_string(), "--bearer-token", "foreign-token"]);
    let server = Server(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    eventually("scim2-server listens", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    Some((server, format!("http://127.0.0.1:{port}/v2")))
}
