import { describe, expect, it } from 'vitest';
import { withoutSound } from './soundless';

const stream = (codecs: string, group = '') => `#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="${codecs}",RESOLUTION=640x360${group}\np/360p/playlist.m3u8`;
const sound = (name: string) => `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="${name}",URI="p/audio/playlist.m3u8"`;
const captions = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English",URI="s.m3u8"';
const head = '#EXTM3U\n#EXT-X-VERSION:7';
const whole = (...lines: string[]) => [head, ...lines, ''].join('\n');

describe('a playlist without its sound', () => {
  const cases: [string, string, string][] = [
    ['one sound', whole(sound('Sound'), stream('avc1.64001e,mp4a.40.2', ',AUDIO="audio"')), whole(stream('avc1.64001e'))],
    ['several sounds', whole(sound('A'), sound('B'), stream('mp4a.40.2, avc1.64001e', ',AUDIO="audio"')), whole(stream(' avc1.64001e'))],
    ['captions stay', whole(captions, sound('A'), stream('avc1.64001e,opus', ',AUDIO="audio",SUBTITLES="subs"')), whole(captions, stream('avc1.64001e', ',SUBTITLES="subs"'))],
    ['no sound', whole(stream('avc1.64001e')), whole(stream('avc1.64001e'))],
    ['nothing but sound', whole(stream('mp4a.40.2')), whole(stream('mp4a.40.2'))],
  ];
  it.each(cases)('%s', (_, before, after) => {
    expect(withoutSound(before)).toBe(after);
  });
});
