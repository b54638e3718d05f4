import type { ImageForm } from '../../../shared/data/images/resize.ts';
import type { Example } from '../data/messages.ts';
import { byId, make } from './dom.ts';

export function fillLabels(id: string, classes: readonly string[]): void {
  byId(id).replaceChildren(...classes.map((name) => make('option', { value: name }, name)));
}

/** An example as the model sees it, with its label; a click removes it. */
export function addThumb({ features, label }: Example, form: ImageForm, removed: () => void): void {
  const canvas = make('canvas', { width: form.width, height: form.height });
  canvas.getContext('2d')!.putImageData(pictureOf(features, form), 0, 0);
  const button = make('button', { type: 'button', title: 'Remove' }, canvas, String(label));
  button.setAttribute('aria-label', `Remove this example of ${label}`);
  const item = make('li', {}, button);
  button.addEventListener('click', () => {
    item.remove();
    removed();
  });
  byId('thumbs').append(item);
}

function pictureOf(features: Float32Array, { width, height, channels, white }: ImageForm): ImageData {
  const picture = new ImageData(width, height);
  const pixels = width * height;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = features[(channels === 3 ? channel * pixels : 0) + pixel]!;
      picture.data[4 * pixel + channel] = (255 * value) / white;
    }
    picture.data[4 * pixel + 3] = 255;
  }
  return picture;
}
