//! A proxy that lets everything through, headers too, and breaks answers as a test wants: a SCIM server with one fault.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request as it came by.
pub struct Asked {
    pub method: String,
    /// The path below the service's base, with the query.
    pub path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// An answer before it is sent.
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answered {
    /// Changes a body that is JSON.
    pub fn json(&mut self, change: impl FnOnce(&mut Value)) {
        if let Ok(mut body) = serde_json::from_str(&self.text) {
            change(&mut body);
            self.text = body.to_string();
        }
    }

    /// Another answer.
    pub fn become_(&mut self, status: u16, body: Value) {
        (self.status, self.text) = (status, if body.is_null() { String::new() } else { body.to_string() });
    }
}

/// A fault: may keep a request from the service (an answer of its own), and may change the service's answer.
#[derive(Clone, Copy)]
pub struct Breakage {
    pub instead: fn(&Asked) -> Option<(u16, Value)>,
    pub after: fn(&Asked, &mut Answered),
}

/// The address of a service with that fault.
pub fn broken(base: &str, breakage: Breakage) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/scim", listener.local_addr().unwrap());
    let base: Arc<str> = base.into();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let base = Arc::clone(&base);
            std::thread::spawn(move || serve(stream, &base, breakage));
        }
    });
    url
}

fn serve(stream: TcpStream, base: &str, breakage: Breakage) -> Option<()> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    stream.set_nodelay(true).ok()?;
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let asked = read(&mut reader)?;
        let mut answer = match (breakage.instead)(&asked) {
            Some((status, body)) => {
                let text = if body.is_null() { String::new() } else { body.to_string() };
                let headers = vec![("content-type".to_owned(), "application/scim+json".to_owned())];
                Answered { status, headers, text }
            }
            None => ask(&agent, base, &asked)?,
        };
        (breakage.after)(&asked, &mut answer);
        let mut head = format!("HTTP/1.1 {} X\r\n", answer.status);
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // One write: small ones wait for one another.
        let whole = match answer.status {
            204 | 304 => format!("{head}\r\n"),
            _ => format!("{head}content-length: {}\r\n\r\n{}", answer.text.len(), answer.text),
        };
        writer.write_all(whole.as_bytes()).ok()?;
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.strip_prefix("/scim")?.to_owned());
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        let (name, value) = (name.to_lowercase(), value.trim().to_owned());
        match name.as_str() {
            "content-length" => length = value.parse().ok()?,
            "host" | "connection" | "accept-encoding" => {}
            _ => headers.push((name, value)),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body })
}

fn ask(agent: &ureq::Agent, base: &str, asked: &Asked) -> Option<Answered> {
    let mut request = ureq::http::Request::builder().method(asked.method.as_str()).uri(format!("{base}{}", asked.path));
    for (name, value) in &asked.headers {
        request = request.header(name, value);
    }
    let mut answer = match asked.body.is_empty() {
        true => agent.run(request.body(()).unwrap()).ok()?,
        false => {
            let request = agent.configure_request(request.body(asked.body.clone()).unwrap());
            agent.run(request.allow_non_standard_methods(true).build()).ok()?
        }
    };
    let kept = answer
        .headers()
        .iter()
        .filter(|(name, _)| !["content-length", "transfer-encoding", "connection"].contains(&name.as_str()));
    let headers = kept.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect();
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(1 << 28).read_to_string().ok()?;
    Some(Answered { status, headers, text })
}
