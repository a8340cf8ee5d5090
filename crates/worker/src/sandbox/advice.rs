//! What is missing of the cage on this machine, why, and the command or setting that would raise it. Shown by
//! `genlock doctor` and to owners of the instance.

use super::level::Level;
use std::path::Path;

/// A layer that did not take hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The layer.
    pub what: &'static str,
    /// Why it is not there.
    pub why: String,
    /// The command or setting that would raise it.
    pub raise: String,
}

/// What of this machine decides which layers can be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Version of the kernel, first two numbers.
    pub kernel: Option<(u32, u32)>,
    /// `user.max_user_namespaces`.
    pub user_namespaces_max: Option<u64>,
    /// `kernel.unprivileged_userns_clone` (older Debian kernels).
    pub unprivileged_clone: Option<u64>,
    /// `kernel.apparmor_restrict_unprivileged_userns` (Ubuntu from 23.10).
    pub apparmor_restricts: Option<u64>,
    /// Whether this runs in a container.
    pub in_container: bool,
    /// Path of this program, for a profile that names it.
    pub program: String,
}

impl Host {
    /// Reads it from the system. What cannot be read is unknown.
    #[must_use]
    pub fn read() -> Host {
        let number = |name: &str| {
            std::fs::read_to_string(Path::new("/proc/sys").join(name)).ok()?.trim().parse::<u64>().ok()
        };
        let release = rustix::system::uname().release().to_string_lossy().into_owned();
        let mut parts = release.split(|letter: char| !letter.is_ascii_digit());
        let mut part = || parts.next().and_then(|text| text.parse().ok());
        Host {
            kernel: part().zip(part()),
            user_namespaces_max: number("user/max_user_namespaces"),
            unprivileged_clone: number("kernel/unprivileged_userns_clone"),
            apparmor_restricts: number("kernel/apparmor_restrict_unprivileged_userns"),
            in_container: ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists()),
            program: std::env::current_exe()
                .map_or_else(|_| "genlock".to_owned(), |path| path.display().to_string()),
        }
    }

    fn is_older(&self, version: (u32, u32)) -> bool {
        self.kernel.is_some_and(|kernel| kernel < version)
    }
}

impl Lack {
    fn new(what: &'static str, why: impl Into<String>, raise: impl Into<String>) -> Lack {
        Lack { what, why: why.into(), raise: raise.into() }
    }
}

/// What is missing, outermost first; empty at the highest level.
#[must_use]
pub fn lacks(level: &Level, host: &Host) -> Vec<Lack> {
    let mut lacks = Vec::new();
    if !level.no_new_privs {
        lacks.push(Lack::new("no_new_privs", "the kernel refused it", "run on Linux 3.5 or newer"));
    }
    if !level.seccomp {
        lacks.push(Lack::new(
            "seccomp",
            "the kernel or the container refused the filter",
            "run on a kernel with CONFIG_SECCOMP_FILTER; in a container do not forbid prctl and seccomp",
        ));
    }
    if !level.no_capabilities {
        lacks.push(Lack::new(
            "no capabilities",
            "the system refused to give them up",
            "run the server as a user of its own instead of root",
        ));
    }
    if !level.landlock {
        lacks.push(landlock(host));
    }
    if level.landlock && !level.landlock_net {
        lacks.push(Lack::new(
            "Landlock network",
            "the kernel is older than 6.7",
            "update the kernel (seccomp refuses every socket meanwhile)",
        ));
    }
    if level.landlock && !level.landlock_scope {
        lacks.push(Lack::new(
            "Landlock signals",
            "the kernel is older than 6.12",
            "update the kernel (seccomp refuses signals to others meanwhile)",
        ));
    }
    if !level.namespaces {
        lacks.push(namespaces(level.namespaces_refused.as_deref().unwrap_or("not tried"), host));
    }
    if !level.memory_group {
        let why = level.memory_group_refused.as_deref().unwrap_or("not tried");
        lacks.push(Lack::new(
            "memory by control group",
            format!("{why}; the watch on resident memory bounds it meanwhile"),
            "with systemd: Delegate=memory pids in the unit, or start with: systemd-run --user --scope -p Delegate=yes \
             genlock serve (needs cgroup v2)",
        ));
    }
    lacks
}

fn landlock(host: &Host) -> Lack {
    if host.is_older((5, 13)) {
        return Lack::new("Landlock files", "the kernel is older than 5.13", "update the kernel");
    }
    let raise = if host.in_container {
        "update the container's runtime, whose filter refuses landlock_create_ruleset (Docker 20.10.10 or newer), and put \
         landlock into lsm= of the machine's kernel command line"
    } else {
        "put landlock into lsm= of the kernel command line, e.g. lsm=landlock,lockdown,yama,integrity,apparmor,bpf in \
         GRUB_CMDLINE_LINUX, then update-grub and restart"
    };
    Lack::new("Landlock files", "it is switched off in this kernel", raise)
}

fn namespaces(refused: &str, host: &Host) -> Lack {
    let lack = |why: &str, raise: String| Lack::new("own namespaces", format!("{why} ({refused})"), raise);
    if host.user_namespaces_max == Some(0) {
        return lack(
            "user namespaces are switched off",
            "sysctl -w user.max_user_namespaces=15000".to_owned(),
        );
    }
    if host.unprivileged_clone == Some(0) {
        return lack(
            "user namespaces are for root only",
            "sysctl -w kernel.unprivileged_userns_clone=1".to_owned(),
        );
    }
    if host.apparmor_restricts == Some(1) {
        return lack(
            "AppArmor refuses user namespaces to programs without a profile",
            format!(
                "write to /etc/apparmor.d/genlock: abi <abi/4.0>, profile genlock {} flags=(unconfined) {{ userns, }} \
                 then: systemctl reload apparmor",
                host.program
            ),
        );
    }
    if host.in_container {
        return lack(
            "the container refuses namespaces",
            "run it with a seccomp profile that allows clone, mount, pivot_root and mount_setattr, e.g. --security-opt \
             seccomp=FILE (without one the other layers hold)"
                .to_owned(),
        );
    }
    lack(
        "the system refuses namespaces",
        "look for RestrictNamespaces= or SystemCallFilter= in the unit; kernel 5.12 or newer is needed"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Level {
        Level {
            no_new_privs: true,
            seccomp: true,
            landlock: true,
            landlock_net: true,
            landlock_scope: true,
            no_capabilities: true,
            namespaces: true,
            memory_group: true,
            ..Level::default()
        }
    }

    #[test]
    fn a_whole_cage_lacks_nothing_and_an_empty_one_everything() {
        assert!(lacks(&whole(), &Host::default()).is_empty());
        let what: Vec<&str> =
            lacks(&Level::default(), &Host::default()).iter().map(|lack| lack.what).collect();
        assert_eq!(
            what,
            [
                "no_new_privs",
                "seccomp",
                "no capabilities",
                "Landlock files",
                "own namespaces",
                "memory by control group"
            ]
        );
    }

    #[test]
    fn the_advice_fits_the_machine() {
        let level = Level {
            namespaces: false,
            namespaces_refused: Some("making namespaces: Operation not permitted".to_owned()),
            ..whole()
        };
        let raise = |host: Host| lacks(&level, &host)[0].raise.clone();
        assert!(
            raise(Host { user_namespaces_max: Some(0), ..Host::default() })
                .contains("user.max_user_namespaces")
        );
        assert!(raise(Host { unprivileged_clone: Some(0), ..Host::default() }).contains("userns_clone=1"));
        let ubuntu =
            Host { apparmor_restricts: Some(1), program: "/opt/genlock".to_owned(), ..Host::default() };
        assert!(raise(ubuntu).contains("profile genlock /opt/genlock"));
        assert!(raise(Host { in_container: true, ..Host::default() }).contains("--security-opt"));
        assert!(lacks(&level, &Host::default())[0].why.contains("Operation not permitted"));
        let old = Level { landlock: false, ..whole() };
        assert_eq!(
            lacks(&old, &Host { kernel: Some((5, 10)), ..Host::default() })[0].raise,
            "update the kernel"
        );
    }
}
