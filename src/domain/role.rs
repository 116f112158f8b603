//! Roles of administrators: what each may do beyond looking.

use super::words::words;

/// What an administrator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but administrators and settings of security.
    Administrator,
    /// Looks at everything but the bodies of requests, and changes nothing.
    Auditor,
}

words!(Role, "role", Owner = "owner", Administrator = "administrator", Auditor = "auditor");

/// What a call needs of whoever makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// To look, and to see to one's own password and sessions.
    Look,
    /// To change what the appliance is there for.
    Change,
    /// To say who may get in, and how far they can be trusted.
    Secure,
}

impl Role {
    /// Whether the role gives a right.
    pub fn gives(self, right: Right) -> bool {
        match self {
            Role::Owner => true,
            Role::Administrator => right != Right::Secure,
            Role::Auditor => right == Right::Look,
        }
    }
}

/// Settings that only an owner changes: how long the audit log is kept, who gets it, and how and from where
/// people sign in.
const OWNERS_SETTINGS: [&str; 6] = [
    "audit_days",
    "audit_file_hours",
    "audit_syslog",
    "audit_syslog_ca",
    "console_allow_from",
    "second_factor_required",
];

/// What changing a setting needs.
pub fn of_setting(name: &str) -> Right {
    if OWNERS_SETTINGS.contains(&name) { Right::Secure } else { Right::Change }
}
