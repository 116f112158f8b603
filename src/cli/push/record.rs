//! `push record`: named settings of SCIM push, and the key of their secrets.

use super::check;
use super::record_args::RecordArgs;
use super::secrets::SecretArgs;
use crate::api::push_record::PushRecord as View;
use crate::cli::output::{self, or_dash};
use crate::cli::{ArgumentError, CommandContext, node};
use crate::domain::push_admin::{self, NewRecord, Resealed};
use crate::domain::push_record::{self, PushRecord, SecretKind};
use crate::domain::{Error, second_factor};
use crate::world;
use serde_json::json;

#[derive(clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Make a record.
    Create {
        /// Its name, 1 to 100 characters.
        name: String,
        #[command(flatten)]
        values: Box<RecordArgs>,
        #[command(flatten)]
        secrets: SecretArgs,
    },
    /// Change a record; what is not named stays, and an empty value removes one. Another source, other groups or another target
    /// have to be confirmed again.
    Edit {
        /// Its name or id.
        record: String,
        /// Its new name.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        values: Box<RecordArgs>,
        #[command(flatten)]
        secrets: SecretArgs,
    },
    /// List all records.
    List {},
    /// Show a record, without its secrets.
    View {
        /// Its name or id.
        record: String,
    },
    /// Delete a record with its secrets and its history. What it has brought stays.
    Delete {
        /// Its name or id.
        record: String,
        /// Do not ask.
        #[arg(long)]
        force: bool,
    },
    /// Try source and target step by step, and say what to do about what does not work.
    Check {
        /// Its name or id.
        record: String,
    },
    /// Take a new key for the secrets of all records, and seal them again with it.
    RotateKey {},
}

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, values, secrets } => create(context, name, *values, &secrets),
        Command::Edit { record, name, values, secrets } => edit(context, &record, name, *values, &secrets),
        Command::List {} => list(context),
        Command::View { record } => {
            let record = context.read(move |tx| push_record::find(tx, &record))?;
            show(context, record)
        }
        Command::Delete { record, force } => {
            let record = context.read(move |tx| push_record::find(tx, &record))?;
            node::confirm(force, &format!("Delete the record “{}”? What it has brought stays.", record.name))?;
            context.write(move |tx, act| push_admin::delete(tx, act, record.id))?;
            let done = json!({ "done": true, "record_id": record.id, "name": record.name });
            context.report(&done, &format!("The record “{}” is gone.", record.name))
        }
        Command::Check { record } => check::run(context, &record),
        Command::RotateKey {} => rotate(context),
    }
}

fn create(context: &CommandContext, name: String, values: RecordArgs, secrets: &SecretArgs) -> anyhow::Result<()> {
    let wish = values.wish(context)?;
    let (free, wanted) = (name.clone(), wish.clone());
    let content = context.read(move |tx| {
        push_admin::free_name(tx, &free, None)?;
        wanted.content(tx, None)
    })?;
    let given = secrets.read(&content, None)?;
    let id = context.write(|tx, _| push_admin::new_id(tx))?;
    let (secrets, sealing) = given.seal(context, id)?;
    let new = NewRecord { id, name, wish, secrets };
    let made = context.write(move |tx, act| push_admin::create(tx, act, &new))?;
    drop(sealing);
    show(context, made)
}

fn edit(
    context: &CommandContext,
    record: &str,
    name: Option<String>,
    values: RecordArgs,
    secrets: &SecretArgs,
) -> anyhow::Result<()> {
    let wish = values.wish(context)?;
    let (name_before, wanted) = (record.to_owned(), wish.clone());
    let (before, content) = context.read(move |tx| {
        let before = push_record::find(tx, &name_before)?;
        let content = wanted.content(tx, Some(&before))?;
        Ok((before, content))
    })?;
    let given = secrets.read(&content, Some(&before))?;
    if name.is_none() && wish.is_empty() && given.is_empty() {
        let sentence = "Nothing to change was named. “scimbox push record edit --help” lists the settings.";
        return Err(ArgumentError::Usage(sentence.to_owned()).into());
    }
    let (secrets, sealing) = given.seal(context, before.id)?;
    let edited =
        context.write(move |tx, act| push_admin::edit(tx, act, before.id, name.as_deref(), &wish, &secrets))?;
    drop(sealing);
    show(context, edited)
}

fn show(context: &CommandContext, record: PushRecord) -> anyhow::Result<()> {
    let view = context.read(|tx| View::new(tx, record))?;
    if context.json { output::json(&view) } else { view.print() }
}

fn list(context: &CommandContext) -> anyhow::Result<()> {
    let listed = context.read(|tx| {
        let records = tx.push_records()?;
        records.into_iter().map(|record| View::new(tx, record)).collect::<Result<Vec<_>, _>>()
    })?;
    if context.json {
        return output::json(&listed);
    }
    let rows = listed.into_iter().map(|record| {
        let (target, groups) = (record.target_text(), record.groups.join(", "));
        let schedule = record.schedule.filter(|schedule| schedule.enabled).and_then(|schedule| schedule.next_at);
        let confirmed = or_dash(record.confirmed_at.map(|at| at.0));
        [record.name, record.source.0.to_owned(), groups, target, confirmed, or_dash(schedule.map(|at| at.0))]
    });
    output::table(["NAME", "SOURCE", "GROUPS", "TARGET", "CONFIRMED", "NEXT RUN"], rows)
}

/// Nothing is written before all secrets could be opened.
fn rotate(context: &CommandContext) -> anyhow::Result<()> {
    let kept = context.store.rotate_key(world::random()?, |sealing| {
        let secrets = context.read(|tx| {
            let mut secrets = Vec::new();
            for record in tx.push_records()? {
                for kind in [SecretKind::Source, SecretKind::Target] {
                    secrets.extend(tx.push_secret(record.id, kind)?.map(|was| (record.id, kind, was)));
                }
            }
            let mut factors = Vec::new();
            for admin in tx.admins()? {
                factors.extend(tx.second_factor(admin.id)?.map(|factor| (admin.id, factor.secret)));
            }
            Ok((secrets, factors))
        })?;
        let (secrets, factors) = secrets;
        let mut all = Vec::with_capacity(secrets.len());
        for (id, kind, was) in secrets {
            let name = kind.sealed_as(id);
            let plain = context.store.unseal(&name, &was)?;
            let nonce = world::random().map_err(|e| crate::domain::Fault::Broken(e.to_string()))?;
            let is = sealing.seal(&name, &plain, nonce)?;
            all.push(Resealed { id, kind, was, is });
        }
        let mut again = Vec::with_capacity(factors.len());
        for (id, was) in factors {
            let name = second_factor::sealed_as(id);
            let nonce = world::random().map_err(|e| crate::domain::Fault::Broken(e.to_string()))?;
            let is = sealing.seal(&name, &context.store.unseal(&name, &was)?, nonce)?;
            again.push((id, was, is));
        }
        context.write(move |tx, act| {
            second_factor::reseal(tx, &again)?;
            push_admin::reseal(tx, act, &all)
        })
    });
    let kept: u64 = kept.map_err(|error: Error| error)?;
    let done = json!({ "done": true, "secrets": kept });
    context.report(&done, &format!("There is a new key. Secrets sealed with it: {kept}."))
}
