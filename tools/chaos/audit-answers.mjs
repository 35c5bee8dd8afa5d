/**
 * What clients were told against what is stored. `kept`: a success was answered; `refused`: an error that says nothing was done;
 * `unknown`: no answer came, or one that says that it is unknown.
 */
export function auditAnswers({ journal, sets, sessions, entries }) {
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
  findings.push(...expiredTooSoon(journal), ...otherLengths(stored, journal), ...auditEntries(journal, entries));
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
    if (!(entry.act in effects)) continue;
    const key = `${entry.act} ${entry.session}`;
    tries.set(key, [...(tries.get(key) ?? []), entry]);
  }
  return tries;
}

/** Milliseconds by which the clocks of clients and replicas may differ. */
const slack = 500;

/** Offers that were refused as expired although an answer before had promised them for longer. */
function expiredTooSoon(journal) {
  const promised = new Map();
  const findings = [];
  for (const entry of [...journal].sort((a, b) => a.at - b.at)) {
    const { act, session, promises = {}, at } = entry;
    for (const [offer, expires] of Object.entries(promises)) promised.set(offer, { until: Date.parse(expires), at });
    if (act === 'move') noteMove(promised, entry);
    const early = promised.has(session) ? millisecondsEarly(entry, promised.get(session)) : 0;
    if (early > 0) findings.push(lost(`accept of ${entry.session} was refused as expired, ${early} ms before the expiry that was answered`));
  }
  return findings;
}

/** The offers of a set expire together: those beside may have become sooner too, and are promised no more. */
function noteMove(promised, { told, session, expires, at }) {
  if (told === 'refused') return;
  for (const offer of [...promised.keys()].filter((one) => one.slice(0, -2) === session.slice(0, -2))) promised.delete(offer);
  if (told === 'kept') promised.set(session, { until: Date.parse(expires), at });
}

function millisecondsEarly({ act, why, sent, at }, promise) {
  return act === 'accept' && why === 'expired' && promise.at < sent ? promise.until - slack - at : 0;
}

/** Sessions whose last change was acknowledged with another length than they have. */
function otherLengths({ sessions }, journal) {
  const last = new Map(journal.filter(({ act }) => act === 'change').map((entry) => [entry.session, entry]));
  return [...last.values()].flatMap(({ session, told, length }) => {
    const { start, end } = sessions.get(session)?.document.plan.run ?? {};
    return told !== 'kept' || Math.abs(secondsOf(length) - (end - start) / 1000) < 1 ? [] : [lost(`a change of ${session} to ${length} was answered, and it lasts ${(end - start) / 1000} s`)];
  });
}

function secondsOf(text) {
  const [, hours = 0, minutes = 0, seconds = 0] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(text) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** Entries of the calendar that were acknowledged are there unless they were removed or are over. */
function auditEntries(journal, entries) {
  const there = new Set(entries.map(({ id }) => id));
  const known = (act, told) => new Set(journal.filter((one) => one.act === act && told.includes(one.told)).map(({ entry }) => entry));
  const [entered, removed, perhaps] = [known('enter', ['kept']), known('remove', ['kept']), known('remove', ['unknown'])];
  for (const { act, entry, until } of journal) if (act === 'enter' && Date.parse(until) < Date.now()) entered.delete(entry);
  return [
    ...[...entered].filter((id) => !there.has(id) && !removed.has(id) && !perhaps.has(id)).map((id) => lost(`calendar entry ${id} was answered and is not there`)),
    ...[...removed].filter((id) => there.has(id)).map((id) => lost(`calendar entry ${id} was removed and is there`)),
  ];
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
