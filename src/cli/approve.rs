//! `team-approve`: approves what identity providers have brought, all of it or one node's.

use super::CommandContext;
use super::named::NodeName;
use super::output;
use super::settings::Switch;
use crate::api::approval::ApprovalResult;
use crate::domain::approval::{self, ApprovalBatch, ApprovalScope, Restrictions, Tally};
use crate::domain::membership::{MembershipState, decided};
use crate::domain::team::TeamState;
use crate::domain::{Result, TeamKey, UserId};
use serde::Serialize;
use std::collections::HashSet;

/// What the approved teams are kept from.
#[derive(clap::Args)]
pub(super) struct RestrictionArgs {
    /// Whether re-sharing is off for the teams that are approved now.
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    restrict_share: Option<Switch>,
    /// Whether editing is off for them.
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    restrict_edit: Option<Switch>,
    /// Whether viewing is off for them.
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    restrict_view: Option<Switch>,
}

impl RestrictionArgs {
    pub(super) fn restrictions(&self) -> Restrictions {
        Restrictions {
            share: self.restrict_share.map(bool::from),
            edit: self.restrict_edit.map(bool::from),
            view: self.restrict_view.map(bool::from),
        }
    }
}

#[derive(clap::Args)]
pub(super) struct Args {
    /// Teams only.
    #[arg(long)]
    team: bool,
    /// Memberships of users only.
    #[arg(long, visible_alias = "email")]
    user: bool,
    /// Of one node only.
    #[arg(long, value_name = "ID|NAME")]
    node: Option<NodeName>,
    #[command(flatten)]
    limits: RestrictionArgs,
    /// Print what would be approved and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// What would be done.
#[derive(Serialize)]
struct Planned {
    action: &'static str,
    team: String,
    user: Option<String>,
}

/// Items of one write.
const BATCH: u64 = 250;

pub(super) fn run(context: &CommandContext, args: &Args) -> anyhow::Result<()> {
    let both = args.team == args.user;
    let (teams, users) = (both || args.team, both || args.user);
    let node = NodeName::id_of(args.node.as_ref(), context)?;
    let reach = node.map_or(ApprovalScope::All, ApprovalScope::Node);
    if let Some(node) = node {
        context.read(move |tx| crate::domain::node::get(tx, node))?;
    }
    if args.dry_run {
        return plan(context, reach, teams, users);
    }
    let (mut tally, limits) = (Tally::default(), args.limits.restrictions());
    loop {
        let some = if teams { context.read(move |tx| Ok(tx.pending_teams(reach, BATCH)?))? } else { Vec::new() };
        if some.is_empty() {
            break;
        }
        let batch = ApprovalBatch { teams: some, ..ApprovalBatch::default() };
        tally = tally.plus(context.write(move |tx, act| approval::approve(tx, act, &batch, limits))?);
    }
    let mut after = (TeamKey(0), UserId(0));
    loop {
        let some =
            if users { context.read(move |tx| Ok(tx.pending_memberships(reach, after, BATCH)?))? } else { Vec::new() };
        let Some(last) = some.last() else { break };
        after = *last;
        let batch = ApprovalBatch { memberships: some, ..ApprovalBatch::default() };
        tally = tally.plus(context.write(move |tx, act| approval::approve(tx, act, &batch, limits))?);
    }
    if context.json {
        return output::json(&ApprovalResult::from(tally));
    }
    let mut sentence = format!("Teams: {} approved.\nMemberships: {} approved", tally.teams, tally.memberships);
    if tally.waiting > 0 {
        sentence.push_str(&format!(", {} wait until the team is approved and the user has joined", tally.waiting));
    }
    output::text(&format!("{sentence}."))
}

fn plan(context: &CommandContext, reach: ApprovalScope, teams: bool, users: bool) -> anyhow::Result<()> {
    let planned = context.read(move |tx| {
        let mut planned = Vec::new();
        let mut named = HashSet::new();
        if teams {
            for key in tx.pending_teams(reach, u64::from(u32::MAX))? {
                if let Some((team, _)) = tx.team_by_key(key)? {
                    named.insert(key);
                    planned.push(Planned { action: "approve team", team: team.profile.name, user: None });
                }
            }
        }
        if users {
            for place in tx.pending_memberships(reach, (TeamKey(0), UserId(0)), u64::from(u32::MAX))? {
                let (Some((team, _)), Some(pending)) = (tx.team_by_key(place.0)?, tx.pending(place)?) else { continue };
                let team_state = if named.contains(&place.0) { TeamState::Approved } else { team.state };
                let state = decided(team_state, pending.user_state, pending.lock);
                let user = tx.user_anywhere(place.1)?.map(|user| user.profile.user_name);
                let action = if state == MembershipState::Approved { "approve membership" } else { "let wait" };
                planned.push(Planned { action, team: team.profile.name, user });
            }
        }
        Result::<Vec<Planned>>::Ok(planned)
    })?;
    if context.json {
        return output::json(&planned);
    }
    let rows = planned.into_iter().map(|p| [p.action.to_owned(), p.team, output::or_dash(p.user)]);
    output::table(["ACTION", "TEAM", "USER"], rows)
}
