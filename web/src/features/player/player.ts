// One player: the <video> of the stage with its media, steered by PlayerSync, and what a person does to it. Gestures
// become commands of the channel here and nowhere else; media events never do.

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { LoudnessView, SyncReport, Timeline } from '@/protocol/types';
import type { Channel } from '@/sync/channel-store';
import { LearnedMemory } from '@/sync/learned-memory';
import { frameAt } from '@/sync/optimistic';
import { PlayerSync, type PlayerSyncEnv, type SyncClock } from '@/sync/player-sync';
import { evenVolume } from './loudness';
import { Media, noMedia, type MediaState, type Prepared } from './media';
import { readOffsetMs, within, writeOffsetMs } from './own-offset';
import { applySound, heardOf, readAudioWish, readSound, writeAudioWish, writeSound, type Sound } from './sound';

/** A preview by keys is committed after this time without another, milliseconds: one command for a burst of steps. */
export const STEP_COMMIT_MS = 180;
/** Speeds on offer, slowest first. */
export const SPEEDS: readonly (readonly [number, number])[] = [[1, 4], [1, 2], [3, 4], [1, 1], [5, 4], [3, 2], [2, 1]];

/** What the controls show of the player. */
export interface PlayerState {
  readonly media: MediaState;
  /** Newest report; none before the first. */
  readonly report: SyncReport | null;
  readonly muted: boolean;
  /** What the person has set, 0 to 1. */
  readonly volume: number;
  /** Loud and quiet tracks are played about as loud. */
  readonly even: boolean;
  /** Buffered ranges, seconds. */
  readonly buffered: readonly (readonly [number, number])[];
  /** The frame shown to me alone while I drag or step; none otherwise. */
  readonly preview: number | null;
  /** A first picture is there. */
  readonly picture: boolean;
  readonly inPicture: boolean;
  /** How far this device runs ahead of the timeline, milliseconds. */
  readonly offsetMs: number;
}

/** The player of one open channel. */
export class Player {
  readonly store: StoreApi<PlayerState>;
  private readonly sync: PlayerSync;
  private readonly stops: (() => void)[] = [];
  private video: HTMLVideoElement | null = null;
  private media: Media | null = null;
  private version: string | null = null;
  private prepared: Prepared = { ready: false, renditions: [], complete: [], playableS: 0, sharpS: 0 };
  private stepTimer: number | null = null;
  private wasLive = true;
  /** As the person wants it; what the element is set to follows from it. */
  private sound: Sound = readSound();
  private loudness: readonly LoudnessView[] = [];

  constructor(
    private readonly channel: Channel,
    clock: SyncClock,
    private readonly env: PlayerSyncEnv,
  ) {
    const { muted, volume, even } = this.sound;
    this.store = createStore<PlayerState>(() => ({
      media: noMedia,
      report: null,
      muted,
      volume,
      even,
      buffered: [],
      preview: null,
      picture: false,
      inPicture: false,
      offsetMs: readOffsetMs(),
    }));
    this.sync = new PlayerSync({
      clock,
      env,
      memory: new LearnedMemory(() => localStorage),
      beingMade: () => this.media?.beingMade() ?? false,
      onReport: (report) => {
        this.store.setState({ report });
        channel.report(report);
        // Refused until a gesture: nothing is heard, so nothing of it is loaded.
        if (report.status === 'gesture') this.media?.setSound(false);
      },
    });
    this.sync.setOffset(this.store.getState().offsetMs);
    this.stops.push(channel.store.subscribe(() => this.follow()));
  }

  /** Takes the stage's element. */
  attach(video: HTMLVideoElement): void {
    this.video = video;
    applySound(video, this.applied(), this.sound.muted);
    const onSound = () => {
      const { muted, volume } = heardOf(video, this.sound, this.applied().volume);
      this.store.setState({ muted, volume });
    };
    const onBuffer = () => this.store.setState({ buffered: Array.from({ length: video.buffered.length }, (_, at) => [video.buffered.start(at), video.buffered.end(at)] as const) });
    const onPicture = () => {
      if (!this.store.getState().picture) this.store.setState({ picture: true });
    };
    const onPip = () => this.store.setState({ inPicture: document.pictureInPictureElement === video });
    this.listen(video, { volumechange: onSound, progress: onBuffer, timeupdate: onBuffer, seeked: onBuffer, loadeddata: onPicture, enterpictureinpicture: onPip, leavepictureinpicture: onPip });
    this.follow();
  }

  /** The end. */
  dispose(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.clearStep();
    this.media?.destroy();
    this.media = null;
    this.sync.dispose();
    this.video = null;
  }

  /** How far the version on the timeline is prepared. */
  setPrepared(prepared: Prepared): void {
    this.prepared = prepared;
    this.media?.update(prepared);
  }

  /** The measured loudness of the version's sound tracks. */
  setLoudness(loudness: readonly LoudnessView[]): void {
    this.loudness = loudness;
    this.applyVolume();
  }

  // What is shown.

  /** The frame to show in figures and on the rail now. */
  frame(): number {
    return this.store.getState().preview ?? this.channel.frameNow();
  }

  /** The frame on my screen, by the frame callback; where none has come, or while I wait for data, the one that
   *  should be. */
  frameSeen(): number {
    const { preview, report } = this.store.getState();
    const shown = isWithoutData(report?.status) ? null : this.sync.shownFrame();
    return preview ?? shown ?? this.channel.frameNow();
  }

  // What a person does.

  /** Plays or pauses, as a set operation of what is shown. */
  playOrPause(): void {
    const timeline = this.channel.timeline();
    if (!timeline?.video) return;
    this.commitStep();
    if (timeline.playing) this.pause();
    else this.channel.play();
  }

  /** Pauses at the frame that I see, if the others are near it. */
  pause(): void {
    const timeline = this.channel.timeline();
    if (!timeline?.video) return;
    const seen = this.sync.shownFrame();
    const should = this.channel.frameNow();
    const near = seen !== null && Math.abs(seen - should) * timeline.video.rate.den <= timeline.video.rate.num;
    this.channel.pause(near ? seen : null);
  }

  /** Jumps by seconds. */
  skip(seconds: number): void {
    const timeline = this.channel.timeline();
    if (!timeline?.video) return;
    const { rate, frames } = timeline.video;
    const from = this.frame();
    this.clearStep();
    this.endPreview();
    this.channel.seek(inside(from + Math.round((seconds * rate.num) / rate.den), frames));
  }

  /** Jumps to a frame. */
  jump(frame: number): void {
    const timeline = this.channel.timeline();
    if (!timeline?.video) return;
    this.clearStep();
    this.endPreview();
    this.channel.seek(inside(frame, timeline.video.frames));
  }

  /** Steps by frames: shown to me at once, told to the others when I stop stepping. Pauses first. */
  step(frames: number): void {
    const timeline = this.channel.timeline();
    if (!timeline?.video) return;
    if (timeline.playing) {
      this.pause();
      return;
    }
    this.showPreview(inside(this.frame() + frames, timeline.video.frames));
    this.clearStep();
    this.stepTimer = this.env.setTimer(STEP_COMMIT_MS, () => this.commitStep());
  }

  /** Shows a frame to me alone, while I drag. */
  showPreview(frame: number): void {
    if (this.store.getState().preview === frame) return;
    this.store.setState({ preview: frame });
    this.follow();
  }

  /** Ends a drag: jumps there for everybody, once. */
  commitPreview(): void {
    const { preview } = this.store.getState();
    if (preview === null) return;
    this.channel.seek(preview);
    this.endPreview();
  }

  /** Ends a drag without a jump. */
  endPreview(): void {
    if (this.store.getState().preview === null) return;
    this.store.setState({ preview: null });
    this.follow();
  }

  /** The next speed up or down. */
  changeSpeed(by: 1 | -1): void {
    const speed = this.channel.timeline()?.speed;
    if (!speed) return;
    const now = speed.num / speed.den;
    const next = by > 0 ? SPEEDS.find(([num, den]) => num / den > now + 1e-9) : SPEEDS.findLast(([num, den]) => num / den < now - 1e-9);
    if (next) this.channel.setSpeed(next[0], next[1]);
  }

  /** Sound on or off. */
  toggleMute(): void {
    const { video } = this;
    if (!video) return;
    if (this.store.getState().report?.status === 'gesture') this.joinWithSound();
    else this.setSound(!this.store.getState().muted, this.volumeToHear());
  }

  /** Sets the volume; above zero it is heard. */
  setVolume(volume: number): void {
    this.setSound(volume === 0, volume);
  }

  /** "Join with sound": within a gesture. */
  joinWithSound(): void {
    this.sync.unlock();
    this.setSound(false, this.volumeToHear());
  }

  /** Even loudness on or off. */
  setEven(even: boolean): void {
    this.sound = { ...this.sound, even };
    this.store.setState({ even });
    this.applyVolume();
    writeSound(this.sound);
  }

  /** Chooses a sound track: for me alone, and for the next video too. */
  chooseAudio(track: number): void {
    const chosen = this.store.getState().media.audioTracks.find((one) => one.track === track);
    if (!chosen) return;
    writeAudioWish(chosen);
    this.media?.chooseAudio(track);
  }

  /** Picture-in-picture on or off, where the browser has it. */
  togglePicture(): void {
    const { video } = this;
    if (!video) return;
    if (document.pictureInPictureElement === video) void document.exitPictureInPicture();
    else if (document.pictureInPictureEnabled) void video.requestPictureInPicture().catch(() => {});
  }

  /** Chooses a quality. */
  chooseQuality(name: string): void {
    this.media?.choose(name);
  }

  /** Tries the media again after a problem. */
  retryMedia(): void {
    this.media?.retry();
  }

  /** Exact now. */
  resync(): void {
    this.sync.resync();
  }

  /** Runs ahead of the timeline (or behind it) by so many milliseconds, on this device. */
  setOffset(ms: number): void {
    const offsetMs = within(ms);
    this.store.setState({ offsetMs });
    writeOffsetMs(offsetMs);
    this.sync.setOffset(offsetMs);
  }

  // Helpers.

  private volumeToHear(): number {
    return this.sound.volume > 0 ? this.sound.volume : 0.5;
  }

  private setSound(muted: boolean, volume: number): void {
    const { video, media } = this;
    if (!video) return;
    this.sound = { ...this.sound, muted, volume };
    // Taken off by hand the sound stays loaded, so that taking it on again is at once.
    if (!muted) media?.setSound(true);
    applySound(video, this.applied(), media?.soundless ?? true);
    this.store.setState({ volume });
    writeSound(this.sound);
  }

  /** The sound as the element is set to it: with even loudness. */
  private applied(): Sound {
    const { volume, even } = this.sound;
    const { audioTrack } = this.store.getState().media;
    return even ? { ...this.sound, volume: evenVolume(volume, this.loudness[audioTrack]) } : this.sound;
  }

  /** What is heard, after its loudness became known or another track is chosen. */
  private applyVolume(): void {
    if (this.video && !this.sound.muted) this.video.volume = this.applied().volume;
  }

  /** Follows the channel: its timeline, mine while on my own, a still frame while I drag. */
  private follow(): void {
    const { own, connection } = this.channel.store.getState();
    const timeline = this.channel.timeline();
    const { preview } = this.store.getState();
    this.sync.setMode(own ? 'own' : 'together');
    this.sync.setTimeline(preview === null || !timeline ? timeline : still(timeline, preview));
    this.load(timeline);
    const live = connection.status === 'live';
    if (live && !this.wasLive) this.media?.wake();
    this.wasLive = live;
  }

  private load(timeline: Timeline | null): void {
    const { video } = this;
    const version = timeline?.video?.version ?? null;
    if (!video || version === this.version) return;
    this.version = version;
    this.endPreview();
    if (this.sound.muted) applySound(video, this.sound, true);
    this.media?.destroy();
    this.media = null;
    this.store.setState({ media: noMedia, picture: false, buffered: [] });
    if (version === null) {
      this.sync.detach();
      return;
    }
    const media = new Media(video, version, this.prepared, () => this.sync.loadFromS(), !this.sound.muted, readAudioWish);
    this.media = media;
    media.store.subscribe((state) => {
      if (this.media !== media) return;
      this.store.setState({ media: state });
      this.applyVolume();
    });
    this.sync.attach(video, version);
  }

  private commitStep(): void {
    if (this.stepTimer === null) return;
    this.clearStep();
    this.commitPreview();
  }

  private clearStep(): void {
    if (this.stepTimer !== null) this.env.clearTimer(this.stepTimer);
    this.stepTimer = null;
  }

  private listen(target: HTMLVideoElement, handlers: Record<string, () => void>): void {
    for (const [event, handler] of Object.entries(handlers)) {
      target.addEventListener(event, handler);
      this.stops.push(() => target.removeEventListener(event, handler));
    }
  }
}

/** Whether a player that stands so has no data to go on with. */
export function isWithoutData(status: SyncReport['status'] | undefined): boolean {
  return status === 'buffering' || status === 'preparing';
}

function inside(frame: number, frames: number): number {
  return Math.min(Math.max(frame, 0), frames - 1);
}

/** The timeline standing at a frame. */
function still(timeline: Timeline, frame: number): Timeline {
  return { ...timeline, playing: false, frame };
}

/** Whether a moving timeline has reached its end. */
export function atEnd(timeline: Timeline, nowUs: number): boolean {
  return timeline.video !== null && frameAt(timeline, nowUs) >= timeline.video.frames - 1;
}
