//! The second factor of whoever is signed in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// The second factor of the signed-in administrator.
#[derive(Serialize, ToSchema)]
pub struct SecondFactor {
    /// Whether signing in needs a code.
    pub on: bool,
    /// Whether every administrator needs one.
    pub required: bool,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
}

/// What an authenticator app is given.
#[derive(Serialize, ToSchema)]
pub struct NewSecondFactor {
    /// The secret in base32, to type in.
    pub secret: String,
    /// The same as an otpauth address, for a QR code or a link.
    pub address: String,
}

/// A code that the app shows.
#[derive(Deserialize, ToSchema)]
pub struct FirstCode {
    /// Six digits.
    pub code: String,
}

/// What opens the door when the device is lost.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Codes that work once each, shown this once.
    pub recovery_codes: Vec<String>,
}

/// What ends it.
#[derive(Deserialize, ToSchema)]
pub struct SecondFactorEnd {
    /// The password.
    #[schema(value_type = String)]
    pub password: Zeroizing<String>,
}
