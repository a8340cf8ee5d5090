//! `genlock.toml`: settings in a file, one line each, named as the environment variables in lower case without
//! `GENLOCK_`. Knows the form of the file and which keys there are; what a value means is checked like a flag.

use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Value};

/// Name of the file in the data folder.
pub const FILE: &str = "genlock.toml";
/// A file of settings has about one KB; a larger one is something else.
const BYTES_MAX: u64 = 64 * 1024;
/// What all variables begin with, but `PORT`.
const PREFIX: &str = "GENLOCK_";

/// A settings file that has been read.
#[derive(Debug)]
pub struct SettingsFile {
    /// Where it stands.
    pub path: PathBuf,
    /// Values by the name of the environment variable; several where the setting takes a list.
    values: BTreeMap<String, Vec<String>>,
}

impl SettingsFile {
    /// Reads a file. `variables` are the settings that there are.
    ///
    /// # Errors
    /// When it cannot be read, is not TOML, or has a key that is not a setting or a value of a wrong form.
    pub fn read(path: &Path, variables: &[String]) -> Result<SettingsFile> {
        let doing = || format!("the settings file {} cannot be read", path.display());
        let bytes = std::fs::metadata(path).with_context(doing)?.len();
        if bytes > BYTES_MAX {
            bail!("{}: it has {bytes} bytes, at most {BYTES_MAX} are read", doing());
        }
        let text = std::fs::read_to_string(path).with_context(doing)?;
        let values = parse(&text, variables).with_context(|| path.display().to_string())?;
        Ok(SettingsFile { path: path.to_owned(), values })
    }

    /// Reads the file in a data folder; none if there is none.
    ///
    /// # Errors
    /// As [`SettingsFile::read`], and when it names another data folder.
    pub fn in_data_folder(data_dir: &Path, variables: &[String]) -> Result<Option<SettingsFile>> {
        let path = data_dir.join(FILE);
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            _ => {}
        }
        let file = SettingsFile::read(&path, variables)?;
        if file.has("GENLOCK_DATA_DIR") {
            bail!(
                "{}: data_dir cannot be set by the file in the data folder; give the file by --config, or remove the line",
                path.display()
            );
        }
        Ok(Some(file))
    }

    /// Whether the file sets this variable.
    pub fn has(&self, variable: &str) -> bool {
        self.values.contains_key(variable)
    }

    /// The command line with the file's values in the place of its defaults.
    pub fn as_defaults(&self, command: clap::Command) -> clap::Command {
        command
            .mut_args(|argument| {
                let variable = argument.get_env().map(|name| name.to_string_lossy().into_owned());
                match variable.and_then(|name| self.values.get(&name)) {
                    Some(values) => argument.default_values(values.clone()),
                    None => argument,
                }
            })
            .mut_subcommands(|subcommand| self.as_defaults(subcommand))
    }
}

fn parse(text: &str, variables: &[String]) -> Result<BTreeMap<String, Vec<String>>> {
    let document: DocumentMut = text.parse().context("it is not TOML")?;
    let mut values = BTreeMap::new();
    for (key, item) in document.iter() {
        let variable = variables.iter().find(|variable| self::key(variable) == key);
        let Some(variable) = variable else {
            let mut known: Vec<String> = variables.iter().map(|variable| self::key(variable)).collect();
            known.sort_unstable();
            bail!("'{key}' is not a setting; there are {}", known.join(", "));
        };
        let value = match item {
            Item::Value(Value::Array(list)) => list.iter().map(plain).collect::<Option<Vec<String>>>(),
            Item::Value(value) => plain(value).map(|value| vec![value]),
            _ => None,
        };
        let Some(value) = value else {
            bail!("'{key}' must be a text, a whole number, true, false, or a list of them");
        };
        values.insert(variable.clone(), value);
    }
    Ok(values)
}

/// The key of a variable.
fn key(variable: &str) -> String {
    variable.strip_prefix(PREFIX).unwrap_or(variable).to_ascii_lowercase()
}

/// A value as it would stand on the command line.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(set) => Some(set.value().to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

    use super::*;

    fn read(text: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
        let variables = ["GENLOCK_LAN", "GENLOCK_HOSTS", "GENLOCK_SIGNUP", "PORT"].map(str::to_owned);
        parse(text, &variables).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn keys_are_the_variables_in_lower_case() {
        let values = read("# ours\nlan = true\nhosts = [\"a\", \"b\"]\nport = 9000\n").unwrap();
        assert_eq!(values["GENLOCK_LAN"], ["true"]);
        assert_eq!(values["GENLOCK_HOSTS"], ["a", "b"]);
        assert_eq!(values["PORT"], ["9000"]);
        assert!(read("").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let table = [
            ("sign_up = \"open\"", "'sign_up' is not a setting; there are hosts, lan, port, signup"),
            ("GENLOCK_LAN = true", "'GENLOCK_LAN' is not a setting"),
            ("[lan]\non = true", "'lan' must be"),
            ("hosts = [1.5]", "'hosts' must be"),
            ("lan = ", "not TOML"),
            ("lan = true\nlan = false", "not TOML"),
        ];
        for (text, words) in table {
            let error = read(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
