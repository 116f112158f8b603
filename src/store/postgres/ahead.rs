//! What is asked before its answer is needed: changes whose success is only looked at later, and queries that a request is about to
//! make. All of it goes with the next thing that is waited for, so that several cost one way to the database and back.

use super::row::Row;
use super::value::ToColumn;
use super::wait::start;
use crate::domain::Fault;
use bytes::BytesMut;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use tokio_postgres::Error;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// A value that lies ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Encoded(Option<BytesMut>);

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match &self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            }
            None => Ok(IsNull::Yes),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Values with their types.
///
/// # Errors
/// When one does not fit.
pub(super) fn encoded(values: &[&dyn ToColumn]) -> Result<Vec<(Encoded, Type)>, Fault> {
    let one = |value: &&dyn ToColumn| {
        let mut bytes = BytesMut::new();
        let written = value.write(&mut bytes).map_err(|e| Fault::Broken(format!("a value cannot be sent: {e}")))?;
        Ok((Encoded(matches!(written, IsNull::No).then_some(bytes)), value.kind()))
    };
    values.iter().map(one).collect()
}

/// An answer that is needed later.
pub(super) enum Later<T> {
    Awaited(Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>),
    Come(Result<T, Error>),
}

impl<T> Later<T> {
    pub(super) fn of(asked: impl Future<Output = Result<T, Error>> + Send + 'static) -> Later<T> {
        Later::Awaited(Box::pin(asked))
    }

    /// Sends what is asked.
    fn send(&mut self) {
        if let Later::Awaited(asked) = self
            && let Poll::Ready(come) = start(asked)
        {
            *self = Later::Come(come);
        }
    }

    async fn answer(self) -> Result<T, Error> {
        match self {
            Later::Awaited(asked) => asked.await,
            Later::Come(come) => come,
        }
    }
}

/// How long the rows of a query are what they would be if it was made again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasts {
    /// They are given once, whatever is changed before.
    Once,
    /// Until the transaction ends.
    Throughout,
    /// Until a team or a membership may be another.
    UntilTeamsChange,
    /// Until anything is changed.
    UntilChange,
}

/// What changes neither teams nor memberships.
const OF_NO_TEAM: [&str; 6] = [
    "UPDATE \"user\" ",
    "INSERT INTO user_email ",
    "DELETE FROM user_email ",
    "INSERT INTO event ",
    "INSERT INTO invitation ",
    "UPDATE invitation ",
];

/// A query that is sent ahead.
pub(super) struct Foreseen {
    pub(super) sql: &'static str,
    pub(super) values: Vec<Encoded>,
    pub(super) lasts: Lasts,
    /// Whether its rows are still what they would be.
    pub(super) is_current: bool,
}

impl Foreseen {
    fn outdate(&mut self, change: &str) {
        self.is_current &= match self.lasts {
            Lasts::Once | Lasts::Throughout => true,
            Lasts::UntilTeamsChange => OF_NO_TEAM.iter().any(|of| change.starts_with(of)),
            Lasts::UntilChange => false,
        };
    }
}

/// What goes to the database with the next thing whose answer is waited for: one write to the network for all of them.
pub(super) enum Sent {
    Change(Later<u64>),
    Query(Foreseen, Later<Vec<Row>>),
}

/// What this transaction has sent ahead, in its order, and the rows that have come of it.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) sent: Vec<Sent>,
    come: Vec<(Foreseen, Arc<Vec<Row>>)>,
}

impl Ahead {
    /// Something is changed by a statement: what was read before may be outdated.
    pub(super) fn outdate(&mut self, change: &str) {
        for sent in &mut self.sent {
            if let Sent::Query(foreseen, _) = sent {
                foreseen.outdate(change);
            }
        }
        self.come.iter_mut().for_each(|(foreseen, _)| foreseen.outdate(change));
    }

    /// Whether the rows of a query, with any values where none are given, have not come.
    pub(super) fn is_awaited(&self, sql: &str, values: Option<&[Encoded]>) -> bool {
        self.sent.iter().any(|sent| matches!(sent, Sent::Query(foreseen, _) if is(foreseen, sql, values)))
    }

    /// Whether the rows of a query have come, or are awaited.
    pub(super) fn knows(&self, sql: &str, values: &[Encoded]) -> bool {
        let values = Some(values);
        self.is_awaited(sql, values) || self.come.iter().any(|(foreseen, _)| is(foreseen, sql, values))
    }

    /// Whether nothing can be found in it.
    pub(super) fn is_empty(&self) -> bool {
        self.come.is_empty() && !self.sent.iter().any(|sent| matches!(sent, Sent::Query(..)))
    }

    /// The rows of a query that have come.
    pub(super) fn take(&mut self, sql: &str, values: Option<&[Encoded]>) -> Option<Arc<Vec<Row>>> {
        let place = self.come.iter().position(|(foreseen, _)| is(foreseen, sql, values))?;
        match self.come.get(place)? {
            (foreseen, _) if foreseen.lasts == Lasts::Once => Some(self.come.swap_remove(place).1),
            (_, rows) => Some(Arc::clone(rows)),
        }
    }

    /// Keeps rows that have come.
    pub(super) fn keep(&mut self, come: Vec<(Foreseen, Vec<Row>)>) {
        self.come.extend(come.into_iter().map(|(foreseen, rows)| (foreseen, Arc::new(rows))));
    }
}

fn is(foreseen: &Foreseen, sql: &str, values: Option<&[Encoded]>) -> bool {
    foreseen.is_current && foreseen.sql == sql && values.is_none_or(|values| foreseen.values == values)
}

/// Sends all of it, in its order.
pub(super) fn send(all: &mut [Sent]) {
    for one in all {
        match one {
            Sent::Change(done) => done.send(),
            Sent::Query(_, rows) => rows.send(),
        }
    }
}

/// The answers to what was sent, in its order.
///
/// # Errors
/// The first that failed.
pub(super) async fn answers(sent: Vec<Sent>) -> Result<Vec<(Foreseen, Vec<Row>)>, Error> {
    let mut come = Vec::new();
    for one in sent {
        match one {
            Sent::Change(done) => drop(done.answer().await?),
            Sent::Query(foreseen, rows) => come.push((foreseen, rows.answer().await?)),
        }
    }
    Ok(come)
}
