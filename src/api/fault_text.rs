//! Texts of sandboxes in the admin API: fault rules and personas. What the document says of them is a part of what is taken: other orders of
//! the same words are taken as well.

use serde::Deserialize;
use utoipa::ToSchema;

/// What goes wrong on purpose: a rule such as 429:5% retry-after=30 method=POST path=/Users.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(
    pattern = "^(latency(:(100|[1-9][0-9]?|[0-9]?[0-9]\\.[0-9]?[1-9])%|:1/[1-9][0-9]{0,5})?( (delay|jitter)=([0-9]{1,5}ms|[0-9]{1,2}s|[1-5][0-9]{2}s))*|(429|500|502|503|504)(:(100|[1-9][0-9]?|[0-9]?[0-9]\\.[0-9]?[1-9])%|:1/[1-9][0-9]{0,5})?( retry-after=(none|[0-9]{1,3}))?|slow(:(100|[1-9][0-9]?|[0-9]?[0-9]\\.[0-9]?[1-9])%|:1/[1-9][0-9]{0,5})?( delay=([0-9]{1,5}ms|[0-9]{1,2}s|[1-5][0-9]{2}s))?|stale(:(100|[1-9][0-9]?|[0-9]?[0-9]\\.[0-9]?[1-9])%|:1/[1-9][0-9]{0,5})?( for=([0-9]{1,5}ms|[0-9]{1,2}s|[1-5][0-9]{2}s))?|(reset|truncate|drop|expire)(:(100|[1-9][0-9]?|[0-9]?[0-9]\\.[0-9]?[1-9])%|:1/[1-9][0-9]{0,5})?)( method=(GET|POST|PUT|PATCH|DELETE)| path=/[!-+.-~-]{0,100})*$"
)]
pub struct FaultText(pub String);

/// The service provider that a sandbox answers like, or none.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(pattern = "^(none|aws|slack|github|gitlab|databricks|snowflake|users-only)$")]
pub struct PersonaName(pub String);
