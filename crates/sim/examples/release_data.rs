//! Makes the data folder of the present version for the tests of all later ones (law 15): run once per release by
//! `cargo xtask release-data`, and commit what it writes.
#![allow(clippy::print_stdout, reason = "a command of the project")]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use store::memory::MemoryBlobs;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases").join(env!("CARGO_PKG_VERSION"));
    if folder.exists() {
        return Err(
            format!("{} is there already; a released folder is never made anew", folder.display()).into()
        );
    }
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("genlock.sqlite");
    let open = || store::sqlite::open(&file, Arc::new(MemoryBlobs::default()));
    let store = open()?;
    sim::release::fill(&store).await?;
    drop(store); // everything is in the one file
    let store = open()?;
    let picture = sim::release::picture(&store).await?;
    let kinds: BTreeSet<&str> = picture["channels"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|channel| channel["events"].as_array().into_iter().flatten())
        .filter_map(|event| event["body"]["t"].as_str())
        .collect();
    let registry = protocol::export::registry();
    let missing: Vec<&str> = registry.tagged["EventBody"]
        .1
        .iter()
        .map(|place| place.name)
        .filter(|kind| !kinds.contains(kind))
        .collect();
    if !missing.is_empty() {
        std::fs::remove_dir_all(&folder)?;
        return Err(format!("crates/sim/src/release.rs makes no event of kind {missing:?}").into());
    }
    let kept = serde_json::json!({
        "schema": store::sqlite::SCHEMA,
        "hash": sim::release::hash(&picture, &picture),
        "picture": picture,
    });
    std::fs::write(folder.join("state.json"), format!("{kept:#}\n"))?;
    println!("{} is made; commit it", folder.display());
    Ok(())
}
