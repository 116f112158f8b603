//! Keys for programs.

use super::scalar::{Id, KeyName, Moment};
use super::words::{KeyScope, Never};
use crate::domain::api_key;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, Type};
use utoipa::openapi::{Ref, Schema};
use utoipa::{IntoParams, ToSchema};

/// A key for programs, without its secret.
#[derive(Serialize, ToSchema)]
pub struct ApiKey {
    /// The eight characters that identify an API key.
    pub key_id: String,
    /// The name.
    pub name: String,
    /// What the key may do.
    pub scope: KeyScope,
    /// Its first characters, to recognise it.
    pub start: String,
    /// Its last four characters.
    pub last4: String,
    /// When it was created.
    pub created_at: Moment,
    /// Who created it.
    pub created_by: String,
    /// The only nodes that it may touch; null for all.
    pub nodes: Option<Vec<Id>>,
    /// The addresses and blocks that it works from; absent if it has no list of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub allow_from: Option<String>,
    /// When it expires.
    pub expires_at: Option<Moment>,
    /// When it was revoked.
    pub revoked_at: Option<Moment>,
    /// Its last use, to the minute.
    pub last_used_at: Option<Moment>,
}

impl From<&api_key::ApiKey> for ApiKey {
    fn from(key: &api_key::ApiKey) -> ApiKey {
        ApiKey {
            key_id: key.id.clone(),
            name: key.name.clone(),
            scope: key.scope.into(),
            start: key.start.clone(),
            last4: key.last4.clone(),
            created_at: key.created_at.into(),
            created_by: key.created_by.clone(),
            nodes: key.nodes.as_ref().map(|nodes| nodes.iter().copied().map(Id::from).collect()),
            allow_from: key.allow_from.text(),
            expires_at: key.expires_at.map(Moment),
            revoked_at: key.revoked_at.map(Moment),
            last_used_at: key.last_used_at.map(Moment),
        }
    }
}

/// All API keys.
#[derive(Serialize, ToSchema)]
pub struct ApiKeys {
    /// The keys, newest first.
    pub api_keys: Vec<ApiKey>,
}

/// A new key.
#[derive(Serialize, ToSchema)]
pub struct NewApiKey {
    /// The key.
    pub api_key: ApiKey,
    /// The secret. It is shown in this answer and never again.
    pub secret: String,
}

/// Which key.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct KeyPath {
    /// The eight characters that identify an API key.
    pub key_id: String,
}

/// A key to make.
#[derive(Deserialize, ToSchema)]
pub struct KeyWish {
    /// The name.
    pub name: KeyName,
    /// What the key may do.
    #[schema(value_type = KeyScope)]
    pub scope: String,
    /// Days until it expires; 90 by default.
    #[schema(schema_with = days)]
    pub days: Option<Days>,
    /// The only nodes that the key may touch; all if absent.
    #[schema(min_items = 1)]
    pub nodes: Option<Vec<Id>>,
    /// The addresses and blocks that the key works from, such as 192.0.2.0/24, 2001:db8::7; all if absent.
    #[schema(max_length = 4000, pattern = "^[0-9A-Fa-f.:/, ]*$")]
    pub allow_from: Option<String>,
}

/// How long a key works.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Days {
    /// So many days.
    Number(i64),
    /// `never`.
    Word(String),
}

fn days() -> Schema {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    let number =
        number.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))).minimum(Some(1)).maximum(Some(3650));
    let never = Ref::from_schema_name(Never::name());
    let null = ObjectBuilder::new().schema_type(Type::Null);
    let about = "After how many days it expires; 90 by default.";
    OneOfBuilder::new().description(Some(about)).item(number).item(never).item(null).into()
}
