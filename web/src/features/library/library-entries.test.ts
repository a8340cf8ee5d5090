import { describe, expect, it } from 'vitest';
import type { VersionView, VideoView } from '@/protocol/types';
import type { UploadItem } from '../upload/upload-item';
import { libraryEntries } from './library-entries';

const version = (state: VersionView['state'], upload: string | null): VersionView => ({
  version: 'v', number: 1, state, filename: 'film.mp4', bytes: 100, permille: 0, playable_s: 0, sharp_s: 0, renditions: [], complete: [],
  facts: null, failure: null, uploaded_permille: null, upload, created_at: 0, captions: [], loudness: [], poster_frame: null,
});
const video = (id: string, newest: VersionView): VideoView => ({
  video: id, channel: 'c', title: id, added_by: null, added_at: 0, versions: [newest],
});
const upload = (id: string, uploadId: string | null, state: UploadItem['state'] = 'sending', channel = 'c'): UploadItem => ({
  id, channel, filename: `${id}.mp4`, bytes: 100, sent: 10, rate: null, state, reason: null, canRetry: true, uploadId, poster: null, hasHandle: false, same: null,
});

describe('cards of a library', () => {
  it('an upload that the server lists is one card with it', () => {
    const cards = libraryEntries('c', [video('a', version('uploading', 'u1'))], [upload('x', 'u1')]);
    expect(cards).toHaveLength(1);
    expect(cards[0]).toMatchObject({ kind: 'video', upload: { id: 'x' } });
  });

  it('uploads not yet listed come first, the newest at the top; those of other channels and those sent do not', () => {
    const cards = libraryEntries('c', [video('a', version('ready', null))], [
      upload('x', null, 'waiting'), upload('y', 'u9'), upload('z', null, 'sending', 'other'), upload('w', 'u8', 'sent'),
    ]);
    expect(cards.map((one) => one.key)).toEqual(['y', 'x', 'a']);
  });

  it('a file refused by the server is one card: the one of the server, which says why', () => {
    const cards = libraryEntries('c', [video('a', version('failed', null))], [upload('x', 'u1', 'failed')]);
    expect(cards.map((one) => one.key)).toEqual(['a']);
  });

  it('an upload that was cancelled before the file was here leaves no card', () => {
    expect(libraryEntries('c', [video('a', version('cancelled', null))], [])).toEqual([]);
  });

  it('an upload that never reached the server keeps its card', () => {
    expect(libraryEntries('c', [], [upload('x', null, 'failed')]).map((one) => one.key)).toEqual(['x']);
  });
});
