//! Known holes of ffmpeg in the parts that this pipeline lets it use (its demuxers, decoders and encoders of the
//! allowlist, no hardware, no network), by version. Shown by `genlock doctor` and to owners. The sandbox is there
//! because this list is never whole.

/// When the table was last compared with its sources: the CVE records of cve.org.
pub const COMPARED: &str = "2026-11-26";

/// A version as upstream counts: up to three numbers.
pub type Version = [u32; 3];

/// A hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Number of the CVE record, which is the source.
    pub cve: &'static str,
    /// First version that has it.
    pub from: Version,
    /// First version without it; none if no release was known to be without it on [`COMPARED`].
    pub fixed: Option<Version>,
    /// Where and what.
    pub what: &'static str,
}

/// The table, oldest first.
pub const HOLES: [Hole; 5] = [
    Hole {
        cve: "CVE-2022-2566",
        from: [5, 1, 0],
        // The record names a commit of August 2022, the month before this release.
        fixed: Some([5, 1, 1]),
        what: "MP4 reader: writes out of bounds for crafted key points (build_open_gop_key_points)",
    },
    Hole {
        cve: "CVE-2025-1594",
        from: [3, 4, 0],
        // The record lists versions up to 7.1 as affected.
        fixed: Some([7, 1, 1]),
        what: "AAC encoder: stack overflow (ff_aac_search_for_tns)",
    },
    Hole {
        cve: "CVE-2026-40962",
        from: [4, 1, 0],
        fixed: Some([8, 1, 0]),
        what: "MP4 reader: writes out of bounds for crafted encryption samples (CENC)",
    },
    Hole {
        cve: "CVE-2026-96611",
        from: [0, 0, 0],
        fixed: Some([9, 0, 0]),
        what: "MP4 reader: integer overflow in sizes of HEIF pictures (mov_read_ispe)",
    },
    Hole {
        cve: "CVE-2026-125262",
        from: [7, 1, 0],
        fixed: None,
        what: "H.264 and HEVC decoders, only if built with LCEVC: heap overflow (lcevcdec)",
    },
];

/// What can be said of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holes {
    /// Upstream's version; none if the build does not say (made from a work state).
    pub version: Option<Version>,
    /// Whether a distribution has built it, which may have closed holes without a new version: cannot tell.
    pub patched: bool,
    /// Holes that upstream's version has.
    pub open: Vec<Hole>,
}

impl Holes {
    /// Of the first line of `ffmpeg -version`.
    #[must_use]
    pub fn of(build: &str) -> Holes {
        let word = build.strip_prefix("ffmpeg version ").and_then(|rest| rest.split_whitespace().next());
        let word = word.unwrap_or_default();
        let word = word.strip_prefix('n').unwrap_or(word);
        let end = word.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(word.len());
        let (number, rest) = word.split_at(end);
        let version = version(number);
        let open = version.map_or_else(Vec::new, |version| {
            HOLES
                .into_iter()
                .filter(|hole| version >= hole.from && hole.fixed.is_none_or(|fixed| version < fixed))
                .collect()
        });
        Holes { version, patched: !rest.is_empty(), open }
    }

    /// In a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let tail = format!("(CVE records as of {COMPARED})");
        if self.version.is_none() {
            return format!("its version does not say which holes it has: cannot tell {tail}");
        }
        let names: Vec<&str> = self.open.iter().map(|hole| hole.cve).collect();
        match (names.is_empty(), self.patched) {
            (true, _) => format!("none is known in the parts that are used here {tail}"),
            (false, false) => format!("{} known in the parts that are used here {tail}", names.join(", ")),
            (false, true) => format!(
                "{} known in upstream's version; your distribution may have closed them: cannot tell {tail}",
                names.join(", ")
            ),
        }
    }
}

fn version(text: &str) -> Option<Version> {
    let mut version = [0; 3];
    let mut parts = text.split('.');
    for (at, place) in version.iter_mut().enumerate() {
        match parts.next() {
            Some(part) => *place = part.parse().ok()?,
            None if at > 0 => break,
            None => return None,
        }
    }
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_by_version() {
        let names =
            |build: &str| -> Vec<&str> { Holes::of(build).open.iter().map(|hole| hole.cve).collect() };
        assert_eq!(names("ffmpeg version 5.1 Copyright (c) 2000-2022 the FFmpeg developers").len(), 4);
        assert_eq!(
            names("ffmpeg version 5.1.9-0+deb12u1 Copyright"),
            ["CVE-2025-1594", "CVE-2026-40962", "CVE-2026-96611"]
        );
        assert_eq!(names("ffmpeg version n9.0.2 Copyright"), ["CVE-2026-125262"]);
        assert_eq!(names("ffmpeg version N-113007-g8d24a28d06"), Vec::<&str>::new());
        assert_eq!(names(""), Vec::<&str>::new());
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let debian = Holes::of("ffmpeg version 5.1.9-0+deb12u1 Copyright");
        assert!(debian.patched && debian.sentence().contains("cannot tell"));
        let own = Holes::of("ffmpeg version 8.0 Copyright");
        assert!(!own.patched && !own.sentence().contains("cannot tell"));
        assert!(Holes::of("ffmpeg version N-113007-g8d24a28d06").sentence().contains("cannot tell"));
        assert!(Holes::of("ffmpeg version 99.1 Copyright").sentence().contains(COMPARED));
    }
}
