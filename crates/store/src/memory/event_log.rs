//! The log in memory. Called by room tasks through [`EventLog`].

use super::derived::Derived;
use super::{Memory, State};
use crate::event_log::{
    Appended, Batch, EventLog, HEADS_MAX, LogHead, StoredSnapshot, check_batch, draw_epoch, erased,
};
use crate::{StoreError, StoreResult};
use async_trait::async_trait;
use protocol::{ChannelId, Epoch, Event, OpId, Position, Seq, Timestamp};
use std::collections::BTreeMap;

/// One channel's log.
pub(super) struct Log {
    epoch: Epoch,
    events: Vec<Event>,
    operations: BTreeMap<OpId, Seq>,
    snapshot: Option<StoredSnapshot>,
    pub(super) derived: Derived,
}

impl Log {
    pub(super) fn head(&self) -> LogHead {
        let last_at = self.events.last().map_or(Timestamp(0), |event| event.at);
        LogHead { position: Position { epoch: self.epoch, seq: self.events.len() as Seq }, last_at }
    }

    /// Erases what the events say; the log goes on in a new life.
    pub(super) fn erase(&mut self, epoch: Epoch) {
        for event in &mut self.events {
            event.body = erased(&event.body);
        }
        (self.epoch, self.snapshot, self.derived) = (epoch, None, Derived::default());
    }
}

#[async_trait]
impl EventLog for Memory {
    async fn append(&self, batch: Batch) -> StoreResult<Appended> {
        check_batch(&batch)?;
        append(&mut self.state.lock(), batch)
    }

    async fn head(&self, channel: ChannelId) -> StoreResult<Option<LogHead>> {
        Ok(self.state.lock().logs.get(&channel).map(Log::head))
    }

    async fn heads(&self, channels: &[ChannelId]) -> StoreResult<Vec<(ChannelId, LogHead)>> {
        if channels.len() > HEADS_MAX {
            return Err(StoreError::Conflict("more than 1,000 channels"));
        }
        let state = self.state.lock();
        Ok(channels.iter().filter_map(|channel| Some((*channel, state.logs.get(channel)?.head()))).collect())
    }

    async fn read(&self, channel: ChannelId, after: Seq, limit: u32) -> StoreResult<Vec<Event>> {
        let state = self.state.lock();
        let events = state.logs.get(&channel).map_or(&[][..], |log| &log.events);
        let from = usize::try_from(after).unwrap_or(usize::MAX).min(events.len());
        Ok(events[from..].iter().take(limit as usize).cloned().collect())
    }

    async fn find_op(&self, channel: ChannelId, op: OpId) -> StoreResult<Option<Seq>> {
        Ok(self.state.lock().logs.get(&channel).and_then(|log| log.operations.get(&op).copied()))
    }

    async fn snapshot(&self, channel: ChannelId) -> StoreResult<Option<StoredSnapshot>> {
        Ok(self.state.lock().logs.get(&channel).and_then(|log| log.snapshot.clone()))
    }

    async fn put_snapshot(&self, channel: ChannelId, snapshot: StoredSnapshot) -> StoreResult<()> {
        let mut state = self.state.lock();
        if let Some(log) = state.logs.get_mut(&channel) {
            let is_newer = log.snapshot.as_ref().is_none_or(|kept| kept.at.seq < snapshot.at.seq);
            if snapshot.at.epoch == log.epoch && is_newer {
                log.snapshot = Some(snapshot);
            }
        }
        Ok(())
    }

    async fn renew_epochs(&self, draw: Vec<Epoch>) -> StoreResult<()> {
        let mut state = self.state.lock();
        let renewed = state.logs.values().enumerate().map(|(index, log)| draw_epoch(&draw, index, log.epoch));
        let renewed = renewed.collect::<StoreResult<Vec<Epoch>>>()?;
        for (log, epoch) in state.logs.values_mut().zip(renewed) {
            log.epoch = epoch;
            log.snapshot = None;
        }
        Ok(())
    }

    async fn rebuild_derived(&self) -> StoreResult<()> {
        for log in self.state.lock().logs.values_mut() {
            log.derived = Derived::default();
            for event in &log.events {
                log.derived.apply(event);
            }
        }
        Ok(())
    }
}

fn append(state: &mut State, batch: Batch) -> StoreResult<Appended> {
    match state.logs.get(&batch.channel) {
        Some(log) => {
            let position = log.head().position;
            if position.epoch != batch.epoch || position.seq != batch.expected_head {
                return Ok(Appended::Lost { head: position });
            }
            let known = |event: &Event| log.operations.get(&event.op).map(|seq| (event.op, *seq));
            if let Some((op, seq)) = batch.events.iter().find_map(known) {
                return Ok(Appended::DuplicateOp { op, seq });
            }
        }
        None if batch.expected_head != 0 => {
            return Ok(Appended::Lost { head: Position { epoch: 0, seq: 0 } });
        }
        None => {}
    }
    let log = state.logs.entry(batch.channel).or_insert_with(|| Log {
        epoch: batch.epoch,
        events: Vec::new(),
        operations: BTreeMap::new(),
        snapshot: None,
        derived: Derived::default(),
    });
    for event in batch.events {
        log.operations.insert(event.op, event.seq);
        log.derived.apply(&event);
        log.events.push(event);
    }
    Ok(Appended::Committed { head: log.events.len() as Seq })
}
