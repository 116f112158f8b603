//! `selftest`: a certificate for a SCIM server.

use super::{Server, write_text};
use crate::cli::failure::Told as Failed;
use crate::cli::output;
use crate::sandbox::selftest::{self, Certificate, Ending, Outcome, SUITES};
use crate::world;
use clap::builder::PossibleValuesParser;
use data_encoding::HEXLOWER;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    server: Server,
    /// What is checked: the RFCs, what an identity provider needs, or all of it.
    #[arg(long, default_value = "rfc", value_parser = PossibleValuesParser::new(SUITES.iter().copied().chain(["all"])))]
    suite: String,
    /// Write a report for people, one HTML file in English and Japanese.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a report for CI, JUnit's XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// No check begins after so many seconds; those that are left are skipped.
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    limit: u64,
}

pub(in crate::cli) fn run(args: &Args, json: bool) -> anyhow::Result<()> {
    let (wire, token) = args.server.reach()?;
    let suites: Vec<&str> = match args.suite.as_str() {
        "all" => SUITES.to_vec(),
        one => vec![one],
    };
    let rand = format!("st{}", HEXLOWER.encode(&world::random::<4>()?));
    let mut printed = Ok(());
    let limit = Duration::from_secs(args.limit);
    let mut certificate = selftest::run(&suites, &wire, &token, &rand, limit, &mut |outcome| {
        if !json && printed.is_ok() {
            printed = output::text(&line(outcome));
        }
    });
    printed?;
    certificate.at = jiff::Timestamp::from_millisecond(world::now().0)?.to_string();
    if let Some(path) = &args.html {
        write_text(path, &selftest::html::html(&certificate))?;
    }
    if let Some(path) = &args.junit {
        write_text(path, &selftest::junit::junit(&certificate))?;
    }
    match json {
        true => output::json(&certificate.json())?,
        false => output::text(&sum(&certificate))?,
    }
    if certificate.left > 0 && !json {
        output::note(&format!("note: {} of the resources that were created could not be removed", certificate.left));
    }
    if certificate.failures().next().is_none() { Ok(()) } else { Err(Failed.into()) }
}

fn line(outcome: &Outcome) -> String {
    let (check, clause) = (&outcome.check, &outcome.clause);
    match outcome.ending {
        Ending::Passed => format!("ok      {check}"),
        Ending::Skipped => format!("skipped {check}: {}", outcome.why),
        Ending::Failed => {
            let shown = outcome.exchange.as_ref();
            let exchange = shown
                .map(|one| format!("\n        {}\n        got {}\n        want {}", one.request, one.got, one.want));
            let (exchange, why, advice) = (exchange.unwrap_or_default(), &outcome.why, &outcome.advice);
            format!("FAILED  {check} ({clause}){exchange}\n        {why}\n        {advice}")
        }
    }
}

fn sum(certificate: &Certificate) -> String {
    let of = |suite: &&str| {
        let count = |ending| certificate.count(suite, ending);
        let (passed, failed, skipped) = (count(Ending::Passed), count(Ending::Failed), count(Ending::Skipped));
        format!("\n{suite}: {passed} passed, {failed} failed, {skipped} skipped")
    };
    certificate.suites().iter().map(of).collect()
}
