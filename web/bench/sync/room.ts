// The product under measurement: an instance, a film whose frames carry their number, and clients in browsers of their own,
// each behind a proxy of its own.

import { chromium, expect, type Browser, type Page } from '@playwright/test';
import type { VideoList } from '../../src/protocol/types';
import { barcodeClip } from '../../e2e/support/barcode';
import { command } from '../../e2e/support/commands';
import { DelayProxy } from '../../e2e/support/delay-proxy';
import { Instance } from '../../e2e/support/instance';
import { createChannel, inviteLink, joinAsGuest, newPerson, personAt, setUp, upload, type Person } from '../../e2e/support/people';
import { withoutAudioTrack } from '../../e2e/support/without-sound';
import { become, Throttle, type Nature } from './natures';
import type { Network } from './networks';
import { record, Recorder } from './recorder';
import { serverClock, type Measured } from './server-clock';

/** The film: four minutes at 25 frames a second. */
export const FILM = { kind: 'h264-default', rate: '25', frames: 6_000, size: '426x240' } as const;
export const FRAME_S = 1 / 25;

/** What a measured browser is started with: the sound card's clock without its sound, sound without a gesture. */
const SWITCHES = ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--mute-audio'];

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: SWITCHES });

/** A client of the room. */
export interface Client extends Person {
  nature: Nature;
  browser: Browser;
  proxy: DelayProxy;
  throttle: Throttle;
  recorder: Recorder;
}

/** A page in a browser of its own that will be of that nature and is recorded. */
export async function open(nature: Nature): Promise<{ browser: Browser; page: Page; throttle: Throttle }> {
  const browser = await launch();
  const page = await (await browser.newContext({ viewport: { width: 640, height: 480 } })).newPage();
  await become(page, nature);
  await record(page);
  return { browser, page, throttle: await Throttle.of(page, nature) };
}

/** A channel that watches the film. */
export class Room {
  readonly clients: Client[] = [];

  private constructor(
    private readonly instance: Instance,
    private readonly browser: Browser,
    private readonly owner: Person,
    readonly channel: string,
    private readonly link: string,
    private readonly video: string,
  ) {}

  /** Starts an instance and prepares the film whole. */
  static async start(): Promise<Room> {
    const instance = await Instance.start(['--no-sample']);
    const browser = await launch();
    const owner = await newPerson(browser);
    await setUp(owner, instance);
    const channel = await createChannel(owner, 'In step');
    const link = await inviteLink(owner);
    await upload(owner, channel, barcodeClip(FILM));
    await expect(owner.page.getByText(/^Ready/).first()).toBeVisible({ timeout: 10 * 60_000 });
    const id = new URL(channel).pathname.split('/')[2] ?? '';
    const video = await owner.page.evaluate(async (id) => {
      const list = (await (await fetch(`/api/v1/channels/${id}/videos`)).json()) as VideoList;
      return list.videos[0]!.video;
    }, id);
    await owner.page.goto(instance.base); // a page without a video
    return new Room(instance, browser, owner, channel, link, video);
  }

  /** Puts the film on, from its start. */
  async play(): Promise<void> {
    await command(this.owner.page, this.channel, { t: 'playback.load', c: { video: this.video, play: true } });
  }

  /** Moves everybody to a frame, as a program would. */
  async seek(frame: number): Promise<void> {
    await command(this.owner.page, this.channel, { t: 'playback.seek', c: { frame } });
  }

  async speed(num: number, den: number): Promise<void> {
    await command(this.owner.page, this.channel, { t: 'playback.speed', c: { speed: { num, den } } });
  }

  /** The server's clock now. */
  async clock(): Promise<Measured> {
    return await serverClock(this.owner.page, this.channel);
  }

  /** Uploads another film, so that its preparing keeps the machine busy. */
  async prepareAnother(file: string): Promise<void> {
    await upload(this.owner, this.channel, file);
    await expect(this.owner.page.getByText(/Preparing|playable now/).first()).toBeVisible({ timeout: 120_000 });
  }

  /** Somebody comes in. */
  async join(nature: Nature, network: Network, seed: number): Promise<Client> {
    const proxy = await DelayProxy.start({ target: this.instance.base, ...network, seed });
    const { browser, page, throttle } = await open(nature);
    if (nature.withoutSound) await withoutAudioTrack(page);
    const person = personAt(page);
    await joinAsGuest(person, this.link.replace(/^https?:\/\/[^/]+/, proxy.base), nature.name);
    const client = { ...person, nature, browser, proxy, throttle, recorder: await Recorder.of(page, throttle) };
    this.clients.push(client);
    return client;
  }

  /** Everybody leaves. */
  async leave(): Promise<void> {
    await Promise.all(this.clients.splice(0).map(async ({ browser, proxy }) => {
      await browser.close();
      await proxy.stop();
    }));
  }

  async stop(): Promise<void> {
    await this.leave();
    await this.browser.close();
    await this.instance.stop();
  }
}
