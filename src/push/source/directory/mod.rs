//! Active Directory and other LDAP directories.
//!
//! ```text
//! connect ─ trust ─ bind ─► session (pages) ─► root ─► lookup (the groups asked for) ─► walk (nested groups)
//!                                                                 backlinks, lists (members) ─► people
//! ```

mod backlinks;
mod bind;
mod connect;
mod dn;
mod entry;
mod lists;
mod lookup;
mod mark;
mod people;
mod ranges;
mod read;
mod root;
mod session;
mod trust;
mod walk;
mod words;

use super::{Reading, SourceError};
use crate::push::check::Step;
use crate::push::sentence::{Sentence, say};
use crate::push::watch::{Phase, Watch};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zeroize::Zeroizing;

/// How the attributes of people and groups are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectorySchema {
    /// Active Directory: `objectGUID`, `userAccountControl`, `memberOf`.
    ActiveDirectory,
    /// OpenLDAP and alike: `entryUUID`, `inetOrgPerson`, `groupOfNames`, `posixGroup`.
    OpenLdap,
}

/// A directory, and whom to read from it.
pub struct Directory {
    /// Domain controllers, tried in this order: `ldaps://HOST[:PORT]` or `ldap://HOST[:PORT]`.
    pub urls: Vec<String>,
    /// `DOMAIN\user`, a user principal name, or a DN.
    pub user: String,
    /// The password; an empty one is refused, because LDAP takes it for an anonymous bind.
    pub password: Zeroizing<String>,
    /// Certificates of authorities to trust instead of the system's, PEM.
    pub ca: Option<String>,
    /// Whether `ldap://` may stay without TLS. Otherwise it is upgraded by StartTLS.
    pub plain: bool,
    /// How attributes are called.
    pub schema: DirectorySchema,
    /// Where to search; the root DSE says it if absent.
    pub base: Option<String>,
    /// Groups by name or DN; a leading `+` means the direct subgroups of that one. Empty for everybody below the base.
    pub groups: Vec<String>,
    /// A filter that people have to match as well (RFC 4515).
    pub filter: Option<String>,
}

impl Directory {
    pub(super) fn read(&self, watch: &dyn Watch) -> Result<Reading, SourceError> {
        alone(|| read::read(self, watch, &mut |_| {}))
            .unwrap_or_else(|| Err(Ended::Failed(Failure::new("root", nonsense(), contact()))))
            .map_err(|ended| match ended {
                Ended::Cancelled => SourceError::Cancelled,
                Ended::Failed(failure) => SourceError::Unreadable(say!(
                    "found_advice",
                    "{found} {advice}",
                    found = failure.found,
                    advice = failure.advice
                )),
            })
    }

    pub(super) fn check(&self, tell: &mut dyn FnMut(Step)) {
        let (sender, steps) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let worker = scope.spawn(move || {
                let quiet = UntilFailure::default();
                let ended = read::read(self, &quiet, &mut |step| {
                    // The first failure is the last word: the reading stops before its next request.
                    if quiet.failed.fetch_or(!step.ok, Ordering::Relaxed) {
                        return;
                    }
                    let _ = sender.send(step);
                });
                if let Err(Ended::Failed(Failure { step, found, advice })) = ended
                    && !quiet.failed.load(Ordering::Relaxed)
                {
                    let _ = sender.send(Step::failed(step, found, advice));
                }
            });
            for step in steps {
                tell(step);
            }
            if worker.join().is_err() {
                tell(Step::failed("root", nonsense(), contact()));
            }
        });
    }
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

fn nonsense() -> Sentence {
    say!("the_directory_sent_what_cannot_be", "The directory sent what cannot be read.")
}

fn contact() -> Sentence {
    say!("check_that_the_address_is_that", "Check that the address is that of an LDAP server.")
}

/// Why nothing was read.
#[derive(Debug)]
enum Ended {
    /// Somebody stopped it.
    Cancelled,
    /// A step before the people failed.
    Failed(Failure),
}

/// A step that failed, and what to do.
#[derive(Debug)]
struct Failure {
    step: &'static str,
    found: Sentence,
    advice: Sentence,
}

impl Failure {
    fn new(step: &'static str, found: impl Into<Sentence>, advice: impl Into<Sentence>) -> Failure {
        Failure { step, found: found.into(), advice: advice.into() }
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Ended {
        Ended::Failed(failure)
    }
}

/// The LDAP client blocks on a runtime of its own, which must not be inside another one. `None` when it panicked.
fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| scope.spawn(work).join().ok())
}

/// Who watches a check: nobody, but it ends after a failure.
#[derive(Default)]
struct UntilFailure {
    failed: AtomicBool,
}

impl Watch for UntilFailure {
    fn progress(&self, _: Phase, _: u64, _: Option<u64>) {}

    fn line(&self, _: &str) {}

    fn is_cancelled(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}
