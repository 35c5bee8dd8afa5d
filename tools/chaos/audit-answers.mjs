/**
 * What clients were told against what is stored. `kept`: a success was answered; `refused`: an error that says nothing was done;
 * `unknown`: no answer came, or one that says that it is unknown.
 */
export function auditAnswers({ journal, sets, sessions }) {
  const stored = { sets: new Map(sets.map((set) => [set.id, set])), sessions: new Map(sessions.map((session) => [session.id, session])) };
  const asked = new Set(journal.filter(({ act, told }) => act === 'ask' && told === 'kept').map(({ set }) => set));
  const findings = [...asked].filter((set) => !stored.sets.has(set)).map((set) => lost(`offer set ${set} was answered and is not there`));
  for (const [key, tries] of triesOf(journal)) {
    const [act, session] = key.split(' ');
    const happened = effects[act](stored, session, tries[0]);
    const may = (told) => tries.some((one) => one.told === told);
    if (may('kept') && !happened) findings.push(lost(`${act} of ${session} was answered with success and did not happen`));
    if (happened && !may('kept') && !may('unknown')) findings.push(lost(`${act} of ${session} was answered with an error (${tries.map(({ status }) => status).join()}) and did happen`));
  }
  const defects = journal.filter(({ status }) => status === 500).map(({ act, session = '' }) => ({ what: 'defect', detail: `${act} ${session} was answered with 500` }));
  return [...findings, ...defects, ...unexplained(stored, journal)];
}

const effects = {
  accept: ({ sessions }, session) => sessions.has(session),
  cancel: ({ sessions }, session) => sessions.get(session)?.phase === 'CANCELLED',
  reject: ({ sets }, session, { set, index }) => sets.get(set)?.rejected.includes(index) === true,
};

function triesOf(journal) {
  const tries = new Map();
  for (const entry of journal) {
    if (entry.act === 'ask') continue;
    const key = `${entry.act} ${entry.session}`;
    tries.set(key, [...(tries.get(key) ?? []), entry]);
  }
  return tries;
}

/** Sessions and cancellations that nobody asked for. */
function unexplained({ sessions }, journal) {
  const tried = new Set(journal.filter(({ act }) => act !== 'ask').map(({ act, session }) => `${act} ${session}`));
  return [...sessions.values()].flatMap(({ id, phase }) => [
    ...(tried.has(`accept ${id}`) ? [] : [lost(`session ${id} was accepted by nobody`)]),
    ...(phase !== 'CANCELLED' || tried.has(`cancel ${id}`) ? [] : [lost(`session ${id} was cancelled by nobody`)]),
  ]);
}

function lost(detail) {
  return { what: 'lost', detail };
}
