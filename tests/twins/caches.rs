//! Caches against lists that are searched from end to end: rules of eviction, time to live (fixed, spread or sliding), room in items or bytes, coalescing.

use super::SCHEDULES;
use super::fates::{self, End, Run, law, luck, one_of, universe};
use scaleproof::chance::key::Key;
use scaleproof::plan::Step;
use scaleproof::policy::Cause;
use scaleproof::policy::evict::{Found, Rule, Store as Clever};

/// (object, bytes, expires), the least recently used first.
struct Store {
    held: Vec<(u64, u64, u64)>,
    items: u64,
    bytes: u64,
    /// What is found is good for this long again; 0 = no.
    slide: u64,
}

impl Store {
    fn find(&mut self, object: u64, now: u64) -> Found {
        let Some(at) = self.held.iter().position(|row| row.0 == object) else {
            return Found::Nothing;
        };
        let row = self.held.remove(at);
        if row.2 <= now {
            return Found::Expired;
        }
        let expires = if self.slide > 0 {
            now + self.slide
        } else {
            row.2
        };
        self.held.push((row.0, row.1, expires));
        Found::Fresh
    }

    fn store(&mut self, object: u64, bytes: u64, expires: u64) -> u64 {
        self.held.retain(|row| row.0 != object);
        if bytes > self.bytes {
            return 0;
        }
        self.held.push((object, bytes, expires));
        let mut evicted = 0;
        while self.held.len() as u64 > self.items
            || self.held.iter().map(|row| row.1).sum::<u64>() > self.bytes
        {
            self.held.remove(0);
            evicted += 1;
        }
        evicted
    }
}

#[test]
fn least_recently_used_agrees_with_a_list() {
    let mut found_all = [0; 3];
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "lru");
        let items = one_of(draw, &[1, 2, 7, 40, u64::MAX]);
        let bytes = one_of(draw, &[10, 100, 1000, u64::MAX]);
        let slide = one_of(draw, &[0, 0, 100]);
        let mut clever = Clever::new(Rule::Lru, items, bytes, Key::default()).sliding(slide);
        let mut plain = Store {
            held: Vec::new(),
            items,
            bytes,
            slide,
        };
        let mut now = 0;
        for step in 0..200 {
            now += u64::from(draw.below(5));
            let object = u64::from(draw.below(30));
            if draw.chance(0.5) {
                let found = clever.find(object, now);
                assert_eq!(
                    found,
                    plain.find(object, now),
                    "schedule {schedule}, step {step}"
                );
                found_all[found as usize] += 1;
            } else {
                let (bytes, expires) =
                    (u64::from(draw.below(50)), now + u64::from(draw.below(300)));
                assert_eq!(
                    clever.store(object, bytes, expires),
                    plain.store(object, bytes, expires),
                    "schedule {schedule}, step {step}"
                );
            }
            assert_eq!(clever.len(), plain.held.len() as u64);
        }
    }
    assert!(
        found_all.iter().all(|&count| count > 2_000),
        "{found_all:?}"
    );
}

/// A request that fetches an object, and those that wait for what it fetches.
struct Fetch {
    request: usize,
    done: u64,
    object: u64,
    waiting: Vec<usize>,
    /// How many have fetched it one after the other, this one included.
    fetches: u32,
}

struct Twin<'a> {
    run: &'a Run,
    schedule: u32,
    store: Store,
    fetches: Vec<Fetch>,
    ends: Vec<(usize, End)>,
    /// Hits, misses, coalesced, stored, evicted.
    counts: [u64; 5],
}

impl Twin<'_> {
    fn end(&mut self, request: usize, now: u64, outcome: Result<(), Cause>) {
        let row = &self.run.requests[request];
        self.ends.push((row.workload, (row.birth, now, outcome)));
    }

    fn fetch(
        &mut self,
        (request, fetches): (usize, u32),
        object: u64,
        now: u64,
        waiting: Vec<usize>,
    ) {
        let stay = self.run.demand(|step| match step {
            Step::Sleep(demand) => Some(*demand),
            _ => None,
        });
        let span = (self.run.amount(stay, self.run.requests[request].call) + 0.5) as u64;
        self.counts[1] += 1;
        self.fetches.push(Fetch {
            request,
            done: now + span,
            object,
            waiting,
            fetches,
        });
    }

    fn arrive(&mut self, request: usize, now: u64) {
        let plan = &self.run.plan;
        let attribute = &plan.attributes[plan.gets[0].key.index()];
        let mut draw = self.run.requests[request].root.draw(attribute.site);
        let object = plan.keyspaces[0].popularity.rank(&mut draw);
        let found = self.store.find(object, now);
        if found == Found::Fresh {
            self.counts[0] += 1;
            return self.end(request, now, Ok(()));
        }
        let open = self.fetches.iter_mut().find(|fetch| fetch.object == object);
        match open {
            Some(fetch) if plan.caches[0].coalesce => fetch.waiting.push(request),
            _ => self.fetch((request, 1), object, now, Vec::new()),
        }
    }

    fn done(&mut self, at: usize, now: u64) {
        let Fetch {
            request,
            object,
            mut waiting,
            fetches,
            ..
        } = self.fetches.remove(at);
        let (plan, cache) = (&self.run.plan, &self.run.plan.caches[0]);
        let key = self.run.requests[request].call;
        let fails = plan
            .chances
            .iter()
            .any(|chance| key.draw(chance.site).chance(chance.probability));
        if fails {
            self.end(request, now, Err(Cause::Error));
            // All who wait fail with the last of those who may fetch one after the other.
            if fetches >= plan.guards.fetches_of(0_usize.into()) {
                self.counts[1] += waiting.len() as u64;
                for waiting in waiting {
                    self.end(waiting, now, Err(Cause::Error));
                }
            } else if !waiting.is_empty() {
                let next = waiting.remove(0);
                self.fetch((next, fetches + 1), object, now, waiting);
            }
            return;
        }
        let space = &plan.keyspaces[0];
        let bytes = if cache.capacity_bytes == u64::MAX {
            0
        } else {
            let fate = universe(self.schedule).child(space.site, object);
            (self.run.amount(space.size, fate) + 0.5) as u64
        };
        let unit = key.child(space.site, object).draw(cache.site).unit();
        let life = cache.ttl as f64 * (1.0 + cache.ttl_jitter * (2.0 * unit - 1.0));
        let fresh = now + (life + 0.5) as u64;
        // Who fetches what another has fetched meanwhile does not prolong it.
        let there = self.store.held.iter().find(|row| row.0 == object);
        let expires = match there {
            Some(row) if row.2 > now && !cache.sliding => row.2,
            _ => fresh,
        };
        self.counts[4] += self.store.store(object, bytes, expires);
        self.counts[3] += 1;
        self.counts[2] += waiting.len() as u64;
        self.end(request, now, Ok(()));
        for waiting in waiting {
            self.end(waiting, now, Ok(()));
        }
    }

    fn follow(&mut self) {
        let mut next = 0;
        loop {
            let done = self
                .fetches
                .iter()
                .map(|fetch| fetch.done)
                .min()
                .unwrap_or(u64::MAX);
            let arrive = self
                .run
                .requests
                .get(next)
                .map_or(u64::MAX, |row| row.birth);
            let now = done.min(arrive);
            if now >= self.run.until {
                return;
            }
            if done == now {
                let at = self
                    .fetches
                    .iter()
                    .position(|fetch| fetch.done == now)
                    .expect("one");
                self.done(at, now);
            } else {
                self.arrive(next, now);
                next += 1;
            }
        }
    }
}

#[test]
fn caches_with_coalescing_agree_with_a_list() {
    let mut counts = [0; 5];
    let mut failed = 0;
    for schedule in 0..SCHEDULES {
        let draw = &mut luck(schedule, "caches");
        let items = one_of(draw, &[5, 40, 300]);
        let capacity = one_of(draw, &["1 items", "4 items", "30 items", "4KiB", "20KiB"]);
        let ttl = one_of(draw, &[3, 20, 10_000]);
        let time = one_of(draw, &["fixed", "fixed", "sliding"]);
        let jitter = one_of(draw, &[0, 50]);
        let life = match (time, jitter) {
            ("sliding", _) | (_, 0) => format!("{time}: {ttl}ms"),
            _ => format!("{time}: {ttl}ms, jitter: {jitter}%"),
        };
        let coalesce = one_of(
            draw,
            &[
                "false",
                "true",
                "{ failed: next }",
                "{ failed: next, most: 5 }",
            ],
        );
        let fail = one_of(draw, &["", ", { fail: 30% }"]);
        let rate = one_of(draw, &[300.0, 1500.0]);
        let batch = one_of(draw, &["", ", batch: { geometric: { mean: 3, from: 1 } }"]);
        let text = format!(
            "scaleproof: model/1\nname: twin\ndata: {{ goods: {{ items: {items}, popularity: {{ zipf: {{ exponent: 0.9 }} }}, size: {{ uniform: {{ from: 100B, to: 2KiB }} }} }} }}\nworkloads: {{ w: {{ open: {{ rate: {rate}/s{batch} }}, mix: {{ j: 1 }} }} }}\njourneys: {{ j: {{ call: s.e }} }}\nservices: {{ s: {{ endpoints: {{ e: {{ get: memo, miss: [ {{ sleep: {} }}{fail} ] }} }} }} }}\ncaches: {{ memo: {{ of: goods, per: s, capacity: {capacity}, ttl: {{ {life} }}, coalesce: {coalesce} }} }}",
            law(draw, 5.0)
        );
        let run = fates::run(&text, schedule, (80.0 / rate * 1e9) as u64);
        let cache = &run.plan.caches[0];
        let mut twin = Twin {
            store: Store {
                held: Vec::new(),
                items: cache.capacity_items,
                bytes: cache.capacity_bytes,
                slide: if cache.sliding { cache.ttl } else { 0 },
            },
            run: &run,
            schedule,
            fetches: Vec::new(),
            ends: Vec::new(),
            counts: [0; 5],
        };
        twin.follow();
        assert_eq!(run.caches, twin.counts, "schedule {schedule}\n{text}");
        let ends = twin.ends;
        run.assert_exactly(schedule, &text, ends);
        for (all, count) in counts.iter_mut().zip(run.caches) {
            *all += count;
        }
        failed += run.ends.iter().filter(|(_, end)| end.2.is_err()).count();
    }
    assert!(
        counts.iter().all(|&count| count > 3_000) && failed > 3_000,
        "{counts:?}, {failed} failed"
    );
}

/// (object, found since the rule last looked), the oldest first, and where the hand of SIEVE has got to.
struct Queue {
    held: Vec<(u64, bool)>,
    room: usize,
    hand: usize,
}

impl Queue {
    fn ask(&mut self, rule: Rule, object: u64) -> bool {
        if let Some(row) = self.held.iter_mut().find(|row| row.0 == object) {
            row.1 = true;
            return true;
        }
        if self.held.len() == self.room {
            match rule {
                Rule::Clock => {
                    while self.held[0].1 {
                        self.held[0].1 = false;
                        self.held.rotate_left(1);
                    }
                    self.held.remove(0);
                }
                Rule::Sieve => {
                    loop {
                        let at = self.hand % self.held.len();
                        if !std::mem::take(&mut self.held[at].1) {
                            self.hand = at;
                            break;
                        }
                        self.hand = at + 1;
                    }
                    self.held.remove(self.hand);
                    if self.hand == self.held.len() {
                        self.hand = 0; // from the newest on to the oldest
                    }
                }
                _ => drop(self.held.remove(0)),
            }
        }
        self.held.push((object, false));
        false
    }
}

#[test]
fn queues_with_and_without_a_second_chance_agree_with_a_list() {
    for rule in [Rule::Fifo, Rule::Clock, Rule::Sieve] {
        let mut hits = 0;
        for schedule in 0..SCHEDULES {
            let draw = &mut luck(schedule, "queue");
            let room = one_of(draw, &[1, 2, 7, 20]);
            let mut clever = Clever::new(rule, room, u64::MAX, Key::default());
            let mut plain = Queue {
                held: Vec::new(),
                room: room as usize,
                hand: 0,
            };
            for step in 0..200 {
                let object = u64::from(draw.below(30)) * u64::from(draw.below(30)) / 30;
                let found = clever.find(object, 0) == Found::Fresh;
                if !found {
                    clever.store(object, 0, u64::MAX);
                }
                let expected = plain.ask(rule, object);
                assert_eq!(
                    found, expected,
                    "{rule:?}, schedule {schedule}, step {step}"
                );
                hits += u32::from(found);
            }
        }
        assert!(hits > 10_000, "{rule:?} was hardly tried: {hits} hits");
    }
}
