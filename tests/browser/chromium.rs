//! A Chromium of its own for a test: chromedriver on a free port, a new profile, nothing but the page on the network.

use crate::appliance::PATIENCE;
use crate::catalogue::Language;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use tokio::runtime::Runtime;

const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Runs in every document before its own scripts and notes what no console message tells, and the streams it opens.
const WATCH: &str = "
    window.troubles = [];
    addEventListener('securitypolicyviolation', (e) => troubles.push(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
    addEventListener('error', (e) => troubles.push(`error: ${e.message}`));
    addEventListener('unhandledrejection', (e) => troubles.push(`rejection: ${e.reason}`));
    window.streams = [];
    window.EventSource = class extends EventSource {
        constructor(...all) {
            super(...all);
            streams.push(this);
        }
    };
";

/// Says loudly that a test could not do its work; `tests/run` repeats it at its end.
pub fn skipped(what: &str) {
    let line = format!("SKIPPED: {what}\n");
    // PlainUser to stderr, because the words of a test that passes are kept from the screen.
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    if let Ok(file) = std::env::var("SCIMBOX_TESTS_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    }
}

pub struct Chromium {
    pub client: Client,
    pub runtime: Runtime,
    session: String,
    agent: Value,
    driver: Driver,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts one whose user reads that language; `None`, with a loud word, on a machine without it.
    pub fn start(language: Language) -> Option<Chromium> {
        let (Some(program), Some(driver)) = (on_path("chromium"), on_path("chromedriver")) else {
            skipped("browser tests: install chromium and chromium-driver");
            return None;
        };
        let driver = Driver::start(&driver);
        let profile = tempfile::tempdir().unwrap();
        let mut flags: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({
            "goog:chromeOptions": { "binary": program, "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(wanted) = wanted else { unreachable!() };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = runtime
            .block_on(ClientBuilder::new(connector).capabilities(wanted).connect(&driver.address))
            .expect("Chromium starts");
        let session = runtime.block_on(client.session_id()).unwrap().unwrap();
        let agent = runtime.block_on(client.execute("return navigator.userAgent", Vec::new())).unwrap();
        let chromium = Chromium { client, runtime, session, agent, driver, _profile: profile };
        chromium.reads(language);
        chromium.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH }));
        Some(chromium)
    }

    /// Makes the user one of that language. The flag `--lang` does not change what a headless page is told.
    fn reads(&self, language: Language) {
        let change = json!({ "userAgent": self.agent, "acceptLanguage": language.accepts() });
        self.command("Emulation.setUserAgentOverride", change);
    }

    /// What the browser itself wrote to its console since the last call, and that nobody can read there otherwise.
    pub fn console(&self) -> Vec<String> {
        let entries = self.ask("se/log", &json!({ "type": "browser" }));
        let line =
            |entry: &Value| format!("{}: {}", entry["level"].as_str().unwrap(), entry["message"].as_str().unwrap());
        entries.as_array().unwrap().iter().map(line).collect()
    }

    /// A command of the DevTools protocol.
    pub fn command(&self, name: &str, parameters: Value) {
        self.answer(name, parameters);
    }

    /// The same with its answer.
    pub fn answer(&self, name: &str, parameters: Value) -> Value {
        self.ask("goog/cdp/execute", &json!({ "cmd": name, "params": parameters }))
    }

    /// The calls that are chromedriver's own.
    fn ask(&self, path: &str, body: &Value) -> Value {
        let config = ureq::Agent::config_builder().proxy(None).timeout_global(Some(PATIENCE)).build();
        let url = format!("{}/session/{}/{path}", self.driver.address, self.session);
        let mut answer = ureq::Agent::from(config).post(&url).send_json(body).unwrap();
        answer.body_mut().read_json::<Value>().unwrap()["value"].take()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
    }
}

struct Driver {
    address: String,
    process: Child,
}

impl Driver {
    /// Of two drivers that choose a port at the same moment one ends without a word: it is started again.
    fn start(program: &Path) -> Driver {
        (0..10).find_map(|_| Driver::started(program)).expect("chromedriver says its port")
    }

    fn started(program: &Path) -> Option<Driver> {
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let (sender, ports) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    let _ = sender.send(port.trim_end_matches('.').to_owned());
                }
            }
        });
        let port = ports.recv_timeout(PATIENCE);
        let driver = Driver { address: format!("http://127.0.0.1:{}", port.as_deref().unwrap_or_default()), process };
        port.is_ok().then_some(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
