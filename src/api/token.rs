//! Tokens of a connection.

use super::scalar::Moment;
use super::words::TokenState;
use crate::domain::connection_state::ConnectionState;
use crate::domain::{Time, token};
use serde::Serialize;
use utoipa::ToSchema;

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub struct Token {
    /// The eight characters that name a token.
    pub token_id: String,
    /// Its first characters, to recognise it.
    pub start: String,
    /// Its last four characters.
    pub last4: String,
    /// When it was created.
    pub created_at: Moment,
    /// Who created it.
    pub created_by: String,
    /// When it stops working, by expiry or because a newer one replaces it.
    pub expires_at: Option<Moment>,
    /// When it was revoked.
    pub revoked_at: Option<Moment>,
    /// Its last use, to the minute.
    pub last_used_at: Option<Moment>,
    /// The address of that use.
    pub last_used_from: Option<String>,
    /// The User-Agent of that use.
    pub last_used_agent: Option<String>,
    /// Its state.
    pub state: TokenState,
}

impl Token {
    /// A token of a connection in that state.
    pub fn new(token: &token::Token, connection: ConnectionState, now: Time) -> Token {
        let state = if token.revoked_at.is_some() {
            "revoked"
        } else if !token.is_live(now) {
            "expired"
        } else if connection == ConnectionState::Draft {
            "not_saved"
        } else if token.ends_at.is_some() {
            "ending"
        } else {
            "live"
        };
        // Whichever comes first is when it ends.
        let ends = token.ends_at.into_iter().chain(token.expires_at).min();
        Token {
            token_id: token.id.clone(),
            start: token.start.clone(),
            last4: token.last4.clone(),
            created_at: token.created_at.into(),
            created_by: token.created_by.clone(),
            expires_at: ends.map(Moment),
            revoked_at: token.revoked_at.map(Moment),
            last_used_at: token.last_used_at.map(Moment),
            last_used_from: token.last_used_from.clone(),
            last_used_agent: token.last_used_agent.clone(),
            state: TokenState(state),
        }
    }
}
