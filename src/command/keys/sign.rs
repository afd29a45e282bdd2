//! `keys derive` and `keys token`: sign derived keys and shopper tokens, for trials and scripts. A shop's backend
//! usually does this itself.

use anyhow::{anyhow, bail};
use jiff::Timestamp;

use super::{moment, scopes};
use crate::access::token::{DerivedPayload, ShopperPayload, TokenKind, sign};
use crate::access::{KeyText, Scopes};

/// Arguments of `tastemaker keys derive`.
#[derive(Debug, clap::Args)]
pub(super) struct DeriveKey {
    /// The key to sign with, or `-` to read it from standard input.
    #[arg(long)]
    key: String,
    /// A filter that applies to every request with the derived key, in addition to the request's own.
    #[arg(long)]
    filter: Option<String>,
    /// The only user for whom the key may be used; needs --expires.
    #[arg(long, value_name = "USER_ID")]
    user: Option<String>,
    /// The only device for which the key may be used.
    #[arg(long, value_name = "ANONYMOUS_ID")]
    anonymous: Option<String>,
    /// The end of its validity: 90d, 12h, 30m or 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expires: Option<Timestamp>,
    /// The scopes of the derived key, separated by commas; each must be one of its parent's.
    #[arg(long, value_parser = scopes)]
    scopes: Option<Scopes>,
    /// The number of requests allowed in a minute, in addition to its parent's limit.
    #[arg(long, value_name = "PER_MINUTE")]
    rate: Option<u32>,
}

/// Arguments of `tastemaker keys token`.
#[derive(Debug, clap::Args)]
pub(super) struct SignToken {
    /// The key to sign with, or `-` to read it from standard input; not a public one.
    #[arg(long)]
    key: String,
    /// The user whom the token proves.
    #[arg(long, value_name = "USER_ID")]
    user: String,
    /// The end of its validity: 90d, 12h, 30m or 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expires: Timestamp,
}

/// Prints a derived key.
pub(super) fn derive(derive: DeriveKey) -> anyhow::Result<()> {
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

/// Prints a shopper token.
pub(super) fn token(token: SignToken) -> anyhow::Result<()> {
    let key = key(&token.key)?;
    if token.user.is_empty() {
        bail!("--user is empty");
    }
    let payload = ShopperPayload { user_id: token.user, expires_at: token.expires };
    println!("{}", sign(TokenKind::Shopper, key.id(), &key.hash(), &payload).map_err(|wrong| anyhow!(wrong))?);
    Ok(())
}

/// The key of the command line or of standard input. No message repeats it.
fn key(given: &str) -> anyhow::Result<KeyText> {
    let text = if given == "-" { std::io::read_to_string(std::io::stdin())? } else { given.to_owned() };
    KeyText::parse(text.trim()).ok_or_else(|| anyhow!("--key: this is not a key; a key looks like tm_ID_SECRET"))
}
