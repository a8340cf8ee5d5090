// The media of one version on one <video>: hls.js, or the browser's own HLS where there is no MediaSource (iPhone).
// Knows segments and qualities; where and when to play is PlayerSync's.

import type Hls from 'hls.js';
import type { ErrorData, HlsConfig, LoaderResponse, RetryConfig } from 'hls.js';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { LATER, mediaUrl } from '@/api/media-address';
import { soundlessLoader } from './soundless';
import { holdPicture } from './hold-picture';
import { segmentLoader } from './segment-loader';

/** One quality on offer. */
export interface Quality {
  /** `1080p`, as the server names it. */
  readonly name: string;
  /** Index in hls.js. */
  readonly level: number;
}

/** One sound track on offer. */
export interface AudioChoice {
  /** Number of the track, as the server counts. */
  readonly track: number;
  readonly name: string;
  /** BCP 47; none where the file does not say. */
  readonly language: string | null;
}

/** What went wrong for good. */
export type MediaProblem = 'gone' | 'forbidden' | 'network' | 'codec';

/** How the media stands. */
export interface MediaState {
  readonly qualities: readonly Quality[];
  /** `auto` or a quality's name. */
  readonly chosen: string;
  /** What is on the screen. */
  readonly shown: string | null;
  /** Sound tracks; one or none: nothing to choose. */
  readonly audioTracks: readonly AudioChoice[];
  /** Number of the one that is heard. */
  readonly audioTrack: number;
  readonly problem: MediaProblem | null;
  /** The segment that is needed is being made. */
  readonly preparing: boolean;
}

/** What is known of how far the version is prepared. */
export interface Prepared {
  /** Everything is made. */
  readonly ready: boolean;
  /** Names of the renditions that there will be; empty while that is unknown. */
  readonly renditions: readonly string[];
  /** Names of the renditions that are complete. */
  readonly complete: readonly string[];
  /** Seconds that play from the start at the lowest quality. */
  readonly playableS: number;
  /** Seconds from the start for which every quality is there. */
  readonly sharpS: number;
}

/** Before anything is known. */
export const noMedia: MediaState = {
  qualities: [], chosen: 'auto', shown: null, audioTracks: [], audioTrack: 0, problem: null, preparing: false,
};

/** Seconds held ahead: enough to watch on through a cut of the connection of 20 s. */
const BUFFER_AHEAD_S = 40;
/** Seconds kept behind, for steps back. */
const BUFFER_BEHIND_S = 30;
/** The server waits 3 s for a segment that is being made, then says "later": an answer takes no longer than this, ms. */
const FIRST_BYTE_MS_MAX = 10_000;
/** Share of the measured bandwidth that a rendition far above the others may take. */
const COPY_SHARE_MAX = 0.6;
/** Of what is being prepared the lowest quality is made first. Another is only asked for where it is there already for
 *  the segment that comes next and for the one after it, which may be chosen before this one has come; seconds. */
const CHOICE_AHEAD_S = 4.5;
/** Less than this before the end of what is prepared, data that is lacking is taken to be still in the making, seconds. */
const FRONTIER_S = 1;
/** Time after the last segment in which a picture usually comes, milliseconds. */
const END_WAIT_MS = 250;
/** Sound and picture need not end at the same instant, seconds. */
const END_OFF_S_MAX = 0.1;
/** Tries for one segment, about one per second with the server's own wait: a quarter of an hour of preparing, or of
 *  a server that is away. */
const SEGMENT_TRIES_MAX = 600;

/** The sound track that somebody chose last, by what it is called. */
export interface AudioWish {
  readonly name: string;
  readonly language: string | null;
}

/** Captions are fetched and drawn by CaptionLayer; hls.js would make tracks of its own and clear those of others. */
const withoutCaptions = { subtitleStreamController: undefined, subtitleTrackController: undefined, timelineController: undefined } as unknown as Partial<HlsConfig>;

/** Media on a <video>. */
export class Media {
  readonly store: StoreApi<MediaState> = createStore<MediaState>(() => noMedia);
  private hls: Hls | null = null;
  /** Kinds of segment that are being made, as the server has answered. */
  private readonly pending = new Set<string>();
  /** What was chosen by hand is not there yet. */
  private heldBack = false;
  private destroyed = false;
  /** Level whose picture is to be drawn at the position of a paused film. */
  private toBeDrawn: number | null = null;
  /** Renditions for which the playlist was looked at last. */
  private readFor = '';
  private prepared: Prepared;
  /** The playlist names a sound that was left out. */
  private leftOut = false;

  /** `sound`: whether the sound is loaded at all (see `setSound`). */
  constructor(
    private readonly video: HTMLVideoElement,
    private readonly version: string,
    prepared: Prepared,
    private readonly startAtS: () => number,
    private sound: boolean,
    private readonly audioWish: () => AudioWish | null,
  ) {
    this.prepared = prepared;
    void this.attach();
  }

  /** How far the version is prepared has changed. */
  update(prepared: Prepared): void {
    this.prepared = prepared;
    if (!this.readMore()) this.cap();
  }

  /** Reads the playlist once more if it has more to offer now; the picture stands meanwhile. */
  private readMore(): boolean {
    if (!this.hasMore()) return false;
    holdPicture(this.video);
    this.again();
    return true;
  }

  /**
   * Whether there are renditions that the playlist did not name when it was read: of a film that was on its way then.
   * Once per set of names.
   */
  private hasMore(): boolean {
    const { renditions } = this.prepared;
    const { qualities } = this.store.getState();
    const names = renditions.join();
    if (this.hls === null || qualities.length === 0 || names === this.readFor) return false;
    this.readFor = names;
    return renditions.some((name) => !qualities.some((one) => one.name === name));
  }

  /** Chooses a quality by name, or `auto`. */
  choose(name: string): void {
    this.store.setState({ chosen: name });
    if (!this.hls) return;
    const quality = this.store.getState().qualities.find((one) => one.name === name);
    const level = quality?.level ?? -1;
    // Somebody who has paused looks at the picture: it changes now. While it moves, what follows changes, without a stop.
    this.toBeDrawn = this.video.paused ? level : null;
    if (this.video.paused) this.hls.currentLevel = level;
    else this.hls.nextLevel = level;
    this.heldBack = false;
    this.cap();
  }

  /** Whether what is loaded has no sound in it, although there may be one. */
  get soundless(): boolean {
    return !this.sound && this.hls !== null;
  }

  /**
   * Loads with or without the sound. Whoever hears nothing is better off without: such an element runs by the wall
   * clock, a muted one by a stand-in for the sound card that loses time on a busy machine (docs/adr/0006). The last
   * picture stands while the element is filled anew.
   */
  setSound(sound: boolean): void {
    if (this.sound === sound) return;
    const nothingToLeaveOut = this.hls !== null && (sound ? !this.leftOut : this.hls.audioTracks.length === 0 && this.hls.levels.length > 0);
    this.sound = sound;
    if (this.hls === null || nothingToLeaveOut) return;
    holdPicture(this.video);
    this.again();
  }

  /** Whether the data that is lacking at the position is still being made. */
  beingMade(): boolean {
    const { ready, playableS } = this.prepared;
    return this.pending.size > 0 || (!ready && this.hls !== null && this.bufferedToS() + FRONTIER_S >= playableS);
  }

  /** Chooses a sound track by number: for me alone. */
  chooseAudio(track: number): void {
    if (this.hls && track < this.hls.audioTracks.length) this.hls.audioTrack = track;
  }

  /** The network is back: do not sit out a wait. */
  wake(): void {
    if (this.store.getState().problem === 'network') this.retry();
    else this.hls?.startLoad(-1);
  }

  /** Tries again after a problem. */
  retry(): void {
    this.store.setState({ problem: null, preparing: false });
    this.again();
  }

  private again(): void {
    this.pending.clear();
    this.hls?.destroy();
    this.hls = null;
    void this.attach();
  }

  /** Lets go of the element. */
  destroy(): void {
    this.destroyed = true;
    this.hls?.destroy();
    this.hls = null;
    this.video.removeAttribute('src');
    this.video.load();
  }

  private async attach(): Promise<void> {
    const source = mediaUrl(this.version, 'master.m3u8');
    const { default: Loaded } = await import('hls.js');
    if (this.destroyed) return;
    if (!Loaded.isSupported()) {
      this.attachNative(source);
      return;
    }
    this.leftOut = false;
    const base = Loaded.DefaultConfig.loader;
    const leaveOut = soundlessLoader(base, () => { this.leftOut = true; });
    const hls = new Loaded({ ...this.config(), fLoader: segmentLoader(base), ...(this.sound ? {} : { pLoader: leaveOut }) });
    this.hls = hls;
    const { Events, ErrorTypes } = Loaded;
    hls.on(Events.MANIFEST_PARSED, (_, { firstLevel }) => {
      // The server names first what is there first: something to see at once; the bandwidth is known afterwards.
      hls.startLevel = firstLevel;
      const qualities = hls.levels.map(({ width, height }, level) => ({ name: `${Math.min(width || height, height)}p`, level }));
      this.store.setState({ qualities: qualities.reverse() });
      // It was on its way while the version got further.
      if (this.readMore()) return;
      // Loaded anew: as it was chosen, else as it was last, whose segments the browser still has.
      const { chosen, shown } = this.store.getState();
      const before = qualities.find(({ name }) => name === (chosen === 'auto' ? shown : chosen));
      if (before && chosen === 'auto') hls.startLevel = before.level;
      else if (before) hls.currentLevel = before.level;
      this.cap();
    });
    hls.on(Events.AUDIO_TRACKS_UPDATED, () => {
      // Left out while nothing is to be heard: what there is to choose from is still known.
      if (!this.sound && hls.audioTracks.length === 0) return;
      this.store.setState({ audioTracks: hls.audioTracks.map(({ name, lang }, track) => ({ track, name, language: lang || null })) });
    });
    hls.on(Events.AUDIO_TRACK_SWITCHED, (_, { id }) => this.store.setState({ audioTrack: id }));
    hls.on(Events.LEVEL_SWITCHED, (_, { level }) => {
      this.store.setState(({ qualities }) => ({ shown: qualities.find((one) => one.level === level)?.name ?? null }));
    });
    hls.on(Events.FRAG_BUFFERED, (_, { frag }) => {
      this.made(frag.type);
      this.cap();
      if ((frag.type as string) === 'main' && frag.level === this.toBeDrawn) this.draw(frag.start, frag.end);
      this.finish(hls, () => hls.trigger(Events.BUFFER_EOS, { type: undefined as never }));
    });
    hls.on(Events.ERROR, (_, error) => {
      if (isBeingMade(error.response)) this.notMade(error.frag?.type ?? 'main');
      if (!error.fatal) return;
      if (error.type === ErrorTypes.MEDIA_ERROR && this.recover(hls)) return;
      this.store.setState({ problem: problemOf(error, ErrorTypes.NETWORK_ERROR) });
    });
    hls.loadSource(source);
    hls.attachMedia(this.video);
  }

  /** A paused element goes on showing what it has decoded: asked for the same position again it decodes what is there now. */
  private draw(fromS: number, toS: number): void {
    const { currentTime, paused } = this.video;
    if (currentTime < fromS || currentTime >= toS) return;
    this.toBeDrawn = null;
    if (paused) this.video.currentTime = currentTime;
  }

  private attachNative(source: string): void {
    if (this.video.canPlayType('application/vnd.apple.mpegurl') === '') {
      this.store.setState({ problem: 'codec' });
      return;
    }
    this.video.src = source;
    this.video.addEventListener('error', () => {
      if (!this.destroyed) this.store.setState({ problem: this.video.error?.code === MediaError.MEDIA_ERR_NETWORK ? 'network' : 'codec' });
    }, { once: true });
  }

  /**
   * Entering at the last frames, hls.js 1.7 waits for a picture before it says that the stream has ended, and
   * Chromium waits for the end before it shows a picture. Everything from the position to the end is there: say so. Said
   * too early it would cut the film off at what is buffered, and move the element there.
   */
  private finish(hls: Hls, end: () => void): void {
    const waits = () =>
      this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA && this.bufferedToS() >= this.video.duration - END_OFF_S_MAX;
    if (!waits()) return;
    window.setTimeout(() => {
      if (this.hls === hls && waits()) end();
    }, END_WAIT_MS);
  }

  private recoveries = 0;

  /** A decoder that failed is set up again, a few times. */
  private recover(hls: Hls): boolean {
    this.recoveries += 1;
    if (this.recoveries > 3) return false;
    hls.recoverMediaError();
    return true;
  }

  private notMade(kind: string): void {
    this.pending.add(kind);
    if (!this.store.getState().preparing) this.store.setState({ preparing: true });
  }

  private made(kind: string): void {
    this.pending.delete(kind);
    if (this.pending.size === 0 && this.store.getState().preparing) this.store.setState({ preparing: false });
  }

  /** Where what is buffered around the position ends, seconds. */
  private bufferedToS(): number {
    const { buffered, currentTime } = this.video;
    for (let at = 0; at < buffered.length; at += 1) {
      if (buffered.start(at) <= currentTime + 0.1 && currentTime <= buffered.end(at)) return buffered.end(at);
    }
    return currentTime;
  }

  /**
   * While the version is prepared, what is loaded next keeps to what is there, so that nobody waits for a sharper
   * picture: all renditions where all are there, else those that are complete from the lowest up, or, where the network
   * carries it, a better one that is complete before those in between (the source itself, copied). That goes for a choice
   * by hand too: it takes effect where the chosen one is there.
   */
  private cap(): void {
    const { hls } = this;
    if (!hls || hls.levels.length === 0) return;
    const { qualities, chosen } = this.store.getState();
    const { ready, sharpS } = this.prepared;
    const complete = new Set(qualities.filter(({ name }) => this.prepared.complete.includes(name)).map(({ level }) => level));
    const isThere = ready || this.bufferedToS() + CHOICE_AHEAD_S <= sharpS;
    let top = 0;
    while (complete.has(top + 1)) top += 1;
    const beyond = Math.max(...complete, 0);
    const bitrate = hls.levels[beyond]?.maxBitrate ?? Infinity;
    if (isThere) top = -1;
    else if (beyond > top && hls.bandwidthEstimate * COPY_SHARE_MAX > bitrate) top = beyond;
    hls.config.minAutoBitrate = top > 0 && top === beyond && !complete.has(top - 1) ? bitrate : 0;
    hls.autoLevelCapping = top;
    const byHand = qualities.find(({ name }) => name === chosen);
    if (!byHand) return;
    if (!isThere && !complete.has(byHand.level) && byHand.level > 0) {
      this.heldBack = true;
      hls.loadLevel = Math.max(0, top);
    } else if (this.heldBack) {
      this.heldBack = false;
      hls.loadLevel = byHand.level;
    }
  }

  private config(): Partial<HlsConfig> {
    const patient: RetryConfig = {
      maxNumRetry: SEGMENT_TRIES_MAX,
      retryDelayMs: 500,
      maxRetryDelayMs: 1_500,
      backoff: 'linear',
      shouldRetry: (config, count, _timeout, response) => count < (config?.maxNumRetry ?? 0) && mayCome(response),
    };
    const policy = { default: { maxTimeToFirstByteMs: FIRST_BYTE_MS_MAX, maxLoadTimeMs: 60_000, timeoutRetry: patient, errorRetry: patient } };
    const wish = this.audioWish();
    return {
      ...withoutCaptions,
      ...(wish === null ? {} : { audioPreference: { name: wish.name, ...(wish.language === null ? {} : { lang: wish.language }) } }),
      // Our segments are appended as they are: nothing to convert that would pay for fetching and starting a worker, which
      // costs the first picture a fifth of a second.
      enableWorker: false,
      autoStartLoad: true,
      enableInterstitialPlayback: false,
      startPosition: this.startAtS(),
      // Without waiting for the element, which is looked at again only a tenth of a second later.
      startFragPrefetch: true,
      capLevelToPlayerSize: true,
      maxBufferLength: BUFFER_AHEAD_S,
      maxMaxBufferLength: BUFFER_AHEAD_S * 2,
      backBufferLength: BUFFER_BEHIND_S,
      // Our segments begin exactly on the grid; a hole is never to be jumped over by itself.
      maxBufferHole: 0.1,
      fragLoadPolicy: policy,
      playlistLoadPolicy: policy,
      manifestLoadPolicy: policy,
    };
  }
}

/** Whether the server is making it: "later", or 503 to who asked in the plain form. */
export const isBeingMade = (response: Pick<LoaderResponse, 'code'> | undefined): boolean => response?.code === LATER || response?.code === 503;

/** Whether what failed may be there later: being made, a server that restarts (no answer, 5xx), too fast (429). */
export function mayCome(response: LoaderResponse | undefined): boolean {
  const status = response?.code ?? 0;
  return status === 0 || status === LATER || status === 429 || status === 408 || status >= 500;
}

function problemOf(error: ErrorData, network: string): MediaProblem {
  const status = error.response?.code ?? 0;
  if (status === 404 || status === 410) return 'gone';
  if (status === 401 || status === 403) return 'forbidden';
  return (error.type as string) === network ? 'network' : 'codec';
}
