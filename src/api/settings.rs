//! Settings of the appliance, mails to try them with, and seats.

use super::words::{Language, PasswordOrigin, SettingOrigin, Tls};
use crate::domain::settings::{self, Setting, SettingKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// All settings of the appliance.
#[derive(Serialize)]
pub struct Settings(Map<String, Value>);

impl Settings {
    /// The settings with the values that hold, and what is known of the password for the mail server.
    pub fn new(values: impl IntoIterator<Item = SettingValue>, mail_password: PasswordSet) -> Settings {
        let mut all: Map<String, Value> =
            values.into_iter().map(|one| (one.setting.name.to_owned(), one.view(true))).collect();
        all.insert("mail_password".to_owned(), json!(mail_password));
        Settings(all)
    }
}

/// A setting with the value that holds.
pub struct SettingValue {
    /// The setting.
    pub setting: &'static Setting,
    /// Its value.
    pub value: String,
    /// Where the value comes from.
    pub origin: SettingOrigin,
}

impl SettingValue {
    /// Its value and where that comes from; the default too if that is wanted.
    pub fn view(&self, with_default: bool) -> Value {
        let value = typed(self.setting, &self.value);
        match with_default {
            true => json!({
                "value": value,
                "default": typed(self.setting, self.setting.default),
                "origin": self.origin,
            }),
            false => json!({ "value": value, "origin": self.origin }),
        }
    }
}

fn typed(setting: &Setting, value: &str) -> Value {
    match setting.kind {
        SettingKind::Number(..) => value.parse::<i64>().map_or(Value::Null, Value::from),
        _ => value.into(),
    }
}

/// What a setting means.
fn about(setting: &Setting) -> &'static str {
    match setting.name {
        "seats" => "The maximum number of users; 0 for no limit.",
        "invitation_days" => "Days for which an invitation link works.",
        "audit_days" => "Days after which events are deleted: at least 30, or 0 to keep them for ever.",
        "requests_count" => "How many requests are kept for each connection.",
        "requests_days" => "Days after which kept requests are deleted.",
        "requests_mib" => "How much kept requests may take for each connection, in MiB.",
        "requests_body_kib" => "The longest body that is kept of a request or answer, in KiB.",
        "backup_hours" => "Hours after which the running server makes the next backup; 0 for no schedule.",
        "backup_keep" => "How many backups of the schedule are kept.",
        "audit_syslog" => {
            "The syslog server that gets the audit log, such as tls://logs.example.com:6514 or tcp://; none without one."
        }
        "audit_file_hours" => {
            "Hours after which the running server writes the next file of the audit log, with the events since the last one; 0 for none."
        }
        "console_allow_from" => {
            "The addresses and blocks that the console may be used from, such as 192.0.2.0/24, 2001:db8::7; empty for all."
        }
        "second_factor_required" => "Whether every administrator needs a second factor: on or off.",
        "audit_syslog_ca" => "The authorities to trust for that server instead of the system's, PEM.",
        "log_level" => "How much is logged.",
        "mail_host" => "The host name of the mail server; without one no mail is sent.",
        "mail_port" => "The port of the mail server.",
        "mail_tls" => "How the connection to the mail server is encrypted.",
        "mail_user" => "The user name for the mail server.",
        "mail_from" => "The sender address of mails.",
        "mail_language" => "The language of invitations.",
        "invite_subject_en" => "The subject of the invitation in English.",
        "invite_heading_en" => "The heading of the invitation in English.",
        "invite_text_en" => {
            "The text of the invitation in English; {name}, {email}, {node}, {link} and {days} are filled in."
        }
        "invite_subject_ja" => "The subject of the invitation in Japanese.",
        "invite_heading_ja" => "The heading of the invitation in Japanese.",
        "invite_text_ja" => {
            "The text of the invitation in Japanese; {name}, {email}, {node}, {link} and {days} are filled in."
        }
        _ => "",
    }
}

/// No control character.
const ONE_LINE: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";
/// No control character but the end of a line.
const LINES: &str = "^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f]*$";

/// Addresses and blocks of addresses.
const ALLOW_LIST: &str = "^[0-9A-Fa-f.:/, ]*$";

/// What a setting may hold.
fn kind(setting: &Setting) -> ObjectBuilder {
    let one = ObjectBuilder::new();
    match setting.kind {
        SettingKind::Number(from, to) => {
            one.schema_type(Type::Integer).minimum(Some(from as f64)).maximum(Some(to as f64))
        }
        SettingKind::Word(words) => one.schema_type(Type::String).enum_values(Some(words.iter().copied())),
        SettingKind::Text(most) => {
            let one = one.schema_type(Type::String).max_length(Some(most));
            one.pattern(Some(if setting.is_one_line() { ONE_LINE } else { LINES }))
        }
        SettingKind::Syslog => one
            .schema_type(Type::String)
            .max_length(Some(300))
            .pattern(Some("^$|^(tcp|tls)://[A-Za-z0-9.-]+(:[1-9][0-9]{0,3})?$")),
        SettingKind::Addresses => one.schema_type(Type::String).max_length(Some(4000)).pattern(Some(ALLOW_LIST)),
        SettingKind::Email => one.schema_type(Type::String).max_length(Some(254)).pattern(Some("^$|@")),
    }
}

/// The same, or null.
fn or_null(setting: &Setting) -> ObjectBuilder {
    let mut one: Object = kind(setting).build();
    if let SchemaType::Type(kind) = one.schema_type {
        one.schema_type = SchemaType::from_iter([kind, Type::Null]);
    }
    if let Some(words) = &mut one.enum_values {
        words.push(Value::Null);
    }
    one.into()
}

impl PartialSchema for Settings {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().description(Some("All settings of the appliance."));
        let object = object.property("mail_password", Ref::from_schema_name("PasswordSet")).required("mail_password");
        let all = settings::ALL.iter().fold(object, |object, setting| {
            let one = ObjectBuilder::new()
                .description(Some(about(setting)))
                .property("value", kind(setting).description(Some("The value in effect.")))
                .property("default", kind(setting).description(Some("The value when it is not set.")))
                .property("origin", Ref::from_schema_name("SettingOrigin"))
                .additional_properties(Some(AdditionalProperties::FreeForm(false)));
            let one = ["value", "default", "origin"].into_iter().fold(one, ObjectBuilder::required);
            object.property(setting.name, one).required(setting.name)
        });
        all.into()
    }
}

impl ToSchema for Settings {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((PasswordSet::name().into_owned(), PasswordSet::schema()));
        PasswordSet::schemas(schemas);
        schemas.push((SettingOrigin::name().into_owned(), SettingOrigin::schema()));
    }
}

/// Whether a password for the mail server is set. It is never kept in the store.
#[derive(Serialize, ToSchema)]
pub struct PasswordSet {
    /// Whether one is set.
    pub set: bool,
    /// Where it comes from.
    pub origin: PasswordOrigin,
}

/// Settings to change; absent ones stay as they are, null restores the default.
#[derive(Deserialize)]
pub struct SettingsChange(pub Map<String, Value>);

impl PartialSchema for SettingsChange {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .description(Some("Settings to change; what is absent stays, null restores the default."))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let all = settings::ALL.iter().fold(object, |object, setting| {
            object.property(setting.name, or_null(setting).description(Some(about(setting))))
        });
        all.into()
    }
}

impl ToSchema for SettingsChange {}

/// Seats and users.
#[derive(Serialize, ToSchema)]
pub struct Seats {
    /// The maximum number of users; 0 for no limit.
    #[schema(minimum = 0)]
    pub seats: i64,
    /// The number of users.
    pub users: u64,
}

/// A test mail, with values to try instead of the saved ones.
#[derive(Deserialize, ToSchema)]
pub struct TestMail {
    /// The address it goes to.
    #[schema(format = Email, max_length = 254)]
    pub to: String,
    /// The host name of the mail server; without one no mail is sent.
    pub mail_host: Option<String>,
    /// The port of the mail server.
    #[schema(minimum = 0, maximum = 65_535)]
    pub mail_port: Option<u16>,
    /// How the connection to the mail server is encrypted.
    #[schema(value_type = Option<Tls>)]
    pub mail_tls: Option<String>,
    /// The user name for the mail server.
    pub mail_user: Option<String>,
    /// The password for the mail server.
    pub mail_password: Option<String>,
    /// The sender address of mails.
    pub mail_from: Option<String>,
    /// The language of invitations.
    #[schema(value_type = Option<Language>)]
    pub mail_language: Option<String>,
    /// The subject of the invitation in English.
    pub invite_subject_en: Option<String>,
    /// The heading of the invitation in English.
    pub invite_heading_en: Option<String>,
    /// The text of the invitation in English; {name}, {email}, {node}, {link} and {days} are filled in.
    pub invite_text_en: Option<String>,
    /// The subject of the invitation in Japanese.
    pub invite_subject_ja: Option<String>,
    /// The heading of the invitation in Japanese.
    pub invite_heading_ja: Option<String>,
    /// The text of the invitation in Japanese; {name}, {email}, {node}, {link} and {days} are filled in.
    pub invite_text_ja: Option<String>,
}
