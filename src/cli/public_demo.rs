//! `serve --demo --public`: a demonstration that anybody may sign in to, look at and not change, and that begins anew at intervals.

use super::node_sandbox::seconds;
use crate::domain::admin::{self, Hasher, NewAdmin};
use crate::domain::connection_settings::{Preset, SettingsChange};
use crate::domain::idp::Idp;
use crate::domain::provisioning::{self, Choice};
use crate::domain::role::Role;
use crate::domain::sandbox::Sandbox;
use crate::domain::token::Issue;
use crate::domain::{Error, NodeId, Tx, fold, node, settings};
use crate::http;
use crate::scim::sample::{Order, sample};
use crate::store::Store;
use crate::world;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

const VISITOR: &str = "demo@example.com";
const OWNER: &str = "owner@example.com";
const NODE: &str = "Demo";
/// Requests a second that the connection takes.
const RATE: u32 = 20;
/// What else is limited: settings of the appliance.
const LIMITS: [(&str, &str); 4] =
    [("seats", "500"), ("requests_count", "2000"), ("requests_mib", "20"), ("requests_days", "1")];

#[derive(clap::Args)]
pub(super) struct PublicArgs {
    /// With --demo: let everybody sign in and look, and nobody change anything; begin anew at intervals.
    #[arg(long, env = "SCIMBOX_PUBLIC", requires = "demo", value_parser = clap::builder::FalseyValueParser::new())]
    public: bool,
    /// The password that everybody signs in with; without it one is made at each start.
    #[arg(long, env = "SCIMBOX_PUBLIC_PASSWORD", value_name = "TEXT")]
    public_password: Option<String>,
    /// How often a public demo begins anew, such as 30m or 2h.
    #[arg(long, env = "SCIMBOX_RESET_EVERY", value_name = "TIME", default_value = "1h", value_parser = seconds)]
    reset_every: i64,
}

impl PublicArgs {
    /// Whether it is one.
    pub(super) fn is_on(&self) -> bool {
        self.public
    }
}

/// Makes what is missing and says how to use it.
pub(super) fn prepare(store: &Store, base: &str, args: &PublicArgs) -> anyhow::Result<String> {
    let made_up =
        || anyhow::Ok(world::secret()?.chars().filter(char::is_ascii_alphanumeric).take(16).collect::<String>());
    let (own, visitors) = (made_up()?, args.public_password.clone().map_or_else(made_up, Ok)?);
    let (act, issue) = (world::act("demo")?, Issue(world::random()?));
    let hash = |password: &str| anyhow::Ok(Hasher::default().hash(password, &world::random()?)?);
    let (own_hash, visitors_hash) = (hash(&own)?, hash(&visitors)?);
    let made = store.write_blocking(move |tx: &mut dyn Tx| {
        // The first one is an owner.
        for (email, role, password) in [(OWNER, Role::Owner, &own_hash), (VISITOR, Role::Auditor, &visitors_hash)] {
            match tx.admin_by_email(&fold(email))? {
                Some((there, _)) => {
                    admin::reset_password(tx, &act, there.id, password, None)?;
                    admin::edit(tx, &act, there.id, None, Some(role))?;
                }
                None => {
                    let (email, name, password) = (email.to_owned(), "Demo".to_owned(), password.clone());
                    admin::create(tx, &act, &NewAdmin { email, name, password, role: Some(role) })?;
                }
            }
        }
        for (name, value) in LIMITS {
            settings::change(tx, &act, &[(settings::named(name)?, Some(value.to_owned()))])?;
        }
        let id = match demo_node(tx)? {
            Some(id) => id,
            None => node::add(tx, &act, NODE, None, Some(Sandbox::default()))?.id,
        };
        if let Some(there) = tx.connection_of(id)?.filter(|connection| connection.saved_at.is_some()) {
            return provisioning::rotate(tx, &act, there.id, 0, None, &issue);
        }
        let change = SettingsChange { rate_limit: Some(RATE), ..SettingsChange::default() };
        let choice = Choice { idp: Idp::OTHER, preset: Preset::Rfc, change, token_expires_at: None };
        let made = provisioning::generate(tx, &act, id, &choice, &issue)?;
        provisioning::save(tx, &act, made.connection.id)?;
        Ok::<_, Error>(made)
    })?;
    begin_anew(store, made.connection.node)?;
    let url = format!("{base}/api/rest/scim/v2/{}", made.connection.node);
    Ok(format!(
        "\n  Console   {base}/ui/\n    e-mail    {VISITOR}\n    password  {visitors}\n  For you alone\n    owner     {OWNER}\n    \
         secret    {own}\n\n  SCIM URL  {url}\n  Token     {}\n\n  Everything begins anew every {} seconds. Stop with Ctrl-C.\n",
        made.secret, args.reset_every
    ))
}

/// Resets the demo at intervals until it is dropped.
pub(super) struct Resets {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Resets {
    /// Starts the thread.
    pub(super) fn start(store: &Store, args: &PublicArgs) -> anyhow::Result<Resets> {
        let (store, (stop, stopped)) = (store.clone(), channel());
        let every = Duration::from_secs(u64::try_from(args.reset_every).unwrap_or_default().max(1));
        let run = move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                let done = store.read(|tx| demo_node(tx)).map_err(anyhow::Error::from);
                let done = done.and_then(|node| node.map_or(Ok(()), |node| begin_anew(&store, node)));
                if let Err(error) = done {
                    tracing::warn!(%error, "the demo could not begin anew");
                }
            }
        };
        let thread = std::thread::Builder::new().name("demo".to_owned()).spawn(run)?;
        Ok(Resets { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Resets {
    fn drop(&mut self) {
        drop(self.stop.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn demo_node(tx: &mut dyn Tx) -> Result<Option<NodeId>, Error> {
    let root = tx.root()?.id;
    Ok(tx.child_named(root, &fold(NODE))?)
}

/// Removes what is there, and brings the sample data back.
fn begin_anew(store: &Store, id: NodeId) -> anyhow::Result<()> {
    http::reset(store, &world::act("demo")?, id)?;
    let order = Order { users: 40, groups: 6, seed: 1, ..Order::default() };
    http::seed(store, &world::act("demo")?, id, sample(&order))?;
    Ok(())
}
