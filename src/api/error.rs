//! Refusals, as every call answers them.

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The body of every refusal.
#[derive(Serialize, ToSchema)]
pub struct Error {
    /// Why.
    pub error: Refusal,
}

/// Why something was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Refusal {
    /// The stable code, for programs.
    #[schema(value_type = ErrorCode)]
    pub code: &'static str,
    /// A sentence in English, for people.
    pub message: String,
    /// The values in that sentence, such as `field`, `node_id`, `user_id`, `retry_after` or `request_id`.
    #[schema(value_type = Object)]
    pub detail: Value,
}

/// The stable code of a refusal.
pub struct ErrorCode;

impl PartialSchema for ErrorCode {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String).description(Some("The stable code of a refusal."));
        text.enum_values(Some(CODES.iter().copied())).into()
    }
}

impl ToSchema for ErrorCode {}

/// Every code that a refusal of the admin API can have.
pub const CODES: &[&str] = &[
    "ADDRESS_NOT_ALLOWED",
    "ADMIN_EXISTS",
    "ADMIN_ROLE",
    "ALREADY_JOINED",
    "BACKUP_FAILED",
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
    "LAST_OWNER",
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
    "NOT_SANDBOX",
    "NOT_SAVED",
    "NO_CLIENT_CERTIFICATE",
    "NO_MAIL",
    "NO_SUCH_MEMBER",
    "OUT_OF_SEATS",
    "PUSH_NOT_READY",
    "REAUTHENTICATE",
    "RECORD_NAME_TAKEN",
    "RESET_LINK_OVER",
    "ROOT_NODE",
    "ROOT_STAYS",
    "RUN_OVER",
    "RUN_UNDER_WAY",
    "SECOND_FACTOR_NEEDED",
    "SECOND_FACTOR_ON",
    "SECOND_FACTOR_REQUIRED",
    "SECOND_FACTOR_WRONG",
    "SECRETS_LOCKED",
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
    "TARGET_BUSY",
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
