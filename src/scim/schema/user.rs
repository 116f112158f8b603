//! The core schema of users and its enterprise extension (RFC 7643, sections 4.1 and 4.3).

use crate::scim::schema::{Attribute, AttributeType, Mutability, Returned, Schema};

const PRIMARY: Attribute = Attribute::boolean("primary", "Whether it is the preferred one; at most one is.");
const DISPLAY: Attribute = Attribute::string("display", "How it is shown to people.");

const fn kind_of(usual: &'static [&'static str]) -> Attribute {
    Attribute::string("type", "What it is used for.").usually(usual)
}

/// The schema.
pub(in crate::scim) static USER: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    about: "A person.",
    attributes: &[
        Attribute::string("userName", "The name that the person signs in with, usually the e-mail address.")
            .required()
            .unique("server"),
        Attribute::complex(
            "name",
            "The parts of the person's name.",
            &[
                Attribute::string("formatted", "The whole name, ready to be shown."),
                Attribute::string("familyName", "The family name."),
                Attribute::string("givenName", "The given name."),
                Attribute::string("middleName", "The middle names."),
                Attribute::string("honorificPrefix", "A title before the name."),
                Attribute::string("honorificSuffix", "A suffix behind the name."),
            ],
        ),
        Attribute::string("displayName", "The name that is shown to people."),
        Attribute::string("nickName", "What the person is called casually."),
        Attribute::reference("profileUrl", "A page about the person.", &["external"]),
        Attribute::string("title", "The person's position."),
        Attribute::string("userType", "The person's relation to the organisation."),
        Attribute::string("preferredLanguage", "The languages that the person prefers, as in Accept-Language."),
        Attribute::string("locale", "Where the person is, for dates and numbers."),
        Attribute::string("timezone", "The person's time zone."),
        Attribute::boolean("active", "Whether the person may work; false means locked. True where it is not said.")
            .assigned(),
        Attribute {
            mutability: Mutability::WriteOnly,
            returned: Returned::Never,
            ..Attribute::string("password", "Accepted and forgotten: it is neither stored nor answered.").exact()
        },
        Attribute::complex(
            "emails",
            "E-mail addresses.",
            &[Attribute::string("value", "The address."), DISPLAY, kind_of(&["work", "home", "other"]), PRIMARY],
        )
        .many(),
        Attribute::complex(
            "phoneNumbers",
            "Phone numbers.",
            &[
                Attribute::string("value", "The number."),
                DISPLAY,
                kind_of(&["work", "home", "mobile", "fax", "pager", "other"]),
                PRIMARY,
            ],
        )
        .many(),
        Attribute::complex(
            "ims",
            "Addresses for instant messages.",
            &[
                Attribute::string("value", "The address."),
                DISPLAY,
                kind_of(&["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
                PRIMARY,
            ],
        )
        .many(),
        Attribute::complex(
            "photos",
            "Pictures of the person.",
            &[
                Attribute::reference("value", "The picture's address.", &["external"]),
                DISPLAY,
                kind_of(&["photo", "thumbnail"]),
                PRIMARY,
            ],
        )
        .many(),
        Attribute::complex(
            "addresses",
            "Postal addresses.",
            &[
                Attribute::string("formatted", "The whole address, ready to be shown."),
                Attribute::string("streetAddress", "Street and house."),
                Attribute::string("locality", "City or town."),
                Attribute::string("region", "State or region."),
                Attribute::string("postalCode", "Postal code."),
                Attribute::string("country", "Country."),
                kind_of(&["work", "home", "other"]),
                PRIMARY,
            ],
        )
        .many(),
        Attribute::complex(
            "groups",
            "The teams that the person is in, waiting memberships included.",
            &[
                Attribute::string("value", "The team's id.").exact().read_only(),
                Attribute::reference("$ref", "The team's address.", &["Group"]).read_only(),
                Attribute::string("display", "The team's current name.").read_only(),
                Attribute::string("type", "How the membership came to be.").read_only().usually(&["direct"]),
            ],
        )
        .many()
        .read_only(),
        Attribute::complex(
            "entitlements",
            "Things that the person is entitled to.",
            &[Attribute::string("value", "The entitlement."), DISPLAY, kind_of(&[]), PRIMARY],
        )
        .many(),
        Attribute::complex(
            "roles",
            "The person's roles at the identity provider.",
            &[Attribute::string("value", "The role."), DISPLAY, kind_of(&[]), PRIMARY],
        )
        .many(),
        Attribute::complex(
            "x509Certificates",
            "Certificates.",
            &[
                Attribute::new(AttributeType::Binary, "value", "The certificate, DER in base64."),
                DISPLAY,
                kind_of(&[]),
                PRIMARY,
            ],
        )
        .many(),
    ],
};

/// The enterprise extension (RFC 7643, section 4.3).
pub(in crate::scim) static ENTERPRISE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name: "EnterpriseUser",
    about: "What an employer knows of a person.",
    attributes: &[
        Attribute::string("employeeNumber", "The number that the employer gave."),
        Attribute::string("costCenter", "The cost centre."),
        Attribute::string("organization", "The organisation."),
        Attribute::string("division", "The division."),
        Attribute::string("department", "The department."),
        Attribute::complex(
            "manager",
            "The person's manager.",
            &[
                Attribute::string("value", "The manager's id.").exact(),
                Attribute::reference("$ref", "The manager's address.", &["User"]),
                Attribute::string("displayName", "The manager's name.").read_only(),
            ],
        ),
    ],
};
