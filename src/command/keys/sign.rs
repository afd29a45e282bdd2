//! `keys derive` and `keys token`: what a shop's backend does by itself, for trying and for scripts.

use anyhow::{anyhow, bail};
use jiff::Timestamp;

use super::{moment, scopes};
use crate::access::token::{DerivedPayload, ShopperPayload, TokenKind, sign};
use crate::access::{KeyText, Scopes};

/// Arguments of `tastemaker keys derive`.
#[derive(Debug, clap::Args)]
pub(super) struct Derive {
    /// The key to sign with, or `-` to read it from standard input.
    #[arg(long)]
    key: String,
    /// Holds for every product it is shown, besides the filter of a request.
    #[arg(long)]
    filter: Option<String>,
    /// The one user it may speak for; needs --expires.
    #[arg(long, value_name = "USER_ID")]
    user: Option<String>,
    /// The one device it may speak for.
    #[arg(long, value_name = "ANONYMOUS_ID")]
    anonymous: Option<String>,
    /// When it ends: 90d, 12h, 30m or 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expires: Option<Timestamp>,
    /// What it opens of what its parent does, separated by commas.
    #[arg(long, value_parser = scopes)]
    scopes: Option<Scopes>,
    /// Requests a minute, besides its parent's rate.
    #[arg(long, value_name = "PER_MINUTE")]
    rate: Option<u32>,
}

/// Arguments of `tastemaker keys token`.
#[derive(Debug, clap::Args)]
pub(super) struct Token {
    /// The key to sign with, or `-` to read it from standard input; not a public one.
    #[arg(long)]
    key: String,
    /// The user it proves.
    #[arg(long, value_name = "USER_ID")]
    user: String,
    /// When it ends: 90d, 12h, 30m or 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expires: Timestamp,
}

pub(super) fn derive(derive: Derive) -> anyhow::Result<()> {
    let key = key(&derive.key)?;
    let payload = DerivedPayload {
        filter: derive.filter,
        user_id: derive.user,
        anonymous_id: derive.anonymous,
        expires_at: derive.expires,
        scopes: derive.scopes,
        rate_per_minute: derive.rate,
    };
    payload.check(None).map_err(|wrong| anyhow!("this key would be refused: {wrong}"))?;
    println!("{}", sign(TokenKind::Derived, key.id(), &key.hash(), &payload).map_err(|wrong| anyhow!(wrong))?);
    Ok(())
}

pub(super) fn token(token: Token) -> anyhow::Result<()> {
    let key = key(&token.key)?;
    if token.user.is_empty() {
        bail!("--user is empty");
    }
    let payload = ShopperPayload { user_id: token.user, expires_at: token.expires };
    println!("{}", sign(TokenKind::Shopper, key.id(), &key.hash(), &payload).map_err(|wrong| anyhow!(wrong))?);
    Ok(())
}

/// The key given, which no message repeats.
fn key(given: &str) -> anyhow::Result<KeyText> {
    let text = if given == "-" { std::io::read_to_string(std::io::stdin())? } else { given.to_owned() };
    KeyText::parse(text.trim()).ok_or_else(|| anyhow!("--key: this is no key; one looks like tm_ID_SECRET"))
}
