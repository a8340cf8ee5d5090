import { describe, expect, it } from 'vitest';
import type { FactsView, VersionView } from '@/protocol/types';
import { isSound, versionStatus } from './version-words';

const facts: FactsView = {
  container: 'MPEG audio', video_codec: null, width: 0, height: 0, rate: { num: 25, den: 1 }, frames: 1000, duration_ms: 40_000,
  audio_codec: 'MP3', audio_channels: 2, bit_depth: 0, start_timecode: null, start_frame: 0, drop_frame: false, unused_timecode: null, bytes: 100, chapters: [], audio_tracks: [],
};
const version = (of: FactsView | null): VersionView => ({
  version: 'v', number: 1, state: 'ready', filename: 'sound.mp3', bytes: 100, permille: 1000, playable_s: 40, sharp_s: 40, renditions: ['540p'],
  complete: ['540p'], facts: of, failure: null, uploaded_permille: null, upload: null, created_at: 0, captions: [], loudness: [], poster_frame: null,
});

describe('the state of a version in words', () => {
  it('of sound alone no quality of the picture is told, which is drawn', () => {
    expect(versionStatus(version(facts)).words).toBe('Ready, sound only');
    expect(versionStatus(version({ ...facts, video_codec: 'H.264', width: 960, height: 540 })).words).toBe('Ready, 1 quality');
  });

  it('a file that has not been looked at is no sound yet', () => {
    expect(isSound(version(null))).toBe(false);
  });
});
