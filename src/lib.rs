//! Scimbox
pub mod domain;
pub mod scim;
pub mod world;
