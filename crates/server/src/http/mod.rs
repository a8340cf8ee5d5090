//! REST and media over HTTP. One module per noun; [`router`] has all routes on one page.

pub mod jobs;
pub mod media;
pub mod router;
pub mod uploads;
pub mod videos;
