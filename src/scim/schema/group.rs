//! The core schema of groups (RFC 7643, section 4.2).

use crate::scim::schema::{Attribute, Schema};

/// The schema.
pub(in crate::scim) static GROUP: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    about: "A team of people.",
    attributes: &[
        Attribute::string("displayName", "The team's name.").required(),
        Attribute::complex(
            "members",
            "The people in the team.",
            &[
                Attribute::string("value", "The member's id.").exact().immutable(),
                Attribute::reference("$ref", "The member's address.", &["User"]).immutable(),
                Attribute::string("type", "What the member is.").immutable().usually(&["User"]),
                Attribute::string("display", "The member's user name.").read_only().on_request(),
            ],
        )
        .many(),
    ],
};
