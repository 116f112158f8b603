//! The appliance as its administrator starts it: the real binary, the command line beside it, a data folder that goes away.

use crate::database::Database;
use crate::process::Process;
use crate::target::Target;
use anyhow::Context;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// A running appliance.
pub struct Server {
    process: Process,
    folder: tempfile::TempDir,
    database: Option<Arc<Database>>,
    /// HOST:PORT.
    address: String,
    metrics: Option<String>,
    // Closed early it would break whatever the server still says.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Serves a new data folder below a folder, on a free port.
    ///
    /// # Errors
    /// When it does not say that it listens; the log is then part of the error.
    pub fn start(within: &Path) -> anyhow::Result<Server> {
        Server::start_with(within, &[])
    }

    /// The same with more options.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_with(within: &Path, options: &[&str]) -> anyhow::Result<Server> {
        Server::on(within, options, Database::fresh()?.map(Arc::new))
    }

    /// Another instance on the same database.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn beside(&self, within: &Path) -> anyhow::Result<Server> {
        Server::on(within, &[], self.database.clone())
    }

    fn on(within: &Path, options: &[&str], database: Option<Arc<Database>>) -> anyhow::Result<Server> {
        std::fs::create_dir_all(within)?;
        let folder = tempfile::Builder::new().prefix("goals-").tempdir_in(within)?;
        let log = folder.path().join("log");
        let mut command = program(&folder.path().join("data"), database.as_deref());
        let told = if database.is_some() { &["--metrics-listen", "127.0.0.1:0"][..] } else { &[] };
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .args(told)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?);
        let mut process = Process(command.spawn()?);
        let mut stdout = BufReader::new(process.0.stdout.take().context("the server has no output")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        anyhow::ensure!(line.starts_with("listening on http://"), "the server did not start: {line}{said}");
        let address = line.trim().trim_start_matches("listening on http://").to_owned();
        let mut metrics = None;
        if database.is_some() {
            line.clear();
            stdout.read_line(&mut line)?;
            metrics = line.trim().strip_prefix("metrics on ").map(str::to_owned);
        }
        Ok(Server { process, folder, database, address, metrics, _stdout: stdout })
    }

    /// Makes a node with a connection and returns its endpoint.
    ///
    /// # Errors
    /// When the command line refuses.
    pub fn endpoint(&self, node: &str) -> anyhow::Result<Target> {
        self.endpoint_with(node, &[])
    }

    /// The same with more settings.
    ///
    /// # Errors
    /// When the command line refuses.
    pub fn endpoint_with(&self, node: &str, settings: &[&str]) -> anyhow::Result<Target> {
        let node = self.command(&["node", "create", node, "--json"])?;
        let id = text(&node, "node_id")?;
        let create = ["scim", "create", "--node", &id, "--preset", "rfc", "--json"];
        let made = self.command(&[&create[..], settings].concat())?;
        let target = Target::at(&text(&made, "scim_url")?, Some(text(&made, "provisioning_token")?), vec![self.pid()])?;
        Ok(Target { metrics: self.metrics.clone(), ..target })
    }

    /// An endpoint of another instance on the same database, reached through this one.
    pub fn reach(&self, target: &Target) -> Target {
        let address = self.address.clone();
        Target { address, pids: vec![self.pid()], metrics: self.metrics.clone(), ..target.clone() }
    }

    /// Makes a node with a connection and returns the connection's id.
    ///
    /// # Errors
    /// When the command line refuses.
    pub fn connection(&self, node: &str) -> anyhow::Result<String> {
        let node = self.command(&["node", "create", node, "--json"])?;
        let made =
            self.command(&["scim", "create", "--node", &text(&node, "node_id")?, "--preset", "rfc", "--json"])?;
        text(&made, "scim_id")
    }

    /// Runs a command; what it printed, how many seconds it took, and the most memory that it had, in millions of bytes.
    ///
    /// # Errors
    /// When it prints no JSON.
    pub fn command_measured(&self, arguments: &[&str]) -> anyhow::Result<(Value, f64, f64)> {
        let since = Instant::now();
        let mut child = program(&self.data(), self.database.as_deref())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut stdout = child.stdout.take().context("the command has no output")?;
        let (tell, told) = mpsc::channel::<()>();
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            let read = stdout.read_to_string(&mut text);
            // Dropped, it tells that all was read.
            drop(tell);
            read.map(|_| text)
        });
        let mut most = 0.0;
        while told.recv_timeout(Duration::from_millis(2)) == Err(mpsc::RecvTimeoutError::Timeout) {
            most = crate::process::peak_memory(child.id()).unwrap_or(most);
        }
        child.wait()?;
        let seconds = since.elapsed().as_secs_f64();
        let text = reader.join().map_err(|_| anyhow::anyhow!("the output could not be read"))??;
        Ok((serde_json::from_str(&text)?, seconds, most))
    }

    /// Its database, where that is no file.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_deref()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// A folder on the disk that it writes to.
    pub fn disk(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Runs a command and returns what it printed.
    ///
    /// # Errors
    /// When the command line refuses.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = program(&self.data(), self.database.as_deref()).args(arguments).output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "scimbox {}: {complaint}", arguments.join(" "));
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// The program with a data folder, untouched by the environment of whoever measures.
fn program(data: &Path, database: Option<&Database>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimbox"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCIMBOX_")) {
        command.env_remove(name);
    }
    command.arg("--data-dir").arg(data).stdin(Stdio::null());
    if let Some(database) = database {
        command.env("SCIMBOX_STORE", &database.url);
    }
    command
}

fn text(object: &Value, key: &str) -> anyhow::Result<String> {
    match object.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => anyhow::bail!("the command line printed no {key}"),
    }
}
