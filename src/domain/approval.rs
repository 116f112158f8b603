//! Approval: the act that turns pending teams and memberships into approved ones.
//!
//! A membership is approved only when its team is approved and its user has joined and is not locked; one that is granted
//! before that follows by itself. What was rejected is left alone until somebody approves it by name.

use super::event::EventKind;
use super::membership::{self, MembershipPolicy, MembershipState, decided};
use super::team::{Team, TeamState};
use super::user::{Lock, User, UserState};
use super::{Act, Error, Fault, NodeId, Noun, Result, TeamId, TeamKey, Tx, UserId};

/// Where somebody looks for what is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalScope {
    /// Everywhere.
    All,
    /// In one node.
    Node(NodeId),
    /// In the nodes whose connection leaves it to the sign-in of an administrator.
    SignIn,
}

/// Behind which membership a batch begins.
pub type PendingKey = (TeamKey, UserId);

/// What is approved in one write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalBatch {
    /// Pending teams.
    pub teams: Vec<TeamKey>,
    /// Pending memberships.
    pub memberships: Vec<PendingKey>,
    /// Whether nothing comes behind it.
    pub last: bool,
}

/// A pending membership as it stands in the store.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The state of its user.
    pub user_state: UserState,
    /// The lock of its user.
    pub lock: Lock,
    /// Whether it has been decided.
    pub granted: bool,
    /// Whether it was rejected.
    pub rejected: bool,
}

/// How many came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Teams approved.
    pub teams: u64,
    /// Teams that are not there, or not pending.
    pub teams_failed: u64,
    /// Memberships approved.
    pub memberships: u64,
    /// Memberships granted that wait for their team or their user.
    pub waiting: u64,
    /// Memberships that are not there, or not pending.
    pub failed: u64,
}

impl Tally {
    /// Both together.
    pub fn plus(self, other: Tally) -> Tally {
        Tally {
            teams: self.teams + other.teams,
            teams_failed: self.teams_failed + other.teams_failed,
            memberships: self.memberships + other.memberships,
            waiting: self.waiting + other.waiting,
            failed: self.failed + other.failed,
        }
    }
}

/// What those who see a team are kept from doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restrictions {
    /// No re-sharing; `None` leaves it.
    pub share: Option<bool>,
    /// No editing.
    pub edit: Option<bool>,
    /// No viewing.
    pub view: Option<bool>,
}

impl Restrictions {
    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        *self == Restrictions::default()
    }
}

/// What approvals need of a store.
pub trait Approvals {
    /// Pending teams that nobody rejected, oldest first.
    fn pending_teams(&mut self, reach: ApprovalScope, limit: u64) -> Result<Vec<TeamKey>, Fault>;
    /// Pending memberships that nobody rejected, behind a place.
    fn pending_memberships(
        &mut self,
        reach: ApprovalScope,
        after: PendingKey,
        limit: u64,
    ) -> Result<Vec<PendingKey>, Fault>;
    /// How many teams and memberships that would be.
    fn count_pending(&mut self, reach: ApprovalScope) -> Result<(u64, u64), Fault>;
    /// One team, wherever it is, and whether it was rejected.
    fn team_by_key(&mut self, key: TeamKey) -> Result<Option<(Team, bool)>, Fault>;
    /// A pending membership.
    fn pending(&mut self, place: PendingKey) -> Result<Option<Pending>, Fault>;
    /// Writes the state of a team that was approved, or whose approval is taken back.
    fn approve_team(&mut self, team: &Team) -> Result<(), Fault>;
    /// Makes a pending membership approved, or only granted.
    fn grant(&mut self, place: PendingKey, state: MembershipState) -> Result<(), Fault>;
    /// Takes an approval or a grant of a membership back; whether there was one.
    fn withdraw(&mut self, place: PendingKey) -> Result<bool, Fault>;
    /// The approved memberships of a team wait for it again, granted as they are.
    fn suspend_memberships(&mut self, team: TeamKey) -> Result<(), Fault>;
    /// Rejects a pending team.
    fn reject_team(&mut self, key: TeamKey, reason: &str) -> Result<(), Fault>;
    /// Rejects a pending membership.
    fn reject_membership(&mut self, place: PendingKey, reason: &str) -> Result<(), Fault>;
    /// The pending memberships of a user that are granted, with the state of each team.
    fn granted_of_user(&mut self, user: UserId) -> Result<Vec<(TeamKey, TeamState)>, Fault>;
    /// The pending memberships of a team that are granted, with state and lock of each user.
    fn granted_of_team(&mut self, team: TeamKey) -> Result<Vec<(UserId, UserState, Lock)>, Fault>;
    /// The restrictions of a team: share, edit, view.
    fn restrictions(&mut self, key: TeamKey) -> Result<[bool; 3], Fault>;
    /// Changes them.
    fn restrict_team(&mut self, key: TeamKey, restrictions: Restrictions) -> Result<(), Fault>;
}

/// What comes next: teams first, because memberships need them. Reads only.
pub fn next(tx: &mut dyn Tx, reach: ApprovalScope, after: PendingKey, limit: u64) -> Result<ApprovalBatch> {
    let teams = tx.pending_teams(reach, limit)?;
    if !teams.is_empty() {
        return Ok(ApprovalBatch { teams, memberships: Vec::new(), last: false });
    }
    let memberships = tx.pending_memberships(reach, after, limit)?;
    let last = (memberships.len() as u64) < limit;
    Ok(ApprovalBatch { teams, memberships, last })
}

/// Approves what waits, at most so many batches of `limit` of it; whether that was all.
pub fn approve_some(
    tx: &mut dyn Tx,
    act: &Act,
    reach: ApprovalScope,
    batches: u32,
    limit: u64,
) -> Result<(Tally, bool)> {
    let (mut tally, mut after) = (Tally::default(), (TeamKey(0), UserId(0)));
    for _ in 0..batches {
        let batch = next(tx, reach, after, limit)?;
        tally = tally.plus(approve(tx, act, &batch, Restrictions::default())?);
        if batch.last {
            return Ok((tally, true));
        }
        after = batch.memberships.last().copied().unwrap_or(after);
    }
    Ok((tally, false))
}

/// Approves a batch, looking again at each: what is no longer pending, or was rejected meanwhile, is passed over.
pub fn approve(tx: &mut dyn Tx, act: &Act, batch: &ApprovalBatch, restrictions: Restrictions) -> Result<Tally> {
    let mut tally = Tally::default();
    for key in &batch.teams {
        match tx.team_by_key(*key)? {
            Some((team, false)) if team.state == TeamState::Pending => {
                tally.memberships += approve_team(tx, act, team, restrictions)?;
                tally.teams += 1;
            }
            _ => {}
        }
    }
    let mut group: Option<TeamDecisions> = None;
    for place in &batch.memberships {
        let Some(pending) = tx.pending(*place)?.filter(|pending| !pending.rejected) else { continue };
        if group.as_ref().is_none_or(|group| group.team.key != place.0) {
            group.take().map(|group| group.record(tx, act)).transpose()?;
            group = tx.team_by_key(place.0)?.map(|(team, _)| TeamDecisions::of(team));
        }
        let Some(group) = &mut group else { continue };
        match group.grant(tx, *place, &pending)? {
            true => tally.memberships += 1,
            false => tally.waiting += 1,
        }
    }
    group.map(|group| group.record(tx, act)).transpose()?;
    Ok(tally)
}

/// Approves what an administrator names, rejected before or not.
pub fn approve_named(
    tx: &mut dyn Tx,
    act: &Act,
    teams: &[TeamId],
    memberships: &[(TeamId, UserId)],
    restrictions: Restrictions,
) -> Result<Tally> {
    let mut tally = Tally::default();
    for id in teams {
        match tx.team_anywhere(*id)? {
            Some(team) if team.state == TeamState::Pending => {
                tally.memberships += approve_team(tx, act, team, restrictions)?;
                tally.teams += 1;
            }
            _ => tally.teams_failed += 1,
        }
    }
    for (id, user) in memberships {
        let Some(team) = tx.team_anywhere(*id)? else {
            tally.failed += 1;
            continue;
        };
        let place = (team.key, *user);
        match tx.pending(place)? {
            None => tally.failed += 1,
            Some(pending) => {
                let mut group = TeamDecisions::of(team);
                match group.grant(tx, place, &pending)? {
                    true => tally.memberships += 1,
                    false => tally.waiting += 1,
                }
                group.record(tx, act)?;
            }
        }
    }
    Ok(tally)
}

/// Rejects what an administrator names, with a reason; how many teams and memberships, and how many of each were not
/// pending.
pub fn reject_named(
    tx: &mut dyn Tx,
    act: &Act,
    teams: &[TeamId],
    memberships: &[(TeamId, UserId)],
    reason: &str,
) -> Result<Tally> {
    if reason.trim().is_empty() || reason.chars().count() > 500 {
        return Err(Error::Invalid("reason", "expected 1 to 500 characters".to_owned()));
    }
    let mut tally = Tally::default();
    for id in teams {
        match tx.team_anywhere(*id)? {
            Some(team) if team.state == TeamState::Pending => {
                tx.reject_team(team.key, reason)?;
                tx.record(act, &team.event(EventKind::TeamRejected).is("reason", reason))?;
                tally.teams += 1;
            }
            _ => tally.teams_failed += 1,
        }
    }
    for (id, user) in memberships {
        let team = tx.team_anywhere(*id)?;
        match team {
            Some(team) if tx.pending((team.key, *user))?.is_some() => {
                tx.reject_membership((team.key, *user), reason)?;
                let mut event = team.event(EventKind::MembershipRejected).is("reason", reason);
                event.user = Some(*user);
                tx.record(act, &event)?;
                tally.memberships += 1;
            }
            _ => tally.failed += 1,
        }
    }
    Ok(tally)
}

/// Changes what a team is kept from.
pub fn restrict(tx: &mut dyn Tx, act: &Act, team: &Team, restrictions: Restrictions) -> Result<()> {
    let before = tx.restrictions(team.key)?;
    tx.restrict_team(team.key, restrictions)?;
    let mut event = team.event(EventKind::TeamUpdated);
    let names = ["restrict_share", "restrict_edit", "restrict_view"];
    let wanted = [restrictions.share, restrictions.edit, restrictions.view];
    for ((name, was), is) in names.into_iter().zip(before).zip(wanted) {
        event = event.changed(name, was, is.unwrap_or(was));
    }
    if event.tells() {
        tx.record(act, &event)?;
    }
    Ok(())
}

/// What had waited for a person to join, or to be unlocked, follows.
pub fn follow(tx: &mut dyn Tx, act: &Act, user: &User) -> Result<()> {
    for (key, state) in tx.granted_of_user(user.id)? {
        if decided(state, user.state, user.lock) != MembershipState::Approved {
            continue;
        }
        tx.grant((key, user.id), MembershipState::Approved)?;
        if let Some((team, _)) = tx.team_by_key(key)? {
            TeamDecisions { approved: vec![user.id.to_string()], ..TeamDecisions::of(team) }.record(tx, act)?;
        }
    }
    Ok(())
}

/// Makes a team approved; how many memberships followed.
fn approve_team(tx: &mut dyn Tx, act: &Act, mut team: Team, restrictions: Restrictions) -> Result<u64> {
    team.state = TeamState::Approved;
    team.version += 1;
    team.modified_at = team.modified_at.max(act.now);
    tx.approve_team(&team)?;
    let event = team.event(EventKind::TeamApproved);
    tx.record(act, &event.was("state", "pending").is("state", "approved"))?;
    if !restrictions.is_empty() {
        restrict(tx, act, &team, restrictions)?;
    }
    let mut approved = Vec::new();
    for (id, state, lock) in tx.granted_of_team(team.key)? {
        if decided(team.state, state, lock) == MembershipState::Approved {
            tx.grant((team.key, id), MembershipState::Approved)?;
            approved.push(id.to_string());
        }
    }
    let count = approved.len() as u64;
    TeamDecisions { approved, ..TeamDecisions::of(team) }.record(tx, act)?;
    Ok(count)
}

/// Memberships of one team that are decided together, for one line of the audit log.
struct TeamDecisions {
    team: Team,
    approved: Vec<String>,
    granted: Vec<String>,
}

impl TeamDecisions {
    fn of(team: Team) -> TeamDecisions {
        TeamDecisions { team, approved: Vec::new(), granted: Vec::new() }
    }

    /// Approves a membership if it may be, else only grants it; whether it is approved.
    fn grant(&mut self, tx: &mut dyn Tx, place: PendingKey, pending: &Pending) -> Result<bool> {
        let state = decided(self.team.state, pending.user_state, pending.lock);
        let approved = state == MembershipState::Approved;
        if approved || !pending.granted || pending.rejected {
            tx.grant(place, state)?;
            let decided = if approved { &mut self.approved } else { &mut self.granted };
            decided.push(place.1.to_string());
        }
        Ok(approved)
    }

    /// Writes what was decided.
    fn record(self, tx: &mut dyn Tx, act: &Act) -> Result<()> {
        if !self.approved.is_empty() {
            let connection = tx.connection_of(self.team.node)?;
            let is_role = MembershipPolicy::of_administrator(connection.as_ref()).is_role(&self.team.profile.name);
            let what = if is_role { EventKind::AddedToRole } else { EventKind::AddedToTeam };
            membership::record(tx, act, what, &self.team, self.approved)?;
        }
        if !self.granted.is_empty() {
            membership::record(tx, act, EventKind::MembershipGranted, &self.team, self.granted)?;
        }
        Ok(())
    }
}

/// The team of any node, for an administrator.
pub fn team_anywhere(tx: &mut dyn Tx, id: TeamId) -> Result<Team> {
    tx.team_anywhere(id)?.ok_or_else(|| Error::NotFound(Noun::Team, id.to_string()))
}
