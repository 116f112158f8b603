//! Work in the background: approvals that take a while, mails, pushes, and what is too old. Each piece is a row in the store,
//! so a restart loses nothing; threads of their own, so that a dead mail server delays nothing.

mod audit_files;
mod audit_forward;
mod backup;
mod duties;
mod mail;
mod push;
pub mod push_check;
pub mod push_process;
pub mod push_run;
pub mod push_source;
mod push_watch;
mod smtp;
mod sync;
mod syslog;

pub use backup::BackupPlace;
pub use smtp::{reach, send};
pub use sync::anchor;

use crate::domain::event::RecordedEvent;
use crate::domain::{Fault, Tx};
use crate::store::Store;
use duties::Duties;
use parking_lot::{Condvar, Mutex};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the threads rest when nobody wakes them: another process may have left them something.
const LOOK: Duration = Duration::from_secs(1);

/// How long the end waits for a syslog server.
const FORWARDED: Duration = Duration::from_secs(3);

/// What the work needs to know of the appliance.
#[derive(Clone)]
pub struct JobEnvironment {
    /// The beginning of every link, without a slash at the end.
    pub base: String,
    /// The password of the mail server.
    pub mail_password: Option<String>,
    /// Where backups of the schedule go.
    pub backups: BackupPlace,
    /// Where files with events go; `None` for the folder in the data folder.
    pub audit_folder: Option<PathBuf>,
    /// The lines that an export has of events.
    pub event_lines: Arc<EventLines>,
    /// Sets how much is logged, by one of [`crate::domain::settings::LEVELS`].
    pub log_level: Arc<dyn Fn(&str) + Send + Sync>,
}

/// Writes events as lines of JSON.
pub type EventLines = dyn Fn(&mut dyn Tx, &[RecordedEvent]) -> Result<Vec<String>, Fault> + Send + Sync;

/// Why the mail server takes no mail at all, in its own words; nothing while it does.
type Problem = Mutex<Option<String>>;

/// The threads, until they are stopped.
pub struct Running {
    wakeup: Arc<Wakeup>,
    problem: Arc<Problem>,
    sync: Option<JoinHandle<()>>,
    push: Option<JoinHandle<()>>,
    backup: Option<JoinHandle<()>>,
    forwarded: Receiver<()>,
    duties: Arc<Duties>,
    keeper: Option<JoinHandle<()>>,
}

/// Wakes the threads, and tells them when to end.
#[derive(Default)]
struct Wakeup {
    state: Mutex<WakeupState>,
    changed: Condvar,
}

#[derive(Default, Clone, Copy)]
struct WakeupState {
    count: u64,
    over: bool,
}

impl Wakeup {
    /// Wakes the threads.
    fn notify(&self) {
        self.state.lock().count += 1;
        self.changed.notify_all();
    }

    /// Ends the threads.
    fn stop(&self) {
        self.state.lock().over = true;
        self.notify();
    }

    fn is_over(&self) -> bool {
        self.state.lock().over
    }

    /// Rests until it was notified since `heard`, or for a while; how often it was, `None` when all is over.
    fn rest(&self, heard: u64, most: Duration) -> Option<u64> {
        let mut state = self.state.lock();
        self.changed.wait_while_for(&mut state, |state| state.count == heard && !state.over, most);
        (!state.over).then_some(state.count)
    }

    /// Waits for a while; false when all is over.
    fn pause(&self, long: Duration) -> bool {
        let mut state = self.state.lock();
        self.changed.wait_while_for(&mut state, |state| !state.over, long);
        !state.over
    }
}

impl Running {
    /// Starts the threads.
    ///
    /// # Errors
    /// When there can be none.
    pub fn start(store: &Store, around: JobEnvironment) -> std::io::Result<Running> {
        let wakeup = Arc::new(Wakeup::default());
        let duties = Arc::new(Duties::begin(store)?);
        let (ours, kept) = (Arc::clone(&wakeup), Arc::clone(&duties));
        let keeper = std::thread::Builder::new().name("duties".to_owned()).spawn(move || kept.keep(&ours))?;
        let (ours, to, due) = (Arc::clone(&wakeup), store.clone(), Arc::clone(&duties));
        let sync = std::thread::Builder::new().name("sync".to_owned()).spawn(move || sync::run(&to, &ours, &due))?;
        let (ours, to, place) = (Arc::clone(&wakeup), store.clone(), around.backups.clone());
        let backups = move || backup::run(&to, &ours, &place);
        let backup = std::thread::Builder::new().name("backups".to_owned()).spawn(backups)?;
        let (ours, to, all, due) = (Arc::clone(&wakeup), store.clone(), around.clone(), Arc::clone(&duties));
        let (ended, forwarded) = channel();
        let forward = move || {
            audit_forward::run(&to, &ours, &all, &due);
            drop(ended);
        };
        std::thread::Builder::new().name("audit".to_owned()).spawn(forward)?;
        let problem = Arc::new(Problem::default());
        let (ours, to, found, due) = (Arc::clone(&wakeup), store.clone(), Arc::clone(&problem), Arc::clone(&duties));
        // Not waited for at the end: a mail server may keep it for as long as it likes.
        std::thread::Builder::new()
            .name("post".to_owned())
            .spawn(move || mail::run(&to, &ours, &around, &found, &due))?;
        let (ours, to, due) = (Arc::clone(&wakeup), store.clone(), Arc::clone(&duties));
        let push = std::thread::Builder::new().name("pushes".to_owned()).spawn(move || push::run(&to, &ours, &due))?;
        Ok(Running {
            wakeup,
            problem,
            sync: Some(sync),
            push: Some(push),
            backup: Some(backup),
            forwarded,
            duties,
            keeper: Some(keeper),
        })
    }

    /// What wakes the threads.
    pub fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        let wakeup = Arc::clone(&self.wakeup);
        Arc::new(move || wakeup.notify())
    }

    /// What says why the mail server takes no mail at all, in its own words; nothing while it does.
    pub fn mail_problem(&self) -> Arc<dyn Fn() -> Option<String> + Send + Sync> {
        let problem = Arc::clone(&self.problem);
        Arc::new(move || problem.lock().clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.wakeup.stop();
        for thread in [self.sync.take(), self.push.take(), self.backup.take(), self.keeper.take()].into_iter().flatten()
        {
            drop(thread.join());
        }
        // What is under way arrives once if it is waited for; a syslog server that hangs is not.
        let _ = self.forwarded.recv_timeout(FORWARDED);
        self.duties.end();
    }
}
