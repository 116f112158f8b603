//! How ids, moments and words are kept in columns: every number a BIGINT, every text a TEXT, bytes as BYTEA.

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
use bytes::{BufMut, BytesMut};
use std::borrow::Cow;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// A value that a statement is given.
pub(super) trait ToColumn: Sync {
    /// The type of its column.
    fn column() -> Type
    where
        Self: Sized;
    /// The type of this one's column.
    fn kind(&self) -> Type;
    /// Writes it as the protocol has it.
    ///
    /// # Errors
    /// When it does not fit.
    fn write(&self, out: &mut BytesMut) -> Result<IsNull, Failure>;
}

/// A value of a row.
pub(super) trait FromColumn: Sized {
    /// Reads it; `None` is NULL.
    ///
    /// # Errors
    /// When the column is of another type, or holds what no value is.
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<Self, Failure>;
}

/// The bytes of a column as they came.
pub(super) struct Raw<'r>(pub(super) Type, pub(super) Option<&'r [u8]>);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(kind: &Type, bytes: &'r [u8]) -> Result<Raw<'r>, Failure> {
        Ok(Raw(kind.clone(), Some(bytes)))
    }

    fn from_sql_null(kind: &Type) -> Result<Raw<'r>, Failure> {
        Ok(Raw(kind.clone(), None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value on its way to a statement.
#[derive(Clone, Copy)]
pub(super) struct Bound<'v>(pub(super) &'v dyn ToColumn);

impl std::fmt::Debug for Bound<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is bound may be secret.
        f.write_str("…")
    }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        self.0.write(out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn present(bytes: Option<&[u8]>) -> Result<&[u8], Failure> {
    bytes.ok_or_else(|| "a column is NULL that must not be".into())
}

macro_rules! simple {
    ($($type:ty: $column:ident, |$value:ident, $out:ident| $write:expr);+ $(;)?) => {$(
        impl ToColumn for $type {
            fn column() -> Type {
                Type::$column
            }

            fn kind(&self) -> Type {
                Type::$column
            }

            fn write(&self, $out: &mut BytesMut) -> Result<IsNull, Failure> {
                let $value = self;
                $write;
                Ok(IsNull::No)
            }
        }
    )+};
}

simple! {
    i64: INT8, |value, out| out.put_i64(*value);
    u64: INT8, |value, out| out.put_i64(i64::try_from(*value)?);
    u32: INT8, |value, out| out.put_i64(i64::from(*value));
    u16: INT8, |value, out| out.put_i64(i64::from(*value));
    u8: INT8, |value, out| out.put_i64(i64::from(*value));
    bool: BOOL, |value, out| out.put_u8(u8::from(*value));
    String: TEXT, |value, out| out.put_slice(value.as_bytes());
    Cow<'_, str>: TEXT, |value, out| out.put_slice(value.as_bytes());
    Vec<u8>: BYTEA, |value, out| out.put_slice(value);
    [u8; 16]: BYTEA, |value, out| out.put_slice(value);
    [u8; 32]: BYTEA, |value, out| out.put_slice(value);
    TeamId: BYTEA, |value, out| out.put_slice(&value.0);
    Idp: TEXT, |value, out| out.put_slice(value.name.as_bytes());
    Vec<i64>: INT8_ARRAY, |value, out| array(&Type::INT8, value, out)?;
    Vec<String>: TEXT_ARRAY, |value, out| array(&Type::TEXT, value, out)?;
}

impl ToColumn for str {
    fn kind(&self) -> Type {
        Type::TEXT
    }

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, Failure> {
        out.put_slice(self.as_bytes());
        Ok(IsNull::No)
    }
}

impl ToColumn for [u8] {
    fn kind(&self) -> Type {
        Type::BYTEA
    }

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, Failure> {
        out.put_slice(self);
        Ok(IsNull::No)
    }
}

/// A list as one value, for `= ANY (?)` and UNNEST.
fn array<T: ToColumn>(kind: &Type, list: &[T], out: &mut BytesMut) -> Result<(), Failure> {
    out.put_i32(1);
    out.put_i32(0);
    out.put_u32(kind.oid());
    out.put_i32(i32::try_from(list.len())?);
    out.put_i32(1);
    for one in list {
        let place = out.len();
        out.put_i32(0);
        one.write(out)?;
        let length = i32::try_from(out.len() - place - 4)?;
        if let Some(slot) = out.get_mut(place..place + 4) {
            slot.copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(())
}

impl<T: ToColumn + ?Sized> ToColumn for &T
where
    T: KnownColumn,
{
    fn column() -> Type {
        T::known()
    }

    fn kind(&self) -> Type {
        (**self).kind()
    }

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, Failure> {
        (**self).write(out)
    }
}

/// The type of a column where there is no value, also of texts and bytes that have no size of their own.
pub(super) trait KnownColumn {
    /// The type.
    fn known() -> Type;
}

impl KnownColumn for str {
    fn known() -> Type {
        Type::TEXT
    }
}

impl KnownColumn for [u8] {
    fn known() -> Type {
        Type::BYTEA
    }
}

impl<T: ToColumn> KnownColumn for T {
    fn known() -> Type {
        T::column()
    }
}

impl<T: ToColumn> ToColumn for Option<T> {
    fn column() -> Type {
        T::column()
    }

    fn kind(&self) -> Type {
        T::column()
    }

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, Failure> {
        self.as_ref().map_or(Ok(IsNull::Yes), |value| value.write(out))
    }
}

impl ToColumn for Value {
    fn column() -> Type {
        Type::TEXT
    }

    fn kind(&self) -> Type {
        match self {
            Value::Number(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
            Value::Bytes(_) => Type::BYTEA,
        }
    }

    fn write(&self, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self {
            Value::Number(number) => number.write(out),
            Value::Text(text) => text.write(out),
            Value::Bytes(bytes) => bytes.write(out),
        }
    }
}

impl FromColumn for i64 {
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<i64, Failure> {
        let bytes = present(bytes)?;
        match *kind {
            Type::INT8 => Ok(i64::from_be_bytes(bytes.try_into()?)),
            Type::INT4 => Ok(i64::from(i32::from_be_bytes(bytes.try_into()?))),
            Type::INT2 => Ok(i64::from(i16::from_be_bytes(bytes.try_into()?))),
            _ => Err(format!("a column is {kind} and no number").into()),
        }
    }
}

macro_rules! narrower {
    ($($type:ty),+) => {$(
        impl FromColumn for $type {
            fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<$type, Failure> {
                Ok(i64::read(kind, bytes)?.try_into()?)
            }
        }
    )+};
}

narrower!(u64, u32, u16, u8);

impl FromColumn for bool {
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<bool, Failure> {
        match (kind, present(bytes)?) {
            (&Type::BOOL, [flag]) => Ok(*flag != 0),
            _ => Err(format!("a column is {kind} and no boolean").into()),
        }
    }
}

fn text<'b>(kind: &Type, bytes: Option<&'b [u8]>) -> Result<&'b str, Failure> {
    match *kind {
        Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => Ok(std::str::from_utf8(present(bytes)?)?),
        _ => Err(format!("a column is {kind} and no text").into()),
    }
}

impl FromColumn for String {
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<String, Failure> {
        text(kind, bytes).map(str::to_owned)
    }
}

impl FromColumn for Vec<u8> {
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<Vec<u8>, Failure> {
        match *kind {
            Type::BYTEA => Ok(present(bytes)?.to_vec()),
            _ => Err(format!("a column is {kind} and holds no bytes").into()),
        }
    }
}

impl<const N: usize> FromColumn for [u8; N] {
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<[u8; N], Failure> {
        match *kind {
            Type::BYTEA => Ok(present(bytes)?.try_into()?),
            _ => Err(format!("a column is {kind} and holds no bytes").into()),
        }
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<Option<T>, Failure> {
        bytes.map(|bytes| T::read(kind, Some(bytes))).transpose()
    }
}

impl FromColumn for TeamId {
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<TeamId, Failure> {
        <[u8; 16]>::read(kind, bytes).map(TeamId)
    }
}

impl FromColumn for Idp {
    /// A provider that this program no longer lists is one of the others: its name decides nothing.
    fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<Idp, Failure> {
        Ok(text(kind, bytes)?.parse().unwrap_or(Idp::OTHER))
    }
}

macro_rules! numbers {
    ($($type:ident),+) => {$(
        simple! { $type: INT8, |value, out| out.put_i64(value.0) }

        impl FromColumn for $type {
            fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<$type, Failure> {
                i64::read(kind, bytes).map($type)
            }
        }
    )+};
}

numbers!(NodeId, ScimId, UserId, TeamKey, Time, ScopeKey);

macro_rules! words {
    ($($type:ident),+) => {$(
        simple! { $type: TEXT, |value, out| out.put_slice(value.word().as_bytes()) }

        impl FromColumn for $type {
            fn read(kind: &Type, bytes: Option<&[u8]>) -> Result<$type, Failure> {
                Ok(text(kind, bytes)?.parse()?)
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
