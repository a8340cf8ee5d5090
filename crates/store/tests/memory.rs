//! The contract in memory.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a panic in a test is the report, a seed is printed"
)]

mod contract;

use contract::Bench;
use store::memory;

/// Two handles of one store.
fn bench() -> Bench {
    let store = memory::open();
    Bench { other: store.clone(), store, folder: tempfile::tempdir().unwrap() }
}

whole_contract!(super::bench());
