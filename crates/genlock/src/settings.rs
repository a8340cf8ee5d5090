//! The settings of this program: flags over environment over defaults. Checked here, handed on as values; nothing below
//! reads the environment.

use crate::tell;
use anyhow::{Context as _, Result, bail};
use clap::builder::{BoolishValueParser, NonEmptyStringValueParser};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory as _};
use protocol::rest::SignupPolicy;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

/// Port unless told otherwise.
const PORT: u16 = 8080;

/// Where things are stored.
#[derive(Args, Clone, Debug)]
pub struct StoreOptions {
    /// Folder of everything that is stored.
    #[arg(long, env = "GENLOCK_DATA_DIR", default_value = "./genlock-data", value_name = "FOLDER")]
    pub data_dir: PathBuf,
    /// Database; sqlite:FILE. By default genlock.sqlite in the data folder.
    #[arg(long, env = "GENLOCK_DATABASE_URL", value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub database_url: Option<String>,
    /// Media files; file:FOLDER. By default media in the data folder.
    #[arg(long, env = "GENLOCK_BLOB_URL", value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub blob_url: Option<String>,
}

impl StoreOptions {
    /// Address of the database.
    pub fn database(&self) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("genlock.sqlite").display()))
    }

    /// Address of the media files.
    pub fn blobs(&self) -> String {
        self.blob_url.clone().unwrap_or_else(|| format!("file:{}", self.data_dir.join("media").display()))
    }
}

/// Options of `serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeOptions {
    #[command(flatten)]
    pub stores: StoreOptions,
    /// Address and port to listen on. By default 127.0.0.1:8080, with --lan 0.0.0.0:8080; PORT sets the port alone.
    #[arg(long, env = "GENLOCK_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Port alone, as many hosts of programs set it; used when --listen is not given.
    #[arg(long, env = "PORT", hide = true, value_name = "PORT")]
    pub port: Option<u16>,
    /// Address that people use, e.g. https://genlock.example.org, where a reverse proxy adds TLS.
    #[arg(long, env = "GENLOCK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Origins of other pages that may use the API, separated by commas. Empty: only the own page.
    #[arg(long, env = "GENLOCK_ALLOWED_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,
    /// Let people on the local network in, without TLS (shown to them as not private).
    #[arg(long, env = "GENLOCK_LAN", num_args = 0..=1, require_equals = true, default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub lan: bool,
    /// Further names of this machine in the local network, separated by commas; with --lan.
    #[arg(long, env = "GENLOCK_HOSTS", value_name = "NAMES", value_delimiter = ',')]
    pub hosts: Vec<String>,
    /// Leave the preparation of videos to other processes.
    #[arg(long, env = "GENLOCK_NO_WORKER", num_args = 0..=1, require_equals = true, default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub no_worker: bool,
    /// Do not make the sample clip that a new instance offers.
    #[arg(long, env = "GENLOCK_NO_SAMPLE", num_args = 0..=1, require_equals = true, default_value = "false",
          default_missing_value = "true", value_parser = BoolishValueParser::new())]
    pub no_sample: bool,
    /// Who may make an account: invite (with an invite), open (everybody) or closed (nobody).
    #[arg(long, env = "GENLOCK_SIGNUP", default_value = "invite", value_name = "POLICY", value_parser = signup)]
    pub signup: SignupPolicy,
    /// Largest upload, bytes.
    #[arg(long, env = "GENLOCK_UPLOAD_BYTES_MAX", default_value_t = server::config::UPLOAD_BYTES_MAX, value_name = "BYTES")]
    pub upload_bytes_max: u64,
    /// required: no uploads where harmful files cannot be walled off; relaxed: accept the risk, with a notice.
    #[arg(long, env = "GENLOCK_SANDBOX", default_value = "required", value_name = "LEVEL", value_parser = ["required", "relaxed"])]
    pub sandbox: String,
    /// What is logged, e.g. info, debug, or server=debug,info.
    #[arg(long, env = "GENLOCK_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,
    /// text or json; by default text on a terminal and json elsewhere.
    #[arg(long, env = "GENLOCK_LOG_FORMAT", value_name = "FORMAT", value_parser = ["text", "json"])]
    pub log_format: Option<String>,
}

impl ServeOptions {
    /// Where to listen.
    pub fn address(&self) -> SocketAddr {
        // Where a host of programs sets PORT, its proxy connects from another machine.
        let others = self.lan || (self.port.is_some() && self.public_url.is_some());
        let address = if others { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        self.listen.unwrap_or_else(|| SocketAddr::new(IpAddr::V4(address), self.port.unwrap_or(PORT)))
    }

    /// The public address without path and trailing slash, lower case.
    ///
    /// # Errors
    /// When it is not an address of the form http(s)://host[:port].
    pub fn public_origin(&self) -> Result<Option<String>> {
        self.public_url.as_deref().map(origin).transpose().context("GENLOCK_PUBLIC_URL")
    }

    /// Origins of other pages.
    ///
    /// # Errors
    /// When one is not of the form http(s)://host[:port].
    pub fn other_origins(&self) -> Result<Vec<String>> {
        let given = self.allowed_origins.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
        given.map(origin).collect::<Result<_>>().context("GENLOCK_ALLOWED_ORIGINS")
    }
}

fn origin(text: &str) -> Result<String> {
    let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match authority {
        Some(authority) if !authority.is_empty() && !authority.contains(['/', '?', '#', '@', ' ']) => {
            Ok(text)
        }
        _ => bail!("'{text}' is not of the form https://host or http://host:port, without a path"),
    }
}

fn signup(text: &str) -> Result<SignupPolicy, String> {
    SignupPolicy::parse(text).ok_or_else(|| "give invite, open or closed".to_owned())
}

/// Makes variables that are set to nothing count as unset.
#[must_use]
pub fn ignore_empty_variables(command: clap::Command) -> clap::Command {
    let empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|argument| match argument.get_env() {
            Some(name) if empty(name) => argument.env(None::<&str>),
            _ => argument,
        })
        .mut_subcommands(ignore_empty_variables)
}

/// Prints every setting with its value and where it comes from. Secrets are not among them.
pub fn show(matches: &ArgMatches) -> Result<ExitCode> {
    let (_, matches) = matches.subcommand().context("config is a subcommand")?;
    let command = crate::cli::Cli::command();
    let command = command.find_subcommand("config").context("config is a subcommand")?;
    for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
        let id = argument.get_id().as_str();
        let Some(variable) = argument.get_env() else { continue };
        let value = matches
            .try_get_raw(id)
            .ok()
            .flatten()
            .map(|values| values.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(","))
            .unwrap_or_default();
        let origin = match matches.try_contains_id(id).ok().and_then(|_| matches.value_source(id)) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "environment",
            Some(ValueSource::DefaultValue) => "default",
            _ => "not set",
        };
        tell::line(&format!("{:<26} {value:<32} ({origin})", variable.to_string_lossy()));
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        let table = [
            ("https://Genlock.example.org/", Some("https://genlock.example.org")),
            ("http://192.168.1.7:8080", Some("http://192.168.1.7:8080")),
            ("genlock.example.org", None),
            ("https://", None),
            ("https://a/b", None),
            ("ftp://a", None),
            ("https://a@b", None),
        ];
        for (text, expected) in table {
            assert_eq!(origin(text).ok().as_deref(), expected, "{text}");
        }
    }
}
