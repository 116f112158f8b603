//! Staged refusals: what a sandbox refuses on purpose, by a fault or as its persona would.

/// A refusal that is not the appliance's own.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The status.
    pub status: u16,
    /// The word of RFC 7644, table 9, where the persona sends one.
    pub scim_type: Option<String>,
    /// What the answer says.
    pub detail: String,
    /// The stable word for the console: `FAULT` or `PERSONA`.
    pub code: &'static str,
    /// The page that says why, for the header `Link`.
    pub source: Option<&'static str>,
    /// Seconds in `Retry-After`.
    pub retry_after: Option<u64>,
}
