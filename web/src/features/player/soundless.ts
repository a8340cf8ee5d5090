// Leaves the sound out of a multivariant playlist on its way to hls.js (RFC 8216, section 4.3.4).

import type { HlsConfig } from 'hls.js';

type LoaderClass = HlsConfig['loader'];

/** Codecs of sound, as CODECS names them (RFC 6381). */
const SOUND_CODEC = /^(mp4a|ac-3|ec-3|opus|flac)/i;

/** A multivariant playlist without its groups of sound; as it is where nothing else would be left. */
export function withoutSound(playlist: string): string {
  const lines = playlist
    .split('\n')
    .filter((line) => !/^#EXT-X-MEDIA:.*TYPE=AUDIO/.test(line))
    .map((line) => line.startsWith('#EXT-X-STREAM-INF:') ? withoutSoundOf(line) : line);
  return lines.some((line) => line.includes('CODECS=""')) ? playlist : lines.join('\n');
}

function withoutSoundOf(line: string): string {
  return line
    .replace(/,AUDIO="[^"]*"/, '')
    .replace(/CODECS="([^"]*)"/, (_, codecs: string) =>
      `CODECS="${codecs.split(',').filter((codec) => !SOUND_CODEC.test(codec.trim())).join(',')}"`);
}

/** A loader of playlists like `Base`, without the sound; tells when there was one. */
export function soundlessLoader(Base: LoaderClass, onLeftOut: () => void): NonNullable<HlsConfig['pLoader']> {
  return class extends Base {
    override load(...[context, config, callbacks]: Parameters<InstanceType<LoaderClass>['load']>): void {
      super.load(context, config, {
        ...callbacks,
        onSuccess: (response, stats, about, details) => {
          const { data } = response;
          if (typeof data !== 'string' || !data.includes('#EXT-X-STREAM-INF')) {
            callbacks.onSuccess(response, stats, about, details);
            return;
          }
          const without = withoutSound(data);
          if (without !== data) onLeftOut();
          callbacks.onSuccess({ ...response, data: without }, stats, about, details);
        },
      });
    }
  } as unknown as NonNullable<HlsConfig['pLoader']>;
}
