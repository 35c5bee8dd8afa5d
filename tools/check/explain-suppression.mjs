const directive = /^\s*eslint-disable(?:-next-line|-line)?\b(.*)$/s;
const shortestReason = 10;

/** ESLint rule: whoever silences a rule names it and says why, `eslint-disable-next-line rule -- reason`. */
export const explainSuppression = {
  meta: { type: 'problem', schema: [], messages: { unexplained: 'Name the rule and say why: eslint-disable-next-line rule -- reason.' } },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const text = directive.exec(comment.value)?.[1];
          if (text !== undefined && !isExplained(text)) context.report({ loc: comment.loc, messageId: 'unexplained' });
        }
      },
    };
  },
};

/** True for ` rule, other -- a reason of some words`. */
function isExplained(text) {
  const [rules = '', ...reason] = text.split(/\s-{2,}\s/);
  return rules.trim() !== '' && reason.join(' ').trim().length >= shortestReason;
}
