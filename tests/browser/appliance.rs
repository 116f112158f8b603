//! An appliance of its own for a test: the real binary on a free port with a data folder that goes away.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longer than anything here may take on a busy machine; reached only when something hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const EMAIL: &str = "ada@acme.test";
pub const PASSWORD: &str = "correct horse, battery";

/// A running `scimbox serve`. Killed and removed when it is dropped.
pub struct Appliance {
    pub address: String,
    process: Child,
    printed: Receiver<String>,
    folder: tempfile::TempDir,
}

impl Appliance {
    /// Serves a new data folder on a free port.
    pub fn start() -> Appliance {
        Appliance::start_with(&[])
    }

    /// The same with more arguments.
    pub fn start_with(arguments: &[&str]) -> Appliance {
        let folder = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(folder.path().join("stderr.txt")).unwrap();
        let mut process = scimbox(&folder)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let (lines, printed) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody may be listening any more.
                let _ = lines.send(line);
            }
        });
        let mut appliance = Appliance { address: String::new(), process, printed, folder };
        let first = appliance.line("listening on ");
        appliance.address = first.strip_prefix("listening on ").expect("the first line").to_owned();
        appliance
    }

    /// One with an administrator already.
    pub fn with_admin() -> Appliance {
        Appliance::with_admin_and(&[])
    }

    /// The same with more arguments of the server.
    pub fn with_admin_and(arguments: &[&str]) -> Appliance {
        let appliance = Appliance::start_with(arguments);
        appliance.run_with(&["admin", "create", EMAIL, "--name", "Ada", "--password-file", "-"], PASSWORD);
        appliance
    }

    /// The link to the first administrator, as the server printed it.
    pub fn setup_link(&self) -> String {
        self.line("/ui/setup#k=").trim().to_owned()
    }

    /// The next line of its stdout with that text.
    fn line(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.printed.recv_timeout(left).unwrap_or_else(|_| panic!("“{text}” was not printed"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// A command beside the running server; what it prints.
    pub fn run(&self, arguments: &[&str]) -> String {
        self.run_with(arguments, "")
    }

    /// The same with text on stdin.
    pub fn run_with(&self, arguments: &[&str], stdin: &str) -> String {
        let mut command = scimbox(&self.folder);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Its database.
    pub fn database(&self) -> rusqlite::Connection {
        let database = rusqlite::Connection::open(self.folder.path().join("data/scimbox.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database
    }

    /// Makes the approval of a team slow, so that somebody can watch it.
    pub fn approves_slowly(&self) {
        let database = self.database();
        let trigger = "CREATE TRIGGER slow AFTER UPDATE ON team BEGIN SELECT hex(randomblob(2000000)); END";
        database.execute_batch(trigger).unwrap();
    }

    /// A new node; its id.
    pub fn node(&self, name: &str) -> String {
        self.json(&["node", "create", name])["node_id"].to_string()
    }
}

fn scimbox(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimbox"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCIMBOX_")) {
        command.env_remove(name);
    }
    command.arg("--data-dir").arg(folder.path().join("data"));
    command
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
