//! `genlock serve`: everything on one machine. Opens the stores, listens, starts the worker, greets, and drains when it
//! is told to stop.

use crate::greeting::Greeting;
use crate::settings::ServeOptions;
use crate::{addresses, logs, media_tools, sample, stores};
use anyhow::{Context as _, Result};
use bus::MemoryBus;
use desk::Desk as _;
use protocol::{Code, Timestamp};
use server::clock::Clock;
use server::{AppState, Config};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use worker::{Launcher, Tools, ToolsMissing, WorkerConfig, WorkerHandle};

/// Longest time for live connections to be told and closed.
const DRAIN: Duration = Duration::from_secs(10);
/// Longest time for requests under way to end.
const REQUESTS_END: Duration = Duration::from_secs(8);
/// Longest time for the worker to give its claims back.
const WORKER_END: Duration = Duration::from_secs(8);
/// How often sessions that have ended are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// How often the desk is tended where no worker of this process does it.
const TEND_EVERY: Duration = Duration::from_secs(5);
/// Name under which this process's worker claims jobs; the same after a restart on the same data.
const RUNNER: &str = "serve";
/// Exit code of a second signal, as shells count SIGINT.
const CODE_CUT: i32 = 130;

/// Runs until a signal.
///
/// # Errors
/// In words for the person at the terminal.
pub async fn serve(options: &ServeOptions) -> Result<ExitCode> {
    let begun = Instant::now();
    logs::begin(&options.logs)?;
    // What is stored is for the account that runs the server alone.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let _lock = stores::lock(&options.stores)?;
    let listener = TcpListener::bind(options.address()).await.with_context(|| {
        format!("cannot listen on {}; is another server there? Give another --listen", options.address())
    })?;
    let (store, tools) = tokio::join!(open(options), find_tools(options));
    let store = store?;
    let address = listener.local_addr()?;
    let clock = Clock::start();
    let network =
        if options.lan { addresses::local_network(address, &options.hosts).hosts } else { Vec::new() };
    let config = config(options, address, &network, &tools)?;
    let setup_token = server::auth::setup::renew(store.catalog.as_ref(), clock.now()).await?;

    let state = AppState::on_bus(store, Arc::new(MemoryBus::new()), clock, config);
    let worker = match &tools {
        Ok(tools) if !options.no_worker => {
            let worker = start_worker(options, tools.clone(), &state)?;
            if !options.no_sample {
                let folder = options.stores.data_dir.join("sample");
                tokio::spawn(sample::prepare(state.clone(), tools.clone(), folder));
            }
            Some(worker)
        }
        _ => None,
    };
    let tender = worker.is_none().then(|| tokio::spawn(tend(state.clone())));
    let sweeper = tokio::spawn(sweep(state.clone()));
    let base = local_base(address).unwrap_or_else(|| format!("http://{address}"));
    state.machine.begin(&options.stores.data_dir, &base).context("the file of this machine's token")?;
    greet(options, &state, address, &network, setup_token.as_deref(), &tools, begun)?;
    tracing::info!(%address, "serving");

    let stop = {
        let state = state.clone();
        async move {
            first_signal(&mut interrupt, &mut terminate).await;
            tracing::info!("stopping; a second signal stops at once");
            tokio::spawn(async move {
                first_signal(&mut interrupt, &mut terminate).await;
                std::process::exit(CODE_CUT);
            });
            if tokio::time::timeout(DRAIN, state.drain()).await.is_err() {
                tracing::warn!("some live connections did not close in time");
            }
        }
    };
    server::serve(state, listener, stop, REQUESTS_END).await?;
    sweeper.abort();
    if let Some(worker) = worker
        && tokio::time::timeout(WORKER_END, worker.stop()).await.is_err()
    {
        tracing::warn!("the worker did not stop in time; its jobs go on at the next start");
    }
    if let Some(tender) = tender {
        tender.abort();
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Opening reads and migrates a file; not on a thread of the runtime.
async fn open(options: &ServeOptions) -> Result<Store> {
    let stores = options.stores.clone();
    tokio::task::spawn_blocking(move || stores::open(&stores)).await?
}

/// ffmpeg and its sandbox, or what is missing and what helps.
///
/// # Errors
/// What is missing.
pub async fn find_tools(options: &ServeOptions) -> Result<Tools, ToolsMissing> {
    tools_in(&options.stores.data_dir, &options.sandbox).await
}

/// As [`find_tools`]; the sandbox is tried in a folder below `folder`.
///
/// # Errors
/// What is missing.
pub async fn tools_in(folder: &Path, sandbox: &str) -> Result<Tools, ToolsMissing> {
    let launcher = Launcher::this_binary(sandbox == "relaxed").map_err(|error| ToolsMissing {
        code: Code::SandboxMissing,
        sentence: format!("Uploads are off because the path of this program is not known: {error}"),
    })?;
    let folder = folder.join("jobs-check");
    let found = Tools::find(launcher, std::env::var_os("PATH"), &folder).await;
    // Empty; made anew next time.
    let _ = std::fs::remove_dir(&folder);
    found
}

fn config(
    options: &ServeOptions,
    address: std::net::SocketAddr,
    network: &[String],
    tools: &Result<Tools, ToolsMissing>,
) -> Result<Config> {
    // Where other processes prepare videos, what this machine lacks does not matter.
    let missing = tools.as_ref().err().filter(|_| !options.no_worker);
    let public_url = options.public_origin()?;
    let share_base = public_url
        .clone()
        .or_else(|| network.first().map(|host| format!("http://{host}:{}", address.port())));
    Ok(Config {
        loopback_only: share_base.is_none(),
        share_base,
        public_url,
        allowed_origins: options.other_origins()?,
        lan: options.lan,
        hosts: network.to_vec(),
        signup: options.signup,
        media_problem: missing.map(|missing| missing.sentence.clone()),
        media_problem_code: missing.map(|missing| missing.code),
        media_notice: tools.as_ref().ok().and_then(Tools::notice),
        media_tools: Some(media_tools::view(tools)),
        upload_bytes_max: options.upload_bytes_max,
        quota_bytes: options.quota_bytes,
        ..Config::local(options.stores.data_dir.clone())
    })
}

fn start_worker(options: &ServeOptions, tools: Tools, state: &AppState) -> Result<WorkerHandle> {
    let clock = state.clock;
    let config = WorkerConfig {
        runner: RUNNER.to_owned(),
        slots: cores(),
        job_dir: options.stores.data_dir.join("jobs"),
        tools,
        wake: Arc::clone(&state.jobs_wake),
        seed: rand::random(),
    };
    state.runners.here(RUNNER);
    let now = Arc::new(move || -> Timestamp { clock.now() });
    worker::spawn_at(config, state.desk.clone(), state.store.blobs.clone(), now)
        .context("the folder of jobs cannot be made")
}

/// CPU slots of a worker unless told otherwise.
pub fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1))
}

/// Where programs of this machine reach the server, if it listens there.
fn local_base(address: std::net::SocketAddr) -> Option<String> {
    let port = address.port();
    if address.ip().is_unspecified() {
        Some(format!("http://127.0.0.1:{port}"))
    } else {
        address.ip().is_loopback().then(|| format!("http://{}:{port}", addresses::host(address.ip())))
    }
}

async fn tend(state: AppState) {
    let mut every = tokio::time::interval(TEND_EVERY);
    loop {
        every.tick().await;
        state.desk.tend().await;
    }
}

fn greet(
    options: &ServeOptions,
    state: &AppState,
    address: std::net::SocketAddr,
    network: &[String],
    setup_token: Option<&str>,
    tools: &Result<Tools, ToolsMissing>,
    begun: Instant,
) -> Result<()> {
    let port = address.port();
    let local = local_base(address);
    let data_dir = options.stores.data_dir.canonicalize()?;
    if let Some(token) = setup_token {
        let base = state.config.share_base.clone().or_else(|| local.clone()).unwrap_or_default();
        server::auth::setup::write_file(&data_dir, &format!("{base}/setup?token={token}"))?;
    } else {
        server::auth::setup::remove_file(&data_dir);
    }
    let mut notices = Vec::new();
    if options.lan {
        notices.push("On the local network nothing is encrypted; use it among people you trust.".to_owned());
    } else if state.config.public_url.is_none() && !address.ip().is_loopback() {
        notices.push(
            "Others cannot open this page yet: set GENLOCK_PUBLIC_URL, or start with --lan in a local network."
                .to_owned(),
        );
    }
    if let Some(notice) = tools.as_ref().ok().and_then(Tools::notice) {
        notices.push(notice);
    }
    Greeting {
        data_dir: &data_dir,
        local,
        public: state.config.public_url.as_deref(),
        network: network.iter().map(|host| format!("http://{host}:{port}")).collect(),
        setup_token,
        media: match tools {
            _ if options.no_worker => Ok("left to genlock work".to_owned()),
            Ok(tools) => Ok(tools.build.clone()),
            Err(missing) => Err(missing.sentence.clone()),
        },
        notices,
        took: begun.elapsed(),
    }
    .print();
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
pub async fn first_signal(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Removes sessions that have ended.
async fn sweep(state: AppState) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
    loop {
        every.tick().await;
        match state.store.catalog.sweep_sessions(state.clock.now()).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "sessions that have ended were removed"),
            Err(error) => tracing::warn!(%error, "ended sessions could not be removed"),
        }
    }
}
