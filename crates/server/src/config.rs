//! The server's settings as values, already read and checked by the binary. Knows no environment and no files.

use protocol::rest::SignupPolicy;
use std::path::PathBuf;

/// Largest upload by default, bytes: 200 GiB, a two-hour ProRes 4444 master.
pub const UPLOAD_BYTES_MAX: u64 = 200 * 1024 * 1024 * 1024;

/// Settings of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of everything that is stored.
    pub data_dir: PathBuf,
    /// Origin that people use, e.g. `https://genlock.example.org` (no path, no trailing slash). None: the request's own
    /// host, which must be one of `hosts` or loopback.
    pub public_url: Option<String>,
    /// Other origins whose pages may use the API (`GENLOCK_ALLOWED_ORIGINS`).
    pub allowed_origins: Vec<String>,
    /// Whether people on the local network may come without TLS (`--lan`).
    pub lan: bool,
    /// Host names and addresses printed at start, without port, lower case; requests for other hosts are refused
    /// (DNS rebinding). Loopback names are always allowed.
    pub hosts: Vec<String>,
    /// Whether it listens on loopback only, so that nobody else can open its links.
    pub loopback_only: bool,
    /// Base of links to share; none is the page's own origin.
    pub share_base: Option<String>,
    /// Who may make an account.
    pub signup: SignupPolicy,
    /// Why media cannot be prepared, with the command that helps.
    pub media_problem: Option<String>,
    /// Its code: ffmpeg or the sandbox is missing.
    pub media_problem_code: Option<protocol::Code>,
    /// What is shown all the time where the sandbox's floor is missing and the operator accepts it.
    pub media_notice: Option<String>,
    /// The tools of videos, for owners.
    pub media_tools: Option<protocol::rest::MediaToolsView>,
    /// Largest upload, bytes.
    pub upload_bytes_max: u64,
    /// Room for uploaded files, bytes; none: what the disk has.
    pub quota_bytes: Option<u64>,
}

impl Config {
    /// Settings of a server on loopback with everything else by default; for tests and as the base of others.
    #[must_use]
    pub fn local(data_dir: PathBuf) -> Config {
        Config {
            data_dir,
            public_url: None,
            allowed_origins: Vec::new(),
            lan: false,
            hosts: Vec::new(),
            loopback_only: true,
            share_base: None,
            signup: SignupPolicy::Invite,
            media_problem: None,
            media_problem_code: None,
            media_notice: None,
            media_tools: None,
            upload_bytes_max: UPLOAD_BYTES_MAX,
            quota_bytes: None,
        }
    }
}
