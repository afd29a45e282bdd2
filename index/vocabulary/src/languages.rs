//! The codes of languages (ISO 639-1), with or without a region: `de`, `pt-BR`. Codes of three letters name the
//! languages that have none of two, and are taken as they are.

/// Every code of two letters.
const CODES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is \
    it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na \
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq \
    sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// The languages whose words are stemmed, for messages.
pub const WITH_RULES: &str = "ar, da, de, el, en, es, fi, fr, hu, it, nl, no, pt, ro, ru, sv, ta, tr";

/// True for the code of a language, with or without a region or script after a hyphen or an underscore.
pub fn is_language(code: &str) -> bool {
    let language = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    match language.len() {
        2 => CODES.split_ascii_whitespace().any(|known| known == language),
        3 => language.bytes().all(|byte| byte.is_ascii_lowercase()),
        _ => false,
    }
}

/// The message for a text that is no code.
pub fn not_a_language(code: &str) -> String {
    format!(
        "`{code}` is no language code of ISO 639, such as `de` or `de-AT`; words are stemmed for {WITH_RULES}, and taken \
         as they are in every other language"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_languages_are_known_with_and_without_a_region() {
        for code in ["de", "DE", "pt-BR", "zh_Hant", "uk", "haw", "ja"] {
            assert!(is_language(code), "{code}");
        }
        for code in ["", "xx", "english", "klingon", "d", "12", "q-de"] {
            assert!(!is_language(code), "{code}");
        }
    }
}
