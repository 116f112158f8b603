//! `support-report`: what helps to find a fault, without a secret and without a name of anybody.

use super::{CommandContext, output};
use crate::domain::{Error, Tx, settings};
use crate::store::{Glance, backup};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Settings whose values name nobody and open nothing.
const SHOWN: [&str; 12] = [
    "seats",
    "invitation_days",
    "audit_days",
    "audit_file_hours",
    "requests_count",
    "requests_days",
    "requests_mib",
    "requests_body_kib",
    "mail_port",
    "mail_tls",
    "backup_hours",
    "backup_keep",
];

pub(super) fn run(context: &CommandContext, dir: &Path, glance: Option<&Glance>) -> anyhow::Result<()> {
    let (nodes, connections, settings, events) = context.read(|tx| {
        let nodes = tx.nodes()?;
        let connections = tx.connections()?;
        let mut shown = Map::new();
        for setting in settings::ALL {
            let kept = tx.kept(setting.name)?;
            let value = match (kept, SHOWN.contains(&setting.name)) {
                (None, _) => json!("default"),
                (Some(value), true) => json!(value),
                (Some(_), false) => json!("set"),
            };
            shown.insert(setting.name.to_owned(), value);
        }
        Ok((nodes, connections, shown, newest_events(tx)?))
    })?;
    let of_connection = |one: &crate::domain::connection::Connection| json!({ "scim_id": one.id.0, "idp": one.idp.name, "state": one.state.word(), "last_synced": one.last_synced.map(|at| at.to_string()) });
    let backups = backup::list(&dir.join(backup::FOLDER)).unwrap_or_default();
    let disk = rustix::fs::statvfs(dir).ok();
    output::json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "made_at": context.act.now.to_string(),
        "system": {
            "os": std::env::consts::OS, "arch": std::env::consts::ARCH,
            "kernel": rustix::system::uname().release().to_string_lossy(),
            "cores": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            "disk_free": disk.as_ref().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize)),
            "block_size": disk.as_ref().map(|disk| disk.f_frsize),
        },
        "database": database(context, glance),
        "files": files(dir),
        "nodes": nodes.len(),
        "users": nodes.iter().map(|node| node.users).sum::<u64>(),
        "teams": nodes.iter().map(|node| node.teams).sum::<u64>(),
        "connections": connections.iter().map(of_connection).collect::<Vec<_>>(),
        "settings": settings,
        "backups": backups.iter().map(|one| json!({ "created_at": one.created_at.to_string(), "bytes": one.bytes, "scheduled": one.scheduled, "sealed": one.sealed })).collect::<Vec<_>>(),
        "newest_events": events,
    }))
}

/// What the rows are kept in.
fn database(context: &CommandContext, glance: Option<&Glance>) -> Value {
    match glance {
        Some(glance) => json!({
            "schema": glance.schema, "known": glance.known, "wrong": glance.wrong, "served": context.store.is_served(),
        }),
        None => json!({ "kind": "postgres" }),
    }
}

/// When and what, and neither who nor whom.
fn newest_events(tx: &mut dyn Tx) -> Result<Vec<Value>, Error> {
    let events = tx.events(&crate::domain::event::EventFilter::default(), None, 50)?;
    Ok(events.into_iter().map(|event| json!({ "at": event.at.to_string(), "event": event.event })).collect())
}

/// The files of the data folder with their sizes.
fn files(dir: &Path) -> Map<String, Value> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("scimbox."));
    let one = |entry: std::fs::DirEntry| {
        let bytes = entry.metadata().map_or(0, |found| found.len());
        (entry.file_name().to_string_lossy().into_owned(), json!(bytes))
    };
    ours.map(one).collect()
}
