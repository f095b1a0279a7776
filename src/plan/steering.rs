//! Who is sent where first: areas of replicas, in the order in which callers of each place prefer them.

use super::ids::{ComponentId, PoolId, StationId};
use crate::chance::key::Site;

/// What decides among the tiers of a pool's candidates.
#[derive(Debug, Clone, PartialEq)]
pub struct Steering {
    /// The route, or the service whose callers prefer some of its replicas.
    pub component: ComponentId,
    /// The pool.
    pub pool: PoolId,
    /// The areas.
    pub areas: Vec<Area>,
    /// By the caller's zone: the area of each tier; `None` = it is of several.
    pub orders: Vec<Vec<Option<u32>>>,
    /// The weight of each area, where callers are dealt to them by weight; empty = in their order.
    pub weights: Vec<f64>,
    /// When an area sends calls on.
    pub spill: Option<Spill>,
    /// How it is known that nobody works in an area.
    pub sight: Sight,
    /// How old what callers go by may be \[ns\].
    pub ttl: u64,
    /// Name of the draws.
    pub site: Site,
}

/// Replicas that are near each other: of a zone, or of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its name.
    pub name: String,
    /// The replicas in it.
    pub stations: Vec<StationId>,
}

/// When an area sends calls on because it is busy.
#[derive(Debug, Clone, PartialEq)]
pub struct Spill {
    /// The share of its cores or slots that may be busy in the mean of an interval.
    pub above: f64,
    /// Which of the two.
    pub of: Busy,
    /// The interval \[ns\].
    pub every: u64,
    /// By area: where its calls may go instead, in this order.
    pub nexts: Vec<Vec<u32>>,
}

/// What is looked at to tell how busy replicas are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// Cores.
    Cores,
    /// Slots.
    Slots,
}

/// How it is known that nobody works in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// At once.
    AtOnce,
    /// After so many looks in a row that say so, one every so many \[ns\].
    Checks {
        /// Time between two.
        every: u64,
        /// How many.
        fails: u32,
    },
    /// Never.
    Never,
}

/// What is asked of an area, in its replicas that would be kept busy.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Asked {
    /// By calls that may go elsewhere.
    pub movable: f64,
    /// By all others.
    pub fixed: f64,
    /// Replicas that work.
    pub replicas: f64,
}

impl Spill {
    /// By area and area: the part of the first one's calls that go to the other one from now on.
    ///
    /// What would keep an area busier than allowed flows to the next ones that have room below that, each caller's in its own order; what
    /// finds no room anywhere flows on while somebody is less than full, and stays at home when nobody is (a waterfall by capacity, as
    /// global load balancers deal traffic).
    pub fn deal(&self, asked: &[Asked]) -> Vec<Vec<f64>> {
        let areas = asked.len();
        let mut at: Vec<f64> = asked.iter().map(|area| area.movable + area.fixed).collect();
        let mut placed = vec![vec![0.0; areas]; areas];
        for (area, row) in placed.iter_mut().enumerate() {
            row[area] = asked[area].movable;
        }
        let deepest = self.nexts.iter().map(Vec::len).max().unwrap_or(0);
        for limit in [self.above.min(1.0), 1.0] {
            let room = |area: usize, at: &[f64]| (limit * asked[area].replicas - at[area]).max(0.0);
            for depth in 0..deepest {
                let wish = |from: usize| {
                    let excess = at[from] - limit * asked[from].replicas;
                    excess.max(0.0).min(placed[from][from])
                };
                let wishes: Vec<(usize, usize, f64)> = (0..areas)
                    .filter_map(|from| {
                        let to = *self.nexts.get(from)?.get(depth)? as usize;
                        Some((from, to, wish(from))).filter(|(.., wish)| *wish > 0.0)
                    })
                    .collect();
                let mut all = vec![0.0; areas];
                for (_, to, wish) in &wishes {
                    all[*to] += wish;
                }
                let before = at.clone();
                for (from, to, wish) in wishes {
                    let moved = wish * (room(to, &before) / all[to]).min(1.0);
                    placed[from][from] -= moved;
                    placed[from][to] += moved;
                    at[from] -= moved;
                    at[to] += moved;
                }
            }
        }
        let part = |(row, asked): (Vec<f64>, &Asked)| {
            row.into_iter().map(|part| part / asked.movable).collect()
        };
        let home = |area: usize| {
            (0..areas)
                .map(|to| f64::from(u8::from(to == area)))
                .collect()
        };
        let rows = placed.into_iter().zip(asked).enumerate();
        rows.map(|(area, (row, asked))| {
            if asked.movable > 0.0 {
                part((row, asked))
            } else {
                home(area)
            }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Busy, Spill};

    fn dealt(above: f64, nexts: &[&[u32]], asked: &[(f64, f64, f64)]) -> Vec<Vec<f64>> {
        let spill = Spill {
            above,
            of: Busy::Cores,
            every: 1,
            nexts: nexts.iter().map(|row| row.to_vec()).collect(),
        };
        let one = |&(movable, fixed, replicas): &(f64, f64, f64)| Asked {
            movable,
            fixed,
            replicas,
        };
        let asked: Vec<Asked> = asked.iter().map(one).collect();
        let mut rows = spill.deal(&asked);
        let rounded = |part: &mut f64| *part = (*part * 1e6).round() / 1e6;
        rows.iter_mut().flatten().for_each(rounded);
        rows
    }

    /// 0.8 of one replica where 0.5 are allowed: 0.3 of 0.8 go on. Both above it: nobody has room below, and nobody is full.
    #[test]
    fn what_is_too_much_goes_where_there_is_room() {
        let two: &[&[u32]] = &[&[1], &[0]];
        assert_eq!(
            dealt(0.5, two, &[(0.8, 0.0, 1.0), (0.1, 0.0, 1.0)]),
            [[0.625, 0.375], [0.0, 1.0]]
        );
        assert_eq!(
            dealt(0.6, two, &[(0.7, 0.0, 1.0), (0.7, 0.0, 1.0)]),
            [[1.0, 0.0], [0.0, 1.0]]
        );
        assert_eq!(
            dealt(0.6, two, &[(0.5, 0.0, 1.0), (0.0, 0.0, 1.0)]),
            [[1.0, 0.0], [0.0, 1.0]]
        );
    }

    /// 1.35 and 0.6 of one replica each: nobody has room below 60 %, so that 0.35 goes on until the other one is full or all has gone.
    #[test]
    fn overload_is_shared() {
        let two: &[&[u32]] = &[&[1], &[0]];
        let rows = dealt(0.6, two, &[(1.35, 0.0, 1.0), (0.6, 0.0, 1.0)]);
        assert_eq!(rows, [[0.740_741, 0.259_259], [0.0, 1.0]]);
        let rows = dealt(0.6, two, &[(1.35, 0.0, 1.0), (0.9, 0.0, 1.0)]);
        assert_eq!(rows, [[0.925_926, 0.074_074], [0.0, 1.0]]);
    }

    /// What others ask of an area takes its room; an area that is gone sends all on.
    #[test]
    fn the_next_has_room_for_what_it_does_not_need_itself() {
        let three: &[&[u32]] = &[&[1, 2], &[2, 0], &[0, 1]];
        let rows = dealt(
            0.5,
            three,
            &[(1.0, 0.0, 1.0), (0.2, 0.1, 1.0), (0.0, 0.0, 1.0)],
        );
        assert_eq!(rows, [[0.5, 0.2, 0.3], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        let rows = dealt(
            1.0,
            three,
            &[(0.4, 0.0, 0.0), (0.2, 0.0, 1.0), (0.0, 0.0, 1.0)],
        );
        assert_eq!(rows[0], [0.0, 1.0, 0.0]);
    }

    /// Two that send to the same one share its room by what they wish.
    #[test]
    fn wishes_share_what_room_there_is() {
        let rows = dealt(
            0.5,
            &[&[2], &[2], &[]],
            &[(0.9, 0.0, 1.0), (0.7, 0.0, 1.0), (0.2, 0.0, 1.0)],
        );
        assert_eq!(
            rows,
            [
                [0.777_778, 0.0, 0.222_222],
                [0.0, 0.857_143, 0.142_857],
                [0.0, 0.0, 1.0]
            ]
        );
    }
}
