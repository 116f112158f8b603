//! The words for what can be looked for and not be there.

/// What was looked for and is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// An organisational unit.
    Node,
    /// A node's provisioning method.
    Connection,
    /// What an identity provider presents.
    Token,
    /// A person in a node.
    User,
    /// A team, `Group` on the wire.
    Team,
    /// An administrator of the appliance.
    Admin,
    /// Work in the background.
    Job,
    /// A key for automation.
    ApiKey,
    /// A signed-in browser.
    Session,
    /// A setting of the appliance.
    Setting,
    /// A configuration of SCIM push.
    PushRecord,
    /// An execution of one.
    PushRun,
    /// A backup of the database.
    Backup,
    /// A captured request.
    Exchange,
}

impl std::fmt::Display for Noun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Noun::Node => "node",
            Noun::Connection => "connection",
            Noun::Token => "token",
            Noun::User => "user",
            Noun::Team => "team",
            Noun::Admin => "administrator",
            Noun::Job => "job",
            Noun::ApiKey => "API key",
            Noun::Session => "session",
            Noun::Setting => "setting",
            Noun::PushRecord => "push record",
            Noun::PushRun => "run",
            Noun::Backup => "backup",
            Noun::Exchange => "request",
        })
    }
}
