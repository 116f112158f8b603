//! The schemas of the discovery documents themselves (RFC 7643, sections 5, 6 and 7), announced because validators ask for them.

use crate::scim::schema::{Attribute, AttributeType, Schema};

const SUPPORTED: Attribute = Attribute::boolean("supported", "Whether it can be used.").required().read_only();

/// `ServiceProviderConfig`.
pub(in crate::scim) static SERVICE_PROVIDER_CONFIG: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    name: "ServiceProviderConfig",
    about: "What this service provider can do.",
    attributes: &[
        Attribute::reference("documentationUri", "Where people read about it.", &["external"]).read_only(),
        Attribute::complex("patch", "PATCH.", &[SUPPORTED]).required().read_only(),
        Attribute::complex(
            "bulk",
            "Bulk requests.",
            &[
                SUPPORTED,
                Attribute::new(AttributeType::Integer, "maxOperations", "Operations in one request.")
                    .required()
                    .read_only(),
                Attribute::new(AttributeType::Integer, "maxPayloadSize", "Bytes in one request.")
                    .required()
                    .read_only(),
            ],
        )
        .required()
        .read_only(),
        Attribute::complex(
            "filter",
            "Filters.",
            &[
                SUPPORTED,
                Attribute::new(AttributeType::Integer, "maxResults", "Resources in one answer.").required().read_only(),
            ],
        )
        .required()
        .read_only(),
        Attribute::complex("changePassword", "Changing passwords.", &[SUPPORTED]).required().read_only(),
        Attribute::complex("sort", "Sorting.", &[SUPPORTED]).required().read_only(),
        Attribute::complex("etag", "Versions.", &[SUPPORTED]).required().read_only(),
        Attribute::complex(
            "pagination",
            "Ways through a long list (RFC 9865).",
            &[
                Attribute::boolean("cursor", "Whether cursors can be used.").required().read_only(),
                Attribute::boolean("index", "Whether startIndex can be used.").required().read_only(),
                Attribute::string("defaultPaginationMethod", "The one that is used when none is asked for.")
                    .exact()
                    .read_only()
                    .usually(&["cursor", "index"]),
                Attribute::new(AttributeType::Integer, "defaultPageSize", "Resources in a page when count is absent.")
                    .read_only(),
                Attribute::new(AttributeType::Integer, "maxPageSize", "Resources in a page at most.").read_only(),
                Attribute::new(AttributeType::Integer, "cursorTimeout", "Seconds that a cursor can be used.")
                    .read_only(),
            ],
        )
        .read_only(),
        Attribute::complex(
            "authenticationSchemes",
            "How a client proves who it is.",
            &[
                Attribute::string("type", "The kind of scheme.").required().read_only().usually(&["oauthbearertoken"]),
                Attribute::string("name", "Its name.").required().read_only(),
                Attribute::string("description", "What it is.").required().read_only(),
                Attribute::reference("specUri", "Its specification.", &["external"]).read_only(),
                Attribute::reference("documentationUri", "How to use it here.", &["external"]).read_only(),
                Attribute::boolean("primary", "Whether it is the preferred one.").read_only(),
            ],
        )
        .many()
        .required()
        .read_only(),
    ],
};

/// `ResourceType`.
pub(in crate::scim) static RESOURCE_TYPE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    name: "ResourceType",
    about: "A type of resource and where it lives.",
    attributes: &[
        Attribute::string("id", "Its id.").read_only(),
        Attribute::string("name", "Its name.").required().read_only(),
        Attribute::string("description", "What it is.").read_only(),
        Attribute::reference("endpoint", "Its address below the base URL.", &["uri"]).required().read_only(),
        Attribute::reference("schema", "The URN of its core schema.", &["uri"]).required().read_only(),
        Attribute::complex(
            "schemaExtensions",
            "Its extensions.",
            &[
                Attribute::reference("schema", "The URN of the extension.", &["uri"]).required().read_only(),
                Attribute::boolean("required", "Whether every resource must have it.").required().read_only(),
            ],
        )
        .many()
        .read_only(),
    ],
};

const NAME: Attribute = Attribute::string("name", "Its name.").exact().required().read_only();
const TYPE: Attribute = Attribute::string("type", "Its type.").required().read_only().usually(&[
    "string",
    "complex",
    "boolean",
    "decimal",
    "integer",
    "dateTime",
    "reference",
    "binary",
]);
const MULTI: Attribute = Attribute::boolean("multiValued", "Whether it is an array.").required().read_only();
const ABOUT: Attribute = Attribute::string("description", "What it means.").read_only();
const REQUIRED: Attribute = Attribute::boolean("required", "Whether a resource must have it.").read_only();
const CANONICAL: Attribute = Attribute::string("canonicalValues", "Usual values.").many().exact().read_only();
const EXACT: Attribute = Attribute::boolean("caseExact", "Whether letter case counts.").read_only();
const MUTABILITY: Attribute = Attribute::string("mutability", "Who may write it.").exact().read_only().usually(&[
    "readOnly",
    "readWrite",
    "immutable",
    "writeOnly",
]);
const RETURNED: Attribute = Attribute::string("returned", "When it is answered.")
    .exact()
    .read_only()
    .usually(&["always", "never", "default", "request"]);
const UNIQUENESS: Attribute =
    Attribute::string("uniqueness", "Where it is unique.").exact().read_only().usually(&["none", "server", "global"]);
const REFERS: Attribute = Attribute::string("referenceTypes", "What it may point to.").many().exact().read_only();

const PARTS: &[Attribute] =
    &[NAME, TYPE, MULTI, ABOUT, REQUIRED, CANONICAL, EXACT, MUTABILITY, RETURNED, UNIQUENESS, REFERS];

/// `Schema`.
pub(in crate::scim) static SCHEMA: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:Schema",
    name: "Schema",
    about: "A schema and its attributes.",
    attributes: &[
        Attribute::string("id", "Its URN.").required().read_only(),
        Attribute::string("name", "Its name.").required().read_only(),
        Attribute::string("description", "What it is.").read_only(),
        Attribute::complex(
            "attributes",
            "Its attributes.",
            &[
                NAME,
                TYPE,
                MULTI,
                ABOUT,
                REQUIRED,
                CANONICAL,
                EXACT,
                MUTABILITY,
                RETURNED,
                UNIQUENESS,
                REFERS,
                Attribute::complex("subAttributes", "The parts of a complex attribute.", PARTS).many().read_only(),
            ],
        )
        .many()
        .required()
        .read_only(),
    ],
};
