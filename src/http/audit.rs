//! The console's calls for the audit log.

use super::App;
use super::admin::Admin;
use super::error::ApiError;
use super::file::file;
use crate::api::csv::{csv_line, line_of};
use crate::api::event::{COLUMNS, CountQuery, Event, EventNames, EventPage, EventQuery, FormatQuery, Verdict};
use crate::api::node_names::NodeNames;
use crate::api::words::EventName;
use crate::domain::{Error, audit_chain, event};
use crate::store::ScanLane;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Query};

/// List events
///
/// Newest first, page by page.
#[utoipa::path(get, path = "/audit", params(EventQuery, CountQuery), responses((status = 200, body = EventPage)))]
pub async fn list(
    admin: Admin,
    app: Data<App>,
    asked: Query<EventQuery>,
    count: Query<CountQuery>,
) -> Result<HttpResponse, ApiError> {
    let (wanted, before, count) = (asked.filter()?, asked.before, count.count.unwrap_or(50).clamp(1, 1000));
    let found = app.store.scan(ScanLane::Console, move |tx| {
        let around = NodeNames::look(tx, admin.now)?;
        let mut entries = tx.events(&wanted, before, count + 1)?;
        let more = entries.len() as u64 > count;
        entries.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        let next = entries.last().map(|entry| entry.id).filter(|_| more);
        let events = entries.iter().map(|entry| Event::new(entry, &around)).collect();
        Ok::<_, Error>(EventPage::new(tx, events, next)?)
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// List the names of events
///
/// All values of `event`.
#[utoipa::path(get, path = "/audit/events", responses((status = 200, body = EventNames)))]
pub async fn names(_: Admin) -> HttpResponse {
    HttpResponse::Ok().json(EventNames { events: event::ALL.iter().copied().map(EventName::from).collect() })
}

// A part at a time, so that nobody waits for it.
/// Verify the audit log
///
/// Follows the hash chains from the beginning.
#[utoipa::path(post, path = "/audit/verify", responses((status = 200, body = Verdict)))]
pub async fn verify(_: Admin, app: Data<App>) -> Result<HttpResponse, ApiError> {
    let mut so_far = None;
    loop {
        let (verdict, end) = app.store.scan(ScanLane::Console, move |tx| audit_chain::verify(tx, so_far, 20)).await?;
        if end {
            return Ok(HttpResponse::Ok().json(Verdict::from(&verdict)));
        }
        so_far = Some(verdict);
    }
}

/// Export events
///
/// A file with one event per line, newest first.
#[utoipa::path(
    get,
    path = "/audit/export",
    params(EventQuery, FormatQuery),
    responses((status = 200, content((String = "application/x-ndjson"), (String = "text/csv"))))
)]
pub async fn export(
    admin: Admin,
    app: Data<App>,
    asked: Query<EventQuery>,
    format: Query<FormatQuery>,
) -> Result<HttpResponse, ApiError> {
    let wanted = asked.filter()?;
    let csv = match format.format.as_deref() {
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
                    let event = serde_json::to_value(Event::new(entry, &around)).unwrap_or_default();
                    text.push_str(&if csv { line_of(&COLUMNS, &event) } else { format!("{event}\n") });
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
