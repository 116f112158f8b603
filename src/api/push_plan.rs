//! The plan of a preview, a page of it at a time.

use super::listing::PageQuery;
use super::push_run::PushRefusal;
use super::scalar::Id;
use super::words::ChangeKind;
use crate::domain::fold;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// What a run would do, and what forbids it.
#[derive(Serialize, ToSchema)]
pub struct PushPlan {
    /// The preview that made it.
    pub run_id: Id,
    /// The base URL of the target.
    pub target: String,
    /// What the source holds.
    pub source: PlanExtent,
    /// What the target holds.
    pub held: PlanExtent,
    /// What of the source could not be read; nothing is removed then.
    pub unread: Vec<PlanUnread>,
    /// Whether removals are left out because of that.
    pub safe_mode: bool,
    /// The limits that forbid the whole plan.
    pub guards: Vec<PlanGuard>,
    /// How many changes there are of each kind.
    pub counts: Vec<PlanCount>,
    /// What cannot be pushed, at most a thousand.
    #[schema(max_items = 1000)]
    pub refusals: Vec<PushRefusal>,
    /// What else is worth knowing, at most a thousand lines.
    #[schema(max_items = 1000)]
    pub notes: Vec<String>,
    /// How each note is said in another language: its code and what stands in its gaps.
    #[schema(value_type = Vec<Option<Object>>, max_items = 1000)]
    pub notes_said: Vec<Option<Value>>,
    /// The number of changes on all pages.
    pub total: u64,
    /// The position of the first change, counted from 1.
    pub start: u64,
    /// The changes of this page, in their order.
    #[schema(max_items = 1000)]
    pub changes: Vec<PlanChange>,
}

/// How much one side holds.
#[derive(Serialize, Deserialize, Default, ToSchema)]
pub struct PlanExtent {
    /// People or users.
    pub users: u64,
    /// Groups.
    pub groups: u64,
    /// Memberships.
    pub memberships: u64,
}

/// A part of the source that could not be read.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PlanUnread {
    /// Which part.
    pub part: String,
    /// How that is said in another language.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub part_said: Option<Value>,
    /// Why.
    pub why: String,
    /// How that is said in another language.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub why_said: Option<Value>,
}

/// A limit that forbids a plan.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PlanGuard {
    /// Which limit.
    pub guard: String,
    /// What would happen.
    pub why: String,
    /// How that is said in another language.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub why_said: Option<Value>,
}

/// How many changes there are of a kind.
#[derive(Serialize, ToSchema)]
pub struct PlanCount {
    /// The kind.
    pub change: ChangeKind,
    /// How many.
    pub count: u64,
}

/// One change.
#[derive(Serialize, ToSchema)]
pub struct PlanChange {
    /// What is done.
    pub change: ChangeKind,
    /// The address of the user, or the name of the group.
    pub name: String,
    /// The id in the source.
    pub source_id: Option<String>,
    /// The id in the target; null for what is created.
    pub target_id: Option<String>,
    /// What the target holds of what changes.
    #[schema(value_type = Object)]
    pub before: Map<String, Value>,
    /// What it is to hold.
    #[schema(value_type = Object)]
    pub after: Map<String, Value>,
    /// The addresses of those who are added or removed, at most a thousand.
    #[schema(max_items = 1000)]
    pub members: Vec<String>,
    /// How many they are.
    pub member_count: u64,
    /// Why.
    pub why: String,
    /// How that is said in another language.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub why_said: Option<Value>,
}

/// Which part of a plan.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanQuery {
    /// Changes of this kind only.
    #[param(value_type = Option<ChangeKind>)]
    pub change: Option<String>,
    /// Changes that have this text in a name, an address or an id; letter case does not matter.
    #[param(max_length = 200)]
    pub q: Option<String>,
}

/// A plan as it is kept.
#[derive(Deserialize)]
struct Kept {
    target: String,
    source_state: PlanExtent,
    target_state: PlanExtent,
    unread: Vec<PlanUnread>,
    safe_mode: bool,
    guards: Vec<PlanGuard>,
    changes: Vec<KeptChange>,
    refused: Vec<PushRefusal>,
    notes: Vec<String>,
    #[serde(default)]
    notes_said: Vec<Option<Value>>,
}

#[derive(Deserialize)]
struct KeptChange {
    change: String,
    name: String,
    source_id: Option<String>,
    target_id: Option<String>,
    #[serde(default)]
    before: Map<String, Value>,
    #[serde(default)]
    after: Map<String, Value>,
    #[serde(default)]
    members: Vec<KeptMember>,
    why: String,
    #[serde(default)]
    why_said: Option<Value>,
}

#[derive(Deserialize)]
struct KeptMember {
    name: String,
}

impl KeptChange {
    /// Whether a folded text is in what it is about.
    fn has(&self, text: &str) -> bool {
        let ids = [&self.source_id, &self.target_id].into_iter().flatten();
        let members = self.members.iter().map(|member| &member.name);
        text.is_empty() || std::iter::once(&self.name).chain(ids).chain(members).any(|one| fold(one).contains(text))
    }
}

impl PushPlan {
    /// A page of a plan that is kept as JSON; `None` for one that an older program has kept in another form.
    pub fn page(run: i64, kept: &str, change: Option<ChangeKind>, text: &str, page: PageQuery) -> Option<PushPlan> {
        let text = fold(text.trim());
        let kept: Kept = serde_json::from_str(kept).ok()?;
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for one in &kept.changes {
            *counts.entry(&one.change).or_default() += 1;
        }
        let counts =
            counts.into_iter().filter_map(|(kind, count)| Some(PlanCount { change: ChangeKind::known(kind)?, count }));
        let counts: Vec<PlanCount> = counts.collect();
        let wanted: Vec<KeptChange> = kept
            .changes
            .into_iter()
            .filter(|one| change.is_none_or(|kind| kind.0 == one.change) && one.has(&text))
            .collect();
        let (total, window) = (wanted.len() as u64, page.window());
        let part =
            wanted.into_iter().skip(usize::try_from(window.offset).ok()?).take(usize::try_from(window.limit).ok()?);
        Some(PushPlan {
            run_id: Id(run),
            target: kept.target,
            source: kept.source_state,
            held: kept.target_state,
            unread: kept.unread,
            safe_mode: kept.safe_mode,
            guards: kept.guards,
            counts,
            refusals: kept.refused.into_iter().take(1000).collect(),
            notes: kept.notes.into_iter().take(1000).collect(),
            notes_said: kept.notes_said.into_iter().take(1000).collect(),
            total,
            start: page.start(),
            changes: part.filter_map(PlanChange::of).collect(),
        })
    }
}

impl PlanChange {
    fn of(kept: KeptChange) -> Option<PlanChange> {
        Some(PlanChange {
            change: ChangeKind::known(&kept.change)?,
            name: kept.name,
            source_id: kept.source_id,
            target_id: kept.target_id,
            before: kept.before,
            after: kept.after,
            member_count: kept.members.len() as u64,
            members: kept.members.into_iter().take(1000).map(|member| member.name).collect(),
            why: kept.why,
            why_said: kept.why_said,
        })
    }
}
