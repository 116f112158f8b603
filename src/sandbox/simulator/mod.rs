//! Simulators: each plays an identity provider in its own dialect against any SCIM server and judges the answers as that one
//! would. What an identity provider sends is data (`dialects/`); what happens to people is a scenario.

mod cast;
mod chapters;
mod dialect;
mod engine;
mod hostile;
mod judge;
mod listing;
mod moves;
mod people;
mod scenario;

pub use dialect::{Dialect, IDPS, VARIANTS};
pub use scenario::Scenario;

use super::dialogue::player::{Exchange, Player, Retries};
use super::dialogue::record::Record;
use super::dialogue::values::Values;
use crate::push::client::wire::Wire;
use crate::push::client::{Access, ClientError};
use cast::Cast;
use engine::Engine;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// What is to be played.
#[derive(Clone, Debug)]
pub struct Play {
    /// The dialect.
    pub dialect: Dialect,
    /// What happens; none: a connection test, a first cycle, and people who join, move and leave.
    pub scenario: Option<Scenario>,
    /// How many people; none: as many as the scenario needs.
    pub users: Option<usize>,
    /// How many groups.
    pub groups: Option<usize>,
    /// Whether it takes its time as the real one does.
    pub is_slow: bool,
    /// What the people are made of: the same seed makes the same people.
    pub seed: u64,
    /// Whether to delete afterwards what was created.
    pub clean_up: bool,
}

/// What a play came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The identity provider.
    pub idp: String,
    /// The scenario; `default` for the usual three.
    pub scenario: String,
    /// How many requests were judged.
    pub steps: usize,
    /// How many of them the identity provider is content with.
    pub passed: usize,
    /// How many it is not.
    pub failed: usize,
    /// What it would do in the end, in a sentence.
    pub verdict: String,
    /// What it is not content with.
    pub failures: Vec<Failure>,
}

/// A request whose answer does not do.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The number of the request, from 1.
    pub step: usize,
    /// Its method and path.
    pub request: String,
    /// What came.
    pub got: String,
    /// What should have come.
    pub want: String,
    /// What the identity provider would make of it.
    pub why: String,
}

/// A line of the transcript.
pub enum Told<'t> {
    /// A part of the scenario begins.
    Chapter(&'t str),
    /// A request was answered; the failures are those of this step.
    Step(usize, &'t Exchange, &'t [Failure]),
}

/// Plays the usual three scenarios, or one, against an endpoint.
///
/// # Errors
/// When the address cannot be used.
pub fn play_against(access: &Access, play_order: &Play) -> Result<Report, ClientError> {
    Ok(play(play_order, &Wire::new(access)?, &access.token, &mut |_| {})?.0)
}

/// Plays. Every step is told as it happens; the dialogue is what went over the wire, as a file of tests/replays.
pub fn play(
    play: &Play,
    wire: &Wire,
    token: &str,
    tell: &mut dyn FnMut(Told<'_>),
) -> Result<(Report, Value), ClientError> {
    let dialect = &play.dialect;
    let chapters = play.scenario.map_or_else(|| Scenario::USUAL.to_vec(), |one| vec![one]);
    let cast = Cast::new(play, &chapters);
    let mut values = Values::new(&cast.tag, wire.url());
    values.set("idp", dialect.idp());
    let retries = Retries {
        pause: if play.is_slow { dialect.retry_pause() } else { Duration::from_millis(20) },
        ..dialect.retries()
    };
    let player = Player::new(wire, token, retries, values);
    let record = Record::new(dialect.name(), &cast.tag, wire.url());
    let mut engine = Engine::new(dialect, player, record, cast, play.is_slow, tell);
    for chapter in &chapters {
        engine.chapter(*chapter);
    }
    if play.clean_up {
        engine.clean_up();
    }
    let scenario = play.scenario.map_or("default", Scenario::name);
    Ok(engine.report(scenario))
}
