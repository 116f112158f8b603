//! The core schema of groups (RFC 7643, section 4.2).

use super::schema::{Attribute, Schema};

/// The schema.
pub(super) static GROUP: Schema = Schema {
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
                // RFC 7643, section 8.7.1 does not have it, and a client that compares the members it sent with those it
                // reads, part by part, would take it for a difference (scim2-cli does).
                Attribute::string("display", "The member's user name.").read_only().on_request(),
            ],
        )
        .many(),
    ],
};
