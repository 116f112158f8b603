//! `audit`: the audit log and its chain. And `settings`: what holds for the whole appliance.

use super::named::NodeName;
use super::output::{self, or_dash};
use super::{ArgumentError, CommandContext};
use crate::api::csv::{csv_line, line_of};
use crate::api::event::{COLUMNS, Event, Verdict};
use crate::api::node_names::NodeNames;
use crate::api::settings::SettingValue;
use crate::api::words::SettingOrigin;
use crate::domain::event::{self, EventFilter, RecordedEvent};
use crate::domain::{Fault, Time, Tx, UserId, audit_chain, settings};
use anyhow::Context;
use data_encoding::HEXLOWER;
use serde_json::{Map, json};
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Show the newest events.
    List {
        #[command(flatten)]
        which: Which,
        /// How many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u64,
    },
    /// Follow the chain from its beginning and say whether it is whole.
    Verify {},
    /// Write events to stdout or to a file, newest first.
    Export {
        #[command(flatten)]
        which: Which,
        /// ndjson or csv.
        #[arg(long, default_value = "ndjson", value_parser = ["ndjson", "csv"])]
        format: String,
        /// The file; it must not exist yet.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Which events; all conditions hold at once.
#[derive(clap::Args)]
pub(super) struct Which {
    /// Of that name; can be given several times.
    #[arg(long, value_name = "NAME")]
    event: Vec<String>,
    /// By that actor; can be given several times.
    #[arg(long, value_name = "WHO")]
    actor: Vec<String>,
    /// About that user.
    #[arg(long, value_name = "USER_ID")]
    user: Option<i64>,
    /// In that node.
    #[arg(long, value_name = "ID|NAME")]
    node: Option<NodeName>,
    /// Of that request.
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// Not before, such as 2026-01-31T09:30:00Z.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Not after.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl Which {
    fn wanted(self, context: &CommandContext) -> anyhow::Result<EventFilter> {
        self.event.iter().try_for_each(|word| event::named(word).map(drop))?;
        Ok(EventFilter {
            events: self.event,
            actors: self.actor,
            user: self.user.map(UserId),
            team: None,
            node: NodeName::id_of(self.node.as_ref(), context)?,
            request_id: self.request,
            from: self.from.map(|text| Time::parse("from", &text)).transpose()?,
            to: self.to.map(|text| Time::parse("to", &text)).transpose()?,
        })
    }
}

/// Events that are read in one go.
const PAGE: u64 = 1000;

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { which, limit } => {
            let wanted = which.wanted(context)?;
            let now = context.act.now;
            let (entries, around) =
                context.read(move |tx| Ok((tx.events(&wanted, None, limit)?, NodeNames::look(tx, now)?)))?;
            if context.json {
                let views: Vec<Event> = entries.iter().map(|entry| Event::new(entry, &around)).collect();
                return output::json(&views);
            }
            let rows = entries.into_iter().map(row);
            output::table(["EVENT ID", "AT", "EVENT", "ACTOR", "ABOUT", "AFTER"], rows)
        }
        Command::Verify {} => verify(context),
        Command::Export { which, format, output } => export(context, which.wanted(context)?, format == "csv", output),
    }
}

fn row(entry: RecordedEvent) -> [String; 6] {
    let about = or_dash(entry.object);
    [entry.id.to_string(), entry.at.to_string(), entry.event, entry.actor, about, or_dash(entry.after)]
}

fn verify(context: &CommandContext) -> anyhow::Result<()> {
    let (verdict, _) = context.read(|tx| audit_chain::verify(tx, None, u64::MAX))?;
    if context.json {
        output::json(&Verdict::from(&verdict))?;
    }
    match verdict.broken_at {
        Some(id) => anyhow::bail!("The chain is broken at event {id}."),
        None if context.json => Ok(()),
        None => output::text(&format!(
            "The chain is whole: {} events, the last is {} with {}.",
            verdict.checked,
            or_dash(verdict.last),
            HEXLOWER.encode(&verdict.head)
        )),
    }
}

/// The lines that an export has of events, without their ends.
pub(super) fn lines(tx: &mut dyn Tx, events: &[RecordedEvent]) -> Result<Vec<String>, Fault> {
    let around = NodeNames::look(tx, Time(0))?;
    let line = |entry| serde_json::to_string(&Event::new(entry, &around));
    events.iter().map(line).collect::<Result<_, _>>().map_err(|e| Fault::Broken(e.to_string()))
}

fn export(context: &CommandContext, wanted: EventFilter, csv: bool, file: Option<PathBuf>) -> anyhow::Result<()> {
    let mut out: Box<dyn Write> = match &file {
        None => Box::new(std::io::stdout().lock()),
        Some(path) => {
            let made = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
            Box::new(made.with_context(|| format!("“{}” cannot be made", path.display()))?)
        }
    };
    if csv {
        out.write_all(csv_line(COLUMNS).as_bytes())?;
    }
    // One document under --json, lines otherwise.
    let (open, between, close) = if context.json && file.is_none() && !csv { ("[", ",", "]\n") } else { ("", "", "") };
    out.write_all(open.as_bytes())?;
    let (mut before, mut count) = (None, 0u64);
    loop {
        let (which, now) = (wanted.clone(), context.act.now);
        let (entries, around) =
            context.read(move |tx| Ok((tx.events(&which, before, PAGE)?, NodeNames::look(tx, now)?)))?;
        let Some(last) = entries.last() else { break };
        before = Some(last.id);
        for entry in &entries {
            let view = serde_json::to_value(Event::new(entry, &around))?;
            let line =
                if csv { line_of(&COLUMNS, &view) } else { format!("{}\n", output::json_text(&view.to_string())) };
            let comma = if count > 0 { between } else { "" };
            out.write_all([comma, &line].concat().as_bytes())?;
            count += 1;
        }
    }
    out.write_all(close.as_bytes())?;
    out.flush()?;
    match file {
        Some(file) if context.json => output::json(&json!({ "done": true, "file": file, "events": count })),
        _ => Ok(()),
    }
}

#[derive(clap::Subcommand)]
pub(super) enum SettingsCommand {
    /// Show one setting, or all.
    Get {
        /// Its name.
        name: Option<String>,
    },
    /// Change a setting.
    Set {
        /// Its name.
        name: String,
        /// Its new value; without it the default comes back.
        #[arg(allow_hyphen_values = true)]
        value: Option<String>,
    },
}

pub(super) fn settings(context: &CommandContext, command: SettingsCommand) -> anyhow::Result<()> {
    match command {
        SettingsCommand::Get { name } => {
            if let Some(name) = &name {
                settings::named(name)?;
            }
            let wanted = settings::ALL.iter().filter(|setting| name.as_ref().is_none_or(|name| setting.name == name));
            let all = wanted.map(|setting| found(context, setting)).collect::<anyhow::Result<Vec<_>>>()?;
            if context.json {
                let shown = all.iter().map(|one| (one.setting.name.to_owned(), one.view(false)));
                return output::json(&shown.collect::<Map<_, _>>());
            }
            if let ([one], Some(_)) = (all.as_slice(), &name) {
                return output::text(&one.value);
            }
            let rows = all
                .into_iter()
                .map(|one| [one.setting.name.to_owned(), one.value.replace('\n', " "), one.origin.0.to_owned()]);
            output::table(["NAME", "VALUE", "ORIGIN"], rows)
        }
        SettingsCommand::Set { name, value } => {
            let setting = settings::named(&name)?;
            if std::env::var(setting.variable()).is_ok() {
                let sentence = format!("“{name}” is set by {} in the environment.", setting.variable());
                return Err(ArgumentError::NotPermitted(sentence).into());
            }
            context.write(move |tx, act| settings::change(tx, act, &[(setting, value.clone())]))?;
            let now = found(context, setting)?;
            let sentence = format!("{name} is now {}.", now.value);
            context.report(&json!({ name: now.view(false) }), &sentence)
        }
    }
}

/// The value of a setting, and where it comes from.
fn found(context: &CommandContext, setting: &'static settings::Setting) -> anyhow::Result<SettingValue> {
    let kept = context.read(|tx| Ok(tx.kept(setting.name)?))?;
    let origin = SettingOrigin(if kept.is_some() { "here" } else { "default" });
    Ok(SettingValue { setting, value: kept.unwrap_or_else(|| setting.default.to_owned()), origin })
}
