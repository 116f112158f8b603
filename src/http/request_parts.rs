//! Request parts: what a request says beside its body, taken out of it, so that a store may answer from another thread.

use super::App;
use super::error::ScimError;
use super::limit::LimitSlot;
use super::precheck;
use super::rate_limits::Rates;
use super::scim_path::{ScimPath, place, segments};
use super::stream_state::StreamState;
use crate::domain::NodeId;
use crate::domain::connection::Connection;
use crate::scim::leeway::Leeway;
use crate::scim::query::Query;
use crate::scim::version::Preconditions;
use crate::scim::{Error, Result, Terms};
use actix_web::HttpRequest;
use actix_web::http::Uri;
use actix_web::http::header::{HeaderValue, IF_MATCH, IF_NONE_MATCH};
use std::rc::Rc;
use std::sync::Arc;

/// The parts of a SCIM request. They share its buffers, so clones copy no text.
#[derive(Clone)]
pub struct RequestParts {
    /// The node in the path.
    pub node: Option<NodeId>,
    /// What follows the node.
    pub segments: Arc<[String]>,
    uri: Uri,
    if_match: Option<HeaderValue>,
    if_none_match: Option<HeaderValue>,
    rates: Arc<Rates>,
    limit: Option<LimitSlot>,
}

impl RequestParts {
    /// The parts of a request.
    pub fn of(app: &App, request: &HttpRequest) -> RequestParts {
        let (node, segments) = segments(request.path());
        let header = |name| request.headers().get(name).cloned();
        RequestParts {
            node,
            segments,
            uri: request.uri().clone(),
            if_match: header(IF_MATCH),
            if_none_match: header(IF_NONE_MATCH),
            rates: Arc::clone(&app.rates),
            limit: request.conn_data::<Rc<StreamState>>().map(|state| Arc::clone(&state.limit)),
        }
    }

    /// The path as it was sent.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// What follows the question mark.
    pub fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// What the path names.
    pub fn place(&self) -> Option<ScimPath<'_>> {
        place(&self.segments)
    }

    /// Whether the connection may ask now, and asks for one thing.
    ///
    /// # Errors
    /// It asks more often than it may, or for two.
    pub fn is_taken(&self, connection: &Connection) -> std::result::Result<(), ScimError> {
        self.rates.charge(self.limit.as_ref(), connection).map_err(ScimError::Rejection)?;
        match precheck::repeated(self.query()) {
            Some(name) => Err(Error::InvalidSyntax(format!("The parameter “{name}” is given twice.")).into()),
            None => Ok(()),
        }
    }

    /// What the request demands beside what it does.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn terms(&self, leeway: &Leeway) -> Result<Terms> {
        let projection = Query::from_url(self.query(), leeway)?.projection;
        let conditions = Preconditions::read(text(&self.if_match), text(&self.if_none_match), leeway)?;
        Ok(Terms { projection, conditions, bare: false })
    }
}

fn text(header: &Option<HeaderValue>) -> Option<&str> {
    header.as_ref()?.to_str().ok()
}
