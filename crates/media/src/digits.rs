//! Large figures made of seven bars, so that no font is needed. Used by the sample clip.

use crate::picture::{Picture, Rect};

/// Bars of 0 to 9, bit 0 first: top, upper right, lower right, bottom, lower left, upper left, middle.
const BARS: [u8; 10] = [0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f];

/// Draws figures and colons from a corner; each figure is `height / 2` wide. Unknown characters are left out as
/// gaps. Returns the width used.
pub fn draw(picture: &mut Picture, text: &str, x: usize, y: usize, height: usize, luma: u8) -> usize {
    let mut at = x;
    for character in text.chars() {
        if let Some(digit) = character.to_digit(10) {
            figure(picture, BARS[digit as usize], Rect { x: at, y, w: height / 2, h: height }, luma);
        } else if matches!(character, ':' | ';') {
            let dot = height / 8;
            for place in [height / 3 - dot / 2, height * 2 / 3 - dot / 2] {
                picture.fill(Rect { x: at + height / 16, y: y + place, w: dot, h: dot }, luma);
            }
        }
        at += advance(character, height);
    }
    at - x
}

/// Width of a text as [`draw`] draws it.
#[must_use]
pub fn width(text: &str, height: usize) -> usize {
    text.chars().map(|character| advance(character, height)).sum()
}

fn advance(character: char, height: usize) -> usize {
    if character.is_ascii_digit() { height / 2 + height / 7 } else { height / 4 + height / 14 }
}

fn figure(picture: &mut Picture, bars: u8, area: Rect, luma: u8) {
    let bar = (area.h / 8).max(2);
    let (half, inner) = (area.h / 2, area.w - bar / 2);
    let (right, middle) = (area.x + area.w - bar, area.y + half - bar / 2);
    // A little shorter than the cell, so that the bars stand apart.
    let gap = bar / 4;
    let across = |y: usize| Rect { x: area.x + bar / 2 + gap, y, w: inner - bar / 2 - 2 * gap, h: bar };
    let down = |x: usize, y: usize| Rect { x, y: y + bar / 2 + gap, w: bar, h: half - bar / 2 - 2 * gap };
    let places = [
        across(area.y),
        down(right, area.y),
        down(right, middle),
        across(area.y + area.h - bar),
        down(area.x, middle),
        down(area.x, area.y),
        across(middle),
    ];
    for (bit, place) in places.into_iter().enumerate() {
        if bars >> bit & 1 == 1 {
            picture.fill(place, luma);
        }
    }
}
