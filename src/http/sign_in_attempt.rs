//! An attempt to sign in: when it may be made, and the line that is logged when it fails.

use super::App;
use super::error::ApiError;
use super::login_throttle::{Attempt, Who};
use crate::domain::Time;

/// Begins an attempt that counts as failed until it has succeeded.
///
/// # Errors
/// `SIGN_IN_DELAYED`.
pub fn delay(app: &App, now: Time, who: &Who<'_>) -> Result<Attempt, ApiError> {
    app.delays.attempt(now, who).map_err(ApiError::delayed)
}

/// One line for whoever counts failures from outside (fail2ban): docs/operations.md#fail2ban.
pub fn log_failed(address: &str, form: &str) {
    tracing::warn!(address, form, "sign-in failed");
}
