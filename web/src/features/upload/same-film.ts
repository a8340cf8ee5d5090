// Whether a film is in the channel already, byte for byte, found out before it is sent.

import { api, seg } from '@/api/client';
import type { FilmsOfSize, SameFilm } from '@/protocol/types';
import { hashOfFile } from './hashes';

/**
 * The same film, or null. Asks by the size, which costs nothing; the file is read only where there is one to compare it
 * with. Fails soft: what could not be told before is told when the upload is over.
 */
export async function sameFilm(file: File, channel: string, signal: AbortSignal, onShare: (share: number) => void): Promise<SameFilm | null> {
  try {
    const { films } = await api.get<FilmsOfSize>(`/channels/${seg(channel)}/videos/same?bytes=${file.size}`, signal);
    if (films.length === 0) return null;
    const hash = await hashOfFile(file, new Map(), signal, onShare);
    return films.find((film) => film.hash === hash) ?? null;
  } catch {
    return null;
  }
}
