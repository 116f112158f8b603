//! How far a run of SCIM push may go: what it removes, whom it never touches, and at how much it stops.

use super::words::words;
use super::{Error, Result, flawed_name};

/// What becomes of users whom the source no longer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// They are locked.
    Lock,
    /// They are deleted.
    Delete,
}

words!(Missing, "missing", Lock = "lock", Delete = "delete");

/// At how much a run stops before it writes anything; whichever is reached first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushLimits {
    /// Users locked or deleted.
    pub users_removed: u64,
    /// The same in per cent of the users that the target has.
    pub users_removed_percent: u64,
    /// Groups deleted.
    pub groups_deleted: u64,
    /// The same in per cent of the groups that the target has.
    pub groups_deleted_percent: u64,
    /// Members removed from one group.
    pub members_removed: u64,
    /// The same in per cent of its members.
    pub members_removed_percent: u64,
    /// How much smaller the source may have become since the last run, in per cent.
    pub shrank_percent: u64,
}

impl Default for PushLimits {
    fn default() -> PushLimits {
        PushLimits {
            users_removed: 50,
            users_removed_percent: 20,
            groups_deleted: 10,
            groups_deleted_percent: 20,
            members_removed: 500,
            members_removed_percent: 50,
            shrank_percent: 20,
        }
    }
}

/// How far a run may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushOptions {
    /// -1, 0 or 1: whether a run removes nothing, what it brought itself, or whatever the source does not have.
    pub destructive: i64,
    /// What becomes of users whom the source no longer has.
    pub missing: Missing,
    /// Whether what it brings is approved at once.
    pub auto_approve: bool,
    /// Whether the log of a run names each object.
    pub verbose: bool,
    /// Addresses and names of groups that are never touched.
    pub protected: Vec<String>,
    /// At how much it stops.
    pub limits: PushLimits,
    /// Requests at the same time, 1 to 16.
    pub concurrency: u64,
    /// Whether Bulk is used where the target announces it.
    pub bulk: bool,
}

impl Default for PushOptions {
    fn default() -> PushOptions {
        PushOptions {
            destructive: 0,
            missing: Missing::Lock,
            auto_approve: true,
            verbose: false,
            protected: Vec::new(),
            limits: PushLimits::default(),
            concurrency: 4,
            bulk: true,
        }
    }
}

/// The options to change; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of that name in PushOptions and PushLimits")]
pub struct OptionsWish {
    pub destructive: Option<i64>,
    pub missing: Option<Missing>,
    pub auto_approve: Option<bool>,
    pub verbose: Option<bool>,
    pub protected: Option<Vec<String>>,
    pub users_removed: Option<u64>,
    pub users_removed_percent: Option<u64>,
    pub groups_deleted: Option<u64>,
    pub groups_deleted_percent: Option<u64>,
    pub members_removed: Option<u64>,
    pub members_removed_percent: Option<u64>,
    pub shrank_percent: Option<u64>,
    pub concurrency: Option<u64>,
    pub bulk: Option<bool>,
}

/// More objects than any run has.
const MOST: u64 = 1_000_000_000;

/// The most groups, addresses and other entries of a list.
pub(super) const MOST_LISTED: usize = 1000;

impl PushOptions {
    /// With what is named.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn with(&self, wish: &OptionsWish) -> Result<PushOptions> {
        let limits = PushLimits {
            users_removed: wish.users_removed.unwrap_or(self.limits.users_removed),
            users_removed_percent: wish.users_removed_percent.unwrap_or(self.limits.users_removed_percent),
            groups_deleted: wish.groups_deleted.unwrap_or(self.limits.groups_deleted),
            groups_deleted_percent: wish.groups_deleted_percent.unwrap_or(self.limits.groups_deleted_percent),
            members_removed: wish.members_removed.unwrap_or(self.limits.members_removed),
            members_removed_percent: wish.members_removed_percent.unwrap_or(self.limits.members_removed_percent),
            shrank_percent: wish.shrank_percent.unwrap_or(self.limits.shrank_percent),
        };
        let options = PushOptions {
            destructive: wish.destructive.unwrap_or(self.destructive),
            missing: wish.missing.unwrap_or(self.missing),
            auto_approve: wish.auto_approve.unwrap_or(self.auto_approve),
            verbose: wish.verbose.unwrap_or(self.verbose),
            protected: match &wish.protected {
                Some(list) => entries("protect", list)?,
                None => self.protected.clone(),
            },
            limits,
            concurrency: wish.concurrency.unwrap_or(self.concurrency),
            bulk: wish.bulk.unwrap_or(self.bulk),
        };
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<()> {
        if !(-1..=1).contains(&self.destructive) {
            return Err(Error::Invalid("destructive", "expected -1, 0 or 1".to_owned()));
        }
        if !(1..=16).contains(&self.concurrency) {
            return Err(Error::Invalid("concurrency", "expected a number from 1 to 16".to_owned()));
        }
        let PushLimits {
            users_removed,
            users_removed_percent,
            groups_deleted,
            groups_deleted_percent,
            members_removed,
            members_removed_percent,
            shrank_percent,
        } = self.limits;
        for (field, value, most) in [
            ("max_users_removed", users_removed, MOST),
            ("max_users_removed_percent", users_removed_percent, 100),
            ("max_groups_deleted", groups_deleted, MOST),
            ("max_groups_deleted_percent", groups_deleted_percent, 100),
            ("max_members_removed", members_removed, MOST),
            ("max_members_removed_percent", members_removed_percent, 100),
            ("max_shrink_percent", shrank_percent, 100),
        ] {
            if value > most {
                return Err(Error::Invalid(field, format!("expected a number from 0 to {most}")));
            }
        }
        Ok(())
    }
}

/// The entries of a list, each once. A single empty one means an empty list.
pub(super) fn entries(field: &'static str, list: &[String]) -> Result<Vec<String>> {
    let mut kept: Vec<String> = Vec::with_capacity(list.len());
    for entry in list.iter().filter(|entry| !entry.is_empty()) {
        if let Some(flaw) = flawed_name(entry) {
            return Err(Error::Invalid(field, format!("“{entry}” {flaw}")));
        }
        if entry.chars().count() > 1000 {
            return Err(Error::Invalid(field, "an entry has at most 1000 characters".to_owned()));
        }
        if !kept.contains(entry) {
            kept.push(entry.clone());
        }
    }
    match kept.len() > MOST_LISTED {
        true => Err(Error::Invalid(field, format!("expected at most {MOST_LISTED} entries"))),
        false => Ok(kept),
    }
}
