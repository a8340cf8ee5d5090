//! The video pipeline's shell: runs jobs (probe, encode, publish, sweep) with ffmpeg in its sandbox.
//! What is decided stands in `media`; what is kept stands in `store`. Called by the binary (`serve`, `work`).
//!
//! Reading order: [`sandbox`].

pub mod sandbox;
