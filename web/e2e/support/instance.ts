// A real `genlock serve` in a folder of its own, for the end-to-end tests.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { closeAll } from './contexts';

const PATIENCE_MS = 60_000;

/** Folder of the built binaries; `cargo xtask test` sets it. */
export const targetFolder = process.env.GENLOCK_TARGET ?? path.resolve(import.meta.dirname, '../../../target/debug');

export class Instance {
  private child: ChildProcess | undefined;
  base = '';
  setupLink = '';

  private constructor(
    readonly dataFolder: string,
    private readonly options: string[],
  ) {}

  /** Starts on a free port of loopback with an empty data folder. */
  static async start(options: string[] = []): Promise<Instance> {
    const instance = new Instance(mkdtempSync(path.join(tmpdir(), 'genlock-e2e-')), options);
    await instance.serve('127.0.0.1:0');
    return instance;
  }

  private async serve(listen: string): Promise<void> {
    const child = spawn(
      path.join(targetFolder, 'genlock'),
      ['serve', '--listen', listen, '--data-dir', this.dataFolder, ...this.options],
      { stdio: ['ignore', 'pipe', process.env.GENLOCK_E2E_LOG ? 'inherit' : 'ignore'], env: { ...process.env, PORT: '' } },
    );
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => { reject(new Error('the server did not become ready')); }, PATIENCE_MS);
      child.once('exit', (code) => { reject(new Error(`the server ended with ${String(code)}`)); });
      createInterface({ input: child.stdout }).on('line', (line) => {
        const setup = /https?:\/\/\S+\/setup\?token=\S+/.exec(line);
        if (setup) this.setupLink = setup[0];
        const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
        if (address) this.base ||= address[0];
        if (line.includes('Ready')) {
          clearTimeout(timer);
          resolve();
        }
      });
    });
  }

  /** Pulls the plug and waits until the process is gone. */
  async killNine(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Starts again on the same port and data. */
  async restart(): Promise<void> {
    await this.serve(this.base.replace('http://', ''));
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null) return;
    child.removeAllListeners('exit');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  /** Closes the browsers that look at it, ends the server and removes its folder. */
  async stop(): Promise<void> {
    await closeAll();
    await this.end('SIGKILL');
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}
