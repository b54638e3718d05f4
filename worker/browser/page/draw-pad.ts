import { around, type ImageForm, resize } from '../../../shared/data/images/resize.ts';

/** Of the canvas's side: about the pen's width in sets of drawn digits. */
const PEN = 1 / 10;
const STEP = 1 / 28;

/** A canvas to draw on, with a finger, a mouse or the keyboard: white on black, as sets of drawn characters are. */
export class DrawPad {
  private readonly context: CanvasRenderingContext2D;
  private penAt: { x: number; y: number };
  private penDown = false;

  /** @param changed called after each stroke, and when all is cleared */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly changed: () => void = () => undefined,
  ) {
    this.context = canvas.getContext('2d', { willReadFrequently: true })!;
    this.context.lineCap = 'round';
    this.context.lineJoin = 'round';
    this.context.strokeStyle = '#fff';
    this.context.lineWidth = canvas.width * PEN;
    this.penAt = { x: canvas.width / 2, y: canvas.height / 2 };
    canvas.addEventListener('pointerdown', (event) => this.start(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const name of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(name, () => this.lift());
    }
    canvas.addEventListener('keydown', (event) => this.key(event));
  }

  clear(): void {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.penDown = false;
    this.changed();
  }

  /** What is drawn, in the middle and as large as fits; undefined when nothing is. */
  values(form: ImageForm): Float32Array | undefined {
    const picture = this.context.getImageData(0, 0, this.canvas.width, this.canvas.height);
    const box = around(picture, form);
    return box && resize(picture, box, form);
  }

  private start(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    this.penDown = true;
    this.penAt = this.placeOf(event);
    this.line(this.penAt);
  }

  private move(event: PointerEvent): void {
    if (!this.penDown || !this.canvas.hasPointerCapture(event.pointerId)) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.line(this.placeOf(one));
  }

  private lift(): void {
    if (!this.penDown) return;
    this.penDown = false;
    this.changed();
  }

  private key(event: KeyboardEvent): void {
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const move = moves[event.key];
    if (!move && event.key !== ' ') return;
    event.preventDefault();
    if (!move) {
      this.penDown = !this.penDown;
      if (this.penDown) this.line(this.penAt);
      return this.changed();
    }
    const { width, height } = this.canvas;
    const to = {
      x: Math.min(width, Math.max(0, this.penAt.x + move[0] * width * STEP)),
      y: Math.min(height, Math.max(0, this.penAt.y + move[1] * height * STEP)),
    };
    if (this.penDown) this.line(to);
    this.penAt = to;
  }

  private line(to: { x: number; y: number }): void {
    this.context.beginPath();
    this.context.moveTo(this.penAt.x, this.penAt.y);
    this.context.lineTo(to.x, to.y);
    this.context.stroke();
    this.penAt = to;
  }

  private placeOf(event: PointerEvent): { x: number; y: number } {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - left) / width) * this.canvas.width,
      y: ((event.clientY - top) / height) * this.canvas.height,
    };
  }
}
