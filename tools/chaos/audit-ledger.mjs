/** Replays the log of the ledger on plain counters, one for each grain, and holds the tables against the result. */

/** Findings: overbooked grains at any version, and tables that differ from the log. */
export function auditLedger(world) {
  const replay = new Replay(Number(world.ledger.grain_ms), new Map(world.sessions.map(({ id, offer_set: set }) => [id, set])));
  for (const { version, at, events } of world.log) for (const event of events) replay.apply(event, { version, at: Number(at) });
  const stillOpen = world.sets.filter(({ state }) => state === 'OFFERED').map(({ id }) => finding('hold', `offer set ${id} still holds capacity`));
  return [...replay.findings, ...stillOpen, ...compareBookings(world, replay), ...orphans(world), ...compareGuard(world, replay.grain)];
}

class Replay {
  findings = [];
  totals = new Map();
  sets = new Map();
  /** By offer set: what is firmly booked. */
  booked = new Map();
  used = new Map();

  constructor(grain, setOf) {
    this.grain = grain;
    this.setOf = setOf;
  }

  apply(event, commit) {
    const acts = {
      pool: () => { this.totals.set(event.pool, event.total); this.checkAll(commit); },
      held: () => { this.sets.set(event.set, new Map(holdsOf(event.holds))); this.change(this.heldBy(event.set), 1, commit); },
      accepted: () => this.accept(event, commit),
      rejected: () => this.reject(event),
      expired: () => { this.change(this.heldBy(event.set), -1); this.sets.delete(event.set); },
      released: () => this.release(event),
      prolonged: () => this.prolong(event, commit),
      rebooked: () => this.rebook(event, commit),
    };
    const act = acts[event.kind];
    if (act) act();
    else this.findings.push(finding('log', `version ${commit.version} has an event of unknown kind ${event.kind}`));
  }

  accept({ set, index }, commit) {
    const claims = this.sets.get(set)?.get(index);
    if (!claims) return this.findings.push(finding('log', `version ${commit.version} accepts offer ${index} of ${set}, which is not open`));
    this.change(this.heldBy(set), -1);
    this.sets.delete(set);
    this.booked.set(set, claims);
    this.change(this.amounts(claims), 1, commit);
  }

  reject({ set, index }) {
    this.change(this.heldBy(set), -1);
    this.sets.get(set)?.delete(index);
    this.change(this.heldBy(set), 1);
  }

  /** What was booked from the grain of `from` on is free again. */
  release({ session, from }) {
    const set = this.setOf.get(session);
    const before = this.booked.get(set) ?? [];
    const cut = Math.floor(from / this.grain) * this.grain;
    const after = before.map((claim) => ({ ...claim, interval: { start: claim.interval.start, end: Math.min(claim.interval.end, cut) } })).filter(({ interval }) => interval.start < interval.end);
    this.change(this.amounts(before), -1);
    this.change(this.amounts(after), 1);
    this.booked.set(set, after);
  }

  /** Another expiry, perhaps with other holds; what was rejected stays so. */
  prolong({ set, holds }, commit) {
    const open = this.sets.get(set);
    if (!open) return this.findings.push(finding('log', `version ${commit.version} prolongs ${set}, which is not open`));
    if (!holds) return;
    this.change(this.heldBy(set), -1);
    this.sets.set(set, new Map(holdsOf(holds).filter(([index]) => open.has(index))));
    this.change(this.heldBy(set), 1, commit);
  }

  /** Sessions that were changed, and entries of the calendar. */
  rebook({ booking, claims, set = this.setOf.get(booking) }, commit) {
    this.change(this.amounts(this.booked.get(set) ?? []), -1);
    this.change(this.amounts(claims), 1, commit);
    this.booked.set(set, claims);
  }

  /** An open set holds, at each grain, the most that one of its offers would take. */
  heldBy(set) {
    const most = new Map();
    for (const claims of this.sets.get(set)?.values() ?? []) {
      for (const [key, amount] of this.amounts(claims)) most.set(key, Math.max(most.get(key) ?? 0, amount));
    }
    return most;
  }

  /** `pool|resource|grain` → amount. */
  amounts(claims) {
    const amounts = new Map();
    for (const { pool, interval, amount } of claims) {
      for (let step = Math.floor(interval.start / this.grain); step < Math.ceil(interval.end / this.grain); step += 1) {
        for (const [resource, number] of Object.entries(amount)) {
          const key = `${pool}|${resource}|${step}`;
          amounts.set(key, (amounts.get(key) ?? 0) + number);
        }
      }
    }
    return amounts;
  }

  change(amounts, sign, commit) {
    for (const [key, amount] of amounts) {
      this.used.set(key, (this.used.get(key) ?? 0) + sign * amount);
      if (sign > 0 && commit !== undefined) this.check(key, commit);
    }
  }

  checkAll(commit) {
    for (const key of this.used.keys()) this.check(key, commit);
  }

  /** What is over by the time of a commit can't be overbooked by it: a total that is lowered is lowered for what comes. */
  check(key, { version, at }) {
    const [pool, resource, step] = key.split('|');
    if ((Number(step) + 1) * this.grain <= at) return;
    const total = this.totals.get(pool)?.[resource] ?? 0;
    const used = this.used.get(key);
    if (used > total) this.findings.push(finding('overbooked', `${used} of ${total} ${resource} of ${pool} at ${new Date(step * this.grain).toISOString()} by version ${version}`));
  }
}

/** Capacity that is booked for nobody: neither a session nor an entry of the calendar. */
function orphans({ bookings, sessions, entries }) {
  const owners = new Set([...sessions, ...entries].map(({ id }) => id));
  return bookings.filter(({ session, claims }) => claims.some(({ starts, ends }) => Number(starts) < Number(ends)) && !owners.has(session))
    .map(({ session, claims }) => finding('orphan', `${session} is booked for nobody: ${JSON.stringify(claims)}`));
}

/** The table of bookings says what the log says. */
function compareBookings(world, replay) {
  const names = new Map(world.pools.map(({ id, name, kinds }) => [id, { name, kinds }]));
  const stored = new Map(world.bookings.map(({ offer_set: set, claims }) => [set, textOf(claims.map((claim) => storedClaim(claim, names.get(claim.pool))))]));
  const logged = new Map([...replay.booked].map(([set, claims]) => [set, textOf(claims.map(({ pool, interval, amount }) => ({ pool, ...interval, amount })))]));
  const sets = new Set([...stored.keys(), ...logged.keys()]);
  return [...sets].filter((set) => (stored.get(set) ?? '[]') !== (logged.get(set) ?? '[]'))
    .map((set) => finding('booking', `offer set ${set}: the table says ${stored.get(set)}, the log ${logged.get(set)}`));
}

function storedClaim({ starts, ends, amount }, { name, kinds }) {
  return { pool: name, start: Number(starts), end: Number(ends), amount: Object.fromEntries(kinds.map((kind, index) => [kind, Number(amount[index] ?? 0)])) };
}

function textOf(claims) {
  const plain = (amount) => Object.entries(amount).filter(([, number]) => number > 0).sort();
  return JSON.stringify(claims.filter(({ start, end }) => start < end).map(({ pool, start, end, amount }) => [pool, start, end, plain(amount)]).sort());
}

/** What the guard calls free is the total less what the bookings take. */
function compareGuard({ guard, pools, bookings }, grain) {
  const findings = [];
  for (const { id, name, kinds, total } of pools) {
    const claims = bookings.flatMap((booking) => booking.claims).filter(({ pool }) => pool === id);
    for (const { kind, t, free } of guard.filter(({ pool }) => pool === id)) {
      const at = Number(t);
      const now = claims.filter(({ starts, ends }) => Math.floor(starts / grain) * grain <= at && at < Math.ceil(ends / grain) * grain);
      const left = Number(total[kind - 1]) - now.reduce((sum, { amount }) => sum + Number(amount[kind - 1] ?? 0), 0);
      if (left !== Number(free)) findings.push(finding('guard', `${name} at ${at}: the guard has ${free} ${kinds[kind - 1]} free, the bookings leave ${left}`));
    }
  }
  return findings;
}

/** Holds as they were stored: plainly, or with pools and amounts written once and each hold a row of numbers. */
function holdsOf(stored) {
  if (Array.isArray(stored)) return stored.map(({ index, claims }) => [index, claims]);
  return stored.holds.map(([index, ...numbers]) => {
    const claims = [];
    for (let at = 0; at < numbers.length; at += 4) {
      const [pool, amount, start, end] = numbers.slice(at, at + 4);
      claims.push({ pool: stored.pools[pool], amount: stored.amounts[amount], interval: { start, end } });
    }
    return [index, claims];
  });
}

function finding(what, detail) {
  return { what, detail };
}
