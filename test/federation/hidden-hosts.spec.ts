/** A proxied member that names its hosts wherever a text can stand: no answer of any kind, in any format or header, holds one of them. */
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, json, sse } from '#client/testing';
import type { Reply } from '#client/testing';
import { TestAggregator } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { credentialsOf } from '../support/node.js';
import type { Json } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const hidden = ['inner.site.example', '*.deep.example'];
/** Every way in which a site may write them. */
const spellings = [
  'inner.site.example', 'https://inner.site.example:8443/path?q=1', 'INNER.Site.Example:22', 'host=inner.site.example;', '(node7.deep.example)', 'ssh://user@a.b.deep.example/~', 'Rack1.DEEP.example,',
];
const leak = /inner\.site\.example|deep\.example/i;
/** What has a form that is read; a text put there would only make the answer unreadable. */
const formed = new Set(['kind', 'phase', 'uuid', 'result', 'expires', 'created', 'start', 'duration', 'level', 'time', 'at', 'number', 'protocol', 'status']);

/** The document with the text in every place that takes one, and as the name of a field at every depth. */
function naming(text: string, document: Json): Json {
  if (typeof document === 'string') return `${document} ${text}`;
  if (Array.isArray(document)) return document.map((one: Json) => naming(text, one));
  if (typeof document !== 'object' || document === null) return document;
  const fields = Object.entries(document).map(([name, value]) => [name, formed.has(name) ? value : naming(text, value)]);
  return { ...Object.fromEntries(fields), detail: text, [`x ${text}`]: text };
}

const message = { kind: 'urn:x', level: 'WARN', template: 'see {where}', values: { where: 'here' }, message: 'see here', time: '2030-06-03T08:00:00Z' };
const route = `/sessions/${aSessionUuid}`;

function session(phase: 'OFFERED' | 'ACCEPTED' | 'RUNNING'): Json {
  return aWireSession(phase, { messages: [message] as never, connectors: [{ kind: 'urn:x', protocol: 'HTTPS', location: 'https://open.example/app' }] as never });
}

/** Headers name the hosts too. */
function said(status: number, text: string, document: Json): Reply {
  return json(status, naming(text, document), { server: text.replace(/[^\w.-]/g, ''), 'www-authenticate': 'Basic realm="inner.site.example"', via: '1.1 inner.site.example', link: '<https://inner.site.example/>; rel=next' });
}

async function member(text: string): Promise<FakeBroker> {
  const broker = await kept(new FakeBroker().start());
  const offers = naming(text, aWireOfferSet([session('OFFERED')], [message] as never));
  broker.on('POST /requests', said(200, text, offers));
  broker.on(`POST ${route}`, said(200, text, session('ACCEPTED')), said(409, text, { title: 'no', reasons: [message] }), said(500, text, { title: 'no' }));
  broker.on(`GET ${route}`, said(200, text, session('RUNNING')));
  broker.on(`GET ${route}/logs`, said(500, text, { title: 'no' }));
  broker.on(`GET ${route}/events`, (_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', via: 'inner.site.example' });
    response.end(sse(1, naming(text, { kind: 'message', phase: 'RUNNING', message, progress: { what: 'copy', done: 1, unit: 'bytes' }, connectors: [{ kind: 'urn:x', protocol: 'HTTPS', location: 'https://open.example/app' }] })) + sse(2, { kind: 'phase', phase: 'COMPLETED' }));
  });
  return broker;
}

/** Headers and text of an answer. */
async function whole(url: string, accept: string, body?: Json): Promise<string> {
  const headers = { ...credentialsOf('alice'), accept, 'content-type': 'application/json' };
  const answer = await request(url, body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) });
  return `${JSON.stringify(answer.headers)}\n${await answer.body.text()}`;
}

const formats = ['application/json', 'application/yaml', 'application/xml'];
const update = (value: string): Json => ({ kind: 'uri:enum-value-update', path: 'phase', value });

describe('a member that names its hosts everywhere', () => {
  it.each(spellings)('as %s: no answer of the aggregator does', async (text) => {
    const broker = await member(text);
    const ag = await kept(TestAggregator.start({ members: [{ name: 'f1', url: broker.url, hiddenHosts: hidden }] }));
    const set = await ag.as('alice').ask(aRequest().from('2030-06-03T08:00:00Z/PT2H'));
    expect(set.result).toBe('YES');
    const [{ meta: { uuid } }] = set.offers;
    const answers = [JSON.stringify(set), await whole(`${ag.url}/sessions/${uuid}`, 'application/json', update('ACCEPTED')), await whole(`${ag.url}/sessions/${uuid}`, 'application/json', update('CANCELLED')), await whole(`${ag.url}/sessions/${uuid}`, 'application/json', update('CANCELLED'))];
    for (const accept of formats) {
      for (const path of [`offersets/${set.meta.uuid}`, `offersets/${set.meta.uuid}/explanation`, `sessions/${uuid}`, 'sessions', `sessions/${uuid}/logs`, 'capacity', 'digest', 'capabilities', 'readyz']) answers.push(await whole(`${ag.url}/${path}`, accept));
    }
    answers.push(await whole(`${ag.url}/sessions/${uuid}/events`, 'text/event-stream'));
    for (const answer of answers) {
      expect(answer).not.toMatch(leak);
      expect(answer).not.toContain(new URL(broker.url).host);
    }
    // It is told what was said, only not where: the event came through.
    expect(answers.at(-1)).toContain('"kind":"message"');
  });
});
