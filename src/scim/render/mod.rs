//! Rendering: from what is stored to the text of an answer.

pub mod group_stream;
pub mod projection;
pub mod text;
