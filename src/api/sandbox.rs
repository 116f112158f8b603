//! Sandboxes: sample data, and what was removed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The sample data that a sandbox is to be given.
#[derive(Deserialize, ToSchema)]
pub struct SeedWish {
    /// How many users, at most 10000.
    #[schema(maximum = 10000)]
    pub users: u32,
    /// How many groups, at most 1000; without it none.
    #[schema(maximum = 1000)]
    pub groups: Option<u32>,
    /// The language of names; English by default.
    pub locale: Option<SampleLocale>,
    /// How people belong together; flat by default.
    pub shape: Option<SampleShape>,
    /// The same number makes the same people; 1 by default.
    pub seed: Option<u32>,
}

/// The language of names in sample data.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SampleLocale {
    /// English.
    En,
    /// Japanese.
    Ja,
    /// Both.
    Mixed,
}

/// How the people of sample data belong together.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SampleShape {
    /// Everybody in a group or two.
    Flat,
    /// Managers, and departments as groups.
    OrgChart,
}

/// What a sandbox was given.
#[derive(Serialize, ToSchema)]
pub struct Seeded {
    /// Users that were added.
    pub users: u64,
    /// Groups that were added.
    pub groups: u64,
    /// Users and groups whose names were there already.
    pub skipped: u64,
}

/// What was removed from a sandbox.
#[derive(Serialize, ToSchema)]
pub struct SandboxReset {
    /// Users that were removed.
    pub users: u64,
    /// Teams that were removed.
    pub teams: u64,
}

/// What is played against a connection of a sandbox.
#[derive(Deserialize, ToSchema)]
pub struct TrafficWish {
    /// The identity provider that is played, as in “scimbox simulate”; the one of the connection by default.
    pub idp: Option<String>,
    /// The scenario; a connection test, a first cycle, and people who join, move and leave by default.
    pub scenario: Option<String>,
}

/// What the identity provider made of the answers.
#[derive(Serialize, ToSchema)]
pub struct TrafficReport {
    /// The identity provider that was played.
    pub idp: String,
    /// The scenario.
    pub scenario: String,
    /// How many requests were judged.
    pub steps: u64,
    /// How many answers it is content with.
    pub passed: u64,
    /// How many it is not content with.
    pub failed: u64,
    /// What it would do in the end, in a sentence.
    pub verdict: String,
    /// The answers it is not content with.
    pub failures: Vec<TrafficFailure>,
}

/// An answer that does not do.
#[derive(Serialize, ToSchema)]
pub struct TrafficFailure {
    /// The number of the request, from 1.
    pub step: u64,
    /// Its method and path.
    pub request: String,
    /// What came.
    pub got: String,
    /// What should have come.
    pub want: String,
    /// What the identity provider would make of it.
    pub why: String,
}
