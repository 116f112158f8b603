//! The audit log: events, and whether the log is whole.

use super::listing::team_id;
use super::node_names::NodeNames;
use super::scalar::{Id, Moment};
use super::words::{ActorKind, EventName, ExportFormat};
use crate::domain::event::{self, EventFilter, RecordedEvent};
use crate::domain::{Error, Fault, NodeId, Time, Tx, UserId, audit_chain};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};

/// An event of the audit log.
#[derive(Serialize, ToSchema)]
pub struct Event {
    /// Its number.
    pub event_id: Id,
    /// When it happened.
    pub at: Moment,
    /// What happened.
    #[schema(value_type = EventName)]
    pub event: String,
    /// Who did it: an administrator's address, cli, scim:NUMBER, key:ID, job:NUMBER, person, setup or system.
    pub actor: String,
    /// What kind of actor that is.
    pub actor_kind: ActorKind,
    /// The client address of the request.
    pub address: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// The node.
    pub node_id: Option<Id>,
    /// The name of that node.
    pub node_name: Option<String>,
    /// The user.
    pub user_id: Option<Id>,
    /// The team.
    pub team_id: Option<String>,
    /// The name of the object.
    pub object: Option<String>,
    /// The changed values before.
    #[schema(value_type = Object)]
    pub before: Value,
    /// The changed values after.
    #[schema(value_type = Object)]
    pub after: Value,
    /// SHA-256 of the event and the previous hash.
    pub hash: String,
}

/// The columns of a CSV file of events.
pub const COLUMNS: [&str; 13] = [
    "event_id",
    "at",
    "event",
    "actor",
    "address",
    "request_id",
    "node_id",
    "user_id",
    "team_id",
    "object",
    "before",
    "after",
    "hash",
];

impl Event {
    /// An event with the name of its node.
    pub fn new(entry: &RecordedEvent, around: &NodeNames) -> Event {
        let fields = |text: &Option<String>| -> Value {
            text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| json!({}))
        };
        Event {
            event_id: Id(entry.id),
            at: entry.at.into(),
            event: entry.event.clone(),
            actor: entry.actor.clone(),
            actor_kind: ActorKind(entry.actor_kind()),
            address: entry.address.clone(),
            request_id: entry.request_id.clone(),
            node_id: entry.node.map(Id::from),
            node_name: entry.node.and_then(|node| around.name_of(node)).map(str::to_owned),
            user_id: entry.user.map(Id::from),
            team_id: entry.team.clone(),
            object: entry.object.clone(),
            before: fields(&entry.before),
            after: fields(&entry.after),
            hash: HEXLOWER.encode(&entry.hash),
        }
    }
}

/// Events, newest first.
#[derive(Serialize, ToSchema)]
pub struct EventPage {
    /// The events.
    #[schema(max_items = 1000)]
    pub events: Vec<Event>,
    /// The `before` of the next page; null on the last page.
    pub next: Option<Id>,
    /// The user names of members that these events list by their ids, as far as the users are still there.
    pub names: BTreeMap<String, String>,
}

/// Members whose names are looked up for one page.
const NAMED: usize = 500;

impl EventPage {
    /// A page with the names of the members in it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn new(tx: &mut dyn Tx, events: Vec<Event>, next: Option<i64>) -> Result<EventPage, Fault> {
        let lists = events.iter().flat_map(|event| [&event.before, &event.after]);
        let members = lists.filter_map(|fields| fields.get("members")?.as_array()).flatten();
        let ids: BTreeSet<UserId> = members.filter_map(|id| id.as_str()?.parse().ok()).take(NAMED).collect();
        let mut names = BTreeMap::new();
        for id in ids {
            if let Some(user) = tx.user_anywhere(id)? {
                names.insert(id.to_string(), user.profile.user_name);
            }
        }
        Ok(EventPage { events, next: next.map(Id), names })
    }
}

/// The names of events.
#[derive(Serialize, ToSchema)]
pub struct EventNames {
    /// All of them.
    pub events: Vec<EventName>,
}

/// The result of verifying the audit log.
#[derive(Serialize, ToSchema)]
pub struct Verdict {
    /// Whether every event matches the one before.
    pub ok: bool,
    /// How many events were checked.
    pub checked: u64,
    /// The first of them.
    pub first: Option<Id>,
    /// The last of them.
    pub last: Option<Id>,
    /// The hash of the last one; a copy kept elsewhere also proves that nothing was cut off.
    pub head: String,
    /// The first event that does not match.
    pub broken_at: Option<Id>,
}

impl From<&audit_chain::Verdict> for Verdict {
    fn from(verdict: &audit_chain::Verdict) -> Verdict {
        Verdict {
            ok: verdict.broken_at.is_none(),
            checked: verdict.checked,
            first: verdict.first.map(Id),
            last: verdict.last.map(Id),
            head: HEXLOWER.encode(&verdict.head),
            broken_at: verdict.broken_at.map(Id),
        }
    }
}

/// Which events are asked for.
#[derive(Deserialize, IntoParams, Clone)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Only these events, separated by commas.
    #[serde(default)]
    #[param(value_type = Option<Vec<EventName>>, style = Form, explode = false)]
    pub event: String,
    /// Only events of these actors, separated by commas: a whole actor, or a kind such as scim.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    pub actor: String,
    /// Only events about this user.
    #[param(value_type = Option<Id>)]
    pub user_id: Option<i64>,
    /// Only events about this team.
    pub team_id: Option<String>,
    /// Only events in this node.
    #[param(value_type = Option<Id>)]
    pub node_id: Option<i64>,
    /// Only events of this request, as in its header X-Request-Id.
    pub request_id: Option<String>,
    /// Not before this time, as in 2026-01-31T09:30:00Z.
    #[param(value_type = Option<Moment>)]
    pub from: Option<String>,
    /// Not after this time, as in 2026-01-31T09:30:00Z.
    #[param(value_type = Option<Moment>)]
    pub to: Option<String>,
    /// Only events older than this one: the `next` of the previous page.
    #[param(value_type = Option<Id>)]
    pub before: Option<i64>,
}

impl EventQuery {
    /// What that means to the store.
    ///
    /// # Errors
    /// `INVALID`, `NOT_FOUND`.
    pub fn filter(&self) -> Result<EventFilter, Error> {
        let words = |text: &str| -> Vec<String> {
            text.split(',').map(str::trim).filter(|word| !word.is_empty()).take(100).map(str::to_owned).collect()
        };
        let events = words(&self.event);
        events.iter().try_for_each(|word| event::named(word).map(drop))?;
        Ok(EventFilter {
            events,
            actors: words(&self.actor),
            user: self.user_id.map(UserId),
            team: self.team_id.as_deref().map(team_id).transpose()?,
            node: self.node_id.map(NodeId),
            request_id: self.request_id.clone(),
            from: self.from.as_deref().map(|text| Time::parse("from", text)).transpose()?,
            to: self.to.as_deref().map(|text| Time::parse("to", text)).transpose()?,
        })
    }
}

/// How many events are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CountQuery {
    /// Page size: 50 by default, at most 1000.
    pub count: Option<u64>,
}

/// The format of an export.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FormatQuery {
    /// The file format; ndjson by default.
    #[param(value_type = Option<ExportFormat>)]
    pub format: Option<String>,
}
