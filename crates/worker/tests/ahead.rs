//! Films that are prepared while they are on their way: the real worker on real files of which parts are missing.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use bytes::Bytes;
use desk::StoreDesk;
use media::clip::ClipKind;
use media::{
    ByteNeeds, IndexFinder, Input, JobSpec, ObjectRef, Plan, RenditionSet, chunk_args, rendition_file,
    upload_key,
};
use protocol::limits::{UPLOAD_PART_PIECES, UPLOAD_PIECE_BYTES};
use protocol::rest::VersionState;
use protocol::{JobId, UploadId, VersionId};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use store::jobs::{JobRow, JobState};
use store::parts::UploadWay;
use store::runs::Runs;
use support::{Rig, clip, plan_of};
use timecode::FrameRate;
use uuid::Uuid;

/// Picture of the films.
const SIZE: (usize, usize) = (960, 540);
/// Pieces that tell what a film is, and some more: its index is small.
const HEAD_PIECES: u64 = 12;

/// A film of 8 Mbit/s with reordered pictures and sound, its index at the end or in front.
fn film(frames: i64, options: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (plain, heavy) = (folder.path().join("plain.mp4"), folder.path().join("heavy.mp4"));
    std::fs::write(&plain, clip(ClipKind::H264Default, rate(), frames, SIZE)).unwrap();
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&plain)
        .args(["-vf", "noise=alls=14:allf=t", "-c:v", "libx264", "-preset", "veryfast", "-bf", "3"])
        .args([
            "-b:v", "8M", "-minrate", "8M", "-maxrate", "8M", "-bufsize", "8M", "-g", "50", "-c:a", "copy",
        ])
        .args(options)
        .arg(&heavy)
        .status();
    assert!(made.unwrap().success());
    std::fs::read(&heavy).unwrap()
}

fn rate() -> FrameRate {
    FrameRate::new(25, 1).unwrap()
}

/// A film on its way, piece by piece.
struct Journey<'a> {
    rig: &'a Rig,
    desk: &'a StoreDesk,
    film: &'a [u8],
    version: VersionId,
    upload: UploadId,
    there: BTreeSet<u64>,
}

impl<'a> Journey<'a> {
    async fn begin(rig: &'a Rig, desk: &'a StoreDesk, film: &'a [u8]) -> Journey<'a> {
        let bytes = film.len() as u64;
        let (version, upload) = rig.uploading(bytes, "film.mp4").await;
        rig.store.blobs.write_at(&upload_key(upload), bytes - 1, Bytes::from_static(&[0])).await.unwrap();
        rig.store.parts.choose_way(upload, UploadWay::Parts).await.unwrap();
        Journey { rig, desk, film, version, upload, there: BTreeSet::new() }
    }

    fn pieces(&self) -> u64 {
        (self.film.len() as u64).div_ceil(UPLOAD_PIECE_BYTES)
    }

    /// Brings a piece, unless it is there.
    async fn bring(&mut self, piece: u64) {
        if !self.there.insert(piece) {
            return;
        }
        let from = piece * UPLOAD_PIECE_BYTES;
        let to = (from + UPLOAD_PIECE_BYTES).min(self.film.len() as u64);
        let bytes = Bytes::copy_from_slice(&self.film[from as usize..to as usize]);
        self.rig.store.blobs.write_at(&upload_key(self.upload), from, bytes).await.unwrap();
        let (part, bits) =
            (u32::try_from(piece / UPLOAD_PART_PIECES).unwrap(), 1_u32 << (piece % UPLOAD_PART_PIECES));
        self.rig.store.parts.note_pieces(self.upload, part, bits, None).await.unwrap();
        self.rig.store.parts.seal_pieces(self.upload, part, bits).await.unwrap();
        self.desk.advance(self.upload).await;
    }

    /// Brings the pieces of the index.
    async fn bring_index(&mut self) {
        let film = self.film;
        let read = |range: Range<u64>| Ok::<_, Infallible>(&film[range.start as usize..range.end as usize]);
        let Ok(place) = IndexFinder::find(film.len() as u64, read);
        let index = place.expect("the film has an index").index;
        for piece in index.start / UPLOAD_PIECE_BYTES..=(index.end - 1) / UPLOAD_PIECE_BYTES {
            self.bring(piece).await;
        }
    }

    /// Until every job whose bytes are here has ended.
    async fn settled(&self) {
        let runs =
            self.there.iter().map(|piece| piece * UPLOAD_PIECE_BYTES..(piece + 1) * UPLOAD_PIECE_BYTES);
        let there = Runs::new(runs);
        loop {
            let needs = self.needs().await;
            let is_over = |job: &JobRow| {
                let spec = serde_json::from_str(&job.new.spec).unwrap();
                let of = needs.as_ref().and_then(|needs| needs.of(&spec));
                job.state == JobState::Done || of.is_some_and(|of| !there.cover(&of.bytes))
            };
            let jobs = self.rig.store.jobs.jobs_of(self.version).await.unwrap();
            if jobs.iter().all(is_over) {
                return;
            }
            assert!(jobs.iter().all(|job| job.state != JobState::Dead), "{jobs:?}");
            pause().await;
        }
    }

    /// What the jobs need, once the look has ended.
    async fn needs(&self) -> Option<ByteNeeds> {
        let text = self.rig.store.catalog.upload_needs(self.upload).await.unwrap()?;
        Some(serde_json::from_str(&text).unwrap())
    }

    /// The job of a spec.
    async fn job(&self, spec: &JobSpec) -> Option<JobRow> {
        let jobs = self.rig.store.jobs.jobs_of(self.version).await.unwrap();
        jobs.into_iter().find(|job| job.new.key == spec.key())
    }

    /// Until a job is so.
    async fn until(&self, spec: &JobSpec, is: impl Fn(&JobRow) -> bool) {
        while !self.job(spec).await.is_some_and(|job| is(&job)) {
            pause().await;
        }
    }

    async fn end(self) -> Plan {
        self.rig.arrived(self.version, self.upload, self.film).await;
        plan_of(&self.rig.until(self.version, |row| row.state == VersionState::Ready).await)
    }
}

async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
}

fn segment(rendition: &str, index: u32) -> ObjectRef {
    ObjectRef::Segment { rendition: rendition.to_owned(), index }
}

/// Bytes of an object.
fn read(rig: &Rig, plan: &Plan, version: VersionId, object: &ObjectRef) -> Option<Vec<u8>> {
    std::fs::read(rig.file_of(&plan.key(version, object))).ok()
}

/// The numbers on the frames of a rendition.
fn numbers(rig: &Rig, plan: &Plan, version: VersionId, rendition: &str, folder: &Path) -> Vec<Option<u16>> {
    let mut joined = read(rig, plan, version, &ObjectRef::Init { rendition: rendition.to_owned() }).unwrap();
    for index in 0..plan.segments_of(rendition).unwrap() {
        joined.extend(read(rig, plan, version, &segment(rendition, index)).unwrap());
    }
    let file: PathBuf = folder.join("joined.mp4");
    std::fs::write(&file, joined).unwrap();
    let (width, height) = plan.size_of(rendition).unwrap();
    let decoded = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(&file)
        .args(["-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"])
        .output()
        .unwrap();
    let (width, height) = (width as usize, height as usize);
    decoded
        .stdout
        .chunks_exact(width * height)
        .map(|luma| media::barcode::read(luma, width, height))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_plays_while_it_is_on_its_way_and_comes_out_the_same() {
    // Above ten seconds: one group of all pictures could be copied up to there.
    const FRAMES: i64 = 11 * 25;
    let rig = Rig::new().await;
    let (worker, desk, _news) = rig.worker_at(2);
    for (name, options, is_copied) in [
        ("index at the end", &[][..], true),
        ("index in front", &["-movflags", "+faststart"][..], true),
        // Its index promises key frames that are none: only the bytes say that it cannot be copied.
        ("open groups", &["-x264-params", "open-gop=1"][..], false),
    ] {
        let film = film(FRAMES, options);
        let mut journey = Journey::begin(&rig, &desk, &film).await;
        let version = journey.version;
        journey.bring_index().await;
        // Some of it from the back, so that holes lie between.
        let last = journey.pieces() - 1;
        journey.bring(last).await;
        for piece in 0..journey.pieces() * 7 / 10 {
            journey.bring(piece).await;
        }
        let row = rig.until(version, |row| row.state == VersionState::Playable).await;
        let ahead = plan_of(&row);
        let lowest = ahead.lowest().name.clone();
        journey.settled().await;
        assert_eq!(row.sha256, None, "{name}: it is on its way");
        assert!(ahead.copy.is_none() && ahead.rendition("540p").is_none(), "{name}: to be seen in its bytes");
        let made: Vec<u32> = (0..ahead.segments())
            .filter(|index| read(&rig, &ahead, version, &segment(&lowest, *index)).is_some())
            .collect();
        assert!(made.len() >= 2 && made.len() < ahead.segments() as usize, "{name}: {made:?}");
        let before: Vec<Vec<u8>> = made
            .iter()
            .map(|index| read(&rig, &ahead, version, &segment(&lowest, *index)).unwrap())
            .collect();
        for piece in 0..journey.pieces() {
            journey.bring(piece).await;
        }
        let plan = journey.end().await;
        assert_eq!(plan.hash, ahead.hash, "{name}: the names of the objects stay");
        assert_eq!(plan.copy.is_some(), is_copied, "{name}");
        assert!(plan.rendition_names().contains(&"540p".to_owned()), "{name}");
        let after: Vec<Vec<u8>> =
            made.iter().map(|index| read(&rig, &plan, version, &segment(&lowest, *index)).unwrap()).collect();
        assert_eq!(after, before, "{name}");
        let folder = tempfile::tempdir().unwrap();
        let wanted: Vec<Option<u16>> = (0..FRAMES).map(|number| u16::try_from(number).ok()).collect();
        for rendition in plan.rendition_names() {
            let found = numbers(&rig, &plan, version, &rendition, folder.path());
            assert_eq!(found, wanted, "{name}: {rendition}");
        }
        if !is_copied {
            continue;
        }
        // What an ordinary upload of the same file gives: of what is made alone there too, the same bytes.
        let other = rig.uploaded(&film, "whole.mp4").await;
        let whole = plan_of(&rig.until(other, |row| row.state == VersionState::Ready).await);
        let sounds = (0..plan.audio.as_ref().unwrap().segments())
            .map(|index| ObjectRef::AudioSegment { track: 0, index });
        let same = whole.chunk_objects(0, RenditionSet::Low).into_iter().chain(sounds);
        for object in same {
            let pair = (read(&rig, &plan, version, &object), read(&rig, &whole, other, &object));
            assert!(pair.0.is_some() && pair.0 == pair.1, "{name}: {object}");
        }
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_prepared_on_its_way_waits_for_the_whole_file() {
    let rig = Rig::new().await;
    let (worker, desk, _news) = rig.worker_at(2);
    let sound = film(100, &[]);
    // An index that lies: the first half of it is nulled, and the whole file is refused in the end.
    let mut broken = film(100, &["-movflags", "+faststart"]);
    broken[600..3_000].fill(0);
    let fragments = film(100, &["-movflags", "+frag_keyframe+empty_moov"]);
    for (name, film, is_good) in
        [("whole", &sound, true), ("broken", &broken, false), ("in fragments", &fragments, true)]
    {
        let mut journey = Journey::begin(&rig, &desk, film).await;
        let version = journey.version;
        for piece in 0..journey.pieces() {
            journey.bring(piece).await;
        }
        journey.settled().await;
        let row = rig.version(version).await;
        assert!(row.failure.is_none(), "{name}: {:?}", row.failure);
        assert_eq!(row.plan.is_some(), name == "whole", "{name}");
        let looked = rig.store.jobs.jobs_of(version).await.unwrap();
        assert_eq!(
            looked.iter().any(|job| job.new.kind == JobSpec::ProbeAhead.kind()),
            name != "in fragments"
        );
        let (upload, film) = (journey.upload, journey.film);
        rig.arrived(version, upload, film).await;
        let end = if is_good { VersionState::Ready } else { VersionState::Failed };
        rig.until(version, |row| row.state == end).await;
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_that_is_not_what_its_index_said_is_made_anew() {
    let rig = Rig::new().await;
    let (worker, desk, _news) = rig.worker_at(2);
    let (said, is) = (film(150, &[]), film(125, &["-g", "25"]));
    let mut journey = Journey::begin(&rig, &desk, &said).await;
    let version = journey.version;
    for piece in 0..journey.pieces() {
        journey.bring(piece).await;
    }
    let ahead = plan_of(&rig.until(version, |row| row.state == VersionState::Playable).await);
    journey.settled().await;
    rig.arrived(version, journey.upload, &is).await;
    let row = rig.until(version, |row| row.state == VersionState::Ready).await;
    let plan = plan_of(&row);
    assert!(plan.hash != ahead.hash && row.frames == Some(125));
    for object in plan.objects() {
        assert!(read(&rig, &plan, version, &object).is_some(), "{object}");
    }
    let old = rig.store.blobs.list(&format!("final/{version}/{}", ahead.hash), 10).await.unwrap();
    assert_eq!(old, Vec::<String>::new(), "nothing is left of what was made before");
    worker.stop().await;
}

/// What a chunk's job gives that reads the whole file.
fn made_of_file(plan: &Plan, chunk: u32, film: &Path) -> Vec<(ObjectRef, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let args = chunk_args(plan, chunk, RenditionSet::Low, Input::File(film), folder.path());
    assert!(Command::new("ffmpeg").args(args).output().unwrap().status.success());
    let lowest = plan.lowest();
    let made = std::fs::read(folder.path().join(rendition_file(&lowest.name))).unwrap();
    let objects = plan.pack_chunk(chunk, lowest, &made).unwrap();
    objects.into_iter().map(|packed| (packed.object, packed.bytes)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_begins_before_its_last_byte_gives_the_same() {
    let rig = Rig::new().await;
    let (worker, desk, _news) = rig.worker_at(2);
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [
        ("index at the end", &[][..]),
        ("index in front", &["-movflags", "+faststart"][..]),
        ("open groups", &["-x264-params", "open-gop=1"][..]),
        // Its samples stand in long rows, in which jobs begin.
        ("picture alone", &["-an"][..]),
    ] {
        let film = film(11 * 25, options);
        let file = folder.path().join("film.mp4");
        std::fs::write(&file, &film).unwrap();
        let mut journey = Journey::begin(&rig, &desk, &film).await;
        let version = journey.version;
        journey.bring_index().await;
        let mut piece = 0;
        while journey.needs().await.is_none() {
            if piece < HEAD_PIECES {
                journey.bring(piece).await;
                piece += 1;
            }
            pause().await;
        }
        let plan = plan_of(&rig.version(version).await);
        let needs = journey.needs().await.unwrap();
        let first = JobSpec::Chunk { index: 0, renditions: RenditionSet::Low };
        assert!(needs.of(&first).unwrap().in_order, "{name}");
        let in_order: Vec<JobSpec> = needs.jobs.iter().filter(|of| of.in_order).map(|of| of.job).collect();
        assert!(in_order.len() > 1, "{name}: {in_order:?}");
        let ahead =
            |spec: &JobSpec| desk::new_job(JobId(Uuid::now_v7()), spec, version, None, support::now());
        rig.store.jobs.enqueue_ahead(journey.upload, in_order.iter().map(ahead).collect()).await.unwrap();
        rig.wake.ring();
        // It has begun, and waits.
        journey.until(&first, |job| job.state == JobState::Running).await;
        for piece in 0..journey.pieces() {
            assert!(
                piece < HEAD_PIECES
                    || journey.job(&in_order[in_order.len() - 1]).await.unwrap().state != JobState::Done
            );
            journey.bring(piece).await;
        }
        for spec in &in_order {
            journey.until(spec, |job| job.state == JobState::Done).await;
            let JobSpec::Chunk { index, .. } = spec else { panic!("{spec:?}") };
            for (object, bytes) in made_of_file(&plan, *index, &file) {
                assert_eq!(read(&rig, &plan, version, &object), Some(bytes), "{name}: {object}");
            }
        }
        journey.end().await;
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_bytes_stop_coming_gives_its_slot_back_and_goes_on_later() {
    let rig = Rig::new().await;
    let (worker, desk, _news) = rig.worker_at(2);
    let film = film(11 * 25, &["-movflags", "+faststart"]);
    let mut journey = Journey::begin(&rig, &desk, &film).await;
    for piece in 0..HEAD_PIECES {
        journey.bring(piece).await;
    }
    while journey.needs().await.is_none() {
        pause().await;
    }
    let needs = journey.needs().await.unwrap();
    let last = needs.jobs.iter().rfind(|of| of.in_order).unwrap().job;
    let job = desk::new_job(JobId(Uuid::now_v7()), &last, journey.version, None, support::now());
    rig.store.jobs.enqueue_ahead(journey.upload, vec![job]).await.unwrap();
    journey.until(&last, |job| job.faults == 1 && job.state != JobState::Running).await;
    for piece in HEAD_PIECES..journey.pieces() {
        journey.bring(piece).await;
    }
    journey.until(&last, |job| job.state == JobState::Done).await;
    journey.end().await;
    worker.stop().await;
}
