//! The page: whole, alone, and of nobody's making but ours.

use super::super::tests::{day, empty, full};
use super::super::words::Language;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// The names of all elements, after checking that each that is opened is closed in its place.
fn elements(html: &str) -> Vec<String> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    let body = html.strip_prefix("<!doctype html>").unwrap();
    for tag in body.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("<{tag} has no end"));
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap().to_owned();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            all.push(name.clone());
            if !tag.ends_with('/') && name != "meta" {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

#[test]
fn the_page_is_whole_and_needs_nothing_else() {
    for (report, drawings) in [(full(), 5), (empty(), 0)] {
        for language in [Language::English, Language::Chinese] {
            let html = to_html(&report, &day(), language).unwrap();
            let elements = elements(&html);
            let count = |name: &str| elements.iter().filter(|element| *element == name).count();
            assert_eq!((count("h1"), count("section"), count("svg"), count("style")), (1, 7, drawings, 1), "{html}");
            assert_eq!(count("script") + count("link") + count("img") + count("iframe"), 0);
            assert!(html.contains(&format!("<html lang=\"{}\">", language.tag())));
            for stranger in
                ["src=", "href", "url(", "@import", "http://", "https://", " style=", "onload", "NaN", "inf"]
            {
                let found = html.replace("http://www.w3.org/2000/svg", "");
                let found = found.replace("For information", "").replace("information", "");
                assert!(!found.contains(stranger), "{stranger} in {found}");
            }
            assert!(html.contains(language.no_data()) || html.contains("No data"), "{html}");
        }
    }
}

#[test]
fn what_others_wrote_is_text() {
    let html = to_html(&full(), &day(), Language::English).unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)") && html.contains("接待中心 &lt;1&gt;"), "{html}");
    for figure in ["33.3 <small>%</small>", "<td class=\"number\">25</td>", "<span class=\"unknown\">no data</span>"] {
        assert!(html.contains(figure), "{figure} in {html}");
    }
}

#[test]
fn the_policy_names_the_pages_own_style() {
    let html = to_html(&empty(), &day(), Language::English).unwrap();
    let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let digest = STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, style.as_bytes()));
    assert!(policy().contains(&format!("style-src 'sha256-{digest}'")) && policy().starts_with("default-src 'none'"));
}
