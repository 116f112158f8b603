//! The documents of the admin API, one file per noun, made from domain types. `http` sends and takes them, `cli` prints them,
//! and the OpenAPI document is derived from them.

pub mod admin;
pub mod api_key;
pub mod approval;
pub mod backup;
pub(crate) mod commander;
pub mod connection;
pub mod csv;
pub mod error;
pub mod event;
pub mod fault_text;
pub mod invitation;
pub mod job;
pub mod listing;
pub mod membership;
pub mod node;
pub mod node_names;
pub mod push_plan;
pub mod push_record;
pub mod push_run;
pub mod push_wish;
pub mod request;
pub mod request_export;
pub mod request_hour;
pub mod request_mask;
pub mod request_space;
mod request_status;
pub mod sandbox;
pub mod scalar;
pub mod second_factor;
pub mod session;
pub mod session_list;
pub mod settings;
pub mod team;
pub mod token;
pub mod user;
pub mod words;
