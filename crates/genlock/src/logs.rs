//! The log: one line per happening on standard error, text on a terminal, JSON elsewhere. Nothing in this workspace
//! logs tokens, cookies, passwords or invite links.

use crate::settings::LogOptions;
use anyhow::{Context as _, Result};
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// Begins to log.
///
/// # Errors
/// When the filter cannot be read.
pub fn begin(options: &LogOptions) -> Result<()> {
    let filter = EnvFilter::try_new(&options.log).context("GENLOCK_LOG")?;
    let terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let json = options.log_format.as_deref().map_or(!terminal, |format| format == "json");
    let begun = if json {
        builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        builder.with_ansi(terminal).try_init()
    };
    begun.map_err(|error| anyhow::anyhow!("logging cannot begin: {error}"))
}
