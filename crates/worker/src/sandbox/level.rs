//! How much of the cage this machine can build, as measured by a child that tried. Shown by the server and `doctor`.

use serde::{Deserialize, Serialize};

/// Layers that took hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// No new rights by executing something.
    pub no_new_privs: bool,
    /// System calls are filtered.
    pub seccomp: bool,
    /// Files are walled off.
    pub landlock: bool,
    /// TCP is walled off by Landlock too (kernel 6.7).
    pub landlock_net: bool,
    /// Signals to others are walled off by Landlock too (kernel 6.12).
    pub landlock_scope: bool,
}

impl Level {
    /// Whether the floor of law 13 is there.
    #[must_use]
    pub fn is_floor(self) -> bool {
        self.no_new_privs && self.seccomp && self.landlock
    }

    /// What is missing of the floor, in words; empty if nothing.
    #[must_use]
    pub fn missing(self) -> Vec<&'static str> {
        [(self.no_new_privs, "no_new_privs"), (self.seccomp, "seccomp"), (self.landlock, "Landlock")]
            .into_iter()
            .filter_map(|(there, name)| (!there).then_some(name))
            .collect()
    }
}
