//! The settings of this program: flags over environment over the settings file over defaults. Checked here, handed on as
//! values; nothing below reads the environment.

use crate::cli::Cli;
use crate::settings_file::SettingsFile;
use crate::tell;
use anyhow::{Context as _, Result, anyhow, bail};
use clap::builder::{BoolishValueParser, NonEmptyStringValueParser};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory as _};
use protocol::rest::SignupPolicy;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Port unless told otherwise.
const PORT: u16 = 8080;
/// Data folder unless told otherwise.
const DATA_DIR: &str = "./genlock-data";

/// Where things are stored.
#[derive(Args, Clone, Debug)]
pub struct StoreOptions {
    /// Folder of everything that is stored.
    #[arg(long, env = "GENLOCK_DATA_DIR", default_value = DATA_DIR, value_name = "FOLDER")]
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
    /// Room for uploaded files, bytes: what is stored and what is on its way count. Not set: the disk alone.
    #[arg(long, env = "GENLOCK_QUOTA_BYTES", value_name = "BYTES")]
    pub quota_bytes: Option<u64>,
    /// required: no uploads where harmful files cannot be walled off; relaxed: accept the risk, with a notice.
    #[arg(long, env = "GENLOCK_SANDBOX", default_value = "required", value_name = "LEVEL", value_parser = ["required", "relaxed"])]
    pub sandbox: String,
    #[command(flatten)]
    pub logs: LogOptions,
}

/// What is logged and how.
#[derive(Args, Clone, Debug)]
pub struct LogOptions {
    /// What is logged, e.g. info, debug, or server=debug,info.
    #[arg(long, env = "GENLOCK_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,
    /// text or json; by default text on a terminal and json elsewhere.
    #[arg(long, env = "GENLOCK_LOG_FORMAT", value_name = "FORMAT", value_parser = ["text", "json"])]
    pub log_format: Option<String>,
}

/// Options of `work`.
#[derive(Args, Clone, Debug)]
pub struct WorkOptions {
    #[command(flatten)]
    pub stores: StoreOptions,
    /// Address of a server elsewhere, e.g. http://film.lan:8080. By default the server of the data folder.
    #[arg(long, env = "GENLOCK_SERVER", value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub server: Option<String>,
    /// Token of scope work for a server elsewhere; better given by the variable than by the flag.
    #[arg(long, env = "GENLOCK_TOKEN", value_name = "TOKEN", hide_env_values = true,
          value_parser = NonEmptyStringValueParser::new())]
    pub token: Option<String>,
    /// Folder for this worker's own files. By default work in the data folder, elsewhere ./genlock-work.
    #[arg(long, env = "GENLOCK_WORK_DIR", value_name = "FOLDER")]
    pub work_dir: Option<PathBuf>,
    /// Name under which jobs are claimed; by default number and host. Never give it twice.
    #[arg(long, env = "GENLOCK_WORKER_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub name: Option<String>,
    /// CPU slots; a full chunk takes two. By default the number of cores.
    #[arg(long, env = "GENLOCK_SLOTS", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub slots: Option<u32>,
    /// As for serve: required or relaxed.
    #[arg(long, env = "GENLOCK_SANDBOX", default_value = "required", value_name = "LEVEL", value_parser = ["required", "relaxed"])]
    pub sandbox: String,
    #[command(flatten)]
    pub logs: LogOptions,
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

/// Reads the command line, the environment and the settings file. Ends the program with a usage message where the
/// command line asks for one or is wrong.
///
/// # Errors
/// When the settings file cannot be read or says something that is not a setting.
pub fn read() -> Result<(ArgMatches, Option<SettingsFile>)> {
    let matches = ignore_empty_variables(Cli::command()).get_matches();
    let Some(file) = find_file(&matches)? else { return Ok((matches, None)) };
    // The file alone, with every setting, also where the command needs few of them.
    let alone = without_variables(file.as_defaults(Cli::command()));
    alone.try_get_matches_from(["genlock", "config"]).map_err(|error| {
        let words = error.to_string();
        let first = words.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        anyhow!("{}: {first}", file.path.display())
    })?;
    let matches = ignore_empty_variables(file.as_defaults(Cli::command())).get_matches();
    Ok((matches, Some(file)))
}

/// The file that is named, else the one in the data folder, if there is one.
fn find_file(matches: &ArgMatches) -> Result<Option<SettingsFile>> {
    let mut innermost = matches;
    while let Some((_, deeper)) = innermost.subcommand() {
        innermost = deeper;
    }
    let given = |id: &str| innermost.try_get_one::<PathBuf>(id).ok().flatten().cloned();
    if let Some(path) = given("config") {
        return SettingsFile::read(&path, &keys()).map(Some);
    }
    let variable = || std::env::var_os("GENLOCK_DATA_DIR").filter(|text| !text.is_empty()).map(PathBuf::from);
    let data_dir = given("data_dir").or_else(variable).unwrap_or_else(|| PathBuf::from(DATA_DIR));
    SettingsFile::in_data_folder(&data_dir, &keys())
}

/// Names of all settings as environment variables.
fn keys() -> Vec<String> {
    let command = Cli::command();
    let config = command.find_subcommand("config").map(|config| config.get_arguments().collect::<Vec<_>>());
    let names = config.unwrap_or_default().into_iter().filter_map(clap::Arg::get_env);
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

fn without_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| argument.env(None::<&str>)).mut_subcommands(without_variables)
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

/// Prints every setting with its value and where it comes from; secrets are hidden.
///
/// # Errors
/// When called for another command than `config`.
pub fn show(matches: &ArgMatches, file: Option<&SettingsFile>) -> Result<ExitCode> {
    let (_, matches) = matches.subcommand().context("config is a subcommand")?;
    let (path, origin) = match (file, matches.value_source("config")) {
        (Some(file), Some(ValueSource::CommandLine)) => (file.path.as_path(), "flag"),
        (Some(file), Some(_)) => (file.path.as_path(), "environment"),
        (Some(file), None) => (file.path.as_path(), "data folder"),
        (None, _) => (Path::new(""), "not set"),
    };
    show_line("GENLOCK_CONFIG", &path.display().to_string(), origin);
    let command = Cli::command();
    let command = command.find_subcommand("config").context("config is a subcommand")?;
    for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
        let id = argument.get_id().as_str();
        let Some(variable) = argument.get_env() else { continue };
        let variable = variable.to_string_lossy();
        let value = matches
            .try_get_raw(id)
            .ok()
            .flatten()
            .map(|values| values.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(","))
            .unwrap_or_default();
        let in_file = file.is_some_and(|file| file.has(&variable));
        let origin = match matches.try_contains_id(id).ok().and_then(|_| matches.value_source(id)) {
            Some(ValueSource::CommandLine) => "flag",
            Some(ValueSource::EnvVariable) => "environment",
            Some(ValueSource::DefaultValue) if in_file => "file",
            Some(ValueSource::DefaultValue) => "default",
            _ => "not set",
        };
        show_line(&variable, &masked(&variable, &value), origin);
    }
    Ok(ExitCode::SUCCESS)
}

fn show_line(variable: &str, value: &str, origin: &str) {
    tell::line(&format!("{variable:<26} {value:<32} ({origin})"));
}

/// A value as it may be shown: without passwords in addresses, and nothing of what is a secret by its name.
fn masked(variable: &str, value: &str) -> String {
    const HIDDEN: &str = "***";
    let secret = |name: &str| {
        ["token", "secret", "password", "key"].iter().any(|word| name.to_ascii_lowercase().ends_with(word))
    };
    if secret(variable) && !value.is_empty() {
        return HIDDEN.to_owned();
    }
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let (address, query) =
        rest.split_once('?').map_or((rest, None), |(address, query)| (address, Some(query)));
    let (authority, path) = address.split_at(address.find('/').unwrap_or(address.len()));
    let authority = match authority.rsplit_once('@') {
        Some((who, host)) => {
            let name = who.split_once(':').map_or(who, |(name, _)| name);
            format!("{name}:{HIDDEN}@{host}")
        }
        None => authority.to_owned(),
    };
    let query = query.map(|query| {
        let shown = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if secret(name) => format!("{name}={HIDDEN}"),
            _ => pair.to_owned(),
        });
        format!("?{}", shown.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{authority}{path}{}", query.unwrap_or_default())
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

    #[test]
    fn secrets_are_not_shown() {
        let table = [
            (
                "GENLOCK_DATABASE_URL",
                "postgres://ada:pass@db/films?sslmode=require",
                "postgres://ada:***@db/films?sslmode=require",
            ),
            (
                "GENLOCK_BLOB_URL",
                "s3://films?region=eu&secret_key=abc",
                "s3://films?region=eu&secret_key=***",
            ),
            ("GENLOCK_DATABASE_URL", "sqlite:/srv/genlock.sqlite", "sqlite:/srv/genlock.sqlite"),
            ("GENLOCK_PUBLIC_URL", "https://films.example.org", "https://films.example.org"),
            ("GENLOCK_WORK_TOKEN", "abc", "***"),
            ("GENLOCK_WORK_TOKEN", "", ""),
        ];
        for (variable, value, shown) in table {
            assert_eq!(masked(variable, value), shown);
        }
    }
}
