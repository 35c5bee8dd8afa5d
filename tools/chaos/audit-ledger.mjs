/** Replays the log of the ledger on plain counters, one for each grain, and holds the tables against the result. */

/** Findings: overbooked grains at any version, and tables that differ from the log. */
export function auditLedger(world) {
  const replay = new Replay(Number(world.ledger.grain_ms), new Map(world.sessions.map(({ id, offer_set: set }) => [id, set])));
  for (const { version, events } of world.log) for (const event of events) replay.apply(event, version);
  const stillOpen = world.sets.filter(({ state }) => state === 'OFFERED').map(({ id }) => finding('hold', `offer set ${id} still holds capacity`));
  return [...replay.findings, ...stillOpen, ...compareBookings(world, replay), ...compareGuard(world, replay.grain)];
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

  apply(event, version) {
    const acts = {
      pool: () => { this.totals.set(event.pool, event.total); this.checkAll(version); },
      held: () => { this.sets.set(event.set, new Map(holdsOf(event.holds))); this.change(this.heldBy(event.set), 1, version); },
      accepted: () => this.accept(event, version),
      rejected: () => this.reject(event),
      expired: () => { this.change(this.heldBy(event.set), -1); this.sets.delete(event.set); },
      released: () => this.release(event),
    };
    const act = acts[event.kind];
    if (act) act();
    else this.findings.push(finding('log', `version ${version} has an event of unknown kind ${event.kind}`));
  }

  accept({ set, index }, version) {
    const claims = this.sets.get(set)?.get(index);
    if (!claims) return this.findings.push(finding('log', `version ${version} accepts offer ${index} of ${set}, which is not open`));
    this.change(this.heldBy(set), -1);
    this.sets.delete(set);
    this.booked.set(set, claims);
    this.change(this.amounts(claims), 1, version);
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

  change(amounts, sign, version) {
    for (const [key, amount] of amounts) {
      this.used.set(key, (this.used.get(key) ?? 0) + sign * amount);
      if (sign > 0 && version !== undefined) this.check(key, version);
    }
  }

  checkAll(version) {
    for (const key of this.used.keys()) this.check(key, version);
  }

  check(key, version) {
    const [pool, resource, step] = key.split('|');
    const total = this.totals.get(pool)?.[resource] ?? 0;
    const used = this.used.get(key);
    if (used > total) this.findings.push(finding('overbooked', `${used} of ${total} ${resource} of ${pool} at ${new Date(step * this.grain).toISOString()} by version ${version}`));
  }
}

/** The table of bookings says what the log says. */
function compareBookings(world, replay) {
  const names = new Map(world.pools.map(({ id, name, kinds }) => [id, { name, kinds }]));
  const stored = new Map(world.bookings.map(({ offer_set: set, claims }) => [set, textOf(claims.map((claim) => ({ pool: names.get(claim.pool).name, start: Number(claim.starts), end: Number(claim.ends) })))]));
  const logged = new Map([...replay.booked].map(([set, claims]) => [set, textOf(claims.map(({ pool, interval }) => ({ pool, ...interval })))]));
  const sets = new Set([...stored.keys(), ...logged.keys()]);
  return [...sets].filter((set) => (stored.get(set) ?? '[]') !== (logged.get(set) ?? '[]'))
    .map((set) => finding('booking', `offer set ${set}: the table says ${stored.get(set)}, the log ${logged.get(set)}`));
}

function textOf(claims) {
  return JSON.stringify(claims.map(({ pool, start, end }) => [pool, start, end]).sort());
}

/** What the guard calls free is the total less what the bookings take. */
function compareGuard({ guard, pools, bookings }, grain) {
  const findings = [];
  for (const { id, name, kinds, total } of pools) {
    const claims = bookings.flatMap((booking) => booking.claims).filter(({ pool }) => pool === id);
    for (const { t, free } of guard.filter(({ pool }) => pool === id)) {
      const at = Number(t);
      const now = claims.filter(({ starts, ends }) => Math.floor(starts / grain) * grain <= at && at < Math.ceil(ends / grain) * grain);
      const expected = kinds.map((_kind, index) => Number(total[index]) - now.reduce((sum, { amount }) => sum + Number(amount[index] ?? 0), 0));
      if (expected.join() !== free.map(Number).join()) findings.push(finding('guard', `${name} at ${at}: the guard has ${free.join()} free, the bookings leave ${expected.join()}`));
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
