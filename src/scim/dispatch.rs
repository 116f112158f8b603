//! From the type that a path names to the code for it: the one place where users and groups are told apart.

/// Evaluates an expression for the type behind a [`ResourceType`].
macro_rules! with_type {
    ($of:expr, $name:ident => $body:expr) => {
        if $of.name == $crate::scim::schema::USER_TYPE.name {
            type $name = $crate::scim::users::Users;
            $body
        } else {
            type $name = $crate::scim::groups::Groups;
            $body
        }
    };
}
pub(crate) use with_type;
