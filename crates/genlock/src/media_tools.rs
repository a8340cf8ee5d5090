//! What owners of the instance are shown of ffmpeg and its sandbox. Called at start.

use protocol::rest::{MediaHole, MediaLack, MediaLayer, MediaToolsView};
use worker::holes::Holes;
use worker::sandbox::advice::{Host, lacks};
use worker::{Tools, ToolsMissing};

/// The view of what was found.
pub fn view(found: &Result<Tools, ToolsMissing>) -> MediaToolsView {
    let tools = match found {
        Ok(tools) => tools,
        Err(missing) => {
            return MediaToolsView {
                problem: Some(missing.sentence.clone()),
                ffmpeg: None,
                holes_note: None,
                holes: Vec::new(),
                level: None,
                layers: Vec::new(),
                lacks: Vec::new(),
            };
        }
    };
    let holes = Holes::of(&tools.build);
    let hole =
        |hole: &worker::holes::Hole| MediaHole { cve: hole.cve.to_owned(), what: hole.what.to_owned() };
    let layer = |(name, there): (&str, bool)| MediaLayer { name: name.to_owned(), there };
    MediaToolsView {
        problem: None,
        ffmpeg: Some(tools.build.clone()),
        holes_note: Some(holes.sentence()),
        holes: holes.open.iter().map(hole).collect(),
        level: Some(tools.level.name().as_str().to_owned()),
        layers: tools.level.layers().into_iter().map(layer).collect(),
        lacks: lacks(&tools.level, &Host::read())
            .into_iter()
            .map(|lack| MediaLack { what: lack.what.to_owned(), why: lack.why, raise: lack.raise })
            .collect(),
    }
}
