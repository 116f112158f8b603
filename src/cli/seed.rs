//! `seed`: sample data for a sandbox.

use super::CommandContext;
use super::node_sandbox::{id_of, only_sandbox};
use crate::http;
use crate::scim::sample::{Locale, Order, Shape, sample};
use serde_json::json;

/// The language of names.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum LocaleWord {
    /// English.
    En,
    /// Japanese.
    Ja,
    /// Both.
    Mixed,
}

/// How people belong together.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum ShapeWord {
    /// Everybody in a group or two.
    Flat,
    /// Managers, and departments as groups.
    OrgChart,
}

#[derive(clap::Args)]
pub(super) struct Args {
    /// The sandbox: its id, name or path; without it the only one there is.
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
    /// How many users.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    users: u32,
    /// How many groups.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    groups: u32,
    /// The language of names.
    #[arg(long, value_enum, default_value = "en")]
    locale: LocaleWord,
    /// How people belong together.
    #[arg(long, value_enum, default_value = "flat")]
    shape: ShapeWord,
    /// The same number makes the same people.
    #[arg(long, value_name = "K", default_value_t = 1)]
    seed: u64,
}

/// What sample data is made of.
pub(super) fn order(users: u32, groups: u32, locale: LocaleWord, shape: ShapeWord, seed: u64) -> Order {
    Order {
        users: users as usize,
        groups: groups as usize,
        locale: match locale {
            LocaleWord::En => Locale::En,
            LocaleWord::Ja => Locale::Ja,
            LocaleWord::Mixed => Locale::Mixed,
        },
        shape: match shape {
            ShapeWord::Flat => Shape::Flat,
            ShapeWord::OrgChart => Shape::OrgChart,
        },
        seed,
    }
}

pub(super) fn run(context: &CommandContext, args: &Args) -> anyhow::Result<()> {
    let node = match &args.node {
        Some(text) => id_of(context, text)?,
        None => only_sandbox(context)?,
    };
    let order = order(args.users, args.groups, args.locale, args.shape, args.seed);
    let seeded = http::seed(&context.store, &context.act, node, sample(&order))?;
    let done = json!({
        "node_id": node.0, "users": seeded.users, "groups": seeded.groups, "skipped": seeded.skipped
    });
    let mut sentence = format!("{} users and {} groups were added.", seeded.users, seeded.groups);
    if seeded.skipped > 0 {
        sentence.push_str(&format!(" {} were there already.", seeded.skipped));
    }
    context.report(&done, &sentence)
}
