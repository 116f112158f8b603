//! Why nothing came of a command: one sentence, or one JSON object, and the exit code.

use super::{ArgumentError, output};
use crate::domain::{Class, Error, Fault};
use crate::store::backup::BackupError;
use crate::store::moving::MoveError;
use crate::store::{DatabaseError, OpenError};
use serde_json::json;
use std::process::ExitCode;

/// A failure whose answer has been printed already and says why.
#[derive(Debug, thiserror::Error)]
#[error("failed, as printed")]
pub(super) struct Told;

/// Prints why nothing came of it, once, and the exit code for it.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if error.is::<Told>() {
        return ExitCode::from(exit_code(error));
    }
    // Asked of the process, because arguments that cannot be read say nothing else.
    let as_json = std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    let usage = error.downcast_ref::<clap::Error>();
    // Help and version come this way too, with the code 0.
    if let Some(usage) = usage.filter(|usage| !as_json || usage.exit_code() == 0) {
        return match usage.print() {
            Ok(()) => ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2)),
            Err(_) => ExitCode::FAILURE,
        };
    }
    let message = match usage {
        Some(usage) => usage.to_string().trim_end().trim_start_matches("error: ").to_owned(),
        None => format!("{error:#}"),
    };
    match as_json {
        true => output::note(&json!({ "error": { "code": code(error), "message": message } }).to_string()),
        false => output::note(&format!("error: {message}")),
    }
    ExitCode::from(exit_code(error))
}

/// The stable word for a failure, as in the admin API where it has one.
fn code(error: &anyhow::Error) -> &'static str {
    if let Some(error) = error.downcast_ref::<Error>() {
        return error.code();
    }
    if let Some(error) = error.downcast_ref::<OpenError>() {
        return error.code();
    }
    if let Some(error) = error.downcast_ref::<BackupError>() {
        return error.code();
    }
    if let Some(error) = error.downcast_ref::<MoveError>() {
        return error.code();
    }
    match error.downcast_ref::<ArgumentError>() {
        Some(ArgumentError::NotPermitted(_)) => "NOT_PERMITTED",
        Some(ArgumentError::Usage(_)) => "USAGE",
        None if error.is::<clap::Error>() => "USAGE",
        None => "FAILED",
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if let Some(usage) = error.downcast_ref::<clap::Error>() {
        return u8::try_from(usage.exit_code()).unwrap_or(2);
    }
    if error.is::<Told>() {
        return 1;
    }
    if let Some(refused) = error.downcast_ref::<ArgumentError>() {
        return match refused {
            ArgumentError::Usage(_) => 2,
            ArgumentError::NotPermitted(_) => 5,
        };
    }
    if let Some(error) = error.downcast_ref::<OpenError>() {
        return of_folder(error);
    }
    if let Some(error) = error.downcast_ref::<BackupError>() {
        return match error {
            BackupError::NoDatabase(_) | BackupError::NoFile(_) => 3,
            BackupError::Exists(_) | BackupError::InUse(_) => 4,
            BackupError::Sealed(_) => 2,
            BackupError::File(..) | BackupError::Locked(_) => 5,
            BackupError::Open(error) => of_folder(error),
            _ => 1,
        };
    }
    if let Some(error) = error.downcast_ref::<MoveError>() {
        return match error {
            MoveError::Open(error) => of_folder(error),
            MoveError::Database(DatabaseError::Refused(_)) => 6,
            MoveError::Occupied(_) | MoveError::Database(DatabaseError::Occupied) => 4,
            _ => 1,
        };
    }
    let Some(error) = error.downcast_ref::<Error>() else { return 1 };
    match error.class() {
        Class::Fault => 1,
        Class::Invalid => 2,
        Class::NotFound | Class::NoSuchMember => 3,
        Class::Uniqueness | Class::Conflict | Class::OutOfSeats | Class::Gone => 4,
        Class::NotPermitted | Class::SignInFailed => 5,
    }
}

fn of_folder(error: &OpenError) -> u8 {
    match error {
        OpenError::Taken(_) => 4,
        OpenError::Database(_, DatabaseError::Refused(_)) => 6,
        OpenError::Folder(..)
        | OpenError::Open(_)
        | OpenError::Owner(_)
        | OpenError::NoFile(_)
        | OpenError::NoRoom { .. }
        | OpenError::Unusable(_, Fault::Unwritable) => 5,
        _ => 1,
    }
}
