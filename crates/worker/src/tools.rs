//! Which ffmpeg there is and whether it may be used: found once at start, told to people where it is missing.

use crate::launcher::{Launcher, Output, Run, RunError};
use crate::sandbox::{Cage, Level, Urgency};
use protocol::Code;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest time that asking a tool for its version or parts takes.
const ASK_WALL: Duration = Duration::from_secs(30);
/// Encoders without which the ladder cannot be made.
const ENCODERS: [&str; 4] = ["libx264", "aac", "mjpeg", "libwebp"];

/// The tools of the pipeline, ready to be used.
#[derive(Clone, Debug)]
pub struct Tools {
    /// Absolute path.
    pub ffmpeg: PathBuf,
    /// Absolute path.
    pub ffprobe: PathBuf,
    /// First line of `ffmpeg -version`: goes into the hash of plans.
    pub build: String,
    /// Starts them.
    pub launcher: Launcher,
    /// What the sandbox reached.
    pub level: Level,
}

/// Why there are no tools, with the command that helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct ToolsMissing {
    /// `FfmpegMissing` or `SandboxMissing`.
    pub code: Code,
    /// What is missing and what helps.
    pub sentence: String,
}

impl Tools {
    /// Looks for ffmpeg and ffprobe (in `path`, the value of PATH) and tries the sandbox in `folder`.
    ///
    /// # Errors
    /// What is missing, with the command that helps.
    pub async fn find(
        launcher: Launcher,
        path: Option<OsString>,
        folder: &Path,
    ) -> Result<Tools, ToolsMissing> {
        let ffmpeg = which("ffmpeg", path.as_ref()).ok_or_else(|| no_ffmpeg("ffmpeg was not found"))?;
        let ffprobe = which("ffprobe", path.as_ref()).ok_or_else(|| no_ffmpeg("ffprobe was not found"))?;
        std::fs::create_dir_all(folder)
            .map_err(|error| no_sandbox(&format!("its folder cannot be made ({error})")))?;
        let level = launcher.level(folder).await.map_err(|error| no_sandbox(&error.to_string()))?;
        if !level.is_floor() && !launcher.relaxed() {
            return Err(no_sandbox(&format!("this system lacks {}", level.missing().join(", "))));
        }
        let tools = Tools { ffmpeg, ffprobe, build: String::new(), launcher, level };
        let version = tools.ask(folder, &tools.ffmpeg, &["-version"]).await?;
        let build = version.lines().next().unwrap_or_default().trim().to_owned();
        tools.ask(folder, &tools.ffprobe, &["-version"]).await?;
        let encoders = tools.ask(folder, &tools.ffmpeg, &["-hide_banner", "-encoders"]).await?;
        for encoder in ENCODERS {
            if !encoders.lines().any(|line| line.split_whitespace().nth(1) == Some(encoder)) {
                return Err(no_ffmpeg(&format!("the installed ffmpeg lacks the encoder {encoder}")));
            }
        }
        Ok(Tools { build, ..tools })
    }

    /// A sentence that is to be shown all the time, when the operator has chosen to go without the sandbox.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        (!self.level.is_floor()).then(|| {
            format!(
                "Uploaded files are not fully walled off on this server ({} missing, GENLOCK_SANDBOX=relaxed).",
                self.level.missing().join(", ")
            )
        })
    }

    async fn ask(&self, folder: &Path, program: &Path, args: &[&str]) -> Result<String, ToolsMissing> {
        let run = Run {
            program,
            args: args.iter().map(OsString::from).collect(),
            cage: Cage {
                read: Vec::new(),
                write: folder.to_owned(),
                cpu_s: 20,
                file_bytes: 0,
                urgency: Urgency::Now,
                relaxed: false,
            },
            wall: ASK_WALL,
            output: Output::Capture { bytes_max: 256 * 1024 },
            input: None,
        };
        match self.launcher.run(run).await {
            Ok(done) => Ok(String::from_utf8_lossy(&done.stdout).into_owned()),
            Err(RunError::Cage(reason)) => Err(no_sandbox(&reason)),
            Err(error) => Err(no_ffmpeg(&format!("{} does not run ({error})", program.display()))),
        }
    }
}

fn no_ffmpeg(what: &str) -> ToolsMissing {
    ToolsMissing {
        code: Code::FfmpegMissing,
        sentence: format!("Videos cannot be prepared: {what}. Install it with: apt-get install ffmpeg"),
    }
}

fn no_sandbox(what: &str) -> ToolsMissing {
    ToolsMissing {
        code: Code::SandboxMissing,
        sentence: format!(
            "Uploads are off because harmful files could not be walled off here: {what}. Run on Linux 5.13 or newer \
             with Landlock and seccomp, or accept the risk with GENLOCK_SANDBOX=relaxed."
        ),
    }
}

/// An executable by name in the folders of a PATH.
fn which(name: &str, path: Option<&OsString>) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    std::env::split_paths(path?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| {
            std::fs::metadata(file)
                .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        })
        // Landlock grants the file itself, not the links to it.
        .and_then(|file| file.canonicalize().ok())
}
