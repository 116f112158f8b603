//! Ids and moments. Nodes, connections and users share one number space; teams are named by 16 random bytes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::fmt::{StdFmtWrite, temporal::DateTimePrinter};

/// A moment: milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// So many minutes later.
    pub fn plus_minutes(self, minutes: i64) -> Time {
        Time(self.0.saturating_add(minutes.saturating_mul(60_000)))
    }

    /// So many days later.
    pub fn plus_days(self, days: i64) -> Time {
        self.plus_minutes(days.saturating_mul(1440))
    }
}

impl std::fmt::Display for Time {
    /// RFC 3339 in UTC with milliseconds: `2026-01-31T09:30:00.000Z` (RFC 7643, section 2.3.5).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What jiff writes for `{:.3}`, without the general machinery: every answer holds two of them.
        const WRITER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        WRITER.print_timestamp(&moment, StdFmtWrite(f)).map_err(|_| std::fmt::Error)
    }
}

/// The largest number that is exact in every client: 2⁵³ − 1.
pub const LARGEST: i64 = 9_007_199_254_740_991;

macro_rules! number_id {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(itoa::Buffer::new().format(self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            /// Digits only and no leading zero, so that one thing has one address.
            fn from_str(text: &str) -> Result<$name, ()> {
                let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
                match text.parse() {
                    Ok(number) if plain => Ok($name(number)),
                    _ => Err(()),
                }
            }
        }
    };
}

number_id!(NodeId, "A node: enterprise number × 2³² + counter, 15 digits, safe in JavaScript.");
number_id!(ScimId, "A connection, in the number space of nodes.");
number_id!(UserId, "A user, in the number space of nodes; never reused.");

/// The row of a team: its place in the order of creation. Never leaves the appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TeamKey(pub i64);

/// A team as the wire names it: 16 bytes, 22 characters of base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TeamId(pub [u8; 16]);

impl std::fmt::Display for TeamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl std::str::FromStr for TeamId {
    type Err = ();

    fn from_str(text: &str) -> Result<TeamId, ()> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ())?;
        bytes.try_into().map(TeamId).map_err(|_| ())
    }
}
