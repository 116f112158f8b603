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
    /// The same as a QR code.
    pub qr: QrCode,
}

/// A QR code, to be drawn by whoever shows it.
#[derive(Serialize, ToSchema)]
pub struct QrCode {
    /// How many modules it is wide and high, with its quiet zone.
    pub size: usize,
    /// Its dark modules as the path of an SVG, a module being one unit.
    pub path: String,
}

impl QrCode {
    /// The code of a text; empty where it would not fit.
    pub fn of(text: &str) -> QrCode {
        let Ok(code) = qrcode::QrCode::new(text) else { return QrCode { size: 0, path: String::new() } };
        let width = code.width();
        let mut path = String::new();
        for (n, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = QUIET;
            for run in row.chunk_by(|one, next| one == next) {
                let long = run.len();
                if run.first() == Some(&qrcode::Color::Dark) {
                    path.push_str(&format!("M{x} {}h{long}v1h-{long}z", n + QUIET));
                }
                x += long;
            }
        }
        QrCode { size: width + 2 * QUIET, path }
    }
}

/// Modules around a code that stay light.
const QUIET: usize = 4;

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
