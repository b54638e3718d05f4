/** Values kept at most: more than a terminal is wide, and an even number. */
const MOST = 512;

/**
 * A series of any length in bounded memory, oldest first: when it is full, each two neighbours become their mean, and from then on a
 * value stands for twice as many as before. So all of a run is there, coarser the longer it is.
 */
export class ThinnedSeries {
  private kept: number[] = [];
  /** How many of what was added one kept value stands for. */
  private stride = 1;
  private sum = 0;
  private waiting = 0;
  private newest: number | undefined;

  add(value: number): void {
    this.newest = value;
    this.sum += value;
    if (++this.waiting < this.stride) return;
    this.kept.push(this.sum / this.stride);
    this.sum = 0;
    this.waiting = 0;
    if (this.kept.length === MOST) this.halve();
  }

  get values(): readonly number[] {
    return this.kept;
  }

  /** As it was added, whatever became of the others. */
  get last(): number | undefined {
    return this.newest;
  }

  private halve(): void {
    this.kept = Array.from(
      { length: MOST / 2 },
      (_, at) => (this.kept[2 * at]! + this.kept[2 * at + 1]!) / 2,
    );
    this.stride *= 2;
  }
}
