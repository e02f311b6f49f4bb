//! Text that people typed, made comparable.

use unicode_normalization::UnicodeNormalization;

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
    fn search_is_without_accents_and_wildcards() {
        assert_eq!(unaccent("Ålesund, Łódź, Straße, São"), "alesund, lodz, strasse, sao");
        assert_eq!(unaccent("किताब"), "किताब");
        assert_ne!(unaccent("が"), unaccent("か"));
        assert_eq!(words("  Fish & Chips % _ "), ["fish", "chips"]);
        assert!(words("% _ --- ").is_empty());
        assert_eq!(contains("100%_a\\"), "%100\\%\\_a\\\\%");
    }
}
