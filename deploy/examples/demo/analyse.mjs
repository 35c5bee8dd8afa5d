/**
 * Seattle's weather month by month: mean of the daily highs with a 95 % bootstrap interval, and the mean rain of a month.
 * Usage: node analyse.mjs FOLDER (with seattle-weather.csv: date, precipitation in mm, temp_max in °C, …).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const draws = 120_000;
const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const [header, ...lines] = readFileSync(join(process.argv[2] ?? '.', 'seattle-weather.csv'), 'utf8').trim().split(/\r?\n/);
const column = Object.fromEntries(header.split(',').map((name, index) => [name, index]));
const days = lines.map((line) => {
  const fields = line.split(',');
  return { month: Number(fields[column.date].slice(5, 7)) - 1, high: Number(fields[column.temp_max]), rain: Number(fields[column.precipitation]) };
});
const years = new Set(lines.map((line) => line.slice(0, 4))).size;
console.log(`${days.length} days of ${years} years read`);

/** A fixed seed: the same data give the same result on each run. */
let seed = 20120101;
function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function interval(values) {
  const means = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    let sum = 0;
    for (let index = 0; index < values.length; index += 1) sum += values[Math.floor(random() * values.length)];
    means[draw] = sum / values.length;
  }
  means.sort();
  return [means[Math.floor(draws * 0.025)], means[Math.floor(draws * 0.975)]];
}

const months = names.map((name, month) => {
  const these = days.filter((day) => day.month === month);
  const highs = these.map((day) => day.high);
  const [low, high] = interval(highs);
  console.log(`${name}: ${draws} resamples of ${these.length} days (${month + 1}/12)`);
  return { name, mean: mean(highs), low, high, rain: these.reduce((sum, day) => sum + day.rain, 0) / years };
});

console.log('\nmonth  mean high  95 % interval    rain');
for (const { name, mean: middle, low, high, rain } of months) {
  const bar = '#'.repeat(Math.round(middle));
  console.log(`${name}    ${middle.toFixed(1).padStart(5)} °C   ${low.toFixed(1).padStart(4)} - ${high.toFixed(1).padStart(4)} °C  ${rain.toFixed(0).padStart(4)} mm  ${bar}`);
}
const warmest = months.reduce((best, month) => (month.mean > best.mean ? month : best));
const wettest = months.reduce((best, month) => (month.rain > best.rain ? month : best));
console.log(`\nwarmest month: ${warmest.name} (${warmest.mean.toFixed(1)} °C), wettest month: ${wettest.name} (${wettest.rain.toFixed(0)} mm)`);
