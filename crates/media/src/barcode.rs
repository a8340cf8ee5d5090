//! A number burnt into a picture, so that tests know which frame is on screen from pixels alone. Drawn by the
//! barcode clips; read by tests here and, with the same layout, by the browser tests (canvas).
//!
//! # Layout (for other readers)
//! The code is the frame number modulo 65,536. It is 18 columns by 2 rows of cells, as fractions of the picture:
//! - column c (0 to 17) spans x from `0.05 + c * 0.05` to `0.05 + (c + 1) * 0.05` of the width;
//! - row r (0 and 1) spans y from `0.05 + r * 0.10` to `0.05 + (r + 1) * 0.10` of the height.
//!
//! Columns 1 to 16 hold bits 15 down to 0: row 0 is white for 1 and black for 0, row 1 is the inverse. Column 0 is a
//! guard, white above black; column 17 a guard, black above white. The picture within half a row around is black.
//!
//! To read: average the brightness of the middle half of each cell (in both directions: from 25 % to 75 % of its
//! width and height). A column is valid if its two cells differ by at least 48 of 255; its bit is 1 if the upper
//! one is brighter. If any column is invalid or a guard is wrong, there is no code.

use crate::picture::{Picture, Rect};

/// Columns: guard, 16 bits, guard.
const COLUMNS: usize = 18;
/// Left and upper edge, and width of a column, in twentieths of the picture.
const EDGE: usize = 1;
/// Smallest difference of brightness between the two cells of a column.
const CONTRAST_MIN: u32 = 48;
/// Studio white and black.
const WHITE: u8 = 235;
const BLACK: u8 = 16;

/// Draws a number.
pub fn draw(picture: &mut Picture, number: u16) {
    let (width, height) = (picture.width, picture.height);
    let quiet = Rect { x: 0, y: 0, w: width, h: height * 3 / 10 };
    picture.fill(quiet, BLACK);
    for column in 0..COLUMNS {
        let upper = upper_is_white(number, column);
        for row in 0..2 {
            let white = upper == (row == 0);
            picture.fill(cell(width, height, column, row), if white { WHITE } else { BLACK });
        }
    }
}

/// Reads a number from luma of `width` x `height` (one byte per pixel, no padding).
#[must_use]
pub fn read(luma: &[u8], width: usize, height: usize) -> Option<u16> {
    if width < 2 * COLUMNS || height < 40 || luma.len() < width * height {
        return None;
    }
    let mut number = 0_u16;
    for column in 0..COLUMNS {
        let (upper, lower) = (mean(luma, width, height, column, 0), mean(luma, width, height, column, 1));
        if upper.abs_diff(lower) < CONTRAST_MIN {
            return None;
        }
        match column {
            0 if upper < lower => return None,
            17 if upper > lower => return None,
            1..=16 => number = number << 1 | u16::from(upper > lower),
            _ => {}
        }
    }
    Some(number)
}

fn upper_is_white(number: u16, column: usize) -> bool {
    match column {
        0 => true,
        17 => false,
        bit => number >> (16 - bit) & 1 == 1,
    }
}

/// A cell in pixels.
fn cell(width: usize, height: usize, column: usize, row: usize) -> Rect {
    let x = |column: usize| width * (EDGE + column) / 20;
    let y = |row: usize| height * (EDGE + 2 * row) / 20;
    Rect { x: x(column), y: y(row), w: x(column + 1) - x(column), h: y(row + 1) - y(row) }
}

/// Mean brightness of the middle of a cell.
fn mean(luma: &[u8], width: usize, height: usize, column: usize, row: usize) -> u32 {
    let cell = cell(width, height, column, row);
    let (mut sum, mut count) = (0_u32, 0_u32);
    for y in cell.y + cell.h / 4..(cell.y + cell.h - cell.h / 4).max(cell.y + cell.h / 4 + 1) {
        for x in cell.x + cell.w / 4..(cell.x + cell.w - cell.w / 4).max(cell.x + cell.w / 4 + 1) {
            sum += u32::from(luma[y * width + x]);
            count += 1;
        }
    }
    sum / count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_number_reads_back() {
        let mut picture = Picture::black(160, 90);
        for number in 0..=u16::MAX {
            draw(&mut picture, number);
            assert_eq!(read(picture.luma(), 160, 90), Some(number));
        }
    }

    #[test]
    fn a_picture_without_code_has_none() {
        assert_eq!(read(Picture::black(640, 360).luma(), 640, 360), None);
        assert_eq!(read(&[], 640, 360), None);
        let mut upside = Picture::black(320, 180);
        draw(&mut upside, 77);
        upside.bytes[..320 * 180].reverse();
        assert_eq!(read(upside.luma(), 320, 180), None);
    }

    proptest! {
        #[test]
        fn noise_and_halving_do_not_hurt(number in any::<u16>(), seed in any::<u32>(), width in 160_usize..700, height in 90_usize..500) {
            let mut picture = Picture::black(width, height);
            draw(&mut picture, number);
            let mut state = seed | 1;
            for byte in &mut picture.bytes {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = byte.saturating_add((state >> 27) as u8).saturating_sub((state >> 22 & 31) as u8);
            }
            prop_assert_eq!(read(picture.luma(), picture.width, picture.height), Some(number));
            let (half_width, half_height) = (picture.width / 2, picture.height / 2);
            let half: Vec<u8> = (0..half_width * half_height).map(|at| picture.luma()[at / half_width * 2 * picture.width + at % half_width * 2]).collect();
            if half_height >= 45 && half_width >= 80 {
                prop_assert_eq!(read(&half, half_width, half_height), Some(number));
            }
        }
    }
}
