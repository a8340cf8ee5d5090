//! What a caged program may do, and how it is written on the command line between parent and child. Made by the
//! launcher, read by [`super::enter`]. Never carries anything out of the media itself.

use super::level::LevelName;
use std::ffi::OsString;
use std::path::PathBuf;

/// Open files of a caged program: ffmpeg with four renditions has about 20.
pub const OPEN_FILES_MAX: u64 = 64;
/// Address space of a caged program, bytes: a last bound, far above what is resident (which is watched from outside).
pub const ADDRESS_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;

/// Who waits for the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A person: runs as anybody.
    Now,
    /// A person, in a moment: beside what is waited for now it gets a quarter of a processor.
    Soon,
    /// Nobody: a tenth of a processor that others keep busy.
    Background,
}

/// Bounds of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cage {
    /// Files and folders that may be read (besides the system's libraries).
    pub read: Vec<PathBuf>,
    /// The only folder that may be written, also the working folder.
    pub write: PathBuf,
    /// Processor time, seconds.
    pub cpu_s: u64,
    /// Largest file written, bytes.
    pub file_bytes: u64,
    /// Scheduling.
    pub urgency: Urgency,
    /// Start even where a layer of the floor is missing.
    pub relaxed: bool,
}

/// How far the child is to go, which is the launcher's to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Means {
    /// Layers above this level are not tried.
    pub ceiling: LevelName,
    /// The control group with the bound of memory to run in, if one could be made.
    pub memory_group: Option<PathBuf>,
}

impl Default for Means {
    /// Everything that can be had without a control group.
    fn default() -> Means {
        Means { ceiling: LevelName::Full, memory_group: None }
    }
}

/// A request as the child reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) parent: i32,
    pub(super) cage: Cage,
    pub(super) means: Means,
    /// Program and arguments; empty asks for a report of the layers instead.
    pub(super) argv: Vec<OsString>,
}

impl Cage {
    /// Arguments for `sandbox-exec`. `parent` is the process that must stay alive.
    #[must_use]
    pub fn to_args(&self, parent: u32, means: &Means, argv: &[OsString]) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec!["--parent".into(), parent.to_string().into()];
        args.extend(["--ceiling".into(), means.ceiling.as_str().into()]);
        if let Some(group) = &means.memory_group {
            args.extend(["--memory-group".into(), group.into()]);
        }
        for path in &self.read {
            args.extend(["--read".into(), path.into()]);
        }
        args.extend(["--write".into(), OsString::from(&self.write)]);
        args.extend(["--cpu-s".into(), self.cpu_s.to_string().into()]);
        args.extend(["--file-bytes".into(), self.file_bytes.to_string().into()]);
        match self.urgency {
            Urgency::Now => {}
            Urgency::Soon => args.push("--soon".into()),
            Urgency::Background => args.push("--background".into()),
        }
        if self.relaxed {
            args.push("--relaxed".into());
        }
        args.push("--".into());
        args.extend(argv.iter().cloned());
        args
    }
}

impl Request {
    /// Reads what [`Cage::to_args`] wrote.
    pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Request, String> {
        let mut args = args.into_iter();
        let mut request = Request {
            parent: 0,
            cage: Cage {
                read: Vec::new(),
                write: PathBuf::new(),
                cpu_s: 0,
                file_bytes: 0,
                urgency: Urgency::Now,
                relaxed: false,
            },
            means: Means::default(),
            argv: Vec::new(),
        };
        while let Some(flag) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("a value is missing after {flag:?}"));
            let number = |text: OsString| -> Result<u64, String> {
                text.to_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| format!("not a number: {text:?}"))
            };
            match flag.to_str() {
                Some("--parent") => {
                    request.parent = i32::try_from(number(value()?)?).map_err(|error| error.to_string())?;
                }
                Some("--ceiling") => {
                    let name = value()?;
                    request.means.ceiling = name
                        .to_str()
                        .and_then(LevelName::parse)
                        .ok_or_else(|| format!("no level: {name:?}"))?;
                }
                Some("--memory-group") => request.means.memory_group = Some(value()?.into()),
                Some("--read") => request.cage.read.push(value()?.into()),
                Some("--write") => request.cage.write = value()?.into(),
                Some("--cpu-s") => request.cage.cpu_s = number(value()?)?,
                Some("--file-bytes") => request.cage.file_bytes = number(value()?)?,
                Some("--soon") => request.cage.urgency = Urgency::Soon,
                Some("--background") => request.cage.urgency = Urgency::Background,
                Some("--relaxed") => request.cage.relaxed = true,
                Some("--") => {
                    request.argv = args.collect();
                    break;
                }
                _ => return Err(format!("unknown argument {flag:?}")),
            }
        }
        if request.cage.write.as_os_str().is_empty() || request.cage.cpu_s == 0 || request.parent == 0 {
            return Err("--parent, --write and --cpu-s are needed".to_owned());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cage_survives_the_command_line() {
        let argv: Vec<OsString> = vec!["/usr/bin/ffmpeg".into(), "--read".into()];
        let means = Means { ceiling: LevelName::Walled, memory_group: Some("/a group".into()) };
        for urgency in [Urgency::Now, Urgency::Soon, Urgency::Background] {
            let cage = Cage {
                read: vec!["/in put".into(), "--".into()],
                write: "/job".into(),
                cpu_s: 7,
                file_bytes: 8,
                urgency,
                relaxed: true,
            };
            let request = Request::parse(cage.to_args(9, &means, &argv)).unwrap();
            assert_eq!(request, Request { parent: 9, cage, means: means.clone(), argv: argv.clone() });
        }
        for bad in [vec!["--parent"], vec!["--cpu-s", "x"], vec!["--ceiling", "sky"], vec!["--else"], vec![]]
        {
            Request::parse(bad.into_iter().map(OsString::from)).unwrap_err();
        }
    }
}
