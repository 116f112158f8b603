//! How many requests arrived in each hour.

use super::scalar::Moment;
use crate::domain::exchange::ExchangeHour;
use serde::Serialize;
use utoipa::ToSchema;

/// What arrived within an hour.
#[derive(Serialize, ToSchema)]
pub struct RequestHour {
    /// Its beginning.
    pub from: Moment,
    /// How many requests.
    pub requests: u64,
    /// How many of these were refused.
    pub refused: u64,
}

impl From<ExchangeHour> for RequestHour {
    fn from(hour: ExchangeHour) -> RequestHour {
        RequestHour { from: hour.from.into(), requests: hour.all, refused: hour.refused }
    }
}

/// The hours in which requests arrived.
#[derive(Serialize, ToSchema)]
pub struct RequestHours {
    /// Those of the last day that had any, oldest first.
    #[schema(max_items = 25)]
    pub hours: Vec<RequestHour>,
}
