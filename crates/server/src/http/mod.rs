//! REST and media over HTTP. One module per noun; [`router`] has all routes on one page.

pub mod api_page;
pub mod channels;
pub mod extract;
pub mod guard;
pub mod health;
pub mod instance;
pub mod invites;
pub mod jobs;
pub mod listen;
pub mod media;
pub mod members;
pub mod messages;
pub mod openapi;
pub mod page;
mod prefer;
mod ranges;
pub mod router;
pub mod sessions;
pub mod setup;
mod tus;
mod upload_part;
pub mod uploads;
pub mod users;
mod video_views;
pub mod videos;
pub mod views;
