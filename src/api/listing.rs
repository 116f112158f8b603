//! What the queries of lists share: which part is asked for, in which order, and with which words.

use crate::domain::predicate::Window;
use crate::domain::{Error, Noun, Result, TeamId};
use serde::Deserialize;
use std::str::FromStr;
use utoipa::IntoParams;

/// The most items of one page.
const MOST: u64 = 1000;
/// Items of a page when nobody says how many.
const USUAL: u64 = 50;

/// Which part of a list.
#[derive(Deserialize, IntoParams, Default, Clone, Copy)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The position of the first item, counted from 1.
    start: Option<u64>,
    /// Page size: 50 by default, at most 1000.
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

/// The id of a team in an address.
///
/// # Errors
/// `NOT_FOUND`.
pub fn team_id(text: &str) -> Result<TeamId, Error> {
    text.parse().map_err(|()| Error::NotFound(Noun::Team, text.chars().take(80).collect()))
}
