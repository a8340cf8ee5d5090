//! Time code labels against the published landmarks of drop-frame and against counting by hand, through whole days.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use timecode::{FrameRate, Label, LabelError, Numbering, Start};

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).unwrap()
}

fn drop_frame(num: u32, den: u32) -> Numbering {
    Numbering::drop_frame(rate(num, den)).unwrap()
}

#[test]
fn landmarks() {
    let (thirty, sixty) = (drop_frame(30_000, 1001), drop_frame(60_000, 1001));
    let film = Numbering::non_drop(rate(24_000, 1001));
    for (numbering, frame, text) in [
        (thirty, 0, "00:00:00;00"),
        (thirty, 1799, "00:00:59;29"),
        (thirty, 1800, "00:01:00;02"),
        (thirty, 17_981, "00:09:59;29"),
        (thirty, 17_982, "00:10:00;00"),
        (thirty, 107_892, "01:00:00;00"),
        (thirty, 2_589_407, "23:59:59;29"),
        (sixty, 3600, "00:01:00;04"),
        (sixty, 35_964, "00:10:00;00"),
        (sixty, 215_784, "01:00:00;00"),
        (film, 86_400, "01:00:00:00"),
        (Numbering::non_drop(rate(120, 1)), 7, "00:00:00:007"),
    ] {
        assert_eq!(numbering.text(frame), text);
        assert_eq!(numbering.parse(text), Ok(frame));
    }
    assert_eq!((thirty.day(), sixty.day()), (2_589_408, 5_178_816));
    assert_eq!(thirty.text(2_589_408), "00:00:00;00", "a day later it starts again");
    assert_eq!(thirty.text(-1), "23:59:59;29");
}

#[test]
fn refusals() {
    let thirty = drop_frame(30_000, 1001);
    assert_eq!(thirty.parse("00:01:00;00"), Err(LabelError::Dropped));
    assert_eq!(thirty.parse("00:01:00;01"), Err(LabelError::Dropped));
    assert_eq!(thirty.parse("00:01:00:02"), Err(LabelError::OtherNumbering));
    assert_eq!(Numbering::non_drop(rate(25, 1)).parse("00:00:00;01"), Err(LabelError::OtherNumbering));
    assert_eq!(thirty.parse("00:00:00;30"), Err(LabelError::OutOfRange));
    assert_eq!(thirty.parse("24:00:00;00"), Err(LabelError::OutOfRange));
    assert_eq!(Numbering::drop_frame(rate(25, 1)), Err(LabelError::NoDropFrame));
    assert_eq!(Numbering::of(rate(30, 1), true), Err(LabelError::NoDropFrame));
    for text in [
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
        "00:00:00:٣٣",
    ] {
        assert_eq!(Label::parse(text), Err(LabelError::Malformed), "{text}");
    }
}

#[test]
fn a_source_says_where_it_begins_and_in_which_numbering() {
    let (thirty, sixty) = (rate(30_000, 1001), rate(60_000, 1001));
    let start = Start::read("01:00:00;00", thirty, thirty).unwrap();
    assert_eq!((start.frame, start.numbering.is_drop_frame()), (107_892, true));
    assert_eq!(start.text(1800), "01:01:00;02");
    // The rate could be drop-frame, the source is not.
    let start = Start::read("01:00:00:00", thirty, thirty).unwrap();
    assert_eq!((start.frame, start.text(1800)), (108_000, "01:01:00:00".to_owned()));
    // Pairs of frames are counted.
    let start = Start::read("00:01:00;02", thirty, sixty).unwrap();
    assert_eq!((start.frame, start.text(0)), (3600, "00:01:00;04".to_owned()));
    assert_eq!(Start::read("23:59:59:24", rate(25, 1), rate(25, 1)).unwrap().text(1), "00:00:00:00");
    assert_eq!(Start::read("01:00:00;00", rate(30, 1), rate(30, 1)), Err(LabelError::NoDropFrame));
    assert_eq!(Start::read("01:00:00:25", rate(25, 1), rate(25, 1)), Err(LabelError::OutOfRange));
    assert_eq!(Start::read("01:00:00:00", sixty, thirty), Err(LabelError::OtherRate));
    assert_eq!(Start::read("01:00:00:00", rate(24, 1), rate(30, 1)), Err(LabelError::OtherRate));
    assert_eq!(Start::read("one o'clock", thirty, thirty), Err(LabelError::Malformed));
}

#[test]
fn a_measured_rate_is_taken_for_the_standard_one_next_to_it() {
    for standard in FrameRate::STANDARD {
        assert_eq!(standard.snapped(), standard);
        let (num, den) = (u64::from(standard.num()) * 10_000, u64::from(standard.den()));
        let off =
            |parts: u64| rate(u32::try_from(num / den).unwrap(), 10_000 + u32::try_from(parts).unwrap());
        assert_eq!(off(3).snapped(), standard, "0.03 % slower than {standard:?}");
        assert_ne!(off(6).snapped(), standard, "0.06 % slower than {standard:?}");
    }
    assert_eq!(rate(2997, 100).snapped(), rate(30_000, 1001));
    assert_eq!(rate(47_952, 1000).snapped(), rate(47_952, 1000));
    assert_eq!(Numbering::drop_frame(rate(2997, 100)), Numbering::drop_frame(rate(30_000, 1001)));
}

/// Steps the fields as a clock would, through every frame of a day: each has the label that comes next, and each label
/// leads back to its frame. Labels that are left out lead nowhere.
fn counting_through_a_day(numbering: Numbering, dropped: u32) {
    let drop_frame = dropped > 0;
    let mut next = Label { hours: 0, minutes: 0, seconds: 0, frames: 0, drop_frame };
    let mut frame = 0;
    while next.hours < 24 {
        assert_eq!(numbering.label(frame), next, "frame {frame}");
        assert_eq!(numbering.frame(next), Ok(frame), "{next:?}");
        frame += 1;
        next.frames += 1;
        if next.frames == numbering.nominal() {
            (next.frames, next.seconds) = (0, next.seconds + 1);
        }
        if next.seconds == 60 {
            (next.seconds, next.minutes) = (0, next.minutes + 1);
            if !next.minutes.is_multiple_of(10) {
                for frames in 0..dropped {
                    assert_eq!(numbering.frame(Label { frames, ..next }), Err(LabelError::Dropped));
                }
                next.frames = dropped;
            }
        }
        if next.minutes == 60 {
            (next.minutes, next.hours) = (0, next.hours + 1);
        }
    }
    assert_eq!(frame, numbering.day());
    assert_eq!(numbering.label(frame), numbering.label(0));
}

#[test]
fn every_frame_of_a_day_has_one_label_of_its_own() {
    // Rates of one nominal rate have the same numbering: 24 and 23.976.
    let mut counted: Vec<Numbering> = Vec::new();
    for numbering in FrameRate::STANDARD.map(Numbering::non_drop) {
        if !counted.contains(&numbering) {
            counting_through_a_day(numbering, 0);
            counted.push(numbering);
        }
    }
    assert_eq!(counted.len(), 8);
}

#[test]
fn every_frame_of_a_drop_frame_day_has_one_label_of_its_own() {
    counting_through_a_day(drop_frame(30_000, 1001), 2);
    counting_through_a_day(drop_frame(60_000, 1001), 4);
}

proptest! {
    #[test]
    fn label_and_frame_are_inverse(num in 1_u32..240_000, den in prop::sample::select(vec![1_u32, 1000, 1001]), drop in any::<bool>(), frame in any::<i64>()) {
        if let Ok(rate) = FrameRate::new(num, den) && let Ok(numbering) = Numbering::of(rate, drop) {
            prop_assert_eq!(numbering.frame(numbering.label(frame)), Ok(frame.rem_euclid(numbering.day())));
            prop_assert_eq!(Label::parse(&numbering.text(frame)), Ok(numbering.label(frame)));
        }
    }

    #[test]
    fn drop_frame_follows_the_clock(tens in 0_i64..144) {
        // At every tenth minute drop-frame labels agree with real time within one frame per day: 24 h = 86.4 ms off.
        let numbering = drop_frame(30_000, 1001);
        let frame = numbering.parse(&format!("{:02}:{:02}:00;00", tens / 6, tens % 6 * 10)).unwrap();
        let real_us = frame * 1_001_000_000 / 30_000;
        prop_assert!((real_us - tens * 600_000_000).abs() < 90_000);
    }

    #[test]
    fn any_text_is_answered(text in ".{0,20}") {
        let _ = Label::parse(&text);
    }
}
