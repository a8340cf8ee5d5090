//! What an instance says of itself and of its tools, and its first setting up.

use super::SessionView;
use crate::ChannelId;
use crate::wire::{wire_struct, wire_word};

wire_word! {
    /// How sessions are kept, by how the page reached the server.
    pub enum CookieMode {
        /// HTTPS: `__Host-` cookie.
        "tls" => Tls,
        /// HTTP on this machine.
        "loopback" => Loopback,
        /// HTTP in the local network (`--lan`): shown to the person as not private.
        "lan" => Lan,
    }
}

wire_word! {
    /// Who may make an account (`GENLOCK_SIGNUP`).
    pub enum SignupPolicy {
        /// With an invite (default).
        "invite" => Invite,
        /// Everybody.
        "open" => Open,
        /// Nobody; `genlock admin create` only.
        "closed" => Closed,
    }
}

wire_struct! {
    /// `GET instance`: what a page needs before anybody has signed in.
    pub struct InstanceView {
        /// Version of the server.
        pub version: String,
        /// No owner yet: the setup page is to be shown.
        pub setup_needed: bool,
        /// Who may make an account.
        pub signup: SignupPolicy,
        /// How sessions are kept on this connection.
        pub mode: CookieMode,
        /// Whether only this machine can open links to this instance (listening on loopback only).
        pub loopback_only: bool,
        /// Base of links to share, e.g. `http://192.168.1.7:8080`; none means the page's own origin.
        pub share_base: Option<String>,
        /// A sentence if uploads cannot be prepared (ffmpeg or sandbox missing), with the command that helps.
        pub media_problem: Option<String>,
        /// A sentence to be shown all the time where the operator lets videos be prepared below the sandbox's floor.
        pub media_notice: Option<String>,
        /// Largest upload, bytes.
        pub upload_bytes_max: u64,
    }
}

wire_struct! {
    /// `GET instance/media`, for owners: the tools of videos and how far their sandbox reaches.
    pub struct MediaToolsView {
        /// Why videos cannot be prepared, with what helps.
        pub problem: Option<String>,
        /// First line of ffmpeg's version.
        pub ffmpeg: Option<String>,
        /// What can be said of its known holes.
        pub holes_note: Option<String>,
        /// Known holes in the parts that are used.
        pub holes: Vec<MediaHole>,
        /// Level of the sandbox: `open`, `floor`, `walled`, `separate` or `full`.
        pub level: Option<String>,
        /// Its layers, outermost first.
        pub layers: Vec<MediaLayer>,
        /// What is missing.
        pub lacks: Vec<MediaLack>,
    }
}

wire_struct! {
    /// A known hole of ffmpeg.
    pub struct MediaHole {
        /// Number of its CVE record.
        pub cve: String,
        /// Where and what.
        pub what: String,
    }
}

wire_struct! {
    /// A layer of the sandbox.
    pub struct MediaLayer {
        /// Name.
        pub name: String,
        /// Whether it took hold.
        pub there: bool,
    }
}

wire_struct! {
    /// A layer that did not take hold.
    pub struct MediaLack {
        /// Name.
        pub what: String,
        /// Why.
        pub why: String,
        /// The command or setting that would raise it.
        pub raise: String,
    }
}

wire_struct! {
    /// `POST setup`.
    pub struct SetupRequest {
        /// Out of the one-time setup link.
        pub token: String,
        /// Owner's name.
        pub name: String,
        /// E-mail.
        pub email: String,
        /// Password.
        pub password: String,
        /// Whether the sample channel with its clip is wanted.
        pub sample_channel: bool,
    }
}

wire_struct! {
    /// Answer to `POST setup`.
    pub struct SetupDone {
        /// The new session.
        pub session: SessionView,
        /// The sample channel, if wanted.
        pub channel: Option<ChannelId>,
    }
}
