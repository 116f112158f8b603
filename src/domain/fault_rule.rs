//! Fault rules: what goes wrong on purpose at the endpoint of a sandbox node, and how a rule is written.
//!
//! `KIND[:SHARE] [NAME=VALUE]…`, such as `429:5% retry-after=30 method=POST path=/Users` or `500:1/10`. Several rules stand in one text
//! with commas between them. docs/sandbox.md#faults describes every word.

use super::{Error, Result};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Every answer waits, by so many milliseconds more or less.
    Latency {
        /// Milliseconds.
        delay: u64,
        /// At most so many milliseconds are added to it or taken from it.
        jitter: u64,
    },
    /// An answer with this status instead of the right one: 429 and the 5xx.
    Status {
        /// The status.
        status: u16,
        /// Seconds in `Retry-After`; `None` leaves the header out.
        retry_after: Option<u64>,
    },
    /// The network connection is reset instead of an answer.
    Reset,
    /// The answer's body ends half-way.
    Truncate,
    /// The answer's body takes so many milliseconds to arrive.
    Slow(u64),
    /// Lists do not show what was created within so many milliseconds.
    Stale(u64),
    /// The answer says that something was written, and nothing was.
    Drop,
    /// The token is refused as expired.
    Expire,
}

/// Which of the requests that a rule is about it spoils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many in ten thousand, by a fixed sequence of chance.
    Part(u16),
    /// Every n-th, beginning with the n-th.
    Every(u32),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRule {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often.
    pub share: Share,
    /// Only with this method, in capitals.
    pub method: Option<String>,
    /// Only below this path, which begins with a slash behind the base URL.
    pub path: Option<String>,
}

/// How many rules a node can have.
pub const MOST_RULES: usize = 20;
/// The longest that a rule can make a client wait, in milliseconds.
const LONGEST: u64 = 10 * 60 * 1000;
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl FaultRule {
    /// Whether a rule is about a request. `path` begins behind the base URL.
    pub fn concerns(&self, method: &str, path: &str) -> bool {
        let below = |prefix: &String| {
            let (path, prefix) = (path.to_ascii_lowercase(), prefix.to_ascii_lowercase());
            path.strip_prefix(prefix.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.method.as_ref().is_none_or(|wanted| wanted == method) && self.path.as_ref().is_none_or(below)
    }

    /// Whether a rule strikes the n-th request that it is about, from 1. The same number always comes to the same.
    pub fn strikes(&self, n: u64) -> bool {
        match self.share {
            Share::Part(10_000) => true,
            Share::Part(part) => chance(n) % 10_000 < u64::from(part),
            Share::Every(every) => n.is_multiple_of(u64::from(every.max(1))),
        }
    }

    /// Several rules in one text, with commas between them.
    ///
    /// # Errors
    /// The first that is none.
    pub fn several(text: &str) -> Result<Vec<FaultRule>> {
        text.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(str::parse).collect()
    }
}

/// A number that looks like chance and is the same for the same number (SplitMix64).
pub fn chance(n: u64) -> u64 {
    let mut mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl FromStr for FaultRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<FaultRule> {
        let wrong = |why: String| Error::Invalid("faults", format!("“{text}”: {why}"));
        let mut words = text.split_whitespace();
        let head = words.next().ok_or_else(|| wrong("a rule begins with what goes wrong".to_owned()))?;
        let (kind, share) = head.split_once(':').map_or((head, None), |(kind, share)| (kind, Some(share)));
        let share = share
            .map_or(Some(Share::Part(10_000)), read_share)
            .ok_or_else(|| wrong("a share is written 5% or, for every tenth request, 1/10".to_owned()))?;
        let [mut delay, mut jitter, mut lasts, mut retry_after] = [None::<u64>; 4];
        let (mut method, mut path, mut silent) = (None, None, false);
        for word in words {
            let (name, value) = word.split_once('=').ok_or_else(|| wrong(format!("“{word}” is not NAME=VALUE")))?;
            let time = || {
                read_time(value).filter(|time| *time <= LONGEST).ok_or_else(|| {
                    wrong(format!("{name} is a time of at most 10 minutes such as 200ms or 3s, not “{value}”"))
                })
            };
            match name {
                "delay" => delay = Some(time()?),
                "jitter" => jitter = Some(time()?),
                "for" => lasts = Some(time()?),
                "retry-after" if value == "none" => silent = true,
                "retry-after" => {
                    let seconds = value.parse().ok().filter(|seconds| *seconds <= 3600);
                    let why = || wrong(format!("retry-after is “none” or 0 to 3600 seconds, not “{value}”"));
                    retry_after = Some(seconds.ok_or_else(why)?);
                }
                "method" => {
                    let upper = value.to_ascii_uppercase();
                    if !METHODS.contains(&upper.as_str()) {
                        return Err(wrong(format!("method is one of {}, not “{value}”", METHODS.join(", "))));
                    }
                    method = Some(upper);
                }
                "path" => {
                    if !value.starts_with('/') || value.len() > 200 || value.contains(',') {
                        return Err(wrong("path begins with a slash, such as /Users".to_owned()));
                    }
                    path = Some(value.to_owned());
                }
                other => return Err(wrong(format!("there is no “{other}”"))),
            }
        }
        let (slow, lag) = (delay.unwrap_or(3_000), lasts.unwrap_or(5_000));
        let kind = match kind {
            "latency" => FaultKind::Latency { delay: delay.unwrap_or(200), jitter: jitter.take().unwrap_or(0) },
            "reset" => FaultKind::Reset,
            "truncate" => FaultKind::Truncate,
            "slow" => FaultKind::Slow(slow),
            "stale" => FaultKind::Stale(lag),
            "drop" => FaultKind::Drop,
            "expire" => FaultKind::Expire,
            status => match status.parse() {
                Ok(status @ (429 | 500 | 502 | 503 | 504)) => {
                    let usual = matches!(status, 429 | 503).then_some(1);
                    let retry_after = if silent { None } else { retry_after.take().or(usual) };
                    FaultKind::Status { status, retry_after }
                }
                _ => {
                    return Err(wrong(
                        "what goes wrong is latency, 429, 500, 502, 503, 504, reset, truncate, slow, stale, drop or expire"
                            .to_owned(),
                    ));
                }
            },
        };
        let fits = match kind {
            FaultKind::Latency { .. } => lasts.is_none() && retry_after.is_none(),
            FaultKind::Slow(_) => lasts.is_none() && jitter.is_none() && retry_after.is_none(),
            FaultKind::Stale(_) => delay.is_none() && jitter.is_none() && retry_after.is_none(),
            FaultKind::Status { .. } => delay.is_none() && jitter.is_none() && lasts.is_none(),
            _ => delay.is_none() && jitter.is_none() && lasts.is_none() && retry_after.is_none(),
        };
        if !fits || (silent && !matches!(kind, FaultKind::Status { .. })) {
            return Err(wrong(
                "delay is for latency and slow, jitter for latency, for= for stale, retry-after for a status"
                    .to_owned(),
            ));
        }
        Ok(FaultRule { kind, share, method, path })
    }
}

impl Display for FaultRule {
    /// As it is read again.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Latency { .. } => f.write_str("latency"),
            FaultKind::Status { status, .. } => write!(f, "{status}"),
            FaultKind::Reset => f.write_str("reset"),
            FaultKind::Truncate => f.write_str("truncate"),
            FaultKind::Slow(_) => f.write_str("slow"),
            FaultKind::Stale(_) => f.write_str("stale"),
            FaultKind::Drop => f.write_str("drop"),
            FaultKind::Expire => f.write_str("expire"),
        }?;
        match self.share {
            Share::Part(10_000) => Ok(()),
            Share::Part(part) => match (part / 100, part % 100) {
                (whole, 0) => write!(f, ":{whole}%"),
                (whole, rest) => write!(f, ":{whole}.{rest:02}%"),
            },
            Share::Every(every) => write!(f, ":1/{every}"),
        }?;
        match &self.kind {
            FaultKind::Latency { delay, jitter: 0 } | FaultKind::Slow(delay) => write!(f, " delay={delay}ms"),
            FaultKind::Latency { delay, jitter } => write!(f, " delay={delay}ms jitter={jitter}ms"),
            FaultKind::Status { retry_after: Some(seconds), .. } => write!(f, " retry-after={seconds}"),
            FaultKind::Status { status: 429 | 503, retry_after: None } => f.write_str(" retry-after=none"),
            FaultKind::Stale(lag) => write!(f, " for={lag}ms"),
            _ => Ok(()),
        }?;
        for (name, value) in [("method", &self.method), ("path", &self.path)] {
            if let Some(value) = value {
                write!(f, " {name}={value}")?;
            }
        }
        Ok(())
    }
}

fn read_share(text: &str) -> Option<Share> {
    if let Some(every) = text.strip_prefix("1/") {
        return every.parse().ok().filter(|every| (1..=1_000_000).contains(every)).map(Share::Every);
    }
    let (whole, rest) = text.strip_suffix('%').map(|text| text.split_once('.').unwrap_or((text, "")))?;
    if rest.len() > 2 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hundredths: u16 = format!("{rest:0<2}").parse().ok()?;
    let part = whole.parse::<u16>().ok()?.checked_mul(100)?.checked_add(hundredths)?;
    (1..=10_000).contains(&part).then_some(Share::Part(part))
}

/// Milliseconds.
fn read_time(text: &str) -> Option<u64> {
    match text.strip_suffix("ms") {
        Some(number) => number.parse().ok(),
        None => text.strip_suffix('s')?.parse::<u64>().ok()?.checked_mul(1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_as_it_is_written() -> Result<()> {
        for text in [
            "429:5% retry-after=1",
            "429:0.25% retry-after=none",
            "500:1/10",
            "503 retry-after=30 method=POST path=/Users",
            "latency delay=200ms jitter=50ms",
            "reset:1%",
            "truncate",
            "slow delay=3000ms",
            "stale for=5000ms",
            "drop:1/3 method=POST",
            "expire path=/Groups",
        ] {
            assert_eq!(text.parse::<FaultRule>()?.to_string(), text);
        }
        for text in [
            "",
            "418",
            "429:0%",
            "429:101%",
            "429:1/0",
            "reset delay=1s",
            "latency delay=11m",
            "drop path=Users",
            "500 x=1",
            "expire retry-after=none",
        ] {
            assert!(text.parse::<FaultRule>().is_err(), "{text}");
        }
        assert_eq!(FaultRule::several("429:5%, 500:1/10")?.len(), 2);
        Ok(())
    }

    #[test]
    fn a_rule_strikes_as_often_as_it_says() -> Result<()> {
        let rule: FaultRule = "429:5%".parse()?;
        let struck = (1..=10_000).filter(|n| rule.strikes(*n)).count();
        assert!((400..=600).contains(&struck), "{struck}");
        let rule: FaultRule = "500:1/3".parse()?;
        assert_eq!((1..=7).filter(|n| rule.strikes(*n)).collect::<Vec<_>>(), [3, 6]);
        Ok(())
    }

    #[test]
    fn a_rule_is_about_whole_parts_of_a_path() -> Result<()> {
        let rule: FaultRule = "drop method=post path=/Users".parse()?;
        assert!(rule.concerns("POST", "/users/1") && rule.concerns("POST", "/Users"));
        assert!(!rule.concerns("POST", "/UsersX") && !rule.concerns("GET", "/Users"));
        Ok(())
    }
}
