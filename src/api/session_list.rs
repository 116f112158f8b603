//! Sessions of administrators, as lists show them.

use super::scalar::{Id, Moment};
use crate::domain::{admin, session};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A signed-in browser.
#[derive(Serialize, ToSchema)]
pub struct OpenSession {
    /// What identifies the session.
    pub session_id: String,
    /// The id of its administrator.
    pub admin_id: Id,
    /// The e-mail address of its administrator.
    pub email: String,
    /// The network address it was opened from; empty where it is not known.
    pub address: String,
    /// What the browser calls itself; empty where it is not known.
    pub client: String,
    /// When its administrator signed in.
    pub signed_in_at: Moment,
    /// The last request, to the minute.
    pub last_used_at: Moment,
    /// When it ends whatever happens.
    pub expires_at: Moment,
    /// Whether it outlives the browser.
    pub remembered: bool,
    /// Whether this is the session that asks.
    pub this: bool,
}

impl OpenSession {
    /// A session, as the one with the digest `mine` sees it.
    pub fn new(one: &session::Session, admin: &admin::Admin, mine: &[u8; 32]) -> OpenSession {
        OpenSession {
            session_id: one.id(),
            admin_id: Id(admin.id),
            email: admin.email.clone(),
            address: one.address.clone(),
            client: one.client.clone(),
            signed_in_at: one.opened_at().into(),
            last_used_at: one.seen_at.into(),
            expires_at: one.expires_at.into(),
            remembered: one.remembered,
            this: one.digest == *mine,
        }
    }
}

/// Open sessions.
#[derive(Serialize, ToSchema)]
pub struct OpenSessions {
    /// The sessions, the one last used first.
    pub sessions: Vec<OpenSession>,
}

/// Which session.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SessionPath {
    /// What identifies the session.
    pub session_id: String,
}
