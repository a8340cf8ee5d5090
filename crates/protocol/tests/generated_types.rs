//! The page's protocol files are those that `cargo xtask codegen` would write now.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

#[test]
fn generated_typescript_is_current() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/protocol");
    for (name, text) in protocol::export::typescript() {
        let found = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            found == text,
            "web/src/protocol/{name} differs from crates/protocol: run `cargo xtask codegen`"
        );
    }
}
