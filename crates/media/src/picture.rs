//! A picture in memory, 8-bit 4:2:0, as ffmpeg's `rawvideo` reads it. Painted by the sample clip and the barcode
//! clips; read by tests.

/// One picture. Width and height are even.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width, pixels.
    pub width: usize,
    /// Height, pixels.
    pub height: usize,
    /// Luma plane, then both chroma planes at half size: `width * height * 3 / 2` bytes.
    pub bytes: Vec<u8>,
}

/// A rectangle in pixels: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: usize,
    /// Upper edge.
    pub y: usize,
    /// Width.
    pub w: usize,
    /// Height.
    pub h: usize,
}

impl Picture {
    /// A black picture; odd sizes are rounded down to even, at least 2.
    #[must_use]
    pub fn black(width: usize, height: usize) -> Picture {
        let (width, height) = ((width / 2 * 2).max(2), (height / 2 * 2).max(2));
        let mut bytes = vec![16; width * height * 3 / 2];
        bytes[width * height..].fill(128);
        Picture { width, height, bytes }
    }

    /// The luma plane.
    #[must_use]
    pub fn luma(&self) -> &[u8] {
        &self.bytes[..self.width * self.height]
    }

    /// One row of luma.
    pub fn luma_row(&mut self, y: usize) -> &mut [u8] {
        &mut self.bytes[y * self.width..(y + 1) * self.width]
    }

    /// One row of a chroma plane (0 is Cb, 1 is Cr).
    pub fn chroma_row(&mut self, plane: usize, y: usize) -> &mut [u8] {
        let (width, size) = (self.width / 2, self.width * self.height);
        let start = size + plane * size / 4 + y * width;
        &mut self.bytes[start..start + width]
    }

    /// Fills a rectangle with a grey, without colour. Parts outside are cut.
    pub fn fill(&mut self, rect: Rect, luma: u8) {
        let (right, bottom) = ((rect.x + rect.w).min(self.width), (rect.y + rect.h).min(self.height));
        if rect.x >= right {
            return;
        }
        for y in rect.y..bottom {
            self.luma_row(y)[rect.x..right].fill(luma);
        }
        for y in rect.y / 2..bottom.div_ceil(2).min(self.height / 2) {
            for plane in 0..2 {
                self.chroma_row(plane, y)[rect.x / 2..right.div_ceil(2)].fill(128);
            }
        }
    }

    /// Mixes a grey into one pixel of luma, `share` of 256.
    pub fn mix(&mut self, x: usize, y: usize, luma: u8, share: u32) {
        if x < self.width && y < self.height {
            let old = &mut self.bytes[y * self.width + x];
            let mixed = (u32::from(*old) * (256 - share.min(256)) + u32::from(luma) * share.min(256)) / 256;
            *old = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }
}
