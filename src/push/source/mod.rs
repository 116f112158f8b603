//! Where people and groups come from, and what a source hands over.

pub mod directory;
pub mod file;
pub mod google;

use super::check::Step;
use super::sentence::{self, Sentence, say};
use super::watch::Watch;
use directory::Directory;
use file::FileSource;
use google::Google;

/// A person of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What stays the same when the person is renamed: `objectGUID`, `entryUUID`, Google's id. Sent as `externalId`.
    pub id: String,
    /// The address, sent as `userName`.
    pub email: String,
    /// The whole name.
    pub display_name: Option<String>,
    /// The first name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// Neither disabled nor expired nor suspended.
    pub active: bool,
    /// Why it is not active, in a few words, such as `suspended`.
    pub inactive_because: Option<&'static str>,
    /// The groups of [`Reading::groups`] that the person is in, each once.
    pub groups: Vec<Belonging>,
}

/// That a person is in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// The id of the group.
    pub group: String,
    /// The names of the nested groups on the way, from the outermost; empty for a direct member.
    pub via: Vec<String>,
}

/// A group that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What stays the same when the group is renamed. Sent as `externalId`.
    pub id: String,
    /// Its name, sent as `displayName`.
    pub name: String,
}

/// A part of the source that could not be read whole, so that nothing may be removed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unread {
    /// Which part, such as `members of group “Finance”, page 2`.
    #[serde(flatten, with = "sentence::part")]
    pub part: Sentence,
    /// Why, in the source's own words.
    #[serde(flatten, with = "sentence::why")]
    pub why: Sentence,
}

impl Unread {
    /// Both in one.
    pub(in crate::push) fn sentence(&self) -> Sentence {
        say!("part_why", "{part}: {why}", part = self.part, why = self.why)
    }
}

/// What a source holds.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The people in scope, each once.
    pub people: Vec<Person>,
    /// The groups in scope.
    pub groups: Vec<Group>,
    /// Whether groups were asked for. If not, groups and memberships of the target are left alone.
    pub has_groups: bool,
    /// What could not be read whole; empty for a complete reading.
    pub unread: Vec<Unread>,
    /// People whom the source holds and who cannot be sent, with why: without an address, for example. Nothing of theirs is
    /// removed from the target either: their ids and addresses are compared all the same.
    pub unusable: Vec<Unusable>,
    /// What else is worth a line in the log, such as a cycle of groups.
    pub notes: Vec<Sentence>,
    /// A mark of the state that was read, where reading brings one; see [`Source::mark`].
    pub mark: Option<String>,
}

/// A person or group of the source that cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Its immutable id, if it has one.
    pub id: Option<String>,
    /// Its address, if it has one.
    pub email: Option<String>,
    /// What to call it.
    pub name: String,
    /// Why it cannot be sent.
    pub why: Sentence,
}

/// Why nothing at all could be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The source could not be reached, let us in, or understood.
    #[error("{0}")]
    Unreadable(Sentence),
    /// Somebody stopped the run.
    #[error("stopped")]
    Cancelled,
}

impl SourceError {
    /// What it says.
    fn sentence(&self) -> Sentence {
        match self {
            SourceError::Unreadable(why) => why.clone(),
            SourceError::Cancelled => say!("stopped", "Stopped."),
        }
    }
}

/// A source with its settings and secrets.
pub enum Source {
    /// Google Workspace.
    Google(Google),
    /// Active Directory or another LDAP directory.
    Directory(Directory),
    /// A file, or stdin.
    File(FileSource),
}

impl Source {
    /// Reads all that is in scope. A part that fails is listed in [`Reading::unread`] and the rest is read on.
    ///
    /// # Errors
    /// [`SourceError`] when nothing could be read.
    pub fn read(&self, watch: &dyn Watch) -> Result<Reading, SourceError> {
        match self {
            Source::Google(google) => google.read(watch),
            Source::Directory(directory) => directory.read(watch),
            Source::File(file) => file.read(watch),
        }
    }

    /// A mark of the state that a reading after it sees, cheap to get; `None` where there is none, or where the reading itself
    /// brings it ([`Reading::mark`]).
    pub fn mark(&self) -> Option<String> {
        match self {
            Source::Google(_) => None,
            Source::Directory(directory) => directory.mark(),
            Source::File(file) => file.mark(),
        }
    }

    /// Whether nothing has changed since a mark, as far as the source can tell without being read whole. What is not sure has
    /// changed.
    pub fn is_unchanged(&self, mark: &str) -> bool {
        match self {
            Source::Google(google) => google.is_unchanged(mark),
            Source::Directory(directory) => directory.is_unchanged(mark),
            Source::File(file) => file.mark().as_deref() == Some(mark),
        }
    }

    /// Tries step by step whether the source can be read, tells each step as it comes, and ends at the first that fails.
    pub fn check(&self, tell: &mut dyn FnMut(Step)) {
        match self {
            Source::Google(google) => google.check(tell),
            Source::Directory(directory) => directory.check(tell),
            Source::File(file) => file.check(tell),
        }
    }
}
