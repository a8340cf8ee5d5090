// A Chromium as somebody has it at home: started without the switches by which the driver keeps hidden tabs awake, and
// joined afterwards without its emulated focus. What it does with hidden tabs and with sound it does by itself.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from '@playwright/test';

const PATIENCE_MS = 30_000;

export class OwnBrowser {
  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
    private readonly browser: Browser,
  ) {}

  /** Starts with an empty profile: nobody has ever touched a page of ours in it. */
  static async start(switches: readonly string[] = []): Promise<OwnBrowser> {
    const profile = mkdtempSync(path.join(tmpdir(), 'genlock-profile-'));
    const child = spawn(
      process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      ['--headless', '--no-sandbox', '--no-first-run', '--mute-audio', '--disable-background-networking', '--window-size=1280,800',
        '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...switches, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const endpoint = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => { reject(new Error('Chromium did not start')); }, PATIENCE_MS);
      child.once('exit', (code) => { reject(new Error(`Chromium ended with ${String(code)}`)); });
      createInterface({ input: child.stderr }).on('line', (line) => {
        const address = /ws:\/\/\S+/.exec(line);
        if (!line.includes('DevTools listening') || !address) return;
        clearTimeout(timer);
        resolve(address[0]);
      });
    });
    return new OwnBrowser(child, profile, await chromium.connectOverCDP(endpoint, { noDefaults: true }));
  }

  /** The one profile. */
  get context(): BrowserContext {
    return this.browser.contexts()[0]!;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Looks into a page without touching it: what the driver evaluates by itself counts as a person's gesture. */
export class Onlooker {
  private constructor(private readonly session: CDPSession) {}

  static async of(page: Page): Promise<Onlooker> {
    return new Onlooker(await page.context().newCDPSession(page));
  }

  /** The value of an expression; it must be plain data. */
  async see<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.session.send('Runtime.evaluate', {
      expression, returnByValue: true, awaitPromise: true, userGesture: false,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result.value as T;
  }

  /** A picture of the page, PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.session.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }
}
