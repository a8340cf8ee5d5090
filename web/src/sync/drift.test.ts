// The port against the golden traces of crates/sync.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DriftController, type Action, type Hold, type Observation } from './drift';

type Step =
  | {
      op: 'tick';
      seen: Observation;
      actions: Action[];
      hold: Hold;
      error_ms: number;
      blind_until_ms: number;
      start_ms: number;
      seek_lag_ms: number;
    }
  | { op: 'played'; now_ms: number; from_s: number }
  | { op: 'sought'; now_ms: number; to_s: number; moving: boolean; buffered: boolean }
  | { op: 'resync'; now_ms: number };

const golden = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../crates/sync/golden/drift.json'), 'utf8'),
) as { name: string; steps: Step[] }[];

const near = (got: number, wanted: number, place: string) => {
  expect(Math.abs(got - wanted), `${place}: ${got} instead of ${wanted}`).toBeLessThan(1e-6);
};

describe('the controller', () => {
  it.each(golden)('does what the reference does: $name', ({ steps }) => {
    const controller = new DriftController();
    const kinds = new Set<string>();
    steps.forEach((step, at) => {
      const place = `step ${at}`;
      if (step.op === 'played') controller.played(step.now_ms, step.from_s);
      else if (step.op === 'sought') controller.sought(step.now_ms, step.to_s, step.moving, step.buffered);
      else if (step.op === 'resync') controller.resync(step.now_ms);
      else {
        const actions = controller.tick(step.seen);
        expect(actions.map((action) => action.do), place).toEqual(step.actions.map((action) => action.do));
        actions.forEach((action, index) => {
          const wanted = step.actions[index]!;
          kinds.add(action.do);
          if (action.do === 'rate' && wanted.do === 'rate') {
            near(action.rate, wanted.rate, place);
            expect(action.keep_pitch, place).toBe(wanted.keep_pitch);
          } else if (action.do === 'seek' && wanted.do === 'seek') near(action.to_s, wanted.to_s, place);
          else if (action.do === 'play' && wanted.do === 'play') near(action.in_ms, wanted.in_ms, place);
        });
        expect(controller.hold, place).toBe(step.hold);
        near(controller.errorMs, step.error_ms, place);
        near(controller.blindUntilMs, step.blind_until_ms, place);
        near(controller.learned.startMs(step.seen.element.kind), step.start_ms, place);
        near(controller.learned.seekLagMs(step.seen.element.kind), step.seek_lag_ms, place);
      }
    });
    expect(kinds.has('seek') && kinds.has('play')).toBe(true);
  });

  it('forgets what it was about with a new element but not what it has learned', () => {
    const controller = new DriftController();
    for (const step of golden[0]!.steps) {
      if (step.op === 'played') controller.played(step.now_ms, step.from_s);
      else if (step.op === 'sought') controller.sought(step.now_ms, step.to_s, step.moving, step.buffered);
      else if (step.op === 'tick') controller.tick(step.seen);
    }
    const learnedMs = controller.learned.startMs('audio');
    expect(learnedMs).not.toBe(75);
    controller.reset();
    expect(controller.hold).toBe('adjusting');
    expect(controller.learned.startMs('audio')).toBe(learnedMs);
  });
});
