//! Scimbox
pub mod domain;
