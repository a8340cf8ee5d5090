//! The stock tus-js-client against the real binary: an upload goes on in a new process of the client, and through a
//! killed server, without a byte lost or sent twice into the file.

mod support;

use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::{PATIENCE, Server, set_up};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Size of the file: 32 parts of 1 MiB and a bit.
const BYTES: usize = 32 * 1024 * 1024 + 12_345;

struct Client {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Client {
    fn start(module: &Path, words: &[&str]) -> Client {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tus-client.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .arg(module)
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Client { child, lines }
    }

    /// Reads until a line that `wanted` takes.
    async fn until(&mut self, wanted: impl Fn(&str) -> bool) {
        loop {
            let line =
                tokio::time::timeout(PATIENCE, self.lines.next_line()).await.expect("the client goes on");
            let line = line.expect("text").expect("the client says it before it ends");
            if wanted(&line) {
                return;
            }
        }
    }
}

fn percent(line: &str) -> Option<u32> {
    line.strip_prefix("at ")?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stock_client_goes_on_after_a_reload_and_after_kill_nine() {
    let module = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../web/node_modules/tus-js-client");
    assert!(module.exists(), "install the page's tools first: cargo xtask test does it");
    let module = module.canonicalize().expect("it exists");
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    // A beginning as of a film, then bytes that never repeat.
    let mut bytes = b"\0\0\0\x18ftypisom".to_vec();
    let mut block = Sha256::digest(b"seed");
    while bytes.len() < BYTES {
        bytes.extend_from_slice(&block);
        block = Sha256::digest(block);
    }
    bytes.truncate(BYTES);
    let file = folder.path().join("film.mp4");
    std::fs::write(&file, &bytes).expect("written");

    let server = Server::start(&data).await;
    let person = set_up(&server).await;
    let channel = support::create_channel(&server, &person, "Films").await;
    let base = server.base.clone();
    let storage = folder.path().join("urls.json");
    let (channel, file, storage) =
        (channel.to_string(), file.display().to_string(), storage.display().to_string());
    let words = |stop: &'static str| [&*base, &*person.cookie, &*channel, &*file, &*storage, stop];

    // The page is closed at 30 per cent.
    let mut first = Client::start(&module, &words("30"));
    first.until(|line| line == "remembers 0").await;
    first.until(|line| percent(line).is_some_and(|percent| percent >= 30)).await;
    assert!(first.child.wait().await.expect("ends").success());
    // Opened again, it goes on; at 60 per cent the server loses power.
    let mut second = Client::start(&module, &words("100"));
    second.until(|line| line == "remembers 1").await;
    second
        .until(|line| {
            let at = percent(line);
            assert!(at.is_none_or(|at| at >= 30), "it begins where it was: {line}");
            at.is_some_and(|at| at >= 60)
        })
        .await;
    server.kill_nine().await;
    let server = Server::start_at(&data, base.trim_start_matches("http://")).await;
    second.until(|line| line == "done").await;

    let whole: [u8; 32] = Sha256::digest(&bytes).into();
    let list: protocol::rest::VideoList = person
        .http
        .get(format!("{}/api/v1/channels/{channel}/videos", server.base))
        .header("cookie", &person.cookie)
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("a list");
    assert_eq!(list.videos.len(), 1, "one upload, not two");
    let version = &list.videos[0].versions[0];
    assert_eq!((version.state, version.bytes), (protocol::rest::VersionState::Uploaded, BYTES as u64));
    let stored =
        std::fs::read(data.join(format!("media/final/{}/original", version.version))).expect("stored");
    assert_eq!(<[u8; 32]>::from(Sha256::digest(&stored)), whole);
}
