//! `team`: the teams of the nodes.

use super::approve::RestrictionArgs;
use super::named::{NodeName, TeamName};
use super::node::confirm;
use super::output::{self, or_dash};
use super::settings::words;
use super::{ArgumentError, CommandContext};
use crate::api::commander::{TeamLine, TeamMember, TeamView};
use crate::domain::approval::{self, team_anywhere};
use crate::domain::directory::{Progress, TeamFilter, TeamRow};
use crate::domain::predicate::Window;
use crate::domain::team_lifecycle;
use crate::domain::{Error, Noun, Result, TeamId, Tx};
use crate::scim::profile_edit::{Names, changed_team, new_team};
use serde_json::json;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List teams, in the order in which they came.
    List {
        /// Of one node only.
        #[arg(long, value_name = "ID|NAME")]
        node: Option<NodeName>,
        /// Only those whose name contains it.
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
        /// Only those in that state.
        #[arg(long, value_parser = words::<Progress>(["pending", "approved", "rejected"]))]
        state: Option<Progress>,
    },
    /// Show a team with its members.
    View {
        /// The team.
        #[arg(value_name = "TEAM_ID|NAME", allow_hyphen_values = true)]
        team: TeamName,
    },
    /// Make a team by hand.
    Add {
        /// Its name.
        name: String,
        /// The node.
        #[arg(long, value_name = "ID|NAME")]
        node: NodeName,
    },
    /// Give a team another name.
    Rename {
        /// The team.
        #[arg(value_name = "TEAM_ID|NAME", allow_hyphen_values = true)]
        team: TeamName,
        /// Its new name.
        name: String,
    },
    /// Delete a team with its memberships.
    Delete {
        /// The team.
        #[arg(value_name = "TEAM_ID|NAME", allow_hyphen_values = true)]
        team: TeamName,
        /// Do not ask.
        #[arg(long)]
        force: bool,
    },
    /// Approve a pending team.
    Approve {
        /// The team.
        #[arg(value_name = "TEAM_ID|NAME", allow_hyphen_values = true)]
        team: TeamName,
        #[command(flatten)]
        limits: RestrictionArgs,
    },
}

/// Everything there is.
const ALL: Window = Window { offset: 0, limit: u64::MAX };

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { node, search, state } => {
            let node = NodeName::id_of(node.as_ref(), context)?;
            let filter = TeamFilter { node, text: search, state, ..TeamFilter::default() };
            let rows = context.read(move |tx| Ok(tx.list_teams(&filter, ALL)?.0))?;
            let listed: Vec<TeamLine> = rows.into_iter().map(TeamLine::from).collect();
            if context.json {
                return output::json(&listed);
            }
            let rows = listed.into_iter().map(|l| {
                let counts = (l.members.to_string(), l.pending_members.to_string());
                [
                    l.team_id,
                    l.name,
                    l.state.to_owned(),
                    l.node_id.to_string(),
                    counts.0,
                    counts.1,
                    or_dash(l.external_id),
                ]
            });
            output::table(["ID", "NAME", "STATE", "NODE", "MEMBERS", "PENDING", "EXTERNAL ID"], rows)
        }
        Command::View { team } => view(context, team.id(context)?),
        Command::Add { name, node } => {
            let node = node.id(context)?;
            let names = Names { name: Some(name), ..Names::default() };
            let profile = new_team(&names).map_err(|e| ArgumentError::Usage(e.to_string()))?;
            let made = context.write(move |tx, act| {
                let team = team_lifecycle::create_by_hand(tx, act, node, profile.clone())?;
                row(tx, team.id)
            })?;
            let made = TeamLine::from(made);
            context.report(&made, &format!("{} {}", made.team_id, made.name))
        }
        Command::Rename { team, name } => {
            let team = team.id(context)?;
            let names = Names { name: Some(name), ..Names::default() };
            let before = context.read(move |tx| team_anywhere(tx, team))?;
            let profile = changed_team(&before.profile, &names).map_err(|e| ArgumentError::Usage(e.to_string()))?;
            let renamed = context.write(move |tx, act| {
                let now = team_anywhere(tx, team)?;
                team_lifecycle::edit_by_hand(tx, act, now, profile.clone())?;
                row(tx, team).map(TeamLine::from)
            })?;
            let sentence = format!("“{}” is now called “{}”.", before.profile.name, renamed.name);
            context.report(&renamed, &sentence)
        }
        Command::Delete { team, force } => {
            let team = team.id(context)?;
            let known = context.read(move |tx| team_anywhere(tx, team))?;
            let question = format!("Delete the team “{}” with its {} memberships?", known.profile.name, known.members);
            confirm(force, &question)?;
            context.write(move |tx, act| team_lifecycle::delete(tx, act, known.node, team))?;
            let done = json!({ "done": true, "team_id": team.to_string(), "name": known.profile.name });
            context.report(&done, &format!("“{}” is deleted.", known.profile.name))
        }
        Command::Approve { team, limits } => {
            let team = team.id(context)?;
            let known = context.read(move |tx| team_anywhere(tx, team))?;
            let limits = limits.restrictions();
            let tally = context.write(move |tx, act| approval::approve_named(tx, act, &[team], &[], limits))?;
            let already = if tally.teams == 0 { " already" } else { "" };
            let approved = context.read(move |tx| row(tx, team).map(TeamLine::from))?;
            context.report(&approved, &format!("“{}” is approved{already}.", known.profile.name))
        }
    }
}

fn row(tx: &mut dyn Tx, id: TeamId) -> Result<TeamRow> {
    let team = team_anywhere(tx, id)?;
    tx.team_row(team.key)?.ok_or_else(|| Error::NotFound(Noun::Team, id.to_string()))
}

fn view(context: &CommandContext, id: TeamId) -> anyhow::Result<()> {
    let shown = context.read(move |tx| {
        let row = row(tx, id)?;
        let (members, _) = tx.list_members(row.team.key, None, ALL)?;
        let [restrict_share, restrict_edit, restrict_view] = row.restrictions;
        let member_list = members.into_iter().map(|row| TeamMember {
            user_id: row.user.0,
            state: row.progress().word(),
            waiting_for: row.waiting_for(),
            user_name: row.user_name,
        });
        let (rejection, member_list) = (row.rejection.clone(), member_list.collect());
        let listed = TeamLine::from(row);
        Ok(TeamView { listed, restrict_share, restrict_edit, restrict_view, rejection, member_list })
    })?;
    if context.json {
        return output::json(&shown);
    }
    let names = ["no re-share", "no edit", "no view"];
    let marks = [shown.restrict_share, shown.restrict_edit, shown.restrict_view];
    let limits: Vec<&str> = names.into_iter().zip(marks).filter(|(_, set)| *set).map(|(name, _)| name).collect();
    output::list([
        ("Team", shown.listed.team_id),
        ("Name", shown.listed.name),
        ("State", shown.listed.state.to_owned()),
        ("Node", shown.listed.node_id.to_string()),
        ("External ID", or_dash(shown.listed.external_id)),
        ("Restrictions", if limits.is_empty() { "-".to_owned() } else { limits.join(", ") }),
        ("Members", format!("{}, of which pending: {}", shown.listed.members, shown.listed.pending_members)),
    ])?;
    let rows = shown.member_list.into_iter().map(|m| {
        let waiting = or_dash(m.waiting_for);
        [m.user_id.to_string(), m.user_name, m.state.to_owned(), waiting]
    });
    output::table(["USER ID", "USER NAME", "STATE", "WAITING FOR"], rows)
}
