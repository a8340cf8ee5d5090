//! How much of the cage this machine can build, as measured by a child that tried. Shown by the server, its API and
//! `doctor`; what to do about what is missing stands in [`super::advice`].

use serde::{Deserialize, Serialize};

/// How far the cage reaches, lowest first. Each level has everything of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LevelName {
    /// Below the floor of law 13: uploads are refused unless the operator says otherwise.
    Open,
    /// no_new_privs, seccomp (no sockets, no processes), Landlock on files, no capabilities.
    Floor,
    /// Landlock walls off TCP and signals too (kernel 6.12).
    Walled,
    /// Own user, mount, process, network, IPC and host name namespaces: sees nothing but its own files.
    Separate,
    /// The kernel itself bounds the memory, by a control group.
    Full,
}

impl LevelName {
    /// All, lowest first.
    pub const ALL: [LevelName; 5] =
        [LevelName::Open, LevelName::Floor, LevelName::Walled, LevelName::Separate, LevelName::Full];

    /// In one word, as shown and on the command line of the child.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LevelName::Open => "open",
            LevelName::Floor => "floor",
            LevelName::Walled => "walled",
            LevelName::Separate => "separate",
            LevelName::Full => "full",
        }
    }

    /// By that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<LevelName> {
        LevelName::ALL.into_iter().find(|name| name.as_str() == word)
    }
}

/// Layers that took hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// It has no capabilities, not even as root.
    pub no_capabilities: bool,
    /// It lives in namespaces of its own.
    pub namespaces: bool,
    /// Its memory is bounded by a control group; elsewhere by the launcher's watch.
    pub memory_group: bool,
    /// Why there are no namespaces, as the system said it.
    pub namespaces_refused: Option<String>,
    /// Why there is no control group.
    pub memory_group_refused: Option<String>,
}

impl Level {
    /// Whether the floor of law 13 is there.
    #[must_use]
    pub fn is_floor(&self) -> bool {
        self.no_new_privs && self.seccomp && self.landlock && self.no_capabilities
    }

    /// The highest level that is wholly there.
    #[must_use]
    pub fn name(&self) -> LevelName {
        // Namespaces give more than Landlock's newer walls, which older kernels lack.
        match (self.is_floor(), self.namespaces, self.memory_group) {
            (false, ..) => LevelName::Open,
            (true, true, true) => LevelName::Full,
            (true, true, false) => LevelName::Separate,
            (true, false, _) if self.landlock_net && self.landlock_scope => LevelName::Walled,
            (true, false, _) => LevelName::Floor,
        }
    }

    /// What is missing of the floor, in words; empty if nothing.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        [
            (self.no_new_privs, "no_new_privs"),
            (self.seccomp, "seccomp"),
            (self.landlock, "Landlock"),
            (self.no_capabilities, "giving up capabilities"),
        ]
        .into_iter()
        .filter_map(|(there, name)| (!there).then_some(name))
        .collect()
    }

    /// Every layer and whether it took hold, outermost first.
    #[must_use]
    pub fn layers(&self) -> [(&'static str, bool); 8] {
        [
            ("no_new_privs", self.no_new_privs),
            ("seccomp", self.seccomp),
            ("Landlock files", self.landlock),
            ("no capabilities", self.no_capabilities),
            ("Landlock network", self.landlock_net),
            ("Landlock signals", self.landlock_scope),
            ("own namespaces", self.namespaces),
            ("memory by control group", self.memory_group),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_read_back() {
        assert!(LevelName::ALL.is_sorted());
        for name in LevelName::ALL {
            assert_eq!(LevelName::parse(name.as_str()), Some(name));
        }
        let floor = Level {
            no_new_privs: true,
            seccomp: true,
            landlock: true,
            no_capabilities: true,
            ..Level::default()
        };
        let walled = Level { landlock_net: true, landlock_scope: true, ..floor.clone() };
        let separate = Level { namespaces: true, ..floor.clone() };
        let full = Level { memory_group: true, ..separate.clone() };
        let open = Level { seccomp: false, ..full.clone() };
        let names = [&open, &floor, &walled, &separate, &full].map(Level::name);
        assert_eq!(names, LevelName::ALL);
        assert_eq!(open.missing(), ["seccomp"]);
    }
}
