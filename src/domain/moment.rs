//! Moments as texts.

use super::{Error, Time};

impl Time {
    /// Reads RFC 3339: `2026-01-31T09:30:00Z`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for that field.
    pub fn parse(field: &'static str, text: &str) -> Result<Time, Error> {
        let moment = text.parse::<jiff::Timestamp>();
        let wrong = |_| Error::Invalid(field, "expected a time such as 2026-01-31T09:30:00Z".to_owned());
        moment.map(|moment| Time(moment.as_millisecond())).map_err(wrong)
    }
}
