import type { Resources } from '#model';

const levels = ' ▁▂▃▄▅▆▇█';

/** How full a pool is, one character for each step: blank is empty, █ is full, `!` is overbooked. For test messages. */
export function drawTimeline(free: readonly Resources[], total: Resources, name: string): string {
  const whole = total[name] ?? 0;
  const bars = free.map((step) => {
    const left = step[name] ?? 0;
    if (left < 0) return '!';
    const share = whole === 0 ? 0 : (whole - left) / whole;
    return levels[share === 0 ? 0 : Math.max(1, Math.floor(share * (levels.length - 1)))] ?? '?';
  });
  return `${name} |${bars.join('')}| ${whole}`;
}
