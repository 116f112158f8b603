//! The rules: what nodes, connections, users, teams and administrators are, and what may happen to them.
//!
//! Knows nothing of SCIM, HTTP or SQL, never parses JSON (a resource is an opaque text here) and never asks for the time:
//! [`Act`] carries who does what when. What a rule needs of a store is a small trait declared beside its type; [`Tx`] is their sum,
//! and one closure over a `&mut dyn Tx` is one transaction.

pub mod admin;
pub mod allow_list;
pub mod api_key;
pub mod appliance;
pub mod approval;
pub mod approval_undo;
pub mod audit_chain;
pub mod client_certificate;
pub mod connection;
pub mod connection_settings;
pub mod connection_state;
pub mod delay;
pub mod delivery;
pub mod deprovision;
pub mod device;
pub mod directory;
mod error;
pub mod event;
pub mod exchange;
pub mod fault_rule;
mod fold;
pub mod foresight;
pub mod id;
pub mod idp;
pub mod invitation;
pub mod job;
pub mod lease;
pub mod mail;
pub mod membership;
mod moment;
pub mod node;
mod noun;
pub mod predicate;
pub mod provisioning;
pub mod push_admin;
pub mod push_lifecycle;
pub mod push_options;
pub mod push_record;
pub mod push_run;
pub mod push_schedule;
pub mod push_wish;
pub mod reset_link;
pub mod role;
pub mod rules;
pub mod sandbox;
pub mod sandbox_admin;
pub mod second_factor;
pub mod self_test;
pub mod session;
pub mod settings;
pub mod sign_in;
pub mod signed;
pub mod team;
pub mod team_lifecycle;
pub mod token;
pub mod user;
pub mod user_admin;
pub mod user_lifecycle;
mod weak_password;
mod words;

pub use appliance::{Appliance, Numbers};
pub use error::{Class, Error, Fault, Result};
pub use fold::{flawed_name, fold, is_email, printable};
pub use id::{NodeId, ScimId, TeamId, TeamKey, Time, UserId};
pub use noun::Noun;

/// Everything a rule can ask of a store, inside one transaction.
pub trait Tx:
    Numbers
    + Appliance
    + node::Nodes
    + connection::Connections
    + token::Tokens
    + user::Users
    + team::Teams
    + membership::Memberships
    + approval::Approvals
    + admin::Admins
    + second_factor::SecondFactors
    + session::Sessions
    + device::Devices
    + delay::Delays
    + event::Events
    + directory::Directory
    + invitation::Invitations
    + job::Jobs
    + lease::Leases
    + foresight::Foresight
    + settings::ApplianceSettings
    + api_key::ApiKeys
    + push_record::PushRecords
    + push_run::PushRuns
    + exchange::Exchanges
{
}

impl<T> Tx for T where
    T: Numbers
        + Appliance
        + node::Nodes
        + connection::Connections
        + token::Tokens
        + user::Users
        + team::Teams
        + membership::Memberships
        + approval::Approvals
        + admin::Admins
        + second_factor::SecondFactors
        + session::Sessions
        + device::Devices
        + delay::Delays
        + event::Events
        + directory::Directory
        + invitation::Invitations
        + job::Jobs
        + lease::Leases
        + foresight::Foresight
        + settings::ApplianceSettings
        + api_key::ApiKeys
        + push_record::PushRecords
        + push_run::PushRuns
        + exchange::Exchanges
{
}

/// Who does something, when, and with which chance: the outside world as a rule sees it.
#[derive(Clone, Debug)]
pub struct Act {
    /// The moment of the act.
    pub now: Time,
    /// Who acts: an administrator's address, `cli`, `setup`, `scim:<scim_id>`, `key:<key_id>`, `job:<job_id>`, `person`
    /// or `system`.
    pub by: String,
    /// The address it came from; empty when it came from no network.
    pub address: String,
    /// The request it belongs to; empty when there is none.
    pub request_id: String,
    /// Sixteen random bytes, fresh for each act; they become the id of a team made by it.
    pub seed: [u8; 16],
}
