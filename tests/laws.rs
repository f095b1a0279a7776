//! Laws that hold on every run, exactly: conservation, Little's law as an identity of areas, busy at most capacity.

mod common;

use scaleproof::measure::Stopped;
use scaleproof::measure::recorder::{Span, replicate};

const MESS: &str = r"
scaleproof: model/1
name: mess
priorities: [ gold, bronze ]
data: { goods: { items: 500, popularity: { zipf: { exponent: 1.1 } } } }
workloads:
  web: { open: { rate: 120/s }, mix: { shop.look: 3, shop.buy: 1 } }
  vip: { open: { rate: 20/s }, mix: { shop.buy: 1 }, priority: gold }
  staff: { closed: { users: 20, think: { exponential: 300ms } }, mix: { shop.look: 1 } }
services:
  shop:
    replicas: 3
    cores: 1.5
    concurrency: 6
    backlog: 10
    discipline: priority
    patience: { exponential: 300ms }
    balance: least-requests
    endpoints:
      look: [ { compute: { exponential: 4ms } }, { get: memo, miss: { call: store.read, timeout: 15ms, cancel: propagate, retry: { attempts: 3, backoff: 1ms, budget: 20% } } }, reply, { compute: 1ms } ]
      buy: [ { compute: { exponential: 6ms } }, { parallel: [ { call: store.write }, { call: pay.charge, timeout: 12ms }, { compute: 2ms } ], need: 2, rest: cancel }, { send: pay.log } ]
  pay: { cpu: { priority: { preempt: true } }, concurrency: 4, backlog: 3, endpoints: { charge: [ { compute: { exponential: 9ms } }, { fail: 5% } ], log: { compute: 1ms } } }
caches: { memo: { of: goods, per: shop, capacity: 50 items, ttl: 500ms, coalesce: true } }
databases: { store: { of: goods, replicas: 2, cores: 2, cpu: fifo, write: { acks: 2 }, connections: { per-caller: 5, wait: 10ms }, queries: { read: { reads: one, do: { compute: { exponential: 8ms } } }, write: { writes: one, do: { compute: { exponential: 5ms } } } } } }
";

/// What the first has not: no network, a shared queue, a bounded coalescing cache on nodes, forwards under timeouts, counts that vary.
const ANOTHER: &str = r"
scaleproof: model/1
name: another
data: { goods: { items: 100, popularity: { zipf: { exponent: 1.0 } } } }
workloads:
  web: { open: { rate: 60/s }, mix: { shop.look: 3, shop.buy: 1 } }
  staff: { closed: { users: 8, think: { exponential: 200ms } }, mix: { spread: 1 } }
journeys: { spread: { parallel: [ { call: shop.look }, { call: shop.buy }, { sleep: 5ms } ], need: 1 } }
services:
  shop:
    replicas: 2
    concurrency: 3
    backlog: 20
    balance: shared-queue
    endpoints:
      look: [ { compute: { exponential: 5ms } }, { get: memo, timeout: 8ms, miss: { call: back.read, timeout: 10ms, cancel: propagate, on-failure: continue } } ]
      buy: [ { repeat: { weighted: { 1: 1, 2: 1, 4: 1 } }, at-once: 2, need: 2, rest: cancel, do: { call: back.write, timeout: 9ms, cancel: propagate, on-failure: { fail: 50% } } }, { forward: tail.end } ]
  back:
    replicas: 2
    concurrency: 2
    backlog: 4
    balance: { least-requests: { view: caller } }
    pools: { disk: { size: 1 } }
    endpoints: { read: { forward: tail.end }, write: { hold: disk, wait: 4ms, do: { sleep: { exponential: 6ms } } } }
  tail: { replicas: 2, cores: 1, balance: { power-of-d: { choices: 2, view: caller } }, endpoints: { end: [ { compute: { exponential: 4ms } }, reply, { compute: 1ms } ] } }
caches: { memo: { of: goods, nodes: 2, concurrency: 1, backlog: 3, capacity: 20 items, ttl: 300ms, coalesce: true, do: { compute: 0.5ms } } }
";

#[test]
fn what_comes_goes_or_stays_elsewhere() {
    let plan = common::plan(ANOTHER);
    for replication in 0..8 {
        let span = Span {
            from: 2_000_000_000,
            until: 22_000_000_000,
            settle: 20_000_000_000,
            windows: 40,
            most_flights: 1 << 16,
        };
        let tally = replicate(&plan, 7, replication, &span, &|| false).expect("not stopped");
        assert_eq!(tally.stopped, Stopped::Settled);
        for row in tally.entries.iter().chain(&tally.endpoints) {
            assert_eq!(
                row.sent,
                row.ok + row.failed.iter().sum::<u64>() + row.unfinished
            );
        }
        for (index, row) in tally
            .stations
            .iter()
            .enumerate()
            .filter(|(index, _)| plan.stations[*index].shared.is_none())
        {
            assert_eq!(
                row.at_start + row.arrived,
                row.finished + row.refused + row.abandoned + row.at_end,
                "station {index}"
            );
        }
        let failed: u64 = tally
            .endpoints
            .iter()
            .map(|row| row.failed.iter().sum::<u64>())
            .sum();
        assert!(failed > 100, "{failed}");
    }
}

#[test]
fn what_comes_goes_or_stays() {
    let plan = common::plan(MESS);
    for replication in 0..8 {
        let span = Span {
            from: 2_000_000_000,
            until: 22_000_000_000,
            settle: 20_000_000_000,
            windows: 40,
            most_flights: 1 << 16,
        };
        let tally = replicate(&plan, 7, replication, &span, &|| false).expect("not stopped");
        let window = u128::from(tally.until - tally.from);
        for (row, kind) in tally
            .entries
            .iter()
            .map(|row| (row, "request"))
            .chain(tally.endpoints.iter().map(|row| (row, "call")))
        {
            let ended = row.ok + row.failed.iter().sum::<u64>() + row.unfinished;
            assert_eq!(row.sent, ended, "{kind}: sent = ended + unfinished");
            assert_eq!(row.ok, row.histogram.count());
        }
        for (index, row) in tally.stations.iter().enumerate() {
            let station = &plan.stations[index];
            let left = row.finished + row.refused + row.abandoned;
            assert_eq!(
                row.at_start + row.arrived,
                left + row.at_end,
                "station {index}: what came and was there left or is there"
            );
            assert_eq!(
                row.present,
                row.slots + row.queued,
                "L is the sum of the stays over the window"
            );
            if station.concurrency != u32::MAX {
                assert!(
                    row.slots <= window * u128::from(station.concurrency),
                    "slots in use at most slots"
                );
                assert!(row.most_queued <= u64::from(station.backlog));
            }
            assert!(row.wasted <= row.slots);
        }
        for (index, row) in tally.processors.iter().enumerate() {
            if let scaleproof::plan::Capacity::Cores(cores) = plan.processors[index].cores {
                assert!(
                    row.busy as f64 <= window as f64 * cores * 1000.0 * 1.000_001,
                    "busy at most cores"
                );
            }
        }
        for (index, row) in tally.holds.iter().enumerate() {
            let quantity = &plan.quantities[index];
            assert!(
                row.used <= window * u128::from(quantity.size) * u128::from(quantity.instances)
            );
        }
        let failed: u64 = tally
            .entries
            .iter()
            .map(|row| row.failed.iter().sum::<u64>())
            .sum();
        assert!(failed > 20, "the mess is a mess: {failed} failures");
        assert!(
            tally.caches[0].hits > 100
                && tally.caches[0].misses > 100
                && tally.caches[0].coalesced > 0
        );
    }
}
