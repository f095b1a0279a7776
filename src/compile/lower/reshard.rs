//! Databases that get more shards while the run goes on: what moves from where to where, in how many batches.
//!
//! All shards are there from the start, those to come empty. What moves is what another shard is responsible for by the same rule: 1/n of
//! everything when a ring gets its n-th shard and all but that where the shard is the remainder of a hash (Karger et al. 1997), half of it
//! when either number doubles. The move itself is
//! simulated in the engine's `reshard`, which also says what is not modelled.

use super::super::draft::{Draft, Owner};
use super::Parts;
use super::database::{Copies, shard_by};
use super::pool::hidden_endpoint;
use super::steps::{Side, Writer};
use crate::chance::key::{mix13, site};
use crate::chance::law::Law;
use crate::model;
use crate::plan::{
    AttributeId, CallId, ComponentId, DemandId, EndpointId, Move, PoolId, Reshard, Shard, ShardBy,
    Step,
};
use crate::source::{At, Place, codes};

/// Keys that are looked up to learn how much moves from where to where.
const GRID: u64 = 1 << 16;
/// More batches than this take longer to simulate than anybody waits.
const MOST_BATCHES: f64 = 2e6;
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
    let moves = moves(draft, row, (&before, from), bytes / written.batch.bytes());
    let batches: f64 = moves.iter().map(|pair| f64::from(pair.batches)).sum();
    if batches > MOST_BATCHES {
        let message = format!("{batches:.0} batches are more than can be simulated");
        let hint = "let them be larger: `batch: 64MiB`";
        return draft.complain_with(codes::TOO_MANY, written.batch.place, message, hint);
    }
    let ends = ["reshard/give", "reshard/take", "reshard/copy"];
    let follower = reach.pools.get(1).copied().unwrap_or(leader);
    let pools = [leader, leader, follower];
    let mut at = pools.into_iter().zip(ends);
    reach.moves = Some([(); 3].map(|()| {
        let (pool, end) = at.next().unwrap_or((leader, ""));
        hidden_endpoint(draft, component, end, pool, false)
    }));
    draft.plan.databases[reach.database.index()].reshard = Some(Reshard {
        from,
        shard_by: before,
        at: written.at.ns(),
        interval: interval as u64,
        batch: written.batch.bytes(),
        moves,
        give: CallId::NONE,
        take: CallId::NONE,
        site: site(&["reshard", &name.value]),
    });
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

/// The pairs of shards between which something moves, with the number of batches of all the data in `all`.
fn moves(
    draft: &Draft<'_>,
    row: &crate::plan::Database,
    (before, from): (&ShardBy, u32),
    all: f64,
) -> Vec<Move> {
    let keys = draft.keyspace_of(row.key);
    let items = keys.map_or(1, |keys| draft.plan.keyspaces[keys.index()].items);
    let listed = match &row.shard_by {
        ShardBy::Directory(hot) => u64::from(*hot).min(items),
        _ => 0,
    };
    let mut shares = vec![0.0; from as usize * row.shards as usize];
    let mut add = |object: u64, hash: u64, share: f64| {
        let old = before.shard(from, object, || object, || hash);
        let new = row.shard_by.shard(row.shards, object, || object, || hash);
        if old != new {
            shares[old as usize * row.shards as usize + new as usize] += share;
        }
    };
    (0..listed).for_each(|object| add(object, 0, 1.0 / items as f64));
    let rest = (items - listed) as f64 / items as f64;
    for point in 0..GRID {
        // Evenly by number, for ranges; any hashes do for all others.
        let object = u128::from(2 * point + 1) * u128::from(items) / u128::from(2 * GRID);
        let object = u64::try_from(object).unwrap_or(items);
        let object = if listed > 0 { items } else { object };
        add(object, mix13(point + 1), rest / GRID as f64);
    }
    let pairs = (0..from).flat_map(|old| (0..row.shards).map(move |new| (old, new)));
    pairs
        .zip(shares)
        .filter(|(_, share)| *share > 0.0)
        .map(|((from, to), share)| Move {
            from,
            to,
            batches: (share * all).ceil().clamp(1.0, f64::from(u32::MAX)) as u32,
        })
        .collect()
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
    let place = written.body.place;
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
            for call in calls {
                writer.draft.emit(Step::Send(call));
            }
        }
        let calls = (end == give).then(|| {
            let leader = copies.pools.first().copied().unwrap_or(PoolId::NONE);
            [give, take].map(|end| to_shard(&mut writer, end, leader, Shard::Moving, place))
        });
        if let Some([give, take]) = calls {
            let row = &mut draft.plan.databases[copies.database.index()];
            if let Some(reshard) = &mut row.reshard {
                (reshard.give, reshard.take) = (give, take);
                let bytes = Law::Constant(reshard.batch);
                let body = body(draft, name, bytes, place);
                draft.plan.calls[take.index()].body = body;
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

fn body(draft: &mut Draft<'_>, name: &str, bytes: Law, place: Place) -> DemandId {
    let site = draft.site(&[name, "reshard", "batch"], place);
    super::super::value::constant_or(draft, bytes, site, place)
}
