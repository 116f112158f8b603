//! What the lists of the console share: which part is asked for, in which order, and as which file.

use super::error::ApiError;
use crate::domain::predicate::Window;
use crate::domain::{Error, Result};
use crate::domain::{Noun, TeamId};
use actix_web::HttpResponse;
use actix_web::web::Bytes;
use serde::Deserialize;
use std::borrow::Cow;
use std::str::FromStr;

/// The most items of one page.
const MOST: u64 = 1000;
/// Items of a page when nobody says how many.
const USUAL: u64 = 50;

/// Which part of a list; `start` counts from 1.
#[derive(Deserialize, Default, Clone, Copy)]
pub struct PageQuery {
    start: Option<u64>,
    count: Option<u64>,
}

impl PageQuery {
    /// A page from the two parameters.
    pub fn of(start: Option<u64>, count: Option<u64>) -> PageQuery {
        PageQuery { start, count }
    }

    /// Where it starts.
    pub fn start(self) -> u64 {
        self.start.unwrap_or(1).max(1)
    }

    /// How many items it has at most.
    pub fn count(self) -> u64 {
        self.count.unwrap_or(USUAL).min(MOST)
    }

    /// The same for the store.
    pub fn window(self) -> Window {
        Window { offset: self.start() - 1, limit: self.count() }
    }
}

/// A word of a query; an empty one counts as absent.
///
/// # Errors
/// `INVALID`, with the words that are possible.
pub fn word<T: FromStr<Err = Error>>(text: Option<&str>) -> Result<Option<T>> {
    text.filter(|text| !text.is_empty()).map(str::parse).transpose()
}

/// The text that somebody searches for, as much of it as is looked at.
pub fn searched(text: &str) -> String {
    text.chars().take(256).collect()
}

/// Whether an order is to be turned round.
///
/// # Errors
/// `INVALID`.
pub fn is_descending(order: Option<&str>) -> Result<bool> {
    match order {
        None | Some("" | "asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(other) => {
            let other: String = other.chars().take(80).collect();
            Err(Error::Invalid("order", format!("expected asc or desc, got “{other}”")))
        }
    }
}

/// One line of a CSV file. Every cell is quoted; what a spreadsheet would take for a formula gets an apostrophe.
pub fn csv_line<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let guarded = |cell: &'c str| match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
    {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    };
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let written = writer.write_record(cells.into_iter().map(guarded).map(Cow::into_owned));
    // A list of bytes takes whatever is written to it.
    let line = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8_lossy(&line).into_owned()
}

/// A file to be saved, sent while it is written.
pub fn file(
    name: &str,
    kind: &'static str,
    pages: impl futures_util::Stream<Item = std::result::Result<Bytes, ApiError>> + 'static,
) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header(("Content-Disposition", format!("attachment; filename=\"{name}\"")))
        .streaming(pages)
}

/// The id of a team in an address.
///
/// # Errors
/// `NOT_FOUND`.
pub fn team_id(text: &str) -> Result<TeamId, Error> {
    text.parse().map_err(|()| Error::NotFound(Noun::Team, text.chars().take(80).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(csv_line(["a", "", "x \"y\", z"]), "\"a\",\"\",\"x \"\"y\"\", z\"\r\n");
        for cell in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"] {
            assert_eq!(csv_line([cell]), format!("\"'{cell}\"\r\n"));
        }
    }
}
