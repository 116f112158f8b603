//! Intake: from the text that a client sends to what is stored.

pub mod content;
pub mod fast_path;
pub mod group_stream;
pub mod json;
pub(in crate::scim) mod message;
pub(in crate::scim) mod qualified;
pub mod value;
