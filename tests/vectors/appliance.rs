//! The real binary on a free port, with two nodes that an identity provider is connected to as RFC 7644 says.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running appliance. Killed, and its folder removed, when it is dropped.
pub struct Appliance {
    process: Child,
    agent: ureq::Agent,
    /// The connection that everything is asked through.
    pub one: Connection,
    /// That of another node.
    pub other: Connection,
    _folder: tempfile::TempDir,
}

/// How a node is reached.
#[derive(Clone)]
pub struct Connection {
    /// The base URL.
    pub base: String,
    /// Its part behind the host.
    pub path: String,
    /// The token.
    pub token: String,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    /// The body, if there is one.
    pub body: Option<Value>,
}

impl Reply {
    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body, or null.
    pub fn json(&self) -> &Value {
        self.body.as_ref().unwrap_or(&Value::Null)
    }

    /// Status and body for a report.
    pub fn told(&self) -> String {
        crate::report::short(&format!("{} {}", self.status, self.json()))
    }
}

fn scimbox(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimbox"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCIMBOX_")) {
        command.env_remove(name);
    }
    command.arg("--data-dir").arg(folder);
    command
}

#[track_caller]
fn said(folder: &Path, arguments: &[&str]) -> Value {
    let output = scimbox(folder).args(arguments).arg("--json").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

impl Appliance {
    /// Starts one.
    #[track_caller]
    pub fn start() -> Appliance {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let made = ["One", "Other"].map(|name| {
            let node = said(&data, &["node", "create", name])["node_id"].to_string();
            said(&data, &["scim", "create", "--node", &node, "--preset", "rfc"])
        });
        let mut process = scimbox(&data)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("stderr.txt")).unwrap())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let host = first.trim().strip_prefix("listening on ").unwrap().to_owned();
        let [one, other] = made.map(|made| {
            let path = format!("/api/rest/scim/v2/{}", made["node_id"]);
            let token = made["provisioning_token"].as_str().unwrap().to_owned();
            Connection { base: format!("{host}{path}"), path, token }
        });
        let agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        Appliance { process, agent, one, other, _folder: folder }
    }

    /// Sends a request below the base URL; `path` may also be a whole URL.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.send_as(&self.one, method, path, &[("Authorization", &format!("Bearer {}", self.one.token))], body)
    }

    /// Sends a request to a connection with just these headers. A body that is text goes out as it is.
    #[track_caller]
    pub fn send_as(
        &self,
        to: &Connection,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Reply {
        let url = if path.starts_with("http://") { path.to_owned() } else { format!("{}{path}", to.base) };
        let mut request = ureq::http::Request::builder().method(method).uri(&url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = match body {
            Some(Value::String(text)) => text.clone().into_bytes(),
            Some(body) => body.to_string().into_bytes(),
            None => Vec::new(),
        };
        let answer = match method {
            "POST" | "PUT" | "PATCH" => self.agent.run(request.body(bytes).unwrap()),
            _ => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
        let bytes = answer.body_mut().read_to_vec().unwrap();
        let body = (!bytes.is_empty()).then(|| serde_json::from_slice(&bytes).unwrap_or(Value::Null));
        Reply { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
