//! `admin`: who may sign in to the console.

use super::output;
use super::{ArgumentError, Base, CommandContext, password};
use crate::api::session_list::OpenSession;
use crate::domain::admin::{self, Admin, NewAdmin};
use crate::domain::role::Role;
use crate::domain::{Act, Error, Noun, Tx, fold, is_email, reset_link, second_factor, session};
use crate::world;
use serde::Serialize;
use serde_json::json;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make an administrator.
    Create {
        /// The address to sign in with.
        email: String,
        /// How the console greets; the address when absent.
        #[arg(long, default_value = "")]
        name: String,
        /// What they may do: `owner` everything; `administrator` all but administrators and settings of security;
        /// `auditor` look. The first one is an owner, another an administrator unless given.
        #[arg(long, value_parser = role)]
        role: Option<Role>,
        #[command(flatten)]
        password: password::PasswordSource,
    },
    /// Change the name or the role of an administrator.
    Edit {
        /// The administrator's address.
        email: String,
        /// How the console greets.
        #[arg(long)]
        name: Option<String>,
        /// `owner`, `administrator` or `auditor`. The last owner stays one.
        #[arg(long, value_parser = role)]
        role: Option<Role>,
    },
    /// Set another password and end all sessions of that administrator.
    ResetPassword {
        /// The administrator's address.
        email: String,
        #[command(flatten)]
        password: password::PasswordSource,
    },
    /// Print a link by which an administrator sets a new password. It works once, for an hour.
    ResetLink {
        /// The administrator's address.
        email: String,
        #[command(flatten)]
        base: Base,
    },
    /// Remove the second factor of somebody who has lost the device and the recovery codes.
    ResetSecondFactor {
        /// The administrator's address.
        email: String,
    },
    /// List sessions, or end them.
    Sessions {
        /// The administrator's address; all administrators when absent.
        email: Option<String>,
        /// End the session with this id.
        #[arg(long, value_name = "ID")]
        end: Option<String>,
        /// End all sessions of the administrator.
        #[arg(long, requires = "email", conflicts_with = "end")]
        end_all: bool,
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
    role: &'static str,
}

impl From<Admin> for AdminView {
    fn from(admin: Admin) -> AdminView {
        AdminView {
            admin_id: admin.id,
            email: admin.email,
            name: admin.name,
            created_at: admin.created_at.to_string(),
            role: admin.role.word(),
        }
    }
}

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { email, name, role, password } => {
            let folded = fold(&email);
            let known = context.read(move |tx| Ok(tx.admin_by_email(&folded)?.is_some()))?;
            if known {
                return Err(Error::AdminExists(email).into());
            }
            let password = hash(&email, &password)?;
            let new = NewAdmin { email, name, password, role };
            let made = AdminView::from(context.write(move |tx, act| admin::create(tx, act, &new))?);
            context.report(&made, &format!("The administrator “{}” can sign in now.", made.email))
        }
        Command::Edit { email, name, role } => {
            let id = named(context, email)?.id;
            let edit = move |tx: &mut dyn Tx, act: &Act| admin::edit(tx, act, id, name.as_deref(), role);
            let edited = AdminView::from(context.write(edit)?);
            context.report(
                &edited,
                &format!("“{}” is called “{}” and has the role {}.", edited.email, edited.name, edited.role),
            )
        }
        Command::ResetPassword { email, password } => {
            let admin = named(context, email)?;
            let password = hash(&admin.email, &password)?;
            context.write(move |tx, act| admin::reset_password(tx, act, admin.id, &password, None))?;
            let done = format!("“{}” has a new password and is signed out everywhere.", admin.email);
            context.report(&AdminView::from(admin), &done)
        }
        Command::ResetLink { email, base } => {
            let (admin, base) = (named(context, email)?, context.read(move |tx| base.url(tx))?);
            let secret = world::secret()?;
            let link = format!("{base}/ui/reset#k={secret}");
            context.write(move |tx, act| reset_link::offer(tx, act, admin.id, &secret))?;
            if !context.json {
                output::note(&format!(
                    "Open this link within an hour to set a new password for “{}”. It works once.",
                    admin.email
                ));
            }
            context.report(&json!({ "link": link, "minutes": reset_link::MINUTES }), &link)
        }
        Command::ResetSecondFactor { email } => {
            let id = named(context, email)?.id;
            let admin = AdminView::from(context.write(move |tx, act| second_factor::remove(tx, act, id))?);
            context.report(&admin, &format!("“{}” signs in without a second factor.", admin.email))
        }
        Command::Sessions { email, end, end_all } => sessions(context, email, end, end_all),
        Command::List {} => {
            let admins: Vec<_> = context.read(|tx| Ok(tx.admins()?))?.into_iter().map(AdminView::from).collect();
            if context.json {
                return output::json(&admins);
            }
            let rows =
                admins.into_iter().map(|a| [a.admin_id.to_string(), a.email, a.name, a.role.to_owned(), a.created_at]);
            output::table(["ID", "EMAIL", "NAME", "ROLE", "CREATED"], rows)
        }
    }
}

fn role(text: &str) -> Result<Role, String> {
    text.parse::<Role>().map_err(|error| error.to_string())
}

fn sessions(context: &CommandContext, email: Option<String>, end: Option<String>, all: bool) -> anyhow::Result<()> {
    let whose = email.map(|email| named(context, email)).transpose()?;
    if let Some(id) = end {
        let admin = whose.map(|admin| admin.id);
        let ended = context.write(move |tx, act| session::end(tx, act, admin, &id))?;
        return context.report(&AdminView::from(ended.clone()), &format!("A session of “{}” has ended.", ended.email));
    }
    if let Some(admin) = whose.clone().filter(|_| all) {
        let done = format!("All sessions of “{}” have ended.", admin.email);
        context.write(move |tx, act| session::end_all(tx, act, &admin))?;
        return context.report(&whose.map(AdminView::from), &done);
    }
    let now = world::now();
    let found = context.read(move |tx| session::all(tx, now, whose.map(|admin| admin.id)))?;
    let views: Vec<_> = found.iter().map(|(one, admin)| OpenSession::new(one, admin, &[0; 32])).collect();
    if context.json {
        return output::json(&views);
    }
    let rows = found
        .into_iter()
        .map(|(one, admin)| [one.id(), admin.email, one.address.clone(), one.client.clone(), one.seen_at.to_string()]);
    output::table(["ID", "EMAIL", "ADDRESS", "CLIENT", "LAST USED"], rows)
}

fn named(context: &CommandContext, email: String) -> anyhow::Result<Admin> {
    let folded = fold(&email);
    let found = context.read(move |tx| Ok(tx.admin_by_email(&folded)?))?;
    Ok(found.ok_or(Error::NotFound(Noun::Admin, email))?.0)
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
