//! A `genlock serve` of this build as a child process, and what the kernel says of its memory.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running server; ends with this value.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
}

/// The server's binary: beside our own unless `GENLOCK_BINARY` names another.
fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("GENLOCK_BINARY") {
        return Ok(path.into());
    }
    let path = std::env::current_exe()?.with_file_name("genlock");
    if !path.exists() {
        bail!("{} is missing: run `cargo build --release --package genlock` first", path.display());
    }
    Ok(path)
}

impl Server {
    /// Starts on a free port of loopback, without a worker, and waits until it is ready.
    pub async fn start(data: &Path) -> Result<Server> {
        Server::start_with(data, &["--no-worker"]).await
    }

    /// As [`Server::start`], with these options instead.
    pub async fn start_with(data: &Path, options: &[&str]) -> Result<Server> {
        let mut child = Command::new(binary()?)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .arg("--data-dir")
            .arg(data)
            .env("GENLOCK_LOG", std::env::var("GENLOCK_LOG").unwrap_or_else(|_| "warn".to_owned()))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting genlock")?;
        let mut lines = BufReader::new(child.stdout.take().context("piped")?).lines();
        let mut base = None;
        while let Some(line) = lines.next_line().await? {
            if let Some(at) = line.find("http://127.0.0.1:") {
                base.get_or_insert_with(|| {
                    line[at..].split(['/', ' ']).take(3).collect::<Vec<_>>().join("/")
                });
            }
            if line.contains("Ready") {
                break;
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Server { child, base: base.context("the server did not say where it listens")? })
    }

    /// Resident memory, bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let id = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
        let kibibytes: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
        Ok(kibibytes * 1024)
    }

    /// CPU time used so far, seconds (user and system).
    pub fn cpu_seconds(&self) -> Result<f64> {
        let id = self.child.id().context("the server has ended")?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        let fields: Vec<&str> = stat.rsplit(')').next().context("no fields")?.split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
        Ok(ticks / 100.0)
    }
}
