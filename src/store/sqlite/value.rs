//! How ids, moments and words are kept in columns.

use crate::domain::api_key::KeyScope;
use crate::domain::client_certificate::CertificateNeed;
use crate::domain::connection_settings::{Announce, ApprovalMode, CaptureMode, Deprovision, Preset, Scope, Tolerance};
use crate::domain::connection_state::ConnectionState;
use crate::domain::idp::Idp;
use crate::domain::invitation::{InvitationAnswer, Mail};
use crate::domain::job::{JobKind, JobState};
use crate::domain::push_options::Missing;
use crate::domain::push_record::{DirectorySchema, SourceKind};
use crate::domain::push_run::{RunKind, RunState, Trigger};
use crate::domain::role::Role;
use crate::domain::team::TeamState;
use crate::domain::user::{Lock, ScopeKey, UserState};
use crate::domain::{NodeId, ScimId, TeamId, TeamKey, Time, UserId};
use crate::store::condition::Value;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

macro_rules! numbers {
    ($($type:ident),+) => {$(
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$type> {
                value.as_i64().map($type)
            }
        }
    )+};
}

numbers!(NodeId, ScimId, UserId, TeamKey, Time, ScopeKey);

impl ToSql for TeamId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_slice().into())
    }
}

impl FromSql for TeamId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<TeamId> {
        <[u8; 16]>::column_result(value).map(TeamId)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Number(number) => (*number).into(),
            Value::Text(text) => text.as_str().into(),
            Value::Bytes(bytes) => bytes.as_slice().into(),
        })
    }
}

macro_rules! words {
    ($($type:ident),+) => {$(
        impl ToSql for $type {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.word().into())
            }
        }

        impl FromSql for $type {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$type> {
                value.as_str()?.parse().map_err(FromSqlError::other)
            }
        }
    )+};
}

words!(
    Preset,
    Deprovision,
    ApprovalMode,
    Scope,
    Tolerance,
    Announce,
    CaptureMode,
    CertificateNeed,
    ConnectionState,
    UserState,
    Lock,
    TeamState,
    Mail,
    InvitationAnswer,
    JobKind,
    JobState,
    KeyScope,
    Missing,
    DirectorySchema,
    SourceKind,
    Role,
    RunKind,
    RunState,
    Trigger
);

impl ToSql for Idp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name.into())
    }
}

impl FromSql for Idp {
    /// A provider that this program no longer lists is one of the others: its name decides nothing.
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Idp> {
        Ok(value.as_str()?.parse().unwrap_or(Idp::OTHER))
    }
}
