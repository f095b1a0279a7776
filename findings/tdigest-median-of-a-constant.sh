#!/usr/bin/env bash
# Concerns: pytdigest 0.1.4 and tdigest 0.5.2.2 (PyPI), two t-digests for Python.
# Behaviour: where most values are one constant (an answer from a cache, a timeout), their quantiles are not that constant, nor
# anything near it. Between two centroids both interpolate linearly over the mass, also where one of them stands for 97 % of
# all values: of 97 % times of 10 ms and 3 % of 10 s they call the median 0.3 s and the 95th percentile 9.3 s. Both are 10 ms exactly;
# fastdigest 0.12.0, a third t-digest, says so. The error is worst in the middle, where t-digests promise least but readers suspect
# nothing.
# Seen: p50, p95 in ms: exact 10, 10; pytdigest 310, 9,301; tdigest 310, 9,301; fastdigest 10, 10.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pytdigest==0.1.4 tdigest==0.5.2.2 fastdigest==0.12.0 numpy==2.4.6
"$work/venv/bin/python" - <<'PY'
import numpy
import fastdigest, pytdigest, tdigest

# In the order in which a service would answer: every 33rd or so request is slow.
values = [10_000.0 if number % 100 in (20, 50, 80) else 10.0 for number in range(20_000)]
exact = numpy.quantile(values, [0.5, 0.95], method="inverted_cdf")
slow = tdigest.TDigest()
for value in values:
    slow.update(value)
compiled = pytdigest.TDigest.compute(numpy.array(values))
fast = fastdigest.TDigest.from_values(values)
rows = {
    "exact": list(exact),
    "pytdigest": [float(compiled.inverse_cdf(p)) for p in (0.5, 0.95)],
    "tdigest": [slow.percentile(50), slow.percentile(95)],
    "fastdigest": [fast.quantile(0.5), fast.quantile(0.95)],
}
for name, row in rows.items():
    print(f"{name:>10}: p50 {row[0]:8.1f} ms, p95 {row[1]:8.1f} ms")
assert rows["exact"] == [10, 10] and rows["fastdigest"] == [10, 10], "the behaviour has changed"
for name in ("pytdigest", "tdigest"):
    assert rows[name][0] > 100 and rows[name][1] > 9000, "the behaviour has changed"
PY
