import { type SurveyRequest, type SurveySums, surveyed } from '../../shared/data/survey.ts';
import type { UpdateOffer } from '../../shared/protocol/update-offer.ts';

/** Why an answer to a survey does not count: one participant must not spoil the sums of all. */
export function answerFault(
  sums: SurveySums,
  offer: Pick<UpdateOffer, 'size' | 'sections'>,
  request: SurveyRequest,
): string | undefined {
  return misfit(sums, offer) ?? lacking(sums, request);
}

function misfit(
  sums: SurveySums,
  { size, sections }: Pick<UpdateOffer, 'size' | 'sections'>,
): string | undefined {
  if (size > 0 || sections.length > 0) return 'the answer to a survey is sums only';
  const rows = sums['rows'] ?? 0;
  if (!(rows > 0)) return 'it is of no rows';
  for (const [name, value] of Object.entries(sums)) {
    if (!Number.isFinite(value)) return `its ${name} is ${value}`;
    const counts = name.startsWith('class/') || name.startsWith('word/');
    if (counts && !(value >= 0 && value <= rows)) return `its ${name} is ${value}, of ${rows} rows`;
    if (/^(target-)?squares\//.test(name) && value < 0) return `its ${name} is ${value}`;
  }
  return undefined;
}

/** A member of another version may not know what it is asked for. */
function lacking(sums: SurveySums, { data }: SurveyRequest): string | undefined {
  const wanted = surveyed(data).targetMoments.flatMap((at) => [`target-sum/${at}`, `target-squares/${at}`]);
  const missing = wanted.find((name) => sums[name] === undefined);
  return missing && `it lacks ${missing}, which the coordinator's version asks for`;
}
