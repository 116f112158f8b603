//! `licences`: what the program is built from, and under which licences.

use super::output;
use serde::Serialize;

/// Made by `packaging/licences`: a table of name, version and licence, an empty line, then the texts.
const ALL: &str = include_str!("licences.txt");

#[derive(Serialize)]
struct Part {
    name: &'static str,
    version: &'static str,
    licence: &'static str,
}

pub(super) fn run(json: bool) -> anyhow::Result<()> {
    if !json {
        return output::text(&ALL.trim_end().replace('\t', "  "));
    }
    let table = ALL.lines().take_while(|line| !line.is_empty());
    let part = |line: &'static str| {
        let mut cells = line.splitn(3, '\t');
        Some(Part { name: cells.next()?, version: cells.next()?, licence: cells.next()? })
    };
    output::json(&table.filter_map(part).collect::<Vec<_>>())
}
