//! How many requests are kept, how many could be, and that they were removed.

use super::scalar::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Of which node.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RequestSpaceQuery {
    /// The id of a node; all requests, also those of nobody known, if absent.
    #[param(value_type = Option<Id>)]
    pub node_id: Option<i64>,
}

/// What is kept of requests, and what may be.
#[derive(Serialize, ToSchema)]
pub struct RequestSpace {
    /// How many requests of the node are kept; null without a node.
    pub requests: Option<u64>,
    /// How many bytes they take, about.
    pub bytes: Option<u64>,
    /// How many are kept of a node at most.
    pub most: u64,
    /// How many bytes they may take.
    pub most_bytes: u64,
    /// After how many days one is deleted.
    pub days: u64,
    /// The longest body that is kept, in bytes.
    pub longest_body: u64,
    /// How many could not be kept since the start, because too many came at once.
    pub dropped: u64,
}

/// What was removed.
#[derive(Serialize, ToSchema)]
pub struct RequestsCleared {
    /// How many requests.
    pub requests: u64,
}
