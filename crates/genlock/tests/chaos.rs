//! The pipeline under fire: a server and two workers prepare a few short films while one of them, or an ffmpeg, is
//! killed again and again. Nothing is lost, nothing is published twice, and what comes out is what comes out without
//! kills, bit for bit.
//!
//! A short form; `GENLOCK_CHAOS_KILLS=300 GENLOCK_SEED=1 cargo test --package genlock --test chaos -- --nocapture` runs
//! the long one.

mod pipeline;
mod support;

use media::clip::ClipKind;
use pipeline::{Work, ask, clip, get, jobs, objects, upload};
use protocol::rest::{VersionState, VersionView, VideoList};
use protocol::work::{JobView, JobWord};
use protocol::{ChannelId, JobId, VersionId};
use reqwest::Method;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};
use support::{Person, Server, create_channel, set_up, sign_in};

/// Kills of the short form.
const KILLS: u32 = 6;
/// Recovery after a restart that is promised.
const RECOVERY: Duration = Duration::from_secs(2);
/// Longest that any one thing may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Chance out of a seed (xorshift); not for secrets.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What was killed, and what was seen of it.
#[derive(Default, Debug)]
struct Tally {
    server: u32,
    worker: u32,
    ffmpeg: u32,
    /// Times from a restart until a job was in work again, milliseconds.
    recovery_ms: Vec<u128>,
    dead_letters: u32,
}

/// The machines.
struct Site {
    server: Option<Server>,
    workers: Vec<Work>,
    address: String,
    base: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn law_11_whatever_is_killed_nothing_is_lost_or_made_differently() {
    let kills = number("GENLOCK_CHAOS_KILLS").map_or(KILLS, |kills| u32::try_from(kills).unwrap_or(KILLS));
    let seed = number("GENLOCK_SEED").unwrap_or_else(|| {
        std::time::UNIX_EPOCH.elapsed().map_or(1, |since| u64::from(since.subsec_nanos()))
    });
    println!("{kills} kills, GENLOCK_SEED={seed}");
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let films = [
        ("one.mp4", clip(ClipKind::H264Default, 26 * 25, (426, 240))),
        ("two.mp4", clip(ClipKind::H264NoAudio, 18 * 25, (426, 240))),
    ];

    // What comes out when nothing is killed.
    let calm = tempfile::tempdir().expect("a folder");
    let expected = undisturbed(calm.path(), &films).await;
    let runs_calm = expected.values().map(BTreeMap::len).sum::<usize>();
    println!("{} films, {runs_calm} objects in all", films.len());

    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Server::start(&data).await;
    let ada = set_up(&server).await;
    let channel = create_channel(&server, &ada, "films").await;
    let base = server.base.clone();
    let address = base.trim_start_matches("http://").to_owned();
    let workers = vec![Work::beside(&data, 1).await, Work::beside(&data, 1).await];
    let mut site = Site { server: Some(server), workers, address, base };
    let mut tally = Tally::default();
    let mut uploaded: Vec<(String, usize)> = Vec::new();
    let mut ada = ada;
    while tally.server + tally.worker + tally.ffmpeg < kills {
        // There is always something in work to be killed in the middle of.
        if !is_busy(&site.base, &ada).await {
            let which = uploaded.len() % films.len();
            let name = format!("{}-{}", uploaded.len(), films[which].0);
            let server = site.server.as_ref().expect("it runs");
            upload(server, &ada, channel, &name, &films[which].1).await;
            uploaded.push((name, which));
        }
        let in_work = until_in_work(&site.base, &ada).await;
        // Somewhere within the job: its length decides, not the clock of the test.
        tokio::time::sleep(Duration::from_millis(chance.below(700))).await;
        match chance.below(3) {
            0 => {
                tally.server += 1;
                site.server.take().expect("it runs").kill_nine().await;
                let server = Server::start_at(&data, &site.address).await;
                let back = Instant::now();
                ada = sign_in(&server).await;
                site.server = Some(server);
                recovered(&site.base, &ada, &in_work, back, &mut tally).await;
            }
            1 => {
                tally.worker += 1;
                let at = usize::try_from(chance.below(2)).expect("0 or 1");
                site.workers.swap_remove(at).kill_nine().await;
                site.workers.push(Work::beside(&data, 1).await);
                let back = Instant::now();
                recovered(&site.base, &ada, &in_work, back, &mut tally).await;
            }
            _ => {
                if kill_an_ffmpeg(&site.workers, &mut chance) {
                    tally.ffmpeg += 1;
                }
            }
        }
        bring_back_the_dead(&site.base, &ada, &mut tally).await;
    }
    let versions = all_ready(&site.base, &ada, channel, &uploaded, &mut tally).await;

    // The model: each film once, each version with exactly the objects of the calm run, each job done.
    for (name, which) in &uploaded {
        let found = objects(&data, versions[name]);
        let wanted = &expected[films[*which].0];
        assert_eq!(&found, wanted, "seed {seed}: {name} came out differently");
    }
    let all = jobs(&site.base, &ada).await;
    let mut keys = BTreeSet::new();
    let mut claims = 0;
    for job in &all {
        assert_eq!(job.state, JobWord::Done, "seed {seed}: {job:?}");
        assert!(keys.insert((job.version, job.kind.clone(), job.job)), "seed {seed}: twice {job:?}");
        claims += job.attempts;
    }
    let published = all.iter().filter(|job| job.kind == "publish").count();
    assert_eq!(published, uploaded.len(), "seed {seed}: each film is published once");
    let orphans = orphans(&data, &versions.values().copied().collect());
    assert!(orphans.is_empty(), "seed {seed}: bytes of nobody: {orphans:?}");
    let again = claims as usize - all.len().min(claims as usize);
    println!("{tally:?}");
    println!(
        "{} films, {} jobs, {claims} claims: {again} jobs begun again after {kills} kills",
        uploaded.len(),
        all.len()
    );
    tally.recovery_ms.sort_unstable();
    if let Some(worst) = tally.recovery_ms.last() {
        println!(
            "in work again after a restart: median {} ms, longest {worst} ms (promised {} ms)",
            tally.recovery_ms[tally.recovery_ms.len() / 2],
            RECOVERY.as_millis()
        );
    }
    // A kill costs at most the jobs that ran in what was killed: one chunk per slot of it. Retried dead letters count
    // from the start again.
    let lost_max = usize::try_from(2 * tally.server + tally.worker + tally.ffmpeg).expect("fits");
    assert!(again <= lost_max, "seed {seed}: {again} jobs were begun again, {lost_max} may be");
    for work in site.workers {
        work.stop().await;
    }
}

/// Objects of each film, by its name, made without a kill.
async fn undisturbed(data: &Path, films: &[(&str, Vec<u8>)]) -> BTreeMap<String, BTreeMap<String, String>> {
    let server = Server::start(data).await;
    let ada = set_up(&server).await;
    let channel = create_channel(&server, &ada, "films").await;
    let work = Work::beside(data, 2).await;
    let mut made = BTreeMap::new();
    for (name, bytes) in films {
        upload(&server, &ada, channel, name, bytes).await;
        let version = pipeline::until(&server.base, &ada, channel, name, |version| {
            version.state == VersionState::Ready
        })
        .await;
        made.insert((*name).to_owned(), objects(data, version.version));
    }
    work.stop().await;
    made
}

async fn is_busy(base: &str, ada: &Person) -> bool {
    jobs(base, ada).await.iter().any(|job| matches!(job.state, JobWord::Waiting | JobWord::Running))
}

/// Waits until something is in work; what.
async fn until_in_work(base: &str, ada: &Person) -> Vec<JobView> {
    let began = Instant::now();
    loop {
        let all = jobs(base, ada).await;
        let running: Vec<JobView> = all.iter().filter(|job| job.state == JobWord::Running).cloned().collect();
        let waiting = all.iter().any(|job| job.state == JobWord::Waiting);
        if !running.is_empty() || !waiting {
            return running;
        }
        assert!(began.elapsed() < PATIENCE, "nothing goes on: {all:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the work goes on after a restart: a job begins, or ends, or nothing is left.
async fn recovered(base: &str, ada: &Person, before: &[JobView], back: Instant, tally: &mut Tally) {
    let known: BTreeMap<JobId, (JobWord, u32)> =
        before.iter().map(|job| (job.job, (job.state, job.attempts))).collect();
    loop {
        let all = jobs(base, ada).await;
        let is_left = all.iter().any(|job| matches!(job.state, JobWord::Waiting | JobWord::Running));
        let goes_on = all.iter().any(|job| match (job.state, known.get(&job.job)) {
            (JobWord::Running, Some((_, attempts))) => job.attempts > *attempts,
            (JobWord::Running, None) => true,
            (JobWord::Done, Some(_)) => true,
            _ => false,
        });
        if goes_on || !is_left {
            tally.recovery_ms.push(back.elapsed().as_millis());
            return;
        }
        assert!(back.elapsed() < PATIENCE, "the work does not go on: {all:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Kills one of the ffmpeg that our workers have started; false if none runs.
fn kill_an_ffmpeg(workers: &[Work], chance: &mut Chance) -> bool {
    let parents: BTreeSet<u32> = workers.iter().filter_map(|work| work.child.id()).collect();
    let mut children = Vec::new();
    let mut generation = parents;
    // The cage may stand between.
    for _ in 0..3 {
        let next: BTreeSet<u32> = processes()
            .into_iter()
            .filter(|(_, parent, _)| generation.contains(parent))
            .map(|(pid, _, name)| {
                if name == "ffmpeg" {
                    children.push(pid);
                }
                pid
            })
            .collect();
        generation = next;
    }
    if children.is_empty() {
        return false;
    }
    let at = usize::try_from(chance.below(children.len() as u64)).expect("an index");
    let pid = children[at].to_string();
    std::process::Command::new("kill").args(["-KILL", &pid]).status().is_ok_and(|status| status.success())
}

/// Process, parent and name of every process.
fn processes() -> Vec<(u32, u32, String)> {
    let entries = std::fs::read_dir("/proc").expect("Linux");
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let (head, rest) = stat.rsplit_once(')')?;
            let name = head.split_once('(')?.1.to_owned();
            let parent = rest.split_whitespace().nth(1)?.parse().ok()?;
            Some((pid, parent, name))
        })
        .collect()
}

/// A job that was hit three times is a dead letter, as it should be; the operator presses "Try again".
async fn bring_back_the_dead(base: &str, ada: &Person, tally: &mut Tally) {
    for job in jobs(base, ada).await.into_iter().filter(|job| job.state == JobWord::Dead) {
        assert!(job.attempts >= 3 && job.reason.is_some(), "given up too early: {job:?}");
        tally.dead_letters += 1;
        let answer = ask(base, ada, Method::POST, &format!("jobs/{}/retry", job.job)).send().await;
        assert!(answer.is_ok_and(|answer| answer.status().is_success()));
    }
}

/// Waits until every film is ready; their versions.
async fn all_ready(
    base: &str,
    ada: &Person,
    channel: ChannelId,
    uploaded: &[(String, usize)],
    tally: &mut Tally,
) -> BTreeMap<String, VersionId> {
    let began = Instant::now();
    loop {
        bring_back_the_dead(base, ada, tally).await;
        let versions = versions(base, ada, channel).await;
        assert_eq!(versions.len(), uploaded.len(), "each film is there once");
        let left = is_busy(base, ada).await;
        if !left && versions.iter().all(|version| version.state == VersionState::Ready) {
            return versions.into_iter().map(|version| (version.filename, version.version)).collect();
        }
        assert!(began.elapsed() < PATIENCE, "not ready: {versions:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Every version of the channel.
async fn versions(base: &str, ada: &Person, channel: ChannelId) -> Vec<VersionView> {
    let mut all = Vec::new();
    let mut path = format!("channels/{channel}/videos?limit=100");
    loop {
        let page: VideoList = get(base, ada, &path).await;
        all.extend(page.videos.into_iter().flat_map(|video| video.versions));
        match page.next {
            Some(next) => path = format!("channels/{channel}/videos?limit=100&cursor={next}"),
            None => return all,
        }
    }
}

/// Files that belong to no version: uploads that nobody knows, objects of others, job folders, halves.
fn orphans(data: &Path, versions: &BTreeSet<VersionId>) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |folder: &Path, belongs: &dyn Fn(&str) -> bool| {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !belongs(&name) {
                found.push(entry.path().display().to_string());
            }
        }
    };
    look(&data.join("media/final"), &|name| VersionId::parse(name).is_some_and(|id| versions.contains(&id)));
    look(&data.join("media/interim"), &|_| false);
    for place in std::fs::read_dir(data.join("work")).into_iter().flatten().flatten() {
        look(&place.path().join("jobs"), &|_| false);
    }
    found
}
