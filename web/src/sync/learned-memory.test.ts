import { describe, expect, it } from 'vitest';
import { Learned } from './drift';
import { LearnedMemory, type Storage } from './learned-memory';

function storage(text: string | null = null): Storage & { text: string | null } {
  return {
    text,
    getItem() { return this.text; },
    setItem(_, value) { this.text = value; },
  };
}

describe('what starts and seeks take', () => {
  it('is assumed next time', () => {
    const [own, before, after] = [storage(), new Learned(), new Learned()];
    for (let time = 0; time < 5; time += 1) {
      before.sawStart('audio', 190);
      before.sawSeekLag('muted', 120);
    }
    new LearnedMemory(() => own).keep(before);
    new LearnedMemory(() => own).recall(after);
    expect([after.startMs('audio'), after.seekLagMs('muted'), after.startMs('silent')]).toEqual([190, 120, 1]);
    for (let time = 0; time < 3; time += 1) after.sawStart('audio', 80);
    expect(after.startMs('audio')).toBe(80);
  });

  it.each(['', 'soon', '{}', '[["audio"]]', '[["tape", 1, 2]]', '[["audio", null, 3]]'])('is as at first where %j is kept', (text) => {
    const learned = new Learned();
    new LearnedMemory(() => storage(text)).recall(learned);
    expect(learned.startMs('audio')).toBe(75);
  });

  it('is not kept where the browser refuses', () => {
    const memory = new LearnedMemory(() => { throw new Error('storage is blocked'); });
    expect(() => { memory.recall(new Learned()); memory.keep(new Learned()); }).not.toThrow();
  });
});
