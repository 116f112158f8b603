//! Scimbox
pub mod domain;
pub mod world;
