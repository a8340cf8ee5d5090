import { expect, test } from 'vitest';
import { RequestLanes } from './request-lanes';

const never = new AbortController().signal;
const settled = () => new Promise((done) => setTimeout(done));

test('two at once, and whoever has waited longest since its last turn goes next', async () => {
  const lanes = new RequestLanes();
  const turns: string[] = [];
  const releases: (() => void)[] = [];
  const ask = (owner: string) => void lanes.take(owner, never).then((release) => {
    turns.push(owner);
    releases.push(release!);
  });
  for (const owner of ['large', 'large', 'large', 'large', 'small', 'third']) ask(owner);
  await settled();
  expect(turns).toEqual(['large', 'large']);
  for (let release = releases.shift(); release; release = releases.shift()) {
    release();
    release(); // twice is once
    await settled();
  }
  expect(turns).toEqual(['large', 'large', 'small', 'third', 'large', 'large']);
});

test('who gives up while waiting takes no turn', async () => {
  const lanes = new RequestLanes(1);
  const release = await lanes.take('first', never);
  const stopper = new AbortController();
  const given = lanes.take('second', stopper.signal);
  const next = lanes.take('third', never);
  stopper.abort();
  expect(await given).toBeNull();
  release!();
  expect(await next).not.toBeNull();
  expect(await lanes.take('fourth', stopper.signal)).toBeNull();
});
