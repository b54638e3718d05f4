import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { className } from '../../shared/data/class-name.ts';
import { sortedClasses } from '../../shared/data/class-order.ts';
import { DataError } from '../../shared/data/data-error.ts';
import { sha256, sha256File } from './sha256.ts';
import { hasTable } from './table-source.ts';

const IMAGE = /\.(png|jpe?g)$/i;
/** What people call an image, and is not read here. */
const OTHER_IMAGE = /\.(gif|webp|bmp|tiff?|avif|hei[cf]|jxl|jp2|svg)$/i;
const MAX_IMAGES = 2 ** 31 - 1;

export interface ImageFile {
  readonly path: string;
  /** Index of its class; 0 where there is none. */
  readonly label: number;
}

/** The images below a folder, class by class and in the order of their names. */
export interface ImageFolder {
  readonly files: readonly ImageFile[];
  /** Undefined where the images have no classes. */
  readonly classes: readonly string[] | undefined;
}

/**
 * Finds the images of a folder: `folder/CLASS/NAME.png`, as torchvision's ImageFolder has them, or any below it where they have no
 * classes. What is hidden and what is no image is passed over; an image that cannot be read is an error.
 *
 * @param options.labelled whether folders are classes
 * @param options.known classes that are known: no other folder is taken, and not all need be there
 * @throws DataError with the folder or file that is wrong
 */
export function imageFolder(
  folder: string,
  { labelled, known }: { readonly labelled: boolean; readonly known?: readonly string[] | undefined },
): ImageFolder {
  if (!statOf(folder).isDirectory()) {
    const hint = 'Images lie in a folder, one folder in it for each class.';
    throw new DataError('The run trains on images, and this is a file.', { file: folder, hint });
  }
  if (!labelled) {
    const files = imagesBelow(folder).map((path) => ({ path, label: 0 }));
    if (files.length === 0) throw noImage(folder);
    return { files, classes: undefined };
  }
  const folders = classFolders(folder);
  const stranger = known && [...folders].find(([name]) => !known.includes(name));
  if (stranger) {
    const shown = known.slice(0, 12).join(', ') + (known.length > 12 ? ', …' : '');
    const hint = `The run's classes are: ${shown}. Rename the folder, or take it out.`;
    throw new DataError('The folder is named after none of the classes.', {
      file: join(folder, stranger[1]),
      hint,
    });
  }
  const classes = known ?? sortedClasses([...folders.keys()]);
  const files = classes.flatMap((name, label) => {
    const own = folders.get(name);
    if (own === undefined) return [];
    const paths = imagesBelow(join(folder, own));
    if (paths.length === 0 && !known) throw noImage(join(folder, own));
    return paths.map((path) => ({ path, label }));
  });
  if (files.length === 0) throw noImage(folder);
  if (files.length > MAX_IMAGES) throw new DataError(`More than ${MAX_IMAGES} images.`, { file: folder });
  return { files, classes };
}

/** Hex SHA-256 of the names and contents of the images. */
export async function hashImages(folder: string, { files, classes }: ImageFolder): Promise<string> {
  const lines: string[] = [];
  for (const { path, label } of files) {
    lines.push(JSON.stringify([classes?.[label], path.slice(folder.length), await sha256File(path)]));
  }
  return sha256(lines.join('\n'));
}

/** Whether a folder holds images, or folders of them, and no table: for where nothing else says what it is. */
export function looksLikeImages(folder: string): boolean {
  return !hasTable(folder) && readdirSync(folder).some((name) => isFolder(folder, name) || IMAGE.test(name));
}

/** The folders of the classes, by the name of the class: as it stands on the disk it may be written otherwise (`className`). */
function classFolders(folder: string): ReadonlyMap<string, string> {
  const folders = new Map<string, string>();
  for (const own of readdirSync(folder).filter((name) => isFolder(folder, name))) {
    const name = className(own);
    const other = folders.get(name);
    if (other !== undefined) {
      const hint = `The other is ${JSON.stringify(join(folder, other))}: they differ by spaces, or by how an accent is encoded. Put their images into one, or rename one.`;
      const message = `Two folders are of the same class, ${JSON.stringify(name)}.`;
      throw new DataError(message, { file: join(folder, own), hint });
    }
    folders.set(name, own);
  }
  if (folders.size > 0) return folders;
  const hint = 'Put the images of each class into a folder of its own, named after the class.';
  throw new DataError('There is no folder of a class in this folder.', { file: folder, hint });
}

function isFolder(folder: string, name: string): boolean {
  return !name.startsWith('.') && statOf(join(folder, name)).isDirectory();
}

function imagesBelow(folder: string): string[] {
  const names = filesBelow(folder).sort();
  const other = names.find((name) => OTHER_IMAGE.test(name));
  if (other !== undefined) {
    const hint = 'Images are PNG or JPEG files: convert it, or take it out of the folder.';
    throw new DataError('An image of this kind is not read.', { file: join(folder, other), hint });
  }
  return names.filter((name) => IMAGE.test(name)).map((name) => join(folder, name));
}

/** Links are followed, but not back to a folder that leads there: its images would be there again and again. */
function filesBelow(folder: string, within = '', above: readonly string[] = []): string[] {
  const here = join(folder, within);
  const real = realpathSync(here);
  if (above.includes(real)) return [];
  return readdirSync(here, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.')) return [];
    const name = join(within, entry.name);
    const isFolder = entry.isSymbolicLink()
      ? (statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() ?? false)
      : entry.isDirectory();
    return isFolder ? filesBelow(folder, name, [...above, real]) : [name];
  });
}

function statOf(path: string): Stats {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat) return stat;
  throw new DataError('There is no such file or folder.', { file: path });
}

function noImage(folder: string): DataError {
  const hint = 'Images are files whose names end in .png, .jpg or .jpeg.';
  return new DataError('There is no image in this folder.', { file: folder, hint });
}
