//! Category paths: `A>B`, `A &gt; B`, `A » B`; slashes separate levels only in formats that define
//! it so.

use super::plain_text;
use crate::product::CATEGORY_SEPARATOR;

/// The most levels of a path; deeper levels are dropped.
const MAX_LEVELS: usize = 12;

/// The path with the standard separator; `None` if it is empty. With `slashes`, a slash separates levels in a text
/// that has no other separator and is not an address.
pub(in super::super) fn category_path(text: &str, slashes: bool) -> Option<String> {
    let text = plain_text(text);
    let arrows = ['>', '»', '›', '→'];
    let path = |levels: Vec<&str>| {
        let levels: Vec<&str> = levels.into_iter().map(str::trim).filter(|level| !level.is_empty()).collect();
        let limited = &levels[..levels.len().min(MAX_LEVELS)];
        (!limited.is_empty()).then(|| limited.join(CATEGORY_SEPARATOR).replace('\n', " "))
    };
    if slashes && !text.contains(arrows) && !text.contains("://") {
        return path(text.split('/').collect());
    }
    path(text.split(arrows).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_put_in_one_form() {
        let path = |text| category_path(text, false).unwrap_or_default();
        assert_eq!(path("Shoes>Boots"), "Shoes > Boots");
        assert_eq!(path(" Shoes &gt;  Boots >"), "Shoes > Boots");
        assert_eq!(path("Shoes » Boots"), "Shoes > Boots");
        assert_eq!(path("Audio/Video > TV"), "Audio/Video > TV");
        assert_eq!(path("Audio/Video"), "Audio/Video");
        assert_eq!(category_path("Shoes/Boots", true).as_deref(), Some("Shoes > Boots"));
        assert_eq!(category_path("Audio/Video > TV", true).as_deref(), Some("Audio/Video > TV"));
        assert_eq!(category_path(" > ", false), None);
    }
}
