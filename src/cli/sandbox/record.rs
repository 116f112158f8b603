//! `record`: what passes between a client and any SCIM server becomes a dialogue file.

use super::write_json;
use crate::cli::listen::listen_address;
use crate::cli::{ArgumentError, output};
use crate::http::{RelayAnswer, Relayed, relay};
use crate::push::client::Access;
use crate::push::client::wire::Wire;
use crate::sandbox::dialogue::pseudonyms;
use crate::sandbox::recorder::Recorder;
use anyhow::Context;
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// The base of the SCIM endpoint that is recorded, without /Users. Clients bring their own token; it is handed on and never kept.
    #[arg(long, value_name = "URL")]
    url: String,
    /// The dialogue file that is written at the end.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The address to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = listen_address)]
    listen: SocketAddr,
    /// Replace names, addresses and numbers of people, each by the same text everywhere. Passwords are always replaced.
    #[arg(long)]
    pseudonyms: bool,
    /// Who is recorded, for the file.
    #[arg(long, value_name = "NAME", default_value = "Recorded")]
    client: String,
    /// A file with certificates of authorities to trust instead of the system's, PEM.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

/// Records until it is told to stop.
pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<()> {
    if !args.listen.ip().is_loopback() {
        let sentence = "Tokens pass here unencrypted, so --listen must be an address of this machine.";
        return Err(ArgumentError::NotPermitted(sentence.to_owned()).into());
    }
    let ca = args.ca_file.as_deref().map(std::fs::read_to_string).transpose();
    let ca = ca.context("the file of certificates cannot be read")?;
    let url = args.url.split('?').next().unwrap_or_default().to_owned();
    let access = Access { url, token: String::new().into(), ca, identity: None, certified_name: None };
    let wire = Wire::new(&access).map_err(|error| ArgumentError::Usage(error.to_string()))?;
    // Refused now and not when everything has passed.
    super::write_text(&args.out, "")?;
    let recorder = Mutex::<Option<Arc<Recorder>>>::default();
    let served = relay(args.listen, |address| {
        let own = format!("http://{address}");
        let made = Arc::new(Recorder::new(wire, &own, &args.client));
        *recorder.lock() = Some(Arc::clone(&made));
        output::text(&format!("recording on {own}")).map_err(std::io::Error::other)?;
        Ok(Arc::new(move |asked: Relayed| {
            let passed = made.pass(&asked.method, &asked.target, &asked.headers, &asked.body);
            RelayAnswer { status: passed.status, headers: passed.headers, body: passed.body }
        }))
    });
    served.with_context(|| format!("{} cannot be listened on", args.listen))?;
    let Some(recorder) = recorder.into_inner() else { return Ok(()) };
    let dialogue = pseudonyms::replaced(&recorder.dialogue(), args.pseudonyms);
    let steps = dialogue.get("steps").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    write_json(&args.out, &dialogue)?;
    output::text(&format!("{steps} requests were written to “{}”", args.out.display()))
}
