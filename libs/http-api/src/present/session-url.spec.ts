import { describe, expect, it } from 'vitest';
import { aSession } from '../testing/a-session.js';
import { presentSession } from './session.js';
import { sessionText } from './text.js';

describe('where a session is said to be', () => {
  it.each([
    [{}, 'https://here.test/sessions/'],
    [{ url: 'https://member.test/sessions/1' }, 'https://member.test/sessions/1'],
  ])('is here, unless it is shown elsewhere: %o', (more, url) => {
    const session = aSession(more);
    const document = presentSession(session, 'https://here.test');
    expect(document.meta?.url).toContain(url);
    expect(JSON.parse(sessionText(session, 'https://here.test'))).toEqual(document);
  });
});
