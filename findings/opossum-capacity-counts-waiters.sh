#!/usr/bin/env bash
# Concerns: opossum 9.0.0 (npm), a circuit breaker for Node.js with a limit of concurrent calls (`capacity`) and a `timeout`.
# Behaviour: `capacity` bounds how many callers wait, not how much work is in progress. A call that times out gives its place back
# at once although the function behind it goes on, so where the service is slow, which is when a bulkhead is wanted, the number
# of calls in progress at the service grows to capacity x (time a call takes / timeout). A model must not hold the slot until the work ends.
# Seen: capacity 2, timeout 100 ms, a function that takes 1 s: 20 calls in progress at once, none of them refused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund opossum@9.0.0
cat > try.cjs <<'JS'
const CircuitBreaker = require('opossum');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
(async () => {
  let inside = 0, most = 0, refused = 0, late = 0;
  const slow = async () => { most = Math.max(most, ++inside); await sleep(1000); inside -= 1; };
  const breaker = new CircuitBreaker(slow, { capacity: 2, timeout: 100, volumeThreshold: 1000 });
  breaker.on('semaphoreLocked', () => { refused += 1; });
  breaker.on('timeout', () => { late += 1; });
  for (let round = 0; round < 10; round += 1) await Promise.allSettled([breaker.fire(), breaker.fire()]);
  console.log(`capacity 2: at most ${most} calls in progress at once, ${refused} refused, ${late} timed out`);
  breaker.shutdown();
  if (most < 16 || refused !== 0 || late !== 20) { console.error('the behaviour has changed'); process.exitCode = 1; }
})();
JS
node try.cjs
