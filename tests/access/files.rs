//! Files for browsers: the elements are open to everyone, the demo shop's pages only where the settings say so.

use super::guarded::Guarded;
use super::support::Done;
use super::support::client::Client;
use super::support::server::Demo;

/// The pages and files of the demo shop.
const SHOP: [&str; 7] =
    ["/", "/search", "/cart", "/orders", "/products/tn-wisp", "/storefront/frame.js", "/images/tn-wisp.svg"];

fn status(client: &Client, path: &str) -> Done<u16> {
    Ok(client.send("GET", path, "text/plain", b"")?.status)
}

#[test]
fn elements_need_no_key_and_pages_are_served_when_told() -> Done {
    let shop = Guarded::start_with("[server]\nstorefront = true\n")?;
    for path in
        ["/tastemaker.js", "/tastemaker.d.ts", "/tastemaker/lit.js", "/tastemaker/lit.LICENSE"].iter().chain(&SHOP)
    {
        assert_eq!(status(&shop.demo, path)?, 200, "{path}");
    }
    assert_eq!(status(&shop.demo, "/v1/search")?, 401, "what is no file stays closed");
    for path in ["/tastemaker/client.js", "/storefront/../Cargo.toml", "/storefront/none.js", "/images/none.svg"] {
        assert!(matches!(status(&shop.demo, path)?, 401 | 404), "{path}");
    }
    let plain = Demo::start()?;
    assert_eq!(status(&plain, "/tastemaker.js")?, 200);
    for path in SHOP {
        assert_eq!(status(&plain, path)?, 404, "{path}");
    }
    Ok(())
}

#[test]
fn an_address_that_leads_nowhere_has_a_page_for_browsers_and_an_error_for_programs() -> Done {
    let shop = Demo::start_with("[server]\nstorefront = true\n")?;
    let browser = shop.with("accept", "text/html,application/xhtml+xml");
    let page = browser.get("/nope", &[])?;
    assert!(page.status == 404 && page.body.as_str().is_some_and(|html| html.contains("<!doctype html>")), "{page:?}");
    shop.get("/nope", &[])?.refused(404, "not_found")?;
    browser.get("/v1/nope", &[])?.refused(404, "not_found")?;
    assert_eq!(status(&shop, "/favicon.ico")?, 200);
    Ok(())
}

#[test]
fn a_file_is_sent_once_and_a_page_allows_only_its_own_host() -> Done {
    let shop = Demo::start_with("[server]\nstorefront = true\n")?;
    let first = shop.send("GET", "/tastemaker.js", "text/plain", b"")?;
    assert_eq!(first.header("content-type"), Some("text/javascript; charset=utf-8"));
    let tag = first.header("etag").ok_or("no ETag")?;
    let again = shop.with("if-none-match", tag).send("GET", "/tastemaker.js", "text/plain", b"")?;
    assert_eq!(again.status, 304);
    let page = shop.send("GET", "/", "text/plain", b"")?;
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    assert_eq!(shop.send("POST", "/", "text/plain", b"x")?.status, 405);
    assert_eq!(shop.send("HEAD", "/tastemaker.js", "text/plain", b"")?.status, 200);
    Ok(())
}
