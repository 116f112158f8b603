//! Refusals of SCIM requests, as they are remembered: for the inspector, and now and then in the audit log.

use super::App;
use super::capture::{Conflict, ExchangeRefusal};
use super::error::ScimError;
use crate::domain::event::{Event, EventKind};
use crate::domain::user_lifecycle;
use crate::domain::{self, Act, Fault, NodeId, Time, Tx, user};
use crate::scim::Error;
use crate::world;

/// What is remembered of a refusal. A user name that is held in another node is a case of its own to the administrator.
pub fn refused(app: &App, node: Option<NodeId>, error: &ScimError) -> ExchangeRefusal {
    let conflict = match error {
        ScimError::Protocol(Error::UserTaken { user_name, .. }) => elsewhere(app, node, user_name).ok().flatten(),
        _ => None,
    };
    let code = if conflict.is_some() { "USER_ELSEWHERE" } else { error.code() };
    ExchangeRefusal { code, detail: error.detail(), conflict }
}

fn elsewhere(app: &App, node: Option<NodeId>, user_name: &str) -> Result<Option<Conflict>, Fault> {
    let folded = domain::fold(user_name);
    app.store.read(move |tx| {
        if let Some(node) = node
            && tx.user_named(user::ScopeKey(node.0), &folded)?.is_some()
        {
            return Ok(None);
        }
        let holder = tx.user_named(user::ScopeKey(0), &folded)?;
        let elsewhere = holder.filter(|user| Some(user.node) != node);
        Ok(elsewhere.map(|user| Conflict { user_name: user.profile.user_name, user: user.id }))
    })
}

/// Whether nothing of the kind was written of that node for a minute.
fn is_news(app: &App, node: NodeId, what: EventKind, now: Time) -> bool {
    let mut noted = app.refused.lock();
    let is_news = noted.get(&(node, what)).is_none_or(|last| now.0 - last.0 >= 60_000);
    if is_news {
        noted.insert((node, what), now);
    }
    is_news
}

/// Writes that somebody could not be added for want of a seat, as seldom as [`note_failure`]. The refusal stands even
/// where that cannot be written.
pub async fn note_out_of_seats(app: &App, act: Act, node: NodeId, seats: u64, users: u64) {
    if !is_news(app, node, EventKind::OutOfSeats, act.now) {
        return;
    }
    let written =
        app.store.write(move |tx: &mut dyn Tx| user_lifecycle::note_out_of_seats(tx, &act, node, seats, users));
    if let Err(error) = written.await {
        tracing::warn!(%error, "it could not be written that no seat was left");
    }
}

/// Writes that a client was not let in: once a minute for each node, so that nobody can fill the audit log.
pub fn note_failure(app: &App, node: NodeId, code: &'static str, from: &str, now: Time) {
    if !is_news(app, node, EventKind::ScimAccessFailure, now) {
        return;
    }
    let Ok(act) = world::act("system") else { return };
    let act = Act { now, address: from.to_owned(), ..act };
    drop(app.store.write(move |tx: &mut dyn Tx| {
        tx.record(&act, &Event::new(EventKind::ScimAccessFailure).node(node).is("code", code))
    }));
}
