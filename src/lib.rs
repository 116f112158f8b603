//! Scimbox
pub mod cli;
pub mod domain;
pub mod scim;
pub mod store;
pub mod world;
