//! CSV with a header: `time` in seconds (decimal; `t_seconds` is the same), `key`, any text that names an object, and `size` in bytes; the order
//! of the columns does not matter, and `size` may be absent.

use super::{Row, SECOND};
use std::collections::HashMap;

/// Which column is which.
struct Columns {
    time: usize,
    key: usize,
    size: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, String> {
        let (mut time, mut key, mut size) = (None, None, None);
        for (at, name) in header.iter().enumerate() {
            let column = match name {
                "time" | "t_seconds" => &mut time,
                "key" => &mut key,
                "size" => &mut size,
                _ => {
                    return Err(format!(
                        "its column `{}` is none of `time`, `key` and `size`",
                        name.chars().take(40).collect::<String>()
                    ));
                }
            };
            if column.replace(at).is_some() {
                return Err(format!("it has two columns `{name}`"));
            }
        }
        let lacks = |name: &str| format!("its first line names no column `{name}`");
        Ok(Self {
            time: time.ok_or_else(|| lacks("time"))?,
            key: key.ok_or_else(|| lacks("key"))?,
            size,
        })
    }
}

pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Row>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader.headers().map_err(|error| error.to_string())?;
    let columns = Columns::of(header)?;
    let mut objects: HashMap<String, u64> = HashMap::new();
    let mut rows: Vec<Row> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(column).unwrap_or_default();
        let at = seconds(field(columns.time)).ok_or_else(|| {
            format!("its line {line} has no time in seconds from 0 on where `time` stands")
        })?;
        if rows.last().is_some_and(|last| last.at > at) {
            return Err(format!("its line {line} is earlier than the one before it"));
        }
        let size = match columns.size {
            None => None,
            Some(column) => Some(field(column).parse().map_err(|_| {
                format!("its line {line} has no whole number of bytes where `size` stands")
            })?),
        };
        let known = objects.len() as u64;
        let object = *objects
            .entry(field(columns.key).to_owned())
            .or_insert(known);
        rows.push(Row { at, object, size });
    }
    Ok(rows)
}

/// Decimal seconds in nanoseconds, without the rounding of a binary fraction: `1700000000.000000001` is exact.
fn seconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let nanoseconds: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let whole: u64 = whole.parse().ok()?;
    whole
        .checked_mul(SECOND)?
        .checked_add(nanoseconds.parse().ok()?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::rows;

    #[test]
    fn columns_go_by_their_names() {
        let rows = rows(b"size,key,t_seconds\n10,a,1700000000.000000001\n20, b ,1700000000.1\n10,a,1700000001\n").unwrap();
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (row.at - 1_700_000_000_000_000_000, row.object, row.size))
            .collect();
        let expected = [
            (1, 0, Some(10)),
            (100_000_000, 1, Some(20)),
            (1_000_000_000, 0, Some(10)),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn mistakes_are_told_with_their_lines() {
        let said = |text: &str| rows(text.as_bytes()).unwrap_err();
        assert_eq!(said("key\na\n"), "its first line names no column `time`");
        assert_eq!(
            said("time,key,color\n1,a,red\n"),
            "its column `color` is none of `time`, `key` and `size`"
        );
        assert_eq!(said("time,time\n"), "it has two columns `time`");
        assert!(said("time,key\n1,a\nsoon,b\n").contains("line 3"));
        assert!(said("time,key\n1,a\n-1,b\n").contains("line 3"));
        assert!(said("time,key\n2,a\n1,b\n").starts_with("its line 3 is earlier"));
        assert!(said("time,key,size\n1,a,big\n").contains("whole number of bytes"));
        assert!(said("time,key\n1\n").contains("record 1"));
    }
}
