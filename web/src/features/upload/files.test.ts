import { describe, expect, it } from 'vitest';
import { ACCEPT, isSoundName } from './files';

describe('files to be chosen', () => {
  it('films and sounds are offered', () => {
    for (const word of ['video/*', 'audio/*', '.mkv', '.mp3', '.opus', '.flac']) expect(ACCEPT.split(',')).toContain(word);
  });

  it('a sound is known by its ending', () => {
    for (const name of ['Episode 12.mp3', 'MEMO.M4A', 'a.b.opus', 'take.wav']) expect(isSoundName(name)).toBe(true);
    for (const name of ['film.mp4', 'mp3', 'song.mp3.mkv', '', 'wav.txt']) expect(isSoundName(name)).toBe(false);
  });
});
