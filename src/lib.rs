//! Scimbox
pub mod cli;
pub mod domain;
pub mod http;
pub mod scim;
pub mod store;
pub mod world;
