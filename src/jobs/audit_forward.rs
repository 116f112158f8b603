//! The thread that forwards the audit log to a syslog server and has it written to files, and that follows what is to be logged.
//!
//! How far the server has it is kept in the store, and goes on only once the server has read what was sent. So an outage or a
//! restart loses nothing. Twice arrives only what was sent when the server or this process was torn away before it could
//! say so; it has the same number.

use super::audit_files::AuditFiles;
use super::duties::{Duties, FORWARD};
use super::syslog::{self, SyslogServer};
use super::{JobEnvironment, LOOK, Wakeup};
use crate::domain::{Error, Time, Tx, settings};
use crate::store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events on one connection.
const AT_ONCE: u64 = 500;
/// How long a server that does not take them is left alone, at most.
const PAUSE: Duration = Duration::from_secs(60);

/// Works until all is over.
pub(super) fn run(store: &Store, wakeup: &Wakeup, around: &JobEnvironment, duties: &Duties) {
    let (mut heard, mut level) = (0, String::new());
    let (mut outage, mut files) = (Outage::default(), AuditFiles::default());
    loop {
        match store.read(|tx| settings::value(tx, "log_level")) {
            Ok(wanted) if wanted != level => {
                (around.log_level)(&wanted);
                level = wanted;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the log level cannot be read"),
        }
        files.work(store, wakeup, around, duties);
        if let Err(error) = forward(store, wakeup, around, duties, &mut outage) {
            tracing::warn!(%error, "the audit log could not be forwarded");
        }
        match wakeup.rest(heard, LOOK) {
            Some(count) => heard = count,
            None => return,
        }
    }
}

/// Since when a server takes nothing.
#[derive(Default)]
struct Outage {
    server: Option<SyslogServer>,
    failures: u32,
    until: Option<Instant>,
}

impl Outage {
    /// Whether a server is still left alone; one that has just been set is not.
    fn lasts(&mut self, server: &SyslogServer) -> bool {
        if self.server.as_ref() != Some(server) {
            *self = Outage { server: Some(server.clone()), ..Outage::default() };
        }
        self.until.is_some_and(|until| Instant::now() < until)
    }

    fn goes_on(&mut self, error: &std::io::Error) {
        let pause = (LOOK * 2u32.saturating_pow(self.failures)).min(PAUSE);
        self.failures = (self.failures + 1).min(10);
        self.until = Some(Instant::now() + pause);
        if self.failures == 1 {
            tracing::error!(%error, "the syslog server does not take the audit log; it is tried again");
        }
    }

    fn is_over(&mut self) {
        if self.failures > 0 {
            tracing::info!("the syslog server takes the audit log again");
        }
        (self.failures, self.until) = (0, None);
    }
}

/// When the oldest event happened that a syslog server still has to get.
pub(super) fn oldest_unsent(tx: &mut dyn Tx) -> Result<Option<Time>, Error> {
    if settings::value(tx, "audit_syslog")?.is_empty() {
        return Ok(None);
    }
    let sent = tx.kept(settings::AUDIT_SENT)?.and_then(|sent| sent.parse().ok()).unwrap_or(0);
    Ok(tx.events_after(sent, 1)?.first().map(|event| event.at))
}

fn forward(
    store: &Store,
    wakeup: &Wakeup,
    around: &JobEnvironment,
    duties: &Duties,
    outage: &mut Outage,
) -> Result<(), Error> {
    let host = syslog::host();
    while !wakeup.is_over() {
        let Some(right) = duties.right(FORWARD) else { return Ok(()) };
        let (address, ca, sent) = store.read(|tx| {
            let (address, ca) = (settings::value(tx, "audit_syslog")?, settings::value(tx, "audit_syslog_ca")?);
            Ok::<_, Error>((address, ca, tx.kept(settings::AUDIT_SENT)?))
        })?;
        let Some(server) = SyslogServer::parse(&address, ca) else { return Ok(()) };
        if outage.lasts(&server) {
            return Ok(());
        }
        let sent: i64 = sent.and_then(|sent| sent.parse().ok()).unwrap_or(0);
        let event_lines = Arc::clone(&around.event_lines);
        let (events, lines) = store.read(move |tx| {
            let events = tx.events_after(sent, AT_ONCE)?;
            let lines = event_lines(tx, &events)?;
            Ok::<_, Error>((events, lines))
        })?;
        let Some(last) = events.last().map(|event| event.id) else { return Ok(()) };
        let messages: String =
            events.iter().zip(&lines).map(|(event, line)| syslog::message(event, line, &host)).collect();
        match server.deliver(&messages) {
            Ok(()) => outage.is_over(),
            Err(error) => {
                outage.goes_on(&error);
                return Ok(());
            }
        }
        store.write_blocking(move |tx: &mut dyn Tx| {
            right.check(tx)?;
            Ok::<_, Error>(tx.keep(settings::AUDIT_SENT, Some(&last.to_string()))?)
        })?;
    }
    Ok(())
}
