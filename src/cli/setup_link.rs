//! `setup-link`: the way to the first administrator through the browser.

use super::{Base, CommandContext, output};
use crate::domain::admin;
use crate::world;
use serde_json::json;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    base: Base,
}

pub(super) fn run(context: &CommandContext, args: &Args) -> anyhow::Result<()> {
    let base = args.base.clone();
    let base = context.read(move |tx| base.url(tx))?;
    let secret = world::secret()?;
    let link = format!("{base}/ui/setup#k={secret}");
    context.write(move |tx, act| admin::offer_setup(tx, act, &secret))?;
    if !context.json {
        output::note("Open this link within 30 minutes to make the first administrator. It works once.");
    }
    context.report(&json!({ "link": link, "minutes": 30 }), &link)
}
