import { describe, expect, test } from 'vitest';
import type { CaptionView } from '@/protocol/types';
import { captionsAt, chosenCaptions, cuesOf, isCaptionWish, textOf, wishOf } from './captions';

const vtt = 'WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nHello <i>there\nTom</i> &amp; &lt;Ada&gt;\n\n00:00:02.000 --> 00:00:04.000 line:1\nAbove\n\n00:01:00.000 --> 00:01:01.500\nLate\n';
const plain = { bold: false, italic: false, underlined: false };

function captions(caption: string, language: string | null, label: string, isDefault = false): CaptionView {
  return { caption, language, label, is_default: isDefault, embedded: false, cues: 1 };
}

describe('cues', () => {
  test('letters with their styles, over lines, nothing else', () => {
    expect(cuesOf(vtt)[0]).toEqual({
      fromS: 1,
      toS: 3,
      top: false,
      lines: [
        [{ ...plain, text: 'Hello ' }, { ...plain, italic: true, text: 'there' }],
        [{ ...plain, italic: true, text: 'Tom' }, { ...plain, text: ' & <Ada>' }],
      ],
    });
    expect(cuesOf('WEBVTT\n\nrubbish\n\nNOTE x\n')).toEqual([]);
  });

  test('by time: from the start on, not at the end any more, overlapping ones together', () => {
    const cues = cuesOf(vtt);
    const words = (seconds: number) => captionsAt(cues, seconds).map((cue) => cue.lines[0]![0]!.text);
    expect(words(0.999)).toEqual([]);
    expect(words(1)).toEqual(['Hello ']);
    expect(words(2.5)).toEqual(['Hello ', 'Above']);
    expect(words(3)).toEqual(['Above']);
    expect(words(4)).toEqual([]);
    expect(words(61.4)).toEqual(['Late']);
  });
});

describe('the choice', () => {
  const list = [captions('a', 'de', ''), captions('b', 'en', 'Commentary'), captions('c', 'en', '', true)];

  test('nothing chosen: the default; off: none; else by name, then by language', () => {
    expect(chosenCaptions(list, '')?.caption).toBe('c');
    expect(chosenCaptions(list, 'off')).toBeNull();
    expect(chosenCaptions(list, wishOf(list[1]!))?.caption).toBe('b');
    expect(chosenCaptions(list, 'de|Deutsch')?.caption).toBe('a');
    expect(chosenCaptions(list, 'fr|')).toBeNull();
    expect(list.every((one) => isCaptionWish(wishOf(one)))).toBe(true);
  });
});

describe('files', () => {
  test('letters by the marks of the file', () => {
    expect(textOf(new TextEncoder().encode('Füße'))).toBe('Füße');
    expect(textOf(new Uint8Array([0xff, 0xfe, 0x46, 0x00, 0xfc, 0x00]))).toBe('Fü');
    expect(textOf(new Uint8Array([0x46, 0xfc, 0xdf, 0x65]))).toBe('Füße');
  });
});
