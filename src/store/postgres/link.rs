//! A connection to the database with its prepared statements, and what is known of the transaction on it.

use super::ahead::{Ahead, Later, Sent, answers, send};
use super::fault::Failure;
use super::row::Row;
use super::shared::Shared;
use super::statement::numbered;
use super::value::{Bound, ToColumn};
use super::wait::{start, wait};
use crate::domain::Fault;
use futures_util::TryStreamExt;
use futures_util::future::join;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

/// How long the database may take for an answer that it should have at once.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How many rows a walk holds at once.
const PORTION: usize = 256;
/// Statements that a connection keeps; filters make new ones.
const KEPT: usize = 400;

/// How a statement is known to the database.
#[derive(Clone)]
pub(super) enum Known {
    /// Under a name of its own.
    Prepared(Statement),
    /// By its text, each time anew.
    Text(Arc<str>),
}

/// A connection. One thread uses it at a time.
pub(super) struct Link {
    pub(super) client: Arc<Client>,
    statements: RefCell<HashMap<String, Known>>,
    /// Whether statements are prepared under names; a pooler between may not know them.
    names: bool,
    /// What begins the transaction, as long as nothing was asked in it.
    begin: Cell<Option<&'static str>>,
    /// Whether the transaction is begun with the next thing that is sent, or before.
    open: Cell<bool>,
    /// Whether it is open at the other end.
    begun: Cell<bool>,
    /// What failed first in this transaction.
    failure: RefCell<Option<Failure>>,
    /// What was sent and whose answers nobody has looked at, or used.
    pub(super) ahead: RefCell<Ahead>,
    until: Cell<Instant>,
    lost: Cell<bool>,
    /// Whether anything was changed.
    changed: Cell<bool>,
    /// How many walks this transaction has begun.
    walks: Cell<u32>,
    pub(super) shared: Arc<Shared>,
}

impl Link {
    /// On an open connection.
    pub(super) fn new(client: Client, names: bool, shared: Arc<Shared>) -> Link {
        Link {
            client: Arc::new(client),
            statements: RefCell::default(),
            names,
            begin: Cell::new(None),
            open: Cell::new(false),
            begun: Cell::new(false),
            failure: RefCell::new(None),
            ahead: RefCell::default(),
            until: Cell::new(Instant::now()),
            lost: Cell::new(false),
            changed: Cell::new(false),
            walks: Cell::new(0),
            shared,
        }
    }

    /// Whether it is of no more use.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.get() || self.client.is_closed()
    }

    /// Begins a transaction with the first statement in it, which then costs no way of its own.
    pub(super) fn begin(&self, begin: &'static str, until: Instant) {
        self.begin.set(Some(begin));
        self.until.set(until);
        self.failure.replace(None);
        self.ahead.take();
        self.changed.set(false);
        self.walks.set(0);
    }

    /// Begins the transaction with other statements behind its beginning, unless it has begun; whether it had not.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn begin_with(&self, more: &str) -> Result<bool, Fault> {
        let Some(begin) = self.begin.take() else { return Ok(false) };
        self.open.set(true);
        self.script(&format!("{begin}; {more}"))?;
        Ok(true)
    }

    /// What all connections know together.
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// What failed first in this transaction.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    /// Whether anything was changed in this transaction.
    pub(super) fn has_changed(&self) -> bool {
        self.changed.get()
    }

    /// Says that what is asked next changes something.
    pub(super) fn writes(&self, sql: &str) {
        self.changed.set(true);
        self.ahead.borrow_mut().outdate(sql);
    }

    /// Commits, and waits until it is done.
    ///
    /// # Errors
    /// What failed; `lost` then means that nobody knows whether it was kept.
    pub(super) fn commit(&self) -> Result<(), Failure> {
        if self.begin.take().is_some() || !self.open.get() {
            return Ok(());
        }
        let mut sent = self.ahead.take().sent;
        let done = wait(
            async {
                self.shared.traffic.sent();
                self.shared.traffic.waited();
                send(&mut sent);
                let mut commit = std::pin::pin!(self.client.batch_execute("COMMIT"));
                // Sent before the answers to what is before it are looked at.
                let begun = start(&mut commit);
                answers(sent).await?;
                match begun {
                    Poll::Ready(done) => done,
                    Poll::Pending => commit.await,
                }
            },
            self.until.get().max(Instant::now() + Duration::from_secs(1)),
        );
        self.open.set(false);
        self.begun.set(false);
        match done {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(self.note(Failure::of(&error))),
            None => Err(self.note(Failure::late())),
        }
    }

    /// Ends the transaction without a look at the answer: what was read stays read, and what was written is undone.
    pub(super) fn leave(&self, with: &'static str) {
        self.ahead.take();
        self.begin.set(None);
        self.open.set(false);
        if !self.begun.replace(false) || self.is_lost() {
            return;
        }
        self.shared.traffic.sent();
        let mut end = Box::pin(self.client.batch_execute(with));
        if let Poll::Ready(Err(_)) = start(&mut end) {
            self.lost.set(true);
        }
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn query(&self, sql: &str, values: &[&dyn ToColumn]) -> Result<Arc<Vec<Row>>, Fault> {
        if let Some(rows) = self.foreseen(sql, Some(values))? {
            return Ok(rows);
        }
        if !sql.starts_with("SELECT") {
            self.writes(sql);
        }
        let known = self.known(sql, values)?;
        self.ask(self.answer(&known, values)).map(Arc::new)
    }

    /// Shows the rows of a query one by one until `visit` says no, and holds a portion of them at a time. `visit` may ask for
    /// more in the same transaction.
    ///
    /// # Errors
    /// What failed, and what `visit` failed by.
    pub(super) fn walk(
        &self,
        sql: &str,
        values: &[&dyn ToColumn],
        visit: &mut dyn FnMut(Row) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        // Cursors end with their transaction; one that is not read to its end costs nothing until then.
        let number = self.walks.get();
        self.walks.set(number + 1);
        let declare = self.known(&format!("DECLARE walk_{number} NO SCROLL CURSOR FOR {sql}"), values)?;
        // By its text: what its rows are like depends on what was declared under this name.
        let fetch = Known::Text(format!("FETCH {PORTION} FROM walk_{number}").into());
        let first = self.ask(async {
            let (declared, first) = join(self.answer(&declare, values), self.answer(&fetch, &[])).await;
            declared.and(first)
        });
        let mut rows = first?;
        loop {
            let is_last = rows.len() < PORTION;
            for row in rows {
                if !visit(row)? {
                    return Ok(());
                }
            }
            if is_last {
                return Ok(());
            }
            rows = self.ask(self.answer(&fetch, &[]))?;
        }
    }

    /// Sends a statement and waits for all its rows.
    async fn answer(&self, known: &Known, values: &[&dyn ToColumn]) -> Result<Vec<Row>, Error> {
        let rows: Vec<_> = match known {
            Known::Prepared(statement) => {
                let bound = values.iter().map(|value| Bound(*value));
                self.client.query_raw(statement, bound).await?.try_collect().await?
            }
            Known::Text(text) => {
                let bound = values.iter().map(|value| (Bound(*value), value.kind()));
                self.client.query_typed_raw(text, bound).await?.try_collect().await?
            }
        };
        Ok(rows.into_iter().map(Row).collect())
    }

    /// Changes rows; how many.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn execute(&self, sql: &str, values: &[&dyn ToColumn]) -> Result<u64, Fault> {
        self.writes(sql);
        let known = self.known(sql, values)?;
        self.ask(self.changed(&known, values))
    }

    /// Changes rows by two statements in one way to the database and back; how many, by each.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn execute_both(&self, all: [(&str, &[&dyn ToColumn]); 2]) -> Result<(u64, u64), Fault> {
        all.iter().for_each(|(sql, _)| self.writes(sql));
        let [(first, of_first), (second, of_second)] = all;
        let known = (self.known(first, of_first)?, self.known(second, of_second)?);
        self.ask(async {
            let (first, second) = join(self.changed(&known.0, of_first), self.changed(&known.1, of_second)).await;
            Ok((first?, second?))
        })
    }

    async fn changed(&self, known: &Known, values: &[&dyn ToColumn]) -> Result<u64, Error> {
        match known {
            Known::Prepared(statement) => {
                self.client.execute_raw(statement, values.iter().map(|value| Bound(*value))).await
            }
            Known::Text(text) => {
                let bound = values.iter().map(|value| (Bound(*value), value.kind()));
                let rows = self.client.query_typed_raw(text, bound).await?;
                let mut rows = std::pin::pin!(rows);
                while rows.try_next().await?.is_some() {}
                Ok(rows.rows_affected().unwrap_or_default())
            }
        }
    }

    /// Statements without values, as a script.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn script(&self, sql: &str) -> Result<(), Fault> {
        self.ask(async { self.client.batch_execute(sql).await })
    }

    /// Rolls back to a savepoint, also after a failure, which is then over unless all has to be begun anew.
    ///
    /// # Errors
    /// What failed.
    pub(super) fn undo_to(&self, savepoint: &str) -> Result<(), Fault> {
        let failure = self.failure.take();
        if let Some(failure) = failure.filter(|failure| failure.again || failure.lost) {
            let fault = failure.fault.clone();
            self.failure.replace(Some(failure));
            return Err(fault);
        }
        self.ahead.take();
        self.script(savepoint)
    }

    /// The statement as the database knows it.
    pub(super) fn known(&self, sql: &str, values: &[&dyn ToColumn]) -> Result<Known, Fault> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let text = numbered(sql);
        let known = match self.names {
            true => {
                let kinds: Vec<Type> = values.iter().map(|value| value.kind()).collect();
                Known::Prepared(self.ask(self.client.prepare_typed(&text, &kinds))?)
            }
            false => Known::Text(text.into()),
        };
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= KEPT {
            statements.clear();
        }
        statements.insert(sql.to_owned(), known.clone());
        Ok(known)
    }

    /// Has the transaction begin with what is sent next, unless that is done.
    pub(super) fn open(&self) {
        let Some(begin) = self.begin.take() else { return };
        self.open.set(true);
        let client = Arc::clone(&self.client);
        self.shared.traffic.sent();
        let begun = Later::of(async move { client.batch_execute(begin).await.map(|()| 0) });
        self.ahead.borrow_mut().sent.push(Sent::Change(begun));
    }

    /// Sends something, behind what has to go before, and waits for all the answers.
    pub(super) fn ask<T>(&self, request: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
        if let Some(failure) = &*self.failure.borrow() {
            return Err(failure.fault.clone());
        }
        let until = self.until.get().max(Instant::now() + Duration::from_millis(50));
        self.open();
        self.begun.set(true);
        self.shared.traffic.sent();
        self.shared.traffic.waited();
        let mut sent = std::mem::take(&mut self.ahead.borrow_mut().sent);
        let done = wait(
            async {
                send(&mut sent);
                let mut request = std::pin::pin!(request);
                // Sent before the answers to what is before it are looked at.
                let begun = start(&mut request);
                let come = answers(sent).await?;
                let done = match begun {
                    Poll::Ready(done) => done,
                    Poll::Pending => request.await,
                };
                Ok((come, done?))
            },
            until,
        );
        match done {
            Some(Ok((come, done))) => {
                self.ahead.borrow_mut().keep(come);
                Ok(done)
            }
            Some(Err(error)) => Err(self.note(Failure::of(&error)).fault),
            None => Err(self.note(Failure::late()).fault),
        }
    }

    /// Remembers what failed.
    pub(super) fn note(&self, failure: Failure) -> Failure {
        if failure.lost {
            self.lost.set(true);
        }
        self.failure.borrow_mut().get_or_insert(failure).clone()
    }
}
