//! What `serve` prints when it is ready: version, data folder, addresses, the one-time setup link, what is missing.
//! Scripts read it: the addresses, the setup link and the last line, which begins with "Ready".

use crate::tell;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use std::path::Path;
use std::time::Duration;

/// What is to be said.
pub struct Greeting<'a> {
    /// Folder of everything that is stored.
    pub data_dir: &'a Path,
    /// On this machine, if it answers there.
    pub local: Option<String>,
    /// For everybody, behind TLS or not.
    pub public: Option<&'a str>,
    /// On the local network, best first; only with --lan.
    pub network: Vec<String>,
    /// Token of the setup link while there is no owner.
    pub setup_token: Option<&'a str>,
    /// Which ffmpeg and sandbox, or what is missing and what helps.
    pub media: Result<String, String>,
    /// Further sentences that need somebody's attention.
    pub notices: Vec<String>,
    /// Time from start to now.
    pub took: Duration,
}

impl Greeting<'_> {
    /// Prints it.
    pub fn print(&self) {
        tell::line(&format!("Genlock {}", server::http::instance::VERSION));
        row("data folder", &self.data_dir.display().to_string());
        if let Some(public) = self.public {
            row("address", public);
        }
        if let Some(local) = &self.local {
            row(if self.public.is_some() { "on this machine" } else { "address" }, local);
        }
        for network in &self.network {
            row("local network", network);
        }
        match &self.media {
            Ok(tools) => row("videos", tools),
            Err(problem) => row("videos", &format!("NOT AVAILABLE. {problem}")),
        }
        for notice in &self.notices {
            row("note", notice);
        }
        self.print_code();
        if let Some(token) = self.setup_token {
            tell::line("");
            tell::line("  No owner yet. Open this link within 24 hours to make the owner's account:");
            let bases = self.public.map(str::to_owned).into_iter().chain(self.network.first().cloned());
            for base in bases.chain(self.local.clone()) {
                tell::line(&format!("  {base}/setup?token={token}"));
            }
            tell::line("");
        }
        tell::line(&format!("Ready after {} ms. Ctrl-C stops.", self.took.as_millis()));
    }

    /// The address on the local network for a phone's camera.
    fn print_code(&self) {
        let Some(address) = self.network.first() else { return };
        let Ok(code) = QrCode::new(address.as_bytes()) else { return };
        let picture = code
            .render::<Dense1x2>()
            // Terminals are dark as a rule: what is drawn shines, so the light modules are drawn.
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .build();
        tell::line("");
        for line in picture.lines() {
            tell::line(&format!("  {line}"));
        }
    }
}

fn row(name: &str, value: &str) {
    tell::line(&format!("  {name:<16} {value}"));
}
