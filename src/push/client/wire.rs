//! One request, sent once with the headers that it is given, and all of its answer: for whoever judges answers instead of
//! acting on them.

use super::server::Server;
use super::{Access, ClientError, LARGEST};
use std::time::{Duration, Instant};

/// The longest pause that an answer can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A connection to one service, without retries.
pub struct Wire {
    server: Server,
    url: String,
}

/// An answer as it came.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The status.
    pub status: u16,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

impl Received {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Wire {
    /// A connection to the service behind `access`. The token is not sent by itself.
    ///
    /// # Errors
    /// [`ClientError::Unusable`] when the address, the token or the certificates are none.
    pub fn new(access: &Access) -> Result<Wire, ClientError> {
        Ok(Wire { server: Server::of(access, 4)?, url: access.url.trim_end_matches('/').to_owned() })
    }

    /// The base of the endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request once. `path` is what follows the base, query included.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: Option<&str>,
    ) -> Result<Received, String> {
        let mut request = self.server.request(method, path);
        let agent = &self.server.agent;
        for (name, value) in headers {
            request = request.header(name.as_str(), value.as_str());
        }
        let started = Instant::now();
        let sent = match body {
            Some(body) => {
                let request = request.body(body).map_err(|error| error.to_string())?;
                agent.run(agent.configure_request(request).allow_non_standard_methods(true).build())
            }
            None => agent.run(request.body(()).map_err(|error| error.to_string())?),
        };
        let mut response = sent.map_err(|error| error.to_string())?;
        let headers = response.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers = headers.collect();
        let text = response.body_mut().with_config().limit(LARGEST).lossy_utf8(true).read_to_string();
        let text = text.map_err(|error| error.to_string())?;
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Received { status: response.status().as_u16(), headers, text, millis })
    }
}

/// Waits as an answer or a client's habit asks, at most a minute.
pub fn pause(time: Duration) {
    super::back_off::wait(time.min(LONGEST_PAUSE));
}
