// Titles of videos that the log names without a title: asked of the library, each once.

/** The book of one open channel. `learned` hears each title. */
export class TitleBook {
  /** Videos whose title has been asked for. */
  private readonly asked = new Set<string>();

  constructor(
    private readonly load: (video: string) => Promise<string>,
    private readonly learned: (video: string, title: string) => void,
  ) {}

  /** Asks, unless it has been asked. */
  learn(video: string): void {
    if (this.asked.has(video)) return;
    this.asked.add(video);
    this.load(video).then(
      (title) => this.learned(video, title),
      () => this.asked.delete(video), // asked again with the next event
    );
  }
}
