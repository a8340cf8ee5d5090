//! Landlock: which files the caged program sees. Called by [`super::enter`]; [`super::namespaces`] shows the same.

use super::cage::Cage;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, RestrictionStatus, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use std::path::Path;

/// Where the system keeps shared libraries; only read and executed.
pub(super) const LIBRARIES: [&str; 6] =
    ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"];
/// Devices without which libraries fail.
pub(super) const DEVICES: [&str; 3] = ["/dev/null", "/dev/zero", "/dev/urandom"];

/// What took hold.
#[derive(Default)]
pub(super) struct Walls {
    pub(super) files: bool,
    pub(super) net: bool,
    pub(super) scope: bool,
}

/// Walls off everything but what the cage names. Kernels that lack a newer right simply do not have it.
/// Without `newer` only files are walled off, as on older kernels.
pub(super) fn restrict(cage: &Cage, program: Option<&Path>, newer: bool) -> Result<Walls, RulesetError> {
    // The newest version we have read the rights of; the crate lowers it to the kernel's.
    let abi = ABI::V7;
    let read_file = AccessFs::ReadFile | AccessFs::ReadDir;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?;
    if newer {
        ruleset = ruleset.handle_access(AccessNet::from_all(abi))?.scope(Scope::from_all(abi))?;
    }
    let mut ruleset = ruleset
        .create()?
        .add_rules(path_beneath_rules(LIBRARIES, read_file | AccessFs::Execute))?
        .add_rules(path_beneath_rules(DEVICES, AccessFs::ReadFile | AccessFs::WriteFile))?
        .add_rules(path_beneath_rules(&cage.read, read_file))?
        // All but execution and special files: what it writes there must not be run.
        .add_rules(path_beneath_rules(
            [&cage.write],
            read_file | AccessFs::WriteFile | AccessFs::MakeReg | AccessFs::RemoveFile | AccessFs::Truncate,
        ))?;
    if let Some(program) = program {
        ruleset = ruleset.add_rules(path_beneath_rules([program], AccessFs::ReadFile | AccessFs::Execute))?;
    }
    let RestrictionStatus { ruleset, landlock, .. } = ruleset.restrict_self()?;
    let effective = match landlock {
        landlock::LandlockStatus::Available { effective_abi, .. } => effective_abi,
        _ => ABI::Unsupported,
    };
    Ok(Walls {
        files: ruleset != RulesetStatus::NotEnforced,
        net: newer && effective >= ABI::V4,
        scope: newer && effective >= ABI::V6,
    })
}
