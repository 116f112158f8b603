//! `replay`: dialogue files are played again.

use super::{Server, write_json};
use crate::cli::failure::Told as Failed;
use crate::cli::{ArgumentError, output};
use crate::sandbox::dialogue::members;
use crate::sandbox::dialogue::record::Record;
use crate::sandbox::replay::{self, Dialogue, Step};
use crate::world;
use anyhow::Context;
use data_encoding::HEXLOWER;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// Dialogue files, in the order in which they are played.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    server: Server,
    /// A dialogue of the same requests whose answers count instead, for example one of another server.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Which answers count where a file has two: “rfc” (users are deleted) or “keeper” (users are locked).
    #[arg(long, value_parser = ["rfc", "keeper"], default_value = "rfc")]
    preset: String,
    /// Write what went over the wire as a dialogue file.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
}

pub(in crate::cli) fn run(args: &Args, json: bool) -> anyhow::Result<()> {
    let files: Vec<(String, Value)> = args.files.iter().map(|path| read(path)).collect::<anyhow::Result<_>>()?;
    let against = args.against.as_deref().map(read).transpose()?;
    if against.is_some() && files.len() > 1 {
        return Err(ArgumentError::Usage("--against compares one file with one other.".to_owned()).into());
    }
    let (wire, token) = args.server.reach()?;
    let rand = HEXLOWER.encode(&world::random::<4>()?);
    let mut record = Record::new("Replay", &rand, wire.url());
    let (mut steps, mut printed) = (Vec::new(), Ok(()));
    for (n, (name, file)) in files.into_iter().enumerate() {
        let dialogue = Dialogue { name, file, against: against.as_ref().map(|(_, file)| file.clone()) };
        if !json {
            output::text(&format!("{}:", dialogue.name))?;
        }
        let rand = if n == 0 { rand.clone() } else { format!("{rand}{n}") };
        steps.extend(replay::replay(&dialogue, &wire, &token, &rand, &args.preset, &mut |step, played| {
            record.add(&played.exchange);
            if !json && printed.is_ok() {
                printed = output::text(&line(step));
            }
        }));
    }
    printed?;
    if let Some(path) = &args.transcript {
        write_json(path, &record.dialogue())?;
    }
    let failed = steps.iter().filter(|step| !step.is_equal()).count();
    match json {
        true => output::json(&replay::document(&steps))?,
        false => output::text(&format!("{} of {} answers are as in the file", steps.len() - failed, steps.len()))?,
    }
    if failed == 0 { Ok(()) } else { Err(Failed.into()) }
}

fn read(path: &Path) -> anyhow::Result<(String, Value)> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("“{name}” cannot be read"))?;
    let file: Value =
        serde_json::from_str(&text).map_err(|error| ArgumentError::Usage(format!("“{name}” is no JSON: {error}")))?;
    match members::faults(&file).first() {
        Some(fault) => Err(ArgumentError::Usage(format!("“{name}” is no dialogue: {fault}")).into()),
        None => Ok((name, file)),
    }
}

fn line(step: &Step) -> String {
    let mark = if step.is_equal() { '✓' } else { '✗' };
    let mut text = format!("{:>4} {mark} {} → {}", step.step, step.request, step.status);
    for one in &step.differences {
        let sign = if one.kind == "added" { '+' } else { '✗' };
        text.push_str(&format!(
            "\n       {sign} {} at {}\n         - {}\n         + {}",
            one.kind, one.at, one.want, one.got
        ));
    }
    text
}
