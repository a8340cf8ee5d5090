//! Words out of files: names of chapters and tracks, languages. All of it is hostile: bounded, one line, without
//! characters that steer a terminal or turn the direction of writing. Used by the probe and by captions.

/// One line of at most `chars_max` characters: white space runs are one blank, control characters and those that
/// turn the direction of writing are gone.
#[must_use]
pub fn one_line(text: &str, chars_max: usize) -> String {
    let mut line = String::new();
    let mut gap = false;
    for letter in text.chars().take(chars_max * 8) {
        if letter.is_whitespace() {
            gap = true;
        } else if !letter.is_control() && !turns(letter) {
            if gap && !line.is_empty() {
                line.push(' ');
            }
            gap = false;
            line.push(letter);
        }
    }
    if line.chars().count() > chars_max {
        line = line.chars().take(chars_max).collect();
        line.truncate(line.trim_end().len());
    }
    line
}

/// Marks that embed, override or isolate a direction of writing, and separators that a text file may not hold.
pub(crate) fn turns(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Longest language tag, characters: `zh-Hant-TW` and kin.
const LANGUAGE_CHARS_MAX: usize = 16;

/// A language tag as BCP 47 has it (`en`, `pt-BR`), out of such a tag or an ISO 639-2 code (`eng`). None for what
/// is no tag, and for those that say nothing (`und`, `mis`, `zxx`).
#[must_use]
pub fn language_tag(text: &str) -> Option<String> {
    let text = text.trim().replace('_', "-");
    let good =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let mut parts = text.split('-');
    let first = parts
        .next()
        .filter(|part| matches!(part.len(), 2 | 3) && part.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
    if text.len() > LANGUAGE_CHARS_MAX || !text.split('-').all(good) {
        return None;
    }
    let first = first.to_ascii_lowercase();
    if matches!(first.as_str(), "und" | "mis" | "mul" | "zxx") {
        return None;
    }
    let short = LANGUAGES.iter().find(|(three, _, _)| three.split(' ').any(|code| code == first));
    let mut tag = short.map_or(first, |(_, two, _)| (*two).to_owned());
    for part in parts {
        tag.push('-');
        // Scripts `Latn`, regions `BR` and `419`, in their usual letters.
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

/// The English name of a language, for players that show names and know no languages; none for rare ones.
#[must_use]
pub fn language_name(tag: &str) -> Option<&'static str> {
    let first = tag.split('-').next()?;
    LANGUAGES.iter().find(|(_, two, _)| *two == first).map(|(_, _, name)| *name)
}

/// ISO 639-2 (both forms where they differ), ISO 639-1, English name: the languages that films come in most.
const LANGUAGES: &[(&str, &str, &str)] = &[
    ("ara", "ar", "Arabic"),
    ("bul", "bg", "Bulgarian"),
    ("ben", "bn", "Bengali"),
    ("bos", "bs", "Bosnian"),
    ("cat", "ca", "Catalan"),
    ("cze ces", "cs", "Czech"),
    ("wel cym", "cy", "Welsh"),
    ("dan", "da", "Danish"),
    ("ger deu", "de", "German"),
    ("gre ell", "el", "Greek"),
    ("eng", "en", "English"),
    ("spa", "es", "Spanish"),
    ("est", "et", "Estonian"),
    ("baq eus", "eu", "Basque"),
    ("per fas", "fa", "Persian"),
    ("fin", "fi", "Finnish"),
    ("fre fra", "fr", "French"),
    ("gle", "ga", "Irish"),
    ("glg", "gl", "Galician"),
    ("heb", "he", "Hebrew"),
    ("hin", "hi", "Hindi"),
    ("hrv", "hr", "Croatian"),
    ("hun", "hu", "Hungarian"),
    ("ind", "id", "Indonesian"),
    ("ice isl", "is", "Icelandic"),
    ("ita", "it", "Italian"),
    ("jpn", "ja", "Japanese"),
    ("kor", "ko", "Korean"),
    ("lit", "lt", "Lithuanian"),
    ("lav", "lv", "Latvian"),
    ("may msa", "ms", "Malay"),
    ("dut nld", "nl", "Dutch"),
    ("nor", "no", "Norwegian"),
    ("nob", "nb", "Norwegian Bokmål"),
    ("pol", "pl", "Polish"),
    ("por", "pt", "Portuguese"),
    ("rum ron", "ro", "Romanian"),
    ("rus", "ru", "Russian"),
    ("slo slk", "sk", "Slovak"),
    ("slv", "sl", "Slovenian"),
    ("srp", "sr", "Serbian"),
    ("swe", "sv", "Swedish"),
    ("tam", "ta", "Tamil"),
    ("tel", "te", "Telugu"),
    ("tha", "th", "Thai"),
    ("tur", "tr", "Turkish"),
    ("ukr", "uk", "Ukrainian"),
    ("urd", "ur", "Urdu"),
    ("vie", "vi", "Vietnamese"),
    ("chi zho", "zh", "Chinese"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags() {
        let table = [
            ("eng", Some("en")),
            ("ger", Some("de")),
            ("deu", Some("de")),
            ("pt_br", Some("pt-BR")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("haw", Some("haw")),
            ("und", None),
            ("", None),
            ("english", None),
            ("e\"n", None),
            ("en-\n", None),
        ];
        for (text, tag) in table {
            assert_eq!(language_tag(text).as_deref(), tag, "{text:?}");
        }
        assert_eq!(language_name("pt-BR"), Some("Portuguese"));
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_harmless_line(text in any::<String>(), most in 1_usize..60) {
            let line = one_line(&text, most);
            prop_assert!(line.chars().count() <= most);
            prop_assert!(!line.chars().any(|letter| letter.is_control() || turns(letter)));
            prop_assert_eq!(line.trim(), line.as_str());
            prop_assert_eq!(one_line(&line, most), line);
        }

        #[test]
        fn a_tag_of_a_tag_is_itself(text in "[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,2}") {
            if let Some(tag) = language_tag(&text) {
                prop_assert_eq!(language_tag(&tag), Some(tag));
            }
        }
    }
}
