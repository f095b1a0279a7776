//! CSV with a header: `time` (decimal, in seconds unless said otherwise; `t_seconds` is the same), `key`, any text that names an object, and `size` in bytes; the order
//! of the columns does not matter, and `size` may be absent.

use super::Row;
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

/// The rows, and the keys by the numbers of their objects.
pub(super) fn rows(bytes: &[u8], unit: u64) -> Result<(Vec<Row>, Vec<Box<str>>), String> {
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
        let at = time(field(columns.time), unit)
            .ok_or_else(|| format!("its line {line} has no time from 0 on where `time` stands"))?;
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
    let mut names = vec![Box::from(""); objects.len()];
    for (name, object) in objects {
        names[object as usize] = name.into_boxed_str();
    }
    Ok((rows, names))
}

/// A decimal time in nanoseconds, without the rounding of a binary fraction: `1700000000.000000001` is exact.
fn time(text: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let nanoseconds: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(unit.ilog10() as usize)
        .collect();
    let nanoseconds = if nanoseconds.is_empty() {
        0
    } else {
        nanoseconds.parse().ok()?
    };
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(unit)?.checked_add(nanoseconds)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::SECOND;
    use super::{rows, time};

    #[test]
    fn columns_go_by_their_names() {
        let text = b"size,key,t_seconds\n10,a,1700000000.000000001\n20, b ,1700000000.1\n10,a,1700000001\n";
        let (rows, names) = rows(text, SECOND).unwrap();
        assert_eq!(names, [Box::from("a"), Box::from("b")]);
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
    fn times_have_units() {
        assert_eq!(time("1500.25", 1_000_000), Some(1_500_250_000));
        assert_eq!(time("7.9", 1), Some(7));
        assert_eq!(
            time("1700000000000", 1_000_000),
            Some(1_700_000_000_000_000_000)
        );
        assert_eq!(time("1700000000000", SECOND), None, "beyond the clock");
    }

    #[test]
    fn mistakes_are_told_with_their_lines() {
        let said = |text: &str| rows(text.as_bytes(), SECOND).unwrap_err();
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
