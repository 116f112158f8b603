//! `simulate`: an identity provider in a box.

use super::{Server, write_json};
use crate::cli::failure::Told as Failed;
use crate::cli::{ArgumentError, output};
use crate::push::client::ClientError;
use crate::sandbox::dialogue::matcher::shortened;
use crate::sandbox::dialogue::player::Exchange;
use crate::sandbox::simulator::{self, Dialect, Failure, IDPS, Play, Scenario, Told, VARIANTS};
use crate::world;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

#[derive(Clone, Copy, clap::ValueEnum)]
enum Speed {
    /// With the pauses of the identity provider.
    Real,
    /// Without pauses, but for those that the server asks for.
    Fast,
}

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// Which identity provider is played.
    #[arg(value_parser = PossibleValuesParser::new(IDPS))]
    idp: String,
    #[command(flatten)]
    server: Server,
    /// What happens. Without it: connection-test, first-cycle and joiner-mover-leaver, one after the other.
    #[arg(long, value_parser = PossibleValuesParser::new(Scenario::ALL.iter().map(|one| one.name())))]
    scenario: Option<String>,
    /// Another way in which it works: Okta's own applications (wizard), Entra with its flag (flag), Keycloak with PATCH (patch).
    #[arg(long, value_parser = PossibleValuesParser::new(VARIANTS))]
    variant: Option<String>,
    /// How many people; 5, or 10000 in the scenario large.
    #[arg(long, value_name = "N")]
    users: Option<usize>,
    /// How many groups; 2, or 20 in the scenario large.
    #[arg(long, value_name = "N")]
    groups: Option<usize>,
    /// Whether it takes its time.
    #[arg(long, value_enum, default_value = "fast")]
    speed: Speed,
    /// What the people are made of: the same number makes the same people and requests. Without it they are new each time.
    #[arg(long, value_name = "K")]
    seed: Option<u64>,
    /// Write what went over the wire as a dialogue file, for “scimbox replay”.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// Delete afterwards what was created.
    #[arg(long)]
    clean_up: bool,
}

pub(in crate::cli) fn run(args: &Args, json: bool) -> anyhow::Result<()> {
    let (wire, token) = args.server.reach()?;
    let scenario = args.scenario.as_deref().and_then(Scenario::find);
    if scenario.is_some_and(|scenario| !scenario.fits(&args.idp)) {
        return Err(
            ArgumentError::Usage("Only Entra ID has a button for one person: simulate entra.".to_owned()).into()
        );
    }
    // Provision on demand passes over the flag (docs/clients.md#entra-id).
    let has_flag = args.idp == "entra" && args.server.has_flag() && scenario != Some(Scenario::ProvisionOnDemand);
    let flag = has_flag.then_some("flag");
    let variant = args.variant.as_deref().or(flag).unwrap_or_default();
    let dialect = Dialect::find(&args.idp, variant)
        .ok_or_else(|| ArgumentError::Usage(format!("There is no variant {variant} of {}.", args.idp)))?;
    let seed = match args.seed {
        Some(seed) => seed,
        None => u64::from_le_bytes(world::random()?),
    };
    let play = Play {
        dialect,
        scenario,
        users: args.users,
        groups: args.groups,
        is_slow: matches!(args.speed, Speed::Real),
        seed,
        clean_up: args.clean_up,
    };
    if !json {
        let (name, source) = (play.dialect.name(), play.dialect.source());
        output::text(&format!("{name} against {}, seed {seed} ({source})", wire.url()))?;
    }
    let mut printed = Ok(());
    let (report, dialogue) = simulator::play(&play, &wire, &token, &mut |told| {
        if !json && printed.is_ok() {
            printed = output::text(&line(&told));
        }
    })
    .map_err(|error: ClientError| ArgumentError::Usage(error.to_string()))?;
    printed?;
    if let Some(path) = &args.transcript {
        write_json(path, &dialogue)?;
    }
    match json {
        true => output::json(&report)?,
        false => output::text(&format!("\n{} of {} passed. {}", report.passed, report.steps, report.verdict))?,
    }
    if report.failed == 0 && report.failures.is_empty() { Ok(()) } else { Err(Failed.into()) }
}

/// A line of the transcript.
fn line(told: &Told<'_>) -> String {
    let (number, exchange, failures) = match told {
        Told::Chapter(heading) => return format!("\n{heading}"),
        Told::Step(number, exchange, failures) => (number, exchange, failures),
    };
    let mut text =
        format!("{number:>4} {} {} → {}{}", mark(failures), exchange.asked(), status(exchange), again(exchange));
    if let Some(body) = &exchange.body {
        text.push_str(&format!("\n         {}", shortened(body)));
    }
    for failure in *failures {
        text.push_str(&format!("\n       ✗ got {}, want {}\n         {}", failure.got, failure.want, failure.why));
    }
    text
}

fn mark(failures: &[Failure]) -> char {
    if failures.is_empty() { '✓' } else { '✗' }
}

fn status(exchange: &Exchange) -> String {
    match &exchange.answer {
        Ok(answer) => format!("{} ({} ms)", answer.status, answer.millis),
        Err(why) => why.clone(),
    }
}

fn again(exchange: &Exchange) -> String {
    let before: Vec<String> = exchange.again.iter().map(u16::to_string).collect();
    if before.is_empty() { String::new() } else { format!(", after {}", before.join(", ")) }
}
