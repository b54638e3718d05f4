import { version } from '../../../shared/version.ts';
import { environment, missing } from '../environment.ts';
import { participate } from '../participate.ts';
import { askConsent, showAsked } from './asked-view.ts';
import { OwnDataView } from './data-view.ts';
import { byId, fillList, problem, say, show } from './dom.ts';
import { showEnd } from './end-view.ts';
import { followPart } from './part-view.ts';
import { goTo } from './steps.ts';

/** The page at /join: what `participate` needs, asked of a person step by step. */

interface Link {
  readonly token: string;
  readonly fingerprint: string | undefined;
}

/** Of the link that the coordinator printed. It stays in the tab, for a reload; the part after # is never sent. */
function linkOf(): Link | undefined {
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get('token') ?? '';
  return token ? { token, fingerprint: given.get('fingerprint') ?? undefined } : undefined;
}

async function takePart({ token, fingerprint }: Link): Promise<void> {
  const data = new OwnDataView();
  show('join', false);
  say('status', 'Starting what computes…');
  const participation = await participate({
    token,
    fingerprint,
    join: new URL('.', location.href),
    whenHidden: byId<HTMLInputElement>('background').checked ? 'go-on' : 'pause',
    data: (wanted) => {
      showAsked(wanted.asked);
      say('status', 'Connected. Nothing is sent before you agree.');
      return data.ask(wanted);
    },
    consent: (asked) => {
      say('status', 'Your data fit. Nothing is sent before you agree.');
      return askConsent(asked);
    },
  });
  followPart(participation);
  participation.on('state', ({ kind }) => {
    if (kind === 'waiting' || kind === 'working') {
      if (byId('part').hidden) goTo('part');
    }
  });
  if (participation.isResumed) goTo('part');
  showEnd(await participation.finished, participation);
}

function begin(link: Link): void {
  takePart(link).catch((error: unknown) => {
    say('status', 'It cannot go on.');
    problem('problem', error);
  });
}

const lacks = missing(environment(), location.origin);
show('missing', lacks.length > 0);
fillList(
  'missing-list',
  lacks.map(({ text }) => text),
);
say('version', `Tributary ${version}.`);
const link = linkOf();
if (lacks.some(({ fatal }) => fatal)) {
  say('status', 'This browser cannot take part.');
} else if (link) {
  begin(link);
} else {
  say('status', 'Not joined yet.');
  show('join');
  byId<HTMLFormElement>('join-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const token = byId<HTMLInputElement>('token').value.trim();
    history.replaceState(undefined, '', `#${new URLSearchParams({ token })}`);
    begin({ token, fingerprint: undefined });
  });
}
