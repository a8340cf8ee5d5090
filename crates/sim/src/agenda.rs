//! What is to come in a simulated world, in order of time and then of planning: a seed gives the same life again.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

#[derive(Debug)]
struct Planned<T> {
    at_us: i64,
    number: u64,
    thing: T,
}

impl<T> PartialEq for Planned<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at_us, self.number) == (other.at_us, other.number)
    }
}
impl<T> Eq for Planned<T> {}
impl<T> PartialOrd for Planned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Planned<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_us, other.number).cmp(&(self.at_us, self.number))
    }
}

/// Things to come.
#[derive(Debug)]
pub struct Agenda<T> {
    now_us: i64,
    planned: u64,
    queue: BinaryHeap<Planned<T>>,
}

impl<T> Agenda<T> {
    /// Nothing to come; time begins at `now_us`.
    #[must_use]
    pub fn new(now_us: i64) -> Agenda<T> {
        Agenda { now_us, planned: 0, queue: BinaryHeap::new() }
    }

    /// The present.
    #[must_use]
    pub fn now_us(&self) -> i64 {
        self.now_us
    }

    /// Things planned so far.
    #[must_use]
    pub fn planned(&self) -> u64 {
        self.planned
    }

    /// Plans a thing; never in the past.
    pub fn plan(&mut self, after_us: i64, thing: T) {
        self.planned += 1;
        let at_us = self.now_us + after_us.max(0);
        self.queue.push(Planned { at_us, number: self.planned, thing });
    }

    /// Plans a thing for a time; for now if that is over.
    pub fn plan_at(&mut self, at_us: i64, thing: T) {
        self.plan(at_us - self.now_us, thing);
    }

    /// The next thing, whose time becomes the present; none if it comes after `end_us`.
    pub fn next(&mut self, end_us: i64) -> Option<T> {
        if self.queue.peek()?.at_us > end_us {
            return None;
        }
        let next = self.queue.pop()?;
        self.now_us = next.at_us;
        Some(next.thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_by_time_and_then_as_they_were_planned() {
        let mut agenda = Agenda::new(100);
        agenda.plan(50, "late");
        agenda.plan(10, "first");
        agenda.plan(10, "second");
        agenda.plan_at(20, "what was missed is done now");
        let order: Vec<_> = std::iter::from_fn(|| agenda.next(149)).collect();
        assert_eq!(order, ["what was missed is done now", "first", "second"]);
        assert_eq!((agenda.now_us(), agenda.next(149), agenda.next(150)), (110, None, Some("late")));
    }
}
