//! `admin`: who may sign in to the console.

use super::output;
use super::{ArgumentError, CommandContext, password};
use crate::domain::admin::{self, Admin, NewAdmin};
use crate::domain::{Error, Noun, fold, is_email};
use crate::world;
use serde::Serialize;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make an administrator.
    Create {
        /// The address to sign in with.
        email: String,
        /// How the console greets; the address when absent.
        #[arg(long, default_value = "")]
        name: String,
        #[command(flatten)]
        password: password::PasswordSource,
    },
    /// Set another password and end all sessions of that administrator.
    ResetPassword {
        /// The administrator's address.
        email: String,
        #[command(flatten)]
        password: password::PasswordSource,
    },
    /// List the administrators.
    List {},
}

#[derive(Serialize)]
struct AdminView {
    admin_id: i64,
    email: String,
    name: String,
    created_at: String,
}

impl From<Admin> for AdminView {
    fn from(admin: Admin) -> AdminView {
        AdminView { admin_id: admin.id, email: admin.email, name: admin.name, created_at: admin.created_at.to_string() }
    }
}

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { email, name, password } => {
            let known = context.read(|tx| Ok(tx.admin_by_email(&fold(&email))?.is_some()))?;
            if known {
                return Err(Error::AdminExists(email).into());
            }
            let password = hash(&email, &password)?;
            let new = NewAdmin { email, name, password };
            let made = AdminView::from(context.write(move |tx, act| admin::create(tx, act, &new))?);
            context.report(&made, &format!("The administrator “{}” can sign in now.", made.email))
        }
        Command::ResetPassword { email, password } => {
            let found = context.read(|tx| Ok(tx.admin_by_email(&fold(&email))?))?;
            let (admin, _) = found.ok_or(Error::NotFound(Noun::Admin, email))?;
            let password = hash(&admin.email, &password)?;
            context.write(move |tx, act| admin::reset_password(tx, act, admin.id, &password, None))?;
            let done = format!("“{}” has a new password and is signed out everywhere.", admin.email);
            context.report(&AdminView::from(admin), &done)
        }
        Command::List {} => {
            let admins: Vec<_> = context.read(|tx| Ok(tx.admins()?))?.into_iter().map(AdminView::from).collect();
            if context.json {
                return output::json(&admins);
            }
            let rows = admins.into_iter().map(|a| [a.admin_id.to_string(), a.email, a.name, a.created_at]);
            output::table(["ID", "EMAIL", "NAME", "CREATED"], rows)
        }
    }
}

/// Asks for the password only when the address could become an administrator's.
fn hash(email: &str, source: &password::PasswordSource) -> anyhow::Result<String> {
    if !is_email(email) {
        return Err(Error::EmailInvalid(email.chars().take(100).collect()).into());
    }
    let password = source.read()?;
    if password.is_empty() {
        return Err(ArgumentError::Usage("The password is empty.".to_owned()).into());
    }
    admin::check_credentials(email, &password)?;
    Ok(admin::Hasher::default().hash(&password, &world::random()?)?)
}
