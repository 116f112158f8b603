//! An appliance of its own for a test: the real binary on a free port with a data folder that goes away.

#[path = "cluster.rs"]
pub mod cluster;

use crate::connected::Connected;
use cluster::{Database, database_of};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Longer than anything here may take on a busy machine; reached only when something hangs.
pub const PATIENCE: Duration = Duration::from_secs(180);

pub const PASSWORD: &str = "correct horse, battery";
pub const ADMIN: &str = "ada@acme.test";

/// A running `scimbox serve`. Killed and removed when it is dropped.
pub struct Appliance {
    pub folder: Arc<tempfile::TempDir>,
    pub address: String,
    scheme: &'static str,
    process: Child,
    printed: Arc<Printed>,
}

#[derive(Default)]
struct Printed {
    lines: Mutex<Vec<String>>,
    more: Condvar,
    ended: AtomicBool,
}

/// The program with a data folder, untouched by the environment of whoever runs the tests.
pub fn scimbox(folder: &Path) -> Command {
    let mut command = program();
    command.arg("--data-dir").arg(folder);
    if let Some(database) = database_of(folder) {
        command.env("SCIMBOX_STORE", database.url());
    }
    command
}

/// The program without any argument.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimbox"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCIMBOX_")) {
        command.env_remove(name);
    }
    command
}

/// The first line of a test that is about the file of SQLite, its copies or its checks: whether it has anything to look at.
pub fn has_file() -> bool {
    cluster::has_file()
}

impl Appliance {
    /// Serves a new data folder on a free port.
    #[track_caller]
    pub fn start() -> Appliance {
        Appliance::start_with(&[])
    }

    /// The same with more arguments for `serve`.
    #[track_caller]
    pub fn start_with(arguments: &[&str]) -> Appliance {
        Appliance::serve(Arc::new(tempfile::tempdir().unwrap()), arguments)
    }

    /// Serves a data folder that exists.
    #[track_caller]
    pub fn serve(folder: Arc<tempfile::TempDir>, arguments: &[&str]) -> Appliance {
        Appliance::serve_with(folder, arguments, |_| {})
    }

    /// Serves from a folder, in an environment of its own.
    #[track_caller]
    pub fn serve_with(
        folder: Arc<tempfile::TempDir>,
        arguments: &[&str],
        environment: impl FnOnce(&mut Command),
    ) -> Appliance {
        let mut command = scimbox(&folder.path().join("data"));
        environment(&mut command);
        command
            .arg("serve")
            .args(if arguments.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] })
            .args(arguments)
            .stdin(Stdio::null());
        Appliance::of(folder, command)
    }

    /// Serves from a folder by a command of one's own.
    #[track_caller]
    pub fn of(folder: Arc<tempfile::TempDir>, mut command: Command) -> Appliance {
        let log = std::fs::OpenOptions::new().append(true).create(true).open(folder.path().join("stderr.txt")).unwrap();
        let mut process = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
        let printed = Arc::new(Printed::default());
        let reader = Arc::clone(&printed);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                reader.lines.lock().unwrap().push(line);
                reader.more.notify_all();
            }
            reader.ended.store(true, Ordering::SeqCst);
        });
        let mut appliance = Appliance { folder, address: String::new(), scheme: "http", process, printed };
        let first = appliance.line(|_| true);
        let url = first.strip_prefix("listening on ").expect("the first line");
        let (scheme, address) = url.split_once("://").expect("a URL");
        appliance.scheme = if scheme == "https" { "https" } else { "http" };
        appliance.address = address.to_owned();
        appliance
    }

    /// Serves a new data folder whose rows are in a database, which others may serve at the same time.
    #[track_caller]
    pub fn on(database: &Database, arguments: &[&str]) -> Appliance {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        database.clone().of(&folder.path().join("data"));
        Appliance::serve(folder, arguments)
    }

    /// Starts it again on the same folder.
    #[track_caller]
    pub fn again(&self) -> Appliance {
        Appliance::serve(Arc::clone(&self.folder), &[])
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The first line of its stdout that `is` the one looked for.
    #[track_caller]
    pub fn line(&self, is: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut lines = self.printed.lines.lock().unwrap();
        loop {
            // Asked before the lines are looked at, so that the last one is not overlooked.
            let ended = self.printed.ended.load(Ordering::SeqCst);
            if let Some(line) = lines.iter().find(|line| is(line)) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let over = left.is_zero() || ended;
            assert!(!over, "not printed in time; so far: {lines:#?}; stderr: {}", self.stderr());
            lines = self.printed.more.wait_timeout(lines, left.min(Duration::from_millis(200))).unwrap().0;
        }
    }

    /// Everything it has printed to stdout.
    pub fn stdout(&self) -> String {
        self.printed.lines.lock().unwrap().join("\n")
    }

    /// Everything it has logged, over all its starts.
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr.txt")).unwrap_or_default()
    }

    /// A command beside the running server.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// The same with text on stdin.
    #[track_caller]
    pub fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        run(scimbox(&self.data()).args(arguments), stdin)
    }

    /// A node and a saved connection of it, made by the command line.
    #[track_caller]
    pub fn connect(&self, node: &str, settings: &[&str]) -> Connected {
        self.connect_node(&self.node(node), settings)
    }

    /// A saved connection of a node that is there.
    #[track_caller]
    pub fn connect_node(&self, node_id: &str, settings: &[&str]) -> Connected {
        Connected::read(&self.json(&[&["scim", "create", "--node", node_id], settings].concat()))
    }

    /// A connection of the preset `keeper`, the usual one.
    #[track_caller]
    pub fn keeper(&self) -> Connected {
        self.connect("Sales", &[])
    }

    /// A connection of the preset `rfc`.
    #[track_caller]
    pub fn rfc(&self) -> Connected {
        self.connect("Sandbox", &["--preset", "rfc"])
    }

    /// One with an administrator already.
    #[track_caller]
    pub fn with_admin() -> Appliance {
        Appliance::with_admin_and(&[])
    }

    /// The same with more arguments for `serve`.
    #[track_caller]
    pub fn with_admin_and(arguments: &[&str]) -> Appliance {
        let appliance = Appliance::start_with(arguments);
        appliance.add_admin();
        appliance
    }

    /// Makes an administrator by the command line.
    #[track_caller]
    pub fn add_admin(&self) {
        self.run_with(&["admin", "create", ADMIN, "--name", "Ada", "--password-file", "-"], PASSWORD).ok();
    }

    /// The link to the first administrator, as the server printed it.
    #[track_caller]
    pub fn setup_link(&self) -> String {
        self.line(|line| line.contains("/ui/setup#k=")).trim().to_owned()
    }

    /// A new node; its id.
    #[track_caller]
    pub fn node(&self, name: &str) -> String {
        self.json(&["node", "create", name])["node_id"].to_string()
    }

    /// What a command prints with `--json`.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).ok().json()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(&mut self) -> ExitStatus {
        eventually("the server ends", || self.ended())
    }

    /// Ends it as a crash would.
    pub fn crash(&mut self) {
        self.signal(Signal::KILL);
        self.end();
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        #[expect(clippy::print_stderr, reason = "who reads of a failure wants to know")]
        if std::thread::panicking() {
            let said: Vec<String> =
                self.stderr().lines().filter(|line| line.contains("ERROR")).map(str::to_owned).collect();
            eprintln!("what the server said: {said:#?}");
        }
        if Arc::strong_count(&self.folder) == 1 {
            cluster::forget(&self.data());
        }
    }
}

/// Asks until there is an answer.
#[track_caller]
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A command that has ended.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
#[track_caller]
pub fn run(command: &mut Command, stdin: &str) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // One that does not want to read is welcome to close it.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Ran {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// Runs `serve` where it must be refused. Should it come to serve all the same, it is ended, with the code -1.
#[track_caller]
pub fn refused(command: &mut Command) -> Ran {
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stdout = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut stdout).unwrap();
    if !stdout.is_empty() {
        child.kill().unwrap();
    }
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    Ran { code: status.code().unwrap_or(-1), stdout, stderr: String::from_utf8(stderr).unwrap() }
}

impl Ran {
    #[track_caller]
    pub fn ok(self) -> Ran {
        self.fails(0)
    }

    /// Ended with that exit code.
    #[track_caller]
    pub fn fails(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }

    /// Says something on stderr.
    #[track_caller]
    pub fn saying(self, text: &str) -> Ran {
        assert!(self.stderr.contains(text), "“{text}” is not said: {}", self.stderr);
        self
    }
}
