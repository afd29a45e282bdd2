//! The key file is durable and private, changed by one process at a time, and damage never opens a server.

use std::time::Duration;

use super::*;
use crate::access::Role;
use crate::store::problems::Problems;

type Done<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn asked(role: Role) -> KeyRequest {
    KeyRequest { role, name: "test".into(), public: false, scopes: None, expires_at: None, rate_per_minute: None }
}

fn file() -> Done<(tempfile::TempDir, KeyFile)> {
    let root = tempfile::tempdir()?;
    let file = KeyFile::of(&DataFolder::open(root.path())?);
    Ok((root, file))
}

#[test]
fn keys_are_kept_without_their_secrets_until_revoked() -> Done {
    let (_root, file) = file()?;
    assert!(file.read()?.is_none());
    let (key, text) = file.create(asked(Role::Read), NOW)?;
    let (other, _) = file.create(asked(Role::Admin), NOW)?;
    let kept = file.read()?.unwrap_or_default();
    assert_eq!(kept.iter().map(|record| &record.key).collect::<Vec<_>>(), [&key, &other]);
    let secret = text.reveal();
    assert!(!fs::read_to_string(&file.path)?.contains(&secret[16..]));
    assert_eq!(file.revoke(&key.id.to_string())?, key);
    assert!(matches!(file.revoke(&key.id.to_string()), Err(KeysError::Unknown)));
    file.revoke(&other.id.to_string())?;
    assert_eq!(file.read()?.map(|keys| keys.len()), Some(0), "the file stays, and access on with it");
    Ok(())
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_file() -> Done {
    let (_root, file) = file()?;
    fs::write(file.path.with_extension("json.tmp"), "left by an interrupted change")?;
    file.create(asked(Role::Read), NOW)?;
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file.path)?.permissions());
    assert_eq!(mode & 0o777, 0o600);
    Ok(())
}

#[test]
fn keys_made_at_the_same_time_are_all_kept() -> Done {
    let (_root, file) = file()?;
    std::thread::scope(|scope| {
        let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| file.create(asked(Role::Read), NOW).is_ok())).collect();
        assert!(makers.into_iter().all(|maker| maker.join().is_ok_and(|made| made)));
    });
    assert_eq!(file.read()?.map(|keys| keys.len()), Some(8));
    Ok(())
}

#[test]
fn there_are_at_most_so_many_keys() -> Done {
    let (_root, file) = file()?;
    file.create(asked(Role::Admin), NOW)?;
    let record = file.read()?.unwrap_or_default().remove(0);
    file.replace(vec![record; MAX_KEYS])?;
    assert!(matches!(file.create(asked(Role::Read), NOW), Err(KeysError::TooMany)));
    assert_eq!(file.read()?.map(|keys| keys.len()), Some(MAX_KEYS));
    Ok(())
}

#[test]
fn a_running_server_sees_changes_and_never_opens_by_damage_or_removal() -> Done {
    let (_root, file) = file()?;
    let live = LiveKeys::open(file.clone(), Problems::default())?;
    assert!(live.ring(Duration::ZERO)?.is_none(), "no key was ever made");
    let (_, text) = file.create(asked(Role::Admin), NOW)?;
    assert!(live.ring(Duration::from_millis(100))?.is_none(), "not looked at yet");
    let ring = live.ring(Duration::from_millis(300))?.ok_or("off")?;
    assert!(ring.admit(&text.reveal(), NOW).is_ok());
    let whole = fs::read(&file.path)?;
    for (index, damage) in [&whole[..whole.len() / 2], b"", b"{\"format\":2}", b"{\"format\":1}"].iter().enumerate() {
        fs::write(&file.path, damage)?;
        assert!(live.ring(Duration::from_secs(index as u64 + 1)).is_err(), "damage {index}");
        assert!(LiveKeys::open(file.clone(), Problems::default()).is_err(), "damage {index}");
    }
    fs::remove_file(&file.path)?;
    assert!(live.ring(Duration::from_secs(10)).is_err(), "keys that are lost");
    assert!(LiveKeys::open(file.clone(), Problems::default()).is_err(), "keys that are lost");
    fs::write(&file.path, whole)?;
    assert!(live.ring(Duration::from_secs(11))?.ok_or("off")?.admit(&text.reveal(), NOW).is_ok());
    Ok(())
}
