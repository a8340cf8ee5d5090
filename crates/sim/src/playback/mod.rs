//! Sessions of watching together, played in no time: devices whose clocks drift and sleep, lines that delay and lose,
//! elements that start late and run dry, people who press at the same time, a node that dies. The room, the clock
//! estimator and the controller are the real ones. Every event has its time and nothing ticks in between, so a session
//! of ten minutes takes a fraction of a second; a seed gives the same session again.
//!
//! Reading order: [`clock`], [`line`], [`film`], [`element`] (the world around a page), [`player`], [`optimistic`], [`page`]
//! (what runs in a browser), [`person`], [`world`] (all of it together), [`history`], [`check`], [`figures`].

pub mod check;
pub mod clock;
pub mod element;
pub mod figures;
pub mod film;
pub mod history;
pub mod line;
pub mod optimistic;
pub mod page;
pub mod person;
pub mod player;
pub mod world;

pub use check::check;
pub use history::History;
pub use world::{Break, Options, run};
