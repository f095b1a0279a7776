//! Where the parts of a topology go: columns from left to right by the longest way from a source, order within a
//! column by the mean place of the neighbours, after Sugiyama, Tagawa and Toda, "Methods for visual understanding of
//! hierarchical system structures", IEEE Transactions on Systems, Man, and Cybernetics 11 (2), 1981.
//!
//! A line that spans several columns gets a place of its own in each of those between, so that no line crosses a box.

use petgraph::algo::{greedy_feedback_arc_set, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

/// Rounds of ordering and of straightening.
const ROUNDS: usize = 12;

/// A line of the layout, from its left end to its right end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    /// Index of the line as given.
    pub(super) line: usize,
    /// Whether it runs from right to left: it closes a cycle.
    pub(super) back: bool,
    /// Its places by column: the boxes at both ends and the gaps between.
    pub(super) through: Vec<usize>,
}

/// A place in a column: a box, or the passage of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    /// Column, from 0.
    pub(super) column: usize,
    /// Middle of its height \[px\], from 0.
    pub(super) y: f64,
    /// Half of the room it needs \[px\].
    half: f64,
}

/// A topology laid out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// First the boxes as numbered by the caller, then the passages.
    pub(super) spots: Vec<Spot>,
    /// A route for every line but those from a box to itself.
    pub(super) routes: Vec<Route>,
    /// Columns.
    pub(super) columns: usize,
    /// Height of all \[px\].
    pub(super) height: f64,
}

/// Lays out so many boxes joined by lines (from, to). `room` is the height of a box and of a passage \[px\].
pub(super) fn layout(boxes: usize, lines: &[(usize, usize)], room: (f64, f64)) -> Layout {
    let mut graph: DiGraph<(), usize> = DiGraph::new();
    for _ in 0..boxes {
        graph.add_node(());
    }
    for (at, (from, to)) in lines
        .iter()
        .enumerate()
        .filter(|(_, (from, to))| from != to)
    {
        graph.add_edge(NodeIndex::new(*from), NodeIndex::new(*to), at);
    }
    let back: Vec<bool> = {
        let mut back = vec![false; lines.len()];
        for edge in greedy_feedback_arc_set(&graph) {
            back[*edge.weight()] = true;
        }
        back
    };
    let forward = |at: usize| {
        if back[at] {
            (lines[at].1, lines[at].0)
        } else {
            lines[at]
        }
    };
    let columns = columns(boxes, lines, &forward);
    let mut spots: Vec<Spot> = columns
        .iter()
        .map(|column| Spot {
            column: *column,
            y: 0.0,
            half: room.0 / 2.0,
        })
        .collect();
    let mut routes = Vec::new();
    for line in (0..lines.len()).filter(|at| lines[*at].0 != lines[*at].1) {
        let (from, to) = forward(line);
        let mut through = vec![from];
        for column in columns[from] + 1..columns[to] {
            through.push(spots.len());
            spots.push(Spot {
                column,
                y: 0.0,
                half: room.1 / 2.0,
            });
        }
        through.push(to);
        routes.push(Route {
            line,
            back: back[line],
            through,
        });
    }
    let height = place(&mut spots, &routes);
    let columns = spots.iter().map(|spot| spot.column + 1).max().unwrap_or(0);
    Layout {
        spots,
        routes,
        columns,
        height,
    }
}

/// The column of every box: the longest way to it from a source, along lines that run forward.
fn columns(
    boxes: usize,
    lines: &[(usize, usize)],
    forward: &impl Fn(usize) -> (usize, usize),
) -> Vec<usize> {
    let mut acyclic: DiGraph<(), ()> = DiGraph::new();
    for _ in 0..boxes {
        acyclic.add_node(());
    }
    for at in (0..lines.len()).filter(|at| lines[*at].0 != lines[*at].1) {
        let (from, to) = forward(at);
        acyclic.update_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    }
    let mut columns = vec![0; boxes];
    let order =
        toposort(&acyclic, None).expect("a feedback arc set leaves no cycle once turned round");
    for node in order {
        for edge in acyclic.edges(node) {
            let target = edge.target().index();
            columns[target] = columns[target].max(columns[node.index()] + 1);
        }
    }
    columns
}

/// Orders the spots of each column and gives each its height; the height of all.
fn place(spots: &mut [Spot], routes: &[Route]) -> f64 {
    let mut sides: Vec<[Vec<usize>; 2]> = vec![[Vec::new(), Vec::new()]; spots.len()];
    for pair in routes.iter().flat_map(|route| route.through.windows(2)) {
        sides[pair[1]][0].push(pair[0]);
        sides[pair[0]][1].push(pair[1]);
    }
    let last = spots.iter().map(|spot| spot.column).max().unwrap_or(0);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
    for (at, spot) in spots.iter().enumerate() {
        columns[spot.column].push(at);
    }
    for column in &columns {
        stack(spots, column);
    }
    for round in 0..ROUNDS {
        // To the right by the neighbours on the left, then back.
        let side = round % 2;
        let sweep: Vec<usize> = if side == 0 {
            (0..=last).collect()
        } else {
            (0..=last).rev().collect()
        };
        for column in sweep {
            let wish = |at: &usize| mean(spots, &sides[*at][side]).unwrap_or(spots[*at].y);
            let mut wishes: Vec<(f64, usize)> =
                columns[column].iter().map(|at| (wish(at), *at)).collect();
            wishes.sort_by(|a, b| a.0.total_cmp(&b.0));
            columns[column] = wishes.into_iter().map(|(_, at)| at).collect();
            stack(spots, &columns[column]);
        }
    }
    for _ in 0..ROUNDS {
        for column in &columns {
            straighten(spots, column, &sides);
        }
    }
    let top = spots
        .iter()
        .map(|spot| spot.y - spot.half)
        .fold(f64::INFINITY, f64::min);
    for spot in spots.iter_mut() {
        spot.y -= top;
    }
    spots
        .iter()
        .map(|spot| spot.y + spot.half)
        .fold(0.0, f64::max)
}

fn mean(spots: &[Spot], of: &[usize]) -> Option<f64> {
    (!of.is_empty()).then(|| of.iter().map(|at| spots[*at].y).sum::<f64>() / of.len() as f64)
}

/// One below the other, the middle of the column at 0.
fn stack(spots: &mut [Spot], column: &[usize]) {
    let whole: f64 = column.iter().map(|at| 2.0 * spots[*at].half).sum();
    let mut y = -whole / 2.0;
    for at in column {
        let half = spots[*at].half;
        spots[*at].y = y + half;
        y += 2.0 * half;
    }
}

/// Moves the spots of a column towards their neighbours on both sides without changing their order.
fn straighten(spots: &mut [Spot], column: &[usize], sides: &[[Vec<usize>; 2]]) {
    let wish: Vec<f64> = (column.iter())
        .map(|at| {
            let near: Vec<f64> = sides[*at]
                .iter()
                .filter_map(|side| mean(spots, side))
                .collect();
            if near.is_empty() {
                spots[*at].y
            } else {
                near.iter().sum::<f64>() / near.len() as f64
            }
        })
        .collect();
    // Down from the top no spot comes above its wish, up from the bottom none below: the mean of both keeps the order
    // and the room, for it is a mean of two lists that each do.
    let mut down = wish.clone();
    for at in 1..column.len() {
        let room = spots[column[at - 1]].half + spots[column[at]].half;
        down[at] = down[at].max(down[at - 1] + room);
    }
    let mut up = wish;
    for at in (0..column.len().saturating_sub(1)).rev() {
        let room = spots[column[at]].half + spots[column[at + 1]].half;
        up[at] = up[at].min(up[at + 1] - room);
    }
    for (at, spot) in column.iter().enumerate() {
        spots[*spot].y = f64::midpoint(down[at], up[at]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: (f64, f64) = (60.0, 20.0);

    #[test]
    fn columns_follow_the_longest_way() {
        let layout = layout(4, &[(0, 1), (1, 2), (0, 2), (2, 3)], ROOM);
        let columns: Vec<usize> = layout
            .spots
            .iter()
            .take(4)
            .map(|spot| spot.column)
            .collect();
        assert_eq!(columns, [0, 1, 2, 3]);
        let long = layout
            .routes
            .iter()
            .find(|route| route.line == 2)
            .expect("every line has a route");
        assert_eq!(long.through.len(), 3, "a passage in column 1");
    }

    #[test]
    fn a_cycle_has_one_line_back_and_a_loop_none() {
        let layout = layout(3, &[(0, 1), (1, 2), (2, 0), (1, 1)], ROOM);
        assert_eq!(layout.routes.iter().filter(|route| route.back).count(), 1);
        assert_eq!(layout.routes.len(), 3);
    }

    #[test]
    fn nothing_in_a_column_overlaps() {
        let lines: Vec<(usize, usize)> = (1..40)
            .flat_map(|at| [(at / 5, at), (at / 3, at)])
            .collect();
        let layout = layout(40, &lines, ROOM);
        for (at, a) in layout.spots.iter().enumerate() {
            for b in layout
                .spots
                .iter()
                .skip(at + 1)
                .filter(|b| b.column == a.column)
            {
                assert!((a.y - b.y).abs() >= a.half + b.half - 1e-6, "{a:?} {b:?}");
            }
            assert!(a.y - a.half >= -1e-6 && a.y + a.half <= layout.height + 1e-6);
        }
    }

    #[test]
    fn nothing_at_all_is_laid_out_too() {
        assert_eq!(layout(0, &[], ROOM).columns, 0);
    }
}
