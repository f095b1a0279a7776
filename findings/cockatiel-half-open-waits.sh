#!/usr/bin/env bash
# Concerns: cockatiel 3.2.1 (npm), retries, bulkheads and circuit breakers for Node.js.
# Behaviour: a half-open breaker does not fail fast. One call goes through as a trial; all others are neither let in nor refused but wait
# for its end. If the trial fails, they fail only then; if it succeeds, all of them go at once. So the latency of a
# refusal is that of the ailing service (up to its timeout), every recovery period, and a recovered service meets everybody who came
# during the trial in one burst. A model with refusals of no duration, or with one trial alone, is wrong on both.
# Seen: trial of 0.5 s, 20 callers: if it fails, 1 call is made and the 19 others are refused after 0.5 s (an open breaker: after 0 s);
# if it succeeds, the 19 others start together at 0.5 s.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund cockatiel@3.2.1
cat > try.cjs <<'JS'
const { circuitBreaker, handleAll, ConsecutiveBreaker } = require('cockatiel');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// A breaker that has just become half-open, and 20 callers whose calls take half a second and end as said.
async function halfOpen(works) {
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: 100, breaker: new ConsecutiveBreaker(1) });
  const fail = () => { throw new Error('down'); };
  await breaker.execute(fail).catch(() => {});
  const before = performance.now();
  await breaker.execute(fail).catch(() => {});
  const open = performance.now() - before;
  await sleep(150);
  const begin = performance.now(), starts = [], refusals = [];
  const call = async () => { starts.push(performance.now() - begin); await sleep(500); if (!works) fail(); };
  await Promise.all(Array.from({ length: 20 }, () => breaker.execute(call).catch((error) => {
    if (error.isBrokenCircuitError) refusals.push(performance.now() - begin);
  })));
  return { open, starts, refusals };
}

(async () => {
  const bad = await halfOpen(false), good = await halfOpen(true);
  const first = Math.min(...bad.refusals), second = good.starts[1];
  console.log(`trial fails: ${bad.starts.length} call made, ${bad.refusals.length} refused after ${first.toFixed(0)} ms (open: ${bad.open.toFixed(0)} ms)`);
  console.log(`trial succeeds: ${good.starts.length} calls made, the second starts after ${second.toFixed(0)} ms, ${good.refusals.length} refused`);
  const same = bad.starts.length === 1 && bad.refusals.length === 19 && first > 450 && bad.open < 100
    && good.starts.length === 20 && second > 450 && good.refusals.length === 0;
  if (!same) { console.error('the behaviour has changed'); process.exitCode = 1; }
})();
JS
node try.cjs
