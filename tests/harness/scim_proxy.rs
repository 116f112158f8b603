//! A proxy between push and a SCIM service, on loopback: counts what passes, and answers itself where a test wants a fault.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// A request as it came by.
#[derive(Clone, Debug)]
pub struct Passed {
    pub method: String,
    /// The path below the service's base, with the query.
    pub path: String,
    pub body: Value,
}

/// What becomes of a request.
pub enum Fate {
    Pass,
    /// An answer of the proxy's own: status, header lines, body.
    Answer(u16, String, Value),
    /// The service's answer, changed.
    Change(fn(&mut Value)),
    /// The service does it, and the answer gets lost.
    Lose,
}

type Rule = Box<dyn Fn(usize, &Passed) -> Fate + Send + Sync>;

struct Inside {
    base: String,
    token: String,
    rule: Rule,
    passed: Mutex<Vec<Passed>>,
    more: Condvar,
}

pub struct ScimProxy {
    pub url: String,
    inside: Arc<Inside>,
}

impl ScimProxy {
    /// Stands before the service at `base`. The rule is asked with the number of the request, from 0.
    pub fn before(base: &str, token: &str, rule: impl Fn(usize, &Passed) -> Fate + Send + Sync + 'static) -> ScimProxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/scim", listener.local_addr().unwrap());
        let inside = Arc::new(Inside {
            base: base.to_owned(),
            token: token.to_owned(),
            rule: Box::new(rule),
            passed: Mutex::default(),
            more: Condvar::new(),
        });
        let for_all = Arc::clone(&inside);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inside = Arc::clone(&for_all);
                std::thread::spawn(move || inside.serve(stream));
            }
        });
        ScimProxy { url, inside }
    }

    pub fn passed(&self) -> Vec<Passed> {
        self.inside.passed.lock().unwrap().clone()
    }

    /// Everything but GET since the request of that number.
    pub fn writes_since(&self, first: usize) -> Vec<Passed> {
        self.passed().into_iter().skip(first).filter(|one| one.method != "GET").collect()
    }

    /// Waits until so many have come by, or the other one is over.
    pub fn wait_for(&self, count: usize, mut is_over: impl FnMut() -> bool) {
        let mut passed = self.inside.passed.lock().unwrap();
        while passed.len() < count && !is_over() {
            let pause = std::time::Duration::from_millis(50);
            passed = self.inside.more.wait_timeout(passed, pause).unwrap().0;
        }
    }
}

impl Inside {
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut writer = stream.try_clone().ok()?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let mut words = line.split_whitespace();
            let (method, path) = (words.next()?.to_owned(), words.next()?.trim_start_matches("/scim").to_owned());
            let (mut length, mut allowed) = (0, false);
            loop {
                let mut header = String::new();
                reader.read_line(&mut header).ok()?;
                let lower = header.to_lowercase();
                if let Some(text) = lower.strip_prefix("content-length:") {
                    length = text.trim().parse().ok()?;
                }
                allowed |= header.trim().ends_with(&format!("Bearer {}", self.token));
                if header.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
            assert!(allowed, "{method} {path} came without the token");
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let passed = Passed { method, path, body };
            let number = {
                let mut all = self.passed.lock().unwrap();
                all.push(passed.clone());
                self.more.notify_all();
                all.len() - 1
            };
            let (status, headers, answer) = match (self.rule)(number, &passed) {
                Fate::Pass => self.ask(&passed)?,
                Fate::Answer(status, headers, body) => (status, headers, body),
                Fate::Change(change) => {
                    let (status, headers, mut answer) = self.ask(&passed)?;
                    change(&mut answer);
                    (status, headers, answer)
                }
                Fate::Lose => {
                    self.ask(&passed)?;
                    return None;
                }
            };
            let text = if answer.is_null() { String::new() } else { answer.to_string() };
            let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/scim+json\r\n{headers}");
            write!(writer, "{head}Content-Length: {}\r\n\r\n{text}", text.len()).ok()?;
        }
    }

    fn ask(&self, passed: &Passed) -> Option<(u16, String, Value)> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder()
            .method(passed.method.as_str())
            .uri(format!("{}{}", self.base, passed.path))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/scim+json");
        let text = if passed.body.is_null() { String::new() } else { passed.body.to_string() };
        let mut answer = agent.run(request.body(text).unwrap()).ok()?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(1 << 30).read_to_string().ok()?;
        Some((status, String::new(), serde_json::from_str(&text).unwrap_or_default()))
    }
}

/// A SCIM error.
pub fn error(status: u16, detail: &str) -> Value {
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    json!({ "schemas": [schema], "status": status.to_string(), "detail": detail })
}
