//! What commands say to whoever started them: standard output for results, standard error for faults. A closed pipe is
//! nobody's fault.

use std::io::Write as _;

/// One line of a result.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// One line about a fault.
pub fn error(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
