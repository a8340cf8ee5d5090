//! `genlock work`: a worker of its own process beside a server. On the server's machine it needs no setting: address and
//! token lie in the data folder, and the media folder is shared. Elsewhere it is given both, and fetches sources and
//! puts objects over HTTP.

use crate::serve::{cores, first_signal, tools_in};
use crate::settings::WorkOptions;
use crate::{logs, tell};
use anyhow::{Context as _, Result, bail};
use protocol::Timestamp;
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Blobs;
use store::files::FileBlobs;
use tokio::signal::unix::{SignalKind, signal};
use worker::{Remote, RemoteBlobs, RemoteDesk, Wake, WorkerConfig};

/// Longest time for the worker to give its claims back.
const WORKER_END: Duration = Duration::from_secs(8);
/// Workers in one folder at most.
const PLACES_MAX: u32 = 64;
/// Exit code of a second signal, as shells count SIGINT.
const CODE_CUT: i32 = 130;

/// Runs until a signal.
///
/// # Errors
/// In words for the person at the terminal.
pub async fn work(options: &WorkOptions) -> Result<ExitCode> {
    logs::begin(&options.logs)?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let is_beside = options.server.is_none();
    let remote = Arc::new(match (&options.server, &options.token) {
        (Some(server), Some(token)) => Remote::at(server, token)?,
        (Some(_), None) => {
            bail!("a worker elsewhere needs a token: set GENLOCK_TOKEN (genlock token create)")
        }
        (None, _) => Remote::beside(&options.stores.data_dir).context(
            "no server was found in the data folder; give its --data-dir, or --server and GENLOCK_TOKEN",
        )?,
    });
    let folder = options.work_dir.clone().unwrap_or_else(|| {
        if is_beside { options.stores.data_dir.join("work") } else { PathBuf::from("./genlock-work") }
    });
    let place = Place::take(&folder, options.name.as_deref())?;
    let tools = tools_in(&place.folder, &options.sandbox).await?;
    let shares = is_beside || options.stores.blob_url.is_some();
    let blobs: Arc<dyn Blobs> = if shares {
        let address = options.stores.blobs();
        let folder = address.strip_prefix("file:").context("media of this kind cannot be shared")?;
        Arc::new(FileBlobs::open(Path::new(folder))?)
    } else {
        Arc::new(RemoteBlobs::new(Arc::clone(&remote), &place.folder.join("sources"))?)
    };
    let wake = Arc::<Wake>::default();
    let desk = RemoteDesk::new(Arc::clone(&remote), &place.runner, Arc::clone(&wake));
    let slots = options.slots.unwrap_or_else(cores);
    let config = WorkerConfig {
        runner: place.runner.clone(),
        slots,
        job_dir: place.folder.join("jobs"),
        tools,
        wake,
        seed: rand::random(),
    };
    let worker = worker::spawn_at(config, Arc::new(desk), blobs, Arc::new(now))
        .context("the folder of jobs cannot be made")?;
    let how = if shares { "sharing its media folder" } else { "fetching sources over HTTP" };
    tell::line(&format!("Genlock {} worker {}", worker::remote::RELEASE, place.runner));
    tell::line(&format!("  server      {} ({how})", remote.base()));
    tell::line(&format!("  slots       {slots}"));
    tell::line("Ready. Ctrl-C stops and gives claims back.");
    first_signal(&mut interrupt, &mut terminate).await;
    tracing::info!("stopping; a second signal stops at once");
    tokio::spawn(async move {
        first_signal(&mut interrupt, &mut terminate).await;
        std::process::exit(CODE_CUT);
    });
    if tokio::time::timeout(WORKER_END, worker.stop()).await.is_err() {
        tracing::warn!("the worker did not stop in time; its jobs go on when their leases end");
    }
    Ok(ExitCode::SUCCESS)
}

/// Used for new jobs only; the server does not take times that lie ahead of its own.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// A worker's own folder and name. The same after a restart, so that the claims of a killed process end at once, and
/// never shared with another process that lives.
struct Place {
    folder: PathBuf,
    runner: String,
    _lock: File,
}

impl Place {
    /// The first place that no other worker holds.
    fn take(folder: &Path, name: Option<&str>) -> Result<Place> {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host: String =
            host.trim().chars().filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
        let host = if host.is_empty() { "here".to_owned() } else { host };
        for number in 1..=PLACES_MAX {
            let own = folder.join(number.to_string());
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&own)
                .with_context(|| format!("the folder {} cannot be made", own.display()))?;
            let lock = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(own.join("lock"))?;
            if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
                let runner = name.map_or_else(|| format!("work-{number}@{host}"), str::to_owned);
                return Ok(Place { folder: own.canonicalize()?, runner, _lock: lock });
            }
        }
        bail!("{PLACES_MAX} workers run in {} already; give another --work-dir", folder.display());
    }
}
