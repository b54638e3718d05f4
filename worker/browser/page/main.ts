import { environment, missing } from '../environment.ts';
import { fillList, show } from './dom.ts';

const lacks = missing(environment(), location.origin);
show('missing', lacks.length > 0);
fillList(
  'missing-list',
  lacks.map(({ text }) => text),
);
