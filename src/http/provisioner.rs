//! Who is let in to a node's endpoint: a bearer token, asked of the store in the transaction that answers.

use super::App;
use super::error::ScimError;
use super::stream_state::StreamState;
use crate::domain::client_certificate::{Peer, ShownCertificate};
use crate::domain::token::{self, Access, Presented, Refusal};
use crate::domain::{NodeId, Time, Tx};
use crate::scim::Caller;
use crate::scim::leeway::Leeway;
use crate::store::Store;
use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, USER_AGENT};
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A client that was let in.
#[derive(Clone)]
pub struct Provisioner {
    /// What the protocol needs of it.
    pub caller: Caller,
    /// The token it presented, with what was known of it.
    pub access: Arc<Access>,
    /// Where it is, and what it showed.
    peer: Peer,
}

/// What a request shows of who sends it, taken out of it.
pub struct Credentials {
    authorization: Option<HeaderValue>,
    place: Presented,
    base: String,
    agent: Option<String>,
}

impl Credentials {
    /// Those of a request to `node`, the id in its path.
    pub fn of(app: &App, request: &HttpRequest, node: Option<NodeId>, now: Time) -> Credentials {
        let id = node.map(|node| node.to_string()).unwrap_or_default();
        Credentials {
            authorization: request.headers().get(AUTHORIZATION).cloned(),
            place: Presented { now, peer: peer(app, request), node },
            base: [&app.addresses.base(request), super::SCIM, "/", &id].concat(),
            agent: agent(request),
        }
    }

    /// The token.
    pub fn token(&self) -> Option<&str> {
        token_in(self.authorization.as_ref()?)
    }

    /// Why there is no token.
    fn missing(&self) -> Refusal {
        let header = self.authorization.as_ref().and_then(|value| value.to_str().ok()).map(str::trim);
        let is_one_word = header.is_some_and(|text| !text.is_empty() && !text.contains(' '));
        match is_one_word && !header.is_some_and(|text| text.eq_ignore_ascii_case("bearer")) {
            true => Refusal::NoBearer,
            false => Refusal::Missing,
        }
    }
}

/// The token in the `Authorization` header; never taken from anywhere else.
pub fn presented(request: &HttpRequest) -> Option<&str> {
    token_in(request.headers().get(AUTHORIZATION)?)
}

fn token_in(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.as_bytes().trim_ascii().split_at_checked("bearer ".len())?;
    let token = std::str::from_utf8(token.trim_ascii()).ok()?;
    (scheme.eq_ignore_ascii_case(b"bearer ") && token.is_ascii() && !token.is_empty()).then_some(token)
}

/// The client's `User-Agent`, cut to what is worth keeping.
pub fn agent(request: &HttpRequest) -> Option<String> {
    let agent = request.headers().get(USER_AGENT)?.to_str().ok()?;
    Some(beginning(agent, 200).to_owned()).filter(|agent| !agent.is_empty())
}

/// The certificate that its client showed.
pub fn certificate(request: &HttpRequest) -> ShownCertificate {
    request.conn_data::<Rc<StreamState>>().map(|state| state.certificate.clone()).unwrap_or_default()
}

fn peer(app: &App, request: &HttpRequest) -> Peer {
    Peer { address: app.addresses.client_address(request), certificate: certificate(request) }
}

/// At most so many characters of a text.
pub fn beginning(text: &str, characters: usize) -> &str {
    if text.len() <= characters {
        return text;
    }
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

impl Provisioner {
    /// Lets a request in to the node in its path, or says why not. Asked in the transaction that answers, so that a token that
    /// was revoked, also by another process, is refused on the next request of a kept-alive connection.
    ///
    /// # Errors
    /// [`ScimError::Token`].
    pub fn admit(tx: &mut dyn Tx, credentials: Credentials) -> Result<Provisioner, ScimError> {
        let token = credentials.token().ok_or_else(|| ScimError::Token(credentials.missing()))?;
        let access = token::authenticate(tx, &credentials.place, token)?.map_err(ScimError::Token)?;
        Ok(Provisioner::of(access, credentials))
    }

    /// Lets in to write, without a look into the store where an earlier request of the client is remembered:
    /// [`Provisioner::renew`] decides in the transaction that writes.
    ///
    /// # Errors
    /// [`ScimError::Token`].
    pub fn admit_to_write(store: &Store, credentials: Credentials) -> Result<Provisioner, ScimError> {
        let recall = |id: &str| store.recall(id);
        match credentials.token().and_then(|token| token::recognise(recall, &credentials.place, token)) {
            // What is switched on in a sandbox holds for the next request.
            Some(access) if access.connection.sandbox.is_none() => Ok(Provisioner::of(access, credentials)),
            _ => store.read(move |tx| Provisioner::admit(tx, credentials)),
        }
    }

    /// Who was let in: the node in the path is that of the connection.
    fn of(access: Arc<Access>, credentials: Credentials) -> Provisioner {
        let Credentials { place, base, agent, .. } = credentials;
        let connection = Arc::clone(&access.connection);
        let leeway = Leeway::new(connection.settings.tolerance);
        Provisioner { caller: Caller { connection, base, agent, now: place.now, leeway }, access, peer: place.peer }
    }

    /// The caller as it is in this transaction, with the settings of now.
    ///
    /// # Errors
    /// [`ScimError::Token`] when it is no longer let in.
    pub fn renew(&self, tx: &mut dyn Tx) -> Result<Cow<'_, Caller>, ScimError> {
        let access = token::renew(tx, self.caller.now, &self.peer, &self.access)?.map_err(ScimError::Token)?;
        if Arc::ptr_eq(&access, &self.access) {
            return Ok(Cow::Borrowed(&self.caller));
        }
        let connection = Arc::clone(&access.connection);
        let leeway = self.caller.leeway.under(connection.settings.tolerance);
        Ok(Cow::Owned(Caller { connection, leeway, ..self.caller.clone() }))
    }
}
