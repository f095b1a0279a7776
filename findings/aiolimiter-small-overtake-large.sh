#!/usr/bin/env bash
# Concerns: aiolimiter 1.3.0 (PyPI), a leaky bucket for asyncio.
# Behaviour: the queue of waiters is not first come, first served once they ask for different amounts. Who asks for 10 units waits
# until the bucket has room for all 10 at once, and everybody who asks for 1 unit meanwhile takes the room as it appears. With small
# requests at twice the rate of the limiter, a large one waits until the small ones are over, however early it came.
# Seen: limit 10/s, bucket full; one asks for 10 units at 0 s, then 60 ask for 1 unit each, every 50 ms. In order of arrival the large
# one would go at 1 s; it goes last, at 7 s, after all 60.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check aiolimiter==1.3.0
"$work/venv/bin/python" - <<'PY'
import asyncio, time
from aiolimiter import AsyncLimiter

async def main():
    limiter, order = AsyncLimiter(10, 1), []
    start = time.monotonic()
    await limiter.acquire(10)

    async def large():
        await limiter.acquire(10)
        order.append(("large", time.monotonic() - start))

    async def small(number):
        await asyncio.sleep(0.05 * (number + 1))
        await limiter.acquire(1)
        order.append(("small", time.monotonic() - start))

    await asyncio.gather(large(), *(small(number) for number in range(60)))
    place = [name for name, _ in order].index("large") + 1
    print(f"the large request came first and went as number {place} of {len(order)}, after {order[place - 1][1]:.1f} s")
    assert place == 61 and order[-1][1] > 6.5, "the behaviour has changed"

asyncio.run(main())
PY
