#!/usr/bin/env bash
# Concerns: circuitbreaker 2.1.3 (PyPI), a circuit breaker for Python.
# Behaviour: half-open is not "one trial call". Once the recovery timeout has passed, every call that arrives before the first of
# them has failed goes through to the ailing service: the breaker opens again only when an answer is in. With c callers that wait,
# each recovery timeout sends a burst of c calls at once, so a model with a single probe per timeout is wrong by a factor of c.
# Seen: three failures open the breaker; after the timeout, 50 concurrent callers make 50 calls, all of which fail.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check circuitbreaker==2.1.3
"$work/venv/bin/python" - <<'PY'
import concurrent.futures, threading, time
from circuitbreaker import CircuitBreaker, CircuitBreakerError

calls, lock = 0, threading.Lock()
breaker = CircuitBreaker(failure_threshold=3, recovery_timeout=1)

@breaker
def ask():
    global calls
    with lock:
        calls += 1
    time.sleep(0.5)
    raise IOError("the service is down")

def attempt(_):
    try:
        ask()
    except (IOError, CircuitBreakerError) as error:
        return type(error).__name__

for number in range(3):
    attempt(number)
opened, refused = breaker.state, attempt(0)
calls = 0
time.sleep(1.1)
with concurrent.futures.ThreadPoolExecutor(50) as callers:
    list(callers.map(attempt, range(50)))
print(f"after three failures: {opened}, a further call gets {refused}; after the timeout 50 callers made {calls} calls")
assert opened == "open" and refused == "CircuitBreakerError" and calls == 50, "the behaviour has changed"
PY
