//! What a query for captured requests says of their statuses.

use crate::domain::{Error, Result};

/// The first and the last status of `404`, `4xx` or `refused`, which is all from 400.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub(super) fn range(text: &str) -> Result<(u16, u16)> {
    let wrong = || Error::Invalid("status", "expected a status such as 404 or 4xx, or refused".to_owned());
    if text == "refused" {
        return Ok((400, 599));
    }
    if let Some(class) = text.strip_suffix("xx") {
        let class = class.parse::<u16>().ok().filter(|class| (1..=5).contains(class) && text.len() == 3);
        let first = class.ok_or_else(wrong)? * 100;
        return Ok((first, first + 99));
    }
    let status = text.parse::<u16>().ok().filter(|status| (100..=599).contains(status) && text.len() == 3);
    let status = status.ok_or_else(wrong)?;
    Ok((status, status))
}
