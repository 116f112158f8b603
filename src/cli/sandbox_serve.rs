//! `sandbox`: a sandbox node on a server of its own, in a folder that is thrown away at the end.

use super::node_sandbox::{Persona, fault_rules, persona_name};
use super::seed::{LocaleWord, ShapeWord, order};
use super::serve;
use crate::domain::admin::{self, Hasher, NewAdmin};
use crate::domain::connection_settings::{Preset, SettingsChange, Tolerance};
use crate::domain::fault_rule::FaultRule;
use crate::domain::idp::Idp;
use crate::domain::node;
use crate::domain::provisioning::{self, Choice};
use crate::domain::sandbox::Sandbox;
use crate::domain::token::Issue;
use crate::domain::{Error, Tx, fold};
use crate::http;
use crate::sandbox::sample::{Order, sample};
use crate::store::Store;
use crate::world;
use clap::{Args as _, FromArgMatches as _};
use std::path::PathBuf;

const EMAIL: &str = "sandbox@example.com";
const NODE: &str = "Sandbox";

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

/// What the sandbox is made of.
pub(super) struct Plan {
    order: Order,
    sandbox: Sandbox,
    preset: Preset,
    tolerance: Tolerance,
    /// Whether nothing is printed but lines for the environment.
    pub(super) prints_env: bool,
}

/// Serves until it is told to stop.
pub(super) fn run(data_dir: Option<PathBuf>, args: Args) -> anyhow::Result<()> {
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
    serve::run(data_dir, serving)
}

/// Makes the node, its connection and its people, and says how to reach them.
pub(super) fn prepare(store: &Store, base: &str, plan: &Plan) -> anyhow::Result<String> {
    let password = world::secret()?.chars().filter(char::is_ascii_alphanumeric).take(16).collect::<String>();
    let (act, issue) = (world::act("demo")?, Issue(world::random()?));
    let hash = Hasher::default().hash(&password, &world::random()?)?;
    let (sandbox, preset, tolerance) = (plan.sandbox.clone(), plan.preset, plan.tolerance);
    let made = store.write_blocking(move |tx: &mut dyn Tx| {
        match tx.admin_by_email(&fold(EMAIL))? {
            Some((admin, _)) => admin::reset_password(tx, &act, admin.id, &hash, None)?,
            None => {
                let (email, name) = (EMAIL.to_owned(), "Sandbox".to_owned());
                admin::create(tx, &act, &NewAdmin { email, name, password: hash.clone(), role: None })?;
            }
        }
        let root = tx.root()?.id;
        if let Some(old) = tx.child_named(root, &fold(NODE))?.map(|id| tx.connection_of(id)).transpose()?.flatten() {
            return provisioning::rotate(tx, &act, old.id, 0, None, &issue);
        }
        let node = match tx.child_named(root, &fold(NODE))? {
            Some(id) => id,
            None => node::add(tx, &act, NODE, None, Some(sandbox.clone()))?.id,
        };
        let change = SettingsChange { tolerance: Some(tolerance), ..SettingsChange::default() };
        let choice = Choice { idp: Idp::OTHER, preset, change, token_expires_at: None };
        let made = provisioning::generate(tx, &act, node, &choice, &issue)?;
        provisioning::save(tx, &act, made.connection.id)?;
        Ok::<_, Error>(made)
    })?;
    let (connection, token) = (made.connection, made.secret);
    let seeded = http::seed(store, &world::act("demo")?, connection.node, sample(&plan.order))?;
    let url = format!("{base}/api/rest/scim/v2/{}", connection.node);
    if plan.prints_env {
        return Ok(format!("SCIM_URL={url}\nSCIM_TOKEN={token}\n"));
    }
    Ok(format!(
        "\n  SCIM URL  {url}\n  Token     {token}\n  Users     {}, groups {}\n\n  Console   {base}/ui/\n    e-mail    {EMAIL}\n    \
         password  {password}\n\n  Stop with Ctrl-C.\n",
        seeded.users, seeded.groups
    ))
}
