//! The console's calls for the audit log.

use super::App;
use super::admin::Admin;
use super::error::ApiError;
use super::listing::team_id;
use super::listing::{csv_line, file};
use super::user_view::NodeNames;
use crate::domain::audit_chain::{self, Verdict};
use crate::domain::event::{self, EventFilter, RecordedEvent};
use crate::domain::{Error, NodeId, Time, UserId};
use crate::store::ScanLane;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Query};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Value, json};

/// Which events are asked for.
#[derive(Deserialize, Clone)]
pub struct EventQuery {
    #[serde(default)]
    event: String,
    #[serde(default)]
    actor: String,
    user_id: Option<i64>,
    team_id: Option<String>,
    node_id: Option<i64>,
    request_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
    before: Option<i64>,
    count: Option<u64>,
    format: Option<String>,
}

impl EventQuery {
    fn wanted(&self) -> Result<EventFilter, Error> {
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

/// `GET /audit`: the newest events first, page by page.
pub async fn list(admin: Admin, app: Data<App>, asked: Query<EventQuery>) -> Result<HttpResponse, ApiError> {
    let (wanted, before, count) = (asked.wanted()?, asked.before, asked.count.unwrap_or(50).clamp(1, 1000));
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let mut entries = tx.events(&wanted, before, count + 1)?;
        let more = entries.len() as u64 > count;
        entries.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let next = entries.last().map(|entry| entry.id).filter(|_| more);
        let views: Vec<Value> = entries.iter().map(|entry| view(entry, &around)).collect();
        Ok::<_, Error>(json!({ "events": views, "next": next }))
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// `GET /audit/events`: the names that events can have.
pub async fn names(_: Admin) -> HttpResponse {
    let names: Vec<&str> = event::ALL.iter().map(|what| what.word()).collect();
    HttpResponse::Ok().json(json!({ "events": names }))
}

/// `POST /audit/verify`: follows the chain from its beginning, a part at a time, so that nobody waits for it.
pub async fn verify(_: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let mut so_far: Option<Verdict> = None;
    loop {
        let (verdict, end) = app.store.scan(ScanLane::Console, move |tx| audit_chain::verify(tx, so_far, 20)).await?;
        if end {
            return Ok(HttpResponse::Ok().json(json!({
                "ok": verdict.broken_at.is_none(),
                "checked": verdict.checked,
                "first": verdict.first,
                "last": verdict.last,
                "head": HEXLOWER.encode(&verdict.head),
                "broken_at": verdict.broken_at,
            })));
        }
        so_far = Some(verdict);
    }
}

/// The columns of that.
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

/// `GET /audit/export`: what is asked for as a file, newest first.
pub async fn export(admin: Admin, app: Data<App>, asked: Query<EventQuery>) -> Result<HttpResponse, ApiError> {
    let wanted = asked.wanted()?;
    let csv = match asked.format.as_deref() {
        None | Some("" | "ndjson") => false,
        Some("csv") => true,
        Some(_) => return Err(ApiError::invalid("format", "Expected ndjson or csv.")),
    };
    let head = if csv { csv_line(COLUMNS) } else { String::new() };
    let pages = futures_util::stream::unfold(Some((asked.before, head)), move |place| {
        let (app, wanted, now) = (app.clone(), wanted.clone(), admin.now);
        async move {
            let (before, mut text) = place?;
            let read = app.store.scan(ScanLane::Console, move |tx| {
                let around = NodeNames::look(tx, now)?;
                let entries = tx.events(&wanted, before, 1000)?;
                for entry in &entries {
                    let view = view(entry, &around);
                    text.push_str(&if csv { csv_of(&view) } else { format!("{view}\n") });
                }
                Ok::<_, Error>((entries.last().map(|entry| entry.id), text))
            });
            match read.await {
                Ok((Some(last), text)) => Some((Ok(Bytes::from(text)), Some((Some(last), String::new())))),
                Ok((None, text)) => Some((Ok(Bytes::from(text)), None)),
                Err(error) => Some((Err(ApiError::from(error)), None)),
            }
        }
    });
    Ok(match csv {
        true => file("audit.csv", "text/csv; charset=utf-8", pages),
        false => file("audit.ndjson", "application/x-ndjson", pages),
    })
}

/// One event as a line of CSV.
pub fn csv_of(view: &Value) -> String {
    let cells = COLUMNS.map(|name| match view.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    });
    csv_line(cells.iter().map(String::as_str))
}

/// One event as the console sees it.
pub fn view(entry: &RecordedEvent, around: &NodeNames) -> Value {
    let fields = |text: &Option<String>| -> Value {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| json!({}))
    };
    json!({
        "event_id": entry.id,
        "at": entry.at.to_string(),
        "event": entry.event,
        "actor": entry.actor,
        "actor_kind": entry.actor_kind(),
        "address": entry.address,
        "request_id": entry.request_id,
        "node_id": entry.node.map(|node| node.0),
        "node_name": entry.node.and_then(|node| around.name_of(node)),
        "user_id": entry.user.map(|user| user.0),
        "team_id": entry.team,
        "object": entry.object,
        "before": fields(&entry.before),
        "after": fields(&entry.after),
        "hash": HEXLOWER.encode(&entry.hash),
    })
}
