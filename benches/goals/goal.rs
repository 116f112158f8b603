//! The goals: what each row measures, and what is wanted of it at least and at best.

/// How a figure is written.
#[derive(Clone, Copy, PartialEq)]
pub enum Unit {
    /// A part of the responder's.
    Percent,
    /// A multiple.
    Times,
    /// Nanoseconds of CPU for each member.
    Nanoseconds,
    /// Millions of bytes.
    Megabytes,
    /// Thousandths of a second.
    Milliseconds,
}

impl Unit {
    /// The figure in words.
    pub fn write(self, figure: f64) -> String {
        match self {
            Unit::Percent => format!("{figure:.1} %"),
            Unit::Times => format!("{figure:.2} ×"),
            Unit::Nanoseconds => format!("{figure:.0} ns"),
            Unit::Megabytes => format!("{figure:.1} MB"),
            Unit::Milliseconds => format!("{figure:.2} ms"),
        }
    }

    fn bound(self, figure: f64) -> String {
        match self {
            Unit::Percent => format!("{figure} %"),
            Unit::Times => format!("{figure} ×"),
            Unit::Nanoseconds => format!("{figure} ns"),
            Unit::Megabytes => format!("{figure} MB"),
            Unit::Milliseconds => format!("{figure} ms"),
        }
    }
}

/// One row.
#[derive(Clone, Copy)]
pub struct Goal {
    /// Its number; one has two figures.
    pub number: u8,
    /// What is measured.
    pub text: &'static str,
    /// How it is written.
    pub unit: Unit,
    /// Whether more is better.
    pub upwards: bool,
    /// What is wanted at least.
    pub minimum: f64,
    /// What is wanted at best.
    pub stretch: f64,
}

impl Goal {
    /// `stretch`, `minimum` or `missed`.
    pub fn verdict(&self, figure: f64) -> &'static str {
        let reaches = |bound| if self.upwards { figure >= bound } else { figure <= bound };
        match figure {
            _ if reaches(self.stretch) => "stretch",
            _ if reaches(self.minimum) => "minimum",
            _ => "missed",
        }
    }

    /// Both bounds in words.
    pub fn bounds(&self) -> [String; 2] {
        let sign = if self.upwards { '≥' } else { '≤' };
        [self.minimum, self.stretch].map(|bound| format!("{sign} {}", self.unit.bound(bound)))
    }
}

const fn at_least(number: u8, text: &'static str, unit: Unit, minimum: f64, stretch: f64) -> Goal {
    Goal { number, text, unit, upwards: true, minimum, stretch }
}

const fn at_most(number: u8, text: &'static str, unit: Unit, minimum: f64, stretch: f64) -> Goal {
    Goal { number, text, unit, upwards: false, minimum, stretch }
}

use Unit::{Megabytes, Milliseconds, Nanoseconds, Percent, Times};

pub const GET_RATE: Goal = at_least(1, "GET user by id: throughput of the responder", Percent, 40.0, 50.0);
pub const GET_CPU: Goal = at_most(2, "the same: CPU of the responder", Times, 3.0, 2.4);
pub const FILTER_CPU: Goal = at_most(3, "filter userName eq: CPU of the responder", Times, 4.0, 3.0);
pub const TOKEN_CPU: Goal = at_most(4, "letting a valid token in: CPU of the responder", Percent, 10.0, 5.0);
pub const LIST_CPU: Goal = at_most(5, "list of 100: CPU of the responder", Times, 25.0, 15.0);
pub const POST_RATE: Goal = at_least(6, "POST, 64 connections: throughput of echo", Percent, 20.0, 35.0);
pub const POST_CPU: Goal = at_most(7, "POST, 16 connections: CPU of echo", Times, 7.0, 4.0);
pub const POST_P99: Goal = at_most(8, "POST, 64 connections: p99 of echo", Times, 10.0, 5.0);
pub const POST_ALONE: Goal = at_most(9, "POST, 1 connection: p50 of one fdatasync", Times, 2.5, 1.8);
pub const POST_GROUPED: Goal = at_least(10, "POST: throughput of 64 connections over 1", Times, 5.0, 8.0);
pub const PATCH_RATE: Goal = at_least(11, "PATCH one member, 64 connections: throughput of echo", Percent, 15.0, 30.0);
pub const PATCH_GROWTH: Goal = at_most(12, "PATCH one member: CPU in a large team over one of 10", Times, 1.5, 1.2);
pub const TEAM_GROWTH: Goal =
    at_most(13, "GET group without members: CPU of a large team over one of 10", Times, 1.2, 1.1);
pub const READ_GROWTH: Goal = at_most(14, "GET by id and filter: CPU among a million over few", Times, 1.5, 1.2);
pub const POST_GROWTH: Goal = at_most(15, "POST: CPU among a million over few", Times, 1.5, 1.25);
pub const DEPTH: Goal = at_most(16, "page of 1000: last pages over first pages, walking forward", Times, 2.0, 1.3);
pub const WALK: Goal = at_most(17, "whole walk by pages of 1000: a million over a tenth", Times, 12.0, 10.5);
pub const NEIGHBOUR: Goal = at_most(18, "p99 of GET while another node scans a million", Times, 3.0, 1.5);
pub const MEMBERS: Goal = at_most(19, "whole membership of a large team: CPU for each", Nanoseconds, 300.0, 200.0);
pub const IDLE: Goal = at_most(22, "memory without the file, idle", Megabytes, 40.0, 20.0);
pub const ACTIVE_CPU: Goal = at_most(23, "PATCH active, 16 connections: CPU of echo", Times, 5.0, 4.0);
pub const ACTIVE_CPU_MANY: Goal = at_most(24, "PATCH active, 64 connections: CPU of echo", Times, 5.0, 3.5);
pub const PUT_CPU: Goal = at_most(25, "PUT user, 16 connections: CPU of echo", Times, 5.0, 4.0);
pub const PUT_CPU_MANY: Goal = at_most(26, "PUT user, 64 connections: CPU of echo", Times, 5.0, 3.5);
pub const MEMBER_CPU: Goal = at_most(27, "PATCH one member, 16 connections: CPU of echo", Times, 4.5, 3.5);
pub const CAPTURE_LINE: Goal =
    at_most(28, "GET and PATCH, capture metadata: CPU of capture off", Percent, 105.0, 102.0);
pub const CAPTURE_FULL: Goal = at_most(29, "GET and PATCH, capture full: CPU of capture off", Percent, 110.0, 105.0);
pub const FULL: Goal = at_most(22, "memory without the file, after a million users", Megabytes, 200.0, 120.0);
pub const IDLE_P99: Goal = at_most(30, "p99 of GET beside 10 000 idle connections over without", Times, 2.0, 1.2);
pub const IDLE_MEMORY: Goal = at_most(31, "memory without the file, 10 000 idle connections", Megabytes, 200.0, 120.0);
pub const ATTACK_P99: Goal = at_most(32, "p99 of GET beside 1 000 slow connections over without", Times, 2.0, 1.2);
pub const ENUMERATION: Goal =
    at_most(33, "refused sign-in: an address that exists against one that does not", Milliseconds, 1.0, 0.5);
