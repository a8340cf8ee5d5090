//! What the node that was asked is doing now, for those who run the instance.

use crate::SyncStatus;
use crate::wire::wire_struct;
use crate::work::JobCount;

wire_struct! {
    /// How many values fell between the limit of the bar before and this one's.
    pub struct SpreadBar {
        /// Upper limit, microseconds; none above the last limit.
        pub up_to_us: Option<i64>,
        /// Values.
        pub count: u64,
    }
}

wire_struct! {
    /// How values of time are spread. Percentiles are read off the bars, so they are as fine as these.
    pub struct Spread {
        /// Values.
        pub count: u64,
        /// Half of the values are below this, microseconds; none of no values.
        pub p50_us: Option<i64>,
        /// 95 of 100.
        pub p95_us: Option<i64>,
        /// 99 of 100.
        pub p99_us: Option<i64>,
        /// The largest, exactly.
        pub max_us: Option<i64>,
        /// Bars by rising limit.
        pub bars: Vec<SpreadBar>,
    }
}

wire_struct! {
    /// How often players said that they were in a status.
    pub struct StatusCount {
        /// Status.
        pub status: SyncStatus,
        /// Reports.
        pub count: u64,
    }
}

wire_struct! {
    /// What players have reported of themselves in the last minutes, about once a second each while playing.
    pub struct SyncNumbers {
        /// Length of the window, minutes.
        pub minutes: u32,
        /// Reports by status.
        pub statuses: Vec<StatusCount>,
        /// Size of the error of those who play with the others.
        pub error: Spread,
        /// Their own bound of the error of their clock.
        pub bound: Spread,
        /// Round trip.
        pub round_trip: Spread,
    }
}

wire_struct! {
    /// `GET instance/numbers`: this node at this moment, for those who run the instance.
    pub struct LiveNumbers {
        /// Rooms that run.
        pub rooms: u32,
        /// Live connections.
        pub connections: u32,
        /// Jobs of the instance by state.
        pub jobs: Vec<JobCount>,
        /// How close everybody is to the timeline.
        pub sync: SyncNumbers,
    }
}
