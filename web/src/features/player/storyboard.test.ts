import { describe, expect, it } from 'vitest';
import { cueAt, cuesOf } from './storyboard';

const base = 'http://here/media/v1/storyboard.vtt';
const vtt = `WEBVTT

NOTE made by the packager

00:00:00.000 --> 00:00:02.000
sheets/0.jpg#xywh=0,0,160,90

2
00:02.000 --> 00:04.000
/media/v1/sheets/0.jpg#xywh=160,0,160,90

01:00:00.500 --> 01:00:02.000
sheets/9.jpg#xywh=0,90,160,90

00:09.000 --> 00:10.000
javascript:alert(1)
`;

describe('storyboard', () => {
  it('is read, relative addresses and short times included', () => {
    expect(cuesOf(vtt, base)).toEqual([
      { fromS: 0, toS: 2, sheet: 'http://here/media/v1/sheets/0.jpg', x: 0, y: 0, width: 160, height: 90 },
      { fromS: 2, toS: 4, sheet: 'http://here/media/v1/sheets/0.jpg', x: 160, y: 0, width: 160, height: 90 },
      { fromS: 3600.5, toS: 3602, sheet: 'http://here/media/v1/sheets/9.jpg', x: 0, y: 90, width: 160, height: 90 },
    ]);
  });

  it('gives the picture of a time', () => {
    const cues = cuesOf(vtt, base);
    expect([0, 1.99, 2, 5, 3600.4, 9999].map((seconds) => cueAt(cues, seconds)?.fromS)).toEqual([0, 0, 2, 2, 2, 3600.5]);
    expect(cueAt([], 3)).toBeNull();
  });
});
