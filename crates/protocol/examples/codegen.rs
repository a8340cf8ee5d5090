//! Writes the page's protocol files. Run by `cargo xtask codegen`.

#![expect(clippy::disallowed_methods, reason = "writes files for a developer, outside the pure crate")]

fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/protocol");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in protocol::export::typescript() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
