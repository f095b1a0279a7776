#!/usr/bin/env bash
# Concerns: pybreaker 1.4.1 (PyPI), a circuit breaker for Python.
# Behaviour: a closed breaker lets only one protected call run at a time. `CircuitBreaker.call` holds the breaker's lock while the
# protected function runs, so ten threads whose calls take 100 ms each need a second behind one breaker, and 100 ms without it.
# To a queueing model the breaker is not only a guard, it is a station with one server: at most 1/(mean call time) calls a second
# from each process, whatever the number of threads.
# Seen: ten calls of 100 ms on ten threads: 0.1 s bare, 1.0 s behind a closed breaker; never more than one of them inside.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pybreaker==1.4.1
"$work/venv/bin/python" - <<'PY'
import concurrent.futures, threading, time
import pybreaker

inside, most, lock = 0, 0, threading.Lock()

def work():
    global inside, most
    with lock:
        inside += 1
        most = max(most, inside)
    time.sleep(0.1)
    with lock:
        inside -= 1

def ten(call):
    global most
    most = 0
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda _: call(work), range(10)))
    return time.monotonic() - start, most

bare, together = ten(lambda function: function())
breaker = pybreaker.CircuitBreaker(fail_max=5)
guarded, alone = ten(breaker.call)
print(f"bare: {bare:.2f} s, {together} at once; behind a {breaker.current_state} breaker: {guarded:.2f} s, {alone} at once")
assert together >= 5 and alone == 1 and guarded >= 0.99, "the behaviour has changed"
PY
