//! Writes the table of the built page's files (web/dist) that `http::page` includes, each text file also gzipped.
//! Without a built page a small one says how to build it, so that the server compiles on its own.

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Smaller files gain nothing.
const GZIP_BYTES_MIN: usize = 512;
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Genlock</title>\n\
<h1>The page is not built</h1>\n<p>This server was built without its page. <code>cargo xtask up</code> builds both.</p>\n</html>\n";

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let dist = manifest.join("../../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    // An empty folder to watch: a path that does not exist would make every build begin anew.
    fs::create_dir_all(&dist)?;
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = BTreeMap::new();
    if dist.join("index.html").exists() {
        collect(&dist, "", &mut files)?;
    } else {
        files.insert("index.html".to_owned(), NOT_BUILT.as_bytes().to_vec());
    }
    let page = out.join("page");
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    fs::create_dir_all(&page)?;
    let mut table = String::from("static FILES: &[File] = &[\n");
    for (number, (path, bytes)) in files.into_iter().enumerate() {
        let hash = hex::encode(&Sha256::digest(&bytes)[..16]);
        let plain = page.join(number.to_string());
        let mut gzip = "None".to_owned();
        if is_text(&path) && bytes.len() >= GZIP_BYTES_MIN {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&bytes)?;
            let zipped = page.join(format!("{number}.gz"));
            fs::write(&zipped, encoder.finish()?)?;
            gzip = format!("Some(include_bytes!({zipped:?}))");
        }
        fs::write(&plain, bytes)?;
        writeln!(
            table,
            "    File {{ path: {path:?}, plain: include_bytes!({plain:?}), gzip: {gzip}, hash: {hash:?} }},"
        )
        .expect("writing to a String cannot fail");
    }
    table.push_str("];\n");
    fs::write(out.join("page.rs"), table)
}

fn is_text(path: &str) -> bool {
    ["html", "js", "mjs", "css", "json", "svg", "wasm", "webmanifest", "txt"]
        .iter()
        .any(|kind| path.ends_with(&format!(".{kind}")))
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with(".map") {
            continue;
        }
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else {
            files.insert(format!("{prefix}{name}"), fs::read(entry.path())?);
        }
    }
    Ok(())
}
