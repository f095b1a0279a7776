//! How wide words are, without asking a font: the advances of `DejaVu Sans` for ASCII, the widest likely for the rest.

/// Advances of the characters from blank to `~` in `DejaVu Sans` 2.37 \[1/2048 em\].
const ADVANCES: [u16; 95] = [
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303,
    1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048,
    1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235,
    1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403, 799, 690, 799, 1716, 1024, 1024,
    1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298, 1253, 1300,
    1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
];

/// Width of one character \[em\].
fn advance(letter: char) -> f64 {
    let code = letter as usize;
    match letter {
        ' '..='~' => f64::from(ADVANCES[code - 32]) / 2048.0,
        '\u{202f}' => 0.2,
        '·' => 0.32,
        'µ' => 0.64,
        '–' => 0.5,
        '±' | '×' | '−' | '≤' | '≥' => 0.84,
        '\u{a0}'..='\u{10ff}' => 0.85,
        _ => 1.06,
    }
}

/// Width of words of this size \[px\].
pub(super) fn width_of(words: &str, size: f64) -> f64 {
    words.chars().map(advance).sum::<f64>() * size
}

/// The words, or as much of their beginning and end as this width \[px\] holds.
pub(super) fn fitted(words: &str, size: f64, width: f64) -> String {
    if width_of(words, size) <= width {
        return words.into();
    }
    let letters: Vec<f64> = words.chars().map(|letter| advance(letter) * size).collect();
    let mut room = width - advance('…') * size;
    let (mut head, mut tail) = (0, 0);
    // Two characters of the beginning for one of the end: names differ most there.
    while head + tail < letters.len() {
        let from_end = head >= 2 * (tail + 1);
        let next = if from_end {
            letters[letters.len() - 1 - tail]
        } else {
            letters[head]
        };
        if next > room {
            break;
        }
        room -= next;
        if from_end { tail += 1 } else { head += 1 }
    }
    let start: String = words.chars().take(head).collect();
    let end: String = words.chars().skip(letters.len() - tail).collect();
    format!("{}…{end}", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_keeps_both_ends() {
        let whole = "recommendation-service";
        assert_eq!(fitted(whole, 11.0, 200.0), whole);
        let short = fitted(whole, 11.0, 80.0);
        assert!(
            short.starts_with("reco") && short.ends_with("ce") && short.contains('…'),
            "{short}"
        );
        assert!(width_of(&short, 11.0) <= 80.0);
    }
}
