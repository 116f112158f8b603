//! The log of `serve`: readable on a terminal, elsewhere one JSON object a line. How much is logged can change while it runs.

use std::io::IsTerminal;
use std::sync::Arc;
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, reload};

/// Starts it; what sets how much is logged.
pub(super) fn start() -> Arc<dyn Fn(&str) + Send + Sync> {
    let (heard, handle) = reload::Layer::new(heard(Level::INFO));
    let is_read = std::io::stderr().is_terminal();
    let plain = is_read.then(|| fmt::layer().with_writer(std::io::stderr).with_ansi(false).with_target(false));
    let lines = (!is_read).then(|| fmt::layer().with_writer(std::io::stderr).json().with_span_list(false));
    tracing_subscriber::registry().with(heard).with(plain).with(lines).init();
    Arc::new(move |level| {
        let Ok(level) = level.parse::<Level>() else { return };
        if let Err(error) = handle.reload(self::heard(level)) {
            tracing::error!(%error, "the log level cannot be changed");
        }
    })
}

/// What is heard at a level. Libraries say no more than usual: some would write down what they send.
fn heard(level: Level) -> Targets {
    Targets::new()
        .with_default(level.min(Level::INFO))
        .with_target("scimbox", level)
        // What the HTTP library has to say of malformed requests is no error of ours: any stranger can send them.
        .with_target("actix_http", LevelFilter::OFF)
}
