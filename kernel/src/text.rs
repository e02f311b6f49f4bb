//! Text that people typed, made comparable.

use std::collections::BTreeSet;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// For uniqueness: compatibility forms and case are one. `Ｍaria`, `MARIA` and `maria` are the same.
pub fn fold(text: &str) -> String {
    // Upper case first: `ß` is `SS` there, and every sigma is one. Changing case can bring back what normalizing removed,
    // so that is done on both sides of it.
    text.nfkc().collect::<String>().to_uppercase().to_lowercase().nfkc().collect()
}

/// For search: as [`fold`], and without accents. `Ålesund` is found by `alesund`.
pub fn unaccent(text: &str) -> String {
    // The marks of Latin, Greek and Cyrillic only: in other scripts a mark is a vowel, or makes another letter.
    let plain: String = fold(text).nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).nfc().collect();
    // Letters that have no decomposition, but that people type without.
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            c => out.push(c),
        }
    }
    out
}

/// The words of a text as an index has them: folded, without accents and what stands between words, in the order of the
/// text. In scripts without spaces every pair of neighbours is a word, and the last character of a run, so that what
/// begins anywhere in it is found (overlapping bigrams, as Lucene's CJK analyzer makes them).
pub fn tokens(text: &str) -> Vec<String> {
    let text = unaccent(text);
    let runs = text.split(|c: char| !is_part_of_word(c)).filter(|run| run.chars().any(char::is_alphanumeric));
    let mut tokens = Vec::new();
    for run in runs {
        let mut rest: &str = run;
        while let Some(first) = rest.chars().next() {
            let dense = is_dense(first);
            let end = rest.find(|c: char| is_dense(c) != dense && !is_combining_mark(c)).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            rest = after;
            if dense {
                let chars: Vec<char> = part.chars().collect();
                tokens.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
                tokens.extend(chars.last().map(char::to_string));
            } else {
                tokens.push(part.chars().take(LONGEST_TOKEN).collect());
            }
        }
    }
    tokens
}

/// The words of a search, to be compared with [`tokens`]: as many as ten. The last character of a run without spaces
/// is left out where a pair has it.
pub fn search_tokens(search: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for token in tokens(search) {
        let alone = token.chars().count() == 1 && token.chars().all(is_dense);
        let in_pair = alone && found.last().is_some_and(|pair| is_pair(pair) && pair.ends_with(&token));
        if !in_pair && !found.contains(&token) {
            found.push(token);
        }
    }
    found.truncate(10);
    found
}

/// The words of a search, folded for `like`: what has no letter or digit is not a word. Ten are enough, and fifty
/// characters of each: comparing costs their length times that of every text.
pub fn words(search: &str) -> Vec<String> {
    unaccent(search)
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(10)
        .map(|word| word.chars().take(50).collect())
        .collect()
}

/// A pattern for `like ... escape '\'` that finds `part` anywhere, and takes `%` and `_` for what they are.
pub fn contains(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The overlapping groups of three letters of a word, as PostgreSQL's `pg_trgm` has them: with two blanks before it and
/// one behind, each once. Words that are spelt alike share most of theirs.
pub fn trigrams(word: &str) -> BTreeSet<String> {
    let padded: Vec<char> = format!("  {word} ").chars().collect();
    padded.windows(3).map(|three| three.iter().collect()).collect()
}

/// What is longer is no word that anybody looks for, and would weigh on the index.
const LONGEST_TOKEN: usize = 40;

/// Letters and digits of any script, and the marks without which many cannot be written.
fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

fn is_pair(token: &str) -> bool {
    token.chars().count() == 2 && token.chars().all(is_dense)
}

/// Whether a character belongs to a script that is written without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
pub fn is_dense(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// The text after every one that begins with `prefix`, in the order of code points: for a range of an index.
pub fn after_prefix(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_makes_one_of_many_spellings() {
        let spellings = ["maria", "MARIA", "Ｍａｒｉａ", "ma\u{0052}ia"];
        assert!(spellings.iter().all(|s| fold(s) == "maria"));
        assert_eq!(fold("Ünal"), fold("U\u{0308}NAL"));
        assert_ne!(fold("Ünal"), fold("Unal"));
        assert_eq!(fold("ΝΙΚΟΣ"), fold("νικοσ"));
        assert_eq!(fold("straße"), fold("STRASSE"));
    }

    #[test]
    fn search_is_without_accents() {
        assert_eq!(unaccent("Ålesund, Łódź, Straße, São"), "alesund, lodz, strasse, sao");
        assert_eq!(unaccent("किताब"), "किताब");
        assert_ne!(unaccent("が"), unaccent("か"));
    }

    #[test]
    fn tokens_are_words_of_any_script() {
        for (text, expected) in [
            ("Ålesund, Łódź: the 2-day trip", vec!["alesund", "lodz", "the", "2", "day", "trip"]),
            ("asha_rao", vec!["asha", "rao"]),
            ("किताब की दुकान", vec!["किताब", "की", "दुकान"]),
            ("京都の旅", vec!["京都", "都の", "の旅", "旅"]),
            ("Kyoto京都2026", vec!["kyoto", "京都", "都", "2026"]),
            ("寺", vec!["寺"]),
            ("% _ -- \u{301}", vec![]),
            ("a\u{301}b", vec!["ab"]),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
        assert_eq!(search_tokens("京都の旅"), ["京都", "都の", "の旅"]);
        assert_eq!(search_tokens("旅 kyoto KYOTO"), ["旅", "kyoto"]);
        assert_eq!(search_tokens(&"x".repeat(500))[0].len(), LONGEST_TOKEN);
        assert_eq!(search_tokens("a b c d e f g h i j k l").len(), 10);
    }

    #[test]
    fn trigrams_overlap() {
        assert_eq!(trigrams("oslo").into_iter().collect::<Vec<_>>(), ["  o", " os", "lo ", "osl", "slo"]);
        assert_eq!(trigrams("aaaaa").len(), 4);
    }

    #[test]
    fn a_prefix_is_a_range() {
        let (from, to) = ("kyo".to_owned(), after_prefix("kyo"));
        assert!(["kyo", "kyoto", "kyo京"].iter().all(|w| *w >= from.as_str() && *w < to.as_str()));
        assert!(["kyn", "kyp", "ky"].iter().all(|w| *w < from.as_str() || *w >= to.as_str()));
    }
}
