//! `genlock healthcheck`: asks a running server whether it is ready, without any other program in the container.

use crate::cli::HealthOptions;
use crate::tell;
use anyhow::{Context as _, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest wait for the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The status line is at the start; more is not read.
const ANSWER_BYTES: u64 = 1024;

/// Success if the server says that it is ready.
///
/// # Errors
/// When it cannot be asked.
pub async fn run(options: &HealthOptions) -> Result<ExitCode> {
    let mut address = options.listen;
    if address.ip().is_unspecified() {
        let loopback =
            if address.is_ipv4() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { IpAddr::V6(Ipv6Addr::LOCALHOST) };
        address = SocketAddr::new(loopback, address.port());
    }
    let answer = tokio::time::timeout(PATIENCE, ask(address))
        .await
        .context("the server did not answer in time")?
        .with_context(|| format!("the server at {address} cannot be asked"))?;
    let ready = answer.starts_with("HTTP/1.1 200");
    tell::line(if ready { "ready" } else { "not ready" });
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
