//! Converts HTML to plain text: tags are removed, blocks get lines of their own, scripts and styles
//! are dropped, entities are resolved, white space is normalised. Feeds often escape HTML twice, so
//! a text that still has tags or entities is converted a second time.

use quick_xml::escape::resolve_html5_entity;

/// Elements whose content is not text.
const HIDDEN: [&str; 6] = ["script", "style", "template", "noscript", "iframe", "svg"];

/// Elements that get a line of their own.
const BLOCKS: [&str; 24] = [
    "address",
    "article",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "section",
    "tr",
    "ul",
];

/// The longest name of an entity, `CounterClockwiseContourIntegral`, and its end.
const MAX_ENTITY_BYTES: usize = 33;

/// The text of a piece of HTML, or of plain text. At most half longer than its input.
pub fn plain_text(html: &str) -> String {
    let once = pass(html);
    let text = if has_tags(&once) || has_entities(&once) { pass(&once) } else { once };
    tidy(&text)
}

/// True if some `<` begins a tag rather than meaning "less".
fn has_tags(text: &str) -> bool {
    let last_end = text.rfind('>').map_or(0, |at| at + 1);
    let mut at = 0;
    while let Some(found) = text[at..last_end.max(at)].find('<') {
        match tag(&text[at + found..]) {
            Some(tag) if tag.closes || BLOCKS.contains(&&*tag.name) => return true,
            Some(tag) => at += found + tag.length,
            None => at += found + 1,
        }
    }
    false
}

/// True if some `&` begins an entity.
fn has_entities(text: &str) -> bool {
    text.match_indices('&').any(|(at, _)| entity(&text[at..]).1 > 1)
}

struct Tag {
    name: String,
    closes: bool,
    /// Bytes up to and including the `>`.
    length: usize,
}

/// The tag or comment at the start of a text that begins with `<`.
fn tag(text: &str) -> Option<Tag> {
    if text.starts_with("<!--") {
        let length = text.find("-->").map_or(text.len(), |at| at + 3);
        return Some(Tag { name: String::new(), closes: false, length });
    }
    let inner = &text[1..];
    let closes = inner.starts_with('/');
    let inner = if closes { &inner[1..] } else { inner };
    let known = inner.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?'));
    let length = if known { text.find('>')? + 1 } else { return None };
    let name = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    Some(Tag { name: name.to_ascii_lowercase(), closes, length })
}

fn pass(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    // No tag begins after the last `>`. Looking for its end at every later `<` would take quadratic time.
    let last_end = html.rfind('>').map_or(0, |at| at + 1);
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let here = html.len() - rest.len();
        if rest.starts_with('&') {
            let (text, length) = entity(rest);
            out.push_str(&text);
            rest = &rest[length..];
        } else if let Some(tag) = (here < last_end).then(|| tag(rest)).flatten() {
            rest = &rest[tag.length..];
            if HIDDEN.contains(&&*tag.name) && !tag.closes {
                rest = behind_end(rest, &tag.name);
            } else if BLOCKS.contains(&&*tag.name) {
                out.push('\n');
            } else if matches!(&*tag.name, "td" | "th" | "option") {
                out.push(' ');
            }
        } else {
            out.push('<');
            rest = &rest[1..];
        }
    }
    out + rest
}

/// The text after the end tag of a hidden element.
fn behind_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at..];
        let end = rest.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        if end {
            return rest.find('>').map_or("", |at| &rest[at + 1..]);
        }
        rest = &rest[2..];
    }
    ""
}

/// The text of an entity at the start, and the entity's length; `&` and 1 if it is no entity.
fn entity(text: &str) -> (String, usize) {
    let window = text.as_bytes()[1..].iter().take(MAX_ENTITY_BYTES).position(|&byte| byte == b';');
    let name = window.map_or("", |end| &text[1..=end]);
    let found = match name.strip_prefix('#') {
        Some(number) => {
            let hex = number.strip_prefix(['x', 'X']);
            let code = hex.map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
            code.and_then(char::from_u32).filter(|c| !c.is_control() || c.is_whitespace()).map(String::from)
        }
        None => resolve_html5_entity(name).map(str::to_owned),
    };
    found.map_or(("&".to_owned(), 1), |text| (text, name.len() + 2))
}

/// Joins words with one space and lines with one line break, without blank lines.
fn tidy(text: &str) -> String {
    let visible = |c: char| !c.is_control() || c.is_whitespace();
    let mut out = String::with_capacity(text.len());
    for line in text.split(['\n', '\r']) {
        let before = out.len();
        for word in line.split(char::is_whitespace).filter(|word| !word.is_empty()) {
            if out.len() > before {
                out.push(' ');
            } else if before > 0 {
                out.push('\n');
            }
            out.extend(word.chars().filter(|&c| visible(c) && !matches!(c, '\u{200b}' | '\u{feff}' | '\u{ad}')));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_the_text_a_shopper_reads() {
        let cases = [
            ("plain  text\r\n\r\n with\tspace ", "plain text\nwith space"),
            ("<p>One <b>bold</b> word.</p><p>Two</p>", "One bold word.\nTwo"),
            ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
            ("a<br/>b<BR>c", "a\nb\nc"),
            ("Fish &amp; chips &#8211; &frac12; &nbsp;&euro;&#x20AC;", "Fish & chips – ½ €€"),
            ("AT&T &unknown; &", "AT&T &unknown; &"),
            ("a<script>var x = '<p>no</p>';</script>b<style>p{}</style>c", "abc"),
            ("a<SCRIPT>never closed", "a"),
            ("x < y and y > z, 3<4", "x < y and y > z, 3<4"),
            ("<!-- hidden > --> shown <!doctype html>", "shown"),
            ("&lt;p&gt;escaped twice &amp;amp; so on&lt;/p&gt;", "escaped twice & so on"),
            ("<td>1</td><td>2</td>", "1 2"),
            ("<a href=\"x\">link</a", "link</a"),
            ("soft\u{ad}hyphen zero\u{200b}width\u{0}", "softhyphen zerowidth"),
        ];
        for (html, text) in cases {
            assert_eq!(plain_text(html), text, "{html}");
        }
    }

    #[test]
    fn long_nonsense_takes_no_quadratic_time() {
        for piece in ["<", "<a", "&", "</", "<!--", "<script>", "&amp", "<a<"] {
            let text = piece.repeat(200_000);
            assert!(plain_text(&text).len() <= text.len());
        }
    }
}
