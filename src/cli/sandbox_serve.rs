//! `sandbox`: a sandbox node on a server of its own, in a folder that is thrown away at the end.

use super::node_sandbox::{Persona, fault_rules, persona_name};
use super::sandbox_plan::Plan;
use super::seed::{LocaleWord, ShapeWord, order};
use super::serve;
use super::store_args::StoreArgs;
use crate::domain::fault_rule::FaultRule;
use crate::domain::sandbox::Sandbox;
use clap::{Args as _, FromArgMatches as _};

#[derive(clap::Args)]
pub(super) struct Args {
    /// How many users it begins with.
    #[arg(long, value_name = "USERS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    seed: u32,
    /// How many groups it begins with; without it one for each ten users.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    groups: Option<u32>,
    /// The language of the users' names.
    #[arg(long, value_enum, default_value = "en")]
    locale: LocaleWord,
    /// How users belong together.
    #[arg(long, value_enum, default_value = "flat")]
    shape: ShapeWord,
    /// The service provider that it answers like; docs/personas.md has what each does.
    #[arg(long, value_name = "NAME", value_parser = persona_name)]
    persona: Option<Persona>,
    /// What goes wrong on purpose, such as 429:5%; several rules with commas between them, or the option several times.
    #[arg(long, value_name = "RULES", value_parser = fault_rules)]
    faults: Vec<Vec<FaultRule>>,
    /// What the settings of the connection start from.
    #[arg(long, value_parser = ["rfc", "keeper"], default_value = "rfc")]
    preset: String,
    /// Whether it takes what real clients send, or holds to the RFC.
    #[arg(long, value_parser = ["liberal", "strict"], default_value = "liberal")]
    tolerance: String,
    /// Print SCIM_URL= and SCIM_TOKEN= for the environment, and nothing else.
    #[arg(long)]
    print_env: bool,
    /// The address to listen on; port 0 takes any free one.
    #[arg(long, env = "SCIMBOX_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: String,
    /// The address that clients reach it at, when that is another.
    #[arg(long, env = "SCIMBOX_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// Listen beyond this machine without TLS.
    #[arg(long, env = "SCIMBOX_INSECURE_HTTP", value_parser = clap::builder::FalseyValueParser::new())]
    insecure_http: bool,
}

/// Serves until it is told to stop.
pub(super) fn run(place: &StoreArgs, args: Args) -> anyhow::Result<()> {
    let mut given = vec!["--listen".to_owned(), args.listen.clone()];
    if let Some(url) = &args.base_url {
        given.extend(["--base-url".to_owned(), url.clone()]);
    }
    if args.insecure_http {
        given.push("--insecure-http".to_owned());
    }
    let command = serve::Args::augment_args(clap::Command::new("scimbox sandbox").no_binary_name(true));
    let mut serving = serve::Args::from_arg_matches(&command.try_get_matches_from(given)?)?;
    let groups = args.groups.unwrap_or_else(|| args.seed.div_ceil(10).min(12));
    serving.sandbox = Some(Plan {
        order: order(args.seed, groups, args.locale, args.shape, 1),
        sandbox: Sandbox {
            persona: args.persona.and_then(|persona| persona.word()),
            faults: args.faults.concat(),
            ahead: 0,
        },
        preset: args.preset.parse()?,
        tolerance: args.tolerance.parse()?,
        prints_env: args.print_env,
    });
    serve::run(place, serving)
}
