//! The attributes of RFC 7643 as one table of values: intake, filters, PATCH, projection and `/Schemas` all derive from it.

mod group;
pub(in crate::scim) mod meta;
mod user;

use crate::domain::{TeamId, UserId};
use crate::scim::schema::group::GROUP;
use crate::scim::schema::user::{ENTERPRISE, USER};

/// The attribute whose values may be of any type.
pub(in crate::scim) const ROLES: &str = "roles";

/// The data types of RFC 7643, section 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    /// `string`
    String,
    /// `boolean`
    Boolean,
    /// `integer`
    Integer,
    /// `dateTime`
    DateTime,
    /// `binary`
    Binary,
    /// `reference`
    Reference,
    /// `complex`
    Complex,
}

/// Who may write an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// Only we.
    ReadOnly,
    /// Both.
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, and nobody reads it.
    WriteOnly,
}

/// When an attribute is in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Whatever is asked for.
    Always,
    /// In no answer.
    Never,
    /// Unless something else is asked for.
    Default,
    /// Only when it is asked for by name.
    Request,
}

/// The characteristics of one attribute (RFC 7643, section 7).
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name in the RFC's spelling.
    pub name: &'static str,
    /// What it means, for people.
    pub about: &'static str,
    /// Its type.
    pub kind: AttributeType,
    /// Whether it is an array.
    pub multi: bool,
    /// Whether every resource has it.
    pub required: bool,
    /// Whether we give it a value where the client gives none, so that it is never missing.
    pub assigned: bool,
    /// Whether letter case counts.
    pub exact: bool,
    /// Who may write it.
    pub mutability: Mutability,
    /// When it is answered.
    pub returned: Returned,
    /// `none`, `server` or `global`.
    pub uniqueness: &'static str,
    /// Values that are usual; others are welcome.
    pub canonical: &'static [&'static str],
    /// What a reference may point to.
    pub refers: &'static [&'static str],
    /// The parts of a complex attribute.
    pub parts: &'static [Attribute],
}

impl Attribute {
    pub(in crate::scim) const fn new(kind: AttributeType, name: &'static str, about: &'static str) -> Attribute {
        Attribute {
            name,
            about,
            kind,
            multi: false,
            required: false,
            assigned: false,
            exact: !matches!(kind, AttributeType::String),
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: "none",
            canonical: &[],
            refers: &[],
            parts: &[],
        }
    }

    pub(in crate::scim) const fn string(name: &'static str, about: &'static str) -> Attribute {
        Self::new(AttributeType::String, name, about)
    }

    pub(in crate::scim) const fn boolean(name: &'static str, about: &'static str) -> Attribute {
        Self::new(AttributeType::Boolean, name, about)
    }

    pub(in crate::scim) const fn reference(
        name: &'static str,
        about: &'static str,
        refers: &'static [&'static str],
    ) -> Attribute {
        Attribute { refers, ..Self::new(AttributeType::Reference, name, about) }
    }

    pub(in crate::scim) const fn complex(
        name: &'static str,
        about: &'static str,
        parts: &'static [Attribute],
    ) -> Attribute {
        Attribute { parts, exact: false, ..Self::new(AttributeType::Complex, name, about) }
    }

    pub(in crate::scim) const fn many(self) -> Attribute {
        Attribute { multi: true, ..self }
    }

    pub(in crate::scim) const fn required(self) -> Attribute {
        Attribute { required: true, ..self }
    }

    /// Every resource has it, and a client may leave it out all the same.
    pub(in crate::scim) const fn assigned(self) -> Attribute {
        Attribute { required: true, assigned: true, ..self }
    }

    pub(in crate::scim) const fn exact(self) -> Attribute {
        Attribute { exact: true, ..self }
    }

    pub(in crate::scim) const fn read_only(self) -> Attribute {
        Attribute { mutability: Mutability::ReadOnly, ..self }
    }

    pub(in crate::scim) const fn immutable(self) -> Attribute {
        Attribute { mutability: Mutability::Immutable, ..self }
    }

    pub(in crate::scim) const fn always(self) -> Attribute {
        Attribute { returned: Returned::Always, ..self }
    }

    pub(in crate::scim) const fn on_request(self) -> Attribute {
        Attribute { returned: Returned::Request, ..self }
    }

    pub(in crate::scim) const fn unique(self, uniqueness: &'static str) -> Attribute {
        Attribute { uniqueness, ..self }
    }

    pub(in crate::scim) const fn usually(self, canonical: &'static [&'static str]) -> Attribute {
        Attribute { canonical, ..self }
    }

    /// Whether it refers to another resource by its `value`, as `manager` does: without that it says nothing.
    pub fn is_reference(&self) -> bool {
        !self.multi && self.parts.iter().any(|part| part.name == "value")
    }

    /// The part of a complex attribute with that name, in any letter case.
    pub fn part(&self, name: &str) -> Option<&'static Attribute> {
        named(self.parts, name)
    }
}

/// A schema: a URN and its attributes.
#[derive(Debug)]
pub struct Schema {
    /// Its URN.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// Its attributes.
    pub attributes: &'static [Attribute],
}

/// A type of resource: where it lives and what it is made of.
#[derive(Debug)]
pub struct ResourceType {
    /// `User` or `Group`.
    pub name: &'static str,
    /// `Users` or `Groups`.
    pub endpoint: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// Its core schema.
    pub schema: &'static Schema,
    /// Its extension, if it has one.
    pub extension: Option<&'static Schema>,
    /// The attribute that holds memberships: rows of their own, not part of the stored resource.
    pub relation: &'static str,
}

/// Users.
pub static USER_TYPE: ResourceType = ResourceType {
    name: "User",
    endpoint: "Users",
    about: "A person in the node.",
    schema: &USER,
    extension: Some(&ENTERPRISE),
    relation: "groups",
};

/// Groups, the teams of the node.
pub static GROUP_TYPE: ResourceType = ResourceType {
    name: "Group",
    endpoint: "Groups",
    about: "A team of the node.",
    schema: &GROUP,
    extension: None,
    relation: "members",
};

/// The attributes that every resource has (RFC 7643, section 3.1).
pub static COMMON: [Attribute; 4] = [
    Attribute::reference("schemas", "The URNs of the schemas that the resource follows.", &["uri"]).many().always(),
    Attribute::string("id", "The id that the appliance gave.").exact().read_only().always().unique("server"),
    Attribute::string("externalId", "The id that the identity provider gave.").exact(),
    Attribute::complex(
        "meta",
        "What the appliance knows of the resource.",
        &[
            Attribute::string("resourceType", "The type of the resource.").exact().read_only(),
            Attribute::new(AttributeType::DateTime, "created", "When it was made.").read_only(),
            Attribute::new(AttributeType::DateTime, "lastModified", "When it last changed.").read_only(),
            Attribute::reference("location", "Its address.", &["uri"]).read_only(),
            Attribute::string("version", "Its version, as in the ETag header.").exact().read_only(),
        ],
    )
    .read_only(),
];

/// An attribute found by a name: where it is and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The extension that holds it.
    pub extension: Option<&'static str>,
    /// The attribute.
    pub attribute: &'static Attribute,
    /// The part of it that is meant.
    pub part: Option<&'static Attribute>,
}

impl Target {
    /// The innermost attribute: the part, or the attribute itself.
    pub fn leaf(&self) -> &'static Attribute {
        self.part.unwrap_or(self.attribute)
    }
}

impl ResourceType {
    /// The attribute of that name, in any letter case, among those of the core schema and the common ones.
    pub fn core(&self, name: &str) -> Option<&'static Attribute> {
        named(self.schema.attributes, name).or_else(|| named(&COMMON, name))
    }

    /// The extension with that URN, in any letter case. Entra's documentation shows it without its last colon.
    pub fn extension_named(&self, urn: &str) -> Option<&'static Schema> {
        self.extension.filter(|schema| same_urn(schema.id, urn))
    }

    /// Whether a text can be the id of what memberships lead to.
    pub fn can_be_member(&self, id: &str) -> bool {
        match self.relation {
            "members" => id.parse::<UserId>().is_ok(),
            _ => id.parse::<TeamId>().is_ok(),
        }
    }

    /// Whether a text is the URN of the core schema, in any letter case.
    pub fn is_core(&self, urn: &str) -> bool {
        same_urn(self.schema.id, urn)
    }

    /// Whether the URN of one of the schemas has all its colons.
    pub fn is_spelt(&self, urn: &str) -> bool {
        let mut schemas = std::iter::once(self.schema).chain(self.extension);
        schemas.any(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// Finds an attribute. `urn` is the schema it was qualified with; without one the core schema is searched first and
    /// the extension then, because Entra says `manager` where it means the extension's (`replays/entra.json`).
    pub fn resolve(&self, urn: Option<&str>, name: &str, part: Option<&str>) -> Option<Target> {
        let extended = |schema: &'static Schema| Some((Some(schema.id), named(schema.attributes, name)?));
        let (extension, attribute) = match urn {
            Some(urn) if same_urn(urn, self.schema.id) => (None, self.core(name)?),
            Some(urn) => extended(self.extension_named(urn)?)?,
            None => match self.core(name) {
                Some(attribute) => (None, attribute),
                None => extended(self.extension?)?,
            },
        };
        let part = match part {
            None => None,
            Some(part) => Some(attribute.part(part)?),
        };
        Some(Target { extension, attribute, part })
    }
}

/// The type that lives at an endpoint, in any letter case (Microsoft's collection says `/users`).
pub fn of_endpoint(name: &str) -> Option<&'static ResourceType> {
    [&USER_TYPE, &GROUP_TYPE].into_iter().find(|of| name.eq_ignore_ascii_case(of.endpoint))
}

/// The attribute of that name, in any letter case.
pub fn named(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes.iter().find(|a| a.name.eq_ignore_ascii_case(name))
}

/// Whether a text is the URN of a schema that resources follow.
pub fn is_schema_urn(text: &str) -> bool {
    [&USER, &GROUP, &ENTERPRISE].iter().any(|schema| same_urn(schema.id, text))
}

/// Whether a URN that is none of ours can be an extension's. The core schemas are all known, so one that looks like them is
/// misspelt.
pub fn may_be_foreign(urn: &str) -> bool {
    const CORE: &str = "urn:ietf:params:scim:schemas:core:";
    !urn.get(..CORE.len()).is_some_and(|head| head.eq_ignore_ascii_case(CORE))
}

fn same_urn(a: &str, b: &str) -> bool {
    fn plain(text: &str) -> impl Iterator<Item = u8> {
        text.bytes().filter(|byte| *byte != b':').map(|byte| byte.to_ascii_lowercase())
    }
    plain(a).eq(plain(b))
}
