//! Time code labels against the published landmarks of drop-frame and against counting by hand.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use timecode::{FrameRate, Label, LabelError, Numbering};

fn rate(num: u32, den: u32) -> FrameRate {
    FrameRate::new(num, den).unwrap()
}

#[test]
fn landmarks_of_drop_frame() {
    let thirty = Numbering::drop_frame(rate(30_000, 1001)).unwrap();
    for (frame, text) in [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (17_981, "00:09:59;29"),
        (17_982, "00:10:00;00"),
        (107_892, "01:00:00;00"),
        (2_589_407, "23:59:59;29"),
    ] {
        assert_eq!(thirty.label(frame).to_string(), text);
        assert_eq!(thirty.parse(text), Ok(frame));
    }
    assert_eq!(thirty.label(2_589_408).to_string(), "00:00:00;00", "a day later it starts again");
    assert_eq!(thirty.label(-1).to_string(), "23:59:59;29");
    let sixty = Numbering::drop_frame(rate(60_000, 1001)).unwrap();
    assert_eq!(sixty.label(3600).to_string(), "00:01:00;04");
}

#[test]
fn refusals() {
    let thirty = Numbering::drop_frame(rate(30_000, 1001)).unwrap();
    assert_eq!(thirty.parse("00:01:00;00"), Err(LabelError::Dropped));
    assert_eq!(thirty.parse("00:01:00;01"), Err(LabelError::Dropped));
    assert_eq!(thirty.parse("00:01:00:02"), Err(LabelError::Malformed), "non-drop text for drop numbering");
    assert_eq!(thirty.parse("00:00:00;30"), Err(LabelError::OutOfRange));
    assert_eq!(thirty.parse("24:00:00;00"), Err(LabelError::OutOfRange));
    assert_eq!(Numbering::drop_frame(rate(25, 1)), Err(LabelError::NoDropFrame));
    for text in [
        "",
        "1",
        "00:00:00",
        "00:00:00:",
        "00;00:00:00",
        "00:00:00:00:00",
        "a0:00:00:00",
        "0000:00:00:00",
        "00:00:00:٣٣",
    ] {
        assert_eq!(Label::parse(text), Err(LabelError::Malformed), "{text}");
    }
}

#[test]
fn counting_by_hand_gives_the_same_labels() {
    // Two hours and a bit, stepping the fields as a clock would.
    for (format, nominal, dropped) in [
        (Numbering::drop_frame(rate(30_000, 1001)).unwrap(), 30, 2),
        (Numbering::drop_frame(rate(60_000, 1001)).unwrap(), 60, 4),
        (Numbering::non_drop(rate(24_000, 1001)), 24, 0),
        (Numbering::non_drop(rate(25, 1)), 25, 0),
    ] {
        let mut expected = Label { hours: 0, minutes: 0, seconds: 0, frames: 0, drop_frame: dropped > 0 };
        for frame in 0..(nominal * 7500) {
            assert_eq!(format.label(i64::from(frame)), expected);
            expected.frames += 1;
            if expected.frames == nominal {
                (expected.frames, expected.seconds) = (0, expected.seconds + 1);
            }
            if expected.seconds == 60 {
                (expected.seconds, expected.minutes) = (0, expected.minutes + 1);
                if !expected.minutes.is_multiple_of(10) {
                    expected.frames = dropped;
                }
            }
            if expected.minutes == 60 {
                (expected.minutes, expected.hours) = (0, expected.hours + 1);
            }
        }
    }
}

proptest! {
    #[test]
    fn label_and_frame_are_inverse(num in 1_u32..240_000, den in prop::sample::select(vec![1_u32, 1000, 1001]), drop in any::<bool>(), frame in any::<i64>()) {
        if let Ok(rate) = FrameRate::new(num, den) {
            let numbering = Numbering::of(rate, drop);
            let label = numbering.label(frame);
            prop_assert_eq!(numbering.frame(label), Ok(frame.rem_euclid(numbering.day())));
            prop_assert_eq!(Label::parse(&label.to_string()), Ok(label));
        }
    }

    #[test]
    fn drop_frame_follows_the_clock(tens in 0_i64..144) {
        // At every tenth minute drop-frame labels agree with real time within one frame per day: 24 h = 86.4 ms off.
        let numbering = Numbering::drop_frame(rate(30_000, 1001)).unwrap();
        let frame = numbering.parse(&format!("{:02}:{:02}:00;00", tens / 6, tens % 6 * 10)).unwrap();
        let real_us = frame * 1_001_000_000 / 30_000;
        prop_assert!((real_us - tens * 600_000_000).abs() < 90_000);
    }

    #[test]
    fn any_text_is_answered(text in ".{0,20}") {
        let _ = Label::parse(&text);
    }
}
