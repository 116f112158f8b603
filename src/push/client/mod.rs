//! A SCIM client over HTTP: kept connections, retries with back-off, and every request counted.

mod answer;
mod back_off;
mod server;
pub mod wire;

pub use answer::Answer;
use answer::Attempt;
use back_off::BackOff;
use server::Server;
pub(in crate::push) use server::system_roots;

use super::sentence::{Sentence, say};
use super::watch::Watch;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use zeroize::Zeroizing;

/// The media type of SCIM (RFC 7644, section 3.1).
const MEDIA_TYPE: &str = "application/scim+json";
/// The largest answer that is read, in bytes: a group with a million members.
const LARGEST: u64 = 256 << 20;
/// How often a request is sent again that the target answers with a fault of its own.
const STUMBLES: u32 = 2;

/// Where a SCIM service is, and what lets us in.
#[derive(Clone)]
pub struct Access {
    /// The base of the endpoint, without `/Users`.
    pub url: String,
    /// The bearer token.
    pub token: Zeroizing<String>,
    /// Certificates of authorities to trust instead of the system's, PEM.
    pub ca: Option<String>,
    /// The name that its certificate has, where the address of the endpoint is that of a machine: it is asked for by this
    /// name, and the certificate has to have it.
    pub certified_name: Option<&'static str>,
    /// A key and a certificate to show, PEM.
    pub identity: Option<Zeroizing<String>>,
}

/// Why the target cannot be worked with at all. An answer that refuses one object is an [`Answer`].
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address, its certificate or its answers are not of a SCIM service that lets us in.
    #[error("{0}")]
    Unusable(Sentence),
    /// It does not answer, or only with errors of its own, however often it is asked.
    #[error("{0}")]
    Unreachable(Sentence),
    /// The answer to a POST got lost: it may have been carried out or not, and to send it again could do it twice.
    #[error("{0}")]
    Lost(Sentence),
    /// Somebody stopped the run.
    #[error("stopped")]
    Cancelled,
}

impl ClientError {
    /// What it says.
    pub fn sentence(&self) -> Sentence {
        match self {
            ClientError::Unusable(why) | ClientError::Unreachable(why) | ClientError::Lost(why) => why.clone(),
            ClientError::Cancelled => say!("stopped", "Stopped."),
        }
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or does many things at once.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

/// A client of one service. Threads share it.
pub struct Client<'w> {
    server: Server,
    url: String,
    authorization: Zeroizing<String>,
    requests: AtomicU64,
    answered: AtomicBool,
    watch: &'w dyn Watch,
}

impl Client<'_> {
    /// A client of the service behind `access`, with so many connections kept open.
    ///
    /// # Errors
    /// [`ClientError::Unusable`] when the address or the certificates are none.
    pub fn new<'w>(access: &Access, connections: usize, watch: &'w dyn Watch) -> Result<Client<'w>, ClientError> {
        Ok(Client {
            server: Server::of(access, connections)?,
            url: access.url.trim_end_matches('/').to_owned(),
            authorization: Zeroizing::new(format!("Bearer {}", access.token.as_str())),
            requests: AtomicU64::new(0),
            answered: AtomicBool::new(false),
            watch,
        })
    }

    /// The base of the endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests were sent, tries counted one by one.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends a request, again if need be, until there is an answer that decides.
    ///
    /// # Errors
    /// [`ClientError`], also for an answer 401: with the token nothing else would work either. [`ClientError::Lost`] for POST
    /// alone: the others come to the same when they are sent twice.
    pub fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, ClientError> {
        let text = body.map(Value::to_string);
        let mut back_off = BackOff::new();
        loop {
            if self.watch.is_cancelled() {
                return Err(ClientError::Cancelled);
            }
            self.requests.fetch_add(1, Ordering::Relaxed);
            let (why, after) = match self.attempt(method, path, text.as_deref()) {
                Attempt::Answered(answer) if answer.status == 401 => {
                    let said = say!(
                        "the_target_refuses_the_token",
                        "the target refuses the token: {said}",
                        said = answer.said()
                    );
                    return Err(ClientError::Unusable(said));
                }
                Attempt::Answered(answer) => {
                    self.answered.store(true, Ordering::Relaxed);
                    return Ok(answer);
                }
                Attempt::Stumbled(answer) if back_off.tries() >= STUMBLES => return Ok(answer),
                Attempt::Stumbled(answer) => (answer.said().into(), None),
                Attempt::Later(why, after) => (why, after),
                Attempt::Lost(why) if method == Method::Post => return Err(ClientError::Lost(why)),
                Attempt::Lost(why) => (why, None),
                Attempt::Never(why) => return Err(ClientError::Unusable(why)),
            };
            // Who has never answered is not waited for long: the address may be wrong.
            let is_strange = !self.answered.load(Ordering::Relaxed) && back_off.tries() >= STUMBLES;
            let Some(pause) = back_off.next(after).filter(|_| !is_strange) else {
                return Err(ClientError::Unreachable(say!(
                    "request_why",
                    "{method} {path}: {why}",
                    method = method.name(),
                    path = path,
                    why = why
                )));
            };
            self.watch.line(&format!("{} {path}: {why}; next try in {:.1} s", method.name(), pause.as_secs_f64()));
            back_off::rest(pause, self.watch).ok_or(ClientError::Cancelled)?;
        }
    }

    fn attempt(&self, method: Method, path: &str, body: Option<&str>) -> Attempt {
        let request = self
            .server
            .request(method.name(), path)
            .header("Authorization", self.authorization.as_str())
            .header("Accept", MEDIA_TYPE);
        let sent = match body {
            Some(body) => {
                request.header("Content-Type", MEDIA_TYPE).body(body).map(|request| self.server.agent.run(request))
            }
            None => request.body(()).map(|request| self.server.agent.run(request)),
        };
        match sent {
            Ok(sent) => answer::read(sent, LARGEST),
            Err(error) => Attempt::Never(say!(
                "the_address_of_the_target_cannot",
                "the address of the target cannot be used: {error}",
                error = error.to_string()
            )),
        }
    }
}

impl Method {
    /// As HTTP spells it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}
