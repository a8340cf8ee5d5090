//! The plan's arithmetic over short, long and odd videos, without ffmpeg: every frame, segment, chunk and object
//! is where the formulas say, playlists add up exactly, paths lead back to objects.
#![allow(clippy::unwrap_used, reason = "tests")]

use media::asset::may_become;
use media::playlist::Beside;
use media::*;
use proptest::prelude::*;
use protocol::VersionId;
use protocol::rest::VersionState;
use std::collections::BTreeSet;
use timecode::FrameRate;

/// A plan made through the probe's own door: an MP4 of constant rate, a key frame every second.
fn plan_of(rate: FrameRate, frames: i64, (width, height): (u32, u32), sound: bool) -> Plan {
    let (num, den) = (i64::from(rate.num()), i64::from(rate.den()));
    let seconds = frames * den / num;
    let audio = r#",{"index":1,"codec_name":"aac","codec_type":"audio","sample_rate":"44100","channels":2,"time_base":"1/44100","start_pts":0}"#;
    let json = format!(
        r#"{{"streams":[{{"index":0,"codec_name":"h264","codec_type":"video","width":{width},"height":{height},"pix_fmt":"yuv420p","r_frame_rate":"{num}/{den}","avg_frame_rate":"{num}/{den}","time_base":"1/{num}"}}{}],"format":{{"format_name":"mov,mp4,m4a","duration":"{seconds}"}}}}"#,
        if sound { audio } else { "" }
    );
    let mut reader = PacketIndexReader::default();
    let per_second = (num / den).max(1);
    for n in 0..frames {
        let key = if n % per_second == 0 { "K_" } else { "__" };
        reader.line(&format!("{},{den},100,{},{key}", n * den, n * 100)).unwrap();
    }
    let index = reader.finish().unwrap();
    let facts = ProbeAnswer::read(&json).unwrap().facts(&index, 100 * frames.unsigned_abs()).unwrap();
    Plan::new(&facts, &index, "source", "build")
}

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).unwrap()
}

#[test]
fn two_hours_at_23976() {
    let plan = plan_of(rate(24_000, 1001), 172_627, (1920, 1080), true);
    assert_eq!((plan.segment_frames, plan.timescale, plan.frame_ticks), (48, 24_000, 1001));
    assert_eq!(plan.segments(), 3597);
    // The last four segments are three chunks of their own.
    assert_eq!(plan.chunks(), 2 + (3597_u32 - 4 - 3).div_ceil(5) + 3);
    // The last segment starts at 2.002 s x 3596, exactly.
    assert_eq!(plan.segment_ticks(3596), 3596 * 48 * 1001);
    assert_eq!(plan.segment_range(3596), 172_608..172_627);
    let playlist = plan.media_playlist();
    assert_eq!(playlist.matches("#EXTINF:2.002000,").count(), 3596);
    assert!(
        playlist.ends_with("#EXTINF:0.792458,\n3596.m4s\n#EXT-X-ENDLIST\n"),
        "{}",
        &playlist[playlist.len() - 80..]
    );
    let audio = plan.audio.as_ref().unwrap();
    let samples = i64::from(audio.aac_frames) * 1024;
    let exact = 172_627 * 1001 * 2; // 48 kHz: 2 samples per 1/24000 s
    assert!(samples >= exact && samples - exact < 1024, "sound ends with the picture");
    // Four hundred tiles at most, however long.
    let tiles: i64 = (0..plan.chunks())
        .map(|chunk| {
            let tiles = plan.tiles_of(chunk);
            tiles.end - tiles.start
        })
        .sum();
    assert!((390..=400).contains(&tiles));
    assert_eq!(plan.storyboard_vtt().matches("#xywh=").count(), usize::try_from(tiles).unwrap());
    // Stored form: small enough for a database row, and the same after reading.
    let json = serde_json::to_string(&plan).unwrap();
    assert!(json.len() < 100_000, "{} bytes", json.len());
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
}

#[test]
fn eight_hours_fit_and_more_do_not() {
    let plan = plan_of(rate(60, 1), 8 * 3600 * 60, (1280, 720), false);
    assert!(serde_json::to_string(&plan).unwrap().len() < 400_000);
    let result = std::panic::catch_unwind(|| plan_of(rate(60, 1), 8 * 3600 * 60 + 61, (1280, 720), false));
    assert!(result.is_err(), "the probe refuses it");
}

#[test]
fn master_playlist_of_the_field() {
    let plan = plan_of(rate(24_000, 1001), 500, (1920, 1080), true);
    let master = plan.master_playlist("1080p", &Beside::default());
    let lines: Vec<&str> = master.lines().collect();
    assert_eq!(lines[..3], ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]);
    assert!(lines[3].starts_with("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\""));
    assert_eq!(
        lines[4],
        "#EXT-X-STREAM-INF:BANDWIDTH=9136000,AVERAGE-BANDWIDTH=4336000,CODECS=\"avc1.640028,mp4a.40.2\",RESOLUTION=1920x1080,FRAME-RATE=23.976,AUDIO=\"audio\""
    );
    assert_eq!(lines[5], format!("{}/1080p/playlist.m3u8", plan.hash));
    assert_eq!(lines.len(), 4 + 2 * 4);
    // Where players begin.
    let low = plan.master_playlist("360p", &Beside::default());
    assert!(
        low.lines().nth(5).is_some_and(|line| line.ends_with("/360p/playlist.m3u8"))
            && low.len() == master.len()
    );
    let silent = plan_of(rate(25, 1), 500, (640, 360), false).master_playlist("360p", &Beside::default());
    assert!(!silent.contains("AUDIO") && !silent.contains("mp4a"));
}

#[test]
fn a_plan_is_named_by_all_that_shapes_its_bytes() {
    let one = plan_of(rate(25, 1), 500, (640, 360), true);
    assert_eq!(one.hash, plan_of(rate(25, 1), 500, (640, 360), true).hash);
    assert_ne!(one.hash, plan_of(rate(25, 1), 501, (640, 360), true).hash);
    assert_ne!(one.hash, plan_of(rate(25, 1), 500, (640, 362), true).hash);
    assert!(one.hash.len() == 32 && one.hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn paths_that_are_nothing() {
    let hash = "0123456789abcdef0123456789abcdef";
    for path in ["", "/", "master.m3u8/", "../master.m3u8", "x/1080p/0.m4s", "poster.png"] {
        assert_eq!(MediaPath::parse(path), None, "{path}");
    }
    for rest in [
        "1080p/00.m4s",
        "1080p/-1.m4s",
        "1080p/99999999.m4s",
        "0p/1.m4s",
        "1080/1.m4s",
        "audio/x.m4s",
        "sb/1.jpg",
        "sb/init.mp4",
        "1080p/1.m4s/",
        "../1080p/1.m4s",
        "audio/+1.m4s",
    ] {
        assert_eq!(MediaPath::parse(&format!("{hash}/{rest}")), None, "{rest}");
    }
}

#[test]
fn jobs_come_head_first_and_all_of_them() {
    let plan = plan_of(rate(25, 1), 25 * 120, (1920, 1080), true);
    let jobs = plan.jobs();
    let keys: Vec<String> = jobs.iter().take(5).map(JobSpec::key).collect();
    assert_eq!(keys, ["chunk:0:low", "audio:0", "poster", "chunk:0:rest", "publish"]);
    let unique: BTreeSet<String> = jobs.iter().map(JobSpec::key).collect();
    assert_eq!(unique.len(), jobs.len());
    for job in &jobs {
        let json = serde_json::to_string(job).unwrap();
        assert_eq!(&serde_json::from_str::<JobSpec>(&json).unwrap(), job);
    }
    assert_eq!(serde_json::to_string(&jobs[0]).unwrap(), r#"{"kind":"chunk","index":0,"renditions":"low"}"#);
    // A seek to a minute: its chunk and its sound before everything else.
    let raised = plan.watched(plan.segment_of(25 * 60));
    let top: Vec<&JobSpec> = raised
        .iter()
        .filter(|(_, priority)| *priority > media::job::PRIORITY_WATCHED - 4)
        .map(|(job, _)| job)
        .collect();
    assert_eq!(top.len(), 2);
    // Then the lowest rendition and the sound of what comes next, before anything that was there already; sharper
    // pictures come before other bodies only.
    let (going_on, sharper): (Vec<_>, Vec<_>) = raised
        .iter()
        .partition(|(job, _)| matches!(job, JobSpec::Audio { .. }) || job.key().ends_with(":low"));
    let chunk = plan.chunk_of(plan.segment_of(25 * 60));
    let lows = going_on.iter().filter(|(job, _)| job.key().ends_with(":low"));
    let lows: Vec<String> = lows.map(|(job, _)| job.key()).collect();
    assert_eq!(lows, (chunk..chunk + 4).map(|chunk| format!("chunk:{chunk}:low")).collect::<Vec<_>>());
    assert!(going_on.iter().all(|(_, priority)| *priority > jobs[0].priority(Some(&plan))));
    assert_eq!(sharper.len(), 4);
    let body = JobSpec::Chunk { index: 1, renditions: RenditionSet::All };
    assert!(sharper.iter().all(|(_, priority)| {
        *priority > body.priority(Some(&plan)) && *priority < media::job::PRIORITY_URGENT
    }));
    assert!(plan.heard(0, 3).iter().any(|(job, _)| matches!(job, JobSpec::Audio { .. })));
}

#[test]
fn progress_follows_the_jobs() {
    let plan = plan_of(rate(25, 1), 25 * 60, (1920, 1080), true);
    let mut done = BTreeSet::new();
    assert_eq!(
        plan.progress(&done),
        Progress {
            state: VersionState::Processing,
            permille: 0,
            playable_s: 0,
            sharp_s: 0,
            complete: Vec::new()
        }
    );
    done.insert(JobSpec::Chunk { index: 0, renditions: RenditionSet::Low });
    assert_eq!(plan.progress(&done).state, VersionState::Processing, "sound is missing");
    done.insert(JobSpec::Audio { track: 0, index: 0 });
    let head = plan.progress(&done);
    assert_eq!((head.state, head.playable_s), (VersionState::Playable, 2));
    let mut last = head.permille;
    for job in plan.encoding_jobs() {
        done.insert(job);
        let now = plan.progress(&done);
        assert!(now.permille >= last);
        last = now.permille;
    }
    let all = plan.progress(&done);
    assert_eq!((all.state, all.permille, all.playable_s), (VersionState::Playable, 1000, 60));
    assert_eq!(all.complete, ["1080p", "720p", "480p", "360p"]);
    done.insert(JobSpec::Publish);
    assert_eq!(plan.progress(&done).state, VersionState::Ready);
}

#[test]
fn states_never_go_back_except_to_try_again() {
    use VersionState::*;
    let all = [Pending, Uploading, Uploaded, Processing, Playable, Ready, Failed, Cancelled];
    for (at, from) in all[..6].iter().enumerate() {
        for to in &all[..at] {
            assert!(!may_become(*from, *to));
        }
        assert!(may_become(*from, *from));
    }
    assert!(all.iter().filter(|to| may_become(Ready, **to)).eq([&Ready]));
    assert!(all.iter().filter(|to| may_become(Cancelled, **to)).eq([&Cancelled]));
    assert!(may_become(Failed, Processing) && !may_become(Failed, Ready));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_frame_has_one_place(
        (num, den) in prop::sample::select(vec![(1_u32, 1_u32), (12, 1), (15, 1), (24_000, 1001), (24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1), (60_000, 1001), (60, 1), (240, 1)]),
        frames in 3_i64..20_000, width in 2_u32..4000, height in 2_u32..4000, sound in any::<bool>(),
    ) {
        let plan = plan_of(rate(num, den), frames, (width, height), sound);
        prop_assert_eq!(plan.frames, frames);
        let mut frame = 0;
        for segment in 0..plan.segments() {
            let range = plan.segment_range(segment);
            prop_assert!(range.start == frame && range.end > range.start);
            prop_assert!(plan.chunk_segments(plan.chunk_of(segment)).contains(&segment));
            prop_assert_eq!((plan.segment_of(range.start), plan.segment_of(range.end - 1)), (segment, segment));
            frame = range.end;
        }
        prop_assert_eq!(frame, frames);
        prop_assert_eq!(plan.segment_of(i64::MAX), plan.segments() - 1);
        let chunked: u32 = (0..plan.chunks()).map(|chunk| plan.chunk_segments(chunk).len() as u32).sum();
        prop_assert_eq!(chunked, plan.segments());
        prop_assert_eq!(plan.windows.len(), plan.chunks() as usize);
        for (chunk, window) in plan.windows.iter().enumerate() {
            let frames = plan.chunk_frames(chunk as u32);
            prop_assert_eq!(plan.picture.grid.place(window.from), frames.start);
            prop_assert_eq!(window.to.map(|to| plan.picture.grid.place(to)), (frames.end < plan.frames).then_some(frames.end));
            prop_assert!(window.seek.is_none_or(|seek| seek <= window.from));
        }
        // Playlists: the lengths add up to the whole, within a microsecond, and none is above the target.
        let playlist = plan.media_playlist();
        let lengths: Vec<i64> = playlist.lines().filter_map(|line| line.strip_prefix("#EXTINF:")).map(|text| text.trim_end_matches(',').replace('.', "").parse().unwrap()).collect();
        let (top, bottom) = plan.seconds_of(plan.frames);
        let total: i64 = lengths.iter().sum();
        prop_assert!((i128::from(total) * i128::from(bottom) - i128::from(top) * 1_000_000).abs() <= i128::from(bottom));
        let target: i64 = playlist.lines().find_map(|line| line.strip_prefix("#EXT-X-TARGETDURATION:")).unwrap().parse().unwrap();
        prop_assert!(lengths.iter().all(|length| *length <= target * 1_000_000));
        // Objects: each made by exactly one job set, each path leads back.
        let version = VersionId::from_bytes([7; 16]);
        let mut made: Vec<ObjectRef> = Vec::new();
        for job in plan.jobs() {
            match job {
                JobSpec::Chunk { index, renditions } => made.extend(plan.chunk_objects(index, renditions)),
                JobSpec::Audio { track, index } => made.extend(plan.audio_objects(track, index)),
                JobSpec::Poster => made.push(ObjectRef::Poster),
                JobSpec::Waveform { track } => made.push(ObjectRef::Waveform { track }),
                JobSpec::KeyFrames => made.push(ObjectRef::KeyFrames),
                JobSpec::Publish => made.push(ObjectRef::Frames),
                _ => {}
            }
        }
        made.sort();
        let inits = |object: &ObjectRef| matches!(object, ObjectRef::Init { .. } | ObjectRef::AudioInit { .. });
        made.dedup_by(|a, b| a == b && inits(a));
        prop_assert_eq!(&made, &plan.objects());
        for object in &made {
            prop_assert!(plan.maker(object).is_some());
            let key = plan.key(version, object);
            let path = key.strip_prefix(&Plan::version_prefix(version)).unwrap().to_owned();
            if !matches!(object, ObjectRef::Poster | ObjectRef::Frames) {
                prop_assert_eq!(MediaPath::parse(&path), Some(MediaPath::Object { plan: plan.hash.clone(), object: object.clone() }));
            }
        }
        let beyond = ObjectRef::Segment { rendition: plan.lowest().name.clone(), index: plan.segments() };
        prop_assert_eq!(plan.maker(&beyond), None);
        // Sound: its chunks cover its frames once, its windows meet on whole source samples.
        if let Some(audio) = &plan.audio {
            let mut next = 0;
            for chunk in 0..audio.chunks() {
                let segments = audio.chunk_segments(chunk);
                prop_assert_eq!(audio.segment_frames(segments.start).start, next);
                let window = audio.window(chunk);
                next += window.keep;
                let out = (window.source_from - audio.zero) * 48_000;
                prop_assert_eq!(out % 44_100, 0);
                let first_kept = out / 44_100 + i64::from(window.lead) + i64::from(window.drop - 1) * 1024;
                prop_assert_eq!(first_kept, i64::from(audio.segment_frames(segments.start).start) * 1024);
            }
            prop_assert_eq!(next, audio.aac_frames);
        }
    }

    #[test]
    fn any_path_is_answered(path in "[a-z0-9./]{0,60}") {
        let _ = MediaPath::parse(&path);
    }

    #[test]
    fn any_probe_answer_is_answered(json in ".{0,200}", csv in "[0-9,K_\n-]{0,400}") {
        let _ = ProbeAnswer::read(&json);
        let _ = PacketIndexReader::read(&csv);
    }
}

/// A source of constant rate whose key frames lie at `keys`, each looked at with the answer of `instant`.
fn copied_plan(frames: i64, keys: &[i64], instant: impl Fn(i64) -> bool, bytes: u64) -> Plan {
    let json = r#"{"streams":[{"index":0,"codec_name":"h264","codec_type":"video","width":1920,"height":1080,"pix_fmt":"yuv420p","r_frame_rate":"25/1","avg_frame_rate":"25/1","time_base":"1/25","extradata":"\n00000000: 0164 0028 ffe1 0003 6701 0201 0001 68    .d.(\n"}],"format":{"format_name":"mov,mp4,m4a"}}"#;
    let mut reader = PacketIndexReader::default();
    for n in 0..frames {
        let key = if keys.contains(&n) { "K_" } else { "__" };
        reader.line(&format!("{n},1,{bytes},{},{key}", n * 100_000)).unwrap();
    }
    let mut index = reader.finish().unwrap();
    let facts = ProbeAnswer::read(json).unwrap().facts(&index, bytes * frames.unsigned_abs()).unwrap();
    let avc = facts.video.avc.clone().unwrap();
    assert_eq!((avc.codec.as_str(), avc.length_size), ("avc1.640028", 4));
    let ranges: Vec<_> = index.key_ranges(KEY_LOOK_BYTES).collect();
    for (at, range) in ranges {
        let n = i64::try_from(range.start / 100_000).unwrap();
        let slice = if instant(n) { 0x65 } else { 0x41 };
        assert!(index.look_at_key(at, Container::Mp4, avc.length_size, &[0, 0, 0, 2, slice, 0]));
    }
    Plan::new(&facts, &index, "source", "build")
}

#[test]
fn a_copy_takes_the_place_of_the_best_rendition() {
    let keys: Vec<i64> = (0..2500).step_by(30).collect();
    let plan = copied_plan(2500, &keys, |_| true, 40_000);
    let copy = plan.copy.as_ref().unwrap();
    assert_eq!(plan.rendition_names(), ["1080p", "720p", "480p", "360p"]);
    assert_eq!(plan.renditions.len(), 3, "nothing of its size is encoded");
    // Groups of 30 frames are joined to segments of at least 50.
    assert_eq!(copy.starts[..3], [0, 60, 120]);
    assert_eq!((copy.bits_peak, copy.bits_mean), (8_000_000, 8_000_000));
    // 60 frames of 40,000 bytes are 2.4 MB: the head alone, then 13 segments in 32 MiB.
    assert_eq!(copy.chunk_starts[..3], [0, 1, 14]);
    let master = plan.master_playlist("1080p", &Beside::default());
    assert!(
        master.contains("#EXT-X-STREAM-INF:BANDWIDTH=8000000,AVERAGE-BANDWIDTH=8000000,CODECS=\"avc1.640028\",RESOLUTION=1920x1080,FRAME-RATE=25.000\n"),
        "{master}"
    );
    let playlist = plan.media_playlist_of("1080p").unwrap();
    assert_eq!(playlist.matches("#EXTINF:2.400000,").count(), 41);
    assert!(playlist.contains("#EXTINF:1.600000,\n41.m4s\n#EXT-X-ENDLIST"), "{playlist}");
    assert_ne!(playlist, plan.media_playlist_of("720p").unwrap());
    assert_eq!(plan.media_playlist_of("999p"), None);
    assert_eq!(plan.jobs()[0], JobSpec::Copy { index: 0 });
    // It plays as soon as the head of the copy is there, and is complete with its last part.
    let mut done: BTreeSet<JobSpec> = [JobSpec::Copy { index: 0 }].into();
    assert_eq!((plan.progress(&done).state, plan.progress(&done).playable_s), (VersionState::Playable, 2));
    done.extend((0..copy.chunks()).map(|index| JobSpec::Copy { index }));
    assert_eq!(
        (plan.progress(&done).complete, plan.progress(&done).playable_s),
        (vec!["1080p".to_owned()], 100)
    );
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
}

#[test]
fn what_cannot_be_cut_is_not_copied() {
    let every_second: Vec<i64> = (0..1000).step_by(25).collect();
    assert!(copied_plan(1000, &every_second, |_| true, 10_000).copy.is_some());
    // Recovery points after the first key frame.
    assert!(copied_plan(1000, &every_second, |n| n == 0, 10_000).copy.is_none());
    // Not even the first one.
    assert!(copied_plan(1000, &every_second, |n| n > 0, 10_000).copy.is_none());
    // Ten seconds are 250 frames.
    assert!(copied_plan(750, &[0, 250, 500], |_| true, 10_000).copy.is_some());
    assert!(copied_plan(751, &[0, 250, 500], |_| true, 10_000).copy.is_none());
    assert!(copied_plan(750, &[0, 251, 500], |_| true, 10_000).copy.is_none());
    // 31 Mb/s for 1080p.
    assert!(copied_plan(1000, &every_second, |_| true, 155_000).copy.is_none());
    assert!(copied_plan(1000, &every_second, |_| true, 149_000).copy.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_frame_of_a_copy_has_one_place(
        gaps in proptest::collection::vec(1_i64..=250, 1..60), bytes in 100_u64..150_000,
    ) {
        let mut keys = vec![0];
        for gap in &gaps {
            keys.push(keys[keys.len() - 1] + gap);
        }
        let frames = keys.pop().unwrap();
        prop_assume!(frames > 2);
        let plan = copied_plan(frames, &keys, |_| true, bytes);
        let copy = plan.copy.as_ref().unwrap();
        let mut frame = 0;
        for segment in 0..copy.segments() {
            let range = copy.segment_range(segment);
            prop_assert!(range.start == frame && range.end > range.start && keys.contains(&frame));
            prop_assert!(range.end - range.start >= 50 || segment + 1 == copy.segments());
            prop_assert!(copy.chunk_segments(copy.chunk_of(segment)).contains(&segment));
            prop_assert_eq!((copy.segment_of(range.start), copy.segment_of(range.end - 1)), (segment, segment));
            frame = range.end;
        }
        prop_assert_eq!(frame, frames);
        prop_assert_eq!(copy.windows.len(), copy.chunks() as usize);
        let mut made: Vec<ObjectRef> = (0..copy.chunks()).flat_map(|chunk| plan.copy_objects(chunk)).collect();
        for object in &made {
            prop_assert!(matches!(plan.maker(object), Some(Maker::Copy(_))));
        }
        made.sort();
        made.dedup();
        prop_assert_eq!(made.len() as u32, copy.segments() + 1);
        prop_assert!(made.iter().all(|object| plan.objects().contains(object)));
        let beyond = ObjectRef::Segment { rendition: copy.name.clone(), index: copy.segments() };
        prop_assert_eq!(plan.maker(&beyond), None);
        prop_assert!(!plan.copy_watched(u32::MAX).is_empty());
    }
}
