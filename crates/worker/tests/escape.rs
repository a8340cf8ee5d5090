//! Law 13: what runs in place of ffmpeg gets nowhere, at every level of the cage that this machine permits, as root, as
//! a plain user and without user namespaces. What is not permitted here is said, not passed over.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::example;
use worker::Launcher;
use worker::launcher::{Output, Run};
use worker::sandbox::{Cage, Level, LevelName, Urgency};

/// The plain user.
const NOBODY: u32 = 65_534;
/// What must work in the cage.
const WORKS: [&str; 3] = ["read-input", "write-own", "thread"];

/// How the server is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// As whoever runs the tests.
    Self_,
    /// As a plain user with a folder of its own.
    Nobody,
    /// Where user namespaces cannot be made any more.
    WithoutNamespaces,
}

/// A server's folder with somebody's secrets, and the probe in ffmpeg's place.
struct Scene {
    folder: tempfile::TempDir,
    probe: PathBuf,
    exec: PathBuf,
    listener: TcpListener,
    who: Who,
}

impl Scene {
    fn new(who: Who) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["job", "other-job", "bin"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        for name in ["input.mp4", "secret", "other-job/out.mp4"] {
            std::fs::write(at(name), "a film").unwrap();
        }
        // Where a plain user can start them, wherever they were built.
        let (probe, exec) = (at("bin/probe"), at("bin/exec"));
        std::fs::copy(example("sandbox_probe"), &probe).unwrap();
        std::fs::copy(example("sandbox_exec"), &exec).unwrap();
        if who == Who::Nobody {
            std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o711)).unwrap();
            for name in ["job", "other-job", "bin", "input.mp4", "secret", "other-job/out.mp4"] {
                chown(at(name), Some(NOBODY), Some(NOBODY)).unwrap();
            }
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        Scene { probe, exec, listener: TcpListener::bind("127.0.0.1:0").unwrap(), who, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn launcher(&self, ceiling: LevelName) -> Launcher {
        let words = |words: &[&str]| -> Vec<OsString> {
            words.iter().map(OsString::from).chain([OsString::from(&self.exec)]).collect()
        };
        let id = NOBODY.to_string();
        let (program, prefix) = match self.who {
            Who::Self_ => (self.exec.clone(), Vec::new()),
            Who::Nobody => {
                ("setpriv".into(), words(&["--reuid", &id, "--regid", &id, "--clear-groups", "--"]))
            }
            // A user namespace in which no further one may be made: what a machine without them answers.
            Who::WithoutNamespaces => {
                let none = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
                ("unshare".into(), words(&["--user", "--map-root-user", "sh", "-c", none]))
            }
        };
        Launcher::new(program, prefix, ceiling == LevelName::Open).at_most(ceiling)
    }

    async fn level(&self, ceiling: LevelName) -> Result<Level, String> {
        self.launcher(ceiling).level(&self.path("job")).await.map_err(|error| error.to_string())
    }

    /// What the probe says from within.
    async fn said(&self, ceiling: LevelName) -> BTreeMap<String, String> {
        let (input, job) = (self.path("input.mp4"), self.path("job"));
        let port = self.listener.local_addr().unwrap().port().to_string();
        let args = [
            input.clone().into_os_string(),
            self.folder.path().into(),
            self.path("secret").into(),
            self.path("other-job/out.mp4").into(),
            port.into(),
            std::process::id().to_string().into(),
        ];
        let run = Run {
            program: &self.probe,
            args: args.into(),
            cage: Cage {
                read: vec![input],
                write: job,
                cpu_s: 20,
                file_bytes: 8 * 1024 * 1024,
                urgency: Urgency::Background,
                relaxed: false,
            },
            wall: Duration::from_secs(60),
            output: Output::Capture { bytes_max: 64 * 1024 },
            input: None,
        };
        let done =
            self.launcher(ceiling).run(run).await.unwrap_or_else(|error| panic!("{ceiling:?}: {error}"));
        let text = String::from_utf8(done.stdout).unwrap();
        text.lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, said)| (name.to_owned(), said.to_owned()))
            .collect()
    }
}

/// Every try from within one level fails by a wall, not by accident.
async fn nothing_gets_out(scene: &Scene, ceiling: LevelName, level: &Level) -> usize {
    let said = scene.said(ceiling).await;
    let mut tries = 0;
    let mut faults = Vec::new();
    for (name, said) in &said {
        let errno = said.strip_prefix("refused ").and_then(|text| text.parse::<i32>().ok());
        let is_right = match name.as_str() {
            "environment" => said == "0",
            work if WORKS.contains(&work) => said.starts_with("ok"),
            "many-files" => errno == Some(libc::EMFILE),
            "fill-disk" => errno == Some(libc::EFBIG),
            // Some containers have none.
            "read-kernel-log" if errno == Some(libc::ENOENT) => {
                level.namespaces || !Path::new("/dev/kmsg").exists()
            }
            _ => {
                tries += 1;
                // In a root of its own what is outside is not there, or lies on another mount; elsewhere it is refused.
                matches!(errno, Some(libc::EPERM | libc::EACCES))
                    || (level.namespaces && matches!(errno, Some(libc::ENOENT | libc::EROFS | libc::EXDEV)))
            }
        };
        if !is_right {
            faults.push(format!("{name}: {said}"));
        }
    }
    assert!(faults.is_empty(), "{:?} at {}: {}", scene.who, ceiling.as_str(), faults.join(", "));
    assert!(WORKS.iter().all(|work| said.contains_key(*work)), "{said:?}");
    assert!(!scene.path("escaped.txt").exists());
    assert_eq!(std::fs::read_to_string(scene.path("input.mp4")).unwrap(), "a film");
    for entry in std::fs::read_dir(scene.path("job")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    tries
}

#[tokio::test]
async fn law_13_every_way_out_is_closed_at_every_level() {
    let is_root = rustix::process::geteuid().is_root();
    for who in [Who::Self_, Who::Nobody, Who::WithoutNamespaces] {
        if who == Who::Nobody && !is_root {
            println!("as a plain user besides oneself: not permitted here, only root can become one");
            continue;
        }
        let scene = Scene::new(who);
        let highest = match scene.level(LevelName::Full).await {
            Ok(level) => level,
            Err(reason) if who != Who::Self_ => {
                println!("{who:?}: not permitted here: {reason}");
                continue;
            }
            Err(reason) => panic!("{reason}"),
        };
        assert!(highest.is_floor(), "{who:?}: {:?}", highest.missing());
        if who == Who::WithoutNamespaces {
            assert!(!highest.namespaces, "they were to be impossible here");
        }
        for ceiling in [LevelName::Floor, LevelName::Walled, LevelName::Separate] {
            let level = scene.level(ceiling).await.unwrap();
            if level.name() < ceiling {
                let why = level.namespaces_refused.as_deref().unwrap_or("the kernel is too old");
                println!("{who:?}: level {}: not permitted here ({why})", ceiling.as_str());
                continue;
            }
            assert_eq!(level.name(), ceiling);
            let tries = nothing_gets_out(&scene, ceiling, &level).await;
            println!("{who:?}: level {}: {tries} ways out, all closed", ceiling.as_str());
            assert!(tries >= 90, "{tries}");
        }
    }
}

/// So that the test above can fail.
#[test]
fn the_tries_work_where_nothing_stops_them() {
    let scene = Scene::new(Who::Self_);
    let port = scene.listener.local_addr().unwrap().port().to_string();
    let (outside, secret, me) = (scene.folder.path(), scene.path("secret"), std::process::id().to_string());
    let words: [&Path; 5] = ["harmless".as_ref(), outside, &secret, port.as_ref(), me.as_ref()];
    let free = std::process::Command::new(&scene.probe).args(words).output().unwrap();
    let free = String::from_utf8(free.stdout).unwrap();
    for attempt in
        ["read-secret", "read-passwd", "write-outside", "tcp-connect", "fork-exec", "signal-parent"]
    {
        assert!(free.contains(&format!("{attempt} ok")), "{attempt} is no test here: {free}");
    }
}

#[tokio::test]
async fn law_13_below_the_floor_nothing_starts_unless_the_operator_says_so() {
    let scene = Scene::new(Who::Self_);
    let level = scene.level(LevelName::Open).await.unwrap();
    assert_eq!((level.name(), level.is_floor()), (LevelName::Open, false));
    // The same machine with the floor withheld.
    let strict = Launcher::new(scene.exec.clone(), Vec::new(), false).at_most(LevelName::Open);
    let path = Some("/usr/bin:/usr/local/bin:/bin".into());
    let refused = worker::Tools::find(strict, path.clone(), &scene.path("job")).await.unwrap_err();
    assert_eq!(refused.code, protocol::Code::SandboxMissing);
    assert!(
        refused.sentence.contains("Landlock") && refused.sentence.contains("GENLOCK_SANDBOX"),
        "{refused}"
    );
    let relaxed = Launcher::new(scene.exec.clone(), Vec::new(), true).at_most(LevelName::Open);
    let tools = worker::Tools::find(relaxed, path, &scene.path("job")).await.unwrap();
    assert!(tools.notice().unwrap().contains("seccomp"), "{:?}", tools.notice());
}

#[tokio::test]
async fn the_whole_floor_is_there_on_this_machine() {
    let scene = Scene::new(Who::Self_);
    let level = scene.level(LevelName::Full).await.unwrap();
    println!("level {}: {:?}", level.name().as_str(), level);
    assert!(level.is_floor(), "missing: {:?}", level.missing());
}
