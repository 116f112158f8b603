//! Diagnostics: what the appliance needs, and what helps to find a fault.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Diagnostics of the appliance.
#[derive(Serialize, ToSchema)]
pub struct Diagnostics {
    /// Whether all checks passed.
    pub ok: bool,
    /// What was looked at.
    pub checks: Vec<DiagnosticCheck>,
    /// What helps to find a fault, without secrets and names, as JSON text.
    pub support_report: String,
}

/// One look at something that the appliance needs.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct DiagnosticCheck {
    /// What was looked at.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub result: String,
    /// What to do about it; null when nothing has to be done.
    pub remedy: Option<String>,
}
