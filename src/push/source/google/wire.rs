//! Single calls over kept connections, repeated with growing waits while Google asks for it or cannot be reached.

use super::refusal::{Fault, Refusal, Said, line, passes};
use crate::push::client::system_roots;
use crate::push::sentence::{Sentence, say};
use crate::push::watch::Watch;
use crate::world;
use std::cell::Cell;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::TlsConfig;

/// How often a call is tried in all.
const TRIES: u32 = 6;
/// The first wait. Those after it are twice as long, and four times where Google wants fewer calls: its limits are per minute.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// For how long all waits of one call may last.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// How often somebody who waits looks whether the run was stopped.
const GLANCE: Duration = Duration::from_millis(50);
/// After so many calls in a row were given up, each one is tried once only.
const GIVEN_UP: u32 = 3;
/// More than a page of any list.
const LONGEST_ANSWER: u64 = 64 << 20;

/// A call.
pub(super) enum Ask<'a> {
    /// Reads, with a token if there is one; only what has not the tag `unless` is sent (RFC 9110, section 13.1.2).
    Get { url: &'a str, token: Option<&'a str>, unless: Option<&'a str> },
    /// Sends a form.
    Form { url: &'a str, body: &'a str },
}

impl Ask<'_> {
    fn host(&self) -> &str {
        let (Ask::Get { url, .. } | Ask::Form { url, .. }) = self;
        let rest = url.split_once("://").map_or(*url, |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }
}

/// An answer.
pub(super) struct Reply {
    /// Its status.
    pub status: u16,
    /// What Google's clock said, in milliseconds since 1970.
    pub date: Option<i64>,
    /// Its tag, if it has one.
    pub etag: Option<String>,
    /// Its body.
    pub text: String,
    /// For how long to wait before the next try.
    retry_after: Option<Duration>,
}

/// What happened when a call was tried.
enum Tried {
    Answered(Reply),
    /// It may work a little later; true if Google wants fewer calls.
    Later {
        why: String,
        slower: bool,
        reply: Option<Reply>,
    },
    Never(Refusal),
}

/// The way to Google.
pub(super) struct Wire<'a> {
    agent: Agent,
    watch: &'a dyn Watch,
    given_up: Cell<u32>,
}

impl Wire<'_> {
    /// Opens no connection yet. `loopback`: without TLS and proxy, for tests.
    pub(super) fn new(watch: &dyn Watch, loopback: bool) -> Result<Wire<'_>, Refusal> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!loopback)
            .max_redirects(0)
            // Google packs answers only for those who name it here as well.
            .user_agent(concat!("scimbox/", env!("CARGO_PKG_VERSION"), " (gzip)"))
            .timeout_connect(Some(Duration::from_secs(15)))
            .timeout_global(Some(Duration::from_secs(90)));
        let config = if loopback {
            config.proxy(None)
        } else {
            let roots = system_roots().map_err(|fault| Refusal::ours(fault.sentence(), Sentence::default()))?;
            config.tls_config(TlsConfig::builder().root_certs(roots).build())
        };
        Ok(Wire { agent: config.build().new_agent(), watch, given_up: Cell::new(0) })
    }

    /// Who watches.
    pub(super) fn watch(&self) -> &dyn Watch {
        self.watch
    }

    /// Calls until there is an answer that stays the same, whatever its status, or until it was tried often enough.
    pub(super) fn send(&self, ask: &Ask<'_>) -> Result<Reply, Fault> {
        let tries = if self.given_up.get() >= GIVEN_UP { 1 } else { TRIES };
        let mut waited = Duration::ZERO;
        for tried in 1.. {
            if self.watch.is_cancelled() {
                return Err(Fault::Cancelled);
            }
            let (why, slower, reply) = match self.once(ask) {
                Tried::Answered(reply) => {
                    self.given_up.set(0);
                    return Ok(reply);
                }
                Tried::Never(refusal) => return Err(refusal.into()),
                Tried::Later { why, slower, reply } => (why, slower, reply),
            };
            let growth: u32 = if slower { 4 } else { 2 };
            let wait = match reply.as_ref().and_then(|reply| reply.retry_after) {
                Some(asked) => asked + jittered(GLANCE),
                None => jittered(FIRST_WAIT.saturating_mul(growth.saturating_pow(tried - 1))),
            };
            if tried >= tries || waited + wait > LONGEST_WAIT {
                self.given_up.set(self.given_up.get().saturating_add(1));
                let refusal = Refusal::ours(
                    say!("cannot_be_reached", "{host} cannot be reached: {why}.", host = ask.host(), why = why),
                    say!(
                        "look_at_dns_at_the_firewall",
                        "Look at DNS, at the firewall, and at HTTPS_PROXY if there is a proxy."
                    ),
                );
                // An answer is told by whoever asked.
                return reply.ok_or_else(|| refusal.into());
            }
            self.watch.line(&format!("{}: {why}; trying again in {:.1} s", ask.host(), wait.as_secs_f64()));
            self.wait(wait)?;
            waited += wait;
        }
        Err(Fault::Cancelled)
    }

    fn wait(&self, how_long: Duration) -> Result<(), Fault> {
        let until = Instant::now() + how_long;
        loop {
            if self.watch.is_cancelled() {
                return Err(Fault::Cancelled);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::park_timeout(left.min(GLANCE));
        }
    }

    fn once(&self, ask: &Ask<'_>) -> Tried {
        let response = match ask {
            Ask::Get { url, token, unless } => {
                let mut request = self.agent.get(*url);
                if let Some(token) = token {
                    request = request.header("authorization", format!("Bearer {token}"));
                }
                if let Some(tag) = unless {
                    request = request.header("if-none-match", *tag);
                }
                request.call()
            }
            Ask::Form { url, body } => {
                self.agent.post(*url).content_type("application/x-www-form-urlencoded").send(*body)
            }
        };
        match response.and_then(read) {
            Ok(reply) => {
                let said = if reply.status < 400 { None } else { Some(Said::of(&reply.text)) };
                match said.map(|said| (passes(reply.status, &said), said)) {
                    Some(((true, slower), said)) => {
                        let code = if said.code.is_empty() { String::new() } else { format!(" {}", said.code) };
                        Tried::Later { why: format!("HTTP {}{code}", reply.status), slower, reply: Some(reply) }
                    }
                    _ => Tried::Answered(reply),
                }
            }
            Err(fault) if is_lasting(&fault) => {
                let found = say!(
                    "cannot_be_asked",
                    "{host} cannot be asked: {fault}.",
                    host = ask.host(),
                    fault = line(&fault.to_string())
                );
                Tried::Never(Refusal::ours(
                    found,
                    say!(
                        "look_at_the_address_and_whether",
                        "Look at the address, and whether something on the way replaces certificates."
                    ),
                ))
            }
            Err(fault) => Tried::Later { why: line(&fault.to_string()), slower: false, reply: None },
        }
    }
}

fn read(mut response: Response<ureq::Body>) -> Result<Reply, ureq::Error> {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let date = header("date").and_then(moment);
    let retry_after = header("retry-after").and_then(|text| {
        // Seconds or a date (RFC 9110, section 10.2.3).
        let seconds = text.trim().parse().ok();
        seconds.or_else(|| u64::try_from((moment(text)? - date.unwrap_or(world::now().0)).max(0) / 1000).ok())
    });
    let etag = header("etag").map(str::to_owned);
    let status = response.status().as_u16();
    let retry_after = retry_after.map(Duration::from_secs);
    let text = response.body_mut().with_config().limit(LONGEST_ANSWER).lossy_utf8(true).read_to_string()?;
    Ok(Reply { status, date, etag, text, retry_after })
}

/// A date of HTTP in milliseconds since 1970.
fn moment(text: &str) -> Option<i64> {
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    parser.parse_timestamp(text.trim()).ok().map(jiff::Timestamp::as_millisecond)
}

/// Whether an error is the same a second later: a wrong address, a certificate that is not trusted.
fn is_lasting(fault: &ureq::Error) -> bool {
    match fault {
        ureq::Error::Io(fault) => fault.kind() == std::io::ErrorKind::InvalidData,
        ureq::Error::Http(_)
        | ureq::Error::BadUri(_)
        | ureq::Error::Tls(_)
        | ureq::Error::Rustls(_)
        | ureq::Error::RequireHttpsOnly(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::BodyExceedsLimit(_) => true,
        _ => false,
    }
}

/// Between half of it and all of it, so that not all who wait come back together.
fn jittered(wait: Duration) -> Duration {
    let [byte] = world::random().unwrap_or([u8::MAX]);
    wait.mul_f64(0.5 + f64::from(byte) / 510.0)
}
