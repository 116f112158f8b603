//! Administrators.

use super::scalar::{Id, Moment, NodeName};
use super::words::Role;
use crate::domain::{Fault, Tx, admin};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

/// An administrator.
#[derive(Serialize, ToSchema)]
pub struct Admin {
    /// The id of an administrator.
    pub admin_id: Id,
    /// An e-mail address, which is also the sign-in name.
    pub email: String,
    /// The name.
    pub name: String,
    /// What this administrator may do.
    pub role: Role,
    /// When it was created.
    pub created_at: Moment,
    /// When this administrator last used a session.
    pub last_seen_at: Option<Moment>,
    /// Whether this is the administrator who asks.
    pub you: bool,
}

impl Admin {
    /// An administrator, as the one with the number `you` sees it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(tx: &mut dyn Tx, one: &admin::Admin, you: i64) -> Result<Admin, Fault> {
        Ok(Admin {
            admin_id: Id(one.id),
            email: one.email.clone(),
            name: one.name.clone(),
            role: one.role.into(),
            created_at: one.created_at.into(),
            last_seen_at: tx.admin_seen_at(one.id)?.map(Moment),
            you: one.id == you,
        })
    }
}

/// All administrators.
#[derive(Serialize, ToSchema)]
pub struct Administrators {
    /// The administrators.
    pub admins: Vec<Admin>,
}

/// Which administrator.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AdminPath {
    /// The id of an administrator.
    #[param(value_type = Id)]
    pub admin_id: i64,
}

/// An administrator to add.
#[derive(Deserialize, ToSchema)]
pub struct NewAdmin {
    /// An e-mail address, which is also the sign-in name.
    #[schema(format = Email, max_length = 254)]
    pub email: String,
    /// The name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub name: String,
    /// The password.
    #[schema(value_type = String, min_length = 12)]
    pub password: Zeroizing<String>,
    /// What the administrator may do: administrator unless given.
    #[schema(value_type = Option<Role>)]
    pub role: Option<String>,
}

/// What changes in an administrator.
#[derive(Deserialize, ToSchema)]
pub struct AdminChange {
    /// The name.
    pub name: Option<NodeName>,
    /// What the administrator may do.
    #[schema(value_type = Option<Role>)]
    pub role: Option<String>,
}

/// A link by which an administrator sets a new password.
#[derive(Serialize, ToSchema)]
pub struct ResetLink {
    /// The link. It works once, and is shown in this answer and never again.
    pub link: String,
    /// For how many minutes it works.
    pub minutes: i64,
    /// Whether it went out by mail.
    pub mailed: bool,
}

/// The new password of whoever has a link.
#[derive(Deserialize, ToSchema)]
pub struct LinkedPassword {
    /// The secret behind `#k=` in the link.
    #[schema(value_type = String)]
    pub token: Zeroizing<String>,
    /// The new password: at least 12 characters.
    #[schema(value_type = String, min_length = 12)]
    pub new: Zeroizing<String>,
}

/// Another password for an administrator.
#[derive(Deserialize, ToSchema)]
pub struct PasswordReset {
    /// The current password.
    #[schema(value_type = Option<String>)]
    pub current: Option<Zeroizing<String>>,
    /// The new password: at least 12 characters.
    #[schema(value_type = String, min_length = 12)]
    pub new: Zeroizing<String>,
}
