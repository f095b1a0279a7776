//! Databases that get more shards while the run goes on: what moves from where to where, in how many batches.
//!
//! All shards are there from the start, those to come empty. What moves is what another shard is responsible for by the same rule: 1/n of
//! everything when a ring gets its n-th shard and all but that where the shard is the remainder of a hash (Karger et al. 1997), half of it
//! when either number doubles. The move itself is simulated in the engine's `reshard`, which also says what is not modelled.

use super::super::draft::{Draft, Owner};
use super::Parts;
use super::database::{Copies, shard_by};
use super::pool::hidden_endpoint;
use super::steps::{Side, Writer};
use crate::chance::key::{mix13, root, site};
use crate::chance::law::Law;
use crate::model;
use crate::plan::{
    AttributeId, CallId, ComponentId, EndpointId, Move, PoolId, Reshard, Ring, RingLaw, Shard,
    ShardBy, Step,
};
use crate::source::{At, Place, codes};
use std::collections::BTreeMap;

/// Keys that are looked up to learn how much moves from where to where: at least so many, and so many for each pair of shards.
const GRID: u64 = 1 << 16;
const GRID_OF_PAIR: u64 = 64;
/// More keys than this take too long: pairs that they miss move last.
const MOST_GRID: u64 = 1 << 17;
/// So many rings are looked at for how long a move may take.
const RINGS: u32 = 16;
/// More batches than this take longer to simulate than anybody waits.
const MOST_BATCHES: u64 = 2_000_000;
/// Batches that follow each other faster are no throttle [ns].
const LEAST_INTERVAL: f64 = 1e5;

/// The endpoints of a move: the giver's, the taker's, and that of its followers.
pub(in super::super) type Ends = [EndpointId; 3];

/// How many shards there are in the end.
pub(super) fn shards_in_the_end(draft: &mut Draft<'_>, database: &model::Database) -> usize {
    let from = database.shards.get();
    let to = database
        .reshard
        .as_ref()
        .map_or(from, |reshard| reshard.to.get());
    if let Some(reshard) = database.reshard.as_ref().filter(|_| to <= from) {
        let message = format!("there are {from} shards: `to: {to}` adds none");
        draft.complain(codes::OUT_OF_RANGE, reshard.to.place, message);
    }
    usize::try_from(to.max(from)).unwrap_or(usize::MAX)
}

/// The move of a database, and the endpoints that its batches go through. `key` finds the shard.
pub(super) fn declare(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    component: ComponentId,
    reach: &mut Copies,
    key: AttributeId,
) {
    let Some(written) = &database.reshard else {
        return;
    };
    let (Some(leader), true) = (reach.pools.first().copied(), reach.database.is_some()) else {
        return;
    };
    let Some(keys) = key.is_some().then(|| draft.keyspace_of(key)).flatten() else {
        return; // nothing finds the shard, which has been said
    };
    let from = u32::try_from(database.shards.get()).unwrap_or(u32::MAX);
    let before = shard_by(draft, name, database, key, from);
    let Some(bytes) = bytes(draft, name, database, written.to.place) else {
        return;
    };
    let interval = written.batch.bytes() / written.rate.bytes_per_second() * 1e9;
    if !(LEAST_INTERVAL..1e18).contains(&interval) {
        let message = "batches follow each other every 0.1 ms at the fastest, and once in 30 years at the slowest";
        return draft.complain(codes::OUT_OF_RANGE, written.rate.place, message);
    }
    let row = &draft.plan.databases[reach.database.index()];
    let items = draft.plan.keyspaces[keys.index()].items.max(1);
    let (moves, longest) = if let ShardBy::Ring(law) = &row.shard_by {
        on_rings(law, (from, row.shards), bytes, written.batch.bytes())
    } else {
        let Some(shares) = shares(row, (&before, from), items) else {
            return; // the list is too long, which has been said
        };
        let moves = Move::all(shares, bytes);
        let longest = most_batches(&moves, written.batch.bytes());
        (moves, longest)
    };
    let reshard = Reshard {
        from,
        shard_by: before,
        at: written.at.ns(),
        interval: interval as u64,
        batch: written.batch.bytes(),
        all: bytes,
        moves,
        longest,
        give: CallId::NONE,
        take: CallId::NONE,
        site: site(&["reshard", &name.value]),
    };
    let batches = reshard.batches();
    if batches > MOST_BATCHES {
        let message = format!("{batches} batches are more than can be simulated");
        let hint = "let them be larger: `batch: 64MiB`";
        return draft.complain_with(codes::TOO_MANY, written.batch.place, message, hint);
    }
    let follower = reach.pools.get(1).copied().unwrap_or(leader);
    let ends = [
        ("reshard/give", leader),
        ("reshard/take", leader),
        ("reshard/copy", follower),
    ];
    let end = |(end, pool)| hidden_endpoint(draft, component, end, pool, false);
    reach.moves = Some(ends.map(end));
    draft.plan.databases[reach.database.index()].reshard = Some(reshard);
}

/// How much there is, in bytes.
fn bytes(
    draft: &mut Draft<'_>,
    name: &At<String>,
    database: &model::Database,
    place: Place,
) -> Option<f64> {
    let of = database
        .of
        .as_ref()
        .and_then(|of| draft.find_keyspace(&of.value));
    let space = of.map(|of| &draft.plan.keyspaces[of.index()]);
    let known = space.filter(|space| space.has_sizes());
    if let Some(space) = known {
        return Some(space.items as f64 * space.mean_size(&draft.plan.demands));
    }
    let message = format!("nothing says how much there is to move in `{}`", name.value);
    let hint = "say what it is `of:`, and in `data:` the `size` of an item";
    draft.complain_with(codes::CONTRADICTION, place, message, hint);
    None
}

/// Batches of the shard that gives most.
fn most_batches(moves: &[Move], batch: f64) -> u32 {
    let batches = Move::givers(moves, batch).map(|(_, batches)| batches);
    batches.max().unwrap_or(0)
}

/// What moves on rings from so many shards to so many: on average every pair of an old and a new one has the same part of it. And the
/// batches of the shard that gives most, on the worst of some rings.
fn on_rings(law: &RingLaw, (from, to): (u32, u32), all: f64, batch: f64) -> (Vec<Move>, u32) {
    let ring = |number| law.draw(root(0, number));
    if !law.is_luck() {
        let moves = Move::all(ring(0).moved(from), all);
        let longest = most_batches(&moves, batch);
        return (moves, longest);
    }
    let part = 1.0 / (f64::from(from) * f64::from(to));
    let pairs = (0..from).flat_map(|old| (from..to).map(move |new| ((old, new), part)));
    let longest = (0..RINGS).map(|number| {
        let moves = Move::all(ring(number).moved(from), all);
        most_batches(&moves, batch)
    });
    let longest = longest.max().unwrap_or(0);
    (Move::all(pairs, all), longest)
}

/// The parts of everything that move between shards, which are found by one of so many keys; `None` where it would take too long to say.
fn shares(
    row: &crate::plan::Database,
    (before, from): (&ShardBy, u32),
    items: u64,
) -> Option<BTreeMap<(u32, u32), f64>> {
    let ring = Ring::default();
    let listed = match &row.shard_by {
        ShardBy::Directory(hot) => u64::from(*hot).min(items),
        _ => 0,
    };
    if listed > MOST_GRID {
        return None;
    }
    let mut shares: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    let mut add = |object: u64, hash: u64, share: f64| {
        let old = before.shard(&ring, from, object, || object, || hash);
        let new = row
            .shard_by
            .shard(&ring, row.shards, object, || object, || hash);
        if old != new {
            *shares.entry((old, new)).or_default() += share;
        }
    };
    (0..listed).for_each(|object| add(object, 0, 1.0 / items as f64));
    let rest = (items - listed) as f64 / items as f64;
    let pairs = u64::from(from) * u64::from(row.shards);
    let grid = GRID.max(pairs.saturating_mul(GRID_OF_PAIR)).min(MOST_GRID);
    for point in 0..grid {
        // Evenly by number, for ranges; any hashes do for all others.
        let object = u128::from(2 * point + 1) * u128::from(items) / u128::from(2 * grid);
        let object = u64::try_from(object).unwrap_or(items);
        let object = if listed > 0 { items } else { object };
        add(object, mix13(point + 1), rest / grid as f64);
    }
    Some(shares)
}

/// What a batch costs the leader that gives it, the one that takes it, and then that one's followers.
pub(super) fn compile(
    draft: &mut Draft<'_>,
    parts: &mut Parts,
    component: ComponentId,
    name: &str,
    written: &model::Reshard,
    delay: bool,
) {
    let Some(copies) = parts.copies.get(&component).cloned() else {
        return;
    };
    let Some([give, take, copy]) = copies.moves else {
        return;
    };
    let (place, batch) = (written.body.place, written.batch.bytes());
    for (end, program) in [
        (give, "reshard/give"),
        (take, "reshard/take"),
        (copy, "reshard/copy"),
    ] {
        let first = draft.here();
        draft.plan.endpoints[end.index()].entry = first;
        let owner = [name, program, ""];
        let mut writer = Writer::new(draft, parts, Side::Database, component, owner, delay);
        writer.block(&written.body, false);
        if end == take {
            let followers = copies.pools.iter().skip(1);
            let calls: Vec<CallId> = followers
                .map(|pool| to_shard(&mut writer, copy, *pool, Shard::Own, place))
                .collect();
            let Writer { draft, .. } = &mut writer;
            for call in calls {
                body(draft, call, name, batch, place);
                draft.emit(Step::Send(call));
            }
        }
        let calls = (end == give).then(|| {
            let leader = copies.pools.first().copied().unwrap_or(PoolId::NONE);
            [give, take].map(|end| to_shard(&mut writer, end, leader, Shard::Moving, place))
        });
        if let Some([give, take]) = calls {
            body(draft, take, name, batch, place);
            let row = &mut draft.plan.databases[copies.database.index()];
            if let Some(reshard) = &mut row.reshard {
                (reshard.give, reshard.take) = (give, take);
            }
        }
        draft.emit(Step::End);
        draft.close(
            format!("{name}.{program}"),
            Owner::Endpoint(end),
            first,
            place,
        );
    }
}

fn to_shard(
    writer: &mut Writer<'_, '_>,
    end: EndpointId,
    pool: PoolId,
    shard: Shard,
    place: Place,
) -> CallId {
    let call = writer.call_row(end, None, place);
    let row = &mut writer.draft.plan.calls[call.index()];
    (row.pool, row.shard) = (pool, shard);
    call
}

/// A call carries a batch.
fn body(draft: &mut Draft<'_>, call: CallId, name: &str, bytes: f64, place: Place) {
    let to = draft.plan.calls[call.index()].pool.0.to_string();
    let site = draft.site(&[name, "reshard", "batch", &to], place);
    let law = Law::Constant(bytes);
    draft.plan.calls[call.index()].body = super::super::value::constant_or(draft, law, site, place);
}
