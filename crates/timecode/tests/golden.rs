//! Golden vectors: what this crate gives, against which the page's port is tested (web/src/sync/label.test.ts). Written
//! with `GENLOCK_UPDATE_GOLDEN=1 cargo test -p timecode --test golden`; without it, the file must be what the code gives.
#![allow(clippy::unwrap_used, reason = "a panic in a test is the report")]
#![allow(clippy::disallowed_methods, reason = "the test reads and writes the golden file")]

use serde_json::{Value, json};
use std::path::PathBuf;
use timecode::{FrameRate, Label, Numbering, Start};

/// Rates beside the standard ones: measured, slow, high, and the tick of a source without a grid.
const OTHERS: [(u32, u32); 8] =
    [(2997, 100), (5994, 100), (48_000, 1001), (10, 1), (25, 2), (100, 1), (240, 1), (1000, 1)];

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).unwrap()
}

fn rates() -> Vec<FrameRate> {
    FrameRate::STANDARD.into_iter().chain(OTHERS.map(|(num, den)| rate(num, den))).collect()
}

/// Every numbering of every rate, or why there is none; with labels around the seams of the pattern, a day, and before 0.
fn numberings() -> Vec<Value> {
    let of = |rate: FrameRate, drop_frame: bool| {
        let numbering = match Numbering::of(rate, drop_frame) {
            Ok(numbering) => numbering,
            Err(error) => return json!({ "rate": rate, "drop_frame": drop_frame, "error": error }),
        };
        let (second, day) = (i64::from(numbering.nominal()), numbering.day());
        let seams = [1, 2, 9, 10, 11, 60].map(|minutes| {
            let minutes =
                Label { hours: minutes / 60, minutes: minutes % 60, seconds: 0, frames: 0, drop_frame };
            // The first number of this minute that is not left out.
            (0..5).find_map(|frames| numbering.frame(Label { frames, ..minutes }).ok()).unwrap()
        });
        let around = seams.into_iter().flat_map(|frame| [frame - 1, frame, frame + 1]);
        let spread = (1..5).map(|part| day / 5 * part + part * 7);
        let frames = [0, 1, second - 1, second, day - 1, day, day + 1, 3 * day + 17, -1, -day]
            .into_iter()
            .chain(around)
            .chain(spread);
        let labels: Vec<Value> = frames.map(|frame| json!([frame, numbering.text(frame)])).collect();
        json!({ "rate": rate, "drop_frame": drop_frame, "nominal": second, "day": day, "labels": labels })
    };
    rates().into_iter().flat_map(|rate| [of(rate, false), of(rate, true)]).collect()
}

/// Texts that name no frame, with the reason; and odd ones that do.
fn texts() -> Vec<Value> {
    let texts = [
        "",
        "1",
        "00:00:00",
        "00:00:00:",
        "00;00:00:00",
        "00:00:00:00:00",
        "a0:00:00:00",
        "000:00:00:00",
        "00:00:00:0000",
        "-0:00:00:00",
        " 00:00:00:00",
        "00:00:00:00 ",
        "00:00:00,00",
        "00:00:00:٣٣",
        "00:00:00:29",
        "00:00:00;29",
        "00:00:00:30",
        "00:00:00;30",
        "00:00:60:00",
        "00:60:00;00",
        "24:00:00:00",
        "24:00:00;00",
        "23:59:59:23",
        "00:01:00;00",
        "00:01:00;01",
        "00:01:00;02",
        "00:01:00;03",
        "00:01:00;04",
        "00:10:00;00",
        "00:01:00:00",
        "1:2:3:4",
        "1:2:3;4",
        "01:02:03.04",
        "01:02:03:004",
    ];
    let mut cases = Vec::new();
    for (num, den, drop_frame) in [
        (24_000, 1001, false),
        (30_000, 1001, false),
        (30_000, 1001, true),
        (60_000, 1001, true),
        (120, 1, false),
    ] {
        let numbering = Numbering::of(rate(num, den), drop_frame).unwrap();
        for text in texts {
            let mut case = json!({ "rate": rate(num, den), "drop_frame": drop_frame, "text": text });
            match numbering.parse(text) {
                Ok(frame) => case["frame"] = json!(frame),
                Err(error) => case["error"] = json!(error),
            }
            cases.push(case);
        }
    }
    cases
}

/// Start time codes as files have them, with the labels of some frames.
fn starts() -> Vec<Value> {
    let (film, thirty, sixty) = ((24_000, 1001), (30_000, 1001), (60_000, 1001));
    [
        ("01:00:00;00", thirty, thirty),
        ("01:00:00:00", thirty, thirty),
        ("23:59:59;28", thirty, thirty),
        ("00:59:59;58", sixty, sixty),
        ("00:01:00;02", thirty, sixty),
        ("01:00:00:14", thirty, sixty),
        ("01:00:00;02", (30, 1), thirty),
        ("01:00:00;02", (30, 1), sixty),
        ("00:59:58:12", film, film),
        ("10:00:00:24", (25, 1), (25, 1)),
        ("10:00:00:24", (25, 1), (50, 1)),
        ("01:00:00:5", (10, 1), (10, 1)),
        ("01:00:00:119", (120, 1), (120, 1)),
        ("01:00:00;00", (2997, 100), (2997, 100)),
        ("01:00:00;00", (30, 1), (30, 1)),
        ("01:00:00;00", (25, 1), (25, 1)),
        ("00:01:00;00", thirty, thirty),
        ("01:00:00:30", (30, 1), (30, 1)),
        ("01:00:00:00", sixty, thirty),
        ("-01:00:00:00", (25, 1), (25, 1)),
    ]
    .map(|(text, counted, own)| {
        let (counted, own) = (rate(counted.0, counted.1), rate(own.0, own.1));
        let mut case = json!({ "text": text, "counted": counted, "rate": own });
        match Start::read(text, counted, own) {
            Ok(start) => {
                let labels: Vec<Value> =
                    [0, 1, 2, 1800, 107_892].map(|frame| json!([frame, start.text(frame)])).into();
                case["drop_frame"] = json!(start.numbering.is_drop_frame());
                case["start_frame"] = json!(start.frame);
                case["labels"] = json!(labels);
            }
            Err(error) => case["error"] = json!(error),
        }
        case
    })
    .into()
}

/// Measured rates around the edges of every standard one.
fn snaps() -> Vec<Value> {
    let measured = FrameRate::STANDARD.into_iter().flat_map(|standard| {
        [9994, 9995, 9997, 9999, 10_000, 10_001, 10_003, 10_005, 10_006]
            .map(|parts| rate(standard.num() * 10_000, standard.den() * parts))
    });
    let others = [(2997, 100), (23_976, 1000), (5994, 100), (19_001, 317), (47_952, 1000), (1, 1), (1000, 1)];
    measured
        .chain(others.map(|(num, den)| rate(num, den)))
        .map(|measured| json!({ "measured": measured, "snapped": measured.snapped() }))
        .collect()
}

/// One case in a line.
fn lines(name: &str, cases: &[Value]) -> String {
    let cases: Vec<String> = cases.iter().map(Value::to_string).collect();
    format!("\"{name}\":[\n{}\n]", cases.join(",\n"))
}

#[test]
fn the_vectors_are_what_the_code_gives() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden/timecode.json");
    let made = format!(
        "{{{},\n{},\n{},\n{}}}\n",
        lines("numberings", &numberings()),
        lines("texts", &texts()),
        lines("starts", &starts()),
        lines("snaps", &snaps()),
    );
    if std::env::var("GENLOCK_UPDATE_GOLDEN").is_ok() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (made, kept) in made.lines().zip(kept.lines()) {
        assert_eq!(made, kept, "if that is meant, write it anew and test the port");
    }
    assert_eq!(made.lines().count(), kept.lines().count());
}
