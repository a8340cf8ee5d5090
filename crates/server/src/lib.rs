//! The server's shell: HTTP, live sockets, sessions, and the rooms of this node. Joins `room`, `media`, `store` and
//! `bus`; everything that decides stands in those. The binary (`genlock`) calls [`serve`]; tests call it too.
//!
//! Reading order: [`config`], [`state`], [`http::router`], [`problem`], [`auth`], [`access`], [`room_registry`],
//! [`room_task`], [`ws`], [`sample`], [`runners`], [`work_news`].

pub mod access;
pub mod auth;
pub mod clock;
pub mod config;
pub mod http;
pub mod machine;
mod measures;
pub mod media_access;
pub mod problem;
pub mod ring;
pub mod room_hub;
mod room_log;
pub mod room_registry;
pub mod room_task;
pub mod runners;
pub mod sample;
pub mod segments;
pub mod state;
pub mod uploading;
pub mod version_news;
pub mod work_news;
pub mod ws;

pub use config::Config;
pub use http::listen::serve;
pub use problem::Refusal;
pub use room::By;
pub use state::AppState;
