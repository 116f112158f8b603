//! How far a run may go, as options: of a record, or of one run of it.

use crate::cli::settings::{Switch, words};
use crate::domain::push_options::{Missing, OptionsWish};

/// The options of a record; what is not named stays.
#[derive(clap::Args)]
pub(in crate::cli) struct OptionArgs {
    /// What a run removes: nothing (-1), what it brought itself (0), or whatever the source does not have (1).
    #[arg(long, value_name = "-1|0|1", allow_negative_numbers = true, value_parser = clap::value_parser!(i64).range(-1..=1))]
    destructive: Option<i64>,
    /// What becomes of users whom the source no longer has.
    #[arg(long, value_parser = words::<Missing>(["lock", "delete"]))]
    missing: Option<Missing>,
    /// Whether what a run brings is approved at once.
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    auto_approve: Option<Switch>,
    /// Name each object in the log of a run.
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on", hide_possible_values = true)]
    verbose: Option<Switch>,
    /// An address or the name of a group that is never touched; can be given several times.
    #[arg(long = "protect", value_name = "NAME")]
    protect: Option<Vec<String>>,
    /// A run that would lock or delete more users does nothing.
    #[arg(long, value_name = "N")]
    max_users_removed: Option<u64>,
    /// The same in per cent of the users.
    #[arg(long, value_name = "N")]
    max_users_removed_percent: Option<u64>,
    /// A run that would delete more groups does nothing.
    #[arg(long, value_name = "N")]
    max_groups_deleted: Option<u64>,
    /// The same in per cent of the groups.
    #[arg(long, value_name = "N")]
    max_groups_deleted_percent: Option<u64>,
    /// A run that would remove more members from one group does nothing.
    #[arg(long, value_name = "N")]
    max_members_removed: Option<u64>,
    /// The same in per cent of its members.
    #[arg(long, value_name = "N")]
    max_members_removed_percent: Option<u64>,
    /// How much smaller the source may have become since the last run, in per cent.
    #[arg(long, value_name = "N")]
    max_shrink_percent: Option<u64>,
    /// Requests at the same time, 1 to 16.
    #[arg(long, value_name = "N")]
    concurrency: Option<u64>,
    /// Whether Bulk is used where the target announces it.
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    bulk: Option<Switch>,
}

impl OptionArgs {
    pub(super) fn wish(self) -> OptionsWish {
        OptionsWish {
            destructive: self.destructive,
            missing: self.missing,
            auto_approve: self.auto_approve.map(bool::from),
            verbose: self.verbose.map(bool::from),
            protected: self.protect,
            users_removed: self.max_users_removed,
            users_removed_percent: self.max_users_removed_percent,
            groups_deleted: self.max_groups_deleted,
            groups_deleted_percent: self.max_groups_deleted_percent,
            members_removed: self.max_members_removed,
            members_removed_percent: self.max_members_removed_percent,
            shrank_percent: self.max_shrink_percent,
            concurrency: self.concurrency,
            bulk: self.bulk.map(bool::from),
        }
    }
}
