//! Server time: Unix microseconds. Never used for order (law 7).

use crate::wire::{Registry, Shape, Wire};
use serde::{Deserialize, Serialize};

/// Unix time in microseconds by the server's clock. Within ±2^53, so exact as a JavaScript number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time plus `micros`.
    #[must_use]
    pub fn plus_us(self, micros: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(micros))
    }

    /// This time plus `millis`.
    #[must_use]
    pub fn plus_ms(self, millis: i64) -> Timestamp {
        self.plus_us(millis.saturating_mul(1000))
    }

    /// Microseconds from `earlier` to this.
    #[must_use]
    pub fn since_us(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole Unix milliseconds.
    #[must_use]
    pub fn unix_ms(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl Wire for Timestamp {
    fn shape(_: &mut Registry) -> Shape {
        Shape::Int
    }
}
