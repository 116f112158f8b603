//! What a page wants to hear of.

use super::scalar::Id;
use serde::Deserialize;
use utoipa::IntoParams;

/// Topics of a stream.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// The id of a connection.
    #[param(value_type = Option<Id>)]
    pub scim_id: Option<i64>,
    /// Filters of the list of requests, as a query string; empty for all.
    pub requests: Option<String>,
    /// The newest request that is shown, or empty when none is: what came after it follows, and there is no `ready`.
    pub since: Option<String>,
}
