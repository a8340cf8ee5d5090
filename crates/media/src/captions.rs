//! Captions: SubRip and WebVTT read strictly and within bounds, and written anew as plain WebVTT. Nothing of a file
//! reaches a page but times, letters, and the three tags `<b>`, `<i>` and `<u>`, each closed within its cue. Used by
//! the server for uploads and by the worker for what it takes out of a video.

use std::fmt::Write;

/// Largest file of captions, bytes of UTF-8. A film has about 150 KB.
pub const CAPTION_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Most cues of a file; a film has about 1,500, eight hours of talk about 10,000.
pub const CUES_MAX: usize = 20_000;
/// Longest text of a cue, characters.
pub const CUE_CHARS_MAX: usize = 1_000;
/// Latest time of a cue, milliseconds: a hundred hours.
const TIME_MS_MAX: i64 = 100 * 3_600_000;

/// One caption with its times from the video's first frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// Shown from, milliseconds.
    pub start_ms: i64,
    /// Shown until, milliseconds; after `start_ms`.
    pub end_ms: i64,
    /// At the top of the picture instead of its foot.
    pub top: bool,
    /// Lines in WebVTT's own spelling: escaped, tags balanced within the cue.
    pub text: String,
}

/// All captions of one language, in order of their start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captions {
    /// At least one, at most [`CUES_MAX`], unless made otherwise.
    pub cues: Vec<Cue>,
}

/// Why a file of captions is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct CaptionError {
    /// From 1.
    pub line: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl Captions {
    /// Reads a file; SubRip and WebVTT are told apart by its first line.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(text: &str) -> Result<Captions, CaptionError> {
        Reader::new(text).captions(true)
    }

    /// Reads what can be read: cues that are malformed are passed over. For what ffmpeg wrote.
    #[must_use]
    pub fn parse_leniently(text: &str) -> Captions {
        Reader::new(text).captions(false).unwrap_or_default()
    }

    /// Moves all cues by a time, and drops what lies outside a video of `length_ms`.
    #[must_use]
    pub fn moved(mut self, by_ms: i64, length_ms: i64) -> Captions {
        for cue in &mut self.cues {
            cue.start_ms = cue.start_ms.saturating_add(by_ms).max(0);
            cue.end_ms = cue.end_ms.saturating_add(by_ms);
        }
        self.cues.retain(|cue| cue.end_ms > cue.start_ms && cue.start_ms < length_ms);
        self
    }

    /// The file as it is stored and served.
    #[must_use]
    pub fn vtt(&self) -> String {
        let mut text = String::from("WEBVTT\n");
        for cue in &self.cues {
            let place = if cue.top { " line:1" } else { "" };
            let _ =
                write!(text, "\n{} --> {}{place}\n{}\n", clock(cue.start_ms), clock(cue.end_ms), cue.text);
        }
        text
    }
}

fn clock(ms: i64) -> String {
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
    vtt: bool,
    too_large: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Reader<'a> {
        let too_large = text.len() > CAPTION_BYTES_MAX;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines: Vec<&str> = if too_large {
            Vec::new()
        } else {
            text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect()
        };
        let head = lines.first().copied().unwrap_or_default();
        let vtt =
            head.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
        Reader { lines, at: 0, vtt, too_large }
    }

    fn wrong(&self, what: &'static str) -> CaptionError {
        CaptionError { line: self.at + 1, what }
    }

    fn line(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    fn captions(mut self, strict: bool) -> Result<Captions, CaptionError> {
        if self.too_large {
            return Err(self.wrong("the file is larger than 2 MiB"));
        }
        if self.vtt {
            self.skip_block();
        }
        let mut cues = Vec::new();
        loop {
            while self.line().is_some_and(|line| line.trim().is_empty()) {
                self.at += 1;
            }
            let Some(first) = self.line() else { break };
            if self.vtt
                && ["NOTE", "STYLE", "REGION"]
                    .iter()
                    .any(|word| first.split_whitespace().next() == Some(word))
            {
                self.skip_block();
                continue;
            }
            if cues.len() >= CUES_MAX {
                if strict {
                    return Err(self.wrong("there are more than 20,000 cues"));
                }
                break;
            }
            match self.cue() {
                Ok(cue) => cues.extend(cue),
                Err(error) if strict => return Err(error),
                Err(_) => {}
            }
            self.skip_block();
        }
        if strict && cues.is_empty() {
            self.at = 0;
            return Err(self.wrong("there is no cue with a time and a text in this file"));
        }
        cues.sort_by_key(|cue| cue.start_ms);
        Ok(Captions { cues })
    }

    /// To the next empty line.
    fn skip_block(&mut self) {
        while self.line().is_some_and(|line| !line.trim().is_empty()) {
            self.at += 1;
        }
    }

    /// A cue, its number or name before its times; none without a text.
    fn cue(&mut self) -> Result<Option<Cue>, CaptionError> {
        if !self.line().is_some_and(|line| line.contains("-->")) {
            self.at += 1;
        }
        let times = self.line().unwrap_or_default();
        let Some((start, rest)) = times.split_once("-->") else {
            return Err(self.wrong("a time such as 00:00:01,000 --> 00:00:02,500 is expected here"));
        };
        let rest = rest.trim_start();
        let (end, settings) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let start_ms = time(start.trim()).ok_or_else(|| self.wrong("its start is no time"))?;
        let end_ms = time(end.trim()).ok_or_else(|| self.wrong("its end is no time"))?;
        if end_ms <= start_ms {
            return Err(self.wrong("it ends before it begins"));
        }
        let mut markup = Markup { top: settings.split_whitespace().any(is_high), ..Markup::default() };
        self.at += 1;
        while let Some(line) = self.line().filter(|line| !line.trim().is_empty()) {
            markup.line(line);
            if markup.chars > CUE_CHARS_MAX {
                return Err(self.wrong("its text is longer than 1,000 characters"));
            }
            self.at += 1;
        }
        let top = markup.top;
        let text = markup.end();
        Ok((!text.is_empty()).then_some(Cue { start_ms, end_ms, top, text }))
    }
}

/// `line:` in the upper half, by share or by number.
fn is_high(setting: &str) -> bool {
    let Some(value) = setting.strip_prefix("line:") else { return false };
    let value = value.split(',').next().unwrap_or_default();
    match value.strip_suffix('%') {
        Some(share) => share.parse::<f32>().is_ok_and(|share| share < 50.0),
        None => value.parse::<i32>().is_ok_and(|line| (0..6).contains(&line)),
    }
}

/// `[H:]MM:SS.mmm`, with a comma in SubRip.
fn time(text: &str) -> Option<i64> {
    let (whole, thousandths) = text.split_once(['.', ','])?;
    let digits = |text: &str, most: usize| -> Option<i64> {
        let plain = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse().ok() } else { None }
    };
    let mut parts = whole.rsplit(':');
    let seconds = digits(parts.next()?, 2).filter(|value| *value < 60)?;
    let minutes = digits(parts.next()?, 2).filter(|value| *value < 60)?;
    let hours = parts.next().map_or(Some(0), |text| digits(text, 3))?;
    if parts.next().is_some() || thousandths.len() != 3 {
        return None;
    }
    let ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + digits(thousandths, 3)?;
    (ms < TIME_MS_MAX).then_some(ms)
}

/// The text of a cue while it is cleaned.
#[derive(Default)]
struct Markup {
    out: String,
    open: Vec<char>,
    chars: usize,
    top: bool,
}

impl Markup {
    fn line(&mut self, line: &str) {
        let from = self.out.len();
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        let before = self.chars;
        let mut rest = line.trim();
        while let Some(letter) = rest.chars().next() {
            let taken = match letter {
                '<' => self.tag(rest),
                '{' => self.direction(rest),
                '&' => self.entity(rest),
                _ => None,
            };
            let taken = taken.unwrap_or_else(|| {
                self.letter(letter);
                letter.len_utf8()
            });
            rest = &rest[taken..];
        }
        self.out.truncate(
            self.out.trim_end_matches(|end: char| end != '\n' && end.is_whitespace()).len().max(from),
        );
        // A line without a letter would end the cue; its tags stay open or closed all the same.
        if self.chars == before {
            let tags: String = self.out[from..].chars().filter(|letter| *letter != '\n').collect();
            self.out.truncate(from);
            self.out.push_str(&tags);
        }
    }

    fn letter(&mut self, letter: char) {
        // What stood before a space may have been passed over: a line begins with what is seen.
        let begins = self.out.is_empty() || self.out.ends_with('\n');
        // With a tag between them gone, these two would begin a direction for whoever reads this next.
        let directs = letter == '\\' && self.out.ends_with('{');
        if letter.is_control() || (begins && letter.is_whitespace()) || directs {
            return;
        }
        if !letter.is_whitespace() {
            self.chars += 1;
        }
        match letter {
            '&' => self.out.push_str("&amp;"),
            '<' => self.out.push_str("&lt;"),
            '>' => self.out.push_str("&gt;"),
            letter => self.out.push(letter),
        }
    }

    /// A tag: kept if it is one of three, passed over otherwise. None: it is no tag.
    fn tag(&mut self, rest: &str) -> Option<usize> {
        let end = rest.find('>').filter(|end| *end <= 200)?;
        let inner = &rest[1..end];
        let closes = inner.starts_with('/');
        let name = inner.trim_start_matches('/');
        if !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return None;
        }
        let name = name.split(|end: char| end.is_whitespace() || end == '.').next().unwrap_or_default();
        let known = match name.to_ascii_lowercase().as_str() {
            "b" => Some('b'),
            "i" => Some('i'),
            "u" => Some('u'),
            _ => None,
        };
        match (known, closes) {
            (Some(kind), false) if !self.open.contains(&kind) => {
                self.open.push(kind);
                let _ = write!(self.out, "<{kind}>");
            }
            (Some(kind), true) => {
                // Those within it are closed along with it.
                if let Some(place) = self.open.iter().position(|open| *open == kind) {
                    for open in self.open.drain(place..).rev() {
                        let _ = write!(self.out, "</{open}>");
                    }
                }
            }
            _ => {}
        }
        Some(end + 1)
    }

    /// `{\an8}` and kin, which SubRip files carry over from another format.
    fn direction(&mut self, rest: &str) -> Option<usize> {
        if !rest.starts_with("{\\") {
            return None;
        }
        let end = rest.find('}').filter(|end| *end <= 200)?;
        self.top |= ["an7", "an8", "an9"].iter().any(|place| rest[..end].contains(place));
        Some(end + 1)
    }

    fn entity(&mut self, rest: &str) -> Option<usize> {
        let (name, letter) = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&nbsp;", '\u{a0}')]
            .into_iter()
            .chain([("&lrm;", '\u{200e}'), ("&rlm;", '\u{200f}'), ("&quot;", '"'), ("&#39;", '\'')])
            .find(|(name, _)| rest.starts_with(name))?;
        self.letter(letter);
        Some(name.len())
    }

    fn end(mut self) -> String {
        if self.chars == 0 {
            return String::new();
        }
        while let Some(open) = self.open.pop() {
            let _ = write!(self.out, "</{open}>");
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SRT: &str = "\u{feff}1\r\n00:00:01,000 --> 00:00:02,500\r\nHello <i>there</i>\r\nTom &amp; <font color=red>Ada</font>\r\n\r\n2\r\n00:01:00,000 --> 00:01:01,000\r\n{\\an8}Up here\r\n";
    const VTT: &str = "WEBVTT - a title\nKind: captions\n\nNOTE nothing\nmore of it\n\nSTYLE\n::cue { color: red }\n\nintro\n00:05.000 --> 00:06.000 line:10% align:start\n<v Ada>One <b>two\n\n00:02.000 --> 00:03.000\n1 < 2 & 3 > 2\n";

    #[test]
    fn both_kinds_become_plain_vtt() {
        assert_eq!(
            Captions::parse(SRT).unwrap().vtt(),
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello <i>there</i>\nTom &amp; Ada\n\n00:01:00.000 --> 00:01:01.000 line:1\nUp here\n"
        );
        assert_eq!(
            Captions::parse(VTT).unwrap().vtt(),
            "WEBVTT\n\n00:00:02.000 --> 00:00:03.000\n1 &lt; 2 &amp; 3 &gt; 2\n\n00:00:05.000 --> 00:00:06.000 line:1\nOne <b>two</b>\n"
        );
    }

    #[test]
    fn nothing_that_a_browser_would_run_survives() {
        let evil = "1\n00:00:01,000 --> 00:00:02,000\n<script>alert(1)</script><img src=x onerror=alert(1)> <b onclick=x>bold</B> <i><u>a</i>b</u>\n";
        let captions = Captions::parse(evil).unwrap();
        assert_eq!(captions.cues[0].text, "alert(1) <b>bold</b> <i><u>a</u></i>b");
    }

    #[test]
    fn errors_name_their_line() {
        let table = [
            ("", 1, "no cue"),
            ("hello\nworld\n", 2, "a time such as"),
            ("1\n00:00:01,000 --> soon\nx\n", 2, "its end"),
            ("1\n0:61:01,000 --> 00:00:02,000\nx\n", 2, "its start"),
            ("1\n00:00:03,000 --> 00:00:02,000\nx\n", 2, "before it begins"),
            ("1\n00:00:01,000 --> 00:00:02,000\nx\n\n\n2\nlost\n", 7, "a time such as"),
            ("WEBVTT\n\n00:01.00 --> 00:02.000\nx\n", 3, "its start"),
        ];
        for (text, line, what) in table {
            let error = Captions::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.what.contains(what), "{text:?}: {error}");
        }
        let long = format!("1\n00:00:01,000 --> 00:00:02,000\n{}\n", "x".repeat(CUE_CHARS_MAX + 1));
        assert_eq!(Captions::parse(&long).unwrap_err().line, 3);
        assert!(Captions::parse(&"x".repeat(CAPTION_BYTES_MAX + 1)).is_err());
        let many = "00:00:01,000 --> 00:00:02,000\nx\n\n".repeat(CUES_MAX + 1);
        assert!(Captions::parse(&many).unwrap_err().what.contains("20,000"));
    }

    #[test]
    fn times_move_with_the_start_of_the_picture() {
        let moved = Captions::parse(SRT).unwrap().moved(-1_400, 50_000);
        assert_eq!(moved.cues.iter().map(|cue| (cue.start_ms, cue.end_ms)).collect::<Vec<_>>(), [(0, 1_100)]);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(blocks in prop::collection::vec(("[0-9]{0,2}", 0_i64..4_000_000, 1_i64..9_000, "(.|\n|<i>|</i>|<b>|&amp;|\\{|-->|<){0,40}"), 0..12), vtt in any::<bool>()) {
            let mut file = String::from(if vtt { "WEBVTT\n\n" } else { "" });
            for (id, start, length, text) in blocks {
                let _ = write!(file, "{id}\n{} --> {}\n{text}\n\n", clock(start), clock(start + length));
            }
            for captions in [Captions::parse_leniently(&file)].into_iter().chain(Captions::parse(&file)) {
                let written = captions.vtt();
                if !captions.cues.is_empty() {
                    prop_assert_eq!(Captions::parse(&written).unwrap(), captions.clone());
                }
                for cue in &captions.cues {
                    let mut left = cue.text.clone();
                    for tag in ["<b>", "</b>", "<i>", "</i>", "<u>", "</u>"] { left = left.replace(tag, ""); }
                    prop_assert!(!left.contains(['<', '>']), "{}", cue.text);
                    prop_assert!(!cue.text.contains("\n\n") && !cue.text.starts_with('\n') && !cue.text.ends_with('\n'), "{:?}", cue.text);
                    prop_assert!(cue.start_ms < cue.end_ms);
                }
            }
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = Captions::parse(&text);
            let _ = Captions::parse_leniently(&text);
        }
    }
}
