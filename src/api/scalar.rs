//! The plain values of documents: numbers, moments, and texts with bounds.

use crate::domain::id::LARGEST;
use crate::domain::{NodeId, ScimId, Time, UserId};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// The number of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Id(pub i64);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Id, D::Error> {
        let number = match Value::deserialize(reader)? {
            Value::Number(number) => number.as_i64().filter(|number| (0..=LARGEST).contains(number)),
            _ => None,
        };
        number.map(Id).ok_or_else(|| D::Error::custom("expected an id, a number from 0"))
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer);
        let number = number.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
        number.minimum(Some(0)).maximum(Some(LARGEST as f64)).into()
    }
}

impl ToSchema for Id {}

impl From<NodeId> for Id {
    fn from(id: NodeId) -> Id {
        Id(id.0)
    }
}

impl From<ScimId> for Id {
    fn from(id: ScimId) -> Id {
        Id(id.0)
    }
}

impl From<UserId> for Id {
    fn from(id: UserId) -> Id {
        Id(id.0)
    }
}

impl From<Id> for NodeId {
    fn from(id: Id) -> NodeId {
        NodeId(id.0)
    }
}

impl From<Id> for UserId {
    fn from(id: Id) -> UserId {
        UserId(id.0)
    }
}

/// A moment in UTC, such as `2026-01-31T09:30:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Time);

impl From<Time> for Moment {
    fn from(time: Time) -> Moment {
        Moment(time)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.collect_str(&self.0)
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        text.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).into()
    }
}

impl ToSchema for Moment {}

/// What a name is made of: no blank at an end, no control, zero-width or direction character.
const NAME: &str = "^(?!\\s)(?!.*\\s$)[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u2066-\\u2069\\ufdd0-\\ufdef\\ufeff\\ufffe\\uffff]*$";

macro_rules! name {
    ($name:ident, $most:literal, $about:literal) => {
        #[doc = $about]
        #[derive(Clone, Debug, Deserialize)]
        pub struct $name(pub String);

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(NAME));
                text.min_length(Some(1)).max_length(Some($most)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    };
}

name!(KeyName, 100, "The name of an API key.");
name!(NodeName, 200, "The name of a node or of an administrator.");
name!(RecordName, 100, "The name of a push record.");
name!(UserName, 256, "The name of a user or of a team.");
