//! Who is let in to a node's endpoint: a bearer token, asked of the store in the transaction that answers.

use super::App;
use super::error::ScimError;
use super::stream_state::StreamState;
use crate::domain::token::{self, Access, Presented, Refusal};
use crate::domain::{NodeId, Time, Tx};
use crate::scim::Caller;
use crate::scim::leeway::Leeway;
use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, USER_AGENT};
use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

/// A client that was let in.
#[derive(Clone)]
pub struct Provisioner {
    /// What the protocol needs of it.
    pub caller: Caller,
    /// The token it presented, with what was known of it.
    pub access: Arc<Access>,
    /// The address that it has.
    from: Option<IpAddr>,
}

/// The token in the `Authorization` header; never taken from anywhere else.
pub fn presented(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
}

/// Why there is no token in the header.
pub fn missing(request: &HttpRequest) -> Refusal {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::trim);
    let is_one_word = header.is_some_and(|text| !text.is_empty() && !text.contains(' '));
    match is_one_word && !header.is_some_and(|text| text.eq_ignore_ascii_case("bearer")) {
        true => Refusal::NoBearer,
        false => Refusal::Missing,
    }
}

/// The client's `User-Agent`, cut to what is worth keeping.
pub fn agent(request: &HttpRequest) -> Option<String> {
    let agent = request.headers().get(USER_AGENT)?.to_str().ok()?;
    Some(beginning(agent, 200).to_owned()).filter(|agent| !agent.is_empty())
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
    /// Lets a request in to `node`, the id in its path, or says why not. Asked in the transaction that answers, so that a
    /// token that was revoked, also by another process, is refused on the next request of a kept-alive connection.
    ///
    /// # Errors
    /// [`ScimError::Token`].
    pub fn admit(
        tx: &mut dyn Tx,
        app: &App,
        request: &HttpRequest,
        node: Option<NodeId>,
        now: Time,
    ) -> Result<Provisioner, ScimError> {
        let token = presented(request).ok_or_else(|| ScimError::Token(missing(request)))?;
        let place = Presented { now, from: app.addresses.client_address(request), node };
        let access = token::authenticate(tx, &place, token)?.map_err(ScimError::Token)?;
        Ok(Provisioner::of(access, app, request, &place))
    }

    /// Lets in to write, without a look into the store where an earlier request of the client is remembered:
    /// [`Provisioner::renew`] decides in the transaction that writes.
    ///
    /// # Errors
    /// [`ScimError::Token`].
    pub fn admit_to_write(
        app: &App,
        request: &HttpRequest,
        node: Option<NodeId>,
        now: Time,
    ) -> Result<Provisioner, ScimError> {
        let recall = |id: &str| app.store.recall(id);
        let place = Presented { now, from: app.addresses.client_address(request), node };
        match presented(request).and_then(|token| token::recognise(recall, &place, token)) {
            // What is switched on in a sandbox holds for the next request.
            Some(access) if access.connection.sandbox.is_none() => Ok(Provisioner::of(access, app, request, &place)),
            _ => app.store.read(|tx| Provisioner::admit(tx, app, request, node, now)),
        }
    }

    fn of(access: Arc<Access>, app: &App, request: &HttpRequest, place: &Presented) -> Provisioner {
        if let Some(state) = request.conn_data::<Rc<StreamState>>() {
            state.place.know();
        }
        let connection = Arc::clone(&access.connection);
        let base = [&app.addresses.base(request), super::SCIM, "/", &connection.node.to_string()].concat();
        let leeway = Leeway::new(connection.settings.tolerance);
        Provisioner {
            caller: Caller { connection, base, agent: agent(request), now: place.now, leeway },
            access,
            from: place.from,
        }
    }

    /// The caller as it is in this transaction, with the settings of now.
    ///
    /// # Errors
    /// [`ScimError::Token`] when it is no longer let in.
    pub fn renew(&self, tx: &mut dyn Tx) -> Result<Cow<'_, Caller>, ScimError> {
        let access = token::renew(tx, self.caller.now, self.from, &self.access)?.map_err(ScimError::Token)?;
        if Arc::ptr_eq(&access, &self.access) {
            return Ok(Cow::Borrowed(&self.caller));
        }
        let connection = Arc::clone(&access.connection);
        let leeway = self.caller.leeway.under(connection.settings.tolerance);
        Ok(Cow::Owned(Caller { connection, leeway, ..self.caller.clone() }))
    }
}
