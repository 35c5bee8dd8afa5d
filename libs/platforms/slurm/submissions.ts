/**
 * Submissions of one account that come together go in one change of account, as that (sudo, a new login session) costs more than `sbatch`
 * itself: a shell reads them from its input, and says of each how it went.
 */
import type { Commands } from '#platforms/batch';
import { GatheringByAccount, longLimit, shellWord } from '#platforms/batch';
import { faultOf } from './faults.js';

export interface Submission { readonly argv: readonly string[]; readonly script: string }
type Said = ReadonlyMap<Submission, { readonly code: number; readonly said: string }>;

/** So many processes submit at a time for each account. */
const atOnce = 2;
const [betweenAnswers, betweenFields] = ['\x1e', '\x1f'];

export class Submissions {
  private readonly gathered: GatheringByAccount<Submission, Said>;

  constructor(private readonly commands: Commands) {
    this.gathered = new GatheringByAccount((all, user) => this.submitAll(all, user), atOnce);
  }

  /** What `sbatch` said. Without its word the submission may have come about all the same: who repeats it looks for the job first. */
  async submit(submission: Submission, user: string | undefined): Promise<string> {
    const answer = (await this.gathered.with(submission, user)).get(submission);
    if (answer?.code !== 0) throw faultOf('sbatch', answer?.said ?? 'the connection was lost: try again');
    return answer.said;
  }

  private async submitAll(all: readonly Submission[], user: string | undefined): Promise<Said> {
    const [first] = all;
    if (first !== undefined && all.length === 1) {
      const { code, stdout, stderr } = await this.commands.answer(first.argv, { user, stdin: first.script });
      return new Map([[first, { code, said: code === 0 ? stdout : `${stdout} ${stderr}` }]]);
    }
    const { stdout } = await this.commands.answer(['sh', '-s'], { user, stdin: programOf(all), limit: longLimit });
    return answersIn(stdout, all);
  }
}

export function programOf(all: readonly Submission[]): string {
  return all.map(({ argv, script }, index) => {
    const end = endMarkFor(script);
    return `said=$(${argv.map(shellWord).join(' ')} 2>&1 <<'${end}'\n${script.endsWith('\n') ? script : `${script}\n`}${end}\n)\nprintf '${octal(betweenAnswers)}%s${octal(betweenFields)}%s${octal(betweenFields)}%s' ${index} $? "$said"\n`;
  }).join('');
}

/** No line of the script. */
function endMarkFor(script: string): string {
  let mark = 'END';
  while (script.includes(mark)) mark += 'D';
  return mark;
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

export function answersIn(stdout: string, all: readonly Submission[]): Said {
  return new Map(stdout.split(betweenAnswers).flatMap((answer) => {
    const [index = '', code = '', said] = answer.split(betweenFields);
    const submission = all[Number(index || Number.NaN)];
    return submission === undefined || said === undefined || !/^\d+$/.test(code) ? [] : [[submission, { code: Number(code), said }] as const];
  }));
}
