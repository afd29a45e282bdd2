//! `tastemaker keys`: makes, lists and revokes keys, also while a server runs, which takes note
//! within a second; and signs derived keys and shopper tokens, which needs no data folder.

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
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Makes a key and prints it, the only time it is told.
    Create(Create),
    /// Lists keys, without their secrets.
    List(Folder),
    /// Ends a key and everything derived from it.
    Revoke {
        #[command(flatten)]
        folder: Folder,
        /// The key's id: the part between `tm_` and the next `_`.
        id: String,
    },
    /// Signs a key for a part of the catalogue or one shopper, out of a key you have.
    Derive(sign::Derive),
    /// Signs a token that proves to a public key who the shopper is.
    Token(sign::Token),
}

#[derive(Debug, clap::Args)]
struct Folder {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Create {
    #[command(flatten)]
    folder: Folder,
    /// What it is for: admin, write or read.
    #[arg(long, value_parser = role)]
    role: Role,
    /// What people call it.
    #[arg(long, default_value = "")]
    name: String,
    /// It will sit in a browser or an app, where shoppers can read it.
    #[arg(long)]
    public: bool,
    /// What it opens, separated by commas, instead of what the role gives.
    #[arg(long, value_parser = scopes)]
    scopes: Option<Scopes>,
    /// When it ends: 90d, 12h, 30m or 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expires: Option<Timestamp>,
    /// Requests a minute.
    #[arg(long, value_name = "PER_MINUTE")]
    rate: Option<u32>,
}

fn role(text: &str) -> Result<Role, String> {
    let found = Role::ALL.into_iter().find(|role| role.name() == text);
    found.ok_or_else(|| format!("`{text}` is not a role; known are {}", Role::ALL.map(Role::name).join(", ")))
}

fn scopes(text: &str) -> Result<Scopes, String> {
    text.split(',').map(str::trim).map(Scope::parse).collect()
}

fn moment(text: &str) -> Result<Timestamp, String> {
    expiry::parse(text, Timestamp::now())
}

/// Runs the command.
pub fn run(arguments: Arguments, _: Option<&Path>) -> anyhow::Result<()> {
    match arguments.action {
        Action::Create(create) => self::create(create),
        Action::List(folder) => list(&file(&folder)?),
        Action::Revoke { folder, id } => {
            let revoked = file(&folder)?.revoke(&id).map_err(|error| anyhow!("{id}: {error}"))?;
            eprintln!("revoked {}", shown(&revoked, Timestamp::now()));
            Ok(())
        }
        Action::Derive(derive) => sign::derive(derive),
        Action::Token(token) => sign::token(token),
    }
}

fn create(create: Create) -> anyhow::Result<()> {
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
    eprintln!("created {}\nkeep it safe, it is not told again:", shown(&key, now));
    // Alone on standard output, for scripts.
    println!("{}", text.reveal());
    let records = file.read()?.unwrap_or_default();
    if !records.iter().any(|record| record.key.role == Role::Admin && !record.key.expired(now)) {
        eprintln!("access is on from now and there is no admin key yet: `tastemaker keys create --role admin …`");
    }
    Ok(())
}

fn list(file: &KeyFile) -> anyhow::Result<()> {
    let Some(records) = file.read()? else {
        eprintln!("no key was ever made: access is off, and only this machine is served");
        return Ok(());
    };
    let now = Timestamp::now();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for record in &records {
        writeln!(out, "{}", shown(&record.key, now))?;
    }
    Ok(out.flush()?)
}

/// A key in one line.
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

/// The keys of a folder that is there: a mistyped one would get keys that nobody asks for.
fn file(folder: &Folder) -> anyhow::Result<KeyFile> {
    if !folder.data.is_dir() {
        bail!("{} does not exist: name the data folder, or make it first", folder.data.display());
    }
    Ok(KeyFile::of(&DataFolder::open(&folder.data)?))
}
