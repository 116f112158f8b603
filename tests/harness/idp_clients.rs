//! The clients that talk to an appliance, each with the headers that it really sends.

use crate::appliance::PATIENCE;
use crate::reply::Reply;
use serde_json::Value;
use ureq::http::Request;
use ureq::{Agent, Body};

/// A client that keeps its connection alive.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    headers: Vec<(String, String)>,
}

/// What a request carries: nothing, JSON, or text as it is.
pub trait Payload {
    fn bytes(self) -> Option<Vec<u8>>;
}

impl Payload for Value {
    fn bytes(self) -> Option<Vec<u8>> {
        Some(self.to_string().into_bytes())
    }
}

impl Payload for &str {
    fn bytes(self) -> Option<Vec<u8>> {
        Some(self.as_bytes().to_vec())
    }
}

impl Payload for String {
    fn bytes(self) -> Option<Vec<u8>> {
        Some(self.into_bytes())
    }
}

impl Payload for Vec<u8> {
    fn bytes(self) -> Option<Vec<u8>> {
        Some(self)
    }
}

impl Payload for () {
    fn bytes(self) -> Option<Vec<u8>> {
        None
    }
}

const SCIM: &str = "application/scim+json";
const JSON: &str = "application/json";

impl Client {
    /// A client without habits.
    pub fn plain(base: &str) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("")
            .accept("*/*")
            .timeout_global(Some(PATIENCE))
            // What certificates are served is asked where that is the question.
            .tls_config(ureq::tls::TlsConfig::builder().disable_verification(true).build())
            .build();
        Client { agent: config.into(), base: base.to_owned(), headers: Vec::new() }
    }

    /// A client with a token.
    pub fn bearer(base: &str, token: &str) -> Client {
        Client::plain(base).with("Authorization", &format!("Bearer {token}"))
    }

    /// The same with another value of a header.
    pub fn with(mut self, name: &str, value: &str) -> Client {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a header.
    pub fn without(mut self, name: &str) -> Client {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    #[track_caller]
    pub fn send(&self, method: &str, path: &str, payload: impl Payload) -> Reply {
        self.exchange(method, path, payload).unwrap_or_else(|e| panic!("{method} {path}: {e}"))
    }

    /// The answer, or nothing when the server went away before it came.
    pub fn try_send(&self, method: &str, path: &str, payload: impl Payload) -> Option<Reply> {
        self.exchange(method, path, payload).ok()
    }

    fn exchange(&self, method: &str, path: &str, payload: impl Payload) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let bytes = payload.bytes().unwrap_or_default();
        let mut answer: ureq::http::Response<Body> = match method {
            "GET" | "HEAD" | "DELETE" | "OPTIONS" if bytes.is_empty() => self.agent.run(request.body(())?)?,
            _ => {
                let request = self.agent.configure_request(request.body(bytes)?);
                self.agent.run(request.allow_non_standard_methods(true).build())?
            }
        };
        // What is no text is compared by its beginning.
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        let text = String::from_utf8(body).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        let asked = format!("{method} {path}");
        Ok(Reply { asked, status: answer.status().as_u16(), headers: answer.headers().clone(), text })
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, ())
    }

    #[track_caller]
    pub fn post(&self, path: &str, payload: impl Payload) -> Reply {
        self.send("POST", path, payload)
    }

    #[track_caller]
    pub fn put(&self, path: &str, payload: impl Payload) -> Reply {
        self.send("PUT", path, payload)
    }

    #[track_caller]
    pub fn patch(&self, path: &str, payload: impl Payload) -> Reply {
        self.send("PATCH", path, payload)
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, ())
    }

    /// GET of a list with a filter, percent-encoded as clients do.
    #[track_caller]
    pub fn find(&self, path: &str, filter: &str) -> Reply {
        self.get(&format!("{path}?filter={}", encoded(filter)))
    }

    /// The ids of the teams that a user is in.
    #[track_caller]
    pub fn teams_of(&self, user: &str) -> Vec<String> {
        values(&self.get(&format!("/Users/{user}")).expect(200).at("/groups"))
    }

    /// The ids of the members of a group.
    #[track_caller]
    pub fn members_of(&self, group: &str) -> Vec<String> {
        values(&self.get(&format!("/Groups/{group}")).expect(200).at("/members"))
    }

    fn habits(self, agent: &str, media: &str) -> Client {
        let client = self.with("User-Agent", agent).with("Content-Type", media);
        if media.starts_with(SCIM) { client.with("Accept", SCIM) } else { client }
    }

    pub fn okta(self) -> Client {
        let media = "application/scim+json; charset=utf-8";
        self.habits("Okta SCIM Client 1.0.0", media).with("Accept-Charset", "utf-8")
    }

    pub fn entra(self) -> Client {
        self.habits("Microsoft.Azure.ActiveDirectory.Provisioning/1.0", "application/scim+json; charset=utf-8")
    }

    pub fn jumpcloud(self) -> Client {
        self.habits("JumpCloud/1.0", JSON)
    }

    pub fn google(self) -> Client {
        self.habits("Google-Auto-Provisioning", JSON)
    }

    /// OneLogin's `User-Agent` is empty.
    pub fn onelogin(self) -> Client {
        self.habits("", SCIM)
    }

    pub fn cloudgate(self) -> Client {
        self.habits("CloudGate UNO", SCIM)
    }

    pub fn authentik(self) -> Client {
        self.habits("authentik/2025.2", SCIM)
    }

    pub fn rauthy(self) -> Client {
        self.habits("Rauthy SCIM Client", SCIM).without("Accept")
    }

    pub fn keycloak(self) -> Client {
        self.habits("SCIM-SDK", SCIM)
    }

    pub fn sailpoint(self) -> Client {
        self.habits("SailPoint/1.0", SCIM)
    }

    pub fn ping(self) -> Client {
        self.habits("PingFederate", JSON)
    }

    pub fn ssosync(self) -> Client {
        self.habits("Go-http-client/1.1", JSON)
    }

    /// Keeper Commander: python-requests, JSON, and a new connection for each call.
    pub fn commander(self) -> Client {
        self.habits("python-requests/2.32.3", JSON).with("Connection", "close")
    }

    /// Keeper's Google function: a POST without any `Content-Type`.
    pub fn google_function(self) -> Client {
        self.habits("Go-http-client/1.1", JSON).without("Content-Type").with("Accept-Encoding", "gzip")
    }
}

/// Text for a query, blanks as `%20`.
pub fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The `value` of each element.
pub fn values(elements: &Value) -> Vec<String> {
    let elements = elements.as_array().map(Vec::as_slice).unwrap_or_default();
    elements.iter().map(|e| e["value"].as_str().expect("a value is a string").to_owned()).collect()
}
