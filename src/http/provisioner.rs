//! Who is let in to a node's endpoint: a bearer token, checked in the store on every request.

use super::App;
use super::error::ScimError;
use crate::domain::token::{self, Refusal};
use crate::domain::{NodeId, Time};
use crate::scim::Caller;
use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, USER_AGENT};

/// A client that was let in.
pub struct Provisioner {
    /// What the protocol needs of it.
    pub caller: Caller,
    /// The token it presented.
    pub token_id: String,
}

/// The token in the `Authorization` header; never taken from anywhere else.
pub fn presented(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
}

/// The client's `User-Agent`, cut to what is worth keeping.
pub fn agent(request: &HttpRequest) -> Option<String> {
    let agent = request.headers().get(USER_AGENT)?.to_str().ok()?;
    Some(agent.chars().take(200).collect()).filter(|agent: &String| !agent.is_empty())
}

impl Provisioner {
    /// Lets a request in to `node`, the id in its path, or says why not. Read from the store every time, so that a token
    /// that was revoked, also by another process, is refused on the next request of a kept-alive connection.
    ///
    /// # Errors
    /// [`ScimError::Token`].
    pub fn admit(app: &App, request: &HttpRequest, node: Option<NodeId>, now: Time) -> Result<Provisioner, ScimError> {
        let token = presented(request).ok_or(ScimError::Token(Refusal::Missing))?;
        let admitted = app.store.read(|tx| token::authenticate(tx, now, node, token))?;
        let (connection, token_id) = admitted.map_err(ScimError::Token)?;
        let base = format!("{}{}/{}", app.addresses.base(request), super::SCIM, connection.node);
        Ok(Provisioner { caller: Caller { connection, base, agent: agent(request), now }, token_id })
    }
}
