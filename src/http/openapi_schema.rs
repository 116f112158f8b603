//! The schemas of the admin API's document: fields as `openapi.txt` writes them, words as the rules know them.

use crate::domain::connection_settings::{Announce, ApprovalMode, Deprovision, Preset, Scope, Tolerance};
use crate::domain::connection_state;
use crate::domain::directory::{Origin, Progress, QueueState, TeamOrder, UserOrder, UserShown};
use crate::domain::id::LARGEST;
use crate::domain::settings::{self, SettingKind};
use crate::domain::{api_key, event, idp, invitation, job, mail, user};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, RefBuilder, SchemaType};
use utoipa::openapi::{ArrayBuilder, KnownFormat, RefOr, Required, Schema, SchemaFormat, Type};

/// Every code that a refusal of the admin API can have.
pub const CODES: &[&str] = &[
    "ADMIN_EXISTS",
    "ALREADY_JOINED",
    "BUSY",
    "CSRF",
    "DRAFT_EXPIRED",
    "EMAIL_INVALID",
    "ENCODED",
    "FIXED",
    "GROUP_NAME_TAKEN",
    "INTERNAL",
    "INVALID",
    "INVITATION_OVER",
    "JOB_OVER",
    "JOB_RUNNING",
    "KEY_SCOPE",
    "KEY_UNKNOWN",
    "LAST_ADMIN",
    "MAIL_FAILED",
    "MAIL_PASSWORD_REQUIRED",
    "MALFORMED",
    "METHOD",
    "METHOD_EXISTS",
    "NAME_TAKEN",
    "NODE_CYCLE",
    "NODE_NOT_EMPTY",
    "NOT_DRAFT",
    "NOT_FOUND",
    "NOT_INVITED",
    "NOT_LOCKED",
    "NOT_SAVED",
    "NO_MAIL",
    "NO_SUCH_MEMBER",
    "OUT_OF_SEATS",
    "REAUTHENTICATE",
    "ROOT_NODE",
    "ROOT_STAYS",
    "SETUP_ALREADY_DONE",
    "SETUP_LINK_EXPIRED",
    "SIGN_IN_DELAYED",
    "SIGN_IN_FAILED",
    "SIGN_IN_REQUIRED",
    "SLOW",
    "STORAGE_CONFLICT",
    "STORAGE_FAILED",
    "STORAGE_FULL",
    "STORAGE_MOVED",
    "STORAGE_UNREACHABLE",
    "TOO_LARGE",
    "TOO_LONG",
    "TOO_MANY",
    "TOO_MANY_TOKENS",
    "TOO_OFTEN",
    "UNKNOWN_HOST",
    "USERNAME_NOT_EMAIL",
    "USERS_COLLIDE",
    "USER_ELSEWHERE",
    "USER_LOCKED",
    "USER_NAME_TAKEN",
    "WEAK_PASSWORD",
];

/// A head with its text and the indented lines below it.
pub struct SchemaEntry {
    /// The text before the dash.
    pub head: &'static str,
    /// The text after it.
    pub about: &'static str,
    /// The indented lines below it.
    pub lines: Vec<&'static str>,
}

/// The entries of one section of a text.
pub fn entries(text: &'static str, section: &str) -> Vec<SchemaEntry> {
    let mut found: Vec<SchemaEntry> = Vec::new();
    let mut inside = false;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("== ") {
            inside = name == section;
        } else if !inside {
            continue;
        } else if let (Some(line), Some(last)) = (line.strip_prefix("  "), found.last_mut()) {
            last.lines.push(line);
        } else {
            let (head, about) = line.split_once(" — ").unwrap_or((line, ""));
            found.push(SchemaEntry { head, about, lines: Vec::new() });
        }
    }
    found
}

/// A parameter or a property.
pub struct SchemaField<'t> {
    /// Its name.
    pub name: &'t str,
    /// Whether it must be there.
    pub required: Required,
    /// Its type, as the text writes it.
    pub kind: &'t str,
    /// What it means.
    pub about: &'t str,
}

/// The fields and schemas that the text defines.
pub struct Book {
    words: BTreeMap<&'static str, (&'static str, &'static str)>,
    schemas: Vec<SchemaEntry>,
}

impl Book {
    /// Reads the text.
    pub fn read(text: &'static str) -> Book {
        let word = |entry: SchemaEntry| {
            let (name, kind) = entry.head.split_once(':').unwrap_or((entry.head, ""));
            (name, (kind, entry.about))
        };
        Book { words: entries(text, "words").into_iter().map(word).collect(), schemas: entries(text, "schemas") }
    }

    /// A field from `name`, `name?`, `name:type` or `name?:type`, with its own text or that of the word.
    pub fn field<'t>(&self, line: &'t str) -> SchemaField<'t> {
        let (token, own) = line.split_once(" — ").unwrap_or((line, ""));
        let (name, kind) = token.split_once(':').unwrap_or((token, ""));
        let (name, required) = match name.strip_suffix('?') {
            Some(name) => (name, Required::False),
            None => (name, Required::True),
        };
        let (usual, about) = self.words.get(name).copied().unwrap_or_default();
        let either = |one: &'t str, other: &'t str| if one.is_empty() { other } else { one };
        SchemaField { name, required, kind: either(kind, usual), about: either(own, about) }
    }

    /// The schemas by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&'static str, RefOr<Schema>)> {
        self.schemas.iter().map(|entry| {
            let (name, words) = entry.head.split_once(" = ").unwrap_or((entry.head, ""));
            let schema = match (name, known(name)) {
                ("Settings", _) => self.settings(entry.about),
                ("SettingsChange", _) => self.changes(entry.about),
                (_, Some(words)) => one_of(&words, entry.about),
                _ if !words.is_empty() => one_of(&words.split(' ').collect::<Vec<_>>(), entry.about),
                _ => self.object(self.fields(entry)).description(Some(entry.about)).into(),
            };
            (name, schema)
        })
    }

    /// The names of the fields of a schema; `None` where the text does not list them.
    pub fn field_names(&self, schema: &str) -> Option<Vec<&'static str>> {
        let entry = self.schemas.iter().find(|entry| entry.head == schema)?;
        let names: Vec<&str> = self.fields(entry).into_iter().map(|field| field.name).collect();
        (!names.is_empty()).then_some(names)
    }

    /// The fields of a schema, with those it takes over.
    fn fields(&self, entry: &SchemaEntry) -> Vec<SchemaField<'static>> {
        let mut fields = Vec::new();
        for line in &entry.lines {
            match line.strip_prefix("..") {
                Some(name) => {
                    let base = self.schemas.iter().find(|other| other.head == name);
                    fields.extend(base.into_iter().flat_map(|base| self.fields(base)));
                }
                None => fields.push(self.field(line)),
            }
        }
        fields
    }

    /// An object of these fields and no others.
    pub fn object<'t>(&self, fields: impl IntoIterator<Item = SchemaField<'t>>) -> ObjectBuilder {
        fields.into_iter().fold(closed(), |object, field| {
            let object = match field.required {
                Required::True => object.required(field.name),
                Required::False => object,
            };
            // What may be absent may be null as well.
            let may_be_null = matches!(field.required, Required::False) && !field.kind.ends_with('?');
            let kind = if may_be_null { format!("{}?", field.kind) } else { field.kind.to_owned() };
            object.property(field.name, typed(&kind, field.about))
        })
    }

    /// The settings of the appliance as they are: each with its default and where its value comes from.
    fn settings(&self, about: &str) -> RefOr<Schema> {
        let object = closed().description(Some(about)).required("mail_password");
        let object = object.property("mail_password", typed("PasswordSet", "The password at the mail server."));
        let all = settings::ALL.iter().fold(object, |object, setting| {
            let field = self.field(setting.name);
            let one = closed()
                .description(Some(field.about))
                .property("value", typed(field.kind, "The value in effect."))
                .property("default", typed(field.kind, "The value when it is not set."))
                .property("origin", typed("SettingOrigin", "Where the value comes from."));
            let one = ["value", "default", "origin"].into_iter().fold(one, ObjectBuilder::required);
            object.property(setting.name, one).required(setting.name)
        });
        all.into()
    }

    /// The settings of the appliance as they can be changed, with what each may hold.
    fn changes(&self, about: &str) -> RefOr<Schema> {
        let object = closed().description(Some(about));
        let all = settings::ALL.iter().fold(object, |object, setting| {
            let one = ObjectBuilder::new().description(Some(self.field(setting.name).about));
            let text = || SchemaType::from_iter([Type::String, Type::Null]);
            let one = match setting.kind {
                SettingKind::Number(from, to) => {
                    let number = SchemaType::from_iter([Type::Integer, Type::Null]);
                    one.schema_type(number).minimum(Some(from as f64)).maximum(Some(to as f64))
                }
                SettingKind::Word(words) => {
                    let or_null = words.iter().map(|word| Value::from(*word)).chain([Value::Null]);
                    one.schema_type(text()).enum_values(Some(or_null))
                }
                SettingKind::Text(most) => one.schema_type(text()).max_length(Some(most)),
                SettingKind::Email => one.schema_type(text()),
            };
            object.property(setting.name, one)
        });
        all.into()
    }
}

/// An object that has no other fields than those it names.
fn closed() -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

/// The values of an enumeration that the rules define.
fn known(name: &str) -> Option<Vec<&'static str>> {
    let words = match name {
        "ApprovalMode" => ApprovalMode::WORDS,
        "ConnectionState" => connection_state::ConnectionState::WORDS,
        "Announce" => Announce::WORDS,
        "Deprovision" => Deprovision::WORDS,
        "Tolerance" => Tolerance::WORDS,
        "ErrorCode" => CODES,
        "EventName" => event::EventKind::WORDS,
        "Idp" => return Some(idp::ALL.iter().map(|idp| idp.name).collect()),
        "JobKind" => job::JobKind::WORDS,
        "JobState" => job::JobState::WORDS,
        "KeyScope" => api_key::KeyScope::WORDS,
        "Lock" => user::Lock::WORDS,
        "MailState" => invitation::Mail::WORDS,
        "Origin" => Origin::WORDS,
        "Preset" => Preset::WORDS,
        "Progress" => Progress::WORDS,
        "Queue" => QueueState::WORDS,
        "Scope" => Scope::WORDS,
        "TeamOrder" => TeamOrder::WORDS,
        "Tls" => mail::Tls::WORDS,
        "UserOrder" => UserOrder::WORDS,
        "UserShown" => UserShown::WORDS,
        _ => return None,
    };
    Some(words.to_vec())
}

fn one_of(words: &[&str], about: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String).description(Some(about));
    text.enum_values(Some(words.iter().copied())).into()
}

/// What a name is made of: no blank at an end, no control, zero-width or direction character.
const NAME: &str = "^(?!\\s)(?!.*\\s$)[^\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u2066-\\u2069\\ufdd0-\\ufdef\\ufeff\\ufffe\\uffff]*$";

/// A type as the text writes it.
pub fn typed(kind: &str, about: &str) -> RefOr<Schema> {
    let about = (!about.is_empty()).then_some(about);
    let (kind, nullable) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
    let plain = |kind: Type| {
        let one = ObjectBuilder::new().description(about);
        if nullable { one.schema_type(SchemaType::from_iter([kind, Type::Null])) } else { one.schema_type(kind) }
    };
    let format = |known| Some(SchemaFormat::KnownFormat(known));
    let (kind, bounds) = kind.strip_suffix(')').and_then(|kind| kind.split_once('(')).unwrap_or((kind, ""));
    let bounds = bounds.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    match kind {
        "int" => {
            let (from, to): (u64, u64) = bounds.unwrap_or((0, LARGEST as u64));
            let number = plain(Type::Integer).format(format(KnownFormat::Int64));
            return number.minimum(Some(from as f64)).maximum(Some(to as f64)).into();
        }
        "name" => {
            let most = bounds.and_then(|(_, most)| usize::try_from(most).ok());
            let name = plain(Type::String).min_length(Some(1)).max_length(most.or(Some(256)));
            return name.pattern(Some(NAME)).into();
        }
        "text" => {
            let (from, to) = bounds.unzip();
            let length = |length: Option<u64>| length.and_then(|length| usize::try_from(length).ok());
            return plain(Type::String).min_length(length(from)).max_length(length(to)).into();
        }
        "bool" => return plain(Type::Boolean).into(),
        "time" => return plain(Type::String).format(format(KnownFormat::DateTime)).into(),
        "object" => return plain(Type::Object).into(),
        _ => {}
    }
    if let Some(one) = kind.strip_suffix("[]") {
        let list = ArrayBuilder::new().items(typed(one, "")).description(about);
        if nullable {
            return list.schema_type(SchemaType::from_iter([Type::Array, Type::Null])).into();
        }
        return list.into();
    }
    if !nullable && !kind.contains('|') {
        return RefBuilder::new().ref_location_from_schema_name(kind).description(about).into();
    }
    let several = kind.split('|').fold(OneOfBuilder::new().description(about), |all, one| all.item(typed(one, "")));
    if nullable { several.item(ObjectBuilder::new().schema_type(Type::Null)).into() } else { several.into() }
}
