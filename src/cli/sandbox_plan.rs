//! What “scimbox sandbox” makes: an administrator, a node, its connection and its people.

use crate::domain::admin::{self, Hasher, NewAdmin};
use crate::domain::connection_settings::{Preset, SettingsChange, Tolerance};
use crate::domain::idp::Idp;
use crate::domain::node;
use crate::domain::provisioning::{self, Choice};
use crate::domain::sandbox::Sandbox;
use crate::domain::token::Issue;
use crate::domain::{Error, Tx, fold};
use crate::http;
use crate::scim::sample::{Order, sample};
use crate::store::Store;
use crate::world;

const EMAIL: &str = "sandbox@example.com";
const NODE: &str = "Sandbox";

/// What the sandbox is made of.
pub(super) struct Plan {
    pub(super) order: Order,
    pub(super) sandbox: Sandbox,
    pub(super) preset: Preset,
    pub(super) tolerance: Tolerance,
    /// Whether nothing is printed but lines for the environment.
    pub(super) prints_env: bool,
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
