//! Giving up rights: capabilities, and the way to get new ones by executing something. Called by [`super::enter`] only.

use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_capabilities_secure_bits,
};

/// Gives up every capability, also for what root would get back by executing a file. Whether none is left.
pub(super) fn give_up_capabilities() -> bool {
    // The first three need a capability themselves; who has none needs none of them.
    let _ = set_capabilities_secure_bits(
        CapabilitiesSecureBits::NO_ROOT
            | CapabilitiesSecureBits::NO_ROOT_LOCKED
            | CapabilitiesSecureBits::NO_SETUID_FIXUP
            | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED,
    );
    for capability in CapabilitySet::all().iter() {
        let _ = remove_capability_from_bounding_set(capability);
    }
    let _ = clear_ambient_capability_set();
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, sets).is_ok() && capabilities(None).is_ok_and(|left| left == sets)
}

/// From here on, executing a file never gives more rights. Whether it took hold.
pub(super) fn forbid_new() -> bool {
    rustix::thread::set_no_new_privs(true).is_ok() && rustix::thread::no_new_privs().unwrap_or(false)
}
