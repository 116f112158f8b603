//! `requests`: what reached the SCIM endpoint, as it comes or looked up, explained, exported and sent again.

use super::output::{self, or_dash};
use super::{Base, CommandContext, node};
use crate::api::request::{Replayed, Request, RequestDetail, RequestEffect, RequestQuery, page};
use crate::api::request_export::export as exported;
use crate::domain::exchange::{self, Exchange, ExchangeQuery};
use crate::domain::{Result, Tx};
use crate::http::{ReplayOrder, replay as send_again};
use std::io::{IsTerminal, Read, Write};
use std::time::Duration;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Show requests as they arrive, one line each, until it is stopped with Ctrl-C.
    Tail {
        #[command(flatten)]
        filter: FilterArgs,
        /// Headers, bodies and explanation of each.
        #[arg(long)]
        full: bool,
        /// How many earlier ones are shown first.
        #[arg(long, value_name = "N", default_value_t = 10)]
        limit: u64,
    },
    /// List requests, newest first.
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// How many, at most 1000.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u64,
        /// Continue behind this list: “next” of the admin API, for scripts.
        #[arg(long, value_name = "NEXT")]
        after: Option<String>,
    },
    /// Show one with everything that is kept of it, and what there is to say of it.
    Show {
        /// The id of the request, as “requests list” shows it.
        #[arg(value_name = "REQUEST_ID")]
        id: String,
    },
    /// Send one again, and say what it comes to. Nothing is changed unless --for-real is given.
    Replay {
        /// The id of the request.
        #[arg(value_name = "REQUEST_ID")]
        id: String,
        /// Keep what it changes.
        #[arg(long)]
        for_real: bool,
        /// Another body, from this file or from stdin (-).
        #[arg(long, value_name = "FILE")]
        body_file: Option<String>,
        #[command(flatten)]
        base: Base,
    },
    /// Print requests for other programs, oldest first.
    Export {
        /// The ids of the requests.
        #[arg(value_name = "REQUEST_ID", required = true)]
        ids: Vec<String>,
        /// Commands for curl, HAR 1.2, lines of JSON, or a dialogue for tests.
        #[arg(long, value_parser = ["curl", "har", "ndjson", "dialogue"])]
        format: String,
        #[command(flatten)]
        base: Base,
    },
}

/// Which requests.
#[derive(clap::Args)]
pub(super) struct FilterArgs {
    /// Of this node, by id or name.
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
    /// Of this connection.
    #[arg(long, value_name = "SCIM_ID")]
    scim: Option<i64>,
    /// With this status: 404, 4xx, or refused.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Of clients whose name begins so.
    #[arg(long, value_name = "NAME")]
    client: Option<String>,
    /// With this method.
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// That used the relaxation of this code.
    #[arg(long, value_name = "CODE")]
    relaxation: Option<String>,
    /// Not before this time, such as 2026-01-31T09:30:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Not after this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// That hold this text in path, query, names or bodies.
    #[arg(short, value_name = "TEXT")]
    q: Option<String>,
}

impl FilterArgs {
    fn query(&self, context: &CommandContext, limit: u64, after: Option<String>) -> anyhow::Result<RequestQuery> {
        let node = self.node.clone().map(|name| context.store.read(move |tx| node::resolve(tx, &name))).transpose()?;
        Ok(RequestQuery {
            node_id: node.map(|node| node.0),
            scim_id: self.scim,
            after,
            limit: Some(limit),
            q: self.q.clone(),
            status: self.status.clone(),
            client: self.client.clone(),
            method: self.method.clone(),
            relaxation: self.relaxation.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
        })
    }
}

pub(super) fn run(context: &CommandContext, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Tail { filter, full, limit } => tail(context, &filter, full, limit),
        Command::List { filter, limit, after } => list(context, &filter, limit, after),
        Command::Show { id } => {
            let detail = context.read(move |tx| found(tx, &id))?;
            if context.json { output::json(&detail) } else { output::text(&whole(&detail)) }
        }
        Command::Replay { id, for_real, body_file, base } => {
            replay(context, &id, for_real, body_file.as_deref(), &base)
        }
        Command::Export { ids, format, base } => {
            let (base, details) = context.read(move |tx| {
                let mut all = ids.iter().map(|id| exchange::get(tx, id)).collect::<Result<Vec<_>>>()?;
                all.sort_by_key(|exchange| exchange.number);
                let details = all.iter().map(|exchange| detail(tx, exchange)).collect::<Result<Vec<_>>>()?;
                Ok((base.url(tx)?, details))
            })?;
            let (_, text) = exported(&format, &details, &base).unwrap_or_default();
            match format.as_str() {
                "curl" => output::text(&text),
                // A terminal is driven by no escape of a body.
                _ => output::text(&output::json_text(&text)),
            }
        }
    }
}

fn found(tx: &mut dyn Tx, id: &str) -> Result<RequestDetail> {
    let exchange = exchange::get(tx, id)?;
    detail(tx, &exchange)
}

fn detail(tx: &mut dyn Tx, exchange: &Exchange) -> Result<RequestDetail> {
    let connection = exchange.connection.map(|id| tx.connection(id)).transpose()?.flatten();
    Ok(RequestDetail::new(exchange, connection.as_ref()))
}

fn list(context: &CommandContext, filter: &FilterArgs, limit: u64, after: Option<String>) -> anyhow::Result<()> {
    let query = filter.query(context, limit, after)?;
    let (wanted, count) = (query.wanted(None)?, query.count());
    let found = page(context.read(move |tx| Ok(tx.exchanges(&wanted)?))?, count, 0);
    if context.json {
        return output::json(&found.requests);
    }
    let rows = found.requests.into_iter().map(|one| {
        let address = address(&one.path, &one.query);
        [one.request_id, one.at.0.to_string(), one.status.to_string(), one.method, address, one.summary]
    });
    output::table(["REQUEST ID", "AT", "STATUS", "METHOD", "PATH", "WHAT HAPPENED"], rows)
}

fn address(path: &str, query: &str) -> String {
    let whole = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    match whole.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", whole.get(..end).unwrap_or_default()),
        None => whole,
    }
}

/// Follows what is written until nobody reads any more.
fn tail(context: &CommandContext, filter: &FilterArgs, full: bool, limit: u64) -> anyhow::Result<()> {
    let mut wanted = filter.query(context, limit.max(1), None)?.wanted(None)?;
    wanted.limit = limit;
    let mut since = context.read(|tx| Ok(tx.newest_exchange()?))?;
    let first = wanted.clone();
    let mut earlier = if limit == 0 { Vec::new() } else { context.read(move |tx| Ok(tx.exchanges(&first)?))? };
    earlier.reverse();
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut new = earlier;
    loop {
        for one in &new {
            since = since.max(one.number);
            if !print(context, one, full, colours)? {
                return Ok(());
            }
        }
        std::thread::park_timeout(Duration::from_millis(200));
        let next = ExchangeQuery { since: Some(since), limit: 1000, before: None, ..wanted.clone() };
        new = context.read(move |tx| Ok(tx.exchanges(&next)?))?;
    }
}

/// Prints one; false when nobody reads any more.
fn print(context: &CommandContext, one: &Exchange, full: bool, colours: bool) -> anyhow::Result<bool> {
    let text = match (context.json, full) {
        (true, false) => output::json_text(&serde_json::to_string(&Request::from(one))?),
        (as_json, _) if as_json || full => {
            let id = one.request_id.clone();
            let detail = context.read(move |tx| found(tx, &id))?;
            let json = |detail: &RequestDetail| serde_json::to_string(detail).map(|text| output::json_text(&text));
            if as_json { json(&detail)? } else { output::lines(&whole(&detail)) }
        }
        _ => line(one, colours),
    };
    let mut out = std::io::stdout().lock();
    Ok(writeln!(out, "{text}").and_then(|()| out.flush()).is_ok())
}

/// One line: time, status, method, milliseconds, what happened, and what was relaxed.
fn line(one: &Exchange, colours: bool) -> String {
    let paint = |colour: &str, text: String| if colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text };
    let colour = match one.status {
        200..=299 => "32",
        300..=399 => "36",
        400..=499 => "33",
        _ => "31",
    };
    let safe = |text: &str| crate::domain::printable(text).into_owned();
    let time: String = one.at.to_string().chars().skip(11).take(12).collect();
    let mut parts = vec![
        paint("2", time),
        paint(colour, one.status.to_string()),
        paint("1", format!("{:<6}", safe(&one.method))),
        paint("2", format!("{:>6.1} ms", one.micros as f64 / 1000.0)),
        safe(&one.summary.text),
    ];
    if !one.relaxations.is_empty() {
        parts.push(paint("35", format!("[{}]", safe(&one.relaxations.join(" ")))));
    }
    parts.push(paint("2", one.request_id.clone()));
    parts.join("  ")
}

/// Everything of one, for people.
fn whole(one: &RequestDetail) -> String {
    let mut text = format!("{}  {}\n{}\n", one.request_id, one.at.0, one.summary);
    let query = if one.query.is_empty() { String::new() } else { format!("?{}", one.query) };
    text.push_str(&format!("{} {}{query}  {}  {:.1} ms  {}\n", one.method, one.path, one.status, one.ms, one.client));
    for (title, part) in [("Request", &one.request), ("Response", &one.response)] {
        if part.headers.is_empty() && part.body.is_none() {
            continue;
        }
        text.push_str(&format!("\n{title}\n"));
        part.headers.iter().for_each(|(name, value)| text.push_str(&format!("  {name}: {value}\n")));
        if let Some(body) = part.body.as_ref().filter(|body| !body.is_empty()) {
            let pretty = serde_json::from_str::<serde_json::Value>(body);
            let pretty = pretty.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| body.clone());
            pretty.lines().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
    }
    text.push_str(&changes(&one.effect));
    text.push_str("\nExplanation\n");
    for told in &one.explain {
        text.push_str(&format!("  {}  [{}]\n", told.text, told.code));
        if let Some(clause) = &told.clause {
            text.push_str(&format!("    {clause}\n"));
        }
        if let Some(advice) = &told.advice {
            text.push_str(&format!("    → {advice}\n"));
        }
    }
    text
}

fn changes(effects: &[RequestEffect]) -> String {
    if effects.is_empty() {
        return String::new();
    }
    let one = |effect: &RequestEffect| {
        let (before, after) = (&effect.before, &effect.after);
        format!("  {} {}: {} → {}\n", effect.name, effect.attribute, before, after)
    };
    format!("\nEffect\n{}", effects.iter().map(one).collect::<String>())
}

fn replay(
    context: &CommandContext,
    id: &str,
    for_real: bool,
    body_file: Option<&str>,
    base: &Base,
) -> anyhow::Result<()> {
    let body = match body_file {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            Some(text)
        }
        Some(file) => Some(std::fs::read_to_string(file)?),
        None => None,
    };
    let (base, asked) = (base.clone(), id.to_owned());
    let (base, kept) = context.read(move |tx| Ok((base.url(tx)?, exchange::get(tx, &asked)?)))?;
    let order = ReplayOrder { dry_run: !for_real, body, query: None };
    let done = send_again(&context.store, &context.act, &base, id, &order)?;
    let told = Replayed {
        request_id: kept.request_id,
        dry_run: !for_real,
        status: done.status,
        before: kept.status,
        equal: done.status == kept.status,
        body: done.body,
        effect: done.effect.into_iter().map(RequestEffect::from).collect(),
        relaxations: done.relaxations.into_iter().map(str::to_owned).collect(),
    };
    if context.json {
        return output::json(&told);
    }
    let stays = if for_real { "What it changed stays." } else { "Nothing was changed: this was a dry run." };
    let body = or_dash(told.body.as_ref());
    output::text(&format!("{} (it was {})\n{stays}\n{}\n{body}", told.status, told.before, changes(&told.effect)))
}
