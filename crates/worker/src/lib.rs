//! The video pipeline's shell: runs jobs (probe, encode, publish, sweep) with ffmpeg in its sandbox.
//! What is decided stands in `media`; what is kept stands in `store`. Called by the binary (`serve`, `work`).
//!
//! Reading order: [`sandbox`], [`launcher`], [`run_watch`], [`memory_group`], [`tools`], [`context`], `feeder`, [`runner`], `jobs`
//! (one module per kind), [`failure`], [`remote`], [`sample`]. Where jobs come from and results go stands in the crate
//! `desk`.

pub mod context;
pub mod failure;
mod feeder;
pub mod holes;
mod jobs;
pub mod launcher;
pub mod memory_group;
pub mod remote;
pub mod run_watch;
pub mod runner;
pub mod sample;
pub mod sandbox;
mod spawner;
pub mod tools;

pub use desk::{NEWS_MAX, Now, Wake, WorkerNews, derived_op};
pub use launcher::Launcher;
pub use remote::{Remote, RemoteBlobs, RemoteDesk};
pub use runner::{WorkerConfig, WorkerHandle, spawn, spawn_at};
pub use tools::{Tools, ToolsMissing};
