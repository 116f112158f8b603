//! `user`: the people of the nodes.

use super::named::{NodeName, UserName};
use super::node::confirm;
use super::output::{self, or_dash};
use super::settings::words;
use super::{Base, CommandContext};
use crate::api::commander::{UserLine, UserMembership, UserView};
use crate::domain::directory::{UserFilter, UserShown};
use crate::domain::user::User;
use crate::domain::{NodeId, Result, Tx, UserId, invitation, settings, user_admin};
use crate::scim::profile_edit::{Names, new_user};
use crate::world;
use serde_json::json;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List users, in the order in which they came.
    List {
        /// Of one node only.
        #[arg(long, value_name = "ID|NAME")]
        node: Option<NodeName>,
        /// Only those whose name contains it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
        /// Only those in that state.
        #[arg(long, value_parser = words::<UserShown>(["invited", "active", "locked"]))]
        state: Option<UserShown>,
    },
    /// Show a user with its teams and its invitation.
    View {
        /// The user.
        #[arg(value_name = "USER_ID|USER_NAME", allow_hyphen_values = true)]
        user: UserName,
    },
    /// Add somebody by hand, with an invitation.
    Add {
        /// The user name, an e-mail address.
        user_name: String,
        /// The node.
        #[arg(long, value_name = "ID|NAME")]
        node: NodeName,
        /// How the person is called.
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// Send no invitation.
        #[arg(long)]
        no_invite: bool,
    },
    /// Lock a user. No sync lifts it.
    Lock(UserArg),
    /// Lift any lock.
    Unlock(UserArg),
    /// Move a user to another node. Its memberships end.
    Move {
        /// The user.
        #[arg(value_name = "USER_ID|USER_NAME", allow_hyphen_values = true)]
        user: UserName,
        /// Where to.
        #[arg(long, value_name = "ID|NAME")]
        node: NodeName,
    },
    /// Delete a locked user for good.
    Delete {
        /// The user.
        #[arg(value_name = "USER_ID|USER_NAME", allow_hyphen_values = true)]
        user: UserName,
        /// Do not ask.
        #[arg(long)]
        force: bool,
    },
    /// Send a new invitation; older links stop working.
    Resend(UserArg),
    /// Print a new link to join with; older links stop working, and no mail goes out.
    Link {
        /// The user.
        #[arg(value_name = "USER_ID|USER_NAME", allow_hyphen_values = true)]
        user: UserName,
        #[command(flatten)]
        base: Base,
    },
    /// Mark a user as joined.
    Join(UserArg),
}

#[derive(clap::Args)]
pub(super) struct UserArg {
    /// The user.
    #[arg(value_name = "USER_ID|USER_NAME", allow_hyphen_values = true)]
    user: UserName,
}

/// Users that are read in one go.
const PAGE: u64 = 1000;

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { node, search, state } => list(context, NodeName::id_of(node.as_ref(), context)?, search, state),
        Command::View { user } => view(context, user.id(context)?),
        Command::Add { user_name, node, display_name, no_invite } => {
            let node = node.id(context)?;
            let names = Names { name: Some(user_name), display_name: display_name.map(Some), external_id: None };
            let (profile, emails) = new_user(&names).map_err(|e| super::ArgumentError::Usage(e.to_string()))?;
            let made = context.write(move |tx, act| {
                let user = user_admin::add(tx, act, node, profile.clone(), &emails, !no_invite)?;
                UserLine::new(tx, user)
            })?;
            let how = if no_invite { "was added without an invitation" } else { "is invited" };
            context.report(&made, &format!("{} {} {how}.", made.user_id, made.user_name))
        }
        Command::Lock(one) => {
            done(context, one, "is locked", |tx, act, user| user_admin::lock(tx, act, user).map(drop))
        }
        Command::Unlock(one) => {
            done(context, one, "is not locked any more", |tx, act, user| user_admin::unlock(tx, act, user).map(drop))
        }
        Command::Move { user, node } => {
            let (one, node) = (UserArg { user }, node.id(context)?);
            done(context, one, "was moved", move |tx, act, user| user_admin::move_to(tx, act, user, node).map(drop))
        }
        Command::Delete { user, force } => {
            let user = user.id(context)?;
            let name = context.read(move |tx| user_admin::get(tx, user))?.profile.user_name;
            confirm(force, &format!("Delete “{name}” for good?"))?;
            context.write(move |tx, act| {
                let user = user_admin::get(tx, user)?;
                user_admin::delete(tx, act, &user)
            })?;
            let done = json!({ "done": true, "user_id": user.0, "user_name": name });
            context.report(&done, &format!("“{name}” is deleted."))
        }
        Command::Resend(one) => {
            done(context, one, "is invited again", |tx, act, user| invitation::resend(tx, act, &user))
        }
        Command::Link { user, base } => {
            let user = user.id(context)?;
            let secret = world::secret()?;
            let base = context.read(move |tx| base.url(tx))?;
            let token = context.write(move |tx, act| {
                let days = settings::number(tx, "invitation_days")?;
                let user = user_admin::get(tx, user)?;
                Ok(invitation::hand_out(tx, act, &user, &secret, days)?.1.token)
            })?;
            let link = format!("{base}/join/{token}");
            context.report(&json!({ "user_id": user.0, "link": link }), &link)
        }
        Command::Join(one) => {
            done(context, one, "has joined", |tx, act, user| invitation::join(tx, act, user).map(drop))
        }
    }
}

fn done(
    context: &CommandContext,
    one: UserArg,
    what: &str,
    act_on: impl Fn(&mut dyn Tx, &crate::domain::Act, User) -> Result<()> + Send + 'static,
) -> anyhow::Result<()> {
    let id = one.user.id(context)?;
    let changed = context.write(move |tx, act| {
        let user = user_admin::get(tx, id)?;
        act_on(tx, act, user)?;
        let user = user_admin::get(tx, id)?;
        UserLine::new(tx, user)
    })?;
    context.report(&changed, &format!("“{}” {what}.", changed.user_name))
}

fn list(
    context: &CommandContext,
    node: Option<NodeId>,
    search: String,
    state: Option<UserShown>,
) -> anyhow::Result<()> {
    let mut listed: Vec<UserLine> = Vec::new();
    let mut filter = UserFilter { node, text: search, state, after: Some(UserId(0)), ..UserFilter::default() };
    loop {
        let wanted = filter.clone();
        let page = context.read(move |tx| {
            let window = crate::domain::predicate::Window { offset: 0, limit: PAGE };
            let (users, _) = tx.list_users(&wanted, window)?;
            users.into_iter().map(|user| UserLine::new(tx, user)).collect::<Result<Vec<_>>>()
        })?;
        let Some(last) = page.last() else { break };
        filter.after = Some(UserId(last.user_id));
        listed.extend(page);
    }
    if context.json {
        return output::json(&listed);
    }
    let rows = listed.into_iter().map(|l| {
        let (teams, lock) = (l.teams.to_string(), if l.lock == "none" { "-" } else { l.lock }.to_owned());
        let name = or_dash(l.display_name);
        [l.user_id.to_string(), l.user_name, name, l.state.to_owned(), lock, l.node_id.to_string(), teams]
    });
    output::table(["ID", "USER NAME", "NAME", "STATE", "LOCKED BY", "NODE", "TEAMS"], rows)
}

fn view(context: &CommandContext, id: UserId) -> anyhow::Result<()> {
    let now = context.act.now;
    let shown = context.read(move |tx| {
        let user = user_admin::get(tx, id)?;
        let (locked_at, locked_by) = tx.lock_of(id)?.unzip();
        let memberships = tx.memberships_of(id, u64::MAX)?.into_iter().map(|row| UserMembership {
            team_id: row.team.to_string(),
            state: row.progress().word(),
            waiting_for: row.waiting_for(),
            name: row.team_name,
        });
        Ok(UserView {
            joined: user.state == crate::domain::user::UserState::Active,
            locked_at: locked_at.map(|at| at.to_string()),
            locked_by,
            invitation: tx.invitation(id)?.map(|invitation| invitation.word(now)),
            created_at: user.created_at.to_string(),
            modified_at: user.modified_at.to_string(),
            memberships: memberships.collect(),
            listed: UserLine::new(tx, user)?,
        })
    })?;
    if context.json {
        return output::json(&shown);
    }
    let teams: Vec<String> = shown.memberships.iter().map(|m| format!("{} ({})", m.name, m.state)).collect();
    output::list([
        ("User", shown.listed.user_id.to_string()),
        ("User name", shown.listed.user_name),
        ("Name", or_dash(shown.listed.display_name)),
        ("State", shown.listed.state.to_owned()),
        ("Locked", or_dash(shown.locked_at.zip(shown.locked_by).map(|(at, by)| format!("{at} by {by}")))),
        ("Node", shown.listed.node_id.to_string()),
        ("External ID", or_dash(shown.listed.external_id)),
        ("Invitation", or_dash(shown.invitation)),
        ("Teams", if teams.is_empty() { "-".to_owned() } else { teams.join(", ") }),
    ])
}
