//! The appliance as its administrator starts it: the real binary, the command line beside it, a data folder that goes away.

use crate::process::Process;
use crate::target::Target;
use anyhow::Context;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

/// A running appliance.
pub struct Server {
    process: Process,
    folder: tempfile::TempDir,
    // Closed early it would break whatever the server still says.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Serves a new data folder below a folder, on a free port.
    ///
    /// # Errors
    /// When it does not say that it listens; the log is then part of the error.
    pub fn start(within: &Path) -> anyhow::Result<Server> {
        std::fs::create_dir_all(within)?;
        let folder = tempfile::Builder::new().prefix("goals-").tempdir_in(within)?;
        let log = folder.path().join("log");
        let mut command = program(&folder.path().join("data"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(std::fs::File::create(&log)?);
        let mut process = Process(command.spawn()?);
        let mut stdout = BufReader::new(process.0.stdout.take().context("the server has no output")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        anyhow::ensure!(line.starts_with("listening on http://"), "the server did not start: {line}{said}");
        Ok(Server { process, folder, _stdout: stdout })
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
        Target::at(&text(&made, "scim_url")?, Some(text(&made, "provisioning_token")?), vec![self.pid()])
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

    fn command(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = program(&self.data()).args(arguments).output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "scimbox {}: {complaint}", arguments.join(" "));
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// The program with a data folder, untouched by the environment of whoever measures.
fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimbox"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCIMBOX_")) {
        command.env_remove(name);
    }
    command.arg("--data-dir").arg(data).stdin(Stdio::null());
    command
}

fn text(object: &Value, key: &str) -> anyhow::Result<String> {
    match object.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        _ => anyhow::bail!("the command line printed no {key}"),
    }
}
