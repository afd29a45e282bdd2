//! `tastemaker keys`: creates, lists and revokes keys; a running server uses a change within a second. It also
//! signs derived keys and shopper tokens, for which it needs no data folder.

mod sign;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use jiff::Timestamp;

use crate::access::{ApiKey, KeyRequest, Role, Scope, Scopes, expiry};
use crate::store::DataFolder;
use crate::store::keys::KeyFile;

/// Arguments of `tastemaker keys`.
#[derive(Debug, clap::Args)]
pub struct KeysArguments {
    #[command(subcommand)]
    action: KeysAction,
}

#[derive(Debug, clap::Subcommand)]
enum KeysAction {
    /// Creates a key and prints it; it cannot be printed again.
    Create(CreateKey),
    /// Lists keys, without their secrets.
    List(KeysFolder),
    /// Revokes a key and everything derived from it.
    Revoke {
        #[command(flatten)]
        folder: KeysFolder,
        /// The key's id: the part between `tm_` and the next `_`.
        id: String,
    },
    /// Derives a key that is limited to a part of the catalogue or to one shopper from a key you have.
    Derive(sign::DeriveKey),
    /// Signs a token that proves who the shopper is, for requests with a public key.
    Token(sign::SignToken),
}

#[derive(Debug, clap::Args)]
struct KeysFolder {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Debug, clap::Args)]
struct CreateKey {
    #[command(flatten)]
    folder: KeysFolder,
    /// The role of the key: admin, write or read.
    #[arg(long, value_parser = role)]
    role: Role,
    /// A name for people.
    #[arg(long, default_value = "")]
    name: String,
    /// Mark the key as public: it is used in a browser or an app, where shoppers can read it.
    #[arg(long)]
    public: bool,
    /// The scopes of the key, separated by commas, instead of the scopes of its role.
    #[arg(long, value_parser = scopes)]
    scopes: Option<Scopes>,
    /// The end of the key: 90d, 12h, 30m or 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expires: Option<Timestamp>,
    /// The number of requests allowed in a minute.
    #[arg(long, value_name = "PER_MINUTE")]
    rate: Option<u32>,
}

fn role(text: &str) -> Result<Role, String> {
    let found = Role::ALL.into_iter().find(|role| role.name() == text);
    found.ok_or_else(|| format!("`{text}` is not a role; the roles are {}", Role::ALL.map(Role::name).join(", ")))
}

fn scopes(text: &str) -> Result<Scopes, String> {
    text.split(',').map(str::trim).map(Scope::parse).collect()
}

fn moment(text: &str) -> Result<Timestamp, String> {
    expiry::parse(text, Timestamp::now())
}

/// Runs the command.
pub fn run(arguments: KeysArguments, _: Option<&Path>) -> anyhow::Result<()> {
    match arguments.action {
        KeysAction::Create(arguments) => create(arguments),
        KeysAction::List(folder) => list(&file(&folder)?),
        KeysAction::Revoke { folder, id } => {
            let revoked = file(&folder)?.revoke(&id).map_err(|error| anyhow!("{id}: {error}"))?;
            eprintln!("revoked {}", shown(&revoked, Timestamp::now()));
            Ok(())
        }
        KeysAction::Derive(derive) => sign::derive(derive),
        KeysAction::Token(token) => sign::token(token),
    }
}

fn create(create: CreateKey) -> anyhow::Result<()> {
    let file = file(&create.folder)?;
    let request = KeyRequest {
        role: create.role,
        name: create.name,
        public: create.public,
        scopes: create.scopes,
        expires_at: create.expires,
        rate_per_minute: create.rate,
    };
    let now = Timestamp::now();
    let (key, text) = file.create(request, now)?;
    eprintln!("created {}\nstore it safely, it cannot be printed again:", shown(&key, now));
    // The key stands alone on standard output, for scripts. A closed pipe is an error: the key would be lost.
    writeln!(std::io::stdout().lock(), "{}", text.reveal())?;
    let records = file.read()?.unwrap_or_default();
    if !records.iter().any(|record| record.key.role == Role::Admin && !record.key.expired(now)) {
        eprintln!(
            "from now on every request needs a key, and there is no admin key yet: `tastemaker keys create --role admin …`"
        );
    }
    Ok(())
}

fn list(file: &KeyFile) -> anyhow::Result<()> {
    let Some(records) = file.read()? else {
        eprintln!("there are no keys: requests need none, and only this machine is served");
        return Ok(());
    };
    let now = Timestamp::now();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for record in &records {
        writeln!(out, "{}", shown(&record.key, now))?;
    }
    Ok(out.flush()?)
}

/// One line about a key, without its secret.
fn shown(key: &ApiKey, now: Timestamp) -> String {
    let mut line = format!("{}  {}", key.id, key.role.name());
    if key.public {
        line.push_str("  public");
    }
    line.push_str(&format!("  [{}]  created {}", key.scopes, key.created_at.strftime("%F")));
    if let Some(end) = key.expires_at {
        let word = if key.expired(now) { "expired" } else { "expires" };
        line.push_str(&format!("  {word} {}", end.strftime("%FT%TZ")));
    }
    if let Some(rate) = key.rate_per_minute {
        line.push_str(&format!("  {rate} a minute"));
    }
    if !key.name.is_empty() {
        line.push_str(&format!("  {}", key.name));
    }
    line
}

/// The key file of an existing data folder. A mistyped name is an error: a new folder would get keys that no server
/// reads.
fn file(folder: &KeysFolder) -> anyhow::Result<KeyFile> {
    if !folder.data.is_dir() {
        bail!("{} does not exist: name the data folder, or create it first", folder.data.display());
    }
    Ok(KeyFile::of(&DataFolder::open(&folder.data)?))
}
