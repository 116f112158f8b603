//! A small server for what has one answer to everything: the way to https, and the metrics. One thread, few connections, and
//! a limit of time on each.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout};

/// A request and its answer are over within this time.
const LIMIT: Duration = Duration::from_secs(5);
/// How long nobody is let in where that failed.
const REST: Duration = Duration::from_millis(100);
/// The longest head, in bytes.
const HEAD: usize = 8192;
/// How many connections there can be.
const CONNECTIONS: usize = 64;

/// An answer: its status with the reason, more headers, each with its line end, and the body.
pub struct SmallAnswer {
    /// Such as `200 OK`.
    pub status: &'static str,
    /// Header lines, each with its line end.
    pub headers: String,
    /// The body.
    pub body: String,
}

/// A bound server that has not started yet.
pub struct SmallServer {
    listener: TcpListener,
    address: SocketAddr,
}

/// What answers a method and a target.
type Answer = dyn Fn(&str, &str) -> SmallAnswer + Send + Sync;

impl SmallServer {
    /// Binds.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub fn bind(address: SocketAddr) -> io::Result<SmallServer> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(SmallServer { listener, address })
    }

    /// The address, with the port that was chosen where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves on a thread of its own until the process ends.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(self, name: &str, answer: Arc<Answer>) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let listener = self.listener;
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let places = Arc::new(Semaphore::new(CONNECTIONS));
            loop {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return Ok::<(), io::Error>(()) };
                let Ok((stream, _)) = listener.accept().await else {
                    // No files are left: some are given back meanwhile.
                    sleep_until(Instant::now() + REST).await;
                    continue;
                };
                let answer = Arc::clone(&answer);
                tokio::spawn(async move {
                    let _ = timeout(LIMIT, exchange(stream, &*answer)).await;
                    drop(place);
                });
            }
        };
        let run = move || {
            if let Err(error) = runtime.block_on(serve) {
                tracing::error!(%error, "a listener ended");
            }
        };
        std::thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
    }
}

async fn exchange(mut stream: TcpStream, answer: &Answer) -> io::Result<()> {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if head.len() >= HEAD || stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default();
    let mut words = line.split(' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    let is_http = version.is_some_and(|version| version.starts_with("HTTP/1.")) && words.next().is_none();
    let answer = match (method, target) {
        (Some(method), Some(target)) if is_http && target.bytes().all(|byte| byte.is_ascii_graphic()) => {
            let mut answer = answer(method, target);
            answer.headers.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
            if method == "HEAD" {
                answer.body.clear();
            }
            answer
        }
        _ => {
            SmallAnswer { status: "400 Bad Request", headers: "Content-Length: 0\r\n".to_owned(), body: String::new() }
        }
    };
    let SmallAnswer { status, headers, body } = answer;
    let text = format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\nCache-Control: no-store\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

/// The answer of an address that only leads to https. A token that was sent in the clear is better noticed than carried on,
/// so only what reads without one is led.
pub fn to_https(base: &str, method: &str, target: &str) -> SmallAnswer {
    let plain = "Content-Type: text/plain; charset=utf-8\r\n";
    if !matches!(method, "GET" | "HEAD") || !target.starts_with('/') {
        let body = format!("Only https is spoken here. Use {base}.\n");
        return SmallAnswer { status: "403 Forbidden", headers: plain.to_owned(), body };
    }
    let headers = format!("{plain}Location: {base}{target}\r\n");
    SmallAnswer { status: "308 Permanent Redirect", headers, body: format!("{base}{target}\n") }
}
