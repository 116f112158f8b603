//! What a profile must fulfil to be a user's in a node: its name, its address, and where the name must be unique.

use super::connection::Connection;
use super::user::{ScopeKey, UserProfile};
use super::{Error, NodeId, Result, Tx, flawed_name, fold, is_email};

/// What holds for the users of a node, from its connection where it has one.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Where a user name must be unique.
    pub scope: ScopeKey,
    /// Whether a user needs an address.
    pub email_required: bool,
}

impl Rules {
    /// Those of a connection.
    pub fn of(connection: &Connection) -> Rules {
        let settings = &connection.settings;
        Rules { scope: ScopeKey::of(settings.unique_users, connection.node), email_required: settings.email_required }
    }

    /// Those of a node. Without a connection a person is known by an address, once in the appliance.
    pub fn in_node(tx: &mut dyn Tx, node: NodeId) -> Result<Rules> {
        let connection = tx.connection_of(node)?;
        Ok(connection.as_ref().map_or(Rules { scope: ScopeKey(0), email_required: true }, Rules::of))
    }
}

/// Whether a profile may be a user's; its folded name.
pub(super) fn check(rules: &Rules, profile: &UserProfile, emails: &[String]) -> Result<String> {
    let folded = check_name(&profile.user_name)?;
    check_email(rules, profile, emails)?;
    Ok(folded)
}

pub(super) fn check_name(name: &str) -> Result<String> {
    if name.is_empty() || name.chars().count() > 256 {
        return Err(Error::Invalid("userName", "expected 1 to 256 characters".to_owned()));
    }
    match flawed_name(name) {
        Some(flaw) => Err(Error::Invalid("userName", format!("“{}” {flaw}", name.escape_debug()))),
        None => Ok(fold(name)),
    }
}

pub(super) fn check_email(rules: &Rules, profile: &UserProfile, emails: &[String]) -> Result<()> {
    let reachable = is_email(&profile.user_name) || emails.iter().any(|e| is_email(e));
    if rules.email_required && !reachable {
        return Err(Error::UserNameNotEmail(profile.user_name.clone()));
    }
    Ok(())
}
