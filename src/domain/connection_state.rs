//! The states of a connection.

use super::words::words;

/// Where a connection is in its life: `draft → pending → active ⇄ paused`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Generated, not saved: its token is refused with a helpful 401.
    Draft,
    /// Saved, no request on Users or Groups yet.
    Pending,
    /// Its identity provider has been here.
    Active,
    /// Stopped by an administrator.
    Paused,
}

words!(ConnectionState, "state", Draft = "draft", Pending = "pending", Active = "active", Paused = "paused");
