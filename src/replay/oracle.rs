//! `oracleGeneral` of libCacheSim: records of 24 bytes, little-endian: seconds (u32, unless somebody says that they are others), object (u64), size in bytes (u32), and the number of the
//! next request for the same object (i64), which only a clairvoyant needs.

use super::Row;

/// Bytes of a record.
const RECORD: usize = 24;

pub(super) fn rows(bytes: &[u8], unit: u64) -> Result<Vec<Row>, String> {
    if !bytes.len().is_multiple_of(RECORD) {
        return Err(format!(
            "its {} bytes are no whole number of records of {RECORD} bytes",
            bytes.len()
        ));
    }
    let mut rows = Vec::with_capacity(bytes.len() / RECORD);
    let mut seconds = Vec::with_capacity(bytes.len() / RECORD);
    for (number, record) in bytes.chunks_exact(RECORD).enumerate() {
        let second = word(record, 0);
        if seconds.last().is_some_and(|&last| last > second) {
            return Err(format!(
                "its record {} is earlier than the one before it",
                number + 1
            ));
        }
        seconds.push(second);
        rows.push(Row {
            at: second * unit,
            object: word(record, 4) | word(record, 8) << 32,
            size: Some(word(record, 12)),
        });
    }
    for (part, of) in rows
        .chunk_by_mut(|one, next| one.at == next.at)
        .zip(seconds.chunk_by(|one, next| one == next))
    {
        for (number, row) in (0_u64..).zip(part) {
            row.at += number * unit / of.len() as u64;
        }
    }
    Ok(rows)
}

/// Four bytes of a record.
fn word(record: &[u8], from: usize) -> u64 {
    let bytes = [0, 1, 2, 3].map(|byte| record[from + byte]);
    u64::from(u32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::SECOND;
    use super::rows;

    fn record(second: u32, object: u64, size: u32) -> Vec<u8> {
        let mut record = second.to_le_bytes().to_vec();
        record.extend(object.to_le_bytes());
        record.extend(size.to_le_bytes());
        record.extend((-1_i64).to_le_bytes());
        record
    }

    #[test]
    fn requests_of_one_second_are_spread_over_it() {
        let bytes = [
            record(7, 1 << 40, 512),
            record(7, 2, 4096),
            record(9, 2, 4096),
        ];
        let rows = rows(&bytes.concat(), SECOND).unwrap();
        let at: Vec<u64> = rows.iter().map(|row| row.at / 100_000_000).collect();
        assert_eq!(at, [70, 75, 90]);
        assert_eq!((rows[0].object, rows[0].size), (1 << 40, Some(512)));
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        assert!(rows(&[0; 25], SECOND).unwrap_err().contains("25 bytes"));
        let backwards = [record(7, 1, 1), record(6, 1, 1)].concat();
        assert!(rows(&backwards, SECOND).unwrap_err().contains("record 2"));
    }
}
